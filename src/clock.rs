//! The one place that knows what time it is, so that a day can pass in a test and a clock can jump in a simulation.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;

/// The system's time plus an offset that all clones share; or, in a simulation, a time that stands still until it is moved.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    offset_ms: Arc<AtomicI64>,
    still: Option<Arc<Still>>,
}

/// A time that passes only by [`Clock::advance`], and whoever waits for it to pass.
#[derive(Debug)]
struct Still {
    began: Timestamp,
    waiting: Mutex<Vec<(Timestamp, oneshot::Sender<()>)>>,
    sleeps: AtomicU64,
}

impl Still {
    fn at(began: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            began,
            waiting: Mutex::default(),
            sleeps: AtomicU64::new(0),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<(Timestamp, oneshot::Sender<()>)>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock {
    /// A clock that shows `began` until it is advanced. Nobody is woken by that: see [`Clock::wake`].
    pub fn still(began: Timestamp) -> Self {
        Self {
            offset_ms: Arc::default(),
            still: Some(Still::at(began)),
        }
    }

    /// Another clock that shows the same time, whoever moves it, and has sleepers of its own.
    pub fn twin(&self) -> Self {
        Self {
            offset_ms: self.offset_ms.clone(),
            still: self.still.as_ref().map(|still| Still::at(still.began)),
        }
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        let shown = self.still.as_ref().map_or_else(Timestamp::now, |still| still.began);
        shown + SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed))
    }

    /// Lets time jump, for every holder of a clone.
    pub fn advance(&self, by: SignedDuration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.offset_ms.fetch_add(ms, Ordering::Relaxed);
    }

    /// Waits until `time` has passed: the machine's, or on a still clock that clock's.
    pub async fn sleep(&self, time: Duration) {
        let Some(still) = &self.still else {
            return tokio::time::sleep(time).await;
        };
        let (awake, woken) = oneshot::channel();
        let until = self.now() + SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX);
        still.waiting().push((until, awake));
        still.sleeps.fetch_add(1, Ordering::Relaxed);
        // Whoever dropped the other end has ended the world that this slept in.
        let _ = woken.await;
    }

    /// How often somebody fell asleep on this still clock.
    pub fn sleeps(&self) -> u64 {
        self.still
            .as_ref()
            .map_or(0, |still| still.sleeps.load(Ordering::Relaxed))
    }

    /// When the first sleeper of this still clock wants to be woken.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let mut waiting = self.still.as_ref()?.waiting();
        waiting.retain(|(_, sleeper)| !sleeper.is_closed());
        waiting.iter().map(|(until, _)| *until).min()
    }

    /// Wakes the sleeper of this still clock that has been due longest; `false` if none is due.
    pub fn wake(&self) -> bool {
        let Some(due) = self.next_wake().filter(|due| *due <= self.now()) else {
            return false;
        };
        let Some(still) = &self.still else { return false };
        let mut waiting = still.waiting();
        let first = waiting.iter().position(|(until, _)| *until == due);
        first.is_some_and(|first| waiting.remove(first).1.send(()).is_ok())
    }
}
