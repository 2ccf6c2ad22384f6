//! How time passes, the good days in which everything comes to its end, and what a run is judged by.

use jiff::{SignedDuration, Timestamp};

use super::{Outcome, Run, RunError, STEPS_MAX};
use crate::rules::id::RepoId;
use crate::simulate::promises::Evidence;
use crate::store::Store;

/// How long the good days last, at the end of which everything has to have come to its end: what is armed is so for a day.
const GOOD_DAYS: SignedDuration = SignedDuration::from_hours(26);

/// A look that sleeps is woken within this time.
const A_LOOK: SignedDuration = SignedDuration::from_mins(1);

impl Run {
    /// Nothing is under way, so time can pass.
    pub(super) fn wait(&mut self) {
        let secs = [2, 20, 70, 400, 1_500, 5_000];
        let secs = self.dice.one_of(&secs).copied().unwrap_or(20);
        let until = self.now() + SignedDuration::from_secs(self.dice.between(secs / 2, secs));
        self.wait_until(until);
    }

    /// Passes time, at most until then: whoever wakes or thaws earlier has the word, and what is due.
    pub(super) fn wait_until(&mut self, until: Timestamp) {
        let now = self.now();
        let wakes = self.replicas.iter().filter_map(|replica| replica.clock.next_wake());
        let frozen = self.replicas.iter().filter_map(|replica| replica.frozen_until);
        let next = wakes.chain(frozen).chain(self.due).filter(|at| *at > now);
        let until = next.fold(until, Timestamp::min);
        self.pass_until(until);
    }

    pub(super) fn pass_until(&mut self, until: Timestamp) {
        let time = until.duration_since(self.now()).max(SignedDuration::from_millis(1));
        self.pass(time);
    }

    /// Nothing goes wrong any more, nobody meddles, and time passes: everything comes to its end. `false` if it does not.
    pub(super) async fn good_days(&mut self) -> Result<bool, RunError> {
        self.sky.clears();
        self.people.mend_configuration();
        self.people.everything_turns_out_well();
        let (began_at, end) = (self.now(), self.now() + GOOD_DAYS);
        let soon = began_at + SignedDuration::from_mins(4);
        self.next_sweep = self.now();
        let mut last_sweep = false;
        let began = self.steps;
        while self.steps - began < STEPS_MAX {
            if self.turn(false).await? {
                continue;
            }
            // Whoever sleeps in the middle of a look is not through with it.
            let looking = self.replicas.iter().any(|replica| replica.looking.is_some());
            if self.now() >= end && !looking {
                if last_sweep {
                    return Ok(true);
                }
                last_sweep = true;
                self.next_sweep = self.now();
                continue;
            }
            self.people.everything_turns_out_well();
            // Sweeps in between would only cost time.
            self.next_sweep = end;
            let wakes = self.replicas.iter().filter_map(|replica| replica.clock.next_wake());
            let frozen = self.replicas.iter().filter_map(|replica| replica.frozen_until);
            let late = self.post.iter().map(|(at, _)| *at);
            let due = self.store()?.next_due(self.now()).await?;
            let next = wakes.chain(frozen).chain(late).chain(due).chain(self.github.next_due());
            let latest = end.max(self.now() + A_LOOK);
            let next = next.filter(|at| *at > self.now()).fold(latest, Timestamp::min);
            // By and by it is enough to look now and then; but no good day lets a look sleep longer than it wants to, past its lease.
            let next = match self.now() < soon || looking {
                true => next,
                false => next.max(self.now() + self.now().duration_since(began_at)).min(end),
            };
            self.tell(|| format!("time passes until {next}"));
            self.pass_until(next);
        }
        Ok(false)
    }

    pub(super) async fn end(mut self, settled: bool) -> Result<Outcome, RunError> {
        let store = self.store()?;
        let repo = RepoId(i64::try_from(self.shop.id()).unwrap_or_default());
        let evidence = Evidence {
            history: self.github.history(),
            ledger: store.ledger(repo, u32::MAX).await?,
            memory: store.memory(repo, &[]).await?,
            status: store.status(self.now()).await?,
            shop: self.shop.clone(),
            meanings: self.people.meanings.clone(),
            heard: std::mem::take(&mut self.heard),
            forged: std::mem::take(&mut self.forged),
            clicks: std::mem::take(&mut self.clicks),
            forgotten: std::mem::take(&mut self.forgotten),
            unknown: self.github.unknown_requests(),
            ended_at: self.now(),
            settled,
        };
        (self.tally.faults, self.tally.disk_faults, self.tally.leases_lost) = self.sky.faults();
        let broken = evidence.judge(&mut self.tally);
        self.replicas.clear();
        store.close().await;
        Ok(Outcome {
            tally: self.tally,
            broken,
            trace: self.trace.unwrap_or_default(),
        })
    }
}
