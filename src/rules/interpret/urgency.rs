//! How long a delivery may wait for a look: somebody's word for nothing, a storm of checks for a few seconds.

/// In rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// What machines report, often by the hundred: looked at at once when all was quiet, and a few seconds apart in a storm.
    Patient,
    /// What people do: looked at at once, unless GitHub is in trouble.
    News,
    /// Somebody waits for an answer: tried at once even while an earlier look is being repeated after an error.
    Word,
}

/// Says how urgent a delivery is. A payload is a hint here, too: who forges one gains or loses some seconds.
pub fn urgency(event: &str, action: Option<&str>, by_bot: bool) -> Urgency {
    match (event, action) {
        // What we write ourselves comes back as a delivery.
        ("issue_comment" | "pull_request_review", _) | ("pull_request", Some("opened" | "edited")) if by_bot => {
            Urgency::Patient
        }
        ("issue_comment", Some("created"))
        | ("pull_request_review", Some("submitted"))
        | ("check_run", Some("requested_action")) => Urgency::Word,
        (
            "pull_request"
            | "push"
            | "create"
            | "delete"
            | "repository"
            | "deployment_protection_rule"
            | "installation"
            | "installation_repositories",
            _,
        ) => Urgency::News,
        _ => Urgency::Patient,
    }
}

#[cfg(test)]
mod tests {
    use super::{Urgency, urgency};

    #[test]
    fn people_come_before_machines() {
        assert_eq!(urgency("issue_comment", Some("created"), false), Urgency::Word);
        assert_eq!(urgency("check_run", Some("requested_action"), false), Urgency::Word);
        assert_eq!(
            urgency("issue_comment", Some("created"), true),
            Urgency::Patient,
            "our own reply"
        );
        assert_eq!(urgency("pull_request", Some("closed"), true), Urgency::News);
        assert_eq!(urgency("pull_request", Some("labeled"), false), Urgency::News);
        for event in [
            "check_run",
            "check_suite",
            "status",
            "deployment",
            "deployment_status",
            "star",
        ] {
            assert_eq!(urgency(event, Some("completed"), false), Urgency::Patient, "{event}");
        }
    }
}
