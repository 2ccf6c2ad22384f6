//! The pages of set-up.

use askama::Template;
use axum::http::HeaderValue;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, RETRY_AFTER};
use axum::response::{IntoResponse, Response};

use super::lines::Lines;
use crate::rules::words::board::{Said, too_fast as words_too_fast};
use crate::rules::words::setup::{self as words, Labels};
use crate::web::board::page::{Frame, html};

/// The form.
#[derive(Template)]
#[template(path = "setup/begin.html")]
pub struct BeginPage {
    pub frame: Frame,
    pub said: Said,
    pub trouble: Option<&'static str>,
    pub labels: Labels,
    /// Of the browser that was let in; the others are asked for the code.
    pub token: Option<String>,
    pub code: String,
    pub organization: String,
    /// Asked for where it is not known.
    pub address: Option<String>,
    /// The choice to keep the credentials, where there is one.
    pub keep: Option<String>,
    pub show: bool,
}

/// The button that leads to GitHub.
#[derive(Template)]
#[template(path = "setup/go_on.html")]
pub struct GoOnPage {
    pub frame: Frame,
    pub said: Said,
    pub labels: Labels,
    pub action: String,
    pub manifest: String,
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "setup/said.html")]
struct SaidPage {
    frame: Frame,
    said: Said,
    trouble: Option<String>,
    labels: Labels,
    lines: Option<Lines>,
    button: Option<(String, &'static str)>,
}

/// That it is done, with the way to install the App.
pub fn done(said: Said, trouble: Option<String>, lines: Option<Lines>, install: String) -> Response {
    let labels = words::labels();
    let page = SaidPage {
        frame: Frame::new(said.title.clone(), None),
        said,
        trouble,
        labels,
        lines,
        button: Some((install, labels.install)),
    };
    html(StatusCode::OK, &page)
}

/// That it did not go, and how it goes on.
pub fn told(status: StatusCode, said: Said, button: Option<(String, &'static str)>) -> Response {
    let page = SaidPage {
        frame: Frame::new(said.title.clone(), None),
        said,
        trouble: None,
        labels: words::labels(),
        lines: None,
        button,
    };
    html(status, &page)
}

/// The page with the button; only this GitHub can be its form's goal.
pub fn go_on(page: &GoOnPage, github_origin: &str) -> Response {
    let mut response = html(StatusCode::OK, page);
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action {github_origin}; \
         frame-ancestors 'none'; base-uri 'none'"
    );
    match HeaderValue::try_from(policy) {
        Ok(policy) => {
            response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
            response
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

pub fn too_fast() -> Response {
    let mut response = told(StatusCode::TOO_MANY_REQUESTS, words_too_fast(), None);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from_static("60"));
    response
}

/// For every other address.
pub async fn not_yet() -> Response {
    told(StatusCode::SERVICE_UNAVAILABLE, words::not_yet(), None)
}
