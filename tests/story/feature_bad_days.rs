//! A feature on GitHub's bad days: whatever is lost, unclear or refused, it is merged once at most, has one card, and each word
//! on it has one answer.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Method};
use jiff::SignedDuration;

use crate::world::{LABEL, World};

const CARD: &str = "<!-- greenlight:card -->";

async fn ready() -> (World, u64, String) {
    let mut world = World::start().await;
    let number = world.feature("Faster checkout");
    let head = world.shop.pull(number).expect("a pull request").head_sha;
    world.green(&head).await;
    (world, number, head)
}

/// Requests but for those by which the checker sees every 90 seconds where the environments are.
fn asked_for_it(world: &World) -> usize {
    let is_check = |path: &str| path == "/repos/harbour/shop" || path.contains("/git/ref/heads/");
    let exchanges = world.sandbox.exchanges();
    exchanges.iter().filter(|one| !is_check(&one.path)).count()
}

fn cards(world: &World, number: u64) -> Vec<String> {
    let comments = world.bot_comments(number).into_iter().map(|comment| comment.body);
    comments.filter(|body| body.contains(CARD)).collect()
}

/// Retries after a fault begin after two seconds, and what was sent is looked for after five.
async fn it_passes(world: &World) {
    for _ in 0..3 {
        world.passes(SignedDuration::from_secs(10)).await;
    }
}

#[tokio::test]
async fn a_merge_of_unknown_outcome_is_looked_for_and_told_once() {
    for (method, path) in [
        ("PUT", "/merge"),
        ("POST", "/comments"),
        ("PATCH", "/issues/comments"),
        ("GET", "/pulls"),
    ] {
        for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
            let (world, number, _) = ready().await;
            world.sandbox.fault(fault, method, path, 1);
            world.shop.label("dora", number, LABEL).expect("a label");
            world.settle().await;
            it_passes(&world).await;
            let comment = world.writes("anna", number, "/accept");
            world.settle().await;
            it_passes(&world).await;
            let told = format!("{fault:?} on {method} {path}");
            assert!(world.shop.pull(number).expect("it").merged, "{told}");
            let ledger = world.ledger().await;
            let merged = ledger.iter().filter(|entry| entry.kind == EntryKind::Merged);
            assert_eq!(merged.count(), 1, "{told}");
            let answer = world.answer_to(number, comment).expect("an answer");
            assert!(
                answer.starts_with("**Accepted, and merged into main.**"),
                "{told}: {answer}"
            );
            let cards = cards(&world, number);
            assert_eq!(cards.len(), 1, "{told}: {cards:#?}");
            assert!(cards[0].contains("**In main.**"), "{told}: {cards:#?}");
            let calls = asked_for_it(&world);
            it_passes(&world).await;
            assert_eq!(asked_for_it(&world), calls, "{told}: it has come to rest");
        }
    }
}

#[tokio::test]
async fn a_merge_that_came_to_nothing_is_not_claimed_when_somebody_else_merges() {
    let (world, number, _) = ready().await;
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    world.sandbox.fault(Fault::Reset, "PUT", "/merge", 100);
    let comment = world.writes("anna", number, "/accept");
    world.settle().await;
    it_passes(&world).await;
    assert!(!world.shop.pull(number).expect("it").merged);

    world
        .shop
        .edit_comment("anna", comment, "Never mind.")
        .expect("an edit");
    world.settle().await;
    for _ in 0..3 {
        world.passes(SignedDuration::from_mins(10)).await;
    }
    assert_eq!(world.unconfirmed().await, Vec::<String>::new());
    world
        .shop
        .merge_pull("mona", number, Method::Squash)
        .expect("a merge by hand");
    world.settle().await;
    let ledger = world.ledger().await;
    let claimed: Vec<_> = ledger.iter().filter(|entry| entry.kind == EntryKind::Merged).collect();
    assert!(claimed.is_empty(), "{claimed:#?}");
}

#[tokio::test]
async fn what_was_sent_back_is_without_its_label_whatever_github_answers() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let (world, number, _) = ready().await;
        world.shop.label("dora", number, LABEL).expect("a label");
        world.settle().await;
        world.sandbox.fault(fault, "DELETE", "/labels", 1);
        let comment = world.writes("anna", number, "/reject Too slow");
        world.settle().await;
        it_passes(&world).await;
        assert_eq!(
            world.shop.pull(number).expect("it").labels,
            Vec::<String>::new(),
            "{fault:?}"
        );
        let answer = world.answer_to(number, comment).expect("an answer");
        assert!(answer.starts_with("**Sent back.**"), "{fault:?}: {answer}");
        assert_eq!(cards(&world, number).len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_delivery_that_comes_twice_late_or_in_another_order_does_no_harm_to_a_feature() {
    for fault in [
        Fault::Twice,
        Fault::Reordered,
        Fault::Late(SignedDuration::from_secs(30)),
    ] {
        let (world, number, _) = ready().await;
        for event in ["issue_comment", "push", "pull_request"] {
            world.sandbox.delivery_fault(fault, event, 3);
        }
        world.shop.label("dora", number, LABEL).expect("a label");
        world.settle().await;
        world.passes(SignedDuration::from_secs(40)).await;
        let comment = world.writes("anna", number, "/accept");
        world.settle().await;
        world.passes(SignedDuration::from_secs(40)).await;
        assert!(world.shop.pull(number).expect("it").merged, "{fault:?}");
        assert!(
            world.answer_to(number, comment).expect("an answer").contains("merged"),
            "{fault:?}"
        );
        assert_eq!(cards(&world, number).len(), 1, "{fault:?}");
    }
}
