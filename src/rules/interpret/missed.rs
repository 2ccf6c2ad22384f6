//! What is to be done about a delivery that GitHub logged and that never came: somebody's word is read, of everything else
//! it is enough to look at the repository.

/// What is due for a delivery that was missed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missed {
    /// It holds what GitHub shows nowhere else, or what counts only as it was said: read it.
    Word,
    /// What it told of shows in the repository.
    Look,
    /// Greenlight would not have acted on it.
    Nothing,
}

/// Says what is due. An action that the log does not tell may be any.
pub fn missed(event: &str, action: Option<&str>) -> Missed {
    let only = |acted_on: &str| match action {
        Some(action) if action != acted_on => Missed::Nothing,
        _ => Missed::Word,
    };
    match event {
        "issue_comment" => only("created"),
        "pull_request_review" => only("submitted"),
        // It names the run that asks, and there is no list of those.
        "deployment_protection_rule" => only("requested"),
        "check_run" if action.is_none_or(|action| action == "requested_action") => Missed::Word,
        "installation" | "installation_repositories" => Missed::Word,
        "push" | "create" | "delete" | "status" | "check_run" | "check_suite" | "deployment" | "deployment_status"
        | "pull_request" | "repository" => Missed::Look,
        _ => Missed::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::{Missed, missed};

    #[test]
    fn only_what_somebody_said_is_read() {
        for (event, action, due) in [
            ("issue_comment", Some("created"), Missed::Word),
            ("issue_comment", Some("edited"), Missed::Nothing),
            ("issue_comment", None, Missed::Word),
            ("pull_request_review", Some("submitted"), Missed::Word),
            ("check_run", Some("requested_action"), Missed::Word),
            ("check_run", Some("completed"), Missed::Look),
            ("deployment_protection_rule", Some("requested"), Missed::Word),
            ("push", None, Missed::Look),
            ("star", Some("created"), Missed::Nothing),
        ] {
            assert_eq!(missed(event, action), due, "{event} {action:?}");
        }
    }
}
