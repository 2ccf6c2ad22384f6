//! What GitHub says in the headers of its answers: where a list goes on, how many requests are left, when to come back.
//!
//! Pure, and total: whatever stands there is read or taken for absent.

use http::HeaderMap;
use jiff::{Timestamp, fmt::rfc2822};

/// The address of the next page in a `Link` header. An address may hold commas and semicolons of its own.
/// Source: <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>; RFC 8288, 3.
pub fn next_page(link: &str) -> Option<&str> {
    let mut rest = link;
    while let Some((_, from_target)) = rest.split_once('<') {
        let (target, parameters) = from_target.split_once('>')?;
        // The next link begins behind the first comma that is not within quotation marks.
        let mut is_quoted = false;
        let end = parameters.find(|c: char| {
            is_quoted ^= c == '"';
            c == ',' && !is_quoted
        });
        let (own, behind) = parameters.split_at(end.unwrap_or(parameters.len()));
        let mut own = own.split(';').map(str::trim);
        if own.any(|parameter| matches!(parameter, "rel=\"next\"" | "rel=next")) {
            return Some(target);
        }
        rest = behind;
    }
    None
}

/// A header that is a number.
pub fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// GitHub's own time of an answer.
pub fn github_time(headers: &HeaderMap) -> Option<Timestamp> {
    let date = headers.get("date")?.to_str().ok()?;
    rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
}

/// How many seconds it takes until the hour of requests begins anew; `None` if GitHub did not say, or it already has.
/// `now` is our time, for answers without GitHub's.
pub fn secs_until_reset(headers: &HeaderMap, now: Timestamp) -> Option<i64> {
    let reset = number(headers, "x-ratelimit-reset")?;
    // `reset` is GitHub's time; its `Date` tells how far our clock is off.
    let theirs = github_time(headers).unwrap_or(now);
    Some(reset.saturating_sub(theirs.as_second())).filter(|secs| *secs > 0)
}

#[cfg(test)]
mod tests {
    use super::next_page;

    #[test]
    fn the_next_page_is_found_among_the_others() {
        let link =
            r#"<https://a/x?page=1>; rel="prev", <https://a/x?page=3>; rel="next", <https://a/x?page=9>; rel="last""#;
        assert_eq!(next_page(link), Some("https://a/x?page=3"));
        assert_eq!(next_page(r#"<https://a/x?page=1>; rel="prev""#), None);
        assert_eq!(next_page(""), None);
    }

    /// A list whose next page is not found would be taken for whole.
    #[test]
    fn an_address_with_commas_is_one_address() {
        let link = r#"<https://a/x?labels=a,b;c&page=2>; title="a, <b>; c"; rel="next""#;
        assert_eq!(next_page(link), Some("https://a/x?labels=a,b;c&page=2"));
        let second = r#"<https://a/1>; rel="first"; title="x, y", <https://a/2,3>;rel=next"#;
        assert_eq!(next_page(second), Some("https://a/2,3"));
    }
}
