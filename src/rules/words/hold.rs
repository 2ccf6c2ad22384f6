//! What is said of a hold, from its beginning to its end.

use super::super::authority::Why;
use super::super::config::Config;
use super::super::id::{EnvironmentName, Person};
use super::super::memory::Hold;
use super::answer::{nearest_environment, who_may};
use super::inert::inert;
use super::misread::quote;
use super::{moment, taken_back};

/// It is held from now on.
pub fn begun(hold: &Hold, end_was_said: bool, something_waits: bool, config: &Config) -> String {
    let name = &hold.environment;
    let default = if end_was_said {
        ""
    } else {
        " You did not say until when, so it is the next working morning."
    };
    let waits = if something_waits {
        format!(" The promotion that waits for {name} waits on, and goes by itself afterwards.")
    } else {
        " A promotion that is asked for meanwhile waits, and goes by itself afterwards.".to_owned()
    };
    format!(
        "**{name} is on hold until {}**{}.{default} I will not move it before then, whoever asks.{waits}\n\n\
         `/unhold {name}` ends the hold sooner; `/hold {name} until <time>` changes its end.",
        moment(hold.until, config),
        because(hold)
    )
}

/// It ends within the hour.
pub fn ends_soon(hold: &Hold, something_waits: bool, config: &Config) -> String {
    let name = &hold.environment;
    let waits = if something_waits {
        format!("A promotion waits for {name} and goes by itself when the hold ends.")
    } else {
        format!("Afterwards {name} can be promoted into again.")
    };
    format!(
        "**{name} is on hold until {}, which is less than an hour away**{}. {waits} If you need longer, say \
         `/hold {name} until <time>` in a new comment.",
        moment(hold.until, config),
        because(hold)
    )
}

/// It has come to its end by itself.
pub fn over(hold: &Hold) -> String {
    format!(
        "**The hold on {name} is over.** {name} can be promoted into again; what waited goes on by itself.",
        name = hold.environment
    )
}

/// Somebody ended it; said where it began.
pub fn lifted(hold: &Hold, by: &Person) -> String {
    format!(
        "**The hold on {name} is over: {} ended it.** {name} can be promoted into again; what waited goes on by itself.",
        inert(by.login.as_str()),
        name = hold.environment
    )
}

/// Another hold counts now; said where the earlier one began.
pub fn replaced(earlier: &Hold, by: &Person) -> String {
    format!(
        "**This hold on {} has been replaced: {} has said a new one since.** The later one counts, and is told where it was \
         written.",
        earlier.environment,
        inert(by.login.as_str())
    )
}

/// The answer to `/unhold`.
pub fn unheld(environment: &EnvironmentName, something_waits: bool) -> String {
    let next = if something_waits {
        "The promotion that waited for it goes on by itself now.".to_owned()
    } else {
        format!("No promotion was waiting for it; say `/promote {environment}` when you want one.")
    };
    format!("**{environment} is no longer on hold.** {next}")
}

/// The answer to `/unhold` where nothing is held.
pub fn not_held(environment: &EnvironmentName) -> String {
    format!("**{environment} is not on hold.** There was nothing to end, and nothing has changed.")
}

/// The person may not hold.
pub fn may_not_hold(environment: &EnvironmentName, why: &Why) -> String {
    format!(
        "**Not held**, because {} Nothing has changed.",
        who_may(&format!("hold {environment}"), why)
    )
}

/// The person may not end a hold.
pub fn may_not_unhold(environment: &EnvironmentName, why: &Why) -> String {
    format!(
        "**Nothing was changed**, because {}",
        who_may(&format!("end a hold on {environment}"), why)
    )
}

/// No such environment to hold or open.
pub fn unknown_environment(name: &EnvironmentName, config: &Config, command: &str) -> String {
    nearest_environment("Nothing was changed", name, config, command)
}

/// For `/status` and the promotion pull request: who holds it, until when and why.
pub fn standing(hold: &Hold, config: &Config) -> String {
    let name = &hold.environment;
    let soon = if hold.warned { " It ends within the hour." } else { "" };
    let who = match &hold.after {
        Some(after) => format!("It {}", taken_back::hold_reason(after)),
        None => format!("{} asked for that{}", inert(hold.held_by.login.as_str()), because(hold)),
    };
    format!(
        "**{name} is on hold until {}.** {who}. What is asked for meanwhile waits, and goes by itself \
         afterwards.{soon}",
        moment(hold.until, config)
    )
}

/// "it is on hold until …: anna asked for that, because `demo`", for the middle of a sentence.
pub(super) fn reason(hold: &Hold, config: &Config) -> String {
    if let Some(after) = &hold.after {
        let until = moment(hold.until, config);
        return format!("it is on hold until {until}; it {}.", taken_back::hold_reason(after));
    }
    format!(
        "it is on hold until {}; {} asked for that{}.",
        moment(hold.until, config),
        inert(hold.held_by.login.as_str()),
        because(hold)
    )
}

fn because(hold: &Hold) -> String {
    if let Some(after) = &hold.after {
        return format!(": it {}", taken_back::hold_reason(after));
    }
    hold.because
        .as_ref()
        .map_or_else(String::new, |because| format!(", because: {}", quote(because)))
}

/// Why, in somebody's own words; nothing for one that a rollback made.
pub(super) fn reason_of_its_own(hold: &Hold) -> String {
    match hold.after {
        Some(_) => String::new(),
        None => because(hold),
    }
}
