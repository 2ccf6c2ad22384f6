//! Commands that name features and commits one by one: where to go back to, and what may come again.

use serde::{Deserialize, Serialize};

use super::{Command, Problem, extra_word, form, kept, read_environment};
use crate::rules::id::PullNumber;

/// Something that was or can be in an environment, as a person names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    Feature(PullNumber),
    /// The beginning of a commit's id, in small letters.
    Commit(String),
}

/// What one `/confirm` can name.
const NAMED_MAX: usize = 50;

/// More digits than these are a commit and no pull request, unless a `#` says so.
const BARE_DIGITS_MAX: usize = 6;

/// Git's shortest, and its longest.
const COMMIT_DIGITS: std::ops::RangeInclusive<usize> = 4..=64;

impl Named {
    /// `#4`, `4`, `1a2b3c4`. `None`: neither a feature nor a commit.
    pub(super) fn read(word: &str) -> Option<Self> {
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if word.starts_with('#') || is_number && word.len() <= BARE_DIGITS_MAX {
            return form::feature(word).map(Self::Feature);
        }
        let is_commit = word.bytes().all(|byte| byte.is_ascii_hexdigit()) && COMMIT_DIGITS.contains(&word.len());
        is_commit.then(|| Self::Commit(word.to_ascii_lowercase()))
    }
}

/// `/rollback production to #4`.
pub(super) fn read_rollback(rest: &str) -> Result<Command, Problem> {
    let mut dry_run = false;
    let mut words = Vec::new();
    for word in rest.split_ascii_whitespace() {
        match word {
            _ if word.eq_ignore_ascii_case(form::DRY_RUN) && !dry_run => dry_run = true,
            _ if word.starts_with('-') => return Err(Problem::UnknownOption { word: kept(word) }),
            _ => words.push(word),
        }
    }
    let mut words = words.into_iter();
    let environment = read_environment(words.next())?;
    let to = match (words.next(), words.next()) {
        (None, _) => None,
        (Some(to), None) if form::is_to(to) => return Err(Problem::MissingTarget),
        (Some(to), Some(word)) if form::is_to(to) => {
            let named = Named::read(word).ok_or_else(|| Problem::NotATarget { word: kept(word) })?;
            Some(named)
        }
        (Some(extra), _) => return Err(extra_word(extra)),
    };
    match words.next() {
        Some(extra) => Err(extra_word(extra)),
        None => Ok(Command::Rollback {
            environment,
            to,
            dry_run,
        }),
    }
}

/// `/confirm`, `/confirm #4 and 1a2b3c4`.
pub(super) fn read_confirm(rest: &str) -> Result<Command, Problem> {
    let mut named = Vec::new();
    for word in rest.split_ascii_whitespace() {
        if word.eq_ignore_ascii_case("and") {
            continue;
        }
        for part in word.split(',').filter(|part| !part.is_empty()) {
            named.push(Named::read(part).ok_or_else(|| extra_word(word))?);
        }
        if named.len() > NAMED_MAX {
            return Err(extra_word(word));
        }
    }
    Ok(Command::Confirm { named })
}
