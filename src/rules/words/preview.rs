//! Where a feature can be looked at before it is merged: which dev instance shows it, who comes before it, what stands in the way.

use jiff::SignedDuration;

use super::super::authority::Why;
use super::super::config::{Config, Preview};
use super::super::deployment::State;
use super::super::effect::Refusal;
use super::super::id::{BranchName, PullNumber};
use super::super::preview::{Deployed, Place, Pool, Resting, Trouble, View};
use super::answer::who_may;
use super::deployment::link;
use super::inert::inert;
use super::misread::quote;
use super::{joined, moment, owners};

/// The paragraph on a card.
pub fn standing(view: &View, config: &Config) -> String {
    match view {
        View::Shown {
            on,
            since,
            deployed,
            frees_at,
        } => {
            let shown = shown(on, &moment(*since, config), deployed.as_ref());
            match frees_at {
                Some(at) => format!("{shown} {}", about_to_be_freed(&moment(*at, config))),
                None => shown,
            }
        }
        View::Coming { on } => format!("{} is about to show this.", place(on)),
        View::Stuck { on, trouble } => {
            format!("{} does not show this version, because {}", place(on), why(on, trouble))
        }
        View::Waits {
            for_one,
            before,
            usable,
            closed,
        } => {
            let mut parts = vec![waits(for_one.as_ref(), before, *usable)];
            parts.extend(
                closed
                    .iter()
                    .map(|(one, trouble)| format!("{} is given to nobody, because {}", place(one), why(one, trouble))),
            );
            parts.join("\n\n")
        }
        View::Resting(Resting::Freed { by }) => format!(
            "No preview shows this, because {} said `/preview off`. `/preview` in a new comment asks for one again.",
            inert(by.login.as_str())
        ),
        View::Resting(Resting::Idle) => format!(
            "No preview shows this, because nobody pushed or wrote anything here for {}. The next push asks for one again, and so \
             does `/preview` in a new comment.",
            length(config.preview_idle)
        ),
        View::Fork { allowed: false } => "No preview shows this, because features from a fork are not shown here.".to_owned(),
        View::Fork { allowed: true } => {
            "No preview shows this, because it comes from a fork, and an instance would run what people outside of this repository \
             wrote. Somebody with write access who has read the changes can say `/preview` in a new comment. That counts for this \
             version only."
                .to_owned()
        }
    }
}

/// What stands on the branch is not yet what runs, where somebody else's deployments tell of it.
fn shown(on: &Preview, since: &str, deployed: Option<&Deployed>) -> String {
    let place = place(on);
    let (state, log) = match deployed {
        None => (State::Success, None),
        Some(Deployed::Stands { state, log }) => (*state, log.as_deref()),
        Some(Deployed::NotYet) => {
            return format!(
                "{place} has this since {since}. Whatever deploys there has not told GitHub of this version yet, so it may still \
                 show another one."
            );
        }
    };
    match state {
        State::Success | State::Inactive | State::Unknown => format!("{place} shows this since {since}."),
        State::Error | State::Failure => format!(
            "{place} has this since {since}, but its deployment failed{}. A developer needs to look at it. GitHub's list of \
             deployments has it under {}.",
            link(log),
            on.name
        ),
        State::Pending | State::Queued | State::Waiting | State::InProgress => {
            format!("{place} has this since {since}, and its deployment is under way.")
        }
    }
}

fn about_to_be_freed(at: &str) -> String {
    format!(
        "Nobody pushed or wrote anything here for a while, so it is freed on {at}. A push, a comment or `/preview` before then \
         keeps it."
    )
}

/// "14 days", "36 hours".
fn length(time: SignedDuration) -> String {
    match (time.as_hours(), time.as_mins() % 60) {
        (hours, 0) if hours % 24 == 0 && hours > 24 => format!("{} days", hours / 24),
        (1, 0) => "an hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        _ => format!("{} minutes", time.as_mins()),
    }
}

/// In GitHub's list of deployments.
pub fn shows(pull: PullNumber) -> String {
    format!("Shows #{pull}")
}

/// The same, of a success.
pub fn is_set() -> String {
    "The branch is set to this version".to_owned()
}

/// The same, once another one took its place.
pub fn no_longer_shown() -> String {
    "Not shown there any more".to_owned()
}

fn waits(for_one: Option<&Preview>, before: &[PullNumber], usable: usize) -> String {
    let taken = match for_one {
        Some(one) => format!("It waits for the preview {}, which is taken.", place(one)),
        None if usable == 0 => "No preview can be used at present.".to_owned(),
        None => "All previews are taken.".to_owned(),
    };
    let numbers: Vec<String> = before.iter().map(|number| format!("#{number}")).collect();
    match numbers.is_empty() {
        true => format!("{taken} This feature is the next to get one."),
        false => format!("{taken} Before it: {}.", numbers.join(", ")),
    }
}

/// The end of a sentence, and what to do about it.
fn why(on: &Preview, trouble: &Trouble) -> String {
    let branch = inert(on.branch.as_str());
    let refusal = match trouble {
        Trouble::Foreign { .. } => {
            return format!(
                "its branch {branch} has commits that are nobody's feature, and I overwrite nobody's work. A developer can keep \
                 them on another branch and delete {branch}; I make it anew by myself."
            );
        }
        Trouble::Refused(refusal) => refusal,
    };
    let again = "I try again by myself later, and with the next push.";
    match refusal {
        Refusal::PermissionMissing { .. } => format!(
            "GitHub does not let me move its branch {branch}. Whoever administers the App can grant the permission to write \
             contents. {again}"
        ),
        Refusal::WorkflowPermission => format!(
            "this version changes workflow files, which GitHub does not let me put on a branch. Whoever administers the App can \
             grant the permission to write workflows. {again}"
        ),
        Refusal::RuleViolation { lines } => {
            let lines: Vec<String> = lines.iter().take(5).map(|line| quote(line)).collect();
            format!(
                "a rule of the repository forbids it to move its branch {branch} ({}). An administrator can let me pass that rule. \
                 {again}",
                joined(lines, "and")
            )
        }
        Refusal::Other { message, .. } => {
            format!(
                "GitHub did not move its branch {branch} and says {}. {again}",
                quote(message)
            )
        }
        _ => format!("GitHub did not move its branch {branch}. {again}"),
    }
}

/// The answer to a `/preview`.
pub fn asked(view: &View, config: &Config) -> String {
    match view {
        View::Shown { .. } => format!("**Nothing to do.** {}", standing(view, config)),
        View::Coming { on } => format!(
            "**This feature gets {}.** It is being set to the newest version; the card here says since when it shows it.",
            named(on)
        ),
        View::Waits { .. } => format!(
            "**This feature waits for a preview.** {}\n\nIt gets one by itself when it is its turn, and its card here says so.",
            standing(view, config)
        ),
        View::Stuck { .. } | View::Resting(_) | View::Fork { .. } => {
            format!("**This feature is not shown at present.** {}", standing(view, config))
        }
    }
}

/// The answer to a `/preview off`.
pub fn freed(instance: &str, goes_to: Option<PullNumber>) -> String {
    let next = match goes_to {
        Some(pull) => format!("#{pull} asked for it before, and gets it now."),
        None => "Nobody waits for it.".to_owned(),
    };
    format!("**{instance} is free again.** {next} `/preview` asks for a preview of this feature again.")
}

/// It had none, and waited.
pub fn waits_no_more() -> String {
    "**This feature does not wait for a preview any more.** `/preview` asks for one again.".to_owned()
}

/// It has none, and does not wait either.
pub fn nothing_to_free() -> String {
    "**Nothing was changed.** This feature has no preview, and does not wait for one.".to_owned()
}

/// The repository has none.
pub fn no_previews() -> String {
    "**Nothing was changed, because this repository has no previews.** A developer can name its dev instances under `previews` \
     in `.github/greenlight.yml`."
        .to_owned()
}

/// The command was written elsewhere.
pub fn no_open_feature(mainline: &BranchName) -> String {
    format!(
        "**Nothing was changed, because this is not an open feature.** A preview shows a pull request that leads into {} and is \
         not merged yet. Say it there.",
        inert(mainline.as_str())
    )
}

/// Its label is off, or does not count.
pub fn not_ready(config: &Config) -> String {
    format!(
        "**Nothing was changed, because this feature is not ready.** Its developer puts the label {} on when there is something \
         to look at. It asks for a preview by itself then.",
        quote(config.ready_label())
    )
}

/// No such instance.
pub fn unknown(name: &str, previews: &[Preview]) -> String {
    let known: Vec<String> = previews.iter().map(|one| format!("`{}`", one.name)).collect();
    format!(
        "**Nothing was changed, because there is no preview called {}.** There {} {}.",
        quote(name),
        if known.len() == 1 { "is only" } else { "are" },
        joined(known, "and")
    )
}

/// The person may not.
pub fn may_not(why: &Why) -> String {
    let act = "say where a feature is shown";
    let who = match why {
        Why::NotAnOwner(who) => format!("only {} or people with write access may {act}.", owners(who)),
        why => who_may(act, why),
    };
    format!("**Nothing was changed**, because {who}")
}

/// It comes from a fork, and the configuration allows none.
pub fn never_a_fork() -> String {
    "**Nothing was changed, because features from a fork are not shown here.** A preview would run what people outside of this \
     repository wrote. A developer can bring the changes into a branch of this repository and open a pull request from there."
        .to_owned()
}

/// A fork's feature is asked for in a version that was not shown.
pub fn another_version() -> String {
    "**Nothing was changed, because this is not the version that you were shown.** For a feature from a fork the word counts for \
     one version only. Please read the changes of the newest one, and say `/preview` again."
        .to_owned()
}

/// Who has which instance, and who waits.
pub fn pool(pool: &Pool, config: &Config) -> String {
    let lines = pool.places.iter().map(|(one, place)| {
        let name = self::place(one);
        match place {
            Place::Free => format!("- {name} is free."),
            Place::Closed(trouble) => format!("- {name} is given to nobody, because {}", why(one, trouble)),
            Place::Of(pull, Some(since)) => format!("- {name} shows #{pull} since {}.", moment(*since, config)),
            Place::Of(pull, None) => format!("- {name} is about to show #{pull}."),
            Place::Stuck(pull, trouble) => format!("- {name} does not show #{pull}, because {}", why(one, trouble)),
        }
    });
    let lines: Vec<String> = lines.collect();
    let queue: Vec<String> = pool.queue.iter().map(|pull| format!("#{pull}")).collect();
    let waiting = match queue.is_empty() {
        true => String::new(),
        false => format!("\n\nWaiting for a preview, in this order: {}.", queue.join(", ")),
    };
    format!("**Previews**\n\n{}{waiting}", lines.join("\n"))
}

/// The same within bold text.
fn named(preview: &Preview) -> String {
    match &preview.url {
        Some(url) => format!("[{}]({url})", preview.name),
        None => preview.name.clone(),
    }
}

/// The instance as a link, where the configuration tells its address.
fn place(preview: &Preview) -> String {
    format!("**{}**", named(preview))
}
