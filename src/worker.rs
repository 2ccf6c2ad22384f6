//! Claims one repository at a time, looks at it, and settles or tries again: nothing that was acknowledged is dropped, and
//! nothing is tried for ever.

mod comments;
mod log;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Span;

use crate::checker::{check, checked_by, checks_of};
use crate::fault::{Fault, planted};
use crate::github::{Address, Deadline, GithubError};
use crate::reconcile::{Bot, ReconcileError, reconcile};
use crate::rules::id::{InstallationId, RepoId, RepoName};
use crate::rules::interpret::{Heard, News, interpret};
use crate::store::{APP, Claim, Fate, StoreError, StoredDelivery};

/// Repositories looked at side by side. Looks wait for GitHub most of the time, so this is not a matter of cores.
const LOOKS_AT_ONCE: usize = 8;

/// Deliveries taken into one look; more wait for the next one.
const DELIVERIES_A_LOOK_MAX: u32 = 2_000;

/// Deliveries that a look's span names.
const DELIVERIES_NAMED_MAX: usize = 20;

/// The holder's word is given this often within one lease, so that one that is not heard costs nothing.
const WORDS_A_LEASE: u32 = 3;

/// The first wait after an error. It doubles with each attempt up to five minutes, which is as long as an owner may have to
/// wait once GitHub is well again.
const RETRY_WAIT_SECS: i64 = 2;
const RETRY_WAIT_SECS_MAX: i64 = 300;

/// With those waits this is a day; after that a person has to look.
const ATTEMPTS_MAX: u32 = 295;

/// Looks, within some seconds, at which GitHub says that a repository is out of reach; then it is believed.
const GONE_ATTEMPTS: u32 = 3;

/// Without any word of new work, look at the database this often: another replica may have stored some.
const POLL: Duration = Duration::from_secs(5);

/// Batches of old bodies that one sweep lets go of; with the default sweep a million deliveries a day.
const PRUNED_A_SWEEP_MAX: u32 = 50;

/// A dead delivery is for a person to look at, so its body stays so many times longer.
const DEAD_KEPT_LONGER: i32 = 4;

/// What the worker needs beside the bot.
#[derive(Clone)]
pub struct Worker {
    pub bot: Bot,
    /// Rung whenever a delivery was stored.
    pub wake: Arc<Notify>,
    /// How often every repository is looked at although nothing was heard.
    pub sweep_every: Duration,
    /// After this without a word from its holder, another may claim a repository.
    pub lease: Duration,
    /// How long the bodies of settled deliveries are kept.
    pub keep_bodies: Duration,
    /// How long news that can wait do wait after a look that heard nothing else.
    pub look_pause: Duration,
    /// This process, among others that may share the database.
    pub name: String,
}

impl Worker {
    /// Works until `stop`, then finishes or hands back what it holds.
    pub async fn run(self, stop: CancellationToken) {
        let loops: Vec<_> = (0..LOOKS_AT_ONCE)
            .map(|_| tokio::spawn(self.clone().look_without_end(stop.clone())))
            .collect();
        let sweep = tokio::spawn(self.sweep(stop));
        for one in loops.into_iter().chain([sweep]) {
            if let Err(error) = one.await {
                tracing::error!(error = &error as &dyn std::error::Error, "a worker ended unexpectedly");
            }
        }
    }

    /// Makes the App itself due, at the start and on a timer.
    async fn sweep(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.begin_sweep().await;
            tokio::select! {
                () = self.bot.clock.sleep(self.sweep_every) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Makes the App itself due: whoever works on it makes every repository due.
    pub async fn begin_sweep(&self) {
        if let Err(error) = self.bot.store.schedule(APP, None, None, self.bot.clock.now()).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "could not begin the sweep");
        }
        self.wake.notify_one();
    }

    /// A look that panics takes its own loop with it and no other: its repository is claimed again when the lease is over.
    async fn look_without_end(self, stop: CancellationToken) {
        while let Err(error) = tokio::spawn(self.clone().claim_and_look(stop.clone())).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "a look broke down, which is a bug; going on with other repositories"
            );
        }
    }

    async fn claim_and_look(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.step(&stop).await {
                Ok(true) => {}
                Ok(false) => self.rest(self.bot.clock.now(), &stop).await,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "could not ask for work");
                    self.pause(POLL, &stop).await;
                }
            }
        }
    }

    /// Claims one repository, looks at it, and settles or postpones it; `false` when nothing was due.
    ///
    /// # Errors
    /// Those of asking for work. How the look itself ended is on disk, or its lease runs out.
    pub async fn step(&self, stop: &CancellationToken) -> Result<bool, StoreError> {
        let now = self.bot.clock.now();
        match self.bot.store.claim(&self.name, now, self.lease()).await? {
            Some(claim) => self.work(claim, stop).await,
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn rest(&self, now: Timestamp, stop: &CancellationToken) {
        let due = self.bot.store.next_due(now).await.ok().flatten();
        let until_due = due.map_or(POLL, |at| {
            Duration::try_from(at.duration_since(now)).unwrap_or_default()
        });
        self.pause(until_due.clamp(Duration::from_millis(5), POLL), stop).await;
    }

    async fn pause(&self, at_most: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = self.wake.notified() => {}
            () = self.bot.clock.sleep(at_most) => {}
            () = stop.cancelled() => {}
        }
    }

    #[tracing::instrument(
        name = "look",
        skip_all,
        fields(repo.id = %claim.repo, repo = claim.name.as_ref().map(display), deliveries, ended)
    )]
    async fn work(&self, claim: Claim, stop: &CancellationToken) {
        if claim.taken_over {
            self.bot.metrics.steal();
        }
        let (began, metrics) = (Instant::now(), self.bot.metrics.clone());
        let held = Deadline::new(claim.lease_until);
        let mut holder = self.clone();
        holder.bot.github = self.bot.github.writing_until(held.clone());
        let result = tokio::select! {
            biased;
            result = holder.look(&claim, stop) => result,
            error = self.keep_lease(&claim, &held) => Err(error.into()),
        };
        Span::current().record("ended", end(&result));
        metrics.look(end(&result), began.elapsed());
        let settled = match result {
            Ok(()) => Ok(()),
            Err(error) => self.after_error(claim, &error).await,
        };
        if let Err(error) = settled {
            // The lease runs out by itself, and the repository is looked at again.
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not record how a look ended"
            );
        }
    }

    async fn look(&self, claim: &Claim, stop: &CancellationToken) -> Result<(), ReconcileError> {
        let deliveries = self.bot.store.deliveries(claim, DELIVERIES_A_LOOK_MAX).await?;
        Span::current().record("deliveries", guids(&deliveries));
        let mut heard = Heard {
            everything: claim.everything,
            ..Heard::default()
        };
        let mut of_the_app = Vec::new();
        let mut fates = Vec::with_capacity(deliveries.len());
        let (mut can_wait, mut is_news) = (!claim.everything, false);
        for delivery in deliveries {
            let news = interpret(&delivery.event, &delivery.body);
            can_wait &= news.can_wait();
            is_news |= !matches!(news, News::Nothing(_));
            let fate = match &news {
                News::Nothing(why) => Fate::Ignored(why.clone()),
                News::Click if !heard.add_click(&delivery.guid) => {
                    Fate::Ignored("the delivery's GUID is none".to_owned())
                }
                _ => Fate::Done,
            };
            fates.push((delivery.guid, fate));
            match news {
                News::Installed { .. } | News::Removed { .. } => of_the_app.push(news),
                _ if planted(Fault::OneNewsALook) && fates.len() > 1 => {}
                news => heard.add(news),
            }
        }
        self.installations(of_the_app).await?;
        let now = self.bot.clock.now();
        if claim.repo == APP {
            if heard.everything {
                self.take_up_all(now).await?;
            }
            let look_again = self.compare_log(claim).await?;
            if claim.everything {
                self.prune().await?;
            }
            let now = self.bot.clock.now();
            self.bot
                .store
                .settle(claim.clone(), &fates, Some(look_again), None, now)
                .await?;
        } else if let Some(checked) = checked_by(claim.repo) {
            let again = check(&self.bot, claim, checked).await?;
            let now = self.bot.clock.now();
            self.bot.store.settle(claim.clone(), &fates, again, None, now).await?;
        } else if let (Some(installation), Some(name)) = (claim.installation, claim.name.clone()) {
            let mut at = Address {
                repo: claim.repo,
                installation,
                name,
            };
            if heard.everything {
                let checked = self.bot.store.memory(checks_of(claim.repo), &[]).await?;
                let found = checked.sightings.into_values();
                heard.found = found.filter_map(|one| Some((one.environment, one.found?))).collect();
            }
            let heard_to = match heard.everything {
                true => self.hear_comments(claim, &at, &mut heard).await?,
                false => None,
            };
            let mut look_again = reconcile(&self.bot, claim, &mut at, &heard, stop).await?;
            if let Some(to) = heard_to {
                self.bot.store.note_heard(claim, to, self.bot.clock.now()).await?;
            }
            if can_wait && is_news {
                let now = self.bot.clock.now();
                let rested = now + SignedDuration::try_from(self.look_pause).unwrap_or_default();
                self.bot.store.rest(claim, rested, now).await?;
                look_again = look_again.map(|at| at.max(rested));
            }
            self.bot
                .store
                .settle(claim.clone(), &fates, look_again, Some(&at.name), self.bot.clock.now())
                .await?;
        } else {
            tracing::warn!("no delivery named the installation of this repository yet; the sweep will");
            self.bot.store.settle(claim.clone(), &fates, None, None, now).await?;
        }
        Ok(())
    }

    /// Takes up and lays down repositories as the App is installed on them and removed.
    async fn installations(&self, news: Vec<News>) -> Result<(), ReconcileError> {
        let now = self.bot.clock.now();
        for one in news {
            if let News::Installed { installation, .. } = &one {
                // It may have been granted more since.
                self.bot.github.forget_token(*installation).await;
            }
            match one {
                News::Installed {
                    installation,
                    repositories,
                } if !repositories.is_empty() => {
                    for (repo, name) in repositories {
                        self.take_up(repo, installation, &name, now).await?;
                    }
                }
                News::Removed {
                    installation,
                    repositories,
                } => {
                    // GitHub is asked what is left: whoever forges or delays a delivery takes no commands away that wait.
                    let reached: BTreeSet<_> = match self.bot.github.repositories_of(installation).await {
                        Ok(listed) => listed.into_iter().map(|(repo, _)| repo).collect(),
                        Err(GithubError::Gone { .. }) => BTreeSet::new(),
                        Err(error) => return Err(error.into()),
                    };
                    // What was given to another account meanwhile is reached by way of that one.
                    let mut named = self.bot.store.of_installation(installation).await?;
                    if let Some(told) = repositories {
                        named.retain(|repo| told.contains(repo));
                    }
                    let is_left = |repo: &RepoId| checked_by(*repo).is_none() && !reached.contains(repo);
                    for repo in named.into_iter().filter(is_left) {
                        self.lay_down(repo, "the App was removed from this repository").await?;
                    }
                }
                _ => self.take_up_all(now).await?,
            }
        }
        self.wake.notify_one();
        Ok(())
    }

    /// Nothing is asked or done any more, and what is remembered stays, until the repository is taken up again.
    async fn lay_down(&self, repo: RepoId, why: &str) -> Result<(), StoreError> {
        let now = self.bot.clock.now();
        tracing::info!(repo.id = %repo, "laid a repository down: {why}");
        self.bot.store.retire(repo, why, now).await?;
        self.bot.store.retire(checks_of(repo), why, now).await
    }

    /// What was never delivered is healed by looking at every repository of every installation.
    async fn take_up_all(&self, now: Timestamp) -> Result<(), ReconcileError> {
        for (installation, repositories) in self.bot.github.installations().await? {
            for (repo, name) in repositories {
                self.take_up(repo, installation, &name, now).await?;
            }
        }
        self.wake.notify_one();
        Ok(())
    }

    /// A look at all of it, and from then on the checks.
    async fn take_up(
        &self,
        repo: RepoId,
        installation: InstallationId,
        name: &RepoName,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let store = &self.bot.store;
        store.schedule(repo, Some(installation), Some(name), now).await?;
        store
            .schedule(checks_of(repo), Some(installation), Some(name), now)
            .await
    }

    /// What is left over is let go of with the next sweeps.
    async fn prune(&self) -> Result<(), StoreError> {
        let now = self.bot.clock.now();
        let keep = SignedDuration::try_from(self.keep_bodies).unwrap_or(SignedDuration::MAX);
        let before = |keep| now.saturating_sub(keep).unwrap_or(Timestamp::MIN);
        for _ in 0..PRUNED_A_SWEEP_MAX {
            let pruned = self
                .bot
                .store
                .prune(before(keep), before(keep.saturating_mul(DEAD_KEPT_LONGER)))
                .await?;
            if pruned == 0 {
                break;
            }
            tracing::debug!(bodies = pruned, "let go of the bodies of old deliveries");
        }
        Ok(())
    }

    /// Ends when the lease is lost. A database that is away for a moment is asked again, as long as the lease holds.
    async fn keep_lease(&self, claim: &Claim, held: &Deadline) -> StoreError {
        loop {
            self.bot.clock.sleep(self.lease / WORDS_A_LEASE).await;
            let now = self.bot.clock.now();
            match self.bot.store.renew(claim, now, self.lease()).await {
                Ok(until) => held.set(until),
                Err(StoreError::LeaseLost) => return StoreError::LeaseLost,
                Err(error) if held.is_over(self.bot.clock.now()) => return error,
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "could not renew a lease yet");
                }
            }
        }
    }

    fn lease(&self) -> SignedDuration {
        SignedDuration::try_from(self.lease).unwrap_or(SignedDuration::MAX)
    }

    async fn after_error(&self, claim: Claim, error: &ReconcileError) -> Result<(), StoreError> {
        let now = self.bot.clock.now();
        let text = whole_chain(error);
        match error {
            ReconcileError::Stopped => self.bot.store.release(claim, now).await,
            // Somebody else holds the repository now; whatever we would write is theirs to write.
            ReconcileError::Store(StoreError::LeaseLost) => {
                tracing::warn!("lost the lease in the middle of a look");
                Ok(())
            }
            ReconcileError::Github(GithubError::RateLimited { retry_at }) => {
                tracing::warn!(until = %retry_at, "GitHub asks us to wait");
                self.bot.store.postpone(claim, *retry_at, false, &text, now).await
            }
            // It was deleted, or the App removed or suspended, and no delivery told of it.
            ReconcileError::Github(GithubError::Gone { .. })
                if claim.repo != APP && claim.attempts + 1 >= GONE_ATTEMPTS =>
            {
                self.lay_down(claim.repo, &text).await
            }
            _ if claim.attempts + 1 >= ATTEMPTS_MAX || planted(Fault::GiveUpSoon) => {
                tracing::error!(
                    error = text,
                    attempts = claim.attempts + 1,
                    "gave up a repository until something new is heard"
                );
                self.bot.store.give_up(claim, &text, now).await
            }
            _ => {
                let until = now + retry_wait(claim.attempts);
                tracing::warn!(error = text, attempt = claim.attempts + 1, until = %until, "a look failed and is tried again");
                self.bot.store.postpone(claim, until, true, &text, now).await
            }
        }
    }
}

fn retry_wait(attempts: u32) -> SignedDuration {
    let doubled = RETRY_WAIT_SECS.saturating_mul(1_i64.checked_shl(attempts.min(32)).unwrap_or(i64::MAX));
    SignedDuration::from_secs(doubled.min(RETRY_WAIT_SECS_MAX))
}

/// How a look ended, as it is counted.
fn end(result: &Result<(), ReconcileError>) -> &'static str {
    match result {
        Ok(()) => "done",
        Err(ReconcileError::Stopped) => "stopped",
        Err(ReconcileError::Store(StoreError::LeaseLost)) => "lease_lost",
        Err(ReconcileError::Github(GithubError::RateLimited { .. })) => "rate_limited",
        Err(ReconcileError::Store(_)) => "database_failed",
        Err(ReconcileError::Github(_) | ReconcileError::Endless) => "failed",
    }
}

/// What a look was for, so that it is found by a delivery's GUID.
fn guids(deliveries: &[StoredDelivery]) -> String {
    let named = deliveries.iter().take(DELIVERIES_NAMED_MAX);
    let guids: Vec<&str> = named.map(|delivery| delivery.guid.as_str()).collect();
    guids.join(" ")
}

/// Every cause, once: the outermost error alone rarely says what happened.
fn whole_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
