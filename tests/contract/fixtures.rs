//! Every file in `fixtures/` is what GitHub could have sent, by GitHub's own description of itself.
//!
//! A fixture says by its name what it is: `STORY.webhook.EVENT.json` is a delivery's body, `STORY.commit-status.json`
//! and `STORY.check-runs.json` are the answers about a commit.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::contract::{Contract, Exchange};
use crate::passes;

#[test]
fn every_fixture_is_what_github_could_have_sent() {
    let files = json_files(&fixtures());
    let faults: Vec<String> = files
        .iter()
        .filter_map(|file| {
            check(file)
                .err()
                .map(|faults| format!("{}\n  {}", file.display(), faults.join("\n  ")))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_fixture_is_told_in_the_readme() {
    let readme = fs::read_to_string(fixtures().join("README.md")).expect("fixtures/README.md is there");
    let named = |file: &PathBuf| {
        file.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| readme.contains(&format!("`{name}`")))
    };
    let untold: Vec<PathBuf> = json_files(&fixtures())
        .into_iter()
        .filter(|file| !named(file))
        .collect();
    assert_eq!(
        untold,
        Vec::<PathBuf>::new(),
        "say in fixtures/README.md what these are for"
    );
}

#[test]
fn each_ci_system_has_its_answers_and_its_webhooks() {
    for (folder, kinds) in [
        ("circleci", ["commit-status.json", "webhook.status.json"].as_slice()),
        ("semaphore", &["commit-status.json", "webhook.status.json"]),
        (
            "github-actions",
            &[
                "commit-status.json",
                "check-runs.json",
                "webhook.check_run.json",
                "webhook.check_suite.json",
            ],
        ),
    ] {
        let files = json_files(&fixtures().join(folder));
        for kind in kinds {
            let found = files
                .iter()
                .any(|file| file.to_string_lossy().ends_with(&format!(".{kind}")));
            assert!(found, "fixtures/{folder} has no {kind}");
        }
    }
}

#[test]
fn a_fixture_with_one_wrong_field_would_be_found() {
    let file = fixtures().join("circleci/green.commit-status.json");
    let mut body = read(&file);
    body["statuses"][0]["state"] = Value::from(1);
    let faults = crate::refused(check_answer("/repos/local-orbit/shop/commits/main/status", &body));
    assert!(faults.contains("/statuses/0/state"), "{faults}");
    passes(check(&file));
}

fn check(file: &Path) -> Result<(), Vec<String>> {
    let body = read(file);
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match name.split('.').collect::<Vec<_>>().as_slice() {
        [_, "webhook", event, "json"] => Contract::published().check_webhook(event, &body),
        [_, "commit-status", "json"] => check_answer("/repos/local-orbit/shop/commits/main/status", &body),
        [_, "check-runs", "json"] => check_answer("/repos/local-orbit/shop/commits/main/check-runs", &body),
        _ => Err(vec!["the name does not say what this is".to_owned()]),
    }
}

fn check_answer(path: &str, body: &Value) -> Result<(), Vec<String>> {
    let exchange = Exchange {
        method: "GET",
        path,
        query: "per_page=100",
        request_body: None,
        status: 200,
        response_body: Some(body),
    };
    Contract::published().check_exchange(&exchange)
}

fn read(file: &Path) -> Value {
    let bytes = fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

fn json_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("a folder of ours can be read to its end").path();
        if path.is_dir() {
            found.extend(json_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
    found
}
