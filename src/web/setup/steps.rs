//! The three steps: the form, the way to GitHub, and the way back.

use std::net::IpAddr;
use std::time::Duration;

use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form as Fields, Query, State};
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::guard::{Begun, CodeRefused, Guard, random};
use super::lines::lines;
use super::pages::{self, BeginPage, GoOnPage};
use super::{Made, PATH, Place, RETURN, SetUp};
use crate::github::manifest::{ManifestError, NewApp, install_page, new_app_page, redeem};
use crate::rules::manifest::{manifest, organization};
use crate::rules::words::setup as words;
use crate::web::Peer;
use crate::web::board::page::{Frame, html};
use crate::web::board::{cookie, form, is_loopback, limit, origin};

/// A wrong code costs an address so much that ten a minute are possible.
const WRONG_CODE_COST: f64 = 30.0;

/// The cookie of the browser that was let in; as long as its session.
const COOKIE_LIFE: Duration = Duration::from_secs(4 * 60 * 60);

/// Characters of what somebody writes into a field.
const FIELD_CHARS_MAX: usize = 300;

#[derive(Default, Deserialize)]
pub struct Coming {
    #[serde(default)]
    code: String,
}

/// What the form sends.
#[derive(Default, Deserialize)]
pub struct Filled {
    #[serde(default)]
    code: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    organization: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    credentials: String,
    #[serde(default, rename = "for")]
    whose: String,
}

/// The first page. Looking at it uses nothing up: programs that follow links in a log do no harm.
pub async fn show(
    State(setup): State<SetUp>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Query(coming): Query<Coming>,
) -> Response {
    if !setup.may_ask(whose(peer, &headers), 1.0) {
        return pages::too_fast();
    }
    let guard = setup.inner.guard.lock().await;
    let filled = Filled {
        code: coming.code,
        ..Filled::default()
    };
    setup.form(StatusCode::OK, &guard, &headers, &filled, None)
}

/// The form was sent: lets the browser in and shows the button to GitHub, or says what is wrong.
pub async fn go_on(
    State(setup): State<SetUp>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    filled: Result<Fields<Filled>, FormRejection>,
) -> Response {
    let from = whose(peer, &headers);
    if !setup.may_ask(from, 1.0) {
        return pages::too_fast();
    }
    let filled = filled.map(|Fields(filled)| filled).unwrap_or_default();
    let now = setup.inner.asked.clock.now();
    let mut guard = setup.inner.guard.lock().await;
    let refuse = |guard: &Guard, status, trouble| setup.form(status, guard, &headers, &filled, Some(trouble));
    let wanted = match setup.wanted(&filled) {
        Ok(wanted) => wanted,
        Err(trouble) => return refuse(&guard, StatusCode::UNPROCESSABLE_ENTITY, trouble),
    };
    let secure = wanted.return_url.starts_with("https:");
    let known = cookie::read(&headers, cookie::Kind::SetUp, secure)
        .filter(|session| guard.knows(session, now) && form::is_token(&filled.token, &form::token(session)));
    let (session, is_new) = match known {
        Some(session) => (session.to_owned(), false),
        None => {
            let Some(session) = random() else {
                return StatusCode::INTERNAL_SERVER_ERROR.into_response();
            };
            match guard.admit(&filled.code, &session, now) {
                Ok(()) => (session, true),
                Err(refused) => {
                    if !setup.may_ask(from, WRONG_CODE_COST) {
                        return pages::too_fast();
                    }
                    tracing::warn!(address = %from, ?refused, "somebody came to set-up without the code");
                    return refuse(&guard, StatusCode::FORBIDDEN, in_words(refused));
                }
            }
        }
    };
    let Some(state) = random() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    guard.begin(&state, wanted.public_url.clone(), wanted.show, now);
    let github_url = &setup.inner.asked.github_url;
    let said = words::go_on(wanted.organization, github_url);
    let page = GoOnPage {
        frame: Frame::new(said.title.clone(), None),
        said,
        labels: words::labels(),
        action: new_app_page(github_url, wanted.organization, &state),
        manifest: manifest(&wanted.public_url, &wanted.return_url),
    };
    let mut response = pages::go_on(&page, &origin(github_url));
    if is_new {
        let set = cookie::set(cookie::Kind::SetUp, &session, COOKIE_LIFE, secure);
        response.headers_mut().append(SET_COOKIE, set);
    }
    response
}

/// What GitHub sends the person back with.
#[derive(Deserialize)]
pub struct Back {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// GitHub sent the browser back.
pub async fn come_back(
    State(setup): State<SetUp>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Query(back): Query<Back>,
) -> Response {
    if !setup.may_ask(whose(peer, &headers), 1.0) {
        return pages::too_fast();
    }
    let labels = words::labels();
    let again = Some((PATH.to_owned(), labels.begin_again));
    // Held while GitHub is asked: who sends the same return meanwhile waits, and finds it used.
    let mut guard = setup.inner.guard.lock().await;
    if guard.is_done {
        return pages::told(StatusCode::NOT_FOUND, words::already(), None);
    }
    let now = setup.inner.asked.clock.now();
    let sessions = [true, false].into_iter();
    let mut sessions = sessions.filter_map(|secure| cookie::read(&headers, cookie::Kind::SetUp, secure));
    let Some(begun) = sessions.find_map(|session| guard.begun(session, &back.state, now)) else {
        return pages::told(StatusCode::BAD_REQUEST, words::begun_elsewhere(), again);
    };
    if back.code.is_empty() {
        guard.spend(&begun);
        return pages::told(StatusCode::BAD_REQUEST, words::no_code(), again);
    }
    let asked = &setup.inner.asked;
    match redeem(&asked.api_url, &asked.github_url, &back.code).await {
        Ok(app) => setup.keep(&mut guard, &begun, app).await,
        Err(ManifestError::Refused(complaint)) => {
            tracing::warn!(said = %complaint, "GitHub does not take the code of a new App");
            guard.spend(&begun);
            pages::told(StatusCode::BAD_REQUEST, words::code_refused(), again)
        }
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "could not fetch the credentials of the new App"
            );
            let path = format!("{RETURN}?code={}&state={}", plain(&back.code), plain(&back.state));
            let again = Some((path, labels.try_again));
            pages::told(StatusCode::SERVICE_UNAVAILABLE, words::github_away(), again)
        }
    }
}

/// What the form says, once it is in order.
struct Wanted<'f> {
    organization: Option<&'f str>,
    public_url: String,
    return_url: String,
    show: bool,
}

impl SetUp {
    fn wanted<'f>(&self, filled: &'f Filled) -> Result<Wanted<'f>, &'static str> {
        let asked = &self.inner.asked;
        let organization = match filled.whose.as_str() {
            "person" => None,
            _ => Some(organization(&filled.organization).ok_or(words::organization_wrong())?),
        };
        let public_url = match &asked.public_url {
            Some(known) => known.clone(),
            None => address(&filled.address).ok_or(words::address_wrong())?,
        };
        if public_url.starts_with("http://") && !is_loopback(&public_url) {
            return Err(words::address_unprotected());
        }
        let base = asked.local_url.as_ref().unwrap_or(&public_url);
        Ok(Wanted {
            organization,
            return_url: format!("{base}{RETURN}"),
            show: filled.credentials == "show" || matches!(asked.place, Place::Page),
            public_url,
        })
    }

    /// The form, as it was filled in so far.
    fn form(
        &self,
        status: StatusCode,
        guard: &Guard,
        headers: &HeaderMap,
        filled: &Filled,
        trouble: Option<&'static str>,
    ) -> Response {
        if guard.is_done {
            return pages::told(StatusCode::NOT_FOUND, words::already(), None);
        }
        let asked = &self.inner.asked;
        let now = asked.clock.now();
        let sessions = [true, false].into_iter();
        let mut sessions = sessions.filter_map(|secure| cookie::read(headers, cookie::Kind::SetUp, secure));
        let known = sessions.find(|session| guard.knows(session, now));
        let address = match (&asked.public_url, filled.address.is_empty()) {
            (Some(_), _) => None,
            (None, false) => Some(filled.address.clone()),
            (None, true) => Some(own_address(headers)),
        };
        let said = words::begin(&asked.github_url);
        let page = BeginPage {
            frame: Frame::new(said.title.clone(), None),
            said,
            trouble,
            labels: words::labels(),
            token: known.map(form::token),
            code: filled.code.chars().take(FIELD_CHARS_MAX).collect(),
            organization: filled.organization.chars().take(FIELD_CHARS_MAX).collect(),
            address,
            keep: match &asked.place {
                Place::File { path, .. } => Some(words::keep_in(path)),
                Place::Page | Place::Terminal => None,
            },
            show: filled.credentials == "show" || matches!(asked.place, Place::Page),
        };
        html(status, &page)
    }

    /// The credentials are here: they are kept first, then everything else follows.
    async fn keep(&self, guard: &mut Guard, begun: &Begun, app: NewApp) -> Response {
        guard.spend(begun);
        let Some(webhook_secret) = app.webhook_secret.clone() else {
            let again = Some((PATH.to_owned(), words::labels().begin_again));
            return pages::told(StatusCode::BAD_GATEWAY, words::no_webhook_secret(), again);
        };
        let mut made = Made {
            app,
            webhook_secret,
            public_url: begun.public_url.clone(),
            is_kept: false,
        };
        let mut trouble = None;
        if let Place::File { path, keep } = &self.inner.asked.place
            && !begun.show
        {
            // A few kilobytes, once in a life: not worth a thread of its own.
            match keep(&made) {
                Ok(()) => made.is_kept = true,
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        path,
                        "could not keep the App's credentials"
                    );
                    trouble = Some(words::not_kept(path));
                }
            }
        }
        guard.is_done = true;
        let name = &made.app.name;
        let install = install_page(&made.app);
        let page = match &self.inner.asked.place {
            Place::File { path, .. } if made.is_kept => pages::done(words::kept(name, path), None, None, install),
            Place::Terminal => pages::done(words::in_terminal(name), None, None, install),
            _ => pages::done(words::shown(name), trouble, Some(lines(&made)), install),
        };
        tracing::info!(app.id = made.app.id, app.name = %made.app.name, kept = made.is_kept, "the GitHub App is made");
        let done = self.inner.done.lock();
        let done = done.unwrap_or_else(std::sync::PoisonError::into_inner).take();
        // Whoever waited may be gone, because it was told to stop: what was kept is found at the next start.
        if let Some(done) = done {
            let _ = done.send(made);
        }
        page
    }
}

fn in_words(refused: CodeRefused) -> &'static str {
    match refused {
        CodeRefused::Wrong => words::code_wrong(),
        CodeRefused::Expired => words::code_expired(),
        CodeRefused::Used => words::code_used(),
    }
}

fn whose(peer: Option<Extension<Peer>>, headers: &HeaderMap) -> IpAddr {
    limit::whose(peer.map(|Extension(peer)| peer.0), headers)
}

/// An address as somebody writes it, without what it may not have.
fn address(text: &str) -> Option<String> {
    let url = text.trim().trim_end_matches('/');
    let uri: axum::http::Uri = url.parse().ok()?;
    let is_plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.host().is_some_and(|host| !host.is_empty())
        && uri.query().is_none()
        && uri
            .authority()
            .is_some_and(|authority| !authority.as_str().contains('@'));
    (is_plain && url.len() <= FIELD_CHARS_MAX).then(|| url.to_owned())
}

/// The address at which this browser sees us, as far as proxies tell; proposed to the person, never relied on.
fn own_address(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(host) = text("x-forwarded-host").or_else(|| text(HOST.as_str())) else {
        return String::new();
    };
    let plain = format!("http://{host}");
    let scheme = match text("x-forwarded-proto") {
        Some("http") => "http",
        None if is_loopback(&plain) => "http",
        _ => "https",
    };
    address(&format!("{scheme}://{host}")).unwrap_or_default()
}

/// What can stand in an address as it is; GitHub's codes and our states have nothing else.
fn plain(text: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.chars().filter(fits).take(FIELD_CHARS_MAX).collect()
}
