//! The storm: who is killed, frozen, restarted, and when.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Row};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::balance::Balance;
use crate::chance::Chance;
use crate::postgres::{self, Server};
use crate::process::{Process, SECRET};
use crate::town::Town;
use crate::verdict::{self, Figures};

/// So short that a freeze does not take long, and so long that a machine with much other work lets a holder renew it in time.
const LEASE: Duration = Duration::from_millis(2_500);

/// Milliseconds between two blows. Shorter, and hardly anything would ever be under way that a blow could hit.
const BETWEEN: (usize, usize) = (50, 700);

/// What is left when the storm is over takes seconds; many of them where the machine has other work too.
const CALM_WITHIN: Duration = Duration::from_secs(240);

pub enum Engine {
    Sqlite { file: PathBuf, _folder: TempDir },
    Postgres(Box<Server>, String),
}

impl Engine {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::Sqlite {
            file: folder.path().join("greenlight.db"),
            _folder: folder,
        }
    }

    pub async fn postgres() -> Self {
        let server = Server::start(true);
        let url = server.database("template1").await;
        Self::Postgres(Box::new(server), url)
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite { file, .. } => format!("sqlite://{}", file.display()),
            Self::Postgres(_, url) => url.clone(),
        }
    }

    /// The texts that one column of a query holds, asked beside the processes.
    pub async fn texts(&self, sql: &'static str) -> Vec<String> {
        match self {
            Self::Sqlite { file, .. } => {
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .busy_timeout(Duration::from_secs(30));
                let mut shell = options.connect().await.expect("the file");
                let rows = sqlx::raw_sql(sql).fetch_all(&mut shell).await.expect("rows");
                rows.iter().map(|row| row.get(0)).collect()
            }
            Self::Postgres(_, url) => {
                let mut shell = postgres::shell(url).await;
                let rows = sqlx::raw_sql(sql).fetch_all(&mut shell).await.expect("rows");
                rows.iter().map(|row| row.get(0)).collect()
            }
        }
    }
}

pub struct Storm {
    engine: Engine,
    town: Town,
    folder: TempDir,
    /// Of this storm alone. A killed process leaves its port behind; whoever else takes it, another test's bot even, shall
    /// not be able to acknowledge what is meant for ours.
    secret: String,
    balance: Balance,
    replicas: Vec<Process>,
    chance: Chance,
    figures: Figures,
}

impl Storm {
    /// Everything starts, and people begin to work.
    pub async fn gathers(engine: Engine, replicas: usize, seed: u64) -> Self {
        let town = Town::start().await;
        let balance = Balance::start().await;
        let secret = format!("{SECRET}; in the storm of {}", balance.address);
        town.sandbox
            .set_webhook(&format!("http://{}/webhook", balance.address), &secret);
        let mut storm = Self {
            engine,
            town,
            folder: tempfile::tempdir().expect("a temporary folder"),
            secret,
            balance,
            replicas: Vec::new(),
            chance: Chance::new(seed),
            figures: Figures::default(),
        };
        for _ in 0..replicas {
            let replica = storm.one_more().await;
            storm.replicas.push(replica);
        }
        storm.is_served();
        storm.town.opens().await;
        storm
    }

    pub async fn rages(&mut self, kills: u32) {
        let (began, over) = (Instant::now(), CancellationToken::new());
        let people = self.town.works(self.chance.fork(), over.clone());
        while self.figures.kills < kills {
            tokio::time::sleep(self.chance.millis(BETWEEN.0, BETWEEN.1)).await;
            match self.chance.below(100) {
                0..=6 => self.freezes_one().await,
                7..=11 => self.restarts_the_database(),
                _ => self.kills_one().await,
            }
        }
        over.cancel();
        people.await.expect("people who do what they can");
        self.figures.seconds = began.elapsed().as_secs();
    }

    /// No more of it: what was acknowledged is worked off.
    pub async fn calms(&mut self) {
        loop {
            self.is_quiet().await;
            for mut replica in self.replicas.drain(..) {
                replica.is_told_to_stop();
                assert!(replica.child.wait().expect("its end").success());
            }
            self.town.sandbox.deliveries_done().await;
            // What came while they stopped is for those who start next.
            if self.engine.texts(verdict::AT_WORK).await.is_empty() {
                return;
            }
            let replica = self.one_more().await;
            self.replicas.push(replica);
            self.is_served();
        }
    }

    /// Waits until nothing is on its way or under way, for a while.
    async fn is_quiet(&self) {
        let began = Instant::now();
        let mut quiet = 0;
        while quiet < 3 {
            self.town.sandbox.deliveries_done().await;
            let rest = self.engine.texts(verdict::AT_WORK).await;
            quiet = if rest.is_empty() { quiet + 1 } else { 0 };
            if began.elapsed() > CALM_WITHIN {
                let logs: Vec<String> = self.replicas.iter().map(Process::log).collect();
                panic!("it does not end: {rest:#?}\n{}", logs.join("\n"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    pub async fn verdict(self) -> Figures {
        verdict::of(&self.engine, &self.town, self.figures).await
    }

    async fn one_more(&self) -> Process {
        let (database, lease) = (self.engine.url(), LEASE.as_millis().to_string());
        let settings = [
            ("DATABASE_URL", database.as_str()),
            ("GITHUB_WEBHOOK_SECRET", self.secret.as_str()),
            ("GREENLIGHT_LEASE_MS", lease.as_str()),
            ("GREENLIGHT_SWEEP_SECS", "5"),
            ("GREENLIGHT_LOOK_PAUSE_MS", "200"),
        ];
        Process::serving(&self.town.sandbox, self.folder.path(), &settings).await
    }

    fn is_served(&self) {
        self.balance
            .serves(self.replicas.iter().map(|replica| replica.address.clone()).collect());
    }

    async fn kills_one(&mut self) {
        let one = self.chance.below(self.replicas.len());
        self.replicas.swap_remove(one).dies();
        self.figures.kills += 1;
        let replica = self.one_more().await;
        self.replicas.push(replica);
        self.is_served();
    }

    /// Longer than its lease lasts; then it goes on where it was, and somebody else may hold what it held.
    async fn freezes_one(&mut self) {
        let one = self.chance.below(self.replicas.len());
        self.replicas[one].signal("STOP");
        tokio::time::sleep(LEASE + self.chance.millis(100, 700)).await;
        self.replicas[one].signal("CONT");
        self.figures.freezes += 1;
    }

    fn restarts_the_database(&mut self) {
        let Engine::Postgres(server, _) = &mut self.engine else {
            return;
        };
        if self.chance.below(2) == 0 {
            server.stops();
        } else {
            server.crashes();
        }
        server.starts();
        self.figures.restarts += 1;
    }
}
