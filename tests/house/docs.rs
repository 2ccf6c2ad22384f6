//! What the documentation shows is true: its examples are read by the code that they are for, and its links lead somewhere.

use std::collections::BTreeSet;
use std::path::PathBuf;

use greenlight::rules::config;

use super::{files_below, read, top};

/// Every page for people.
fn pages() -> Vec<PathBuf> {
    let mut pages: Vec<PathBuf> = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"]
        .map(PathBuf::from)
        .into();
    let is_text = |file: &PathBuf| file.extension().is_none_or(|kind| kind != "png");
    pages.extend(files_below("docs").into_iter().filter(is_text));
    pages
}

/// The insides of the fenced blocks in this language, each with the line it begins on.
fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if let Some(opened) = line.strip_prefix("```") {
            let inside: Vec<&str> = lines
                .by_ref()
                .map(|(_, line)| line)
                .take_while(|line| *line != "```")
                .collect();
            if opened == language {
                found.push((at + 1, inside.join("\n")));
            }
        }
    }
    found
}

/// The targets of Markdown links that lead to files of the repository.
fn links(page: &str) -> Vec<String> {
    let targets = page.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let inside = targets
        .map(|(target, _)| target)
        .filter(|target| !target.contains("://"));
    inside
        .map(|target| target.split('#').next().unwrap_or(target).to_owned())
        .collect()
}

#[test]
fn every_example_of_a_configuration_is_one() {
    let mut examples = 0;
    for page in pages() {
        for (line, yaml) in blocks(&read(&top().join(&page)), "yaml") {
            let place = format!("{}:{line}", page.display());
            let parsed = config::parse(&yaml);
            assert!(parsed.is_ok(), "{place}: {parsed:?}");
            examples += 1;
        }
    }
    assert!(
        examples >= 5,
        "only {examples} examples were found: this test reads the wrong blocks"
    );
}

#[test]
fn every_link_leads_to_a_file() {
    for page in pages() {
        let folder = page.parent().expect("a page is in a folder");
        for target in links(&read(&top().join(&page))) {
            let file = top().join(folder).join(&target);
            assert!(
                file.is_file(),
                "{} links to {target}, which is not there",
                page.display()
            );
        }
    }
    assert!(
        links("see [all](docs/a.md#keys) and [x](https://a.b)")
            .iter()
            .eq(["docs/a.md"])
    );
}

/// The example of the configuration page shows every key that acts, and its tables tell of every key there is.
#[test]
fn the_configuration_page_tells_of_every_key() {
    let page = read(&top().join("docs/configuration.md"));
    let source = read(&top().join("src/rules/config/read.rs"));
    let keys_after = |name: &str| -> BTreeSet<String> {
        let (_, rest) = source.split_once(name).unwrap_or_else(|| panic!("read.rs has {name}"));
        let (list, _) = rest.split_once("];").expect("a list ends");
        list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
    };
    for key in keys_after("const KEYS: &[&str] = &[") {
        assert!(
            page.contains(&format!("`{key}`")),
            "docs/configuration.md does not tell of {key}"
        );
    }
    for key in keys_after("const ENVIRONMENT_KEYS: &[&str] = &[") {
        let told = page.contains(&format!("`environments[].{key}`"))
            || page.contains(&format!("`{key}`"))
            || page.contains(&format!("`{key}: "));
        assert!(told, "docs/configuration.md does not tell of {key} of an environment");
    }
}

/// The settings that the program reads from its environment.
fn settings(source: &str) -> BTreeSet<&str> {
    let named = source.split("env = \"").skip(1);
    named.filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_way_of_running_it_sets_what_there_is_to_set() {
    let source = read(&top().join("src/settings.rs"));
    let known = settings(&source);
    // Of the database server and the proxy in the Compose file.
    let of_others = ["POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "HOST_NAME"];
    let mut found = 0;
    for file in [
        "Dockerfile",
        "fly.toml",
        "docs/deploy/compose.yml",
        "docs/deploy/greenlight.service",
    ] {
        let text = read(&top().join(file));
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

#[test]
fn the_readme_tells_of_every_setting_of_the_operator() {
    let readme = read(&top().join("README.md"));
    let source = read(&top().join("src/settings.rs"));
    let known = settings(&source);
    // What only helps to tune is hidden from `--help` too.
    let hidden = |name: &&str| source.contains(&format!("env = \"{name}\", hide = true"));
    for name in known.iter().filter(|name| !hidden(name)) {
        assert!(
            readme.contains(&format!("`{name}`")),
            "README.md does not tell of {name}"
        );
    }
    let is_setting = |word: &&str| {
        let capitals = word.chars().all(|c| c.is_ascii_uppercase() || c == '_') && word.contains('_');
        capitals && !word.is_empty()
    };
    for name in readme.split('`').skip(1).step_by(2).filter(is_setting) {
        assert!(known.contains(name), "README.md tells of {name}, which is no setting");
    }
}
