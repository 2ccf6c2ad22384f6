//! Deployments as they are made and reported on.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::perform::{Result3, refusal_of};
use super::{Address, Inner};
use crate::rules::deployment::{MARK, NewDeployment, NewStatus};
use crate::rules::effect::{Outcome, Receipt, Refusal};
use crate::rules::id::DeploymentId;

/// GitHub takes no longer description of a status.
const STATUS_CHARS_MAX: usize = 140;

#[derive(Deserialize)]
struct DeploymentBody {
    id: i64,
}

impl Inner {
    pub(super) async fn create_deployment(&self, at: &Address, new: &NewDeployment) -> Result3<Receipt> {
        // Left out, `auto_merge` would merge the default branch, and `required_contexts` would ask for every check again.
        let body = json!({
            "ref": new.commit,
            "environment": new.environment,
            "auto_merge": false,
            "required_contexts": [],
            "payload": { MARK: new.mark },
            "description": new.description,
            "transient_environment": new.transient,
            "production_environment": new.production,
        });
        let written = self.write_below(at, Method::POST, "/deployments", &body).await?;
        if written.answer.status == StatusCode::ACCEPTED || written.answer.status == StatusCode::CONFLICT {
            // 202: it merged something instead of deploying. Neither is to happen by what we send, and looking again would
            // not change it.
            return Ok(Err(Outcome::Refused(Refusal::Other {
                status: written.answer.status.as_u16(),
                message: "GitHub made no deployment".to_owned(),
            })));
        }
        let made = written.read::<DeploymentBody>()?;
        Ok(made.map(|made| Receipt::Deployment {
            id: DeploymentId(made.id),
        }))
    }

    pub(super) async fn report_deployment(
        &self,
        at: &Address,
        deployment: DeploymentId,
        status: &NewStatus,
    ) -> Result3<Receipt> {
        let description: String = status.description.chars().take(STATUS_CHARS_MAX).collect();
        let mut body = json!({ "state": status.state, "description": description });
        for (field, url) in [
            ("environment_url", &status.environment_url),
            ("log_url", &status.log_url),
        ] {
            if let Some(url) = url {
                body[field] = json!(url);
            }
        }
        let path = format!("/deployments/{deployment}/statuses");
        let written = self.write_below(at, Method::POST, &path, &body).await?;
        Ok(match written.answer.status.is_success() {
            true => Ok(Receipt::DeploymentReported),
            false => Err(refusal_of(&written)),
        })
    }
}
