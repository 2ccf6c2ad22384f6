//! Rightly signed deliveries whose payloads are broken, incomplete or about something else: each is settled, none is tried for
//! ever, and nothing is written.

use serde_json::{Value, json};

use crate::forged::{PATIENCE, forges, posts, written};
use crate::world::World;

const EVENTS: [&str; 16] = [
    "issue_comment",
    "pull_request_review",
    "push",
    "create",
    "delete",
    "status",
    "check_run",
    "check_suite",
    "deployment",
    "deployment_status",
    "pull_request",
    "deployment_protection_rule",
    "repository",
    "installation",
    "installation_repositories",
    "something_new",
];

/// With whose it is, so that it reaches the shop's look.
fn about_the_shop(world: &World, more: Value) -> Value {
    let mut payload = json!({
        "repository": { "id": world.shop.id(), "full_name": "harbour/shop" },
        "installation": { "id": world.sandbox.installation("harbour").expect("installed") },
    });
    payload
        .as_object_mut()
        .expect("an object")
        .extend(more.as_object().expect("an object").clone());
    payload
}

/// One value in every place that is read.
fn everywhere(value: &Value) -> Value {
    let inner = json!({
        "id": value, "body": value, "number": value, "pull_request": value, "type": value, "login": value, "labels": value,
        "head_sha": value, "sha": value, "payload": value, "full_name": value, "user": value,
    });
    json!({
        "action": "created", "number": value, "sha": value, "after": value, "ref": value, "ref_type": value, "commits": [inner],
        "comment": inner, "review": inner, "issue": inner, "pull_request": inner, "sender": inner, "check_run": inner,
        "check_suite": inner, "environment": value, "deployment_callback_url": value, "deployment": inner,
        "repositories": [inner], "repositories_added": [inner], "repositories_removed": [inner],
    })
}

fn odd_values() -> Vec<Value> {
    let deep = (0..90).fold(json!({}), |inner, _| json!({ "a": inner }));
    vec![
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(i64::MAX),
        json!(u64::MAX),
        json!(""),
        json!("\u{0}"),
        json!("../../app"),
        json!("refs/heads/../../x"),
        json!("refs/heads/"),
        json!("0".repeat(40)),
        json!("a".repeat(39)),
        json!("Ａ".repeat(40)),
        json!("\u{202e}/promote staging"),
        json!("https://evil.example/actions/runs/1/x"),
        json!("/actions/runs/99999999999999999999/x"),
        json!("x".repeat(2_000)),
        json!([]),
        json!({}),
        deep,
    ]
}

#[tokio::test]
async fn whatever_a_payload_holds_it_is_settled_and_nothing_is_written() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    world.passes(jiff::SignedDuration::from_mins(2)).await;
    world.sandbox.forget_exchanges();
    for value in odd_values() {
        for event in EVENTS {
            posts(&world, event, &about_the_shop(&world, everywhere(&value))).await;
        }
        world.settle_within(PATIENCE).await;
        assert_eq!(written(&world), Vec::<String>::new(), "{value:.60}");
    }
    for event in EVENTS {
        posts(&world, event, &json!({})).await;
        posts(&world, event, &about_the_shop(&world, json!({}))).await;
        for action in [
            "",
            "created",
            "deleted",
            "requested",
            "requested_action",
            "approved_by_aliens",
        ] {
            let payload = about_the_shop(&world, json!({ "action": action, "sender": null }));
            posts(&world, event, &payload).await;
        }
    }
    world.settle_within(PATIENCE).await;
    assert_eq!(written(&world), Vec::<String>::new());
    assert_eq!(world.dead_deliveries().await, 0);
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}

/// A repository that the App was never given, or that is no longer there.
#[tokio::test]
async fn a_foreign_repository_is_not_touched() {
    let world = World::start().await;
    let foreign = world
        .sandbox
        .repository("eve/own")
        .file("README.md", "Hers.")
        .not_installed()
        .create();
    foreign.branch("staging", &foreign.head("main").expect("main"));
    let pull = foreign.open_issue("eve", "An issue", "");
    let comment = foreign.comment("eve", pull, "/promote staging").expect("a comment");
    world.sandbox.forget_exchanges();
    for (id, name) in [(foreign.id(), "eve/own"), (4_711, "nobody/nothing")] {
        for installation in [
            json!(world.sandbox.installation("harbour").expect("installed")),
            json!(4_711),
            Value::Null,
        ] {
            let payload = json!({
                "action": "created", "repository": { "id": id, "full_name": name }, "installation": { "id": installation },
                "issue": { "number": pull, "pull_request": {} }, "comment": { "id": comment, "body": "/promote staging" },
                "sender": { "id": 1, "login": "eve", "type": "User" },
            });
            forges(&world, "issue_comment", &payload).await;
        }
    }
    assert_eq!(written(&world), Vec::<String>::new());
    assert!(foreign.comments(pull).iter().all(|comment| comment.author == "eve"));
}

/// What GitHub's own limits would never have let come into being stops nobody's command.
#[tokio::test]
async fn a_name_longer_than_any_holds_nothing_up() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let long = "x".repeat(100_000);
    for (event, more) in [
        (
            "push",
            json!({ "ref": format!("refs/heads/{long}"), "after": feature.commit }),
        ),
        ("create", json!({ "ref": long, "ref_type": "branch" })),
        (
            "deployment",
            json!({ "deployment": { "id": 1, "sha": feature.commit, "environment": long } }),
        ),
        (
            "repository",
            json!({ "action": "renamed", "repository": { "id": world.shop.id(), "full_name": format!("harbour/{long}") } }),
        ),
    ] {
        posts(&world, event, &about_the_shop(&world, more)).await;
        let answer = world.says("anna", promotion, "/status").await;
        assert!(answer.contains("staging"), "{event}: {answer}");
    }
}
