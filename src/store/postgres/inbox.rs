//! Writes a group of deliveries in one transaction.
//!
//! The rows of the repositories are locked first, in order, and the deliveries numbered after that: so the deliveries of one
//! repository are numbered in the order of their commits, whichever replica they came to, and "up to this one" means something.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use async_trait::async_trait;
use sqlx::PgPool;

use super::super::group::{Waiting, WriteGroup};
use super::super::inbox::rank;
use super::super::{APP, Readable, Received, StoreError};
use super::transaction::Tx;
use super::{OrFailed, bell, millis, plain};
use crate::rules::interpret::Urgency;

/// How long a group may take; the largest delivery has 25 MiB. Who waits for the group before its own gives up by itself.
const WITHIN: std::time::Duration = std::time::Duration::from_secs(7);

/// The connection that deliveries come in by.
pub struct Inbox(PgPool);

impl Inbox {
    pub fn new(pool: PgPool) -> Self {
        Self(pool)
    }
}

#[async_trait]
impl WriteGroup for Inbox {
    async fn write(&self, group: &[Waiting]) -> Result<Vec<Received>, StoreError> {
        tokio::time::timeout(WITHIN, write(&self.0, group))
            .await
            .unwrap_or(Err(StoreError::Busy))
    }

    /// The server keeps its own log short.
    async fn after(&self, _bytes: usize) {}
}

async fn write(pool: &PgPool, group: &[Waiting]) -> Result<Vec<Received>, StoreError> {
    // A GUID that occurs twice in the group is stored once: the first of them takes it.
    let mut seen = HashSet::new();
    let distinct: Vec<&Waiting> = group
        .iter()
        .filter(|one| seen.insert(one.delivery.guid.as_str()))
        .collect();

    let mut tx = Tx::begin(pool).await?;
    lock(&mut tx, &distinct).await?;
    let mut stored = store(&mut tx, &distinct).await?;
    wake(&mut tx, &distinct, &stored).await?;
    tx.commit().await?;

    let answer = |one: &Waiting| {
        if stored.remove(&one.delivery.guid) {
            Received::Stored
        } else {
            Received::SeenBefore
        }
    };
    Ok(group.iter().map(answer).collect())
}

/// Makes the row of each repository, or takes it, so that nobody settles or claims it in between.
async fn lock(tx: &mut Tx, group: &[&Waiting]) -> Result<(), StoreError> {
    let readable = group.iter().filter(|one| one.delivery.readable == Readable::Yes);
    let repos: BTreeSet<i64> = readable.map(|one| one.delivery.repo.unwrap_or(APP).0).collect();
    sqlx::query(
        "INSERT INTO work (repo_id) SELECT repo FROM unnest($1::bigint[]) AS given (repo) ORDER BY repo
         ON CONFLICT (repo_id) DO UPDATE SET repo_id = excluded.repo_id",
    )
    .bind(repos.into_iter().collect::<Vec<_>>())
    .execute(&mut **tx)
    .await
    .or_failed("take the repositories of deliveries")?;
    Ok(())
}

/// Stores those that are not known yet, and gives their GUIDs.
async fn store(tx: &mut Tx, group: &[&Waiting]) -> Result<HashSet<String>, StoreError> {
    let deliveries = || group.iter().map(|one| &one.delivery);
    let guids: Vec<&str> = deliveries().map(|one| one.guid.as_str()).collect();
    // Another life for the dead: a redelivery has the same GUID.
    sqlx::query("DELETE FROM inbox WHERE state = 'dead' AND guid = ANY($1)")
        .bind(&guids)
        .execute(&mut **tx)
        .await
        .or_failed("make room for redeliveries")?;
    let states = deliveries().map(|one| match one.readable {
        Readable::Yes => ("new", None),
        Readable::No(why) => ("dead", Some(why)),
    });
    let (states, reasons): (Vec<&str>, Vec<Option<&str>>) = states.unzip();
    let stored: Vec<String> = sqlx::query_scalar(
        "WITH given AS (
            SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::text[],
                $8::text[], $9::bytea[], $10::integer[]) WITH ORDINALITY
                AS given (guid, event, action, repo, installation, at, state, reason, body, urgency, nth)),
         stored AS (
            INSERT INTO inbox (guid, event, action, repo_id, installation_id, received_at, state, reason, urgency)
            SELECT guid, event, action, repo, installation, at, state, reason, urgency FROM given ORDER BY nth
            ON CONFLICT (guid) DO NOTHING
            RETURNING seq, guid),
         bodies AS (INSERT INTO payload (seq, body) SELECT seq, body FROM stored JOIN given USING (guid))
         SELECT guid FROM stored",
    )
    .bind(&guids)
    .bind(deliveries().map(|one| plain(&one.event)).collect::<Vec<_>>())
    .bind(deliveries().map(|one| one.action.as_deref().map(plain)).collect::<Vec<_>>())
    .bind(deliveries().map(|one| one.repo.unwrap_or(APP).0).collect::<Vec<_>>())
    .bind(deliveries().map(|one| one.installation.map(|id| id.0)).collect::<Vec<_>>())
    .bind(deliveries().map(|one| millis(one.received_at)).collect::<Vec<_>>())
    .bind(states)
    .bind(reasons)
    .bind(deliveries().map(|one| one.body.as_ref()).collect::<Vec<&[u8]>>())
    .bind(deliveries().map(|one| i32::from(rank(one.urgency))).collect::<Vec<_>>())
    .fetch_all(&mut **tx)
    .await
    .or_failed("store deliveries")?;
    Ok(stored.into_iter().collect())
}

/// Makes due what something new was stored for, and tells every replica at the commit.
async fn wake(tx: &mut Tx, group: &[&Waiting], stored: &HashSet<String>) -> Result<(), StoreError> {
    let mut due: BTreeMap<i64, Due> = BTreeMap::new();
    for Waiting { delivery, due_at } in group {
        if delivery.readable == Readable::Yes && stored.contains(&delivery.guid) {
            let repo = delivery.repo.unwrap_or(APP);
            let entry = due.entry(repo.0).or_default();
            if repo != APP {
                entry.installation = delivery.installation.map(|id| id.0).or(entry.installation);
                entry.name = delivery.name.as_ref().map(ToString::to_string).or(entry.name.take());
            }
            let at = (millis(*due_at), millis(delivery.received_at));
            entry.at = Some(entry.at.map_or(at, |before| before.min(at)));
            if delivery.urgency >= Urgency::News {
                entry.news = Some(entry.news.map_or(at.0, |before| before.min(at.0)));
            }
            if delivery.urgency == Urgency::Word {
                entry.word = Some(entry.word.map_or(at.0, |before| before.min(at.0)));
            }
        }
    }
    if due.is_empty() {
        return Ok(());
    }
    // While somebody holds the repository `settle` sees what is left over, so a delivery that the holder still takes along
    // does not cost a second look. A replica whose clock runs ahead must not keep a delivery from the others until then.
    sqlx::query(
        "UPDATE work SET
            installation_id = coalesce(given.installation, installation_id),
            repo_name = coalesce(given.name, repo_name),
            due_at = CASE WHEN lease_until IS NOT NULL THEN due_at
                          WHEN state = 'postponed' THEN
                              least(due_at, CASE WHEN given.word IS NOT NULL THEN greatest(given.word, not_before) END)
                          ELSE least(due_at, given.news, greenlight_now(given.at) + given.news - given.at,
                              greatest(least(given.due, greenlight_now(given.at) + given.due - given.at), rest_until)) END,
            attempts = CASE WHEN state IN ('parked', 'retired') THEN 0 ELSE attempts END,
            state = CASE WHEN state IN ('parked', 'retired') THEN 'active' ELSE state END
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[])
            AS given (repo, installation, name, due, at, news, word)
         WHERE repo_id = given.repo",
    )
    .bind(due.keys().copied().collect::<Vec<_>>())
    .bind(due.values().map(|one| one.installation).collect::<Vec<_>>())
    .bind(
        due.values()
            .map(|one| one.name.as_deref().map(plain))
            .collect::<Vec<_>>(),
    )
    .bind(due.values().map(|one| one.at.unwrap_or_default().0).collect::<Vec<_>>())
    .bind(due.values().map(|one| one.at.unwrap_or_default().1).collect::<Vec<_>>())
    .bind(due.values().map(|one| one.news).collect::<Vec<_>>())
    .bind(due.values().map(|one| one.word).collect::<Vec<_>>())
    .execute(&mut **tx)
    .await
    .or_failed("make repositories due")?;
    bell::ring_at_commit(tx).await
}

/// What is known of a repository from its deliveries.
#[derive(Default)]
struct Due {
    installation: Option<i64>,
    name: Option<String>,
    /// When a look is due, and when that was said, by the clock of who received it.
    at: Option<(i64, i64)>,
    /// When it is due for what does not wait, and for what somebody waits for.
    news: Option<i64>,
    word: Option<i64>,
}
