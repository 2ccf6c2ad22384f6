//! What is said of what was taken back, until it has come again.

use jiff::Timestamp;

use super::super::config::Config;
use super::super::id::{BranchName, EnvironmentName, Person, PullNumber, Sha};
use super::super::rollback::{After, Again, TakenBack};
use super::super::stretch::{Cargo, Item};
use super::inert::inert;
use super::misread::quote;
use super::{count, joined, list, moment};

/// Why it is on hold, for the middle of a sentence: "was rolled back by anna; taken away: Faster checkout (#4)".
pub(super) fn hold_reason(after: &After) -> String {
    let named = |cargo: &Cargo| {
        let first = cargo.items.len().saturating_sub(HOLD_NAMED_MAX);
        let all: Vec<String> = cargo.items[first..].iter().map(title).collect();
        let more = cargo.len().saturating_sub(all.len());
        match more {
            0 => joined(all, "and"),
            more => format!("{} and {more} more", all.join(", ")),
        }
    };
    let moved = match (after.taken_away.is_empty(), after.brought_back.is_empty()) {
        (false, _) => format!("; taken away: {}", named(&after.taken_away)),
        (true, false) => format!("; brought back: {}", named(&after.brought_back)),
        (true, true) => String::new(),
    };
    format!("was rolled back by {}{moved}", by_whom(after.by.as_ref()))
}

/// Who took it back, as the subject of a sentence.
pub(super) fn whose(by: Option<&Person>) -> String {
    by.map_or_else(|| "Greenlight".to_owned(), |by| inert(by.login.as_str()))
}

fn by_whom(by: Option<&Person>) -> String {
    match by {
        Some(by) => inert(by.login.as_str()),
        None => "Greenlight, because a deployment failed".to_owned(),
    }
}

/// Things that a hold names; the promotion pull request names all.
const HOLD_NAMED_MAX: usize = 5;

pub(super) fn title(item: &Item) -> String {
    match item {
        Item::Feature(feature) => format!("{} (#{})", inert(&feature.title), feature.number),
        Item::Direct(commit) => inert(&commit.title),
    }
}

/// For the promotion pull request: what was taken back, apart from what else waits.
pub fn apart(name: &EnvironmentName, again: &[Again], config: &Config) -> String {
    let all: Vec<Item> = again.iter().flat_map(|again| again.items.clone()).collect();
    let lists: Vec<String> = again.iter().map(|again| taken_back(name, again, config)).collect();
    format!(
        "{}\n\nIt comes back with whatever is promoted on top of it. I list what would go then, and wait for a word that names it: \
         `{}`.",
        lists.join("\n\n"),
        confirm(&all)
    )
}

fn taken_back(name: &EnvironmentName, again: &Again, config: &Config) -> String {
    let cargo = Cargo::of(again.items.clone());
    format!(
        "**Taken back from {name} on {} by {}:**\n\n{}",
        moment(again.mark.at, config),
        by_whom(again.mark.by.as_ref()),
        list(&cargo)
    )
}

/// In `/status`, and on the promotion pull request where a commit on top took it away.
pub fn standing(name: &EnvironmentName, mark: &TakenBack, config: &Config) -> String {
    let again = Again {
        mark: mark.clone(),
        items: mark.cargo.items.clone(),
    };
    let list = taken_back(name, &again, config);
    match &mark.undone_by {
        None => list,
        Some(commit) => format!("{list}\n\n{}", stays_away(name, commit)),
    }
}

/// It was taken away by a commit on top: why no promotion brings it, and what does.
pub(super) fn stays_away(name: &EnvironmentName, commit: &Sha) -> String {
    format!(
        "The branch of {name} contains it, and commit {} on top takes it away, so promoting does not bring it. What does is \
         `/rollback {name}` once more, as long as nothing else has gone there since, or a developer who reverts that commit there.",
        commit.short()
    )
}

/// In the answer to a promotion: what the environment still has not, although its branch contains it.
pub fn still_away(name: &EnvironmentName, marks: &[TakenBack]) -> String {
    let titles: Vec<String> = marks
        .iter()
        .flat_map(|mark| mark.cargo.items.iter().map(title))
        .collect();
    let commits: Vec<String> = marks
        .iter()
        .filter_map(|mark| Some(mark.undone_by.as_ref()?.short().to_owned()))
        .collect();
    format!(
        "Still taken back from {name}: {}. Its branch contains it, so this did not bring it again. A developer brings it back by \
         reverting {} on the branch of {name}.",
        joined(titles, "and"),
        joined(commits, "and")
    )
}

/// The answer to `/promote` of a feature that was taken away by a commit on top.
pub fn is_away(
    name: &EnvironmentName,
    feature: PullNumber,
    from: &EnvironmentName,
    mark: &TakenBack,
    config: &Config,
) -> String {
    let how = mark
        .undone_by
        .as_ref()
        .map_or_else(String::new, |commit| format!(" {}", stays_away(from, commit)));
    format!(
        "**Not promoted to {name}, because #{feature} was taken back from {from}** on {} by {}.{how} Nothing has changed.",
        moment(mark.at, config),
        by_whom(mark.by.as_ref()),
    )
}

/// The stage before has taken back what this version would bring.
pub fn not_any_more(name: &EnvironmentName, from: &BranchName, items: &[Item]) -> String {
    let titles: Vec<String> = items.iter().map(title).collect();
    format!(
        "**Not promoted to {name}, because this version has what was taken back from {} since:** {}. Nothing has changed. The promotion \
         pull request shows what is there now; say `/promote {name}` there.",
        inert(from.as_str()),
        joined(titles, "and")
    )
}

/// On the pull request that brings a hotfix back to mainline.
pub fn on_hotfix(name: &EnvironmentName, mainline: &BranchName, marks: &[TakenBack]) -> String {
    let titles: Vec<String> = marks
        .iter()
        .flat_map(|mark| mark.cargo.items.iter().map(title))
        .collect();
    let mainline = inert(mainline.as_str());
    format!(
        "**Careful: this also takes out of {mainline} what was taken back from {name}:** {}. It was taken back by a commit on the branch of \
         {name}, which comes along. If {mainline} is to keep it, a developer reverts that commit after merging this, or brings the \
         correction to {mainline} by a pull request of its own.",
        joined(titles, "and")
    )
}

/// On a feature's card.
pub fn on_card(name: &EnvironmentName, feature: PullNumber, mark: &TakenBack, config: &Config) -> String {
    let told_in = mark.told_in.map_or_else(String::new, |issue| {
        format!(" The developers are told of it in #{issue}.")
    });
    if let Some(commit) = &mark.undone_by {
        return format!(
            "It was taken back from {name} on {} by {}. {}{told_in}",
            moment(mark.at, config),
            by_whom(mark.by.as_ref()),
            stays_away(name, commit)
        );
    }
    format!(
        "It was taken back from {name} on {} by {}. It goes there again only after a word that names it, `/confirm #{feature}`.{told_in}",
        moment(mark.at, config),
        by_whom(mark.by.as_ref()),
    )
}

/// A promotion would bring again what was taken back: it is listed, for a word that names it.
pub fn comes_again(
    name: &EnvironmentName,
    again: &[Again],
    carrying: &Cargo,
    at: Option<Timestamp>,
    config: &Config,
) -> String {
    let all: Vec<Item> = again.iter().flat_map(|again| again.items.clone()).collect();
    let lists: Vec<String> = again.iter().map(|again| taken_back(name, again, config)).collect();
    let when = at.map_or_else(String::new, |at| format!(" on {}", moment(at, config)));
    format!(
        "**Not promoted yet, because this would bring to {name} again what was taken back.**\n\n{}\n\nAll in all this would go: \
         {}.\n\n{}\n\nIf it may come back, say so by name, here within an hour: `{}`. Then just this goes to {name}{when}. `/cancel` \
         drops it.",
        lists.join("\n\n"),
        count(carrying),
        list(carrying),
        confirm(&all)
    )
}

/// A `/confirm` that does not name all of what was taken back.
pub fn not_named(name: &EnvironmentName, again: &[Item]) -> String {
    let titles: Vec<String> = again.iter().map(title).collect();
    format!(
        "**Not confirmed yet, because this brings to {name} again what was taken back:** {}. That takes a word which names all of it, so \
         that it does not come back by mistake. Nothing was moved; the list still waits. Please write `{}` in a new comment.",
        joined(titles, "and"),
        confirm(again)
    )
}

/// A `/confirm` that names something which was not listed.
pub fn not_listed(name: &EnvironmentName, word: &str, again: &[Item]) -> String {
    format!(
        "**Not confirmed, because {} is not among what I have listed for {name}.** Nothing was moved; the list still waits. Please write \
         `{}` in a new comment, if all that is listed may go.",
        quote(word),
        confirm(again)
    )
}

/// In the answer to `/promote … --dry-run`.
pub(super) fn forecast_line(again: &[Item]) -> String {
    format!(
        "\n\nSome of it was taken back before, so it would be listed first, and wait for a word that names that: `{}`.",
        confirm(again)
    )
}

/// On a promotion pull request that somebody merged by hand.
pub(super) fn brought_again(name: &EnvironmentName, again: &[Item]) -> String {
    let titles: Vec<String> = again.iter().map(title).collect();
    format!(
        "**This brought to {name} again what was taken back before:** {}. By a command that would have taken a word which names it.",
        joined(titles, "and")
    )
}

/// `/confirm #4 #7 1a2b3c4`: the word that names all of these.
pub fn confirm(items: &[Item]) -> String {
    let name = |item: &Item| match item {
        Item::Feature(feature) => format!(" #{}", feature.number),
        Item::Direct(commit) => format!(" {}", commit.sha.short()),
    };
    format!("/confirm{}", items.iter().map(name).collect::<String>())
}
