//! All that is remembered of a repository, by one statement: each look begins with it, and what is asked one by one is a way to
//! the database and back each time.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::{Db, Row, Statement, StoreError};
use crate::rules::id::{RepoId, RequestId, Sha};
use crate::rules::memory::{Memory, Unconfirmed};
use crate::rules::protection;

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

/// Columns of a row: which part it is of, then what each part gives.
const PART: usize = 0;
const NAME: usize = 1;
const JSON: usize = 2;
const NUMBER: usize = 3;

/// A part of memory: where its rows are (a name, JSON and a number each, in the order of the numbers), and where one belongs.
struct Part {
    sql: String,
    take: fn(&mut Memory, &Row) -> Result<(), StoreError>,
}

/// Everything, with the settled requests that are spoken of.
///
/// # Errors
/// Those of the database, and damage.
pub async fn load(db: Db<'_>, repo: RepoId, spoken_of: &[RequestId]) -> Result<Memory, StoreError> {
    let spoken_of: Vec<String> = spoken_of.iter().map(RequestId::to_string).collect();
    let parts = parts(db.elements_of_second());
    let query = Statement::composed("read memory", together(&parts));
    let rows = db.rows(query.with(repo.0).with_json(&spoken_of)?).await?;
    let mut memory = Memory::default();
    for row in &rows {
        let part = usize::try_from(row.number(PART)?);
        let part = part.ok().and_then(|part| parts.get(part));
        if let Some(part) = part {
            (part.take)(&mut memory, row)?;
        }
    }
    Ok(memory)
}

fn together(parts: &[Part]) -> String {
    let tables = parts.iter().enumerate();
    let tables = tables.map(|(n, part)| format!("part_{n} (name, json, number) AS ({})", part.sql));
    let rows = (0..parts.len()).map(|n| format!("SELECT CAST({n} AS BIGINT), name, json, number FROM part_{n}"));
    format!(
        "WITH {} {} ORDER BY 1, 4",
        tables.collect::<Vec<_>>().join(", "),
        rows.collect::<Vec<_>>().join(" UNION ALL ")
    )
}

fn parts(elements_of_second: &str) -> Vec<Part> {
    let part = |sql, take| Part { sql, take };
    vec![
        part(requests(elements_of_second), |memory, row| {
            put(&mut memory.requests, row, |one| one.id)
        }),
        part(whole("turn", "turn_json"), |memory, row| {
            put(&mut memory.turns, row, |one| one.request)
        }),
        part(whole("armed", "armed_json"), |memory, row| {
            put(&mut memory.armed, row, |one| one.environment.clone())
        }),
        part(whole("hold", "hold_json"), |memory, row| {
            put(&mut memory.holds, row, |one| one.environment.clone())
        }),
        part(whole("soaking", "soaking_json"), |memory, row| {
            put(&mut memory.soaking, row, |one| one.environment.clone())
        }),
        part(shown(), |memory, row| {
            memory.shown.push(row.json(JSON)?);
            Ok(())
        }),
        part(whole("gap", "gap_json"), |memory, row| {
            put(&mut memory.gaps, row, |one| one.environment.clone())
        }),
        part(origins(), |memory, row| {
            // Only a `Sha` is ever written there; anything else is damage, and this is only a cache.
            if let Some(sha) = Sha::parse(row.text(NAME)?) {
                memory.origins.insert(sha, row.json(JSON)?);
            }
            Ok(())
        }),
        part(whole("outside", "outside_json"), |memory, row| {
            put(&mut memory.outside, row, |one| one.environment.clone())
        }),
        part(whole("stay", "stays_json"), |memory, row| {
            put(&mut memory.stays, row, |one| one.environment.clone())
        }),
        part(whole("way_back", "way_back_json"), |memory, row| {
            put(&mut memory.ways_back, row, |one| one.environment.clone())
        }),
        part(whole("sighting", "sighting_json"), |memory, row| {
            put(&mut memory.sightings, row, |one| one.environment.clone())
        }),
        part(
            newest("card", "card_json", "finished, pull DESC", CARDS_MAX),
            |memory, row| put(&mut memory.cards, row, |one| one.pull),
        ),
        part(
            newest("offer", "offer_json", "open DESC, made_at DESC", OFFERS_MAX),
            |memory, row| put(&mut memory.offers, row, |one| one.pull),
        ),
        part(
            newest("question", "question_json", "open DESC, asked_at DESC", QUESTIONS_MAX),
            |memory, row| {
                put(&mut memory.questions, row, |one| {
                    protection::key(one.run, &one.environment)
                })
            },
        ),
        part(whole("preview", "preview_json"), |memory, row| {
            put(&mut memory.previews, row, |one| one.pull)
        }),
        part(whole("ground", "ground_json"), |memory, row| {
            put(&mut memory.grounds, row, |one| one.branch.clone())
        }),
        part(
            newest("release", "release_json", "open DESC, at DESC", RELEASES_MAX),
            |memory, row| put(&mut memory.releases, row, |one| one.commit.clone()),
        ),
        part(whole("welcome", "welcome_json"), |memory, row| {
            memory.welcome = Some(row.json(JSON)?);
            Ok(())
        }),
        part(whole("scene", "scene_json"), |memory, row| {
            // One that another version of Greenlight wrote is as none: the next look makes it anew.
            memory.scene = row.json(JSON).ok().map(Arc::new);
            Ok(())
        }),
        part(unconfirmed(), |memory, row| {
            let (effect, sent_at) = (row.json(JSON)?, row.time(NUMBER)?);
            let begun = Unconfirmed { effect, sent_at };
            memory.unconfirmed.insert(row.text(NAME)?.to_owned(), begun);
            Ok(())
        }),
    ]
}

fn put<K: Ord, T: DeserializeOwned>(
    known: &mut BTreeMap<K, T>,
    row: &Row,
    key: impl Fn(&T) -> K,
) -> Result<(), StoreError> {
    let one: T = row.json(JSON)?;
    known.insert(key(&one), one);
    Ok(())
}

fn whole(table: &str, json: &str) -> String {
    format!("SELECT CAST(NULL AS TEXT), {json}, CAST(NULL AS BIGINT) FROM {table} WHERE repo_id = $1")
}

fn newest(table: &str, json: &str, order: &str, most: i64) -> String {
    format!("{} ORDER BY {order} LIMIT {most}", whole(table, json))
}

/// In two, so that those which are open are found by their index.
fn requests(elements_of_second: &str) -> String {
    let all = whole("request", "request_json");
    format!(
        "{all} AND settled = 0
         UNION ALL
         {all} AND settled = 1
            AND (request_id IN ({elements_of_second})
                OR request_id IN (SELECT request_id FROM release WHERE repo_id = $1 AND open = 1))"
    )
}

fn shown() -> String {
    format!(
        "SELECT CAST(NULL AS TEXT), shown_json, row_number() OVER (ORDER BY shown.at, shown.seq)
         FROM (
            SELECT seq,
                dense_rank() OVER (PARTITION BY environment ORDER BY pull DESC) AS pull_rank,
                row_number() OVER (PARTITION BY environment, pull ORDER BY at DESC, seq DESC) AS shown_rank
            FROM shown WHERE repo_id = $1) AS ranked
         JOIN shown ON shown.seq = ranked.seq
         WHERE shown_rank <= {SHOWN_MAX}
           AND (pull_rank <= {PULLS_MAX} OR pull IN (SELECT pull FROM request WHERE repo_id = $1 AND settled = 0))"
    )
}

fn origins() -> String {
    "SELECT sha, origin_json, CAST(NULL AS BIGINT) FROM origin WHERE repo_id = $1".to_owned()
}

fn unconfirmed() -> String {
    "SELECT key, effect_json, sent_at FROM effect WHERE repo_id = $1 AND state <> 'confirmed'".to_owned()
}
