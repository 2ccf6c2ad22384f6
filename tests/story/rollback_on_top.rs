//! The way back where an environment's branch has merges of its own: a commit on top has what ran before, the history keeps
//! both, and what that took away is called away until something brings it back.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::RuleKind;
use jiff::SignedDuration;

use crate::world::{LABEL, Landed, World};

const MONDAY: &str = "2027-03-01T08:00:00Z";

/// Staging is merged into, production is moved to what staging has.
const MERGED: &str = "\
owners: [anna]
timezone: Europe/Berlin
after_rollback: nothing
environments:
  - name: staging
    strategy: merge
    checks: none
  - name: production
    checks: none
";

async fn goes_to_staging(world: &mut World, title: &str) -> Landed {
    let feature = world.lands(title).await;
    let pull = world.promotion("staging").number;
    world.says("anna", pull, "/promote staging").await;
    feature
}

/// Three features went to staging, one after the other, and the last one is a fault.
async fn three_on_staging() -> (World, Vec<Landed>) {
    let mut world = World::with_configuration(Some(MERGED)).await;
    world.it_is(MONDAY).await;
    let mut landed = Vec::new();
    for title in ["Faster checkout", "Gift cards", "Larger pictures"] {
        world.passes(SignedDuration::from_mins(10)).await;
        landed.push(goes_to_staging(&mut world, title).await);
    }
    world.passes(SignedDuration::from_hours(1)).await;
    (world, landed)
}

/// What the description of the promotion pull request tells, without what every one says.
fn described(world: &World, environment: &str) -> String {
    let body = world.promotion(environment).body;
    let (_, text) = body.split_once("-->\n").expect("a section");
    let (told, _) = text.split_once("\n\nTo promote all of it").expect("a way to go on");
    no_ids(told)
}

/// Commits of the bot have ids that no test can know.
fn no_ids(text: &str) -> String {
    let is_id = |word: &str| {
        word.len() == 7 && word.bytes().all(|b| b.is_ascii_hexdigit()) && word.bytes().any(|b| b.is_ascii_digit())
    };
    let parts = text.split_inclusive(|c: char| !c.is_ascii_alphanumeric());
    let plain = parts.map(|part| {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        match is_id(word) {
            true => part.replace(word, "1a2b3c4"),
            false => part.to_owned(),
        }
    });
    plain.collect()
}

/// Which features the product has there, by the files that they bring.
fn has(world: &World, branch: &str) -> Vec<u32> {
    let at = world.head(branch);
    let file = |n: &u32| world.shop.file(&at, &format!("feature-{n}.txt")).is_some();
    (1..9).filter(file).collect()
}

#[tokio::test]
async fn a_commit_on_top_has_what_ran_before_and_the_history_keeps_both() {
    let (world, features) = three_on_staging().await;
    let bad = world.head("staging");
    // What forbids to set a branch back does not matter here.
    world.shop.rule("staging", RuleKind::NonFastForward, false);
    let answer = world.says("anna", features[2].number, "/rollback staging").await;
    insta::assert_snapshot!(no_ids(&answer), @r"
    **staging is back at what had run there since Monday, 1 March at 09:20 (Europe/Berlin), and came with Gift cards (#4).**

    Taken away: 1 feature.

    - Larger pictures (#6, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.

    This is a new commit, 1a2b3c4, on top of what the branch of staging had. So its history keeps both. What was taken away does not come again by itself: the branch contains it already, so promoting does not bring it. What brings it back is `/rollback staging` once more, as long as nothing else has gone there, or a developer who reverts 1a2b3c4 on the branch of staging.
    ");
    let top = world.shop.commit_at(&world.head("staging")).expect("a commit");
    assert_eq!(top.parents, [bad]);
    insta::assert_snapshot!(no_ids(&top.message.replace(&features[1].commit, "(all of it)")), @r"
    Take staging back to 1a2b3c4

    Asked for by anna. This has the very files of (all of it).

    greenlight-rollback: 5000000047 0
    ");
    assert_eq!(has(&world, "staging"), [1, 2]);
    assert!(!world.shop.moves("staging").iter().any(|one| {
        let (Some(before), Some(after)) = (&one.before, &one.after) else {
            return false;
        };
        !world.shop.is_ancestor(before, after)
    }));
    let status = world.says("dora", features[2].number, "/status").await;
    let words = status.split("**production**").next().unwrap_or_default().trim();
    insta::assert_snapshot!(no_ids(words), @r"
    **staging** has everything that is on main, but for what was taken back.

    **staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin).** It was rolled back by anna; taken away: Larger pictures (#6). What is asked for meanwhile waits, and goes by itself afterwards.

    **Taken back from staging on Monday, 1 March at 10:30 (Europe/Berlin) by anna:**

    - Larger pictures (#6, by dora)

    The branch of staging contains it, and commit 1a2b3c4 on top takes it away, so promoting does not bring it. What does is `/rollback staging` once more, as long as nothing else has gone there since, or a developer who reverts that commit there.
    ");
    let stays = world.stays("staging").await;
    assert_eq!(stays.last().expect("a stay").commit.as_str(), world.head("staging"));
    assert_eq!(
        world.shop.deployments().last().expect("a deployment").sha,
        world.head("staging")
    );
    let kinds: Vec<EntryKind> = world.ledger().await.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == EntryKind::RolledBack).count(), 1);
    assert!(!kinds.contains(&EntryKind::PushedDirectly));
}

#[tokio::test]
async fn what_is_promoted_next_does_not_bring_it_again_and_says_so() {
    let (mut world, features) = three_on_staging().await;
    let bad = &features[2];
    world.says("anna", bad.number, "/rollback staging").await;
    world.says("anna", bad.number, "/unhold staging").await;
    world.lands("Wish lists").await;
    insta::assert_snapshot!(described(&world, "staging"), @r"
    This waits to go to staging, in the order it landed:

    - Wish lists (#8, by dora)

    **Taken back from staging on Monday, 1 March at 10:30 (Europe/Berlin) by anna:**

    - Larger pictures (#6, by dora)

    The branch of staging contains it, and commit 1a2b3c4 on top takes it away, so promoting does not bring it. What does is `/rollback staging` once more, as long as nothing else has gone there since, or a developer who reverts that commit there.
    ");
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    insta::assert_snapshot!(no_ids(&answer), @r"
    **Promoted to staging.** It now also has:

    - Wish lists (#8, by dora)

    You can look at it on staging. When you are content with it, say `/promote production` on the pull request that promotes to production.

    Still taken back from staging: Larger pictures (#6). Its branch contains it, so this did not bring it again. A developer brings it back by reverting 1a2b3c4 on the branch of staging.
    ");
    assert_eq!(has(&world, "staging"), [1, 2, 4]);
    let answer = world.says("anna", bad.number, "/promote staging").await;
    insta::assert_snapshot!(no_ids(&answer), @"**Not promoted to staging, because #6 was taken back from staging** on Monday, 1 March at 10:30 (Europe/Berlin) by anna. The branch of staging contains it, and commit 1a2b3c4 on top takes it away, so promoting does not bring it. What does is `/rollback staging` once more, as long as nothing else has gone there since, or a developer who reverts that commit there. Nothing has changed.");
    let shown = described(&world, "production");
    assert!(!shown.contains("Larger pictures"), "{shown}");
    insta::assert_snapshot!(shown, @r"
    This waits to go to production, in the order it landed:

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)
    - Wish lists (#8, by dora)
    ");
    // Neither a restart nor a look at everything takes it for there.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(described(&world, "production"), shown);
    assert!(
        world
            .says("dora", bad.number, "/status")
            .await
            .contains("Taken back from staging")
    );
}

#[tokio::test]
async fn a_rollback_of_the_rollback_brings_it_back() {
    let (mut world, features) = three_on_staging().await;
    let bad = &features[2];
    world.says("anna", bad.number, "/rollback staging").await;
    world.passes(SignedDuration::from_mins(1)).await;
    let back = world.head("staging");
    let answer = world.says("anna", bad.number, "/rollback staging").await;
    insta::assert_snapshot!(no_ids(&answer), @r"
    **staging is back at what had run there since Monday, 1 March at 09:30 (Europe/Berlin), and came with Larger pictures (#6).**

    Nothing was taken away.

    Brought back: 1 feature.

    - Larger pictures (#6, by dora)

    staging is on hold until Tuesday, 2 March at 09:00 (Europe/Berlin), so that nothing brings the fault back unnoticed. `/unhold staging` ends that sooner, `/hold staging until <time>` changes its end.

    This is a new commit, 1a2b3c4, on top of what the branch of staging had. So its history keeps both.
    ");
    assert_eq!(
        world.shop.commit_at(&world.head("staging")).expect("a commit").parents,
        [back]
    );
    assert_eq!(has(&world, "staging"), [1, 2, 3]);
    let status = world.says("dora", bad.number, "/status").await;
    assert!(!status.contains("Taken back"), "{status}");
    insta::assert_snapshot!(described(&world, "production"), @r"
    This waits to go to production, in the order it landed:

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)
    ");
    world.says("anna", bad.number, "/unhold staging").await;
    goes_to_staging(&mut world, "Wish lists").await;
    assert_eq!(has(&world, "staging"), [1, 2, 3, 4]);
    let answer = world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;
    insta::assert_snapshot!(no_ids(&answer), @r"
    **Promoted to production.** It now also has 4 features:

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)
    - Wish lists (#8, by dora)

    You can look at it on production.
    ");
    assert_eq!(has(&world, "production"), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_version_that_was_taken_back_does_not_go_on() {
    let (world, features) = three_on_staging().await;
    let production = world.promotion("production").number;
    let armed = world.writes("anna", production, "/promote production at 18:00");
    world.settle().await;
    let bad = &features[2];
    world.says("anna", bad.number, "/rollback staging").await;
    let answer = world.says("anna", bad.number, "/promote production").await;
    insta::assert_snapshot!(no_ids(&answer), @"**Not promoted to production, because this version has what was taken back from staging since:** Larger pictures (#6). Nothing has changed. The promotion pull request shows what is there now; say `/promote production` there.");
    world.passes(SignedDuration::from_hours(12)).await;
    insta::assert_snapshot!(no_ids(&world.answer_to(production, armed).expect("an answer")), @"**Not promoted to production, because this version has what was taken back from staging since:** Larger pictures (#6). Nothing has changed. The promotion pull request shows what is there now; say `/promote production` there.");
    assert_eq!(has(&world, "production"), Vec::<u32>::new());
    world.says("anna", production, "/promote production").await;
    assert_eq!(has(&world, "production"), [1, 2]);
    // It comes to production with what brings it back to staging, and is named then.
    world.passes(SignedDuration::from_mins(1)).await;
    let answer = world.says("anna", bad.number, "/promote production").await;
    insta::assert_snapshot!(no_ids(&answer), @"**Not promoted to production, because #6 was taken back from staging** on Monday, 1 March at 10:30 (Europe/Berlin) by anna. The branch of staging contains it, and commit 1a2b3c4 on top takes it away, so promoting does not bring it. What does is `/rollback staging` once more, as long as nothing else has gone there since, or a developer who reverts that commit there. Nothing has changed.");
    world.says("anna", bad.number, "/rollback staging").await;
    insta::assert_snapshot!(described(&world, "production"), @r"
    This waits to go to production, in the order it landed:

    - Larger pictures (#6, by dora)
    ");
    let answer = world.says("anna", bad.number, "/promote production").await;
    insta::assert_snapshot!(no_ids(&answer), @r"
    **Promoted to production.** It now also has:

    - Larger pictures (#6, by dora)

    You can look at it on production.
    ");
    assert_eq!(has(&world, "production"), [1, 2, 3]);
}

#[tokio::test]
async fn what_production_has_already_goes_away_with_the_next_promotion_and_that_is_listed() {
    let (world, features) = three_on_staging().await;
    let production = world.promotion("production").number;
    world.says("anna", production, "/promote production").await;
    assert_eq!(has(&world, "production"), [1, 2, 3]);
    world.says("anna", features[2].number, "/rollback staging").await;
    let pull = world.promotion("production");
    insta::assert_snapshot!(pull.title, @"Take 1 feature back from production");
    insta::assert_snapshot!(described(&world, "production"), @r"
    This waits to go to production, in the order it landed:

    - Larger pictures (#6, by dora): goes away again, because it was taken back on the stage before
    ");
    let answer = world.says("anna", pull.number, "/promote production").await;
    insta::assert_snapshot!(no_ids(&answer), @r"
    **Promoted to production.** With it something goes away again:

    - Larger pictures (#6, by dora): goes away again, because it was taken back on the stage before

    You can look at it on production.
    ");
    assert_eq!(has(&world, "production"), [1, 2]);
}

#[tokio::test]
async fn a_developer_who_reverts_that_commit_brings_it_back() {
    let (world, features) = three_on_staging().await;
    let bad = &features[2];
    world.says("anna", bad.number, "/rollback staging").await;
    let top = world.head("staging");
    let message = format!("Revert \"Take staging back\"\n\nThis reverts commit {top}.");
    world
        .shop
        .commit("staging", "dora", &message, &[("feature-3.txt", "Larger pictures")]);
    world.settle().await;
    world.passes(SignedDuration::from_mins(1)).await;
    assert_eq!(has(&world, "staging"), [1, 2, 3]);
    let status = world.says("dora", bad.number, "/status").await;
    assert!(!status.contains("Taken back"), "{status}");
    // It is no change that main lacks.
    assert!(world.shop.open_pulls().iter().all(|pull| pull.base != "main"));
    insta::assert_snapshot!(described(&world, "production"), @r"
    This waits to go to production, in the order it landed:

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)
    - Larger pictures (#6, by dora)
    ");
}

#[tokio::test]
async fn the_card_goes_a_step_back_and_tells_what_brings_it_again() {
    let mut world = World::with_configuration(Some(MERGED)).await;
    world.it_is(MONDAY).await;
    goes_to_staging(&mut world, "Faster checkout").await;
    let number = world.feature("Gift cards");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    world.green(&world.shop.pull(number).expect("it").head_sha).await;
    world.says("anna", number, "/accept").await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    let card = |world: &World| {
        let comments = world.bot_comments(number).into_iter();
        let mut cards = comments.filter(|comment| comment.body.contains("<!-- greenlight:card -->"));
        let card = cards.next().expect("a card").body;
        no_ids(card.split("<!--").next().unwrap_or_default().trim())
    };
    assert!(card(&world).starts_with("**On staging.**"), "{}", card(&world));
    world.says("anna", number, "/rollback staging").await;
    insta::assert_snapshot!(card(&world), @r"
    **In main.**

    in progress → ready → accepted → **in main** → on staging → live on production

    Accepted by anna.

    It was taken back from staging on Monday, 1 March at 09:00 (Europe/Berlin) by anna. The branch of staging contains it, and commit 1a2b3c4 on top takes it away, so promoting does not bring it. What does is `/rollback staging` once more, as long as nothing else has gone there since, or a developer who reverts that commit there.
    ");
    // Production gets the commit that takes it away, so it is behind its branch, and not there.
    let production = world.promotion("production").number;
    world.says("anna", production, "/promote production").await;
    assert_eq!(has(&world, "production"), [1]);
    world.says("anna", number, "/rollback staging").await;
    world.passes(SignedDuration::from_mins(1)).await;
    assert!(card(&world).starts_with("**On staging.**"), "{}", card(&world));
    world.says("anna", number, "/promote production").await;
    assert_eq!(has(&world, "production"), [1, 2]);
    assert!(card(&world).starts_with("**Live"), "{}", card(&world));
}
