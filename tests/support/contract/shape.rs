//! One schema, compiled, and what is wrong with a value by it.
//!
//! A JSON Schema lets unknown fields pass unless told otherwise, and GitHub's never tells. But a field that GitHub does
//! not list is how a sandbox starts to flatter its client, and how a misspelt parameter goes unnoticed; so those are
//! found by a walk of their own, over all fields that any alternative of the schema lists.

use std::collections::BTreeMap;
use std::path::Path;

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::{Map, Value, json};

use super::reduced::schema_file;
use super::{ContractError, read_json};

pub struct Shape {
    /// The schema, with all that it refers to under `$defs`.
    document: Value,
    validator: Validator,
}

/// Longer values are cut in a fault: whole objects would bury the sentence. In characters.
const QUOTED_MAX: usize = 160;

/// References to follow in a row before giving up; GitHub's deepest is a handful.
const REFERENCES_MAX: usize = 32;

impl Shape {
    /// Compiles `schema`; what it refers to as `#/$defs/NAME` is read from `definitions`, one file per name.
    pub fn compile(schema: &Value, definitions: &Path) -> Result<Shape, ContractError> {
        let mut found: Map<String, Value> = Map::new();
        let mut wanted = references(schema);
        while let Some(name) = wanted.pop() {
            if !found.contains_key(&name) {
                let definition: Value = read_json(&schema_file(definitions, &name))?;
                wanted.extend(references(&definition));
                found.insert(name, definition);
            }
        }
        let document = json!({ "allOf": [schema], "$defs": found });
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .build(&document)
            .map_err(|error| ContractError::Inexpressible(error.to_string()))?;
        Ok(Shape { document, validator })
    }

    /// One sentence per fault of `value`, each beginning with the JSON pointer of the place (nothing for the whole); none for a fitting value.
    pub fn faults(&self, value: &Value) -> Vec<String> {
        let mut faults: Vec<String> = self
            .validator
            .iter_errors(value)
            .flat_map(|error| explained(&error))
            .collect();
        self.unlisted(&[&self.document], value, "", &mut faults);
        faults
    }

    fn unlisted(&self, schemas: &[&Value], value: &Value, place: &str, faults: &mut Vec<String>) {
        let parts: Vec<&Value> = schemas
            .iter()
            .flat_map(|schema| self.parts(schema, REFERENCES_MAX))
            .collect();
        match value {
            Value::Object(fields) => {
                let listed = listed_fields(&parts);
                let open = listed.is_empty() || parts.iter().any(|part| is_map(part));
                for (name, value) in fields {
                    match listed.get(name) {
                        Some(schemas) => self.unlisted(schemas, value, &format!("{place}/{name}"), faults),
                        None if open => {}
                        None => faults.push(format!("{place}/{name} is not a field that GitHub lists here")),
                    }
                }
            }
            Value::Array(values) => {
                let items: Vec<&Value> = parts.iter().filter_map(|part| part.get("items")).collect();
                for (number, value) in values.iter().enumerate() {
                    self.unlisted(&items, value, &format!("{place}/{number}"), faults);
                }
            }
            _ => {}
        }
    }

    /// The schema and all its alternatives, references followed, as one flat list.
    fn parts<'a>(&'a self, schema: &'a Value, references_left: usize) -> Vec<&'a Value> {
        assert!(
            references_left > 0,
            "a schema refers to itself without end: {schema:.200}"
        );
        let referred = schema["$ref"]
            .as_str()
            .and_then(|path| self.document.pointer(path.trim_start_matches('#')));
        let alternatives = ["allOf", "anyOf"]
            .into_iter()
            .filter_map(|keyword| schema[keyword].as_array())
            .flatten();
        let below = referred
            .into_iter()
            .chain(alternatives)
            .flat_map(|part| self.parts(part, references_left - 1));
        std::iter::once(schema).chain(below).collect()
    }
}

fn listed_fields<'a>(parts: &[&'a Value]) -> BTreeMap<&'a String, Vec<&'a Value>> {
    let mut listed: BTreeMap<&String, Vec<&Value>> = BTreeMap::new();
    for (name, schema) in parts.iter().filter_map(|part| part["properties"].as_object()).flatten() {
        listed.entry(name).or_default().push(schema);
    }
    listed
}

/// A schema that takes any field by design, like the labels of a deployment's payload. `additionalProperties: true` beside
/// listed fields is no such thing: GitHub writes it into alternatives that list only the fields in which they differ.
fn is_map(part: &Value) -> bool {
    let lists = part["properties"].as_object().is_some_and(|listed| !listed.is_empty());
    match part.get("additionalProperties") {
        Some(Value::Bool(any)) => *any && !lists,
        Some(_) => true,
        None => false,
    }
}

/// Says what is wrong, not merely that no alternative fits: of the alternatives, the one that got furthest.
fn explained(error: &ValidationError<'_>) -> Vec<String> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) = error.kind() else {
        return vec![told(error)];
    };
    let wrong_kind_at_once = |alternative: &&Vec<ValidationError<'_>>| {
        alternative.iter().any(|below| {
            matches!(below.kind(), ValidationErrorKind::Type { .. }) && below.instance_path() == error.instance_path()
        })
    };
    let closest = context
        .iter()
        .filter(|alternative| !wrong_kind_at_once(alternative))
        .min_by_key(|alternative| alternative.len());
    match closest {
        Some(alternative) => alternative.iter().flat_map(explained).collect(),
        None => vec![told(error)],
    }
}

fn told(error: &ValidationError<'_>) -> String {
    format!("{} {}", error.instance_path(), shortened(&error.to_string()))
        .trim_start()
        .to_owned()
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= QUOTED_MAX * 2 {
        return text.to_owned();
    }
    let (start, end): (String, String) = (
        text.chars().take(QUOTED_MAX).collect(),
        text.chars().skip(count - QUOTED_MAX).collect(),
    );
    format!("{start} ... {end}")
}

fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(keywords) => {
            let own = keywords
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|path| path.strip_prefix("#/$defs/"));
            own.map(str::to_owned)
                .into_iter()
                .chain(keywords.values().flat_map(references))
                .collect()
        }
        Value::Array(values) => values.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}
