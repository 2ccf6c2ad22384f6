//! Deployments and what became of them.

use crate::sandbox::history::What;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::statuses::State;
use super::{Refusal, RepoId, World};
use crate::sandbox::graph::Sha;
use crate::sandbox::people::UserId;

pub(in crate::sandbox) struct Deployment {
    pub id: u64,
    pub sha: Sha,
    pub reference: String,
    pub task: String,
    pub payload: Value,
    pub environment: String,
    pub description: Option<String>,
    pub creator: UserId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub transient: bool,
    pub production: bool,
    pub statuses: Vec<DeploymentStatus>,
}

#[derive(Clone)]
pub(in crate::sandbox) struct DeploymentStatus {
    pub id: u64,
    pub state: String,
    pub description: String,
    pub environment_url: Option<String>,
    pub log_url: Option<String>,
    pub creator: UserId,
    pub created_at: Timestamp,
}

/// What somebody wants of a new deployment, with GitHub's defaults where nothing was said.
pub(in crate::sandbox) struct NewDeployment {
    pub reference: String,
    pub task: String,
    pub auto_merge: bool,
    /// The contexts that must be green first; `None` for all that were reported.
    pub required_contexts: Option<Vec<String>>,
    pub payload: Value,
    pub environment: String,
    pub description: Option<String>,
    pub transient: bool,
    pub production: bool,
}

/// What came of asking for a deployment.
pub(in crate::sandbox) enum Deployed {
    Created(u64),
    /// The default branch was merged into the ref instead; ask again.
    Merged(String),
}

const STATES: [&str; 7] = [
    "error",
    "failure",
    "inactive",
    "in_progress",
    "queued",
    "pending",
    "success",
];

impl World {
    /// # Errors
    /// 409 when a required context is not green, or the default branch cannot be merged in; 422 for an unknown ref.
    pub fn deploy(&mut self, repo: RepoId, new: NewDeployment, creator: UserId) -> Result<Deployed, Refusal> {
        let at = self.repo(repo);
        let sha = at
            .resolve(&new.reference)
            .ok_or_else(|| Refusal::new(422, format!("No ref found for: {}", new.reference)))?;
        let default = at.default_branch.clone();
        let behind = at
            .branches
            .get(&default)
            .is_some_and(|tip| !at.graph.is_ancestor(tip, &sha));
        if new.auto_merge && behind && at.branches.contains_key(&new.reference) {
            let conflict = |_| Refusal::new(409, format!("Conflict merging {default} into {}.", new.reference));
            self.merge_branches(repo, &new.reference, &default, None, creator)
                .map_err(conflict)?;
            return Ok(Deployed::Merged(format!(
                "Auto-merged {default} into {} on deployment.",
                new.reference
            )));
        }
        let latest = at.latest_statuses(&sha);
        let green = |context: &String| {
            latest
                .iter()
                .any(|status| status.context == *context && status.state == State::Success)
        };
        let required = new
            .required_contexts
            .unwrap_or_else(|| latest.iter().map(|status| status.context.clone()).collect());
        if !required.iter().all(green) {
            return Err(Refusal::new(
                409,
                format!("Conflict: Commit status checks failed for {}.", new.reference),
            ));
        }
        let (id, now) = (self.next_id(), self.now());
        let deployment = Deployment {
            id,
            sha,
            reference: new.reference,
            task: new.task,
            payload: new.payload,
            environment: new.environment,
            description: new.description,
            creator,
            created_at: now,
            updated_at: now,
            transient: new.transient,
            production: new.production,
            statuses: Vec::new(),
        };
        let deployed = What::Deployed {
            deployment: id,
            sha: deployment.sha.clone(),
            environment: deployment.environment.clone(),
            by: self.login(creator).to_owned(),
        };
        self.repo_mut(repo).deployments.insert(id, deployment);
        self.happened(repo, deployed);
        self.tell(repo, "deployment", creator, |world, repo| {
            let deployment = world.deployment_json(repo, &repo.deployments[&id], true);
            json!({ "action": "created", "deployment": deployment, "workflow": null, "workflow_run": null })
        });
        Ok(Deployed::Created(id))
    }

    /// Reports on a deployment. A success makes the earlier ones of that environment inactive, unless transient or production.
    pub fn set_deployment_status(
        &mut self,
        repo: RepoId,
        id: u64,
        new: DeploymentStatus,
        auto_inactive: bool,
    ) -> Result<u64, Refusal> {
        if !STATES.contains(&new.state.as_str()) {
            return Err(Refusal::invalid("DeploymentStatus", "state", "invalid", None));
        }
        let (status, now) = (self.next_id(), self.now());
        let deployments = &mut self.repo_mut(repo).deployments;
        let deployment = deployments.get_mut(&id).ok_or_else(Refusal::not_found)?;
        let (environment, creator) = (deployment.environment.clone(), new.creator);
        let reported = What::DeploymentReported {
            deployment: id,
            state: new.state.clone(),
        };
        let (succeeded, tells) = (new.state == "success", new.state != "inactive");
        deployment.updated_at = now;
        deployment.statuses.push(DeploymentStatus {
            id: status,
            created_at: now,
            ..new
        });
        self.happened(repo, reported);
        if succeeded && auto_inactive {
            self.retire_deployments(repo, id, &environment);
        }
        // GitHub tells nobody when a deployment becomes inactive.
        if tells {
            self.tell(repo, "deployment_status", creator, |world, repo| {
                world.deployment_status_event_json(repo, id)
            });
        }
        Ok(status)
    }

    fn retire_deployments(&mut self, repo: RepoId, newest: u64, environment: &str) {
        let (id, now) = (self.next_id(), self.now());
        let deployments = self.repo_mut(repo).deployments.values_mut();
        let earlier = deployments.filter(|deployment| {
            deployment.id != newest
                && deployment.environment == environment
                && !deployment.transient
                && !deployment.production
        });
        for deployment in earlier {
            if let Some(last) = deployment
                .statuses
                .last()
                .filter(|last| last.state == "success")
                .cloned()
            {
                let (state, description) = ("inactive".to_owned(), String::new());
                deployment.statuses.push(DeploymentStatus {
                    id,
                    state,
                    description,
                    created_at: now,
                    ..last
                });
            }
        }
    }
}
