//! The simulated GitHub's own time: the machine's clock plus an offset that a test or the demo can move forward.
//!
//! Everything the sandbox dates or lets expire (tokens, comments, rate limits, late merges) reads this clock, so an hour passes by
//! moving the offset and never by waiting.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

/// A cheap handle on the sandbox's time; clones share one offset.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
    /// Where a time that stands still by itself began.
    still: Option<Timestamp>,
    moved: Arc<Notify>,
}

impl Clock {
    /// A clock that stands at `began` until it is moved.
    pub(super) fn still(began: Timestamp) -> Clock {
        Clock {
            still: Some(began),
            ..Clock::default()
        }
    }

    /// Sandbox time, to the machine's precision.
    pub fn now(&self) -> Timestamp {
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        let shown = self.still.unwrap_or_else(Timestamp::now);
        shown.saturating_add(offset).unwrap_or(Timestamp::MAX)
    }

    /// Lets `span` pass at once. What falls due by it (a late merge, a late delivery) happens right after.
    pub fn advance(&self, span: SignedDuration) {
        let span_ms = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.offset_ms.fetch_add(span_ms, Ordering::Relaxed);
        self.nudge();
    }

    /// Moves the sandbox to `moment`; time runs on from there.
    pub fn set(&self, moment: Timestamp) {
        self.advance(moment.duration_since(self.now()));
    }

    /// Has the timekeeper look again: the clock moved, or something new will fall due.
    pub(super) fn nudge(&self) {
        self.moved.notify_one();
    }

    /// Resolves when there was a nudge since the last call.
    pub(super) async fn moved(&self) {
        self.moved.notified().await;
    }
}

/// `moment` without its fraction: GitHub dates everything to the second.
pub(super) fn to_the_second(moment: Timestamp) -> Timestamp {
    Timestamp::from_second(moment.as_second()).unwrap_or(moment)
}

/// `moment` as GitHub writes it: `2026-01-05T09:00:00Z`.
pub(super) fn stamp(moment: Timestamp) -> String {
    to_the_second(moment).to_string()
}
