//! Puts deliveries on disk in groups: what arrives while one commit is under way shares the next one.
//!
//! A commit costs a wait for the disk, whatever it holds; so the more are waiting, the cheaper each becomes.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use tokio::sync::{mpsc, oneshot};

use super::super::{APP, Delivery, Readable, Received, StoreError};
use super::{OrFailed, commit, millis};
use crate::rules::id::{InstallationId, RepoId};

/// Deliveries that may wait for a commit; more are refused as [`StoreError::Busy`], for GitHub to see and an operator to notice.
const WAITING_MAX: usize = 1024;

/// Deliveries in one commit. Beyond this a commit gets slower for all without getting cheaper for each.
const GROUP_MAX: usize = 128;

/// Bytes of bodies in one commit, unless a single one is larger.
const GROUP_BYTES_MAX: usize = 4 << 20;

/// The way in to the task that writes.
pub struct Group {
    waiting: mpsc::Sender<Waiting>,
}

struct Waiting {
    delivery: Delivery,
    due_at: Timestamp,
    answer: oneshot::Sender<Result<Received, StoreError>>,
}

impl Group {
    /// Starts the task; it ends when the `Group` is dropped.
    pub fn start(writer: SqlitePool) -> Self {
        let (waiting, queue) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write_groups(writer, queue));
        Self { waiting }
    }

    pub async fn receive(&self, delivery: Delivery, due_at: Timestamp) -> Result<Received, StoreError> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting {
            delivery,
            due_at,
            answer,
        };
        self.waiting.try_send(waiting).map_err(|_| StoreError::Busy)?;
        // The task answers everything it took; it only goes away together with the runtime.
        answered.await.unwrap_or(Err(StoreError::Busy))
    }
}

async fn write_groups(writer: SqlitePool, mut queue: mpsc::Receiver<Waiting>) {
    let mut left_over = None;
    loop {
        let first = match left_over.take() {
            Some(waiting) => waiting,
            None => match queue.recv().await {
                Some(waiting) => waiting,
                None => return,
            },
        };
        let mut bytes = first.delivery.body.len();
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(next) = queue.try_recv() else { break };
            bytes += next.delivery.body.len();
            if bytes > GROUP_BYTES_MAX {
                left_over = Some(next);
                break;
            }
            group.push(next);
        }
        write_and_answer(&writer, group).await;
    }
}

async fn write_and_answer(writer: &SqlitePool, group: Vec<Waiting>) {
    match write(writer, &group).await {
        Ok(received) => answer(group, received.into_iter().map(Ok)),
        // One that cannot be written must not take the others down with it.
        Err(StoreError::Failed { .. }) if group.len() > 1 => {
            for waiting in group {
                let alone = vec![waiting];
                let result = write(writer, &alone).await.map(|received| received[0]);
                answer(alone, std::iter::once(result));
            }
        }
        Err(error) => {
            let all = group.len();
            answer(group, std::iter::repeat_n(Err(error), all));
        }
    }
}

fn answer(group: Vec<Waiting>, results: impl Iterator<Item = Result<Received, StoreError>>) {
    for (waiting, result) in group.into_iter().zip(results) {
        // Who asked may have hung up; the delivery is kept all the same.
        let _ = waiting.answer.send(result);
    }
}

/// Writes a group in one transaction; on disk when it returns. One answer for each, in their order.
async fn write(writer: &SqlitePool, group: &[Waiting]) -> Result<Vec<Received>, StoreError> {
    let mut tx = writer
        .begin_with("BEGIN IMMEDIATE")
        .await
        .or_failed("begin to store deliveries")?;
    let mut stored = insert(&mut tx, group).await?;
    // A GUID that occurs twice in the group was stored once: the first of them takes it.
    let seqs: Vec<Option<i64>> = group
        .iter()
        .map(|waiting| stored.remove(&waiting.delivery.guid))
        .collect();
    let new: Vec<(i64, &Waiting)> = seqs
        .iter()
        .zip(group)
        .filter_map(|(seq, waiting)| Some(((*seq)?, waiting)))
        .collect();
    if !new.is_empty() {
        insert_bodies(&mut tx, &new).await?;
        wake(&mut tx, &new).await?;
    }
    commit(tx).await?;
    let received = |seq: &Option<i64>| {
        if seq.is_some() {
            Received::Stored
        } else {
            Received::SeenBefore
        }
    };
    Ok(seqs.iter().map(received).collect())
}

#[derive(Serialize)]
struct InboxRow<'a> {
    guid: &'a str,
    event: &'a str,
    action: Option<&'a str>,
    repo: RepoId,
    installation: Option<InstallationId>,
    at: i64,
    state: &'static str,
    reason: Option<&'static str>,
}

impl<'a> From<&'a Delivery> for InboxRow<'a> {
    fn from(delivery: &'a Delivery) -> Self {
        let (state, reason) = match delivery.readable {
            Readable::Yes => ("new", None),
            Readable::No(why) => ("dead", Some(why)),
        };
        Self {
            guid: &delivery.guid,
            event: &delivery.event,
            action: delivery.action.as_deref(),
            repo: repo(delivery),
            installation: delivery.installation,
            at: millis(delivery.received_at),
            state,
            reason,
        }
    }
}

fn repo(delivery: &Delivery) -> RepoId {
    delivery.repo.unwrap_or(APP)
}

/// Inserts those that are not known yet, and returns their numbers by GUID. A group travels as one JSON array, so that
/// its size changes neither the statement nor the number of calls.
async fn insert(tx: &mut Transaction<'static, Sqlite>, group: &[Waiting]) -> Result<HashMap<String, i64>, StoreError> {
    let rows: Vec<InboxRow> = group.iter().map(|waiting| InboxRow::from(&waiting.delivery)).collect();
    let rows = serde_json::to_string(&rows).or_failed("write deliveries as JSON")?;
    // Another life for the dead: a redelivery has the same GUID.
    sqlx::query("DELETE FROM inbox WHERE state = 'dead' AND guid IN (SELECT value ->> 'guid' FROM json_each(?1))")
        .bind(&rows)
        .execute(&mut **tx)
        .await
        .or_failed("revive dead deliveries")?;
    let inserted = sqlx::query(
        "INSERT INTO inbox (guid, event, action, repo_id, installation_id, received_at, state, reason)
         SELECT value ->> 'guid', value ->> 'event', value ->> 'action', value ->> 'repo', value ->> 'installation',
                value ->> 'at', value ->> 'state', value ->> 'reason'
         FROM json_each(?1) WHERE true
         ON CONFLICT (guid) DO NOTHING
         RETURNING seq, guid",
    )
    .bind(rows)
    .fetch_all(&mut **tx)
    .await
    .or_failed("store deliveries")?;
    let seq_by_guid = |row: &sqlx::sqlite::SqliteRow| Ok((row.try_get("guid")?, row.try_get("seq")?));
    inserted
        .iter()
        .map(seq_by_guid)
        .collect::<Result<_, sqlx::Error>>()
        .or_failed("store deliveries")
}

/// The bodies of a group travel as one blob, cut apart by SQLite; a single one as it is.
async fn insert_bodies(tx: &mut Transaction<'static, Sqlite>, new: &[(i64, &Waiting)]) -> Result<(), StoreError> {
    let insert = if let [(seq, waiting)] = new {
        let body = Vec::from(waiting.delivery.body.clone());
        sqlx::query("INSERT INTO payload (seq, body) VALUES (?1, ?2)")
            .bind(*seq)
            .bind(body)
    } else {
        let mut bodies = Vec::with_capacity(new.iter().map(|(_, waiting)| waiting.delivery.body.len()).sum());
        let mut cuts = Vec::with_capacity(new.len());
        for (seq, waiting) in new {
            let body = &waiting.delivery.body;
            // SQL counts from 1.
            cuts.push((seq, bodies.len() + 1, body.len()));
            bodies.extend_from_slice(body);
        }
        let cuts = serde_json::to_string(&cuts).or_failed("write deliveries as JSON")?;
        sqlx::query(
            "INSERT INTO payload (seq, body)
             SELECT value ->> 0, substr(?2, value ->> 1, value ->> 2) FROM json_each(?1)",
        )
        .bind(cuts)
        .bind(bodies)
    };
    insert
        .execute(&mut **tx)
        .await
        .or_failed("store the bodies of deliveries")?;
    Ok(())
}

#[derive(Serialize)]
struct WorkRow {
    repo: RepoId,
    installation: Option<InstallationId>,
    name: Option<String>,
    due: i64,
}

/// Makes each repository of the group due, once.
async fn wake(tx: &mut Transaction<'static, Sqlite>, new: &[(i64, &Waiting)]) -> Result<(), StoreError> {
    let mut rows: HashMap<RepoId, WorkRow> = HashMap::new();
    for (_, Waiting { delivery, due_at, .. }) in new {
        if delivery.readable != Readable::Yes {
            continue;
        }
        let repo = repo(delivery);
        let due = millis(*due_at);
        let row = rows.entry(repo).or_insert(WorkRow {
            repo,
            installation: None,
            name: None,
            due,
        });
        row.due = row.due.min(due);
        row.installation = delivery.installation.or(row.installation).filter(|_| repo != APP);
        row.name = delivery
            .name
            .as_ref()
            .filter(|_| repo != APP)
            .map(ToString::to_string)
            .or(row.name.take());
    }
    if rows.is_empty() {
        return Ok(());
    }
    let rows: Vec<WorkRow> = rows.into_values().collect();
    // While somebody holds the repository `settle` sees what is left over, so a delivery that the holder still takes
    // along does not cost a second look.
    sqlx::query(
        "INSERT INTO work (repo_id, installation_id, repo_name, due_at)
         SELECT value ->> 'repo', value ->> 'installation', value ->> 'name', value ->> 'due' FROM json_each(?1) WHERE true
         ON CONFLICT (repo_id) DO UPDATE SET
            installation_id = coalesce(excluded.installation_id, installation_id),
            repo_name = coalesce(excluded.repo_name, repo_name),
            due_at = CASE WHEN lease_until IS NOT NULL OR state = 'postponed' THEN due_at
                          ELSE min(coalesce(due_at, excluded.due_at), excluded.due_at) END,
            attempts = CASE WHEN state IN ('parked', 'retired') THEN 0 ELSE attempts END,
            state = CASE WHEN state IN ('parked', 'retired') THEN 'active' ELSE state END",
    )
    .bind(serde_json::to_string(&rows).or_failed("write work as JSON")?)
    .execute(&mut **tx)
    .await
    .or_failed("make a repository due")?;
    Ok(())
}
