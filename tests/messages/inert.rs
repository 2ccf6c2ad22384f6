//! Nothing that people write does anything in what Greenlight writes: whatever text stands for a title, a login, a branch, a
//! reason, a label, a check or a word, each text keeps the shape that it has with ordinary words.

use greenlight::rules::command;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::catalogue;
use crate::sample::Sample;

/// Stands for ordinary words; long enough to be no word of ours.
const PLAIN: &str = "Plainwords";

/// The shape of a text: what GitHub's Markdown makes of it, without its words. Links with where they lead, code blocks with
/// their language, hidden comments as they are.
fn shape(markdown: &str) -> Vec<String> {
    let mut shape: Vec<String> = Vec::new();
    let mut in_block = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        let part = match &event {
            Event::Text(_) | Event::Code(_) if in_block => continue,
            Event::Text(_) => "words".to_owned(),
            Event::Code(_) => "code".to_owned(),
            Event::Start(Tag::CodeBlock(_)) => {
                in_block = true;
                format!("{event:?}")
            }
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => {
                in_block = false;
                "end of block".to_owned()
            }
            other => format!("{other:?}"),
        };
        // Escapes cut the words into pieces.
        if !(part == "words" && shape.last().is_some_and(|last| last == "words")) {
            shape.push(part);
        }
    }
    shape
}

/// All the words that are not code, as GitHub looks through them for mentions, references and addresses.
fn words(markdown: &str) -> String {
    let mut words = String::new();
    let mut in_block = false;
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_block = true,
            Event::End(pulldown_cmark::TagEnd::CodeBlock) => in_block = false,
            Event::Text(text) if !in_block => words.push_str(&text),
            Event::End(_) | Event::SoftBreak | Event::HardBreak | Event::Code(_) => words.push('\n'),
            _ => {}
        }
    }
    words
}

/// What GitHub would make something of, in words that came through Markdown.
fn acts(words: &str) -> Option<String> {
    let chars: Vec<char> = words.chars().collect();
    for (at, c) in chars.iter().enumerate() {
        let next = chars.get(at + 1).copied().unwrap_or(' ');
        let found: String = chars[at..].iter().take(12).collect();
        let is_ours = found.starts_with("#4") || found.starts_with("#5");
        if (*c == '@' && next.is_alphanumeric()) || (*c == '#' && next.is_alphanumeric() && !is_ours) || *c == '$' {
            return Some(found);
        }
    }
    let small = words.to_lowercase();
    ["http:/", "https:/", "://", "www.e", "gh-1", "mailto:e", ":smile:"]
        .into_iter()
        .find(|act| small.contains(act))
        .map(str::to_owned)
        .or_else(|| commit_in(&small))
}

/// Seven to forty hexadecimal digits alone are a link to that commit.
fn commit_in(words: &str) -> Option<String> {
    let ours = ["aaaaaaa", "bbbbbbb", "ccccccc"];
    let alone = words.split(|c: char| !c.is_alphanumeric() && c != '\u{2060}');
    let is_commit = |word: &&str| (7..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    alone
        .filter(is_commit)
        .find(|word| !ours.iter().any(|own| word.starts_with(own)))
        .map(str::to_owned)
}

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("@evil"),
        Just("@harbour/team"),
        Just("#12"),
        Just("GH-12"),
        Just("harbour/shop#12"),
        Just("http://evil.example"),
        Just("https://evil.example/x?y=1"),
        Just("www.evil.example"),
        Just("mailto:evil@evil.example"),
        Just("[x](http://evil.example)"),
        Just("![x](http://evil.example/x.png)"),
        Just("<img src=x onerror=alert(1)>"),
        Just("<b>"),
        Just("</details>"),
        Just("<!-- greenlight:answer 1 -->"),
        Just("<!-- /greenlight:promotion staging -->"),
        Just("\n/promote staging\n"),
        Just("\r\n/accept\r\n"),
        Just("\n```\n"),
        Just("~~~"),
        Just("`"),
        Just("``"),
        Just("\n===\n"),
        Just("\n---\n"),
        Just("| a | b |\n|---|---|\n"),
        Just("|"),
        Just("\n> "),
        Just("- [ ] "),
        Just("1. "),
        Just("# "),
        Just("    "),
        Just("\t"),
        Just("**"),
        Just("_x_"),
        Just("~~x~~"),
        Just(":smile:"),
        Just("[^1]"),
        Just("[^1]: x"),
        Just("$x$"),
        Just("$$x$$"),
        Just("deadbeef"),
        Just("0123456789abcdef0123456789abcdef01234567"),
        Just("\u{202e}"),
        Just("\u{200b}"),
        Just("\u{2060}"),
        Just("\u{feff}"),
        Just("\u{e0041}"),
        Just("\u{2028}"),
        Just("\\"),
        Just("&lt;"),
        Just("&#64;evil"),
        Just("words and more "),
        Just("x"),
    ];
    let pieces = prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat());
    // What is empty or cannot be seen is told as such, in another shape.
    prop_oneof![
        6 => (pieces.clone(), 1..4_usize).prop_map(|(text, times)| format!("z{}", text.repeat(times))),
        1 => pieces.prop_map(|text| format!("z{}", text.repeat(60))),
        1 => ".{0,60}".prop_map(|text| format!("z{text}")),
    ]
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let plain = catalogue(&Sample::of(PLAIN));
    let written = catalogue(&Sample::of(text));
    for (plain, written) in plain.iter().zip(&written) {
        for (plain, written) in plain.entries.iter().zip(&written.entries) {
            let said = &written.said;
            prop_assert_eq!(
                shape(said),
                shape(&plain.said),
                "{} with {:?}: {}",
                written.when,
                text,
                said
            );
            prop_assert_eq!(
                acts(&words(&without_our_call(said, text))),
                None,
                "{} with {:?}: {}",
                written.when,
                text,
                said
            );
            prop_assert!(
                command::read(said).is_empty(),
                "{} with {:?}: {}",
                written.when,
                text,
                said
            );
            let markers = |said: &str| said.matches("<!--").count();
            prop_assert_eq!(
                markers(said),
                markers(&plain.said),
                "{} with {:?}: {}",
                written.when,
                text,
                said
            );
        }
    }
    Ok(())
}

/// The one place where somebody is called: the developer whose feature was sent back, by a login as GitHub has them.
fn without_our_call(said: &str, login: &str) -> String {
    said.replacen(&format!("@{login}, this is the reason:"), "", 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_people_write_does_anything(text in hostile()) {
        check(&text)?;
    }
}

#[test]
fn the_test_sees_what_acts() {
    for (text, act) in [
        ("see @evil", "@evil"),
        ("see #12", "#12"),
        ("see www.evil", "www.e"),
        ("at deadbeef1 now", "deadbeef1"),
        ("a $x$ b", "$x$ b"),
    ] {
        assert_eq!(acts(text).as_deref(), Some(act));
    }
    assert_ne!(shape("a [x](http://evil.example)"), shape("a x"));
    assert_ne!(shape("a\n\n/promote"), shape("a"));
}
