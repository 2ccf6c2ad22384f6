//! The judge of webhooks bites where it should, and only there.

use std::path::Path;

use serde_json::{Value, json};

use crate::contract::Contract;
use crate::{passes, refused};

fn promote_comment() -> Value {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/github/promote.webhook.issue_comment.json");
    serde_json::from_slice(&std::fs::read(file).expect("the fixture is there")).expect("the fixture is JSON")
}

fn check(event: &str, payload: &Value) -> Result<(), Vec<String>> {
    Contract::published().check_webhook(event, payload)
}

#[test]
fn a_wrong_a_missing_and_an_invented_field_are_refused() {
    passes(check("issue_comment", &promote_comment()));

    let mut wrong = promote_comment();
    wrong["comment"]["id"] = json!("2872015533");
    assert!(refused(check("issue_comment", &wrong)).contains("/comment/id \"2872015533\" is not of type \"integer\""));

    let mut missing = promote_comment();
    missing["comment"]
        .as_object_mut()
        .expect("it is an object")
        .remove("user");
    assert!(refused(check("issue_comment", &missing)).contains("/comment \"user\" is a required property"));

    let mut invented = promote_comment();
    invented["comment"]["colour"] = json!("green");
    assert!(
        refused(check("issue_comment", &invented)).contains("/comment/colour is not a field that GitHub lists here")
    );
}

#[test]
fn an_unknown_event_and_an_unknown_action_are_refused() {
    assert_eq!(
        refused(check("promotion", &json!({}))),
        "GitHub documents no webhook event `promotion`"
    );
    let mut promoted = promote_comment();
    promoted["action"] = json!("promoted");
    assert_eq!(
        refused(check("issue_comment", &promoted)),
        "GitHub documents no action `promoted` of the webhook event `issue_comment`"
    );
    promoted.as_object_mut().expect("it is an object").remove("action");
    assert_eq!(
        refused(check("issue_comment", &promoted)),
        "a webhook `issue_comment` needs an `action`"
    );
}

#[test]
fn a_delivery_to_an_app_says_for_which_installation_it_is() {
    let mut homeless = promote_comment();
    homeless
        .as_object_mut()
        .expect("it is an object")
        .remove("installation");
    assert!(refused(check("issue_comment", &homeless)).contains("/installation/id is missing"));
}

#[test]
fn the_permission_that_an_event_needs_is_known() {
    let contract = Contract::published();
    for (event, permission) in [
        ("check_run", "checks"),
        ("check_suite", "checks"),
        ("deployment_status", "deployments"),
        ("issue_comment", "issues"),
        ("merge_group", "merge_queues"),
        ("pull_request", "pull_requests"),
        ("push", "contents"),
        ("repository", "metadata"),
        ("status", "statuses"),
        ("team", "members"),
    ] {
        assert_eq!(
            contract.permission_for_event(event),
            Some((permission.to_owned(), "read".to_owned())),
            "{event}"
        );
    }
    for event in ["installation", "installation_repositories", "ping", "promotion"] {
        assert_eq!(contract.permission_for_event(event), None, "{event}");
    }
}
