//! What GitHub is asked to make an App from: `app-manifest.yml`, with the addresses of this Greenlight filled in and nothing else.
//!
//! Source: <https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The file, as it is in the repository.
const FILE: &str = include_str!("../../app-manifest.yml");

/// Characters of an organisation's name; GitHub takes 39.
const NAME_CHARS_MAX: usize = 39;

/// The manifest as GitHub reads it from the form, in JSON. `public_url` is where GitHub and people reach Greenlight, `return_url` where
/// the person comes back to from GitHub; neither ends with a slash.
pub fn manifest(public_url: &str, return_url: &str) -> String {
    let mut manifest = in_the_file();
    let example = manifest
        .get("url")
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned();
    for value in manifest.values_mut() {
        fill_in(value, &example, public_url);
    }
    manifest.insert("redirect_url".to_owned(), return_url.into());
    Value::Object(manifest).to_string()
}

/// What the App asks for, in GitHub's words.
pub struct Asked {
    /// `read` or `write`, by name.
    pub permissions: BTreeMap<String, String>,
    pub events: BTreeSet<String>,
}

/// The permissions and events of the file.
pub fn asked() -> Asked {
    let manifest = in_the_file();
    let texts = |value: Option<&Value>| -> BTreeMap<String, String> {
        let fields = value.and_then(Value::as_object).into_iter().flatten();
        fields
            .filter_map(|(name, level)| Some((name.clone(), level.as_str()?.to_owned())))
            .collect()
    };
    let events = manifest
        .get("default_events")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Asked {
        permissions: texts(manifest.get("default_permissions")),
        events: events.filter_map(Value::as_str).map(str::to_owned).collect(),
    }
}

fn in_the_file() -> Map<String, Value> {
    serde_saphyr::from_str(FILE).expect("app-manifest.yml is a mapping, as a test sees")
}

fn fill_in(value: &mut Value, example: &str, public_url: &str) {
    match value {
        Value::String(text) => {
            if let Some(path) = text.strip_prefix(example) {
                *text = format!("{public_url}{path}");
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| fill_in(value, example, public_url)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|value| fill_in(value, example, public_url)),
        _ => {}
    }
}

/// The name of an organisation as somebody writes it, if it can be one.
pub fn organization(text: &str) -> Option<&str> {
    let name = text.trim();
    let name = name.strip_prefix('@').unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let fits = !name.is_empty() && name.len() <= NAME_CHARS_MAX && !name.starts_with('-') && !name.ends_with('-');
    (fits && name.chars().all(plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_are_filled_in() {
        let made = manifest("https://go.harbour.example", "http://127.0.0.1:4711/setup/return");
        let made: Map<String, Value> = serde_json::from_str(&made).unwrap();
        assert!(!made.values().any(|value| value.to_string().contains("example.com")));
        assert_eq!(made["url"], "https://go.harbour.example");
        assert_eq!(made["hook_attributes"]["url"], "https://go.harbour.example/webhook");
        assert_eq!(
            made["callback_urls"],
            serde_json::json!(["https://go.harbour.example/sign-in/callback"])
        );
        assert_eq!(made["redirect_url"], "http://127.0.0.1:4711/setup/return");
        let file = in_the_file();
        for (key, value) in &made {
            if !value.to_string().contains("http") {
                assert_eq!(Some(value), file.get(key), "{key}");
            }
        }
        assert_eq!(made.len(), file.len() + 1);
    }

    #[test]
    fn an_organisation_has_a_plain_name() {
        for (text, name) in [
            ("harbour", Some("harbour")),
            (" @Local-Orbit ", Some("Local-Orbit")),
            ("", None),
            ("@", None),
            ("-x", None),
            ("x-", None),
            ("a/b", None),
            ("a?b", None),
            ("häfen", None),
            ("a b", None),
            ("a%2Fb", None),
            ("..", None),
            ("an-organisation-whose-name-is-one-too-long", None),
        ] {
            assert_eq!(organization(text), name, "{text}");
        }
    }
}
