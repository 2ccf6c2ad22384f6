//! Holds: an owner keeps an environment as it is, what waits goes on afterwards, and everybody is told.

use jiff::{SignedDuration, Timestamp};

use crate::world::{CONFIGURATION, Landed, World};

/// Monday, 7 January 2030 at ten in Berlin.
const MONDAY: &str = "2030-01-07T09:00:00Z";

async fn on_monday() -> World {
    on_monday_with(CONFIGURATION).await
}

async fn on_monday_with(configuration: &str) -> World {
    let world = World::with_configuration(Some(configuration)).await;
    world.it_is(MONDAY).await;
    world
}

/// A green feature, and the pull request that shows it.
async fn shown(world: &mut World) -> (Landed, u64) {
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    (feature, world.promotion("staging").number)
}

fn said(world: &World, pull: u64, comment: u64) -> String {
    world.answer_to(pull, comment).expect("an answer")
}

#[tokio::test]
async fn what_is_asked_for_during_a_hold_waits_and_goes_by_itself_when_it_ends() {
    let mut world = on_monday().await;
    let (feature, pull) = shown(&mut world).await;
    let hold = world.writes("anna", pull, "/hold staging until 14:00 because @dora shows it to #4");
    world.settle().await;
    insta::assert_snapshot!(said(&world, pull, hold), @r"
    **staging is on hold until Monday, 7 January at 14:00 (Europe/Berlin)**, because: `@dora shows it to #4`. I will not move it before then, whoever asks. A promotion that is asked for meanwhile waits, and goes by itself afterwards.

    `/unhold staging` ends the hold sooner; `/hold staging until <time>` changes its end.
    ");

    let promotion = world.writes("anna", pull, "/promote staging");
    world.settle().await;
    insta::assert_snapshot!(said(&world, pull, promotion), @r"
    **Waiting to go to staging: it is on hold until Monday, 7 January at 14:00 (Europe/Berlin); anna asked for that, because: `@dora shows it to #4`.** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green; there is nothing you need to do.

    It ends on Tuesday, 8 January at 14:00 (Europe/Berlin) if that has not happened by then; `/cancel` ends it sooner.
    ");
    world.passes(SignedDuration::from_mins(239)).await;
    assert_eq!(world.moves("staging"), 0, "it is still held");
    insta::assert_snapshot!(said(&world, pull, hold), @"**staging is on hold until Monday, 7 January at 14:00 (Europe/Berlin), which is less than an hour away**, because: `@dora shows it to #4`. A promotion waits for staging and goes by itself when the hold ends. If you need longer, say `/hold staging until <time>` in a new comment.");

    world.passes(SignedDuration::from_mins(1)).await;
    assert_eq!(world.head("staging"), feature.commit);
    insta::assert_snapshot!(said(&world, pull, hold), @"**The hold on staging is over.** staging can be promoted into again; what waited goes on by itself.");
    let answer = said(&world, pull, promotion);
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!(world.bot_comments(pull).len(), 2, "one reply for each command");
}

#[tokio::test]
async fn what_waits_for_a_hold_where_no_checks_are_wanted_is_looked_at_once() {
    let configuration = CONFIGURATION.replace("name: staging\n", "name: staging\n    checks: none\n");
    let mut world = on_monday_with(&configuration).await;
    let (feature, pull) = shown(&mut world).await;
    world.says("anna", pull, "/hold staging until 14:00").await;
    let answer = world.says("anna", pull, "/promote staging").await;
    assert!(
        answer.starts_with("**Waiting to go to staging: it is on hold"),
        "{answer}"
    );
    world.passes(SignedDuration::from_hours(4)).await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_hold_without_an_end_lasts_until_the_next_working_morning() {
    let mut world = on_monday().await;
    let (_, pull) = shown(&mut world).await;
    let answer = world.says("anna", pull, "/hold staging").await;
    insta::assert_snapshot!(answer, @r"
    **staging is on hold until Tuesday, 8 January at 09:00 (Europe/Berlin)**. You did not say until when, so it is the next working morning. I will not move it before then, whoever asks. A promotion that is asked for meanwhile waits, and goes by itself afterwards.

    `/unhold staging` ends the hold sooner; `/hold staging until <time>` changes its end.
    ");
    world.passes(SignedDuration::from_hours(24)).await;
    let status = world.says("anna", pull, "/status").await;
    assert!(!status.contains("on hold"), "{status}");
}

#[tokio::test]
async fn only_owners_hold_and_open() {
    let mut world = on_monday().await;
    let (_, pull) = shown(&mut world).await;
    insta::assert_snapshot!(world.says("dora", pull, "/hold staging").await, @"**Not held**, because only anna may hold staging. Nothing has changed.");
    world.says("anna", pull, "/hold staging").await;
    insta::assert_snapshot!(world.says("dora", pull, "/unhold staging").await, @"**Nothing was changed**, because only anna may end a hold on staging.");
    assert!(world.promotion("staging").body.contains("staging is on hold"));
}

#[tokio::test]
async fn a_hold_is_told_wherever_one_looks() {
    let mut world = on_monday().await;
    let (_, pull) = shown(&mut world).await;
    world
        .says("anna", pull, "/hold staging until friday 7am because we give a demo")
        .await;
    let told = "**staging is on hold until Friday, 11 January at 07:00 (Europe/Berlin).** anna asked for that, because: \
                `we give a demo`.";
    let body = world.promotion("staging").body;
    assert!(body.contains(told), "{body}");
    let status = world.says("carl", pull, "/status").await;
    assert!(status.contains(told), "{status}");
    insta::assert_snapshot!(world.says("anna", pull, "/promote staging --dry-run").await, @r"
    **This could go to [staging](https://staging.shop.example) on Friday, 11 January at 07:00 (Europe/Berlin)**, if nothing changes until then. Nothing has been moved.

    It would bring 1 feature:

    - Faster checkout (#1, by dora)

    How each gate stands:

    - Your right to promote: in order.
    - The order of the stages: in order.
    - Holds: waiting, because it is on hold until Friday, 11 January at 07:00 (Europe/Berlin); anna asked for that, because: `we give a demo`.
    - The times at which it may be moved: in order.
    - The checks: in order.
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in order.

    To do it, say `/promote staging`; it waits, and goes by itself.
    ");
    let comments = world.bot_comments(pull).len();

    world
        .passes(SignedDuration::from_hours(92) + SignedDuration::from_mins(1))
        .await;
    let body = world.promotion("staging").body;
    assert!(body.contains("It ends within the hour."), "{body}");
    assert_eq!(world.bot_comments(pull).len(), comments, "a warning is no new comment");

    world.passes(SignedDuration::from_hours(1)).await;
    let body = world.promotion("staging").body;
    assert!(!body.contains("on hold"), "{body}");
}

#[tokio::test]
async fn unhold_lets_what_waited_go_at_once() {
    let mut world = on_monday().await;
    let (feature, pull) = shown(&mut world).await;
    let hold = world.writes("anna", pull, "/hold staging until friday 7am");
    world.settle().await;
    world.says("anna", pull, "/promote staging").await;
    assert_eq!(world.moves("staging"), 0);
    insta::assert_snapshot!(world.says("anna", pull, "/unhold staging").await, @"**staging is no longer on hold.** The promotion that waited for it goes on by itself now.");
    assert_eq!(world.head("staging"), feature.commit);
    insta::assert_snapshot!(said(&world, pull, hold), @"**The hold on staging is over: anna ended it.** staging can be promoted into again; what waited goes on by itself.");
    insta::assert_snapshot!(world.says("anna", feature.number, "/unhold staging").await, @"**staging is not on hold.** There was nothing to end, and nothing has changed.");
}

#[tokio::test]
async fn a_hold_stops_what_waits_already_and_a_later_hold_takes_its_place() {
    let mut world = on_monday().await;
    let feature = world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    let promotion = world.writes("anna", pull, "/promote staging");
    world.settle().await;
    let first = world.writes("anna", pull, "/hold staging until 11:30");
    world.settle().await;
    let second = world.writes("anna", pull, "/hold staging until wednesday 10:00");
    world.settle().await;
    insta::assert_snapshot!(said(&world, pull, first), @"**This hold on staging has been replaced: anna has said a new one since.** The later one counts, and is told where it was written.");
    world.green(&feature.commit).await;
    world.passes(SignedDuration::from_hours(30)).await;
    assert_eq!(world.moves("staging"), 0, "held, and not expired meanwhile");
    insta::assert_snapshot!(said(&world, pull, promotion), @r"
    **Waiting to go to staging: it is on hold until Wednesday, 9 January at 10:00 (Europe/Berlin); anna asked for that.** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green; there is nothing you need to do.

    It ends on Thursday, 10 January at 10:00 (Europe/Berlin) if that has not happened by then; `/cancel` ends it sooner.
    ");
    world.passes(SignedDuration::from_hours(18)).await;
    assert_eq!(world.head("staging"), feature.commit);
    assert!(said(&world, pull, second).starts_with("**The hold on staging is over.**"));
}

#[tokio::test]
async fn a_hold_outlives_a_restart_and_ends_on_time() {
    let mut world = on_monday().await;
    let (feature, pull) = shown(&mut world).await;
    world.says("anna", pull, "/hold staging until 18:00").await;
    world.says("anna", pull, "/promote staging").await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.moves("staging"), 0);
    world.passes(SignedDuration::from_hours(8)).await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn what_cannot_be_held_is_answered() {
    let mut world = on_monday().await;
    let (_, pull) = shown(&mut world).await;
    let mut answers = String::new();
    for body in [
        "/hold stagign",
        "/hold staging until soon",
        "/hold staging until 9:00",
        "/unhold staging",
    ] {
        answers.push_str(&format!("{body}\n  {}\n", world.says("anna", pull, body).await));
    }
    insta::assert_snapshot!(answers, @r"
    /hold stagign
      **Nothing was changed, because there is no environment called `stagign`.** There are `staging` and `production`. Did you mean `/hold staging`?
    /hold staging until soon
      **Nothing was done, because I am not sure which time you mean.** I cannot read `soon` as a time. A time is said like `18:00`, `7am`, `tomorrow 9:00`, `friday 7am`, `in 2 hours` or `2026-12-24 10:00`; it counts in the time zone Europe/Berlin. Please write the whole command again in a new comment.
    /hold staging until 9:00
      **Nothing was done, because that time has passed.** Monday, 7 January at 09:00 (Europe/Berlin) is behind us. If you mean tomorrow, say `tomorrow 09:00`. Please write the whole command again in a new comment.
    /unhold staging
      **staging is not on hold.** There was nothing to end, and nothing has changed.
    ");
    assert!(!world.promotion("staging").body.contains("on hold"));
}

#[tokio::test]
async fn an_environment_moves_only_at_its_times() {
    let configuration = "owners: [anna]\ntimezone: Europe/Berlin\nenvironments:\n  - name: staging\n    \
                         windows: [\"tue-thu 09:00-16:00\"]\n  - name: production\n";
    let mut world = on_monday_with(configuration).await;
    let (feature, pull) = shown(&mut world).await;
    insta::assert_snapshot!(world.says("anna", pull, "/promote staging --dry-run").await, @r"
    **This could go to staging on Tuesday, 8 January at 09:00 (Europe/Berlin)**, if nothing changes until then. Nothing has been moved.

    It would bring 1 feature:

    - Faster checkout (#1, by dora)

    How each gate stands:

    - Your right to promote: in order.
    - The order of the stages: in order.
    - Holds: in order.
    - The times at which it may be moved: waiting, because it may only be moved at set times, and the next begins on Tuesday, 8 January at 09:00 (Europe/Berlin).
    - The checks: in order.
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in order.

    To do it, say `/promote staging`; it waits, and goes by itself.
    ");
    insta::assert_snapshot!(world.says("anna", pull, "/promote staging").await, @r"
    **Waiting to go to staging: it may only be moved at set times, and the next begins on Tuesday, 8 January at 09:00 (Europe/Berlin).** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green; there is nothing you need to do.

    It ends on Wednesday, 9 January at 09:00 (Europe/Berlin) if that has not happened by then; `/cancel` ends it sooner.
    ");
    world.passes(SignedDuration::from_hours(22)).await;
    assert_eq!(world.moves("staging"), 0);
    world.passes(SignedDuration::from_hours(1)).await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_version_has_to_have_been_on_the_stage_before_for_a_while() {
    let configuration = "owners: [anna]\ntimezone: Europe/Berlin\nenvironments:\n  - name: staging\n  - name: production\n    \
                         soak: 90m\n";
    let mut world = on_monday_with(configuration).await;
    let (feature, pull) = shown(&mut world).await;
    world.says("anna", pull, "/promote staging").await;
    world.passes(SignedDuration::from_mins(30)).await;
    let live = world.promotion("production").number;
    let promotion = world.writes("anna", live, "/promote production");
    world.settle().await;
    insta::assert_snapshot!(said(&world, live, promotion), @r"
    **Waiting to go to production: this version has to have been on staging for 90 minutes first, which will be so on Monday, 7 January at 11:30 (Europe/Berlin).** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green; there is nothing you need to do.

    It ends on Tuesday, 8 January at 11:30 (Europe/Berlin) if that has not happened by then; `/cancel` ends it sooner.
    ");
    world.passes(SignedDuration::from_mins(59)).await;
    assert_eq!(world.moves("production"), 0);
    world.passes(SignedDuration::from_mins(1)).await;
    assert_eq!(world.head("production"), feature.commit);
}

#[tokio::test]
async fn a_promotion_goes_at_the_time_that_was_said() {
    let mut world = on_monday().await;
    let (feature, pull) = shown(&mut world).await;
    let promotion = world.writes("anna", pull, "/promote staging at friday 7am");
    world.settle().await;
    insta::assert_snapshot!(said(&world, pull, promotion), @"**This goes to staging on Friday, 11 January at 07:00 (Europe/Berlin).** I will promote exactly the version that you were shown by myself then, if nothing stands in the way; if something does, I will say so here. `/cancel` drops it.");
    world.passes(SignedDuration::from_hours(92)).await;
    assert_eq!(world.moves("staging"), 0);
    world.passes(SignedDuration::from_hours(1)).await;
    assert_eq!(world.head("staging"), feature.commit);
    assert!(said(&world, pull, promotion).starts_with("**Promoted to staging.**"));
}

#[tokio::test]
async fn a_promotion_for_later_can_be_dropped_and_waits_for_its_checks_from_then_on() {
    let mut world = on_monday().await;
    let feature = world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging in 2 hours").await;
    insta::assert_snapshot!(world.says("anna", pull, "/cancel").await, @"**Cancelled: the promotion to staging will not go by itself any more.** Nothing was moved.");
    let promotion = world.writes("anna", pull, "/promote staging at 18:00");
    world.settle().await;
    world.passes(SignedDuration::from_hours(31)).await;
    insta::assert_snapshot!(said(&world, pull, promotion), @r"
    **Waiting to go to staging: no check has reported on this version yet.** I will promote it by myself once everything has passed; there is nothing you need to do.

    - if this repository has no checks at all, a developer can say so with `checks: none` in `.github/greenlight.yml`

    It ends on Tuesday, 8 January at 18:00 (Europe/Berlin) if that has not happened by then; `/cancel` ends it sooner.
    ");
    world.green(&feature.commit).await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_time_that_is_not_clear_is_asked_back_and_nothing_waits() {
    let mut world = on_monday().await;
    let (_, pull) = shown(&mut world).await;
    let times = [
        "7",
        "9:00",
        "monday",
        "2030-03-01 10:00",
        "tuesday 11 january",
        "teatime",
        "",
    ];
    let mut answers = String::new();
    for time in times {
        let answer = world.says("anna", pull, &format!("/promote staging at {time}")).await;
        answers.push_str(&format!("{time}: {answer}\n"));
    }
    insta::assert_snapshot!(answers, @r"
    7: **Nothing was done, because I am not sure which time you mean.** `7` can be in the morning or in the evening. Say `7am` or `7pm`. Please write the whole command again in a new comment.
    9:00: **Nothing was done, because that time has passed.** Monday, 7 January at 09:00 (Europe/Berlin) is behind us. If you mean tomorrow, say `tomorrow 09:00`. Please write the whole command again in a new comment.
    monday: **Nothing was done, because I am not sure which time you mean.** Today is Monday, so `monday` can be today or in a week. Say the time as well, such as `today 18:00`, or say the date; `monday 18:00` is the next such moment. Please write the whole command again in a new comment.
    2030-03-01 10:00: **Nothing was done, because that time is too far ahead.** Friday, 1 March 2030 is more than 30 days away, and I plan no further ahead than that. Please write the whole command again in a new comment.
    tuesday 11 january: **Nothing was done, because I am not sure which time you mean.** 11 January is a Friday, not a Tuesday. Say the one that you mean. Please write the whole command again in a new comment.
    teatime: **Nothing was done, because I am not sure which time you mean.** I cannot read `teatime` as a time. A time is said like `18:00`, `7am`, `tomorrow 9:00`, `friday 7am`, `in 2 hours` or `2026-12-24 10:00`; it counts in the time zone Europe/Berlin. Please write the whole command again in a new comment.
    : **Nothing was done, because I am not sure which time you mean.** I cannot read an empty text as a time. A time is said like `18:00`, `7am`, `tomorrow 9:00`, `friday 7am`, `in 2 hours` or `2026-12-24 10:00`; it counts in the time zone Europe/Berlin. Please write the whole command again in a new comment.
    ");
    world.passes(SignedDuration::from_hours(48)).await;
    assert_eq!(world.moves("staging"), 0);
}

#[test]
fn monday_is_a_monday() {
    let monday: Timestamp = MONDAY.parse().expect("a time");
    let there = monday.in_tz("Europe/Berlin").expect("a bundled zone");
    assert_eq!(there.strftime("%A %H:%M").to_string(), "Monday 10:00");
}
