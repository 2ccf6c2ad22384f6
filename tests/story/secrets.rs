//! Secrets stay secret: in logs, errors, panics, what is written on GitHub and what is kept on disk. Every story is searched when
//! it ends; here is that the search finds them, and the places where a secret could most easily slip out.

use greenlight::github::Access;
use greenlight::sandbox::{APP_PRIVATE_KEY, Fault};
use jiff::SignedDuration;
use tracing_subscriber::EnvFilter;

use crate::canary::{self, Watch};
use crate::world::{SECRET, World};

#[test]
fn the_search_finds_a_secret_in_a_log_line_and_in_its_fields() {
    let watch = Watch::default();
    let sink = watch.clone();
    let logs = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_writer(move || sink.clone())
        .finish();
    tracing::subscriber::with_default(logs, || {
        tracing::info!("nothing to see");
        tracing::debug!("the secret is {SECRET}");
        tracing::trace!(token = "ghs_0123456789", "sent");
        let span = tracing::info_span!("look", key = APP_PRIVATE_KEY);
        span.in_scope(|| tracing::warn!("within a span"));
    });
    assert_eq!(watch.leaks().len(), 3, "{:#?}", watch.leaks());
}

#[test]
fn every_secret_of_the_tests_is_searched_for() {
    for secret in [SECRET, APP_PRIVATE_KEY, "Bearer ghs_abc", "the-client-secret"] {
        assert!(canary::found_in(secret.as_bytes()).is_some(), "{secret}");
    }
    assert_eq!(canary::found_in(b"GITHUB_WEBHOOK_SECRET is not set"), None);
}

/// What an operator, or a library, could print without thinking.
#[tokio::test]
async fn what_can_be_printed_says_no_secret() {
    let world = World::start().await;
    let key = APP_PRIVATE_KEY.to_owned().into();
    let access = Access::new(1, key, "https://api.github.example");
    canary::none_in("the access", format!("{access:?}").as_bytes());
    canary::none_in("the settings", format!("{:?}", world.settings()).as_bytes());
}

/// Errors are where secrets leak: refused and expired tokens, connections that break, answers that make no sense.
#[tokio::test]
async fn errors_are_told_without_secrets() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.passes(SignedDuration::from_mins(61)).await;
    for (fault, method, path) in [
        (Fault::Status(401), "GET", ""),
        (Fault::Status(500), "POST", "/access_tokens"),
        (Fault::Reset, "POST", "/access_tokens"),
        (Fault::Status(403), "GET", "/contents"),
        (Fault::ResetAfter, "POST", "/comments"),
        (Fault::Status(502), "PATCH", ""),
    ] {
        world.sandbox.fault(fault, method, path, 3);
        world.writes("anna", promotion, "/status");
        world.settle().await;
        world.passes(SignedDuration::from_mins(6)).await;
    }
    canary::none_was_logged();
}
