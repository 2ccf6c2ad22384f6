//! Writes a group of deliveries into the file, and keeps the write-ahead log short when they come faster than it is moved.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::SqlitePool;

use super::super::group::{Waiting, WriteGroup};
use super::super::inbox::rank;
use super::super::{APP, Delivery, Readable, Received, StoreError};
use super::{OrFailed, checkpoint, millis};
use crate::rules::id::{InstallationId, RepoId};

/// The writing connection, as deliveries use it.
pub struct Inbox {
    writer: SqlitePool,
    checkpointer: SqlitePool,
    /// Bytes since the log was last moved from here.
    logged: AtomicUsize,
}

impl Inbox {
    pub fn new(writer: SqlitePool, checkpointer: SqlitePool) -> Self {
        Self {
            writer,
            checkpointer,
            logged: AtomicUsize::new(0),
        }
    }
}

#[async_trait]
impl WriteGroup for Inbox {
    async fn write(&self, group: &[Waiting]) -> Result<Vec<Received>, StoreError> {
        write(&self.writer, group).await
    }

    async fn after(&self, bytes: usize) {
        let logged = self.logged.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if logged <= checkpoint::BYTES_MAX {
            return;
        }
        self.logged.store(0, Ordering::Relaxed);
        if let Err(error) = checkpoint::move_all(&self.checkpointer, &self.writer).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "could not shorten the write-ahead log"
            );
        }
    }
}

/// Everything a group does, as one call: what it costs to hand a statement to SQLite's thread and to wait for its end is paid
/// once. A group travels as one JSON array (?1) and one blob of all bodies (?2), so that its size changes no statement.
const STORE: &str = "
    BEGIN IMMEDIATE;

    -- Another life for the dead: a redelivery has the same GUID.
    DELETE FROM inbox WHERE state = 'dead' AND guid IN (SELECT value ->> 'guid' FROM json_each(?1));

    INSERT INTO inbox (guid, event, action, repo_id, installation_id, received_at, state, reason, urgency)
    SELECT value ->> 'guid', value ->> 'event', value ->> 'action', value ->> 'repo', value ->> 'installation',
           value ->> 'at', value ->> 'state', value ->> 'reason', value ->> 'urgency'
    FROM json_each(?1) WHERE true
    ON CONFLICT (guid) DO NOTHING
    RETURNING guid;

    -- A single body, which may be large, is taken as it is; others are cut out of the blob.
    INSERT INTO payload (seq, body)
    SELECT inbox.seq, iif(json_array_length(?1) = 1, ?2, substr(?2, value ->> 'from', value ->> 'bytes'))
    FROM json_each(?1) JOIN inbox ON inbox.guid = value ->> 'guid' WHERE inbox.settled_at IS NULL
    ON CONFLICT (seq) DO NOTHING;

    INSERT INTO work (repo_id, installation_id, repo_name, due_at)
    SELECT inbox.repo_id, max(inbox.installation_id) FILTER (WHERE inbox.repo_id <> 0), max(value ->> 'name'), min(value ->> 'due')
    FROM json_each(?1) JOIN inbox ON inbox.guid = value ->> 'guid' WHERE inbox.state = 'new' GROUP BY inbox.repo_id
    ON CONFLICT (repo_id) DO UPDATE SET
       installation_id = coalesce(excluded.installation_id, installation_id),
       repo_name = coalesce(excluded.repo_name, repo_name),
       attempts = CASE WHEN state IN ('parked', 'retired') THEN 0 ELSE attempts END,
       state = CASE WHEN state IN ('parked', 'retired') THEN 'active' ELSE state END;

    -- While somebody holds the repository `settle` sees what is left over, so a delivery that the holder still takes along
    -- does not cost a second look.
    UPDATE work SET due_at = CASE
        WHEN lease_until IS NOT NULL THEN due_at
        WHEN state = 'postponed' THEN min(due_at, max(coalesce(news.word, due_at), coalesce(not_before, 0)))
        ELSE min(coalesce(due_at, news.news, max(news.patient, coalesce(rest_until, 0))),
                 coalesce(news.news, max(news.patient, coalesce(rest_until, 0)))) END
    FROM (
        SELECT inbox.repo_id AS repo, min(value ->> 'due') AS patient,
               min(value ->> 'due') FILTER (WHERE inbox.urgency > 0) AS news,
               min(value ->> 'due') FILTER (WHERE inbox.urgency = 2) AS word
        FROM json_each(?1) JOIN inbox ON inbox.guid = value ->> 'guid' WHERE inbox.state = 'new' GROUP BY inbox.repo_id
    ) AS news WHERE news.repo = work.repo_id;

    COMMIT;
";

async fn write(writer: &SqlitePool, group: &[Waiting]) -> Result<Vec<Received>, StoreError> {
    let mut bodies = Vec::new();
    let mut rows = Vec::with_capacity(group.len());
    for Waiting { delivery, due_at } in group {
        rows.push(Row::new(delivery, *due_at, bodies.len()));
        bodies.extend_from_slice(&delivery.body);
    }
    let rows = serde_json::to_string(&rows).or_failed("write deliveries as JSON")?;

    let mut writer = writer.acquire().await.or_failed("begin to store deliveries")?;
    let stored = sqlx::query_scalar(STORE)
        .bind(rows)
        .bind(bodies)
        .fetch_all(&mut *writer)
        .await;
    if stored.is_err() {
        // Wherever it failed, its transaction must not be the next one's. The pool opens another connection.
        writer.close().await.or_failed("give up storing deliveries")?;
    }
    let mut stored: HashSet<String> = stored.or_failed("store deliveries")?.into_iter().collect();

    let answer = |Waiting { delivery, .. }: &Waiting| {
        // A GUID that occurs twice in the group was stored once: the first of them takes it.
        if stored.remove(&delivery.guid) {
            Received::Stored
        } else {
            Received::SeenBefore
        }
    };
    Ok(group.iter().map(answer).collect())
}

/// A delivery as it travels to SQLite.
#[derive(Serialize)]
struct Row<'a> {
    guid: &'a str,
    event: &'a str,
    action: Option<&'a str>,
    repo: RepoId,
    name: Option<String>,
    installation: Option<InstallationId>,
    at: i64,
    due: i64,
    state: &'static str,
    reason: Option<&'static str>,
    urgency: u8,
    /// Where its body begins in the blob, as SQL counts: from 1.
    from: usize,
    bytes: usize,
}

impl<'a> Row<'a> {
    fn new(delivery: &'a Delivery, due_at: Timestamp, before: usize) -> Self {
        let (state, reason) = match delivery.readable {
            Readable::Yes => ("new", None),
            Readable::No(why) => ("dead", Some(why)),
        };
        Self {
            guid: &delivery.guid,
            event: &delivery.event,
            action: delivery.action.as_deref(),
            repo: delivery.repo.unwrap_or(APP),
            name: delivery.repo.and(delivery.name.as_ref()).map(ToString::to_string),
            installation: delivery.installation,
            at: millis(delivery.received_at),
            due: millis(due_at),
            state,
            reason,
            urgency: rank(delivery.urgency),
            from: before + 1,
            bytes: delivery.body.len(),
        }
    }
}
