//! What people do: half of the time what brings a feature on, the other half anything else that can be done on GitHub.

use super::dice::Dice;
use super::setup::{CONFIGURATION, LABEL, Meanings, PEOPLE, Setup};
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
    broken: bool,
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
}

/// What people mostly do in this world: each makes one kind of trouble dense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Plain,
    /// Checks fail, or are under way, or say what nobody knows, and owners promote all the same.
    Red,
    /// Pushes come right behind an owner's word.
    Hasty,
    /// What was said is edited into something else.
    Edits,
    /// Who may changes right behind the word.
    Rights,
    /// Everything has to run for a while, and there are times for it.
    Times,
    /// Holds and rollbacks.
    Holds,
    /// Environments get commits of their own.
    Diverged,
    /// Processes stand still in the middle of what they do, and meanwhile everything changes.
    Frozen,
    /// GitHub fails after it did what it was asked for.
    Storm,
    /// What runs is what was deployed, and deployments fail.
    Deploys,
    /// Everything is said by buttons.
    Buttons,
}

impl Mood {
    /// Each has its turn, so that a handful of worlds that follow each other comes past them all.
    const ALL: [Self; 12] = [
        Self::Plain,
        Self::Red,
        Self::Hasty,
        Self::Edits,
        Self::Rights,
        Self::Times,
        Self::Holds,
        Self::Diverged,
        Self::Frozen,
        Self::Storm,
        Self::Deploys,
        Self::Buttons,
    ];

    pub fn of(seed: u64) -> Self {
        let all = u64::try_from(Self::ALL.len()).unwrap_or(1);
        usize::try_from(seed % all).map_or(Self::Plain, |at| Self::ALL[at])
    }
}

/// Something that can be done; `None` where there is nothing to do it to.
type Act = fn(&mut People, &mut Tally) -> Option<String>;

const COMMANDS: [(usize, &str); 25] = [
    (10, "/promote staging"),
    (10, "/promote production"),
    (6, "/accept"),
    (5, "/confirm"),
    (2, "/cancel"),
    (4, "/rollback staging"),
    (3, "/rollback production"),
    (2, "/hold staging because of the fair"),
    (2, "/hold production because of the fair"),
    (1, "/hold production for 2 hours"),
    (4, "/unhold staging"),
    (4, "/unhold production"),
    (1, "/status"),
    (1, "/help"),
    (1, "/reject not what I meant"),
    (2, "/promote production in 20 minutes"),
    (1, "/promote staging --dry-run"),
    (1, "/promte staging"),
    (1, "/promote nowhere"),
    (2, "/promote staging\n/promote production"),
    (1, "/unhold production\n/promote production"),
    (1, "> /promote production\n\nNo, not yet."),
    (1, "```\n/promote production\n```"),
    (1, "Looks good to me."),
    (1, "/accept\n/promote staging"),
];

impl People {
    pub fn new(shop: Repository, meanings: Meanings, mood: Mood, dice: Dice) -> Option<Self> {
        let setup = meanings.values().flatten().next()?.clone();
        Some(Self {
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
        let thrown = self.dice.below(100);
        let told = match thrown {
            0..50 => self.help(tally),
            50..84 if self.mood != Mood::Plain => self.make_trouble(tally),
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

    fn is_green(&self, sha: &str) -> bool {
        let checks = self.shop.checks(sha);
        let mut others = checks.iter().filter(|check| check.reporter != "greenlight").peekable();
        others.peek().is_some() && others.all(|check| check.outcome == "success")
    }

    /// CI reports the same outcome of everything that it runs on a commit.
    pub(super) fn report(&mut self, sha: &str, outcome: &str) {
        drop(self.shop.check_run("github-actions", sha, "test", outcome));
        let state = match outcome {
            "success" => State::Success,
            "failure" => State::Failure,
            _ => State::Pending,
        };
        drop(self.shop.status(sha, "lint", state, ""));
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

    fn new_feature(&mut self) -> String {
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

    /// Anything else.
    fn meddle(&mut self, tally: &mut Tally) -> Option<String> {
        let acts: [(usize, Act); 17] = [
            (30, Self::random_comment),
            (8, Self::ci_reports),
            (8, Self::push_to_feature),
            (3, Self::force_push),
            (4, Self::toggle_label),
            (3, Self::close_or_reopen),
            (4, Self::merge_by_hand),
            (3, Self::push_directly),
            (4, Self::change_rights),
            (4, Self::change_configuration),
            (2, Self::break_configuration),
            (1, Self::rename),
            (3, Self::edit_or_delete),
            (6, Self::press),
            (2, Self::draft),
            (2, Self::ci_deploys),
            (2, Self::new_feature_anyway),
        ];
        let act = self.dice.weighted(&acts)?;
        act(self, tally)
    }

    fn anybody(&mut self) -> &'static str {
        self.dice.one_of(&PEOPLE).map(|(login, _)| *login).unwrap_or("anna")
    }

    pub(super) fn any_pull(&mut self) -> Option<PullView> {
        let mut pulls = self.shop.pulls();
        // Closed ones are spoken on, too, but less often.
        if self.dice.happens(80) {
            pulls.retain(|pull| pull.open);
        }
        self.dice.one_of(&pulls).cloned()
    }

    fn random_comment(&mut self, tally: &mut Tally) -> Option<String> {
        let words = self.dice.weighted(&COMMANDS)?;
        let about = ["staging", "production"].into_iter().find(|name| words.contains(name));
        let promotion = about.and_then(|environment| self.promotion(environment));
        let pull = match promotion.filter(|_| self.dice.happens(60)) {
            Some(pull) => pull,
            None => self.any_pull()?,
        };
        let login = match self.dice.happens(60) {
            true => "anna",
            false => self.anybody(),
        };
        self.say(login, pull.number, words, tally)
    }

    fn ci_reports(&mut self, _: &mut Tally) -> Option<String> {
        let watched = self.watched();
        let sha = self.dice.one_of(&watched)?.clone();
        let name = self.dice.word(&["test", "build", "lint"]);
        let outcome = self
            .dice
            .word(&["success", "success", "failure", "failure", "in_progress", "frobnicated"]);
        match name {
            "lint" => {
                let state = match outcome {
                    "success" => State::Success,
                    "failure" => State::Failure,
                    _ => State::Pending,
                };
                drop(self.shop.status(&sha, name, state, ""));
            }
            _ if self.dice.happens(15) => {
                drop(self.shop.check_run_in_new_suite("github-actions", &sha, name, outcome));
            }
            _ => drop(self.shop.check_run("github-actions", &sha, name, outcome)),
        }
        Some(format!("CI: {name} is {outcome} on {sha}"))
    }

    fn push_to_feature(&mut self, tally: &mut Tally) -> Option<String> {
        let features = self.features();
        let feature = self.dice.one_of(&features)?.clone();
        self.push(&feature.head);
        tally.pushes += 1;
        Some(format!("dora pushes to #{}", feature.number))
    }

    fn force_push(&mut self, tally: &mut Tally) -> Option<String> {
        let features = self.features();
        let feature = self.dice.one_of(&features)?.clone();
        self.shop.force_push("dora", &feature.head, "main");
        drop(self.shop.reopen_pull("dora", feature.number));
        self.push(&feature.head);
        drop(self.shop.reopen_pull("dora", feature.number));
        tally.force_pushes += 1;
        Some(format!("dora writes #{} anew", feature.number))
    }

    fn toggle_label(&mut self, _: &mut Tally) -> Option<String> {
        let features = self.features();
        let feature = self.dice.one_of(&features)?.clone();
        let login = self.anybody();
        match feature.labels.iter().any(|label| label == LABEL) {
            true => drop(self.shop.unlabel(login, feature.number, LABEL)),
            false => drop(self.shop.label(login, feature.number, LABEL)),
        }
        Some(format!("{login} turns the label of #{}", feature.number))
    }

    fn close_or_reopen(&mut self, _: &mut Tally) -> Option<String> {
        let pull = self.any_pull()?;
        match pull.open {
            true => drop(self.shop.close_pull("mona", pull.number)),
            false => drop(self.shop.reopen_pull("mona", pull.number)),
        }
        Some(format!("mona closes or reopens #{}", pull.number))
    }

    fn merge_by_hand(&mut self, tally: &mut Tally) -> Option<String> {
        let pulls = self.shop.open_pulls();
        let pull = self.dice.one_of(&pulls)?.clone();
        let methods = [Method::Merge, Method::Squash];
        let method = match pull.base.as_str() {
            "main" => *self.dice.one_of(&methods)?,
            _ => Method::Merge,
        };
        let merged = self.shop.merge_pull("mona", pull.number, method);
        tally.merged_by_hand += u64::from(merged.is_ok());
        Some(format!("mona merges #{} by hand: {merged:?}", pull.number))
    }

    fn push_directly(&mut self, tally: &mut Tally) -> Option<String> {
        let branch = self.dice.word(&["staging", "production", "main"]);
        match self.dice.below(3) {
            0 => {
                let to = self.shop.head("main")?;
                drop(self.shop.push("mona", branch, &to));
            }
            _ => self.push(branch),
        }
        tally.pushed_directly += 1;
        Some(format!("somebody pushes to {branch}"))
    }

    fn change_rights(&mut self, tally: &mut Tally) -> Option<String> {
        let login = self.anybody();
        let roles = [None, Some(Role::Read), Some(Role::Write), Some(Role::Maintain)];
        let role = *self.dice.one_of(&roles)?;
        match role {
            Some(role) => self.shop.grant(login, role),
            None => self.shop.revoke(login),
        }
        tally.rights_changed += 1;
        Some(format!("{login} is {role:?} now"))
    }

    pub(super) fn change_configuration(&mut self, tally: &mut Tally) -> Option<String> {
        self.setup = self.setup.changed(self.mood, &mut self.dice);
        let text = self.setup.text();
        self.configure(&text);
        self.broken = false;
        self.meanings.insert(text, Some(self.setup.clone()));
        tally.configured += 1;
        Some(format!("the configuration says {:?}", self.setup))
    }

    /// Broken for a while, and mended.
    fn break_configuration(&mut self, tally: &mut Tally) -> Option<String> {
        self.broken = !self.broken;
        let text = match self.broken {
            true => format!("{}ownerz: [carl]\n", self.setup.text()),
            false => self.setup.text(),
        };
        self.configure(&text);
        let meaning = (!self.broken).then(|| self.setup.clone());
        self.meanings.insert(text, meaning);
        tally.configured += 1;
        Some(format!("the configuration is broken: {}", self.broken))
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

    fn rename(&mut self, tally: &mut Tally) -> Option<String> {
        let name = self.dice.word(&["shop", "store", "kiosk"]);
        self.shop.rename(name);
        tally.renamed += 1;
        Some(format!("the repository is called {name}"))
    }

    fn edit_or_delete(&mut self, tally: &mut Tally) -> Option<String> {
        let pull = self.any_pull()?;
        let mut comments = self.shop.comments(pull.number);
        comments.retain(|comment| !comment.author.ends_with("[bot]"));
        let comment = self.dice.one_of(&comments)?.clone();
        let words = self.dice.weighted(&COMMANDS)?;
        match self.dice.happens(70) {
            true => drop(self.shop.edit_comment(&comment.author, comment.id, words)),
            false => drop(self.shop.delete_comment(&comment.author, comment.id)),
        }
        tally.edited += 1;
        Some(format!("{} edits or deletes a comment: {words:?}", comment.author))
    }

    pub(super) fn press(&mut self, tally: &mut Tally) -> Option<String> {
        let heads = self.watched();
        let mut buttons = Vec::new();
        for sha in heads {
            for check in self.shop.checks(&sha) {
                let run = check.run;
                buttons.extend(
                    check
                        .buttons
                        .iter()
                        .filter_map(|one| Some((run?, one.identifier.clone()))),
                );
            }
        }
        let (run, identifier) = self.dice.one_of(&buttons)?.clone();
        let login = self.dice.word(&["anna", "anna", "dora", "mona"]);
        drop(self.shop.click(login, run, &identifier));
        tally.clicks += 1;
        Some(format!("{login} presses {identifier}"))
    }

    fn draft(&mut self, _: &mut Tally) -> Option<String> {
        let features = self.features();
        let feature = self.dice.one_of(&features)?.clone();
        drop(self.shop.set_draft("dora", feature.number, !feature.draft));
        Some(format!("#{} is a draft, or not any more", feature.number))
    }

    fn ci_deploys(&mut self, _: &mut Tally) -> Option<String> {
        let environment = self.dice.word(&["staging", "production"]);
        let head = self.shop.head(environment)?;
        let deployment = self.shop.deploy("ci-bot", &head, environment).ok()?;
        let state = self.dice.word(&["success", "failure", "in_progress"]);
        drop(self.shop.deployment_status("ci-bot", deployment, state));
        Some(format!("CI deploys {head} to {environment}: {state}"))
    }

    fn new_feature_anyway(&mut self, _: &mut Tally) -> Option<String> {
        (self.features().len() < FEATURES_MAX).then(|| self.new_feature())
    }
}
