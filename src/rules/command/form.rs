//! The words of our commands, and the right form nearest to a wrong one.

use strsim::damerau_levenshtein;

use super::Named;
use crate::rules::config;
use crate::rules::id::PullNumber;

/// The first word of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Promote,
    Hold,
    Unhold,
    Accept,
    Reject,
    Rollback,
    Confirm,
    Cancel,
    Preview,
    Status,
    Help,
}

pub(super) const DRY_RUN: &str = "--dry-run";

/// What frees a preview.
pub(super) const OFF: &str = "off";

/// What begins a clause of `/hold`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HoldClause {
    Until,
    For,
    Because,
}

pub(super) fn hold_clause(word: &str) -> Option<HoldClause> {
    match word.to_ascii_lowercase().as_str() {
        "until" | "till" => Some(HoldClause::Until),
        "for" => Some(HoldClause::For),
        "because" => Some(HoldClause::Because),
        _ => None,
    }
}

/// What begins the time of a `/promote`.
pub(super) fn is_promote_clause(word: &str) -> bool {
    word.eq_ignore_ascii_case("at") || word.eq_ignore_ascii_case("in")
}

/// What begins the list of what a `/promote` leaves out.
pub(super) fn is_without(word: &str) -> bool {
    word.eq_ignore_ascii_case("without")
}

/// The pull requests that a word of that list names: `#4`, `4,`, `#4,#5`; none for what only joins them. `None`: it names something else.
pub(super) fn features_in(word: &str) -> Option<Vec<PullNumber>> {
    if word.eq_ignore_ascii_case("and") {
        return Some(Vec::new());
    }
    let parts = word.split(',').filter(|part| !part.is_empty());
    parts.map(feature).collect()
}

/// What begins the goal of a `/rollback`.
pub(super) fn is_to(word: &str) -> bool {
    word.eq_ignore_ascii_case("to")
}

pub(super) fn feature(text: &str) -> Option<PullNumber> {
    let digits = text.strip_prefix('#').unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    // More digits than any repository has pull requests are a slip.
    let number = (is_number && digits.len() <= NUMBER_DIGITS_MAX).then(|| digits.parse().ok())?;
    number.filter(|number| *number > 0).map(PullNumber)
}

const NUMBER_DIGITS_MAX: usize = 9;

/// Whether a word can be about when: "at", "in", "18:00", "7am".
fn is_time_like(word: &str) -> bool {
    is_promote_clause(word) || word.starts_with(|c: char| c.is_ascii_digit())
}

const WORDS: [(&str, Word); 11] = [
    ("promote", Word::Promote),
    ("accept", Word::Accept),
    ("reject", Word::Reject),
    ("hold", Word::Hold),
    ("unhold", Word::Unhold),
    ("rollback", Word::Rollback),
    ("confirm", Word::Confirm),
    ("cancel", Word::Cancel),
    ("preview", Word::Preview),
    ("status", Word::Status),
    ("help", Word::Help),
];

impl Word {
    /// Without the `/`; case is ignored.
    pub(super) fn named(word: &str) -> Option<Self> {
        all()
            .find(|(name, _)| word.eq_ignore_ascii_case(name))
            .map(|(_, word)| word)
    }
}

fn all() -> impl Iterator<Item = (&'static str, Word)> {
    WORDS.into_iter()
}

/// Whether an environment could be called so, were it not for upper and lower case.
pub(super) fn is_environment_name(word: &str) -> bool {
    config::is_environment_name(&word.to_ascii_lowercase())
}

/// The command nearest to `/word`; `None` when none of ours is near.
pub(super) fn nearest_word(word: &str) -> Option<Word> {
    nearest_name(word).map(|(_, word, _)| word)
}

/// The right form nearest to a line that starts with `/word`; `None` when there is none that would do what was meant.
pub(super) fn nearest(word: &str, rest: &str) -> Option<String> {
    let (name, word, glued) = nearest_name(word)?;
    let words = || glued.into_iter().chain(rest.split_ascii_whitespace());
    match word {
        Word::Promote => Some(nearest_promote(&words().collect::<Vec<_>>())),
        Word::Hold => Some(nearest_hold(&words().collect::<Vec<_>>())),
        Word::Unhold => {
            let environment = words().find_map(environment_in).unwrap_or("<environment>");
            Some(format!("/unhold {environment}"))
        }
        Word::Rollback => Some(nearest_rollback(&words().collect::<Vec<_>>())),
        Word::Confirm => Some(nearest_confirm(&words().collect::<Vec<_>>())),
        Word::Preview => match words().find_map(environment_in) {
            Some(instance) => Some(format!("/{name} {instance}")),
            None => Some(format!("/{name}")),
        },
        Word::Reject => Some(format!("/{name} <why>")),
        Word::Accept | Word::Cancel | Word::Status | Word::Help => Some(format!("/{name}")),
    }
}

/// Never the same without a clause: that would go at once, or take everything along.
fn nearest_promote(words: &[&str]) -> String {
    let begins = words.iter().position(|word| is_without(word));
    let (before, after) = words.split_at(begins.unwrap_or(words.len()));
    let left_out: Vec<PullNumber> = after
        .iter()
        .skip(1)
        .map_while(|word| features_in(word.trim_matches(|c: char| !c.is_ascii_alphanumeric())))
        .flatten()
        .collect();
    let left_out: Vec<String> = left_out.iter().map(|number| format!(" #{number}")).collect();
    let environment = before.iter().find_map(|word| environment_in(word));
    let behind = before.iter().skip_while(|word| environment_in(word).is_none());
    let is_timed = behind.skip(1).any(|word| is_time_like(word)) || after.iter().any(|word| is_promote_clause(word));
    format!(
        "/promote {}{}{}{}",
        environment.unwrap_or("<environment>"),
        match (begins.is_some(), left_out.is_empty()) {
            (false, _) => String::new(),
            (true, true) => " without #<number>".to_owned(),
            (true, false) => format!(" without{}", left_out.concat()),
        },
        if is_timed { " at <time>" } else { "" },
        if words.iter().any(|word| is_dry_run(word)) {
            " --dry-run"
        } else {
            ""
        },
    )
}

/// Never without its goal, nor without `--dry-run`: that would go at once, and elsewhere.
fn nearest_rollback(words: &[&str]) -> String {
    let environment = words.iter().find_map(|word| environment_in(word));
    let after_name = words.iter().skip_while(|word| environment_in(word).is_none()).skip(1);
    let mut goals = after_name
        .filter(|word| !is_dry_run(word) && !word.starts_with('-'))
        .peekable();
    let goal = goals.peek().is_some().then(|| {
        let bare = |word: &&&str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
        let named = goals.map(|word| bare(&word)).find_map(|word| Named::read(&word));
        match named {
            Some(Named::Feature(number)) => format!(" to #{number}"),
            Some(Named::Commit(commit)) => format!(" to {commit}"),
            None => " to #<number>".to_owned(),
        }
    });
    format!(
        "/rollback {}{}{}",
        environment.unwrap_or("<environment>"),
        goal.unwrap_or_default(),
        if words.iter().any(|word| is_dry_run(word)) {
            " --dry-run"
        } else {
            ""
        },
    )
}

fn nearest_confirm(words: &[&str]) -> String {
    let bare = |word: &&str| word.trim_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    let named = words.iter().filter_map(|word| match Named::read(&bare(word))? {
        Named::Feature(number) => Some(format!(" #{number}")),
        Named::Commit(commit) => Some(format!(" {commit}")),
    });
    format!("/confirm{}", named.collect::<String>())
}

/// The name stands before the first clause; a word too many is most likely a time without its "until".
fn nearest_hold(words: &[&str]) -> String {
    let is_clause = |word: &&str| hold_clause(word).is_some();
    let (named, clauses) = words.split_at(words.iter().position(is_clause).unwrap_or(words.len()));
    let environment = named.iter().find_map(|word| environment_in(word));
    let is_because = |word: &&str| hold_clause(word) == Some(HoldClause::Because);
    let until = named.len() > 1 || clauses.first().is_some_and(|word| !is_because(word));
    format!(
        "/hold {}{}{}",
        environment.unwrap_or("<environment>"),
        if until { " until <time>" } else { "" },
        if clauses.iter().any(is_because) {
            " because <why>"
        } else {
            ""
        },
    )
}

/// One of our words that is at most a slip away, and what was glued to it: `promote-staging`, `promote:staging`, `promote,`.
fn nearest_name(word: &str) -> Option<(&'static str, Word, Option<&str>)> {
    // A second slash makes it a path.
    if word.contains('/') || word.len() > NEAR_BYTES_MAX {
        return None;
    }
    let stem_end = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
    let (stem, tail) = word.split_at(stem_end);
    let stem = stem.to_lowercase();
    let (distance, name, known) = all()
        .map(|(name, known)| (damerau_levenshtein(name, &stem), name, known))
        .min_by_key(|(distance, _, _)| *distance)?;
    // With something glued on, only the very word: "/home-page" is no slip of "/help".
    let slips = match (tail.is_empty(), name.len()) {
        (false, _) => 0,
        (true, ..=4) => 1,
        (true, _) => 2,
    };
    let glued = tail.trim_start_matches(|c: char| !c.is_alphanumeric());
    (distance <= slips).then_some((name, known, (!glued.is_empty()).then_some(glued)))
}

/// A longer word is not compared: no slip makes one of ours so long.
const NEAR_BYTES_MAX: usize = 80;

/// What people say between the command and the name: "/promote to staging".
const FILLERS: [&str; 7] = ["to", "into", "on", "onto", "in", "the", "please"];

/// The environment's name in a word that may carry stray marks; never an option.
fn environment_in(word: &str) -> Option<&str> {
    let name = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_filler = FILLERS.iter().any(|filler| name.eq_ignore_ascii_case(filler));
    let is_meant = !word.starts_with('-') && !is_dry_run(word) && !is_filler;
    (is_meant && is_environment_name(name)).then_some(name)
}

fn is_dry_run(word: &str) -> bool {
    if word.len() > NEAR_BYTES_MAX {
        return false;
    }
    let letters: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    let letters = letters.to_ascii_lowercase();
    damerau_levenshtein(&letters, "dryrun") <= 1 || (letters == "dry" && word.starts_with('-'))
}
