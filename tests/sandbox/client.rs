//! A client that knows nothing but HTTP, and an App that only keeps what it is sent.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use greenlight::sandbox::{APP_PRIVATE_KEY, Options, Repository, Role, Sandbox};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

pub const SECRET: &str = "a secret of the tests, long enough";

/// A simulated GitHub with one repository, a client's token, and an App that keeps what it is sent.
pub struct World {
    pub sandbox: Sandbox,
    pub repo: Repository,
    pub token: String,
    pub received: Arc<Mutex<Vec<Received>>>,
}

pub struct Received {
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook is JSON")
    }
}

pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    }

    pub fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or("")
    }
}

impl World {
    pub async fn start() -> World {
        World::start_with(Options::default()).await
    }

    pub async fn start_with(options: Options) -> World {
        let sandbox = Sandbox::start(options).await.expect("a loopback port is free");
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
    pub async fn listen(&self) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a loopback port is free");
        let url = format!("http://{}/webhook", listener.local_addr().expect("it is bound"));
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

    pub async fn new_token(&self) -> String {
        let installation = self.sandbox.installation("harbour").expect("the App is installed");
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
        answer.body["token"].as_str().expect("a token is text").to_owned()
    }

    /// A JWT issued `issued` seconds from now and expiring `expires` seconds from now.
    pub fn jwt(&self, issued: i64, expires: i64) -> String {
        let now = self.sandbox.clock().now().as_second();
        jwt(json!({ "iss": self.sandbox.app().client_id, "iat": now + issued, "exp": now + expires }))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, None).await
    }

    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.call_with(method, path, body, &[("authorization", &bearer(&self.token))])
            .await
    }

    pub async fn call_with(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Answer {
        self.try_call(method, path, body, headers)
            .await
            .expect("the sandbox answers")
    }

    pub async fn try_call(
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
        let request = request.body(Full::new(Bytes::from(body))).expect("a valid request");
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
    pub fn feature(&self, branch: &str, file: &str) -> u64 {
        self.repo.branch(branch, "main");
        self.repo
            .commit(branch, "dev", &format!("Change {file}"), &[(file, branch)]);
        self.repo
            .open_pull("dev", branch, "main", &format!("Feature {branch}"), "")
            .expect("it can be opened")
    }

    pub fn head(&self, branch: &str) -> String {
        self.repo.head(branch).expect("the branch exists")
    }

    pub fn events(&self, event: &str) -> Vec<Value> {
        let received = self.received.lock().expect("no test panics in here");
        received
            .iter()
            .filter(|received| received.header("x-github-event") == event)
            .map(Received::json)
            .collect()
    }
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

pub fn jwt(claims: Value) -> String {
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
