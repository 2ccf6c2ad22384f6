//! `greenlight health`: asks the Greenlight that runs beside it whether it is well, for platforms that run a program to find out.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

/// A healthy process answers within milliseconds; a container's health check usually waits longer than this.
const PATIENCE: Duration = Duration::from_secs(2);

/// Nobody needs more than the status line.
const ANSWER_BYTES_MAX: u64 = 1024;

/// How it is asked for on the command line.
#[derive(clap::Args, Clone, Debug)]
pub struct Health {
    /// Ask whether it can do its work, not only whether it is alive.
    #[arg(long)]
    pub ready: bool,
    /// The address that it listens on.
    #[arg(long, env = "HOST", default_value = "0.0.0.0")]
    pub host: IpAddr,
    /// The port that it listens on.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,
}

/// Why it is not well.
#[derive(Debug, thiserror::Error)]
pub enum HealthError {
    #[error("nothing answers at {0}; is `greenlight serve` running there?")]
    Silent(SocketAddr, #[source] io::Error),
    #[error("it answers {0}, so it is not well; its log says why")]
    Unwell(String),
}

/// Asks.
///
/// # Errors
/// See [`HealthError`].
pub fn run(health: &Health) -> Result<(), HealthError> {
    let address = SocketAddr::new(near(health.host), health.port);
    let path = if health.ready { "/readyz" } else { "/healthz" };
    let status = status(address, path).map_err(|error| HealthError::Silent(address, error))?;
    match status.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(HealthError::Unwell(status)),
    }
}

/// Who listens everywhere is found on this machine.
fn near(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(host) if host.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(host) if host.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        host => host,
    }
}

fn status(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
