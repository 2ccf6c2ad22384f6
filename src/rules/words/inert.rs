//! What other people wrote, made harmless: titles and names are repeated as they look and do nothing.

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
    let mut chars = text
        .chars()
        .filter(|c| !is_unseen(*c))
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .peekable();
    let mut count = 0;
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
        // Mentions, references such as #12 and GH-12, addresses and www links are recognised after Markdown's own escapes.
        if matches!(c, '@' | '#' | '-' | ':' | '.' | '/') && chars.peek().is_some_and(|next| !next.is_whitespace()) {
            shown.push(WORD_JOINER);
        }
    }
    let shown = shown.trim().to_owned();
    if shown.is_empty() {
        "(no title)".to_owned()
    } else {
        shown
    }
}

/// Control characters, and the marks that turn or hide text.
fn is_unseen(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{00AD}')
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
        assert_eq!(inert("Ask @anna\nabout #12"), "Ask \\@\u{2060}anna about \\#\u{2060}12");
    }
}
