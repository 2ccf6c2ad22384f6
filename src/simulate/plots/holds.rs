//! Stories about holds and rollbacks: what is held gets nothing, whoever asks, until its time or an owner's word.

use super::super::people::People;
use super::ready::{configures, owner_says, pinned_turns, ready, says, turns, word};
use super::{Cue, Made, PENDING, Played, Step, minutes, rest, step};

pub(super) const PLOTS: &[Made] = &[
    held,
    held,
    held_while_it_waits,
    not_opened_by_just_anybody,
    ends_by_itself,
    taken_back,
    taken_back,
    taken_back_by_just_anybody,
    goes_back_by_itself,
];

fn held(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let how = people
        .dice
        .word(&["", "", " because of the fair", " for 2 hours", " for 90 minutes"]);
    vec![
        ready(environment),
        owner_says(Cue::AtOnce, environment, format!("/hold {environment}{how}")),
        rest(),
        turns(Cue::AtOnce, environment, "success"),
        word(environment),
        rest(),
        owner_says(Cue::AtOnce, environment, format!("/unhold {environment}")),
        rest(),
    ]
}

fn held_while_it_waits(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        ready(environment),
        turns(Cue::AtOnce, environment, PENDING),
        word(environment),
        rest(),
        owner_says(Cue::AtOnce, environment, format!("/hold {environment}")),
        pinned_turns(Cue::AtRest, "success"),
        rest(),
    ]
}

fn not_opened_by_just_anybody(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let login = people.dice.word(&["carl", "dora"]);
    vec![
        ready(environment),
        owner_says(Cue::AtOnce, environment, format!("/hold {environment}")),
        rest(),
        says(Cue::AtOnce, login, environment, format!("/unhold {environment}")),
        rest(),
        word(environment),
        rest(),
    ]
}

fn ends_by_itself(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        ready(environment),
        owner_says(Cue::AtOnce, environment, format!("/hold {environment} for 30 minutes")),
        rest(),
        word(environment),
        minutes(15),
        turns(Cue::AtOnce, environment, "success"),
        minutes(17),
        rest(),
    ]
}

fn taken_back(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let mut steps = vec![
        ready(environment),
        word(environment),
        rest(),
        deployed(environment, "success"),
        rest(),
        owner_says(Cue::AtOnce, environment, format!("/rollback {environment}")),
    ];
    if people.dice.happens(25) {
        // Somebody pushes while it goes back.
        steps.push(step(Cue::AtTheMove, move |people, tally| {
            people.push(environment);
            tally.pushed_directly += 1;
            Played::Told(format!("somebody pushes to {environment}"))
        }));
    }
    steps.extend([
        rest(),
        turns(Cue::AtOnce, environment, "success"),
        word(environment),
        rest(),
    ]);
    if people.dice.happens(50) {
        steps.push(owner_says(Cue::AtOnce, environment, format!("/unhold {environment}")));
        steps.push(rest());
        steps.push(word(environment));
        steps.push(rest());
    }
    steps
}

fn taken_back_by_just_anybody(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let login = people.dice.word(&["carl", "dora"]);
    vec![
        ready(environment),
        word(environment),
        rest(),
        says(Cue::AtOnce, login, environment, format!("/rollback {environment}")),
        rest(),
    ]
}

fn goes_back_by_itself(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        configures(move |setup| {
            for one in setup.environments.iter_mut().filter(|one| one.name == environment) {
                (one.by_deployment, one.goes_back) = (true, true);
            }
        }),
        // Once well, so that there is something to go back to.
        ready(environment),
        word(environment),
        rest(),
        deployed(environment, "success"),
        rest(),
        ready(environment),
        word(environment),
        rest(),
        deployed(environment, "failure"),
        rest(),
        word(environment),
        rest(),
    ]
}

/// What is on the environment's branch is deployed there.
pub(super) fn deployed(environment: &'static str, state: &'static str) -> Step {
    step(Cue::AtOnce, move |people, _| {
        let Some(head) = people.shop.head(environment) else {
            return Played::Over;
        };
        if state == "failure" {
            people.held.insert(environment);
        }
        let all = people.shop.deployments();
        let known = all
            .iter()
            .rev()
            .find(|one| one.sha == head && one.environment == environment);
        let deployment = match known.map(|one| one.id) {
            Some(id) => Some(id),
            None => people.shop.deploy("ci-bot", &head, environment).ok(),
        };
        let Some(deployment) = deployment else {
            return Played::Over;
        };
        drop(people.shop.deployment_status("ci-bot", deployment, state));
        Played::Told(format!("{head} is deployed to {environment}: {state}"))
    })
}
