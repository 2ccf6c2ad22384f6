//! What the page about security promises is true: each test that it names is there, each permission is told, and its ruleset is one that
//! GitHub takes.

use serde_json::{Value, json};

use super::contract::{Contract, Exchange};
use super::{read, top};

fn page() -> String {
    read(&top().join("docs/security.md"))
}

/// The lines of the table under this heading, without its head.
fn table<'p>(page: &'p str, heading: &str) -> Vec<Vec<&'p str>> {
    let (_, rest) = page.split_once(heading).unwrap_or_else(|| panic!("no {heading}"));
    let lines = rest.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<Vec<&str>> = rows
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(
        rows.len() >= 5,
        "{heading} has {} lines: this test reads the wrong place",
        rows.len()
    );
    rows
}

#[test]
fn every_threat_has_its_tests() {
    let page = page();
    for row in table(&page, "## Threat model") {
        let [somebody, _, tests] = row[..] else {
            panic!("three columns, not {row:?}")
        };
        let named: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test for: somebody {somebody}");
        for name in named {
            let (file, test) = name
                .split_once("::")
                .unwrap_or_else(|| panic!("{name} is no file::test"));
            let source = read(&top().join(file));
            let declared = format!("fn {test}(");
            let (before, _) = source
                .split_once(&declared)
                .unwrap_or_else(|| panic!("no test {test} in {file}"));
            let attributes = before.rsplit("\n\n").next().unwrap_or_default();
            assert!(
                attributes.contains("test]") || attributes.contains("test("),
                "{name} is no test"
            );
            assert!(!attributes.contains("#[ignore"), "{name} is never run");
        }
    }
}

#[test]
fn every_permission_is_told_with_its_reason() {
    let page = page();
    let manifest = read(&top().join("app-manifest.yml"));
    let (_, rest) = manifest.split_once("default_permissions:\n").expect("the permissions");
    let (block, _) = rest.split_once("\n\n").expect("an end");
    let asked: Vec<&str> = block
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    let told = table(&page, "## What it may do");
    let told: Vec<&str> = told.iter().map(|row| row[0].trim_matches('`')).collect();
    assert_eq!(told, asked);
}

#[test]
fn the_ruleset_is_one_that_github_takes() {
    let page = page();
    let (_, rest) = page.split_once("```json\n").expect("a ruleset");
    let (text, _) = rest.split_once("```").expect("its end");
    let ruleset: Value = serde_json::from_str(text).expect("JSON");
    let faults = |ruleset: &Value| {
        let exchange = Exchange {
            method: "POST",
            path: "/repos/harbour/shop/rulesets",
            query: "",
            request_body: Some(ruleset),
            status: 422,
            response_body: Some(&json!({ "message": "only what was asked is judged here" })),
        };
        Contract::published()
            .check_exchange(&exchange)
            .err()
            .unwrap_or_default()
    };
    assert_eq!(faults(&ruleset), Vec::<String>::new());
    let mut wrong = ruleset.clone();
    wrong["enforcement"] = "perhaps".into();
    assert_ne!(faults(&wrong), Vec::<String>::new(), "the judge sees what is wrong");
}
