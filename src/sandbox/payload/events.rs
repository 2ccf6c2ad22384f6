//! Webhook payloads that are more than an object and an action.

use serde_json::{Value, json};

use super::commits;
use crate::sandbox::clock::stamp;
use crate::sandbox::deliveries::HOOK_ID;
use crate::sandbox::graph::Sha;
use crate::sandbox::people::UserId;
use crate::sandbox::world::refs::NOTHING;
use crate::sandbox::world::{Repo, RepoId, World};

/// A push lists at most this many commits.
const PUSHED_COMMITS_MAX: usize = 2048;

impl World {
    /// Tells the App about something in a repository, if it is installed there and wants to know. `build` makes what is particular
    /// to the event; repository, organization, installation and sender are added here.
    pub fn tell(&mut self, repo: RepoId, event: &str, by: UserId, build: impl FnOnce(&World, &Repo) -> Value) {
        let installation = self.installation_on(repo).map(|installation| installation.id);
        if installation.is_none() || !self.is_told(event, installation) {
            return;
        }
        let at = self.repo(repo);
        let mut payload = build(self, at);
        payload["repository"] = self.hook_repo_json(at);
        payload["sender"] = self.user_json(by);
        if let Some(organization) = self.organization_json(at) {
            payload["organization"] = organization;
        }
        if let Some(id) = installation {
            payload["installation"] =
                json!({ "id": id, "node_id": super::node_id("MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u", id) });
        }
        self.send(event, installation, Some(repo), payload);
    }

    pub fn push_json(&self, repo: &Repo, branch: &str, before: Option<&Sha>, after: Option<&Sha>, by: UserId) -> Value {
        self.ref_push_json(repo, &format!("refs/heads/{branch}"), before, after, by)
    }

    /// The same of any ref.
    pub fn ref_push_json(
        &self,
        repo: &Repo,
        reference: &str,
        before: Option<&Sha>,
        after: Option<&Sha>,
        by: UserId,
    ) -> Value {
        let page = self.repo_page(repo);
        let new = match (before, after) {
            (_, None) => Vec::new(),
            (Some(before), Some(after)) => repo.graph.between(before, after),
            (None, Some(after)) => {
                let known = repo
                    .branches
                    .get(&repo.default_branch)
                    .filter(|_| reference != format!("refs/heads/{}", repo.default_branch));
                repo.graph.between(known.map_or("", String::as_str), after)
            }
        };
        let skipped = new.len().saturating_sub(PUSHED_COMMITS_MAX);
        let forced = before
            .zip(after)
            .is_some_and(|(before, after)| !repo.graph.is_ancestor(before, after));
        let short = |sha: Option<&Sha>| sha.map_or(NOTHING, String::as_str)[..12].to_owned();
        let pusher = self.signature(by);
        json!({
            "ref": reference, "before": before.map_or(NOTHING, String::as_str),
            "after": after.map_or(NOTHING, String::as_str), "created": before.is_none(), "deleted": after.is_none(), "forced": forced,
            "base_ref": null, "compare": format!("{page}/compare/{}...{}", short(before), short(after)),
            "commits": new.iter().skip(skipped).map(|commit| commits::pushed_commit_json(&page, repo, commit)).collect::<Vec<_>>(),
            "head_commit": after.and_then(|sha| repo.graph.get(sha)).map(|commit| commits::pushed_commit_json(&page, repo, commit)),
            "pusher": { "name": self.login(by), "email": pusher.email },
        })
    }

    /// The newest status of a commit, as an event.
    pub fn status_event_json(&self, repo: &Repo, sha: &Sha) -> Value {
        let Some(status) = repo.statuses_of(sha).next() else {
            return json!({});
        };
        let containing = repo
            .branches
            .iter()
            .filter(|(_, tip)| repo.graph.is_ancestor(sha, tip))
            .take(10);
        json!({
            "id": status.id, "sha": sha, "name": repo.full_name, "avatar_url": format!("{}/avatars/u/{}", self.url, status.creator),
            "target_url": status.target_url, "context": status.context, "description": status.description,
            "state": status.state.name(), "commit": self.commit_json(repo, sha, false),
            "branches": containing.map(|(name, tip)| self.short_branch_json(repo, name, tip)).collect::<Vec<_>>(),
            "created_at": stamp(status.created_at), "updated_at": stamp(status.created_at),
        })
    }

    pub fn deployment_status_event_json(&self, repo: &Repo, deployment: u64) -> Value {
        let deployment = &repo.deployments[&deployment];
        let status = deployment
            .statuses
            .last()
            .map(|status| self.deployment_status_json(repo, deployment, status, true));
        json!({ "action": "created", "deployment_status": status, "deployment": self.deployment_json(repo, deployment, true) })
    }

    /// What GitHub sends when a webhook is set up.
    pub fn ping_json(&self) -> Value {
        let registered = stamp(self.app.registered_at);
        let url = format!("{}/app/hook", self.api());
        let config = json!({
            "content_type": "json", "insecure_ssl": "0", "secret": "********",
            "url": self.outbox.hook().map_or("", |hook| hook.url.as_str()),
        });
        json!({
            "zen": "Keep it logically awesome.", "hook_id": HOOK_ID,
            "hook": {
                "type": "App", "id": HOOK_ID, "name": "web", "active": true, "app_id": self.app.id, "events": self.app.events,
                "config": config, "updated_at": registered, "created_at": registered, "url": url,
                "ping_url": format!("{url}/pings"), "deliveries_url": format!("{url}/deliveries"),
            },
        })
    }
}
