//! What every story begins with: an environment into which something could go at a word, or a feature that could be merged.

use jiff::SignedDuration;

use super::super::people::People;
use super::super::setup::{LABEL, Setup};
use super::super::tally::Tally;
use super::{Cue, Played, Step, step};
use crate::sandbox::Method;

/// Attempts after which a story is given up.
const TRIES_MAX: u32 = 9;

/// The branch that an environment takes from.
pub fn source(environment: &str) -> &'static str {
    if environment == "staging" { "main" } else { "staging" }
}

/// Everything that is needed for a promotion becomes so.
pub fn ready(environment: &'static str) -> Step {
    step(Cue::AtRest, move |people, tally| people.makes_ready(environment, tally))
}

/// Somebody who may asks for the promotion.
pub fn word(environment: &'static str) -> Step {
    step(Cue::AtOnce, move |people, tally| {
        people.promotes_now(environment, tally)
    })
}

/// An owner says something about an environment, where it is promoted into.
pub fn owner_says(cue: Cue, environment: &'static str, words: impl Into<String>) -> Step {
    let words = words.into();
    step(cue, move |people, tally| {
        let login = people.owner(Some(environment));
        people.says_there(login, environment, &words, tally)
    })
}

/// The same by anybody.
pub fn says(cue: Cue, login: &'static str, environment: &'static str, words: impl Into<String>) -> Step {
    let words = words.into();
    step(cue, move |people, tally| {
        people.says_there(login, environment, &words, tally)
    })
}

/// Everything that is reported on what would go has this outcome.
pub fn turns(cue: Cue, environment: &'static str, outcome: &'static str) -> Step {
    step(cue, move |people, _| {
        let Some(promotion) = people.promotion(environment) else {
            return Played::Over;
        };
        people.report(&promotion.head_sha, outcome);
        Played::Told(format!("{} turns {outcome}", promotion.head_sha))
    })
}

/// The same of what was last asked for, wherever it is now.
pub fn pinned_turns(cue: Cue, outcome: &'static str) -> Step {
    step(cue, move |people, _| {
        let head = people.pinned.clone();
        people.report(&head, outcome);
        Played::Told(format!("{head}, which was asked for, turns {outcome}"))
    })
}

/// The configuration changes, where that makes a difference.
pub fn configures(change: impl Fn(&mut Setup) + Send + 'static) -> Step {
    step(Cue::AtOnce, move |people, tally| {
        let before = people.setup.clone();
        let mut setup = before.clone();
        change(&mut setup);
        if setup == before {
            return Played::Nothing;
        }
        people.setup = setup;
        Played::Told(people.writes_configuration(tally))
    })
}

impl People {
    /// Does one thing that is needed for a promotion, until nothing is.
    pub(super) fn makes_ready(&mut self, environment: &'static str, tally: &mut Tally) -> Played {
        self.tries += 1;
        if self.tries > TRIES_MAX {
            return Played::Over;
        }
        if self.broken {
            self.mend_configuration();
            return Played::Again("the configuration is mended".to_owned());
        }
        if let Some(told) = self.brings_back(tally) {
            return Played::Again(told);
        }
        if self.held.remove(environment) {
            let login = self.owner(Some(environment));
            let Some(number) = self
                .promotion(environment)
                .or_else(|| self.any_pull())
                .map(|pull| pull.number)
            else {
                return Played::Over;
            };
            let told = self.say(login, number, &format!("/unhold {environment}"), tally);
            return Played::Again(told.unwrap_or_default());
        }
        let from = source(environment);
        let heads = self.shop.head(environment).zip(self.shop.head(from));
        let ahead = heads.is_some_and(|(to, from)| !self.shop.commits_between(&to, &from).is_empty());
        match self.promotion(environment) {
            None if ahead => Played::Again(format!("the pull request into {environment} is waited for")),
            None if environment == "production" => match self.makes_ready("staging", tally) {
                Played::Nothing => match self.promotes_now("staging", tally) {
                    Played::Told(told) => Played::Again(told),
                    other => other,
                },
                other => other,
            },
            None => Played::Again(self.lands(tally)),
            Some(promotion) => match self.opens_gates(environment, &promotion.head_sha, tally) {
                Played::Nothing if !self.probed => {
                    self.probed = true;
                    self.tries_a_door(environment, promotion.number, tally)
                }
                other => other,
            },
        }
    }

    /// Everything is open, but for who says it and how.
    fn tries_a_door(&mut self, environment: &'static str, pull: u64, tally: &mut Tally) -> Played {
        let owner = self.owner(Some(environment));
        let (login, words) = match self.dice.below(14) {
            0 | 1 => ("carl", format!("/promote {environment}")),
            2 | 3 => ("dora", format!("/promote {environment}")),
            4 => ("dora", format!("/rollback {environment}")),
            5 => (owner, format!("> /promote {environment}\n\nNot yet.")),
            6 => (owner, format!("```\n/promote {environment}\n```")),
            7 => (owner, format!("/promote {environment} --dry-run")),
            _ => return Played::Nothing,
        };
        let told = self.say(login, pull, &words, tally);
        Played::Again(told.unwrap_or_default())
    }

    /// Everything that waits turns out well.
    fn opens_gates(&mut self, environment: &'static str, head: &str, tally: &mut Tally) -> Played {
        if !self.is_green(head) {
            self.report(head, "success");
        }
        if !self.is_green(head) {
            // Something is red for good.
            return match environment {
                "staging" => Played::Again(self.lands(tally)),
                _ => Played::Over,
            };
        }
        while let Some(deployment) = self.open_deployment() {
            drop(self.shop.deployment_status("ci-bot", deployment, "success"));
        }
        let known = self.setup.environments.iter().find(|one| one.name == environment);
        let (soak, window) = known.map_or((None, None), |one| (one.soak_mins, one.window));
        let past_midnight = self.time_of_day();
        if let Some((from, to)) = window
            && !(from..to).contains(&i8::try_from(past_midnight.as_hours()).unwrap_or(0))
        {
            let day = SignedDuration::from_hours(24);
            let opens = SignedDuration::from_hours(i64::from(from)) + SignedDuration::from_mins(1);
            let wait = opens - past_midnight;
            return Played::Later(if wait.is_negative() { wait + day } else { wait });
        }
        match soak.filter(|_| self.soaked.as_deref() != Some(head)) {
            Some(mins) => {
                self.soaked = Some(head.to_owned());
                Played::Later(SignedDuration::from_mins(mins + 1))
            }
            None => Played::Nothing,
        }
    }

    /// How much of today is over, in UTC.
    pub(super) fn time_of_day(&self) -> SignedDuration {
        SignedDuration::from_secs(self.now.as_second().rem_euclid(86_400))
    }

    /// A pull request that brings something back to main is merged.
    fn brings_back(&mut self, tally: &mut Tally) -> Option<String> {
        let mut open = self.shop.open_pulls().into_iter();
        let back = open.find(|pull| pull.base == "main" && !pull.head.starts_with("feature-"))?;
        let merged = self.shop.merge_pull("mona", back.number, Method::Merge);
        tally.merged_by_hand += u64::from(merged.is_ok());
        merged.ok().map(|_| format!("mona brings {} back to main", back.head))
    }

    /// A feature comes to main, by hand, and is green there.
    pub(super) fn lands(&mut self, tally: &mut Tally) -> String {
        self.lands_as(Some("success"), tally)
    }

    /// The same, with the checks that it has there; `None`: CI has not come to it yet.
    pub(super) fn lands_as(&mut self, outcome: Option<&str>, tally: &mut Tally) -> String {
        let told = self.new_feature();
        let newest = self.features().into_iter().max_by_key(|pull| pull.number);
        if let Some(feature) = newest {
            let merged = self.shop.merge_pull("mona", feature.number, Method::Squash);
            tally.merged_by_hand += u64::from(merged.is_ok());
            self.landed = Some(feature.number);
        }
        if let Some((head, outcome)) = self.shop.head("main").zip(outcome) {
            self.report(&head, outcome);
        }
        format!("{told}, which is merged by hand")
    }

    pub(super) fn promotes_now(&mut self, environment: &'static str, tally: &mut Tally) -> Played {
        let login = self.owner(Some(environment));
        self.says_there(login, environment, &format!("/promote {environment}"), tally)
    }

    pub(super) fn says_there(
        &mut self,
        login: &'static str,
        environment: &str,
        words: &str,
        tally: &mut Tally,
    ) -> Played {
        let promotion = self.promotion(environment);
        if let Some(promotion) = &promotion {
            self.pinned.clone_from(&promotion.head_sha);
        }
        if words.starts_with("/hold") || words.starts_with("/rollback") {
            self.held.insert(if environment == "staging" {
                "staging"
            } else {
                "production"
            });
        }
        let Some(pull) = promotion.or_else(|| self.any_pull()) else {
            return Played::Over;
        };
        let Ok(comment) = self.shop.comment(login, pull.number, words) else {
            return Played::Over;
        };
        tally.comments += 1;
        self.spoken = Some((login, comment));
        Played::Told(format!("{login} says {words:?} on #{}", pull.number))
    }

    /// A feature that waits for an owner's word, with its checks as they are said to be.
    pub(super) fn offers_feature(&mut self, outcome: &str) -> Option<u64> {
        let mut features = self.features();
        features.retain(|one| !one.draft && !self.accepted.contains(&one.number));
        if features.is_empty() {
            self.new_feature();
            features = self.features();
        }
        let feature = self.dice.one_of(&features)?.clone();
        self.accepted.push(feature.number);
        drop(self.shop.label("dora", feature.number, LABEL));
        self.report(&feature.head_sha, outcome);
        self.offered = feature.number;
        Some(feature.number)
    }
}
