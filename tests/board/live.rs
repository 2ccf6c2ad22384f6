//! Open pages are told that there is something new, and only whom GitHub shows the repository.

use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use jiff::SignedDuration;

use crate::browser::Browser;
use crate::world::World;

const PATH: &str = "/repositories/harbour/shop";
const EVENTS: &str = "/repositories/harbour/shop/events";

/// Longest wait for a word; heartbeats come every 15 s.
const PATIENCE: Duration = Duration::from_secs(20);

/// An open stream.
struct Stream {
    status: StatusCode,
    kind: String,
    body: Incoming,
}

impl Stream {
    async fn of(browser: &Browser) -> Stream {
        let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
        let cookies = browser.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        let request = Request::get(format!("{}{EVENTS}", browser.board))
            .header(COOKIE, cookies.collect::<Vec<_>>().join("; "))
            .body(Empty::new())
            .expect("a request");
        let (head, body) = client.request(request).await.expect("an answer").into_parts();
        let kind = head.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        Stream {
            status: head.status,
            kind: kind.unwrap_or_default().to_owned(),
            body,
        }
    }

    /// What is said next; `None` once it has ended.
    async fn next(&mut self) -> Option<String> {
        let frame = tokio::time::timeout(PATIENCE, self.body.frame())
            .await
            .expect("a word in time");
        let data = frame?.ok()?.into_data().expect("data");
        Some(String::from_utf8(data.to_vec()).expect("text"))
    }

    /// The version that is told next.
    async fn version(&mut self) -> i64 {
        loop {
            let said = self.next().await.expect("it goes on");
            if let Some((_, version)) = said.split_once("event: version\ndata: ") {
                assert!(said.ends_with("\n\n"), "{said:?}");
                return version.trim().parse().expect("a number");
            }
            assert_eq!(said, ": still here\n\n");
        }
    }
}

fn version_of(page: &str) -> i64 {
    let (_, rest) = page.split_once("data-version=\"").expect("a version");
    rest.split('"').next().expect("a value").parse().expect("a number")
}

#[tokio::test]
async fn an_open_page_is_told_of_everything_new() {
    let mut world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let shown = version_of(&browser.get(PATH).await.body);
    let mut stream = Stream::of(&browser).await;
    assert_eq!(
        (stream.status, stream.kind.as_str()),
        (StatusCode::OK, "text/event-stream")
    );
    assert_eq!(stream.version().await, shown);

    world.lands("Faster checkout").await;
    let told = stream.version().await;
    assert!(told > shown, "{told} after {shown}");
    assert!(version_of(&browser.get(PATH).await.body) >= told);
    // Nobody who looks later has missed anything.
    world.settle().await;
    let now = version_of(&browser.get(PATH).await.body);
    assert_eq!(Stream::of(&browser).await.version().await, now);
}

#[tokio::test]
async fn a_look_that_sees_nothing_new_tells_nobody() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let before = version_of(&browser.get(PATH).await.body);
    world.passes(SignedDuration::from_hours(1)).await;
    let after = version_of(&browser.get(PATH).await.body);
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_stream_ends_as_its_person_signs_out() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    let page = browser.signs_in("anna").await;
    let thief = browser.copy();
    let mut stream = Stream::of(&thief).await;
    stream.version().await;
    let mut other = Browser::of(&world);
    other.signs_in("dora").await;
    let mut others = Stream::of(&other).await;
    others.version().await;

    browser.post("/sign-out", &format!("token={}", page.token())).await;
    assert_eq!(stream.next().await, None);
    assert_eq!(Stream::of(&thief).await.status, StatusCode::UNAUTHORIZED);
    // It was somebody else's: hers goes on.
    assert_eq!(others.next().await.as_deref(), Some(": still here\n\n"));
}

#[tokio::test]
async fn a_stream_ends_as_access_is_lost_and_with_the_program() {
    let mut world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let mut stream = Stream::of(&browser).await;
    stream.version().await;
    world.shop.revoke("anna");
    world.passes(SignedDuration::from_mins(5)).await;
    world.lands("Faster checkout").await;
    assert_eq!(stream.next().await, None);
    assert_eq!(Stream::of(&browser).await.status, StatusCode::NOT_FOUND);

    let mut other = Browser::of(&world);
    other.signs_in("dora").await;
    let mut others = Stream::of(&other).await;
    others.version().await;
    let begun = std::time::Instant::now();
    world.bot_stops().await;
    assert_eq!(others.next().await, None);
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "open pages hold the program up"
    );
}

#[tokio::test]
async fn one_person_has_only_so_many_streams() {
    let world = World::start().await;
    let mut browser = Browser::of(&world);
    browser.signs_in("anna").await;
    let mut streams = Vec::new();
    for _ in 0..12 {
        let mut stream = Stream::of(&browser).await;
        assert_eq!(stream.status, StatusCode::OK);
        stream.version().await;
        streams.push(stream);
    }
    assert_eq!(Stream::of(&browser).await.status, StatusCode::TOO_MANY_REQUESTS);
    let mut other = Browser::of(&world);
    other.signs_in("dora").await;
    assert_eq!(Stream::of(&other).await.status, StatusCode::OK);
}
