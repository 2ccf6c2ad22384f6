//! What GitHub lists as deployed on the dev instances, and when an instance that nobody has use for is freed.

use greenlight::sandbox::{DeploymentView, Fault};
use jiff::SignedDuration;

use crate::preview::{head_of, preview_on, pushes, ready, world, world_with};
use crate::world::World;

fn deployments(world: &World, instance: &str) -> Vec<DeploymentView> {
    let all = world.shop.deployments().into_iter();
    all.filter(|one| one.environment == instance).collect()
}

#[tokio::test]
async fn each_version_that_is_shown_is_a_deployment_of_its_own_and_ends_with_it() {
    let mut world = world().await;
    let number = ready(&mut world, "Faster checkout").await;
    let first = head_of(&world, number);
    let listed = deployments(&world, "dev-1");
    assert_eq!(listed.len(), 1, "{listed:#?}");
    assert_eq!(
        (listed[0].sha.as_str(), listed[0].description.as_str()),
        (first.as_str(), "Shows #1")
    );
    assert_eq!((listed[0].transient, listed[0].production), (true, false));
    assert_eq!(listed[0].states, ["success"]);
    assert_eq!(listed[0].environment_url.as_deref(), Some("https://dev-1.shop.example"));

    let second = pushes(&world, number, "more.txt").await;
    let listed = deployments(&world, "dev-1");
    assert_eq!(listed.len(), 2, "{listed:#?}");
    assert_eq!(listed[0].states, ["success", "inactive"]);
    assert_eq!(
        (listed[1].sha.as_str(), &listed[1].states[..]),
        (second.as_str(), &["success".to_owned()][..])
    );

    world.says("dora", number, "/preview off").await;
    let listed = deployments(&world, "dev-1");
    assert_eq!(listed[1].states, ["success", "inactive"]);
}

#[tokio::test]
async fn a_deployment_whose_making_was_cut_off_is_found_and_not_made_twice() {
    for fault in [Fault::StatusAfter(502), Fault::ResetAfter, Fault::Status(502)] {
        let mut world = world().await;
        world.sandbox.fault(fault, "POST", "/deployments", 1);
        ready(&mut world, "Faster checkout").await;
        for _ in 0..3 {
            world.passes(SignedDuration::from_secs(10)).await;
        }
        let listed = deployments(&world, "dev-1");
        assert_eq!(listed.len(), 1, "{fault:?}: {listed:#?}");
        assert_eq!(listed[0].states, ["success"], "{fault:?}");
    }
}

#[tokio::test]
async fn who_makes_the_deployments_of_an_instance_goes_on_doing_so() {
    let mut world = world().await;
    world.shop.deploy("heroku", "main", "dev-1").expect("a deployment");
    world.settle().await;
    let number = ready(&mut world, "Faster checkout").await;
    assert_eq!(deployments(&world, "dev-1").len(), 1, "none of ours beside theirs");
    insta::assert_snapshot!(preview_on(&world, number), @"**[dev-1](https://dev-1.shop.example)** has this since Monday, 14 January at 10:12 (Europe/Berlin). Whatever deploys there has not told GitHub of this version yet, so it may still show another one.");

    let theirs = world.shop.deploy("heroku", "dev-1", "dev-1").expect("a deployment");
    world
        .shop
        .deployment_status("heroku", theirs, "in_progress")
        .expect("a status");
    world.settle().await;
    insta::assert_snapshot!(preview_on(&world, number), @"**[dev-1](https://dev-1.shop.example)** has this since Monday, 14 January at 10:12 (Europe/Berlin), and its deployment is under way.");
    world
        .shop
        .deployment_status("heroku", theirs, "failure")
        .expect("a status");
    world.settle().await;
    let told = preview_on(&world, number);
    assert!(told.contains("but its deployment failed ([its log](http"), "{told}");
    world
        .shop
        .deployment_status("heroku", theirs, "success")
        .expect("a status");
    world.settle().await;
    insta::assert_snapshot!(preview_on(&world, number), @"**[dev-1](https://dev-1.shop.example)** shows this since Monday, 14 January at 10:12 (Europe/Berlin).");
    assert_eq!(deployments(&world, "dev-1").len(), 2);
}

#[tokio::test]
async fn without_the_permission_a_feature_is_shown_all_the_same() {
    let mut world = world().await;
    let mut permissions = world.sandbox.app().permissions;
    permissions.remove("deployments");
    let installation = world.sandbox.installation("harbour").expect("installed");
    world.sandbox.set_permissions(installation, permissions);
    // Tokens that were given before keep what they were given with.
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    let number = ready(&mut world, "Faster checkout").await;
    assert_eq!(world.head("dev-1"), head_of(&world, number));
    assert!(preview_on(&world, number).contains("shows this since"));
    assert_eq!(deployments(&world, "dev-1"), []);
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[tokio::test]
async fn an_instance_is_freed_when_nothing_happens_and_the_card_warns_first() {
    let mut world = world_with("previews: [{name: dev-1}]\n").await;
    let first = ready(&mut world, "One").await;
    let second = ready(&mut world, "Two").await;
    world.passes(hours(13 * 24 - 1)).await;
    assert!(!preview_on(&world, first).contains("freed"));
    world.passes(hours(1)).await;
    world.passes(SignedDuration::from_mins(1)).await;
    insta::assert_snapshot!(preview_on(&world, first), @"**dev-1** shows this since Monday, 14 January at 10:12 (Europe/Berlin). Nobody pushed or wrote anything here for a while, so it is freed on Monday, 28 January at 10:12 (Europe/Berlin). A push, a comment or `/preview` before then keeps it.");
    assert_eq!(world.head("dev-1"), head_of(&world, first));
    world.passes(hours(24)).await;
    insta::assert_snapshot!(preview_on(&world, first), @"No preview shows this, because nobody pushed or wrote anything here for 14 days. The next push asks for one again, and so does `/preview` in a new comment.");
    assert_eq!(world.head("dev-1"), head_of(&world, second));

    pushes(&world, first, "more.txt").await;
    insta::assert_snapshot!(preview_on(&world, first), @"All previews are taken. This feature is the next to get one.");
}

#[tokio::test]
async fn a_comment_a_command_or_a_push_keeps_an_instance() {
    for what in ["a comment", "a command", "a push"] {
        let mut world = world_with("previews: [{name: dev-1}]\npreview_idle: 2d\n").await;
        let number = ready(&mut world, "One").await;
        world.passes(hours(25)).await;
        assert!(preview_on(&world, number).contains("it is freed on"), "{what}");
        match what {
            "a comment" => drop(world.writes("carl", number, "I like it.")),
            "a command" => drop(world.says("anna", number, "/preview").await),
            _ => drop(pushes(&world, number, "more.txt").await),
        }
        world.passes(hours(24)).await;
        assert_eq!(world.head("dev-1"), head_of(&world, number));
        let told = preview_on(&world, number);
        assert!(told.contains("shows this since"), "{what}: {told}");
    }
}
