//! An environment whose branch is where the ledger does not explain is found by the checker, told, and held.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Method};
use jiff::SignedDuration;

use crate::world::{Landed, World};

/// Why the checker holds an environment, as the ledger has it.
const UNEXPLAINED: &str = "nothing in the ledger explains where its branch is";

async fn ready() -> (World, Landed, u64) {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    // The environments have been seen once.
    minutes(&world, 2).await;
    (world, feature, promotion)
}

async fn minutes(world: &World, many: u32) {
    for _ in 0..many {
        world.passes(SignedDuration::from_mins(1)).await;
    }
}

async fn holds(world: &World) -> Vec<String> {
    let held = world.ledger().await.into_iter();
    held.filter(|entry| entry.kind == EntryKind::Held)
        .map(|entry| entry.why)
        .collect()
}

#[tokio::test]
async fn a_branch_that_moved_without_a_word_is_told_and_held_within_five_minutes() {
    let (world, feature, promotion) = ready().await;
    // Nobody tells of it, and it is no harm that the look at a push would see: it only moves forward.
    world.sandbox.delivery_fault(Fault::Lost, "push", 9);
    world.sandbox.delivery_fault(Fault::Lost, "pull_request", 9);
    world
        .sandbox
        .fault(Fault::Status(404), "GET", "/app/hook/deliveries", 10_000);
    world.shop.push("dora", "staging", &feature.commit).expect("a push");
    minutes(&world, 5).await;
    assert_eq!(holds(&world).await, [UNEXPLAINED]);
    let told = world.says("anna", promotion, "/status").await;
    assert!(
        told.contains("I hold staging, because its branch is where I cannot explain it"),
        "{told}"
    );
    world.sandbox.good_days();
    minutes(&world, 10).await;
    assert_eq!(holds(&world).await, [UNEXPLAINED], "once");
    let answer = world.says("anna", promotion, "/unhold staging").await;
    assert!(answer.contains("no longer on hold"), "{answer}");
    minutes(&world, 5).await;
    assert_eq!(holds(&world).await, [UNEXPLAINED], "an owner has looked at it");
}

#[tokio::test]
async fn what_greenlight_did_and_what_it_has_told_needs_no_further_explanation() {
    let (mut world, feature, promotion) = ready().await;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
    minutes(&world, 5).await;
    let production = world.promotion("production").number;
    world
        .shop
        .merge_pull("anna", production, Method::Merge)
        .expect("a merge by hand");
    world.settle().await;
    minutes(&world, 5).await;
    let next = world.lands("A new logo").await;
    world.green(&next.commit).await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    minutes(&world, 5).await;
    world.says("anna", promotion, "/rollback staging").await;
    assert_eq!(world.head("staging"), feature.commit);
    minutes(&world, 5).await;
    let holds = holds(&world).await;
    assert!(!holds.iter().any(|why| why == UNEXPLAINED), "{holds:?}");
}

#[tokio::test]
async fn a_direct_push_that_is_held_already_is_not_held_and_told_a_second_time() {
    let (world, _, _) = ready().await;
    world
        .shop
        .commit("staging", "dora", "Quick fix", &[("fix.txt", "fixed")]);
    world.settle().await;
    minutes(&world, 8).await;
    let holds = holds(&world).await;
    assert_eq!(holds.len(), 1, "{holds:?}");
    assert!(!holds.iter().any(|why| why == UNEXPLAINED), "{holds:?}");
    let told = world.promotion("staging").body;
    assert!(!told.contains("I cannot explain it"), "{told}");
}
