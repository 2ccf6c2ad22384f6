//! Deployments as each system has GitHub tell of them: signed, kept, and understood as a reason to look at that commit.

use std::path::{Path, PathBuf};

use greenlight::rules::id::Sha;
use greenlight::rules::interpret::{News, interpret};
use jiff::{SignedDuration, Timestamp};

use super::world::*;

/// "heroku/released" and the like, with the event and the body.
fn fixtures() -> Vec<(String, String, Vec<u8>)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = std::fs::read_dir(&top).expect("fixtures");
    let folders: Vec<PathBuf> = folders.map(|folder| folder.expect("a folder").path()).collect();
    let files = folders.iter().filter(|path| path.is_dir()).flat_map(|folder| {
        let files = std::fs::read_dir(folder).expect("a folder");
        files.map(|file| file.expect("a file").path())
    });
    let mut found: Vec<(String, String, Vec<u8>)> = files
        .filter_map(|file| {
            let name = file.strip_prefix(&top).ok()?.to_str()?.to_owned();
            let (story, event) = name.strip_suffix(".json")?.split_once(".webhook.")?;
            let is_it = matches!(event, "deployment" | "deployment_status");
            is_it.then(|| {
                (
                    story.to_owned(),
                    event.to_owned(),
                    std::fs::read(&file).expect("a body"),
                )
            })
        })
        .collect();
    found.sort();
    found
}

#[tokio::test]
async fn deployments_of_every_system_are_kept_and_say_which_commit_to_look_at() {
    let world = world().await;
    let commit = Sha::parse("ce844bfdd6e6d5df796508828da3e2b556c03a19").expect("a commit");
    let fixtures = fixtures();
    for system in ["heroku", "circleci", "semaphore", "github-actions", "github"] {
        for kind in ["deployment", "deployment_status"] {
            let is_it = |(story, event, _): &(String, String, Vec<u8>)| story.starts_with(system) && event == kind;
            assert!(fixtures.iter().any(is_it), "{system} has no {kind}");
        }
    }
    for (story, event, body) in &fixtures {
        let request = post(body.clone())
            .with("x-github-event", event)
            .with("x-github-delivery", &story.replace('/', "-"));
        assert_eq!(world.status_of(&request).await, 202, "{story}");
    }
    let claim = world
        .store
        .claim("w", Timestamp::now(), SignedDuration::from_secs(60))
        .await
        .expect("a readable store")
        .expect("a repository");
    let kept = world.store.deliveries(&claim, 100).await.expect("deliveries");
    assert_eq!(kept.len(), fixtures.len());
    for delivery in kept {
        let elsewhere = !delivery.guid.starts_with("github-own-");
        let news = interpret(&delivery.event, &delivery.body);
        let commit = commit.clone();
        assert_eq!(news, News::Deployment { commit, elsewhere }, "{}", delivery.guid);
    }
}
