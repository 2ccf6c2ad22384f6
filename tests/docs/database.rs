//! What the page about PostgreSQL tells to type is carried out, by a server of the tests' own.

use std::sync::Arc;

use greenlight::store::PostgresStore;
use sqlx::AssertSqlSafe;

use super::blocks::{Kind, of};
use super::postgres::Server;
use super::programs::{Program, lines_for};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_made_and_copied_as_the_page_says() {
    let server = Server::start(false);
    let mut shell = server.shell("postgres").await;
    for block in of(Kind::Sql) {
        for statement in block.text.split(';').map(str::trim).filter(|text| !text.is_empty()) {
            let done = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))
                .execute(&mut shell)
                .await;
            assert!(done.is_ok(), "{}: {statement}: {:?}", block.place, done.err());
        }
    }
    // As the user that was made, who may make tables there.
    let url = server.url("greenlight").replace("postgres@", "greenlight@");
    let store = PostgresStore::open(&url.as_str().into(), Arc::default())
        .await
        .expect("a database to begin with");
    drop(store);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines = lines_for(Program::Postgres);
    for line in lines.iter().filter(|line| line.place.contains(", line ")) {
        let mut command = std::process::Command::new("sh");
        let command = command
            .args(["-c", &line.text])
            .current_dir(folder.path())
            .env("DATABASE_URL", &url);
        let output = command.output().expect("a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {}: {said}", line.place, line.text);
    }
    let store = PostgresStore::open(&url.as_str().into(), Arc::default()).await;
    assert!(store.is_ok(), "what was restored is a database: {:?}", store.err());
}
