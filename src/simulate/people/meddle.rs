//! Anything else that can be done on GitHub, by anybody, whether it makes sense or not.

use super::{FEATURES_MAX, People};
use crate::sandbox::{Method, Role, State};
use crate::simulate::setup::{LABEL, PEOPLE};
use crate::simulate::tally::Tally;

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
    /// Anything else.
    pub(super) fn meddle(&mut self, tally: &mut Tally) -> Option<String> {
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
            (5, Self::rename),
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

    pub(in crate::simulate) fn change_configuration(&mut self, tally: &mut Tally) -> Option<String> {
        self.setup = self.setup.changed(self.mood, &mut self.dice);
        Some(self.writes_configuration(tally))
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

    pub(in crate::simulate) fn press(&mut self, tally: &mut Tally) -> Option<String> {
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

    pub(super) fn new_feature_anyway(&mut self, _: &mut Tally) -> Option<String> {
        (self.features().len() < FEATURES_MAX).then(|| self.new_feature())
    }
}
