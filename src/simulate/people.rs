//! What people do: half of the time what brings a feature on, the other half anything else that can be done on GitHub.

mod meddle;

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::dice::Dice;
use super::mood::Mood;
use super::plots::Plot;
use super::setup::{CONFIGURATION, LABEL, Meanings, Setup};
use super::tally::Tally;
use crate::sandbox::{Method, PullView, Repository, Role, State};

/// Features that are open side by side: few, so that much happens to each.
const FEATURES_MAX: usize = 4;

/// Everybody who acts on the repository, and what they remember.
pub struct People {
    pub shop: Repository,
    pub meanings: Meanings,
    pub(super) dice: Dice,
    pub(super) setup: Setup,
    features: u32,
    files: u32,
    /// Whether configuration on main is broken now.
    pub(super) broken: bool,
    pub(super) mood: Mood,
    /// Features that were accepted before they were green.
    pub(super) accepted: Vec<u64>,
    /// Who lost a right, and has said nothing since.
    pub(super) fallen: Option<&'static str>,
    /// Words that wait for their checks, and are taken back meanwhile.
    pub(super) regretted: Option<(String, u64)>,
    /// mona lost her right, and gets it back when she is needed.
    pub(super) lowered: bool,
    /// A comment that is about to be edited: by whom, which, into what.
    pub(super) slip: Option<(&'static str, u64, String)>,
    /// The story that is being played.
    pub(super) plot: Plot,
    /// The present moment, as of the last turn.
    pub now: Timestamp,
    /// How often this story tried to begin.
    pub(super) tries: u32,
    /// Whether CI reports more than fits on a small page.
    many_checks: bool,
    /// Whether somebody tried already what must not work.
    pub(super) probed: bool,
    /// The commit that was last asked for.
    pub(super) pinned: String,
    /// Environments that may be held, as far as anybody remembers.
    pub(super) held: BTreeSet<&'static str>,
    /// The commit whose time on the stage before was waited for.
    pub(super) soaked: Option<String>,
    /// The feature that was last merged by hand.
    pub(super) landed: Option<u64>,
    /// The feature that this story is about.
    pub(super) offered: u64,
    /// Whether that feature has an older commit of its own.
    pub(super) two_commits: bool,
    /// The newest word of this story, and whose it is.
    pub(super) spoken: Option<(&'static str, u64)>,
    /// The next comment's delivery is lost.
    pub loses_next: bool,
}

impl People {
    pub fn new(shop: Repository, meanings: Meanings, mood: Mood, mut dice: Dice) -> Option<Self> {
        let setup = meanings.values().flatten().next()?.clone();
        Some(Self {
            many_checks: dice.happens(25),
            shop,
            meanings,
            dice,
            setup,
            features: 0,
            files: 0,
            broken: false,
            mood,
            accepted: Vec::new(),
            fallen: None,
            regretted: None,
            lowered: false,
            slip: None,
            plot: Plot::new(),
            now: Timestamp::UNIX_EPOCH,
            tries: 0,
            probed: false,
            pinned: String::new(),
            held: BTreeSet::new(),
            soaked: None,
            landed: None,
            offered: 0,
            two_commits: false,
            spoken: None,
            loses_next: false,
        })
    }

    /// What there is before anybody looks: something on main that is not on staging, and two features that are nearly ready.
    pub fn begin(&mut self) {
        for _ in 0..3 {
            self.new_feature();
        }
        if let Some(first) = self.features().first() {
            drop(self.shop.merge_pull("mona", first.number, Method::Squash));
        }
        for feature in self.features() {
            drop(self.shop.label("dora", feature.number, LABEL));
        }
    }

    /// Somebody does something.
    pub fn act(&mut self, tally: &mut Tally) -> String {
        if self.plot.is_empty() && self.dice.happens(85) {
            self.begins_a_story();
            return "a story begins".to_owned();
        }
        let thrown = self.dice.below(100);
        let told = match thrown {
            0..40 => self.help(tally),
            40..75 if self.mood != Mood::Plain => self.make_trouble(tally),
            _ => self.meddle(tally),
        };
        tally.acts += 1;
        told.unwrap_or_else(|| "nobody found anything to do".to_owned())
    }

    /// Whoever wrote something a moment ago makes something else of it. GitHub's times are full seconds, so an edit within the
    /// first one cannot be told from a comment.
    pub fn edits(&mut self, tally: &mut Tally) -> Option<String> {
        let (login, comment, words) = self.slip.take()?;
        drop(self.shop.edit_comment(login, comment, &words));
        tally.edited += 1;
        Some(format!("{login} makes {words:?} of it"))
    }

    /// All commits that anybody waits for get green checks, and all deployments succeed: the last kindness of a run.
    pub fn everything_turns_out_well(&mut self) {
        for sha in self.watched() {
            if !self.is_green(&sha) {
                self.report(&sha, "success");
            }
        }
        for deployment in self.shop.deployments() {
            let is_open = !deployment
                .states
                .iter()
                .any(|state| matches!(state.as_str(), "success" | "failure" | "error" | "inactive"));
            if is_open {
                drop(self.shop.deployment_status("ci-bot", deployment.id, "success"));
            }
        }
    }

    pub(super) fn features(&self) -> Vec<PullView> {
        let mut open = self.shop.open_pulls();
        open.retain(|pull| pull.base == "main" && pull.head.starts_with("feature-"));
        open
    }

    pub(super) fn promotion(&self, environment: &str) -> Option<PullView> {
        self.shop.open_pulls().into_iter().find(|pull| pull.base == environment)
    }

    /// Commits that something may wait for.
    pub(super) fn watched(&self) -> Vec<String> {
        let features = self.features().into_iter().map(|pull| pull.head_sha);
        let branches = ["main", "staging", "production"];
        let heads = branches.iter().filter_map(|branch| self.shop.head(branch));
        let main = self.shop.head("production").zip(self.shop.head("main"));
        let between = main
            .map(|(from, to)| self.shop.commits_between(&from, &to))
            .unwrap_or_default();
        let mut all: Vec<String> = features
            .chain(heads)
            .chain(between.into_iter().map(|one| one.sha))
            .collect();
        all.sort();
        all.dedup();
        all
    }

    pub(super) fn is_green(&self, sha: &str) -> bool {
        let checks = self.shop.checks(sha);
        let mut others = checks.iter().filter(|check| check.reporter != "greenlight").peekable();
        others.peek().is_some() && others.all(|check| check.outcome == "success")
    }

    /// CI reports the same outcome of everything that it runs on a commit.
    pub(super) fn report(&mut self, sha: &str, outcome: &str) {
        for check in self.shop.checks(sha) {
            let other = check.run.is_some() && check.name != "test" && check.reporter != "greenlight";
            if other && check.outcome != "success" && outcome == "success" {
                drop(self.shop.check_run(&check.reporter, sha, &check.name, outcome));
            }
        }
        // Where it is not well, mostly one of them alone says so.
        let one = if outcome == "success" { 0 } else { self.dice.below(5) };
        if one < 4 {
            drop(self.shop.check_run("github-actions", sha, "test", outcome));
        }
        if self.many_checks && outcome == "success" {
            for part in ["part 1", "part 2", "part 3"] {
                drop(self.shop.check_run("github-actions", sha, part, outcome));
            }
        }
        let state = match outcome {
            "success" => State::Success,
            "failure" => State::Failure,
            _ => State::Pending,
        };
        if matches!(one, 0 | 1 | 4) {
            drop(self.shop.status(sha, "lint", state, ""));
        }
    }

    /// What brings things on.
    fn help(&mut self, tally: &mut Tally) -> Option<String> {
        if self.dice.happens(60)
            && let Some(told) = self.ci_runs()
        {
            return Some(told);
        }
        if self.lowered && self.dice.happens(30) {
            self.lowered = false;
            self.shop.grant("mona", Role::Maintain);
            return Some("mona maintains again".to_owned());
        }
        let back = self
            .shop
            .open_pulls()
            .into_iter()
            .find(|pull| pull.base == "main" && !pull.head.starts_with("feature-"));
        if let Some(back) = back.filter(|_| self.dice.happens(60)) {
            let merged = self.shop.merge_pull("mona", back.number, Method::Merge);
            tally.merged_by_hand += u64::from(merged.is_ok());
            return Some(format!("mona brings {} back to main: {merged:?}", back.head));
        }
        let features = self.features();
        if features.is_empty() || (features.len() < FEATURES_MAX && self.dice.happens(15)) {
            return Some(self.new_feature());
        }
        if let Some(deployment) = self.open_deployment().filter(|_| self.dice.happens(70)) {
            let state = self
                .dice
                .word(&["success", "success", "success", "success", "failure", "in_progress"]);
            drop(self.shop.deployment_status("ci-bot", deployment, state));
            return Some(format!("deployment {deployment} is {state}"));
        }
        for environment in ["production", "staging"] {
            let Some(promotion) = self.promotion(environment).filter(|_| self.dice.happens(55)) else {
                continue;
            };
            if !self.is_green(&promotion.head_sha) && self.dice.happens(85) {
                self.report(&promotion.head_sha, "success");
                return Some(format!("{} turns green", promotion.head_sha));
            }
            let login = self.owner(Some(environment));
            return self.say(login, promotion.number, &format!("/promote {environment}"), tally);
        }
        let feature = self.dice.one_of(&features)?.clone();
        if !feature.labels.iter().any(|label| label == LABEL) && self.dice.happens(85) {
            drop(self.shop.label("dora", feature.number, LABEL));
            return Some(format!("#{} is labelled", feature.number));
        }
        if !self.is_green(&feature.head_sha) && self.dice.happens(85) {
            self.report(&feature.head_sha, "success");
            return Some(format!("#{} turns green", feature.number));
        }
        let login = self.owner(None);
        let words = self.dice.word(&["/accept", "/accept", "/promote staging"]);
        self.say(login, feature.number, words, tally)
    }

    /// CI comes to all that it has not looked at yet; `None` where there is nothing.
    fn ci_runs(&mut self) -> Option<String> {
        let mut new = self.watched();
        new.retain(|sha| !self.shop.checks(sha).iter().any(|check| check.reporter != "greenlight"));
        for sha in &new {
            let thrown = if self.mood == Mood::Red {
                self.dice.below(100)
            } else {
                99
            };
            match thrown {
                0..12 => self.report(sha, "failure"),
                12..20 => self.report(sha, "in_progress"),
                20..32 => drop(self.shop.check_run("github-actions", sha, "build", "success")),
                _ => self.report(sha, "success"),
            }
        }
        (!new.is_empty()).then(|| format!("CI runs on {new:?}"))
    }

    /// Somebody who may, as far as the configuration goes.
    pub(super) fn owner(&mut self, environment: Option<&str>) -> &'static str {
        let narrower = self.setup.environments.iter().find(|one| Some(one.name) == environment);
        let owners = narrower
            .and_then(|one| one.owners.as_ref())
            .or(self.setup.owners.as_ref());
        owners
            .and_then(|owners| self.dice.one_of(owners))
            .copied()
            .unwrap_or("mona")
    }

    pub(super) fn open_deployment(&mut self) -> Option<u64> {
        let all = self.shop.deployments();
        let open = all.iter().filter(|one| {
            let ended = |state: &String| matches!(state.as_str(), "success" | "failure" | "error" | "inactive");
            !one.states.iter().any(ended)
        });
        let open: Vec<u64> = open.map(|one| one.id).collect();
        self.dice.one_of(&open).copied()
    }

    pub(super) fn new_feature(&mut self) -> String {
        self.features += 1;
        let branch = format!("feature-{}", self.features);
        self.shop.branch(&branch, "main");
        self.push(&branch);
        let title = format!("Feature {}", self.features);
        match self.shop.open_pull("dora", &branch, "main", &title, "") {
            Ok(number) => format!("dora opens #{number}"),
            Err(refusal) => format!("dora cannot open {branch}: {}", refusal.message),
        }
    }

    pub(super) fn push(&mut self, branch: &str) {
        self.files += 1;
        let file = format!("{branch}-{}.txt", self.files);
        let text = format!("{}", self.files);
        let message = format!("Change {}", self.files);
        self.shop
            .commit(branch, "dora", &message, &[(file.as_str(), text.as_str())]);
    }

    pub(super) fn say(&mut self, login: &str, pull: u64, words: &str, tally: &mut Tally) -> Option<String> {
        tally.comments += 1;
        drop(self.shop.comment(login, pull, words));
        Some(format!("{login} says {words:?} on #{pull}"))
    }

    pub(super) fn any_pull(&mut self) -> Option<PullView> {
        let mut pulls = self.shop.pulls();
        // Closed ones are spoken on, too, but less often.
        if self.dice.happens(80) {
            pulls.retain(|pull| pull.open);
        }
        self.dice.one_of(&pulls).cloned()
    }

    /// What the configuration is to say comes to main.
    pub(super) fn writes_configuration(&mut self, tally: &mut Tally) -> String {
        let text = self.setup.text();
        self.configure(&text);
        self.broken = false;
        self.meanings.insert(text, Some(self.setup.clone()));
        tally.configured += 1;
        if let Some(head) = self.shop.head("main") {
            self.report(&head, "success");
        }
        format!("the configuration says {:?}", self.setup)
    }

    pub fn mend_configuration(&mut self) {
        if self.broken {
            self.broken = false;
            let text = self.setup.text();
            self.configure(&text);
        }
    }

    fn configure(&mut self, text: &str) {
        self.shop.commit("main", "mona", "Configure", &[(CONFIGURATION, text)]);
    }
}
