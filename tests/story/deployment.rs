//! After the branch has moved: what runs where, by GitHub's own list of deployments.

use greenlight::rules::stay::{MovedBy, Note, State};
use greenlight::sandbox::{DeploymentView, Fault, Method};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, LABEL, Landed, World};

async fn promoted_to_staging() -> (World, Landed, String) {
    let mut world = World::start().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    (world, feature, answer)
}

fn deployments(world: &World, environment: &str) -> Vec<DeploymentView> {
    let all = world.shop.deployments().into_iter();
    all.filter(|one| one.environment == environment).collect()
}

#[tokio::test]
async fn a_promotion_is_a_deployment_of_just_that_commit_on_github() {
    let (world, feature, _) = promoted_to_staging().await;
    world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;
    let (staging, production) = (deployments(&world, "staging"), deployments(&world, "production"));
    assert_eq!((staging.len(), production.len()), (1, 1));
    for one in [&staging[0], &production[0]] {
        assert_eq!(one.sha, feature.commit);
        assert_eq!(one.creator, "greenlight[bot]");
        assert_eq!(one.states, ["success"]);
        assert!(!one.transient);
    }
    assert_eq!((staging[0].production, production[0].production), (false, true));
    assert_eq!(
        staging[0].environment_url.as_deref(),
        Some("https://staging.shop.example")
    );
    assert_eq!(staging[0].description, "Promoted to staging at the word of anna");
}

#[tokio::test]
async fn what_comes_back_to_two_environments_at_once_is_deployed_once_to_each() {
    let (mut world, feature, _) = promoted_to_staging().await;
    let before = world.head("production");
    world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;
    // Both words are heard in one look.
    world.bot_stops().await;
    world.writes("anna", feature.number, "/rollback staging");
    world.writes("anna", feature.number, "/rollback production");
    world.bot_starts().await;
    world.settle().await;
    world.passes(SignedDuration::from_secs(60)).await;
    for environment in ["staging", "production"] {
        assert_eq!(world.head(environment), before);
        let back: Vec<_> = deployments(&world, environment)
            .into_iter()
            .filter(|one| one.sha == before)
            .collect();
        assert_eq!(back.len(), 1, "{environment}: {back:#?}");
        assert_eq!(back[0].states, ["success"], "{environment}");
    }
}

#[tokio::test]
async fn what_runs_where_is_remembered_with_the_road_it_came_by() {
    let (mut world, feature, _) = promoted_to_staging().await;
    let found = world.stays("staging").await;
    let roads: Vec<&MovedBy> = found.iter().map(|stay| &stay.moved_by).collect();
    assert!(
        matches!(roads[..], [MovedBy::FoundThere, MovedBy::Promotion { by, .. }] if by.login.as_str() == "anna"),
        "{roads:#?}"
    );
    assert_eq!(found[1].commit.as_str(), feature.commit);
    assert!(found.iter().all(|stay| matches!(stay.state, State::Running { .. })));
    assert!(matches!(found[0].note, Note::Nothing));
    assert!(matches!(found[1].note, Note::Ours { .. }));

    world.lands("Gift cards").await;
    let pull = world.promotion("staging").number;
    world.shop.merge_pull("anna", pull, Method::Merge).expect("a merge");
    world.settle().await;
    let last = world.stays("staging").await.pop().expect("a stay");
    assert_eq!(last.commit.as_str(), world.head("staging"));
    assert!(
        matches!(&last.moved_by, MovedBy::Merge { by: Some(by), .. } if by.login.as_str() == "anna"),
        "{last:#?}"
    );
}

#[tokio::test]
async fn where_somebody_else_makes_the_deployments_none_is_made() {
    let mut world = World::start().await;
    world
        .shop
        .deploy("heroku", &world.head("staging"), "staging")
        .expect("a deployment");
    world.settle().await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    assert_eq!(world.head("staging"), feature.commit);
    assert_eq!(deployments(&world, "staging").len(), 1, "none of ours beside theirs");
}

#[tokio::test]
async fn a_deployment_whose_making_was_cut_off_is_found_and_not_made_twice() {
    for fault in [Fault::ResetAfter, Fault::StatusAfter(502), Fault::Reset] {
        let mut world = World::start().await;
        let feature = world.lands("Faster checkout").await;
        world.green(&feature.commit).await;
        world.sandbox.fault(fault, "POST", "/deployments", 1);
        world
            .says("anna", world.promotion("staging").number, "/promote staging")
            .await;
        world.passes(SignedDuration::from_mins(2)).await;
        let made = deployments(&world, "staging");
        assert_eq!(made.len(), 1, "{fault:?}");
        assert_eq!(made[0].states, ["success"], "{fault:?}");
    }
}

#[tokio::test]
async fn where_somebody_else_was_faster_than_a_deployment_that_was_cut_off_theirs_is_the_only_one() {
    let mut world = World::with_configuration(Some(BY_DEPLOYMENT)).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    world.sandbox.fault(Fault::Reset, "POST", "/deployments", 100);
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "success").await;
    world.passes(SignedDuration::from_mins(2)).await;
    assert_eq!(deployments(&world, "staging").len(), 1);
    assert_eq!(world.unconfirmed().await, Vec::<String>::new());
}

#[tokio::test]
async fn without_the_permission_everything_else_goes_on_and_that_is_said_once() {
    let mut world = World::start().await;
    let app = world.sandbox.installation("harbour").expect("installed");
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("deployments").expect("it was granted");
    world.sandbox.set_permissions(app, permissions);
    // Tokens keep what they had for an hour.
    world.passes(SignedDuration::from_hours(2)).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    insta::assert_snapshot!(answer, @r"
    **Promoted to staging.** It now also has:

    - Faster checkout (#1, by dora)

    You can look at it on [staging](https://staging.shop.example). When you are content with it, say `/promote production` on the pull request that promotes to production.

    This is not in GitHub's list of deployments, because I may not write there. Nothing else is amiss: the branch was moved. An administrator can grant Greenlight the permission `deployments: write`, and accept it for this repository.
    ");
    let answer = world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;
    assert!(!answer.contains("list of deployments"), "{answer}");
    assert_eq!(world.head("production"), feature.commit);
    assert_eq!(world.shop.deployments(), []);
}

#[tokio::test]
async fn a_deployment_that_github_refuses_stops_nothing() {
    let refusals = [("POST", 404), ("POST", 409), ("POST", 422), ("GET", 404), ("GET", 422)];
    for (method, status) in refusals {
        let mut world = World::with_configuration(Some(CONFIGURATION)).await;
        let feature = world.lands("Faster checkout").await;
        world.green(&feature.commit).await;
        world
            .sandbox
            .fault(Fault::Status(status), method, "/deployments", 1_000);
        let answer = world
            .says("anna", world.promotion("staging").number, "/promote staging")
            .await;
        assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
        assert_eq!(world.promotion("production").head, "staging");
    }
}

/// Whether it runs on staging is told by GitHub's deployments.
const BY_DEPLOYMENT: &str = "\
owners: [anna]
timezone: Europe/Berlin
environments:
  - name: staging
    url: https://staging.shop.example
    deployed_when: deployment
  - name: production
";

/// A green feature on the branch of staging, with the answer to whoever promoted it.
async fn moved_to_staging(configuration: &str) -> (World, Landed, (u64, u64)) {
    let mut world = World::with_configuration(Some(configuration)).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    let comment = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    assert_eq!(world.head("staging"), feature.commit);
    (world, feature, (promotion, comment))
}

fn said(world: &World, (pull, comment): (u64, u64)) -> String {
    let answer = world.answer_to(pull, comment).expect("an answer");
    answer.lines().next().unwrap_or_default().to_owned()
}

async fn reports(world: &World, deployment: u64, state: &str) {
    let log = Some("https://ci.example.com/shop/deploy/17");
    world
        .shop
        .deployment_status_at("heroku", deployment, state, log)
        .expect("a status");
    world.settle().await;
}

#[tokio::test]
async fn what_was_moved_is_called_promoted_once_it_runs() {
    let (world, feature, asked) = moved_to_staging(BY_DEPLOYMENT).await;
    insta::assert_snapshot!(world.answer_to(asked.0, asked.1).expect("an answer"), @r"
    **Moved to staging. Whether it runs there, I have not heard yet.** It brings:

    - Faster checkout (#1, by dora)

    I will say here how it goes on. If nothing comes, a developer needs to see whether what deploys to staging tells GitHub about it.
    ");
    assert_eq!(
        deployments(&world, "staging")[0].states,
        [] as [&str; 0],
        "whoever deploys reports"
    );

    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    world.settle().await;
    assert_eq!(
        deployments(&world, "staging")[0].states,
        ["inactive"],
        "theirs stands for it"
    );
    insta::assert_snapshot!(said(&world, asked), @"**Moved to staging; its deployment is under way.** It brings:");

    reports(&world, theirs, "success").await;
    insta::assert_snapshot!(said(&world, asked), @"**Promoted to staging.** It now also has:");
    let last = world.stays("staging").await.pop().expect("a stay");
    assert!(matches!(last.state, State::Running { .. }), "{last:#?}");

    // From now on it is known who makes them.
    let mut world = world;
    let next = world.lands("Gift cards").await;
    world.green(&next.commit).await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    let theirs = world
        .shop
        .deploy("heroku", &next.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "success").await;
    let made = deployments(&world, "staging");
    assert_eq!(made.iter().filter(|one| one.creator == "greenlight[bot]").count(), 1);
}

#[tokio::test]
async fn a_deployment_that_failed_is_told_with_its_log_and_keeps_it_out_of_production_until_it_succeeds() {
    let (world, feature, asked) = moved_to_staging(BY_DEPLOYMENT).await;
    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "in_progress").await;
    let production = world.promotion("production").number;
    let onward = (production, world.writes("anna", production, "/promote production"));
    world.settle().await;
    insta::assert_snapshot!(said(&world, onward), @"**Waiting to go to production: its deployment to staging is still under way.** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green; there is nothing you need to do.");

    reports(&world, theirs, "failure").await;
    insta::assert_snapshot!(world.answer_to(asked.0, asked.1).expect("an answer"), @r"
    **Moved to staging, and its deployment failed ([its log](https://ci.example.com/shop/deploy/17)).** It brings:

    - Faster checkout (#1, by dora)

    What ran on staging before may still run there. A developer needs to look at it. If it is run again and succeeds, I will say so here.
    ");
    insta::assert_snapshot!(said(&world, onward), @"**Waiting to go to production: its deployment to staging failed ([its log](https://ci.example.com/shop/deploy/17)). A developer needs to look at it; once it is run again and succeeds, that is in order.** I will promote exactly the version that you were shown by myself afterwards, if its checks are still green.");
    assert!(
        world
            .promotion("production")
            .body
            .contains("deployment of the newest to staging failed")
    );
    let forecast = world.says("anna", production, "/promote production --dry-run").await;
    assert!(
        forecast.contains("- The deployment to the stage before: in the way"),
        "{forecast}"
    );
    let status = world.says("anna", production, "/status").await;
    assert!(
        status.contains("**The deployment of the newest to staging failed"),
        "{status}"
    );
    assert_eq!(world.moves("production"), 0);

    // It is run again.
    let again = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, again, "success").await;
    assert!(
        said(&world, asked).starts_with("**Promoted to staging.**"),
        "{}",
        said(&world, asked)
    );
    assert!(
        said(&world, onward).starts_with("**Promoted to production.**"),
        "{}",
        said(&world, onward)
    );
    assert_eq!(world.head("production"), feature.commit);
}

#[tokio::test]
async fn named_checks_can_tell_that_it_runs() {
    let configuration = BY_DEPLOYMENT
        .replace(
            "deployed_when: deployment",
            "checks: [test]\n    deployed_when: { checks: [deploy/staging] }",
        )
        .replace("  - name: production\n", "  - name: production\n    checks: [test]\n");
    let (world, feature, asked) = moved_to_staging(&configuration).await;
    assert!(
        said(&world, asked).starts_with("**Moved to staging."),
        "{}",
        said(&world, asked)
    );
    world.check(&feature.commit, "deploy/staging", "in_progress").await;
    assert!(
        said(&world, asked).contains("its deployment is under way"),
        "{}",
        said(&world, asked)
    );
    world.check(&feature.commit, "deploy/staging", "failure").await;
    assert!(
        said(&world, asked).contains("its deployment failed"),
        "{}",
        said(&world, asked)
    );
    world.check(&feature.commit, "deploy/staging", "success").await;
    assert!(
        said(&world, asked).starts_with("**Promoted to staging.**"),
        "{}",
        said(&world, asked)
    );
    assert_eq!(
        deployments(&world, "staging")[0].states,
        ["in_progress", "failure", "success"]
    );
}

#[tokio::test]
async fn what_ran_and_was_replaced_on_github_has_run_and_what_never_succeeded_has_not() {
    let (world, feature, asked) = moved_to_staging(BY_DEPLOYMENT).await;
    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "inactive").await;
    // GitHub tells nobody of that, so it is the next news of it that is read.
    reports(&world, theirs, "queued").await;
    assert!(
        said(&world, asked).contains("its deployment is under way"),
        "{}",
        said(&world, asked)
    );
    reports(&world, theirs, "success").await;
    reports(&world, theirs, "inactive").await;
    reports(&world, theirs, "in_progress").await;
    let last = world.stays("staging").await.pop().expect("a stay");
    assert!(matches!(last.state, State::Running { .. }), "{last:#?}");
}

#[tokio::test]
async fn a_workflow_that_runs_on_our_deployment_reports_on_it() {
    let (world, _, asked) = moved_to_staging(BY_DEPLOYMENT).await;
    let ours = deployments(&world, "staging")[0].id;
    world
        .shop
        .deployment_status("github-actions[bot]", ours, "success")
        .expect("a status");
    world.settle().await;
    assert!(
        said(&world, asked).starts_with("**Promoted to staging.**"),
        "{}",
        said(&world, asked)
    );
    assert_eq!(deployments(&world, "staging")[0].states, ["success"]);
}

#[tokio::test]
async fn a_state_that_nobody_told_is_seen_by_the_sweep() {
    let (mut world, feature, asked) = moved_to_staging(BY_DEPLOYMENT).await;
    world.sandbox.delivery_fault(Fault::Lost, "deployment", 10);
    world.sandbox.delivery_fault(Fault::Lost, "deployment_status", 10);
    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "success").await;
    assert!(
        said(&world, asked).starts_with("**Moved to staging."),
        "{}",
        said(&world, asked)
    );
    // The sweep comes with a start.
    world.bot_stops().await;
    // The sweep comes with a start.
    world.bot_starts().await;
    world.settle().await;
    assert!(
        said(&world, asked).starts_with("**Promoted to staging.**"),
        "{}",
        said(&world, asked)
    );
}

#[tokio::test]
async fn the_time_on_the_stage_before_counts_from_when_it_runs_there() {
    let configuration = BY_DEPLOYMENT.replace("  - name: production\n", "  - name: production\n    soak: 30m\n");
    let (world, feature, _) = moved_to_staging(&configuration).await;
    let production = world.promotion("production").number;
    let onward = (production, world.writes("anna", production, "/promote production"));
    world.settle().await;
    world.passes(SignedDuration::from_mins(40)).await;
    let answer = world.answer_to(onward.0, onward.1).expect("an answer");
    assert!(
        answer.contains("has to have run on staging for 30 minutes first, and that begins once it runs there"),
        "{answer}"
    );
    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "success").await;
    world.passes(SignedDuration::from_mins(29)).await;
    assert_eq!(world.moves("production"), 0);
    world.passes(SignedDuration::from_mins(2)).await;
    assert_eq!(world.head("production"), feature.commit);
}

#[tokio::test]
async fn the_card_says_on_staging_once_it_runs_there() {
    let mut world = World::with_configuration(Some(BY_DEPLOYMENT)).await;
    let number = world.feature("Faster checkout");
    world.shop.label("dora", number, LABEL).expect("a label");
    world.settle().await;
    let head = world.shop.pull(number).expect("it").head_sha;
    world.green(&head).await;
    world.says("anna", number, "/accept").await;
    let commit = world.head("main");
    world.green(&commit).await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    insta::assert_snapshot!(card(&world, number), @r"
    **Moved to staging.** Whether it runs there is not known yet.

    in progress → ready → accepted → **in main** → on staging → live on production

    Accepted by anna.

    It was moved to staging, and does not run there yet. This card says so once it does.
    ");
    let theirs = world.shop.deploy("heroku", &commit, "staging").expect("a deployment");
    reports(&world, theirs, "failure").await;
    insta::assert_snapshot!(card(&world, number), @r"
    **Moved to staging, and its deployment failed.**

    in progress → ready → accepted → **in main** → on staging → live on production

    Accepted by anna.

    It was moved to staging, and the deployment failed ([its log](https://ci.example.com/shop/deploy/17)). What ran there before may still run. The next move is a developer's, who needs to look at it and run it again.
    ");
    reports(&world, theirs, "success").await;
    assert!(
        card(&world, number).starts_with("**On staging.**"),
        "{}",
        card(&world, number)
    );
}

fn card(world: &World, number: u64) -> String {
    let found = world.bot_comments(number).into_iter();
    let mut cards = found.filter(|comment| comment.body.contains("<!-- greenlight:card -->"));
    let card = cards.next().expect("a card");
    card.body.replace("<!-- greenlight:card -->", "").trim().to_owned()
}

#[tokio::test]
async fn something_newer_ends_the_wait_to_hear_of_what_was_there() {
    let (mut world, _, asked) = moved_to_staging(BY_DEPLOYMENT).await;
    let next = world.lands("Gift cards").await;
    world.green(&next.commit).await;
    world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    insta::assert_snapshot!(said(&world, asked), @"**Moved to staging, and something else took its place before I heard that it runs there.** How that goes on is told where it was asked for. It brings:");
}

#[tokio::test]
async fn what_may_not_be_read_is_said_and_stops_no_promotion() {
    let world = World::with_configuration(Some(BY_DEPLOYMENT)).await;
    let app = world.sandbox.installation("harbour").expect("installed");
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("deployments").expect("it was granted");
    world.sandbox.set_permissions(app, permissions);
    world.passes(SignedDuration::from_hours(2)).await;
    let mut world = world;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let answer = world
        .says("anna", world.promotion("staging").number, "/promote staging")
        .await;
    insta::assert_snapshot!(answer, @r"
    **Moved to staging. Whether it runs there, GitHub does not let me see.** It brings:

    - Faster checkout (#1, by dora)

    An administrator needs to grant Greenlight the permission `deployments: write`, and accept it for this repository. I will say here how it goes on after that.
    ");
    assert_eq!(world.head("staging"), feature.commit);
}

#[tokio::test]
async fn with_its_memory_lost_it_reads_from_github_what_runs() {
    let (mut world, feature, _) = moved_to_staging(BY_DEPLOYMENT).await;
    let theirs = world
        .shop
        .deploy("heroku", &feature.commit, "staging")
        .expect("a deployment");
    reports(&world, theirs, "success").await;
    world.bot_stops().await;
    world.loses_its_memory();
    world.bot_starts().await;
    world.settle().await;
    let last = world.stays("staging").await.pop().expect("a stay");
    assert!(matches!(last.state, State::Running { .. }), "{last:#?}");
    world
        .says("anna", world.promotion("production").number, "/promote production")
        .await;
    assert_eq!(world.head("production"), feature.commit);
}
