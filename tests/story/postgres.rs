//! The same bot with PostgreSQL beneath it. That the store does as it should, its suite says; here, that people see no
//! difference, and what they see when the database goes away.

use std::time::{Duration, Instant};

use jiff::SignedDuration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::postgres_server::{self, Server};
use crate::world::World;

/// The longest that connections may take to be found out and replaced.
const WITHIN: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_feature_goes_to_staging_and_on_and_back_with_everything_in_postgresql() {
    let database = postgres_server::shared().database("template1").await;
    let mut world = World::on_postgres(&database).await;
    let first = world.lands("Older checkout").await;
    world.green(&first.commit).await;
    let promotion = world.promotion("staging").number;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");

    let feature = world.lands("Faster checkout").await;
    let promotion = world.promotion("staging").number;
    let waits = world.writes("anna", promotion, "/promote staging");
    world.settle().await;
    assert_eq!(world.head("staging"), first.commit, "not before its checks are green");
    world.green(&feature.commit).await;
    let answer = world.answer_to(promotion, waits).expect("an answer");
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!((world.head("staging"), world.moves("staging")), (feature.commit, 2));

    let answer = world.says("anna", promotion, "/rollback staging").await;
    assert!(answer.contains("is back at"), "{answer}");
    assert_eq!(world.head("staging"), first.commit);
    assert!(world.ledger().await.len() > 8);
}

#[tokio::test]
async fn a_hold_in_postgresql_ends_by_itself_and_outlives_a_restart() {
    let database = postgres_server::shared().database("template1").await;
    let mut world = World::on_postgres(&database).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    world.it_is("2030-01-07T09:00:00Z").await;
    world.says("anna", promotion, "/hold staging until 14:00").await;
    world.says("anna", promotion, "/promote staging").await;
    world.bot_stops().await;
    world.bot_starts().await;
    world.settle().await;
    assert_eq!(world.moves("staging"), 0);
    world.passes(SignedDuration::from_hours(4)).await;
    assert_eq!(world.head("staging"), feature.commit);
}

/// What the bot answers to `GET /readyz`.
async fn ready(world: &World) -> String {
    let mut stream = TcpStream::connect(world.bot_address()).await.expect("it listens");
    let request = b"GET /readyz HTTP/1.1\r\nhost: bot\r\nconnection: close\r\n\r\n";
    stream.write_all(request).await.expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer.split_whitespace().nth(1).expect("a status").to_owned()
}

async fn until_it_says(world: &World, status: &str) {
    let began = Instant::now();
    while ready(world).await != status {
        assert!(began.elapsed() < WITHIN, "/readyz never says {status}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_database_is_away_nothing_is_acknowledged_and_then_all_goes_on_by_itself() {
    let mut server = Server::start(false);
    let database = server.database("template1").await;
    let mut world = World::on_postgres(&database).await;
    let feature = world.lands("Faster checkout").await;
    world.green(&feature.commit).await;
    let promotion = world.promotion("staging").number;
    until_it_says(&world, "200").await;

    server.crashes();
    world.writes("anna", promotion, "/status");
    world.sandbox.deliveries_done().await;
    let delivered = world.sandbox.deliveries();
    let refused = delivered.last().expect("the comment's delivery");
    assert_eq!((refused.event.as_str(), refused.answer), ("issue_comment", Some(503)));
    until_it_says(&world, "503").await;

    server.starts();
    until_it_says(&world, "200").await;
    let answer = world.says("anna", promotion, "/promote staging").await;
    assert!(answer.starts_with("**Promoted to staging.**"), "{answer}");
    assert_eq!((world.head("staging"), world.moves("staging")), (feature.commit, 1));
    world.bot_stops().await;
}
