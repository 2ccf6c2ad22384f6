//! Stories about when: windows, the time that something has to have run, and whether it runs at all.

use super::super::people::People;
use super::super::setup::Setup;
use super::holds::deployed;
use super::ready::{configures, owner_says, ready, turns, word};
use super::{Cue, Made, Played, Step, minutes, rest, step};

pub(super) const PLOTS: &[Made] = &[
    outside_of_its_window,
    outside_of_its_window,
    not_long_enough,
    not_long_enough,
    does_not_run_yet,
    does_not_run_yet,
    at_a_time,
];

fn of(environment: &'static str, change: impl Fn(&mut super::super::setup::Environment) + Send + 'static) -> Step {
    configures(move |setup: &mut Setup| {
        for one in setup.environments.iter_mut().filter(|one| one.name == environment) {
            change(one);
        }
    })
}

fn outside_of_its_window(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        of(environment, |one| (one.window, one.soak_mins) = (None, None)),
        ready(environment),
        step(Cue::AtOnce, move |people, tally| {
            let hour = i8::try_from(people.time_of_day().as_hours()).unwrap_or(0);
            // Two hours that begin in two hours, or ended two hours ago.
            let from = if hour < 19 { hour + 2 } else { hour - 4 };
            for one in people
                .setup
                .environments
                .iter_mut()
                .filter(|one| one.name == environment)
            {
                one.window = Some((from, from + 2));
            }
            Played::Told(people.writes_configuration(tally))
        }),
        word(environment),
        rest(),
        minutes(60),
        turns(Cue::AtOnce, environment, "success"),
        rest(),
        minutes(130),
        rest(),
        of(environment, |one| one.window = None),
    ]
}

fn not_long_enough(_: &mut People) -> Vec<Step> {
    vec![
        of("production", |one| (one.window, one.soak_mins) = (None, Some(30))),
        ready("staging"),
        word("staging"),
        rest(),
        turns(Cue::AtOnce, "production", "success"),
        word("production"),
        rest(),
        minutes(20),
        turns(Cue::AtOnce, "production", "success"),
        minutes(12),
        rest(),
    ]
}

fn does_not_run_yet(people: &mut People) -> Vec<Step> {
    let state = people.dice.word(&["failure", "in_progress", "error", "success"]);
    vec![
        of("staging", |one| one.by_deployment = true),
        of("production", |one| (one.window, one.soak_mins) = (None, None)),
        ready("staging"),
        word("staging"),
        rest(),
        turns(Cue::AtOnce, "production", "success"),
        word("production"),
        rest(),
        deployed("staging", state),
        rest(),
    ]
}

fn at_a_time(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        ready(environment),
        owner_says(
            Cue::AtOnce,
            environment,
            format!("/promote {environment} in 20 minutes"),
        ),
        minutes(10),
        turns(Cue::AtOnce, environment, "success"),
        minutes(12),
        rest(),
    ]
}
