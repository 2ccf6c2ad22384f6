//! Stories about features: accepted and then pushed to, accepted by somebody who may not, and not green.

use super::super::people::People;
use super::super::tally::Tally;
use super::ready::configures;
use super::{Cue, Made, PENDING, Played, Step, rest, step};

pub(super) const PLOTS: &[Made] = &[
    pushed_after,
    pushed_after,
    pushed_at_the_merge,
    pushed_at_the_merge,
    nobody_who_may,
    red,
    red_in_the_look,
    not_any_more,
    landed_with_others,
];

fn wants_acceptance() -> Step {
    configures(|setup| setup.acceptance = true)
}

/// A feature that waits for a word.
fn offered(outcome: &'static str) -> Step {
    step(Cue::AtRest, move |people, _| match people.offers_feature(outcome) {
        Some(number) => Played::Told(format!("#{number} waits for a word, {outcome}")),
        None => Played::Over,
    })
}

fn accepts(cue: Cue) -> Step {
    step(cue, |people, tally| {
        let login = people.owner(None);
        people.says_on_feature(login, tally)
    })
}

fn feature_turns(cue: Cue, outcome: &'static str) -> Step {
    step(cue, move |people, _| {
        let Some(feature) = people.shop.pull(people.offered) else {
            return Played::Over;
        };
        people.report(&feature.head_sha, outcome);
        Played::Told(format!("#{} turns {outcome}", feature.number))
    })
}

fn pushed_to(cue: Cue) -> Step {
    step(cue, |people, tally| {
        let Some(feature) = people.shop.pull(people.offered).filter(|feature| feature.open) else {
            return Played::Over;
        };
        let branch = feature.head.as_str();
        let parent = people
            .shop
            .commit_at(&feature.head_sha)
            .and_then(|commit| commit.parents.first().cloned());
        let how = match (people.dice.below(4), parent) {
            // Back to what is green already, and was shown before.
            (0 | 1, Some(parent)) if people.two_commits => {
                people.shop.force_push("dora", branch, &parent);
                tally.force_pushes += 1;
                "an older commit"
            }
            (2, Some(parent)) => {
                people.shop.force_push("dora", branch, &parent);
                people.push(branch);
                drop(people.shop.reopen_pull("dora", feature.number));
                tally.force_pushes += 1;
                "another commit in its place"
            }
            _ => {
                people.push(branch);
                tally.pushes += 1;
                "one commit more"
            }
        };
        if let Some(head) = people.shop.head(branch) {
            people.report(&head, "success");
        }
        Played::Told(format!("dora pushes {how} to #{}", feature.number))
    })
}

fn pushed_after(_: &mut People) -> Vec<Step> {
    vec![
        wants_acceptance(),
        offered(PENDING),
        step(Cue::AtOnce, |people, tally| {
            people.two_commits = people.dice.happens(40);
            let Some(feature) = people.shop.pull(people.offered).filter(|_| people.two_commits) else {
                return Played::Nothing;
            };
            people.report(&feature.head_sha, "success");
            people.push(&feature.head);
            tally.pushes += 1;
            if let Some(head) = people.shop.head(&feature.head) {
                people.report(&head, PENDING);
            }
            Played::Told(format!("#{} has two commits", feature.number))
        }),
        rest(),
        accepts(Cue::AtOnce),
        pushed_to(Cue::AtRest),
        rest(),
    ]
}

fn pushed_at_the_merge(_: &mut People) -> Vec<Step> {
    vec![
        wants_acceptance(),
        offered("success"),
        rest(),
        accepts(Cue::AtOnce),
        pushed_to(Cue::AtTheMove),
        rest(),
    ]
}

fn nobody_who_may(people: &mut People) -> Vec<Step> {
    let login = people.dice.word(&["dora", "carl", "dora"]);
    let presses = people.dice.happens(40);
    vec![
        wants_acceptance(),
        offered("success"),
        rest(),
        step(Cue::AtOnce, move |people, tally| match presses {
            true => people.presses_accept(login, tally),
            false => people.says_on_feature(login, tally),
        }),
        rest(),
    ]
}

fn red(_: &mut People) -> Vec<Step> {
    vec![
        offered("success"),
        step(Cue::AtOnce, |people, _| {
            let Some(feature) = people.shop.pull(people.offered) else {
                return Played::Over;
            };
            Played::Told(people.spoils(&feature.head_sha))
        }),
        accepts(Cue::AtOnce),
        rest(),
        feature_turns(Cue::AtOnce, "success"),
        rest(),
    ]
}

fn red_in_the_look(_: &mut People) -> Vec<Step> {
    vec![
        offered("success"),
        accepts(Cue::AtOnce),
        feature_turns(Cue::InTheLook, "failure"),
        rest(),
    ]
}

/// Whoever accepted it is no owner any more when it turns green.
fn not_any_more(_: &mut People) -> Vec<Step> {
    vec![
        configures(|setup| {
            setup.acceptance = true;
            setup.owners = Some(vec!["boris", "anna"]);
            setup.environments.iter_mut().for_each(|one| one.owners = None);
        }),
        offered(PENDING),
        rest(),
        step(Cue::AtOnce, |people, tally| people.says_on_feature("boris", tally)),
        rest(),
        configures(|setup| setup.owners = Some(vec!["anna"])),
        feature_turns(Cue::AtOnce, "success"),
        rest(),
    ]
}

/// A word about a feature that takes others along, while still more come.
fn landed_with_others(people: &mut People) -> Vec<Step> {
    let confirms = people.dice.word(&["anna", "mona", "boris", "carl"]);
    let lands = |cue| {
        step(cue, |people: &mut People, tally: &mut Tally| {
            Played::Told(people.lands(tally))
        })
    };
    vec![
        lands(Cue::AtRest),
        lands(Cue::AtOnce),
        rest(),
        step(Cue::AtOnce, |people, tally| {
            let login = people.owner(Some("staging"));
            people.offered = people.landed.unwrap_or(people.offered);
            people.says_on(people.offered, login, "/promote staging", tally)
        }),
        lands(Cue::AtRest),
        step(Cue::AtOnce, move |people, tally| {
            people.says_on(people.offered, confirms, "/confirm", tally)
        }),
        rest(),
    ]
}

impl People {
    fn says_on_feature(&mut self, login: &'static str, tally: &mut Tally) -> Played {
        let words = self.dice.word(&["/accept", "/accept", "/promote staging"]);
        self.says_on(self.offered, login, words, tally)
    }

    pub(super) fn says_on(&mut self, pull: u64, login: &'static str, words: &str, tally: &mut Tally) -> Played {
        let Ok(comment) = self.shop.comment(login, pull, words) else {
            return Played::Over;
        };
        tally.comments += 1;
        self.spoken = Some((login, comment));
        Played::Told(format!("{login} says {words:?} on #{pull}"))
    }

    fn presses_accept(&mut self, login: &'static str, tally: &mut Tally) -> Played {
        let Some(feature) = self.shop.pull(self.offered) else {
            return Played::Over;
        };
        for check in self.shop.checks(&feature.head_sha) {
            let button = check.buttons.iter().find(|button| button.identifier.contains("accept"));
            if let (Some(run), Some(button)) = (check.run, button) {
                drop(self.shop.click(login, run, &button.identifier));
                tally.clicks += 1;
                return Played::Told(format!("{login} presses {}", button.identifier));
            }
        }
        Played::Over
    }
}
