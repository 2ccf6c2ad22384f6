//! What a plan wishes to happen on GitHub, and what can come of it.
//!
//! Every effect carries its own expectation, so that carrying it out a second time changes nothing:
//! a reply is known by a marker, a branch moves only forward and only to one commit, an edit sets a whole text.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::config::MergeMethod;
use super::deployment::{NewDeployment, NewStatus};
use super::id::{
    BranchName, CommentId, DeploymentId, EnvironmentName, IssueNumber, PullNumber, RequestId, RunId, Sha, WorkflowRunId,
};

/// One write to GitHub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Puts 👀 on the comment; GitHub answers the second one with the first.
    Acknowledge { comment: CommentId },
    /// Puts a reaction on the comment in place of a reply; GitHub answers the second one with the first.
    AnswerByReaction { comment: CommentId },
    /// Answers a request by a new comment. The body carries the request's hidden marker, by which it is found after a crash.
    Reply {
        request: RequestId,
        pull: PullNumber,
        body: String,
    },
    /// Sets the whole body of our reply.
    EditReply {
        request: RequestId,
        reply: CommentId,
        body: String,
    },
    /// Fast-forwards an environment's branch, never by force; nothing to do if it is at `to` already.
    /// `read_at` says how old the checks and the branch are on which this was decided.
    MoveBranch {
        environment: EnvironmentName,
        branch: BranchName,
        from: Sha,
        to: Sha,
        read_at: Timestamp,
    },
    /// Merges `commit` into an environment's branch that has commits of its own; nothing to do if it is in there already.
    /// GitHub takes no expectation for the branch, so `from` is only where it was read to be. `read_at` as for `MoveBranch`.
    MergeBranch {
        environment: EnvironmentName,
        branch: BranchName,
        from: Sha,
        commit: Sha,
        message: String,
        read_at: Timestamp,
    },
    /// Makes a commit on top of `on` that has the tree of `of`; no branch is moved by it. Not known by anything on GitHub: one
    /// whose making was cut off is made once more, and the first one is on no branch and does no harm.
    MakeRevert {
        environment: EnvironmentName,
        request: RequestId,
        command: usize,
        on: Sha,
        of: Sha,
        message: String,
    },
    /// Takes an environment's branch back to what ran there before, if it is still at `from`; nothing to do if it is at `to`
    /// already. Once for each command. Without `force` it only moves forward, to a commit that was made for that. `read_at` as for
    /// `MoveBranch`.
    RollBack {
        environment: EnvironmentName,
        request: RequestId,
        command: usize,
        branch: BranchName,
        from: Sha,
        to: Sha,
        #[serde(default = "by_force")]
        force: bool,
        read_at: Timestamp,
    },
    /// Sets a branch, which has to be at `before` until then (`None`: there has to be no such branch); nothing to do if it
    /// is at `to` already. Without `force` it only moves forward.
    SetBranch {
        branch: BranchName,
        before: Option<Sha>,
        to: Sha,
        force: bool,
    },
    /// Opens the standing promotion pull request, which shows `shows`.
    OpenPromotionPull {
        environment: EnvironmentName,
        head: BranchName,
        base: BranchName,
        title: String,
        body: String,
        shows: Sha,
    },
    /// Sets title (unless a person chose it) and body of the promotion pull request.
    EditPromotionPull {
        environment: EnvironmentName,
        pull: PullNumber,
        title: Option<String>,
        body: String,
        shows: Sha,
    },
    /// Closes a promotion pull request that has nothing left, with a body that says why.
    ClosePromotionPull {
        environment: EnvironmentName,
        pull: PullNumber,
        body: String,
    },
    /// Opens the pull request that brings what was put on an environment directly back to mainline. GitHub allows one.
    OpenHotfixPull {
        environment: EnvironmentName,
        head: BranchName,
        base: BranchName,
        title: String,
        body: String,
    },
    /// Sets the description of a pull request of ours.
    DescribePull {
        environment: EnvironmentName,
        pull: PullNumber,
        body: String,
    },
    /// Writes the card of a feature, a new comment where there is none yet; it shows `shows`.
    WriteCard {
        pull: PullNumber,
        card: Option<CommentId>,
        body: String,
        shows: Sha,
    },
    /// Sets the check run with the buttons of a feature, a new one where this head has none yet. It names the feature, by
    /// which it is found after a crash.
    SetButtons {
        pull: PullNumber,
        head: Sha,
        run: Option<RunId>,
        says: ButtonRun,
    },
    /// Merges a feature into mainline, if it is still at `head`. `read_at` as for `MoveBranch`.
    MergePull {
        pull: PullNumber,
        base: BranchName,
        head: Sha,
        method: MergeMethod,
        read_at: Timestamp,
    },
    /// Takes a label off; nothing to do if it is off already.
    RemoveLabel { pull: PullNumber, label: String },
    /// Notes on GitHub that this commit is to run in that environment. It carries a mark, by which it is found after a crash.
    CreateDeployment(NewDeployment),
    /// Reports on a deployment of ours. The same status twice says nothing new.
    ReportDeployment {
        environment: EnvironmentName,
        deployment: DeploymentId,
        status: NewStatus,
    },
    /// Lets a workflow run through into its environment, or refuses it: the final answer. `read_at` as for `MoveBranch`.
    AnswerRun {
        run: WorkflowRunId,
        environment: EnvironmentName,
        round: u32,
        approved: bool,
        comment: String,
        read_at: Timestamp,
    },
    /// Tells a workflow run why it waits. `reason` is the key of that reason, which is reported once.
    ReportToRun {
        run: WorkflowRunId,
        environment: EnvironmentName,
        round: u32,
        reason: String,
        comment: String,
    },
    /// Puts a tag of this name on the commit. GitHub takes each name once.
    MakeTag { tag: String, commit: Sha },
    /// Publishes the release of this commit under its tag. The body carries a hidden marker with the commit.
    MakeRelease { tag: String, commit: Sha, body: String },
    /// Opens the issue that tells developers what a rollback took away. It carries `mark` hidden, by which it is found after a
    /// crash.
    OpenIssue {
        environment: EnvironmentName,
        mark: String,
        title: String,
        body: String,
    },
    /// Opens a pull request that reverts a merged feature. It carries `mark` hidden, as that issue does.
    RevertPull {
        environment: EnvironmentName,
        mark: String,
        pull: PullNumber,
        body: String,
    },
    /// Closes that issue as completed, once all of it is back; `body` is what it says then, `None` where that stays. To close
    /// it twice changes nothing.
    CloseIssue {
        environment: EnvironmentName,
        issue: IssueNumber,
        body: Option<String>,
    },
    /// Opens the welcome pull request: a branch at `on`, on it the proposed file, and the pull request into `base`. Each part is left as
    /// it is where it is there already, and GitHub allows one open pull request from a branch.
    OpenWelcome {
        base: BranchName,
        on: Sha,
        file: String,
        message: String,
        title: String,
        body: String,
        at: Timestamp,
    },
    /// Reports on this commit, by a check run of our own, whether its configuration file is in order.
    ReportConfiguration { commit: Sha, report: Report },
}

/// As all rollbacks went that were begun before there was another way.
fn by_force() -> bool {
    true
}

/// The key of the welcome pull request, of which there is one.
pub const WELCOME_KEY: &str = "welcome";

/// The name of the check run with the buttons. A rule of the repository may require it, so it never changes.
pub const BUTTON_RUN: &str = "Greenlight";

/// The check run of a feature, named [`BUTTON_RUN`]. It is completed whatever it says, because GitHub shows buttons only then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ButtonRun {
    pub conclusion: RunConclusion,
    /// Plain text.
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// At most three.
    pub buttons: Vec<Button>,
    /// Where the card is to be read.
    pub page: String,
}

/// How a run counts where a rule of the repository requires it: only `Success` lets a merge pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunConclusion {
    ActionRequired,
    Success,
    Failure,
}

/// A button within GitHub's limits: 20 characters for the label and the identifier, 40 for the description.
/// Source: "Create a check run", `actions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    pub description: String,
    pub identifier: String,
}

/// What a finished check run says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub passed: bool,
    pub title: String,
    /// Markdown.
    pub summary: String,
    /// Shown beside the lines of the file that they are about.
    pub annotations: Vec<Annotation>,
}

/// A remark on one place of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// Counted from 1.
    pub line: u64,
    /// Counted from 1; `None` for the line as a whole.
    pub column: Option<u64>,
    /// Shown as it stands, not as Markdown.
    pub message: String,
}

impl Effect {
    /// The key of the report on this commit, whatever it says.
    pub fn report_configuration_key(commit: &Sha) -> String {
        format!("report-configuration:{commit}")
    }

    /// The key of the card of this feature, whatever it says.
    pub fn write_card_key(pull: PullNumber) -> String {
        format!("card:{pull}")
    }

    /// The key of the buttons of this feature on this head, whatever they say.
    pub fn set_buttons_key(pull: PullNumber, head: &Sha) -> String {
        format!("buttons:{pull}:{head}")
    }

    /// The key of the rollback that this command asks for.
    pub fn roll_back_key(environment: &EnvironmentName, request: RequestId, command: usize) -> String {
        format!("rollback:{environment}:{request}:{command}")
    }

    /// The key of the commit by which the rollback of this command goes.
    pub fn make_revert_key(environment: &EnvironmentName, request: RequestId, command: usize) -> String {
        format!("revert:{environment}:{request}:{command}")
    }

    /// The key of setting this branch to this commit, wherever it was before.
    pub fn set_branch_key(branch: &BranchName, to: &Sha) -> String {
        format!("set-branch:{branch}:{to}")
    }

    /// The key of the final answer to a workflow run, whatever it says.
    pub fn answer_run_key(run: WorkflowRunId, environment: &EnvironmentName, round: u32) -> String {
        format!("answer-run:{run}:{round}:{environment}")
    }

    /// The key of a report of this reason to a workflow run.
    pub fn report_to_run_key(run: WorkflowRunId, environment: &EnvironmentName, round: u32, reason: &str) -> String {
        format!("report-to-run:{run}:{round}:{environment}:{reason}")
    }

    /// The key of a tag of this name.
    pub fn make_tag_key(tag: &str) -> String {
        format!("tag:{tag}")
    }

    /// The key of the release of this commit, whatever it says.
    pub fn make_release_key(commit: &Sha) -> String {
        format!("release:{commit}")
    }

    /// The key of the issue that carries this mark, whatever it says.
    pub fn open_issue_key(mark: &str) -> String {
        format!("open-issue:{mark}")
    }

    /// The key of the pull request that carries this mark, whatever it says.
    pub fn revert_pull_key(mark: &str) -> String {
        format!("revert:{mark}")
    }

    /// The key of the deployment that carries this mark.
    pub fn create_deployment_key(environment: &str, mark: &str) -> String {
        format!("deploy:{environment}:{mark}")
    }

    /// How old the checks and the branch are on which a move was decided; `None` for what does not rest upon them.
    pub fn read_at(&self) -> Option<Timestamp> {
        match self {
            Self::MoveBranch { read_at, .. }
            | Self::MergeBranch { read_at, .. }
            | Self::RollBack { read_at, .. }
            | Self::MergePull { read_at, .. }
            | Self::AnswerRun { read_at, .. } => Some(*read_at),
            _ => None,
        }
    }

    /// The effect's identity: the same wish has the same key whenever it is planned, and is remembered once under it.
    pub fn key(&self) -> String {
        match self {
            Self::Acknowledge { comment } => format!("acknowledge:{comment}"),
            Self::AnswerByReaction { comment } => format!("answer-by-reaction:{comment}"),
            Self::Reply { request, .. } => format!("reply:{request}"),
            Self::EditReply { request, .. } => format!("edit-reply:{request}"),
            // Two ways to do the same: bring this commit into this environment.
            Self::MoveBranch { environment, to, .. } => format!("move:{environment}:{to}"),
            Self::MergeBranch {
                environment, commit, ..
            } => format!("move:{environment}:{commit}"),
            Self::MakeRevert {
                environment,
                request,
                command,
                ..
            } => Self::make_revert_key(environment, *request, *command),
            Self::RollBack {
                environment,
                request,
                command,
                ..
            } => Self::roll_back_key(environment, *request, *command),
            Self::SetBranch { branch, to, .. } => Self::set_branch_key(branch, to),
            Self::OpenPromotionPull { environment, .. } => format!("open-pull:{environment}"),
            Self::EditPromotionPull { pull, .. } => format!("edit-pull:{pull}"),
            Self::ClosePromotionPull { pull, .. } => format!("close-pull:{pull}"),
            Self::OpenHotfixPull { environment, .. } => format!("hotfix:{environment}"),
            Self::DescribePull { pull, .. } => format!("describe-pull:{pull}"),
            Self::WriteCard { pull, .. } => Self::write_card_key(*pull),
            Self::SetButtons { pull, head, .. } => Self::set_buttons_key(*pull, head),
            Self::MergePull { pull, head, .. } => format!("merge:{pull}:{head}"),
            Self::RemoveLabel { pull, .. } => format!("unlabel:{pull}"),
            Self::CreateDeployment(new) => Self::create_deployment_key(&new.environment, &new.mark),
            Self::ReportDeployment { deployment, status, .. } => {
                format!("deployment-status:{deployment}:{}", status.state.as_str())
            }
            Self::AnswerRun {
                run,
                environment,
                round,
                ..
            } => Self::answer_run_key(*run, environment, *round),
            Self::ReportToRun {
                run,
                environment,
                round,
                reason,
                ..
            } => Self::report_to_run_key(*run, environment, *round, reason),
            Self::MakeTag { tag, .. } => Self::make_tag_key(tag),
            Self::MakeRelease { commit, .. } => Self::make_release_key(commit),
            Self::OpenIssue { mark, .. } => Self::open_issue_key(mark),
            Self::RevertPull { mark, .. } => Self::revert_pull_key(mark),
            Self::CloseIssue { issue, .. } => format!("close-issue:{issue}"),
            Self::OpenWelcome { .. } => WELCOME_KEY.to_owned(),
            Self::ReportConfiguration { commit, .. } => Self::report_configuration_key(commit),
        }
    }
}

/// What came of an effect. Errors that pass by themselves (no connection, 5xx, limits) are not outcomes: the look is tried again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    Done(Receipt),
    /// GitHub will not do it until a person changes something.
    Refused(Refusal),
    /// The world is not as it was when this was planned: look again and decide anew.
    Outdated,
}

/// What GitHub confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    Acknowledged,
    /// The comment that now holds the reply, and GitHub's time of the writing.
    Replied {
        comment: CommentId,
        at: Timestamp,
    },
    /// The branch is at the wanted commit.
    Moved,
    /// This commit was made, and is on no branch.
    Committed {
        commit: Sha,
    },
    /// The branch is at this new merge commit, and was at `before` until then.
    Joined {
        before: Sha,
        commit: Sha,
    },
    /// GitHub's time of the writing, by which later commands are bound to what was shown.
    PullWritten {
        pull: PullNumber,
        at: Timestamp,
    },
    PullClosed,
    /// The comment that holds the card, and GitHub's time of the writing.
    CardWritten {
        comment: CommentId,
        at: Timestamp,
    },
    /// The commit by which the feature is in mainline.
    Merged {
        commit: Sha,
    },
    Unlabelled,
    /// The check run that has the buttons.
    ButtonsSet {
        run: RunId,
    },
    /// The check run is there.
    Reported,
    Tagged,
    /// The page of the release.
    Released {
        url: String,
    },
    IssueOpened {
        issue: IssueNumber,
    },
    IssueClosed,
    /// The pull request that reverts it.
    Reverted {
        pull: PullNumber,
    },
    Deployment {
        id: DeploymentId,
    },
    DeploymentReported,
    /// The workflow run was told.
    RunTold,
    /// The pull request is open; with the commit that has the file, where it was made just now.
    Welcomed {
        pull: PullNumber,
        commit: Option<Sha>,
    },
}

/// Why GitHub refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// `Update is not a fast forward` (422).
    NotFastForward,
    /// A ruleset or branch protection stands in the way; GitHub's own lines.
    RuleViolation { lines: Vec<String> },
    /// The App lacks a permission.
    PermissionMissing { permission: String },
    /// The promotion carries changes of workflow files, for which the App needs `workflows: write`.
    WorkflowPermission,
    /// GitHub cannot merge it: a conflict, a draft, or a reason that it keeps to itself.
    NotMergeable,
    /// The repository does not allow this way of merging.
    MethodNotAllowed,
    /// Mainline takes merges from its merge queue only.
    MergeQueue,
    /// The branch, pull request or comment that was to be written is not there.
    Missing,
    /// Anything else GitHub said with a 4xx, for the operator.
    Other { status: u16, message: String },
}
