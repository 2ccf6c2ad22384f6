//! Every webhook example that GitHub publishes goes through signature, inbox and `interpret` without an error.

use bytes::Bytes;
use greenlight::rules::interpret::{News, interpret};
use hmac::{Hmac, KeyInit, Mac};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sha2::Sha256;

use crate::contract::Contract;
use crate::world::{SECRET, World};

fn signature(body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length of key");
    mac.update(body);
    let digits: String = mac
        .finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256={digits}")
}

#[tokio::test]
async fn every_published_example_is_taken_in_and_understood_or_ignored() {
    let mut world = World::start().await;
    let address = world.bot_address();
    let client: Client<_, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let examples = Contract::published().examples();
    assert!(examples.len() > 300, "only {} examples", examples.len());
    for (index, (event, body)) in examples.iter().enumerate() {
        let request = http::Request::post(format!("http://{address}/webhook"))
            .header("content-type", "application/json")
            .header("x-github-event", event)
            .header("x-github-delivery", format!("5f1e3c1a-0000-4000-8000-{index:012}"))
            .header("x-hub-signature-256", signature(body))
            .body(Full::new(Bytes::from(body.clone())))
            .expect("a request");
        let answer = client.request(request).await.expect("an answer");
        assert_eq!(answer.status(), 202, "{event}");
        if let News::Nothing(why) = interpret(event, body) {
            assert!(!why.contains("unexpected shape"), "{event}: {why}");
        }
    }
    assert_eq!(world.dead_deliveries().await, 0);
    world.bot_stops().await;
}
