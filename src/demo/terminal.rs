//! Markdown as it reads well in a terminal: no marks, no hidden comments, lists with their dashes, lines of a readable length.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Between characters that GitHub would join into a mention or a link; some terminals show it as a box.
const WORD_JOINER: char = '\u{2060}';

/// Stands for a space within code while lines are broken, so that a command stays in one piece. Private, so nobody writes it.
const KEPT_SPACE: char = '\u{E000}';

/// The text in lines of at most `width` characters (a longer word stays whole), without an empty line at its end.
pub fn render(markdown: &str, width: usize) -> Vec<String> {
    let mut reading = Reading::default();
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        reading.take(event);
    }
    reading.end_block();
    let mut lines = Vec::new();
    let mut blocks = reading.blocks.iter().peekable();
    while let Some(block) = blocks.next() {
        lines.extend(block.lines(width));
        if blocks.peek().is_some_and(|next| !(next.in_list && block.in_list)) {
            lines.push(String::new());
        }
    }
    lines
}

/// Plain text in lines of at most `width` characters.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines
            .last_mut()
            .filter(|line| line.is_empty() || line.chars().count() + 1 + word.chars().count() <= width);
        match line {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[derive(Default)]
struct Reading {
    blocks: Vec<Block>,
    text: String,
    /// The number of the next item for each list we are in, `None` for dashes.
    lists: Vec<Option<u64>>,
    /// What stands before the next block: the mark of an item that has just begun.
    mark: Option<String>,
    verbatim: bool,
}

struct Block {
    mark: String,
    text: String,
    in_list: bool,
    verbatim: bool,
}

impl Reading {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::List(first)) => {
                self.end_block();
                self.lists.push(first);
            }
            Event::Start(Tag::Item) => self.begin_item(),
            Event::Start(Tag::CodeBlock(_)) => self.verbatim = true,
            Event::End(TagEnd::List(_)) => {
                self.end_block();
                self.lists.pop();
            }
            Event::End(TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock) => self.end_block(),
            Event::Text(text) => self.text.push_str(&text),
            Event::Code(code) => self
                .text
                .push_str(&format!("“{}”", code.replace(' ', &KEPT_SPACE.to_string()))),
            Event::SoftBreak | Event::HardBreak => self.text.push('\n'),
            // HTML is hidden marks here; what is left needs no sign of its own in a terminal.
            _ => {}
        }
    }

    fn begin_item(&mut self) {
        self.end_block();
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        self.mark = Some(match self.lists.last_mut() {
            Some(Some(number)) => {
                *number += 1;
                format!("{indent}{}. ", *number - 1)
            }
            _ => format!("{indent}- "),
        });
    }

    fn end_block(&mut self) {
        let text = std::mem::take(&mut self.text).replace(WORD_JOINER, "");
        let verbatim = std::mem::take(&mut self.verbatim);
        if text.trim().is_empty() {
            return;
        }
        let in_list = !self.lists.is_empty();
        let mark = self.mark.take().unwrap_or_else(|| "  ".repeat(self.lists.len()));
        self.blocks.push(Block {
            mark,
            text,
            in_list,
            verbatim,
        });
    }
}

impl Block {
    fn lines(&self, width: usize) -> Vec<String> {
        let hanging = " ".repeat(self.mark.chars().count());
        let room = width.saturating_sub(hanging.len()).max(1);
        let broken = |line: &str| {
            if self.verbatim {
                vec![format!("    {line}")]
            } else {
                wrap(line, room)
            }
        };
        let lines = self.text.trim_end().lines().flat_map(broken).enumerate();
        let whole = |(index, line): (usize, String)| {
            format!(
                "{}{}",
                if index == 0 { &self.mark } else { &hanging },
                line.replace(KEPT_SPACE, " ")
            )
        };
        lines.map(whole).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn an_answer_reads_as_plain_text() {
        let answer = "<!-- hidden -->\n**Promoted to staging.** It now also has 2 features:\n\n- Gift cards (#\u{2060}4, by dora)\n- Larger \
                      \\& better pictures of everything that the shop sells (#6)\n\nLook at it on the address of [staging](http://x/). Say `/promote production`.\n\n<!-- greenlight:answer 1 -->";
        insta::assert_snapshot!(render(answer, 50).join("\n"), @"
        Promoted to staging. It now also has 2 features:

        - Gift cards (#4, by dora)
        - Larger & better pictures of everything that the
          shop sells (#6)

        Look at it on the address of staging. Say
        “/promote production”.
        ");
    }

    #[test]
    fn a_word_longer_than_a_line_stays_whole() {
        assert_eq!(render("a verylongword b", 4), ["a", "verylongword", "b"]);
    }
}
