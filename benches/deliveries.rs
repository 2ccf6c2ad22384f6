//! Measures the real program from outside: deliveries acknowledged durably per second and how long each waits, the time
//! from start to the first 202, memory at rest, size of the binary.
//!
//! `cargo bench --bench deliveries`; `BENCH_SECONDS` (10), `BENCH_CONNECTIONS` (16) and `BENCH_DIR` (where the database
//! lies, default the system's temporary folder: let it be a real disk) change it.
//! Bodies are signed beforehand, so that the server is measured; but client and server share the machine's cores. GitHub's
//! API is a dead address, so looks fail and are postponed, as they would be while GitHub is down.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ring::hmac;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

const GREENLIGHT: &str = env!("CARGO_BIN_EXE_greenlight");
const SECRET: &str = "5f2b8c1e9d4a7036f1e8b2c5d9a4073e6b1f8c2d5e9a0b47";
/// The simulated GitHub's App key: it opens nothing.
const KEY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sandbox/app-key.pem");
const BODY_BYTES: usize = 14_000;
const REPOSITORIES: usize = 20;

#[tokio::main]
async fn main() -> Result<()> {
    // `cargo test --benches` starts benchmarks too, without this flag.
    if !std::env::args().any(|arg| arg == "--bench") {
        return Ok(());
    }
    let seconds = setting("BENCH_SECONDS", 10)?;
    let connections = setting("BENCH_CONNECTIONS", 16)?;
    let home = match std::env::var_os("BENCH_DIR") {
        Some(dir) => tempfile::tempdir_in(dir)?,
        None => tempfile::tempdir()?,
    };
    let bodies: Vec<Signed> = (0..REPOSITORIES).map(signed).collect::<Result<_>>()?;

    let (mut server, address, first) = start(home.path(), &bodies[0]).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let at_rest = resident_kib(&server)?;

    let began = Instant::now();
    let until = began + Duration::from_secs(seconds);
    let clients = (0..connections).map(|n| tokio::spawn(client(address, n, bodies.clone(), until)));
    let mut waits = Vec::new();
    for client in clients.collect::<Vec<_>>() {
        waits.extend(client.await??);
    }
    let took = began.elapsed();
    let loaded = resident_kib(&server)?;
    server.kill().await?;
    report(&mut waits, took, first, at_rest, loaded)
}

fn setting(name: &str, default: u64) -> Result<u64> {
    std::env::var(name).map_or(Ok(default), |text| {
        text.parse().with_context(|| format!("{name} is not a number"))
    })
}

fn report(waits: &mut [Duration], took: Duration, first: Duration, at_rest: u64, loaded: u64) -> Result<()> {
    ensure!(!waits.is_empty(), "nothing was acknowledged");
    waits.sort_unstable();
    let ms = |part: f64| {
        let nth = (waits.len() as f64 * part) as usize;
        waits[nth.min(waits.len() - 1)].as_secs_f64() * 1000.0
    };
    println!(
        "acknowledged durably   {:.0} deliveries/s",
        waits.len() as f64 / took.as_secs_f64()
    );
    println!(
        "wait for the 202       p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        ms(0.5),
        ms(0.99),
        ms(1.0)
    );
    println!("start to the first 202 {:.0} ms", first.as_secs_f64() * 1000.0);
    println!(
        "memory at rest         {:.1} MB ({:.1} MB after the load)",
        at_rest as f64 / 1024.0,
        loaded as f64 / 1024.0
    );
    let binary = std::fs::metadata(GREENLIGHT)?.len();
    println!(
        "size of the binary     {:.1} MB (as built: stripped in release)",
        binary as f64 / (1 << 20) as f64
    );
    Ok(())
}

/// Starts the program and posts to it until it answers 202.
async fn start(home: &Path, body: &Signed) -> Result<(Child, SocketAddr, Duration)> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    drop(listener);
    let began = Instant::now();
    let server = Command::new(GREENLIGHT)
        .arg("serve")
        .env_clear()
        .envs([
            ("GITHUB_APP_ID", "1"),
            ("GITHUB_PRIVATE_KEY_PATH", KEY),
            ("GITHUB_WEBHOOK_SECRET", SECRET),
            ("GITHUB_API_URL", "http://127.0.0.1:9"),
            ("HOST", "127.0.0.1"),
            ("GREENLIGHT_LOG", "error"),
        ])
        .env("PORT", address.port().to_string())
        .env(
            "DATABASE_URL",
            format!("sqlite://{}", home.join("greenlight.db").display()),
        )
        .current_dir(home)
        .kill_on_drop(true)
        .spawn()?;
    let mut request = Vec::new();
    body.write(&mut request, "first");
    while began.elapsed() < Duration::from_secs(10) {
        if let Ok(mut connection) = TcpStream::connect(address).await {
            exchange(&mut connection, &request).await?;
            return Ok((server, address, began.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    anyhow::bail!("the server did not come up")
}

async fn client(address: SocketAddr, number: u64, bodies: Vec<Signed>, until: Instant) -> Result<Vec<Duration>> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let mut waits = Vec::with_capacity(100_000);
    let mut request = Vec::with_capacity(2 * BODY_BYTES);
    for (turn, body) in bodies.iter().cycle().enumerate() {
        if Instant::now() >= until {
            break;
        }
        // Scattered like GitHub's, so that the index is worked as in life.
        let scattered = (number << 40 | turn as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let guid = format!(
            "{:08x}-{:04x}-11f0-{:04x}-{:012x}",
            scattered >> 32,
            scattered >> 16 & 0xffff,
            number,
            turn
        );
        request.clear();
        body.write(&mut request, &guid);
        let asked = Instant::now();
        exchange(&mut connection, &request).await?;
        waits.push(asked.elapsed());
    }
    Ok(waits)
}

/// Sends a request and expects 202.
async fn exchange(connection: &mut TcpStream, request: &[u8]) -> Result<()> {
    connection.write_all(request).await?;
    let mut answer = [0; 1024];
    let mut length = 0;
    // The bodies of our answers end with the brace that opens them.
    while !answer[..length].ends_with(b"}") {
        let read = connection.read(&mut answer[length..]).await?;
        ensure!(read > 0, "the server hung up");
        length += read;
    }
    ensure!(
        answer.starts_with(b"HTTP/1.1 202"),
        "{}",
        String::from_utf8_lossy(&answer[..length])
    );
    Ok(())
}

/// A body and its signature; only the GUID changes from request to request.
#[derive(Clone)]
struct Signed {
    body: Vec<u8>,
    signature: String,
}

impl Signed {
    fn write(&self, request: &mut Vec<u8>, guid: &str) {
        let head = format!(
            "POST /webhook HTTP/1.1\r\nhost: greenlight.example\r\nuser-agent: GitHub-Hookshot/2b9f6a1\r\naccept: */*\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nx-github-event: issue_comment\r\n\
             x-github-delivery: {guid}\r\nx-github-hook-id: 1\r\nx-github-hook-installation-target-id: 1\r\n\
             x-github-hook-installation-target-type: integration\r\nx-hub-signature-256: sha256={}\r\n\r\n",
            self.body.len(),
            self.signature
        );
        request.extend(head.into_bytes());
        request.extend(&self.body);
    }
}

/// A comment's payload in one of the repositories, as long as GitHub's usually are.
fn signed(repository: usize) -> Result<Signed> {
    let fixture = include_str!("../fixtures/github/promote.webhook.issue_comment.json");
    let mut payload: serde_json::Value = serde_json::from_str(fixture)?;
    payload["repository"]["id"] = (1000 + repository).into();
    // An ordinary comment: what it costs to look at a command is another figure.
    payload["comment"]["body"] = "Looks good to me.".into();
    let missing = BODY_BYTES.saturating_sub(serde_json::to_vec(&payload)?.len());
    payload["issue"]["body"] = "Checkout forgets the voucher when the basket is changed. "
        .repeat(missing / 57 + 1)
        .into();
    let body = serde_json::to_vec(&payload)?;
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), &body);
    let signature = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Signed { body, signature })
}

#[cfg(target_os = "linux")]
fn resident_kib(server: &Child) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id().context("it is gone")?))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .context("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

#[cfg(not(target_os = "linux"))]
fn resident_kib(_: &Child) -> Result<u64> {
    anyhow::bail!("memory is measured on Linux only")
}
