//! The people: two repositories in which somebody does something several times a second, whatever happens to the bot.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use greenlight::sandbox::{Method, Options, Repository, Role, Sandbox};
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::chance::Chance;
use crate::process::until;

const CONFIGURATION: &str = "\
owners: [anna]
environments:
  - name: staging
  - name: production
";

const REPOSITORIES: [&str; 2] = ["harbour/shop", "harbour/blog"];

/// A comment with a command in it: the repository's place in [`Town::shops`], the pull request, the comment.
pub type Asked = (usize, u64, u64);

pub struct Town {
    pub sandbox: Sandbox,
    pub shops: Vec<Repository>,
    /// What anna asked, so what has to be answered if its delivery was acknowledged.
    pub asked: Arc<Mutex<BTreeSet<Asked>>>,
}

impl Town {
    pub async fn start() -> Self {
        let options = Options {
            merges_seen_after: Some(SignedDuration::ZERO),
            // An hour's worth of requests is made in a minute.
            rate_limit: 10_000_000,
            ..Options::default()
        };
        let sandbox = Sandbox::start(options).await.expect("a free port");
        let shops = REPOSITORIES.map(|name| {
            let shop = sandbox
                .repository(name)
                .file(".github/greenlight.yml", CONFIGURATION)
                .create();
            let main = shop.head("main").expect("a first commit");
            shop.branch("staging", &main);
            shop.branch("production", &main);
            shop.grant("anna", Role::Read);
            shop.grant("dora", Role::Write);
            shop
        });
        Self {
            sandbox,
            shops: shops.into(),
            asked: Arc::default(),
        }
    }

    /// The first features are shown, so that there is something to ask for.
    pub async fn opens(&self) {
        let mut day = self.day();
        for place in 0..self.shops.len() {
            day.lands_a_feature(place);
        }
        until("the first features are shown", || {
            self.shops.iter().all(|shop| !shop.open_pulls().is_empty())
        })
        .await;
    }

    fn day(&self) -> Day {
        Day {
            shops: self.shops.clone(),
            asked: self.asked.clone(),
            features: 0,
        }
    }

    /// Everybody goes on until then, some five times a second.
    pub fn works(&self, mut chance: Chance, until: CancellationToken) -> tokio::task::JoinHandle<()> {
        let mut day = self.day();
        tokio::spawn(async move {
            while !until.is_cancelled() {
                day.goes_on(&mut chance);
                tokio::time::sleep(chance.millis(120, 280)).await;
            }
        })
    }
}

struct Day {
    shops: Vec<Repository>,
    asked: Arc<Mutex<BTreeSet<Asked>>>,
    features: u32,
}

impl Day {
    fn goes_on(&mut self, chance: &mut Chance) {
        let place = chance.below(self.shops.len());
        match chance.below(20) {
            0..=2 => self.lands_a_feature(place),
            3..=6 => {
                let shop = &self.shops[place];
                let main = shop.head("main").expect("main");
                let names = ["test", "lint"];
                shop.check_run("github-actions", &main, names[chance.below(2)], "success")
                    .expect("a check run");
            }
            7..=9 => self.asks(place, "staging", "/promote staging"),
            10..=11 => self.asks(place, "production", "/promote production"),
            12..=13 => self.asks(place, "staging", "/promote staging --dry-run"),
            14..=15 => self.asks(place, "staging", "/status"),
            16..=17 => self.asks(place, "production", "/help"),
            _ => self.asks(place, "staging", "/promote nowhere"),
        }
    }

    /// A feature is merged, and green at once.
    fn lands_a_feature(&mut self, place: usize) {
        self.features += 1;
        let shop = &self.shops[place];
        let branch = format!("feature-{}-{}", shop.pulls().len(), self.features);
        shop.branch(&branch, &shop.head("main").expect("main"));
        shop.commit(&branch, "dora", &branch, &[(branch.as_str(), "new")]);
        let number = shop
            .open_pull("dora", &branch, "main", &branch, "")
            .expect("a pull request");
        let commit = shop.merge_pull("dora", number, Method::Squash).expect("a merge");
        shop.check_run("github-actions", &commit, "test", "success")
            .expect("a check run");
    }

    /// anna says it on the pull request that promotes there, if there is one.
    fn asks(&self, place: usize, environment: &str, what: &str) {
        let shop = &self.shops[place];
        let open = shop.open_pulls();
        if let Some(pull) = open.iter().find(|pull| pull.base == environment) {
            let comment = shop.comment("anna", pull.number, what).expect("a comment");
            let mut asked = self.asked.lock().expect("no panic under the lock");
            asked.insert((place, pull.number, comment));
        }
    }
}
