//! One run: replicas over one database file, a simulated GitHub, people, bad days; and the one hand that lets on whose turn it
//! is. Exactly one thing happens at a time, so the seed is the whole story.

mod days;
mod deaths;
mod post;
mod replica;
mod story;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use replica::Replica;

use super::dice::Dice;
use super::gate::Point;
use super::mood::Mood;
use super::people::People;
use super::plots::Cue;
use super::promises::{Broken, Pressed};
use super::setup;
use super::sky::{Climate, Sky};
use super::tally::Tally;
use super::wire::Shown;
use crate::clock::Clock;
use crate::github::GithubError;
use crate::sandbox::{self, GitHub, Options, Outgoing, What};
use crate::store::{SqliteStore, Store, StoreError};

const SECRET: &str = "a webhook secret that only this run knows of";

/// Steps after which a run that has not come to rest never will.
const STEPS_MAX: u64 = 60_000;

/// Every repository is looked at this often, although nothing was heard.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// A request that is about to go out waits no longer than this for its turn: what comes later than that is a slow network
/// between the last look and a move, which no bot can help.
const SEND_WITHIN: SignedDuration = SignedDuration::from_millis(500);

/// So many things may be done beyond what was meant to be, until a story has come to its end.
const ACTS_TO_END_MAX: u64 = 12;

/// Writes of one kind whose answers are lost again and again in a world.
const AIMS: [&str; 8] = [
    "/deployments",
    "/deployments",
    "/comments",
    "/merge",
    "/git/refs",
    "/check-runs",
    "/graphql",
    "/pulls",
];

/// Requests after which a world has seen enough: where processes die all the time, each life begins with reading everything.
const REQUESTS_MAX: u64 = 900;

/// So many deaths and so many times of standing still are enough for one world.
const DEATHS_MAX: u64 = 6;
const FREEZES_MAX: u64 = 8;

/// Why a run could not be made at all.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error("could not prepare the database of a run")]
    Folder(#[from] std::io::Error),
    #[error("could not open the database of a run")]
    Store(#[from] StoreError),
    #[error("could not prepare the client of a run")]
    Github(#[from] GithubError),
    #[error("the configuration of a run means nothing")]
    Setup,
}

/// How a run ended.
pub struct Outcome {
    pub tally: Tally,
    pub broken: Vec<Broken>,
    /// What happened, one line each, newest last; only where it was asked for.
    pub trace: Vec<String>,
}

/// How a run differs from others, by its seed.
struct Manner {
    replicas: usize,
    acts: u32,
    crashes: bool,
    /// How likely it is that a process stands still, as one turn among others.
    freezes: usize,
    slow: bool,
    /// People mostly wait until everything is told.
    patient: bool,
    /// In how many cases of a hundred what a move rests upon changes right before it.
    upsets: usize,
}

/// One world, under way.
pub struct Run {
    dice: Dice,
    manner: Manner,
    database: PathBuf,
    github: GitHub,
    shop: sandbox::Repository,
    people: People,
    sky: Sky,
    shown: Shown,
    clock: Clock,
    /// None only between two lives of everything.
    store: Option<Arc<SqliteStore>>,
    replicas: Vec<Replica>,
    born: u32,
    post: VecDeque<(Timestamp, Outgoing)>,
    next_sweep: Timestamp,
    /// What people said, as far as its delivery was answered with 202: comments, and clicks with what was pressed.
    heard: BTreeSet<u64>,
    forged: BTreeSet<u64>,
    clicks: BTreeMap<String, Pressed>,
    forgotten: Vec<String>,
    /// A true delivery of a comment, for whoever forges another.
    sample: Option<Outgoing>,
    tally: Tally,
    steps: u64,
    /// When something is due, as of the last time that this changed.
    due: Option<Timestamp>,
    told: usize,
    trace: Option<Vec<String>>,
    /// Until when the story waits, and how often it waited for its next step.
    story_until: Option<Timestamp>,
    story_waits: u32,
}

/// Runs one seed to its end; `template` is an empty database of the present schema, `folder` is this run's alone.
///
/// # Errors
/// [`RunError`]: nothing was learned.
pub async fn run(seed: u64, template: &Path, folder: &Path, traced: bool) -> Result<Outcome, RunError> {
    let database = folder.join("greenlight.db");
    std::fs::copy(template, &database)?;
    // What is not moved into the file yet stands in its log.
    let log = |of: &Path| of.with_extension("db-wal");
    if log(template).exists() {
        std::fs::copy(log(template), log(&database))?;
    }
    let mut run = Run::begin(seed, database, traced).await?;
    run.bad_days().await?;
    let settled = run.good_days().await?;
    run.end(settled).await
}

impl Run {
    async fn begin(seed: u64, database: PathBuf, traced: bool) -> Result<Self, RunError> {
        let mut dice = Dice::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(11));
        let options = Options {
            merges_seen_after: Some(SignedDuration::from_millis(dice.between(0, 90_000))),
            page_max: *dice.one_of(&[2, 3, 100, 100]).unwrap_or(&100),
            ..Options::default()
        };
        let mood = Mood::of(seed);
        let (github, shop, meanings) = setup::made(mood, &mut dice, options);
        let is_bad = dice.happens(80);
        let is_storm = mood == Mood::Storm;
        let is_stormy = is_storm || dice.happens(25);
        let climate = Climate {
            requests: match (is_bad, is_stormy) {
                _ if is_storm => 60 + dice.below(60),
                (true, true) => dice.below(120),
                (true, false) => dice.below(20),
                (false, _) => 0,
            },
            stale: if is_bad { dice.below(40) } else { 0 },
            deliveries: match mood {
                Mood::Hasty => 150 + dice.below(150),
                _ if is_bad => dice.below(150),
                _ => 0,
            },
            disk: if is_stormy { dice.below(60) } else { 0 },
            cut_off: if is_storm { 20 } else { 4 },
            aim: dice.one_of(&AIMS).copied().filter(|_| is_bad),
        };
        let is_frozen = mood == Mood::Frozen;
        let manner = Manner {
            replicas: 1 + dice.below(3) + usize::from(is_frozen),
            acts: u32::try_from(dice.between(14, 26)).unwrap_or(20),
            crashes: is_storm || dice.happens(40),
            freezes: if is_frozen {
                12
            } else {
                2 * usize::from(dice.happens(30))
            },
            slow: is_frozen || dice.happens(35),
            patient: dice.happens(80),
            upsets: match mood {
                Mood::Hasty | Mood::Diverged => 60,
                _ => usize::from(dice.happens(60)) * 25,
            },
        };
        let sky = Sky::new(dice.split(), climate);
        let store: Option<Arc<SqliteStore>> = Some(Arc::new(SqliteStore::open(&database).await?));
        let mut people = People::new(shop.clone(), meanings, mood, dice.split()).ok_or(RunError::Setup)?;
        people.begin();
        let clock = Clock::still(github.clock().now());
        github.set_webhook("http://greenlight.sandbox/webhook", SECRET);
        if traced {
            sky.take_notes();
        }
        let mut run = Self {
            next_sweep: clock.now(),
            dice,
            manner,
            database,
            github,
            shop,
            people,
            sky,
            shown: Shown::default(),
            clock,
            store,
            replicas: Vec::new(),
            born: 0,
            post: VecDeque::new(),
            heard: BTreeSet::new(),
            forged: BTreeSet::new(),
            clicks: BTreeMap::new(),
            forgotten: Vec::new(),
            sample: None,
            tally: Tally::default(),
            steps: 0,
            due: None,
            told: 0,
            trace: traced.then(Vec::new),
            story_until: None,
            story_waits: 0,
        };
        for _ in 0..run.manner.replicas {
            let replica = run.born()?;
            run.replicas.push(replica);
        }
        Ok(run)
    }

    fn store(&self) -> Result<Arc<SqliteStore>, RunError> {
        self.store.clone().ok_or(RunError::Setup)
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn tell(&mut self, what: impl FnOnce() -> String) {
        let now = self.clock.now();
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{now} {}", what()));
        }
    }

    /// Time passes, for GitHub and for all replicas alike.
    fn pass(&mut self, time: SignedDuration) {
        self.clock.advance(time);
        self.github.clock().advance(time);
    }

    async fn bad_days(&mut self) -> Result<(), RunError> {
        // The first look at an unknown repository is nobody's business yet.
        while self.turn(false).await? && self.steps < STEPS_MAX {}
        while self.people_have_time() && self.steps < STEPS_MAX {
            self.turn(true).await?;
        }
        Ok(())
    }

    fn people_have_time(&self) -> bool {
        if self.tally.requests > REQUESTS_MAX {
            return false;
        }
        let (acts, most) = (self.tally.acts, u64::from(self.manner.acts));
        acts < most || (acts < most + ACTS_TO_END_MAX && self.people.cue().is_some())
    }

    /// One thing happens; `false`: nothing is left to happen now.
    async fn turn(&mut self, bad: bool) -> Result<bool, RunError> {
        self.steps += 1;
        let carried: Vec<Outgoing> = self.github.outgoing();
        carried.into_iter().for_each(|one| self.takes(one));
        self.tell_happenings();
        self.sweep_if_due().await;
        let now = self.now();
        self.people.now = now;
        for replica in &mut self.replicas {
            replica.frozen_until = replica.frozen_until.filter(|until| *until > now);
        }
        let overdue = self.replicas.iter().position(|replica| {
            let since = replica.sending_since;
            since.is_some_and(|since| now.duration_since(since) > SEND_WITHIN)
        });
        if let Some(replica) = overdue {
            self.goes_on(replica).await;
            return Ok(true);
        }
        let runnable = self.runnable().await?;
        let post = self.post.iter().any(|(at, _)| *at <= now);
        // Most of all in the middle of a write.
        let writes = self.replicas.iter().any(|replica| {
            let is_it = |point: &Point| {
                matches!(
                    point,
                    Point::Send { writes: true, .. } | Point::Answer { writes: true, .. } | Point::Store("record")
                )
            };
            replica.gate.standing().iter().any(is_it)
        });
        let dies = bad && self.manner.crashes && self.tally.crashes + self.tally.restarts < DEATHS_MAX;
        let crashes = usize::from(dies) * if writes { 5 } else { 1 };
        let stands_still = bad && self.tally.freezes < FREEZES_MAX;
        let freezes = usize::from(stands_still) * self.manner.freezes;
        let rests = runnable.is_empty() && !post;
        let choices = [
            (if runnable.is_empty() { 0 } else { 200 }, Turn::Look),
            (if post { 80 } else { 0 }, Turn::Deliver),
            (if bad { self.haste(rests) } else { 0 }, Turn::Act),
            (if bad { self.urge(rests) } else { 0 }, Turn::Story),
            (crashes, Turn::Crash),
            (freezes, Turn::Freeze),
            (usize::from(bad && self.sample.is_some()), Turn::Forge),
            (usize::from(bad && rests) * 25, Turn::Wait),
        ];
        match self.dice.weighted(&choices) {
            None => return Ok(false),
            Some(Turn::Look) => {
                let replica = self.dice.one_of(&runnable).copied().unwrap_or_default();
                self.goes_on(replica).await;
            }
            Some(Turn::Deliver) => self.deliver().await?,
            Some(Turn::Act) => {
                let told = self.people.act(&mut self.tally);
                self.tell(|| told);
                if self.people.slip.is_some() {
                    self.pass(SignedDuration::from_millis(1_050));
                    let told = self.people.edits(&mut self.tally).unwrap_or_default();
                    self.tell(|| told);
                }
            }
            Some(Turn::Story) => self.goes_on_with_the_story(),
            Some(Turn::Crash) => self.crash().await?,
            Some(Turn::Freeze) => {
                let at = self.dice.below(self.replicas.len());
                self.freeze(at);
            }
            Some(Turn::Forge) => self.forge(),
            Some(Turn::Wait) => self.wait(),
        }
        Ok(true)
    }

    /// What the App did since the last turn, in its own words where it said something.
    fn tell_happenings(&mut self) {
        if self.trace.is_none() {
            return;
        }
        for line in self.sky.noted() {
            self.tell(|| line);
        }
        let new = self.github.history().split_off(self.told);
        self.told += new.len();
        for event in new {
            match event.what {
                What::Commented { pull, body, by, .. } | What::CommentEdited { pull, body, by, .. }
                    if by.ends_with("[bot]") =>
                {
                    self.tell(|| format!("    on #{pull}: {}", body.replace('\n', " ⏎ ")));
                }
                What::Commented { .. } | What::CommentEdited { .. } | What::PullEdited { .. } => {}
                what => self.tell(|| format!("    {what:?}")),
            }
        }
    }

    async fn sweep_if_due(&mut self) {
        if self.now() < self.next_sweep {
            return;
        }
        self.next_sweep = self.now() + SWEEP_EVERY;
        let now = self.now();
        // As `Worker::begin_sweep` does, without a replica that could die of it.
        if let Ok(store) = self.store() {
            drop(store.schedule(crate::store::APP, None, None, now).await);
        }
        self.sky.changes_due();
    }

    /// Replicas that could go on: in the middle of a look, or with something to claim.
    async fn runnable(&mut self) -> Result<Vec<usize>, RunError> {
        let now = self.now();
        if self.sky.due_has_changed() {
            self.due = self.store()?.next_due(now).await?;
        }
        let due = self.due.is_some_and(|due| due <= now);
        let can = |replica: &Replica| match (&replica.looking, replica.frozen_until) {
            (_, Some(_)) => false,
            (None, None) => due,
            (Some(_), None) => {
                !replica.gate.standing().is_empty() || replica.clock.next_wake().is_some_and(|at| at <= now)
            }
        };
        Ok((0..self.replicas.len()).filter(|at| can(&self.replicas[*at])).collect())
    }

    /// Lets one replica on, to its next stop.
    async fn goes_on(&mut self, at: usize) {
        let mut ms = self.dice.between(2, 60);
        let mut tells_of_checks = false;
        let replica = &mut self.replicas[at];
        let standing = replica.gate.standing();
        if replica.looking.is_none() {
            let worker = replica.worker.clone();
            replica.looking = Some(Box::pin(async move {
                // What it says is in the log; whatever happened, the next step begins anew.
                drop(worker.step(&CancellationToken::new()).await);
            }));
        } else if !replica.clock.wake() {
            let place = self.dice.below(standing.len());
            if self.manner.slow
                && self.dice.happens(25)
                && matches!(standing.get(place), Some(Point::Answer { writes: false, .. }))
            {
                ms = self.dice.between(500, 5_000);
            }
            if matches!(standing.get(place), Some(Point::Send { .. })) {
                self.tally.requests += 1;
            }
            tells_of_checks = matches!(standing.get(place), Some(Point::Answer { checks: true, .. }));
            if place < standing.len() {
                replica.gate.let_on(place);
            }
        }
        replica.comes_to_a_stop().await;
        let standing = replica.gate.standing();
        let sends = standing
            .iter()
            .any(|point| matches!(point, Point::Send { writes: true, .. }));
        let moves = standing
            .iter()
            .any(|point| matches!(point, Point::Send { moves: true, .. }));
        let is_new = replica.sending_since.is_none();
        self.pass(SignedDuration::from_millis(ms));
        let now = self.now();
        let replica = &mut self.replicas[at];
        replica.sending_since = sends.then(|| replica.sending_since.unwrap_or(now));
        if tells_of_checks && self.people.cue() == Some(Cue::InTheLook) {
            let secs = self.dice.between(9, 45);
            if self.freeze_for(at, secs) {
                self.plays();
            }
        } else if tells_of_checks && self.manner.freezes > 2 && self.people_have_time() && self.dice.happens(30) {
            self.freeze(at);
        }
        if moves && is_new && self.people.cue() == Some(Cue::AtTheMove) {
            self.tally.upsets += 1;
            self.plays();
        } else if moves && is_new && self.people_have_time() && self.dice.happens(self.manner.upsets.max(25)) {
            let told = match self.dice.happens(45) {
                true => Some(self.people.pushes_everywhere(&mut self.tally)),
                false => self.people.upset(&mut self.tally),
            };
            if let Some(told) = told {
                self.tally.upsets += 1;
                self.tell(|| told);
            }
        }
        if self.trace.is_some() {
            let standing = self.replicas[at].gate.standing();
            self.tell(|| format!("  replica {at} stands at {standing:?}"));
        }
    }
}

#[derive(Clone, Copy)]
enum Turn {
    Look,
    Deliver,
    Act,
    Story,
    Crash,
    Freeze,
    Forge,
    Wait,
}
