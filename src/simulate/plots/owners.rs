//! Stories about who may, and about words that change after they were said.

use super::super::people::People;
use super::super::setup::CONFIGURATION;
use super::ready::{configures, pinned_turns, ready, says, turns, word};
use super::{Cue, Made, PENDING, Played, Step, minutes, rest, step};
use crate::sandbox::Role;

pub(super) const PLOTS: &[Made] = &[
    no_owner,
    lowered_before_the_word,
    lowered_before_the_word,
    lowered_while_it_waits,
    taken_off_the_list_while_it_waits,
    narrower_owners,
    a_configuration_of_ones_own,
    edited_into_a_command,
    edited_into_a_command,
    taken_back_while_it_waits,
];

/// Whoever maintains may.
fn maintainers_own() -> Step {
    configures(|setup| {
        setup.owners = None;
        setup.environments.iter_mut().for_each(|one| one.owners = None);
    })
}

fn mona(role: Role) -> Step {
    step(Cue::AtOnce, move |people, tally| {
        people.shop.grant("mona", role);
        people.lowered = role < Role::Maintain;
        tally.rights_changed += 1;
        Played::Told(format!("mona is {role:?} now"))
    })
}

fn no_owner(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let login = people.dice.word(&["carl", "dora"]);
    vec![
        ready(environment),
        says(Cue::AtOnce, login, environment, format!("/promote {environment}")),
        rest(),
    ]
}

fn lowered_before_the_word(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        maintainers_own(),
        mona(Role::Maintain),
        ready(environment),
        says(Cue::AtOnce, "mona", environment, "/status"),
        rest(),
        mona(Role::Write),
        says(Cue::AtOnce, "mona", environment, format!("/promote {environment}")),
        rest(),
        mona(Role::Maintain),
        rest(),
    ]
}

fn lowered_while_it_waits(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        maintainers_own(),
        mona(Role::Maintain),
        ready(environment),
        turns(Cue::AtOnce, environment, PENDING),
        says(Cue::AtOnce, "mona", environment, format!("/promote {environment}")),
        rest(),
        mona(Role::Read),
        pinned_turns(Cue::AtOnce, "success"),
        rest(),
        mona(Role::Maintain),
    ]
}

fn taken_off_the_list_while_it_waits(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        configures(|setup| {
            setup.owners = Some(vec!["boris", "anna"]);
            setup.environments.iter_mut().for_each(|one| one.owners = None);
        }),
        ready(environment),
        turns(Cue::AtOnce, environment, PENDING),
        says(Cue::AtOnce, "boris", environment, format!("/promote {environment}")),
        rest(),
        configures(|setup| setup.owners = Some(vec!["anna"])),
        pinned_turns(Cue::AtRest, "success"),
        rest(),
    ]
}

/// Who owns the pipeline does not own an environment that names others.
fn narrower_owners(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    vec![
        configures(move |setup| {
            setup.owners = Some(vec!["boris", "anna"]);
            for one in setup.environments.iter_mut().filter(|one| one.name == environment) {
                one.owners = Some(vec!["anna"]);
            }
        }),
        ready(environment),
        says(Cue::AtOnce, "boris", environment, format!("/promote {environment}")),
        rest(),
        says(Cue::AtOnce, "boris", environment, format!("/hold {environment}")),
        rest(),
    ]
}

/// What stands on a branch that is not main counts for nothing.
fn a_configuration_of_ones_own(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let on = people.dice.word(&["feature", "staging", "production"]);
    vec![
        ready(environment),
        step(Cue::AtOnce, move |people, _| {
            let mut own = people.setup.clone();
            own.owners = Some(vec!["carl", "dora"]);
            own.environments.iter_mut().for_each(|one| one.owners = None);
            let text = own.text();
            people.meanings.insert(text.clone(), Some(own));
            let feature = people.features().first().map(|feature| feature.head.clone());
            let Some(branch) = feature
                .filter(|_| on == "feature")
                .or((on != "feature").then(|| on.to_owned()))
            else {
                return Played::Over;
            };
            people
                .shop
                .commit(&branch, "dora", "Configure", &[(CONFIGURATION, &text)]);
            if on != "feature" {
                people.held.insert(on);
            }
            Played::Told(format!("dora writes a configuration of her own to {branch}"))
        }),
        says(Cue::AtOnce, "carl", environment, format!("/promote {environment}")),
        rest(),
    ]
}

fn edited_into_a_command(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let first = people.dice.word(&[
        "Looks good to me.",
        "/status",
        "/promte staging",
        "> /promote production",
    ]);
    // In most worlds its delivery comes at once; where it does not, only the edited words are there to be read.
    let late = people.dice.happens(50);
    let by_another = people.dice.happens(30);
    let mut steps = vec![
        ready(environment),
        step(Cue::AtOnce, move |people, tally| {
            let login = people.owner(Some(environment));
            people.loses_next = late;
            people.says_there(login, environment, first, tally)
        }),
    ];
    if !late {
        steps.push(rest());
    }
    steps.push(step(
        Cue::After(jiff::SignedDuration::from_millis(1_050)),
        move |people, tally| {
            let Some((login, comment)) = people.spoken else {
                return Played::Over;
            };
            let words = format!("/promote {environment}");
            let by = if by_another { "mona" } else { login };
            drop(people.shop.edit_comment(by, comment, &words));
            tally.edited += 1;
            Played::Told(format!("{by} makes {words:?} of what {login} said"))
        },
    ));
    steps.push(rest());
    if late {
        steps.push(minutes(16));
        steps.push(rest());
    }
    steps
}

fn taken_back_while_it_waits(people: &mut People) -> Vec<Step> {
    let environment = people.stage_of_it();
    let deletes = people.dice.happens(40);
    vec![
        ready(environment),
        turns(Cue::AtOnce, environment, PENDING),
        word(environment),
        rest(),
        step(
            Cue::After(jiff::SignedDuration::from_millis(1_050)),
            move |people, tally| {
                let Some((login, comment)) = people.spoken else {
                    return Played::Over;
                };
                match deletes {
                    true => drop(people.shop.delete_comment(login, comment)),
                    false => drop(people.shop.edit_comment(login, comment, "Never mind.")),
                }
                tally.edited += 1;
                Played::Told(format!("{login} takes it back"))
            },
        ),
        minutes(1),
        pinned_turns(Cue::AtOnce, "success"),
        rest(),
    ]
}
