//! One run: replicas over one database file, a simulated GitHub, people, bad days; and the one hand that lets on whose turn it
//! is. Exactly one thing happens at a time, so the seed is the whole story.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::dice::Dice;
use super::disk::FaultyStore;
use super::gate::{Gate, Point};
use super::people::{Mood, People};
use super::promises::{Broken, Evidence};
use super::setup;
use super::sky::{Carried, Climate, Sky};
use super::tally::Tally;
use super::wire::{Shown, Wire};
use crate::clock::Clock;
use crate::github::{Access, Github, GithubError};
use crate::metrics::Metrics;
use crate::reconcile::Bot;
use crate::rules::id::RepoId;
use crate::sandbox::{self, GitHub, Options, Outgoing, What};
use crate::store::{SqliteStore, Store, StoreError};
use crate::web::{self, WebState};
use crate::worker::Worker;

/// Turns without anything new after which a look stands still.
const TURNS_QUIET: u32 = 4;

const SECRET: &str = "a webhook secret that only this run knows of";

/// Steps after which a run that has not come to rest never will.
const STEPS_MAX: u64 = 60_000;

/// Every repository is looked at this often, although nothing was heard.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_mins(10);

/// A request that is about to go out waits no longer than this for its turn: what comes later than that is a slow network
/// between the last look and a move, which no bot can help.
const SEND_WITHIN: SignedDuration = SignedDuration::from_millis(500);

/// How long the good days last, at the end of which everything has to have come to its end: what is armed is so for a day.
const GOOD_DAYS: SignedDuration = SignedDuration::from_hours(26);

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
    freezes: bool,
    slow: bool,
    /// People mostly wait until everything is told.
    patient: bool,
}

/// One process, as far as this world has any.
struct Replica {
    gate: Gate,
    clock: Clock,
    worker: Worker,
    web: Router,
    looking: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    frozen_until: Option<Timestamp>,
    /// Since when a write of its stands before GitHub's door.
    sending_since: Option<Timestamp>,
}

impl Replica {
    fn arrivals(&self) -> u64 {
        self.gate.arrivals() + self.clock.sleeps()
    }

    /// Polls the look until all of it stands somewhere, or it is over. A look reads several things side by side, and between
    /// it and the wire there is a task that hands requests over; so it is given some turns in which nothing new comes.
    async fn comes_to_a_stop(&mut self) {
        let mut quiet = 0;
        while quiet < TURNS_QUIET {
            let before = self.arrivals();
            let over = poll_fn(|context| match &mut self.looking {
                None => Poll::Ready(true),
                Some(looking) => match looking.as_mut().poll(context) {
                    Poll::Ready(()) => Poll::Ready(true),
                    Poll::Pending if self.gate.is_working() => Poll::Pending,
                    Poll::Pending => Poll::Ready(false),
                },
            })
            .await;
            if over {
                self.looking = None;
                return;
            }
            quiet = if self.arrivals() > before { 0 } else { quiet + 1 };
            tokio::task::yield_now().await;
        }
    }
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
    /// What people said, as far as its delivery was answered with 202: comments, and clicks with who pressed.
    heard: BTreeSet<u64>,
    clicks: BTreeMap<String, String>,
    tally: Tally,
    steps: u64,
    told: usize,
    trace: Option<Vec<String>>,
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
        let mood = Mood::thrown(&mut dice);
        let (github, shop, meanings) = setup::made(mood, &mut dice, options);
        let is_bad = dice.happens(80);
        let is_stormy = dice.happens(35);
        let climate = Climate {
            requests: if is_bad {
                dice.below(if is_stormy { 120 } else { 20 })
            } else {
                0
            },
            stale: if is_bad { dice.below(40) } else { 0 },
            deliveries: if is_bad { dice.below(150) } else { 0 },
            disk: if is_stormy { dice.below(60) } else { 0 },
        };
        let manner = Manner {
            replicas: 1 + dice.below(3),
            acts: u32::try_from(dice.between(20, 36)).unwrap_or(40),
            crashes: dice.happens(50),
            freezes: dice.happens(40),
            slow: dice.happens(35),
            patient: dice.happens(60),
        };
        let sky = Sky::new(dice.split(), climate);
        let store: Option<Arc<SqliteStore>> = Some(Arc::new(SqliteStore::open(&database).await?));
        let people = People::new(shop.clone(), meanings, mood, dice.split()).ok_or(RunError::Setup)?;
        let clock = Clock::still(github.clock().now());
        github.set_webhook("http://greenlight.sandbox/webhook", SECRET);
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
            clicks: BTreeMap::new(),
            tally: Tally::default(),
            steps: 0,
            told: 0,
            trace: traced.then(Vec::new),
        };
        for _ in 0..run.manner.replicas {
            let replica = run.born()?;
            run.replicas.push(replica);
        }
        Ok(run)
    }

    /// A new process, with nothing in its memory.
    fn born(&mut self) -> Result<Replica, RunError> {
        self.born += 1;
        let (gate, clock) = (Gate::default(), self.clock.twin());
        let key = SecretString::from(sandbox::APP_PRIVATE_KEY.to_owned());
        let app_id = i64::try_from(self.github.app().id).unwrap_or_default();
        let mut access = Access::new(app_id, key, self.github.api_url());
        access.write_pause = Duration::ZERO;
        // By the machine's time, which does not count here.
        access.request_timeout = Duration::from_secs(86_400);
        let wire = Wire {
            github: self.github.clone(),
            gate: gate.clone(),
            sky: self.sky.clone(),
            shown: self.shown.clone(),
        };
        let on_disk = self.store()?;
        let store = |gate: Option<Gate>| -> Arc<dyn Store> {
            Arc::new(FaultyStore {
                inner: on_disk.clone(),
                sky: self.sky.clone(),
                gate,
            })
        };
        let worker = Worker {
            bot: Bot {
                metrics: Metrics::default(),
                store: store(Some(gate.clone())),
                github: Github::through(&access, clock.clone(), wire)?,
                clock: clock.clone(),
            },
            wake: Arc::new(Notify::new()),
            sweep_every: Duration::from_secs(600),
            lease: Duration::from_secs(60),
            keep_bodies: Duration::from_secs(7 * 86_400),
            look_pause: Duration::from_secs(8),
            name: format!("replica-{}", self.born),
        };
        let secrets = [SecretString::from(SECRET.to_owned())];
        let state = WebState::new(store(None), &secrets, clock.clone(), worker.wake.clone());
        Ok(Replica {
            gate,
            clock,
            worker,
            web: web::router(state),
            looking: None,
            frozen_until: None,
            sending_since: None,
        })
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
        self.tally.acts < u64::from(self.manner.acts)
    }

    /// One thing happens; `false`: nothing is left to happen now.
    async fn turn(&mut self, bad: bool) -> Result<bool, RunError> {
        self.steps += 1;
        let carried: Vec<Outgoing> = self.github.outgoing();
        carried.into_iter().for_each(|one| self.takes(one));
        self.tell_happenings();
        self.sweep_if_due().await;
        let now = self.now();
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
        let crashes = usize::from(bad && self.manner.crashes) * 2;
        let freezes = usize::from(bad && self.manner.freezes) * 2;
        let rests = runnable.is_empty() && !post;
        let choices = [
            (if runnable.is_empty() { 0 } else { 200 }, Turn::Look),
            (if post { 80 } else { 0 }, Turn::Deliver),
            (if bad { self.haste(rests) } else { 0 }, Turn::Act),
            (crashes, Turn::Crash),
            (freezes, Turn::Freeze),
            (usize::from(bad && rests) * 25, Turn::Wait),
        ];
        match self.dice.weighted(&choices) {
            None => return Ok(false),
            Some(Turn::Look) => {
                let replica = self.dice.one_of(&runnable).copied().unwrap_or_default();
                self.goes_on(replica).await;
            }
            Some(Turn::Deliver) => self.deliver().await,
            Some(Turn::Act) => {
                let told = self.people.act(&mut self.tally);
                self.tell(|| told);
            }
            Some(Turn::Crash) => self.crash().await?,
            Some(Turn::Freeze) => self.freeze(),
            Some(Turn::Wait) => self.wait(),
        }
        Ok(true)
    }

    /// How likely it is that somebody acts: some wait until everything is told, others do not.
    fn haste(&self, rests: bool) -> usize {
        match (self.manner.patient, rests) {
            (true, true) => 60,
            (true, false) => 2,
            (false, true) => 30,
            (false, false) => 9,
        }
    }

    /// What the App did since the last turn, in its own words where it said something.
    fn tell_happenings(&mut self) {
        if self.trace.is_none() {
            return;
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
    }

    /// Replicas that could go on: in the middle of a look, or with something to claim.
    async fn runnable(&self) -> Result<Vec<usize>, RunError> {
        let due = self
            .store()?
            .next_due(self.now())
            .await?
            .is_some_and(|due| due <= self.now());
        let now = self.now();
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
                && standing.get(place) == Some(&Point::Answer { writes: false })
            {
                ms = self.dice.between(500, 5_000);
            }
            if matches!(standing.get(place), Some(Point::Send { .. })) {
                self.tally.requests += 1;
            }
            if place < standing.len() {
                replica.gate.let_on(place);
            }
        }
        replica.comes_to_a_stop().await;
        let sends = replica.gate.standing().contains(&Point::Send { writes: true });
        self.pass(SignedDuration::from_millis(ms));
        let now = self.now();
        let replica = &mut self.replicas[at];
        replica.sending_since = sends.then(|| replica.sending_since.unwrap_or(now));
        if self.trace.is_some() {
            let standing = self.replicas[at].gate.standing();
            self.tell(|| format!("  replica {at} stands at {standing:?}"));
        }
    }

    /// GitHub has something for us: it is on its way, or lost, or late.
    fn takes(&mut self, outgoing: Outgoing) {
        let now = self.now();
        if outgoing.event == "check_run" {
            let body: serde_json::Value = serde_json::from_slice(&outgoing.body).unwrap_or_default();
            if body["action"] == "requested_action" {
                let who = body["sender"]["login"].as_str().unwrap_or_default();
                self.clicks.insert(outgoing.guid.clone(), who.to_owned());
            }
        }
        match self.sky.of_delivery() {
            Carried::Well => self.post.push_back((now, outgoing)),
            Carried::Lost => {
                self.tally.lost_deliveries += 1;
                self.github.delivered(outgoing.id, None);
            }
            Carried::Twice => {
                self.post.push_back((now, outgoing.clone()));
                self.post.push_back((now, outgoing));
            }
            Carried::Late { secs } => {
                let at = now + SignedDuration::from_secs(secs);
                self.post.push_back((at, outgoing));
            }
        }
    }

    /// One webhook arrives at one replica; mostly the oldest.
    async fn deliver(&mut self) {
        let now = self.now();
        let ready: Vec<usize> = (0..self.post.len()).filter(|at| self.post[*at].0 <= now).collect();
        let place = match self.dice.happens(80) {
            true => ready.first().copied(),
            false => self.dice.one_of(&ready).copied(),
        };
        let Some((_, outgoing)) = place.and_then(|place| self.post.remove(place)) else {
            return;
        };
        let replica = self.dice.below(self.replicas.len());
        let mut request = http::Request::post("http://greenlight.sandbox/webhook");
        for (name, value) in &outgoing.headers {
            request = request.header(*name, value);
        }
        let Ok(request) = request.body(Body::from(outgoing.body.clone())) else {
            return;
        };
        let answered = self.replicas[replica].web.clone().oneshot(request).await;
        let status = answered.map_or(500, |response| response.status().as_u16());
        self.github.delivered(outgoing.id, Some(status));
        self.tally.deliveries += 1;
        let body: serde_json::Value = serde_json::from_slice(&outgoing.body).unwrap_or_default();
        if status == 202 && outgoing.event == "issue_comment" && body["action"] == "created" {
            self.heard.extend(body["comment"]["id"].as_u64());
        }
        self.tell(|| format!("{} {} arrives: {status}", outgoing.event, body["action"]));
        self.pass(SignedDuration::from_millis(3));
    }

    /// A process dies where it stands; sometimes all of them do, and the database is opened anew.
    async fn crash(&mut self) -> Result<(), RunError> {
        if self.dice.happens(25) || self.replicas.len() == 1 {
            self.tell(|| "everything dies and starts again".to_owned());
            self.tally.restarts += 1;
            self.replicas.clear();
            self.shown = Shown::default();
            // The old handle goes before the new one comes: a file serves one process.
            self.store.take();
            self.store = Some(Arc::new(SqliteStore::open(&self.database).await?));
            for _ in 0..self.manner.replicas {
                let replica = self.born()?;
                self.replicas.push(replica);
            }
            return Ok(());
        }
        let at = self.dice.below(self.replicas.len());
        self.tell(|| format!("replica {at} dies"));
        self.tally.crashes += 1;
        self.replicas[at] = self.born()?;
        Ok(())
    }

    /// A process stands still, longer than its lease perhaps; never with a write at GitHub's door.
    fn freeze(&mut self) {
        let at = self.dice.below(self.replicas.len());
        let writes = |point: &Point| matches!(point, Point::Send { writes: true } | Point::Answer { writes: true });
        let replica = &self.replicas[at];
        if replica.looking.is_none() || replica.gate.standing().iter().any(writes) {
            return;
        }
        let secs = self.dice.between(3, 240);
        self.tally.freezes += 1;
        self.replicas[at].frozen_until = Some(self.now() + SignedDuration::from_secs(secs));
        self.tell(|| format!("replica {at} stands still for {secs} s"));
    }

    /// Nothing is under way, so time can pass.
    fn wait(&mut self) {
        let secs = [2, 20, 70, 400, 1_500, 5_000];
        let secs = self.dice.one_of(&secs).copied().unwrap_or(20);
        let until = self.now() + SignedDuration::from_secs(self.dice.between(secs / 2, secs));
        let wakes = self.replicas.iter().filter_map(|replica| replica.clock.next_wake());
        let frozen = self.replicas.iter().filter_map(|replica| replica.frozen_until);
        let until = wakes.chain(frozen).fold(until, Timestamp::min);
        self.pass_until(until);
    }

    fn pass_until(&mut self, until: Timestamp) {
        let time = until.duration_since(self.now()).max(SignedDuration::from_millis(1));
        self.pass(time);
    }

    /// Nothing goes wrong any more, nobody meddles, and time passes: everything comes to its end. `false` if it does not.
    async fn good_days(&mut self) -> Result<bool, RunError> {
        self.sky.clears();
        self.people.mend_configuration();
        self.people.everything_turns_out_well();
        let (soon, end) = (self.now() + SignedDuration::from_mins(40), self.now() + GOOD_DAYS);
        self.next_sweep = self.now();
        let mut last_sweep = false;
        let began = self.steps;
        while self.steps - began < STEPS_MAX {
            if self.turn(false).await? {
                continue;
            }
            if self.now() >= end {
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
            let next = next.filter(|at| *at > self.now()).fold(end, Timestamp::min);
            // By and by it is enough to look now and then.
            let next = match self.now() < soon {
                true => next,
                false => next.max(self.now() + SignedDuration::from_hours(2)).min(end),
            };
            self.tell(|| format!("time passes until {next}"));
            self.pass_until(next);
        }
        Ok(false)
    }

    async fn end(mut self, settled: bool) -> Result<Outcome, RunError> {
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
            clicks: std::mem::take(&mut self.clicks),
            unknown: self.github.unknown_requests(),
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

#[derive(Clone, Copy)]
enum Turn {
    Look,
    Deliver,
    Act,
    Crash,
    Freeze,
    Wait,
}
