//! What a comment asks for: Markdown in; commands, and what was meant as one but cannot be read, out.
//!
//! A command is a line that starts with `/`, with at most three spaces before it. GitHub must show it as a line of its own: not as
//! code, a quotation, a table, a link, struck out, or inside HTML. What counts as meant for us:
//!
//! W1 The word after the `/` runs to the next space or the end of the line, and is one of ours, whatever its case: a command.
//! W2 It is not, but it is a typing slip away from one of ours, or carries a stray mark (`/promote:`): answered, with the nearest form.
//! W3 It is letters only and nothing else stands on the line (`/lgtm`): answered, because a person waits for something to happen.
//! W4 Anything else (`/etc/hosts is broken`, `/api/v1`, `/home is slow`) is prose: no answer.
//! W5 Only plain ASCII fires. A character that merely looks like the right one, or is not seen at all, is answered.
//! W6 Whatever is answered changes nothing; neither does any command of a comment with more than [`COMMANDS_MAX`].

use serde::{Deserialize, Serialize};

use crate::rules::id::{EnvironmentName, PullNumber};

mod form;
mod line;
pub mod lookalike;
mod named;
mod written;

use form::{HoldClause, Word};
use line::{Line, Place};
pub use named::Named;

/// More in one comment is an accident, such as a pasted log; a person needs two or three.
pub const COMMANDS_MAX: usize = 10;

/// What a person wants, by whichever road it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    Promote {
        /// As written: upper and lower case are for whoever knows the configuration to forgive.
        environment: EnvironmentName,
        /// When, as written: what it means hangs on the repository's time zone. `None`: at once.
        at: Option<String>,
        /// What is to stay behind.
        without: Vec<PullNumber>,
        /// Only tell what would go.
        dry_run: bool,
    },
    /// Keep the environment as it is.
    Hold {
        environment: EnvironmentName,
        /// As written; `None` where nothing was said.
        until: Option<String>,
        /// Somebody's own words, only ever shown through `quote`.
        because: Option<String>,
    },
    /// End a hold.
    Unhold {
        environment: EnvironmentName,
    },
    /// Take the environment back to what ran there before.
    Rollback {
        environment: EnvironmentName,
        /// `None`: to what ran there last.
        to: Option<Named>,
        /// Only tell what would be taken away.
        dry_run: bool,
    },
    Accept,
    Reject {
        /// As written, cut at [`WRITTEN_CHARS_MAX`]. Somebody else's text: only ever shown inert.
        why: String,
    },
    /// Go on with what was listed and waits for a further word.
    Confirm {
        /// What was taken back and may come again.
        named: Vec<Named>,
    },
    Cancel,
    /// Show this feature on a dev instance.
    Preview {
        /// In small letters; `None`: on whichever is free.
        instance: Option<String>,
    },
    /// Show it on none.
    PreviewOff,
    Status,
    Help,
}

/// A line that was meant as a command and is not one. `words::misread` has its sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Misread {
    /// The line as written, cut at [`WRITTEN_CHARS_MAX`]. Somebody else's text: only ever shown through `quote`.
    pub written: String,
    pub problem: Problem,
    /// The right form nearest to what was written. Ours and harmless: words of this module and at most a valid environment name.
    pub nearest: Option<String>,
}

/// How much of a misread line is kept, in characters.
pub const WRITTEN_CHARS_MAX: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// No command of ours.
    UnknownCommand {
        word: String,
    },
    /// Some characters only look like the right ones, or cannot be seen.
    LookAlike,
    /// `/promote` without saying where to.
    MissingEnvironment,
    /// `/reject` without saying why.
    MissingReason,
    /// `without` that does not say what to leave out.
    MissingFeature,
    /// What is to be left out is not said by the number of its pull request.
    NotAFeature {
        word: String,
    },
    /// `/rollback … to` that does not say where to.
    MissingTarget,
    /// Where to go back to is said neither by the number of a pull request nor by a commit.
    NotATarget {
        word: String,
    },
    /// No preview can have this name.
    NotAPreview {
        word: String,
    },
    /// No environment can have this name.
    NotAnEnvironment {
        word: String,
    },
    UnknownOption {
        word: String,
    },
    /// A word more than the command takes.
    ExtraWord {
        word: String,
    },
    /// It stands directly below quoted lines, and GitHub shows it as part of the quotation.
    InQuotation,
    /// It stands within HTML or directly below it, such as the line that GitHub writes for a pasted picture.
    InHtml,
    /// The comment has more than [`COMMANDS_MAX`] commands; none was read.
    TooMany,
}

/// Features that one `/promote` can leave out; whoever means more means another version.
const WITHOUT_MAX: usize = 10;

/// Every command line of a comment, in order.
pub fn read(body: &str) -> Vec<Result<Command, Misread>> {
    if !mentions_command(body) {
        return Vec::new();
    }
    let mut found = line::candidates(body).into_iter().filter_map(read_line);
    let first: Vec<_> = found.by_ref().take(COMMANDS_MAX).collect();
    if found.next().is_some() {
        return vec![Err(Misread {
            written: String::new(),
            problem: Problem::TooMany,
            nearest: None,
        })];
    }
    first
}

/// Whether [`read`] might find something: cheap, and never wrong when it says no.
pub fn mentions_command(body: &str) -> bool {
    body.split(['\n', '\r']).any(line::starts_with_slash)
}

fn read_line(line: Line) -> Option<Result<Command, Misread>> {
    let plain = lookalike::fold(line.text);
    let plain = with_reason_as_written(plain.trim(), line.text.trim_matches([' ', '\t']));
    let (word, rest) = split_word(plain.strip_prefix('/')?);
    let read = match Word::named(word) {
        Some(known) => read_known(known, rest),
        None => Err(read_unknown(word, rest)?),
    };
    // Folding leaves plain text as it is, so a difference means that something was not what it seemed.
    let written = line.text.trim_matches([' ', '\t']);
    let is_plain = match &read {
        // A reason is for people to read, in whatever letters they write.
        Ok(Command::Reject { .. }) => split_word(written).0.is_ascii(),
        _ => plain == written,
    };
    let read = match read {
        Ok(Command::Reject { .. }) => Ok(Command::Reject {
            why: kept(split_word(written).1),
        }),
        read => read,
    };
    let problem = match (line.place, read) {
        (Place::Own, Ok(command)) if is_plain => return Some(Ok(command)),
        (Place::Own, Ok(_)) => Problem::LookAlike,
        (Place::Own, Err(_)) if !is_plain => Problem::LookAlike,
        (Place::Own, Err(problem)) => problem,
        (Place::Quotation, Ok(_)) => Problem::InQuotation,
        (Place::Html, Ok(_)) => Problem::InHtml,
        // What is quoted or hidden is only worth an answer if it would have done something.
        (Place::Quotation | Place::Html, Err(_)) => return None,
    };
    Some(Err(Misread {
        written: kept(line.text),
        nearest: form::nearest(word, rest),
        problem,
    }))
}

/// A reason is a person's own words, in whatever script: only what stands before it has to be plain.
fn with_reason_as_written<'a>(plain: &'a str, written: &'a str) -> &'a str {
    let small = plain.to_ascii_lowercase();
    match small.find(" because ") {
        Some(at) if small.starts_with("/hold ") && written.get(..at) == plain.get(..at) => written,
        _ => plain,
    }
}

fn split_word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| c.is_ascii_whitespace());
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    (word, rest.trim_start())
}

fn read_known(word: Word, rest: &str) -> Result<Command, Problem> {
    let alone = |command| match rest.split_ascii_whitespace().next() {
        Some(extra) => Err(extra_word(extra)),
        None => Ok(command),
    };
    match word {
        Word::Promote => read_promote(rest),
        Word::Hold => read_hold(rest),
        Word::Unhold => read_unhold(rest),
        Word::Accept => alone(Command::Accept),
        Word::Reject if rest.is_empty() => Err(Problem::MissingReason),
        Word::Reject => Ok(Command::Reject { why: kept(rest) }),
        Word::Confirm => named::read_confirm(rest),
        Word::Rollback => named::read_rollback(rest),
        Word::Cancel => alone(Command::Cancel),
        Word::Preview => read_preview(rest),
        Word::Status => alone(Command::Status),
        Word::Help => alone(Command::Help),
    }
}

/// What the next words of a `/promote` are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    Environment,
    Time,
    Without,
}

fn read_promote(rest: &str) -> Result<Command, Problem> {
    let mut environment = None;
    let mut at: Option<Vec<&str>> = None;
    let mut without: Option<Vec<PullNumber>> = None;
    let mut dry_run = false;
    let mut clause = Clause::Environment;
    for word in rest.split_ascii_whitespace() {
        let begins_time = environment.is_some() && at.is_none() && form::is_promote_clause(word);
        if word.eq_ignore_ascii_case(form::DRY_RUN) && !dry_run {
            dry_run = true;
        } else if word.starts_with('-') {
            return Err(Problem::UnknownOption { word: kept(word) });
        } else if form::is_without(word) {
            if environment.is_none() {
                return Err(Problem::MissingEnvironment);
            }
            without.get_or_insert_default();
            clause = Clause::Without;
        } else if begins_time {
            // "in 2 hours" is a time with its "in"; "at 18:00" is one without its "at".
            at = Some(if word.eq_ignore_ascii_case("in") {
                vec![word]
            } else {
                Vec::new()
            });
            clause = Clause::Time;
        } else if clause == Clause::Time {
            at.get_or_insert_default().push(word);
        } else if clause == Clause::Without {
            let left_out = without.get_or_insert_default();
            left_out.extend(form::features_in(word).ok_or_else(|| Problem::NotAFeature { word: kept(word) })?);
            if left_out.len() > WITHOUT_MAX {
                return Err(extra_word(word));
            }
        } else if environment.is_some() {
            return Err(extra_word(word));
        } else if form::is_environment_name(word) {
            environment = Some(EnvironmentName::from(word));
        } else {
            return Err(Problem::NotAnEnvironment { word: kept(word) });
        }
    }
    if without.as_ref().is_some_and(Vec::is_empty) {
        return Err(Problem::MissingFeature);
    }
    let environment = environment.ok_or(Problem::MissingEnvironment)?;
    let at = at.map(|words| words.join(" "));
    Ok(Command::Promote {
        environment,
        at,
        without: without.unwrap_or_default(),
        dry_run,
    })
}

fn read_environment(word: Option<&str>) -> Result<EnvironmentName, Problem> {
    match word {
        None => Err(Problem::MissingEnvironment),
        Some(word) if form::is_environment_name(word) => Ok(EnvironmentName::from(word)),
        Some(word) => Err(Problem::NotAnEnvironment { word: kept(word) }),
    }
}

/// `/hold production until friday 7am because we give a demo`. Everything after "because" is the reason.
fn read_hold(rest: &str) -> Result<Command, Problem> {
    let mut words = rest.split_ascii_whitespace().peekable();
    let environment = read_environment(words.next_if(|word| form::hold_clause(word).is_none()))?;
    let (mut until, mut because) = (None, None);
    while let Some(word) = words.next() {
        match form::hold_clause(word) {
            Some(HoldClause::Because) => because = Some(words.by_ref().collect::<Vec<_>>().join(" ")),
            Some(clause) if until.is_none() => {
                let mut time = Vec::new();
                if clause == HoldClause::For {
                    time.push("in");
                }
                while let Some(word) = words.next_if(|word| form::hold_clause(word) != Some(HoldClause::Because)) {
                    time.push(word);
                }
                until = Some(time.join(" "));
            }
            _ => return Err(extra_word(word)),
        }
    }
    Ok(Command::Hold {
        environment,
        until,
        because: because
            .filter(|because| !because.is_empty())
            .map(|because| kept(&because)),
    })
}

fn read_unhold(rest: &str) -> Result<Command, Problem> {
    let mut words = rest.split_ascii_whitespace();
    let environment = read_environment(words.next())?;
    match words.next() {
        Some(extra) => Err(extra_word(extra)),
        None => Ok(Command::Unhold { environment }),
    }
}

/// `/preview`, `/preview dev-2`, `/preview off`.
fn read_preview(rest: &str) -> Result<Command, Problem> {
    let mut words = rest.split_ascii_whitespace();
    let Some(word) = words.next() else {
        return Ok(Command::Preview { instance: None });
    };
    if let Some(extra) = words.next() {
        return Err(extra_word(extra));
    }
    match word {
        _ if word.eq_ignore_ascii_case(form::OFF) => Ok(Command::PreviewOff),
        _ if form::is_environment_name(word) => Ok(Command::Preview {
            instance: Some(word.to_ascii_lowercase()),
        }),
        _ => Err(Problem::NotAPreview { word: kept(word) }),
    }
}

/// W2 to W4.
fn read_unknown(word: &str, rest: &str) -> Option<Problem> {
    let is_letters = !word.is_empty() && word.chars().all(char::is_alphabetic);
    match form::nearest_word(word) {
        None if !is_letters || !rest.is_empty() => None,
        _ => Some(Problem::UnknownCommand { word: kept(word) }),
    }
}

fn extra_word(word: &str) -> Problem {
    Problem::ExtraWord { word: kept(word) }
}

/// As much of somebody's words as is kept.
pub fn kept(text: &str) -> String {
    text.chars().take(WRITTEN_CHARS_MAX).collect()
}
