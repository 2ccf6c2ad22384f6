//! The frame around every page, and the pages that only say something: nothing here, sign in first, try again.

use askama::Template;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::address::return_to;
use super::session::Visitor;
use super::{Board, assets};
use crate::rules::words::board::{self, Buttons, Said};
use crate::rules::words::setup;
use crate::store::StoreError;

/// Why nobody can sign in.
#[derive(Clone, Debug)]
pub enum Closed {
    Missing(Vec<&'static str>),
    Unprotected,
}

/// Why a page cannot be shown.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody is signed in here; afterwards it goes on at this path.
    SignedOut {
        return_to: String,
    },
    Closed(Closed),
    NothingHere,
    GithubAway,
    AppRefused,
    FormRefused,
    TooFast,
    OutOfOrder,
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a page could not read or write the database"
        );
        Self::OutOfOrder
    }
}

/// What stands around a page's content.
pub struct Frame {
    pub title: String,
    /// Who is signed in, and the token of her forms.
    pub visitor: Option<(String, String)>,
    pub buttons: Buttons,
    pub version: &'static str,
}

impl Frame {
    /// The frame of a page with this title.
    pub fn new(title: impl Into<String>, visitor: Option<&Visitor>) -> Self {
        Self {
            title: title.into(),
            visitor: visitor.map(|visitor| {
                let login = &visitor.session.person.login;
                (board::signed_in_as(login), visitor.form_token())
            }),
            buttons: board::buttons(),
            version: assets::VERSION,
        }
    }
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "said.html")]
struct SaidPage {
    frame: Frame,
    said: Said,
    /// Settings to set, below it.
    settings: Vec<&'static str>,
    /// Where the button to sign in leads.
    sign_in: Option<String>,
}

/// A page from its template.
pub fn html(status: StatusCode, page: &impl Template) -> Response {
    match page.render() {
        Ok(text) => {
            let html = HeaderValue::from_static("text/html; charset=utf-8");
            (status, [(CONTENT_TYPE, html)], text).into_response()
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "a page could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that says something to somebody who may sign in.
pub fn ask_to_sign_in(status: StatusCode, said: Said, to: &str) -> Response {
    let page = SaidPage {
        frame: Frame::new(said.title.clone(), None),
        said,
        settings: Vec::new(),
        sign_in: Some(format!("/sign-in?to={}", in_query(return_to(Some(to))))),
    };
    html(status, &page)
}

fn only_said(status: StatusCode, said: Said, settings: Vec<&'static str>) -> Response {
    let page = SaidPage {
        frame: Frame::new(said.title.clone(), None),
        said,
        settings,
        sign_in: None,
    };
    html(status, &page)
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let away = StatusCode::SERVICE_UNAVAILABLE;
        let mut response = match self {
            Self::SignedOut { return_to } => ask_to_sign_in(StatusCode::UNAUTHORIZED, board::signed_out(), &return_to),
            Self::Closed(Closed::Missing(settings)) => only_said(away, board::not_set_up(), settings),
            Self::Closed(Closed::Unprotected) => only_said(away, board::not_protected(), vec!["PUBLIC_URL"]),
            Self::NothingHere => only_said(StatusCode::NOT_FOUND, board::nothing_here(), Vec::new()),
            Self::GithubAway => only_said(away, board::github_away(), Vec::new()),
            Self::AppRefused => only_said(away, board::app_refused(), Vec::new()),
            Self::FormRefused => only_said(StatusCode::FORBIDDEN, board::form_refused(), Vec::new()),
            Self::TooFast => only_said(StatusCode::TOO_MANY_REQUESTS, board::too_fast(), Vec::new()),
            Self::OutOfOrder => only_said(away, board::out_of_order(), Vec::new()),
        };
        if matches!(
            response.status(),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        ) {
            let headers = response.headers_mut();
            headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        response
    }
}

/// For every address that is no page of ours.
pub(super) async fn nothing_here(State(_): State<Board>) -> Trouble {
    Trouble::NothingHere
}

/// For who comes to set-up when there is an App.
pub(super) async fn already_set_up(State(_): State<Board>) -> Response {
    only_said(StatusCode::NOT_FOUND, setup::already(), Vec::new())
}

/// A text as the value of a query.
pub fn in_query(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// A moment, for a `<time>` element: for machines, and as it is read where no script sets it into the viewer's own zone.
pub struct Moment {
    pub machine: String,
    pub text: String,
    /// The zone that the text is told in.
    pub zone: String,
}

impl Moment {
    /// As a repository tells it, whose zone is the one of this name.
    pub fn in_zone(at: Timestamp, zone: &str) -> Self {
        let Ok(found) = TimeZone::get(zone) else {
            return Self::from(at);
        };
        let told = at.to_zoned(found).strftime("%A, %-d %B %Y at %H:%M").to_string();
        Self {
            machine: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: format!("{told} ({zone})"),
            zone: zone.to_owned(),
        }
    }
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        let utc = at.to_zoned(TimeZone::UTC);
        Self {
            machine: at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            text: utc.strftime("%A, %-d %B %Y at %H:%M UTC").to_string(),
            zone: "UTC".to_owned(),
        }
    }
}
