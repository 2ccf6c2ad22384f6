//! What developers are told of a rollback, and where its answer says that they were.

use super::super::config::{Config, Environment};
use super::super::developers::{REVERTS_MAX, Reverting, Telling};
use super::super::effect::Refusal;
use super::super::id::{EnvironmentName, IssueNumber, PullNumber};
use super::super::memory::Hold;
use super::super::snapshot::Repository;
use super::super::stretch::Item;
use super::inert::inert;
use super::{count, deployment, feature, hold, joined, list, moment, rollback, taken_back};

/// What the issue is made from.
pub struct Told<'a> {
    pub environment: &'a EnvironmentName,
    /// `None`: it was taken out of the configuration meanwhile.
    pub place: Option<&'a Environment>,
    pub telling: &'a Telling,
    pub hold: Option<&'a Hold>,
    pub repository: &'a Repository,
    pub config: &'a Config,
}

/// The issue's title: plain text.
pub fn title(told: &Told<'_>) -> String {
    format!(
        "Taken back from {}: {}",
        told.environment,
        count(&told.telling.taken_away)
    )
}

/// The issue: what was taken away, by whom and why, and what can be done.
pub fn body(told: &Told<'_>) -> String {
    let telling = told.telling;
    let taken = &telling.taken_away;
    let mut parts = vec![
        happened(told),
        format!("Taken away: {}.\n\n{}", count(taken), list(taken)),
    ];
    parts.extend(telling.by_reverts.then(|| not_all_reverted(telling)));
    parts.extend(told.hold.map(|held| {
        format!(
            "{} is on hold until {}{}.",
            told.environment,
            moment(held.until, told.config),
            hold::reason_of_its_own(held)
        )
    }));
    parts.push(next(told));
    parts.join("\n\n")
}

fn happened(told: &Told<'_>) -> String {
    let (telling, name) = (told.telling, told.environment);
    let here = told.place.map_or_else(|| name.to_string(), super::place);
    let (at, by) = (moment(telling.at, told.config), inert(telling.by.login.as_str()));
    let log = telling
        .failure
        .as_ref()
        .map(|failure| deployment::link(failure.log.as_deref()));
    let now = format!("{name} is back at {}.", rollback::goal(&telling.back_to, told.config));
    let said_on = telling
        .said_on
        .map_or_else(String::new, |pull| match telling.by_itself {
            true => format!(" The promotion was asked for on #{pull}."),
            false => format!(" That was said on #{pull}."),
        });
    match (telling.by_itself, log) {
        (true, log) => format!(
            "**{here} went back by itself on {at}, because the deployment of what {by} had promoted there failed{}.** {now}{said_on}",
            log.unwrap_or_default()
        ),
        (false, Some(log)) => format!(
            "**{by} took {here} back on {at}.** The deployment of what was there had failed{log}. {now}{said_on}"
        ),
        (false, None) => format!("**{by} took {here} back on {at}.** {now}{said_on}"),
    }
}

fn next(told: &Told<'_>) -> String {
    let (telling, name) = (told.telling, told.environment);
    let again = match &telling.on_top {
        Some(commit) => format!(
            "Bring it back once it is in order. {}",
            taken_back::stays_away(name, commit)
        ),
        None => format!(
            "What was taken away goes to {name} again only after an owner's word that names it, `{}`.",
            taken_back::confirm(&telling.taken_away.items)
        ),
    };
    format!(
        "What you can do now:\n\n\
         - Find the fault in [what was taken away]({}/compare/{}...{}).\n\
         - Mend it on the default branch, by a pull request as always. It goes to {name} with the next promotion.\n\
         - {again} If it should not come back as it is, revert it by a pull request.\n\n\
         I close this issue once all of it is back on {name}.",
        told.repository.html_url, telling.back_to.commit, telling.bad,
    )
}

/// Why there is an issue where pull requests were wanted.
fn not_all_reverted(telling: &Telling) -> String {
    let mut why = Vec::new();
    if telling.reverts.is_empty() && telling.taken_away.len() > REVERTS_MAX {
        why.push(format!(
            "- These are more than the {REVERTS_MAX} features that I open pull requests for."
        ));
    }
    if telling
        .taken_away
        .items
        .iter()
        .any(|item| matches!(item, Item::Direct(_)))
    {
        why.push("- What came without a pull request has none that GitHub could revert.".to_owned());
    }
    why.extend(telling.reverts.iter().filter_map(|one| match &one.standing {
        Reverting::Refused(refusal) => Some(format!("- #{}: {}", one.feature, not_reverted(refusal))),
        Reverting::Opened { .. } | Reverting::Wanted => None,
    }));
    let opened = reverts(telling).map_or_else(String::new, |opened| format!("\n\n{opened}"));
    format!(
        "Not all of it is reverted by pull requests of mine:\n\n{}{opened}",
        why.join("\n")
    )
}

fn not_reverted(refusal: &Refusal) -> String {
    match refusal {
        Refusal::PermissionMissing { .. } => {
            "I may not revert it. An administrator can grant Greenlight the permissions `contents: write` and `pull_requests: write`."
                .to_owned()
        }
        Refusal::Missing => "GitHub does not find it any more.".to_owned(),
        Refusal::Other { message, .. } => format!("GitHub could not revert it, and said {}.", feature::github_said(message)),
        Refusal::NotFastForward
        | Refusal::RuleViolation { .. }
        | Refusal::WorkflowPermission
        | Refusal::NotMergeable
        | Refusal::MethodNotAllowed
        | Refusal::MergeQueue => "GitHub could not revert it.".to_owned(),
    }
}

/// In the answer to the rollback: the pull requests that revert it, where there are any.
pub fn reverts(telling: &Telling) -> Option<String> {
    let opened = telling.reverts.iter().filter_map(|one| match &one.standing {
        Reverting::Opened { pull } => Some(format!("#{pull} reverts #{}", one.feature)),
        Reverting::Wanted | Reverting::Refused(_) => None,
    });
    let opened: Vec<String> = opened.collect();
    (!opened.is_empty()).then(|| {
        format!(
            "For the developers I have opened what takes it out of the default branch: {}. I merge none of it.",
            joined(opened, "and")
        )
    })
}

/// What the pull request says that reverts this feature.
pub fn revert(told: &Told<'_>, feature: PullNumber) -> String {
    let until = match told.telling.on_top {
        Some(_) => String::new(),
        None => format!(
            ", and {} gets it again only after an owner's word that names it",
            told.environment
        ),
    };
    format!(
        "This takes #{feature} out of {} again.\n\n{}\n\nI do not merge it: that is for a developer to decide. Merge it if the fault cannot be \
         mended soon, and close it if it is mended otherwise. Until then the default branch has #{feature}{until}.",
        inert(told.repository.default_branch.as_str()),
        happened(told)
    )
}

/// What the issue says once all of it is back: one line more.
pub fn all_back(before: &str, name: &EnvironmentName) -> String {
    format!(
        "{before}\n\n---\n\n**What was taken away is on the branch of {name} again**, so I have closed this issue. If something is still to be mended, \
         open it again."
    )
}

/// In the answer to the rollback.
pub fn told_in(issue: IssueNumber) -> String {
    format!("The developers are told of it in #{issue}.")
}

/// In the answer to the rollback, where GitHub would not take the issue.
pub fn not_told(refusal: &Refusal) -> String {
    let why = match refusal {
        Refusal::PermissionMissing { .. } => {
            "I may not open one. An administrator can grant Greenlight the permission `issues: write`, and accept it for this \
             repository."
                .to_owned()
        }
        Refusal::Missing => "this repository has issues switched off.".to_owned(),
        Refusal::Other { message, .. } => format!("GitHub refused it, and said {}.", feature::github_said(message)),
        Refusal::NotFastForward
        | Refusal::RuleViolation { .. }
        | Refusal::WorkflowPermission
        | Refusal::NotMergeable
        | Refusal::MethodNotAllowed
        | Refusal::MergeQueue => "GitHub refused it.".to_owned(),
    };
    format!(
        "No issue tells the developers of it: {why} Please tell them yourself. Where no issue is wanted, \
         `after_rollback: nothing` in `.github/greenlight.yml` says so."
    )
}
