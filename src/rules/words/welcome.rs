//! What the welcome pull request says, and what is answered until it is merged.

use super::super::config::{self, MergeMethod};
use super::super::effect::Refusal;
use super::super::snapshot::{Found, Repository};
use super::super::welcome::{BRANCH, File, SeenCheck, Standing, Surroundings};
use super::inert::inert;
use super::joined;
use super::misread::quote;
use super::{answer, feature};

/// Names that one sentence lists.
const NAMED_MAX: usize = 12;

pub fn title() -> &'static str {
    "Set Greenlight up"
}

/// The message of the commit with the proposed file.
pub fn commit_message() -> &'static str {
    "Set Greenlight up\n\nWhat was found in this repository, as a first configuration. Nothing happens before this is on the default \
     branch."
}

/// The description of the pull request.
pub fn body(repository: &Repository, found: &Surroundings, file: &File) -> String {
    let mainline = quote(repository.default_branch.as_str());
    let edit = format!("{}/edit/{BRANCH}/{}", repository.html_url, config::PATH);
    format!(
        "**Greenlight is installed here, and waits for you.** With it the product owner decides what goes live: she looks at each \
         feature, says `/accept`, and says `/promote` when she wants it on the next environment. This pull request proposes how that \
         works here. It adds one file, `{path}`, and changes nothing else.\n\n\
         **What I found**\n\n{found}\n\n\
         **What to look at before you merge**\n\n\
         [Change the file here]({edit}); whatever you save is checked, and a check on this pull request says whether I understand it.\n\n\
         - *Who decides?* At first everybody who may maintain this repository. Better name the product owner, or a team: {owners}\n\
         - *Your time zone?* It is `UTC` until you write yours at `timezone`, such as `Europe/Berlin`. Then \"friday 7am\" means what you \
         mean.\n\
         {branches}\n\n\
         **What happens once this is merged**\n\n{then}\n\n\
         **What does not happen before**\n\n\
         Until a configuration is on {mainline} I open nothing else, comment on nothing, move no branch and merge nothing. Who writes a \
         command is told that this pull request comes first. If you do not want it, close it: I do not ask again, and whoever adds \
         `{path}` later switches me on.",
        path = config::PATH,
        found = what_was_found(repository, found, file),
        owners = owners(found),
        branches = branches(repository, file),
        then = what_happens(file),
    )
}

fn what_was_found(repository: &Repository, found: &Surroundings, file: &File) -> String {
    let mainline = quote(repository.default_branch.as_str());
    let mut lines = vec![format!(
        "- Features are merged into {mainline}.{}",
        methods(&repository.merge_methods)
    )];
    lines.push(match file.stages.taken.as_slice() {
        [] => {
            "- There is no branch whose name is that of an environment, such as `staging` or `production`.".to_owned()
        }
        [only] => format!(
            "- This branch looks like an environment: {}.",
            quote(only.branch.as_str())
        ),
        taken => {
            let names = taken.iter().map(|one| quote(one.branch.as_str())).collect();
            format!(
                "- These branches look like environments, in this order: {}.",
                joined(names, "and")
            )
        }
    });
    if !file.stages.others.is_empty() {
        let names = file.stages.others.iter().map(|branch| quote(branch.as_str())).collect();
        lines.push(format!(
            "- I left these out, because I cannot tell what they are for: {}.",
            joined(names, "and")
        ));
    }
    for branch in &file.apart {
        lines.push(format!(
            "- {} has commits of its own, so what is promoted there is merged into it.",
            quote(branch.as_str())
        ));
    }
    lines.push(format!("- {}", checks(found, file)));
    match &found.people {
        Some(Found::It(people)) if !people.is_empty() => {
            let names = people.iter().map(|login| inert(login.as_str())).collect();
            lines.push(format!("- {} may maintain this repository.", listed(names)));
        }
        Some(Found::Unreadable(_)) => {
            lines.push("- GitHub does not tell me who may maintain this repository.".to_owned())
        }
        _ => {}
    }
    lines.join("\n")
}

fn methods(allowed: &[MergeMethod]) -> String {
    let name = |method: &MergeMethod| match method {
        MergeMethod::Merge => "by a merge commit",
        MergeMethod::Squash => "squashed into one commit",
        MergeMethod::Rebase => "rebased",
    };
    match allowed {
        [] => String::new(),
        [only] => format!(" They come there {}.", name(only)),
        [first, ..] => format!(
            " They can come there {}; I took \"{}\".",
            joined(allowed.iter().map(|method| name(method).to_owned()).collect(), "or"),
            name(first)
        ),
    }
}

fn checks(found: &Surroundings, file: &File) -> String {
    if found.checks.is_empty() {
        return "No check has reported on the newest commits. Nothing is promoted before one has, unless you write `checks: none`."
            .to_owned();
    }
    let name = |check: &SeenCheck| match &check.app {
        Some(app) => format!("{} (by {})", quote(&check.name), quote(app)),
        None => quote(&check.name),
    };
    let seen = listed(found.checks.iter().map(name).collect());
    match file.checks.is_empty() {
        true => format!("These checks reported on the newest commits: {seen}. All that report have to be green."),
        false => format!(
            "These checks reported on the newest commits: {seen}. Those that every commit had are named in the file, and have to be \
             green."
        ),
    }
}

fn listed(mut names: Vec<String>) -> String {
    let more = names.len().saturating_sub(NAMED_MAX);
    if more > 0 {
        names.truncate(NAMED_MAX);
        names.push(format!("{more} more"));
    }
    joined(names, "and")
}

fn owners(found: &Surroundings) -> String {
    match &found.teams {
        Some(Found::It(teams)) if !teams.is_empty() => {
            let names = teams.iter().map(|team| quote(&team.to_string())).collect();
            format!("`owners: [her-login]`. The teams here are {}.", listed(names))
        }
        Some(Found::Unreadable(_)) => {
            "`owners: [her-login]`. GitHub does not let me read this organisation's teams.".to_owned()
        }
        _ => "`owners: [her-login]`.".to_owned(),
    }
}

fn branches(repository: &Repository, file: &File) -> String {
    let missing = &file.stages.missing;
    if missing.is_empty() {
        return "- *Is something missing?* Every environment in the file has its branch.".to_owned();
    }
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let makes: Vec<String> = missing
        .iter()
        .map(|name| format!("`git push origin origin/{}:refs/heads/{name}`", branch_word(repository)))
        .collect();
    format!(
        "- *Is something missing?* There is no branch for {}. I make none by myself. If you want such an environment, make the branch, \
         [on GitHub]({}/branches) or with {}, and take the signs `#` before it out of the file.",
        joined(names, "and none for"),
        repository.html_url,
        joined(makes, "and"),
    )
}

/// A branch's name in a command line, where it is a plain one.
fn branch_word(repository: &Repository) -> &str {
    let name = repository.default_branch.as_str();
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b));
    if is_plain { name } else { "HEAD" }
}

fn what_happens(file: &File) -> String {
    let pulls = match file.stages.taken.as_slice() {
        [] => "- As soon as an environment has a branch, a pull request shows what waits for it. It stays as it is until somebody says \
               `/promote` there."
            .to_owned(),
        [first, ..] => format!(
            "- For each environment that is behind, one pull request shows what waits for it. Nothing goes there until somebody who \
             decides says `/promote {}` on it, and the checks are green.",
            first.name
        ),
    };
    format!(
        "{pulls}\n\
         - A developer puts the label `{label}` on a pull request, and I ask for a look at it. After `/accept` it is merged, once it is \
         green.\n\
         - `/help` on any pull request says what else can be said.",
        label = config::READY_LABEL
    )
}

/// The answer to any command before there is a configuration.
pub fn not_set_up(standing: Option<&Standing>) -> String {
    let path = config::PATH;
    match standing {
        Some(Standing::Open { pull }) => format!(
            "**Nothing was done: Greenlight is not set up in this repository yet.** #{pull} proposes how it works here. Look at it and \
             merge it; then say this again."
        ),
        Some(Standing::Closed { pull }) => format!(
            "**Nothing was done: Greenlight is not set up in this repository.** #{pull} proposed how it works here, and was closed. \
             Open it again and merge it, or let a developer add `{path}` to the default branch; then say this again."
        ),
        Some(Standing::Refused { refusal, .. }) => format!(
            "**Nothing was done: Greenlight is not set up in this repository yet.** I wanted to propose a configuration, and {} A \
             developer can also add `{path}` to the default branch.",
            refused(refusal)
        ),
        Some(Standing::Merged { pull }) => format!(
            "**Nothing was done: there is no configuration in this repository.** #{pull} added `{path}`, and it is not on the default \
             branch any more. A developer can add it again."
        ),
        None => format!(
            "**Nothing was done: Greenlight is not set up in this repository.** A developer can add `{path}` to the default branch."
        ),
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::PermissionMissing { permission } => format!("GitHub does not let me. {}", answer::grant(permission)),
        Refusal::RuleViolation { lines } => {
            let said: Vec<String> = lines.iter().map(|line| quote(line)).collect();
            format!("a rule of this repository does not let me: {}.", joined(said, "and"))
        }
        Refusal::Other { message, .. } => format!("GitHub refused, and said {}.", feature::github_said(message)),
        _ => "GitHub refused.".to_owned(),
    }
}
