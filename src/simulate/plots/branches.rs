//! Stories about what goes where: only what was shown, only what the stage before has, and never over what somebody put there.

use super::super::people::People;
use super::ready::{configures, owner_says, pinned_turns, ready, source, turns, word};
use super::{Cue, Made, PENDING, Played, Step, rest, step};

pub(super) const PLOTS: &[Made] = &[
    pushed_to_at_the_move,
    pushed_to_at_the_move,
    more_came_meanwhile,
    more_came_meanwhile,
    more_came_right_after,
    not_on_the_stage_before,
    the_stage_before_went_back,
    set_back_by_hand,
];

fn fast_forward() -> Step {
    configures(|setup| setup.environments.iter_mut().for_each(|one| one.merges = false))
}

/// A commit of its own comes to the environment while it is moved.
fn pushed_to_at_the_move(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let in_the_look = people.dice.happens(40);
    let cue = if in_the_look { Cue::InTheLook } else { Cue::AtTheMove };
    let mut steps = vec![ready(environment), word(environment)];
    if people.dice.happens(70) {
        steps.insert(0, fast_forward());
    }
    steps.push(step(cue, move |people, tally| {
        people.push(environment);
        tally.pushed_directly += 1;
        people.held.insert(environment);
        Played::Told(format!("somebody pushes to {environment}"))
    }));
    steps.push(rest());
    steps
}

fn grows(cue: Cue, environment: &'static str) -> Step {
    step(cue, move |people, tally| {
        let from = source(environment);
        people.push(from);
        tally.pushed_directly += 1;
        if let Some(head) = people.shop.head(from) {
            people.report(&head, "success");
        }
        Played::Told(format!("more comes to {from}"))
    })
}

fn more_came_meanwhile(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        ready(environment),
        turns(Cue::AtOnce, environment, PENDING),
        word(environment),
        rest(),
        grows(Cue::AtOnce, environment),
        rest(),
        pinned_turns(Cue::AtOnce, "success"),
        rest(),
    ]
}

fn more_came_right_after(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        ready(environment),
        word(environment),
        grows(Cue::AtOnce, environment),
        rest(),
    ]
}

/// Production is asked for what only main has.
fn not_on_the_stage_before(people: &mut People) -> Vec<Step> {
    vec![
        ready("production"),
        step(Cue::AtOnce, |people, tally| Played::Told(people.lands(tally))),
        rest(),
        step(Cue::AtOnce, |people, tally| {
            let login = people.owner(Some("production"));
            let landed = people.landed.unwrap_or_default();
            people.says_on(landed, login, "/promote production", tally)
        }),
        rest(),
        owner_says(Cue::AtOnce, "staging", "/promote production"),
        rest(),
    ]
    .into_iter()
    .skip(usize::from(people.dice.happens(50)))
    .collect()
}

/// What was asked for is no longer on the stage before when it turns green.
fn the_stage_before_went_back(_: &mut People) -> Vec<Step> {
    vec![
        ready("production"),
        turns(Cue::AtOnce, "production", PENDING),
        word("production"),
        rest(),
        step(Cue::AtOnce, |people, _| {
            let Some(to) = people.shop.head("production") else {
                return Played::Over;
            };
            people.shop.force_push("mona", "staging", &to);
            Played::Told("mona sets staging back".to_owned())
        }),
        rest(),
        pinned_turns(Cue::AtOnce, "success"),
        rest(),
    ]
}

/// Somebody sets an environment back, and it is promoted into again.
fn set_back_by_hand(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        ready(environment),
        word(environment),
        rest(),
        step(Cue::AtOnce, move |people, _| {
            let parent = people
                .shop
                .head(environment)
                .and_then(|head| people.shop.commit_at(&head));
            let Some(to) = parent.and_then(|commit| commit.parents.first().cloned()) else {
                return Played::Over;
            };
            people.shop.force_push("mona", environment, &to);
            Played::Told(format!("mona sets {environment} back"))
        }),
        rest(),
        word(environment),
        rest(),
    ]
}
