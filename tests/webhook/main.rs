//! `/webhook` over a real socket: what GitHub sends is kept, and nobody else gets anywhere.

#[path = "../support/canary.rs"]
mod canary;
mod deployments;
mod hostile;
mod patience;
mod world;

use greenlight::rules::id::{InstallationId, RepoId, RepoName};
use jiff::{SignedDuration, Timestamp};
use world::*;

#[tokio::test]
async fn what_github_delivers_is_kept_with_whose_it_is_and_wakes_the_worker() {
    let world = world().await;
    let (status, said) = world.send(&comment()).await;
    assert_eq!((status, said.as_str()), (202, r#"{"message":"Stored."}"#));
    patiently(world.wake.notified()).await;

    let claim = world
        .store
        .claim("w", Timestamp::now(), SignedDuration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((claim.repo, claim.installation), (RepoId(71), Some(InstallationId(9))));
    assert_eq!(claim.name, RepoName::parse("local-orbit/shop"));
    let kept = &world.store.deliveries(&claim, 10).await.unwrap()[0];
    assert_eq!(kept.guid, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(
        (kept.event.as_str(), kept.action.as_deref()),
        ("issue_comment", Some("created"))
    );
    assert_eq!(kept.body, comment().body);
}

#[tokio::test]
async fn the_same_guid_is_kept_once_however_often_it_comes() {
    let world = world().await;
    assert_eq!(world.send(&comment()).await.1, r#"{"message":"Stored."}"#);
    assert_eq!(
        world.send(&comment()).await,
        (202, r#"{"message":"Seen before."}"#.to_owned())
    );
    let at_once = comment().with("x-github-delivery", "at-once");
    let all = futures_util::future::join_all((0..16).map(|_| world.status_of(&at_once))).await;
    assert_eq!(all, [202; 16]);
    assert_eq!(world.kept().await.new, 2);
}

#[tokio::test]
async fn events_nobody_knows_are_kept_for_the_rules_to_judge() {
    let world = world().await;
    let unknown = post("{}").with("x-github-event", "moon_phase");
    assert_eq!(world.status_of(&unknown).await, 202);
    assert_eq!(world.kept().await.new, 1);
}
