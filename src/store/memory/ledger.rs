//! The ledger: its lines, each beside what it can be found by. Lines are read from the newest to the oldest, by position, so that
//! what is added meanwhile shifts nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Db, Row, Statement, StoreError};
use crate::rules::id::{EnvironmentName, Login, PullNumber, RepoId, UserId};
use crate::rules::memory::{Entry, EntryKind, Origin};
use crate::store::pages::{Filter, Line, Names};
use crate::store::statement::Value;

/// Writes a line.
pub async fn add(db: Db<'_>, repo: RepoId, entry: &Entry, at: Timestamp) -> Result<(), StoreError> {
    let kind = kind(entry.kind)?;
    let environment = entry.environment.as_ref().map(|name| name.to_string());
    let features = entry.features.iter().map(|number| format!("{number},"));
    let features = (!entry.features.is_empty()).then(|| format!(",{}", features.collect::<String>()));
    Statement::new(
        "write the ledger",
        "INSERT INTO ledger (repo_id, at, entry_json, kind, environment, person, pull, features)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .with(repo.0)
    .with(at)
    .with_json(entry)?
    .with(kind)
    .with(environment)
    .with(Value::Number(entry.who.as_ref().map(|who| who.id.0)))
    .with(Value::Number(entry.pull.map(|pull| pull.0)))
    .with(features)
    .run(db)
    .await
}

/// The newest lines, oldest first.
pub async fn newest(db: Db<'_>, repo: RepoId, limit: u32) -> Result<Vec<(Timestamp, Entry)>, StoreError> {
    let found = db.rows(page(repo, &Filter::default(), None, limit)).await?;
    let mut lines: Vec<_> = lines(&found)?.into_iter().map(|line| (line.at, line.entry)).collect();
    lines.reverse();
    Ok(lines)
}

/// Asks for the newest lines that pass, of those before a position.
pub fn page(repo: RepoId, filter: &Filter, before: Option<i64>, limit: u32) -> Statement {
    let mut sql = "SELECT seq, at, entry_json FROM ledger WHERE repo_id = $1 AND seq < $2".to_owned();
    let mut values: Vec<Value> = vec![repo.0.into(), before.unwrap_or(i64::MAX).into()];
    let next = |values: &mut Vec<Value>, value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if let Some(environment) = &filter.environment {
        let value = next(&mut values, environment.as_str().into());
        sql += &format!(" AND environment = {value}");
    }
    if let Some(person) = filter.person {
        let value = next(&mut values, person.0.into());
        sql += &format!(" AND person = {value}");
    }
    if let Some(feature) = filter.feature {
        let number = next(&mut values, feature.0.into());
        let among = next(&mut values, format!("%,{feature},%").into());
        // Two ways to find it, each with an index of its own.
        sql += &format!(
            " AND seq IN (SELECT seq FROM ledger WHERE repo_id = $1 AND pull = {number}
                UNION SELECT seq FROM ledger WHERE repo_id = $1 AND features IS NOT NULL AND features LIKE {among})"
        );
    }
    let limit = next(&mut values, i64::from(limit).into());
    sql += &format!(" ORDER BY seq DESC LIMIT {limit}");
    let mut statement = Statement::composed("read the ledger", sql);
    statement.values = values;
    statement
}

/// Asks for the lines of these kinds since a moment, oldest first.
pub fn of_kinds(repo: RepoId, kinds: &[EntryKind], since: Timestamp) -> Result<Statement, StoreError> {
    let kinds: Result<Vec<String>, StoreError> = kinds.iter().map(|one| Ok(format!("'{}'", kind(*one)?))).collect();
    let sql = format!(
        "SELECT seq, at, entry_json FROM ledger WHERE repo_id = $1 AND kind IN ({}) AND at >= $2 ORDER BY seq",
        kinds?.join(", ")
    );
    Ok(Statement::composed("read the ledger", sql).with(repo.0).with(since))
}

/// Reads what [`page`] or [`of_kinds`] found.
pub fn lines(rows: &[Row]) -> Result<Vec<Line>, StoreError> {
    let line = |row: &Row| {
        Ok(Line {
            position: row.number(0)?,
            at: row.time(1)?.unwrap_or(Timestamp::UNIX_EPOCH),
            entry: row.json(2)?,
        })
    };
    rows.iter().map(line).collect()
}

/// Asks for the environments and for the people that the ledger speaks of, each person by the newest line of hers.
pub fn names(repo: RepoId) -> [Statement; 2] {
    let environments =
        "SELECT environment FROM ledger WHERE repo_id = $1 AND environment IS NOT NULL GROUP BY environment";
    let people = "SELECT entry_json FROM ledger WHERE seq IN
                      (SELECT max(seq) FROM ledger WHERE repo_id = $1 AND person IS NOT NULL GROUP BY person)";
    [environments, people].map(|sql| Statement::new("read whom the ledger speaks of", sql).with(repo.0))
}

/// Reads what [`names`] found.
pub fn read_names(environments: &[Row], people: &[Row]) -> Result<Names, StoreError> {
    let environments = environments.iter().map(|row| Ok(EnvironmentName::from(row.text(0)?)));
    let mut known: Vec<(Login, UserId)> = Vec::new();
    for row in people {
        let entry: Entry = row.json(0)?;
        known.extend(entry.who.map(|who| (who.login, who.id)));
    }
    known.sort_by_cached_key(|(login, id)| (login.to_string().to_lowercase(), *id));
    Ok(Names {
        environments: environments.collect::<Result<_, StoreError>>()?,
        people: known,
    })
}

/// Asks for what the titles of features are known from.
pub fn titles_of(repo: RepoId, pulls: &[PullNumber]) -> [Statement; 2] {
    let pulls: Vec<String> = pulls.iter().map(PullNumber::to_string).collect();
    let ready = format!(
        "SELECT entry_json FROM ledger WHERE repo_id = $1 AND pull IN ({}) AND kind = 'ready' ORDER BY seq",
        pulls.join(", ")
    );
    let origins = "SELECT origin_json FROM origin WHERE repo_id = $1 ORDER BY seq";
    [
        Statement::composed("read the titles of features", ready).with(repo.0),
        Statement::new("read the titles of features", origins).with(repo.0),
    ]
}

/// Reads what [`titles_of`] found; what came last is newest.
pub fn read_titles(
    pulls: &[PullNumber],
    ready: &[Row],
    origins: &[Row],
) -> Result<BTreeMap<PullNumber, String>, StoreError> {
    let mut known = BTreeMap::new();
    for row in ready {
        let entry: Entry = row.json(0)?;
        known.extend(entry.pull.map(|pull| (pull, entry.why)));
    }
    for row in origins {
        if let Origin::Feature(feature) = row.json(0)? {
            known.insert(feature.number, feature.title);
        }
    }
    known.retain(|number, _| pulls.contains(number));
    Ok(known)
}

/// As the line itself spells it.
fn kind(kind: EntryKind) -> Result<String, StoreError> {
    let found = serde_json::to_value(kind).ok();
    let found = found.as_ref().and_then(|value| value.as_str()).map(str::to_owned);
    found.ok_or_else(|| crate::store::error::failed("write the ledger", std::fmt::Error))
}
