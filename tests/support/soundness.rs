//! A repository in which nothing is amiss, as GitHub would tell of it.

use greenlight::rules::manifest;
use greenlight::rules::snapshot::Found;
use greenlight::rules::soundness::{Answer, Grant, Part};

pub fn nothing_amiss(part: &Part) -> Answer {
    match part {
        Part::Grant => {
            let asked = manifest::asked();
            Answer::Grant(Found::It(Grant {
                permissions: asked.permissions,
                events: asked.events,
            }))
        }
        Part::Rulesets(branch) => Answer::Rulesets(branch.clone(), Found::It(Vec::new())),
        Part::Account(login) => Answer::Account(login.clone(), true),
        Part::Team(team) => Answer::Team(team.clone(), Found::It(())),
    }
}
