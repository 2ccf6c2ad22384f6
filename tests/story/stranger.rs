//! How little a stranger can make Greenlight write, and who is none.

use greenlight::sandbox::{Fault, Role};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, World};

/// How many of these comments were answered in words, and how many by the reaction; each by exactly one of the two.
fn answered(world: &World, pull: u64, comments: &[u64]) -> (usize, usize) {
    let written = world.shop.comments(pull);
    let (mut words, mut reactions) = (0, 0);
    for id in comments {
        let comment = written.iter().find(|comment| comment.id == *id).expect("the comment");
        let of_the_bot = |content: &str| {
            let is_it = |(who, what): &&(String, String)| who.ends_with("[bot]") && what == content;
            comment.reactions.iter().filter(is_it).count()
        };
        assert_eq!(of_the_bot("eyes"), 1, "seen: {comment:?}");
        let in_words = usize::from(world.answer_to(pull, *id).is_some());
        let by_reaction = of_the_bot("confused");
        assert_eq!(in_words + by_reaction, 1, "one answer: {comment:?}");
        words += in_words;
        reactions += by_reaction;
    }
    (words, reactions)
}

async fn says_often(world: &World, login: &str, pull: u64, body: &str) -> (usize, usize) {
    let comments: Vec<u64> = (0..10).map(|_| world.writes(login, pull, body)).collect();
    world.settle().await;
    answered(world, pull, &comments)
}

#[tokio::test]
async fn a_stranger_gets_one_reply_an_hour_and_then_reactions() {
    let mut world = World::start().await;
    world.sandbox.user("eve");
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    assert_eq!(says_often(&world, "carl", promotion, "/promote staging").await, (1, 9));
    assert_eq!(says_often(&world, "carl", promotion, "/help").await, (0, 10));
    assert_eq!(
        says_often(&world, "eve", promotion, "/status").await,
        (1, 9),
        "another person"
    );
    assert_eq!(
        says_often(&world, "carl", 1, "/status").await,
        (1, 9),
        "another pull request"
    );
    world.passes(SignedDuration::from_mins(61)).await;
    assert_eq!(
        says_often(&world, "carl", promotion, "/status").await,
        (1, 9),
        "another hour"
    );
    let told = world.ledger().await;
    let by_reaction = told
        .iter()
        .filter(|entry| entry.why.starts_with("answered by a reaction only"));
    assert_eq!(by_reaction.count(), 9 + 10 + 9 + 9 + 9);
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn owners_and_developers_are_always_answered_in_words() {
    let text = format!("{CONFIGURATION}    owners: [\"@harbour/product\"]\n");
    let mut world = World::with_configuration(Some(&text)).await;
    world.sandbox.team("harbour", "product", &["carl"]);
    world.sandbox.user("tina");
    world.shop.grant("tina", Role::Triage);
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    for login in ["anna", "dora", "tina", "carl"] {
        assert_eq!(
            says_often(&world, login, promotion, "/status").await,
            (10, 0),
            "{login}"
        );
    }
}

#[tokio::test]
async fn a_comment_that_was_edited_counts_like_any_other() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    world.says("carl", promotion, "/status").await;
    let late = Fault::Late(SignedDuration::from_secs(10));
    world.sandbox.delivery_fault(late, "issue_comment", 1);
    let comment = world.writes("carl", promotion, "/status");
    world.passes(SignedDuration::from_secs(3)).await;
    world
        .shop
        .edit_comment("carl", comment, "/promote staging")
        .expect("an edit");
    world.passes(SignedDuration::from_secs(10)).await;
    assert_eq!(world.answer_to(promotion, comment), None);
    let seen = world.shop.comments(promotion);
    let seen = seen.iter().find(|seen| seen.id == comment).expect("it");
    assert!(
        seen.reactions.iter().any(|(_, content)| content == "confused"),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_flood_of_comments_costs_three_calls_each() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    world.says("carl", promotion, "/status").await;
    let before = world.sandbox.exchanges().len();
    let comments: Vec<u64> = (0..40).map(|_| world.writes("carl", promotion, "/status")).collect();
    world.settle().await;
    let calls = world.sandbox.exchanges().len() - before;
    assert_eq!(answered(&world, promotion, &comments), (0, 40));
    // Reading the comment and two reactions; what more there is does not grow with their number.
    let reads_of_looks = 4 * 12;
    assert!(calls <= 3 * comments.len() + reads_of_looks, "{calls} calls");
}

#[tokio::test]
async fn a_connection_that_is_cut_off_is_made_up_for() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    world.says("carl", promotion, "/status").await;
    world.sandbox.fault(Fault::ResetAfter, "POST", "/reactions", 3);
    let comment = world.writes("carl", promotion, "/status");
    world.settle().await;
    for _ in 0..4 {
        world.passes(SignedDuration::from_mins(5)).await;
    }
    assert_eq!(answered(&world, promotion, &[comment]), (0, 1));
}
