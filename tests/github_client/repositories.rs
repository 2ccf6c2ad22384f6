//! People rename, suspend and remove.

use greenlight::github::GithubError;
use greenlight::rules::effect::Outcome;
use greenlight::rules::snapshot::{ConfigFile, Need};

use crate::world::{World, access, move_staging};

#[tokio::test]
async fn a_renamed_repository_is_followed() {
    let mut world = World::start().await;
    world.shop.rename("store");
    let snapshot = world.observe([Need::Config]).await.unwrap();
    assert!(matches!(snapshot.config, Some(ConfigFile::Valid { .. })));
    assert_eq!(world.at.name.to_string(), "harbour/store");
}

#[tokio::test]
async fn another_repository_under_the_old_name_is_not_taken_for_ours() {
    let mut world = World::start().await;
    world.shop.rename("store");
    world.sandbox.repository("harbour/shop").create();
    let snapshot = world.observe([Need::Config]).await.unwrap();
    assert!(matches!(snapshot.config, Some(ConfigFile::Valid { .. })));
    assert_eq!(world.at.name.to_string(), "harbour/store");
}

#[tokio::test]
async fn a_write_to_a_name_that_has_changed_is_planned_anew() {
    let world = World::start().await;
    let first = world.shop.head("staging").unwrap();
    let next = world.shop.commit("main", "dev", "Next", &[("next", "1")]);
    world.shop.rename("store");
    let outcome = world.perform(&move_staging(&first, &next)).await.unwrap();
    assert_eq!(outcome, Outcome::Outdated);
    assert_eq!(world.shop.head("staging"), Some(first));
}

#[tokio::test]
async fn a_suspended_or_removed_installation_is_gone() {
    let mut world = World::start().await;
    world.observe([Need::Repository]).await.unwrap();
    let installation = world.at.installation.0.unsigned_abs();
    world.sandbox.suspend(installation, true);
    let error = world.observe([Need::Repository]).await.unwrap_err();
    assert!(matches!(error, GithubError::Gone { .. }), "{error:?}");

    world.sandbox.suspend(installation, false);
    world.observe([Need::Repository]).await.unwrap();
    world.sandbox.uninstall(installation);
    let error = world.observe([Need::Repository]).await.unwrap_err();
    assert!(matches!(error, GithubError::Gone { .. }), "{error:?}");
}

#[tokio::test]
async fn the_sweep_sees_every_repository_of_every_working_installation() {
    let world = World::start().await;
    for number in 0..105 {
        world.sandbox.repository(&format!("harbour/part-{number}")).create();
    }
    world.sandbox.repository("quay/mill").create();
    let suspended = world.sandbox.installation("quay").unwrap();
    world.sandbox.suspend(suspended, true);
    let installations = world.github.installations().await.unwrap();
    assert_eq!(installations.len(), 1);
    let (installation, repositories) = &installations[0];
    assert_eq!(*installation, world.at.installation);
    assert_eq!(repositories.len(), 106);
    assert!(repositories.contains(&(world.at.repo, world.at.name.clone())));
}

#[tokio::test]
async fn nothing_that_is_printed_holds_a_secret() {
    let mut world = World::start().await;
    world.observe([Need::Repository]).await.unwrap();
    let printed = format!("{:?} {:?}", access(&world.sandbox), world.github);
    assert!(!printed.contains("BEGIN"));
    assert!(!printed.contains("ghs_"));
}

/// The worker moves its looks between threads.
#[tokio::test]
async fn a_look_can_be_carried_by_any_thread() {
    let mut world = World::start().await;
    let read = tokio::spawn(async move { world.observe([Need::Repository]).await.map(drop) });
    read.await.unwrap().unwrap();
}
