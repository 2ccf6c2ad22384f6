//! Where a replica stops and waits to be let on: before and after each request to GitHub, and before each call of its store.
//! Whoever drives lets on one at a time, so the seed decides what meets what, and a replica can die at any of these points.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

/// A point at which a replica stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A request to GitHub that is about to go out; whether it moves a branch.
    Send { writes: bool, moves: bool },
    /// GitHub's answer is there, and not received yet; whether it tells of checks.
    Answer { writes: bool, checks: bool },
    /// A call of the store, by its name.
    Store(&'static str),
}

/// One replica's gate; clones are the same one.
#[derive(Clone, Default)]
pub struct Gate {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    standing: Vec<(Point, oneshot::Sender<()>)>,
    arrivals: u64,
    working: u32,
}

/// While this is kept, the replica works on something that ends by itself.
pub struct Working(Gate);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.inner().working -= 1;
    }
}

impl Gate {
    /// Stands here until let on.
    pub async fn stop(&self, point: Point) {
        let (go, gone) = oneshot::channel();
        {
            let mut inner = self.inner();
            inner.standing.push((point, go));
            inner.arrivals += 1;
        }
        // Whoever dropped the other end has ended the world that this stands in.
        let _ = gone.await;
    }

    /// Begins something that ends by itself, however long the machine takes: a call of the database.
    pub fn begin(&self) -> Working {
        self.inner().working += 1;
        Working(self.clone())
    }

    pub fn is_working(&self) -> bool {
        self.inner().working > 0
    }

    /// How often somebody came to stand here.
    pub fn arrivals(&self) -> u64 {
        self.inner().arrivals
    }

    /// Who stands here, in the order of arrival.
    pub fn standing(&self) -> Vec<Point> {
        let mut inner = self.inner();
        inner.standing.retain(|(_, go)| !go.is_closed());
        inner.standing.iter().map(|(point, _)| *point).collect()
    }

    /// Lets on the one at this place of [`Gate::standing`].
    pub fn let_on(&self, place: usize) {
        let (_, go) = self.inner().standing.remove(place);
        // Gone meanwhile: then there is nobody to let on.
        let _ = go.send(());
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
