//! Setting a branch by compare and swap: who was quicker wins, and nothing is ever overwritten unseen.

use greenlight::github::GithubError;
use greenlight::rules::effect::{Effect, Outcome, Receipt, Refusal};
use greenlight::rules::id::BranchName;
use greenlight::sandbox::{Fault, Level, RuleKind};

use crate::world::{World, sha};

fn set(before: Option<&str>, to: &str, force: bool) -> Effect {
    Effect::SetBranch {
        branch: BranchName::from("dev-1"),
        before: before.map(sha),
        to: sha(to),
        force,
    }
}

async fn outcome(world: &World, before: Option<&str>, to: &str) -> Outcome {
    world.perform(&set(before, to, true)).await.unwrap()
}

/// `main` at a first commit, and two commits that know nothing of each other.
async fn three_commits() -> (World, [String; 3]) {
    let world = World::start().await;
    let first = world.shop.head("main").unwrap();
    world.shop.branch("one", &first);
    world.shop.branch("two", &first);
    let one = world.shop.commit("one", "dev", "One", &[("one", "1")]);
    let two = world.shop.commit("two", "dev", "Two", &[("two", "2")]);
    (world, [first, one, two])
}

#[tokio::test]
async fn a_branch_is_made_and_then_moves_sideways_and_back() {
    let (world, [first, one, two]) = three_commits().await;
    for (before, to) in [(None, &one), (Some(&one), &two), (Some(&two), &first)] {
        let moved = outcome(&world, before.map(String::as_str), to).await;
        assert_eq!(moved, Outcome::Done(Receipt::Moved));
        assert_eq!(world.shop.head("dev-1").as_ref(), Some(to));
    }
}

#[tokio::test]
async fn somebody_who_was_quicker_is_not_overwritten() {
    let (world, [first, one, two]) = three_commits().await;
    assert_eq!(
        outcome(&world, Some(&first), &two).await,
        Outcome::Outdated,
        "it is not there"
    );
    world.shop.branch("dev-1", &one);
    assert_eq!(outcome(&world, None, &two).await, Outcome::Outdated, "it is there");
    assert_eq!(
        outcome(&world, Some(&first), &two).await,
        Outcome::Outdated,
        "it is elsewhere"
    );
    assert_eq!(world.shop.head("dev-1"), Some(one));
}

#[tokio::test]
async fn doing_it_again_changes_nothing() {
    let (world, [_, one, two]) = three_commits().await;
    world.shop.branch("dev-1", &two);
    let again = outcome(&world, Some(&one), &two).await;
    assert_eq!(again, Outcome::Done(Receipt::Moved));
    assert_eq!(world.shop.moves("dev-1").len(), 1);
}

#[tokio::test]
async fn without_force_a_branch_only_moves_forward() {
    let (world, [first, one, two]) = three_commits().await;
    world.shop.branch("dev-1", &first);
    let forward = world.perform(&set(Some(&first), &one, false)).await.unwrap();
    assert_eq!(forward, Outcome::Done(Receipt::Moved));
    let sideways = world.perform(&set(Some(&one), &two, false)).await.unwrap();
    assert_eq!(sideways, Outcome::Refused(Refusal::NotFastForward));
}

#[tokio::test]
async fn a_rule_and_a_missing_permission_are_told_apart() {
    let (world, [_, one, two]) = three_commits().await;
    world.shop.branch("dev-1", &one);
    world.shop.rule("dev-1", RuleKind::NonFastForward, false);
    let refused = Outcome::Refused(Refusal::RuleViolation {
        lines: vec!["Cannot force-push to this branch".to_owned()],
    });
    assert_eq!(outcome(&world, Some(&one), &two).await, refused);

    let mut permissions = world.sandbox.app().permissions;
    permissions.insert("contents".to_owned(), Level::Read);
    let installation = world.sandbox.installation("harbour").unwrap();
    world.sandbox.set_permissions(installation, permissions);
    let fresh = world.with_a_new_client();
    let refused = Outcome::Refused(Refusal::PermissionMissing {
        permission: "contents=write".to_owned(),
    });
    assert_eq!(outcome(&fresh, Some(&one), &two).await, refused);
}

#[tokio::test]
async fn an_answer_that_is_lost_is_not_taken_for_a_refusal() {
    let (world, [_, one, _]) = three_commits().await;
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter] {
        world.sandbox.fault(fault, "POST", "/graphql", 1);
        let error = world.perform(&set(None, &one, true)).await.unwrap_err();
        assert!(matches!(error, GithubError::OutcomeUnknown { .. }), "{error:?}");
        assert_eq!(outcome(&world, None, &one).await, Outcome::Done(Receipt::Moved));
        world.shop.delete_branch("dev", "dev-1").unwrap();
    }
}

#[tokio::test]
async fn another_repository_under_the_old_name_is_left_alone() {
    let (world, [_, one, _]) = three_commits().await;
    world.shop.rename("store");
    let other = world.sandbox.repository("harbour/shop").create();
    assert_eq!(outcome(&world, None, &one).await, Outcome::Outdated);
    assert_eq!(other.head("dev-1"), None);
}

#[tokio::test]
async fn a_limit_of_graphql_is_kept() {
    let (world, [_, one, _]) = three_commits().await;
    let scolding = Fault::SecondaryLimit {
        status: 403,
        retry_after_secs: Some(30),
    };
    world.sandbox.fault(scolding, "POST", "/graphql", 1);
    for _ in 0..2 {
        let error = world.perform(&set(None, &one, true)).await.unwrap_err();
        assert!(matches!(error, GithubError::RateLimited { .. }), "{error:?}");
    }
    assert_eq!(world.requests("POST", "/graphql"), 1);
}
