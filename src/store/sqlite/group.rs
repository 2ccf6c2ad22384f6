//! Puts deliveries on disk in groups: what arrives while one commit is under way shares the next one.
//!
//! A commit costs a wait for the disk, whatever it holds; so the more are waiting, the cheaper each becomes.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::Serialize;
use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot};

use super::super::{APP, Delivery, Readable, Received, StoreError};
use super::{OrFailed, checkpoint, millis};
use crate::rules::id::{InstallationId, RepoId};
use crate::rules::interpret::Urgency;

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
    pub fn start(writer: SqlitePool, checkpointer: SqlitePool) -> Self {
        let (waiting, queue) = mpsc::channel(WAITING_MAX);
        tokio::spawn(write_groups(writer, checkpointer, queue));
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

async fn write_groups(writer: SqlitePool, checkpointer: SqlitePool, mut queue: mpsc::Receiver<Waiting>) {
    let mut left_over = None;
    let mut logged = 0;
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
        logged += group.iter().map(|waiting| waiting.delivery.body.len()).sum::<usize>();
        write_and_answer(&writer, group).await;
        if logged > checkpoint::BYTES_MAX {
            logged = 0;
            if let Err(error) = checkpoint::move_all(&checkpointer, &writer).await {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "could not shorten the write-ahead log"
                );
            }
        }
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

/// Writes a group in one transaction; on disk when it returns. One answer for each, in their order.
async fn write(writer: &SqlitePool, group: &[Waiting]) -> Result<Vec<Received>, StoreError> {
    let mut bodies = Vec::new();
    let mut rows = Vec::with_capacity(group.len());
    for Waiting { delivery, due_at, .. } in group {
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
            urgency: match delivery.urgency {
                Urgency::Patient => 0,
                Urgency::News => 1,
                Urgency::Word => 2,
            },
            from: before + 1,
            bytes: delivery.body.len(),
        }
    }
}
