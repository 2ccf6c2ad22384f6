//! What is remembered of a repository, as rows: loaded whole for a look, changed by its decisions.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Row, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::super::StoreError;
use super::{OrFailed, millis, time};
use crate::rules::effect::{Effect, Outcome};
use crate::rules::feature::Card;
use crate::rules::id::{RepoId, RequestId, Sha};
use crate::rules::memory::{Change, Entry, Memory, Origin, Request, Shown, Turn, Unconfirmed};
use crate::rules::offer::Offer;
use crate::rules::protection::{self, Question};
use crate::rules::release::Release;

mod environments;
mod preview;

type Tx = Transaction<'static, Sqlite>;
type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

/// Showings that a look gets to see: of each environment the newest promotion pull requests, of each of those the newest.
/// A command binds to a recent one; the rows of older ones stay, as evidence.
const PULLS_MAX: i64 = 4;
const SHOWN_MAX: i64 = 50;

/// Cards that a look gets to see: all that are on their way, and the newest of the others, which may come back.
const CARDS_MAX: i64 = 1000;

/// Offers that a look gets to see: all that stand, and the newest of those that do not, so that a late word is answered rightly.
const OFFERS_MAX: i64 = 200;

/// Questions of GitHub's that a look gets to see: all that are open, and the newest of the others, which may be delivered twice.
const QUESTIONS_MAX: i64 = 500;

/// Releases that a look gets to see: all that are open, and the newest of the others, so that none is made twice.
const RELEASES_MAX: i64 = 100;

/// Turns kept for a repository: those of an hour, and more. Whose turn falls out is answered in words once more.
const TURNS_MAX: i64 = 200;

/// Origins kept for a repository. Only a cache: what falls out is asked for again.
const ORIGINS_MAX: i64 = 2000;

pub async fn load(tx: &mut Tx, repo: RepoId, spoken_of: &[RequestId]) -> Result<Memory, StoreError> {
    Ok(Memory {
        requests: requests(tx, repo, spoken_of)
            .await?
            .into_iter()
            .map(|one| (one.id, one))
            .collect(),
        turns: turns(tx, repo)
            .await?
            .into_iter()
            .map(|one| (one.request, one))
            .collect(),
        armed: environments::ARMED.all(tx, repo, |one| &one.environment).await?,
        holds: environments::HOLDS.all(tx, repo, |one| &one.environment).await?,
        soaking: environments::SOAKING.all(tx, repo, |one| &one.environment).await?,
        shown: shown(tx, repo).await?,
        gaps: environments::GAPS.all(tx, repo, |one| &one.environment).await?,
        origins: origins(tx, repo).await?.into_iter().collect(),
        outside: environments::OUTSIDE.all(tx, repo, |one| &one.environment).await?,
        stays: environments::STAYS.all(tx, repo, |one| &one.environment).await?,
        ways_back: environments::WAYS_BACK.all(tx, repo, |one| &one.environment).await?,
        cards: cards(tx, repo).await?.into_iter().map(|one| (one.pull, one)).collect(),
        offers: offers(tx, repo).await?.into_iter().map(|one| (one.pull, one)).collect(),
        questions: questions(tx, repo)
            .await?
            .into_iter()
            .map(|one| (protection::key(one.run, &one.environment), one))
            .collect(),
        previews: preview::wishes(tx, repo).await?,
        grounds: preview::grounds(tx, repo).await?,
        releases: releases(tx, repo)
            .await?
            .into_iter()
            .map(|one| (one.commit.clone(), one))
            .collect(),
        unconfirmed: unconfirmed(tx, repo).await?.into_iter().collect(),
    })
}

async fn requests(tx: &mut Tx, repo: RepoId, spoken_of: &[RequestId]) -> Result<Vec<Request>, StoreError> {
    let spoken_of: Vec<String> = spoken_of.iter().map(RequestId::to_string).collect();
    let spoken_of = json(&spoken_of)?;
    let query = sqlx::query(
        "SELECT request_json AS json FROM request WHERE repo_id = ?1 AND settled = 0
         UNION ALL
         SELECT request_json FROM request
         WHERE repo_id = ?1 AND settled = 1
            AND (request_id IN (SELECT value FROM json_each(?2))
                OR request_id IN (SELECT request_id FROM release WHERE repo_id = ?1 AND open = 1))",
    );
    all(tx, query.bind(repo.0).bind(spoken_of), "read requests", |row| {
        from_json(row, "json")
    })
    .await
}

async fn turns(tx: &mut Tx, repo: RepoId) -> Result<Vec<Turn>, StoreError> {
    let query = sqlx::query("SELECT turn_json FROM turn WHERE repo_id = ?1").bind(repo.0);
    all(tx, query, "read who was answered", |row| from_json(row, "turn_json")).await
}

async fn shown(tx: &mut Tx, repo: RepoId) -> Result<Vec<Shown>, StoreError> {
    let query = sqlx::query(
        "WITH ranked AS (
            SELECT seq,
                dense_rank() OVER (PARTITION BY environment ORDER BY pull DESC) AS pull_rank,
                row_number() OVER (PARTITION BY environment, pull ORDER BY at DESC, seq DESC) AS shown_rank
            FROM shown WHERE repo_id = ?1)
         SELECT shown_json FROM ranked JOIN shown ON shown.seq = ranked.seq
         WHERE shown_rank <= ?3
           AND (pull_rank <= ?2 OR pull IN (SELECT pull FROM request WHERE repo_id = ?1 AND settled = 0))
         ORDER BY at, shown.seq",
    );
    let query = query.bind(repo.0).bind(PULLS_MAX).bind(SHOWN_MAX);
    all(tx, query, "read what was shown", |row| from_json(row, "shown_json")).await
}

async fn origins(tx: &mut Tx, repo: RepoId) -> Result<Vec<(Sha, Origin)>, StoreError> {
    let query = sqlx::query("SELECT sha, origin_json FROM origin WHERE repo_id = ?1").bind(repo.0);
    all(tx, query, "read origins", |row| {
        let sha: String = row.try_get("sha").or_failed("read origins")?;
        // Only a `Sha` is ever written there; anything else is damage, and this is only a cache.
        Ok(Sha::parse(&sha).map(|sha| Ok((sha, from_json(row, "origin_json")?))))
    })
    .await?
    .into_iter()
    .flatten()
    .collect()
}

async fn cards(tx: &mut Tx, repo: RepoId) -> Result<Vec<Card>, StoreError> {
    let query = sqlx::query("SELECT card_json FROM card WHERE repo_id = ?1 ORDER BY finished, pull DESC LIMIT ?2");
    let query = query.bind(repo.0).bind(CARDS_MAX);
    all(tx, query, "read cards", |row| from_json(row, "card_json")).await
}

async fn offers(tx: &mut Tx, repo: RepoId) -> Result<Vec<Offer>, StoreError> {
    let query =
        sqlx::query("SELECT offer_json FROM offer WHERE repo_id = ?1 ORDER BY open DESC, made_at DESC LIMIT ?2");
    let query = query.bind(repo.0).bind(OFFERS_MAX);
    all(tx, query, "read offers", |row| from_json(row, "offer_json")).await
}

async fn questions(tx: &mut Tx, repo: RepoId) -> Result<Vec<Question>, StoreError> {
    let query =
        sqlx::query("SELECT question_json FROM question WHERE repo_id = ?1 ORDER BY open DESC, asked_at DESC LIMIT ?2");
    let query = query.bind(repo.0).bind(QUESTIONS_MAX);
    all(tx, query, "read what GitHub asked", |row| {
        from_json(row, "question_json")
    })
    .await
}

async fn releases(tx: &mut Tx, repo: RepoId) -> Result<Vec<Release>, StoreError> {
    let query = sqlx::query("SELECT release_json FROM release WHERE repo_id = ?1 ORDER BY open DESC, at DESC LIMIT ?2");
    let query = query.bind(repo.0).bind(RELEASES_MAX);
    all(tx, query, "read releases", |row| from_json(row, "release_json")).await
}

async fn unconfirmed(tx: &mut Tx, repo: RepoId) -> Result<Vec<(String, Unconfirmed)>, StoreError> {
    let query = sqlx::query("SELECT key, effect_json, sent_at FROM effect WHERE repo_id = ?1 AND state <> 'confirmed'")
        .bind(repo.0);
    all(tx, query, "read effects", |row| {
        let key = row.try_get("key").or_failed("read effects")?;
        let effect = from_json(row, "effect_json")?;
        Ok((
            key,
            Unconfirmed {
                effect,
                sent_at: time(row, "sent_at")?,
            },
        ))
    })
    .await
}

/// Carries out changes, in their order.
pub async fn apply(tx: &mut Tx, repo: RepoId, changes: &[Change], now: Timestamp) -> Result<(), StoreError> {
    for change in changes {
        match change {
            Change::Request(request) => put_request(tx, repo, request).await?,
            Change::Turn(turn) => put_turn(tx, repo, turn).await?,
            Change::Arm(armed) => environments::ARMED.put(tx, repo, &armed.environment, armed).await?,
            Change::Disarm(environment) => environments::ARMED.remove(tx, repo, environment).await?,
            Change::Hold(hold) => environments::HOLDS.put(tx, repo, &hold.environment, hold).await?,
            Change::Unhold(environment) => environments::HOLDS.remove(tx, repo, environment).await?,
            Change::Soaking(soaking) => {
                environments::SOAKING
                    .put(tx, repo, &soaking.environment, soaking)
                    .await?
            }
            Change::Shown(shown) => add_shown(tx, repo, shown).await?,
            Change::Gap(gap) => environments::GAPS.put(tx, repo, &gap.environment, gap).await?,
            Change::Origin { commit, origin } => put_origin(tx, repo, commit, origin).await?,
            Change::Card(card) => put_card(tx, repo, card).await?,
            Change::Outside(outside) => {
                environments::OUTSIDE
                    .put(tx, repo, &outside.environment, outside)
                    .await?
            }
            Change::Stays(stays) => environments::STAYS.put(tx, repo, &stays.environment, stays).await?,
            Change::WayBack(way_back) => {
                environments::WAYS_BACK
                    .put(tx, repo, &way_back.environment, way_back)
                    .await?
            }
            Change::Offer(offer) => put_offer(tx, repo, offer).await?,
            Change::Question(question) => put_question(tx, repo, question).await?,
            Change::Preview(wish) => preview::put(tx, repo, wish).await?,
            Change::Unpreview(pull) => preview::remove(tx, repo, *pull).await?,
            Change::Ground(ground) => preview::put_ground(tx, repo, ground).await?,
            Change::Release(release) => put_release(tx, repo, release).await?,
            Change::Forget { effect } => {
                let query = sqlx::query("DELETE FROM effect WHERE repo_id = ?1 AND key = ?2 AND state <> 'confirmed'");
                run(tx, query.bind(repo.0).bind(effect.clone()), "forget an effect").await?;
            }
            Change::Ledger(entry) => {
                let query = sqlx::query("INSERT INTO ledger (repo_id, at, entry_json) VALUES (?1, ?2, ?3)");
                run(
                    tx,
                    query.bind(repo.0).bind(millis(now)).bind(json(entry)?),
                    "write the ledger",
                )
                .await?;
            }
        }
    }
    Ok(())
}

async fn add_shown(tx: &mut Tx, repo: RepoId, shown: &Shown) -> Result<(), StoreError> {
    let query =
        sqlx::query("INSERT INTO shown (repo_id, environment, pull, at, shown_json) VALUES (?1, ?2, ?3, ?4, ?5)")
            .bind(repo.0)
            .bind(shown.environment.0.clone())
            .bind(shown.pull.0)
            .bind(millis(shown.at))
            .bind(json(shown)?);
    run(tx, query, "write what was shown").await
}

async fn put_card(tx: &mut Tx, repo: RepoId, card: &Card) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO card (repo_id, pull, finished, card_json) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO UPDATE SET finished = excluded.finished, card_json = excluded.card_json",
    )
    .bind(repo.0)
    .bind(card.pull.0)
    .bind(card.finished)
    .bind(json(card)?);
    run(tx, query, "write a card").await
}

async fn put_offer(tx: &mut Tx, repo: RepoId, offer: &Offer) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO offer (repo_id, pull, open, made_at, offer_json) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO UPDATE SET open = excluded.open, made_at = excluded.made_at, offer_json = excluded.offer_json",
    )
    .bind(repo.0)
    .bind(offer.pull.0)
    .bind(offer.is_open())
    .bind(millis(offer.made_at))
    .bind(json(offer)?);
    run(tx, query, "write an offer").await
}

async fn put_question(tx: &mut Tx, repo: RepoId, question: &Question) -> Result<(), StoreError> {
    let (run, environment) = protection::key(question.run, &question.environment);
    let query = sqlx::query(
        "INSERT INTO question (repo_id, run, environment, open, asked_at, question_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET open = excluded.open, asked_at = excluded.asked_at, question_json = excluded.question_json",
    )
    .bind(repo.0)
    .bind(run.0)
    .bind(environment)
    .bind(question.is_open())
    .bind(millis(question.asked_at))
    .bind(json(question)?);
    self::run(tx, query, "write what GitHub asked").await
}

async fn put_release(tx: &mut Tx, repo: RepoId, release: &Release) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO release (repo_id, commit_sha, open, at, request_id, release_json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET open = excluded.open, at = excluded.at, request_id = excluded.request_id,
            release_json = excluded.release_json",
    )
    .bind(repo.0)
    .bind(release.commit.as_str())
    .bind(release.is_open())
    .bind(millis(release.at))
    .bind(release.asked.map(|(request, _)| request.to_string()))
    .bind(json(release)?);
    self::run(tx, query, "write a release").await
}

async fn put_request(tx: &mut Tx, repo: RepoId, request: &Request) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO request (repo_id, request_id, pull, settled, request_json) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (repo_id, request_id) DO UPDATE SET settled = excluded.settled, request_json = excluded.request_json",
    )
    .bind(repo.0)
    .bind(request.id.to_string())
    .bind(request.pull.0)
    .bind(request.is_settled())
    .bind(json(request)?);
    run(tx, query, "write a request").await
}

async fn put_turn(tx: &mut Tx, repo: RepoId, turn: &Turn) -> Result<(), StoreError> {
    let put = sqlx::query("INSERT OR REPLACE INTO turn (repo_id, request_id, turn_json) VALUES (?1, ?2, ?3)")
        .bind(repo.0)
        .bind(turn.request.to_string())
        .bind(json(turn)?);
    run(tx, put, "write who was answered").await?;
    let prune = sqlx::query(
        "DELETE FROM turn WHERE repo_id = ?1
            AND rowid <= (SELECT rowid FROM turn WHERE repo_id = ?1 ORDER BY rowid DESC LIMIT 1 OFFSET ?2)",
    );
    run(
        tx,
        prune.bind(repo.0).bind(TURNS_MAX),
        "forget who was answered long ago",
    )
    .await
}

async fn put_origin(tx: &mut Tx, repo: RepoId, commit: &Sha, origin: &Origin) -> Result<(), StoreError> {
    // REPLACE: what is asked for again becomes the newest again.
    let put = sqlx::query("INSERT OR REPLACE INTO origin (repo_id, sha, origin_json) VALUES (?1, ?2, ?3)")
        .bind(repo.0)
        .bind(commit.as_str().to_owned())
        .bind(json(origin)?);
    run(tx, put, "write an origin").await?;
    let prune = sqlx::query(
        "DELETE FROM origin WHERE repo_id = ?1
            AND seq <= (SELECT seq FROM origin WHERE repo_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
    );
    run(tx, prune.bind(repo.0).bind(ORIGINS_MAX), "forget old origins").await
}

/// Makes an effect intended. One that was sent and has no known end stays sent: GitHub may have seen it.
pub async fn intend(tx: &mut Tx, repo: RepoId, effect: &Effect, now: Timestamp) -> Result<(), StoreError> {
    let query = sqlx::query(
        "INSERT INTO effect (repo_id, key, state, effect_json, intended_at) VALUES (?1, ?2, 'intended', ?3, ?4)
         ON CONFLICT (repo_id, key) DO UPDATE SET
            effect_json = excluded.effect_json, intended_at = excluded.intended_at,
            outcome_json = NULL, confirmed_at = NULL,
            sent_at = CASE state WHEN 'sent' THEN sent_at END,
            state = CASE state WHEN 'sent' THEN 'sent' ELSE 'intended' END",
    )
    .bind(repo.0)
    .bind(effect.key())
    .bind(json(effect)?)
    .bind(millis(now));
    run(tx, query, "write an intended effect").await
}

/// Keeps the last time of sending: GitHub may still be at it for a while after that.
pub async fn sending(tx: &mut Tx, repo: RepoId, key: &str, now: Timestamp) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE effect SET state = 'sent', sent_at = ?3
         WHERE repo_id = ?1 AND key = ?2 AND state <> 'confirmed'",
    );
    one(tx, query.bind(repo.0).bind(key.to_owned()).bind(millis(now)), key).await
}

pub async fn confirm(
    tx: &mut Tx,
    repo: RepoId,
    key: &str,
    outcome: &Outcome,
    now: Timestamp,
) -> Result<(), StoreError> {
    let query = sqlx::query(
        "UPDATE effect SET state = 'confirmed', outcome_json = ?3, confirmed_at = ?4
         WHERE repo_id = ?1 AND key = ?2 AND state <> 'confirmed'",
    );
    one(
        tx,
        query
            .bind(repo.0)
            .bind(key.to_owned())
            .bind(json(outcome)?)
            .bind(millis(now)),
        key,
    )
    .await
}

pub async fn ledger(readers: &SqlitePool, repo: RepoId, limit: u32) -> Result<Vec<(Timestamp, Entry)>, StoreError> {
    let mut connection = readers.acquire().await.or_failed("read the ledger")?;
    let query = sqlx::query("SELECT at, entry_json FROM ledger WHERE repo_id = ?1 ORDER BY seq DESC LIMIT ?2");
    let mut lines = all(
        &mut connection,
        query.bind(repo.0).bind(limit),
        "read the ledger",
        |row| {
            Ok((
                time(row, "at")?.unwrap_or(Timestamp::UNIX_EPOCH),
                from_json(row, "entry_json")?,
            ))
        },
    )
    .await?;
    lines.reverse();
    Ok(lines)
}

async fn all<T>(
    connection: &mut SqliteConnection,
    query: Query<'_>,
    action: &'static str,
    read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    query
        .fetch_all(connection)
        .await
        .or_failed(action)?
        .iter()
        .map(read)
        .collect()
}

async fn run(tx: &mut Tx, query: Query<'_>, action: &'static str) -> Result<(), StoreError> {
    query.execute(&mut **tx).await.or_failed(action)?;
    Ok(())
}

/// Runs a statement that must meet exactly one unconfirmed effect.
async fn one(tx: &mut Tx, query: Query<'_>, key: &str) -> Result<(), StoreError> {
    let met = query
        .execute(&mut **tx)
        .await
        .or_failed("write an effect")?
        .rows_affected();
    if met == 1 {
        Ok(())
    } else {
        Err(StoreError::NotIntended { key: key.to_owned() })
    }
}

fn json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).or_failed("write memory as JSON")
}

fn from_json<T: DeserializeOwned>(row: &SqliteRow, column: &str) -> Result<T, StoreError> {
    let text: &str = row.try_get(column).or_failed("read memory")?;
    serde_json::from_str(text).or_failed("read memory, which an older or newer Greenlight wrote")
}
