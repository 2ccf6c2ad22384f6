//! `docs/messages.md` is the catalogue, and nothing else.

use std::path::Path;

use crate::sample::Sample;
use crate::{Chapter, catalogue};

const HEAD: &str = "\
# Everything Greenlight says

Each text that it can write on GitHub, with when you see it. Names, titles and times are examples: the owner is *anna*, the
developer *dora*, the feature #42. This page is made from the program's own words, and a test keeps it equal to them.

A comment that asks for something is answered by one reply, which is edited as things go on. Somebody who has no say here and
asks again within the hour gets a reaction (\u{1f615}) in its place.
";

fn page(chapters: &[Chapter]) -> String {
    let mut page = HEAD.to_owned();
    for chapter in chapters {
        page.push_str(&format!("\n## {}\n", chapter.title));
        for entry in &chapter.entries {
            page.push_str(&format!("\n{}:\n\n{}\n", entry.when, quoted(&entry.said)));
        }
    }
    page
}

fn quoted(text: &str) -> String {
    let lines = text.lines().map(|line| format!("> {line}").trim_end().to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_page_shows_what_is_said() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/messages.md");
    let made = page(&catalogue(&Sample::ordinary()));
    if std::env::var_os("UPDATE_MESSAGES").is_some() {
        std::fs::write(&file, &made).expect("the page is written");
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let differs = made.lines().zip(kept.lines()).find(|(made, kept)| made != kept);
    assert!(
        made == kept,
        "docs/messages.md is not what Greenlight says: {differs:?}. `UPDATE_MESSAGES=1 cargo test --test messages` writes it \
         anew; read aloud what changed."
    );
}

#[test]
fn every_text_is_whole_sentences_without_jargon() {
    for chapter in catalogue(&Sample::ordinary()) {
        for entry in chapter.entries {
            let said = &entry.said;
            let plain = said.split("```").next().unwrap_or_default();
            assert!(!said.trim().is_empty(), "{}: nothing is said", entry.when);
            assert!(!plain.contains('!') || plain.contains("<!--"), "{}: {said}", entry.when);
            for word in [
                "please note",
                "error code",
                "HTTP",
                "null",
                "None",
                "Some(",
                "unwrap",
                ".  ",
            ] {
                assert!(!plain.contains(word), "{}: {word:?} in {said}", entry.when);
            }
            let starts_well = |c: char| c.is_uppercase() || "*`-#<".contains(c);
            assert!(entry.when.starts_with(char::is_uppercase), "{}", entry.when);
            assert!(
                said.starts_with(starts_well) || said.starts_with("in progress"),
                "{}: {said}",
                entry.when
            );
        }
    }
}
