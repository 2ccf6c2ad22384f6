//! The schema for editors against the code that reads the file: neither knows a key that the other does not, and an editor
//! never marks what Greenlight takes.

use std::sync::LazyLock;

use greenlight::rules::config::{parse, schema::schema};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

static VALIDATOR: LazyLock<Validator> =
    LazyLock::new(|| jsonschema::draft7::new(&schema()).expect("a schema of draft 7"));

/// JSON is YAML, so one value is both: what the schema sees and what is parsed.
fn parses(value: &Value) -> bool {
    parse(&value.to_string()).is_ok()
}

#[test]
fn it_is_a_schema() {
    assert!(jsonschema::draft7::meta::is_valid(&schema()));
}

#[test]
fn it_marks_the_slips_that_it_can_see() {
    let environment = |more: Value| {
        let mut one = json!({ "name": "staging" });
        one.as_object_mut()
            .expect("keys")
            .extend(more.as_object().expect("keys").clone());
        json!({ "environments": [one] })
    };
    let slips = [
        json!("text"),
        json!({ "owner": ["anna"] }),
        json!({ "owners": "anna" }),
        json!({ "owners": [] }),
        json!({ "owners": [12] }),
        json!({ "owners": ["role:owner"] }),
        json!({ "owners": ["local-orbit/product"] }),
        json!({ "ready_label": "" }),
        json!({ "ready_label": " ready" }),
        json!({ "acceptance": "of" }),
        json!({ "acceptance": false }),
        json!({ "merge_method": "sqash" }),
        json!({ "timezone": 1 }),
        json!({ "armed_for": "1w" }),
        json!({ "armed_for": 24 }),
        json!({ "environments": [] }),
        json!({ "environments": ["staging"] }),
        json!({ "environments": [{ "branch": "staging" }] }),
        json!({ "environments": (0..21).map(|n| json!({ "name": format!("e{n}") })).collect::<Vec<_>>() }),
        environment(json!({ "name": "Staging" })),
        environment(json!({ "branch": "refs/heads/staging" })),
        environment(json!({ "branch": "a b" })),
        environment(json!({ "url": "staging.example.com" })),
        environment(json!({ "url": "https://user:secret@example.com" })),
        environment(json!({ "check": "auto" })),
        environment(json!({ "checks": "atuo" })),
        environment(json!({ "checks": [] })),
        environment(json!({ "strategy": "rebase" })),
        environment(json!({ "deployed_when": "push" })),
        environment(json!({ "deployed_when": {} })),
        environment(json!({ "soak": "half an hour" })),
        environment(json!({ "windows": ["moon 09:00-10:00"] })),
        environment(json!({ "windows": "mon 09:00-10:00" })),
        json!({ "previews": [{ "name": "dev-1", "colour": "red" }] }),
    ];
    for slip in slips {
        assert!(!VALIDATOR.is_valid(&slip), "not marked: {slip}");
        assert!(!parses(&slip), "a slip that is none: {slip}");
    }
}

/// Each key with values that may stand there and values that look like them.
fn value_of(key: &str) -> BoxedStrategy<Value> {
    let values = match key {
        "owners" => json!([
            ["anna"],
            ["@anna", "@org/team.x"],
            ["role:write"],
            ["a_b"],
            [],
            "anna",
            ["a b"],
            ["@org/"],
            null
        ]),
        "ready_label" => json!(["ready", "ready for staging", "é", "", " x", 1, null]),
        "acceptance" => json!(["required", "off", "on", false]),
        "merge_method" => json!(["merge", "squash", "rebase", "Squash"]),
        "timezone" => json!(["UTC", "Europe/Berlin", "europe/berlin", "Mars", "", 1]),
        "armed_for" => json!(["10m", "30d", "0000024h", "9m", "24", 24, "1h30m"]),
        "name" => json!([
            "staging",
            "production",
            "0",
            "a-_",
            "A",
            "",
            "_a",
            "a".repeat(40),
            "a".repeat(41)
        ]),
        "branch" => json!([
            "staging",
            "deploy/x",
            "ünder",
            "@",
            "a@b",
            "a..b",
            "refs/heads/a",
            "a b",
            "x{y",
            "a".repeat(244)
        ]),
        "url" => json!([
            "https://a.example",
            "http://a:1/b?c=d#e",
            "HTTPS://a",
            "https://a/(x)",
            "https://u@a",
            "a",
            "https://[::1]/",
            "https://a/@b"
        ]),
        "checks" => json!([
            "auto",
            "none",
            ["e2e", "ci/circleci: *"],
            ["*"],
            [],
            "all",
            [" e2e"],
            null
        ]),
        "strategy" => json!(["fast-forward", "merge", "ff"]),
        "deployed_when" => json!(["pushed", "deployment", { "checks": ["a"] }, {}, "push"]),
        "soak" => json!(["30m", "1m", "30", null]),
        "windows" => json!([
            ["mon-thu 09:00-16:00"],
            ["MON,wed,fri  00:00-24:00"],
            ["mon 9:00-10:00"],
            [],
            "mon"
        ]),
        other => json!([["unknown"], other]),
    };
    let Value::Array(values) = values else {
        unreachable!("a list")
    };
    prop::sample::select(values).boxed()
}

/// Some of these keys, each with some value.
fn keys(names: &'static [&'static str]) -> BoxedStrategy<Value> {
    let some = prop::sample::subsequence(names.to_vec(), 0..=names.len().min(3));
    some.prop_flat_map(|names| {
        let pairs: Vec<_> = names
            .into_iter()
            .map(|name| (Just(name.to_owned()), value_of(name)))
            .collect();
        pairs.prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
    })
    .boxed()
}

fn any_file() -> BoxedStrategy<Value> {
    let top = keys(&[
        "owners",
        "ready_label",
        "acceptance",
        "merge_method",
        "timezone",
        "armed_for",
        "preview_forks",
        "preview_idle",
        "owner",
    ]);
    let environment = keys(&[
        "branch",
        "url",
        "owners",
        "checks",
        "strategy",
        "deployed_when",
        "soak",
        "windows",
        "check",
    ]);
    let preview = keys(&["branch", "url", "checks"]);
    let named = |one: BoxedStrategy<Value>| {
        (one, prop::option::weighted(0.95, value_of("name"))).prop_map(|(mut one, name)| {
            if let Some(name) = name {
                one["name"] = name;
            }
            one
        })
    };
    let lists = (
        prop::option::of(prop::collection::vec(named(environment), 0..3)),
        prop::option::of(prop::collection::vec(named(preview), 0..2)),
    );
    (top, lists)
        .prop_map(|(mut file, (environments, previews))| {
            for (key, list) in [("environments", environments), ("previews", previews)] {
                if let Some(list) = list {
                    file[key] = Value::Array(list);
                }
            }
            file
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn what_greenlight_takes_no_editor_marks(file in any_file()) {
        if parses(&file) {
            prop_assert!(VALIDATOR.is_valid(&file), "{file}");
        }
    }
}

#[test]
fn an_empty_file_is_not_marked() {
    for file in [Value::Null, json!({})] {
        assert!(VALIDATOR.is_valid(&file) && parses(&file), "{file}");
    }
}
