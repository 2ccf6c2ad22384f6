//! What is said of one promotion, from waiting to its end.

use jiff::{SignedDuration, Timestamp};

use super::super::checks::{Failure, Item as Check, Pass, Reason as CheckReason, Shortfall, Verdict, WaitingFor};
use super::super::config::{Config, Environment, Mistake};
use super::super::effect::Refusal;
use super::super::gate::{self, Gate, Name, Reason, State};
use super::super::id::PullNumber;
use super::super::memory::Armed;
use super::super::snapshot::Withheld;
use super::super::stay::How;
use super::super::stretch::{Cargo, Item};
use super::answer::who_may;
use super::inert::inert;
use super::misread::quote;
use super::without::numbered;
use super::{answer, count, deployment, feature, hold, list, mistake, moment, outside, place, taken_back};

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

/// The message of the commit that merges a promotion into a branch with commits of its own.
pub fn merge_message(armed: &Armed) -> String {
    format!(
        "Promote to {}\n\nAsked for by {}.",
        armed.environment,
        armed.asked_by.login.as_str()
    )
}

fn brought(carrying: &Cargo) -> String {
    match carrying.len() {
        0 if !carrying.takes_away.is_empty() => format!("With it something goes away again:\n\n{}", list(carrying)),
        0 => "It has what you were shown.".to_owned(),
        1 => format!("It now also has:\n\n{}", list(carrying)),
        _ => format!("It now also has {}:\n\n{}", count(carrying), list(carrying)),
    }
}

/// It waits for a time that a person said.
pub fn scheduled(armed: &Armed, at: Timestamp, config: &Config) -> String {
    let name = &armed.environment;
    format!(
        "**This goes to {name} on {}.** I will promote exactly the version that you were shown by myself then, if nothing \
         stands in the way; if something does, I will say so here. `/cancel` drops it.",
        moment(at, config)
    )
}

/// It waits, and says for what: the clock, its checks, or both.
pub fn waiting(armed: &Armed, environment: &Environment, gates: &[Gate], config: &Config) -> String {
    let name = &armed.environment;
    let verdict = gates.iter().find_map(|gate| match &gate.state {
        State::Waiting(Reason::Checks(verdict)) | State::Shut(Reason::Checks(verdict)) => Some(verdict),
        _ => None,
    });
    let by_clock = gates.iter().filter_map(|gate| match &gate.state {
        State::Waiting(Reason::Checks(_) | Reason::ChecksNotRead) | State::Shut(Reason::Checks(_)) | State::Open => {
            None
        }
        State::Waiting(reason) | State::Shut(reason) => Some(because(environment, reason, config)),
    });
    let by_clock: Vec<String> = by_clock.collect();
    let ends = moment(armed.expires_at, config);
    let tail = format!("It ends on {ends} if that has not happened by then; `/cancel` ends it sooner.");
    let failed = verdict.map_or_else(Vec::new, failed);
    match (verdict, by_clock.as_slice()) {
        (Some(verdict), _) if !failed.is_empty() => {
            let besides = listed("Besides:", &by_clock);
            format!(
                "**Not promoted to {name} yet: {} on this version.** A developer needs to look at it. I will go on by myself \
                 once everything passes, when it is run again; a correction in code becomes a new version, for which you would say the \
                 command again.\n\n{}{besides}\n\n{tail}",
                subject(&failed),
                checks(verdict)
            )
        }
        (Some(verdict), _) => {
            let besides = listed("Besides:", &by_clock);
            format!(
                "**Waiting to go to {name}: {}** I will promote it by myself once everything has passed; there is nothing \
                 you need to do.\n\n{}{besides}\n\n{tail}",
                waits_for(verdict),
                checks(verdict)
            )
        }
        (None, []) => format!("**Waiting to go to {name}.** I am still reading its checks, and will go on by myself."),
        (None, [first, others @ ..]) => {
            let besides = listed("Besides:", others);
            let for_you = match gates.iter().any(needs_somebody) {
                true => "",
                false => "; there is nothing you need to do",
            };
            format!(
                "**Waiting to go to {name}: {first}** I will promote exactly the version that you were shown by myself \
                 afterwards, if its checks are still green{for_you}.{besides}\n\n{tail}"
            )
        }
    }
}

/// It does not run on the stage before, and will not by itself.
fn needs_somebody(gate: &Gate) -> bool {
    match &gate.state {
        State::Waiting(Reason::NotRunning(under_way)) | State::Shut(Reason::NotRunning(under_way)) => {
            under_way.how != How::Deploying
        }
        _ => false,
    }
}

fn listed(heading: &str, reasons: &[String]) -> String {
    if reasons.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = reasons.iter().map(|reason| format!("- {reason}")).collect();
    format!("\n\n{heading}\n\n{}", lines.join("\n"))
}

/// "30 minutes", "1 hour", "90 minutes", "2 days".
fn length(duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    let (count, unit) = match minutes {
        days if days % (24 * 60) == 0 => (days / (24 * 60), "day"),
        hours if hours % 60 == 0 => (hours / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    if count == 1 {
        format!("1 {unit}")
    } else {
        format!("{count} {unit}s")
    }
}

pub(super) fn failed(verdict: &Verdict) -> Vec<&Check> {
    let failed = |item: &&Check| matches!(item.reason, CheckReason::Failed(_));
    verdict.items.iter().filter(failed).collect()
}

pub(super) fn subject(failed: &[&Check]) -> String {
    match failed {
        [one] => format!("the check {} failed", quote(&one.name)),
        many => format!("{} checks failed", many.len()),
    }
}

pub(super) fn waits_for(verdict: &Verdict) -> String {
    match verdict.shortfall {
        Some(Shortfall::NothingReported) => "no check has reported on this version yet.".to_owned(),
        Some(Shortfall::NotAllRead) => "GitHub has not told me all of its checks yet.".to_owned(),
        None => format!("{} of {} checks have passed.", verdict.passed, verdict.total),
    }
}

/// The checks that have not passed, by name, with what each waits for.
pub(super) fn checks(verdict: &Verdict) -> String {
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
        let hint = match verdict.shortfall {
            Some(Shortfall::NothingReported) => {
                "- if this repository has no checks at all, a developer can say so with `checks: none` in \
                 `.github/greenlight.yml`"
            }
            _ => "- I am still reading them",
        };
        lines.push(hint.to_owned());
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
        "**Waiting to go to {}: nothing moves until the configuration is mended.** {} has a mistake, and I do not guess what was \
         meant.\n\n{}\n\nA developer needs to correct it on the default branch. I will go on by myself after that.",
        armed.environment,
        mistake::file(mistakes),
        answer::list_of(mistakes)
    )
}

/// GitHub does not tell what it waits for.
pub fn waiting_for_answers(armed: &Armed, why: &Withheld) -> String {
    let name = &armed.environment;
    match why {
        Withheld::Permission(permission) => format!(
            "**Waiting to go to {name}: GitHub does not let me read what I need to know first.** {} I will go on by myself \
             after that.",
            answer::grant(permission)
        ),
        Withheld::Unclear => format!(
            "**Waiting to go to {name}: I cannot make sense of what GitHub tells me about this repository.** {} I will go \
             on by myself after that.",
            answer::SEE_LOG
        ),
    }
}

/// A gate that a person has to open.
pub fn shut(environment: &Environment, reason: &Reason, config: &Config) -> String {
    format!(
        "**Not promoted to {}**, because {} Nothing has changed.",
        environment.name,
        because(environment, reason, config)
    )
}

pub(super) fn because(environment: &Environment, reason: &Reason, config: &Config) -> String {
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
            mainline,
            own_commits,
        } => {
            let way_out = if from == mainline {
                format!(
                    "A developer needs to bring them into {} with a pull request",
                    inert(from.as_str())
                )
            } else {
                format!(
                    "A developer needs to bring them into {} with a pull request, and then they have to be promoted to {}",
                    inert(mainline.as_str()),
                    inert(from.as_str())
                )
            };
            format!(
                "the branch {branch} has {} that {from} does not have, so it cannot simply be moved forward. {way_out}; then \
                 say the command again.",
                if *own_commits == 1 {
                    "1 change".to_owned()
                } else {
                    format!("{own_commits} changes")
                },
                branch = inert(branch.as_str()),
                from = inert(from.as_str()),
            )
        }
        Reason::HeldBack(held) => outside::held_back(held, environment),
        Reason::HotfixFirst { hotfix, mainline } => outside::hotfix_first(hotfix, environment, mainline),
        Reason::Copies { from, pull } => outside::copies_in_the_way(environment, from, *pull),
        Reason::OnlyMerges { branch, from } => format!(
            "the branch {branch} was merged into by hand, which made a commit that {from} does not have. Nothing is missing on \
             either side, but {branch} cannot simply be moved forward any more. Where people merge by hand, a developer sets \
             `strategy: merge` for {name} in `.github/greenlight.yml`; then say the command again.",
            branch = inert(branch.as_str()),
            from = inert(from.as_str()),
        ),
        Reason::NoStraightWay { branch } => format!(
            "the branch {} cannot be moved straight to this version: the version does not contain what is there now. \
             Promote a later version, or ask a developer to look.",
            inert(branch.as_str())
        ),
        Reason::OnHold(held) => hold::reason(held, config),
        Reason::OutsideWindows { opens_at } => format!(
            "it may only be moved at set times, and the next begins on {}.",
            moment(*opens_at, config)
        ),
        Reason::NotRunning(under_way) => deployment::not_running(under_way),
        Reason::Soaking {
            from,
            wanted,
            until: Some(until),
        } => format!(
            "this version has to have been on {} for {} first, which will be so on {}.",
            inert(from.as_str()),
            length(*wanted),
            moment(*until, config)
        ),
        Reason::Soaking {
            from,
            wanted,
            until: None,
        } => format!(
            "this version has to have run on {} for {} first, and that begins once it runs there.",
            inert(from.as_str()),
            length(*wanted)
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
        Refusal::NotMergeable => {
            "what would go and what is on its branch already are in conflict. A developer needs to bring the two together on \
             the stage before, in a pull request that merges this environment's branch."
                .to_owned()
        }
        Refusal::MethodNotAllowed | Refusal::MergeQueue => {
            "GitHub does not let me merge into its branch. A developer needs to look at it.".to_owned()
        }
        Refusal::Other { message, .. } => {
            format!(
                "GitHub refused, and said {}. A developer needs to look at it.",
                feature::github_said(message)
            )
        }
    };
    format!("**Not promoted to {name}**, because {why} Nothing has changed; say the command again once that is mended.")
}

/// The environment is no longer in the configuration.
pub fn environment_gone(armed: &Armed) -> String {
    format!(
        "**Not promoted: there is no environment called {} any more.** It was taken out of the configuration. Nothing was moved; \
         `/status` shows the environments that there are.",
        armed.environment
    )
}

/// It waited too long.
pub fn expired(armed: &Armed) -> String {
    format!(
        "**Not promoted to {name}: it waited too long.** Nothing was moved. `/status` tells how things stand; to start again, say \
         `/promote {name}`.",
        name = armed.environment
    )
}

/// What the answer to `--dry-run` is made from.
pub struct Forecast<'a> {
    pub environment: &'a Environment,
    pub carrying: &'a Cargo,
    pub leaving: &'a Cargo,
    pub gates: &'a [Gate],
    /// The clock keeps it from going before this.
    pub from: Option<Timestamp>,
    /// What was to be left out, as it has to be said again.
    pub without: &'a [PullNumber],
    /// What of it was taken back before.
    pub again: &'a [Item],
    /// More goes along than was asked for by name, so it is listed first and goes at a further word.
    pub to_be_confirmed: bool,
    pub config: &'a Config,
}

/// What would go, what each gate says, and when it could go; the answer to `--dry-run`.
pub fn forecast(told: &Forecast<'_>) -> String {
    let name = &told.environment.name;
    let place = place(told.environment);
    let only_time = gate::only_time_is_missing(told.gates);
    let verdict = match told.from {
        None if gate::all_open(told.gates) => format!("**This would go to {place} now.**"),
        Some(from) if only_time => format!(
            "**This could go to {place} on {}**, if nothing changes until then.",
            moment(from, told.config)
        ),
        Some(from) => format!(
            "**This would not go to {place} now**, and not before {} in any case.",
            moment(from, told.config)
        ),
        None => format!("**This would not go to {place} now.**"),
    };
    let mut text = format!(
        "{verdict} Nothing has been moved.\n\nIt would bring {}:\n\n{}",
        count(told.carrying),
        list(told.carrying)
    );
    if !told.leaving.is_empty() {
        text.push_str(&format!(
            "\n\nIt would leave behind what landed later: {}.",
            count(told.leaving)
        ));
    }
    if !told.again.is_empty() {
        text.push_str(&taken_back::forecast_line(told.again));
    }
    let gates = told
        .gates
        .iter()
        .map(|gate| forecast_line(told.environment, gate, told.config));
    // With a line of words between them: two lists, one right below the other, are one list to Markdown.
    text.push_str(&format!(
        "\n\nHow each gate stands:\n\n{}",
        gates.collect::<Vec<_>>().join("\n")
    ));
    let without = match told.without {
        [] => String::new(),
        left => format!(" without {}", numbered(left)),
    };
    let then = match told.to_be_confirmed {
        true => " That lists it once more, and goes on after your `/confirm`.",
        false => "",
    };
    match told.from {
        None if gate::all_open(told.gates) => {
            text.push_str(&format!("\n\nTo do it, say `/promote {name}{without}`.{then}"))
        }
        Some(_) if only_time => text.push_str(&format!(
            "\n\nTo do it, say `/promote {name}{without}`; it waits, and goes by itself.{then}"
        )),
        _ => {}
    }
    text
}

fn forecast_line(environment: &Environment, gate: &Gate, config: &Config) -> String {
    let subject = match gate.name {
        Name::Owner => "Your right to promote",
        Name::Order => "The order of the stages",
        Name::Hold => "Holds",
        Name::Window => "The times at which it may be moved",
        Name::Checks => "The checks",
        Name::Deployed => "The deployment to the stage before",
        Name::Soak => "The time on the stage before",
        Name::History => "The branch",
    };
    match &gate.state {
        State::Open => format!("- {subject}: in order."),
        State::Waiting(Reason::Checks(verdict)) | State::Shut(Reason::Checks(verdict)) => {
            let named = checks(verdict).replace("\n- ", "\n  - ");
            format!("- {subject}: {}\n  {named}", waits_for(verdict))
        }
        State::Waiting(reason) | State::Shut(reason @ Reason::OnHold(_)) => {
            format!("- {subject}: waiting, because {}", because(environment, reason, config))
        }
        State::Shut(reason) => format!(
            "- {subject}: in the way, because {}",
            because(environment, reason, config)
        ),
    }
}
