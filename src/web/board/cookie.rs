//! The cookies: who is signed in, a sign-in on its way, and who sets Greenlight up. Both are sent back to us only, and no script can read them.

use std::time::Duration;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};

/// What a cookie is for.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Session,
    SignIn,
    SetUp,
}

impl Kind {
    /// `__Host-` lets a browser take the cookie only over TLS, from this very host, for all of it. Over plain HTTP, which is only
    /// ever the visitor's own machine, there is no such thing.
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-greenlight-session",
            (Self::Session, false) => "greenlight-session",
            (Self::SignIn, true) => "__Host-greenlight-sign-in",
            (Self::SignIn, false) => "greenlight-sign-in",
            (Self::SetUp, true) => "__Host-greenlight-setup",
            (Self::SetUp, false) => "greenlight-setup",
        }
    }
}

/// The value of a cookie, if it was sent once; of two of the same name nobody knows whose the other is.
pub fn read(headers: &HeaderMap, kind: Kind, secure: bool) -> Option<&str> {
    let name = kind.name(secure);
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = all
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(key, _)| *key == name)
        .map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value),
        _ => None,
    }
}

/// A `Set-Cookie` that holds for `life`.
pub fn set(kind: Kind, value: &str, life: Duration, secure: bool) -> HeaderValue {
    let protected = if secure { "; Secure" } else { "" };
    let text = format!(
        "{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{protected}",
        kind.name(secure),
        life.as_secs()
    );
    HeaderValue::try_from(text).expect("hexadecimal digits and fixed text are fit for a header")
}

/// A `Set-Cookie` that ends it.
pub fn clear(kind: Kind, secure: bool) -> HeaderValue {
    set(kind, "", Duration::ZERO, secure)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let headers = sent(&["a=b; __Host-greenlight-session=17", "c=d"]);
        assert_eq!(read(&headers, Kind::Session, true), Some("17"));
        assert_eq!(read(&headers, Kind::Session, false), None);
        assert_eq!(read(&headers, Kind::SignIn, true), None);
    }

    #[test]
    fn of_two_with_one_name_neither_is_believed() {
        for lines in [
            &["greenlight-session=1; greenlight-session=2"][..],
            &["greenlight-session=1", "greenlight-session=1"],
        ] {
            assert_eq!(read(&sent(lines), Kind::Session, false), None);
        }
    }

    #[test]
    fn a_cookie_is_for_us_alone() {
        assert_eq!(
            set(Kind::Session, "17", Duration::from_secs(60), true),
            "__Host-greenlight-session=17; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            clear(Kind::SignIn, false),
            "greenlight-sign-in=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }
}
