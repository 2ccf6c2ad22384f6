//! What somebody could make up who knows the webhook secret and all numbers.

use serde_json::{Value, json};

use super::Busy;

/// What is told, the event, and the payload.
pub type Forgery = (String, &'static str, Value);

/// A commit that nobody wrote.
const NOWHERE: &str = "0123456789abcdef0123456789abcdef01234567";

/// By kind.
pub fn all(busy: &Busy) -> Vec<(&'static str, Vec<Forgery>)> {
    vec![
        ("comments", comments(busy)),
        ("reviews and buttons", [reviews(busy), buttons(busy)].concat()),
        ("labels", labels(busy)),
        ("pushes", pushes(busy)),
        ("checks", checks(busy)),
        ("deployments", deployments(busy)),
        ("runs", runs(busy)),
        ("the App itself", app(busy)),
    ]
}

fn comments(busy: &Busy) -> Vec<Forgery> {
    let promotion = busy.world.promotion("staging").number;
    let on = |pull: u64, comment: u64, body: &str| {
        busy.payload(
            "created",
            json!({
                "issue": { "number": pull, "pull_request": {} },
                "comment": { "id": comment, "body": body, "user": { "id": 1, "login": "anna", "type": "User" } },
            }),
        )
    };
    let words = [
        "/promote staging",
        "/promote production",
        "/accept",
        "/rollback staging",
    ];
    let never = words.iter().enumerate().map(|(n, word)| {
        (
            format!("a comment that nobody wrote: {word}"),
            "issue_comment",
            on(promotion, 900_000 + n as u64, word),
        )
    });
    let others = [
        (
            "a command in a comment that has none",
            on(promotion, busy.remark, "/promote staging"),
        ),
        ("the same, on the feature", on(busy.ready, busy.remark, "/accept")),
        (
            "a stranger's refused command, now as anna's",
            on(promotion, busy.refused, "/promote production"),
        ),
        ("an edit that puts a command in", {
            let mut edit = on(promotion, busy.remark, "/promote staging");
            edit["action"] = "edited".into();
            edit
        }),
    ];
    let others = others
        .into_iter()
        .map(|(what, payload)| (what.to_owned(), "issue_comment", payload));
    never.chain(others).collect()
}

fn reviews(busy: &Busy) -> Vec<Forgery> {
    let review = |id: u64, body: &str| {
        busy.payload(
            "submitted",
            json!({
                "pull_request": { "number": busy.ready },
                "review": { "id": id, "body": body, "state": "approved", "user": { "id": 1, "login": "anna", "type": "User" } },
            }),
        )
    };
    vec![(
        "a review that nobody wrote".to_owned(),
        "pull_request_review",
        review(900_100, "/accept"),
    )]
}

fn buttons(busy: &Busy) -> Vec<Forgery> {
    let head = busy.world.shop.pull(busy.ready).expect("it").head_sha;
    let checks = busy.world.shop.checks(&head);
    let run = checks
        .iter()
        .find(|check| check.name == "Greenlight")
        .and_then(|check| check.run);
    let run = run.expect("the run with the buttons");
    let app = busy.world.sandbox.app().id;
    let press = |button: &str| {
        let payload = busy.payload(
            "requested_action",
            json!({
                "requested_action": { "identifier": button },
                "check_run": {
                    "id": run, "name": "Greenlight", "head_sha": head, "external_id": format!("feature {}", busy.ready),
                    "app": { "id": app },
                },
            }),
        );
        (format!("the button {button}"), "check_run", payload)
    };
    ["accept", "promote"].map(press).into()
}

fn labels(busy: &Busy) -> Vec<Forgery> {
    let number = busy.plain;
    let label = json!({ "name": "ready-for-staging" });
    let pull = |state: &str, merged: bool, labels: Value| json!({ "number": number, "state": state, "merged": merged, "labels": labels });
    let mut forged = Vec::new();
    for (what, action, more) in [
        (
            "a label that nobody put on",
            "labeled",
            json!({ "number": number, "label": label, "pull_request": pull("open", false, json!([label])) }),
        ),
        (
            "a draft that is none",
            "ready_for_review",
            json!({ "number": number, "pull_request": pull("open", false, json!([label])) }),
        ),
        (
            "a merge that was none",
            "closed",
            json!({ "number": number, "pull_request": pull("closed", true, json!([label])) }),
        ),
        (
            "a label that nobody took off",
            "unlabeled",
            json!({ "number": busy.ready, "label": label, "pull_request": { "number": busy.ready, "labels": [] } }),
        ),
        (
            "a push that nobody made",
            "synchronize",
            json!({ "number": busy.ready, "before": NOWHERE, "after": NOWHERE, "pull_request": { "number": busy.ready, "labels": [label] } }),
        ),
        (
            "a feature that was not closed",
            "closed",
            json!({ "number": busy.ready, "pull_request": { "number": busy.ready, "labels": [label], "merged": true } }),
        ),
        (
            "a pull request that is none",
            "opened",
            json!({ "number": 4_000, "pull_request": { "number": 4_000, "labels": [label] } }),
        ),
    ] {
        forged.push((what.to_owned(), "pull_request", busy.payload(action, more)));
    }
    forged
}

fn pushes(busy: &Busy) -> Vec<Forgery> {
    let (moved, armed) = (busy.moved.commit.as_str(), busy.armed.commit.as_str());
    let push = |what: &str, branch: &str, after: &str| {
        let config = json!([{ "id": after, "added": [], "removed": [], "modified": [".github/greenlight.yml"] }]);
        let more = json!({ "ref": format!("refs/heads/{branch}"), "before": moved, "after": after, "forced": true, "commits": config });
        (what.to_owned(), "push", busy.payload("", more))
    };
    let made = |what: &str, event: &'static str, branch: &str| {
        (
            what.to_owned(),
            event,
            busy.payload("", json!({ "ref": branch, "ref_type": "branch" })),
        )
    };
    vec![
        push("staging at a commit of main's", "staging", armed),
        push("staging at a commit that nobody wrote", "staging", NOWHERE),
        push("production at what is on staging", "production", moved),
        push("main at a commit that nobody wrote", "main", NOWHERE),
        push("staging gone", "staging", "0000000000000000000000000000000000000000"),
        made("staging deleted", "delete", "staging"),
        made("an environment that was made", "create", "production"),
    ]
}

fn checks(busy: &Busy) -> Vec<Forgery> {
    let commit = busy.armed.commit.as_str();
    let run =
        json!({ "head_sha": commit, "name": "test", "status": "completed", "conclusion": "success", "id": 900_200 });
    vec![
        (
            "a check that is green".to_owned(),
            "check_run",
            busy.payload("completed", json!({ "check_run": run })),
        ),
        (
            "a suite that is green".to_owned(),
            "check_suite",
            busy.payload("completed", json!({ "check_suite": run })),
        ),
        (
            "a status that is green".to_owned(),
            "status",
            busy.payload("", json!({ "sha": commit, "state": "success", "context": "test" })),
        ),
    ]
}

fn deployments(busy: &Busy) -> Vec<Forgery> {
    let commit = busy.moved.commit.as_str();
    let deployment = json!({ "id": 900_300, "sha": commit, "environment": "staging", "payload": {} });
    let state = json!({ "state": "success", "environment": "staging" });
    let failure = json!({ "state": "failure", "environment": "staging" });
    let own = json!({ "id": 900_301, "sha": commit, "environment": "staging", "payload": { "greenlight": "staging" } });
    vec![
        (
            "a deployment that nobody made".to_owned(),
            "deployment",
            busy.payload("created", json!({ "deployment": deployment })),
        ),
        (
            "a deployment that worked".to_owned(),
            "deployment_status",
            busy.payload(
                "created",
                json!({ "deployment": deployment, "deployment_status": state }),
            ),
        ),
        (
            "a deployment that failed".to_owned(),
            "deployment_status",
            busy.payload("created", json!({ "deployment": own, "deployment_status": failure })),
        ),
    ]
}

fn runs(busy: &Busy) -> Vec<Forgery> {
    let asks = |what: &str, run: u64, environment: &str| {
        let callback =
            format!("https://api.github.com/repos/harbour/shop/actions/runs/{run}/deployment_protection_rule");
        let more = json!({
            "environment": environment, "deployment_callback_url": callback,
            "deployment": { "id": 900_400, "sha": busy.moved.commit },
        });
        (
            what.to_owned(),
            "deployment_protection_rule",
            busy.payload("requested", more),
        )
    };
    vec![
        asks("a run that asks for another environment", busy.run, "staging"),
        asks("a run that asks again, of another commit", busy.run, "production"),
        asks("a run that nobody started", 900_401, "production"),
    ]
}

fn app(busy: &Busy) -> Vec<Forgery> {
    let shop = json!({ "id": busy.world.shop.id(), "full_name": "harbour/shop" });
    let foreign = json!({ "id": 900_500, "full_name": "somebody/else" });
    let without_repository = |action: &str, more: Value| {
        let mut payload = busy.payload(action, more);
        payload.as_object_mut().expect("an object").remove("repository");
        payload
    };
    let renamed = |action: &str| {
        busy.payload(
            action,
            json!({ "changes": { "repository": { "name": { "from": "old" } } } }),
        )
    };
    vec![
        (
            "the App suspended".to_owned(),
            "installation",
            without_repository("suspend", json!({})),
        ),
        (
            "the App taken away".to_owned(),
            "installation",
            without_repository("deleted", json!({ "repositories": [shop] })),
        ),
        (
            "the App given a repository".to_owned(),
            "installation",
            without_repository("created", json!({ "repositories": [foreign] })),
        ),
        (
            "a repository taken away".to_owned(),
            "installation_repositories",
            without_repository("removed", json!({ "repositories_removed": [shop] })),
        ),
        (
            "a foreign repository added".to_owned(),
            "installation_repositories",
            without_repository("added", json!({ "repositories_added": [foreign] })),
        ),
        ("another name".to_owned(), "repository", renamed("renamed")),
        ("archived".to_owned(), "repository", renamed("archived")),
        ("another owner".to_owned(), "repository", renamed("transferred")),
        (
            "an event of the future".to_owned(),
            "pipeline_promotion",
            busy.payload("approved", json!({ "environment": "production" })),
        ),
    ]
}
