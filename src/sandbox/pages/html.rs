//! What all pages have in common: the frame around them, the look, and making text harmless.

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};

use crate::sandbox::Refusal;

/// A page that looks again by itself.
pub struct Again {
    /// Seconds from now.
    pub after_secs: u32,
    /// The address to look at then.
    pub url: String,
}

/// Text as it is to be read, whatever characters it has.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A whole page; `title` is text, `body` is HTML.
pub fn page(title: &str, again: Option<&Again>, body: &str) -> Response {
    answer(StatusCode::OK, title, again, body)
}

/// The same, where what a form is answered with leads the browser to another place: browsers ask the page's policy for that, too.
pub fn page_leading_to(title: &str, body: &str, goals: &[&str]) -> Response {
    let mut response = page(title, None, body);
    let origins: Vec<String> = goals.iter().filter_map(|goal| origin(goal)).collect();
    let policy = POLICY.replace(
        "form-action 'self'",
        &format!("form-action 'self' {}", origins.join(" ")),
    );
    if let Ok(policy) = policy.parse() {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn origin(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    Some(format!("{}://{}", uri.scheme()?, uri.authority()?))
}

pub fn nothing_here() -> Response {
    let body = "<h1>There is nothing here</h1><p>The simulated GitHub has no such page. <a href=\"/\">Go to the repositories.</a></p>";
    answer(StatusCode::NOT_FOUND, "Nothing here", None, body)
}

/// GitHub said no.
pub fn refused(refusal: &Refusal, back: &str) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::CONFLICT);
    let body = format!(
        "<h1>That was not possible</h1><p>The simulated GitHub says: {}</p><p><a href=\"{}\">Go back.</a></p>",
        escape(&refusal.message),
        escape(back)
    );
    answer(status, "Not possible", None, &body)
}

/// Sends the browser on after a form, so that looking again does not send the form again.
pub fn go_to(url: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    // Addresses are made of names that a path already held, so they are fit for a header.
    if let Ok(url) = url.parse() {
        response.headers_mut().insert(LOCATION, url);
    }
    response
}

fn answer(status: StatusCode, title: &str, again: Option<&Again>, body: &str) -> Response {
    let refresh = again.map_or_else(String::new, |again| {
        format!(
            "<meta http-equiv=\"refresh\" content=\"{};url={}\">",
            again.after_secs,
            escape(&again.url)
        )
    });
    let text = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">{refresh}\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}</style></head>\
         <body><p class=\"simulated\">A simulated GitHub. Nothing here leaves this computer.</p><main>{body}</main></body></html>\n",
        escape(title)
    );
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let fixed = http::HeaderValue::from_static;
    headers.insert(CONTENT_TYPE, fixed("text/html; charset=utf-8"));
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, fixed(POLICY));
    response
}

/// Should anybody's text ever get through as HTML, it still cannot run or fetch anything.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("style.css");
