//! Holds the simulated GitHub to what GitHub does, over plain HTTP, with a client that knows nothing but HTTP.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use greenlight::sandbox::{
    APP_PRIVATE_KEY, Fault, Method, Options, Repository, Role, RuleKind, Sandbox, State,
};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "a secret of the tests, long enough";

/// A simulated GitHub with one repository, a client's token, and an App that keeps what it is sent.
struct World {
    sandbox: Sandbox,
    repo: Repository,
    token: String,
    received: Arc<Mutex<Vec<Received>>>,
}

struct Received {
    headers: http::HeaderMap,
    body: Bytes,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook is JSON")
    }
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or("")
    }
}

impl World {
    async fn start() -> World {
        World::start_with(Options::default()).await
    }

    async fn start_with(options: Options) -> World {
        let sandbox = Sandbox::start(options)
            .await
            .expect("a loopback port is free");
        let repo = sandbox.repository("harbour/shop").create();
        repo.grant("anna", Role::Maintain);
        repo.grant("dev", Role::Write);
        let mut world = World {
            sandbox,
            repo,
            token: String::new(),
            received: Arc::default(),
        };
        world.token = world.new_token().await;
        world
    }

    /// Starts an App that keeps every webhook it gets, and points the sandbox at it.
    async fn listen(&self) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a loopback port is free");
        let url = format!(
            "http://{}/webhook",
            listener.local_addr().expect("it is bound")
        );
        let received = self.received.clone();
        let keep = move |headers: http::HeaderMap, body: Bytes| async move {
            received
                .lock()
                .expect("no test panics in here")
                .push(Received { headers, body });
            http::StatusCode::ACCEPTED
        };
        let app = axum::Router::new().route("/webhook", axum::routing::post(keep));
        tokio::spawn(async { axum::serve(listener, app).await });
        self.sandbox.set_webhook(&url, SECRET);
        self.sandbox.deliveries_done().await;
    }

    async fn new_token(&self) -> String {
        let installation = self
            .sandbox
            .installation("harbour")
            .expect("the App is installed");
        let path = format!("/app/installations/{installation}/access_tokens");
        let answer = self
            .call_with(
                "POST",
                &path,
                Some(json!({})),
                &[("authorization", &bearer(&self.jwt(0, 540)))],
            )
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.body["token"]
            .as_str()
            .expect("a token is text")
            .to_owned()
    }

    /// A JWT issued `issued` seconds from now and expiring `expires` seconds from now.
    fn jwt(&self, issued: i64, expires: i64) -> String {
        let now = self.sandbox.clock().now().as_second();
        jwt(
            json!({ "iss": self.sandbox.app().client_id, "iat": now + issued, "exp": now + expires }),
        )
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_with(
            method,
            path,
            body,
            &[("authorization", &bearer(&self.token))],
        )
        .await
    }

    async fn call_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        self.try_call(method, path, body, headers)
            .await
            .expect("the sandbox answers")
    }

    async fn try_call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Option<Answer> {
        let root = self.sandbox.api_url();
        let url = if path.starts_with("http") {
            path.to_owned()
        } else {
            format!("{root}{path}")
        };
        let mut request = http::Request::builder()
            .method(method)
            .uri(url)
            .header("user-agent", "sandbox-tests");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request
            .body(Full::new(Bytes::from(body)))
            .expect("a valid request");
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (head, body) = client.request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or_default();
        Some(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }

    /// A pull request of `dev` with one commit that changes one file.
    fn feature(&self, branch: &str, file: &str) -> u64 {
        self.repo.branch(branch, "main");
        self.repo
            .commit(branch, "dev", &format!("Change {file}"), &[(file, branch)]);
        self.repo
            .open_pull("dev", branch, "main", &format!("Feature {branch}"), "")
            .expect("it can be opened")
    }

    fn head(&self, branch: &str) -> String {
        self.repo.head(branch).expect("the branch exists")
    }

    fn events(&self, event: &str) -> Vec<Value> {
        let received = self.received.lock().expect("no test panics in here");
        received
            .iter()
            .filter(|received| received.header("x-github-event") == event)
            .map(Received::json)
            .collect()
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn jwt(claims: Value) -> String {
    let signed = format!(
        "{}.{}",
        base64url(br#"{"alg":"RS256","typ":"JWT"}"#),
        base64url(claims.to_string().as_bytes())
    );
    let body: String = APP_PRIVATE_KEY
        .lines()
        .filter(|line| !line.starts_with("---"))
        .collect();
    let key = ring::rsa::KeyPair::from_der(&from_base64(&body)).expect("a PKCS#1 key");
    let mut signature = vec![0; key.public().modulus_len()];
    let random = ring::rand::SystemRandom::new();
    key.sign(
        &ring::signature::RSA_PKCS1_SHA256,
        &random,
        signed.as_bytes(),
        &mut signature,
    )
    .expect("it signs");
    format!("{signed}.{}", base64url(&signature))
}

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64url(bytes: &[u8]) -> String {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let digit = |bits: &[u8]| {
        let padded = format!("{:0<6}", String::from_utf8_lossy(bits));
        char::from(DIGITS[usize::from_str_radix(&padded, 2).expect("six bits")])
    };
    bits.as_bytes().chunks(6).map(digit).collect()
}

fn from_base64(text: &str) -> Vec<u8> {
    let digit = |digit: u8| match digit {
        b'+' => b'-',
        b'/' => b'_',
        other => other,
    };
    let value = |byte: u8| DIGITS.iter().position(|known| *known == digit(byte));
    let bits: String = text
        .bytes()
        .filter_map(value)
        .map(|value| format!("{value:06b}"))
        .collect();
    let bytes = bits.as_bytes().chunks_exact(8);
    bytes
        .map(|bits| u8::from_str_radix(&String::from_utf8_lossy(bits), 2).expect("eight bits"))
        .collect()
}

#[tokio::test]
async fn a_jwt_must_be_signed_in_time_and_short_lived() {
    let world = World::start().await;
    let ask = async |jwt: &str| {
        world
            .call_with("GET", "/app", None, &[("authorization", &bearer(jwt))])
            .await
    };
    let good = ask(&world.jwt(-60, 540)).await;
    assert_eq!(
        (good.status, &good.body["slug"]),
        (200, &json!("greenlight"))
    );
    let expired = ask(&world.jwt(-700, -100)).await;
    assert_eq!(expired.status, 401);
    assert!(
        expired
            .message()
            .starts_with("'Expiration time' claim ('exp') must be"),
        "{}",
        expired.body
    );
    assert!(
        ask(&world.jwt(0, 700))
            .await
            .message()
            .contains("too far in the future")
    );
    assert!(
        ask(&world.jwt(30, 300))
            .await
            .message()
            .starts_with("'Issued at' claim")
    );
    let forged = world.jwt(-60, 540).replace('.', ".A");
    assert_eq!(
        ask(&forged).await.message(),
        "A JSON web token could not be decoded"
    );
    let foreign = jwt(
        json!({ "iss": "somebody", "iat": 0, "exp": world.sandbox.clock().now().as_second() + 60 }),
    );
    assert_eq!(ask(&foreign).await.status, 404);
}

#[tokio::test]
async fn a_token_expires_after_an_hour_and_has_no_fixed_length() {
    let mut world = World::start().await;
    let first = world.token.len();
    world.sandbox.clock().advance(SignedDuration::from_mins(59));
    assert_eq!(world.get("/repos/harbour/shop").await.status, 200);
    world.sandbox.clock().advance(SignedDuration::from_mins(2));
    let late = world.get("/repos/harbour/shop").await;
    assert_eq!((late.status, late.message()), (401, "Bad credentials"));
    world.token = world.new_token().await;
    assert_eq!(world.get("/repos/harbour/shop").await.status, 200);
    assert_ne!(world.token.len(), first);
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let world = World::start().await;
    let installation = world
        .sandbox
        .installation("harbour")
        .expect("the App is installed");
    let body = json!({ "permissions": { "metadata": "read", "contents": "read" } });
    let path = format!("/app/installations/{installation}/access_tokens");
    let answer = world
        .call_with(
            "POST",
            &path,
            Some(body),
            &[("authorization", &bearer(&world.jwt(0, 60)))],
        )
        .await;
    let token = bearer(answer.body["token"].as_str().expect("a token is text"));
    let body = json!({ "ref": "refs/heads/x", "sha": world.head("main") });
    let refused = world
        .call_with(
            "POST",
            "/repos/harbour/shop/git/refs",
            Some(body),
            &[("authorization", &token)],
        )
        .await;
    assert_eq!(
        (refused.status, refused.message()),
        (403, "Resource not accessible by integration")
    );
    assert_eq!(
        refused.header("x-accepted-github-permissions"),
        "contents=write"
    );
}

#[tokio::test]
async fn a_ref_moves_forward_only_and_not_against_its_rules() {
    let world = World::start().await;
    world.repo.branch("staging", "main");
    let first = world.head("main");
    let second = world.repo.commit("main", "dev", "Two", &[("a", "2")]);
    let path = "/repos/harbour/shop/git/refs/heads/staging";
    let moved = world
        .call(
            "PATCH",
            path,
            Some(json!({ "sha": second, "force": false })),
        )
        .await;
    assert_eq!(
        (moved.status, &moved.body["object"]["sha"]),
        (200, &json!(second))
    );
    let back = world
        .call("PATCH", path, Some(json!({ "sha": first })))
        .await;
    assert_eq!(
        (back.status, back.message()),
        (422, "Update is not a fast forward")
    );
    let unknown = world
        .call("PATCH", path, Some(json!({ "sha": "0".repeat(40) })))
        .await;
    assert_eq!(
        (unknown.status, unknown.message()),
        (422, "Object does not exist")
    );
    let missing = world
        .call(
            "PATCH",
            "/repos/harbour/shop/git/refs/heads/no/such",
            Some(json!({ "sha": second })),
        )
        .await;
    assert_eq!(
        (missing.status, missing.message()),
        (422, "Reference does not exist")
    );
    world.repo.rule("staging", RuleKind::PullRequest, false);
    let third = world.repo.commit("main", "dev", "Three", &[("a", "3")]);
    let guarded = world
        .call("PATCH", path, Some(json!({ "sha": third })))
        .await;
    assert_eq!(guarded.status, 422);
    assert!(
        guarded
            .message()
            .contains("Changes must be made through a pull request."),
        "{}",
        guarded.body
    );
    let afters: Vec<_> = world
        .repo
        .moves("staging")
        .into_iter()
        .map(|moved| (moved.after, moved.by))
        .collect();
    assert_eq!(
        afters,
        [
            (Some(first), "admin".to_owned()),
            (Some(second), "greenlight[bot]".to_owned())
        ]
    );
}

#[tokio::test]
async fn a_comparison_counts_truly_and_pages_upwards() {
    let world = World::start().await;
    world.repo.branch("staging", "main");
    let shas: Vec<String> = (0..260)
        .map(|n| {
            world.repo.commit(
                "main",
                "dev",
                &format!("Commit {n}"),
                &[(&format!("f{}", n % 7), &n.to_string())],
            )
        })
        .collect();
    let path = "/repos/harbour/shop/compare/staging...main";
    let whole = world.get(path).await.body;
    assert_eq!(
        (&whole["total_commits"], &whole["status"]),
        (&json!(260), &json!("ahead"))
    );
    let listed = |body: &Value| {
        body["commits"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|commit| commit["sha"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(listed(&whole), shas[10..]);
    let first = world.get(&format!("{path}?per_page=100")).await;
    assert_eq!(listed(&first.body), shas[..100]);
    assert_eq!(first.body["files"].as_array().map(Vec::len), Some(7));
    assert!(
        first.header("link").contains("rel=\"next\""),
        "{}",
        first.header("link")
    );
    let last = world.get(&format!("{path}?per_page=100&page=3")).await;
    assert_eq!(listed(&last.body), shas[200..]);
    assert_eq!(last.body["files"], json!([]));
    let diverged = world
        .repo
        .commit("staging", "dev", "A hotfix", &[("g", "1")]);
    let compared = world
        .get(&format!("/repos/harbour/shop/compare/{diverged}...main"))
        .await
        .body;
    assert_eq!(
        (
            &compared["status"],
            &compared["ahead_by"],
            &compared["behind_by"]
        ),
        (&json!("diverged"), &json!(260), &json!(1))
    );
}

#[tokio::test]
async fn a_pull_request_turns_merged_by_itself_and_late() {
    let world = World::start_with(Options {
        merges_seen_after: Some(SignedDuration::from_mins(5)),
        ..Options::default()
    })
    .await;
    world.repo.branch("staging", "main");
    let tip = world.repo.commit("main", "dev", "Two", &[("a", "2")]);
    let number = world
        .repo
        .open_pull("anna", "main", "staging", "Into staging", "")
        .expect("it can be opened");
    world
        .repo
        .push("anna", "staging", &tip)
        .expect("a fast-forward");
    let path = format!("/repos/harbour/shop/pulls/{number}");
    assert_eq!(world.get(&path).await.body["merged"], json!(false));
    world.sandbox.clock().advance(SignedDuration::from_mins(6));
    let merged = world.get(&path).await.body;
    assert_eq!(
        (
            &merged["merged"],
            &merged["state"],
            &merged["merge_commit_sha"]
        ),
        (&json!(true), &json!("closed"), &json!(tip))
    );
    assert_eq!(merged["merged_by"]["login"], json!("anna"));
    assert_eq!(merged["commits"], json!(1));
}

#[tokio::test]
async fn each_way_of_merging_gives_the_commit_it_says() {
    let world = World::start().await;
    for (method, name) in [
        (Method::Merge, "merge"),
        (Method::Squash, "squash"),
        (Method::Rebase, "rebase"),
    ] {
        let number = world.feature(name, name);
        let (before, head) = (world.head("main"), world.head(name));
        world
            .repo
            .commit("main", "dev", "In between", &[("between", name)]);
        let stale = json!({ "merge_method": name, "sha": before });
        let refused = world
            .call(
                "PUT",
                &format!("/repos/harbour/shop/pulls/{number}/merge"),
                Some(stale),
            )
            .await;
        assert_eq!(
            (refused.status, refused.message()),
            (
                409,
                "Head branch was modified. Review and try the merge again."
            )
        );
        let wish = json!({ "merge_method": name, "sha": head });
        let merged = world
            .call(
                "PUT",
                &format!("/repos/harbour/shop/pulls/{number}/merge"),
                Some(wish),
            )
            .await;
        assert_eq!(merged.status, 200, "{method:?}: {}", merged.body);
        assert_eq!(merged.body["sha"], json!(world.head("main")));
        let pull = world.repo.pull(number).expect("it exists");
        assert_eq!(
            (pull.merged, pull.merge_commit),
            (true, Some(world.head("main")))
        );
        let commit = world
            .repo
            .commit_at(&world.head("main"))
            .expect("it exists");
        assert_eq!(
            commit.parents.len(),
            if method == Method::Merge { 2 } else { 1 }
        );
        assert_eq!(
            world.repo.is_ancestor(&head, "main")
                || world.repo.is_ancestor(&head, &world.head("main")),
            method == Method::Merge
        );
        assert_eq!(world.repo.file("main", name).as_deref(), Some(name));
        let of_commit = world
            .get(&format!(
                "/repos/harbour/shop/commits/{}/pulls",
                world.head("main")
            ))
            .await
            .body;
        assert_eq!(of_commit[0]["number"], json!(number));
        let again = world
            .call(
                "PUT",
                &format!("/repos/harbour/shop/pulls/{number}/merge"),
                Some(json!({})),
            )
            .await;
        assert_eq!(
            (again.status, again.message()),
            (405, "Pull Request is not mergeable")
        );
    }
}

#[tokio::test]
async fn what_conflicts_is_not_merged() {
    let world = World::start().await;
    let number = world.feature("one", "same");
    world
        .repo
        .commit("main", "dev", "Meanwhile", &[("same", "other")]);
    let path = format!("/repos/harbour/shop/pulls/{number}");
    assert_eq!(world.get(&path).await.body["mergeable"], Value::Null);
    let second = world.get(&path).await.body;
    assert_eq!(
        (&second["mergeable"], &second["mergeable_state"]),
        (&json!(false), &json!("dirty"))
    );
    let merged = world
        .call(
            "POST",
            "/repos/harbour/shop/merges",
            Some(json!({ "base": "main", "head": "one" })),
        )
        .await;
    assert_eq!((merged.status, merged.message()), (409, "Merge conflict"));
    assert_eq!(
        world
            .call("PUT", &format!("{path}/merge"), Some(json!({})))
            .await
            .status,
        405
    );
}

#[tokio::test]
async fn an_unchanged_read_is_a_304_that_costs_nothing() {
    let world = World::start().await;
    let path = "/repos/harbour/shop/branches/main";
    let first = world.get(path).await;
    let (etag, remaining) = (
        first.header("etag").to_owned(),
        first.header("x-ratelimit-remaining").to_owned(),
    );
    let authorization = bearer(&world.token);
    let headers = [
        ("authorization", authorization.as_str()),
        ("if-none-match", etag.as_str()),
    ];
    let same = world.call_with("GET", path, None, &headers).await;
    assert_eq!(
        (
            same.status,
            same.header("x-ratelimit-remaining"),
            &same.body
        ),
        (304, remaining.as_str(), &Value::Null)
    );
    world.repo.commit("main", "dev", "Two", &[("a", "2")]);
    assert_eq!(
        world.call_with("GET", path, None, &headers).await.status,
        200
    );
}

#[tokio::test]
async fn a_spent_rate_limit_says_when_it_resets() {
    let world = World::start().await;
    world.sandbox.limit_rate(
        world
            .sandbox
            .installation("harbour")
            .expect("the App is installed"),
        2,
    );
    for _ in 0..2 {
        assert_eq!(world.get("/repos/harbour/shop").await.status, 200);
    }
    let refused = world.get("/repos/harbour/shop").await;
    assert_eq!(
        (refused.status, refused.header("x-ratelimit-remaining")),
        (403, "0")
    );
    assert!(
        refused.message().starts_with("API rate limit exceeded"),
        "{}",
        refused.body
    );
    let reset: i64 = refused
        .header("x-ratelimit-reset")
        .parse()
        .expect("seconds");
    let now = world.sandbox.clock().now().as_second();
    assert!((3590..=3600).contains(&(reset - now)), "{reset} at {now}");
}

#[tokio::test]
async fn webhooks_are_signed_over_their_exact_bytes() {
    let world = World::start().await;
    world.listen().await;
    let number = world.feature("one", "a");
    world
        .repo
        .comment("anna", number, "/promote staging")
        .expect("it can be commented");
    world.sandbox.deliveries_done().await;
    let received = world.received.lock().expect("no test panics in here");
    for delivery in received.iter() {
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
        mac.update(&delivery.body);
        let expected: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(
            delivery.header("x-hub-signature-256"),
            format!("sha256={expected}")
        );
    }
    let events: Vec<&str> = received
        .iter()
        .map(|received| received.header("x-github-event"))
        .collect();
    assert_eq!(
        events,
        [
            "ping",
            "create",
            "push",
            "check_suite",
            "push",
            "check_suite",
            "pull_request",
            "issue_comment"
        ]
    );
    let comment = received.last().expect("it arrived").json();
    assert_eq!(
        (&comment["action"], &comment["sender"]["login"]),
        (&json!("created"), &json!("anna"))
    );
    assert!(comment["issue"]["pull_request"].is_object());
}

#[tokio::test]
async fn a_delivery_is_lost_doubled_or_late_on_request_and_redelivered_with_its_guid() {
    let world = World::start().await;
    world.listen().await;
    let number = world.feature("one", "a");
    let say = |body: &str| {
        world
            .repo
            .comment("anna", number, body)
            .expect("it can be commented")
    };
    world
        .sandbox
        .delivery_fault(Fault::Lost, "issue_comment", 1);
    say("lost");
    world
        .sandbox
        .delivery_fault(Fault::Twice, "issue_comment", 1);
    say("twice");
    world.sandbox.delivery_fault(
        Fault::Late(SignedDuration::from_hours(1)),
        "issue_comment",
        1,
    );
    say("late");
    world
        .sandbox
        .delivery_fault(Fault::Reordered, "issue_comment", 1);
    say("second");
    say("first");
    world.sandbox.clock().advance(SignedDuration::from_hours(2));
    world.sandbox.deliveries_done().await;
    let bodies = || {
        world
            .events("issue_comment")
            .iter()
            .map(|event| event["comment"]["body"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(bodies(), ["twice", "twice", "first", "second", "late"]);
    let app = bearer(&world.jwt(0, 60));
    let failed = world
        .call_with(
            "GET",
            "/app/hook/deliveries?status=failure",
            None,
            &[("authorization", &app)],
        )
        .await
        .body;
    assert_eq!(failed.as_array().map(Vec::len), Some(1), "{failed}");
    let path = format!("/app/hook/deliveries/{}/attempts", failed[0]["id"]);
    assert_eq!(
        world
            .call_with("POST", &path, None, &[("authorization", &app)])
            .await
            .status,
        202
    );
    world.sandbox.deliveries_done().await;
    assert_eq!(bodies().last(), Some(&json!("lost")));
    let received = world.received.lock().expect("no test panics in here");
    assert_eq!(
        json!(
            received
                .last()
                .expect("it arrived")
                .header("x-github-delivery")
        ),
        failed[0]["guid"]
    );
}

#[tokio::test]
async fn a_renamed_repository_redirects_to_its_id() {
    let world = World::start().await;
    world.repo.rename("store");
    let moved = world.get("/repos/harbour/shop/branches?per_page=5").await;
    assert_eq!((moved.status, moved.message()), (301, "Moved Permanently"));
    let location = moved.header("location").to_owned();
    assert!(
        location.ends_with(&format!(
            "/repositories/{}/branches?per_page=5",
            world.repo.id()
        )),
        "{location}"
    );
    assert_eq!(world.get(&location).await.body[0]["name"], json!("main"));
    assert_eq!(
        world
            .call("POST", "/repos/harbour/shop/merges", Some(json!({})))
            .await
            .status,
        307
    );
}

#[tokio::test]
async fn lists_come_in_pages_with_links() {
    let world = World::start().await;
    let number = world.feature("one", "a");
    for n in 0..35 {
        world
            .repo
            .status(&world.head("one"), &format!("ci/{n}"), State::Success, "")
            .expect("the commit exists");
        world
            .repo
            .comment("anna", number, &format!("Comment {n}"))
            .expect("it can be commented");
    }
    let first = world
        .get(&format!(
            "/repos/harbour/shop/commits/{}/status",
            world.head("one")
        ))
        .await;
    assert_eq!(
        (
            first.body["statuses"].as_array().map(Vec::len),
            &first.body["total_count"]
        ),
        (Some(30), &json!(35))
    );
    let comments = world
        .get(&format!(
            "/repos/harbour/shop/issues/{number}/comments?per_page=20"
        ))
        .await;
    let next = comments
        .header("link")
        .split(['<', '>'])
        .nth(1)
        .expect("a link")
        .to_owned();
    let rest = world.get(&next).await;
    assert_eq!(rest.body.as_array().map(Vec::len), Some(15));
    assert!(
        rest.header("link").contains("rel=\"prev\"")
            && !rest.header("link").contains("rel=\"next\"")
    );
}

#[tokio::test]
async fn a_fault_strikes_before_or_after_the_effect() {
    let world = World::start().await;
    let number = world.feature("one", "a");
    let path = format!("/repos/harbour/shop/issues/{number}/comments");
    let body = || Some(json!({ "body": "Hello" }));
    world
        .sandbox
        .fault(Fault::Status(502), "POST", "/comments", 1);
    assert_eq!(world.call("POST", &path, body()).await.status, 502);
    assert_eq!(world.repo.comments(number).len(), 0);
    world
        .sandbox
        .fault(Fault::StatusAfter(502), "POST", "/comments", 1);
    assert_eq!(world.call("POST", &path, body()).await.status, 502);
    assert_eq!(world.repo.comments(number).len(), 1);
    world
        .sandbox
        .fault(Fault::ResetAfter, "POST", "/comments", 1);
    let token = bearer(&world.token);
    assert!(
        world
            .try_call("POST", &path, body(), &[("authorization", &token)])
            .await
            .is_none()
    );
    assert_eq!(world.repo.comments(number).len(), 2);
    world.sandbox.fault(Fault::Hang, "GET", "/comments", 1);
    let (authorization, patience) = (
        [("authorization", token.as_str())],
        Duration::from_millis(50),
    );
    let hung =
        tokio::time::timeout(patience, world.try_call("GET", &path, None, &authorization)).await;
    assert!(hung.is_err(), "a request that hangs got an answer");
    world.get(&path).await;
    world
        .repo
        .comment("anna", number, "A third")
        .expect("it can be commented");
    world.sandbox.fault(Fault::StaleRead, "GET", "/comments", 1);
    assert_eq!(
        world.get(&path).await.body.as_array().map(Vec::len),
        Some(2)
    );
    assert_eq!(
        world.get(&path).await.body.as_array().map(Vec::len),
        Some(3)
    );
}

#[tokio::test]
async fn permission_is_the_strongest_of_person_team_and_everyone() {
    let world = World::start().await;
    world.sandbox.team("harbour", "product", &["olga"]);
    world.sandbox.invite_to_team("harbour", "product", "ines");
    world.repo.grant_team("product", Role::Triage);
    world.sandbox.user("stranger");
    let role = async |login: &str| {
        let body = world
            .get(&format!(
                "/repos/harbour/shop/collaborators/{login}/permission"
            ))
            .await
            .body;
        (
            body["permission"].clone(),
            body["role_name"].clone(),
            body["user"]["permissions"]["push"].clone(),
        )
    };
    assert_eq!(
        role("anna").await,
        (json!("write"), json!("maintain"), json!(true))
    );
    assert_eq!(
        role("olga").await,
        (json!("read"), json!("triage"), json!(false))
    );
    assert_eq!(
        role("ines").await,
        (json!("read"), json!("read"), json!(false))
    );
    assert_eq!(
        role("stranger").await,
        (json!("read"), json!("read"), json!(false))
    );
    assert_eq!(
        world
            .get("/repos/harbour/shop/collaborators/nobody/permission")
            .await
            .status,
        404
    );
    let membership = async |login: &str| {
        world
            .get(&format!("/orgs/harbour/teams/product/memberships/{login}"))
            .await
    };
    assert_eq!(membership("olga").await.body["state"], json!("active"));
    assert_eq!(membership("ines").await.body["state"], json!("pending"));
    assert_eq!(membership("anna").await.status, 404);
}

#[tokio::test]
async fn an_unknown_request_is_named_and_remembered() {
    let world = World::start().await;
    let answer = world.get("/repos/harbour/shop/stargazers").await;
    assert_eq!(
        (answer.status, answer.message()),
        (
            404,
            "the sandbox does not know GET /repos/harbour/shop/stargazers"
        )
    );
    assert_eq!(
        world.sandbox.unknown_requests(),
        ["GET /repos/harbour/shop/stargazers"]
    );
}
