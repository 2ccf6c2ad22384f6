//! `/webhook` over a real socket: what GitHub sends is kept, and nobody else gets anywhere.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use greenlight::clock::Clock;
use greenlight::rules::id::{InstallationId, RepoId, RepoName};
use greenlight::store::{SqliteStore, Status, Store};
use greenlight::web::{Timers, WebState, serve};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

const SECRET: &str = "1f0a6f5d2c9b4e8376a1d0c5b2e9f4837d6c1a0b";
const NEW_SECRET: &str = "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d";
const MIB: usize = 1 << 20;

/// A server, its store, and what it takes to stop it.
struct World {
    address: SocketAddr,
    store: Arc<dyn Store>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    server: JoinHandle<()>,
    _home: tempfile::TempDir,
}

async fn world() -> World {
    world_with(Timers::default()).await
}

async fn world_with(timers: Timers) -> World {
    let home = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(&home.path().join("greenlight.db")).await.unwrap());
    let wake = Arc::new(Notify::new());
    let state = WebState::new(
        store.clone(),
        &[SECRET.into(), NEW_SECRET.into()],
        Clock::default(),
        wake.clone(),
    );
    let pages = Router::new()
        .route("/page", get(async || "a page"))
        .route("/panic", get(panics));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, state.with_timers(timers), pages, stop.clone()));
    World {
        address,
        store,
        wake,
        stop,
        server,
        _home: home,
    }
}

async fn panics() -> &'static str {
    panic!("on purpose")
}

impl World {
    async fn connect(&self) -> Connection {
        Connection(TcpStream::connect(self.address).await.unwrap())
    }

    async fn send(&self, request: &Post) -> (u16, String) {
        let mut connection = self.connect().await;
        connection.write(&request.bytes()).await;
        connection.answer().await.expect("an answer")
    }

    async fn status_of(&self, request: &Post) -> u16 {
        self.send(request).await.0
    }

    async fn get(&self, path: &str) -> (u16, String) {
        let mut connection = self.connect().await;
        connection
            .write(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
            .await;
        connection.answer().await.expect("an answer")
    }

    async fn kept(&self) -> Status {
        self.store.status(Timestamp::now()).await.unwrap()
    }
}

/// A connection on which every wait has an end.
struct Connection(TcpStream);

impl Connection {
    async fn write(&mut self, bytes: &[u8]) {
        // Who is refused early may find the connection closed; what counts is the answer.
        let _ = patiently(self.0.write_all(bytes)).await;
    }

    /// Status and body of the next answer; `None` if the connection ends without one.
    async fn answer(&mut self) -> Option<(u16, String)> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            match patiently(self.0.read(&mut byte)).await {
                Ok(1) => head.push(byte[0]),
                _ => {
                    assert_eq!(head.escape_ascii().to_string(), "", "half an answer");
                    return None;
                }
            }
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        patiently(self.0.read_exact(&mut body)).await.unwrap();
        Some((status, String::from_utf8(body).unwrap()))
    }
}

async fn patiently<F: Future>(waiting: F) -> F::Output {
    timeout(Duration::from_secs(30), waiting).await.expect("it hangs")
}

/// A delivery as GitHub would post it, to be spoilt.
#[derive(Clone)]
struct Post {
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

fn sign(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

fn post(body: impl Into<Vec<u8>>) -> Post {
    let body = body.into();
    let headers = vec![
        ("host", "greenlight.example".to_owned()),
        ("user-agent", "GitHub-Hookshot/2b9f6a1".to_owned()),
        ("content-type", "application/json".to_owned()),
        ("content-length", body.len().to_string()),
        ("x-github-event", "issue_comment".to_owned()),
        ("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958".to_owned()),
        ("x-hub-signature-256", sign(SECRET, &body)),
    ];
    Post { headers, body }
}

fn comment() -> Post {
    post(r#"{"action":"created","repository":{"id":71,"full_name":"local-orbit/shop"},"installation":{"id":9}}"#)
}

impl Post {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name, value.to_owned()));
        self
    }

    fn and(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    fn head(&self) -> Vec<u8> {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("POST /webhook HTTP/1.1\r\n{headers}\r\n").into_bytes()
    }

    fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }
}

#[tokio::test]
async fn what_github_delivers_is_kept_with_whose_it_is_and_wakes_the_worker() {
    let world = world().await;
    let (status, said) = world.send(&comment()).await;
    assert_eq!((status, said.as_str()), (202, r#"{"message":"Stored."}"#));
    patiently(world.wake.notified()).await;

    let claim = world
        .store
        .claim("w", Timestamp::now(), SignedDuration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    assert_eq!((claim.repo, claim.installation), (RepoId(71), Some(InstallationId(9))));
    assert_eq!(claim.name, RepoName::parse("local-orbit/shop"));
    let kept = &world.store.deliveries(&claim, 10).await.unwrap()[0];
    assert_eq!(kept.guid, "72d3162e-cc78-11e3-81ab-4c9367dc0958");
    assert_eq!(
        (kept.event.as_str(), kept.action.as_deref()),
        ("issue_comment", Some("created"))
    );
    assert_eq!(kept.body, comment().body);
}

#[tokio::test]
async fn the_same_guid_is_kept_once_however_often_it_comes() {
    let world = world().await;
    assert_eq!(world.send(&comment()).await.1, r#"{"message":"Stored."}"#);
    assert_eq!(
        world.send(&comment()).await,
        (202, r#"{"message":"Seen before."}"#.to_owned())
    );
    let at_once = comment().with("x-github-delivery", "at-once");
    let all = futures_util::future::join_all((0..16).map(|_| world.status_of(&at_once))).await;
    assert_eq!(all, [202; 16]);
    assert_eq!(world.kept().await.new, 2);
}

#[tokio::test]
async fn either_secret_will_do_while_they_are_changed() {
    let world = world().await;
    let request = comment();
    let signature = sign(NEW_SECRET, &request.body);
    assert_eq!(
        world.status_of(&request.with("x-hub-signature-256", &signature)).await,
        202
    );
}

#[tokio::test]
async fn a_signature_that_is_not_exactly_right_is_refused() {
    let world = world().await;
    let right = sign(SECRET, &comment().body);
    let digits = right.strip_prefix("sha256=").unwrap();
    let other_body = sign(SECRET, b"{}");
    let other_secret = sign("another", &comment().body);
    let mut wrong = vec![
        comment().without("x-hub-signature-256"),
        comment().and("x-hub-signature-256", &right),
    ];
    let spoilt = [
        "",
        "sha256=",
        digits,
        &format!("sha1={digits}"),
        &format!("SHA256={digits}"),
        &format!("sha256={}", &digits[1..]),
        &format!("{right}0"),
        &format!("sha256=0x{}", &digits[2..]),
        &format!("sha256={}", "0".repeat(64)),
        &format!("sha256={}", "g".repeat(64)),
        &format!("sha256={}é", &digits[2..]),
        &format!("{right},{right}"),
        &other_body,
        &other_secret,
    ];
    wrong.extend(spoilt.map(|value| comment().with("x-hub-signature-256", value)));
    for request in wrong {
        let (status, said) = world.send(&request).await;
        let head = String::from_utf8(request.head()).unwrap();
        assert_eq!(status, 401, "{head}");
        assert!(
            said.contains("GITHUB_WEBHOOK_SECRET") && !said.contains(digits),
            "{said}"
        );
    }
    assert_eq!(world.kept().await, Status::default());
    assert_eq!(
        world
            .status_of(&comment().with("x-hub-signature-256", &right.to_uppercase().replace("SHA", "sha")))
            .await,
        202
    );
}

#[tokio::test]
async fn headers_that_name_no_event_or_no_delivery_are_unusable() {
    let world = world().await;
    for name in ["x-github-event", "x-github-delivery"] {
        let long = "a".repeat(101);
        let mut unusable = vec![comment().without(name), comment().and(name, "another")];
        let spoilt = ["", "two words", "<script>", "a/b", "naïve", &long];
        unusable.extend(spoilt.map(|value| comment().with(name, value)));
        for request in unusable {
            let (status, said) = world.send(&request).await;
            assert_eq!(status, 400, "{}", String::from_utf8_lossy(&request.head()));
            assert!(said.contains("X-GitHub-Delivery") && !said.contains("script"), "{said}");
        }
    }
    assert_eq!(world.kept().await, Status::default());
}

#[tokio::test]
async fn a_form_is_refused_with_the_setting_to_change_once_its_signature_is_right() {
    let world = world().await;
    let form = post("payload=%7B%7D").with("content-type", "application/x-www-form-urlencoded");
    let (status, said) = world.send(&form).await;
    assert_eq!(status, 415);
    assert!(said.contains("content type to application/json"), "{said}");
    assert_eq!(world.status_of(&form.without("x-hub-signature-256")).await, 401);
    assert_eq!(world.status_of(&comment().without("content-type")).await, 415);
    assert_eq!(
        world
            .status_of(&comment().with("content-type", "Application/JSON; charset=utf-8"))
            .await,
        202
    );
    assert_eq!(world.kept().await.new, 1);
}

#[tokio::test]
async fn authentic_deliveries_that_cannot_be_read_are_kept_as_dead() {
    let world = world().await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let broken: [&[u8]; 6] = [b"", b"{", b"[]", b"null", b"{\"a\":\"\xff\"}", deep.as_bytes()];
    for (n, body) in broken.into_iter().enumerate() {
        let request = post(body).with("x-github-delivery", &format!("broken-{n}"));
        assert_eq!(
            world.status_of(&request).await,
            202,
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(20)])
        );
    }
    let kept = world.kept().await;
    assert_eq!((kept.new, kept.dead, kept.due), (0, 6, 0));
}

#[tokio::test]
async fn events_nobody_knows_are_kept_for_the_rules_to_judge() {
    let world = world().await;
    let unknown = post("{}").with("x-github-event", "moon_phase");
    assert_eq!(world.status_of(&unknown).await, 202);
    assert_eq!(world.kept().await.new, 1);
}

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
async fn headers_that_are_too_large_or_too_many_are_refused() {
    let world = world().await;
    assert_eq!(
        world
            .status_of(&comment().and("x-padding", &"a".repeat(40 << 10)))
            .await,
        431
    );
    let many = (0..120).fold(comment(), |request, _| request.and("x-padding", "a"));
    assert_eq!(world.status_of(&many).await, 431);
    assert_eq!(
        world
            .status_of(&comment().and("x-padding", &"a".repeat(16 << 10)))
            .await,
        202
    );
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
    let world = world().await;
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
    patiently(world.server).await.unwrap();
    assert!(TcpStream::connect(world.address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_the_slow() {
    let world = world_with(Timers {
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
    timeout(Duration::from_secs(5), world.server)
        .await
        .expect("it stops in time")
        .unwrap();
}
