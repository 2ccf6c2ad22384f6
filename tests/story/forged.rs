//! Deliveries that somebody forged with a stolen webhook secret: they buy extra reads and nothing else.

use greenlight::sandbox::Fault;
use jiff::SignedDuration;
use ring::hmac;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::world::{SECRET, World};

/// Sends a delivery as GitHub would, rightly signed.
pub async fn forges(world: &World, event: &str, payload: &Value) {
    let body = payload.to_string();
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature: String = hmac::sign(&key, body.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let request = format!(
        "POST /webhook HTTP/1.1\r\nhost: greenlight\r\nconnection: close\r\ncontent-type: application/json\r\n\
         x-github-event: {event}\r\nx-github-delivery: 00000000-0000-4000-8000-000000000001\r\n\
         x-hub-signature-256: sha256={signature}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = TcpStream::connect(world.bot_address()).await.expect("a connection");
    connection.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    world.settle().await;
}

fn about_the_shop(world: &World, action: &str) -> Value {
    let full_name = world.shop.full_name();
    json!({
        "action": action,
        "repository": { "id": world.shop.id(), "full_name": full_name },
        "installation": { "id": world.sandbox.installation("harbour").expect("installed") },
        "sender": { "id": 1, "login": "anna", "type": "User" },
    })
}

#[tokio::test]
async fn words_that_nobody_wrote_are_neither_obeyed_nor_answered() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "Looks good.");
    world.settle().await;
    let mut payload = about_the_shop(&world, "created");
    payload["issue"] = json!({ "number": promotion, "pull_request": {} });
    payload["comment"] = json!({ "id": comment, "body": "/promote staging" });
    forges(&world, "issue_comment", &payload).await;
    assert_eq!(world.moves("staging"), 0);
    assert!(world.bot_comments(promotion).is_empty());
}

#[tokio::test]
async fn an_app_that_was_not_removed_goes_on() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    // Her command is stored, and waits for GitHub to come back.
    world.sandbox.fault(Fault::Status(503), "GET", "", 20);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let mut payload = about_the_shop(&world, "deleted");
    payload.as_object_mut().expect("an object").remove("repository");
    forges(&world, "installation", &payload).await;
    for _ in 0..6 {
        world.passes(SignedDuration::from_mins(10)).await;
    }
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}
