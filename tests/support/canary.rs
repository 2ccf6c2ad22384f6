//! Every secret of the tests is a canary: wherever one of them shows up outside the requests that carry it, a secret has leaked.
//!
//! `canaries.txt` has them all, one a line: webhook secrets, the client secret, a database password, what every installation
//! token and every JSON Web Token of ours begins with, and lines of the private key. `./test` searches its own output for them,
//! too.

#![allow(dead_code, reason = "each test program watches what it has")]

use std::io::Write;
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex, Once, PoisonError};

use greenlight::sandbox::Exchange;
use tracing_subscriber::EnvFilter;

/// What must never be seen.
pub fn all() -> impl Iterator<Item = &'static str> {
    include_str!("canaries.txt").lines()
}

/// The canary in there, if any.
pub fn found_in(bytes: &[u8]) -> Option<&'static str> {
    // Text is searched many times faster than bytes are, and all canaries are text.
    let text = String::from_utf8_lossy(bytes);
    all().find(|canary| text.contains(canary))
}

/// # Panics
/// If a canary is in there.
pub fn none_in(what: &str, bytes: &[u8]) {
    if let Some(canary) = found_in(bytes) {
        let text = String::from_utf8_lossy(bytes);
        let line = text.lines().find(|line| line.contains(canary)).unwrap_or_default();
        panic!("{what} shows the secret {canary:?}: {line}");
    }
}

/// What a process wrote.
pub fn none_in_output(output: &Output) {
    none_in("standard output", &output.stdout);
    none_in("standard error", &output.stderr);
}

/// All that was written to GitHub, but for the header that proves who we are.
pub fn none_in_exchanges(exchanges: &[Exchange]) {
    for exchange in exchanges {
        let place = format!("{} {}", exchange.method, exchange.path);
        none_in(&place, format!("{}?{}", exchange.path, exchange.query).as_bytes());
        if let Some(body) = &exchange.request_body {
            none_in(&place, body.to_string().as_bytes());
        }
        let headers = exchange.request_headers.iter();
        for (name, value) in headers.filter(|(name, _)| !name.eq_ignore_ascii_case("authorization")) {
            none_in(&format!("{place}, {name}"), value.as_bytes());
        }
    }
}

/// All files of a folder, such as the one with the database: no secret is kept in clear.
pub fn none_in_files(folder: &Path) {
    for file in std::fs::read_dir(folder).expect("a folder") {
        let path = file.expect("a file").path();
        if path.is_file() {
            none_in(
                &path.display().to_string(),
                &std::fs::read(&path).expect("a file to read"),
            );
        }
    }
}

/// Where log lines go to be searched. What leaked is kept, because whoever logs is not the test.
#[derive(Clone, Default)]
pub struct Watch(Arc<Mutex<Vec<String>>>);

impl Watch {
    pub fn leaks(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn search(&self, line: &[u8]) {
        if found_in(line).is_some() {
            let line = String::from_utf8_lossy(line).into_owned();
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }
}

impl Write for Watch {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.search(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Everything that this program logs, of every crate, and the message of every panic.
fn everything() -> &'static Watch {
    static WATCH: std::sync::LazyLock<Watch> = std::sync::LazyLock::new(Watch::default);
    &WATCH
}

/// Watches logs and panics of this program from now on.
pub fn watch() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        let logs = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("debug,greenlight=trace"))
            .with_ansi(false)
            .with_writer(|| everything().clone());
        // Another subscriber would leave this one blind.
        logs.try_init().expect("nobody else listens");
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            everything().search(panic.to_string().as_bytes());
            told(panic);
        }));
    });
}

/// # Panics
/// If a secret was logged since this program began, by whichever test; with the line.
pub fn none_was_logged() {
    assert_eq!(everything().leaks(), Vec::<String>::new(), "a secret was logged");
}
