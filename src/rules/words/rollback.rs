//! What is said of the way back: from the word to what runs again.

use super::super::authority::Why;
use super::super::config::{Config, Environment};
use super::super::effect::Refusal;
use super::super::id::{EnvironmentName, Person, PullNumber, Sha};
use super::super::memory::Hold;
use super::super::rollback::{Failure, Goal, Rollback, TakenBack, Way};
use super::super::stay::State;
use super::super::stretch::{Cargo, Item};
use super::answer::{nearest_environment, who_may};
use super::inert::inert;
use super::misread::quote;
use super::taken_back::{confirm, title, whose};
use super::{count, deployment, feature, list, moment, place};

/// Things that ran in an environment, as they are offered as goals.
pub const GOALS_TOLD_MAX: usize = 5;

/// It is decided, and the branch is moved next.
pub fn begun(environment: &EnvironmentName, rollback: &Rollback, config: &Config) -> String {
    let how = match &rollback.way {
        Way::SetBack => "I move its branch now",
        Way::OnTop { .. } => "I put a new commit with that version on top of its branch now",
    };
    format!(
        "{}**Taking {environment} back to {}.**\n\n{}\n\n{how}, and tell here how it goes on.",
        by_itself(environment, rollback.failure.as_ref()),
        goal(&rollback.to, config),
        changes(&rollback.taken_away, &rollback.brought_back),
    )
}

/// The message of the commit that brings an earlier version on top of a branch. Whoever reads the history finds here why.
pub fn commit_message(environment: &EnvironmentName, rollback: &Rollback) -> String {
    let by = match rollback.at_the_word_of() {
        Some(by) => format!("Asked for by {}.", by.login.as_str()),
        None => "The deployment of what was there failed.".to_owned(),
    };
    format!(
        "Take {environment} back to {}\n\n{by} This has the very files of {}.\n\ngreenlight-rollback: {} {}\n",
        rollback.to.commit.short(),
        rollback.to.commit,
        rollback.request,
        rollback.command,
    )
}

/// What the answer to `--dry-run` is made from.
pub struct Forecast<'a> {
    pub environment: &'a Environment,
    pub to: &'a Goal,
    pub taken_away: &'a Cargo,
    pub brought_back: &'a Cargo,
    pub way: &'a Way,
    /// Why who asks may not do it.
    pub refused: Option<&'a Why>,
    /// The command that does it.
    pub command: &'a str,
    pub config: &'a Config,
}

/// What would be taken away; the answer to `--dry-run`.
pub fn forecast(told: &Forecast<'_>) -> String {
    let name = &told.environment.name;
    let then = match told.refused {
        None => format!(
            "To do it, say `{}`. Afterwards {name} is on hold until the next working morning.",
            told.command
        ),
        Some(why) => format!(
            "To do it takes somebody else: {}",
            who_may(&format!("take {name} back"), why)
        ),
    };
    let how = match told.way {
        Way::SetBack => String::new(),
        Way::OnTop { .. } => format!(
            "\n\nA new commit with that version would go on top of the branch of {name}, which keeps its history. So promoting again \
             would not bring back what it takes away."
        ),
    };
    format!(
        "**{} would go back to {}.** Nothing has been moved.\n\n{}{how}\n\n{then}",
        place(told.environment),
        goal(told.to, told.config),
        changes(told.taken_away, told.brought_back),
    )
}

/// "what had run there since Tuesday, …, and came with Faster checkout (#1)".
pub(super) fn goal(goal: &Goal, config: &Config) -> String {
    let since = moment(goal.ran_since, config);
    match &goal.known_as {
        Some(item) => format!("what had run there since {since}, and came with {}", title(item)),
        None => format!("what had run there since {since}, as version {}", goal.commit.short()),
    }
}

fn changes(taken_away: &Cargo, brought_back: &Cargo) -> String {
    let taken = match taken_away.is_empty() {
        true => "This takes nothing away.".to_owned(),
        false => format!("This takes away {}:\n\n{}", count(taken_away), list(taken_away)),
    };
    match brought_back.is_empty() {
        true => taken,
        false => format!(
            "{taken}\n\nThis brings back {}:\n\n{}",
            count(brought_back),
            list(brought_back)
        ),
    }
}

/// How a rollback stands whose branch was moved.
pub struct Moved<'a> {
    /// `None`: it was taken out of the configuration meanwhile.
    pub environment: Option<&'a Environment>,
    pub rollback: &'a Rollback,
    pub state: &'a State,
    pub hold: Option<&'a Hold>,
    /// What is still marked as taken away by it.
    pub taken_back: Option<&'a TakenBack>,
    /// What was taken away had run there, so one more rollback goes back to it.
    pub had_run: bool,
    pub config: &'a Config,
}

/// The branch is back; how far its deployment is.
pub fn moved(name: &EnvironmentName, told: &Moved<'_>) -> String {
    let (rollback, config) = (told.rollback, told.config);
    let to = goal(&rollback.to, config);
    let here = told.environment.map_or_else(|| name.to_string(), place);
    let headline = match told.state {
        State::Running { .. } => format!("**{here} is back at {to}.**"),
        State::Moved => {
            format!("**The branch of {here} is back at {to}.** I do not know yet whether it runs there again.")
        }
        State::Deploying => format!("**The branch of {here} is back at {to}.** Its deployment is under way."),
        State::Failed { log, .. } => format!(
            "**The branch of {here} is back at {to}, but its deployment failed{}.** I do not go back any further by myself. A \
             developer needs to look at it.",
            deployment::link(log.as_deref())
        ),
    };
    let headline = format!("{}{headline}", by_itself(name, rollback.failure.as_ref()));
    let mut parts = vec![headline, past(&rollback.taken_away, &rollback.brought_back)];
    parts.extend(told.hold.map(|hold| held(hold, rollback, config)));
    let undo = match told.had_run {
        true => format!(" If this was a mistake, say `/rollback {name}` once more."),
        false => String::new(),
    };
    if let Some(commit) = rollback.on_top() {
        parts.push(on_top(name, told, commit));
        return parts.join("\n\n");
    }
    parts.extend(told.taken_back.map(|mark| {
        format!(
            "What was taken away stays marked: the promotion pull request lists it apart, and it goes to {name} again only after \
             a word that names it, `{}`.{undo}",
            confirm(&mark.cargo.items)
        )
    }));
    parts.join("\n\n")
}

/// How going forward to an earlier version differs from going back to it.
fn on_top(name: &EnvironmentName, told: &Moved<'_>, commit: &Sha) -> String {
    let commit = commit.short();
    let kept =
        format!("This is a new commit, {commit}, on top of what the branch of {name} had. So its history keeps both.");
    if told.taken_back.is_none() {
        return kept;
    }
    let undo = match told.had_run {
        true => format!("`/rollback {name}` once more, as long as nothing else has gone there, or "),
        false => String::new(),
    };
    format!(
        "{kept} What was taken away does not come again by itself: the branch contains it already, so promoting does not bring it. What \
         brings it back is {undo}a developer who reverts {commit} on the branch of {name}."
    )
}

fn past(taken_away: &Cargo, brought_back: &Cargo) -> String {
    let taken = match taken_away.is_empty() {
        true => "Nothing was taken away.".to_owned(),
        false => format!("Taken away: {}.\n\n{}", count(taken_away), list(taken_away)),
    };
    match brought_back.is_empty() {
        true => taken,
        false => format!(
            "{taken}\n\nBrought back: {}.\n\n{}",
            count(brought_back),
            list(brought_back)
        ),
    }
}

fn held(hold: &Hold, rollback: &Rollback, config: &Config) -> String {
    let name = &hold.environment;
    let until = moment(hold.until, config);
    if hold.request == rollback.request && hold.after.is_some() {
        return format!(
            "{name} is on hold until {until}, so that nothing brings the fault back unnoticed. `/unhold {name}` ends that sooner, \
             `/hold {name} until <time>` changes its end."
        );
    }
    format!(
        "{name} stays on hold until {until}, as {} said before. `/unhold {name}` ends that sooner.",
        inert(hold.held_by.login.as_str())
    )
}

/// GitHub would not move the branch.
pub fn refused_by_github(name: &EnvironmentName, refusal: &Refusal, rollback: &Rollback) -> String {
    let failure = rollback.failure.as_ref();
    let is_set_back = rollback.way == Way::SetBack;
    let why = match refusal {
        Refusal::RuleViolation { lines } if !is_set_back => {
            let lines: Vec<String> = lines.iter().take(5).map(|line| quote(line)).collect();
            format!(
                "a rule of the repository does not let me put a commit on its branch ({}). An administrator can add Greenlight to the \
                 rule's bypass list.",
                lines.join(", ")
            )
        }
        Refusal::Missing if !is_set_back => {
            "GitHub does not know its branch any more, or the version that it was to go back to. A developer needs to look at it.".to_owned()
        }
        Refusal::NotFastForward if !is_set_back => {
            "somebody has moved its branch meanwhile.".to_owned()
        }
        Refusal::RuleViolation { lines } => {
            let lines: Vec<String> = lines.iter().take(5).map(|line| quote(line)).collect();
            format!(
                "a rule of the repository does not let me set its branch back ({}). Going back is what GitHub calls a force push. An \
                 administrator can add Greenlight to the rule's bypass list, or switch off *Block force pushes* in it for a while.",
                lines.join(", ")
            )
        }
        Refusal::NotFastForward => {
            "the protection of its branch does not allow to set it back. An administrator can allow Greenlight to force push \
             there."
                .to_owned()
        }
        Refusal::PermissionMissing { .. } => {
            "I may not write to its branch. An administrator needs to grant Greenlight the permission `contents: write`, and \
             accept it for this repository."
                .to_owned()
        }
        Refusal::WorkflowPermission => {
            "it changes workflow files, for which I need the permission `workflows: write`. An administrator can grant it in \
             the App's settings, or set the branch back this once."
                .to_owned()
        }
        Refusal::Missing => "its branch is no longer there. A developer can create it.".to_owned(),
        Refusal::NotMergeable | Refusal::MethodNotAllowed | Refusal::MergeQueue => {
            "GitHub does not let me set its branch back. A developer needs to look at it.".to_owned()
        }
        Refusal::Other { message, .. } => format!(
            "GitHub refused, and said {}. A developer needs to look at it.",
            feature::github_said(message)
        ),
    };
    let again = match failure {
        None => "say the command again once that is mended.".to_owned(),
        Some(_) => format!("once that is mended, say `/rollback {name}`."),
    };
    format!(
        "{}**{name} was not taken back**, because {why} Nothing was moved; {again}",
        by_itself(name, failure)
    )
}

/// Somebody moved the branch before it could be taken back.
pub fn stale(name: &EnvironmentName, now: Option<&Cargo>) -> String {
    let brought = match now {
        Some(cargo) if !cargo.is_empty() => format!(" It has got {} since:\n\n{}", count(cargo), list(cargo)),
        _ => String::new(),
    };
    format!(
        "**{name} was not taken back, because somebody has moved its branch since I looked.**{brought}\n\nI have left it where it \
         is now. If it still has to go back, say `/rollback {name}` again."
    )
}

/// Nothing else is known to have run there.
pub fn nothing_ran_before(name: &EnvironmentName) -> String {
    format!(
        "**{name} was not taken back, because I know of nothing else that ran there.** I remember what ran there only since I first \
         looked, and only what is known to have worked. Nothing was moved. A developer can revert the change in a pull request, or \
         set the branch by hand."
    )
}

/// What was named did not run there.
pub fn did_not_run(name: &EnvironmentName, named: &Wanted, ran: &[Goal], config: &Config) -> String {
    let why = match named {
        Wanted::Feature(number) => format!("nothing is known to have run there that came with #{number}"),
        Wanted::Commit(commit) => format!("no version {} is known to have run there", quote(commit)),
        Wanted::Several(commit) => format!("more than one version that ran there begins with {}", quote(commit)),
    };
    if ran.is_empty() {
        return format!("**{name} was not taken back**, because {why}, nor anything else. Nothing was moved.");
    }
    let line = |goal: &Goal| {
        let short = goal.commit.short();
        let called = goal.known_as.as_ref().map_or_else(|| format!("version {short}"), title);
        let to = match &goal.known_as {
            Some(Item::Feature(feature)) => format!("#{}", feature.number),
            _ => short.to_owned(),
        };
        let since = moment(goal.ran_since, config);
        format!("- {called}, since {since}: `/rollback {name} to {to}`")
    };
    let lines: Vec<String> = ran.iter().map(line).collect();
    format!(
        "**{name} was not taken back**, because {why}. Nothing was moved. This did run there, the newest first:\n\n{}",
        lines.join("\n")
    )
}

/// What was named, and did not run there.
pub enum Wanted {
    Feature(PullNumber),
    Commit(String),
    /// It is the beginning of more than one.
    Several(String),
}

/// It is there already.
pub fn already_there(environment: &Environment) -> String {
    format!(
        "**{} is at that version already.** Nothing was moved.",
        place(environment)
    )
}

/// GitHub does not know the commit any more.
pub fn commit_gone(name: &EnvironmentName, to: &Goal) -> String {
    format!(
        "**{name} was not taken back, because GitHub does not know version {} any more.** Somebody has rewritten the branches since it \
         ran there. Nothing was moved. Say `/rollback {name} to` and the number of the feature that it is to go back to, or ask a \
         developer.",
        to.commit.short()
    )
}

/// More lies between the two than can be read.
pub fn too_far(name: &EnvironmentName, commits: usize) -> String {
    format!(
        "**{name} was not taken back, because {commits} commits lie between, and that is more than I can read and show you.** Nothing \
         was moved. A developer can set the branch by hand."
    )
}

/// The environment's branch is not there.
pub fn branch_missing(environment: &Environment) -> String {
    format!(
        "**{} was not taken back, because its branch {} does not exist.** A developer can create it, or correct the name in \
         `.github/greenlight.yml`.",
        environment.name,
        inert(environment.branch.as_str())
    )
}

/// No such environment.
pub fn unknown_environment(name: &EnvironmentName, config: &Config) -> String {
    nearest_environment("Nothing was taken back", name, config, "rollback")
}

/// The person may not.
pub fn not_allowed(name: &EnvironmentName, why: &Why) -> String {
    format!(
        "**{name} was not taken back**, because {} Nothing has changed.",
        who_may(&format!("take {name} back"), why)
    )
}

/// The environment left the configuration before its branch was moved.
pub fn environment_gone(name: &EnvironmentName) -> String {
    format!(
        "**Nothing was taken back: there is no environment called {name} any more.** It was taken out of the configuration. Nothing was \
         moved."
    )
}

/// The last word on a rollback that made way for a later one.
pub fn superseded(name: &EnvironmentName, by: Option<&Person>) -> String {
    format!(
        "**{name} was not taken back by this command, because it went back otherwise since: {} did that.** How that went is told \
         there.",
        whose(by)
    )
}

/// The last word on a promotion, or on a list, that a rollback put an end to.
pub fn promotion_dropped(name: &EnvironmentName, by: Option<&Person>) -> String {
    format!(
        "**Not promoted to {name}: {} has taken {name} back to what ran there before.** What waited for it does not wait any more. Once \
         the fault is mended, say `/promote {name}` again.",
        whose(by)
    )
}

/// Something is to be promoted into an environment that is just being taken back.
pub fn goes_back_first(name: &EnvironmentName) -> String {
    format!(
        "**Not promoted to {name}, because it is being taken back to what ran there before just now.** Nothing else moves it meanwhile. \
         Say the command again once that is done."
    )
}

/// It goes back by itself: why, before anything else is said.
fn by_itself(name: &EnvironmentName, failure: Option<&Failure>) -> String {
    failure.map_or_else(String::new, |failure| {
        format!(
            "**The deployment to {name} failed{}, so {name} goes back by itself to what ran before.**\n\n",
            deployment::link(failure.log.as_deref())
        )
    })
}
