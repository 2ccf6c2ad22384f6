//! The real binary as a process: started, killed, frozen, told to stop; never left behind.

#![allow(dead_code, reason = "a test program may never freeze its processes")]

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use greenlight::sandbox::{self, Sandbox};

use crate::canary;

/// A whole promotion takes well under a second; a reply that is looked for after a crash waits five.
pub const WITHIN: Duration = Duration::from_secs(60);

pub const SECRET: &str = "a webhook secret that only the tests know of";

pub struct Process {
    pub child: Child,
    log: PathBuf,
    /// Where it listens.
    pub address: String,
}

impl Process {
    /// With a SQLite file in the folder, and GitHub's webhooks sent to it.
    pub async fn start(sandbox: &Sandbox, folder: &Path) -> Self {
        let database = format!("sqlite://{}", folder.join("greenlight.db").display());
        let process = Self::serving(sandbox, folder, &[("DATABASE_URL", &database)]).await;
        sandbox.set_webhook(&format!("http://{}/webhook", process.address), SECRET);
        process
    }

    /// On a port that the system chooses: one chosen here might be somebody else's by the time it binds.
    pub async fn serving(sandbox: &Sandbox, folder: &Path, settings: &[(&str, &str)]) -> Self {
        let log = tempfile::NamedTempFile::new_in(folder)
            .and_then(|file| Ok(file.keep()?.1))
            .expect("a file for the log");
        let child = Command::new(env!("CARGO_BIN_EXE_greenlight"))
            .arg("serve")
            .current_dir(folder)
            .env("GITHUB_APP_ID", sandbox.app().id.to_string())
            .env("GITHUB_PRIVATE_KEY", sandbox::APP_PRIVATE_KEY)
            .env("GITHUB_WEBHOOK_SECRET", SECRET)
            .env("GITHUB_API_URL", sandbox.api_url())
            .env("GITHUB_URL", sandbox.url())
            .env("HOST", "127.0.0.1")
            .env("PORT", "0")
            .env("GREENLIGHT_WRITE_PAUSE_MS", "0")
            .env("GREENLIGHT_LOG", "info")
            .envs(settings.iter().copied())
            .stderr(File::create(&log).expect("a file for the log"))
            .spawn()
            .expect("the binary starts");
        let mut process = Self {
            child,
            log,
            address: String::new(),
        };
        let mut address = None;
        until("it is ready for deliveries", || {
            address = process.address();
            address.is_some()
        })
        .await;
        process.address = address.expect("it is ready");
        process
    }

    /// As it tells in its log once it listens.
    fn address(&self) -> Option<String> {
        let log = self.log();
        log.lines()
            .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
            .find_map(|line| Some(line["fields"]["address"].as_str()?.to_owned()))
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("a log")
    }

    /// SIGKILL: no handler runs, nothing is flushed.
    pub fn dies(mut self) {
        self.child.kill().expect("a process to kill");
        self.child.wait().expect("its end");
    }

    pub fn is_told_to_stop(&self) {
        self.signal("TERM");
    }

    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid]).status();
        assert!(sent.expect("kill runs").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Gone already in most stories; nothing may outlive a failed test.
        drop(self.child.kill());
        drop(self.child.wait());
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        if std::thread::panicking() {
            eprintln!("{log}");
        } else {
            canary::none_in("a process's log", log.as_bytes());
        }
    }
}

pub async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < WITHIN, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
