//! Whether a form was sent from a page of ours, by the person who is signed in: where it came from, and that page's token.

use axum::http::HeaderMap;
use axum::http::header::ORIGIN;
use ring::digest::{SHA256, digest};

use super::seal::hex;

/// The name of the hidden field.
pub const FIELD: &str = "token";

/// The token of a session's forms. Only who has the session's cookie can make it, and it tells nothing of the cookie.
pub fn token(session: &str) -> String {
    hex(digest(&SHA256, format!("greenlight form {session}").as_bytes()).as_ref())
}

/// Whether the browser says that the request comes from a page of this origin.
///
/// Our pages send no referrer, and browsers then write `Origin: null`; such a one counts only where `Sec-Fetch-Site` says that it is
/// ours. Source: <https://fetch.spec.whatwg.org/#append-a-request-origin-header>.
pub fn is_from_here(headers: &HeaderMap, origin: &str) -> bool {
    let one = |name: &str| {
        let mut values = headers.get_all(name).iter();
        match (values.next(), values.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => value.to_str().map(Some).map_err(|_| ()),
            _ => Err(()),
        }
    };
    match (one("sec-fetch-site"), one(ORIGIN.as_str())) {
        (Ok(Some("same-origin")), Ok(from)) => from.is_none_or(|from| from == "null" || from == origin),
        (Ok(None), Ok(Some(from))) => from == origin,
        _ => false,
    }
}

/// Whether this is the token. Of digests, so that how long it takes tells nothing of where they differ.
pub fn is_token(sent: &str, expected: &str) -> bool {
    digest(&SHA256, sent.as_bytes()).as_ref() == digest(&SHA256, expected.as_bytes()).as_ref()
}

/// Whether a form's fields hold the token.
pub fn has_token(body: &[u8], expected: &str) -> bool {
    let pairs = std::str::from_utf8(body).unwrap_or_default().split('&');
    let mut tokens = pairs
        .filter_map(|pair| pair.split_once('='))
        .filter(|(name, _)| *name == FIELD);
    match (tokens.next(), tokens.next()) {
        (Some((_, sent)), None) => is_token(sent, expected),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    const US: &str = "https://greenlight.example.com";

    fn from_here(sent: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_from_here(&headers, US)
    }

    #[test]
    fn only_our_own_pages_are_ours() {
        for sent in [
            &[("origin", US)][..],
            &[("sec-fetch-site", "same-origin"), ("origin", "null")],
            &[("sec-fetch-site", "same-origin"), ("origin", US)],
            &[("sec-fetch-site", "same-origin")],
        ] {
            assert!(from_here(sent), "{sent:?}");
        }
        for sent in [
            &[][..],
            &[("origin", "null")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://greenlight.example.com.evil.example")],
            &[("origin", US), ("origin", "https://evil.example")],
            &[("sec-fetch-site", "cross-site"), ("origin", US)],
            &[("sec-fetch-site", "same-site"), ("origin", "null")],
            &[("sec-fetch-site", "none"), ("origin", "null")],
            &[("sec-fetch-site", "same-origin"), ("origin", "https://evil.example")],
        ] {
            assert!(!from_here(sent), "{sent:?}");
        }
    }

    #[test]
    fn a_form_needs_its_sessions_token() {
        let token = token("abc");
        assert!(has_token(format!("token={token}").as_bytes(), &token));
        assert!(has_token(format!("a=b&token={token}&c=d").as_bytes(), &token));
        for body in [
            String::new(),
            "token=".to_owned(),
            format!("token={}", super::token("abd")),
            format!("token={token}&token=x"),
            format!("xtoken={token}"),
        ] {
            assert!(!has_token(body.as_bytes(), &token), "{body}");
        }
    }
}
