//! A server on a real socket, and a client that can misbehave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use greenlight::clock::Clock;
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

use crate::canary;

pub const SECRET: &str = "1f0a6f5d2c9b4e8376a1d0c5b2e9f4837d6c1a0b";
pub const NEW_SECRET: &str = "9e8d7c6b5a4f3e2d1c0b9a8f7e6d5c4b3a2f1e0d";
pub const MIB: usize = 1 << 20;

/// A server, its store, and what it takes to stop it.
pub struct World {
    pub address: SocketAddr,
    pub store: Arc<dyn Store>,
    pub wake: Arc<Notify>,
    pub stop: CancellationToken,
    pub server: JoinHandle<()>,
    home: tempfile::TempDir,
}

pub async fn world() -> World {
    world_with(Timers::default()).await
}

pub async fn world_with(timers: Timers) -> World {
    canary::watch();
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
        home,
    }
}

pub async fn panics() -> &'static str {
    panic!("on purpose")
}

impl World {
    pub async fn connect(&self) -> Connection {
        Connection(TcpStream::connect(self.address).await.unwrap())
    }

    pub async fn send(&self, request: &Post) -> (u16, String) {
        let mut connection = self.connect().await;
        connection.write(&request.bytes()).await;
        connection.answer().await.expect("an answer")
    }

    pub async fn status_of(&self, request: &Post) -> u16 {
        self.send(request).await.0
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        let mut connection = self.connect().await;
        connection
            .write(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes())
            .await;
        connection.answer().await.expect("an answer")
    }

    pub async fn kept(&self) -> Status {
        self.store.status(Timestamp::now()).await.unwrap()
    }

    /// What a worker would get to read of the one repository that is due.
    pub async fn bodies(&self) -> Vec<Vec<u8>> {
        let lease = SignedDuration::from_secs(60);
        let claim = self.store.claim("w", Timestamp::now(), lease).await.unwrap().unwrap();
        let read = self.store.deliveries(&claim, 10).await.unwrap();
        read.into_iter().map(|delivery| delivery.body).collect()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            canary::none_was_logged();
            canary::none_in_files(self.home.path());
        }
    }
}

/// A connection on which every wait has an end.
pub struct Connection(pub TcpStream);

impl Connection {
    pub async fn write(&mut self, bytes: &[u8]) {
        // Who is refused early may find the connection closed; what counts is the answer.
        let _ = patiently(self.0.write_all(bytes)).await;
    }

    /// Nothing more is coming, which whoever waits for more gets to see.
    pub async fn ends_its_sending(&mut self) {
        // Who was refused early may find the connection closed already.
        let _ = patiently(self.0.shutdown()).await;
    }

    /// Status and body of the next answer; `None` if the connection ends without one.
    pub async fn answer(&mut self) -> Option<(u16, String)> {
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
        canary::none_in("an answer", &[head.as_bytes(), &body].concat());
        Some((status, String::from_utf8(body).unwrap()))
    }
}

pub async fn patiently<F: Future>(waiting: F) -> F::Output {
    timeout(Duration::from_secs(30), waiting).await.expect("it hangs")
}

/// A delivery as GitHub would post it, to be spoilt.
#[derive(Clone)]
pub struct Post {
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

pub fn sign(secret: &str, body: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), body);
    let digits: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

pub fn post(body: impl Into<Vec<u8>>) -> Post {
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

pub fn comment() -> Post {
    post(r#"{"action":"created","repository":{"id":71,"full_name":"local-orbit/shop"},"installation":{"id":9}}"#)
}

impl Post {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self = self.without(name);
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn and(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self
    }

    pub fn head(&self) -> Vec<u8> {
        let headers: String = self
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        format!("POST /webhook HTTP/1.1\r\n{headers}\r\n").into_bytes()
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }
}
