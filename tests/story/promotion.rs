//! Two keys turn, and an environment moves; with one of them missing it does not.

use greenlight::rules::memory::EntryKind;
use greenlight::sandbox::{Fault, Method, Role, RuleKind};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, World};

#[tokio::test]
async fn a_green_feature_goes_to_staging_at_the_owners_word() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging");

    let answer = world.says("anna", promotion.number, "/promote staging").await;

    assert_eq!(world.head("staging"), feature.commit);
    assert_eq!(world.moves("staging"), 1);
    insta::assert_snapshot!(answer, @r"
    **Promoted to staging.** It now also has:

    - Faster checkout (#1, by dora)

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
    assert!(world.shop.pull(promotion.number).expect("it stays").merged);
    assert_eq!(world.promotion("production").head, "staging");
    let comment = &world.shop.comments(promotion.number)[0];
    assert_eq!(comment.reactions, [("greenlight[bot]".to_owned(), "eyes".to_owned())]);
    let kinds: Vec<EntryKind> = world.ledger().await.iter().map(|entry| entry.kind).collect();
    for kind in [
        EntryKind::Asked,
        EntryKind::Armed,
        EntryKind::GatesOpen,
        EntryKind::Promoted,
        EntryKind::Answered,
    ] {
        assert!(kinds.contains(&kind), "{kind:?} is missing from {kinds:?}");
    }
    let ledger = world.ledger().await;
    let decided = ledger
        .iter()
        .find(|entry| entry.kind == EntryKind::GatesOpen)
        .expect("a decision");
    assert_eq!(
        decided.gates,
        [
            "owner: open",
            "order: open",
            "hold: open",
            "window: open",
            "checks: open",
            "deployed: open",
            "soak: open",
            "history: open"
        ]
    );
    assert_ne!(decided.before, decided.after);
}

#[tokio::test]
async fn the_same_commit_goes_on_to_production() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;

    let answer = world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;

    assert!(answer.starts_with("**Promoted to production.**"), "{answer}");
    assert_eq!(world.head("production"), feature.commit);
    assert!(world.shop.open_pulls().is_empty());
}

#[tokio::test]
async fn what_landed_after_she_looked_waits_and_is_named() {
    let mut world = World::start().await;
    let seen = world.lands("Faster checkout").await;
    world.green(&seen.commit).await;
    world.passes(SignedDuration::from_secs(10)).await;
    let later = world.feature("Gift cards");
    world.settle().await;
    // GitHub is late to tell of the merge, so the pull request does not show it when she writes.
    for event in ["push", "pull_request"] {
        world
            .sandbox
            .delivery_fault(Fault::Late(SignedDuration::from_secs(60)), event, 2);
    }
    let later = world.shop.merge_pull("dora", later, Method::Squash).expect("a merge");
    world.green(&later).await;

    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;

    assert_eq!(world.head("staging"), seen.commit);
    insta::assert_snapshot!(answer, @r"
    **Promoted to staging.** It now also has:

    - Faster checkout (#1, by dora)

    This landed after what you were shown, so it waits for your next word:

    - Gift cards (#3, by dora)

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.
    ");
    world.passes(SignedDuration::from_secs(90)).await;
    assert!(world.promotion("staging").body.contains("Gift cards"));
    assert!(!world.promotion("staging").body.contains("Faster checkout"));
}

#[tokio::test]
async fn a_red_check_keeps_it_out_and_a_rerun_lets_it_go_by_itself() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "e2e", "failure").await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let answer = world.answer_to(promotion, comment).expect("an answer");
    let (until_then, ends) = answer
        .rsplit_once(
            "

",
        )
        .expect("a last paragraph");
    insta::assert_snapshot!(until_then, @r"
    **Not promoted to staging yet: the check `e2e` failed on this version.** A developer needs to look at it. I will go on by myself once everything passes, when it is run again; a correction in code becomes a new version, for which you would say the command again.

    - `e2e` failed
    ");
    assert!(
        ends.starts_with("It ends on ") && ends.contains(" (Europe/Berlin) if that has not happened by then"),
        "{ends}"
    );
    assert_eq!(world.moves("staging"), 0);

    world.check(&feature.commit, "e2e", "success").await;

    assert_eq!(world.head("staging"), feature.commit);
    let answer = world.answer_to(promotion, comment).expect("the same answer, edited");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
}

#[tokio::test]
async fn a_pending_check_is_waited_for_and_said() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "unit", "success").await;
    world.check(&feature.commit, "e2e", "in_progress").await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(
        answer.starts_with("**Waiting to go to staging: 1 of 2 checks have passed.**"),
        "{answer}"
    );
    assert!(answer.contains("`e2e` is still running"), "{answer}");
    assert_eq!(world.moves("staging"), 0);

    world.check(&feature.commit, "e2e", "success").await;

    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_commit_without_any_check_is_not_green() {
    let mut world = World::start().await;
    world.lands("Faster checkout").await;
    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    assert!(
        answer.starts_with("**Waiting to go to staging: no check has reported on this version yet.**"),
        "{answer}"
    );
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_promotion_that_waits_too_long_ends_and_says_so() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;

    world.passes(SignedDuration::from_hours(25)).await;

    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(answer.contains("it waited too long"), "{answer}");
    world.green(&feature.commit).await;
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn cancel_drops_what_waits_for_good() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;

    let answer = world.says("anna", promotion, "/cancel").await;

    assert!(answer.starts_with("**Cancelled: the promotion to staging"), "{answer}");
    world.green(&feature.commit).await;
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn who_may_not_promote_is_told_who_may() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    for person in ["dora", "carl", "mona"] {
        let answer = world.says(person, promotion, "/promote staging").await;
        assert_eq!(
            answer,
            "**Not promoted to staging**, because only anna may promote to staging. Nothing has changed."
        );
    }
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn without_a_file_maintainers_promote_and_writers_do_not() {
    let mut world = World::with_configuration(None).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let refused = world.says("dora", promotion, "/promote staging").await;
    assert!(
        refused.contains("only people with at least the maintain role may promote"),
        "{refused}"
    );
    world.says("mona", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_team_lets_its_active_members_in() {
    let text = CONFIGURATION.replace("owners: [anna]", "owners: [\"@harbour/product\"]");
    let mut world = World::with_configuration(Some(&text)).await;
    world.sandbox.team("harbour", "product", &["anna"]);
    world.sandbox.invite_to_team("harbour", "product", "carl");
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let invited_only = world.says("carl", promotion, "/promote staging").await;
    assert!(
        invited_only.starts_with("**Not promoted to staging**"),
        "{invited_only}"
    );
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_right_that_was_lost_while_waiting_is_lost() {
    let text = CONFIGURATION.replace("owners: [anna]", "owners: [\"role:maintain\"]");
    let mut world = World::with_configuration(Some(&text)).await;
    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("mona", promotion, "/promote staging");
    world.settle().await;
    world.shop.grant("mona", Role::Read);

    world.green(&feature.commit).await;

    assert_eq!(world.moves("staging"), 0);
    let answer = world.answer_to(promotion, comment).expect("an answer");
    assert!(
        answer.starts_with("**Not promoted to staging**, because only people"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_merged_feature_goes_alone_when_nothing_rides_along() {
    let mut world = World::start().await;
    let first = world.lands("Faster checkout").await;
    let second = world.lands("Gift cards").await;
    world.green(&first.commit).await;
    world.green(&second.commit).await;

    let refused = world.says("anna", second.number, "/promote staging").await;
    insta::assert_snapshot!(refused, @r"
    **Not promoted yet, because #3 cannot go to staging alone.** These landed before it and would go along: 1 feature.

    - Faster checkout (#1, by dora): merged without an acceptance that I know of

    If they may, say `/confirm` here within an hour. Then just these and #3 go to staging, and nothing that lands later. `/cancel` drops it. If everything that waits may go, say `/promote staging` on #2 instead.
    ");
    assert_eq!(world.moves("staging"), 0);

    world.says("anna", first.number, "/promote staging").await;
    assert_eq!(world.head("staging"), first.commit);
    let promotion = world.promotion("staging");
    assert!(promotion.body.contains("Gift cards") && !promotion.body.contains("Faster checkout"));
}

#[tokio::test]
async fn an_open_feature_has_to_be_merged_first() {
    let mut world = World::start().await;
    let number = world.feature("Faster checkout");
    let answer = world.says("anna", number, "/promote staging").await;
    insta::assert_snapshot!(answer, @"**Not promoted yet, because this feature is not merged.** Once its developer has marked it as ready, it can be accepted and merged. After that, say `/promote staging` here again, or on the promotion pull request, which will list it.");
}

#[tokio::test]
async fn an_environment_with_changes_of_its_own_is_told_with_the_way_out() {
    let mut world = World::start().await;
    world
        .shop
        .commit("staging", "dora", "Hot fix on staging", &[("fix.txt", "now")]);
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let before = world.head("staging");

    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;

    insta::assert_snapshot!(answer, @"**Not promoted to staging**, because 1 change by dora was put on staging without a promotion. #3 brings it back to main; it has to be merged before the next promotion. Then say the command again. Nothing has changed.");
    assert_eq!(world.head("staging"), before);
}

#[tokio::test]
async fn a_ruleset_in_the_way_is_told_with_githubs_own_words() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    world.shop.rule("staging", RuleKind::PullRequest, false);

    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;

    insta::assert_snapshot!(answer, @"**Not promoted to staging**, because a rule of the repository does not let me move its branch (`Changes must be made through a pull request.`). An administrator can add Greenlight to the rule's bypass list. Nothing has changed; say the command again once that is mended.");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_missing_branch_is_named() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.shop.delete_branch("dora", "production").expect("deleted");
    let answer = world.says("anna", feature.number, "/promote production").await;
    insta::assert_snapshot!(answer, @"**Nothing was promoted, because the branch production does not exist.** A developer can create it, or correct the name in `.github/greenlight.yml`; then say the command again.");
}

#[tokio::test]
async fn a_broken_configuration_shuts_every_gate_and_says_where() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    let broken = CONFIGURATION.replace("owners:", "owner:");
    world
        .shop
        .commit("main", "dora", "Break the file", &[(".github/greenlight.yml", &broken)]);
    world.settle().await;
    world.green(&feature.commit).await;

    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;

    insta::assert_snapshot!(answer, @r"
    **Nothing moves until the configuration is mended.** The file `.github/greenlight.yml` has a mistake, and I do not guess what was meant.

    - Line 1, column 1, at `owner`: there is no setting `owner` here. There are `owners`, `ready_label`, `acceptance`, `self_acceptance`, `merge_method`, `timezone`, `armed_for`, `releases`, `after_rollback`, `environments`, `previews`, `preview_forks` and `preview_idle`. Did you mean `owners`?

    A developer needs to correct it on the default branch; then say the command again.
    ");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_feature_that_skips_a_stage_is_told_which_one_comes_first() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let answer = world.says("anna", feature.number, "/promote production").await;
    insta::assert_snapshot!(answer, @"**Not promoted to production, because #1 is not on staging yet.** What goes to production has to be on staging first. Say `/promote staging` here; when you are content with it there, say `/promote production` again.");
    assert_eq!(world.moves("production"), 0);
}

#[tokio::test]
async fn a_permission_that_the_app_lacks_is_named_in_the_answer() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let app = world.sandbox.installation("harbour").expect("installed");
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("checks").expect("it was granted");
    world.sandbox.set_permissions(app, permissions);
    // Tokens keep what they had for an hour.
    world.passes(SignedDuration::from_hours(2)).await;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    let answer = world.answer_to(promotion, comment).expect("an answer");
    insta::assert_snapshot!(answer, @"**Waiting to go to staging: GitHub does not let me read what I need to know first.** An administrator needs to grant Greenlight the permission `checks: read`, and accept it for this repository. I will go on by myself after that.");
    assert_eq!(world.moves("staging"), 0);
}
