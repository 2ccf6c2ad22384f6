//! What a delivery tells: which question about the repository it raises, and nothing more.
//!
//! I1 A payload is a hint. What is read here only says where to look; no name, permission or commit in it is believed.
//! I2 Every authentic delivery has a meaning or a reason for having none: none is an error.
//! I3 Unknown events, unknown actions and missing fields are ignored with a reason, because GitHub adds them without notice.

mod heard;
mod missed;
mod payload;
mod urgency;

use super::command;
use super::config;
use super::deployment;
use super::form::{self, Form};
use super::id::{
    BranchName, CommentId, DeploymentId, EnvironmentName, InstallationId, Login, PullNumber, RepoId, RepoName,
    ReviewId, Sha, WorkflowRunId,
};
pub use heard::Heard;
pub use missed::{Missed, missed};
use payload::{Comment, Payload, Pushed, Repository};
pub use urgency::{Urgency, urgency};

/// One delivery's meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// A new comment on a pull request holds what looks like commands. With the body as it was delivered, so that an
    /// edit made before GitHub was asked is noticed.
    Comment { comment: CommentId, body: String },
    /// The summary of a new review holds what looks like commands; with the summary as it was delivered.
    Review {
        pull: PullNumber,
        review: ReviewId,
        body: String,
    },
    /// Somebody is said to have pressed a button of ours. GitHub is asked for its own copy of this very delivery.
    Click,
    /// Somebody sent a form of the board. This alone is believed as it stands: it was put into the inbox by ourselves.
    Form(Box<Form>),
    /// A branch was pushed, made or deleted; `at` is its new tip, and `configuration` the last of the pushed commits that
    /// wrote the configuration file.
    Branch {
        branch: BranchName,
        at: Option<Sha>,
        configuration: Option<Sha>,
    },
    /// A status or check run of this commit changed.
    Checks(Sha),
    /// A deployment of this commit was made, or reported on. `elsewhere`: somebody else made it, as far as the delivery tells.
    Deployment { commit: Sha, elsewhere: bool },
    /// A pull request changed: opened, closed, pushed to, renamed.
    Pull(PullNumber),
    /// The same, of one that carries a label or has just lost one; `pushed_by` is a hint, for words only.
    Labelled { pull: PullNumber, pushed_by: Option<Login> },
    /// GitHub asks whether a workflow run may deploy into an environment. `deployment` tells this question from an earlier one.
    Question {
        run: WorkflowRunId,
        environment: EnvironmentName,
        deployment: Option<DeploymentId>,
    },
    /// The repository itself changed: its name, its default branch, its visibility.
    Repository,
    /// The App was given these repositories, or all that the installation tells.
    Installed {
        installation: InstallationId,
        repositories: Vec<(RepoId, RepoName)>,
    },
    /// The App was taken away from these repositories; from all of the account when `repositories` is `None`.
    Removed {
        installation: InstallationId,
        repositories: Option<Vec<RepoId>>,
    },
    /// A delivery that never came, known from GitHub's log alone: whatever it told shows in the repository.
    Unread,
    /// Nothing that Greenlight acts on; says why.
    Nothing(String),
}

impl News {
    /// Machines make them, often by the hundred; or nothing follows from them.
    pub fn can_wait(&self) -> bool {
        matches!(
            self,
            Self::Checks(_) | Self::Deployment { .. } | Self::Unread | Self::Nothing(_)
        )
    }
}

/// Says what a delivery of `event` tells. `body` is the raw JSON, already known to be authentic; empty if it was never read.
pub fn interpret(event: &str, body: &[u8]) -> News {
    if body.is_empty() {
        return News::Unread;
    }
    if event == form::EVENT {
        return board(body);
    }
    let payload: Payload = match serde_json::from_slice(body) {
        Ok(payload) => payload,
        Err(error) => return News::Nothing(format!("the payload of `{event}` has an unexpected shape: {error}")),
    };
    match event {
        "issue_comment" => comment(payload),
        "pull_request_review" => review(payload),
        "push" => push(payload),
        "create" | "delete" => branch_made_or_deleted(payload),
        "status" => checks(payload.sha),
        "check_run" => check_run(payload),
        "check_suite" => checks(payload.check_suite.and_then(|suite| suite.head_sha)),
        "deployment" | "deployment_status" => deployment(payload),
        "pull_request" => pull_request(payload),
        "deployment_protection_rule" => question(payload),
        "repository" => repository(payload),
        "installation" => installation(payload),
        "installation_repositories" => installation_repositories(payload),
        "ping" => nothing("a ping: the webhook works"),
        other => News::Nothing(format!("Greenlight does not act on `{other}`")),
    }
}

fn board(body: &[u8]) -> News {
    match serde_json::from_slice(body) {
        Ok(form) => News::Form(Box::new(form)),
        Err(error) => News::Nothing(format!("a form of the board that another version wrote: {error}")),
    }
}

fn nothing(why: &str) -> News {
    News::Nothing(why.to_owned())
}

fn other_action(event: &str, payload: &Payload) -> News {
    let action = payload.action.as_deref().unwrap_or("none");
    News::Nothing(format!(
        "Greenlight does not act on `{event}` with the action `{action}`"
    ))
}

/// Only a newly created comment counts: people with enough rights can edit what others wrote.
fn comment(payload: Payload) -> News {
    if payload.action.as_deref() != Some("created") {
        return other_action("issue_comment", &payload);
    }
    if payload.issue.as_ref().is_none_or(|issue| issue.pull_request.is_none()) {
        return nothing("the comment is on an issue, not on a pull request");
    }
    if is_by_bot(&payload) {
        return nothing("the comment was written by a bot");
    }
    match payload.comment {
        Some(Comment {
            id: Some(id),
            body: Some(body),
        }) if command::mentions_command(&body) => News::Comment {
            comment: CommentId(id),
            body,
        },
        Some(Comment { id: Some(_), .. }) => nothing("the comment holds no command"),
        _ => nothing("the comment has no id"),
    }
}

/// As for comments. A review that was edited is no new word, and one without a command says nothing to us: an approval is
/// a developer's word on the code, not an owner's on the feature.
fn review(payload: Payload) -> News {
    if payload.action.as_deref() != Some("submitted") {
        return other_action("pull_request_review", &payload);
    }
    if is_by_bot(&payload) {
        return nothing("the review was written by a bot");
    }
    let number = payload.pull_request.and_then(|pull| pull.number);
    match (number, payload.review) {
        (
            Some(number),
            Some(Comment {
                id: Some(id),
                body: Some(body),
            }),
        ) if command::mentions_command(&body) => News::Review {
            pull: PullNumber(number),
            review: ReviewId(id),
            body,
        },
        (_, Some(Comment { id: Some(_), .. })) => nothing("the review's summary holds no command"),
        _ => nothing("the review has no id"),
    }
}

/// GitHub tells only the App whose check run it is that somebody pressed a button.
fn check_run(payload: Payload) -> News {
    match payload.action.as_deref() {
        Some("requested_action") if is_by_bot(&payload) => nothing("the button was pressed by a bot"),
        Some("requested_action") => News::Click,
        _ => checks(payload.check_run.and_then(|run| run.head_sha)),
    }
}

fn is_by_bot(payload: &Payload) -> bool {
    let sender = payload.sender.as_ref();
    sender.is_some_and(|sender| sender.kind.as_deref() == Some("Bot"))
}

fn push(payload: Payload) -> News {
    let branch = payload
        .git_ref
        .as_deref()
        .and_then(|name| name.strip_prefix("refs/heads/"));
    match branch {
        // `after` is 40 zeros when the branch was deleted, which is no commit.
        Some(branch) => News::Branch {
            branch: branch.into(),
            at: payload.after.as_deref().and_then(Sha::parse),
            configuration: payload.commits.as_deref().and_then(configuration_commit),
        },
        None => nothing("a tag was pushed, not a branch"),
    }
}

/// Of the commits in the order they were pushed, the last that names the file; none if that one removed it.
fn configuration_commit(commits: &[Pushed]) -> Option<Sha> {
    let holds = |paths: &Option<Vec<String>>| paths.iter().flatten().any(|path| path == config::PATH);
    let last = commits.iter().rfind(|commit| {
        [&commit.added, &commit.modified, &commit.removed]
            .into_iter()
            .any(holds)
    })?;
    let is_written = holds(&last.added) || holds(&last.modified);
    is_written.then(|| Sha::parse(last.id.as_deref()?)).flatten()
}

fn branch_made_or_deleted(payload: Payload) -> News {
    match (payload.ref_type.as_deref(), payload.git_ref) {
        (Some("branch"), Some(branch)) => News::Branch {
            branch: BranchName(branch),
            at: None,
            configuration: None,
        },
        _ => nothing("a tag was made or deleted, not a branch"),
    }
}

fn checks(sha: Option<String>) -> News {
    match sha.as_deref().and_then(Sha::parse) {
        Some(commit) => News::Checks(commit),
        None => nothing("the check names no commit"),
    }
}

/// Whether it is ours shows by the mark that we put on it; anybody could do so, and would only keep us from a look.
fn deployment(payload: Payload) -> News {
    let Some(deployment) = payload.deployment else {
        return nothing("the deployment is not told");
    };
    match deployment.sha.as_deref().and_then(Sha::parse) {
        Some(commit) => News::Deployment {
            commit,
            elsewhere: deployment.payload.as_ref().and_then(deployment::mark_of).is_none(),
        },
        None => nothing("the deployment names no commit"),
    }
}

fn pull_request(payload: Payload) -> News {
    if let Some(news) = labelled(&payload) {
        return news;
    }
    let counts = matches!(
        payload.action.as_deref(),
        Some("opened" | "reopened" | "closed" | "edited" | "synchronize")
    );
    // What a bot opens or rewrites is mostly our own writing, coming back; what it closes or merges is news all the same.
    let by_bot = is_by_bot(&payload);
    let written = matches!(payload.action.as_deref(), Some("opened" | "edited"));
    match payload.number {
        Some(_) if written && by_bot => nothing("the pull request was written by a bot"),
        Some(number) if counts => News::Pull(PullNumber(number)),
        _ => other_action("pull_request", &payload),
    }
}

/// Labels make features, so what carries none is no feature; which label counts, the configuration says.
fn labelled(payload: &Payload) -> Option<News> {
    let action = payload.action.as_deref()?;
    let about_labels = matches!(action, "labeled" | "unlabeled");
    let about_state = matches!(
        action,
        "opened" | "reopened" | "closed" | "edited" | "synchronize" | "ready_for_review" | "converted_to_draft"
    );
    let has_labels = payload
        .pull_request
        .as_ref()
        .and_then(|pull| pull.labels.as_ref())
        .is_some_and(|labels| !labels.is_empty());
    let is_it = about_labels || (about_state && has_labels);
    let login = payload.sender.as_ref().and_then(|sender| sender.login.clone());
    let pushed_by = login.filter(|_| action == "synchronize").map(Login);
    payload.number.filter(|_| is_it).map(|number| News::Labelled {
        pull: PullNumber(number),
        pushed_by,
    })
}

/// The payload names the run only by the address at which an answer is taken.
fn question(payload: Payload) -> News {
    if payload.action.as_deref() != Some("requested") {
        return other_action("deployment_protection_rule", &payload);
    }
    let run = payload.deployment_callback_url.as_deref().and_then(run_in);
    let deployment = payload.deployment.and_then(|deployment| deployment.id);
    match (run, payload.environment) {
        (Some(run), Some(environment)) if is_a_name(&environment) => News::Question {
            run,
            environment: EnvironmentName(environment),
            deployment: deployment.map(DeploymentId),
        },
        _ => nothing("the question about a deployment names no run or no environment"),
    }
}

/// `…/actions/runs/123/deployment_protection_rule`.
fn run_in(address: &str) -> Option<WorkflowRunId> {
    let (_, rest) = address.split_once("/actions/runs/")?;
    let digits = rest.split('/').next()?;
    digits.parse().ok().filter(|id| *id > 0).map(WorkflowRunId)
}

/// GitHub's limit for the name of an environment.
fn is_a_name(environment: &str) -> bool {
    !environment.is_empty() && environment.chars().count() <= 255
}

fn repository(payload: Payload) -> News {
    let counts = matches!(
        payload.action.as_deref(),
        Some(
            "renamed" | "transferred" | "edited" | "archived" | "unarchived" | "privatized" | "publicized" | "deleted"
        )
    );
    if counts {
        News::Repository
    } else {
        other_action("repository", &payload)
    }
}

fn installation(payload: Payload) -> News {
    let Some(id) = payload.installation.as_ref().and_then(|installation| installation.id) else {
        return nothing("the installation has no id");
    };
    let installation = InstallationId(id);
    match payload.action.as_deref() {
        Some("created" | "unsuspend" | "new_permissions_accepted") => News::Installed {
            installation,
            repositories: named(payload.repositories),
        },
        Some("deleted" | "suspend") => News::Removed {
            installation,
            repositories: None,
        },
        _ => other_action("installation", &payload),
    }
}

fn installation_repositories(payload: Payload) -> News {
    let Some(id) = payload.installation.as_ref().and_then(|installation| installation.id) else {
        return nothing("the installation has no id");
    };
    let installation = InstallationId(id);
    match payload.action.as_deref() {
        Some("added") => News::Installed {
            installation,
            repositories: named(payload.repositories_added),
        },
        Some("removed") => {
            let gone = named(payload.repositories_removed)
                .into_iter()
                .map(|(id, _)| id)
                .collect();
            News::Removed {
                installation,
                repositories: Some(gone),
            }
        }
        _ => other_action("installation_repositories", &payload),
    }
}

fn named(repositories: Option<Vec<Repository>>) -> Vec<(RepoId, RepoName)> {
    let readable = |repo: Repository| Some((RepoId(repo.id?), RepoName::parse(&repo.full_name?)?));
    repositories
        .unwrap_or_default()
        .into_iter()
        .filter_map(readable)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comment_by(kind: &str, action: &str, body: &str) -> News {
        let payload = serde_json::json!({
            "action": action, "sender": {"type": kind, "login": "anna"},
            "issue": {"number": 7, "pull_request": {}}, "comment": {"id": 5_000_000_000_i64, "body": body},
        });
        interpret("issue_comment", payload.to_string().as_bytes())
    }

    #[test]
    fn a_new_comment_with_a_command_is_to_be_read_from_github() {
        let news = comment_by("User", "created", "fine\n/promote staging");
        assert_eq!(
            news,
            News::Comment {
                comment: CommentId(5_000_000_000),
                body: "fine\n/promote staging".into()
            }
        );
    }

    #[test]
    fn edits_bots_plain_talk_and_issues_are_ignored_with_a_reason() {
        for news in [
            comment_by("User", "edited", "/promote staging"),
            comment_by("Bot", "created", "/promote staging"),
            comment_by("User", "created", "looks good to me"),
            interpret(
                "issue_comment",
                br#"{"action":"created","issue":{"number":7},"comment":{"id":1,"body":"/help"}}"#,
            ),
            interpret("star", br#"{"action":"created"}"#),
            interpret("pull_request", br#"{"action":"stacked","number":4}"#),
            interpret(
                "pull_request",
                br#"{"action":"edited","number":4,"sender":{"type":"Bot"}}"#,
            ),
            interpret("push", br#"{"ref":"refs/tags/v1"}"#),
            interpret("status", br#"{"sha":"short"}"#),
            interpret("check_run", br#"{"check_run":"not an object"}"#),
        ] {
            assert!(matches!(&news, News::Nothing(why) if !why.is_empty()), "{news:?}");
        }
    }

    #[test]
    fn a_run_that_asks_is_named_by_the_address_for_answers_only() {
        let asks =
            include_bytes!("../../fixtures/github-actions/asks-to-deploy.webhook.deployment_protection_rule.json");
        let news = interpret("deployment_protection_rule", asks);
        assert_eq!(
            news,
            News::Question {
                run: WorkflowRunId(19_583_310_442),
                environment: EnvironmentName::from("staging"),
                deployment: Some(DeploymentId(2_417_706_392)),
            }
        );
        let elsewhere = |address: &str| {
            let payload = serde_json::json!({
                "action": "requested", "environment": "staging", "deployment_callback_url": address,
            });
            interpret("deployment_protection_rule", payload.to_string().as_bytes())
        };
        for address in [
            "",
            "/actions/runs/",
            "/actions/runs/x/y",
            "/actions/runs/-1/y",
            "/runs/7/deployment_protection_rule",
        ] {
            assert!(matches!(elsewhere(address), News::Nothing(_)), "{address:?}");
        }
    }

    #[test]
    fn a_deleted_branch_has_no_tip() {
        let body = br#"{"ref":"refs/heads/staging","after":"0000000000000000000000000000000000000000"}"#;
        assert_eq!(
            interpret("push", body),
            News::Branch {
                branch: "staging".into(),
                at: None,
                configuration: None,
            }
        );
    }

    #[test]
    fn the_last_pushed_commit_that_wrote_the_configuration_is_named() {
        let last_writer = |touched: [&str; 3]| {
            let commits: Vec<_> = ["a", "b", "c"]
                .iter()
                .zip(touched)
                .map(|(digit, how)| {
                    let path = if how == "other" { "README.md" } else { config::PATH };
                    serde_json::json!({"id": digit.repeat(40), how.replace("other", "modified"): [path]})
                })
                .collect();
            let payload = serde_json::json!({"ref": "refs/heads/x", "after": "c".repeat(40), "commits": commits});
            match interpret("push", payload.to_string().as_bytes()) {
                News::Branch { configuration, .. } => configuration.map(|sha| sha.as_str()[..1].to_owned()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(last_writer(["added", "modified", "other"]).as_deref(), Some("b"));
        assert_eq!(last_writer(["other", "added", "removed"]), None);
        assert_eq!(last_writer(["removed", "other", "added"]).as_deref(), Some("c"));
        assert_eq!(last_writer(["other", "other", "other"]), None);
    }

    #[test]
    fn an_installation_names_its_repositories() {
        let body =
            br#"{"action":"added","installation":{"id":9},"repositories_added":[{"id":3,"full_name":"a/b"},{"id":4}]}"#;
        let repositories = vec![(RepoId(3), RepoName::parse("a/b").expect("two parts"))];
        assert_eq!(
            interpret("installation_repositories", body),
            News::Installed {
                installation: InstallationId(9),
                repositories
            }
        );
    }
}
