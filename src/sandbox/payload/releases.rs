//! Releases, and tags as refs.

use serde_json::{Value, json};

use super::node_id;
use crate::sandbox::clock::stamp;
use crate::sandbox::graph::Sha;
use crate::sandbox::world::releases::Release;
use crate::sandbox::world::{Repo, World};

impl World {
    /// `release`.
    pub fn release_json(&self, repo: &Repo, release: &Release) -> Value {
        let (url, page, tag) = (self.repo_url(repo), self.repo_page(repo), &release.tag);
        let (own, made) = (format!("{url}/releases/{}", release.id), stamp(release.created_at));
        json!({
            "url": own, "assets_url": format!("{own}/assets"), "upload_url": format!("{own}/assets{{?name,label}}"),
            "html_url": format!("{page}/releases/tag/{tag}"), "id": release.id, "author": self.user_json(release.author),
            "node_id": node_id("RE", release.id), "tag_name": tag, "target_commitish": release.target, "name": release.name,
            "draft": release.draft, "immutable": false, "prerelease": release.prerelease, "created_at": made, "updated_at": made,
            "published_at": (!release.draft).then_some(made), "assets": [], "tarball_url": format!("{url}/tarball/{tag}"),
            "zipball_url": format!("{url}/zipball/{tag}"), "body": release.body,
        })
    }

    /// `git-ref` of a tag.
    pub fn tag_ref_json(&self, repo: &Repo, tag: &str, sha: &Sha) -> Value {
        let url = self.repo_url(repo);
        json!({
            "ref": format!("refs/tags/{tag}"), "node_id": node_id("REF", repo.id), "url": format!("{url}/git/refs/tags/{tag}"),
            "object": { "type": "commit", "sha": sha, "url": format!("{url}/git/commits/{sha}") },
        })
    }
}
