//! Who is asking: the session behind a browser's cookie, and GitHub's tokens that go with it.
//!
//! A session ends 12 hours after it began, two hours after its browser last asked for anything, by signing out, and when GitHub
//! takes its tokens no more. Tokens are renewed by one at a time: GitHub ends a refresh token with its first use.

use std::time::Duration;

use axum::http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::MutexGuard;

use super::page::Trouble;
use super::seal::unhex;
use super::seen::away;
use super::{Board, Open, TURNS, cookie, form};
use crate::github::sign_in::{Granted, SignInError};
use crate::store::{Digest, Session};

/// The longest that anybody stays signed in.
pub const LIFE: SignedDuration = SignedDuration::from_hours(12);

/// A browser that asks for nothing for so long has been left alone.
const IDLE: SignedDuration = SignedDuration::from_hours(2);

/// That a session is in use is written down no more often than this.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A token with less life than this is renewed before it is used.
const LIFE_LEFT_MIN: SignedDuration = SignedDuration::from_mins(5);

/// Who is renewing tokens and says nothing for so long has died; longer than GitHub is given to answer.
const RENEWING: SignedDuration = SignedDuration::from_secs(40);

/// How long, and how often, is looked whether another process has renewed the tokens.
const OTHERS_PATIENCE: u32 = 100;
const OTHERS_EVERY: Duration = Duration::from_millis(200);

/// A person who is signed in.
pub struct Visitor {
    pub session: Session,
    /// What her browser holds.
    secret: String,
    /// Where she was going.
    going_to: String,
}

impl Visitor {
    /// The token that forms on her pages carry.
    pub fn form_token(&self) -> String {
        form::token(&self.secret)
    }
}

/// GitHub's tokens, as they are sealed.
#[derive(Serialize, Deserialize)]
struct Tokens {
    access: String,
    access_ends_at: Option<Timestamp>,
    refresh: Option<String>,
}

impl From<&Granted> for Tokens {
    fn from(granted: &Granted) -> Self {
        Self {
            access: granted.access.expose_secret().to_owned(),
            access_ends_at: granted.access_ends_at,
            refresh: granted
                .refresh
                .as_ref()
                .map(|refresh| refresh.expose_secret().to_owned()),
        }
    }
}

/// The digest under which something that a browser holds is known.
pub fn digest_of(secret: &str) -> Digest {
    let mut known = [0; 32];
    known.copy_from_slice(digest(&SHA256, secret.as_bytes()).as_ref());
    known
}

/// Nothing sealed for one session opens for another.
fn purpose(id: &Digest) -> Vec<u8> {
    [b"tokens of ", &id[..]].concat()
}

impl Open {
    /// The lock of a session.
    pub async fn turn_of(&self, id: &Digest) -> MutexGuard<'_, ()> {
        self.turns[usize::from(id[0]) % TURNS].lock().await
    }

    /// Seals what GitHub granted, for the session that is or will be known by `id`.
    pub fn sealed(&self, id: &Digest, granted: &Granted) -> Option<Vec<u8>> {
        let plain = serde_json::to_vec(&Tokens::from(granted)).ok()?;
        self.seal.close(&purpose(id), &plain)
    }

    /// `None` for what another key sealed: the client secret has changed since.
    fn tokens(&self, session: &Session) -> Option<Tokens> {
        let plain = self.seal.open(&purpose(&session.id), &session.tokens)?;
        serde_json::from_slice(&plain).ok()
    }
}

impl Board {
    /// Who is asking. `going_to` is where she wanted to go, should she have to sign in.
    ///
    /// # Errors
    /// [`Trouble::SignedOut`] if nobody is signed in in this browser.
    pub async fn visitor(&self, headers: &HeaderMap, going_to: String) -> Result<Visitor, Trouble> {
        let found = self.find_visitor(headers, going_to.clone()).await?;
        found.ok_or(Trouble::SignedOut { return_to: going_to })
    }

    /// The same; `None` if nobody is signed in in this browser.
    pub async fn find_visitor(&self, headers: &HeaderMap, going_to: String) -> Result<Option<Visitor>, Trouble> {
        let open = self.open()?;
        let sent = cookie::read(headers, cookie::Kind::Session, open.secure);
        let Some(secret) = sent.filter(|sent| unhex(sent).is_some_and(|bytes| bytes.len() == 32)) else {
            return Ok(None);
        };
        let id = digest_of(secret);
        let Some(session) = self.inner.store.session(id).await? else {
            return Ok(None);
        };
        let now = self.inner.clock.now();
        if is_over(&session, now) {
            self.inner.store.end_session(id).await?;
            return Ok(None);
        }
        if now.duration_since(session.seen_at) >= TOUCH_EVERY {
            self.inner.store.touch_session(id, now).await?;
        }
        Ok(Some(Visitor {
            session,
            secret: secret.to_owned(),
            going_to,
        }))
    }

    /// Whether her session goes on. Asking is no use of it.
    pub async fn is_signed_in(&self, visitor: &Visitor) -> Result<bool, Trouble> {
        let session = self.inner.store.session(visitor.session.id).await?;
        let now = self.inner.clock.now();
        Ok(session.is_some_and(|session| !is_over(&session, now)))
    }

    /// A token with which GitHub can be asked for this person, renewed if its time is nearly over.
    ///
    /// # Errors
    /// [`Trouble::SignedOut`] if there is none any more, [`Trouble::GithubAway`] if GitHub does not answer.
    pub async fn access(&self, visitor: &Visitor) -> Result<SecretString, Trouble> {
        let open = self.open()?;
        let id = visitor.session.id;
        if let Some(access) = self.fresh(open, &visitor.session) {
            return Ok(access);
        }
        let _turn = open.turn_of(&id).await;
        for _ in 0..OTHERS_PATIENCE {
            let Some(session) = self.inner.store.session(id).await? else {
                return Err(self.signed_out(visitor).await);
            };
            if let Some(access) = self.fresh(open, &session) {
                return Ok(access);
            }
            let now = self.inner.clock.now();
            let store = &self.inner.store;
            if store.claim_renewal(id, session.version, now, now + RENEWING).await? {
                // On its own feet: a browser that goes away must not take the only refresh token with it.
                let renewing = tokio::spawn(renew(self.clone(), session));
                match renewing.await.unwrap_or(Renewed::Away(Trouble::OutOfOrder)) {
                    Renewed::Done => continue,
                    Renewed::Over => return Err(self.signed_out(visitor).await),
                    Renewed::Away(trouble) => return Err(trouble),
                }
            }
            tokio::time::sleep(OTHERS_EVERY).await;
        }
        Err(Trouble::GithubAway)
    }

    fn fresh(&self, open: &Open, session: &Session) -> Option<SecretString> {
        let now = self.inner.clock.now();
        let lasts = |end: Timestamp| now + LIFE_LEFT_MIN < end;
        let tokens = open.tokens(session)?;
        tokens
            .access_ends_at
            .is_none_or(lasts)
            .then(|| SecretString::from(tokens.access))
    }

    /// Ends the session, because its tokens are of no use any more.
    pub async fn signed_out(&self, visitor: &Visitor) -> Trouble {
        if let Err(error) = self.inner.store.end_session(visitor.session.id).await {
            return error.into();
        }
        Trouble::SignedOut {
            return_to: visitor.going_to.clone(),
        }
    }
}

fn is_over(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.begun_at) >= LIFE || now.duration_since(session.seen_at) >= IDLE
}

/// What came of a renewal.
enum Renewed {
    Done,
    /// There is nothing to renew with.
    Over,
    Away(Trouble),
}

/// Renews the tokens of a session whose renewal was claimed.
async fn renew(board: Board, session: Session) -> Renewed {
    let store = &board.inner.store;
    let open = match board.open() {
        Ok(open) => open,
        Err(closed) => return Renewed::Away(closed),
    };
    let refresh = open.tokens(&session).and_then(|tokens| tokens.refresh);
    let Some(refresh) = refresh.map(SecretString::from) else {
        return Renewed::Over;
    };
    let granted = match open.door.sign_in.renew(&refresh).await {
        Ok(granted) => granted,
        Err(SignInError::Refused { error }) => {
            tracing::info!(error, "a session ended, because GitHub did not renew its tokens");
            return Renewed::Over;
        }
        Err(error) => {
            if let Err(error) = store.release_renewal(session.id, session.version).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a renewal could not be given back"
                );
            }
            return Renewed::Away(away(&error));
        }
    };
    let Some(sealed) = open.sealed(&session.id, &granted) else {
        return Renewed::Away(Trouble::OutOfOrder);
    };
    match store.renew_session(session.id, session.version, &sealed).await {
        Ok(_) => Renewed::Done,
        Err(error) => Renewed::Away(error.into()),
    }
}
