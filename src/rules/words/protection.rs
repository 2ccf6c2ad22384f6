//! What is said to a workflow run that asks whether it may deploy. GitHub shows it beside the waiting job, and takes 1,024
//! characters.

use super::super::checks::State;
use super::super::config::Config;
use super::super::gate::Reason;
use super::super::id::EnvironmentName;
use super::super::protection::{Because, Place};
use super::inert::inert;
use super::{answer, mistake, promotion};

/// Every gate is open.
pub fn approved(environment: &EnvironmentName) -> String {
    let name = inert(environment.as_str());
    format!("**This may go to {name}.** It is the version that {name} was brought to, and nothing stands in its way.")
}

/// It will not be let through as it is.
pub fn rejected(environment: &EnvironmentName, because: &Because, config: &Config) -> String {
    let name = inert(environment.as_str());
    format!(
        "**This may not go to {name}**, because {}",
        why(environment, because, Some(config))
    )
}

/// It waits, and goes by itself once it may.
pub fn waits(environment: &EnvironmentName, because: &Because, config: Option<&Config>) -> String {
    let name = inert(environment.as_str());
    let then = match because {
        Because::Unreadable(_) => "I will look again by myself after that.",
        Because::Gate(Reason::Checks(verdict)) if verdict.state == State::Red => {
            "A developer needs to look at it. I will let it through once everything passes, when it is run again."
        }
        _ => "I will let it through by myself after that.",
    };
    format!(
        "**Waiting to go to {name}:** {} {then}",
        why(environment, because, config)
    )
}

fn why(environment: &EnvironmentName, because: &Because, config: Option<&Config>) -> String {
    let name = inert(environment.as_str());
    match because {
        Because::UnknownEnvironment => {
            let known = config.map_or_else(Vec::new, |config| config.environments.iter().collect());
            let known: Vec<String> = known
                .iter()
                .map(|environment| inert(environment.name.as_str()))
                .collect();
            let known = match known.as_slice() {
                [] => "has no environments".to_owned(),
                names => format!("has {}", names.join(", ")),
            };
            format!(
                "I know no environment of this name, so I cannot tell what may go there. The pipeline {known}. A developer can \
                 add {name} to `.github/greenlight.yml`, or take Greenlight off the protection rules of this environment, and \
                 then run this again."
            )
        }
        Because::ForPull => format!(
            "this runs for a pull request, and would deploy what the pull request makes of it, not what {name} was brought to. A \
             developer can let it run when the environment's branch is pushed to instead."
        ),
        Because::BranchMissing(branch) => format!(
            "the branch {} is not there, so I cannot tell what may go to {name}. A developer can create it, and then run this \
             again.",
            inert(branch.as_str())
        ),
        Because::NotThere(place) => not_there(&name, place),
        Because::SetBack => format!(
            "somebody set the branch of {name} back by hand, and no owner said so. An owner can bring it forward again with \
             `/promote {name}`."
        ),
        Because::TooFarApart => format!(
            "{name} and the stage before it are too far apart for me to tell what lies between them. A developer needs to bring \
             them closer by hand."
        ),
        Because::Gate(Reason::Checks(verdict)) if verdict.state == State::Red => {
            format!("{} on this version.", promotion::subject(&promotion::failed(verdict)))
        }
        Because::Gate(reason) => {
            let known = config.and_then(|config| Some((config.environment(environment)?, config)));
            known.map_or_else(String::new, |(environment, config)| {
                promotion::because(environment, reason, config)
            })
        }
        Because::Broken(mistakes) => format!(
            "nothing moves until the configuration is mended. {} has a mistake, and I do not guess what was meant. A developer \
             needs to correct it on the default branch.",
            mistake::file(mistakes)
        ),
        Because::Unreadable(permission) => format!(
            "GitHub does not let me read what this would deploy. {}",
            answer::grant(permission)
        ),
    }
}

fn not_there(name: &str, place: &Place) -> String {
    match place {
        Place::There => String::new(),
        Place::Passed => format!(
            "{name} has gone on to a later version, which has this one. To go back, an owner says so with a command; a deployment \
             alone does not."
        ),
        Place::OnStageBefore {
            asked_by: Some(person), ..
        } => format!(
            "{} has asked for it to be promoted to {name}, and that waits for its own gates.",
            inert(person.login.as_str())
        ),
        Place::OnStageBefore { from, asked_by: None } => format!(
            "it is on {}, and nobody has promoted it to {name} yet. An owner does that with `/promote {name}` on the pull request \
             that promotes to {name}.",
            inert(from.as_str())
        ),
        Place::InMainline { from } => format!(
            "it has to be promoted to {} first, and then to {name}. An owner does that with `/promote`.",
            inert(from.as_str())
        ),
        Place::Elsewhere { mainline } => format!(
            "it is not in {}. What goes to {name} comes from there, by a promotion.",
            inert(mainline.as_str())
        ),
    }
}
