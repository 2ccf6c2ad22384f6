//! Carries out effects, and tells GitHub's refusals apart by what a person would have to change.

use http::{Method, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::address::{encoded, encoded_ref, of_repo};
use super::error::{Because, Complaint, GithubError};
use super::reading::permission_of;
use super::reply::{fitting_body, fitting_comment, with_card_marker, with_marker};
use super::report::{CONFIGURATION_RUN, button_run, finished_run};
use super::writing::Written;
use super::{Address, Inner};
use crate::fault::{Fault, planted};
use crate::rules::effect::{ButtonRun, Effect, Outcome, Receipt, Refusal, Report};
use crate::rules::id::{BranchName, CommentId, EnvironmentName, PullNumber, RequestId, RunId, Sha, WorkflowRunId};
use crate::rules::{config, welcome};

#[derive(Deserialize)]
struct CommentBody {
    id: i64,
    updated_at: Timestamp,
}

#[derive(Deserialize)]
struct RunBody {
    id: i64,
}

#[derive(Deserialize)]
struct RefBody {
    object: ObjectBody,
}

#[derive(Deserialize)]
struct ObjectBody {
    sha: Sha,
}

#[derive(Deserialize)]
struct PullBody {
    number: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl CommentBody {
    fn replied(self) -> Receipt {
        Receipt::Replied {
            comment: CommentId(self.id),
            at: self.updated_at,
        }
    }
}

/// What became of a write: GitHub's answer as `T`, or the outcome that a refusal amounts to.
pub(super) type Result3<T> = Result<Result<T, Outcome>, GithubError>;

impl Inner {
    pub(super) async fn perform(&self, at: &Address, effect: &Effect) -> Result<Outcome, GithubError> {
        let receipt = match effect {
            Effect::Acknowledge { comment } => self.react(at, *comment, "eyes").await?,
            // Of GitHub's eight the one that says least of the person.
            Effect::AnswerByReaction { comment } => self.react(at, *comment, "confused").await?,
            Effect::Reply { request, pull, body } => self.reply(at, *request, *pull, body).await?,
            Effect::EditReply { request, reply, body } => self.edit_reply(at, *request, *reply, body).await?,
            Effect::MoveBranch { branch, to, .. } => self.move_branch(at, branch, to).await?,
            Effect::MergeBranch {
                branch,
                commit,
                message,
                ..
            } => self.merge_branch(at, branch, commit, message).await?,
            Effect::MakeRevert { on, of, message, .. } => self.make_revert(at, on, of, message).await?,
            Effect::RollBack {
                branch,
                from,
                to,
                force,
                ..
            } => self.set_branch(at, branch, Some(from), to, *force).await?,
            Effect::SetBranch {
                branch,
                before,
                to,
                force,
            } => self.set_branch(at, branch, before.as_ref(), to, *force).await?,
            Effect::OpenPromotionPull {
                head,
                base,
                title,
                body,
                ..
            } => {
                let text = json!({ "title": title, "head": head, "base": base, "body": fitting_body(body) });
                self.open_pull(at, &text).await?
            }
            Effect::EditPromotionPull { pull, title, body, .. } => {
                let mut text = json!({ "body": fitting_body(body) });
                if let Some(title) = title {
                    text["title"] = Value::from(title.as_str());
                }
                let edited = self.edit_pull(at, *pull, &text).await?;
                edited.map(|answer| Receipt::PullWritten {
                    pull: *pull,
                    at: answer.updated_at,
                })
            }
            Effect::ClosePromotionPull { pull, body, .. } => {
                let text = json!({ "state": "closed", "body": fitting_body(body) });
                let closed = self.edit_pull(at, *pull, &text).await?;
                closed.map(|_| Receipt::PullClosed)
            }
            Effect::OpenHotfixPull {
                head,
                base,
                title,
                body,
                ..
            } => {
                let text = json!({ "title": title, "head": head, "base": base, "body": fitting_body(body) });
                self.open_pull(at, &text).await?
            }
            Effect::DescribePull { pull, body, .. } => {
                let edited = self
                    .edit_pull(at, *pull, &json!({ "body": fitting_body(body) }))
                    .await?;
                edited.map(|answer| Receipt::PullWritten {
                    pull: *pull,
                    at: answer.updated_at,
                })
            }
            Effect::WriteCard { pull, card, body, .. } => self.write_card(at, *pull, *card, body).await?,
            Effect::MergePull { pull, head, method, .. } => self.merge_pull(at, *pull, head, *method).await?,
            Effect::SetButtons { pull, head, run, says } => self.set_buttons(at, *pull, head, *run, says).await?,
            Effect::RemoveLabel { pull, label } => self.remove_label(at, *pull, label).await?,
            Effect::CreateDeployment(new) => self.create_deployment(at, new).await?,
            Effect::ReportDeployment { deployment, status, .. } => {
                self.report_deployment(at, *deployment, status).await?
            }
            Effect::AnswerRun {
                run,
                environment,
                approved,
                comment,
                ..
            } => {
                let state = if *approved { "approved" } else { "rejected" };
                self.tell_run(at, *run, environment, Some(state), comment).await?
            }
            Effect::ReportToRun {
                run,
                environment,
                comment,
                ..
            } => self.tell_run(at, *run, environment, None, comment).await?,
            Effect::MakeTag { tag, commit } => self.make_tag(at, tag, commit).await?,
            Effect::MakeRelease { tag, commit, body } => self.make_release(at, tag, commit, body).await?,
            Effect::OpenIssue { mark, title, body, .. } => self.open_issue(at, mark, title, body).await?,
            Effect::RevertPull { mark, pull, body, .. } => self.revert_pull(at, mark, *pull, body).await?,
            Effect::CloseIssue { issue, body, .. } => self.close_issue(at, *issue, body.as_deref()).await?,
            Effect::OpenWelcome {
                base,
                on,
                file,
                message,
                title,
                body,
                ..
            } => {
                let text = json!({ "title": title, "head": welcome::BRANCH, "base": base, "body": fitting_body(body) });
                self.open_welcome(at, on, file, message, &text).await?
            }
            Effect::ReportConfiguration { commit, report } => self.report_configuration(at, commit, report).await?,
        };
        let outcome = receipt.map_or_else(|other| other, Outcome::Done);
        match &outcome {
            Outcome::Refused(refusal) => tracing::warn!(?refusal, "GitHub refuses an effect"),
            Outcome::Outdated => tracing::info!("an effect came too late"),
            Outcome::Done(_) => tracing::debug!("an effect is done"),
        }
        Ok(outcome)
    }

    /// 201 for the first 👀, 200 for every further one.
    async fn react(&self, at: &Address, comment: CommentId, content: &str) -> Result3<Receipt> {
        let path = format!("/issues/comments/{comment}/reactions");
        let written = self
            .write_below(at, Method::POST, &path, &json!({ "content": content }))
            .await?;
        Ok(match written.answer.status.is_success() {
            true => Ok(Receipt::Acknowledged),
            false => Err(refusal_of(&written)),
        })
    }

    async fn reply(&self, at: &Address, request: RequestId, pull: PullNumber, text: &str) -> Result3<Receipt> {
        let body = json!({ "body": with_marker(text, request) });
        let written = self
            .write_below(at, Method::POST, &format!("/issues/{pull}/comments"), &body)
            .await?;
        Ok(written.read::<CommentBody>()?.map(CommentBody::replied))
    }

    async fn edit_reply(&self, at: &Address, request: RequestId, reply: CommentId, text: &str) -> Result3<Receipt> {
        let body = json!({ "body": with_marker(text, request) });
        let written = self
            .write_below(at, Method::PATCH, &format!("/issues/comments/{reply}"), &body)
            .await?;
        Ok(written.read::<CommentBody>()?.map(CommentBody::replied))
    }

    async fn write_card(
        &self,
        at: &Address,
        pull: PullNumber,
        card: Option<CommentId>,
        text: &str,
    ) -> Result3<Receipt> {
        let body = json!({ "body": with_card_marker(text) });
        let written = match card {
            Some(card) => {
                let path = format!("/issues/comments/{card}");
                self.write_below(at, Method::PATCH, &path, &body).await?
            }
            None => {
                let path = format!("/issues/{pull}/comments");
                self.write_below(at, Method::POST, &path, &body).await?
            }
        };
        let comment = written.read::<CommentBody>()?;
        Ok(comment.map(|comment| Receipt::CardWritten {
            comment: CommentId(comment.id),
            at: comment.updated_at,
        }))
    }

    async fn remove_label(&self, at: &Address, pull: PullNumber, label: &str) -> Result3<Receipt> {
        let path = format!("/issues/{pull}/labels/{}", encoded(label));
        let written = self.write_below(at, Method::DELETE, &path, &Value::Null).await?;
        // 404: it is off already.
        Ok(match written.answer.status {
            status if status.is_success() || status == StatusCode::NOT_FOUND => Ok(Receipt::Unlabelled),
            _ => Err(refusal_of(&written)),
        })
    }

    async fn move_branch(&self, at: &Address, branch: &BranchName, to: &Sha) -> Result3<Receipt> {
        let path = format!("/git/refs/heads/{}", encoded_ref(branch.as_str()));
        let written = self
            .write_below(
                at,
                Method::PATCH,
                &path,
                &json!({ "sha": to, "force": planted(Fault::ForceMove) }),
            )
            .await?;
        Ok(match written.read::<RefBody>()? {
            Ok(moved) if moved.object.sha == *to => Ok(Receipt::Moved),
            // Somebody was quicker.
            Ok(_) => Err(Outcome::Outdated),
            Err(_) => Err(refusal_to_move(&written)),
        })
    }

    pub(super) async fn open_pull(&self, at: &Address, text: &Value) -> Result3<Receipt> {
        let written = self.write_below(at, Method::POST, "/pulls", text).await?;
        Ok(match written.read::<PullBody>()? {
            Ok(pull) => Ok(Receipt::PullWritten {
                pull: PullNumber(pull.number),
                at: pull.created_at,
            }),
            Err(_) => Err(refusal_to_open(&written)),
        })
    }

    async fn edit_pull(&self, at: &Address, pull: PullNumber, text: &Value) -> Result3<PullBody> {
        self.write_below(at, Method::PATCH, &format!("/pulls/{pull}"), text)
            .await?
            .read()
    }

    async fn report_configuration(&self, at: &Address, commit: &Sha, report: &Report) -> Result3<Receipt> {
        let run = finished_run(CONFIGURATION_RUN, config::PATH, commit, report);
        let written = self.write_below(at, Method::POST, "/check-runs", &run).await?;
        Ok(match written.answer.status.is_success() {
            true => Ok(Receipt::Reported),
            false => Err(refusal_of(&written)),
        })
    }

    /// Without a state it is a report, and the run waits on.
    async fn tell_run(
        &self,
        at: &Address,
        run: WorkflowRunId,
        environment: &EnvironmentName,
        state: Option<&str>,
        comment: &str,
    ) -> Result3<Receipt> {
        let mut body = json!({ "environment_name": environment, "comment": fitting_comment(comment) });
        if let Some(state) = state {
            body["state"] = Value::from(state);
        }
        let path = format!("/actions/runs/{run}/deployment_protection_rule");
        let written = self.write_below(at, Method::POST, &path, &body).await?;
        Ok(match written.answer.status.is_success() {
            true => Ok(Receipt::RunTold),
            false => Err(refusal_of(&written)),
        })
    }

    /// A run of another commit cannot be moved to this one, so the head is named only when it is made.
    async fn set_buttons(
        &self,
        at: &Address,
        pull: PullNumber,
        head: &Sha,
        run: Option<RunId>,
        says: &ButtonRun,
    ) -> Result3<Receipt> {
        let mut body = button_run(pull, says);
        let written = match run {
            Some(run) => {
                let path = format!("/check-runs/{run}");
                self.write_below(at, Method::PATCH, &path, &body).await?
            }
            None => {
                body["head_sha"] = json!(head);
                self.write_below(at, Method::POST, "/check-runs", &body).await?
            }
        };
        let answer = written.read::<RunBody>()?;
        Ok(answer.map(|answer| Receipt::ButtonsSet { run: RunId(answer.id) }))
    }

    pub(super) async fn write_below(
        &self,
        at: &Address,
        method: Method,
        rest: &str,
        body: &Value,
    ) -> Result<Written, GithubError> {
        self.write(at.installation, method, &of_repo(&at.name, rest), body)
            .await
    }
}

impl Written {
    /// GitHub's answer to a success, or the outcome that its refusal amounts to.
    ///
    /// # Errors
    /// [`GithubError::OutcomeUnknown`] if GitHub says that it was done, in words that we cannot read: look before doing more.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result3<T> {
        if !self.answer.status.is_success() {
            return Ok(Err(refusal_of(self)));
        }
        let read = serde_json::from_slice(&self.answer.body).map_err(|error| GithubError::OutcomeUnknown {
            action: self.action.clone(),
            source: Box::new(Because(format!("its answer cannot be read: {error}"))),
        });
        read.map(Ok)
    }
}

/// Refusals that mean the same whatever was to be written.
pub(super) fn refusal_of(written: &Written) -> Outcome {
    let complaint = Complaint::of(&written.answer);
    if complaint.says(&["workflows permission", "`workflows`"]) {
        return Outcome::Refused(Refusal::WorkflowPermission);
    }
    match written.answer.status {
        // Renamed since the look; the next look finds the new name.
        status if status.is_redirection() => Outcome::Outdated,
        StatusCode::CONFLICT => Outcome::Outdated,
        StatusCode::NOT_FOUND | StatusCode::GONE => Outcome::Refused(Refusal::Missing),
        StatusCode::FORBIDDEN if complaint.says(&["not accessible by integration"]) => {
            Outcome::Refused(Refusal::PermissionMissing {
                permission: permission_of(&written.answer),
            })
        }
        status => Outcome::Refused(Refusal::Other {
            status: status.as_u16(),
            message: complaint.words(),
        }),
    }
}

/// GitHub words these refusals and does not number them, and no document lists the words; so they are matched loosely.
pub(super) fn refusal_to_move(written: &Written) -> Outcome {
    let complaint = Complaint::of(&written.answer);
    if complaint.says(&["not a fast forward", "not a fast-forward", "non-fast-forward"]) {
        return Outcome::Refused(Refusal::NotFastForward);
    }
    if complaint.says(&["reference does not exist"]) {
        return Outcome::Refused(Refusal::Missing);
    }
    let is_rule = complaint.says(&[
        "rule violation",
        "protected branch",
        "protected ref",
        "through a pull request",
        "required status check",
    ]);
    match refusal_of(written) {
        Outcome::Refused(Refusal::Other { .. }) if is_rule => Outcome::Refused(Refusal::RuleViolation {
            lines: rule_lines(&complaint),
        }),
        other => other,
    }
}

/// GitHub's own lines without the headline; the headline where there is nothing else.
pub(super) fn rule_lines(complaint: &Complaint) -> Vec<String> {
    let details = complaint.details.iter().flat_map(|detail| detail.message.lines());
    let lines = complaint.message.lines().chain(details);
    let lines = lines
        .map(|line| line.trim().trim_start_matches(['-', '*', ' ']))
        .filter(|line| !line.is_empty());
    let (headlines, rules): (Vec<&str>, Vec<&str>) =
        lines.partition(|line| line.to_lowercase().contains("rule violations found"));
    let told = if rules.is_empty() { headlines } else { rules };
    told.into_iter().map(str::to_owned).collect()
}

fn refusal_to_open(written: &Written) -> Outcome {
    let complaint = Complaint::of(&written.answer);
    // Nothing is left to promote, or another one opened it: either way the next look sees it.
    if complaint.says(&["no commits between", "already exists"]) {
        return Outcome::Outdated;
    }
    let lacks_branch =
        |detail: &super::error::Detail| detail.code == "invalid" && matches!(detail.field.as_str(), "head" | "base");
    if complaint.details.iter().any(lacks_branch) {
        return Outcome::Refused(Refusal::Missing);
    }
    refusal_of(written)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::super::transport::Answer;
    use super::{Outcome, Refusal, Written, refusal_to_move, refusal_to_open};

    fn refused(status: u16, body: &str) -> Written {
        Written {
            action: "PATCH /repos/harbour/shop/git/refs/heads/staging".to_owned(),
            answer: Answer {
                status: StatusCode::from_u16(status).unwrap(),
                headers: HeaderMap::new(),
                body: Bytes::from(body.to_owned()),
            },
        }
    }

    fn why_not_moved(status: u16, message: &str) -> Outcome {
        refusal_to_move(&refused(status, &serde_json::json!({ "message": message }).to_string()))
    }

    #[test]
    fn each_reason_not_to_move_a_branch_is_told_apart() {
        let violation = "Repository rule violations found\n\nChanges must be made through a pull request.\n\n";
        let cases = [
            (422, "Update is not a fast forward", Refusal::NotFastForward),
            (422, "Reference does not exist", Refusal::Missing),
            (404, "Not Found", Refusal::Missing),
            (
                422,
                violation,
                Refusal::RuleViolation {
                    lines: vec!["Changes must be made through a pull request.".to_owned()],
                },
            ),
            (
                403,
                "refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission",
                Refusal::WorkflowPermission,
            ),
            (
                403,
                "Resource not accessible by integration",
                Refusal::PermissionMissing {
                    permission: "that GitHub did not name".to_owned(),
                },
            ),
            (
                422,
                "Object does not exist",
                Refusal::Other {
                    status: 422,
                    message: "Object does not exist".to_owned(),
                },
            ),
        ];
        for (status, message, refusal) in cases {
            assert_eq!(why_not_moved(status, message), Outcome::Refused(refusal), "{message}");
        }
        assert_eq!(why_not_moved(409, "Conflict"), Outcome::Outdated);
    }

    #[test]
    fn a_pull_request_that_is_not_needed_any_more_is_no_refusal() {
        let details = |detail: &str| {
            refused(
                422,
                &format!(r#"{{"message":"Validation Failed","errors":[{detail}]}}"#),
            )
        };
        let none_left = r#"{"resource":"PullRequest","code":"custom","message":"No commits between staging and main"}"#;
        assert_eq!(refusal_to_open(&details(none_left)), Outcome::Outdated);
        let there_already = r#"{"code":"custom","message":"A pull request already exists for harbour:main."}"#;
        assert_eq!(refusal_to_open(&details(there_already)), Outcome::Outdated);
        let no_branch = r#"{"resource":"PullRequest","field":"base","code":"invalid"}"#;
        assert_eq!(refusal_to_open(&details(no_branch)), Outcome::Refused(Refusal::Missing));
    }
}
