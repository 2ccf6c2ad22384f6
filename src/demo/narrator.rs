//! Tells a story in the terminal at the pace of a reader, and counts what it has seen to be so.

use std::io::{IsTerminal, Stdout, Write, stdout};
use std::time::Duration;

use super::terminal::{render, wrap};

/// Characters in a line.
const WIDTH: usize = 88;

/// For one word; most people read three to five words a second.
const READING_A_WORD: Duration = Duration::from_millis(220);

pub struct Narrator {
    out: Stdout,
    pauses: bool,
    bold: bool,
    seen: u32,
}

impl Narrator {
    /// `fast` leaves the pauses out.
    pub fn new(fast: bool) -> Narrator {
        let out = stdout();
        let bold = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Narrator {
            out,
            pauses: !fast,
            bold,
            seen: 0,
        }
    }

    /// How many things were seen to be so.
    pub fn seen(&self) -> u32 {
        self.seen
    }

    /// A heading.
    pub async fn heading(&mut self, text: &str) -> std::io::Result<()> {
        let (on, off) = if self.bold {
            ("\u{1b}[1m", "\u{1b}[0m")
        } else {
            ("", "")
        };
        let line = "=".repeat(text.chars().count());
        self.show(&["".to_owned(), format!("{on}{text}{off}"), line, "".to_owned()])
            .await
    }

    /// What happens, in a sentence or two.
    pub async fn tell(&mut self, text: &str) -> std::io::Result<()> {
        let mut lines = wrap(text, WIDTH);
        lines.push(String::new());
        self.show(&lines).await
    }

    /// What somebody writes on GitHub, in Markdown.
    pub async fn quote(&mut self, who: &str, place: &str, markdown: &str) -> std::io::Result<()> {
        let mut lines = vec![format!("  {who}, {place}:")];
        lines.extend(
            render(markdown, WIDTH - 4)
                .into_iter()
                .map(|line| format!("  | {line}").trim_end().to_owned()),
        );
        lines.push(String::new());
        self.show(&lines).await
    }

    /// Something that was looked at on the simulated GitHub, and is so.
    pub async fn saw(&mut self, fact: &str) -> std::io::Result<()> {
        self.seen += 1;
        let mut lines = wrap(fact, WIDTH - 6);
        for (index, line) in lines.iter_mut().enumerate() {
            line.insert_str(0, if index == 0 { "  ok  " } else { "      " });
        }
        lines.push(String::new());
        self.show(&lines).await
    }

    async fn show(&mut self, lines: &[String]) -> std::io::Result<()> {
        let mut words = 0;
        for line in lines {
            writeln!(self.out, "{line}")?;
            words += u32::try_from(line.split_whitespace().count()).unwrap_or(u32::MAX);
        }
        self.out.flush()?;
        if self.pauses {
            tokio::time::sleep(READING_A_WORD.saturating_mul(words)).await;
        }
        Ok(())
    }
}
