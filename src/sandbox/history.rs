//! What happened on the simulated GitHub, in the order in which it happened: nothing is ever changed or taken out of it, so
//! whoever judges a bot afterwards needs no word of the bot's.

use jiff::Timestamp;

use super::graph::Sha;
use super::people::Role;

/// One thing that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Sandbox time, to the millisecond; GitHub itself shows seconds.
    pub at: Timestamp,
    pub repo: u64,
    pub what: What,
}

/// What happened, and by whom: a login, `greenlight[bot]` for the App.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A branch got another value; `None` is "no such branch".
    Moved {
        branch: String,
        before: Option<Sha>,
        after: Option<Sha>,
        by: String,
    },
    Commented {
        comment: u64,
        pull: u64,
        body: String,
        by: String,
    },
    CommentEdited {
        comment: u64,
        pull: u64,
        body: String,
        by: String,
    },
    CommentDeleted {
        comment: u64,
        pull: u64,
    },
    PullOpened {
        pull: u64,
        head: String,
        head_sha: Sha,
        base: String,
        by: String,
    },
    /// Its title, text or base changed.
    PullEdited {
        pull: u64,
        base: String,
        body: String,
        by: String,
    },
    /// The head of an open pull request is another commit now.
    HeadMoved {
        pull: u64,
        head_sha: Sha,
        by: String,
    },
    PullClosed {
        pull: u64,
        by: String,
    },
    PullReopened {
        pull: u64,
        head_sha: Sha,
    },
    /// `head_sha` is what was merged, `commit` what its base is at afterwards.
    PullMerged {
        pull: u64,
        head_sha: Sha,
        commit: Sha,
        by: String,
    },
    /// A commit status, or a check run at its newest. `outcome` is a status's state, a run's conclusion or else its status.
    Checked {
        sha: Sha,
        name: String,
        /// 0 for a status, otherwise the check run's suite.
        suite: u64,
        /// The check run; 0 for a status.
        run: u64,
        outcome: String,
        by: String,
    },
    /// A button of one of the App's check runs was pressed.
    Clicked {
        run: u64,
        sha: Sha,
        identifier: String,
        by: String,
    },
    Labelled {
        pull: u64,
        label: String,
        on: bool,
        by: String,
    },
    /// What a person may do here, directly; `None` for no more than anybody.
    Granted {
        login: String,
        role: Option<Role>,
    },
    Deployed {
        deployment: u64,
        sha: Sha,
        environment: String,
        by: String,
    },
    DeploymentReported {
        deployment: u64,
        state: String,
    },
}
