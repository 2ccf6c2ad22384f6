//! Keeps every installation inside what GitHub allows it: remembers when to be silent, paces the writes, and counts.
//!
//! Limits belong to an installation, so one that was used up or scolded never holds back another.
//! Source: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

use super::error::Complaint;
use super::graphql;
use super::header::{number, secs_until_reset};
use super::transport::Answer;
use crate::rules::id::InstallationId;

/// Without a `Retry-After`, GitHub asks for at least a minute, and for longer after each repetition.
const SECONDARY_WAIT_SECS: i64 = 60;
/// Longer than this we do not double: a person who waits should see us come back.
const SECONDARY_WAIT_SECS_MAX: i64 = 15 * 60;
/// The primary limit is per hour; a reset further away than that is a mistake of somebody's clock.
const WAIT_SECS_MAX: i64 = 60 * 60;

/// In whose name a request is sent: limits, tokens and cached answers are kept apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// The App itself, by its JSON Web Token.
    App,
    Installation(InstallationId),
    /// An installation again: GitHub counts GraphQL apart from REST.
    Graphql(InstallationId),
}

impl Scope {
    /// Whose token it speaks with; `None` for the App itself.
    pub fn installation(self) -> Option<InstallationId> {
        match self {
            Self::App => None,
            Self::Installation(id) | Self::Graphql(id) => Some(id),
        }
    }
}

/// Requests sent since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// GETs, those answered 304 included.
    pub reads: u64,
    /// Reads answered 304, which cost nothing of the rate limit.
    pub not_modified: u64,
    /// POSTs and PATCHes, but for the tokens.
    pub writes: u64,
    /// Installation tokens asked for.
    pub tokens: u64,
}

#[derive(Default)]
pub(super) struct Budget {
    standings: Mutex<HashMap<Scope, Standing>>,
    turns: Mutex<HashMap<InstallationId, Turn>>,
    pub reads: AtomicU64,
    pub not_modified: AtomicU64,
    pub writes: AtomicU64,
    pub tokens: AtomicU64,
}

/// How one scope stands with GitHub.
#[derive(Default)]
struct Standing {
    silent_until: Option<Timestamp>,
    /// Secondary limits met since the last success.
    scoldings: u32,
    remaining: Option<u64>,
}

/// The end of an installation's last write; whoever holds the lock is the one who may write.
type Turn = Arc<tokio::sync::Mutex<Option<Instant>>>;

impl Budget {
    /// When the scope may speak again, if it may not now.
    pub fn silent_until(&self, scope: Scope, now: Timestamp) -> Option<Timestamp> {
        // Who was scolded over REST keeps silent over GraphQL, too: the secondary limits are common to both.
        let general = scope.installation().map(Scope::Installation);
        let standings = self.standings();
        let asked = [Some(scope), general].into_iter().flatten();
        let until = asked.filter_map(|scope| standings.get(&scope)?.silent_until).max();
        until.filter(|until| *until > now)
    }

    /// Requests left in this hour, as GitHub last said; `None` before the first answer, and where no limits are set.
    pub fn remaining(&self, scope: Scope) -> Option<u64> {
        self.standings().get(&scope)?.remaining
    }

    /// The same of every scope: of whom, of which API, and how many.
    pub fn all_remaining(&self) -> Vec<(String, &'static str, u64)> {
        let known = |(scope, standing): (&Scope, &Standing)| {
            let (of, api) = match scope {
                Scope::App => ("app".to_owned(), "rest"),
                Scope::Installation(id) => (id.to_string(), "rest"),
                Scope::Graphql(id) => (id.to_string(), "graphql"),
            };
            Some((of, api, standing.remaining?))
        };
        self.standings().iter().filter_map(known).collect()
    }

    /// Learns from an answer. Given back is when to try again, if this answer is itself a refusal for a limit.
    pub fn note(&self, scope: Scope, answer: &Answer, now: Timestamp) -> Option<Timestamp> {
        let mut standings = self.standings();
        let standing = standings.entry(scope).or_default();
        let remaining = number(&answer.headers, "x-ratelimit-remaining");
        if remaining.is_some() {
            standing.remaining = remaining.and_then(|left| u64::try_from(left).ok());
        }
        let refused = match scope {
            // GraphQL may tell of a limit in an answer that is otherwise a success.
            Scope::Graphql(_) if graphql::is_limited(answer) => true,
            _ => matches!(answer.status.as_u16(), 403 | 429),
        };
        let wait_secs = refused.then(|| refused_for_secs(answer, remaining, standing.scoldings, now));
        let Some(wait_secs) = wait_secs.flatten() else {
            // A success that was under way when another request was scolded ends no silence.
            if answer.status.is_success() && standing.silent_until.is_none_or(|until| until <= now) {
                standing.scoldings = 0;
            }
            // The last allowed request: the next one would only be told so.
            if remaining == Some(0) {
                standing.silent_until = standing.silent_until.max(until_reset(answer, now));
            }
            return None;
        };
        standing.scoldings = standing.scoldings.saturating_add(1);
        let until = now + SignedDuration::from_secs(wait_secs.clamp(1, WAIT_SECS_MAX));
        // Answers arrive in any order; the longest silence asked for is kept.
        let until = standing.silent_until.map_or(until, |asked| asked.max(until));
        standing.silent_until = Some(until);
        Some(until)
    }

    /// Waits until the installation's last write is `pause` ago. Nothing is reserved.
    pub async fn wait_for_turn(&self, installation: InstallationId, pause: Duration) {
        drop(self.take_turn(installation, pause).await);
    }

    /// Waits for the turn and keeps it: writes of one installation are serial, `pause` apart.
    pub async fn take_turn(&self, installation: InstallationId, pause: Duration) -> OwnedMutexGuard<Option<Instant>> {
        let turn = lock(&self.turns).entry(installation).or_default().clone();
        let last_write = turn.lock_owned().await;
        if let Some(ended) = last_write.filter(|_| !pause.is_zero()) {
            tokio::time::sleep_until(ended + pause).await;
        }
        last_write
    }

    pub fn counts(&self) -> Counts {
        Counts {
            reads: self.reads.load(Ordering::Relaxed),
            not_modified: self.not_modified.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            tokens: self.tokens.load(Ordering::Relaxed),
        }
    }

    fn standings(&self) -> MutexGuard<'_, HashMap<Scope, Standing>> {
        lock(&self.standings)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// For how long this refusal sends us away; `None` if it is no matter of limits.
fn refused_for_secs(answer: &Answer, remaining: Option<i64>, scoldings: u32, now: Timestamp) -> Option<i64> {
    let status = answer.status.as_u16();
    let complaint = Complaint::of(answer);
    // The last request of the hour may also be one that lacks a permission.
    if complaint.says(&["not accessible by integration"]) {
        return None;
    }
    if let Some(secs) = number(&answer.headers, "retry-after") {
        return Some(secs);
    }
    if remaining == Some(0) {
        let reset = until_reset(answer, now);
        return Some(reset.map_or(SECONDARY_WAIT_SECS, |at| at.duration_since(now).as_secs() + 1));
    }
    let scolded = status == 429
        || status == 200
        || complaint.says(&["secondary rate limit", "abuse detection", "rate limit exceeded"]);
    scolded.then(|| (SECONDARY_WAIT_SECS << scoldings.min(8)).min(SECONDARY_WAIT_SECS_MAX))
}

/// When the hour begins anew by our clock; `None` if GitHub did not say, or it already has.
fn until_reset(answer: &Answer, now: Timestamp) -> Option<Timestamp> {
    let secs = secs_until_reset(&answer.headers, now)?;
    Some(now + SignedDuration::from_secs(secs.min(WAIT_SECS_MAX)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
    use jiff::{SignedDuration, Timestamp};

    use super::{Answer, Budget, Scope};
    use crate::rules::id::InstallationId;

    const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
    const ANNAS: Scope = Scope::Installation(InstallationId(1));
    const BORIS: Scope = Scope::Installation(InstallationId(2));

    fn answer(status: u16, headers: &[(&'static str, &'static str)], message: &str) -> Answer {
        let headers = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect::<HeaderMap>(),
            body: Bytes::from(format!("{{\"message\":{message:?}}}")),
        }
    }

    fn in_secs(secs: i64) -> Timestamp {
        NOW + SignedDuration::from_secs(secs)
    }

    #[test]
    fn a_used_up_hour_silences_one_installation_until_its_reset() {
        let budget = Budget::default();
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800000090")];
        let refused = answer(403, &headers, "API rate limit exceeded for installation ID 1.");
        assert_eq!(budget.note(ANNAS, &refused, NOW), Some(in_secs(91)));
        assert_eq!(budget.silent_until(ANNAS, in_secs(90)), Some(in_secs(91)));
        assert_eq!(budget.silent_until(ANNAS, in_secs(91)), None);
        assert_eq!(budget.silent_until(BORIS, NOW), None);
    }

    #[test]
    fn the_last_allowed_request_is_the_last_one_sent() {
        let budget = Budget::default();
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800000090")];
        assert_eq!(budget.note(ANNAS, &answer(200, &headers, ""), NOW), None);
        assert_eq!(budget.silent_until(ANNAS, NOW), Some(in_secs(90)));
        assert_eq!(budget.remaining(ANNAS), Some(0));
    }

    #[test]
    fn a_reset_is_read_by_githubs_clock() {
        let budget = Budget::default();
        let headers = [
            ("x-ratelimit-remaining", "0"),
            ("x-ratelimit-reset", "1800000690"),
            ("date", "Fri, 15 Jan 2027 08:10:00 GMT"),
        ];
        assert_eq!(
            budget.note(ANNAS, &answer(429, &headers, "slow down"), NOW),
            Some(in_secs(91))
        );
    }

    #[test]
    fn retry_after_is_taken_at_its_word_and_a_bare_scolding_grows() {
        let budget = Budget::default();
        let told = answer(
            403,
            &[("retry-after", "7")],
            "You have exceeded a secondary rate limit.",
        );
        assert_eq!(budget.note(ANNAS, &told, NOW), Some(in_secs(7)));
        let bare = answer(
            403,
            &[("x-ratelimit-remaining", "4000")],
            "You have exceeded a secondary rate limit.",
        );
        assert_eq!(budget.note(ANNAS, &bare, NOW), Some(in_secs(120)));
        assert_eq!(budget.note(ANNAS, &bare, NOW), Some(in_secs(240)));
        budget.note(ANNAS, &answer(200, &[], ""), NOW);
        assert_eq!(budget.silent_until(ANNAS, NOW), Some(in_secs(240)), "was under way");
        budget.note(ANNAS, &answer(200, &[], ""), in_secs(300));
        assert_eq!(budget.note(ANNAS, &bare, in_secs(300)), Some(in_secs(360)));
    }

    #[test]
    fn a_missing_permission_is_no_limit() {
        let budget = Budget::default();
        let headers = [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1800000090")];
        let refused = answer(403, &headers, "Resource not accessible by integration");
        assert_eq!(budget.note(ANNAS, &refused, NOW), None);
        assert_eq!(
            budget.note(ANNAS, &answer(403, &[], "Must have admin rights"), NOW),
            None
        );
    }

    #[tokio::test(start_paused = true)]
    async fn writes_of_one_installation_are_a_pause_apart() {
        let budget = Budget::default();
        let pause = std::time::Duration::from_secs(1);
        let start = tokio::time::Instant::now();
        *budget.take_turn(InstallationId(1), pause).await = Some(tokio::time::Instant::now());
        budget.wait_for_turn(InstallationId(2), pause).await;
        assert_eq!(start.elapsed().as_secs(), 0);
        budget.wait_for_turn(InstallationId(1), pause).await;
        assert_eq!(start.elapsed().as_secs(), 1);
    }
}
