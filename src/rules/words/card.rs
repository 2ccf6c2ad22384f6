//! The card of a feature: where it is on its way, what it waits for, and whose move it is.

use super::super::checks::{State, Verdict};
use super::super::config::Config;
use super::super::feature::{Card, NotReady, Ready, Stand, WhyEnded};
use super::super::id::{BranchName, EnvironmentName};
use super::super::preview::View;
use super::super::rollback::TakenBack;
use super::super::snapshot::Pull;
use super::super::stay::UnderWay;
use super::answer::who_may;
use super::feature::{open_checks, someone, why_not_merged};
use super::inert::{inert, inert_whole};
use super::misread::quote;
use super::{deployment, joined, owners, place, preview, promotion, taken_back};

/// What a card is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    pub config: &'a Config,
    pub mainline: &'a BranchName,
    pub pull: &'a Pull,
    pub card: &'a Card,
    pub stand: &'a Stand,
    /// How it stands with the previews.
    pub preview: Option<&'a View>,
    /// From where it was taken back, and not brought again.
    pub taken_back: &'a [(EnvironmentName, TakenBack)],
}

/// The whole card, without its hidden marker.
pub fn text(facts: &Facts<'_>) -> String {
    let mut parts = vec![headline(facts)];
    match facts.stand {
        Stand::Closed | Stand::Elsewhere => {}
        _ => parts.push(way(facts)),
    }
    parts.extend(story(facts));
    parts.join("\n\n")
}

pub(super) fn headline(facts: &Facts<'_>) -> String {
    let mainline = inert(facts.mainline.as_str());
    match facts.stand {
        Stand::InProgress(NotReady::SentBack) => "**Sent back to its developer.**".to_owned(),
        Stand::InProgress(_) => "**In progress.** This feature is not ready to be looked at.".to_owned(),
        Stand::Ready(ready) if is_accepted(facts) => match what_is_wrong(ready, facts) {
            true => "**Accepted, and something stands in the way.**".to_owned(),
            false => format!("**Accepted.** It goes into {mainline} by itself once its checks are green."),
        },
        Stand::Ready(_) if !facts.config.needs_acceptance() => {
            format!("**Ready.** It goes into {mainline} by itself once its checks are green.")
        }
        Stand::Ready(_) => "**Ready.** It waits for an owner to look at it.".to_owned(),
        Stand::InMainline {
            under_way: Some(under_way),
            ..
        } => deployment::headline(under_way),
        Stand::InMainline { reached, .. } => match reached.last() {
            None => format!("**In {mainline}.**"),
            Some(last) if reached.len() > 1 && reached.len() == facts.config.environments.len() => {
                format!("**Live on {last}.**")
            }
            Some(last) => format!("**On {last}.**"),
        },
        Stand::Closed => {
            "**Closed.** This feature was not merged, and is in no environment. A developer can open it again."
                .to_owned()
        }
        Stand::Elsewhere => format!(
            "**Not a feature any more**, because it does not lead into {mainline}. I leave it alone until it does."
        ),
    }
}

fn is_accepted(facts: &Facts<'_>) -> bool {
    facts.card.accepted(&facts.pull.head_sha).is_some()
}

fn what_is_wrong(ready: &Ready, facts: &Facts<'_>) -> bool {
    let refused = facts.card.merge_refused.is_some() && ready.checks.state == State::Green;
    ready.draft || ready.conflict || ready.checks.state == State::Red || refused
}

/// "in progress → **ready** → accepted → in main → on staging → live on production".
pub(super) fn way(facts: &Facts<'_>) -> String {
    let mut steps = vec!["in progress".to_owned(), "ready".to_owned()];
    let acceptance = facts.config.needs_acceptance();
    if acceptance {
        steps.push("accepted".to_owned());
    }
    let mainline_at = steps.len();
    steps.push(format!("in {}", inert(facts.mainline.as_str())));
    let names: Vec<&EnvironmentName> = facts.config.environments.iter().map(|one| &one.name).collect();
    for (index, name) in names.iter().enumerate() {
        let live = index > 0 && index + 1 == names.len();
        steps.push(format!("{} {name}", if live { "live on" } else { "on" }));
    }
    let here = match facts.stand {
        Stand::InProgress(_) | Stand::Closed | Stand::Elsewhere => 0,
        Stand::Ready(_) if acceptance && is_accepted(facts) => 2,
        Stand::Ready(_) => 1,
        Stand::InMainline { reached, .. } => mainline_at + reached.len(),
    };
    if let Some(step) = steps.get_mut(here) {
        *step = format!("**{step}**");
    }
    steps.join(" → ")
}

fn story(facts: &Facts<'_>) -> Vec<String> {
    match facts.stand {
        Stand::InProgress(not_ready) => vec![in_progress(facts, not_ready)],
        Stand::Ready(ready) => self::ready(facts, ready),
        Stand::InMainline { reached, under_way } => in_mainline(facts, reached, under_way.as_ref()),
        Stand::Closed | Stand::Elsewhere => Vec::new(),
    }
}

fn in_progress(facts: &Facts<'_>, not_ready: &NotReady) -> String {
    let label = quote(facts.config.ready_label());
    match not_ready {
        NotReady::NoLabel => {
            format!("The label {label} is off. Its developer puts it on again when there is something to look at.")
        }
        NotReady::LabelledBy { who: None, .. } => format!(
            "GitHub does not tell who put the label {label} on, so it does not count. Somebody with at least the triage role \
             can take it off and put it on again."
        ),
        NotReady::LabelledBy { who: Some(who), why } => {
            let why = why.as_ref().map_or_else(
                || "only people with at least the triage role may make a feature ready.".to_owned(),
                |why| who_may("make a feature ready", why),
            );
            format!(
                "The label {label} was put on by {}, and does not count, because {why} Somebody who may can take it off and \
                 put it on again.",
                inert(who.login.as_str())
            )
        }
        NotReady::SentBack => match &facts.card.rejection {
            Some(rejection) if rejection.why.is_empty() => format!(
                "{} sent it back by a button and gave no reason. Whoever knows it can write it in a comment below.\n\nThe next move \
                 is the developer's. Putting the label {label} on again makes it ready for another look.",
                inert(rejection.by.login.as_str())
            ),
            Some(rejection) => format!(
                "{} sent it back with this reason:\n\n> {}\n\nThe next move is the developer's. Putting the label {label} on again \
                 makes it ready for another look.",
                inert(rejection.by.login.as_str()),
                inert_whole(&rejection.why)
            ),
            None => format!("Putting the label {label} on again makes it ready for another look."),
        },
    }
}

fn ready(facts: &Facts<'_>, ready: &Ready) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(ended) = &facts.card.ended
        && !is_accepted(facts)
    {
        parts.push(void(facts, &inert(ended.accepted_by.login.as_str()), &ended.why));
    }
    if ready.draft {
        parts.push(
            "It is still a draft, and drafts cannot be merged. Its developer marks it as ready for review on GitHub."
                .to_owned(),
        );
    }
    if ready.conflict {
        parts.push(format!(
            "Its changes and those on {} are in conflict. Its developer has to bring the two together, which makes a new \
             version to look at.",
            inert(facts.mainline.as_str())
        ));
    }
    if ready.fork {
        parts.push(
            "It comes from a copy of this repository (a fork). Its checks may need a developer's approval on GitHub before \
             they run."
                .to_owned(),
        );
    }
    match checks_in_words(&ready.checks) {
        Some(checks) => parts.push(checks),
        None if ready.checks.total == 1 => parts.push("Its one check has passed.".to_owned()),
        None => parts.push(format!("All {} checks have passed.", ready.checks.total)),
    }
    if let Some((_, refusal)) = &facts.card.merge_refused
        && ready.checks.state == State::Green
    {
        parts.push(format!(
            "GitHub did not merge it: {} I will try again by myself when something changes here.",
            why_not_merged(refusal)
        ));
    }
    if let Some(view) = facts.preview {
        parts.push(preview::standing(view, facts.config));
    }
    parts.push(next_move(facts, ready));
    parts
}

/// What the checks wait for; `None` when all are green.
pub fn checks_in_words(verdict: &Verdict) -> Option<String> {
    let text = match verdict.state {
        State::Green => return None,
        State::Waiting if verdict.items.is_empty() => {
            return Some(format!("It waits for its checks: {}", promotion::waits_for(verdict)));
        }
        State::Waiting => format!("It waits for its checks: {}", promotion::waits_for(verdict)),
        State::Red => {
            "A check failed. A developer needs to look at it, and run it again or push a correction.".to_owned()
        }
    };
    Some(format!("{text}\n\n{}", open_checks(verdict)))
}

fn void(facts: &Facts<'_>, who: &str, why: &WhyEnded) -> String {
    match why {
        WhyEnded::Pushed { by } => format!(
            "{who} had accepted an earlier version, and {} pushed a newer one since. So that word does not count any more, \
             and {who} or another owner has to look again.",
            someone(by.as_ref())
        ),
        WhyEnded::Cancelled { by } => format!(
            "{who} had accepted it, and {} took that back since. Somebody has to look at it again.",
            inert(by.login.as_str())
        ),
        WhyEnded::CommentChanged => format!(
            "{who} had accepted it, and what they wrote was changed or deleted afterwards, so it does not count. Please accept it in a new \
             comment."
        ),
        WhyEnded::NotAllowed => {
            format!("{who} had accepted it, and may not do so any more. Somebody who may has to look at it.")
        }
        WhyEnded::TakenBack | WhyEnded::Closed | WhyEnded::SentBack { .. } => format!(
            "{who} had accepted it before it went back to {}; now somebody has to look again.",
            facts
                .pull
                .author
                .as_ref()
                .map_or("its developer".to_owned(), |author| inert(author.login.as_str()))
        ),
    }
}

fn next_move(facts: &Facts<'_>, ready: &Ready) -> String {
    let shows = format!("This card shows version {}.", facts.pull.head_sha.short());
    if let Some(acceptance) = facts.card.accepted(&facts.pull.head_sha) {
        let by = inert(acceptance.by.login.as_str());
        let then = acceptance.then.as_ref().map_or_else(String::new, |environment| {
            format!(" Then it goes to {environment} by itself.")
        });
        let whose = match what_is_wrong(ready, facts) {
            true => "The next move is the developer's.",
            false => "There is nothing anybody needs to do.",
        };
        return format!("Accepted by {by}.{then} {whose} {shows}");
    }
    if !facts.config.needs_acceptance() {
        return format!("Nobody has to accept it, because this repository has acceptance switched off. {shows}");
    }
    let owners = owners(&facts.config.owners);
    let whose = match what_is_wrong(ready, facts) {
        true => format!("The next move is the developer's. An owner ({owners}) can look at the feature already"),
        false => format!("The next move is an owner's ({owners}). Look at the feature"),
    };
    format!(
        "{whose}, and then write one of these in a new comment, or press its button in the check *Greenlight*:\n\n\
         - `/accept`: it is what you want. It goes into {} by itself once it is green.\n\
         - `/reject` and the reason: it goes back to {}.\n\n\
         {shows} An acceptance counts for just that; a later push asks for another look.",
        inert(facts.mainline.as_str()),
        facts
            .pull
            .author
            .as_ref()
            .map_or_else(|| "its developer".to_owned(), |author| inert(author.login.as_str()))
    )
}

fn in_mainline(facts: &Facts<'_>, reached: &[EnvironmentName], under_way: Option<&UnderWay>) -> Vec<String> {
    let mut parts = Vec::new();
    if let Some(acceptance) = &facts.card.acceptance {
        parts.push(format!("Accepted by {}.", inert(acceptance.by.login.as_str())));
    } else if facts.config.needs_acceptance() {
        parts.push("It was merged without an owner's acceptance.".to_owned());
    }
    let there: Vec<String> = facts
        .config
        .environments
        .iter()
        .filter(|one| reached.contains(&one.name))
        .map(place)
        .collect();
    if !there.is_empty() {
        parts.push(format!("You can look at it on {}.", joined(there, "and")));
    }
    let taken_back = facts.taken_back.iter();
    parts.extend(taken_back.map(|(name, mark)| taken_back::on_card(name, facts.pull.number, mark, facts.config)));
    if let Some(under_way) = under_way {
        parts.push(deployment::of_feature(under_way));
        return parts;
    }
    let next = facts.config.environments.get(reached.len());
    // Said with how it was taken back.
    let is_on_top = |(name, mark): &(EnvironmentName, TakenBack)| {
        next.is_some_and(|next| next.name == *name) && mark.undone_by.is_some()
    };
    match next {
        Some(_) if facts.taken_back.iter().any(is_on_top) => {}
        Some(next) => parts.push(format!(
            "The next move is an owner's: say `/promote {}` here, or on the pull request that promotes to {}.",
            next.name, next.name
        )),
        None => parts.push("It has arrived. There is nothing left to do.".to_owned()),
    }
    parts
}
