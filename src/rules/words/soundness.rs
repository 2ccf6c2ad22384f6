//! What is wrong with how a repository is set up, and what to do about it, for those who look after it.

use super::super::manifest;
use super::super::snapshot::Found;
use super::super::soundness::{Finding, Grant, Known, OwnerSeen, RepositoryFacts, StageFacts, Weight};
use super::inert::inert_whole;
use super::misread::quote;

/// What a reply to `/status` says besides, to those who maintain the repository.
pub fn section(findings: &[Finding]) -> String {
    let mut told: Vec<&Finding> = findings
        .iter()
        .filter(|finding| finding.weight != Weight::Fine)
        .collect();
    told.sort_by_key(|finding| finding.weight);
    if told.is_empty() {
        return "**For you, who maintain this repository: all that I need here is there.** Whether the App itself is well, whoever \
                runs me learns from `greenlight doctor`."
            .to_owned();
    }
    let lines: Vec<String> = told.into_iter().map(line).collect();
    format!(
        "**For you, who maintain this repository: this is what I lack here.**\n\n{}",
        lines.join("\n")
    )
}

fn line(finding: &Finding) -> String {
    let what = shown(&finding.what);
    let remedy = shown(&finding.remedy);
    match finding.weight {
        Weight::Wrong => format!("- **Wrong:** {what} {remedy}"),
        Weight::Doubtful | Weight::Fine => format!("- To look at: {what} {remedy}"),
    }
}

/// What stands in backticks can be copied; all else is plain, whoever wrote it.
fn shown(text: &str) -> String {
    let parts = text.split('`').enumerate();
    let shown = parts.map(|(at, part)| match (at % 2, part) {
        (_, "") => String::new(),
        (0, part) => around(part, &inert_whole(part)),
        (_, part) => quote(part),
    });
    shown.collect()
}

/// Blanks at the ends are taken off by what makes a text harmless, and are between two parts here.
fn around(part: &str, harmless: &str) -> String {
    let begins = if part.starts_with(' ') { " " } else { "" };
    let ends = if part.len() > 1 && part.ends_with(' ') { " " } else { "" };
    format!("{begins}{}{ends}", harmless.trim())
}

/// Somebody else's word, in which a backtick would begin something to be copied.
fn named(text: &str) -> String {
    text.replace('`', "'")
}

/// Why a fact is not known, where GitHub refuses to tell it or knows of no such thing.
pub fn unread<T>(found: &Found<T>) -> Option<String> {
    match found {
        Found::It(_) => None,
        Found::Missing => Some("GitHub does not tell".to_owned()),
        Found::Unreadable(permission) => Some(format!(
            "Greenlight lacks the permission {}",
            permission.replace('=', ": ")
        )),
    }
}

/// What lies between the branches of an environment and the stage before is not known.
pub fn too_far_apart() -> String {
    "more lies before it than I can read".to_owned()
}

/// The others cost a request each, and the doctor has the time.
pub fn too_many_owners(looked_at: usize) -> Finding {
    Finding::doubtful(
        "owners",
        format!("Only the first {looked_at} owners were looked at."),
        "`greenlight doctor` looks at all of them.",
    )
}

/// What the App was granted, against what it asks for.
pub fn of_grant(granted: &Known<Grant>, account: &str) -> Vec<Finding> {
    let granted = match granted {
        Ok(granted) => granted,
        Err(why) => return vec![Finding::unread("permission", "What Greenlight may do here", why)],
    };
    let account = named(account);
    let asked = manifest::asked();
    let lacking = asked
        .permissions
        .iter()
        .filter(|(name, level)| !granted.covers(name, level));
    let lacking: Vec<String> = lacking.map(|(name, level)| format!("{name}: {level}")).collect();
    let mut found = Vec::new();
    if !lacking.is_empty() {
        found.push(Finding::wrong(
            "permission",
            format!("Greenlight lacks what it was to be granted here: {}.", lacking.join(", ")),
            format!(
                "An owner of {account} accepts it in the settings of that account, under “GitHub Apps”. If it is not asked for there, \
                 whoever runs Greenlight grants it on the App's settings page first."
            ),
        ));
    }
    let unheard: Vec<&str> = asked
        .events
        .iter()
        .filter(|event| !granted.events.contains(*event))
        .map(String::as_str)
        .collect();
    if !unheard.is_empty() {
        found.push(Finding::wrong(
            "event",
            format!("GitHub does not tell Greenlight of {}.", unheard.join(", ")),
            "Whoever runs Greenlight ticks that on the App's settings page, under “Permissions & events”.",
        ));
    }
    found
}

/// Everything that was looked at in a repository.
pub fn of_repository(repository: &RepositoryFacts) -> Vec<Finding> {
    let name = &named(&repository.name);
    if !repository.is_installed {
        let remedy = "See that it is spelt rightly, and add it to the installation: the App's page, “Configure”, “Repository access”.";
        return vec![Finding::wrong(
            "repository",
            format!("The App does not reach {name}."),
            remedy,
        )];
    }
    let mut found = Vec::new();
    if repository.is_archived {
        found.push(Finding::wrong(
            "repository",
            format!("{name} is archived, so nothing can change there."),
            "Unarchive it in its settings, or leave it.",
        ));
    }
    match &repository.configuration {
        Err(mistakes) => found.push(Finding::wrong("configuration", format!("Nothing is promoted while it is not in order. {mistakes}"), "Correct .github/greenlight.yml on the default branch. `greenlight check FILE` says whether it is in order.")),
        Ok(false) => found.push(Finding::doubtful("configuration", "There is no .github/greenlight.yml, so nothing happens here yet. (With GREENLIGHT_WELCOME=off the branches staging and production are the environments, and those who administer the repository its owners.)", "Merge the pull request from the branch greenlight-welcome, or add the file yourself. If there is no such pull request, the App may lack contents: write or pull_requests: write, or a ruleset may keep it from making that branch; it is tried once a day. Archived repositories, forks and empty repositories get none.")),
        Ok(true) => found.push(Finding::fine("configuration", "The configuration is in order.")),
    }
    if let Some(method) = repository
        .merge_method
        .filter(|method| !repository.merge_methods.is_empty() && !repository.merge_methods.contains(method))
    {
        found.push(Finding::wrong(
            "merging",
            format!("Features are to be merged by {method}, which {name} does not allow."),
            "Allow it in the repository's settings under “Pull Requests”, or name another as merge_method.",
        ));
    }
    found.extend(repository.owners.iter().filter_map(owner));
    found.extend(repository.stages.iter().flat_map(stage));
    found
}

fn owner(owner: &OwnerSeen) -> Option<Finding> {
    let name = &named(&owner.name);
    let kind = if owner.is_team { "team" } else { "account" };
    match &owner.is_known {
        Ok(true) => None,
        Ok(false) if owner.is_team => Some(Finding::wrong(
            "owners",
            format!("GitHub shows the App no team {name}, so nobody in it counts as an owner."),
            "See that it is spelt as in its address, that it belongs to the organisation on which the App is installed, and that the App has the permission members: read.",
        )),
        Ok(false) => Some(Finding::wrong(
            "owners",
            format!("GitHub knows no account {name}, so that owner cannot do anything."),
            "Correct the login in .github/greenlight.yml.",
        )),
        Err(why) => Some(Finding::unread("owners", &format!("The {kind} {name}"), why)),
    }
}

fn stage(stage: &StageFacts) -> Vec<Finding> {
    let (name, branch) = (&named(&stage.name), &named(&stage.branch));
    if !stage.exists {
        let remedy = format!("Make it from the commit that runs there: `git push origin COMMIT:refs/heads/{branch}`.");
        return vec![Finding::wrong(
            "environment",
            format!("{name} has no branch {branch}."),
            remedy,
        )];
    }
    let mut found = Vec::new();
    match &stage.rules {
        Err(why) => found.push(Finding::unread("second wall", &format!("The rules of {branch}"), why)),
        Ok(rules) => {
            let blocked = rules
                .iter()
                .any(|rule| rule.kind == "update" && rule.may_bypass == Some(false));
            let walled = rules
                .iter()
                .any(|rule| rule.kind == "update" && rule.may_bypass != Some(false));
            if blocked {
                found.push(Finding::wrong(
                    "second wall",
                    format!("A ruleset forbids everybody to move {branch}, Greenlight too."),
                    "Add Greenlight to the bypass list of that ruleset, with “Always allow”.",
                ));
            } else if walled {
                found.push(Finding::fine(
                    "second wall",
                    format!("Only who may bypass a ruleset can move {branch}."),
                ));
            } else {
                found.push(Finding::doubtful(
                    "second wall",
                    format!("Anybody who may push can move {branch} past Greenlight."),
                    "Add a ruleset for it with “Restrict updates”, and Greenlight in its bypass list; Greenlight's docs/security.md has one to import.",
                ));
            }
        }
    }
    match &stage.never_seen {
        Err(why) => found.push(Finding::unread("checks", &format!("The checks of {name}"), why)),
        Ok(never) if never.is_empty() => {}
        Ok(never) => found.push(Finding::doubtful(
            "checks",
            format!("{name} waits for checks that nothing has reported on the newest commit: {}.", named(&never.join(", "))),
            "See that CI runs there and that the names are spelt as CI reports them. If it only has not come to it yet, all is well.",
        )),
    }
    found
}
