//! Webhooks, and what goes wrong on request.

use std::time::Duration;

use greenlight::sandbox::Fault;
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::json;
use sha2::Sha256;

use crate::client::{SECRET, World, bearer};

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
        assert_eq!(delivery.header("x-hub-signature-256"), format!("sha256={expected}"));
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
    let say = |body: &str| world.repo.comment("anna", number, body).expect("it can be commented");
    world.sandbox.delivery_fault(Fault::Lost, "issue_comment", 1);
    say("lost");
    world.sandbox.delivery_fault(Fault::Twice, "issue_comment", 1);
    say("twice");
    world
        .sandbox
        .delivery_fault(Fault::Late(SignedDuration::from_hours(1)), "issue_comment", 1);
    say("late");
    world.sandbox.delivery_fault(Fault::Reordered, "issue_comment", 1);
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
        json!(received.last().expect("it arrived").header("x-github-delivery")),
        failed[0]["guid"]
    );
}

#[tokio::test]
async fn a_fault_strikes_before_or_after_the_effect() {
    let world = World::start().await;
    let number = world.feature("one", "a");
    let path = format!("/repos/harbour/shop/issues/{number}/comments");
    let body = || Some(json!({ "body": "Hello" }));
    world.sandbox.fault(Fault::Status(502), "POST", "/comments", 1);
    assert_eq!(world.call("POST", &path, body()).await.status, 502);
    assert_eq!(world.repo.comments(number).len(), 0);
    world.sandbox.fault(Fault::StatusAfter(502), "POST", "/comments", 1);
    assert_eq!(world.call("POST", &path, body()).await.status, 502);
    assert_eq!(world.repo.comments(number).len(), 1);
    world.sandbox.fault(Fault::ResetAfter, "POST", "/comments", 1);
    let token = bearer(&world.token);
    assert!(
        world
            .try_call("POST", &path, body(), &[("authorization", &token)])
            .await
            .is_none()
    );
    assert_eq!(world.repo.comments(number).len(), 2);
    world.sandbox.fault(Fault::Hang, "GET", "/comments", 1);
    let (authorization, patience) = ([("authorization", token.as_str())], Duration::from_millis(50));
    let hung = tokio::time::timeout(patience, world.try_call("GET", &path, None, &authorization)).await;
    assert!(hung.is_err(), "a request that hangs got an answer");
    world.get(&path).await;
    world
        .repo
        .comment("anna", number, "A third")
        .expect("it can be commented");
    world.sandbox.fault(Fault::StaleRead, "GET", "/comments", 1);
    assert_eq!(world.get(&path).await.body.as_array().map(Vec::len), Some(2));
    assert_eq!(world.get(&path).await.body.as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn bad_days_come_again_from_the_same_seed() {
    let weather = async |seed| {
        let world = World::start().await;
        world.sandbox.bad_days(seed, &[Fault::Status(502), Fault::Status(503)]);
        let mut statuses = Vec::new();
        for _ in 0..60 {
            statuses.push(world.get("/repos/harbour/shop").await.status);
        }
        world.sandbox.good_days();
        assert_eq!(world.get("/repos/harbour/shop").await.status, 200);
        statuses
    };
    let first = weather(7).await;
    assert_eq!(first, weather(7).await);
    assert_ne!(first, weather(8).await);
    assert!([200, 502, 503].iter().all(|status| first.contains(status)), "{first:?}");
}

#[tokio::test]
async fn a_limit_on_request_is_github_s_secondary_one() {
    let world = World::start().await;
    let limit = Fault::SecondaryLimit {
        status: 429,
        retry_after_secs: Some(7),
    };
    world.sandbox.fault(limit, "GET", "", 1);
    let refused = world.get("/repos/harbour/shop").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "7"));
    assert!(refused.message().contains("secondary rate limit"), "{}", refused.body);
    assert_eq!(world.get("/repos/harbour/shop").await.status, 200);
}
