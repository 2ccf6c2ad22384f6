//! CI services as they really report: CircleCI and Semaphore by statuses, GitHub Actions by check runs, rules by name and App.

use greenlight::sandbox::{RuleKind, State};

use crate::world::{CONFIGURATION, World};

#[tokio::test]
async fn circleci_statuses_count_and_an_approval_job_waits_for_a_person() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world
        .status(
            &feature.commit,
            "ci/circleci: build",
            State::Success,
            "Your tests passed on CircleCI!",
        )
        .await;
    world
        .status(
            &feature.commit,
            "ci/circleci: release/hold",
            State::Pending,
            "Your job is on hold on CircleCI!",
        )
        .await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.contains("waits for a person to approve it"), "{answer}");
    world
        .status(
            &feature.commit,
            "ci/circleci: release/hold",
            State::Success,
            "Your tests passed on CircleCI!",
        )
        .await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn a_semaphore_pipeline_that_was_stopped_is_red() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world
        .status(
            &feature.commit,
            "ci/semaphoreci/push: Shop",
            State::Error,
            "The build was stopped on Semaphore 2.0.",
        )
        .await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.contains("`ci/semaphoreci/push: Shop` failed"), "{answer}");
    world
        .status(
            &feature.commit,
            "ci/semaphoreci/push: Shop",
            State::Success,
            "The build passed on Semaphore 2.0.",
        )
        .await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn the_same_job_in_two_workflows_has_to_pass_in_both() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "test (20)", "success").await;
    world
        .shop
        .check_run_in_new_suite("github-actions", &feature.commit, "test (20)", "failure")
        .expect("a run");
    world.settle().await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn a_check_on_the_second_page_counts() {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    for index in 0..105 {
        world
            .shop
            .status(&feature.commit, &format!("ci/{index}"), State::Success, "ok")
            .expect("a status");
        world
            .shop
            .check_run("github-actions", &feature.commit, &format!("job {index}"), "success")
            .expect("a run");
    }
    world
        .shop
        .status(&feature.commit, "ci/last", State::Failure, "no")
        .expect("a status");
    world.settle().await;
    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    assert!(answer.contains("`ci/last` failed"), "{answer}");
    assert_eq!(world.moves("staging"), 0);
}

#[tokio::test]
async fn required_contexts_decide_alone_and_are_waited_for() {
    let mut world = World::start().await;
    let required = vec![("e2e".to_owned(), None)];
    world
        .shop
        .rule("staging", RuleKind::RequiredStatusChecks(required), true);
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "lint", "failure").await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(
        answer.contains("`e2e` is expected and has not reported yet"),
        "{answer}"
    );
    world.check(&feature.commit, "e2e", "success").await;
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn named_checks_and_none_are_obeyed() {
    let text = CONFIGURATION
        .replace("    url: https://staging.shop.example", "    checks: [\"deploy/*\"]")
        .replace("  - name: production", "  - name: production\n    checks: none");
    let mut world = World::with_configuration(Some(&text)).await;
    let feature = world.lands("Faster checkout").await;
    world.check(&feature.commit, "lint", "failure").await;
    let promotion = world.promotion("staging").number;
    world.says("anna", promotion, "/promote staging").await;
    assert_eq!(world.moves("staging"), 0);
    world.check(&feature.commit, "deploy/preview", "success").await;
    assert_eq!(world.head("staging"), feature.commit);
    world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;
    assert_eq!(world.head("production"), feature.commit);
}
