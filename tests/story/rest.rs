//! A bot that can do nothing at present comes to rest: whatever stands in the way, GitHub is not asked again and again, and
//! what was heard meanwhile is not forgotten. That it rests at all is what `settle` and `passes` hold in every story.

use greenlight::sandbox::Fault;
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, Landed, World};

/// Longer than GitHub is given to call a pull request merged.
const LATER: SignedDuration = SignedDuration::from_secs(61);

/// Everything is on staging, and GitHub never notices that the promotion pull request is merged.
async fn promoted_and_never_seen_as_merged() -> (World, Landed, u64) {
    let mut world = World::start().await;
    world.sandbox.see_merges_after(None);
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
    (world, feature, promotion)
}

fn is_open(world: &World, pull: u64) -> bool {
    world.shop.pull(pull).expect("it stays").open
}

#[tokio::test]
async fn a_pull_request_that_github_does_not_let_close_is_tried_again_later() {
    let (mut world, _, promotion) = promoted_and_never_seen_as_merged().await;
    world.sandbox.fault(Fault::Status(422), "PATCH", "/pulls/", 1_000);
    world.passes(LATER).await;
    assert!(is_open(&world, promotion));
    world.sandbox.good_days();
    // The sweep comes with a start.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert!(!is_open(&world, promotion));
}

#[tokio::test]
async fn an_environment_that_left_the_configuration_leaves_nothing_to_wait_for() {
    let (world, _, promotion) = promoted_and_never_seen_as_merged().await;
    let without = CONFIGURATION.replace("  - name: staging\n    url: https://staging.shop.example\n", "");
    world
        .shop
        .commit("main", "dora", "No staging", &[(".github/greenlight.yml", &without)]);
    world.settle().await;
    world.passes(LATER).await;
    assert!(is_open(&world, promotion));
}

#[tokio::test]
async fn while_the_configuration_is_broken_nothing_is_closed_and_nothing_is_asked() {
    let (world, _, promotion) = promoted_and_never_seen_as_merged().await;
    let broken = CONFIGURATION.replace("owners:", "owner:");
    world
        .shop
        .commit("main", "dora", "Break the file", &[(".github/greenlight.yml", &broken)]);
    world.settle().await;
    world.passes(LATER).await;
    assert!(is_open(&world, promotion));
}

#[tokio::test]
async fn a_promotion_ends_in_time_even_while_the_configuration_is_broken() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let broken = CONFIGURATION.replace("owners:", "owner:");
    world
        .shop
        .commit("main", "dora", "Break the file", &[(".github/greenlight.yml", &broken)]);
    world.settle().await;

    world.passes(SignedDuration::from_hours(25)).await;

    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.contains("it waited too long"), "{answer}");
}

#[tokio::test]
async fn what_was_heard_while_github_did_not_hold_still_is_looked_at_again() {
    let mut world = World::start().await;
    // 409 is how GitHub says that something moved under a request.
    world.sandbox.fault(Fault::Status(409), "POST", "/pulls", 1_000);
    world.lands("Faster checkout").await;
    assert!(world.shop.open_pulls().is_empty());
    world.sandbox.good_days();
    world.passes(LATER).await;
    assert!(world.promotion("staging").body.contains("Faster checkout"));
}
