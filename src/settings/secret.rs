//! Whether a webhook secret is one: who can guess it can forge deliveries.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret, SecretString};

use super::Problem;

const VARIABLE: &str = "GITHUB_WEBHOOK_SECRET";
const REMEDY: &str =
    "make one with `openssl rand -hex 32`, and set the same here and on the settings page of the GitHub App";

/// Bytes of a secret at least: as many as HMAC-SHA256 makes use of.
const BYTES_MIN: usize = 32;

/// What is left of a secret without well-known words must still be this long, and hold this many different characters.
const REST_MIN: usize = 12;
const DIFFERENT_MIN: usize = 6;

/// A secret that repeats itself after this many characters or fewer is no longer than one turn.
const PERIOD_MAX: usize = 8;

/// What people write when they mean to come back to it. Lower case.
const WELL_KNOWN: [&str; 26] = [
    "changeme",
    "change-me",
    "change_me",
    "development",
    "placeholder",
    "greenlight",
    "password",
    "production",
    "webhook",
    "example",
    "replace",
    "default",
    "private",
    "insecure",
    "letmein",
    "qwerty",
    "secret",
    "github",
    "please",
    "string",
    "token",
    "value",
    "local",
    "admin",
    "dummy",
    "test",
];

/// The secrets of a comma-separated list; each problem is added to `problems`.
pub fn webhook_secrets(list: Option<SecretString>, problems: &mut Vec<Problem>) -> Vec<SecretString> {
    let list = list.unwrap_or_default();
    let secrets: Vec<&str> = list
        .expose_secret()
        .split(',')
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .collect();
    if secrets.is_empty() {
        problems.push(Problem {
            variable: VARIABLE,
            wrong: "is not set".to_owned(),
            remedy: REMEDY,
        });
    }
    for (n, secret) in secrets.iter().enumerate() {
        if let Some(weakness) = weakness(secret) {
            let which = if secrets.len() > 1 {
                format!(" (number {} of {})", n + 1, secrets.len())
            } else {
                String::new()
            };
            problems.push(Problem {
                variable: VARIABLE,
                wrong: format!("{weakness}{which}"),
                remedy: REMEDY,
            });
        }
    }
    secrets.into_iter().map(SecretString::from).collect()
}

fn weakness(secret: &str) -> Option<String> {
    let rest = without_well_known_words(secret);
    if secret.len() < BYTES_MIN {
        Some(format!("has {} bytes, and needs at least {BYTES_MIN}", secret.len()))
    } else if rest.len() < REST_MIN {
        Some("is made of well-known words".to_owned())
    } else if repeats_itself(secret) || different(&rest) < DIFFERENT_MIN {
        Some("follows a simple pattern".to_owned())
    } else {
        None
    }
}

fn without_well_known_words(secret: &str) -> String {
    let mut rest = secret.to_lowercase();
    for word in WELL_KNOWN {
        rest = rest.replace(word, "");
    }
    rest.retain(char::is_alphanumeric);
    rest
}

fn different(text: &str) -> usize {
    text.chars().collect::<BTreeSet<_>>().len()
}

fn repeats_itself(secret: &str) -> bool {
    let bytes = secret.as_bytes();
    (1..=PERIOD_MAX).any(|period| bytes.len() >= 2 * period && bytes.iter().zip(&bytes[period..]).all(|(a, b)| a == b))
}
