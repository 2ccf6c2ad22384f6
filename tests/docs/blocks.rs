//! Every block of the documentation is of a kind that some test here holds to something.

use serde_json::Value;

use super::page::{Block, by_hand};
use super::programs::{Line, program};

/// How a block is held to what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A configuration of a repository, whole: `configuration` has `greenlight check` judge it.
    Configuration,
    /// Lines for a shell: `programs` says of each whose it is.
    Lines,
    /// `database` has a server of PostgreSQL carry it out.
    Sql,
    Json,
    /// Of another program.
    Yaml,
    /// A picture in GitHub's own notation, which nothing here can draw.
    Diagram,
    /// What somebody puts into a page of their own; `told` asks for what it names.
    Badge,
    /// Words, held by what the table below says.
    Words,
}

/// Blocks that say no language, or only that they are text: the page, how they begin, and what holds them.
const WORDS: [(&str, &str, &str); 3] = [
    (
        "README.md",
        "in progress → ready",
        "the words of the card, each of which docs/messages.md shows",
    ),
    (
        "ARCHITECTURE.md",
        "src/",
        "a map for readers; tests/house holds the table below it",
    ),
    (
        "docs/install.md",
        "https://github.com/organizations/YOUR-ORG",
        "tests/house/manifest.rs compares each of its values with app-manifest.yml",
    ),
];

pub fn kind(block: &Block) -> Option<Kind> {
    Some(match block.language.as_str() {
        "yaml" => Kind::Configuration,
        "sh" | "console" => Kind::Lines,
        "sql" => Kind::Sql,
        "json" => Kind::Json,
        "yml" => Kind::Yaml,
        "mermaid" => Kind::Diagram,
        "markdown" => Kind::Badge,
        "" | "text" => {
            let known = |(page, begins, _): &&(&str, &str, &str)| {
                block.place.starts_with(page) && block.text.starts_with(begins)
            };
            WORDS.iter().find(known).map(|_| Kind::Words)?
        }
        _ => return None,
    })
}

/// The blocks of a kind, of all pages.
pub fn of(wanted: Kind) -> Vec<Block> {
    let blocks = by_hand().into_iter().flat_map(|page| page.blocks);
    let found: Vec<Block> = blocks.filter(|block| kind(block) == Some(wanted)).collect();
    assert!(
        !found.is_empty(),
        "no block is {wanted:?}: this test reads the wrong place"
    );
    found
}

#[test]
fn every_block_is_of_a_kind_that_is_held() {
    for block in by_hand().iter().flat_map(|page| &page.blocks) {
        assert!(
            kind(block).is_some(),
            "{}: no test here holds a block in {:?} that begins with {:?}; see tests/docs/blocks.rs",
            block.place,
            block.language,
            block.text.lines().next()
        );
    }
    for (page, begins, _) in WORDS {
        let is_there = by_hand()
            .iter()
            .flat_map(|page| &page.blocks)
            .any(|block| block.place.starts_with(page) && block.text.starts_with(begins));
        assert!(is_there, "{page} has no block any more that begins with {begins}");
    }
}

#[test]
fn every_line_for_a_shell_is_for_a_program_that_is_held() {
    for block in of(Kind::Lines) {
        for line in Line::all(&block) {
            assert!(
                program(&line.text).is_some(),
                "{}: no test here holds {:?}; see tests/docs/programs.rs",
                line.place,
                line.text
            );
        }
    }
}

#[test]
fn every_block_in_another_notation_is_in_that_notation() {
    for block in of(Kind::Json) {
        let read = serde_json::from_str::<Value>(&block.text);
        assert!(read.is_ok(), "{}: {read:?}", block.place);
    }
    for block in of(Kind::Yaml) {
        let read = serde_saphyr::from_str::<Value>(&block.text);
        assert!(read.as_ref().is_ok_and(Value::is_object), "{}: {read:?}", block.place);
    }
    for block in of(Kind::Diagram) {
        // Brackets that do not close are what breaks a drawing.
        for (opens, closes) in [('[', ']'), ('(', ')'), ('{', '}')] {
            assert_eq!(
                block.text.matches(opens).count(),
                block.text.matches(closes).count(),
                "{}: {opens}",
                block.place
            );
        }
        assert!(block.text.starts_with("flowchart "), "{}", block.place);
    }
}

/// The steps that the README shows are those that a card tells.
#[test]
fn the_way_of_a_feature_is_told_in_the_words_of_its_card() {
    let messages = super::read(super::page::MESSAGES);
    let block = of(Kind::Words)
        .into_iter()
        .find(|block| block.place.starts_with("README.md"));
    let steps = block.expect("the README has it").text;
    for step in steps.trim().split(" → ") {
        assert!(messages.contains(step), "no message says {step:?}");
    }
}
