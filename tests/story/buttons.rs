//! The other roads by which an owner speaks: the buttons of the check run, and the summary of a review.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{CheckView, Fault};

use crate::world::World;

async fn ready(world: &mut World) -> (u64, String) {
    let number = world.feature("Faster checkout");
    let label = "ready-for-staging";
    world.shop.label("dora", number, label).expect("a label");
    world.settle().await;
    (number, head(world, number))
}

fn head(world: &World, number: u64) -> String {
    world.shop.pull(number).expect("it").head_sha
}

/// Our only check run with buttons on this commit.
fn run(world: &World, commit: &str) -> CheckView {
    let checks = world.shop.checks(commit);
    let mut runs = checks.into_iter().filter(|check| check.name == "Greenlight");
    let found = runs.next().expect("a check run");
    assert_eq!(runs.next(), None, "one on each head");
    found
}

async fn presses(world: &World, login: &str, commit: &str, button: &str) {
    let run = run(world, commit).run.expect("a check run's id");
    world.shop.click(login, run, button).expect("a button");
    world.settle().await;
}

/// What the bot wrote last on the pull request beside the card, without its marker.
fn answer(world: &World, number: u64) -> String {
    let comments = world.bot_comments(number);
    let mut answers = comments
        .iter()
        .rev()
        .filter(|one| one.body.contains("greenlight:answer"));
    let text = answers.next().expect("an answer").body.clone();
    let text = text.split("<!-- greenlight").next().unwrap_or_default();
    text.replace(&head(world, number)[..7], "HEAD").trim().to_owned()
}

fn answers(world: &World, number: u64) -> usize {
    let comments = world.bot_comments(number);
    comments
        .iter()
        .filter(|one| one.body.contains("greenlight:answer"))
        .count()
}

fn is_merged(world: &World, number: u64) -> bool {
    world.shop.pull(number).expect("it").merged
}

#[tokio::test]
async fn the_button_accepts_a_feature_and_its_run_follows() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    let shown = run(&world, &commit);
    assert_eq!(shown.outcome, "action_required");
    insta::assert_snapshot!(shown.text.replace(&commit[..7], "HEAD"), @r"
    Ready. It waits for an owner to look at it.

    in progress → **ready** → accepted → in main → on staging → live on production

    The buttons here stand for version HEAD, and do the same as the commands. They are for the owners (anna).

    The card on the pull request tells the rest.
    ");
    presses(&world, "anna", &commit, "accept").await;
    insta::assert_snapshot!(answer(&world, number), @r"
    The button *Accept* for version HEAD, pressed by anna:

    **Accepted.** I will merge it into main by myself. It waits for its checks: no check has reported on this version yet.

    This holds for the version that you were shown. A later push ends it, and I will say so.
    ");
    assert_eq!(run(&world, &commit).outcome, "success");
    assert!(!is_merged(&world, number), "our own run is no check");
    world.green(&commit).await;
    assert!(is_merged(&world, number));
    insta::assert_snapshot!(answer(&world, number), @r"
    The button *Accept* for version HEAD, pressed by anna:

    **Accepted, and merged into main.** To see it on [staging](https://staging.shop.example), say `/promote staging` here, or on the pull request that promotes to staging.
    ");
    assert_eq!(answers(&world, number), 1);
}

#[tokio::test]
async fn a_button_that_is_delivered_again_counts_once() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    world.sandbox.delivery_fault(Fault::Twice, "check_run", 1);
    presses(&world, "anna", &commit, "accept").await;
    assert_eq!(answers(&world, number), 1);
}

#[tokio::test]
async fn the_button_sends_a_feature_back_and_says_that_no_reason_was_given() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    presses(&world, "anna", &commit, "send-back").await;
    insta::assert_snapshot!(answer(&world, number), @r"
    The button *Send back* for version HEAD, pressed by anna:

    **Sent back, and no reason was given.** A button takes no words: please write in a comment here what is missing, so that @dora knows. The label `ready-for-staging` is off. Putting it on again makes the feature ready for another look.
    ");
    assert_eq!(run(&world, &commit).outcome, "failure");
    assert!(world.shop.pull(number).expect("it").labels.is_empty());
}

#[tokio::test]
async fn the_button_takes_a_feature_the_whole_way_to_the_first_environment() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    presses(&world, "anna", &commit, "promote:staging").await;
    world.green(&commit).await;
    assert!(is_merged(&world, number));
    let merge = world.head("main");
    world.green(&merge).await;
    assert_eq!(world.head("staging"), merge);
    assert_eq!(answers(&world, number), 1);
    presses(&world, "anna", &commit, "promote:production").await;
    assert_eq!(world.head("production"), merge);
}

#[tokio::test]
async fn a_button_of_an_older_version_does_nothing_and_asks_for_another_look() {
    let mut world = World::start().await;
    let (number, older) = ready(&mut world).await;
    let branch = world.shop.pull(number).expect("it").head;
    world
        .shop
        .commit(&branch, "dora", "One more thing", &[("more.txt", "more")]);
    world.settle().await;
    presses(&world, "anna", &older, "accept").await;
    insta::assert_snapshot!(answer(&world, number).replace(&older[..7], "OLDER"), @r"
    The button *Accept* for version OLDER, pressed by anna:

    **Nothing was done, because somebody pushed a newer version since this button was shown.** It stood for version OLDER; the newest is HEAD. Please look again, and use the button of the newest version if it is still what you want.
    ");
    let newest = head(&world, number);
    assert_eq!(run(&world, &newest).outcome, "action_required");
    world.green(&newest).await;
    assert!(!is_merged(&world, number));
}

#[tokio::test]
async fn who_may_not_accept_may_not_by_a_button_either() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    presses(&world, "dora", &commit, "accept").await;
    insta::assert_snapshot!(answer(&world, number), @r"
    The button *Accept* for version HEAD, pressed by dora:

    **Not accepted**, because only anna may accept features. Nothing has changed.
    ");
    presses(&world, "ghost", &commit, "accept").await;
    assert_eq!(answers(&world, number), 1);
    let ledger = world.ledger().await;
    let ignored = ledger.iter().filter(|line| line.kind == EntryKind::Ignored).count();
    assert_eq!(ignored, 1, "told once, and then never again");
    world.green(&commit).await;
    assert!(!is_merged(&world, number));
}

#[tokio::test]
async fn a_command_in_the_summary_of_a_review_counts_like_one_in_a_comment() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    let plain = world.shop.review("anna", number, "approved", "Looks good.");
    plain.expect("a review");
    world.settle().await;
    assert_eq!(answers(&world, number), 0, "an approval is no acceptance");
    let review = world
        .shop
        .review("anna", number, "approved", "Just what I wanted.\n\n/accept");
    review.expect("a review");
    world.settle().await;
    insta::assert_snapshot!(answer(&world, number), @r"
    To the review by anna:

    **Accepted.** I will merge it into main by myself. It waits for its checks: no check has reported on this version yet.

    This holds for the version that you were shown. A later push ends it, and I will say so.
    ");
    world.green(&commit).await;
    assert!(is_merged(&world, number));
    assert_eq!(answers(&world, number), 1);
}

#[tokio::test]
async fn a_review_that_is_changed_afterwards_does_not_count_any_more() {
    let mut world = World::start().await;
    let (number, commit) = ready(&mut world).await;
    let review = world
        .shop
        .review("anna", number, "commented", "/accept")
        .expect("a review");
    world.settle().await;
    let edited = world
        .shop
        .edit_review("mona", number, review, "/accept, said somebody else");
    edited.expect("an edit");
    world.settle().await;
    world.green(&commit).await;
    assert!(!is_merged(&world, number));
    insta::assert_snapshot!(answer(&world, number), @r"
    To the review by anna:

    **Nothing was done, because this was changed or deleted after it was written.** Others may be able to edit what you wrote, so I only act on words as they first were. Please write the command again in a new comment.
    ");
}
