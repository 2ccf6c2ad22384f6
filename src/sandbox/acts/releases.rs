//! Tags and releases, as people make and see them.

use super::Repository;
use crate::sandbox::graph::Sha;
use crate::sandbox::world::Refusal;

/// A release, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseView {
    pub tag: String,
    /// What the tag is on.
    pub commit: Option<Sha>,
    pub name: String,
    pub body: String,
    pub author: String,
}

impl Repository {
    /// Tags a commit.
    pub fn tag(&self, login: &str, tag: &str, sha: &str) -> Result<(), Refusal> {
        self.by(login, |world, repo, user| world.create_tag(repo, tag, sha, user))
    }

    /// Every tag with its commit, by name.
    pub fn tags(&self) -> Vec<(String, Sha)> {
        let world = self.github.world();
        world.repo(self.id).tags.clone().into_iter().collect()
    }

    /// Every release, oldest first.
    pub fn releases(&self) -> Vec<ReleaseView> {
        let world = self.github.world();
        let at = world.repo(self.id);
        let view = |release: &crate::sandbox::world::releases::Release| ReleaseView {
            tag: release.tag.clone(),
            commit: at.tags.get(&release.tag).cloned(),
            name: release.name.clone(),
            body: release.body.clone(),
            author: world.login(release.author).to_owned(),
        };
        at.releases.values().map(view).collect()
    }
}
