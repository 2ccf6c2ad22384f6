//! Our own Markdown as plain text, for pages: the same sentences, without what GitHub makes of them.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// Paragraph by paragraph, and one for each thing that is listed. Code in blocks and pictures are left out, and so are the signs
/// without width that keep GitHub from making links.
pub fn plain(markdown: &str) -> Vec<String> {
    let (mut found, mut text, mut left_out) = (Vec::new(), String::new(), 0_usize);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::CodeBlock(_) | Tag::Image { .. }) => left_out += 1,
            Event::End(TagEnd::CodeBlock | TagEnd::Image) => left_out = left_out.saturating_sub(1),
            Event::Start(Tag::Paragraph | Tag::Item | Tag::Heading { .. })
            | Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::Heading(_)) => end(&mut text, &mut found),
            Event::Text(part) | Event::Code(part) if left_out == 0 => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    end(&mut text, &mut found);
    found
}

fn end(text: &mut String, found: &mut Vec<String>) {
    let whole: String = std::mem::take(text).chars().filter(|c| *c != '\u{2060}').collect();
    let whole = whole.trim();
    if !whole.is_empty() {
        found.push(whole.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::words::inert::inert;

    #[test]
    fn sentences_are_told_as_they_are_read() {
        let text = format!(
            "**Waiting to go to staging: {}.** `/cancel` ends it.\n\n- one\n- two\n\n```mermaid\nflowchart\n```\n\nThe [end](https://x.example).",
            inert("<b>@anna</b> #12 a_b")
        );
        assert_eq!(
            plain(&text),
            [
                "Waiting to go to staging: <b>@anna</b> #12 a_b. /cancel ends it.",
                "one",
                "two",
                "The end."
            ]
        );
    }
}
