//! What is said where something was to be left out: what cannot stay behind and why, and what to do about it.

use super::super::config::Environment;
use super::super::id::{BranchName, PullNumber};
use super::super::memory::Feature;
use super::super::stretch::Item;
use super::inert::inert;
use super::misread::quote;
use super::{joined, line};

/// Files that are named for one feature; the rest is a number.
const FILES_NAMED_MAX: usize = 3;

/// Later changes that are named one by one.
const LATER_NAMED_MAX: usize = 10;

/// Why something that was to be left out would not go anyway.
#[derive(Clone, Debug)]
pub enum Remark {
    /// There is no such pull request, or it does not lead into mainline.
    NoFeature(PullNumber),
    NotMerged(PullNumber),
    /// It landed after what was shown, or after the feature that was named.
    LandedLater(PullNumber),
    AlreadyThere(PullNumber),
    /// The stage before does not have it.
    NotOnStageBefore(PullNumber, BranchName),
    /// GitHub does not say which commit it became.
    Unclear(PullNumber),
}

impl Remark {
    /// Whether what was asked for cannot be done, rather than being so already.
    pub fn is_in_the_way(&self) -> bool {
        matches!(self, Self::NoFeature(_) | Self::AlreadyThere(_) | Self::Unclear(_))
    }
}

/// A feature that was to be left out and has something on top of it.
#[derive(Clone, Debug)]
pub struct Stuck {
    pub feature: Feature,
    pub later: Vec<Later>,
}

/// Something on top of it.
#[derive(Clone, Debug)]
pub struct Later {
    pub item: Item,
    /// The files that both change; `None` where that is not known.
    pub shared: Option<Vec<String>>,
}

fn remark(remark: &Remark, environment: &Environment) -> String {
    let name = &environment.name;
    match remark {
        Remark::NoFeature(number) => format!("#{number} is no feature that I know of. Is it another number?"),
        Remark::NotMerged(number) => format!("#{number} is not merged, so it does not go to {name} anyway."),
        Remark::LandedLater(number) => {
            format!("#{number} landed later than what this takes along, so it stays behind anyway.")
        }
        Remark::AlreadyThere(number) => format!(
            "#{number} is on {name} already. A promotion takes nothing away; a developer would have to take it back."
        ),
        Remark::NotOnStageBefore(number, from) => {
            format!(
                "#{number} is not on {} yet, so it does not go to {name} anyway.",
                inert(from.as_str())
            )
        }
        Remark::Unclear(number) => {
            format!("GitHub does not say which commit #{number} became, so I cannot leave it out.")
        }
    }
}

/// The remarks as paragraphs to follow something; empty where there are none.
pub(super) fn remarks(remarks: &[Remark], environment: &Environment) -> String {
    let lines = remarks.iter().map(|one| format!("\n\n{}", remark(one, environment)));
    lines.collect()
}

/// Nothing of what was named would go, or something of it cannot be left out.
pub fn nothing_to_leave_out(environment: &Environment, all: &[Remark], something_goes: bool) -> String {
    let name = &environment.name;
    let (because, then) = match (all.iter().any(Remark::is_in_the_way), something_goes) {
        (true, _) => (
            "I cannot leave out what you named",
            "Please write the whole command again with the numbers that you mean.".to_owned(),
        ),
        (false, true) => (
            "what you named would not go anyway",
            format!("So there is nothing to leave out: `/promote {name}` does what you want."),
        ),
        (false, false) => (
            "what you named would not go anyway",
            "So there is nothing to leave out, and nothing to promote.".to_owned(),
        ),
    };
    format!(
        "**Nothing was promoted, because {because}.**{}\n\n{then}",
        remarks(all, environment)
    )
}

/// Everything that would go was to be left out.
pub fn nothing_would_be_left(environment: &Environment) -> String {
    format!(
        "**Nothing was promoted, because nothing would be left to promote to {}.** Without what you named, there is nothing \
         new to go there.",
        environment.name
    )
}

/// On a feature that is still open.
pub fn only_where_merged(environment: &Environment) -> String {
    format!(
        "**Nothing was done, because this feature is not merged yet.** What goes along with it is known once it is. Say \
         `/promote {}` alone here, or leave something out on the pull request that promotes to {}.",
        environment.name, environment.name
    )
}

/// Something cannot be left out.
pub struct NotPossible<'a> {
    pub environment: &'a Environment,
    pub mainline: &'a BranchName,
    /// `https://github.com/owner/name`.
    pub html_url: &'a str,
    pub stuck: &'a [Stuck],
    /// All that would have to stay behind, where that can be said.
    pub instead: Option<&'a [PullNumber]>,
    pub remarks: &'a [Remark],
}

/// What cannot be left out, why, and the two ways on.
pub fn stuck(told: &NotPossible<'_>) -> String {
    let name = &told.environment.name;
    let mainline = inert(told.mainline.as_str());
    let numbers: Vec<String> = told
        .stuck
        .iter()
        .map(|one| format!("#{}", one.feature.number))
        .collect();
    let it = if numbers.len() == 1 { "it" } else { "them" };
    let numbers = joined(numbers, "and");
    let ways: Vec<String> = told.stuck.iter().map(|one| take_back(one, told, &mainline)).collect();
    let instead = told.instead.map_or_else(String::new, |left| {
        format!(
            "\n\nOr leave what landed later behind as well: say `/promote {name} without {}`.",
            numbered(left)
        )
    });
    format!(
        "**Not promoted to {name}, because {numbers} cannot be left out.** Something landed on top of {it}, and {name} always \
         gets a version of {mainline} as a whole: what landed later cannot go there without {it}.\n\n{}{instead}{}\n\nNothing \
         was moved.",
        ways.join("\n\n"),
        remarks(told.remarks, told.environment),
    )
}

/// "#4 #5", as a command says it.
pub(super) fn numbered(numbers: &[PullNumber]) -> String {
    let numbers: Vec<String> = numbers.iter().map(|number| format!("#{number}")).collect();
    numbers.join(" ")
}

fn take_back(one: &Stuck, told: &NotPossible<'_>, mainline: &str) -> String {
    let number = one.feature.number;
    let who = match &one.feature.author {
        Some(author) => format!("{}, who wrote it,", inert(author.as_str())),
        None => "a developer".to_owned(),
    };
    format!(
        "To go on without #{number}, it has to be taken back out of {mainline} first. For that, {who} can press *Revert* on \
         [#{number}]({}/pull/{number}): GitHub then opens a pull request that undoes it. Once that is merged, \
         `/promote {}` takes the rest.\n\n{}",
        told.html_url,
        told.environment.name,
        conflicts(one)
    )
}

fn conflicts(one: &Stuck) -> String {
    let touching = one.later.iter().filter_map(|later| match later.shared.as_deref() {
        Some([]) | None => None,
        Some(shared) => Some(format!("{}: {}", line(&later.item), files(shared))),
    });
    let unknown = one.later.iter().filter(|later| later.shared.is_none());
    let touching = some(touching.collect());
    let unknown = some(unknown.map(|later| line(&later.item)).collect());
    let mut parts = Vec::new();
    if let Some(lines) = &touching {
        parts.push(format!(
            "Taking it back will probably conflict with what landed later and changes the same files:\n\n{lines}"
        ));
    }
    if let Some(lines) = &unknown {
        parts.push(format!(
            "I do not know whether these later changes touch the same files:\n\n{lines}"
        ));
    }
    if parts.is_empty() {
        parts.push("What landed later changes other files, so taking it back should go smoothly.".to_owned());
    }
    parts.join("\n\n")
}

/// The lines, or the first of them and how many more.
fn some(mut lines: Vec<String>) -> Option<String> {
    let more = lines.len().saturating_sub(LATER_NAMED_MAX);
    lines.truncate(LATER_NAMED_MAX);
    if more > 0 {
        lines.push(format!("- and {more} more"));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn files(shared: &[String]) -> String {
    let mut named: Vec<String> = shared.iter().take(FILES_NAMED_MAX).map(|name| quote(name)).collect();
    match shared.len().saturating_sub(FILES_NAMED_MAX) {
        0 => {}
        1 => named.push("1 more file".to_owned()),
        more => named.push(format!("{more} more files")),
    }
    joined(named, "and")
}
