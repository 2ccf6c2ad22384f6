//! What has to be known of a payload to keep it: whose it is. Everything else is read later, by the rules.
//!
//! Tolerant on purpose: a field that is missing or of another type than GitHub documents is taken for absent.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::rules::id::{InstallationId, RepoId, RepoName};
use crate::store::Readable;

/// serde_json refuses what is nested deeper, and what it skips it does not count; so it is counted here.
const DEPTH_MAX: usize = 127;

/// A payload's outermost facts.
#[derive(Debug, PartialEq)]
pub struct Envelope {
    pub action: Option<String>,
    pub repo: Option<RepoId>,
    pub name: Option<RepoName>,
    pub installation: Option<InstallationId>,
    /// Whether the payload says that a bot did it.
    pub by_bot: bool,
    pub readable: Readable,
}

#[derive(Deserialize)]
struct Outermost<'a> {
    #[serde(borrow, default)]
    action: Option<&'a RawValue>,
    #[serde(borrow, default)]
    repository: Option<&'a RawValue>,
    #[serde(borrow, default)]
    installation: Option<&'a RawValue>,
    #[serde(borrow, default)]
    sender: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Numbered {
    id: i64,
}

#[derive(Deserialize)]
struct Sender {
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Named {
    full_name: String,
}

impl Envelope {
    /// Reads a payload. It never fails: what cannot be read is [`Readable::No`].
    pub fn read(body: &[u8]) -> Self {
        match outermost(body) {
            Ok(outermost) => Self {
                action: field(outermost.action),
                repo: number(outermost.repository).map(RepoId),
                name: object(outermost.repository).and_then(|named: Named| RepoName::parse(&named.full_name)),
                installation: number(outermost.installation).map(InstallationId),
                by_bot: object(outermost.sender).is_some_and(|sender: Sender| sender.kind == "Bot"),
                readable: Readable::Yes,
            },
            Err(why) => Self {
                action: None,
                repo: None,
                name: None,
                installation: None,
                by_bot: false,
                readable: Readable::No(why),
            },
        }
    }
}

fn outermost(body: &[u8]) -> Result<Outermost<'_>, &'static str> {
    let text = std::str::from_utf8(body).map_err(|_| "the payload is not UTF-8")?;
    if depth(body) > DEPTH_MAX {
        return Err("the payload is nested too deeply");
    }
    if !is_object(text) {
        return Err("the payload is not a JSON object");
    }
    serde_json::from_str(text).map_err(|_| "the payload is not JSON")
}

/// serde would take an array for a struct, too.
fn is_object(json: &str) -> bool {
    json.trim_ascii_start().starts_with('{')
}

fn field<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

fn object<T: DeserializeOwned>(raw: Option<&RawValue>) -> Option<T> {
    field(raw.filter(|raw| is_object(raw.get())))
}

/// GitHub's ids are positive; 0 would be taken for the App itself.
fn number(raw: Option<&RawValue>) -> Option<i64> {
    object(raw).map(|numbered: Numbered| numbered.id).filter(|id| *id > 0)
}

/// How deeply arrays and objects are nested.
fn depth(json: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for &byte in json {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_says_whose_it_is() {
        let body =
            br#"{"action":"created","repository":{"id":5000000000,"full_name":"o/r","x":[]},"installation":{"id":7},"sender":{"type":"Bot"}}"#;
        let envelope = Envelope::read(body);
        assert_eq!(envelope.action.as_deref(), Some("created"));
        assert_eq!(
            (envelope.repo, envelope.installation),
            (Some(RepoId(5_000_000_000)), Some(InstallationId(7)))
        );
        assert_eq!(envelope.name, RepoName::parse("o/r"));
        assert_eq!((envelope.by_bot, envelope.readable), (true, Readable::Yes));
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_absent() {
        for body in [
            r#"{}"#,
            r#" {"action":null,"repository":null,"installation":null}"#,
            r#"{"action":7,"repository":"o/r","installation":[1]}"#,
            r#"{"repository":{"id":"5","full_name":7},"installation":{"id":1.5}}"#,
            r#"{"repository":{"id":0,"full_name":"o/r/s"},"installation":{"id":-1}}"#,
        ] {
            let envelope = Envelope::read(body.as_bytes());
            let absent = Envelope {
                action: None,
                repo: None,
                name: None,
                installation: None,
                by_bot: false,
                readable: Readable::Yes,
            };
            assert_eq!(envelope, absent, "{body}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(127), "]".repeat(127));
        for (body, why) in [
            (&b""[..], "the payload is not a JSON object"),
            (b"[1]", "the payload is not a JSON object"),
            (b"payload=%7B%7D", "the payload is not a JSON object"),
            (b"{\"action\":", "the payload is not JSON"),
            (b"{} {}", "the payload is not JSON"),
            (b"{\"a\":\"\xff\"}", "the payload is not UTF-8"),
            (deep.as_bytes(), "the payload is nested too deeply"),
        ] {
            assert_eq!(
                Envelope::read(body).readable,
                Readable::No(why),
                "{}",
                body.escape_ascii()
            );
        }
    }

    proptest::proptest! {
        /// Who reads the payload later with serde_json must not find it too deep.
        #[test]
        fn too_deep_is_what_serde_json_calls_too_deep(
            before in 0_usize..4, open in 120_usize..136, text in "\\PC{0,8}", in_object: bool,
        ) {
            let text = serde_json::to_string(&text).unwrap();
            let (left, right) = if in_object { ("{\"k\":", "}") } else { ("[", "]") };
            let sibling = format!("\"s\":{}{}", "[".repeat(before), "]".repeat(before).replacen(']', "1]", 1));
            let sibling = if before == 0 { "\"s\":0".to_owned() } else { sibling };
            let body = format!("{{{sibling},\"a\":{}{text}{}}}", left.repeat(open), right.repeat(open));
            let readable = Envelope::read(body.as_bytes()).readable == Readable::Yes;
            proptest::prop_assert_eq!(readable, serde_json::from_str::<serde_json::Value>(&body).is_ok());
        }
    }
}
