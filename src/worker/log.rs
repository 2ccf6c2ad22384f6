//! Finds what was never delivered: compares GitHub's log of deliveries with the inbox, by GUID, and takes in what lacks.
//!
//! L1 What carries somebody's word is read from the log and received like any other delivery; of everything else it is
//!    enough that its repository is looked at.
//! L2 The mark moves only when all that lies before it has been taken in, so a crash repeats work and loses none.
//! L3 What was delivered before this database was there is never taken up: its commands may have been carried out.
//! L4 One pass sends a bounded number of requests, and leaves some of the hour's for the looks.
//!
//! GitHub tries a delivery once, and keeps its log for three days. Where the log cannot be read this is said, and the
//! sweep goes on without it.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Worker;
use crate::github::{Cursor, GithubError, LogPage, Logged};
use crate::reconcile::ReconcileError;
use crate::rules::id::RepoName;
use crate::rules::interpret::{Missed, Urgency, missed};
use crate::store::{Claim, Delivery, LogMark, LongReading, Readable, StoreError};

/// How often the log is compared.
const EVERY: SignedDuration = SignedDuration::from_mins(3);

/// How far back each comparison goes over what was compared before: the log tells of an attempt once it has ended, and
/// GitHub may hold deliveries back.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// Until the next pass while one was not enough.
const BETWEEN_PASSES: SignedDuration = SignedDuration::from_secs(60);

/// Pages and payloads read in one pass. Four passes are an hour's allowance less [`REQUESTS_LEFT_MIN`], and reach back over
/// 25,000 deliveries each if nothing has to be read.
const REQUESTS_A_PASS: u32 = 250;

/// Requests of the App's hour that are left for clicks, tokens and the sweep.
const REQUESTS_LEFT_MIN: u64 = 1_000;

/// One pass, and what it has found.
struct Pass {
    requests_left: u32,
    newest: Option<Timestamp>,
    /// By GUID.
    looks_due: BTreeMap<String, Logged>,
}

/// Where a page leads.
enum Next {
    Older(Cursor),
    /// Everything that was to be compared has been.
    Reached,
    /// This page has to be read once more.
    OutOfRequests,
}

impl Worker {
    /// Compares the log if it is time to, and says when it is again.
    pub(super) async fn compare_log(&self, claim: &Claim) -> Result<Timestamp, ReconcileError> {
        let now = self.bot.clock.now();
        let mark = self.bot.store.log_mark().await?;
        if let Some(mark) = mark.as_ref().filter(|_| !claim.everything) {
            let pause = if mark.under_way.is_some() {
                BETWEEN_PASSES
            } else {
                EVERY
            };
            let due = mark.read_at + pause;
            // A clock that was set back must not keep us from it.
            if now < due && mark.read_at <= now {
                return Ok(due);
            }
        }
        let next = match mark {
            Some(mark) => self.pass(claim, mark).await,
            None => self.first_reading(claim).await,
        };
        match next {
            Ok(again) => Ok(again),
            Err(ReconcileError::Github(error)) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "could not compare GitHub's log of deliveries; the sweep goes on without it"
                );
                Ok(now + EVERY)
            }
            Err(error) => Err(error),
        }
    }

    /// L3: the newest entry there is, by GitHub's time, is where we begin.
    async fn first_reading(&self, claim: &Claim) -> Result<Timestamp, ReconcileError> {
        let page = self.bot.github.log_page(None).await?;
        let floor = newest_of(&page).unwrap_or(Timestamp::UNIX_EPOCH);
        let on_floor = page.entries.into_iter().filter(|entry| entry.delivered_at == floor);
        let now = self.bot.clock.now();
        let mark = LogMark {
            floor,
            on_floor: on_floor.map(|entry| entry.guid).collect(),
            read_to: floor,
            read_at: now,
            under_way: None,
        };
        self.bot.store.note_log(claim, &mark, now).await?;
        Ok(now + EVERY)
    }

    async fn pass(&self, claim: &Claim, mut mark: LogMark) -> Result<Timestamp, ReconcileError> {
        let begun = mark.under_way.take();
        let mut at = begun.as_ref().map(|begun| Cursor(begun.cursor.clone()));
        let mut pass = Pass {
            requests_left: REQUESTS_A_PASS,
            newest: begun.map(|begun| begun.newest),
            looks_due: BTreeMap::new(),
        };
        let reached = loop {
            match self.page(&mark, at.as_ref(), &mut pass).await {
                Ok(Next::Older(next)) => at = Some(next),
                Ok(Next::Reached) => break true,
                Ok(Next::OutOfRequests) => break false,
                // GitHub does not know the place any more: begin anew, the next time.
                Err(ReconcileError::Github(GithubError::Unexpected { .. } | GithubError::Gone { .. }))
                    if at.is_some() =>
                {
                    at = None;
                    break false;
                }
                Err(error) => return Err(error),
            }
        };
        let found = pass.looks_due.len();
        self.make_due(pass.looks_due).await?;
        let now = self.bot.clock.now();
        mark.read_at = now;
        if reached {
            mark.read_to = pass.newest.map_or(mark.read_to, |newest| newest.max(mark.read_to));
        } else {
            mark.under_way = at
                .zip(pass.newest)
                .map(|(Cursor(cursor), newest)| LongReading { cursor, newest });
        }
        self.bot.store.note_log(claim, &mark, now).await?;
        if found > 0 {
            tracing::warn!(deliveries = found, "made up for deliveries that never came");
        }
        self.wake.notify_one();
        Ok(now + if reached { EVERY } else { BETWEEN_PASSES })
    }

    async fn page(&self, mark: &LogMark, at: Option<&Cursor>, pass: &mut Pass) -> Result<Next, ReconcileError> {
        if !self.may_ask(pass) {
            return Ok(Next::OutOfRequests);
        }
        let page = self.bot.github.log_page(at).await?;
        pass.newest = pass.newest.max(newest_of(&page));
        let until = mark.floor.max(mark.read_to - OVERLAP);
        let reached = page.entries.iter().all(|entry| entry.delivered_at < until);
        let is_new = |entry: &Logged| entry.delivered_at >= mark.floor && !mark.on_floor.contains(&entry.guid);
        let entries = page.entries.into_iter().filter(is_new).collect();
        if !self.take_in(entries, pass).await? {
            return Ok(Next::OutOfRequests);
        }
        Ok(match page.next {
            Some(next) if !reached => Next::Older(next),
            _ => Next::Reached,
        })
    }

    /// `false`: there were no requests left for all of it.
    async fn take_in(&self, entries: Vec<Logged>, pass: &mut Pass) -> Result<bool, ReconcileError> {
        let guids: Vec<String> = entries.iter().map(|entry| entry.guid.clone()).collect();
        let mut lacking = self.bot.store.lacking(&guids).await?;
        // Oldest first, as they would have come.
        for entry in entries.into_iter().rev() {
            if !lacking.remove(&entry.guid) {
                continue;
            }
            match missed(&entry.event, entry.action.as_deref()) {
                Missed::Nothing => {}
                Missed::Look => drop(pass.looks_due.insert(entry.guid.clone(), entry)),
                Missed::Word if !self.may_ask(pass) => return Ok(false),
                Missed::Word => self.read_word(entry).await?,
            }
        }
        Ok(true)
    }

    fn may_ask(&self, pass: &mut Pass) -> bool {
        let some_left = self
            .bot
            .github
            .remaining_of_app()
            .is_none_or(|left| left > REQUESTS_LEFT_MIN);
        let may = pass.requests_left > 0 && some_left;
        pass.requests_left = pass.requests_left.saturating_sub(1);
        may
    }

    /// What the log does not give, GitHub is asked to deliver once more; what cannot be had at all stays behind, so that
    /// everything else is not kept waiting for it.
    async fn read_word(&self, entry: Logged) -> Result<(), ReconcileError> {
        let read = match self.bot.github.logged_payload(entry.id).await {
            Ok(Some(payload)) => Ok(payload),
            Ok(None) => Err(self.bot.github.redeliver(entry.id).await),
            Err(GithubError::Unavailable { .. } | GithubError::Unexpected { .. } | GithubError::Gone { .. }) => {
                Err(self.bot.github.redeliver(entry.id).await)
            }
            Err(error) => return Err(error.into()),
        };
        match read {
            Ok(payload) => {
                tracing::warn!(
                    delivery.id = entry.guid,
                    event = entry.event,
                    "read a delivery that never came from GitHub's log"
                );
                let delivery = self.delivery(entry, payload);
                let now = self.bot.clock.now();
                self.bot.store.receive(delivery, now).await?;
            }
            Err(Ok(())) => tracing::warn!(
                delivery.id = entry.guid,
                "asked GitHub to deliver once more what never came"
            ),
            Err(Err(error @ GithubError::RateLimited { .. })) => return Err(error.into()),
            Err(Err(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    delivery.id = entry.guid,
                    event = entry.event,
                    "a delivery never came, and GitHub's log does not give it"
                );
            }
        }
        Ok(())
    }

    /// Kept like deliveries, without a body, so that they are known from now on and end as one look.
    async fn make_due(&self, found: BTreeMap<String, Logged>) -> Result<(), StoreError> {
        let now = self.bot.clock.now();
        let mut found: Vec<Delivery> = found
            .into_values()
            .map(|entry| self.delivery(entry, String::new()))
            .collect();
        while !found.is_empty() {
            let some = found.split_off(found.len().saturating_sub(100));
            try_join_all(some.into_iter().map(|delivery| self.bot.store.receive(delivery, now))).await?;
        }
        Ok(())
    }

    fn delivery(&self, entry: Logged, payload: String) -> Delivery {
        Delivery {
            guid: entry.guid,
            event: entry.event,
            action: entry.action,
            repo: entry.repo,
            name: name_in(&payload),
            installation: entry.installation,
            received_at: self.bot.clock.now(),
            urgency: if payload.is_empty() {
                Urgency::Patient
            } else {
                Urgency::Word
            },
            body: Bytes::from(payload),
            readable: Readable::Yes,
        }
    }
}

fn newest_of(page: &LogPage) -> Option<Timestamp> {
    page.entries.iter().map(|entry| entry.delivered_at).max()
}

/// Where the repository is found, as the payload says: a hint, as in every delivery.
fn name_in(payload: &str) -> Option<RepoName> {
    #[derive(Deserialize)]
    struct Payload {
        repository: Named,
    }
    #[derive(Deserialize)]
    struct Named {
        full_name: String,
    }
    let read: Payload = serde_json::from_str(payload).ok()?;
    RepoName::parse(&read.repository.full_name)
}
