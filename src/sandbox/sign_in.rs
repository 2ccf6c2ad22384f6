//! Signing in through GitHub: the page that asks a person whether an App may act for her, the code she is sent back with, and the
//! tokens it is exchanged for.
//!
//! As on GitHub with expiring user tokens: a code holds ten minutes and is good for one try, the challenge of PKCE is checked, a
//! user token holds 8 hours, and refreshing it ends both the old token and the old refresh token.
//! Source: <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app>.
//!
//! Instead of a password, the visitor says whom to be.

use std::collections::HashMap;

use axum::extract::{FromRequest, Query, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use http::StatusCode;
use http::header::{ACCEPT, CONTENT_TYPE};
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::GitHub;
use super::pages::html;
use super::people::{Kind, UserId};
use super::world::World;

/// How long a code can be exchanged.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Seconds that a user token lives: 8 hours.
const TOKEN_LIFE_SECS: i64 = 28_800;

/// Seconds that a refresh token lives: half a year.
const REFRESH_LIFE_SECS: i64 = 15_897_600;

/// What was given out, and to whom.
#[derive(Debug, Default)]
pub(super) struct SignIns {
    codes: HashMap<String, Code>,
    tokens: HashMap<String, UserToken>,
    refresh_tokens: HashMap<String, RefreshToken>,
    refreshed: u32,
}

#[derive(Debug)]
struct Code {
    user: UserId,
    redirect_uri: String,
    /// PKCE's, if the App sent one.
    challenge: Option<String>,
    expires_at: Timestamp,
}

#[derive(Debug)]
struct UserToken {
    user: UserId,
    expires_at: Timestamp,
}

#[derive(Debug)]
struct RefreshToken {
    user: UserId,
    /// The user token that goes with it.
    access: String,
    expires_at: Timestamp,
}

impl SignIns {
    /// Whom a token speaks for, while it does.
    pub fn user(&self, token: &str, now: Timestamp) -> Option<UserId> {
        self.tokens
            .get(token)
            .filter(|token| token.expires_at > now)
            .map(|token| token.user)
    }

    fn revoke(&mut self, user: UserId) {
        self.tokens.retain(|_, token| token.user != user);
        self.refresh_tokens.retain(|_, token| token.user != user);
    }
}

impl GitHub {
    /// The addresses to which people may be sent back, exactly as they are registered; the first is the default.
    pub fn set_callback_urls(&self, urls: &[&str]) {
        self.world().app.callback_urls = urls.iter().map(|url| (*url).to_owned()).collect();
    }

    /// A person takes back that the App may act for her.
    pub fn revoke_authorization(&self, login: &str) {
        let mut world = self.world();
        let user = world.person(login);
        world.sign_ins.revoke(user);
    }

    /// How often a user token was refreshed.
    pub fn token_refreshes(&self) -> u32 {
        self.world().sign_ins.refreshed
    }
}

/// The pages and the exchange, beside the API.
pub(super) fn router(github: GitHub) -> Router {
    Router::new()
        .route("/login/oauth/authorize", get(authorize))
        .route("/login/oauth/access_token", post(access_token))
        .with_state(github)
}

/// What the App asks for, and what the visitor chose.
#[derive(Debug, Deserialize)]
struct Wish {
    client_id: Option<String>,
    redirect_uri: Option<String>,
    state: Option<String>,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    /// Only here: the login to be.
    r#as: Option<String>,
    /// Only here: not to let the App in.
    cancel: Option<String>,
}

async fn authorize(State(github): State<GitHub>, Query(wish): Query<Wish>) -> Response {
    let mut world = github.world();
    if wish.client_id.as_deref() != Some(world.app.client_id.as_str()) {
        return html::nothing_here();
    }
    let Some(default) = world.app.callback_urls.first().cloned() else {
        return html::nothing_here();
    };
    let back = wish.redirect_uri.clone().unwrap_or_else(|| default.clone());
    if !world.app.callback_urls.contains(&back) {
        let said = "The redirect_uri MUST match the registered callback URL for this application.";
        return refused(&default, "redirect_uri_mismatch", said, &wish);
    }
    if wish.code_challenge.is_some() && wish.code_challenge_method.as_deref() != Some("S256") {
        return refused(
            &back,
            "invalid_request",
            "The code_challenge_method must be S256.",
            &wish,
        );
    }
    if wish.cancel.is_some() {
        let said = "The user has denied your application access.";
        return refused(&back, "access_denied", said, &wish);
    }
    let chosen = wish.r#as.as_deref().and_then(|login| world.user_named(login));
    let Some(user) = chosen
        .filter(|user| user.kind == Kind::User)
        .map(|user| (user.id, user.login.clone()))
    else {
        return choice(&world, &wish);
    };
    let code = world.chance.hex()[..20].to_owned();
    let given = Code {
        user: user.0,
        redirect_uri: back.clone(),
        challenge: wish.code_challenge.clone(),
        expires_at: world.clock.now().saturating_add(CODE_LIFE).unwrap_or(Timestamp::MAX),
    };
    world.sign_ins.codes.insert(code.clone(), given);
    let state = wish.state.as_deref().unwrap_or_default();
    html::go_to(&with_query(&back, &[("code", &code), ("state", state)]))
}

fn refused(back: &str, error: &str, said: &str, wish: &Wish) -> Response {
    let state = wish.state.as_deref().unwrap_or_default();
    html::go_to(&with_query(
        back,
        &[("error", error), ("error_description", said), ("state", state)],
    ))
}

/// The page on which the visitor says whom to be. Links, not a form: they lead to another place than this one.
fn choice(world: &World, wish: &Wish) -> Response {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let mut asked = vec![("client_id", text(&wish.client_id)), ("state", text(&wish.state))];
    for (name, value) in [
        ("redirect_uri", &wish.redirect_uri),
        ("code_challenge", &wish.code_challenge),
        ("code_challenge_method", &wish.code_challenge_method),
    ] {
        asked.extend(value.clone().map(|value| (name, value)));
    }
    let link = |more: (&'static str, &str)| {
        let pairs = asked.iter().map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<(&str, &str)> = pairs.chain([more]).collect();
        html::escape(&with_query("/login/oauth/authorize", &pairs))
    };
    let people = world.users.values().filter(|user| user.kind == Kind::User);
    let people = people.filter(|user| user.login != "admin");
    let item = |login: &str| {
        format!(
            "<li><a href=\"{}\">{}</a></li>",
            link(("as", login)),
            html::escape(login)
        )
    };
    let list: String = people.map(|user| item(&user.login)).collect();
    let body = format!(
        "<h1>Sign in to {}</h1><p>On GitHub you would be asked for your password. Here you say whom to be:</p><ul>{list}</ul>\
         <p><a href=\"{}\">Cancel</a></p>",
        html::escape(&world.app.name),
        link(("cancel", "1"))
    );
    html::page("Sign in", None, &body)
}

fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    format!("{url}?{}", pairs.join("&"))
}

pub(super) fn encoded(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

type Fields = HashMap<String, String>;

/// Gives JSON to those who ask for it, and form fields to others, as GitHub does; a refusal comes with status 200.
async fn access_token(State(github): State<GitHub>, request: Request) -> Response {
    let is_json = |value: &http::HeaderValue| value.to_str().is_ok_and(|text| text.contains("json"));
    let wants_json = request.headers().get(ACCEPT).is_some_and(is_json);
    let fields = if request.headers().get(CONTENT_TYPE).is_some_and(is_json) {
        Json::<Fields>::from_request(request, &())
            .await
            .map(|Json(fields)| fields)
            .ok()
    } else {
        Form::<Fields>::from_request(request, &())
            .await
            .map(|Form(fields)| fields)
            .ok()
    };
    let Some(fields) = fields else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let mut world = github.world();
    if let Some(super::Fault::Status(status)) = world.faults.for_request("POST", "/login/oauth/access_token") {
        return StatusCode::from_u16(status).unwrap_or_default().into_response();
    }
    let answer = world.exchange(&fields).unwrap_or_else(|(error, said)| {
        json!({ "error": error, "error_description": said,
            "error_uri": "https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/" })
    });
    if wants_json {
        return Json(answer).into_response();
    }
    let pairs = answer.as_object().into_iter().flatten().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{name}={}", encoded(&text))
    });
    let text = pairs.collect::<Vec<_>>().join("&");
    (
        [(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")],
        text,
    )
        .into_response()
}

type Refused = (&'static str, &'static str);

impl World {
    fn exchange(&mut self, fields: &Fields) -> Result<Value, Refused> {
        let field = |name: &str| fields.get(name).map(String::as_str);
        let is_app = field("client_id") == Some(&self.app.client_id);
        if !is_app || field("client_secret") != Some(&self.app.client_secret) {
            return Err((
                "incorrect_client_credentials",
                "The client_id and/or client_secret passed are incorrect.",
            ));
        }
        let user = match field("grant_type") {
            Some("refresh_token") => self.take_refresh_token(field("refresh_token").unwrap_or_default())?,
            _ => self.take_code(fields)?,
        };
        Ok(self.grant_token(user))
    }

    /// A code is gone with the first try, whether that succeeds or not.
    fn take_code(&mut self, fields: &Fields) -> Result<UserId, Refused> {
        let bad = ("bad_verification_code", "The code passed is incorrect or expired.");
        let field = |name: &str| fields.get(name).map(String::as_str);
        let code = self
            .sign_ins
            .codes
            .remove(field("code").unwrap_or_default())
            .ok_or(bad)?;
        if code.expires_at <= self.clock.now() {
            return Err(bad);
        }
        if field("redirect_uri").is_some_and(|uri| uri != code.redirect_uri) {
            return Err((
                "redirect_uri_mismatch",
                "The redirect_uri MUST match the registered callback URL for this application.",
            ));
        }
        let made = digest(&SHA256, field("code_verifier").unwrap_or_default().as_bytes());
        let proves =
            |challenge: &String| super::base64::decode(challenge).is_some_and(|wanted| wanted == made.as_ref());
        if !code.challenge.as_ref().is_none_or(proves) {
            return Err(bad);
        }
        Ok(code.user)
    }

    fn take_refresh_token(&mut self, token: &str) -> Result<UserId, Refused> {
        let bad = ("bad_refresh_token", "The refresh token passed is incorrect or expired.");
        let token = self.sign_ins.refresh_tokens.remove(token).ok_or(bad)?;
        self.sign_ins.tokens.remove(&token.access);
        if token.expires_at <= self.clock.now() {
            return Err(bad);
        }
        self.sign_ins.refreshed += 1;
        Ok(token.user)
    }

    fn grant_token(&mut self, user: UserId) -> Value {
        let (access, refresh) = (
            format!("ghu_{}", &self.chance.hex()[..36]),
            format!("ghr_{}{}", self.chance.hex(), &self.chance.hex()[..28]),
        );
        let now = self.clock.now();
        let after = |secs| {
            now.saturating_add(SignedDuration::from_secs(secs))
                .unwrap_or(Timestamp::MAX)
        };
        let token = UserToken {
            user,
            expires_at: after(TOKEN_LIFE_SECS),
        };
        self.sign_ins.tokens.insert(access.clone(), token);
        let token = RefreshToken {
            user,
            access: access.clone(),
            expires_at: after(REFRESH_LIFE_SECS),
        };
        self.sign_ins.refresh_tokens.insert(refresh.clone(), token);
        json!({
            "access_token": access, "expires_in": TOKEN_LIFE_SECS, "refresh_token": refresh,
            "refresh_token_expires_in": REFRESH_LIFE_SECS, "token_type": "bearer", "scope": "",
        })
    }
}
