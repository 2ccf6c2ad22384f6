//! A text that is added to `rules/words` and not to the catalogue is found here.

use std::collections::BTreeSet;
use std::path::Path;

/// Functions that make no text of their own, or only a part of texts that are in the catalogue, and where that is so.
const PARTS: [&str; 31] = [
    "deployment::headline",
    "deployment::not_running",
    "deployment::of_feature",
    "button::command",
    "button::environment",
    "inert::inert",
    "inert::inert_whole",
    "misread::quote",
    "standing::unix_lines",
    "standing::described",
    "standing::with_section",
    "words::moment",
    "card::checks_in_words",
    "feature::someone",
    "feature::waits_for",
    "mistake::file",
    "mistake::without_place",
    "configuration::understood",
    "picture::picture",
    "plain::plain",
    "history::shown",
    "scene::age",
    "scene::armed_times",
    "scene::badge",
    "scene::here_for",
    "scene::landed",
    "scene::point",
    "scene::until",
    "scene::written_by",
    "status::environment",
    "status::too_far_apart",
];

fn read(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        if path.is_dir() {
            found.extend(read(&path));
        } else {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            found.push((name, std::fs::read_to_string(&path).expect("a text file")));
        }
    }
    found
}

/// "answer::edited" and the like, for every public function that returns something.
fn functions(module: &str, source: &str) -> Vec<String> {
    let product = source.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in product.match_indices("\npub fn ") {
        let rest = &product[at + "\npub fn ".len()..];
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let head = rest.split(" {\n").next().unwrap_or_default();
        assert!(head.contains("->"), "{name} in {module} returns nothing");
        found.push(format!("{module}::{name}"));
    }
    found
}

#[test]
fn every_text_is_in_the_catalogue() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut words = read(&top.join("src/rules/words"));
    let own = std::fs::read_to_string(top.join("src/rules/words.rs")).expect("words.rs");
    words.push(("words".to_owned(), own));
    let catalogue: String = read(&top.join("tests/messages"))
        .into_iter()
        .filter(|(name, _)| name != "complete")
        .map(|(_, source)| source)
        .collect();
    let all: BTreeSet<String> = words
        .iter()
        .flat_map(|(module, source)| functions(module, source))
        .collect();
    assert!(
        all.len() > 60,
        "only {} functions were found: this test reads the wrong place",
        all.len()
    );
    for function in &all {
        let is_there = catalogue.contains(&format!("{function}("));
        assert!(
            is_there || PARTS.contains(&function.as_str()),
            "{function} says something that docs/messages.md does not show: add an entry to tests/messages"
        );
    }
    for part in PARTS {
        assert!(all.contains(part), "{part} is not there any more");
    }
}
