//! YAML as far as a configuration needs it: texts, lists and keys, each with its place, under a tight budget.
//!
//! Anything else of YAML is refused rather than understood: aliases, merge keys, tags, several documents.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Location, Spanned};

use super::mistake::{Expected, FileOf, Found, Mistake};

/// A long file has 4 KB; a bomb needs room.
pub const FILE_BYTES_MAX: usize = 64 * 1024;
/// `environments[1].deployed_when.checks[0]` is five deep.
const DEPTH_MAX: usize = 8;
/// 20 environments with 20 keys and lists of names are well below.
const THINGS_MAX: usize = 10_000;

/// Where something stands, counted from 1, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub line: u64,
    pub column: u64,
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        Self {
            line: location.line(),
            column: location.column(),
        }
    }
}

pub(super) struct Node {
    pub place: Place,
    pub value: Value,
}

pub(super) enum Value {
    Nothing,
    Text(String),
    /// A number or a truth value, which is never what we want: `1.10` would lose its zero.
    Other(String),
    List(Vec<Node>),
    /// In the order of the file; a key that stands twice is here twice.
    Keys(Vec<(String, Place, Node)>),
}

impl Value {
    pub(super) fn found(&self) -> Found {
        match self {
            Self::Nothing => Found::Nothing,
            Self::Text(text) | Self::Other(text) => Found::Text(text.clone()),
            Self::List(_) => Found::List,
            Self::Keys(_) => Found::Keys,
        }
    }
}

/// Where the keys of a file stand, for what is only found out later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Places(BTreeMap<String, Place>);

impl Places {
    pub(super) fn note(&mut self, path: &str, place: Place) {
        self.0.insert(path.to_owned(), place);
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }

    /// The place of the key itself, or of the nearest one above it that is written.
    pub(super) fn of(&self, path: &str) -> Place {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return *place;
            }
            let Some(end) = path.rfind(['.', '[']) else {
                return Place::default();
            };
            path = &path[..end];
        }
    }

    pub(super) fn mistake(&self, path: &str, found: Found, expected: Expected) -> Mistake {
        let Place { line, column } = self.of(path);
        Mistake {
            line,
            column,
            path: path.to_owned(),
            found,
            expected,
            nearest: None,
            file: FileOf::Repository,
        }
    }
}

/// # Errors
/// The one thing that keeps the text from being read at all.
pub(super) fn parse(text: &str) -> Result<Node, Vec<Mistake>> {
    if text.len() > FILE_BYTES_MAX {
        let expected = Expected::SmallerFile {
            bytes_max: FILE_BYTES_MAX,
        };
        return Err(vec![Places::default().mistake("", Found::Nothing, expected)]);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX,
            max_nodes: THINGS_MAX,
            max_events: 2 * THINGS_MAX,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
        // Told for each one by whoever reads the keys.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::AsOrdinary,
        // `acceptance: off` is a word.
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options::<Spanned<Value>>(text, options)
        .map(Node::from)
        .map_err(|error| vec![unreadable(text, &error)])
}

fn unreadable(text: &str, error: &Error) -> Mistake {
    let place = error.location().map(Place::from).unwrap_or_default();
    let line = usize::try_from(place.line)
        .ok()
        .and_then(|line| text.lines().nth(line.checked_sub(1)?));
    let rest: String = line
        .unwrap_or_default()
        .chars()
        .skip(usize::try_from(place.column.saturating_sub(1)).unwrap_or(usize::MAX))
        .collect();
    let expected = match error {
        Error::MultipleDocuments { .. } => Expected::OneDocument,
        Error::UnknownAnchor { .. } => Expected::NoAliases,
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::Documents { .. } => Expected::OneDocument,
            BudgetBreach::Aliases { .. } | BudgetBreach::Anchors { .. } => Expected::NoAliases,
            _ => Expected::FewerOrFlatter,
        },
        _ if rest.starts_with(['@', '`', '%', '*', '&', '!']) => Expected::QuotedText,
        _ => Expected::Yaml,
    };
    let found = if rest.trim().is_empty() {
        Found::Nothing
    } else {
        Found::Text(rest)
    };
    Mistake {
        line: place.line,
        column: place.column,
        path: String::new(),
        found,
        expected,
        nearest: None,
        file: FileOf::Repository,
    }
}

impl From<Spanned<Value>> for Node {
    fn from(spanned: Spanned<Value>) -> Self {
        Self {
            place: spanned.referenced.into(),
            value: spanned.value,
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text, a list or keys")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Other(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Other(number.to_string()))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Other(number.to_string()))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Other(number.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut nodes = Vec::new();
        while let Some(node) = list.next_element::<Spanned<Value>>()? {
            nodes.push(node.into());
        }
        Ok(Value::List(nodes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut keys = Vec::new();
        while let Some((key, node)) = map.next_entry::<Spanned<String>, Spanned<Value>>()? {
            keys.push((key.value, key.referenced.into(), node.into()));
        }
        Ok(Value::Keys(keys))
    }
}
