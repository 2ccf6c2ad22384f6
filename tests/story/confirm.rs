//! A feature that cannot go alone: what would go along is listed, and goes at a further word, just as it was listed.

use greenlight::sandbox::Fault;
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, Landed, World};

/// Three merged, green features.
async fn three() -> (World, Vec<Landed>) {
    three_with(CONFIGURATION).await
}

async fn three_with(configuration: &str) -> (World, Vec<Landed>) {
    let mut world = World::with_configuration(Some(configuration)).await;
    let mut landed = Vec::new();
    for title in ["Faster checkout", "Gift cards", "Larger pictures"] {
        let feature = world.lands(title).await;
        world.green(&feature.commit).await;
        landed.push(feature);
    }
    (world, landed)
}

#[tokio::test]
async fn what_rides_along_is_listed_and_goes_at_the_owners_further_word() {
    let (world, features) = three().await;
    let second = &features[1];
    let asked = world.writes("anna", second.number, "/promote staging");
    world.settle().await;
    let offer = world.answer_to(second.number, asked).expect("an answer");
    insta::assert_snapshot!(offer, @r"
    **Not promoted yet, because #3 cannot go to staging alone.** These landed before it and would go along: 1 feature.

    - Faster checkout (#1, by dora): merged without an acceptance that I know of

    If they may, say `/confirm` here within an hour. Then just these and #3 go to staging, and nothing that lands later. `/cancel` drops it. If everything that waits may go, say `/promote staging` on #2 instead.
    ");
    assert_eq!(world.moves("staging"), 0);
    let status = world.says("dora", second.number, "/status").await;
    assert!(
        status.contains("A promotion to staging that anna asked for waits for a `/confirm` on #3."),
        "{status}"
    );

    let answer = world.says("anna", second.number, "/confirm").await;
    assert_eq!(world.head("staging"), second.commit);
    insta::assert_snapshot!(answer, @r"
    **Promoted to staging.** It now also has 2 features:

    - Faster checkout (#1, by dora)
    - Gift cards (#3, by dora)

    This landed after what you were shown, so it waits for your next word:

    - Larger pictures (#4, by dora)

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
    insta::assert_snapshot!(world.answer_to(second.number, asked).expect("an answer"), @"**anna has confirmed this.** How it goes on is told in the answer to that `/confirm`, further down.");

    let again = world.says("anna", second.number, "/confirm").await;
    insta::assert_snapshot!(again, @"**There was nothing more to confirm, because anna has done so already.** It counts once. How it goes on is told in the answer to that `/confirm`.");
    assert_eq!(world.moves("staging"), 1);
}

#[tokio::test]
async fn the_list_says_who_accepted_what_and_what_was_pushed_directly() {
    let mut world = World::start().await;
    let number = world.feature("Faster checkout");
    world.shop.label("dora", number, "ready-for-staging").expect("a label");
    world.settle().await;
    world.green(&world.shop.pull(number).expect("it").head_sha).await;
    world.says("anna", number, "/accept").await;
    world.lands("Gift cards").await;
    world
        .shop
        .commit("main", "dora", "A quick one", &[("quick.txt", "quick")]);
    let last = world.lands("Larger pictures").await;
    let offer = world.says("anna", last.number, "/promote staging").await;
    insta::assert_snapshot!(offer, @r"
    **Not promoted yet, because #4 cannot go to staging alone.** These landed before it and would go along: 2 features and 1 change without a pull request.

    - Faster checkout (#1, by dora): accepted by anna
    - Gift cards (#3, by dora): merged without an acceptance that I know of
    - A quick one (pushed by dora without a pull request)

    If they may, say `/confirm` here within an hour. Then just these and #4 go to staging, and nothing that lands later. `/cancel` drops it. If everything that waits may go, say `/promote staging` on #2 instead.
    ");

    let text = CONFIGURATION.replace("owners: [anna]", "owners: [anna]\nacceptance: off");
    let (world, features) = three_with(&text).await;
    let offer = world.says("anna", features[1].number, "/promote staging").await;
    assert!(offer.contains("- Faster checkout (#1, by dora)\n"), "{offer}");
}

#[tokio::test]
async fn another_owner_may_confirm_and_nobody_else() {
    let text = CONFIGURATION.replace("owners: [anna]", "owners: [anna, mona]");
    let (world, features) = three_with(&text).await;
    let number = features[1].number;
    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    let refused = world.says("dora", number, "/confirm").await;
    insta::assert_snapshot!(refused, @"**Not confirmed**, because only anna or mona may promote to staging. Nothing has changed; what I listed still waits for the word of somebody who may.");
    assert_eq!(world.moves("staging"), 0);
    world.says("mona", number, "/confirm").await;
    assert_eq!(world.head("staging"), features[1].commit);
    let told = world.answer_to(number, asked).expect("an answer");
    assert!(told.starts_with("**mona has confirmed this.**"), "{told}");
}

#[tokio::test]
async fn a_word_where_nothing_waits_or_nothing_was_seen_yet_changes_nothing() {
    let (world, features) = three().await;
    let nothing = world.says("anna", features[1].number, "/confirm").await;
    insta::assert_snapshot!(nothing, @"**There was nothing to confirm here.** I ask for a `/confirm` only where I have listed what would go along with a feature, and this pull request has no such list. Nothing has changed.");
    let both = world
        .says("anna", features[1].number, "/promote staging\n/confirm")
        .await;
    assert!(both.contains("cannot go to staging alone"), "{both}");
    let blind = both.split("---").last().unwrap_or_default().trim();
    insta::assert_snapshot!(blind, @"**Nothing was confirmed, because I cannot tell that you had seen what would go when you wrote this.** I promote only what you have seen. Please read my list on this pull request, and then say `/confirm` in a new comment.");
    assert_eq!(world.moves("staging"), 0);
    world.says("anna", features[1].number, "/confirm").await;
    assert_eq!(world.head("staging"), features[1].commit);
}

#[tokio::test]
async fn after_an_hour_the_list_is_too_old() {
    let (world, features) = three().await;
    let number = features[1].number;
    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    world.passes(SignedDuration::from_mins(61)).await;
    let late = world.says("anna", number, "/confirm").await;
    insta::assert_snapshot!(late, @"**Nothing was confirmed, because the list is more than an hour old.** Nothing was moved. To start again, say `/promote staging`; I list again what would go then.");
    insta::assert_snapshot!(world.answer_to(number, asked).expect("an answer"), @"**Not promoted to staging, because nobody said `/confirm` within an hour.** Nothing was moved. To start again, say `/promote staging`; I list again what would go then.");
    assert_eq!(world.moves("staging"), 0);

    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    world.passes(SignedDuration::from_mins(75)).await;
    let told = world.answer_to(number, asked).expect("an answer");
    assert!(told.contains("nobody said `/confirm` within an hour"), "{told}");
}

#[tokio::test]
async fn a_word_within_the_hour_counts_although_it_is_heard_late() {
    let (world, features) = three().await;
    let number = features[1].number;
    world.says("anna", number, "/promote staging").await;
    world.passes(SignedDuration::from_mins(58)).await;
    let late = Fault::Late(SignedDuration::from_mins(5));
    world.sandbox.delivery_fault(late, "issue_comment", 1);
    world.writes("anna", number, "/confirm");
    world.passes(SignedDuration::from_mins(6)).await;
    assert_eq!(world.head("staging"), features[1].commit);
}

#[tokio::test]
async fn what_moved_meanwhile_is_listed_again() {
    let (world, features) = three().await;
    let last = features[2].number;
    let asked = world.writes("anna", last, "/promote staging");
    world.settle().await;
    world.says("anna", features[0].number, "/promote staging").await;
    assert_eq!(world.head("staging"), features[0].commit);

    let again = world.says("anna", last, "/confirm").await;
    insta::assert_snapshot!(again, @r"
    **Not promoted yet, because staging has moved since I listed what would go.** This would go now: 2 features.

    - Gift cards (#3, by dora): merged without an acceptance that I know of
    - Larger pictures (#4, by dora): merged without an acceptance that I know of

    If it may, say `/confirm` here once more within an hour. Then just this goes to staging. `/cancel` drops it.
    ");
    insta::assert_snapshot!(world.answer_to(last, asked).expect("an answer"), @"**staging has moved since I listed here what would go.** What would go now is listed in the answer to the `/confirm`, further down.");
    assert_eq!(world.head("staging"), features[0].commit);
    world.passes(SignedDuration::from_secs(5)).await;
    world.says("anna", last, "/confirm").await;
    assert_eq!(world.head("staging"), features[2].commit);
}

#[tokio::test]
async fn moved_back_while_it_waits_more_would_go_than_was_listed() {
    let mut world = World::start().await;
    let first = world.lands("Faster checkout").await;
    world.green(&first.commit).await;
    let before = world.head("staging");
    world.says("anna", first.number, "/promote staging").await;
    world.lands("Gift cards").await;
    let last = world.lands("Larger pictures").await;
    world.says("anna", last.number, "/promote staging").await;
    let confirmed = world.writes("anna", last.number, "/confirm");
    world.settle().await;
    world.shop.force_push("dora", "staging", &before);
    world.settle().await;
    world.green(&last.commit).await;
    assert_eq!(world.head("staging"), before);
    insta::assert_snapshot!(world.answer_to(last.number, confirmed).expect("an answer"), @r"
    **Not promoted to staging, because more would go along now than you were told.** Somebody has moved staging back since. This would go now: 3 features.

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)

    Nothing was moved. If it may go, say `/promote staging` again.
    ");
}

#[tokio::test]
async fn on_hold_it_waits_and_a_time_that_was_said_is_kept() {
    let (world, features) = three().await;
    let number = features[1].number;
    world.it_is("2030-01-14T10:00:00Z").await;
    world.says("anna", number, "/promote staging at 18:00").await;
    world.says("anna", number, "/hold staging until tomorrow 9:00").await;
    let confirmed = world.writes("anna", number, "/confirm");
    world.settle().await;
    let answer = world.answer_to(number, confirmed).expect("an answer");
    assert!(
        answer.starts_with("**This goes to staging on Monday, 14 January at 18:00"),
        "{answer}"
    );
    world.it_is("2030-01-14T17:30:00Z").await;
    let answer = world.answer_to(number, confirmed).expect("an answer");
    assert!(
        answer.starts_with("**Waiting to go to staging: it is on hold"),
        "{answer}"
    );
    assert_eq!(world.moves("staging"), 0);
    world.it_is("2030-01-15T08:00:30Z").await;
    assert_eq!(world.head("staging"), features[1].commit);
}

#[tokio::test]
async fn cancelled_or_changed_it_does_not_stand_any_more() {
    let (world, features) = three().await;
    let number = features[1].number;
    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    let answer = world.says("anna", number, "/cancel").await;
    insta::assert_snapshot!(answer, @"**Cancelled: what I offered to promote to staging does not wait for a `/confirm` any more.** Nothing was moved.");
    insta::assert_snapshot!(world.answer_to(number, asked).expect("an answer"), @"**Not promoted to staging: anna cancelled it.** Nothing was moved. To start again, say `/promote staging`.");
    let late = world.says("anna", number, "/confirm").await;
    insta::assert_snapshot!(late, @"**Nothing was confirmed, because anna has cancelled what I had listed here.** To start again, say `/promote staging`; I list again what would go then.");

    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    world
        .shop
        .edit_comment("mona", asked, "/promote production")
        .expect("an edit");
    world.settle().await;
    let void = world.says("anna", number, "/confirm").await;
    insta::assert_snapshot!(void, @"**Nothing was confirmed, because the command that the list belongs to was changed or deleted after it was written.** Others may be able to edit your comments, so I do not go on with it. To start again, say `/promote staging`; I list again what would go then.");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_newer_word_takes_the_place_of_an_older_list() {
    let (world, features) = three().await;
    let number = features[1].number;
    let first = world.writes("anna", number, "/promote staging");
    world.settle().await;
    world.says("anna", number, "/promote staging in 2 hours").await;
    let told = world.answer_to(number, first).expect("an answer");
    insta::assert_snapshot!(told, @"**Not promoted to staging by this command: anna has asked for something else here since.** The later command counts, and is answered where it was written.");
    let forecast = world.says("anna", number, "/promote staging --dry-run").await;
    insta::assert_snapshot!(forecast, @r"
    **This would go to [staging](https://staging.shop.example) now.** Nothing has been moved.

    It would bring 2 features:

    - Faster checkout (#1, by dora)
    - Gift cards (#3, by dora)

    It would leave behind what landed later: 1 feature.

    How each gate stands:

    - Your right to promote: in order.
    - The order of the stages: in order.
    - Holds: in order.
    - The times at which it may be moved: in order.
    - The checks: in order.
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in order.

    To do it, say `/promote staging`. That lists it once more, and goes on after your `/confirm`.
    ");
}

#[tokio::test]
async fn an_open_feature_is_merged_and_its_riders_are_listed_in_the_same_reply() {
    let mut world = World::start().await;
    let earlier = world.lands("Gift cards").await;
    world.green(&earlier.commit).await;
    let number = world.feature("Faster checkout");
    world.shop.label("dora", number, "ready-for-staging").expect("a label");
    world.settle().await;
    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    world.passes(SignedDuration::from_mins(5)).await;
    world.green(&world.shop.pull(number).expect("it").head_sha).await;
    assert!(world.shop.pull(number).expect("it").merged);
    let offer = world.answer_to(number, asked).expect("an answer");
    insta::assert_snapshot!(offer, @r"
    **Not promoted yet, because #3 cannot go to staging alone.** These landed before it and would go along: 1 feature.

    - Gift cards (#1, by dora): merged without an acceptance that I know of

    If they may, say `/confirm` here within an hour. Then just these and #3 go to staging, and nothing that lands later. `/cancel` drops it. If everything that waits may go, say `/promote staging` on #2 instead.
    ");
    world.passes(SignedDuration::from_secs(5)).await;
    world.green(&world.head("main")).await;
    world.says("anna", number, "/confirm").await;
    assert_eq!(world.head("staging"), world.head("main"));
}

#[tokio::test]
async fn a_restart_between_list_and_word_loses_nothing() {
    let (mut world, features) = three().await;
    let number = features[1].number;
    world.says("anna", number, "/promote staging").await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    world.says("anna", number, "/confirm").await;
    assert_eq!(world.head("staging"), features[1].commit);
    assert_eq!(world.moves("staging"), 1);
}

#[tokio::test]
async fn github_may_stumble_over_the_list_the_word_or_the_move() {
    for (method, path) in [
        ("POST", "/issues/3/comments"),
        ("PATCH", "/issues/comments"),
        ("PATCH", "/git/refs"),
    ] {
        for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
            let (world, features) = three().await;
            let number = features[1].number;
            world.sandbox.fault(fault, method, path, 1);
            let asked = world.writes("anna", number, "/promote staging");
            world.settle().await;
            world.passes(SignedDuration::from_mins(2)).await;
            let list = world.answer_to(number, asked).expect("an answer");
            assert!(list.contains("cannot go to staging alone"), "{fault:?} {path}: {list}");
            let word = world.writes("anna", number, "/confirm");
            world.settle().await;
            world.passes(SignedDuration::from_mins(2)).await;
            let answer = world.answer_to(number, word).expect("an answer");
            assert!(
                answer.starts_with("**Promoted to staging.**"),
                "{fault:?} {path}: {answer}"
            );
            assert_eq!(world.head("staging"), features[1].commit);
            assert_eq!(world.moves("staging"), 1);
            let told = world.answer_to(number, asked).expect("an answer");
            assert!(told.starts_with("**anna has confirmed this.**"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_deleted_command_takes_its_list_with_it() {
    let (world, features) = three().await;
    let number = features[1].number;
    let asked = world.writes("anna", number, "/promote staging");
    world.settle().await;
    world.shop.delete_comment("anna", asked).expect("it is hers");
    world.settle().await;
    let void = world.says("anna", number, "/confirm").await;
    assert!(void.contains("was changed or deleted"), "{void}");
    assert_eq!(world.moves("staging"), 0);
}
