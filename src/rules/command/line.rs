//! Finds the lines of a comment that GitHub shows as lines of their own and that start with `/`.
//!
//! The structure is CommonMark's with GitHub's extensions, so that a fence, a list or a quotation means what the reader sees.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::lookalike;

pub(super) struct Line<'a> {
    /// Without the line's end, from its first character that is not a space.
    pub text: &'a str,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A line of its own.
    Own,
    /// Without a `>`, yet part of the quotation above it (CommonMark's "lazy continuation").
    Quotation,
    Html,
}

/// Markdown lets a line that starts with more spaces be code.
const INDENT_MAX: usize = 3;

/// Whether the first thing to be seen on a line is a slash, or looks like one.
pub(super) fn starts_with_slash(line: &str) -> bool {
    line.chars()
        .find(|c| !c.is_whitespace() && !lookalike::is_invisible(*c))
        .is_some_and(|c| lookalike::fold(c.encode_utf8(&mut [0; 4])) == "/")
}

/// Every line that starts with `/` and is neither code nor a table, a link or struck out.
pub(super) fn candidates(body: &str) -> Vec<Line<'_>> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_GFM;
    let mut found = Vec::new();
    let mut html = Html::default();
    // How many quotations, and how many other things that are no prose, the event stands in.
    let (mut quotations, mut others) = (0, 0);
    for (event, range) in Parser::new_ext(body, options).into_offset_iter() {
        match event {
            Event::Start(Tag::BlockQuote(_)) => quotations += 1,
            Event::End(TagEnd::BlockQuote(_)) => quotations -= 1,
            Event::Start(Tag::HtmlBlock) => found.extend(html.block(body, range)),
            Event::InlineHtml(tag) => html.pass(&tag),
            Event::Start(tag) if !is_prose(&tag.to_end()) => others += 1,
            Event::End(tag) if !is_prose(&tag) => others -= 1,
            Event::Text(_) if others == 0 => {
                let place = match quotations {
                    0 if html.is_open() => Place::Html,
                    0 => Place::Own,
                    _ => Place::Quotation,
                };
                found.extend(line_at(body, range.start).map(|text| Line { text, place }));
            }
            _ => {}
        }
    }
    found
}

/// What leaves a line readable as one. Of an HTML block's lines none arrives as text.
fn is_prose(tag: &TagEnd) -> bool {
    matches!(
        tag,
        TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::FootnoteDefinition
            | TagEnd::Emphasis
            | TagEnd::Strong
            | TagEnd::HtmlBlock
    )
}

/// The line that begins at `at`, if one does and it starts with a slash.
fn line_at(body: &str, at: usize) -> Option<&str> {
    let before = body[..at].trim_end_matches(' ');
    let is_start = before.is_empty() || before.ends_with(['\n', '\r']);
    if !is_start || at - before.len() > INDENT_MAX {
        return None;
    }
    let line = body[at..].split(['\n', '\r']).next().unwrap_or_default();
    starts_with_slash(line).then_some(line)
}

/// Follows raw HTML through a comment: which elements are open, and whether a `<!-- -->` is.
#[derive(Default)]
struct Html {
    open: Vec<String>,
    in_comment: bool,
}

/// Elements that quote, hide or strike out what is in them. Others may stay open for ever, as `<br>` does.
const ENCLOSING: [&str; 16] = [
    "blockquote",
    "code",
    "del",
    "details",
    "kbd",
    "pre",
    "q",
    "s",
    "samp",
    "script",
    "strike",
    "style",
    "table",
    "template",
    "textarea",
    "tt",
];

impl Html {
    /// Whether what follows is shown as part of an element, or, after a comment without an end, not at all.
    fn is_open(&self) -> bool {
        self.in_comment || !self.open.is_empty()
    }

    /// The lines of an HTML block that start with a slash and are not inside a comment.
    fn block<'a>(&mut self, body: &'a str, range: Range<usize>) -> Vec<Line<'a>> {
        let mut found = Vec::new();
        let mut at = range.start;
        for line in body[range].split_inclusive(['\n', '\r']) {
            if !self.in_comment {
                let indent = line.len() - line.trim_start_matches(' ').len();
                found.extend(line_at(body, at + indent).map(|text| Line {
                    text,
                    place: Place::Html,
                }));
            }
            self.pass(line);
            at += line.len();
        }
        found
    }

    fn pass(&mut self, mut html: &str) {
        loop {
            if self.in_comment {
                let Some(end) = html.find("-->") else { return };
                self.in_comment = false;
                html = &html[end + 3..];
            }
            let Some(start) = html.find('<') else { return };
            html = &html[start + 1..];
            if let Some(rest) = html.strip_prefix("!--") {
                self.in_comment = true;
                html = rest;
            } else if let Some(rest) = html.strip_prefix('/') {
                let name = name_at(rest);
                if let Some(index) = self.open.iter().rposition(|open| *open == name) {
                    self.open.truncate(index);
                }
            } else {
                let name = name_at(html);
                if ENCLOSING.contains(&name.as_str()) {
                    self.open.push(name);
                }
            }
        }
    }
}

fn name_at(html: &str) -> String {
    let end = html.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(html.len());
    html[..end].to_ascii_lowercase()
}
