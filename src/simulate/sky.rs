//! The weather of a run: what goes wrong with requests, deliveries and the disk, by the seed. Each fault is one under which the
//! promises can still be kept, and says why.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::dice::Dice;

/// What becomes of one request to GitHub.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Fine,
    /// A 5xx, and nothing happened. A read is tried again, a write is looked for.
    Status(u16),
    /// A 5xx, although it happened: looking finds it.
    StatusAfter(u16),
    /// No answer, and nothing happened.
    Lost,
    /// No answer, although it happened.
    LostAfter,
    /// A secondary limit: wait, and say it again.
    Limited {
        status: u16,
        retry_after_secs: Option<u32>,
    },
    /// As it was at most [`STALE_MS_MAX`] ago. That old a fact may be anyway: five seconds lie between the last look and a move.
    Stale,
    /// The body breaks off. No JSON is no answer.
    BreaksOff,
    /// Fields that GitHub documents as nullable are null, and enums have values that nobody knows. Unknown is not yes.
    Odd,
}

/// What becomes of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carried {
    Well,
    /// Never attempted; the delivery log shows it as failed.
    Lost,
    Twice,
    /// This much later, past whatever follows it.
    Late {
        secs: i64,
    },
}

/// What becomes of one call of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disk {
    Fine,
    /// The disk is full or the database busy: nothing was written.
    Fails,
    /// Written, and told as failed: what is on disk is read anew by the next look.
    FailsAfter,
}

/// The oldest answer that is served as if it were new, in milliseconds.
pub const STALE_MS_MAX: i64 = 2_000;

/// How bad the days are, in cases per thousand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Climate {
    pub requests: usize,
    pub stale: usize,
    pub deliveries: usize,
    pub disk: usize,
    /// Of a request that meets a fault: how likely it is, among others, that its answer is lost.
    pub cut_off: usize,
    /// Writes to such a path mostly lose their answer, the first few of them.
    pub aim: Option<&'static str>,
}

/// So many writes of the kind that is aimed at lose their answer.
const AIMED_MAX: u32 = 5;

/// The weather; clones are the same one.
#[derive(Clone)]
pub struct Sky {
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    dice: Dice,
    climate: Climate,
    faults: u64,
    disk_faults: u64,
    leases_lost: u64,
    aimed: u32,
    /// Whether what is due may have changed since it was last asked.
    due_changed: bool,
    /// What went over the wire, where that is to be told.
    notes: Option<Vec<String>>,
}

impl Sky {
    pub fn new(dice: Dice, climate: Climate) -> Self {
        let inner = Inner {
            dice,
            climate,
            faults: 0,
            disk_faults: 0,
            leases_lost: 0,
            aimed: 0,
            due_changed: true,
            notes: None,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// From here on everything works.
    pub fn clears(&self) {
        self.inner().climate = Climate::default();
    }

    /// Requests and deliveries that something happened to, calls of the store, and looks that outlived their lease.
    pub fn faults(&self) -> (u64, u64, u64) {
        let inner = self.inner();
        (inner.faults, inner.disk_faults, inner.leases_lost)
    }

    /// Lets what goes over the wire be told from here on.
    pub fn take_notes(&self) {
        self.inner().notes = Some(Vec::new());
    }

    pub fn note(&self, what: impl FnOnce() -> String) {
        if let Some(notes) = &mut self.inner().notes {
            notes.push(what());
        }
    }

    /// What was noted since the last time.
    pub fn noted(&self) -> Vec<String> {
        self.inner().notes.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Something was written that may have changed what is due.
    pub fn changes_due(&self) {
        self.inner().due_changed = true;
    }

    /// Whether what is due has to be asked anew; says so once.
    pub fn due_has_changed(&self) -> bool {
        std::mem::take(&mut self.inner().due_changed)
    }

    /// A look learned that it is not its turn any more.
    pub fn lease_lost(&self) {
        self.inner().leases_lost += 1;
    }

    pub fn of_request(&self, writes: bool, path: &str) -> Fate {
        let mut inner = self.inner();
        let is_aimed = writes && inner.climate.aim.is_some_and(|aim| path.contains(aim));
        if is_aimed && inner.aimed < AIMED_MAX && inner.dice.happens(60) {
            inner.aimed += 1;
            inner.faults += 1;
            return match inner.dice.happens(50) {
                true => Fate::LostAfter,
                false => Fate::StatusAfter(502),
            };
        }
        let (ill, stale) = (inner.climate.requests, inner.climate.stale);
        let thrown = inner.dice.below(1_000);
        if !writes && thrown < stale {
            inner.faults += 1;
            return Fate::Stale;
        }
        if thrown < stale || thrown >= stale + ill {
            return Fate::Fine;
        }
        inner.faults += 1;
        let status = inner.dice.one_of(&[500, 502, 503, 504]).copied().unwrap_or(500);
        let retry_after_secs = [None, Some(3), Some(70)];
        let limited = Fate::Limited {
            status: inner.dice.one_of(&[403, 429]).copied().unwrap_or(403),
            retry_after_secs: inner.dice.one_of(&retry_after_secs).copied().flatten(),
        };
        let both = [
            (3, Fate::Status(status)),
            (3, Fate::StatusAfter(status)),
            (3, Fate::Lost),
            (inner.climate.cut_off, Fate::LostAfter),
            (1, limited),
        ];
        let only_reads = [(3, Fate::BreaksOff), (4, Fate::Odd)];
        let fates = both.iter().chain(only_reads.iter().filter(|_| !writes));
        let fates: Vec<(usize, Fate)> = fates.copied().collect();
        inner.dice.weighted(&fates).unwrap_or(Fate::Fine)
    }

    pub fn of_delivery(&self) -> Carried {
        let mut inner = self.inner();
        let ill = inner.climate.deliveries;
        if inner.dice.below(1_000) >= ill {
            return Carried::Well;
        }
        inner.faults += 1;
        let late = Carried::Late {
            secs: inner.dice.between(1, 600),
        };
        let fates = [(2, Carried::Lost), (2, Carried::Twice), (3, late)];
        inner.dice.weighted(&fates).unwrap_or(Carried::Well)
    }

    pub fn of_disk(&self) -> Disk {
        let mut inner = self.inner();
        let ill = inner.climate.disk;
        if inner.dice.below(1_000) >= ill {
            return Disk::Fine;
        }
        inner.disk_faults += 1;
        match inner.dice.happens(60) {
            true => Disk::Fails,
            false => Disk::FailsAfter,
        }
    }

    /// Dice for how an odd answer looks.
    pub fn split(&self) -> Dice {
        self.inner().dice.split()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
