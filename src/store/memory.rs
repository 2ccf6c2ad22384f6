//! What is remembered of a repository, as rows: loaded whole for a look, changed by its decisions. Written once for every
//! engine, as [`Statement`]s.

use jiff::Timestamp;

use super::StoreError;
use super::statement::{Connection, Row, Statement};
use crate::rules::effect::{Effect, Outcome};
use crate::rules::feature::Card;
use crate::rules::id::{RepoId, Sha};
use crate::rules::memory::{Change, Origin, Request, Shown, Turn};
use crate::rules::offer::Offer;
use crate::rules::protection::{self, Question};
use crate::rules::release::Release;
use crate::rules::welcome::Welcome;

pub mod environments;
pub mod ledger;
mod load;
mod preview;
pub mod scene;

pub use load::load;

type Db<'a> = &'a mut dyn Connection;

/// Turns kept for a repository: those of an hour, and more. Whose turn falls out is answered in words once more.
const TURNS_MAX: i64 = 200;

/// Origins kept for a repository. Only a cache: what falls out is asked for again.
const ORIGINS_MAX: i64 = 2000;

/// Carries out changes, in their order.
pub async fn apply(db: Db<'_>, repo: RepoId, changes: &[Change], now: Timestamp) -> Result<(), StoreError> {
    for change in changes {
        match change {
            Change::Request(request) => put_request(db, repo, request).await?,
            Change::Turn(turn) => put_turn(db, repo, turn).await?,
            Change::Arm(armed) => environments::ARMED.put(db, repo, &armed.environment, armed).await?,
            Change::Disarm(environment) => environments::ARMED.remove(db, repo, environment).await?,
            Change::Hold(hold) => environments::HOLDS.put(db, repo, &hold.environment, hold).await?,
            Change::Unhold(environment) => environments::HOLDS.remove(db, repo, environment).await?,
            Change::Soaking(soaking) => {
                environments::SOAKING
                    .put(db, repo, &soaking.environment, soaking)
                    .await?
            }
            Change::Shown(shown) => add_shown(db, repo, shown).await?,
            Change::Gap(gap) => environments::GAPS.put(db, repo, &gap.environment, gap).await?,
            Change::Origin { commit, origin } => put_origin(db, repo, commit, origin).await?,
            Change::Card(card) => put_card(db, repo, card).await?,
            Change::Outside(outside) => {
                environments::OUTSIDE
                    .put(db, repo, &outside.environment, outside)
                    .await?
            }
            Change::Stays(stays) => environments::STAYS.put(db, repo, &stays.environment, stays).await?,
            Change::WayBack(way_back) => {
                environments::WAYS_BACK
                    .put(db, repo, &way_back.environment, way_back)
                    .await?
            }
            Change::Sighting(sighting) => {
                environments::SIGHTINGS
                    .put(db, repo, &sighting.environment, sighting)
                    .await?
            }
            Change::Offer(offer) => put_offer(db, repo, offer).await?,
            Change::Question(question) => put_question(db, repo, question).await?,
            Change::Preview(wish) => preview::put(db, repo, wish).await?,
            Change::Unpreview(pull) => preview::remove(db, repo, *pull).await?,
            Change::Ground(ground) => preview::put_ground(db, repo, ground).await?,
            Change::Release(release) => put_release(db, repo, release).await?,
            Change::Welcome(welcome) => put_welcome(db, repo, welcome).await?,
            Change::Scene(scene) => scene::put(db, repo, scene).await?,
            Change::Forget { effect } => {
                Statement::new(
                    "forget an effect",
                    "DELETE FROM effect WHERE repo_id = $1 AND key = $2 AND state <> 'confirmed'",
                )
                .with(repo.0)
                .with(effect.as_str())
                .run(db)
                .await?;
            }
            Change::Ledger(entry) => ledger::add(db, repo, entry, now).await?,
        }
    }
    Ok(())
}

async fn add_shown(db: Db<'_>, repo: RepoId, shown: &Shown) -> Result<(), StoreError> {
    Statement::new(
        "write what was shown",
        "INSERT INTO shown (repo_id, environment, pull, at, shown_json) VALUES ($1, $2, $3, $4, $5)",
    )
    .with(repo.0)
    .with(shown.environment.0.as_str())
    .with(shown.pull.0)
    .with(shown.at)
    .with_json(shown)?
    .run(db)
    .await
}

async fn put_card(db: Db<'_>, repo: RepoId, card: &Card) -> Result<(), StoreError> {
    Statement::new(
        "write a card",
        "INSERT INTO card (repo_id, pull, finished, card_json) VALUES ($1, $2, $3, $4)
         ON CONFLICT (repo_id, pull) DO UPDATE SET finished = excluded.finished, card_json = excluded.card_json",
    )
    .with(repo.0)
    .with(card.pull.0)
    .with(card.finished)
    .with_json(card)?
    .run(db)
    .await
}

async fn put_offer(db: Db<'_>, repo: RepoId, offer: &Offer) -> Result<(), StoreError> {
    Statement::new(
        "write an offer",
        "INSERT INTO offer (repo_id, pull, open, made_at, offer_json) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (repo_id, pull) DO UPDATE SET open = excluded.open, made_at = excluded.made_at,
            offer_json = excluded.offer_json",
    )
    .with(repo.0)
    .with(offer.pull.0)
    .with(offer.is_open())
    .with(offer.made_at)
    .with_json(offer)?
    .run(db)
    .await
}

async fn put_question(db: Db<'_>, repo: RepoId, question: &Question) -> Result<(), StoreError> {
    let (run, environment) = protection::key(question.run, &question.environment);
    Statement::new(
        "write what GitHub asked",
        "INSERT INTO question (repo_id, run, environment, open, asked_at, question_json) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (repo_id, run, environment) DO UPDATE SET open = excluded.open, asked_at = excluded.asked_at,
            question_json = excluded.question_json",
    )
    .with(repo.0)
    .with(run.0)
    .with(environment)
    .with(question.is_open())
    .with(question.asked_at)
    .with_json(question)?
    .run(db)
    .await
}

async fn put_release(db: Db<'_>, repo: RepoId, release: &Release) -> Result<(), StoreError> {
    Statement::new(
        "write a release",
        "INSERT INTO release (repo_id, commit_sha, open, at, request_id, release_json) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (repo_id, commit_sha) DO UPDATE SET open = excluded.open, at = excluded.at,
            request_id = excluded.request_id, release_json = excluded.release_json",
    )
    .with(repo.0)
    .with(release.commit.as_str())
    .with(release.is_open())
    .with(release.at)
    .with(release.asked.map(|(request, _)| request.to_string()))
    .with_json(release)?
    .run(db)
    .await
}

async fn put_welcome(db: Db<'_>, repo: RepoId, welcome: &Welcome) -> Result<(), StoreError> {
    Statement::new(
        "write how it was welcomed",
        "INSERT INTO welcome (repo_id, welcome_json) VALUES ($1, $2)
         ON CONFLICT (repo_id) DO UPDATE SET welcome_json = excluded.welcome_json",
    )
    .with(repo.0)
    .with_json(welcome)?
    .run(db)
    .await
}

async fn put_request(db: Db<'_>, repo: RepoId, request: &Request) -> Result<(), StoreError> {
    Statement::new(
        "write a request",
        "INSERT INTO request (repo_id, request_id, pull, settled, request_json) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (repo_id, request_id) DO UPDATE SET settled = excluded.settled, request_json = excluded.request_json",
    )
    .with(repo.0)
    .with(request.id.to_string())
    .with(request.pull.0)
    .with(request.is_settled())
    .with_json(request)?
    .run(db)
    .await
}

async fn put_turn(db: Db<'_>, repo: RepoId, turn: &Turn) -> Result<(), StoreError> {
    // Deleted first: what is written again becomes the newest.
    Statement::new(
        "write who was answered",
        "DELETE FROM turn WHERE repo_id = $1 AND request_id = $2",
    )
    .with(repo.0)
    .with(turn.request.to_string())
    .run(db)
    .await?;
    Statement::new(
        "write who was answered",
        "INSERT INTO turn (repo_id, request_id, turn_json) VALUES ($1, $2, $3)",
    )
    .with(repo.0)
    .with(turn.request.to_string())
    .with_json(turn)?
    .run(db)
    .await?;
    Statement::new(
        "forget who was answered long ago",
        "DELETE FROM turn WHERE repo_id = $1
            AND rowid <= (SELECT rowid FROM turn WHERE repo_id = $1 ORDER BY rowid DESC LIMIT 1 OFFSET $2)",
    )
    .with(repo.0)
    .with(TURNS_MAX)
    .run(db)
    .await
}

async fn put_origin(db: Db<'_>, repo: RepoId, commit: &Sha, origin: &Origin) -> Result<(), StoreError> {
    // Deleted first: what is asked for again becomes the newest again.
    Statement::new("write an origin", "DELETE FROM origin WHERE repo_id = $1 AND sha = $2")
        .with(repo.0)
        .with(commit.as_str())
        .run(db)
        .await?;
    Statement::new(
        "write an origin",
        "INSERT INTO origin (repo_id, sha, origin_json) VALUES ($1, $2, $3)",
    )
    .with(repo.0)
    .with(commit.as_str())
    .with_json(origin)?
    .run(db)
    .await?;
    Statement::new(
        "forget old origins",
        "DELETE FROM origin WHERE repo_id = $1
            AND seq <= (SELECT seq FROM origin WHERE repo_id = $1 ORDER BY seq DESC LIMIT 1 OFFSET $2)",
    )
    .with(repo.0)
    .with(ORIGINS_MAX)
    .run(db)
    .await
}

/// Makes an effect intended. One that was sent and has no known end stays sent: GitHub may have seen it.
pub async fn intend(db: Db<'_>, repo: RepoId, effect: &Effect, now: Timestamp) -> Result<(), StoreError> {
    Statement::new(
        "write an intended effect",
        "INSERT INTO effect (repo_id, key, state, effect_json, intended_at) VALUES ($1, $2, 'intended', $3, $4)
         ON CONFLICT (repo_id, key) DO UPDATE SET
            effect_json = excluded.effect_json, intended_at = excluded.intended_at,
            outcome_json = NULL, confirmed_at = NULL,
            sent_at = CASE effect.state WHEN 'sent' THEN effect.sent_at END,
            state = CASE effect.state WHEN 'sent' THEN 'sent' ELSE 'intended' END",
    )
    .with(repo.0)
    .with(effect.key())
    .with_json(effect)?
    .with(now)
    .run(db)
    .await
}

/// Keeps the last time of sending: GitHub may still be at it for a while after that.
pub async fn sending(db: Db<'_>, repo: RepoId, key: &str, now: Timestamp) -> Result<(), StoreError> {
    let sent = Statement::new(
        "write an effect",
        "UPDATE effect SET state = 'sent', sent_at = $3
         WHERE repo_id = $1 AND key = $2 AND state <> 'confirmed'",
    );
    one(db, sent.with(repo.0).with(key).with(now), key).await
}

pub async fn confirm(db: Db<'_>, repo: RepoId, key: &str, outcome: &Outcome, now: Timestamp) -> Result<(), StoreError> {
    let confirmed = Statement::new(
        "write an effect",
        "UPDATE effect SET state = 'confirmed', outcome_json = $3, confirmed_at = $4
         WHERE repo_id = $1 AND key = $2 AND state <> 'confirmed'",
    );
    one(db, confirmed.with(repo.0).with(key).with_json(outcome)?.with(now), key).await
}

/// Runs a statement that must meet exactly one unconfirmed effect.
async fn one(db: Db<'_>, statement: Statement, key: &str) -> Result<(), StoreError> {
    if db.met(statement).await? == 1 {
        Ok(())
    } else {
        Err(StoreError::NotIntended { key: key.to_owned() })
    }
}
