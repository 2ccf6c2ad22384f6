//! Sets a branch only where it is believed to be: compare and swap, which REST cannot do.
//!
//! GitHub does not document in which words it says that the branch was elsewhere. So whenever it refuses, the branch is
//! looked at, and where it is decides what the refusal means.

use serde_json::json;

use super::error::Complaint;
use super::graphql::{Mutated, Reason};
use super::perform::{Result3, rule_lines};
use super::{Address, Inner};
use crate::rules::effect::{Outcome, Receipt, Refusal};
use crate::rules::id::{BranchName, Sha};

/// Source: <https://docs.github.com/en/graphql/reference/mutations#updaterefs>.
const UPDATE_REFS: &str =
    "mutation SetBranch($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }";

impl Inner {
    /// Sets `branch` to `to` if it is at `before`; wherever `to` lies with `force`, else only forward.
    pub(super) async fn set_branch(
        &self,
        at: &Address,
        branch: &BranchName,
        before: Option<&Sha>,
        to: &Sha,
        force: bool,
    ) -> Result3<Receipt> {
        // Read at this very moment, so that no other repository under the old name is ever written to (G5).
        let Some(repository) = self.node_id(at).await? else {
            return Ok(Err(Outcome::Outdated));
        };
        // "A value of 0000… can be used to verify that the references should not exist."
        let nothing = "0".repeat(to.as_str().len());
        let input = json!({
            "repositoryId": repository,
            "refUpdates": [{
                "name": format!("refs/heads/{branch}"),
                "beforeOid": before.map_or(nothing.as_str(), Sha::as_str),
                "afterOid": to,
                "force": force,
            }],
        });
        let reasons = match self.mutate(at, "updateRefs", UPDATE_REFS, &input).await? {
            Mutated::Done(_) => return Ok(Ok(Receipt::Moved)),
            Mutated::Refused(reasons) => reasons,
        };
        let is_at = self.branch_head(at, branch).await?;
        Ok(if is_at.as_ref() == Some(to) {
            Ok(Receipt::Moved)
        } else if is_at.as_ref() != before {
            Err(Outcome::Outdated)
        } else {
            Err(Outcome::Refused(refusal(&reasons)))
        })
    }
}

/// What a refusal means where the branch is just where it was believed to be.
fn refusal(reasons: &[Reason]) -> Refusal {
    let is = |kinds: &[&str], fragments: &[&str]| reasons.iter().any(|reason| reason.is(kinds, fragments));
    if is(&[], &["workflows permission", "`workflows`"]) {
        return Refusal::WorkflowPermission;
    }
    if reasons.iter().any(Reason::is_permission) {
        return Refusal::PermissionMissing {
            permission: "contents=write".to_owned(),
        };
    }
    if is(&[], &["not a fast forward", "not a fast-forward", "non-fast-forward"]) {
        return Refusal::NotFastForward;
    }
    let complaint = complaint(reasons);
    let rules = ["rule violation", "protected branch", "protected ref", "force-push"];
    match is(&[], &rules) {
        true => Refusal::RuleViolation {
            lines: rule_lines(&complaint),
        },
        false if is(&["NOT_FOUND"], &[]) => Refusal::Missing,
        false => Refusal::Other {
            status: complaint.status,
            message: complaint.message,
        },
    }
}

pub(super) fn complaint(reasons: &[Reason]) -> Complaint {
    let messages: Vec<&str> = reasons.iter().map(|reason| reason.message.as_str()).collect();
    Complaint {
        status: 200,
        message: messages.join("\n"),
        details: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(kind: Option<&str>, message: &str) -> Vec<Reason> {
        vec![Reason {
            kind: kind.map(str::to_owned),
            message: message.to_owned(),
        }]
    }

    #[test]
    fn each_reason_not_to_set_a_branch_is_told_apart() {
        let rule = "Repository rule violations found\n\nCannot force-push to this branch\n\n";
        let cases = [
            (
                Some("FORBIDDEN"),
                "Resource not accessible by integration",
                Refusal::PermissionMissing {
                    permission: "contents=write".to_owned(),
                },
            ),
            (
                None,
                rule,
                Refusal::RuleViolation {
                    lines: vec!["Cannot force-push to this branch".to_owned()],
                },
            ),
            (
                None,
                "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
                Refusal::WorkflowPermission,
            ),
            (
                Some("NOT_FOUND"),
                "Could not resolve to a node with the global id of 'R_1'",
                Refusal::Missing,
            ),
            (None, "Update is not a fast forward", Refusal::NotFastForward),
            (
                Some("UNPROCESSABLE"),
                "Something new.",
                Refusal::Other {
                    status: 200,
                    message: "Something new.".to_owned(),
                },
            ),
        ];
        for (kind, message, expected) in cases {
            assert_eq!(refusal(&reason(kind, message)), expected, "{message}");
        }
    }
}
