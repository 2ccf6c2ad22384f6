//! What is said of releases: their notes, and the sentence in the answer of the promotion.

use super::super::closes::Issue;
use super::super::config::Environment;
use super::super::effect::Refusal;
use super::super::release::Release;
use super::super::stretch::{Cargo, Item};
use super::inert::inert;
use super::{count, feature, joined, list_with, place};

/// What the notes are made from.
pub struct Notes<'a> {
    /// `None` where it has left the configuration since.
    pub environment: Option<&'a Environment>,
    pub release: &'a Release,
    pub tag: &'a str,
    /// What came since the release before; `None` where that cannot be told.
    pub brought: Option<&'a Cargo>,
    /// `https://github.com/owner/name`.
    pub repository: &'a str,
}

/// The notes: what came, feature by feature, in the order it landed.
pub fn body(notes: &Notes<'_>) -> String {
    let release = notes.release;
    let place = notes.environment.map_or_else(|| release.environment.to_string(), place);
    let by = release
        .by
        .as_ref()
        .map_or_else(String::new, |by| format!(", promoted by {}", inert(by.login.as_str())));
    let changes = format!(
        "[See the changes in detail]({}/compare/{}...{}).",
        notes.repository, release.since, notes.tag
    );
    match notes.brought {
        Some(cargo) if !cargo.is_empty() => {
            let list = list_with(cargo, closes);
            format!("**{} came to {place}**{by}:\n\n{list}\n\n{changes}", count(cargo))
        }
        Some(_) => format!("**This came to {place}**{by}. It has no change that was not there before.\n\n{changes}"),
        None => format!("**This came to {place}**{by}. It brings too much to be listed.\n\n{changes}"),
    }
}

fn closes(landed: &Item) -> String {
    match landed {
        Item::Feature(feature) if !feature.closes.is_empty() => {
            format!(": closes {}", joined(feature.closes.iter().map(issue).collect(), "and"))
        }
        _ => String::new(),
    }
}

fn issue(issue: &Issue) -> String {
    let repository = issue
        .repository
        .as_ref()
        .map_or_else(String::new, |name| inert(&name.to_string()));
    format!("{repository}#{}", issue.number)
}

/// It is there.
pub fn made(tag: &str, url: &str) -> String {
    format!("It is the release [{tag}]({url}).")
}

/// GitHub would not take the tag or the release.
pub fn refused(refusal: &Refusal) -> String {
    let why = match refusal {
        Refusal::PermissionMissing { .. } => {
            "I may not make one. An administrator needs to grant Greenlight the permission `contents: write`, and accept it for \
             this repository."
                .to_owned()
        }
        Refusal::WorkflowPermission | Refusal::Missing => {
            "GitHub does not let me. Where workflow files have changed, it wants the permission `workflows: write`, which an \
             administrator can grant."
                .to_owned()
        }
        Refusal::RuleViolation { .. } => {
            "a rule of the repository keeps me from making its tag. An administrator can add Greenlight to the rule's bypass \
             list."
                .to_owned()
        }
        Refusal::Other { message, .. } => format!("GitHub refused, and said {}.", feature::github_said(message)),
        Refusal::NotFastForward | Refusal::NotMergeable | Refusal::MethodNotAllowed | Refusal::MergeQueue => {
            "GitHub refused.".to_owned()
        }
    };
    format!(
        "There is no release of it: {why} A developer can make it by hand; the next promotion gets one by itself once that is \
         mended. What was promoted is not touched by this."
    )
}
