//! What an effect does, and how GitHub's refusals are told.

use greenlight::github::{Deadline, GithubError, marker};
use greenlight::rules::effect::{Effect, Outcome, Receipt, Refusal};
use greenlight::rules::id::{BranchName, CommentId, EnvironmentName, RequestId};
use greenlight::rules::snapshot::Need;
use greenlight::sandbox::{self, RuleKind};
use jiff::SignedDuration;

use crate::world::{World, id, move_staging, open_staging_pull, reply_to, sha};

#[tokio::test]
async fn a_request_is_acknowledged_answered_and_the_answer_edited() {
    let world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let request = world.shop.comment("anna", pull, "/promote staging").unwrap();
    let acknowledge = Effect::Acknowledge {
        comment: CommentId(id(request)),
    };
    for _ in 0..2 {
        let outcome = world.perform(&acknowledge).await.unwrap();
        assert_eq!(outcome, Outcome::Done(Receipt::Acknowledged));
    }
    let outcome = world.perform(&reply_to(request, pull, "Waiting.")).await.unwrap();
    let Outcome::Done(Receipt::Replied { comment: reply, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    let edit = Effect::EditReply {
        request: CommentId(id(request)).into(),
        reply,
        body: "Done.".to_owned(),
    };
    let outcome = world.perform(&edit).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(Receipt::Replied { comment, .. }) if comment == reply));

    let comments = world.shop.comments(pull);
    assert_eq!(comments.len(), 2);
    assert_eq!(
        comments[0].reactions,
        [("greenlight[bot]".to_owned(), "eyes".to_owned())]
    );
    assert_eq!(
        comments[1].body,
        format!("Done.\n\n{}", marker(CommentId(id(request)).into()))
    );
    assert_eq!(comments[1].edits, 1);
}

#[tokio::test]
async fn who_no_longer_holds_the_repository_sends_nothing_to_it() {
    let world = World::start().await;
    let pull = world.feature("checkout", "Faster checkout");
    let request = world.shop.comment("anna", pull, "/status").unwrap();
    // The token is known by now, so that nothing but the clock can stop the write.
    let acknowledge = Effect::Acknowledge {
        comment: CommentId(id(request)),
    };
    world.perform(&acknowledge).await.unwrap();
    let deadline = Deadline::new(world.clock.now() + SignedDuration::from_secs(60));
    let holder = world.github.writing_until(deadline.clone());
    world.clock.advance(SignedDuration::from_secs(60));
    let late = holder.perform(&world.at, &reply_to(request, pull, "Late.")).await;
    assert!(matches!(late, Err(GithubError::Unavailable { .. })), "{late:?}");
    assert_eq!(world.shop.comments(pull).len(), 1);

    deadline.set(world.clock.now() + SignedDuration::from_secs(60));
    holder
        .perform(&world.at, &reply_to(request, pull, "In time."))
        .await
        .unwrap();
    assert_eq!(world.shop.comments(pull).len(), 2);
}

#[tokio::test]
async fn a_deleted_comment_cannot_be_acknowledged_or_edited() {
    let world = World::start().await;
    let missing = Outcome::Refused(Refusal::Missing);
    let acknowledge = Effect::Acknowledge { comment: CommentId(1) };
    assert_eq!(world.perform(&acknowledge).await.unwrap(), missing);
    let edit = Effect::EditReply {
        request: RequestId::Comment(CommentId(1)),
        reply: CommentId(2),
        body: String::new(),
    };
    assert_eq!(world.perform(&edit).await.unwrap(), missing);
}

#[tokio::test]
async fn a_branch_moves_forward_and_only_forward() {
    let world = World::start().await;
    let first = world.shop.head("staging").unwrap();
    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    for _ in 0..2 {
        let outcome = world.perform(&move_staging(&first, &next)).await.unwrap();
        assert_eq!(outcome, Outcome::Done(Receipt::Moved));
    }
    assert_eq!(world.shop.head("staging"), Some(next.clone()));

    let back = world.perform(&move_staging(&next, &first)).await.unwrap();
    assert_eq!(back, Outcome::Refused(Refusal::NotFastForward));
    assert_eq!(world.shop.head("staging"), Some(next));
}

#[tokio::test]
async fn a_commit_is_merged_once_into_a_branch_with_commits_of_its_own() {
    let world = World::start().await;
    let own = world.shop.commit("staging", "dev", "Only here", &[("own", "1")]);
    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    let merge = Effect::MergeBranch {
        environment: EnvironmentName::from("staging"),
        branch: BranchName::from("staging"),
        from: sha(&own),
        commit: sha(&next),
        message: "Promote to staging".to_owned(),
        read_at: world.clock.now(),
    };
    let Outcome::Done(Receipt::Joined { before, commit }) = world.perform(&merge).await.unwrap() else {
        panic!("not merged")
    };
    assert_eq!(
        (before.as_str(), world.shop.head("staging").as_deref()),
        (own.as_str(), Some(commit.as_str()))
    );
    assert_eq!(
        world.perform(&merge).await.unwrap(),
        Outcome::Outdated,
        "nothing is left to merge"
    );

    world.shop.commit("staging", "dev", "Another text", &[("text", "one")]);
    let other = world.shop.commit("main", "dev", "A text", &[("text", "two")]);
    let Effect::MergeBranch {
        environment,
        branch,
        from,
        message,
        read_at,
        ..
    } = merge
    else {
        unreachable!()
    };
    let conflict = Effect::MergeBranch {
        environment,
        branch,
        from,
        commit: sha(&other),
        message,
        read_at,
    };
    let outcome = world.perform(&conflict).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::NotMergeable));
}

#[tokio::test]
async fn a_rule_in_the_way_is_told_in_githubs_own_lines() {
    let world = World::start().await;
    let first = world.shop.head("staging").unwrap();
    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    world.shop.rule("staging", RuleKind::PullRequest, false);
    let outcome = world.perform(&move_staging(&first, &next)).await.unwrap();
    let lines = vec!["Changes must be made through a pull request.".to_owned()];
    assert_eq!(outcome, Outcome::Refused(Refusal::RuleViolation { lines }));
}

#[tokio::test]
async fn a_missing_branch_cannot_be_moved() {
    let world = World::start().await;
    let first = world.shop.head("staging").unwrap();
    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    world.shop.delete_branch("dev", "staging").unwrap();
    let outcome = world.perform(&move_staging(&first, &next)).await.unwrap();
    assert_eq!(outcome, Outcome::Refused(Refusal::Missing));
}

#[tokio::test]
async fn a_permission_that_lacks_is_named_to_whoever_can_grant_it() {
    let mut world = World::start().await;
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("checks");
    permissions.insert("contents".to_owned(), sandbox::Level::Read);
    world
        .sandbox
        .set_permissions(world.at.installation.0.unsigned_abs(), permissions);
    let first = world.shop.head("staging").unwrap();

    let error = world.observe([Need::Checks(sha(&first))]).await.unwrap_err();
    let GithubError::Forbidden { permission, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(permission, "checks=read");

    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    let outcome = world.perform(&move_staging(&first, &next)).await.unwrap();
    let permission = "contents=write".to_owned();
    assert_eq!(outcome, Outcome::Refused(Refusal::PermissionMissing { permission }));
}

#[tokio::test]
async fn the_promotion_pull_request_is_opened_found_edited_and_closed() {
    let mut world = World::start().await;
    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    let need = Need::PromotionPull {
        head: BranchName::from("main"),
        base: BranchName::from("staging"),
    };
    let key = (BranchName::from("main"), BranchName::from("staging"));
    assert_eq!(world.observe([need.clone()]).await.unwrap().promotion_pulls[&key], None);

    let outcome = world.perform(&open_staging_pull(&next)).await.unwrap();
    let Outcome::Done(Receipt::PullWritten { pull, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    let found = world.observe([need.clone()]).await.unwrap().promotion_pulls[&key]
        .clone()
        .unwrap();
    assert_eq!((found.number, found.ours, found.open), (pull, true, true));
    assert_eq!(found.head_sha, sha(&next));

    assert_eq!(
        world.perform(&open_staging_pull(&next)).await.unwrap(),
        Outcome::Outdated
    );

    let edit = Effect::EditPromotionPull {
        environment: EnvironmentName::from("staging"),
        pull,
        title: None,
        body: "Less would go.".to_owned(),
        shows: sha(&next),
    };
    let outcome = world.perform(&edit).await.unwrap();
    assert!(matches!(outcome, Outcome::Done(Receipt::PullWritten { pull: edited, .. }) if edited == pull));
    let close = Effect::ClosePromotionPull {
        environment: EnvironmentName::from("staging"),
        pull,
        body: "Nothing is left.".to_owned(),
    };
    assert_eq!(world.perform(&close).await.unwrap(), Outcome::Done(Receipt::PullClosed));

    let view = world.shop.pull(pull.0.unsigned_abs()).unwrap();
    assert_eq!(
        (view.title.as_str(), view.body.as_str()),
        ("main → staging", "Nothing is left.")
    );
    assert!(!view.open);
    assert_eq!(world.observe([need]).await.unwrap().promotion_pulls[&key], None);
}

#[tokio::test]
async fn a_promotion_pull_request_with_nothing_to_show_is_not_needed() {
    let world = World::start().await;
    let head = world.shop.head("main").unwrap();
    assert_eq!(
        world.perform(&open_staging_pull(&head)).await.unwrap(),
        Outcome::Outdated
    );
}
