//! What comes to an environment by another road: promotion pull requests merged with GitHub's own button, direct pushes.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Method};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, Landed, World};

const MERGED: &str = "owners: [anna]\nenvironments:\n  - name: staging\n    strategy: merge\n  - name: production\n    strategy: merge\n";

/// A green feature, and the pull request that shows it.
async fn shown(world: &mut World, title: &str) -> (Landed, u64) {
    let feature = world.lands(title).await;
    world.green(&feature.commit).await;
    (feature, world.promotion("staging").number)
}

async fn merges(world: &World, login: &str, pull: u64, method: Method) {
    world.shop.merge_pull(login, pull, method).expect("a merge");
    world.settle().await;
}

/// dora changes a file on an environment's branch and pushes that.
async fn pushes(world: &World, branch: &str, title: &str) -> String {
    let commit = world.shop.commit(branch, "dora", title, &[("hotfix.txt", title)]);
    world.settle().await;
    // GitHub might tell of a merge later than of the push.
    world.passes(SignedDuration::from_secs(5)).await;
    commit
}

/// What is told above and below the list, without what every description says.
fn described(world: &World, environment: &str) -> String {
    let body = world.promotion(environment).body;
    let (_, text) = body.split_once("-->\n").expect("a section");
    text.split_once("\n\nTo promote all of it")
        .expect("a way to go on")
        .0
        .to_owned()
}

/// The only comment of the bot on this pull request.
fn comment(world: &World, pull: u64) -> String {
    let comments = world.bot_comments(pull);
    assert_eq!(comments.len(), 1, "{comments:#?}");
    let marker = format!("<!-- greenlight:answer merge-{pull} -->");
    assert!(comments[0].body.contains(&marker), "{comments:#?}");
    comments[0].body.replace(&marker, "").trim().to_owned()
}

async fn entries(world: &World, kind: EntryKind) -> usize {
    world.ledger().await.iter().filter(|entry| entry.kind == kind).count()
}

fn hotfix(world: &World, from: &str) -> greenlight::sandbox::PullView {
    let open = world.shop.open_pulls();
    let found: Vec<_> = open
        .iter()
        .filter(|pull| pull.head == from && pull.base == "main")
        .collect();
    assert_eq!(found.len(), 1, "{open:#?}");
    found[0].clone()
}

#[tokio::test]
async fn a_promotion_that_an_owner_merges_by_hand_is_recorded_and_followed() {
    let mut world = World::with_configuration(Some(MERGED)).await;
    let (feature, pull) = shown(&mut world, "Faster checkout").await;
    let before = world.head("staging");
    merges(&world, "anna", pull, Method::Merge).await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Promoted to staging by anna, with GitHub's own button.**

    staging now also has 1 feature:

    - Faster checkout (#1, by dora)

    You can look at it on staging. When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
    let ledger = world.ledger().await;
    let promoted = ledger
        .iter()
        .rfind(|entry| entry.kind == EntryKind::Promoted)
        .expect("a promotion");
    assert_eq!(promoted.who.as_ref().map(|who| who.login.as_str()), Some("anna"));
    assert_eq!(promoted.before.as_ref().map(|sha| sha.as_str()), Some(before.as_str()));
    assert_eq!(
        promoted.after.as_ref().map(|sha| sha.as_str()),
        Some(world.head("staging").as_str())
    );
    insta::assert_snapshot!(described(&world, "production"), @r"
    This waits to go to production, in the order it landed:

    - Faster checkout (#1, by dora)
    ");
    let status = world.says("carl", feature.number, "/status").await;
    insta::assert_snapshot!(status.split("The same as a picture").next().unwrap_or_default(), @r"
    **staging** has everything that is on main.

    **production** is behind staging by 1 feature, shown in #3:

    - Faster checkout (#1, by dora)
    ");
    world.bot_stops().await;
    world.bot_starts().await;
    world.passes(SignedDuration::from_hours(2)).await;
    comment(&world, pull);
    assert_eq!(entries(&world, EntryKind::Promoted).await, 1, "judged once");
}

#[tokio::test]
async fn a_merge_by_hand_is_told_to_stand_in_the_way_of_moving_forward() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "test", "failure").await;
    let pull = world.promotion("staging").number;
    merges(&world, "anna", pull, Method::Merge).await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Promoted to staging by anna, with GitHub's own button.**

    staging now also has 1 feature:

    - Faster checkout (#1, by dora)

    **Not all of its checks had passed:** 0 of 1 checks have passed. I would have waited.

    - `test` failed

    The merge made a commit that main does not have, so I cannot simply move staging forward any more. Where people merge by hand, a developer sets `strategy: merge` for staging in `.github/greenlight.yml`.

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
}

#[tokio::test]
async fn a_merge_by_somebody_who_may_not_is_held_until_an_owner_says_otherwise() {
    let mut world = World::with_configuration(Some(MERGED)).await;
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    merges(&world, "dora", pull, Method::Merge).await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Merged into staging by dora, who may not promote there**, because only anna may promote to staging. I have not undone it. staging is on hold from now on, until an owner says `/unhold staging`.

    staging now also has 1 feature:

    - Faster checkout (#1, by dora)
    ");
    let (feature, next) = shown(&mut world, "Gift cards").await;
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **I hold staging, because dora merged #2 into it, and may not promote there.** An owner who has looked at it says `/unhold staging`.

    This waits to go to staging, in the order it landed:

    - Gift cards (#4, by dora)
    ");
    let promotion = world.writes("anna", next, "/promote staging");
    world.settle().await;
    insta::assert_snapshot!(world.answer_to(next, promotion).expect("an answer").lines().next().unwrap_or_default(), @"**Waiting to go to staging: I hold staging: dora merged #2 into it, and may not promote there. An owner who has looked at it says `/unhold staging`.** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green; there is nothing you need to do.");
    insta::assert_snapshot!(world.says("dora", next, "/unhold staging").await, @"**Nothing was changed**, because only anna may end a hold on staging.");
    insta::assert_snapshot!(world.says("anna", next, "/unhold staging").await, @"**staging is no longer on hold.** The promotion that waited for it goes on by itself now.");
    assert!(
        world.shop.is_ancestor(&feature.commit, &world.head("staging")),
        "what waited went"
    );
    assert!(!world.says("anna", next, "/status").await.contains("I hold"));
}

#[tokio::test]
async fn a_promotion_that_was_squashed_is_told_to_have_made_copies() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    merges(&world, "anna", pull, Method::Squash).await;
    insta::assert_snapshot!(comment(&world, pull), @r"
    **Promoted to staging by anna, with GitHub's own button.**

    **It was squashed or rebased, so staging has a copy of the changes and not the changes themselves.** I tell features by their commits, so they look as if they were not on staging, and are listed again. To mend it, a developer sets the branch staging to the tip of main, or sets `strategy: merge` for staging in `.github/greenlight.yml`; then say `/promote staging` once more. Next time, choose *Create a merge commit*.

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **staging and main have the same changes as different commits, because #2 was squashed or rebased.** What is there already may be listed again, and staging cannot be moved forward. A developer sets the branch staging to the tip of main once, or sets `strategy: merge` for staging in `.github/greenlight.yml`.

    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Faster checkout (#1, by dora)
    ");
    let next = world.promotion("staging").number;
    insta::assert_snapshot!(world.says("anna", next, "/promote staging").await, @"**Not promoted to staging**, because staging and main have the same changes as different commits: #2 was squashed or rebased. What is there already may be listed again, and staging cannot be moved forward. A developer sets the branch staging to the tip of main once, or sets `strategy: merge` for staging in `.github/greenlight.yml`. Then say the command again. Nothing has changed.");
    world.shop.force_push("dora", "staging", "main");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    assert_eq!(entries(&world, EntryKind::PushedDirectly).await, 0);
    let (feature, next) = shown(&mut world, "Gift cards").await;
    world.says("anna", next, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_direct_push_is_held_and_brought_back_before_the_next_promotion() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    pushes(&world, "staging", "Stop the *double* charge").await;
    let back = hotfix(&world, "staging");
    insta::assert_snapshot!(back.title, @"Bring back what was changed on staging directly");
    insta::assert_snapshot!(back.body, @r"
    This was put on staging without a promotion, and main does not have it:

    - Stop the \*double\* charge (by dora)

    Until it is in main, nothing is promoted to staging, so that the next promotion does not lose it. staging is on hold; the hold ends by itself once this is merged, or sooner once `/unhold staging` is said by anna.

    **Please choose *Create a merge commit* here.** Squashing or rebasing makes a copy; then staging goes on having a commit that main does not have, and cannot be moved forward.

    If the change is not wanted, a developer takes it off the branch staging instead, and closes this.
    ");
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **I hold staging, because 1 change by dora was put on staging without a promotion.** #4 brings it back to main; it has to be merged before the next promotion. The hold ends by itself then, or when an owner says `/unhold staging`.

    - Stop the \*double\* charge (by dora)

    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Faster checkout (#1, by dora)
    ");
    insta::assert_snapshot!(world.says("anna", pull, "/promote staging").await, @"**Not promoted to staging**, because 1 change by dora was put on staging without a promotion. #4 brings it back to main; it has to be merged before the next promotion. Then say the command again. Nothing has changed.");
    insta::assert_snapshot!(world.says("anna", pull, "/promote staging --dry-run").await, @r"
    **This would not go to [staging](https://staging.shop.example) now.** Nothing has been moved.

    It would bring 1 feature:

    - Faster checkout (#1, by dora)

    How each gate stands:

    - Your right to promote: in order.
    - The order of the stages: in order.
    - Holds: in the way, because I hold staging: 1 change by dora was put on staging without a promotion.
    - The times at which it may be moved: in order.
    - The checks: in order.
    - The deployment to the stage before: in order.
    - The time on the stage before: in order.
    - The branch: in the way, because 1 change by dora was put on staging without a promotion. #4 brings it back to main; it has to be merged before the next promotion. Then say the command again.
    ");
    insta::assert_snapshot!(world.says("anna", pull, "/unhold staging").await, @"**staging is no longer on hold.** What was put there without a promotion still comes first, though. #4 brings it back to main; it has to be merged before the next promotion.");
    assert!(
        world
            .says("anna", pull, "/promote staging")
            .await
            .starts_with("**Not promoted to staging**")
    );

    merges(&world, "dora", back.number, Method::Merge).await;
    world.green(&world.head("main")).await;
    insta::assert_snapshot!(world.shop.pull(back.number).expect("a pull request").body, @r"
    This is in main now, or no longer on staging, so nothing waits for it any more.

    - Stop the \*double\* charge (by dora)
    ");
    insta::assert_snapshot!(described(&world, "staging"), @r"
    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Faster checkout (#1, by dora)
    - Bring back what was changed on staging directly (#4, by greenlight\[bot\])
    ");
    world.says("anna", pull, "/promote staging").await;
    assert_eq!(world.head("staging"), world.head("main"));
    assert_eq!(
        entries(&world, EntryKind::PushedDirectly).await,
        1,
        "our own move is no push"
    );
    assert!(
        world.shop.open_pulls().iter().all(|pull| pull.base != "main"),
        "never a second one"
    );
}

#[tokio::test]
async fn what_waited_ends_when_somebody_pushes_and_the_hold_ends_by_itself() {
    let mut world = World::with_configuration(Some(MERGED)).await;
    let feature = world.lands("Faster checkout").await;
    let pull = world.promotion("staging").number;
    let promotion = world.writes("anna", pull, "/promote staging");
    world.settle().await;
    pushes(&world, "staging", "Stop the double charge").await;
    world.green(&feature.commit).await;
    insta::assert_snapshot!(world.answer_to(pull, promotion).expect("an answer"), @"**Not promoted to staging**, because 1 change by dora was put on staging without a promotion. I open a pull request that brings it back to main; it has to be merged before the next promotion. Then say the command again. Nothing has changed.");
    assert!(world.says("anna", pull, "/status").await.contains("I hold staging"));
    let back = hotfix(&world, "staging");
    merges(&world, "dora", back.number, Method::Squash).await;
    insta::assert_snapshot!(world.shop.pull(back.number).expect("a pull request").body, @r"
    This is in main now, as a copy, because it was squashed or rebased. The hold on staging is over.

    - Stop the double charge (by dora)
    ");
    assert!(!world.says("anna", pull, "/status").await.contains("I hold"));
    world.green(&world.head("main")).await;
    world.says("anna", pull, "/promote staging").await;
    assert!(world.shop.is_ancestor(&feature.commit, &world.head("staging")));
}

#[tokio::test]
async fn a_hotfix_that_was_squashed_tells_the_way_out() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    pushes(&world, "staging", "Stop the double charge").await;
    let back = hotfix(&world, "staging");
    merges(&world, "dora", back.number, Method::Squash).await;
    insta::assert_snapshot!(world.shop.pull(back.number).expect("a pull request").body, @r"
    This is in main now, as a copy, because it was squashed or rebased. The hold on staging is over. main has a copy now, but the branch staging still has the first one, so it cannot be moved forward. A developer sets the branch staging to the tip of main once that is promoted or tested, or sets `strategy: merge` for staging in `.github/greenlight.yml`.

    - Stop the double charge (by dora)
    ");
    world.green(&world.head("main")).await;
    insta::assert_snapshot!(world.says("anna", pull, "/promote staging").await, @"**Not promoted to staging**, because staging and main have the same changes as different commits: #4 was squashed or rebased. What is there already may be listed again, and staging cannot be moved forward. A developer sets the branch staging to the tip of main once, or sets `strategy: merge` for staging in `.github/greenlight.yml`. Then say the command again. Nothing has changed.");
}

#[tokio::test]
async fn a_hotfix_on_production_goes_back_to_the_beginning() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    pushes(&world, "production", "Stop the double charge").await;
    let back = hotfix(&world, "production");
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    world.says("anna", pull, "/promote staging").await;
    let live = world.promotion("production").number;
    world.green(&world.head("staging")).await;
    insta::assert_snapshot!(world.says("anna", live, "/promote production").await, @"**Not promoted to production**, because 1 change by dora was put on production without a promotion. #1 brings it back to main; it has to be merged before the next promotion. Then say the command again. Nothing has changed.");
    merges(&world, "dora", back.number, Method::Merge).await;
    insta::assert_snapshot!(world.says("anna", live, "/promote production").await, @"**Not promoted to production**, because the branch production has 1 change that staging does not have, so it cannot simply be moved forward. A developer needs to bring them into main with a pull request, and then they have to be promoted to staging; then say the command again. Nothing has changed.");
    world.green(&world.head("main")).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    world.says("anna", live, "/promote production").await;
    assert_eq!(world.head("production"), world.head("main"));
}

#[tokio::test]
async fn a_pull_request_that_somebody_closes_is_left_in_peace_and_one_that_is_there_is_taken() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    pushes(&world, "staging", "Stop the double charge").await;
    let back = hotfix(&world, "staging");
    world.shop.close_pull("dora", back.number).expect("a close");
    world.settle().await;
    world.passes(SignedDuration::from_hours(2)).await;
    assert!(world.shop.open_pulls().iter().all(|pull| pull.base != "main"));
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **I hold staging, because 1 change by dora was put on staging without a promotion.** #4, which would bring it back to main, was closed. A developer needs to open it again before the next promotion, or take the change off this branch. The hold ends by itself then, or when an owner says `/unhold staging`.

    - Stop the double charge (by dora)

    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Faster checkout (#1, by dora)
    ");
    world.shop.force_push("dora", "staging", "main");
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    assert!(!world.says("anna", pull, "/status").await.contains("I hold"));
}

#[tokio::test]
async fn a_branch_that_is_set_back_is_told_and_not_acted_on() {
    let mut world = World::with_configuration(Some(CONFIGURATION)).await;
    let (_, pull) = shown(&mut world, "Faster checkout").await;
    let before = world.head("staging");
    world.says("anna", pull, "/promote staging").await;
    world.shop.force_push("dora", "staging", &before);
    world.settle().await;
    world.passes(SignedDuration::from_secs(5)).await;
    assert_eq!(world.head("staging"), before);
    insta::assert_snapshot!(described(&world, "staging"), @r"
    **Somebody set the branch staging back by hand.** What it lost by that is listed here again.

    This waits to go to [staging](https://staging.shop.example), in the order it landed:

    - Faster checkout (#1, by dora)
    ");
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    assert_eq!(world.head("staging"), world.head("main"));
}

#[tokio::test]
async fn writes_of_unknown_outcome_are_looked_for_here_too() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let mut world = World::with_configuration(Some(MERGED)).await;
        let (_, pull) = shown(&mut world, "Faster checkout").await;
        world.sandbox.fault(fault, "POST", "/comments", 1);
        merges(&world, "anna", pull, Method::Merge).await;
        world.passes(SignedDuration::from_secs(10)).await;
        world.passes(SignedDuration::from_secs(10)).await;
        comment(&world, pull);

        let (feature, pull) = shown(&mut world, "Gift cards").await;
        world.sandbox.fault(fault, "POST", "/merges", 1);
        let promotion = world.writes("anna", pull, "/promote staging");
        world.settle().await;
        world.passes(SignedDuration::from_secs(10)).await;
        world.passes(SignedDuration::from_secs(10)).await;
        let answer = world.answer_to(pull, promotion).expect("an answer");
        assert!(answer.starts_with("**Promoted to staging.**"), "{fault:?}: {answer}");
        assert!(world.shop.is_ancestor(&feature.commit, &world.head("staging")));
        assert_eq!(world.moves("staging"), 2, "{fault:?}: merged once");
        assert_eq!(
            world.bot_comments(pull).len(),
            1,
            "{fault:?}: our own merge is nobody else's"
        );

        world.sandbox.fault(fault, "POST", "/pulls", 1);
        pushes(&world, "staging", "Stop the double charge").await;
        world.passes(SignedDuration::from_secs(10)).await;
        world.passes(SignedDuration::from_secs(10)).await;
        hotfix(&world, "staging");
        assert_eq!(entries(&world, EntryKind::PushedDirectly).await, 1);
    }
}
