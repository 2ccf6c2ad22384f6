//! What holds of every text that Greenlight writes.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Paragraphs of words, code and emphasis, in which GitHub finds nothing to make more of.
pub fn assert_plain(markdown: &str) {
    let mut words = String::new();
    for event in Parser::new_ext(markdown, Options::all()) {
        match event {
            Event::Text(text) => words.push_str(&text),
            Event::Code(_) => words.push('\n'),
            Event::Start(Tag::Paragraph | Tag::Strong) | Event::End(TagEnd::Paragraph | TagEnd::Strong) => {}
            other => panic!("{other:?} in {markdown:?}"),
        }
    }
    let chars: Vec<char> = words.chars().collect();
    for (at, pair) in chars.windows(2).enumerate() {
        let acts = matches!(pair[0], '@' | '#') && pair[1].is_alphanumeric();
        assert!(!acts, "{:?} acts in {markdown:?}", &chars[at..]);
    }
    let small = words.to_lowercase();
    for act in ["http:/", "https:/", "://", "gh-1", "gh-9", "mailto:a"] {
        assert!(!small.contains(act), "{act:?} in {markdown:?}");
    }
}
