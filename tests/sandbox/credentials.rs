//! Credentials, permissions and what a request costs.

use greenlight::sandbox::Role;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::client::{World, bearer, jwt};

#[tokio::test]
async fn a_jwt_must_be_signed_in_time_and_short_lived() {
    let world = World::start().await;
    let ask = async |jwt: &str| {
        world
            .call_with("GET", "/app", None, &[("authorization", &bearer(jwt))])
            .await
    };
    let good = ask(&world.jwt(-60, 540)).await;
    assert_eq!((good.status, &good.body["slug"]), (200, &json!("greenlight")));
    let expired = ask(&world.jwt(-700, -100)).await;
    assert_eq!(expired.status, 401);
    assert!(
        expired.message().starts_with("'Expiration time' claim ('exp') must be"),
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
    assert_eq!(ask(&forged).await.message(), "A JSON web token could not be decoded");
    let foreign = jwt(json!({ "iss": "somebody", "iat": 0, "exp": world.sandbox.clock().now().as_second() + 60 }));
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
    let installation = world.sandbox.installation("harbour").expect("the App is installed");
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
    assert_eq!(refused.header("x-accepted-github-permissions"), "contents=write");
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
            .get(&format!("/repos/harbour/shop/collaborators/{login}/permission"))
            .await
            .body;
        (
            body["permission"].clone(),
            body["role_name"].clone(),
            body["user"]["permissions"]["push"].clone(),
        )
    };
    assert_eq!(role("anna").await, (json!("write"), json!("maintain"), json!(true)));
    assert_eq!(role("olga").await, (json!("read"), json!("triage"), json!(false)));
    assert_eq!(role("ines").await, (json!("read"), json!("read"), json!(false)));
    assert_eq!(role("stranger").await, (json!("read"), json!("read"), json!(false)));
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
        (same.status, same.header("x-ratelimit-remaining"), &same.body),
        (304, remaining.as_str(), &Value::Null)
    );
    world.repo.commit("main", "dev", "Two", &[("a", "2")]);
    assert_eq!(world.call_with("GET", path, None, &headers).await.status, 200);
}

#[tokio::test]
async fn a_spent_rate_limit_says_when_it_resets() {
    let world = World::start().await;
    world
        .sandbox
        .limit_rate(world.sandbox.installation("harbour").expect("the App is installed"), 2);
    for _ in 0..2 {
        assert_eq!(world.get("/repos/harbour/shop").await.status, 200);
    }
    let refused = world.get("/repos/harbour/shop").await;
    assert_eq!((refused.status, refused.header("x-ratelimit-remaining")), (403, "0"));
    assert!(
        refused.message().starts_with("API rate limit exceeded"),
        "{}",
        refused.body
    );
    let reset: i64 = refused.header("x-ratelimit-reset").parse().expect("seconds");
    let now = world.sandbox.clock().now().as_second();
    assert!((3590..=3600).contains(&(reset - now)), "{reset} at {now}");
}

#[tokio::test]
async fn an_unknown_request_is_named_and_remembered() {
    let world = World::start().await;
    let answer = world.get("/repos/harbour/shop/stargazers").await;
    assert_eq!(
        (answer.status, answer.message()),
        (404, "the sandbox does not know GET /repos/harbour/shop/stargazers")
    );
    assert_eq!(world.sandbox.unknown_requests(), ["GET /repos/harbour/shop/stargazers"]);
}

#[tokio::test]
async fn a_burst_of_comments_is_told_to_wait() {
    let world = World::start().await;
    let number = world.feature("one", "a");
    world.sandbox.limit_secondarily(true);
    let comment = async || {
        let path = format!("/repos/harbour/shop/issues/{number}/comments");
        world.call("POST", &path, Some(json!({ "body": "Hello" }))).await
    };
    for _ in 0..80 {
        assert_eq!(comment().await.status, 201);
    }
    let refused = comment().await;
    assert_eq!(refused.status, 403);
    assert!(refused.message().contains("secondary rate limit"), "{}", refused.body);
    assert_ne!(refused.header("x-ratelimit-remaining"), "0");
    let wait: i64 = refused.header("retry-after").parse().expect("seconds");
    world.sandbox.clock().advance(SignedDuration::from_secs(wait));
    assert_eq!(comment().await.status, 201);
}

#[tokio::test]
async fn a_suspended_or_removed_installation_has_no_token() {
    let world = World::start().await;
    let installation = world.sandbox.installation("harbour").expect("the App is installed");
    let path = format!("/app/installations/{installation}/access_tokens");
    let mint = async || {
        let jwt = bearer(&world.jwt(-60, 540));
        world
            .call_with("POST", &path, Some(json!({})), &[("authorization", &jwt)])
            .await
    };
    world.sandbox.suspend(installation, true);
    assert_eq!(mint().await.message(), "This installation has been suspended");
    assert_eq!(world.get("/repos/harbour/shop").await.status, 403);
    world.sandbox.suspend(installation, false);
    assert_eq!(mint().await.status, 201);
    world.sandbox.uninstall(installation);
    assert_eq!(mint().await.status, 404);
    assert_eq!(world.get("/repos/harbour/shop").await.status, 401);
}
