//! What is said of what came to an environment by another road than a promotion: a merge by hand, a direct push.

use super::super::authority::Why;
use super::super::checks::{State, Verdict};
use super::super::config::{Config, Environment, Strategy};
use super::super::id::{BranchName, EnvironmentName, Person, PullNumber};
use super::super::outside::{Held, Hotfix, Merged, Standing};
use super::super::snapshot::Commit;
use super::super::stretch::{Cargo, Item};
use super::answer::who_may;
use super::inert::inert;
use super::{count, list, place, promotion, taken_back};

/// Commits that are named one by one.
const COMMITS_NAMED_MAX: usize = 20;

/// What the comment on a promotion pull request that was merged by hand is made from.
pub struct MergedByHand<'a> {
    pub environment: &'a Environment,
    pub from: &'a BranchName,
    pub by: Option<&'a Person>,
    /// Why they may not promote.
    pub refused: Option<&'a Why>,
    /// Whether GitHub made copies of the commits instead of joining them.
    pub copied: bool,
    /// What came in; `None` where it cannot be told.
    pub brought: Option<&'a Cargo>,
    /// What of it was taken back before.
    pub again: &'a [Item],
    pub checks: &'a Verdict,
}

/// A promotion pull request was merged with GitHub's own button. How that goes on is told below.
pub fn merged_by_hand(told: &MergedByHand<'_>) -> String {
    let environment = told.environment;
    let name = &environment.name;
    let by = told.by.map_or_else(
        || "somebody whose account is gone".to_owned(),
        |by| inert(by.login.as_str()),
    );
    let headline = match told.refused {
        None => format!("**Promoted to {name} by {by}, with GitHub's own button.**"),
        Some(why) => format!(
            "**Merged into {name} by {by}, who may not promote there**, because {} I have not undone it. {name} is on hold from \
             now on, until an owner says `/unhold {name}`.",
            who_may(&format!("promote to {name}"), why)
        ),
    };
    let mut parts = vec![headline];
    match told.brought {
        Some(cargo) if !cargo.is_empty() && !told.copied => {
            parts.push(format!("{name} now also has {}:\n\n{}", count(cargo), list(cargo)));
        }
        _ => {}
    }
    if !told.again.is_empty() {
        parts.push(taken_back::brought_again(name, told.again));
    }
    if told.checks.state != State::Green {
        parts.push(format!(
            "**Not all of its checks had passed:** {} I would have waited.\n\n{}",
            promotion::waits_for(told.checks),
            promotion::checks(told.checks)
        ));
    }
    let from = inert(told.from.as_str());
    match (told.copied, environment.strategy) {
        (true, _) => parts.push(copied(environment, &from)),
        (false, Strategy::FastForward) => parts.push(format!(
            "The merge made a commit that {from} does not have, so I cannot simply move {name} forward any more. Where people \
             merge by hand, a developer sets `strategy: merge` for {name} in `.github/greenlight.yml`."
        )),
        (false, Strategy::Merge) => {}
    }
    parts.join("\n\n")
}

/// The end of it, once it runs there.
pub fn look_at(environment: &Environment, next: Option<&Environment>) -> String {
    let then = next.map_or_else(String::new, |next| {
        format!(
            " When you are content with it, say `/promote {}` on the pull request that promotes to {}.",
            next.name, next.name
        )
    });
    format!("You can look at it on {}.{then}", place(environment))
}

/// GitHub made copies, so nothing is found by its commits any more.
fn copied(environment: &Environment, from: &str) -> String {
    let name = &environment.name;
    let branch = inert(environment.branch.as_str());
    let way_out = match environment.strategy {
        Strategy::FastForward => format!(
            "To mend it, a developer sets the branch {branch} to the tip of {from}, or sets `strategy: merge` for {name} in \
             `.github/greenlight.yml`; then say `/promote {name}` once more."
        ),
        Strategy::Merge => format!("To mend it, say `/promote {name}` once more: that joins the two branches again."),
    };
    format!(
        "**It was squashed or rebased, so {branch} has a copy of the changes and not the changes themselves.** I tell features by \
         their commits, so they look as if they were not on {name}, and are listed again. {way_out} Next time, choose *Create a \
         merge commit*."
    )
}

/// For `/status` and the promotion pull request: what came by another road, and what it means for her.
pub fn standing(
    environment: &Environment,
    from: &BranchName,
    mainline: &BranchName,
    standing: &Standing,
) -> Option<String> {
    let name = &environment.name;
    let mut parts = Vec::new();
    if let Some(hotfix) = &standing.hotfix {
        let held = if hotfix.held {
            format!("**I hold {name}, because {}.**", pushed(hotfix, environment))
        } else {
            format!(
                "**Something came to {name} past {}:** {}.",
                inert(mainline.as_str()),
                pushed(hotfix, environment)
            )
        };
        let until = if hotfix.held {
            format!(" The hold ends by itself then, or when an owner says `/unhold {name}`.")
        } else {
            String::new()
        };
        parts.push(format!(
            "{held} {}{until}\n\n{}",
            to_land(hotfix, mainline),
            commits(&hotfix.commits)
        ));
    }
    if let Some(merged) = &standing.merged_by {
        parts.push(format!(
            "**I hold {name}, because {}.** An owner who has looked at it says `/unhold {name}`.",
            merged_by(merged)
        ));
    }
    if standing.unexplained.is_some() {
        parts.push(format!(
            "**I hold {name}, because its branch is where I cannot explain it.** No promotion, no rollback and no merge that I know of \
             brought it there. An owner who has looked at it says `/unhold {name}`."
        ));
    }
    if let Some(pull) = standing.copies {
        parts.push(format!(
            "**{} and {} have the same changes as different commits, because #{pull} was squashed or rebased.** {}",
            inert(environment.branch.as_str()),
            inert(from.as_str()),
            why_copied(environment, from)
        ));
    }
    if standing.set_back {
        parts.push(format!(
            "**Somebody set the branch {} back by hand.** What it lost by that is listed here again.",
            inert(environment.branch.as_str())
        ));
    }
    (!parts.is_empty()).then(|| parts.join("\n\n"))
}

fn why_copied(environment: &Environment, from: &BranchName) -> String {
    let (name, branch) = (&environment.name, inert(environment.branch.as_str()));
    let from = inert(from.as_str());
    match environment.strategy {
        Strategy::FastForward => format!(
            "What is there already may be listed again, and {branch} cannot be moved forward. A developer sets the branch {branch} \
             to the tip of {from} once, or sets `strategy: merge` for {name} in `.github/greenlight.yml`."
        ),
        Strategy::Merge => format!(
            "What is there already may be listed again. The next `/promote {name}` joins the two branches, and mends that."
        ),
    }
}

/// "2 changes by dora were pushed to staging directly"
fn pushed(hotfix: &Hotfix, environment: &Environment) -> String {
    let name = &environment.name;
    let by: std::collections::BTreeSet<Option<&str>> = hotfix
        .commits
        .iter()
        .map(|commit| commit.author.as_ref().map(|author| author.as_str()))
        .collect();
    let by = match (by.first(), by.len()) {
        (Some(Some(author)), 1) => format!(" by {}", inert(author)),
        _ => String::new(),
    };
    match hotfix.commits.len() {
        1 => format!("1 change{by} was put on {name} without a promotion"),
        many => format!("{many} changes{by} were put on {name} without a promotion"),
    }
}

fn to_land(hotfix: &Hotfix, mainline: &BranchName) -> String {
    let mainline = inert(mainline.as_str());
    match (hotfix.pull, hotfix.closed) {
        (Some(pull), false) => {
            format!("#{pull} brings it back to {mainline}; it has to be merged before the next promotion.")
        }
        (Some(pull), true) => format!(
            "#{pull}, which would bring it back to {mainline}, was closed. A developer needs to open it again before the next \
             promotion, or take the change off this branch."
        ),
        (None, _) if !hotfix.refused => format!(
            "I open a pull request that brings it back to {mainline}; it has to be merged before the next promotion."
        ),
        (None, _) => {
            format!("A developer needs to bring it back to {mainline} with a pull request before the next promotion.")
        }
    }
}

fn merged_by(merged: &Merged) -> String {
    let by = merged.by.as_ref().map_or_else(
        || "somebody whose account is gone".to_owned(),
        |by| inert(by.login.as_str()),
    );
    format!("{by} merged #{} into it, and may not promote there", merged.pull)
}

fn commits(commits: &[Commit]) -> String {
    let mut lines: Vec<String> = commits
        .iter()
        .take(COMMITS_NAMED_MAX)
        .map(|commit| {
            let by = commit
                .author
                .as_ref()
                .map_or_else(String::new, |author| format!(" (by {})", inert(author.as_str())));
            format!("- {}{by}", inert(&commit.title))
        })
        .collect();
    if commits.len() > COMMITS_NAMED_MAX {
        lines.push(format!("- and {} more", commits.len() - COMMITS_NAMED_MAX));
    }
    lines.join("\n")
}

/// Why it is held, for the middle of a sentence.
pub(super) fn held_back(held: &Held, environment: &Environment) -> String {
    let name = &environment.name;
    match held {
        Held::ByHotfix(hotfix) => format!("I hold {name}: {}.", pushed(hotfix, environment)),
        Held::ByMerge(merged) => format!(
            "I hold {name}: {}. An owner who has looked at it says `/unhold {name}`.",
            merged_by(merged)
        ),
        Held::ByChecker(_) => format!(
            "I hold {name}: its branch is where I cannot explain it. An owner who has looked at it says `/unhold {name}`."
        ),
    }
}

/// What has to land first, for the middle of a sentence.
pub(super) fn hotfix_first(hotfix: &Hotfix, environment: &Environment, mainline: &BranchName) -> String {
    format!(
        "{}. {} Then say the command again.",
        pushed(hotfix, environment),
        to_land(hotfix, mainline)
    )
}

/// Two branches have the same changes as different commits; for the middle of a sentence.
pub(super) fn copies_in_the_way(environment: &Environment, from: &BranchName, pull: PullNumber) -> String {
    format!(
        "{} and {} have the same changes as different commits: #{pull} was squashed or rebased. {} Then say the command again.",
        inert(environment.branch.as_str()),
        inert(from.as_str()),
        why_copied(environment, from)
    )
}

/// The answer to `/unhold` where something still has to land.
pub fn opened_before_landing(hotfix: &Hotfix, environment: &Environment, mainline: &BranchName) -> String {
    format!(
        "**{} is no longer on hold.** What was put there without a promotion still comes first, though. {}",
        environment.name,
        to_land(hotfix, mainline)
    )
}

/// Title of the pull request that brings a hotfix back.
pub fn hotfix_title(environment: &EnvironmentName) -> String {
    format!("Bring back what was changed on {environment} directly")
}

/// Its description.
pub fn hotfix_body(hotfix: &Hotfix, environment: &Environment, mainline: &BranchName, config: &Config) -> String {
    let (name, mainline) = (&environment.name, inert(mainline.as_str()));
    let how = match environment.strategy {
        Strategy::FastForward => format!(
            "**Please choose *Create a merge commit* here.** Squashing or rebasing makes a copy; then {name} goes on having a \
             commit that {mainline} does not have, and cannot be moved forward."
        ),
        Strategy::Merge => "*Create a merge commit* is best here: squashing or rebasing makes a copy.".to_owned(),
    };
    let owners = super::owners(config.owners_of(name));
    format!(
        "This was put on {name} without a promotion, and {mainline} does not have it:\n\n{}\n\nUntil it is in {mainline}, nothing \
         is promoted to {name}, so that the next promotion does not lose it. {name} is on hold; the hold ends by itself once \
         this is merged, or sooner once `/unhold {name}` is said by {owners}.\n\n{how}\n\nIf the change is not wanted, a developer takes \
         it off the branch {} instead, and closes this.",
        commits(&hotfix.commits),
        inert(environment.branch.as_str())
    )
}

/// Its description once the changes are in mainline.
pub fn hotfix_landed(hotfix: &Hotfix, environment: &Environment, mainline: &BranchName) -> String {
    let (name, mainline) = (&environment.name, inert(mainline.as_str()));
    format!(
        "This is in {mainline} now, or no longer on {name}, so nothing waits for it any more.{}\n\n{}",
        over(hotfix, name),
        commits(&hotfix.commits)
    )
}

/// Its description once it was squashed or rebased.
pub fn hotfix_copied(hotfix: &Hotfix, environment: &Environment, mainline: &BranchName, from: &BranchName) -> String {
    let (name, mainline) = (&environment.name, inert(mainline.as_str()));
    let way_out = match environment.strategy {
        Strategy::FastForward => format!(
            " {mainline} has a copy now, but the branch {branch} still has the first one, so it cannot be moved forward. A \
             developer sets the branch {branch} to the tip of {} once that is promoted or tested, or sets `strategy: merge` for \
             {name} in `.github/greenlight.yml`.",
            inert(from.as_str()),
            branch = inert(environment.branch.as_str())
        ),
        Strategy::Merge => String::new(),
    };
    format!(
        "This is in {mainline} now, as a copy, because it was squashed or rebased.{}{way_out}\n\n{}",
        over(hotfix, name),
        commits(&hotfix.commits)
    )
}

fn over(hotfix: &Hotfix, name: &EnvironmentName) -> String {
    if hotfix.held {
        format!(" The hold on {name} is over.")
    } else {
        String::new()
    }
}
