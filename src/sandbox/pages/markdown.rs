//! Markdown as GitHub shows it in descriptions and comments, in HTML: hidden comments stay hidden, line ends count, `#12` is a link,
//! and of HTML that somebody wrote only the text is shown.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::html::escape;

/// `repository` is the path of the repository's page, `/harbour/shop`, which numbers of pull requests lead below.
pub fn render(markdown: &str, repository: &str) -> String {
    let mut page = Rendering {
        repository,
        html: String::new(),
        raw: None,
        links: Vec::new(),
        code: None,
    };
    for event in Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH) {
        page.take(event);
    }
    page.html
}

struct Rendering<'a> {
    repository: &'a str,
    html: String,
    /// HTML that somebody wrote, until its block ends.
    raw: Option<String>,
    /// Whether each link we are inside of is shown as one.
    links: Vec<bool>,
    /// What ends the code block that we are inside of.
    code: Option<&'static str>,
}

impl Rendering<'_> {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.open(tag),
            Event::End(tag) => self.close(tag),
            Event::Html(html) => self.raw.get_or_insert_default().push_str(&html),
            Event::InlineHtml(html) => self.html.push_str(&escape(&without_comments(&html))),
            Event::Text(text) if self.links.is_empty() && self.code.is_none() => {
                self.html.push_str(&with_numbers(&text, self.repository))
            }
            Event::Text(text) => self.html.push_str(&escape(&text)),
            Event::Code(code) => self.html.push_str(&format!("<code>{}</code>", escape(&code))),
            Event::SoftBreak | Event::HardBreak => self.html.push_str("<br>\n"),
            Event::Rule => self.html.push_str("<hr>\n"),
            // Extensions that are not switched on.
            Event::FootnoteReference(_) | Event::TaskListMarker(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn open(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::HtmlBlock => self.raw = Some(String::new()),
            Tag::Link { dest_url, .. } => {
                let leads_somewhere = ["http://", "https://", "/"]
                    .iter()
                    .any(|start| dest_url.starts_with(start));
                if leads_somewhere {
                    self.html.push_str(&format!("<a href=\"{}\">", escape(&dest_url)));
                }
                self.links.push(leads_somewhere);
            }
            // GitHub draws these; here they are only named, since the words beside them say the same.
            Tag::CodeBlock(CodeBlockKind::Fenced(language)) if &*language == "mermaid" => {
                self.html
                    .push_str("<details><summary>GitHub draws a picture here.</summary><pre><code>");
                self.code = Some("</code></pre></details>\n");
            }
            Tag::CodeBlock(_) => {
                self.html.push_str("<pre><code>");
                self.code = Some("</code></pre>\n");
            }
            Tag::List(Some(first)) => self.html.push_str(&format!("<ol start=\"{first}\">\n")),
            other => {
                if let Some(name) = name_of(other.to_end()) {
                    self.html.push_str(&format!("<{name}>"));
                }
            }
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::HtmlBlock => {
                let text = without_comments(&self.raw.take().unwrap_or_default());
                if !text.trim().is_empty() {
                    self.html.push_str(&format!("<p>{}</p>\n", escape(text.trim())));
                }
            }
            TagEnd::Link => {
                if self.links.pop() == Some(true) {
                    self.html.push_str("</a>");
                }
            }
            TagEnd::CodeBlock => self.html.push_str(self.code.take().unwrap_or_default()),
            other => {
                if let Some(name) = name_of(other) {
                    self.html.push_str(&format!("</{name}>"));
                }
            }
        }
    }
}

/// The element of a tag that needs nothing but its name. A picture is shown as its description.
fn name_of(tag: TagEnd) -> Option<&'static str> {
    match tag {
        TagEnd::Paragraph => Some("p"),
        // The page's own headings are the first two levels.
        TagEnd::Heading(_) => Some("h3"),
        TagEnd::BlockQuote(_) => Some("blockquote"),
        TagEnd::List(false) => Some("ul"),
        TagEnd::List(true) => Some("ol"),
        TagEnd::Item => Some("li"),
        TagEnd::Emphasis => Some("em"),
        TagEnd::Strong => Some("strong"),
        TagEnd::Strikethrough => Some("s"),
        _ => None,
    }
}

/// Without `<!-- … -->`; one that is never closed hides the rest.
fn without_comments(html: &str) -> String {
    let mut shown = String::new();
    let mut rest = html;
    while let Some(start) = rest.find("<!--") {
        shown.push_str(&rest[..start]);
        rest = rest[start..].find("-->").map_or("", |end| &rest[start + end + 3..]);
    }
    shown + rest
}

/// Escaped text in which `#12` leads to that pull request.
fn with_numbers(text: &str, repository: &str) -> String {
    let mut html = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let stands_alone = !rest[..at].ends_with(|c: char| c.is_alphanumeric());
        let (before, number, end) = (&rest[..at], &rest[at + 1..at + 1 + digits], at + 1 + digits);
        html.push_str(&escape(before));
        if digits > 0 && stands_alone {
            html.push_str(&format!(
                "<a href=\"{}/pull/{number}\">#{number}</a>",
                escape(repository)
            ));
        } else {
            html.push_str(&escape(&rest[at..end]));
        }
        rest = &rest[end..];
    }
    html + &escape(rest)
}

#[cfg(test)]
mod tests {
    use super::render;

    #[test]
    fn what_is_hidden_stays_hidden_and_the_rest_is_shown() {
        let text = "<!-- greenlight:promotion staging -->\n**Two** features\n\n- one (#12)\n- `two`\n<!-- /greenlight -->\nend <!-- x -->.";
        insta::assert_snapshot!(
            render(text, "/harbour/shop"),
            @r#"<p><strong>Two</strong> features</p><ul><li>one (<a href="/harbour/shop/pull/12">#12</a>)</li><li><code>two</code></li></ul><p>end .</p>"#
        );
    }

    #[test]
    fn numbers_in_code_lead_nowhere_and_a_picture_is_folded_away() {
        let shown = render("```mermaid\na[\"#35;3 Faster\"]\n```\n\n```\n#12\n```", "/harbour/shop");
        assert!(!shown.contains("<a "), "{shown}");
        assert!(
            shown.contains("</code></pre></details>") && shown.ends_with("#12\n</code></pre>\n"),
            "{shown}"
        );
    }

    #[test]
    fn html_and_links_that_could_do_something_do_nothing() {
        let text = "<script>alert(1)</script>\n\n<b onclick=x>bold</b> [click](javascript:alert(1)) [good](https://example.com/?a=\"b\")\n\n![pic](http://x/y.png)";
        let html = render(text, "/harbour/shop");
        for forbidden in ["<script", "<b ", "javascript:", "<img", "\"b\""] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
        assert!(html.contains("click") && html.contains("href=\"https://example.com/"));
    }

    #[test]
    fn a_comment_that_is_never_closed_hides_the_rest() {
        assert_eq!(render("<!-- secret\nmore", "/x/y"), "");
    }
}
