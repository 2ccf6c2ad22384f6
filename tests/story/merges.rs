//! Environments with commits of their own: merged into by Greenlight, merged by hand, pushed to directly.

use greenlight::rules::memory::{Entry, EntryKind};
use greenlight::sandbox::{Fault, Method};
use jiff::SignedDuration;

use crate::world::{Landed, World};

/// Staging is merged into, production is moved to what staging has.
const MIXED: &str = "\
owners: [anna]
environments:
  - name: staging
    strategy: merge
  - name: production
    strategy: merge
";

async fn green_feature(world: &mut World, title: &str) -> Landed {
    let feature = world.lands(title).await;
    world.green(&feature.commit).await;
    feature
}

/// Staging has a commit of its own since before Greenlight came: a merge that somebody made by hand.
async fn with_a_merge_of_its_own(configuration: &str) -> (World, Landed) {
    let mut world = World::with_configuration(Some(configuration)).await;
    let first = green_feature(&mut world, "Faster checkout").await;
    world.bot_stops().await;
    let pull = world.promotion("staging").number;
    world.shop.merge_pull("anna", pull, Method::Merge).expect("a merge");
    world.bot_starts().await;
    world.settle().await;
    (world, first)
}

/// What a promotion pull request says before it tells how to go on.
fn listed(body: &str) -> &str {
    let (_, text) = body.split_once("-->\n").expect("a section");
    text.split_once("\n\nTo promote all of it").expect("a way to go on").0
}

fn parents(world: &World, commit: &str) -> Vec<String> {
    world.shop.commit_at(commit).expect("a commit").parents
}

fn is_on(world: &World, commit: &str, branch: &str) -> bool {
    world.shop.is_ancestor(commit, &world.head(branch))
}

#[tokio::test]
async fn what_was_shown_is_merged_into_an_environment_that_has_merges_of_its_own() {
    let (mut world, _) = with_a_merge_of_its_own(MIXED).await;
    let before = world.head("staging");
    let feature = green_feature(&mut world, "Gift cards").await;
    let later = world.promotion("staging");
    insta::assert_snapshot!(later.title, @"Promote 1 feature to staging");
    insta::assert_snapshot!(listed(&later.body), @r"
    This waits to go to staging, in the order it landed:

    - Gift cards (#4, by dora)
    ");
    insta::assert_snapshot!(world.says("anna", later.number, "/promote staging").await, @r"
    **Promoted to staging.** It now also has:

    - Gift cards (#4, by dora)

    You can look at it on staging. When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
    let merge = world.head("staging");
    assert_eq!(parents(&world, &merge), [before.clone(), feature.commit.clone()]);
    let ledger = world.ledger().await;
    let promoted = ledger
        .iter()
        .rfind(|entry| entry.kind == EntryKind::Promoted)
        .expect("a promotion");
    assert_eq!(promoted.before.as_ref().map(|sha| sha.as_str()), Some(before.as_str()));
    assert_eq!(promoted.after.as_ref().map(|sha| sha.as_str()), Some(merge.as_str()));

    world.green(&merge).await;
    let live = world.promotion("production");
    insta::assert_snapshot!(listed(&live.body), @r"
    This waits to go to production, in the order it landed:

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)
    ");
    insta::assert_snapshot!(world.says("anna", live.number, "/promote production").await, @r"
    **Promoted to production.** It now also has 2 features:

    - Faster checkout (#1, by dora)
    - Gift cards (#4, by dora)

    You can look at it on production.
    ");
    assert_eq!(
        world.head("production"),
        merge,
        "no commit is made where moving the branch will do"
    );
    assert!(is_on(&world, &feature.commit, "production"));
}

/// Its answer would have told what commit it made, which the ledger has to know: else nothing explains where the branch is.
#[tokio::test]
async fn a_merge_whose_answer_is_lost_is_in_the_ledger_with_the_commit_that_it_made() {
    let (mut world, _) = with_a_merge_of_its_own(MIXED).await;
    let before = world.head("staging");
    green_feature(&mut world, "Gift cards").await;
    let promotion = world.promotion("staging").number;
    world.sandbox.fault(Fault::StatusAfter(502), "POST", "/merges", 1);
    let comment = world.writes("anna", promotion, "/promote staging");
    for _ in 0..10 {
        world.passes(SignedDuration::from_mins(1)).await;
    }
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    let merge = world.head("staging");
    assert_eq!(parents(&world, &merge)[0], before);
    let ledger = world.ledger().await;
    let is_hers = |entry: &&Entry| entry.kind == EntryKind::Promoted && entry.request.is_some();
    let promoted: Vec<_> = ledger.iter().filter(is_hers).collect();
    let [promoted] = promoted.as_slice() else {
        panic!("not one promotion: {promoted:?}");
    };
    assert_eq!(promoted.before.as_ref().map(|sha| sha.as_str()), Some(before.as_str()));
    assert_eq!(promoted.after.as_ref().map(|sha| sha.as_str()), Some(merge.as_str()));
    let held = ledger.iter().find(|entry| entry.kind == EntryKind::Held);
    assert_eq!(held, None, "the checker found the branch explained");
}

#[tokio::test]
async fn a_feature_goes_on_with_the_merge_that_brought_it() {
    let (mut world, first) = with_a_merge_of_its_own(MIXED).await;
    let feature = green_feature(&mut world, "Gift cards").await;
    world.says("anna", feature.number, "/promote staging").await;
    let merge = world.head("staging");
    world.green(&merge).await;
    insta::assert_snapshot!(world.says("anna", feature.number, "/promote production").await, @r"
    **Not promoted yet, because #4 cannot go to production alone.** These landed before it and would go along: 1 feature.

    - Faster checkout (#1, by dora): merged without an acceptance that I know of

    If they may, say `/confirm` here within an hour. Then just these and #4 go to production, and nothing that lands later. `/cancel` drops it. If everything that waits may go, say `/promote production` on #3 instead.
    ");
    let earlier = parents(&world, &merge)[0].clone();
    world.green(&earlier).await;
    insta::assert_snapshot!(world.says("anna", first.number, "/promote production").await, @r"
    **Promoted to production.** It now also has:

    - Faster checkout (#1, by dora)

    This landed after what you were shown, so it waits for your next word:

    - Gift cards (#4, by dora)

    You can look at it on production.
    ");
    assert_eq!(world.head("production"), earlier);
    assert!(!is_on(&world, &feature.commit, "production"));
}

#[tokio::test]
async fn a_conflict_with_what_an_environment_has_is_told_and_moves_nothing() {
    let fair = "owners: [anna]\nenvironments:\n  - name: fair\n    strategy: merge\n";
    let mut world = World::with_configuration(Some(fair)).await;
    let main = world.head("main");
    world.shop.branch("texts", &main);
    let text = world.shop.commit(
        "texts",
        "dora",
        "A text for the fair",
        &[("feature-1.txt", "for the fair")],
    );
    world.shop.branch("fair", &text);
    green_feature(&mut world, "Gift cards").await;
    let pull = world.promotion("fair").number;
    let before = world.head("fair");
    insta::assert_snapshot!(world.says("anna", pull, "/promote fair").await, @"**Not promoted to fair**, because what would go and what is on its branch already are in conflict. A developer needs to bring the two together on the stage before, in a pull request that merges this environment's branch. Nothing has changed; say the command again once that is mended.");
    assert_eq!(world.head("fair"), before);
}

#[tokio::test]
async fn an_environment_that_was_merged_into_by_hand_is_not_called_diverged() {
    let fast_forward = "owners: [anna]\nenvironments:\n  - name: staging\n  - name: production\n";
    let (mut world, _) = with_a_merge_of_its_own(fast_forward).await;
    green_feature(&mut world, "Gift cards").await;
    let pull = world.promotion("staging");
    insta::assert_snapshot!(listed(&pull.body), @r"
    This waits to go to staging, in the order it landed:

    - Gift cards (#4, by dora)

    **This cannot go at present.** The branch staging was merged into by hand, which made a commit that main does not have. Nothing is missing on either side, but staging cannot simply be moved forward any more. Where people merge by hand, a developer sets `strategy: merge` for staging in `.github/greenlight.yml`.
    ");
    insta::assert_snapshot!(world.says("anna", pull.number, "/promote staging").await, @"**Not promoted to staging**, because the branch staging was merged into by hand, which made a commit that main does not have. Nothing is missing on either side, but staging cannot simply be moved forward any more. Where people merge by hand, a developer sets `strategy: merge` for staging in `.github/greenlight.yml`; then say the command again. Nothing has changed.");
}

#[tokio::test]
async fn what_was_there_when_greenlight_came_is_held_against_nobody() {
    let fair = "owners: [anna]\nenvironments:\n  - name: fair\n";
    let mut world = World::with_configuration(Some(fair)).await;
    world.shop.branch("texts", "main");
    let text = world
        .shop
        .commit("texts", "dora", "A text for the fair", &[("text.txt", "for the fair")]);
    world.shop.branch("fair", &text);
    green_feature(&mut world, "Gift cards").await;
    let pull = world.promotion("fair");
    insta::assert_snapshot!(listed(&pull.body), @r"
    This waits to go to fair, in the order it landed:

    - Gift cards (#1, by dora)

    **This cannot go at present.** The branch fair has changes of its own that main does not have. A developer needs to bring them into main with a pull request.
    ");
    insta::assert_snapshot!(world.says("anna", pull.number, "/promote fair").await, @"**Not promoted to fair**, because the branch fair has 1 change that main does not have, so it cannot simply be moved forward. A developer needs to bring them into main with a pull request; then say the command again. Nothing has changed.");
    assert!(
        world.shop.open_pulls().iter().all(|pull| pull.base != "main"),
        "nobody is flooded"
    );
}
