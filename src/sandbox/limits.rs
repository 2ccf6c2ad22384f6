//! Rate limits: the primary one of each installation, always counted, and the secondary ones, off unless switched on.
//!
//! Left out: the hourly limit on content, and those on concurrency and CPU time. Figures: <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// Points an installation may spend in a minute: one for a read, five for a write.
const POINTS_PER_MINUTE: usize = 900;

/// Things that notify people (comments, pull requests, merges) an installation may make in a minute.
const CONTENT_PER_MINUTE: usize = 80;

pub(super) struct Limits {
    /// Requests per hour and installation.
    pub per_hour: u32,
    pub secondary: bool,
    /// What an installation may do that is not the default, by its id.
    pub overrides: BTreeMap<u64, u32>,
    budgets: BTreeMap<u64, Budget>,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            per_hour: 5_000,
            secondary: false,
            overrides: BTreeMap::new(),
            budgets: BTreeMap::new(),
        }
    }
}

#[derive(Default)]
struct Budget {
    used: u32,
    resets_at: Timestamp,
    points: VecDeque<Timestamp>,
    content: VecDeque<Timestamp>,
}

/// What the `x-ratelimit-*` headers say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    pub limit: u32,
    pub used: u32,
    pub resets_at: Timestamp,
}

impl Standing {
    pub fn remaining(&self) -> u32 {
        self.limit.saturating_sub(self.used)
    }
}

/// Which limit a request ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exceeded {
    Primary,
    Secondary { retry_after_secs: i64 },
}

impl Limits {
    pub fn standing(&mut self, installation: u64, now: Timestamp) -> Standing {
        let limit = self.overrides.get(&installation).copied().unwrap_or(self.per_hour);
        let budget = self.budgets.entry(installation).or_default();
        if budget.resets_at <= now {
            budget.used = 0;
            budget.resets_at = later(now, 3600);
        }
        Standing {
            limit,
            used: budget.used,
            resets_at: budget.resets_at,
        }
    }

    /// Counts one request, unless it runs into a limit.
    pub fn charge(&mut self, installation: u64, now: Timestamp, writes: bool, notifies: bool) -> Result<(), Exceeded> {
        if self.standing(installation, now).remaining() == 0 {
            return Err(Exceeded::Primary);
        }
        let secondary = self.secondary;
        let budget = self.budgets.entry(installation).or_default();
        if secondary {
            spend(&mut budget.points, if writes { 5 } else { 1 }, POINTS_PER_MINUTE, now)?;
            spend(&mut budget.content, usize::from(notifies), CONTENT_PER_MINUTE, now)?;
        }
        budget.used += 1;
        Ok(())
    }

    /// Gives back what a request cost that turned out to be a 304.
    pub fn refund(&mut self, installation: u64) {
        if let Some(budget) = self.budgets.get_mut(&installation) {
            budget.used = budget.used.saturating_sub(1);
        }
    }
}

fn spend(spent: &mut VecDeque<Timestamp>, amount: usize, at_most: usize, now: Timestamp) -> Result<(), Exceeded> {
    while spent.front().is_some_and(|oldest| later(*oldest, 60) <= now) {
        spent.pop_front();
    }
    if spent.len() + amount > at_most {
        let free_at = spent.front().map_or(now, |oldest| later(*oldest, 60));
        return Err(Exceeded::Secondary {
            retry_after_secs: free_at.duration_since(now).as_secs() + 1,
        });
    }
    spent.extend(std::iter::repeat_n(now, amount));
    Ok(())
}

fn later(moment: Timestamp, secs: i64) -> Timestamp {
    moment
        .saturating_add(SignedDuration::from_secs(secs))
        .unwrap_or(Timestamp::MAX)
}
