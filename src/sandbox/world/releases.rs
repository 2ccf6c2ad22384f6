//! Tags and releases.

use jiff::Timestamp;
use serde_json::json;

use super::{Refusal, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::people::UserId;

pub(in crate::sandbox) struct Release {
    pub id: u64,
    pub tag: String,
    /// What was asked for, as GitHub shows it; the tag says what it is.
    pub target: String,
    pub name: String,
    pub body: String,
    pub draft: bool,
    pub prerelease: bool,
    pub author: UserId,
    pub created_at: Timestamp,
}

impl World {
    /// Creates a tag, as `POST /git/refs` does: lightweight, on a commit.
    ///
    /// # Errors
    /// 422 where there is one of that name, or no such commit.
    pub fn create_tag(&mut self, repo: RepoId, tag: &str, at: &str, by: UserId) -> Result<(), Refusal> {
        let here = self.repo(repo);
        if here.tags.contains_key(tag) {
            return Err(Refusal::new(422, "Reference already exists"));
        }
        let sha = here
            .graph
            .get(at)
            .ok_or_else(|| Refusal::new(422, "Object does not exist"))?
            .sha
            .clone();
        self.repo_mut(repo).tags.insert(tag.to_owned(), sha.clone());
        self.tell(repo, "create", by, |_, repo| {
            json!({
                "ref": tag, "ref_type": "tag", "master_branch": repo.default_branch, "description": repo.description,
                "pusher_type": "user",
            })
        });
        let reference = format!("refs/tags/{tag}");
        self.tell(repo, "push", by, |world, repo| {
            world.ref_push_json(repo, &reference, None, Some(&sha), by)
        });
        Ok(())
    }

    /// Publishes a release, and makes its tag where there is none yet.
    ///
    /// # Errors
    /// 422 where the tag has a release already, or the target is nothing.
    pub fn create_release(&mut self, repo: RepoId, mut release: Release) -> Result<u64, Refusal> {
        let taken = |other: &Release| other.tag == release.tag && !other.draft;
        if self.repo(repo).releases.values().any(taken) {
            return Err(Refusal::invalid("Release", "tag_name", "already_exists", None));
        }
        if !release.draft && !self.repo(repo).tags.contains_key(&release.tag) {
            let sha: Sha = self
                .repo(repo)
                .resolve(&release.target)
                .ok_or_else(|| Refusal::invalid("Release", "target_commitish", "invalid", None))?;
            self.create_tag(repo, &release.tag.clone(), &sha, release.author)?;
        }
        let id = self.next_id();
        release.id = id;
        self.repo_mut(repo).releases.insert(id, release);
        Ok(id)
    }
}
