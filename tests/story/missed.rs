//! What was never delivered is found in GitHub's own log of deliveries, taken in once, and looked at within limits.

use greenlight::sandbox::{Fault, State};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, Landed, World};

/// Longer than the pause between two comparisons of the log.
const COMPARED: SignedDuration = SignedDuration::from_mins(4);

async fn ready() -> (World, Landed, u64) {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    (world, feature, promotion)
}

/// What the bot asked of this address.
fn asked(world: &World, method: &str, path: &str) -> usize {
    let exchanges = world.sandbox.exchanges();
    let of_it = |method_of: &str, path_of: &str| method_of == method && path_of.contains(path);
    exchanges.iter().filter(|one| of_it(&one.method, &one.path)).count()
}

/// A command that shows in no list of comments.
fn says_in_a_review(world: &World, promotion: u64) {
    world
        .shop
        .review("anna", promotion, "COMMENTED", "/promote staging")
        .expect("a review");
}

#[tokio::test]
async fn a_command_whose_delivery_was_lost_is_found_in_the_log_and_carried_out_once() {
    let (world, feature, promotion) = ready().await;
    world.sandbox.delivery_fault(Fault::Lost, "issue_comment", 1);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    assert_eq!(world.moves("staging"), 0, "nobody told of it");
    world.passes(COMPARED).await;
    assert_eq!(world.head("staging"), feature.commit);
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    let reads = asked(&world, "GET", "/app/hook/deliveries/");
    assert!(reads > 0);
    world.passes(COMPARED).await;
    assert_eq!(
        asked(&world, "GET", "/app/hook/deliveries/"),
        reads,
        "it is known from now on"
    );
    assert_eq!(
        asked(&world, "POST", "/app/hook/deliveries/"),
        0,
        "what can be read is not delivered again"
    );
}

#[tokio::test]
async fn what_was_said_during_an_outage_is_heard_afterwards_by_whichever_road() {
    let (mut world, _, promotion) = ready().await;
    let next = world.lands("A new logo").await;
    world.bot_stops().await;
    let comment = world.writes("anna", promotion, "/promote staging");
    let review = world
        .shop
        .review("anna", promotion, "COMMENTED", "/status")
        .expect("a review");
    world
        .shop
        .check_run("github-actions", &next.commit, "test", "success")
        .expect("a check run");
    let hours = SignedDuration::from_hours(20);
    world.sandbox.clock().advance(hours);
    world.clock.advance(hours);
    world.bot_starts().await;
    world.settle().await;
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    let answers = world.bot_comments(promotion);
    let to_review = format!("<!-- greenlight:answer review-{promotion}-{review} -->");
    assert!(
        answers.iter().filter(|found| found.body.contains(&to_review)).count() == 1,
        "{answers:#?}"
    );
    assert_eq!((world.head("staging"), world.moves("staging")), (next.commit, 1));
}

#[tokio::test]
async fn what_was_held_all_the_time_is_not_taken_in_again_although_github_calls_it_failed() {
    let (mut world, _, promotion) = ready().await;
    // GitHub gave up waiting for an answer, and the delivery was stored all the same.
    world.sandbox.delivery_fault(Fault::Twice, "issue_comment", 1);
    world.writes("anna", promotion, "/status");
    world.settle().await;
    let answers = world.bot_comments(promotion).len();
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    world.passes(COMPARED).await;
    assert_eq!(world.bot_comments(promotion).len(), answers);
    assert_eq!(asked(&world, "GET", "/app/hook/deliveries/"), 0);
    assert_eq!(asked(&world, "POST", "/app/hook/deliveries/"), 0);
}

#[tokio::test]
async fn what_the_log_does_not_give_is_asked_for_once_more() {
    let (world, feature, promotion) = ready().await;
    world.sandbox.delivery_fault(Fault::Lost, "issue_comment", 1);
    world
        .sandbox
        .fault(Fault::Status(404), "GET", "/app/hook/deliveries/", 1);
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    world.passes(COMPARED).await;
    assert_eq!(asked(&world, "POST", "/app/hook/deliveries/"), 1);
    assert_eq!(world.head("staging"), feature.commit);
    assert!(world.answer_to(promotion, comment).is_some());
}

#[tokio::test]
async fn without_the_log_the_sweep_goes_on_and_the_log_is_read_once_it_is_there() {
    let (mut world, feature, promotion) = ready().await;
    world.sandbox.delivery_fault(Fault::Lost, "pull_request_review", 1);
    world.sandbox.delivery_fault(Fault::Lost, "push", 1);
    world
        .sandbox
        .fault(Fault::Status(403), "GET", "/app/hook/deliveries", 1_000);
    says_in_a_review(&world, promotion);
    world.passes(SignedDuration::from_secs(2)).await;
    let later = world.lands("A new logo").await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert!(
        world.promotion("staging").body.contains("A new logo"),
        "the sweep tells of it"
    );
    assert_eq!(world.moves("staging"), 0, "nothing else tells of a review");
    world.sandbox.good_days();
    world.passes(COMPARED).await;
    assert_eq!(
        world.head("staging"),
        feature.commit,
        "what was shown, not {}",
        later.commit
    );
}

#[tokio::test]
async fn a_comparison_that_was_cut_off_in_the_middle_is_made_up_for() {
    let (mut world, feature, promotion) = ready().await;
    world.bot_stops().await;
    says_in_a_review(&world, promotion);
    for number in 0..120 {
        world
            .shop
            .status(&feature.commit, &format!("ci/{number}"), State::Success, "done")
            .expect("a status");
    }
    world
        .sandbox
        .fault(Fault::Status(502), "GET", "/app/hook/deliveries/", 3);
    world
        .sandbox
        .fault(Fault::Status(502), "POST", "/app/hook/deliveries/", 1);
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.moves("staging"), 0);
    world.passes(COMPARED).await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_word_of_more_than_a_day_ago_is_answered_and_not_carried_out() {
    let (mut world, _, promotion) = ready().await;
    world.bot_stops().await;
    let comment = world.writes("anna", promotion, "/promote staging");
    let hours = SignedDuration::from_hours(26);
    world.sandbox.clock().advance(hours);
    world.clock.advance(hours);
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.moves("staging"), 0);
    insta::assert_snapshot!(world.answer_to(promotion, comment).expect("an answer"), @"**Nothing was done, because I only heard of this more than a day after it was written.** I was out of reach, and much may have changed since. If you still want it, please say it again in a new comment.");
}

#[tokio::test]
async fn a_new_database_takes_up_nothing_that_was_said_before_it() {
    let (mut world, _, promotion) = ready().await;
    world.says("anna", promotion, "/promote staging").await;
    let production = world.promotion("production").number;
    let comment = world.writes("anna", production, "/promote production");
    world.settle().await;
    let moves = world.moves("production");
    world.bot_stops().await;
    world.loses_its_memory();
    world.bot_starts().await;
    world.settle().await;
    world.passes(COMPARED).await;
    assert_eq!(world.moves("production"), moves);
    assert!(
        world.answer_to(production, comment).is_some(),
        "and it was answered once"
    );
}

#[tokio::test]
async fn three_days_of_deliveries_converge_within_a_quarter_of_an_hour_and_within_the_limits() {
    let mut world = World::with_pause(Some(CONFIGURATION), "8000").await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    world.passes(SignedDuration::from_secs(10)).await;
    let promotion = world.promotion("staging").number;
    world.bot_stops().await;
    world.sandbox.limit_secondarily(true);
    let elsewhere = world.head("production");
    for _ in 0..70 {
        for number in 0..20 {
            world
                .shop
                .status(&elsewhere, &format!("ci/{number}"), State::Success, "done")
                .expect("a status");
        }
        while world.sandbox.deliveries_pending() > 0 {
            tokio::task::yield_now().await;
        }
        world.sandbox.clock().advance(SignedDuration::from_hours(1));
        world.clock.advance(SignedDuration::from_hours(1));
    }
    let comment = world.writes("anna", promotion, "/promote staging");
    while world.sandbox.deliveries_pending() > 0 {
        tokio::task::yield_now().await;
    }
    world.sandbox.forget_exchanges();
    world.bot_starts().await;
    for _ in 0..15 {
        world.passes(SignedDuration::from_mins(1)).await;
    }
    assert_eq!(world.head("staging"), feature.commit);
    assert!(world.answer_to(promotion, comment).is_some());
    let exchanges = world.sandbox.exchanges();
    let refused = exchanges.iter().filter(|one| matches!(one.status, 403 | 429));
    let refused: Vec<_> = refused.map(|one| (&one.path, &one.response_body)).collect();
    assert!(refused.is_empty(), "GitHub had to ask for patience: {refused:?}");
    let pages = asked(&world, "GET", "/app/hook/deliveries");
    assert!((14..40).contains(&pages), "{pages} reads of the log");
    let looks = asked(&world, "GET", "/compare/staging...main");
    assert!(looks <= 10, "{looks} looks");
}

/// No delivery, and no log of one.
async fn unheard_of(world: &World) {
    world.sandbox.delivery_fault(Fault::Lost, "issue_comment", 1);
    world
        .sandbox
        .fault(Fault::Status(404), "GET", "/app/hook/deliveries", 10_000);
}

#[tokio::test]
async fn a_command_that_no_delivery_and_no_log_tells_of_is_found_by_the_sweep() {
    let (mut world, feature, promotion) = ready().await;
    unheard_of(&world).await;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.head("staging"), feature.commit);
    assert!(world.answer_to(promotion, comment).is_some());
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.moves("staging"), 1);
    assert_eq!(asked(&world, "GET", &format!("/pulls/{promotion}/files")), 0);
}

#[tokio::test]
async fn an_edit_is_never_taken_for_a_command_by_the_sweep_either() {
    let (mut world, _, promotion) = ready().await;
    let early = world.writes("anna", promotion, "Looks good.");
    world.settle().await;
    // The sweep comes with a start.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    world.passes(SignedDuration::from_secs(2)).await;
    unheard_of(&world).await;
    let late = world.writes("anna", promotion, "Looks very good.");
    world.passes(SignedDuration::from_secs(2)).await;
    for comment in [early, late] {
        world
            .shop
            .edit_comment("dora", comment, "/promote staging")
            .expect("an edit");
    }
    world.settle().await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.moves("staging"), 0);
    assert_eq!(world.answer_to(promotion, early), None, "it was written long ago");
    let answer = world.answer_to(promotion, late).expect("an answer");
    assert!(answer.contains("changed or deleted after it was written"), "{answer}");
}

#[tokio::test]
async fn a_comment_on_an_issue_and_one_from_before_the_installation_are_no_commands() {
    let mut world = World::start().await;
    let issue = world.shop.open_issue("anna", "Slow", "It is slow.");
    let on_issue = world.writes("anna", issue, "/status");
    let feature = world.feature("Faster checkout");
    world.settle().await;
    world.bot_stops().await;
    let before = world.writes("anna", feature, "/status");
    while world.sandbox.deliveries_pending() > 0 {
        tokio::task::yield_now().await;
    }
    world.loses_its_memory();
    world.bot_starts().await;
    world.settle().await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.answer_to(feature, before), None);
    assert_eq!(world.answer_to(issue, on_issue), None);
}
