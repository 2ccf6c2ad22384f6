//! Stories about checks: red ones, ones that nobody knows, ones that are not there, and ones that turn while somebody looks.

use super::super::people::People;
use super::ready::{configures, owner_says, pinned_turns, ready, turns, word};
use super::{Cue, Made, PENDING, Played, Step, minutes, rest, step};
use crate::sandbox::State;

pub(super) const PLOTS: &[Made] = &[
    red,
    red,
    red,
    red_in_the_look,
    red_in_the_look,
    red_while_it_waits,
    red_when_its_time_comes,
    nothing_but_another_check,
    none_at_all,
];

/// Outcomes that are not green.
const NOT_GREEN: [&str; 12] = [
    "failure",
    "failure",
    "timed_out",
    "cancelled",
    "action_required",
    "stale",
    "startup_failure",
    PENDING,
    "queued",
    "frobnicated",
    "frobnicated",
    "frobnicated",
];

/// Checks have to be green there.
fn wants_checks(environment: &'static str) -> Step {
    configures(move |setup| {
        for one in &mut setup.environments {
            if one.name == environment && one.checks == "none" {
                one.checks = "auto";
            }
        }
    })
}

fn red(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        wants_checks(environment),
        ready(environment),
        step(Cue::AtOnce, move |people, _| {
            let Some(promotion) = people.promotion(environment) else {
                return Played::Over;
            };
            Played::Told(people.spoils(&promotion.head_sha))
        }),
        word(environment),
        rest(),
        turns(Cue::AtOnce, environment, "success"),
        rest(),
    ]
}

fn red_in_the_look(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        wants_checks(environment),
        ready(environment),
        word(environment),
        pinned_turns(Cue::InTheLook, "failure"),
        rest(),
    ]
}

fn red_while_it_waits(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        wants_checks(environment),
        ready(environment),
        turns(Cue::AtOnce, environment, PENDING),
        word(environment),
        pinned_turns(Cue::AtRest, "failure"),
        rest(),
        pinned_turns(Cue::AtOnce, "success"),
        rest(),
    ]
}

fn red_when_its_time_comes(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        wants_checks(environment),
        ready(environment),
        owner_says(
            Cue::AtOnce,
            environment,
            format!("/promote {environment} in 20 minutes"),
        ),
        pinned_turns(Cue::AtRest, "failure"),
        minutes(22),
        rest(),
    ]
}

/// The one that counts is not there.
fn nothing_but_another_check(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        configures(move |setup| {
            for one in &mut setup.environments {
                if one.name == environment {
                    one.checks = "test";
                }
            }
        }),
        ready(environment),
        step(Cue::AtOnce, |people, tally| Played::Told(people.lands_as(None, tally))),
        step(Cue::AtRest, move |people, _| {
            let Some(promotion) = people.promotion(environment) else {
                return Played::Over;
            };
            drop(
                people
                    .shop
                    .check_run("github-actions", &promotion.head_sha, "build", "success"),
            );
            drop(people.shop.status(&promotion.head_sha, "lint", State::Success, ""));
            Played::Told("everything is there but the check that counts".to_owned())
        }),
        word(environment),
        rest(),
    ]
}

fn none_at_all(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        wants_checks(environment),
        ready(environment),
        step(Cue::AtOnce, |people, tally| Played::Told(people.lands_as(None, tally))),
        rest(),
        word(environment),
        rest(),
    ]
}

impl People {
    /// Something about a green commit turns out not to be.
    pub(super) fn spoils(&mut self, head: &str) -> String {
        let outcome = self.dice.word(&NOT_GREEN);
        let app = "github-actions";
        let (shop, wanted) = (self.shop.clone(), "test");
        match self.dice.below(10) {
            0 | 1 => drop(shop.check_run(app, head, wanted, outcome)),
            // One workflow's success hides nothing of another one's failure.
            2 => {
                drop(shop.check_run(app, head, wanted, outcome));
                drop(shop.check_run_in_new_suite(app, head, wanted, "success"));
            }
            3 => {
                drop(shop.check_run(app, head, wanted, "success"));
                drop(shop.check_run_in_new_suite(app, head, wanted, outcome));
            }
            // Nor another App's.
            4 => {
                drop(shop.check_run(app, head, wanted, outcome));
                drop(shop.check_run("other-ci", head, wanted, "success"));
            }
            // On whichever page it stands.
            5..=8 => {
                for number in 0..4 {
                    drop(shop.check_run(app, head, &format!("part {number}"), "success"));
                }
                drop(shop.check_run(app, head, wanted, outcome));
                for number in 4..7 {
                    drop(shop.check_run(app, head, &format!("part {number}"), "success"));
                }
            }
            _ => {
                let state = *self
                    .dice
                    .one_of(&[State::Failure, State::Error, State::Pending])
                    .unwrap_or(&State::Error);
                for one in ["lint", "test"] {
                    drop(shop.status(head, one, state, ""));
                }
            }
        }
        format!("a check of {head} is {outcome}")
    }
}
