//! Who is signed in to the board, as the store keeps it.
//!
//! N1 What a browser holds is known by its SHA-256 only: who reads the database cannot sign in with it.
//! N2 A sign-in is good for one return. Of one that was only begun nothing is kept: strangers can begin as many as they like.
//! N3 A session's tokens are renewed by one at a time, across processes, and replaced whole.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use super::StoreError;
use super::statement::{Engine, Row, Statement};
use crate::rules::id::{Login, Person, UserId};

/// The SHA-256 of something that only one browser holds.
pub type Digest = [u8; 32];

/// A person who is signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: Digest,
    pub person: Person,
    pub begun_at: Timestamp,
    /// When the browser last asked for anything, to the minute.
    pub seen_at: Timestamp,
    /// GitHub's tokens, sealed: the store cannot read them.
    pub tokens: Vec<u8>,
    /// Rises with each renewal of the tokens.
    pub version: i64,
}

impl Session {
    /// A session as it begins.
    pub fn new(id: Digest, user: UserId, login: Login, tokens: Vec<u8>, now: Timestamp) -> Self {
        Self {
            id,
            person: Person { id: user, login },
            begun_at: now,
            seen_at: now,
            tokens,
            version: 0,
        }
    }
}

/// The part of the contract that is about sessions.
///
/// # Errors
/// Every method may answer [`StoreError::Busy`] or [`StoreError::Failed`]; then nothing was changed.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Notes that a sign-in came back, until `until`, when it has expired anyway. `false`: it had come back before.
    async fn spend_sign_in(&self, state: Digest, now: Timestamp, until: Timestamp) -> Result<bool, StoreError>;

    /// Keeps a new session, and forgets those that began longer than `life` before it.
    async fn open_session(&self, session: &Session, life: SignedDuration) -> Result<(), StoreError>;

    async fn session(&self, id: Digest) -> Result<Option<Session>, StoreError>;

    /// Notes that the browser asked for something.
    async fn touch_session(&self, id: Digest, now: Timestamp) -> Result<(), StoreError>;

    /// Gives the right to renew the tokens of this version to one caller, until `until` or until it has done it.
    async fn claim_renewal(
        &self,
        id: Digest,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Replaces the tokens of this version. `false`: the session ended meanwhile, or they were replaced by another.
    async fn renew_session(&self, id: Digest, version: i64, tokens: &[u8]) -> Result<bool, StoreError>;

    /// Gives the right to renew back, the tokens being what they were.
    async fn release_renewal(&self, id: Digest, version: i64) -> Result<(), StoreError>;

    async fn end_session(&self, id: Digest) -> Result<(), StoreError>;

    /// Ends all of a person's sessions; how many there were.
    async fn end_sessions_of(&self, user: UserId) -> Result<u64, StoreError>;
}

#[async_trait]
impl<E: Engine> Sessions for E {
    async fn spend_sign_in(&self, state: Digest, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        const ACTION: &str = "note that a sign-in came back";
        let forget = Statement::new(ACTION, "DELETE FROM spent_sign_in WHERE until < $1").with(now);
        let write = Statement::new(
            ACTION,
            "INSERT INTO spent_sign_in (state, until) VALUES ($1, $2) ON CONFLICT (state) DO NOTHING RETURNING until",
        );
        let written = self
            .write_down(vec![forget, write.with(hex(&state)).with(until)])
            .await?;
        Ok(written.last().is_some_and(|rows| !rows.is_empty()))
    }

    async fn open_session(&self, session: &Session, life: SignedDuration) -> Result<(), StoreError> {
        const ACTION: &str = "open a session";
        let forget = Statement::new(ACTION, "DELETE FROM session WHERE begun_at < $1").with(session.begun_at - life);
        let open = Statement::new(
            ACTION,
            "INSERT INTO session (id, user_id, login, begun_at, seen_at, tokens, version) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .with(hex(&session.id))
        .with(session.person.id.0)
        .with(session.person.login.as_str())
        .with(session.begun_at)
        .with(session.seen_at)
        .with(hex(&session.tokens))
        .with(session.version);
        self.write_down(vec![forget, open]).await?;
        Ok(())
    }

    async fn session(&self, id: Digest) -> Result<Option<Session>, StoreError> {
        let read = Statement::new(
            "read a session",
            "SELECT user_id, login, begun_at, seen_at, tokens, version FROM session WHERE id = $1",
        );
        let found = self.look_up(vec![read.with(hex(&id))]).await?;
        let session = |row: &Row| {
            let tokens = unhex(row.text(4)?);
            Ok(Session {
                id,
                person: Person {
                    id: UserId(row.number(0)?),
                    login: Login(row.text(1)?.to_owned()),
                },
                begun_at: row.time(2)?.unwrap_or(Timestamp::UNIX_EPOCH),
                seen_at: row.time(3)?.unwrap_or(Timestamp::UNIX_EPOCH),
                // What is damaged cannot be opened, and then the session is over.
                tokens: tokens.unwrap_or_default(),
                version: row.number(5)?,
            })
        };
        found.iter().flatten().next().map(session).transpose()
    }

    async fn touch_session(&self, id: Digest, now: Timestamp) -> Result<(), StoreError> {
        let touch = Statement::new(
            "note that a session is in use",
            "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2",
        );
        self.write_down(vec![touch.with(hex(&id)).with(now)]).await?;
        Ok(())
    }

    async fn claim_renewal(
        &self,
        id: Digest,
        version: i64,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let claim = Statement::new(
            "claim the renewal of a session's tokens",
            "UPDATE session SET renewing_until = $4
             WHERE id = $1 AND version = $2 AND (renewing_until IS NULL OR renewing_until <= $3) RETURNING version",
        );
        let claim = claim.with(hex(&id)).with(version).with(now).with(until);
        Ok(met(&self.write_down(vec![claim]).await?) == 1)
    }

    async fn renew_session(&self, id: Digest, version: i64, tokens: &[u8]) -> Result<bool, StoreError> {
        let renew = Statement::new(
            "renew a session's tokens",
            "UPDATE session SET tokens = $3, version = version + 1, renewing_until = NULL
             WHERE id = $1 AND version = $2 RETURNING version",
        );
        let renew = renew.with(hex(&id)).with(version).with(hex(tokens));
        Ok(met(&self.write_down(vec![renew]).await?) == 1)
    }

    async fn release_renewal(&self, id: Digest, version: i64) -> Result<(), StoreError> {
        let release = Statement::new(
            "give the renewal of a session's tokens back",
            "UPDATE session SET renewing_until = NULL WHERE id = $1 AND version = $2",
        );
        self.write_down(vec![release.with(hex(&id)).with(version)]).await?;
        Ok(())
    }

    async fn end_session(&self, id: Digest) -> Result<(), StoreError> {
        let end = Statement::new("end a session", "DELETE FROM session WHERE id = $1");
        self.write_down(vec![end.with(hex(&id))]).await?;
        Ok(())
    }

    async fn end_sessions_of(&self, user: UserId) -> Result<u64, StoreError> {
        let end = Statement::new(
            "end a person's sessions",
            "DELETE FROM session WHERE user_id = $1 RETURNING version",
        );
        Ok(met(&self.write_down(vec![end.with(user.0)]).await?))
    }
}

fn met(found: &[Vec<Row>]) -> u64 {
    found.iter().map(|rows| rows.len() as u64).sum()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    digits.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}
