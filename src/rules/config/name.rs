//! Which names and addresses a configuration may hold: what git and GitHub would take, and what is safe to show and to address.

use jiff::SignedDuration;

use super::{Owner, Role};
use crate::rules::id::{Login, TeamName};

/// Enough for `production-europe-west`, short enough for a line of a comment.
pub const ENVIRONMENT_NAME_CHARS_MAX: usize = 40;
/// A login of GitHub has at most 39; enterprise-managed ones carry an underscore and a short code.
const LOGIN_CHARS_MAX: usize = 39;
/// GitHub's limit for a label's name.
const LABEL_CHARS_MAX: usize = 50;
/// git allows about this much for a ref on common file systems, `refs/heads/` included.
const BRANCH_BYTES_MAX: usize = 244;
/// GitHub's limit for a status context.
const CHECK_CHARS_MAX: usize = 255;
const ADDRESS_CHARS_MAX: usize = 2000;

pub(super) const ROLES: [(&str, Role); 3] = [
    ("role:write", Role::Write),
    ("role:maintain", Role::Maintain),
    ("role:admin", Role::Admin),
];

/// `[a-z0-9][a-z0-9-_]*`, so that it can be typed in a command, and needs no quotes anywhere.
pub fn is_environment_name(name: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    name.len() <= ENVIRONMENT_NAME_CHARS_MAX
        && name.bytes().next().is_some_and(is_plain)
        && name.bytes().all(|b| is_plain(b) || b"-_".contains(&b))
}

/// Reads `anna`, `@anna`, `@org/team` and `role:maintain`.
pub(super) fn owner(text: &str) -> Option<Owner> {
    if let Some((_, role)) = ROLES.iter().find(|(name, _)| *name == text) {
        return Some(Owner::Role(*role));
    }
    let name = text.strip_prefix('@').unwrap_or(text);
    match name.split_once('/') {
        None => is_account(name).then(|| Owner::Login(Login::from(name))),
        Some((org, slug)) => {
            let is_slug = !slug.is_empty() && slug.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
            let is_team = text.starts_with('@') && is_account(org) && is_slug;
            is_team.then(|| Owner::Team(TeamName::new(org, slug)))
        }
    }
}

fn is_account(name: &str) -> bool {
    (1..=LOGIN_CHARS_MAX).contains(&name.len())
        && !name.starts_with('-')
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// What `git check-ref-format --branch` takes, and GitHub, which refuses what could be a commit's id.
pub(super) fn is_branch(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    let is_forbidden = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let could_be_commit = matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit());
    name.len() <= BRANCH_BYTES_MAX
        && name.split('/').all(is_part)
        && !name.contains(is_forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && !name.starts_with('-')
        && !name.starts_with("refs/")
        && !["@", "HEAD"].contains(&name)
        && !could_be_commit
}

pub(super) fn is_label(name: &str) -> bool {
    let length = name.chars().count();
    (1..=LABEL_CHARS_MAX).contains(&length) && name.trim() == name && !name.contains(char::is_control)
}

/// What GitHub takes as the name of a check, without blanks at its ends.
pub fn is_check(name: &str) -> bool {
    let length = name.chars().count();
    (1..=CHECK_CHARS_MAX).contains(&length) && name.trim() == name && !name.contains(char::is_control)
}

/// An `http` or `https` address without a user's name in it, made of characters that are harmless in a Markdown link.
pub(super) fn is_web_address(text: &str) -> bool {
    let is_harmless = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'*+,;=%".contains(&b);
    let Ok(address) = text.parse::<http::Uri>() else {
        return false;
    };
    let Some(authority) = address.authority() else {
        return false;
    };
    matches!(address.scheme_str(), Some("http" | "https"))
        && !authority.host().is_empty()
        && !authority.as_str().contains('@')
        && text.len() <= ADDRESS_CHARS_MAX
        && text.bytes().all(is_harmless)
}

/// `30m`, `2h`, `1d`: a whole number of minutes, hours, or days of 24 hours.
pub(super) fn duration(text: &str) -> Option<SignedDuration> {
    /// Ten years in minutes have seven digits, so nothing overflows.
    const DIGITS_MAX: usize = 7;
    let (unit_at, unit) = text.char_indices().last()?;
    let digits = &text[..unit_at];
    let is_number = (1..=DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = is_number.then(|| digits.parse().ok()).flatten()?;
    match unit {
        'm' => Some(SignedDuration::from_mins(number)),
        'h' => Some(SignedDuration::from_hours(number)),
        'd' => Some(SignedDuration::from_hours(number * 24)),
        _ => None,
    }
}
