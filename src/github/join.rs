//! Merges a commit into an environment's branch that has commits of its own.
//!
//! `POST /merges` takes no expectation for the branch. So what the new commit's parents are is read from GitHub's answer:
//! whatever came in between, it is a merge of the commit that was asked for.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::error::{Because, GithubError};
use super::perform::{Result3, refusal_to_move};
use super::writing::Written;
use super::{Address, Inner};
use crate::rules::effect::{Outcome, Receipt, Refusal};
use crate::rules::id::{BranchName, Sha};

#[derive(Deserialize)]
struct JoinedBody {
    sha: Sha,
    parents: Vec<ParentBody>,
}

#[derive(Deserialize)]
struct ParentBody {
    sha: Sha,
}

impl Inner {
    /// Merges `commit` into `branch`. 204, "nothing to merge", means that it came in since the branch was read: look anew.
    pub(super) async fn merge_branch(
        &self,
        at: &Address,
        branch: &BranchName,
        commit: &Sha,
        message: &str,
    ) -> Result3<Receipt> {
        let wish = json!({ "base": branch, "head": commit, "commit_message": message });
        let written = self.write_below(at, Method::POST, "/merges", &wish).await?;
        match written.answer.status {
            StatusCode::CREATED => joined(&written, commit).map(Ok),
            StatusCode::NO_CONTENT => Ok(Err(Outcome::Outdated)),
            _ => Ok(Err(refusal_to_join(&written))),
        }
    }
}

fn joined(written: &Written, commit: &Sha) -> Result<Receipt, GithubError> {
    let unknown = |because: String| GithubError::OutcomeUnknown {
        action: written.action.clone(),
        source: Box::new(Because(because)),
    };
    let made: JoinedBody = serde_json::from_slice(&written.answer.body)
        .map_err(|error| unknown(format!("its answer cannot be read: {error}")))?;
    match made.parents.as_slice() {
        [before, merged] if merged.sha == *commit => Ok(Receipt::Joined {
            before: before.sha.clone(),
            commit: made.sha,
        }),
        _ => Err(unknown(
            "the new commit is no merge of the one that was asked for".to_owned(),
        )),
    }
}

fn refusal_to_join(written: &Written) -> Outcome {
    match written.answer.status {
        StatusCode::CONFLICT => Outcome::Refused(Refusal::NotMergeable),
        _ => refusal_to_move(written),
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::super::transport::Answer;
    use super::*;

    fn answered(status: u16, body: &str) -> Written {
        Written {
            action: "POST /repos/harbour/shop/merges".to_owned(),
            answer: Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::from(body.to_owned()),
            },
        }
    }

    #[test]
    fn where_the_branch_was_is_told_by_the_new_commit() {
        let [before, commit, made] = ["a", "b", "c"].map(|digit| Sha::parse(&digit.repeat(40)).unwrap());
        let body = json!({ "sha": made, "parents": [{ "sha": before }, { "sha": commit }] }).to_string();
        let receipt = joined(&answered(201, &body), &commit).unwrap();
        assert_eq!(receipt, Receipt::Joined { before, commit: made });
        let other = Sha::parse(&"d".repeat(40)).unwrap();
        assert!(matches!(
            joined(&answered(201, &body), &other),
            Err(GithubError::OutcomeUnknown { .. })
        ));
    }

    #[test]
    fn each_reason_not_to_merge_into_a_branch_is_told_apart() {
        for (status, message, refusal) in [
            (409, "Merge conflict", Refusal::NotMergeable),
            (404, "Base does not exist", Refusal::Missing),
            (
                403,
                "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
                Refusal::WorkflowPermission,
            ),
        ] {
            let body = json!({ "message": message }).to_string();
            assert_eq!(
                refusal_to_join(&answered(status, &body)),
                Outcome::Refused(refusal),
                "{message}"
            );
        }
    }
}
