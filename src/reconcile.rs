//! Observe, plan, perform, record: one look at one repository, from facts to effects.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::fault::{Fault, planted};
use crate::github::{Address, Github, GithubError};
use crate::metrics::Metrics;
use crate::rules::effect::{Effect, Outcome};
use crate::rules::id::EnvironmentName;
use crate::rules::interpret::Heard;
use crate::rules::learn::learn;
use crate::rules::memory::{Change, EntryKind, Memory};
use crate::rules::plan::{LAST_LOOK_AGE_MAX, Look, Plan, Sight, plan, sight};
use crate::rules::snapshot::{Need, Range, Snapshot, Withheld};
use crate::store::{Claim, Store, StoreError};

/// Steps of one look. A promotion takes about ten; more than this means that plan and world do not agree.
const STEPS_MAX: u32 = 100;

/// How often one look begins anew because GitHub changed under it; after that a later look tries again.
const RESTARTS_MAX: u32 = 3;

/// Failed looks, about fifteen seconds, after which an answer of GitHub's that makes no sense is told to whoever waits for it.
const UNCLEAR_ATTEMPTS: u32 = 3;

/// How long to wait for a repository that does not hold still. Each try may cost some writes, and GitHub counts those.
const RESTLESS_WAIT: jiff::SignedDuration = jiff::SignedDuration::from_secs(60);

/// What a look works with.
#[derive(Clone)]
pub struct Bot {
    pub metrics: Metrics,
    pub store: Arc<dyn Store>,
    pub github: Github,
    pub clock: Clock,
    /// Whether a repository without a configuration is welcomed by a pull request that proposes one.
    pub welcomes: bool,
}

/// Why a look did not come to its end. Nothing is lost by any of them: what was heard is heard again.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    #[error(transparent)]
    Github(#[from] GithubError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program is stopping; the repository is handed back.
    #[error("stopped in the middle of a look")]
    Stopped,
    /// A bug of ours: a plan that is never finished.
    #[error("no end after {STEPS_MAX} steps")]
    Endless,
}

/// Looks at one repository until nothing is left to do, and says when to look again.
///
/// # Errors
/// See [`ReconcileError`]; all that was confirmed until then is on disk.
pub async fn reconcile(
    bot: &Bot,
    claim: &Claim,
    at: &mut Address,
    heard: &Heard,
    stop: &CancellationToken,
) -> Result<Option<Timestamp>, ReconcileError> {
    let mut memory = bot.store.memory(claim.repo, &heard.requests()).await?;
    spoil(&mut memory);
    let mut looking = Looking {
        bot,
        claim,
        at,
        memory,
        snapshot: Snapshot::default(),
        authority: Authority::default(),
        restarts: 0,
    };
    for _ in 0..STEPS_MAX {
        if stop.is_cancelled() {
            return Err(ReconcileError::Stopped);
        }
        let now = bot.clock.now();
        let next = plan(&Look {
            snapshot: &looking.snapshot,
            memory: &looking.memory,
            heard,
            now,
            welcomes: bot.welcomes,
        });
        if next.is_finished() {
            looking.show(heard).await?;
            return Ok(next.look_again);
        }
        if looking.restarts > RESTARTS_MAX {
            // What was heard ends with this look, so the next one looks at everything.
            let then = now + RESTLESS_WAIT;
            bot.store.schedule(claim.repo, None, None, then).await?;
            return Ok(Some(then));
        }
        looking.step(next).await?;
    }
    Err(ReconcileError::Endless)
}

/// Whether asking again soon is of no use. An answer that makes no sense may only be early, so it is given some chances.
fn withheld(error: &GithubError, attempts: u32) -> Option<Withheld> {
    match error {
        GithubError::Forbidden { permission, .. } => Some(Withheld::Permission(permission.clone())),
        GithubError::Unexpected { .. } if attempts >= UNCLEAR_ATTEMPTS => Some(Withheld::Unclear),
        _ => None,
    }
}

/// Counts what is on disk now.
fn count(metrics: &Metrics, changes: &[Change]) {
    for change in changes {
        let Change::Ledger(entry) = change else { continue };
        match entry.kind {
            EntryKind::Promoted => metrics.promotion("promoted"),
            EntryKind::Refused if entry.environment.is_some() => metrics.promotion("refused"),
            EntryKind::DeploymentFailed => metrics.promotion("deployment_failed"),
            EntryKind::RolledBack => metrics.promotion("rolled_back"),
            _ => {}
        }
        entry.gates.iter().for_each(|line| metrics.gate(line));
    }
}

fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Done(_) => "done",
        Outcome::Refused(_) => "refused",
        Outcome::Outdated => "outdated",
    }
}

/// The planted mistakes of a memory.
fn spoil(memory: &mut Memory) {
    if planted(Fault::IgnoreHolds) {
        // A hold that is not remembered would be asked for again; one of another environment stands in nobody's way.
        let elsewhere = EnvironmentName::from("nowhere");
        let holds = std::mem::take(&mut memory.holds).into_values();
        memory.holds = holds.map(|hold| (elsewhere.clone(), hold)).collect();
    }
    if planted(Fault::ForgetUnconfirmed) {
        memory.unconfirmed.clear();
    }
}

/// The planted mistake of a move: it goes as far as the stage before has come.
fn as_far_as_can_be(effect: &mut Effect, snapshot: &Snapshot) {
    let Effect::MoveBranch { branch, to, .. } = effect else {
        return;
    };
    for ((base, _), range) in &snapshot.ranges {
        if let Range::Between(between) = range
            && base == branch
            && between.holds(to)
        {
            to.clone_from(&between.head_at);
        }
    }
}

/// The planted mistakes of what is to be remembered.
fn is_withheld(change: &Change) -> bool {
    match change {
        Change::Hold(_) => planted(Fault::LeaveNoHold),
        Change::Ledger(entry) => entry.kind == EntryKind::Promoted && planted(Fault::SilentLedger),
        _ => false,
    }
}

struct Looking<'a> {
    bot: &'a Bot,
    claim: &'a Claim,
    at: &'a mut Address,
    memory: Memory,
    snapshot: Snapshot,
    restarts: u32,
    authority: Authority,
}

/// What this look has read of who may, and when it began to.
#[derive(Default)]
struct Authority {
    since: Option<Timestamp>,
    needs: BTreeSet<Need>,
}

impl Looking<'_> {
    /// Intent is on disk before the first effect, and what an effect shows is asked before anything more is read.
    async fn step(&mut self, mut next: Plan) -> Result<(), ReconcileError> {
        next.changes.retain(|change| !is_withheld(change));
        if planted(Fault::PromoteTheTip) {
            let moves = next.effects.iter_mut();
            moves.for_each(|effect| as_far_as_can_be(effect, &self.snapshot));
        }
        if !next.changes.is_empty() || !next.effects.is_empty() {
            let now = self.bot.clock.now();
            self.bot
                .store
                .remember(self.claim, &next.changes, &next.effects, now)
                .await?;
            count(&self.bot.metrics, &next.changes);
            next.changes.iter().for_each(|change| self.memory.apply(change));
        }
        if !next.effects.is_empty() && self.snapshot.repository.is_none() {
            // GitHub redirects reads of a renamed repository, and refuses writes: its name is read before the first.
            self.read(&BTreeSet::from([Need::Repository])).await?;
            if self.snapshot.repository.as_ref().is_some_and(|found| found.archived) {
                return Ok(());
            }
        }
        for effect in &next.effects {
            if self.carry_out(effect).await? == Outcome::Outdated {
                self.start_anew();
                return Ok(());
            }
        }
        if next.outdated {
            self.start_anew();
        } else if next.effects.is_empty() && !next.needs.is_empty() {
            self.read(&next.needs).await?;
        }
        Ok(())
    }

    /// Keeps what is to be seen now, for the pages.
    async fn show(&mut self, heard: &Heard) -> Result<(), ReconcileError> {
        let mut seen = self.sight(heard);
        if !seen.needs.is_empty() {
            self.read(&seen.needs).await?;
            seen = self.sight(heard);
        }
        if let Some(scene) = seen.scene {
            let change = Change::Scene(Arc::new(scene));
            let now = self.bot.clock.now();
            self.bot.store.remember(self.claim, &[change], &[], now).await?;
        }
        Ok(())
    }

    fn sight(&self, heard: &Heard) -> Sight {
        sight(&Look {
            snapshot: &self.snapshot,
            memory: &self.memory,
            heard,
            now: self.bot.clock.now(),
            welcomes: self.bot.welcomes,
        })
    }

    fn start_anew(&mut self) {
        self.restarts += 1;
        self.snapshot = Snapshot::default();
        self.authority = Authority::default();
    }

    async fn carry_out(&mut self, effect: &Effect) -> Result<Outcome, ReconcileError> {
        let key = effect.key();
        if !self.is_too_old(effect) && !planted(Fault::EffectBeforeIntent) {
            self.bot.store.sending(self.claim, &key, self.bot.clock.now()).await?;
        }
        // The disk may have taken its time.
        let outcome = match self.is_too_old(effect) {
            true => Outcome::Outdated,
            false => self.bot.github.perform(self.at, effect).await?,
        };
        let mut changes = learn(effect, &outcome, &self.memory);
        changes.retain(|change| !is_withheld(change));
        self.bot
            .store
            .record(self.claim, &key, &outcome, &changes, self.bot.clock.now())
            .await?;
        self.bot.metrics.effect(&key, word(&outcome));
        count(&self.bot.metrics, &changes);
        tracing::info!(repo = %self.at.name, effect = %key, outcome = ?outcome, "carried out an effect");
        changes.iter().for_each(|change| self.memory.apply(change));
        self.memory.unconfirmed.remove(&key);
        self.snapshot.after(effect, &outcome);
        Ok(outcome)
    }

    /// The planted mistake of a last look that is none: what was read before is dated anew.
    fn still_holds(&mut self, needs: &BTreeSet<Need>) -> bool {
        let now = self.bot.clock.now();
        let mut dated = |need: &Need| match need {
            Need::Checks(commit) => self.snapshot.checks.get_mut(commit).map(|read| read.at = now),
            Need::Head(branch) => self.snapshot.heads.get_mut(branch).map(|read| read.at = now),
            _ => None,
        };
        needs.iter().filter(|need| dated(need).is_none()).count() == 0
    }

    /// The planted mistake of an acceptance that goes along with a push.
    fn take_acceptances_along(&mut self) {
        for card in self
            .memory
            .cards
            .values_mut()
            .filter(|_| planted(Fault::KeepAcceptance))
        {
            if let (Some(acceptance), Some(Some(pull))) = (&mut card.acceptance, self.snapshot.pulls.get(&card.pull)) {
                acceptance.head = pull.head_sha.clone();
            }
        }
    }

    /// A pause for pacing or a slow GitHub may have come between the last look and the move.
    fn is_too_old(&self, effect: &Effect) -> bool {
        let age = effect.read_at().map(|at| self.bot.clock.now().duration_since(at));
        age.is_some_and(|age| age > LAST_LOOK_AGE_MAX)
    }

    /// A slow GitHub makes a look long. Before a move, who may is then read again together with the checks and the branch; that
    /// mostly costs nothing of GitHub's limit, since little has changed.
    fn with_authority(&mut self, needs: &BTreeSet<Need>) -> BTreeSet<Need> {
        let (now, known) = (self.bot.clock.now(), &mut self.authority);
        let mut needs = needs.clone();
        let is_old = known
            .since
            .is_some_and(|since| now.duration_since(since) > LAST_LOOK_AGE_MAX);
        if is_old && needs.iter().any(Need::is_last_look) && !planted(Fault::OldAuthority) {
            known.needs.iter().for_each(|need| self.snapshot.forget(need));
            needs.extend(known.needs.iter().cloned());
            (known.since, self.snapshot.facts_at) = (Some(now), Some(now));
        }
        let of_it: Vec<Need> = needs.iter().filter(|need| need.is_of_authority()).cloned().collect();
        if !of_it.is_empty() {
            known.since.get_or_insert(now);
            known.needs.extend(of_it);
        }
        needs
    }

    async fn read(&mut self, needs: &BTreeSet<Need>) -> Result<(), ReconcileError> {
        if needs.iter().any(|need| !need.is_last_look()) {
            self.snapshot.facts_at = Some(self.bot.clock.now());
        }
        for need in needs.iter().filter(|_| !planted(Fault::SkipLastLook)) {
            match need {
                Need::Checks(commit) => {
                    self.snapshot.checks.remove(commit);
                }
                Need::Head(branch) => {
                    self.snapshot.heads.remove(branch);
                }
                _ => {}
            }
        }
        if planted(Fault::SkipLastLook) && self.still_holds(needs) {
            return Ok(());
        }
        if needs.iter().any(Need::is_last_look) {
            // Waiting before reading, not between reading and moving, keeps the last look fresh.
            self.bot.github.ready_to_write(self.at.installation).await;
        }
        let needs = &self.with_authority(needs);
        let observed = self.bot.github.observe(self.at, needs, &mut self.snapshot).await;
        self.take_acceptances_along();
        match observed {
            Err(error) if self.snapshot.withheld.is_none() => {
                // Who asked is told what is missing; what cannot be answered without it fails a second time.
                let Some(why) = withheld(&error, self.claim.attempts) else {
                    return Err(error.into());
                };
                tracing::error!(repo = %self.at.name, error = &error as &dyn std::error::Error, "GitHub does not tell what a look needs");
                self.snapshot.withheld = Some(why);
                Ok(())
            }
            read => Ok(read?),
        }
    }
}
