//! What is said of deployments: to the product owner in answers, and to developers in GitHub's own list of them.

use super::super::deployment::State;
use super::super::id::{EnvironmentName, Login};
use super::super::stay::MovedBy;

/// What GitHub's list of deployments says of one of ours. Plain text.
pub fn description(moved_by: &MovedBy, environment: &EnvironmentName) -> String {
    match moved_by {
        MovedBy::Promotion { by, .. } => {
            format!("Promoted to {environment} at the word of {}", plain(&by.login))
        }
        MovedBy::Merge { by: Some(by), pull } => {
            format!("Promoted to {environment} by {}, who merged #{pull}", plain(&by.login))
        }
        MovedBy::Merge { by: None, pull } => format!("Promoted to {environment} by the merge of #{pull}"),
        MovedBy::Other | MovedBy::FoundThere => format!("The branch of {environment} was moved by hand"),
    }
}

/// A login where nothing is Markdown: the characters that GitHub allows in one, and nothing else.
fn plain(login: &Login) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    login.as_str().chars().filter(allowed).collect()
}

/// The App lacks the permission; said once.
pub fn may_not_be_noted() -> String {
    "This is not in GitHub's list of deployments, because I may not write there. Nothing else is amiss: the branch was moved. An \
     administrator can grant Greenlight the permission `deployments: write`, and accept it for this repository."
        .to_owned()
}

/// What GitHub's page of a deployment says of our status. Plain text, at most 140 characters.
pub fn status(state: State) -> String {
    let text = match state {
        State::Success => "Its branch was moved, and that counts as running here",
        State::Failure | State::Error => "Its deployment failed",
        State::Inactive => "Another deployment took its place",
        _ => "Its branch was moved; whether it runs is not known yet",
    };
    text.to_owned()
}
