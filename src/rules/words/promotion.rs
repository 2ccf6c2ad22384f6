//! What is said of one promotion, from waiting to its end.

use super::super::checks::{Failure, Item as Check, Pass, Reason as CheckReason, Shortfall, Verdict, WaitingFor};
use super::super::config::{Config, Environment, Mistake};
use super::super::effect::Refusal;
use super::super::gate::{Gate, Reason, State};
use super::super::memory::Armed;
use super::super::stretch::Cargo;
use super::answer::who_may;
use super::inert::inert;
use super::misread::quote;
use super::{answer, count, list, moment, place};

/// Checks that are named one by one; the rest is a number.
const CHECKS_NAMED_MAX: usize = 10;

/// It went.
pub fn moved(armed: &Armed, environment: Option<&Environment>, next: Option<&Environment>) -> String {
    let name = &armed.environment;
    let mut text = format!("**Promoted to {name}.** {}", brought(&armed.carrying));
    if !armed.leaving.is_empty() {
        text.push_str(&format!(
            "\n\nThis landed after what you were shown, so it waits for your next word:\n\n{}",
            list(&armed.leaving)
        ));
    }
    let look = match environment.and_then(|environment| environment.url.as_ref()) {
        Some(url) => format!("You can look at it on [{name}]({url})."),
        None => format!("You can look at it on {name}."),
    };
    let then = next.map_or_else(String::new, |next| {
        format!(
            " When you are content with it, say `/promote {}` on the pull request that promotes to {}.",
            next.name, next.name
        )
    });
    text.push_str(&format!("\n\n{look}{then}"));
    text
}

fn brought(carrying: &Cargo) -> String {
    match carrying.len() {
        0 => "It has what you were shown.".to_owned(),
        1 => format!("It now also has:\n\n{}", list(carrying)),
        _ => format!("It now also has {}:\n\n{}", count(carrying), list(carrying)),
    }
}

/// It waits for its checks, and says for which.
pub fn waiting(armed: &Armed, gates: &[Gate], config: &Config) -> String {
    let name = &armed.environment;
    let verdict = gates.iter().find_map(|gate| match &gate.state {
        State::Waiting(Reason::Checks(verdict)) | State::Shut(Reason::Checks(verdict)) => Some(verdict),
        _ => None,
    });
    let Some(verdict) = verdict else {
        return format!("**Waiting to go to {name}.** I am still reading its checks, and will go on by myself.");
    };
    let failed: Vec<&Check> = verdict
        .items
        .iter()
        .filter(|item| matches!(item.reason, CheckReason::Failed(_)))
        .collect();
    let ends = moment(armed.expires_at, config);
    let tail = format!("It ends on {ends} if that has not happened by then; `/cancel` ends it sooner.");
    if failed.is_empty() {
        return format!(
            "**Waiting to go to {name}: {}** I will promote it by myself once everything has passed; there is nothing \
             you need to do.\n\n{}\n\n{tail}",
            waits_for(verdict),
            checks(verdict)
        );
    }
    let subject = match failed.as_slice() {
        [one] => format!("the check {} failed", quote(&one.name)),
        many => format!("{} checks failed", many.len()),
    };
    format!(
        "**Not promoted to {name} yet: {subject} on this version.** A developer needs to look at it. I will go on by myself \
         if it passes when it is run again; a correction in code becomes a new version, for which you would say the command \
         again.\n\n{}\n\n{tail}",
        checks(verdict)
    )
}

fn waits_for(verdict: &Verdict) -> String {
    match verdict.shortfall {
        Some(Shortfall::NothingReported) => "no check has reported on this version yet.".to_owned(),
        Some(Shortfall::NotAllRead) => "GitHub has not told me all of its checks yet.".to_owned(),
        None => format!("{} of {} checks have passed.", verdict.passed, verdict.total),
    }
}

/// The checks that have not passed, by name, with what each waits for.
fn checks(verdict: &Verdict) -> String {
    let open: Vec<&Check> = verdict
        .items
        .iter()
        .filter(|item| !matches!(item.reason, CheckReason::Passed(_)))
        .collect();
    let mut lines: Vec<String> = open.iter().take(CHECKS_NAMED_MAX).map(|item| check(item)).collect();
    if open.len() > CHECKS_NAMED_MAX {
        lines.push(format!("- and {} more", open.len() - CHECKS_NAMED_MAX));
    }
    if lines.is_empty() {
        lines.push("- nothing to name yet".to_owned());
    }
    lines.join("\n")
}

fn check(item: &Check) -> String {
    let name = quote(&item.name);
    match &item.reason {
        CheckReason::Passed(Pass::Success) => format!("- {name} passed"),
        CheckReason::Passed(Pass::Neutral) => format!("- {name} passed with a remark"),
        CheckReason::Passed(Pass::Skipped) => format!("- {name} was not needed"),
        CheckReason::WaitingFor(WaitingFor::Finish) => format!("- {name} is still running"),
        CheckReason::WaitingFor(WaitingFor::Person) => {
            format!("- {name} waits for a person to approve it where it runs")
        }
        CheckReason::WaitingFor(WaitingFor::Report) => format!("- {name} is expected and has not reported yet"),
        CheckReason::WaitingFor(WaitingFor::ReportFrom { .. }) => {
            format!("- {name} is expected from another App than the one that reported it")
        }
        CheckReason::WaitingFor(WaitingFor::RestOfSuite) => format!("- {name} was skipped while others still run"),
        CheckReason::WaitingFor(WaitingFor::Meaning(value)) | CheckReason::Failed(Failure::Meaning(value)) => {
            format!(
                "- {name} says {}, which I do not know and do not count as passed",
                quote(value)
            )
        }
        CheckReason::Failed(Failure::Red) => format!("- {name} failed"),
        CheckReason::Failed(Failure::MustRunAgain) => format!("- {name} came to no result and has to be run again"),
        CheckReason::Failed(Failure::PersonMustAct) => format!("- {name} needs a person to act where it runs"),
        CheckReason::Failed(Failure::SkippedAfterFailure) => {
            format!("- {name} was skipped because another check failed")
        }
    }
}

/// The configuration broke while it waited.
pub fn waiting_for_configuration(armed: &Armed, mistakes: &[Mistake]) -> String {
    format!(
        "**Waiting to go to {}.** {}",
        armed.environment,
        answer::broken_configuration(mistakes)
    )
}

/// GitHub does not let the App read what it waits for.
pub fn waiting_for_permission(armed: &Armed, permission: &str) -> String {
    format!(
        "**Waiting to go to {}: GitHub does not let me read what I need to know first.** {} I will go on by myself after that.",
        armed.environment,
        answer::grant(permission)
    )
}

/// A gate that a person has to open.
pub fn shut(environment: &Environment, reason: &Reason) -> String {
    format!(
        "**Not promoted to {}**, because {} Nothing has changed.",
        environment.name,
        because(environment, reason)
    )
}

fn because(environment: &Environment, reason: &Reason) -> String {
    let name = &environment.name;
    match reason {
        Reason::NotAllowed(why) => who_may(&format!("promote to {name}"), why),
        Reason::NotOnStageBefore { from } => format!(
            "what you were shown is no longer on {}. Somebody has rewritten that branch; look at the promotion pull \
             request, which shows what would go now.",
            inert(from.as_str())
        ),
        Reason::Diverged {
            branch,
            from,
            own_commits,
        } => format!(
            "the branch {branch} has {} that {from} does not have, so it cannot simply be moved forward. A developer \
             needs to bring them into {from} with a pull request; then say the command again.",
            if *own_commits == 1 {
                "1 change".to_owned()
            } else {
                format!("{own_commits} changes")
            },
            branch = inert(branch.as_str()),
            from = inert(from.as_str()),
        ),
        Reason::NoStraightWay { branch } => format!(
            "the branch {} cannot be moved straight to this version, because the version does not contain what is there \
             now. Promote a later version, or ask a developer to look.",
            inert(branch.as_str())
        ),
        Reason::Checks(verdict) => waits_for(verdict),
        Reason::ChecksNotRead => "its checks have not been read yet.".to_owned(),
    }
}

/// GitHub would not move the branch.
pub fn refused_by_github(armed: &Armed, refusal: &Refusal) -> String {
    let name = &armed.environment;
    let why = match refusal {
        Refusal::NotFastForward => {
            "GitHub says its branch has changes of its own, so it cannot simply be moved forward. A developer needs to bring \
             them into the stage before."
                .to_owned()
        }
        Refusal::RuleViolation { lines } => {
            let lines: Vec<String> = lines.iter().take(5).map(|line| quote(line)).collect();
            format!(
                "a rule of the repository does not let me move its branch ({}). An administrator can add Greenlight to the \
                 rule's bypass list.",
                lines.join(", ")
            )
        }
        Refusal::PermissionMissing { .. } => {
            "I may not write to its branch. An administrator needs to grant Greenlight the permission `contents: write`, and \
             accept it for this repository."
                .to_owned()
        }
        Refusal::WorkflowPermission => {
            "it changes workflow files, for which I need the permission `workflows: write`. An administrator can grant it in \
             the App's settings, or move the branch this once."
                .to_owned()
        }
        Refusal::Missing => "its branch is no longer there. A developer can create it.".to_owned(),
        Refusal::Other { message, .. } => {
            format!("GitHub refused, and said {}. A developer needs to look at it.", quote(message))
        }
    };
    format!("**Not promoted to {name}**, because {why} Nothing has changed; say the command again once that is mended.")
}

/// The environment is no longer in the configuration.
pub fn environment_gone(armed: &Armed) -> String {
    format!(
        "**Not promoted: there is no environment called {} any more.** Nothing was moved.",
        armed.environment
    )
}

/// It waited too long.
pub fn expired(armed: &Armed) -> String {
    format!(
        "**Not promoted to {name}: it waited too long for its checks.** Nothing was moved. When they are green, say \
         `/promote {name}` again.",
        name = armed.environment
    )
}

/// What would go, and what each gate says; the answer to `--dry-run`.
pub fn forecast(environment: &Environment, carrying: &Cargo, leaving: &Cargo, gates: &[Gate]) -> String {
    let name = &environment.name;
    let open = gates.iter().all(|gate| gate.state == State::Open);
    let verdict = if open {
        format!(
            "**This would go to {} now.** Nothing has been moved.",
            place(environment)
        )
    } else {
        format!(
            "**This would not go to {} now.** Nothing has been moved.",
            place(environment)
        )
    };
    let mut text = format!("{verdict}\n\nIt would bring {}:\n\n{}", count(carrying), list(carrying));
    if !leaving.is_empty() {
        text.push_str(&format!(
            "\n\nIt would leave behind what landed later: {}.",
            count(leaving)
        ));
    }
    let gates: Vec<String> = gates.iter().map(|gate| forecast_line(environment, gate)).collect();
    text.push_str(&format!("\n\n{}", gates.join("\n")));
    if open {
        text.push_str(&format!("\n\nTo do it, say `/promote {name}`."));
    }
    text
}

fn forecast_line(environment: &Environment, gate: &Gate) -> String {
    let subject = match gate.name {
        super::super::gate::Name::Owner => "Your right to promote",
        super::super::gate::Name::Order => "The order of the stages",
        super::super::gate::Name::Checks => "The checks",
        super::super::gate::Name::History => "The branch",
    };
    match &gate.state {
        State::Open => format!("- {subject}: in order."),
        State::Waiting(Reason::Checks(verdict)) | State::Shut(Reason::Checks(verdict)) => {
            let named = checks(verdict).replace("\n- ", "\n  - ");
            format!("- {subject}: {}\n  {named}", waits_for(verdict))
        }
        State::Waiting(reason) => format!("- {subject}: waiting, because {}", because(environment, reason)),
        State::Shut(reason) => format!("- {subject}: in the way, because {}", because(environment, reason)),
    }
}
