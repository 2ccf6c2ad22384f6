//! Every sentence a person can read, in one place: what is so, why, what happens next or who can act. Whole sentences per
//! case, in the product owner's words; what people wrote themselves is made inert before it is repeated.

pub mod act;
pub mod answer;
pub mod board;
pub mod button;
pub mod card;
pub mod configuration;
pub mod deployment;
pub mod developers;
pub mod feature;
pub mod figures;
pub mod form;
pub mod history;
pub mod hold;
pub mod inert;
pub mod misread;
pub mod mistake;
pub mod offer;
pub mod outside;
pub mod picture;
pub mod plain;
pub mod preview;
pub mod promotion;
pub mod protection;
pub mod release;
pub mod rollback;
pub mod scene;
pub mod setup;
pub mod soundness;
pub mod standing;
pub mod status;
pub mod taken_back;
pub mod welcome;
pub mod when;
pub mod without;

use jiff::Timestamp;

use super::config::{Config, Environment, Owner};
use super::snapshot::Role;
use super::stretch::{Cargo, Item};
use inert::inert;

/// A list longer than this is not read, and two of them have to fit into one comment of 65,536 characters.
const LIST_CHARS_MAX: usize = 20_000;

/// One line per thing that lands, in the order it landed; of a long list the newest.
fn list(cargo: &Cargo) -> String {
    list_with(cargo, |_| String::new())
}

/// The same, with something more to say of each.
fn list_with(cargo: &Cargo, more: impl Fn(&Item) -> String) -> String {
    let mut left = LIST_CHARS_MAX;
    let mut lines = Vec::new();
    for line in cargo.items.iter().rev().map(|item| line(item) + &more(item)) {
        let Some(rest) = left.checked_sub(line.chars().count() + 1) else {
            break;
        };
        left = rest;
        lines.push(line);
    }
    match cargo.len() - lines.len() {
        0 => {}
        1 => lines.push("- 1 earlier change".to_owned()),
        earlier => lines.push(format!("- {earlier} earlier changes")),
    }
    lines.reverse();
    lines.extend(cargo.takes_away.iter().map(|item| {
        let taken_back = "goes away again, because it was taken back on the stage before";
        format!("{}: {taken_back}", line(item))
    }));
    lines.join("\n")
}

fn line(item: &Item) -> String {
    match item {
        Item::Feature(feature) => {
            let by = feature
                .author
                .as_ref()
                .map_or_else(String::new, |author| format!(", by {}", inert(author.as_str())));
            format!("- {} (#{}{by})", inert(&feature.title), feature.number)
        }
        Item::Direct(commit) => {
            let by = commit
                .author
                .as_ref()
                .map_or_else(String::new, |author| format!(" by {}", inert(author.as_str())));
            format!("- {} (pushed{by} without a pull request)", inert(&commit.title))
        }
    }
}

/// "1 feature", "3 features", "2 features and 1 change without a pull request".
fn count(cargo: &Cargo) -> String {
    let features = cargo
        .items
        .iter()
        .filter(|item| matches!(item, Item::Feature(_)))
        .count()
        + cargo.earlier;
    let direct = cargo.len() - features;
    let features = match features {
        0 => None,
        1 => Some("1 feature".to_owned()),
        many => Some(format!("{many} features")),
    };
    let direct = match direct {
        0 => None,
        1 => Some("1 change without a pull request".to_owned()),
        many => Some(format!("{many} changes without a pull request")),
    };
    let away = match cargo.takes_away.len() {
        0 => None,
        1 => Some("1 that goes away again".to_owned()),
        many => Some(format!("{many} that go away again")),
    };
    match (features, direct, away) {
        (None, None, None) => "nothing".to_owned(),
        (features, direct, away) => joined(features.into_iter().chain(direct).chain(away).collect(), "and"),
    }
}

/// Who may, as a phrase for the middle of a sentence. Nobody is mentioned by it: people are not called for being named.
pub(super) fn owners(owners: &[Owner]) -> String {
    let one = |owner: &Owner| match owner {
        Owner::Login(login) => inert(login.as_str()),
        Owner::Team(team) => format!("the team {}", inert(&format!("{}/{}", team.org, team.slug))),
        Owner::Role(role) => format!("people with at least the {} role", Role::from(*role).as_str()),
    };
    joined(owners.iter().map(one).collect(), "or")
}

/// "a", "a or b", "a, b or c".
fn joined(mut parts: Vec<String>, word: &str) -> String {
    match (parts.pop(), parts.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} {word} {last}", parts.join(", ")),
    }
}

/// "Tuesday, 24 November at 10:12 (America/Detroit)".
pub fn moment(at: Timestamp, config: &Config) -> String {
    let zoned = at.to_zoned(config.timezone.clone());
    format!("{} ({})", zoned.strftime("%A, %-d %B at %H:%M"), zone(config))
}

/// The time zone in which times are told and understood.
fn zone(config: &Config) -> &str {
    config.timezone.iana_name().unwrap_or("UTC")
}

/// The environment's address as a link, where the configuration tells one.
fn place(environment: &Environment) -> String {
    match &environment.url {
        Some(url) => format!("[{}]({url})", environment.name),
        None => environment.name.to_string(),
    }
}
