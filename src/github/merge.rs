//! Merges a feature, and tells apart why GitHub does not.
//!
//! GitHub answers most refusals to merge with a 405 and a sentence, and numbers none of them. Source of the sentences:
//! bots that meet them daily; so they are matched loosely, and an unknown one is told as it is.

use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::json;

use super::error::Complaint;
use super::perform::{Result3, refusal_of, rule_lines};
use super::writing::Written;
use super::{Address, Inner};
use crate::fault::{Fault, planted};
use crate::rules::config::MergeMethod;
use crate::rules::effect::{Outcome, Receipt, Refusal};
use crate::rules::id::{PullNumber, Sha};

#[derive(Deserialize)]
struct MergedBody {
    sha: Sha,
}

impl Inner {
    /// Merges a pull request if its head is still `head`.
    pub(super) async fn merge_pull(
        &self,
        at: &Address,
        pull: PullNumber,
        head: &Sha,
        method: MergeMethod,
    ) -> Result3<Receipt> {
        let wish = match planted(Fault::MergeWithoutHead) {
            true => json!({ "merge_method": method }),
            false => json!({ "sha": head, "merge_method": method }),
        };
        let path = format!("/pulls/{pull}/merge");
        let written = self.write_below(at, Method::PUT, &path, &wish).await?;
        match written.read::<MergedBody>()? {
            Ok(merged) => Ok(Ok(Receipt::Merged { commit: merged.sha })),
            Err(_) => Ok(Err(refusal_to_merge(&written))),
        }
    }
}

fn refusal_to_merge(written: &Written) -> Outcome {
    let complaint = Complaint::of(&written.answer);
    let passing = [
        "base branch was modified",
        "merge already in progress",
        "head branch was modified",
    ];
    if complaint.says(&passing) {
        return Outcome::Outdated;
    }
    if complaint.says(&["merge queue"]) {
        return Outcome::Refused(Refusal::MergeQueue);
    }
    if complaint.says(&[
        "not allowed on this repository",
        "merges are not allowed",
        "merge method",
    ]) {
        return Outcome::Refused(Refusal::MethodNotAllowed);
    }
    let general = refusal_of(written);
    let is_policy = matches!(
        written.answer.status,
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::UNPROCESSABLE_ENTITY
    );
    match general {
        Outcome::Refused(Refusal::Other { .. }) if complaint.says(&["not mergeable", "still a draft", "conflict"]) => {
            Outcome::Refused(Refusal::NotMergeable)
        }
        Outcome::Refused(Refusal::Other { .. }) if is_policy => Outcome::Refused(Refusal::RuleViolation {
            lines: rule_lines(&complaint),
        }),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderMap;

    use super::super::transport::Answer;
    use super::*;

    #[test]
    fn each_reason_not_to_merge_is_told_apart() {
        let rule = |line: &str| {
            Outcome::Refused(Refusal::RuleViolation {
                lines: vec![line.to_owned()],
            })
        };
        let refused = Outcome::Refused;
        for (status, message, outcome) in [
            (405, "Pull Request is not mergeable", refused(Refusal::NotMergeable)),
            (405, "Pull Request is still a draft", refused(Refusal::NotMergeable)),
            (
                405,
                "Base branch was modified. Review and try the merge again.",
                Outcome::Outdated,
            ),
            (405, "Merge already in progress", Outcome::Outdated),
            (
                409,
                "Head branch was modified. Review and try the merge again.",
                Outcome::Outdated,
            ),
            (
                405,
                "Squash merges are not allowed on this repository.",
                refused(Refusal::MethodNotAllowed),
            ),
            (
                405,
                "Changes must be made through the merge queue",
                refused(Refusal::MergeQueue),
            ),
            (
                405,
                "At least 1 approving review is required by reviewers with write access.",
                rule("At least 1 approving review is required by reviewers with write access."),
            ),
            (
                405,
                "Repository rule violations found\n\nRequired status check \"e2e\" is expected.\n\n",
                rule("Required status check \"e2e\" is expected."),
            ),
            (
                403,
                "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
                refused(Refusal::WorkflowPermission),
            ),
            (404, "Not Found", refused(Refusal::Missing)),
        ] {
            let written = Written {
                action: "PUT /repos/harbour/shop/pulls/1/merge".to_owned(),
                answer: Answer {
                    status: StatusCode::from_u16(status).expect("a status"),
                    headers: HeaderMap::new(),
                    body: Bytes::from(json!({ "message": message }).to_string()),
                },
            };
            assert_eq!(refusal_to_merge(&written), outcome, "{message}");
        }
    }
}
