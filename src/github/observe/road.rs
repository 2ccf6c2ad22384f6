//! What people say other than by comments: the summary of a review, and the buttons of our own check runs.
//!
//! GitHub has no address that tells of a click, so the App's own log of deliveries is asked: what stands there was sent by
//! GitHub, whatever anybody posted to us.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Account, Look, PAGES_MAX};
use crate::github::error::GithubError;
use crate::github::log::Logged;
use crate::github::reading::PER_PAGE;
use crate::github::report::feature_of;
use crate::rules::effect::BUTTON_RUN;
use crate::rules::id::{DeliveryId, PullNumber, ReviewId, RunId, Sha};
use crate::rules::snapshot::{Click, Review};

/// How far the log is read for one delivery: 1,000 deliveries.
const LOG_PAGES_MAX: usize = 10;

#[derive(Deserialize)]
struct ReviewBody {
    id: i64,
    user: Option<Account>,
    body: Option<String>,
    /// Absent until it is submitted.
    submitted_at: Option<Timestamp>,
    commit_id: Option<String>,
}

#[derive(Deserialize)]
struct Pressed {
    requested_action: ActionBody,
    check_run: RunBody,
    repository: RepoBody,
    sender: Account,
}

#[derive(Deserialize)]
struct ActionBody {
    identifier: String,
}

#[derive(Deserialize)]
struct RunsBody {
    check_runs: Vec<RunBody>,
}

#[derive(Deserialize)]
struct RunBody {
    id: i64,
    name: String,
    head_sha: Sha,
    external_id: Option<String>,
    app: Option<AppBody>,
}

#[derive(Deserialize)]
struct AppBody {
    id: i64,
}

#[derive(Deserialize)]
struct RepoBody {
    id: i64,
}

impl Look<'_> {
    /// A submitted review.
    pub(super) async fn review(self, pull: PullNumber, id: ReviewId) -> Result<Option<Review>, GithubError> {
        let path = format!("/pulls/{pull}/reviews/{id}");
        let reading = self.get_new(&path).await?;
        let Some(body) = reading.found_or_none::<ReviewBody>()? else {
            return Ok(None);
        };
        Ok(body.submitted_at.map(|submitted_at| Review {
            id: ReviewId(body.id),
            pull,
            by_hand: body.user.as_ref().is_some_and(Account::is_user),
            author: body.user.as_ref().and_then(Account::person),
            body: body.body.unwrap_or_default(),
            submitted_at,
            commit: body.commit_id.as_deref().and_then(Sha::parse),
        }))
    }

    /// What the delivery of this GUID tells of a button, by GitHub's own log of it.
    pub(super) async fn click(self, id: DeliveryId) -> Result<Option<Click>, GithubError> {
        let mut logged = self.logged(id, 1).await?;
        for wait in &self.github.fresh_retries {
            if logged.is_some() {
                break;
            }
            self.github.clock.sleep(*wait).await;
            logged = self.logged(id, 1).await?;
        }
        if logged.is_none() {
            logged = self.logged(id, LOG_PAGES_MAX).await?;
        }
        match logged {
            Some(logged) => self.pressed(id, &logged).await,
            None => Ok(None),
        }
    }

    async fn logged(self, id: DeliveryId, pages_max: usize) -> Result<Option<Logged>, GithubError> {
        let of_a_button = |one: &Logged| one.event == "check_run" && one.action.as_deref() == Some("requested_action");
        let mut from = None;
        for _ in 0..pages_max {
            let page = match self.github.log_page(from.as_ref()).await {
                Err(GithubError::Gone { .. }) => return Ok(None),
                page => page?,
            };
            let mut listed = page.entries.into_iter();
            let found = listed.find(|one| DeliveryId::parse(&one.guid) == Some(id) && of_a_button(one));
            from = page.next;
            if found.is_some() || from.is_none() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    async fn pressed(self, id: DeliveryId, logged: &Logged) -> Result<Option<Click>, GithubError> {
        let Some(payload) = self.github.logged_payload(logged.id).await? else {
            return Ok(None);
        };
        let pressed = serde_json::from_str::<Pressed>(&payload);
        let Ok(pressed) = pressed else { return Ok(None) };
        let run = &pressed.check_run;
        let is_ours = run.app.as_ref().is_some_and(|app| app.id == self.github.app_id) && run.name == BUTTON_RUN;
        let pull = run.external_id.as_deref().and_then(feature_of);
        let pull = pull.filter(|_| is_ours && pressed.repository.id == self.at.repo.0);
        Ok(pull.map(|pull| Click {
            id,
            pull,
            by: pressed.sender.person(),
            by_hand: pressed.sender.is_user(),
            head: run.head_sha.clone(),
            identifier: pressed.requested_action.identifier.clone(),
            at: logged.delivered_at,
        }))
    }

    /// Our check run with the buttons of a feature. Two features may have one head, so all runs of the name are looked through.
    pub(super) async fn button_run(self, pull: PullNumber, sha: &Sha) -> Result<Option<RunId>, GithubError> {
        let app = self.github.app_id;
        let path =
            format!("/commits/{sha}/check-runs?check_name={BUTTON_RUN}&app_id={app}&filter=all&per_page={PER_PAGE}");
        let Some(pages) = self.get_pages(&path, PAGES_MAX).await? else {
            return Ok(None);
        };
        let runs = pages.parsed::<RunsBody>()?.into_iter().flat_map(|page| page.check_runs);
        let found = runs.filter(|run| run.external_id.as_deref().and_then(feature_of) == Some(pull));
        Ok(found.map(|run| RunId(run.id)).max())
    }
}
