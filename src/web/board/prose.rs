//! An answer as it stands on GitHub, set as HTML: the Markdown that our own words are written in, and no more of it. Whatever
//! people wrote in it stays text.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use super::address;
use crate::rules::id::{PullNumber, RepoName};

/// Sets `markdown`, in which `#7` is a link to that pull request.
pub fn html(markdown: &str, github_url: &str, repo: &RepoName) -> String {
    let mut out = String::new();
    // Addresses that are opened, for a link that is none to be closed as none.
    let mut is_link = Vec::new();
    for event in Parser::new(markdown) {
        match event {
            Event::Text(text) if is_link.is_empty() => with_references(&mut out, &text, github_url, repo),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => escape(&mut out, &text),
            Event::Code(code) => {
                out.push_str("<code>");
                escape(&mut out, &code);
                out.push_str("</code>");
            }
            Event::SoftBreak => out.push('\n'),
            Event::HardBreak => out.push_str("<br>"),
            Event::Rule => out.push_str("<hr>"),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let is_one = dest_url.starts_with("https://") || dest_url.starts_with("http://");
                if is_one {
                    out.push_str("<a rel=\"noreferrer\" href=\"");
                    escape(&mut out, &dest_url);
                    out.push_str("\">");
                }
                is_link.push(is_one);
            }
            Event::End(TagEnd::Link) => out.push_str(if is_link.pop() == Some(true) { "</a>" } else { "" }),
            Event::Start(tag) => out.push_str(begin(&tag)),
            Event::End(tag) => out.push_str(end(tag)),
            _ => {}
        }
    }
    out
}

fn begin(tag: &Tag<'_>) -> &'static str {
    match tag {
        Tag::Paragraph | Tag::Heading { .. } => "<p dir=\"auto\">",
        Tag::BlockQuote(_) => "<blockquote>",
        Tag::CodeBlock(_) => "<pre>",
        Tag::List(None) => "<ul>",
        Tag::List(Some(_)) => "<ol>",
        Tag::Item => "<li dir=\"auto\">",
        Tag::Emphasis => "<em>",
        Tag::Strong => "<strong>",
        _ => "",
    }
}

fn end(tag: TagEnd) -> &'static str {
    match tag {
        TagEnd::Paragraph | TagEnd::Heading(_) => "</p>\n",
        TagEnd::BlockQuote(_) => "</blockquote>\n",
        TagEnd::CodeBlock => "</pre>\n",
        TagEnd::List(false) => "</ul>\n",
        TagEnd::List(true) => "</ol>\n",
        TagEnd::Item => "</li>\n",
        TagEnd::Emphasis => "</em>",
        TagEnd::Strong => "</strong>",
        _ => "",
    }
}

/// GitHub links `#7` by itself, so our words leave it at that. What people wrote has something between `#` and the number.
fn with_references(out: &mut String, text: &str, github_url: &str, repo: &RepoName) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('#') {
        escape(out, before);
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        match after[..digits].parse().map(PullNumber) {
            Ok(number) => {
                let mut href = String::new();
                escape(&mut href, &address::pull(github_url, repo, number));
                // Writing into a text does not fail.
                let _ = write!(out, "<a rel=\"noreferrer\" href=\"{href}\">#{number}</a>");
            }
            Err(_) => {
                out.push('#');
                escape(out, &after[..digits]);
            }
        }
        rest = &after[digits..];
    }
    escape(out, rest);
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&#38;"),
            '<' => out.push_str("&#60;"),
            '>' => out.push_str("&#62;"),
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            // What keeps GitHub from making a link of it has nothing to keep here.
            '\u{2060}' => {}
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rules::words::inert::inert;

    fn set(markdown: &str) -> String {
        let repo = RepoName::parse("harbour/shop").expect("a name");
        html(markdown, "https://github.com", &repo)
    }

    #[test]
    fn our_own_markdown_is_set() {
        assert_eq!(
            set("**Not promoted**, because `e2e` failed (#7).\n\n- one\n- two"),
            "<p dir=\"auto\"><strong>Not promoted</strong>, because <code>e2e</code> failed \
             (<a rel=\"noreferrer\" href=\"https://github.com/harbour/shop/pull/7\">#7</a>).</p>\n\
             <ul><li dir=\"auto\">one</li>\n<li dir=\"auto\">two</li>\n</ul>\n"
        );
    }

    #[test]
    fn html_and_addresses_that_are_none_stay_text() {
        assert_eq!(
            set("a <b>b</b> & c"),
            "<p dir=\"auto\">a &#60;b&#62;b&#60;/b&#62; &#38; c</p>\n"
        );
        assert_eq!(set("[a](javascript:alert)"), "<p dir=\"auto\">a</p>\n");
        assert_eq!(set("# 12 and #x"), "<p dir=\"auto\">12 and #x</p>\n");
    }

    proptest! {
        /// Nothing that somebody else wrote opens an element of its own.
        #[test]
        fn what_people_wrote_is_text(title in ".{0,120}") {
            let page = set(&format!("- {}", inert(&title)));
            let inside = page.strip_prefix("<ul><li dir=\"auto\">").and_then(|rest| rest.strip_suffix("</li>\n</ul>\n"));
            prop_assert!(inside.is_some_and(|inside| !inside.contains(['<', '"'])), "{page}");
        }
    }
}
