//! Releases.

use super::answer::{Answer, Page, Reply};
use super::call::Call;
use crate::sandbox::world::releases::Release;
use crate::sandbox::world::{Refusal, RepoId, World};

/// Newest first.
pub(super) fn list(world: &World, call: &Call, repo: RepoId) -> Reply {
    let at = world.repo(repo);
    let page = Page::of(call, &world.api(), at.releases.values().rev());
    Ok(page.answer(|release| world.release_json(at, release)))
}

pub(super) fn by_tag(world: &World, repo: RepoId, tag: &str) -> Reply {
    let at = world.repo(repo);
    let mut releases = at.releases.values();
    let found = releases.find(|release| release.tag == tag && !release.draft);
    let release = found.ok_or_else(Refusal::not_found)?;
    Ok(Answer::ok(world.release_json(at, release)))
}

pub(super) fn create(world: &mut World, call: &Call, repo: RepoId) -> Reply {
    let text = |field: &str| Ok::<_, Refusal>(call.text(field)?.map(str::to_owned));
    let tag = call.required("tag_name")?.to_owned();
    let release = Release {
        id: 0,
        name: text("name")?.unwrap_or_else(|| tag.clone()),
        tag,
        target: text("target_commitish")?.unwrap_or_else(|| world.repo(repo).default_branch.clone()),
        body: text("body")?.unwrap_or_default(),
        draft: call.flag("draft")?.unwrap_or(false),
        prerelease: call.flag("prerelease")?.unwrap_or(false),
        author: world.bot(),
        created_at: world.now(),
    };
    let id = world.create_release(repo, release)?;
    let at = world.repo(repo);
    Ok(Answer::created(world.release_json(at, &at.releases[&id])))
}
