//! How processes die and stand still, and what changes at the worst moment.

use std::sync::Arc;

use jiff::SignedDuration;

use super::{Run, RunError};
use crate::simulate::gate::Point;
use crate::simulate::wire::Shown;
use crate::store::SqliteStore;

impl Run {
    /// A process dies where it stands; sometimes all of them do, and the database is opened anew.
    pub(super) async fn crash(&mut self) -> Result<(), RunError> {
        if self.dice.happens(25) || self.replicas.len() == 1 {
            self.tell(|| "everything dies and starts again".to_owned());
            self.tally.restarts += 1;
            self.count_deaths(0..self.replicas.len());
            self.replicas.clear();
            self.shown = Shown::default();
            // The old handle goes before the new one comes: a file serves one process.
            self.store.take();
            self.store = Some(Arc::new(SqliteStore::open(&self.database).await?));
            self.sky.changes_due();
            for _ in 0..self.manner.replicas {
                let replica = self.born()?;
                self.replicas.push(replica);
            }
            return Ok(());
        }
        let at = self.dice.below(self.replicas.len());
        self.tell(|| format!("replica {at} dies"));
        self.count_deaths(at..at + 1);
        self.tally.crashes += 1;
        self.replicas[at] = self.born()?;
        Ok(())
    }

    /// Counts where those stood who die.
    fn count_deaths(&mut self, of: std::ops::Range<usize>) {
        for replica in &self.replicas[of] {
            for point in replica.gate.standing() {
                match point {
                    Point::Send { writes: true, .. } => self.tally.died_before_request += 1,
                    Point::Answer { writes: true, .. } => self.tally.died_before_answer += 1,
                    Point::Store("record") => self.tally.died_before_record += 1,
                    _ => {}
                }
            }
        }
    }

    /// A process stands still, longer than its lease perhaps; never with a write at GitHub's door.
    pub(super) fn freeze(&mut self, at: usize) {
        let secs = match self.dice.happens(50) {
            true => self.dice.between(3, 45),
            false => self.dice.between(61, 200),
        };
        if self.freeze_for(at, secs) && self.dice.happens(60) {
            self.upset();
        }
    }

    pub(super) fn freeze_for(&mut self, at: usize, secs: i64) -> bool {
        let writes = |point: &Point| {
            matches!(
                point,
                Point::Send { writes: true, .. } | Point::Answer { writes: true, .. }
            )
        };
        let replica = &self.replicas[at];
        if replica.looking.is_none() || replica.gate.standing().iter().any(writes) {
            return false;
        }
        self.tally.freezes += 1;
        self.replicas[at].frozen_until = Some(self.now() + SignedDuration::from_secs(secs));
        self.tell(|| format!("replica {at} stands still for {secs} s"));
        true
    }

    pub(super) fn upset(&mut self) {
        if let Some(told) = self.people.upset(&mut self.tally) {
            self.tally.upsets += 1;
            self.tell(|| told);
        }
    }
}
