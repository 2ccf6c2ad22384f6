//! What is too large, too slow or not ours to answer, and how the server stops.

use std::time::Duration;

use greenlight::store::Status;
use greenlight::web::Timers;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::world::*;

fn json_of(bytes: usize) -> Vec<u8> {
    let mut body = b"{\"a\":\"".to_vec();
    body.resize(bytes - 2, b'x');
    body.extend(b"\"}");
    body
}

fn chunked(request: Post) -> Vec<u8> {
    let request = request.without("content-length").and("transfer-encoding", "chunked");
    let mut bytes = request.head();
    for chunk in request.body.chunks(MIB) {
        bytes.extend(format!("{:x}\r\n", chunk.len()).into_bytes());
        bytes.extend(chunk);
        bytes.extend(b"\r\n");
    }
    bytes.extend(b"0\r\n\r\n");
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_25_mib_is_kept_and_one_byte_more_is_not() {
    let world = world().await;
    let largest = post(json_of(25 * MIB));
    assert_eq!(world.status_of(&largest).await, 202);
    let too_large = post(json_of(25 * MIB + 1)).with("x-github-delivery", "too-large");
    assert_eq!(world.status_of(&too_large).await, 413);

    for (request, expected) in [(largest.with("x-github-delivery", "in-chunks"), 202), (too_large, 413)] {
        let mut connection = world.connect().await;
        connection.write(&chunked(request)).await;
        assert_eq!(connection.answer().await.unwrap().0, expected);
    }
    assert_eq!(world.kept().await.new, 2);
}

#[tokio::test]
async fn an_announced_size_over_the_limit_is_refused_before_anything_of_it_comes() {
    let world = world().await;
    for size in ["26214401", "99999999999"] {
        let mut connection = world.connect().await;
        connection.write(&comment().with("content-length", size).head()).await;
        assert_eq!(connection.answer().await.unwrap().0, 413);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_bodies_at_once_take_turns() {
    let world = world().await;
    let sends = (0..8).map(|n| {
        let request = post(json_of(4 * MIB)).with("x-github-delivery", &format!("large-{n}"));
        let world = &world;
        async move { world.status_of(&request).await }
    });
    assert_eq!(futures_util::future::join_all(sends).await, [202; 8]);
    assert_eq!(world.kept().await.new, 8);
}

#[tokio::test]
async fn a_client_that_dribbles_its_header_is_cut_off() {
    let world = world_with(Timers {
        header: Duration::from_millis(200),
        ..Timers::default()
    })
    .await;
    let mut connection = world.connect().await;
    let (mut read, mut write) = connection.0.split();
    let dribble = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        write.write_all(b"POST /webhook HTTP/1.1\r\nx-slow: ").await.unwrap();
        while write.write_all(b"a").await.is_ok() {
            ticks.tick().await;
        }
    };
    let mut said = Vec::new();
    tokio::select! {
        () = dribble => {}
        // Closed, or reset because more was being written: either way, nothing was said.
        _ = patiently(read.read_to_end(&mut said)) => {}
    }
    assert_eq!(said, b"");
}

#[tokio::test]
async fn a_client_that_dribbles_its_body_is_cut_off_without_an_answer() {
    let world = world_with(Timers {
        body: Duration::from_millis(200),
        ..Timers::default()
    })
    .await;
    let request = comment();
    let mut connection = world.connect().await;
    connection.write(&request.head()).await;
    connection.write(&request.body[..10]).await;
    assert_eq!(connection.answer().await, None);
    assert_eq!(world.kept().await, Status::default());
    assert_eq!(world.status_of(&request).await, 202, "others are served");
}

#[tokio::test]
async fn a_client_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let world = world().await;
    let request = comment();
    let mut connection = world.connect().await;
    connection.write(&request.head()).await;
    connection.write(&request.body[..10]).await;
    connection.0.shutdown().await.unwrap();
    assert_eq!(connection.answer().await, None);
    assert_eq!(world.kept().await, Status::default());
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let world = world().await;
    let mut connection = world.connect().await;
    connection
        .write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        .await;
    assert_eq!(connection.answer().await.unwrap().0, 400);
    assert_eq!(world.get("/webhook").await.0, 405);
    assert_eq!(world.get("/nowhere").await.0, 404);
}

#[tokio::test]
async fn a_store_that_cannot_write_is_told_and_not_ready() {
    let world = world().await;
    assert_eq!(
        (world.get("/healthz").await.0, world.get("/readyz").await.0),
        (200, 200)
    );
    world.store.close().await;
    let (status, said) = world.send(&comment()).await;
    assert_eq!(
        (status, said.as_str()),
        (
            503,
            r#"{"message":"The delivery could not be stored. Redeliver it later."}"#
        )
    );
    assert_eq!(world.get("/healthz").await.0, 200, "alive all the same");
}

#[tokio::test]
async fn without_a_store_nothing_is_ready() {
    let world = world().await;
    world.store.close().await;
    assert_eq!(
        world.get("/readyz").await,
        (503, "the database cannot be written\n".to_owned())
    );
}

#[tokio::test]
async fn a_panic_reaches_nobody() {
    let world = world().await;
    assert_eq!(world.get("/page").await, (200, "a page".to_owned()));
    let (status, said) = world.get("/panic").await;
    assert_eq!(status, 503);
    assert!(!said.contains("on purpose"), "{said}");
    assert_eq!(world.status_of(&comment()).await, 202);
}

#[tokio::test]
async fn a_stop_finishes_what_is_under_way_and_takes_nothing_new() {
    let mut world = world().await;
    let request = comment().and("expect", "100-continue");
    let mut connection = world.connect().await;
    connection.write(&request.head()).await;
    assert_eq!(
        connection.answer().await.unwrap().0,
        100,
        "its body is being waited for"
    );
    world.stop.cancel();
    connection.write(&request.body).await;
    assert_eq!(connection.answer().await.unwrap().0, 202);
    assert_eq!(connection.answer().await, None, "and then the connection ends");
    patiently(&mut world.server).await.unwrap();
    assert!(TcpStream::connect(world.address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_slow() {
    let mut world = world_with(Timers {
        stop: Duration::from_millis(100),
        ..Timers::default()
    })
    .await;
    let request = comment().and("expect", "100-continue");
    let mut connection = world.connect().await;
    connection.write(&request.head()).await;
    assert_eq!(
        connection.answer().await.unwrap().0,
        100,
        "its body is being waited for"
    );
    world.stop.cancel();
    timeout(Duration::from_secs(5), &mut world.server)
        .await
        .expect("it stops in time")
        .unwrap();
}
