//! Bad days on request: what may go wrong between a bot and GitHub, planned one by one or strewn at random from a seed.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;
use serde_json::Value;

use super::chance::Chance;

/// One thing that goes wrong with a request or with a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Answers this status, and nothing happens. `Status(404)` is GitHub not yet knowing what it has just made.
    Status(u16),
    /// Does what was asked, then answers this status all the same.
    StatusAfter(u16),
    /// Never answers, and nothing happens.
    Hang,
    /// Does what was asked, and never answers.
    HangAfter,
    /// Cuts the connection, and nothing happens.
    Reset,
    /// Does what was asked, then cuts the connection.
    ResetAfter,
    /// Answers a read as it was before the last change that this address showed; as it is, if it never showed another.
    StaleRead,
    /// Refuses with 403 or 429 and a message about a secondary rate limit.
    SecondaryLimit { status: u16, retry_after_secs: Option<u32> },
    /// The delivery is never attempted; the App's delivery log shows it as failed.
    Lost,
    /// The delivery arrives twice, with one GUID.
    Twice,
    /// The delivery arrives this much later.
    Late(SignedDuration),
    /// The delivery arrives after the one that follows it.
    Reordered,
}

impl Fault {
    fn strikes_deliveries(self) -> bool {
        matches!(self, Fault::Lost | Fault::Twice | Fault::Late(_) | Fault::Reordered)
    }

    /// Whether the request has its effect before the client notices anything.
    pub(super) fn comes_after_the_effect(self) -> bool {
        matches!(
            self,
            Fault::StatusAfter(_) | Fault::HangAfter | Fault::ResetAfter | Fault::StaleRead
        )
    }
}

/// On bad days one request or delivery in this many meets a fault.
const ODDS: u64 = 6;

#[derive(Default)]
pub(super) struct Faults {
    planned: Vec<Planned>,
    bad_days: Option<(Chance, Vec<Fault>)>,
    seen: HashMap<String, Seen>,
}

struct Planned {
    fault: Fault,
    /// The method of a request, or the event of a delivery; empty for all.
    what: String,
    /// A part of the request's path below the API root; empty for all.
    path: String,
    times: u32,
}

/// The last two different bodies that an address showed.
struct Seen {
    latest: Arc<Value>,
    before: Option<Arc<Value>>,
}

impl Faults {
    pub fn plan(&mut self, fault: Fault, what: &str, path: &str, times: u32) {
        self.planned.push(Planned {
            fault,
            what: what.to_owned(),
            path: path.to_owned(),
            times,
        });
    }

    pub fn bad_days(&mut self, seed: u64, faults: &[Fault]) {
        self.bad_days = Some((Chance::seeded(seed), faults.to_vec()));
    }

    /// From here on everything works.
    pub fn good_days(&mut self) {
        self.planned.clear();
        self.bad_days = None;
    }

    pub fn for_request(&mut self, method: &str, path: &str) -> Option<Fault> {
        self.next(false, |planned| {
            (planned.what.is_empty() || planned.what == method)
                && match planned.path.strip_suffix('$') {
                    Some(end) => path.ends_with(end),
                    None => path.contains(&planned.path),
                }
        })
    }

    pub fn for_delivery(&mut self, event: &str) -> Option<Fault> {
        self.next(true, |planned| planned.what.is_empty() || planned.what == event)
    }

    fn next(&mut self, delivery: bool, matches: impl Fn(&Planned) -> bool) -> Option<Fault> {
        let mut planned = self.planned.iter_mut();
        let found = planned
            .find(|planned| planned.times > 0 && planned.fault.strikes_deliveries() == delivery && matches(planned));
        if let Some(planned) = found {
            planned.times -= 1;
            return Some(planned.fault);
        }
        let (chance, faults) = self.bad_days.as_mut()?;
        let fitting: Vec<Fault> = faults
            .iter()
            .copied()
            .filter(|fault| fault.strikes_deliveries() == delivery)
            .collect();
        let struck = !fitting.is_empty() && chance.below(ODDS) == 0;
        struck.then(|| fitting[chance.below(fitting.len() as u64) as usize])
    }

    /// Keeps what an address shows, for stale reads.
    pub fn remember(&mut self, address: &str, body: &Arc<Value>) {
        match self.seen.get_mut(address) {
            Some(seen) if seen.latest == *body => {}
            Some(seen) => seen.before = Some(std::mem::replace(&mut seen.latest, body.clone())),
            None => {
                self.seen.insert(
                    address.to_owned(),
                    Seen {
                        latest: body.clone(),
                        before: None,
                    },
                );
            }
        }
    }

    pub fn stale(&self, address: &str, now: &Arc<Value>) -> Option<Arc<Value>> {
        let seen = self.seen.get(address)?;
        if seen.latest == *now {
            seen.before.clone()
        } else {
            Some(seen.latest.clone())
        }
    }
}
