//! Where a feature can be looked at before it is merged: which dev instance shows it, who comes before it, what stands in the way.

use super::super::config::{Config, Preview};
use super::super::effect::Refusal;
use super::super::id::PullNumber;
use super::super::preview::{Resting, Trouble, View};
use super::inert::inert;
use super::misread::quote;
use super::{joined, moment};

/// The paragraph on a card.
pub fn standing(view: &View, config: &Config) -> String {
    match view {
        View::Shown { on, since } => format!("{} shows this since {}.", place(on), moment(*since, config)),
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
            "No preview shows this, because {} freed the one it had.",
            inert(by.login.as_str())
        ),
    }
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

/// The instance as a link, where the configuration tells its address.
fn place(preview: &Preview) -> String {
    match &preview.url {
        Some(url) => format!("**[{}]({url})**", preview.name),
        None => format!("**{}**", preview.name),
    }
}
