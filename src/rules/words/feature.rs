//! What is said of one owner's word on a feature: taken, waiting, ended, or not taken and why.

use super::super::authority::Why;
use super::super::config::{Config, Environment};
use super::super::effect::Refusal;
use super::super::feature::{Acceptance, Ready, WhyEnded};
use super::super::id::{BranchName, Login, Sha};
use super::super::snapshot::Pull;
use super::answer::who_may;
use super::inert::{inert, inert_whole};
use super::misread::quote;
use super::{place, promotion};

/// It is taken, and waits; or GitHub did not merge it.
pub fn accepted(acceptance: &Acceptance, ready: &Ready, refusal: Option<&Refusal>, mainline: &BranchName) -> String {
    let mainline = inert(mainline.as_str());
    if let (Some(refusal), false, false, None) = (
        refusal,
        ready.draft,
        ready.conflict,
        super::card::checks_in_words(&ready.checks),
    ) {
        return format!(
            "**Accepted, and not in {mainline} yet, because GitHub did not merge it:** {} I will try again by myself when \
             something changes here.\n\nYour word holds for the version that you were shown. A later push ends it, and I will \
             say so.",
            why_not_merged(refusal)
        );
    }
    let then = match &acceptance.then {
        Some(environment) => format!("merge it into {mainline}, and then promote it to {environment},"),
        None => format!("merge it into {mainline}"),
    };
    format!(
        "**Accepted.** I will {then} by myself. {}\n\nThis holds for the version that you were shown. A later push ends it, \
         and I will say so.",
        waits_for(ready)
    )
}

/// What a wanted feature waits for, and who can do something about it.
pub fn waits_for(ready: &Ready) -> String {
    if ready.draft {
        return "It waits, because it is still a draft. Its developer marks it as ready for review on GitHub."
            .to_owned();
    }
    if ready.conflict {
        return "It waits, because its changes and those on the main branch are in conflict. Its developer has to bring the \
                two together; that is a new version, and somebody has to look at it again."
            .to_owned();
    }
    super::card::checks_in_words(&ready.checks).unwrap_or_else(|| "Nothing stands in the way.".to_owned())
}

/// GitHub's refusal to merge, and what to do.
pub fn why_not_merged(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NotMergeable => {
            "it says that this cannot be merged as it is. A developer needs to look at the bottom of this page, where GitHub \
             tells what stands in the way."
                .to_owned()
        }
        Refusal::MethodNotAllowed => {
            "this repository does not allow this way of merging. A developer needs to correct `merge_method` in \
             `.github/greenlight.yml`, or an administrator the repository's settings."
                .to_owned()
        }
        Refusal::MergeQueue => {
            "this repository takes changes from its merge queue only, which I cannot fill. A developer needs to add this \
             pull request to the queue."
                .to_owned()
        }
        Refusal::RuleViolation { lines } => {
            let lines: Vec<String> = lines.iter().take(5).map(|line| quote(line)).collect();
            format!(
                "a rule of the repository is not met yet ({}). A developer needs to look at it.",
                lines.join(", ")
            )
        }
        Refusal::PermissionMissing { .. } => {
            "I may not write to this repository. An administrator needs to grant Greenlight the permission `contents: write`."
                .to_owned()
        }
        Refusal::WorkflowPermission => {
            "it changes workflow files, for which I need the permission `workflows: write`. An administrator can grant it, or \
             merge it this once."
                .to_owned()
        }
        Refusal::Missing | Refusal::NotFastForward => {
            "it is not there any more. A developer needs to look at it.".to_owned()
        }
        Refusal::Other { message, .. } => {
            format!("it said {}. A developer needs to look at it.", github_said(message))
        }
    }
}

/// GitHub's own words, for the middle of a sentence.
pub(super) fn github_said(message: &str) -> String {
    quote(message.trim_end_matches(['.', ' ']))
}

/// It came to nothing.
pub fn ended(acceptance: &Acceptance, why: &WhyEnded, pull: &Pull, config: &Config) -> String {
    let accepted = format!("What was accepted was version {}.", acceptance.head.short());
    match why {
        WhyEnded::Pushed { by } => format!(
            "**This acceptance no longer counts, because {} pushed a newer version.** {accepted} The newest is {}. Nothing \
             of it was merged. Please look again, and say `/accept` once more if it is still what you want.",
            someone(by.as_ref()),
            pull.head_sha.short()
        ),
        WhyEnded::TakenBack => format!(
            "**This acceptance no longer counts, because the feature was taken back.** It is not marked with {} any more, or \
             does not lead into the main branch any more. It was not merged. When it is ready again, please look again.",
            quote(config.ready_label())
        ),
        WhyEnded::Closed => {
            "**This acceptance came to nothing, because the pull request was closed.** It was not merged. A \
                             developer can open it again."
                .to_owned()
        }
        WhyEnded::SentBack { by } => format!(
            "**This acceptance no longer counts, because {} has sent the feature back since.** It was not merged.",
            inert(by.login.as_str())
        ),
        WhyEnded::Cancelled { by } => format!(
            "**This acceptance was taken back by {}.** The feature was not merged. If it is what you want after all, say `/accept` \
             in a new comment.",
            inert(by.login.as_str())
        ),
        WhyEnded::CommentChanged => super::answer::edited(),
        WhyEnded::NotAllowed => format!(
            "**This acceptance no longer counts, because {} may not accept this feature any more.** It was not merged. \
             Somebody who may has to look at it.",
            inert(acceptance.by.login.as_str())
        ),
    }
}

/// Who pushed, where a delivery told.
pub fn someone(by: Option<&Login>) -> String {
    by.map_or_else(|| "somebody".to_owned(), |login| inert(login.as_str()))
}

/// It is in mainline.
pub fn merged(mainline: &BranchName, first: Option<&Environment>) -> String {
    let nothing_left = || " There is nothing left to do here.".to_owned();
    let next = first.map_or_else(nothing_left, |first| {
        format!(
            " To see it on {}, say `/promote {}` here, or on the pull request that promotes to {}.",
            place(first),
            first.name,
            first.name
        )
    });
    format!("**Accepted, and merged into {}.**{next}", inert(mainline.as_str()))
}

/// An earlier acceptance makes way.
pub fn superseded(by: &super::super::id::Person) -> String {
    format!(
        "**{} has accepted this feature once more since.** The later word counts, and is answered where it was written.",
        inert(by.login.as_str())
    )
}

/// Nothing is left to accept.
pub fn accepted_already(earlier: &Acceptance) -> String {
    format!(
        "**This is accepted already, by {}.** It is merged by itself as soon as nothing stands in the way; the card above \
         tells what it waits for.",
        inert(earlier.by.login.as_str())
    )
}

/// Somebody else has to.
pub fn may_not_accept(why: &Why) -> String {
    match why {
        Why::OwnFeature => {
            "**Not accepted, because this feature is your own.** Somebody else who may accept has to look at it. \
                            A repository can allow it with `self_acceptance: true` in `.github/greenlight.yml`."
                .to_owned()
        }
        why => format!(
            "**Not accepted**, because {} Nothing has changed.",
            who_may("accept features", why)
        ),
    }
}

/// Only owners send back.
pub fn may_not_reject(why: &Why) -> String {
    format!(
        "**Not sent back**, because {} Nothing has changed.",
        who_may("send features back", why)
    )
}

/// The configuration says so.
pub fn acceptance_is_off(config: &Config) -> String {
    format!(
        "**There was nothing to accept, because this repository has acceptance switched off.** A feature that is marked with \
         {} is merged by itself as soon as its checks are green.",
        quote(config.ready_label())
    )
}

/// Nobody has made it ready.
pub fn not_ready(config: &Config) -> String {
    format!(
        "**Not accepted yet, because this feature is not marked as ready.** Its developer puts the label {} on it; then I \
         show here what there is to accept.",
        quote(config.ready_label())
    )
}

/// The card was not there yet.
pub fn not_shown_yet() -> String {
    "**Not accepted yet, because I had not shown you the state of this feature.** Please read the card above, look at the \
     feature, and say `/accept` again."
        .to_owned()
}

/// The card showed another head.
pub fn pushed_since(shown: &Sha, head: &Sha, by: Option<&Login>) -> String {
    format!(
        "**Not accepted, because {} pushed a newer version since you were shown this feature.** You were shown version {}; the \
         newest is {}. Please look again, and say `/accept` once more if it is what you want.",
        someone(by),
        shown.short(),
        head.short()
    )
}

/// Another head came after the one that the card showed, and went again.
pub fn pushed_and_taken_back(head: &Sha, by: Option<&Login>) -> String {
    format!(
        "**Not accepted, because {} pushed something else since you were shown this feature.** It was taken back, and the \
         newest version is {} again, which you were shown. Please look once more, and say `/accept` again if it is what you \
         want.",
        someone(by),
        head.short()
    )
}

/// The review's commit is gone.
pub fn looked_at_gone() -> String {
    "**Not accepted, because GitHub does not know any more which version your review looked at.** Please look at the feature \
     again, and say `/accept` in a new comment if it is what you want."
        .to_owned()
}

/// Sent back to its developer: the one place where somebody is called.
pub fn sent_back(pull: &Pull, why: &str, config: &Config) -> String {
    let developer = pull.author.as_ref().map(|author| author.login.as_str());
    let called = match developer {
        Some(login) if login.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') => format!("@{login}"),
        Some(login) => inert(login),
        None => "its developer".to_owned(),
    };
    if why.is_empty() {
        return format!(
            "**Sent back, and no reason was given.** A button takes no words: please write in a comment here what is missing, so \
             that {called} knows. The label {} is off. Putting it on again makes the feature ready for another look.",
            quote(config.ready_label())
        );
    }
    format!(
        "**Sent back.** {called}, this is the reason:\n\n> {}\n\nThe label {} is off. Putting it on again makes the feature ready \
         for another look.",
        inert_whole(why),
        quote(config.ready_label())
    )
}

/// There is nothing to send back.
pub fn nothing_to_reject(config: &Config) -> String {
    format!(
        "**There was nothing to send back, because this feature is not marked as ready.** A developer does that with the \
         label {}.",
        quote(config.ready_label())
    )
}

/// The command was written elsewhere than on a feature.
pub fn no_feature(mainline: &BranchName) -> String {
    format!(
        "**Nothing was done, because this is not a feature.** A feature is a pull request that leads into {}. On a promotion \
         pull request, say `/promote`.",
        inert(mainline.as_str())
    )
}

/// It is past accepting.
pub fn merged_already(mainline: &BranchName) -> String {
    format!(
        "**Nothing was done, because this feature is in {} already.** To move it on, say `/promote`.",
        inert(mainline.as_str())
    )
}

/// It is closed.
pub fn closed() -> String {
    "**Nothing was done, because this pull request is closed.** A developer can open it again.".to_owned()
}

/// A feature that is not merged cannot go straight to a later environment.
pub fn first_comes(wanted: &Environment, first: &Environment) -> String {
    format!(
        "**Not promoted to {wanted}, because this feature is not merged yet, and {first} comes first.** Say `/promote {first}` \
         here: that accepts the feature, merges it once it is green, and takes it to {first}. When you have seen it there, \
         promote it to {wanted}.",
        wanted = wanted.name,
        first = first.name
    )
}

/// What a `/promote` on a ready feature would do.
pub fn whole_way(environment: &Environment, mainline: &BranchName) -> String {
    format!(
        "**This is only a preview. Nothing was moved.** `/promote {name}` here would accept this feature as you were shown it, \
         merge it into {} once its checks are green, and then take it to {name}.",
        inert(mainline.as_str()),
        name = environment.name
    )
}

/// The checks that have not passed, one a line.
pub(super) fn open_checks(verdict: &super::super::checks::Verdict) -> String {
    promotion::checks(verdict)
}
