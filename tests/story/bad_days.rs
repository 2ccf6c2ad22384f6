//! GitHub's bad days: whatever is lost, doubled, late or unclear, a branch moves once and a command is answered once.

use greenlight::sandbox::Fault;
use jiff::SignedDuration;

use crate::world::{Landed, World};

async fn ready() -> (World, Landed, u64) {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    (world, feature, promotion)
}

/// One move, one answer that says so.
fn assert_went_once(world: &World, feature: &Landed, promotion: u64, comment: u64) {
    assert_eq!(world.head("staging"), feature.commit);
    assert_eq!(world.moves("staging"), 1);
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}

#[tokio::test]
async fn writes_of_unknown_outcome_are_looked_for_and_never_repeated_blindly() {
    for (method, path) in [
        ("PATCH", "/git/refs/heads/staging"),
        ("POST", "/comments"),
        ("POST", "/reactions"),
        ("POST", "/pulls"),
    ] {
        for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
            let (world, feature, promotion) = ready().await;
            world.sandbox.fault(fault, method, path, 1);
            let comment = world.writes("anna", promotion, "/promote staging");
            world.settle().await;
            world.passes(SignedDuration::from_secs(10)).await;
            world.passes(SignedDuration::from_secs(10)).await;
            assert_went_once(&world, &feature, promotion, comment);
            assert_eq!(
                world.promotion("production").head,
                "staging",
                "{fault:?} on {method} {path}"
            );
        }
    }
}

#[tokio::test]
async fn deliveries_that_come_twice_late_or_in_another_order_do_no_harm() {
    for fault in [
        Fault::Twice,
        Fault::Reordered,
        Fault::Late(SignedDuration::from_secs(30)),
    ] {
        let (world, feature, promotion) = ready().await;
        for event in ["issue_comment", "push", "check_run", "pull_request"] {
            world.sandbox.delivery_fault(fault, event, 2);
        }
        let comment = world.writes("anna", promotion, "/promote staging");
        world.settle().await;
        world.passes(SignedDuration::from_secs(40)).await;
        assert_went_once(&world, &feature, promotion, comment);
    }
}

#[tokio::test]
async fn a_lost_push_is_healed_by_the_next_look_at_everything() {
    let mut world = World::start().await;
    world.sandbox.delivery_fault(Fault::Lost, "push", 9);
    world.sandbox.delivery_fault(Fault::Lost, "pull_request", 9);
    world.lands("Faster checkout").await;
    assert!(world.shop.open_pulls().is_empty());
    world.sandbox.good_days();
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert!(world.promotion("staging").body.contains("Faster checkout"));
}

#[tokio::test]
async fn a_secondary_limit_is_waited_out() {
    let (world, feature, promotion) = ready().await;
    let limit = Fault::SecondaryLimit {
        status: 403,
        retry_after_secs: Some(30),
    };
    world.sandbox.fault(limit, "PATCH", "/git/refs/heads/staging", 1);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let calls = world.sandbox.exchanges().len();
    world.passes(SignedDuration::from_secs(10)).await;
    assert_eq!(
        world.sandbox.exchanges().len(),
        calls,
        "nothing is asked before GitHub allows it"
    );
    world.passes(SignedDuration::from_secs(25)).await;
    assert_went_once(&world, &feature, promotion, comment);
}

#[tokio::test]
async fn a_renamed_repository_is_followed() {
    let (world, feature, promotion) = ready().await;
    world.shop.rename("store");
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    assert_went_once(&world, &feature, promotion, comment);
}

#[tokio::test]
async fn an_answer_that_is_still_owed_finds_a_renamed_repository() {
    let (world, feature, promotion) = ready().await;
    world.check(&feature.commit, "e2e", "in_progress").await;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    world.sandbox.fault(Fault::Status(502), "PATCH", "/issues/comments/", 1);
    world.check(&feature.commit, "e2e", "success").await;
    world.shop.rename("store");
    world.passes(SignedDuration::from_secs(10)).await;
    assert_went_once(&world, &feature, promotion, comment);
}

#[tokio::test]
async fn what_github_says_to_a_refused_move_is_told_without_its_number() {
    let (world, _, promotion) = ready().await;
    world
        .sandbox
        .fault(Fault::Status(422), "PATCH", "/git/refs/heads/staging", 1);
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.contains("GitHub refused, and said"), "{answer}");
    assert!(!answer.contains("422"), "{answer}");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn an_expired_token_is_renewed() {
    let (world, feature, promotion) = ready().await;
    world.passes(SignedDuration::from_hours(2)).await;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    assert_went_once(&world, &feature, promotion, comment);
}

#[tokio::test]
async fn a_check_that_turns_red_at_the_last_moment_stops_it() {
    let (world, feature, promotion) = ready().await;
    world
        .sandbox
        .fault(Fault::Status(502), "PATCH", "/git/refs/heads/staging", 1);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    world.check(&feature.commit, "test", "failure").await;
    world.passes(SignedDuration::from_secs(10)).await;
    assert_eq!(world.moves("staging"), 0);
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.contains("the check `test` failed"), "{answer}");
}

#[tokio::test]
async fn an_outage_of_github_loses_nothing() {
    let (world, feature, promotion) = ready().await;
    world.sandbox.fault(Fault::Status(503), "GET", "", 20);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    for _ in 0..12 {
        world.passes(SignedDuration::from_mins(10)).await;
    }
    assert_went_once(&world, &feature, promotion, comment);
}
