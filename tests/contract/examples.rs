//! GitHub's own recorded payloads are all there, and the judge does not cry wolf over them.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::contract::Contract;

#[test]
fn every_published_example_is_json_and_of_a_named_event() {
    let examples = Contract::published().examples();
    // What @octokit/webhooks-examples 7.6.1 holds. A new pin may change it; a quiet loss must not.
    assert_eq!(examples.len(), 329);
    let events: BTreeSet<&str> = examples.iter().map(|(event, _)| event.as_str()).collect();
    assert_eq!(events.len(), 58);
    for (event, body) in &examples {
        let payload: Value = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{event}: {error}"));
        assert!(payload.is_object(), "{event}");
    }
}

/// Some of the examples are years old and lack fields that came since, so not all of them can pass.
#[test]
fn a_recent_example_of_each_event_that_has_one_passes() {
    let contract = Contract::published();
    let examples = contract.examples();
    for event in [
        "check_run",
        "check_suite",
        "create",
        "delete",
        "deployment",
        "deployment_status",
        "issue_comment",
        "member",
        "membership",
        "repository",
        "team",
    ] {
        let passes = examples.iter().filter(|(name, _)| name == event).any(|(_, body)| {
            let mut payload: Value = serde_json::from_slice(body).expect("the test above has seen that it is JSON");
            payload["installation"] = serde_json::json!({ "id": 1, "node_id": "MDIz" });
            contract.check_webhook(event, &payload).is_ok()
        });
        assert!(passes, "no published example of {event} passes");
    }
}
