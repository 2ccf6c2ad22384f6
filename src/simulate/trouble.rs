//! What each world is about: the trouble that its mood makes dense, and what happens at the worst possible moment.

use super::mood::Mood;
use super::people::People;
use super::setup::{CONFIGURATION, LABEL, Setup};
use super::tally::Tally;
use crate::sandbox::{PullView, Role};

impl People {
    /// What this world is about.
    pub(super) fn make_trouble(&mut self, tally: &mut Tally) -> Option<String> {
        match self.mood {
            Mood::Plain => None,
            Mood::Red => self.is_red(tally),
            Mood::Hasty => self.hurries(tally),
            Mood::Edits => self.takes_back(tally),
            Mood::Rights => self.loses_rights(tally),
            Mood::Times => self.promotes(tally),
            Mood::Frozen => self.waits(tally),
            Mood::Holds => self.holds(tally),
            Mood::Diverged => self.diverges(tally),
            Mood::Storm => self.asks(tally),
            Mood::Deploys => self.deploys(tally),
            Mood::Buttons => self.presses(tally),
        }
    }

    /// While somebody stands still, or is about to move something, what that rests upon changes.
    pub fn upset(&mut self, tally: &mut Tally) -> Option<String> {
        let environment = self.dice.word(&["staging", "production"]);
        let owner = self.owner(Some(environment));
        let mostly = match self.mood {
            Mood::Red | Mood::Frozen => Some(0),
            Mood::Diverged => Some(2),
            Mood::Hasty => Some(3),
            Mood::Rights => Some(4),
            Mood::Edits => Some(6),
            _ => None,
        };
        let anything = self.dice.below(7);
        match mostly.filter(|_| self.dice.happens(60)).unwrap_or(anything) {
            0 | 1 => {
                let mut heads = self.watched();
                heads.retain(|sha| self.dice.happens(70) && !sha.is_empty());
                for sha in &heads {
                    drop(self.shop.check_run("github-actions", sha, "test", "failure"));
                }
                Some("everything turns red".to_owned())
            }
            2 => {
                self.push(environment);
                tally.pushed_directly += 1;
                Some(format!("somebody pushes to {environment}"))
            }
            3 => Some(self.pushes_everywhere(tally)),
            4 => {
                self.shop.grant("mona", Role::Read);
                self.lowered = true;
                tally.rights_changed += 1;
                self.change_configuration(tally)
            }
            5 => {
                let number = self.any_pull()?.number;
                self.say(
                    owner,
                    number,
                    &format!("/hold {environment} because of the upset"),
                    tally,
                )
            }
            _ => {
                let promotion = self.promotion(environment)?;
                let mut comments = self.shop.comments(promotion.number);
                comments.retain(|comment| !comment.author.ends_with("[bot]"));
                let comment = comments.last()?;
                drop(self.shop.edit_comment(&comment.author, comment.id, "Never mind."));
                tally.edited += 1;
                Some(format!("{} takes a word back", comment.author))
            }
        }
    }

    /// Whatever is about to be merged is not what it was.
    pub fn pushes_everywhere(&mut self, tally: &mut Tally) -> String {
        for feature in self.features() {
            self.push(&feature.head);
            tally.pushes += 1;
        }
        "dora pushes to every feature".to_owned()
    }

    fn stage(&mut self) -> (&'static str, &'static str, Option<PullView>) {
        let environment = self.dice.word(&["staging", "production", "production"]);
        let owner = self.owner(Some(environment));
        let promotion = self.promotion(environment);
        (environment, owner, promotion)
    }

    fn promotes(&mut self, tally: &mut Tally) -> Option<String> {
        let (environment, owner, promotion) = self.stage();
        let promotion = promotion?;
        self.report(&promotion.head_sha, "success");
        self.say(owner, promotion.number, &format!("/promote {environment}"), tally)
    }

    /// Asked for before it is green, so that it goes later, by itself.
    fn waits(&mut self, tally: &mut Tally) -> Option<String> {
        if let Some((head, _)) = self.regretted.take() {
            self.report(&head, "success");
            return Some(format!("{head} turns green, which somebody waits for"));
        }
        let (environment, owner, promotion) = self.stage();
        let promotion = promotion?;
        self.report(&promotion.head_sha, "in_progress");
        let told = self.say(owner, promotion.number, &format!("/promote {environment}"), tally);
        self.regretted = Some((promotion.head_sha, 0));
        told
    }

    fn is_red(&mut self, tally: &mut Tally) -> Option<String> {
        let (environment, owner, promotion) = self.stage();
        let outcomes = [
            "failure",
            "in_progress",
            "frobnicated",
            "timed_out",
            "cancelled",
            "action_required",
            "stale",
            "startup_failure",
            "queued",
        ];
        let outcome = self.dice.word(&outcomes);
        let feature = self.ready_feature().filter(|_| self.dice.happens(35));
        let (number, head, words) = match (feature, promotion) {
            (Some(feature), _) => (feature.number, feature.head_sha, "/accept".to_owned()),
            (None, Some(promotion)) => (promotion.number, promotion.head_sha, format!("/promote {environment}")),
            (None, None) => return None,
        };
        self.report(&head, "success");
        let app = "github-actions";
        match self.dice.below(3) {
            0 => drop(self.shop.check_run(app, &head, "test", outcome)),
            1 => {
                drop(self.shop.check_run(app, &head, "test", outcome));
                drop(self.shop.check_run_in_new_suite(app, &head, "test", "success"));
            }
            _ => {
                drop(self.shop.check_run(app, &head, "test", "success"));
                drop(self.shop.check_run_in_new_suite(app, &head, "test", outcome));
            }
        }
        self.say(owner, number, &words, tally)
    }

    /// A feature that is labelled; one that was never accepted first.
    fn ready_feature(&mut self) -> Option<PullView> {
        let mut features = self.features();
        features.retain(|one| one.labels.iter().any(|label| label == LABEL));
        let fresh = features.iter().find(|one| !self.accepted.contains(&one.number));
        fresh.or(features.first()).cloned()
    }

    /// Something changes right behind an owner's word, or after it, before it came to anything.
    fn hurries(&mut self, tally: &mut Tally) -> Option<String> {
        let accepted = self
            .features()
            .into_iter()
            .find(|one| self.accepted.contains(&one.number));
        if let Some(feature) = accepted.filter(|_| self.dice.happens(60)) {
            self.accepted.retain(|number| *number != feature.number);
            self.push(&feature.head);
            tally.pushes += 1;
            let head = self.shop.head(&feature.head)?;
            self.report(&head, "success");
            return Some(format!("dora pushes to #{}, which was accepted", feature.number));
        }
        if self.dice.happens(35) {
            let (environment, owner, promotion) = self.stage();
            let (number, source) = (
                promotion?.number,
                if environment == "staging" { "main" } else { "staging" },
            );
            let told = self.say(owner, number, &format!("/promote {environment}"), tally);
            self.push(source);
            tally.pushed_directly += 1;
            let head = self.shop.head(source)?;
            self.report(&head, "success");
            return told;
        }
        let feature = self.ready_feature().or_else(|| self.features().first().cloned())?;
        drop(self.shop.label("dora", feature.number, LABEL));
        let owner = self.owner(None);
        if self.dice.happens(60) {
            self.report(&feature.head_sha, "in_progress");
            self.accepted.push(feature.number);
            return self.say(owner, feature.number, "/accept", tally);
        }
        self.say(owner, feature.number, "/accept", tally);
        self.push(&feature.head);
        tally.pushes += 1;
        let head = self.shop.head(&feature.head)?;
        self.report(&head, "success");
        Some(format!("{owner} accepts #{}, and dora pushes", feature.number))
    }

    fn takes_back(&mut self, tally: &mut Tally) -> Option<String> {
        if let Some((head, comment)) = self.regretted.take() {
            drop(self.shop.edit_comment("anna", comment, "Never mind."));
            drop(self.shop.edit_comment("mona", comment, "Never mind."));
            self.report(&head, "success");
            tally.edited += 1;
            return Some("a word that waited is taken back, and its checks turn green".to_owned());
        }
        let (environment, owner, promotion) = self.stage();
        let promotion = promotion?;
        let words = format!("/promote {environment}");
        if self.dice.happens(35) {
            self.report(&promotion.head_sha, "in_progress");
            let comment = self.shop.comment(owner, promotion.number, &words).ok()?;
            tally.comments += 1;
            self.regretted = Some((promotion.head_sha, comment));
            return Some(format!("{owner} says {words:?}, too early"));
        }
        self.report(&promotion.head_sha, "success");
        let first = self.dice.word(&["/status", "Looks good.", "/promte staging"]);
        let comment = self.shop.comment(owner, promotion.number, first).ok()?;
        tally.comments += 1;
        self.slip = Some((owner, comment, words));
        Some(format!("{owner} says {first:?}"))
    }

    fn loses_rights(&mut self, tally: &mut Tally) -> Option<String> {
        let (environment, owner, promotion) = self.stage();
        let words = format!("/promote {environment}");
        if let Some(promotion) = &promotion {
            let head = promotion.head_sha.clone();
            self.report(&head, "success");
        }
        if let Some(login) = self.fallen.take() {
            return self.say(login, promotion?.number, &words, tally);
        }
        match self.dice.below(5) {
            // Long before the word.
            0 => {
                let login = self.dice.word(&["mona", "anna"]);
                self.shop.grant(login, Role::Maintain);
                let number = self.any_pull()?.number;
                self.say(login, number, "/status", tally);
                self.shop.grant(login, Role::Write);
                self.fallen = Some(login);
                tally.rights_changed += 1;
                Some(format!("{login} maintains no longer"))
            }
            // Right behind it.
            1 => {
                let login = self.dice.word(&["mona", "anna", "carl"]);
                self.shop.grant(login, Role::Maintain);
                let told = self.say(login, promotion?.number, &words, tally);
                match self.dice.happens(60) {
                    true => self.shop.grant(login, Role::Read),
                    false => drop(self.change_configuration(tally)),
                }
                tally.rights_changed += 1;
                told
            }
            // By a configuration of their own.
            2 => {
                let feature = self.ready_feature()?;
                let mut own = self.setup.clone();
                own.owners = Some(vec!["carl", "dora"]);
                own.environments.iter_mut().for_each(|one| one.owners = None);
                self.propose(&feature, own);
                let head = self.shop.head(&feature.head)?;
                self.report(&head, "success");
                let words = self.dice.word(&["/accept", "/promote staging"]);
                self.say("carl", feature.number, words, tally)
            }
            3 => {
                let login = self.dice.word(&["carl", "dora", "boris"]);
                let words = ["/promote ", "/unhold ", "/hold ", "/rollback "];
                let words = format!("{}{environment}", self.dice.word(&words));
                let number = promotion.or_else(|| self.any_pull())?.number;
                self.say(login, number, &words, tally)
            }
            _ => {
                let told = self.say(owner, promotion?.number, &words, tally);
                drop(self.change_configuration(tally));
                told
            }
        }
    }

    /// A feature that changes the configuration, which counts once it is on main.
    fn propose(&mut self, feature: &PullView, setup: Setup) {
        let text = setup.text();
        self.shop
            .commit(&feature.head, "dora", "Configure", &[(CONFIGURATION, &text)]);
        self.meanings.insert(text, Some(setup));
    }

    fn holds(&mut self, tally: &mut Tally) -> Option<String> {
        let (environment, owner, promotion) = self.stage();
        if let Some(promotion) = &promotion {
            let head = promotion.head_sha.clone();
            self.report(&head, "success");
        }
        let words = [
            "/hold ",
            "/promote ",
            "/promote ",
            "/promote ",
            "/rollback ",
            "/rollback ",
            "/unhold ",
        ];
        let words = match (&promotion, self.dice.happens(45)) {
            // What is asked for during a hold waits.
            (Some(_), true) => format!("/hold {environment}\n/promote {environment}"),
            _ => format!("{}{environment}", self.dice.word(&words)),
        };
        let number = promotion.or_else(|| self.any_pull())?.number;
        let login = if self.dice.happens(85) { owner } else { "dora" };
        self.say(login, number, &words, tally)
    }

    fn diverges(&mut self, tally: &mut Tally) -> Option<String> {
        let (environment, owner, promotion) = self.stage();
        let promotion = promotion?;
        self.report(&promotion.head_sha, "success");
        if self.dice.happens(20) {
            self.push(environment);
            tally.pushed_directly += 1;
        }
        self.say(owner, promotion.number, &format!("/promote {environment}"), tally)
    }

    fn asks(&mut self, tally: &mut Tally) -> Option<String> {
        let (environment, owner, promotion) = self.stage();
        let words = ["/status", "/promote ", "/promote ", "/hold ", "/unhold ", "/rollback "];
        let mut words = self.dice.word(&words).to_owned();
        if words.ends_with(' ') {
            words.push_str(environment);
        }
        if let Some(promotion) = &promotion {
            let head = promotion.head_sha.clone();
            self.report(&head, "success");
        }
        let number = promotion.or_else(|| self.any_pull())?.number;
        self.say(owner, number, &words, tally)
    }

    fn deploys(&mut self, tally: &mut Tally) -> Option<String> {
        if let Some(deployment) = self.open_deployment().filter(|_| self.dice.happens(50)) {
            let states = ["success", "failure", "failure", "in_progress", "error", "queued"];
            let state = self.dice.word(&states);
            drop(self.shop.deployment_status("ci-bot", deployment, state));
            return Some(format!("deployment {deployment} is {state}"));
        }
        self.promotes(tally)
    }

    fn presses(&mut self, tally: &mut Tally) -> Option<String> {
        if let Some(feature) = self.ready_feature() {
            self.report(&feature.head_sha, "success");
        }
        let told = self.press(tally);
        if self.dice.happens(30) {
            let features = self.features();
            let feature = self.dice.one_of(&features)?.clone();
            self.push(&feature.head);
            tally.pushes += 1;
        }
        told
    }
}
