//! The PostgreSQL engine: the suite every engine passes, and what only several processes on one server can do wrong.

mod store_suite;

#[path = "support/postgres.rs"]
mod postgres;

use std::sync::Arc;
use std::time::{Duration, Instant};

use greenlight::rules::id::RepoId;
use greenlight::store::aside::Aside;
use greenlight::store::{Claim, Fate, PostgresStore, Received, Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use store_suite::{at, delivery};
use tokio::sync::{Notify, OnceCell};

const SHOP: RepoId = RepoId(71);
const LEASE: SignedDuration = SignedDuration::from_secs(60);

macro_rules! on_postgres {
    ($($rule:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $rule() {
            let url = database().await;
            believe_the_caller(&url).await;
            let store: Arc<dyn Store> = Arc::new(open(&url).await);
            store_suite::$rule(store.clone()).await;
            store.close().await;
        })*
    };
}

every_rule!(on_postgres);

/// The suite says what time it is; the database's clock cannot be set, so the function that asks it is replaced.
async fn believe_the_caller(url: &str) {
    let sql = "CREATE OR REPLACE FUNCTION greenlight_now(said bigint) RETURNS bigint LANGUAGE sql AS 'SELECT said'";
    sqlx::raw_sql(sql)
        .execute(&mut postgres::shell(url).await)
        .await
        .unwrap();
}

/// A database that has the schema already: a copy is made in some ten milliseconds.
async fn database() -> String {
    static TEMPLATE: OnceCell<()> = OnceCell::const_new();
    let server = postgres::shared();
    TEMPLATE
        .get_or_init(|| async {
            let mut shell = server.shell("postgres").await;
            // There already if the test that began to make it ended too soon.
            for sql in ["DROP DATABASE IF EXISTS migrated", "CREATE DATABASE migrated"] {
                sqlx::raw_sql(sql).execute(&mut shell).await.unwrap();
            }
            open(&server.url("migrated")).await.close().await;
        })
        .await;
    server.database("migrated").await
}

async fn open(url: &str) -> PostgresStore {
    PostgresStore::open(&url.into(), Arc::default()).await.unwrap()
}

async fn refusal(url: &str) -> String {
    match PostgresStore::open(&url.into(), Arc::default()).await {
        Err(error @ StoreError::Unusable { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error:?}"),
        Ok(_) => panic!("it opened"),
    }
}

async fn claim(store: &PostgresStore, now: Timestamp, lease: SignedDuration) -> Option<Claim> {
    store.claim("a replica", now, lease).await.unwrap()
}

async fn receive(store: &PostgresStore, guid: &str, now: Timestamp) -> Received {
    let mut new = delivery(SHOP, guid);
    new.received_at = now;
    store.receive(new, now).await.unwrap()
}

fn is_lost<T>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::LeaseLost))
}

#[tokio::test]
async fn clocks_that_are_minutes_apart_neither_steal_a_lease_nor_keep_a_delivery_back() {
    let url = database().await;
    let (slow, fast) = (open(&url).await, open(&url).await);
    let apart = SignedDuration::from_mins(5);
    let now = Timestamp::now;

    assert_eq!(receive(&fast, "a", now() + apart).await, Received::Stored);
    let held = claim(&slow, now() - apart, LEASE)
        .await
        .expect("a delivery that arrived is due for all, whatever anybody's clock says");
    let due = slow
        .next_due(now() - apart)
        .await
        .unwrap()
        .expect("the end of the lease");
    assert!(
        due.duration_since(now() - apart) > SignedDuration::from_secs(50),
        "the lease ends in a minute by this clock too"
    );
    assert_eq!(claim(&fast, now() + apart, LEASE).await, None, "the lease still holds");
    slow.renew(&held, now() - apart, LEASE).await.unwrap();
    assert_eq!(fast.status(now() + apart).await.unwrap().leased, 1);
    let done = [("a".to_owned(), Fate::Done)];
    slow.settle(held, &done, None, None, now() - apart).await.unwrap();

    // The other way round: a lease that has ended is not kept up by a clock that is behind.
    assert_eq!(receive(&slow, "b", now() - apart).await, Received::Stored);
    let held = claim(&fast, now() + apart, SignedDuration::from_millis(1))
        .await
        .unwrap();
    let taken = until_claimed(&slow, now() - apart).await;
    assert!(taken.fence > held.fence);
    assert!(is_lost(fast.settle(held, &[], None, None, now() + apart).await));
    slow.release(taken, now() - apart).await.unwrap();
}

/// By a clock that stands still, so only the database's can end the lease.
async fn until_claimed(store: &PostgresStore, now: Timestamp) -> Claim {
    let began = Instant::now();
    loop {
        if let Some(claim) = claim(store, now, LEASE).await {
            return claim;
        }
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "waited in vain for the end of a lease"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test]
async fn work_that_was_put_off_waits_for_ones_own_clock() {
    let url = database().await;
    let slow = open(&url).await;
    let now = Timestamp::now() - SignedDuration::from_mins(5);
    slow.schedule(SHOP, None, None, now).await.unwrap();
    let look = claim(&slow, now, LEASE).await.unwrap();
    let later = now + SignedDuration::from_secs(30);
    slow.settle(look, &[], Some(later), None, now).await.unwrap();
    assert_eq!(
        (claim(&slow, now, LEASE).await, slow.next_due(now).await.unwrap()),
        (None, Some(Timestamp::from_millisecond(later.as_millisecond()).unwrap())),
        "else it would look again and again, and find each time that it is too early"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_takes_over_between_the_question_for_the_lease_and_the_commit() {
    let url = database().await;
    believe_the_caller(&url).await;
    let (first, second) = (Arc::new(open(&url).await), open(&url).await);
    first.receive(delivery(SHOP, "a"), at(0)).await.unwrap();
    let held = claim(&first, at(0), LEASE).await.unwrap();

    // A lock on the ledger stops the writer after its fence was found right, and before its commit.
    let mut shell = postgres::shell(&url).await;
    sqlx::raw_sql("BEGIN; LOCK TABLE ledger")
        .execute(&mut shell)
        .await
        .unwrap();
    let writer = tokio::spawn({
        let (first, held) = (first.clone(), held.clone());
        let line = greenlight::rules::memory::Change::Ledger(store_suite::entry("in time"));
        async move { first.remember(&held, &[line], &[], at(59)).await }
    });
    let mut other = postgres::shell(&url).await;
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ledger'::regclass";
    let began = Instant::now();
    while sqlx::query(waiting)
        .fetch_one(&mut other)
        .await
        .unwrap()
        .get::<i64, _>(0)
        == 0
    {
        assert!(
            began.elapsed() < Duration::from_secs(10),
            "the writer never came as far as the ledger"
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(
        claim(&second, at(100), LEASE).await,
        None,
        "it is just being written by its holder"
    );
    sqlx::raw_sql("COMMIT").execute(&mut shell).await.unwrap();
    writer.await.unwrap().unwrap();
    assert!(claim(&second, at(100), LEASE).await.is_some());
    assert!(is_lost(first.remember(&held, &[], &[], at(59)).await));
    assert_eq!(first.ledger(SHOP, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_one_replica_receives_wakes_the_others() {
    let url = database().await;
    let wake = Arc::new(Notify::new());
    let sleeper = PostgresStore::open(&url.as_str().into(), wake.clone()).await.unwrap();
    let awake = open(&url).await;
    let soon = |what: &'static str, wake: Arc<Notify>| async move {
        let rung = tokio::time::timeout(Duration::from_secs(10), wake.notified()).await;
        rung.unwrap_or_else(|_| panic!("not woken: {what}"));
    };
    soon("it listens", wake.clone()).await;
    awake.receive(delivery(SHOP, "a"), at(0)).await.unwrap();
    soon("a delivery came", wake.clone()).await;
    awake.schedule(SHOP, None, None, at(0)).await.unwrap();
    soon("a look was scheduled", wake.clone()).await;

    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
    sqlx::raw_sql(ended)
        .execute(&mut postgres::shell(&url).await)
        .await
        .unwrap();
    soon("it listens again", wake.clone()).await;
    assert_eq!(awake.status(at(0)).await.unwrap().new, 1);
    sleeper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_replicas_share_the_work_and_nobody_looks_twice() {
    let url = database().await;
    let now = Timestamp::now();
    let mut replicas = Vec::new();
    for _ in 0..4 {
        replicas.push(Arc::new(open(&url).await));
    }
    for n in 0..40 {
        let mut one = delivery(RepoId(100 + n), &n.to_string());
        one.received_at = now;
        replicas[0].receive(one, now).await.unwrap();
    }
    let looks: Vec<_> = replicas
        .iter()
        .cloned()
        .map(|replica| {
            tokio::spawn(async move {
                let mut seen = Vec::new();
                while let Some(look) = claim(&replica, now, LEASE).await {
                    let fates: Vec<_> = replica.deliveries(&look, 10).await.unwrap();
                    let fates: Vec<_> = fates.into_iter().map(|one| (one.guid, Fate::Done)).collect();
                    seen.extend(fates.iter().map(|(guid, _)| guid.clone()));
                    replica.settle(look, &fates, None, None, now).await.unwrap();
                }
                seen
            })
        })
        .collect();
    let mut seen: Vec<String> = Vec::new();
    for look in looks {
        seen.extend(look.await.unwrap());
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    assert_eq!((all, seen.len()), (40, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_delivery_at_two_replicas_at_once_is_stored_once() {
    let url = database().await;
    let replicas = [Arc::new(open(&url).await), Arc::new(open(&url).await)];
    for n in 0..20 {
        let both = replicas.iter().cloned().map(|replica| {
            tokio::spawn(async move { replica.receive(delivery(SHOP, &n.to_string()), at(0)).await.unwrap() })
        });
        let mut stored = 0;
        for one in both.collect::<Vec<_>>() {
            stored += usize::from(one.await.unwrap() == Received::Stored);
        }
        assert_eq!(stored, 1, "of delivery {n}");
    }
    assert_eq!(replicas[0].status(at(0)).await.unwrap().new, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_start_together_make_the_schema_once() {
    let url = postgres::shared().database("template1").await;
    let starts: Vec<_> = (0..4)
        .map(|_| {
            let url = url.clone();
            tokio::spawn(async move { open(&url).await.check(at(0)).await.unwrap() })
        })
        .collect();
    for start in starts {
        start.await.unwrap();
    }
    let steps = "SELECT count(*) FROM _sqlx_migrations WHERE success AND version = 12";
    let row = sqlx::query(steps)
        .fetch_one(&mut postgres::shell(&url).await)
        .await
        .unwrap();
    assert_eq!(row.get::<i64, _>(0), 1);
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let url = database().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'from the future', true, '\\x00', 0)";
    sqlx::raw_sql(newer)
        .execute(&mut postgres::shell(&url).await)
        .await
        .unwrap();
    let said = refusal(&url).await;
    assert!(
        said.contains("written by a newer Greenlight; run that version"),
        "{said}"
    );
}

#[tokio::test]
async fn a_database_that_cannot_be_used_is_named_with_its_remedy_and_without_its_password() {
    let server = postgres::shared();
    let said = refusal(&server.url("nowhere").replace("postgres@", "postgres:hunter2@")).await;
    assert!(
        said.contains("there is no database nowhere") && said.contains("create it"),
        "{said}"
    );
    let said_of_user = refusal(&server.url("postgres").replace("postgres@", "nobody:hunter2@")).await;
    assert!(said_of_user.contains("does not let nobody in"), "{said_of_user}");
    assert!(!format!("{said}{said_of_user}").contains("hunter2"));

    let sql = "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0";
    sqlx::raw_sql(sql)
        .execute(&mut server.shell("postgres").await)
        .await
        .unwrap();
    let said = refusal(&server.url("latin")).await;
    assert!(
        said.contains("encoding is LATIN1; create it with the encoding UTF8"),
        "{said}"
    );
}

#[tokio::test]
async fn a_server_that_would_forget_commits_is_told_not_to() {
    let url = database().await;
    let careless =
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$";
    sqlx::raw_sql(careless)
        .execute(&mut postgres::shell(&url).await)
        .await
        .unwrap();
    let store = open(&url).await;
    let spy = "CREATE TABLE spy (set_to text);
        CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO spy VALUES (current_setting('synchronous_commit')); RETURN NEW; END $$;
        CREATE TRIGGER spy BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION spy()";
    let mut shell = postgres::shell(&url).await;
    sqlx::raw_sql(spy).execute(&mut shell).await.unwrap();
    store.receive(delivery(SHOP, "a"), at(0)).await.unwrap();
    let row = sqlx::query("SELECT set_to FROM spy")
        .fetch_one(&mut shell)
        .await
        .unwrap();
    assert_eq!(row.get::<String, _>(0), "on");
}

#[tokio::test]
async fn the_ledger_refuses_to_be_changed_by_any_sql() {
    let url = database().await;
    let mut shell = postgres::shell(&url).await;
    let line = "INSERT INTO ledger (repo_id, at, entry_json) VALUES (1, 2, '{}')";
    sqlx::raw_sql(line).execute(&mut shell).await.unwrap();
    for sql in [
        "UPDATE ledger SET at = 3",
        "DELETE FROM ledger",
        "TRUNCATE ledger",
        "INSERT INTO ledger (seq, repo_id, at, entry_json) OVERRIDING SYSTEM VALUE VALUES (1, 1, 3, '{}')
         ON CONFLICT (seq) DO UPDATE SET at = 3",
    ] {
        let refused = sqlx::raw_sql(sql).execute(&mut shell).await.unwrap_err();
        assert!(
            refused.to_string().contains("the ledger is insert-only"),
            "{sql}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_delivery_that_cannot_be_written_takes_nobody_down_with_it() {
    let url = database().await;
    let store = open(&url).await;
    let poison = "ALTER TABLE inbox ADD CONSTRAINT poison CHECK (guid <> 'poison')";
    sqlx::raw_sql(poison)
        .execute(&mut postgres::shell(&url).await)
        .await
        .unwrap();
    let together = ["a", "b", "poison", "c"].map(|guid| store.receive(delivery(SHOP, guid), at(0)));
    let received = futures_util::future::join_all(together).await;
    let stored: Vec<bool> = received
        .iter()
        .map(|answer| matches!(answer, Ok(Received::Stored)))
        .collect();
    assert_eq!(stored, [true, true, false, true]);
    assert_eq!(
        store.status(at(0)).await.unwrap().new,
        3,
        "nothing of the failed one is left"
    );
}

#[tokio::test]
async fn a_character_that_postgres_cannot_keep_stops_nothing() {
    let url = database().await;
    let store = open(&url).await;
    let mut strange = delivery(SHOP, "a");
    strange.action = Some("crea\0ted".to_owned());
    strange.body = b"{\"action\":\"crea\\u0000ted\"}".as_slice().into();
    assert_eq!(store.receive(strange.clone(), at(0)).await.unwrap(), Received::Stored);
    let look = claim(&store, at(0), LEASE).await.unwrap();
    let kept = store.deliveries(&look, 10).await.unwrap();
    assert_eq!(
        (kept[0].action.as_deref(), &kept[0].body[..]),
        (Some("crea\u{fffd}ted"), &strange.body[..])
    );
    store.postpone(look, at(1), true, "why\0", at(0)).await.unwrap();
}

#[tokio::test]
async fn a_look_that_is_called_off_leaves_nothing_behind() {
    let url = database().await;
    believe_the_caller(&url).await;
    let store = Arc::new(open(&url).await);
    store.receive(delivery(SHOP, "a"), at(0)).await.unwrap();
    let look = claim(&store, at(0), LEASE).await.unwrap();
    let mut shell = postgres::shell(&url).await;
    sqlx::raw_sql("BEGIN; LOCK TABLE ledger")
        .execute(&mut shell)
        .await
        .unwrap();
    let line = [greenlight::rules::memory::Change::Ledger(store_suite::entry("never"))];
    let called_off = tokio::time::timeout(Duration::from_millis(100), store.remember(&look, &line, &[], at(1))).await;
    assert!(called_off.is_err());
    sqlx::raw_sql("COMMIT").execute(&mut shell).await.unwrap();

    store
        .settle(look, &[("a".to_owned(), Fate::Done)], None, None, at(2))
        .await
        .unwrap();
    assert_eq!(store.ledger(SHOP, 10).await.unwrap(), []);
}

/// GitHub gives up after ten seconds.
async fn refused_in_time(store: &PostgresStore, guid: &str) {
    let began = Instant::now();
    let answer = store.receive(delivery(SHOP, guid), at(0)).await;
    assert!(
        matches!(answer, Err(StoreError::Busy | StoreError::Failed { .. })),
        "{answer:?}"
    );
    assert!(began.elapsed() < Duration::from_secs(10), "after {:?}", began.elapsed());
}

async fn until_received(store: &PostgresStore, guid: &str) {
    let began = Instant::now();
    while let Err(error) = store.receive(delivery(SHOP, guid), at(0)).await {
        assert!(began.elapsed() < Duration::from_secs(60), "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_away_is_missed_in_time_and_used_again_when_it_is_back() {
    let mut server = postgres::Server::start(true);
    let url = server.database("template1").await;
    let store = open(&url).await;
    assert_eq!(receive(&store, "before", at(0)).await, Received::Stored);

    server.stops();
    refused_in_time(&store, "gone").await;
    assert!(store.check(at(0)).await.is_err());
    server.starts();
    until_received(&store, "gone").await;

    server.crashes();
    refused_in_time(&store, "crashed").await;
    server.starts();
    until_received(&store, "crashed").await;
    assert_eq!(store.status(at(0)).await.unwrap().new, 3, "each of them is there, once");
    assert_eq!(receive(&store, "before", at(0)).await, Received::SeenBefore);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_goes_silent_is_missed_in_time_and_used_again_when_it_speaks() {
    let server = postgres::Server::start(false);
    let url = server.database("template1").await;
    let store = open(&url).await;
    assert_eq!(receive(&store, "before", at(0)).await, Received::Stored);

    // Every process of the server stands still, as if the network swallowed all it is sent: nothing is ever refused.
    server.signals("STOP");
    refused_in_time(&store, "silence").await;
    assert!(store.claim("a replica", at(0), LEASE).await.is_err());
    server.signals("CONT");
    until_received(&store, "silence").await;
    assert_eq!(store.status(at(0)).await.unwrap().new, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_read_once_more_at_the_word_of_another_program() {
    let url = database().await;
    let (store, now) = (open(&url).await, Timestamp::now());
    receive(&store, "a delivery", now).await;
    let first = until_claimed(&store, now).await;
    let fates = [("a delivery".to_owned(), Fate::Done)];
    store.settle(first, &fates, None, None, now).await.unwrap();
    assert!(claim(&store, now, LEASE).await.is_none(), "nothing is left to do");
    let mut aside = Aside::postgres(&url.clone().into()).await.unwrap();
    assert!(aside.delivery("another").await.unwrap().is_none());
    let kept = aside.delivery("a delivery").await.unwrap().expect("the delivery");
    assert_eq!((kept.repo, kept.state.as_str()), (SHOP, "done"));
    assert!(kept.body.is_some());
    aside.memory(SHOP, &[]).await.unwrap();
    assert!(!aside.once_more("another", now).await.unwrap());
    assert!(aside.once_more("a delivery", now).await.unwrap());
    let again = until_claimed(&store, now).await;
    assert_eq!(store.deliveries(&again, 10).await.unwrap().len(), 1);
    store.close().await;
}
