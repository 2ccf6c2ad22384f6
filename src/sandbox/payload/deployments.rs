//! Deployments and their statuses.

use serde_json::{Value, json};

use super::node_id;
use crate::sandbox::clock::stamp;
use crate::sandbox::world::deployments::{Deployment, DeploymentStatus};
use crate::sandbox::world::issues::merge_into;
use crate::sandbox::world::{Repo, World};

impl World {
    /// `deployment`; `hook` for the form of webhooks.
    pub fn deployment_json(&self, repo: &Repo, deployment: &Deployment, hook: bool) -> Value {
        let url = format!("{}/deployments/{}", self.repo_url(repo), deployment.id);
        let via_app = self.is_app(deployment.creator).then(|| self.own_app_json(hook));
        // Webhooks always show an object where the REST answer may show a text.
        let payload = if hook && !deployment.payload.is_object() {
            json!({})
        } else {
            deployment.payload.clone()
        };
        json!({
            "url": url, "id": deployment.id, "node_id": node_id("DE", deployment.id), "sha": deployment.sha,
            "ref": deployment.reference, "task": deployment.task, "payload": payload,
            "original_environment": deployment.environment, "environment": deployment.environment,
            "description": deployment.description, "creator": self.user_json(deployment.creator),
            "created_at": stamp(deployment.created_at), "updated_at": stamp(deployment.updated_at),
            "statuses_url": format!("{url}/statuses"), "repository_url": self.repo_url(repo),
            "transient_environment": deployment.transient, "production_environment": deployment.production,
            "performed_via_github_app": via_app,
        })
    }

    /// `deployment-status`.
    pub fn deployment_status_json(
        &self,
        repo: &Repo,
        deployment: &Deployment,
        status: &DeploymentStatus,
        hook: bool,
    ) -> Value {
        let url = format!("{}/deployments/{}", self.repo_url(repo), deployment.id);
        let page = format!("{}/deployments/{}", self.repo_page(repo), deployment.id);
        let mut json = json!({
            "url": format!("{url}/statuses/{}", status.id), "id": status.id, "node_id": node_id("DES", status.id),
            "state": status.state, "creator": self.user_json(status.creator), "description": status.description,
            "environment": deployment.environment, "target_url": status.log_url.as_ref().unwrap_or(&page),
            "created_at": stamp(status.created_at), "updated_at": stamp(status.created_at), "deployment_url": url,
            "repository_url": self.repo_url(repo), "log_url": status.log_url.as_ref().unwrap_or(&page),
            "performed_via_github_app": self.is_app(status.creator).then(|| self.own_app_json(hook)),
        });
        if let Some(environment_url) = &status.environment_url {
            merge_into(&mut json, json!({ "environment_url": environment_url }));
        }
        json
    }
}
