//! After the branch has moved: what runs where, by GitHub's own list of deployments.

use greenlight::rules::stay::{MovedBy, Note, State};
use greenlight::sandbox::{DeploymentView, Fault, Method};
use jiff::SignedDuration;

use crate::world::{CONFIGURATION, Landed, World};

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
    for status in [404, 409, 422] {
        let mut world = World::with_configuration(Some(CONFIGURATION)).await;
        let feature = world.lands("Faster checkout").await;
        world.green(&feature.commit).await;
        world
            .sandbox
            .fault(Fault::Status(status), "POST", "/deployments", 1_000);
        let answer = world
            .says("anna", world.promotion("staging").number, "/promote staging")
            .await;
        assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
        assert_eq!(world.promotion("production").head, "staging");
    }
}
