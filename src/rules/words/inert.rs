//! What other people wrote, made harmless: titles and names are repeated as they look and do nothing.

use crate::rules::command::lookalike::is_invisible;

/// Longest piece of somebody else's text that is repeated, in characters.
const REPEATED_CHARS_MAX: usize = 120;
const WHOLE_CHARS_MAX: usize = 500;

/// Stands between characters that GitHub would join into a mention, a reference or a link; it has no width.
const WORD_JOINER: char = '\u{2060}';

/// Makes one line of Markdown text that shows `text` and nothing more: no mention, link, markup, HTML or command.
pub fn inert(text: &str) -> String {
    within(text, REPEATED_CHARS_MAX)
}

/// The same, of a text that matters whole, such as a reason; only what is absurdly long is cut.
pub fn inert_whole(text: &str) -> String {
    within(text, WHOLE_CHARS_MAX)
}

fn within(text: &str, chars_max: usize) -> String {
    let mut shown = String::new();
    let mut chars = text.chars().filter(|c| !is_invisible(*c)).map(harmless).peekable();
    let mut count = 0;
    // Hexadecimal digits since the beginning of the word, while it has nothing else.
    let mut digits = Some(0);
    while let Some(c) = chars.next() {
        if count == chars_max {
            shown.push('…');
            break;
        }
        count += 1;
        if c.is_ascii_punctuation() {
            shown.push('\\');
        }
        shown.push(c);
        digits = match digits {
            _ if !c.is_alphanumeric() => Some(0),
            Some(digits) if c.is_ascii_hexdigit() => Some(digits + 1),
            _ => None,
        };
        let next = chars.peek();
        // Mentions, references such as #12 and GH-12, addresses and www links are recognised after Markdown's own escapes.
        if matches!(c, '@' | '#' | '-' | ':' | '.' | '/') && next.is_some_and(|next| !next.is_whitespace()) {
            shown.push(WORD_JOINER);
        }
        if digits == Some(DIGITS_MAX) && next.is_some_and(char::is_ascii_hexdigit) {
            shown.push(WORD_JOINER);
            digits = Some(0);
        }
    }
    let shown = shown.trim().to_owned();
    if shown.is_empty() {
        "(no title)".to_owned()
    } else {
        shown
    }
}

/// GitHub links seven hexadecimal digits and more to the commit that they name.
const DIGITS_MAX: usize = 6;

fn harmless(c: char) -> char {
    match c {
        // GitHub finds formulas before Markdown's escapes count, so only another sign helps.
        '$' => '＄',
        c if c.is_whitespace() => ' ',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::*;

    proptest! {
        /// Whatever somebody wrote, a list item made of it holds plain text only.
        #[test]
        fn nothing_but_text_survives(title in ".{0,160}") {
            let markdown = format!("- {}", inert(&title));
            for event in Parser::new_ext(&markdown, Options::all()) {
                let plain = matches!(event, Event::Text(_) | Event::End(_)
                    | Event::Start(Tag::List(None) | Tag::Item | Tag::Paragraph));
                prop_assert!(plain, "{event:?} from {title:?}");
            }
        }

        /// GitHub finds mentions and references in the text itself, so none may be left there.
        #[test]
        fn no_mention_or_reference_survives(title in "[@#a-zA-Z0-9:/. -]{0,60}") {
            let text = inert(&title).replace('\\', "");
            let mut before = ' ';
            for c in text.chars() {
                prop_assert!(!(matches!(before, '@' | '#') && c.is_alphanumeric()), "{text:?}");
                before = c;
            }
        }
    }

    #[test]
    fn an_ordinary_title_reads_as_it_was_written() {
        assert_eq!(inert("Faster checkout"), "Faster checkout");
        assert_eq!(
            inert("Decades of 1234567 facades"),
            "Decades of 123456\u{2060}7 facades"
        );
        assert_eq!(inert("Ask @anna\nabout #12"), "Ask \\@\u{2060}anna about \\#\u{2060}12");
    }
}
