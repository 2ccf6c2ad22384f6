//! Texts as they are sent: a reply carries the hidden marker by which it is found again, and nothing is longer than GitHub takes.

use crate::rules::id::{RequestId, Sha};

/// More is refused with `Body is too long (maximum is 65536 characters)`.
const TEXT_CHARS_MAX: usize = 65_536;

/// What GitHub takes beside an answer to a workflow run. Source: "Creating custom deployment protection rules".
const COMMENT_CHARS_MAX: usize = 1024;

/// Told where a text was cut.
const CUT: &str = "\n\n*The rest does not fit here: GitHub takes no longer text.*";

/// The hidden marker of the reply to a request. GitHub does not show HTML comments.
pub fn marker(request: RequestId) -> String {
    format!("<!-- greenlight:answer {request} -->")
}

/// The hidden marker of a feature's card; there is one card on a pull request.
pub const CARD_MARKER: &str = "<!-- greenlight:card -->";

/// The hidden marker of the one comment on a promotion pull request that was merged by hand.
pub const MERGED_MARKER: &str = "<!-- greenlight:merged -->";

/// The whole body of that comment.
pub(super) fn with_merged_marker(text: &str) -> String {
    let marker = format!("\n\n{MERGED_MARKER}");
    format!("{}{marker}", fitting(text, TEXT_CHARS_MAX - marker.len()))
}

/// The hidden marker of a release.
const RELEASE_MARKER: (&str, &str) = ("<!-- greenlight:release ", " -->");

/// The whole notes of the release of this commit.
pub(super) fn with_release_marker(text: &str, commit: &Sha) -> String {
    let (begin, end) = RELEASE_MARKER;
    let marker = format!("\n\n{begin}{commit}{end}");
    format!("{}{marker}", fitting(text, TEXT_CHARS_MAX - marker.len()))
}

/// The commit that the marker in a release names.
pub(super) fn released_of(body: &str) -> Option<Sha> {
    let (begin, end) = RELEASE_MARKER;
    let (_, marked) = body.rsplit_once(begin)?;
    Sha::parse(marked.split_once(end)?.0)
}

/// The hidden marker of an issue that tells developers of a rollback.
const ISSUE_MARKER: (&str, &str) = ("<!-- greenlight:taken-back ", " -->");

/// The whole text of that issue.
pub(super) fn with_issue_marker(text: &str, mark: &str) -> String {
    let (begin, end) = ISSUE_MARKER;
    let marker = format!("\n\n{begin}{mark}{end}");
    format!("{}{marker}", fitting(text, TEXT_CHARS_MAX - marker.len()))
}

/// What the marker in an issue says.
pub(super) fn issue_mark(body: &str) -> Option<&str> {
    let (begin, end) = ISSUE_MARKER;
    let (_, marked) = body.rsplit_once(begin)?;
    Some(marked.split_once(end)?.0)
}

/// Whether this is no longer than GitHub takes.
pub(super) fn fits(text: &str) -> bool {
    text.chars().count() <= TEXT_CHARS_MAX
}

/// The whole body of a card.
pub(super) fn with_card_marker(text: &str) -> String {
    let marker = format!("\n\n{CARD_MARKER}");
    format!("{}{marker}", fitting(text, TEXT_CHARS_MAX - marker.len()))
}

/// The whole body of a reply.
pub(super) fn with_marker(text: &str, request: RequestId) -> String {
    let marker = format!("\n\n{}", marker(request));
    format!("{}{marker}", fitting(text, TEXT_CHARS_MAX - marker.len()))
}

/// A pull request's body.
pub(super) fn fitting_body(text: &str) -> String {
    fitting(text, TEXT_CHARS_MAX)
}

/// What is said to a workflow run.
pub(super) fn fitting_comment(text: &str) -> String {
    fitting(text, COMMENT_CHARS_MAX)
}

/// Cut at the end of a line where it is too long, so that no half item of a list remains.
fn fitting(text: &str, chars_max: usize) -> String {
    if text.chars().count() <= chars_max {
        return text.to_owned();
    }
    let kept = chars_max - CUT.chars().count();
    let end = text.char_indices().nth(kept).map_or(text.len(), |(index, _)| index);
    let end = text[..end].rfind('\n').unwrap_or(end);
    format!("{}{CUT}", &text[..end])
}

#[cfg(test)]
mod tests {
    use crate::rules::id::CommentId;

    use super::{RequestId, TEXT_CHARS_MAX, marker, with_marker};

    #[test]
    fn a_reply_ends_in_its_marker_however_long_it_is() {
        let request = RequestId::Comment(CommentId(3_000_000_000));
        assert_eq!(
            with_marker("Done.", request),
            "Done.\n\n<!-- greenlight:answer 3000000000 -->"
        );
        for line in ["- ü a feature\n", "ü"] {
            let long = with_marker(&line.repeat(TEXT_CHARS_MAX), request);
            assert!(long.chars().count() <= TEXT_CHARS_MAX);
            assert!(long.ends_with(&marker(request)));
            assert!(long.contains("The rest does not fit here"));
        }
    }
}
