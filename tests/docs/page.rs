//! A page of the documentation, taken apart as GitHub shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::{read, top};

/// Written by the tests of the messages, from what the program says; it has no blocks.
pub const MESSAGES: &str = "docs/messages.md";

pub struct Page {
    /// From the top of the repository: `docs/ci.md`.
    pub name: String,
    pub blocks: Vec<Block>,
    /// What stands in backticks within a sentence.
    pub codes: Vec<Code>,
    /// What stands in italics: the names of buttons, and what Greenlight says.
    pub said: Vec<String>,
    /// Where links and pictures lead.
    pub targets: Vec<String>,
    /// What a link to a place of this page can name.
    pub anchors: BTreeSet<String>,
}

/// A block of code, fenced or indented.
pub struct Block {
    /// `docs/ci.md:61`.
    pub place: String,
    /// Empty where none is said.
    pub language: String,
    pub text: String,
}

pub struct Code {
    pub place: String,
    pub text: String,
}

/// Every page for people.
pub fn all() -> Vec<Page> {
    let mut names: Vec<String> = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "SECURITY.md"]
        .map(str::to_owned)
        .into();
    let mut waiting = vec!["docs".to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(top().join(&folder)).expect("a folder") {
            let entry = entry.expect("an entry");
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                waiting.push(name);
            } else if Path::new(&name).extension().is_some_and(|kind| kind == "md") {
                names.push(name);
            }
        }
    }
    names.sort();
    assert!(names.len() >= 15, "only {names:?}: this test reads the wrong folder");
    names.iter().map(|name| page(name, &read(name))).collect()
}

/// All but the one that is written by the program, which other tests hold.
pub fn by_hand() -> Vec<Page> {
    let mut pages = all();
    pages.retain(|page| page.name != MESSAGES);
    pages
}

pub fn page(name: &str, text: &str) -> Page {
    let mut page = Page {
        name: name.to_owned(),
        blocks: Vec::new(),
        codes: Vec::new(),
        said: Vec::new(),
        targets: Vec::new(),
        anchors: BTreeSet::new(),
    };
    let mut heading: Option<String> = None;
    let mut headings: BTreeMap<String, usize> = BTreeMap::new();
    let mut in_block = false;
    let mut in_italics = false;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let place = || format!("{name}:{}", text[..range.start].matches('\n').count() + 1);
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_block = true;
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                page.blocks.push(Block {
                    place: place(),
                    language,
                    text: String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => in_block = false,
            Event::Text(part) if in_block => page.blocks.last_mut().expect("begun").text.push_str(&part),
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let words = anchor(&heading.take().expect("begun"));
                let seen = headings.entry(words.clone()).or_default();
                page.anchors.insert(match *seen {
                    0 => words,
                    more => format!("{words}-{more}"),
                });
                *seen += 1;
            }
            Event::Start(Tag::Emphasis) => {
                in_italics = true;
                page.said.push(String::new());
            }
            Event::End(TagEnd::Emphasis) => in_italics = false,
            Event::Text(part) => {
                heading.iter_mut().for_each(|words| words.push_str(&part));
                if in_italics {
                    page.said.last_mut().expect("begun").push_str(&part);
                }
            }
            Event::Code(code) => {
                heading.iter_mut().for_each(|words| words.push_str(&code));
                page.codes.push(Code {
                    place: place(),
                    text: code.to_string(),
                });
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.targets.push(dest_url.to_string());
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                let sources = html.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
                page.targets.extend(sources.map(str::to_owned));
            }
            _ => {}
        }
    }
    page
}

/// As GitHub makes it of a heading.
fn anchor(words: &str) -> String {
    let small = words.to_lowercase();
    let kept = small
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn a_page_is_taken_apart_as_it_is_shown() {
    let text = "# One `two`, three\n\n# A\n\n# A\n\n1. Say\n\n   ```sh\n   greenlight check\n   ```\n\n[x](a.md#b) <img src=\"c.png\"> `d` *e f*\n\n    e\n";
    let page = page("x.md", text);
    assert!(page.anchors.iter().eq(["a", "a-1", "one-two-three"]));
    assert_eq!(page.targets, ["a.md#b", "c.png"]);
    let blocks: Vec<_> = page
        .blocks
        .iter()
        .map(|block| (block.place.as_str(), block.language.as_str(), block.text.as_str()))
        .collect();
    assert_eq!(blocks, [("x.md:9", "sh", "greenlight check\n"), ("x.md:15", "", "e\n")]);
    let codes: Vec<_> = page.codes.iter().map(|code| code.text.as_str()).collect();
    assert_eq!(codes, ["two", "d"]);
    assert_eq!(page.said, ["e f"]);
}
