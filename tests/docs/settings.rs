//! Every setting that the documentation names is one, is taken with the value that it shows, and none is left untold.

use std::collections::{BTreeMap, BTreeSet};

use clap::Parser;
use greenlight::settings::{self, Args};

use super::page::by_hand;
use super::programs::{Program, lines_for};
use super::{read, top};

/// The settings that the program reads from its environment.
pub fn known() -> BTreeSet<String> {
    let source = read("src/settings.rs");
    let named = source.split("env = \"").skip(1);
    named
        .filter_map(|rest| rest.split('"').next())
        .map(str::to_owned)
        .collect()
}

/// Names in capitals that somebody else reads, or that stand for a value.
const OF_OTHERS: [&str; 10] = [
    // OpenTelemetry's own, which its exporter reads.
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_SERVICE_NAME",
    "OTEL_TRACES_SAMPLER",
    // The Compose file's own.
    "HOST_NAME",
    // The system's TLS certificates.
    "SSL_CERT_FILE",
    // Of the tests and of cargo.
    "UPDATE_PICTURES",
    "CARGO_TARGET_DIR",
    // A line of a diagram.
    "POST_WEBHOOK",
];

/// The words of a text that could be the name of a setting: capitals with an underscore among them.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| {
        word.contains('_')
            && word.starts_with(|c: char| c.is_ascii_uppercase())
            && word
                .chars()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    })
}

#[test]
fn every_setting_that_is_named_is_one() {
    let known = known();
    let mut found = 0;
    for page in by_hand() {
        for name in names(&read(&page.name)) {
            assert!(
                known.contains(name) || OF_OTHERS.contains(&name),
                "{} names {name}, which is no setting",
                page.name
            );
            found += 1;
        }
    }
    assert!(found >= 30, "only {found} names: this test reads the wrong words");
}

#[test]
fn the_readme_tells_of_every_setting_of_the_operator() {
    let readme = read("README.md");
    let source = read("src/settings.rs");
    // What only helps to tune is hidden from `--help` too.
    let hidden = |name: &&String| source.contains(&format!("env = \"{name}\", hide = true"));
    for name in known().iter().filter(|name| !hidden(name)) {
        assert!(
            readme.contains(&format!("`{name}`")),
            "README.md does not tell of {name}"
        );
    }
}

#[derive(Parser)]
struct Given {
    #[command(flatten)]
    args: Args,
}

/// Lines with nothing but settings are those of an environment or of a file with them, and belong together.
#[test]
fn every_block_with_settings_is_taken() {
    let mut blocks: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in lines_for(Program::Settings) {
        let block = line.place.split(", line ").next().unwrap_or_default().to_owned();
        let settings = line.text.split_whitespace().map(|setting| {
            let (name, value) = setting.split_once('=').expect("a setting has a value");
            assert!(known().contains(name), "{}: {name} is no setting", line.place);
            let value = value.trim_matches('\'');
            format!("--{}={value}", name.to_lowercase().replace('_', "-"))
        });
        blocks.entry(block).or_default().extend(settings);
    }
    for (place, flags) in &blocks {
        let given = ["greenlight".to_owned()].into_iter().chain(flags.clone());
        let given = Given::try_parse_from(given).unwrap_or_else(|error| panic!("{place}: {error}"));
        let begun = settings::begin(given.args);
        assert!(begun.is_ok(), "{place}: {:?}", begun.err());
    }
    assert!(blocks.len() >= 3, "only {blocks:?}");
}

#[test]
fn every_way_of_running_it_sets_what_there_is_to_set() {
    let known = known();
    // Of the database server and the proxy in the Compose file.
    let of_others = ["POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "HOST_NAME"];
    let mut found = 0;
    for file in [
        "Dockerfile",
        "fly.toml",
        "docs/deploy/compose.yml",
        "docs/deploy/greenlight.service",
    ] {
        let text = read(top().join(file));
        for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let line = line
                .trim_start()
                .trim_start_matches("ENV ")
                .trim_start_matches("Environment=");
            let name: String = line
                .chars()
                .take_while(|c| c.is_ascii_uppercase() || *c == '_')
                .collect();
            let is_set = line[name.len()..].starts_with(['=', ':']) || line[name.len()..].starts_with(" =");
            if name.is_empty() || !is_set || of_others.contains(&name.as_str()) {
                continue;
            }
            assert!(known.contains(name.as_str()), "{file} sets {name}, which is no setting");
            found += 1;
        }
    }
    assert!(
        found >= 12,
        "only {found} settings were found: this test reads the wrong lines"
    );
}
