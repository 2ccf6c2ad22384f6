//! The SQLite engine: the suite every engine passes, and what only a file can do wrong.

mod store_suite;

use std::path::Path;
use std::sync::Arc;

use greenlight::rules::id::{CommentId, EnvironmentName, PullNumber, RepoId, RequestId, UserId};
use greenlight::store::{Filter, Pages, Received, SqliteStore, Store, StoreError};
use jiff::SignedDuration;
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row, SqlSafeStr};
use store_suite::{at, delivery};

const SHOP: RepoId = RepoId(71);

macro_rules! on_sqlite {
    ($($rule:ident),* $(,)?) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $rule() {
            let home = tempfile::tempdir().unwrap();
            let store: Arc<dyn Store> = Arc::new(open(&home.path().join("greenlight.db")).await);
            store_suite::$rule(store).await;
        })*
    };
}

every_rule!(on_sqlite);

async fn open(path: &Path) -> SqliteStore {
    SqliteStore::open(path).await.unwrap()
}

/// A connection that is not the store's, as an operator's shell would have it.
async fn shell(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn refusal(path: &Path) -> String {
    match SqliteStore::open(path).await {
        Err(error @ StoreError::Unusable { .. }) => error.to_string(),
        Err(error) => panic!("another error: {error:?}"),
        Ok(_) => panic!("it opened"),
    }
}

#[tokio::test]
async fn after_a_crash_the_next_process_takes_over_what_was_held_at_once() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let store = open(&path).await;
    store.receive(delivery(SHOP, "a"), at(0)).await.unwrap();
    let held = store
        .claim("before", at(0), SignedDuration::from_hours(1))
        .await
        .unwrap()
        .unwrap();
    drop(store);

    let store = open(&path).await;
    let taken = store
        .claim("after", at(1), SignedDuration::from_hours(1))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(store.deliveries(&taken, 10).await.unwrap()[0].guid, "a");
    assert!(matches!(store.release(held, at(2)).await, Err(StoreError::LeaseLost)));
    assert_eq!(
        store.receive(delivery(SHOP, "a"), at(3)).await.unwrap(),
        Received::SeenBefore
    );
}

#[tokio::test]
async fn a_second_process_is_kept_out() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let _first = open(&path).await;
    let said = refusal(&path).await;
    assert!(
        said.contains("in use by another Greenlight; stop the other one first"),
        "{said}"
    );
}

#[tokio::test]
async fn a_place_that_cannot_hold_a_database_is_named_with_its_remedy() {
    let home = tempfile::tempdir().unwrap();
    let said = refusal(&home.path().join("nowhere/greenlight.db")).await;
    assert!(
        said.contains("nowhere/greenlight.db") && said.contains("make sure that its folder exists"),
        "{said}"
    );

    let folder = home.path().join("folder.db");
    std::fs::create_dir(&folder).unwrap();
    let said = refusal(&folder).await;
    assert!(
        said.contains("cannot open or create the database") && said.contains("that it names a file"),
        "{said}"
    );

    let text = home.path().join("notes.db");
    std::fs::write(
        &text,
        "these are notes, and more than a header's worth of them\n".repeat(100),
    )
    .unwrap();
    let said = refusal(&text).await;
    assert!(
        said.contains("is not a SQLite database") && said.contains("set DATABASE_URL to another file"),
        "{said}"
    );
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    open(&path).await.close().await;
    let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (9999, 'from the future', 1, x'00', 0)";
    sqlx::query(newer).execute(&mut shell(&path).await).await.unwrap();
    let said = refusal(&path).await;
    assert!(
        said.contains("written by a newer Greenlight; run that version"),
        "{said}"
    );
}

/// As it was written before requests came by any other road than a comment, and before the ledger could be filtered.
#[tokio::test]
async fn what_is_in_an_older_database_is_found_again() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let steps = [
        ("first", include_str!("../migrations/sqlite/0001_first.sql")),
        ("hold", include_str!("../migrations/sqlite/0002_hold.sql")),
        ("card", include_str!("../migrations/sqlite/0003_card.sql")),
    ];
    let older = (1..).zip(steps).map(|(number, (name, sql))| {
        Migration::new(number, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut before = options.connect().await.unwrap();
    Migrator::with_migrations(older.collect())
        .run(&mut before)
        .await
        .unwrap();
    let request = r#"{"comment":5000000000,"pull":3,"asked_by":{"id":1,"login":"anna"},"asked_at":"2026-11-20T10:00:00Z",
        "answers":[{"text":"Waiting.","is_final":false}],"acknowledged":true,"reply":null,"unanswerable":false}"#;
    sqlx::query("INSERT INTO request VALUES (71, 5000000000, 3, 0, ?1)")
        .bind(request)
        .execute(&mut before)
        .await
        .unwrap();
    let line = r#"{"kind":"held","who":{"id":1,"login":"anna"},"pull":3,"request":null,"environment":"staging",
        "before":null,"after":null,"why":"held","gates":[]}"#;
    sqlx::query("INSERT INTO ledger (repo_id, at, entry_json) VALUES (71, 0, ?1)")
        .bind(line)
        .execute(&mut before)
        .await
        .unwrap();
    before.close().await.unwrap();

    let store = open(&path).await;
    let memory = store.memory(SHOP, &[]).await.unwrap();
    let id = RequestId::Comment(CommentId(5_000_000_000));
    assert_eq!(memory.requests.keys().collect::<Vec<_>>(), [&id]);
    assert_eq!(memory.requests[&id].body(), "Waiting.");
    let filter = Filter {
        environment: Some(EnvironmentName::from("staging")),
        person: Some(UserId(1)),
        feature: Some(PullNumber(3)),
    };
    let found = store.history(SHOP, &filter, None, 10).await.unwrap();
    assert_eq!(
        found.len(),
        1,
        "the line that was there already is found by what it tells of"
    );
}

#[tokio::test]
async fn the_ledger_refuses_to_be_changed_by_any_sql() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let _store = open(&path).await;
    let mut shell = shell(&path).await;
    let line = "INSERT INTO ledger (repo_id, at, entry_json) VALUES (1, 2, '{}')";
    sqlx::query(line).execute(&mut shell).await.unwrap();
    for sql in [
        "UPDATE ledger SET at = 3",
        "DELETE FROM ledger",
        "INSERT OR REPLACE INTO ledger (seq, repo_id, at, entry_json) VALUES (1, 1, 3, '{}')",
    ] {
        let refused = sqlx::query(sql).execute(&mut shell).await.unwrap_err();
        assert!(
            refused.to_string().contains("the ledger is insert-only"),
            "{sql}: {refused}"
        );
    }
    let at: i64 = sqlx::query("SELECT at FROM ledger")
        .fetch_one(&mut shell)
        .await
        .unwrap()
        .get("at");
    assert_eq!(at, 2);
}

#[tokio::test]
async fn a_locked_database_is_busy_and_says_so() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let store = open(&path).await;
    let mut shell = shell(&path).await;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut shell).await.unwrap();
    let refused = store.receive(delivery(SHOP, "a"), at(0)).await;
    assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    sqlx::query("ROLLBACK").execute(&mut shell).await.unwrap();
    assert_eq!(
        store.receive(delivery(SHOP, "a"), at(0)).await.unwrap(),
        Received::Stored
    );
}

#[tokio::test]
async fn a_delivery_that_cannot_be_written_takes_nobody_down_with_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let store = open(&path).await;
    let poison = "CREATE TRIGGER poison AFTER INSERT ON payload
                  WHEN NEW.seq = (SELECT seq FROM inbox WHERE guid = 'poison') BEGIN SELECT raise(ABORT, 'poison'); END";
    sqlx::query(poison).execute(&mut shell(&path).await).await.unwrap();
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
    assert_eq!(
        store.receive(delivery(SHOP, "d"), at(0)).await.unwrap(),
        Received::Stored
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_write_ahead_log_stays_short_while_deliveries_keep_coming() {
    const MIB: usize = 1 << 20;
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("greenlight.db");
    let store = open(&path).await;
    for n in 0..48 {
        let mut large = delivery(SHOP, &n.to_string());
        large.body = vec![b' '; 10 * MIB].into();
        store.receive(large, at(0)).await.unwrap();
    }
    let log = std::fs::metadata(home.path().join("greenlight.db-wal")).unwrap().len();
    assert!(
        log < 200 << 20,
        "480 MiB were written, and the log takes {} MiB",
        log >> 20
    );
}
