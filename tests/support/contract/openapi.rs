//! Turns GitHub's schemas, which are written in OpenAPI's dialects, into JSON Schema 2020-12.
//!
//! OpenAPI 3.0 spells "or null" in its own way (`nullable: true`), refers to schemas by another path, and carries prose
//! and examples that no validator needs. What cannot be turned is an error, never a schema that lets everything pass.

use serde_json::{Map, Value, json};

use super::ContractError;

/// Turns an OpenAPI schema, 3.0 or 3.1, into JSON Schema 2020-12.
pub fn json_schema(schema: &Value) -> Result<Value, ContractError> {
    let Value::Object(keywords) = schema else {
        return Ok(schema.clone()); // `true` and `false` are schemas too
    };
    let mut turned = Map::new();
    for (keyword, value) in keywords.iter().filter(|(keyword, value)| judges(keyword, value)) {
        let (keyword, value) = match keyword.as_str() {
            "properties" => (keyword.as_str(), each_member(value)?),
            "items" | "additionalProperties" | "not" => (keyword.as_str(), json_schema(value)?),
            "allOf" | "anyOf" => (keyword.as_str(), each_element(value)?),
            // GitHub's alternatives overlap (a private user has all that a public user has), so "exactly one" would
            // refuse GitHub's own examples.
            "oneOf" if !keywords.contains_key("anyOf") => ("anyOf", each_element(value)?),
            "$ref" => (keyword.as_str(), Value::String(local_reference(value)?)),
            "type" | "enum" | "required" | "format" | "pattern" | "minimum" | "maximum" | "minLength" | "maxLength"
            | "minItems" | "maxItems" | "uniqueItems" | "minProperties" | "maxProperties" => {
                (keyword.as_str(), value.clone())
            }
            _ => return Err(inexpressible(keyword, schema)),
        };
        turned.insert(keyword.to_owned(), value);
    }
    Ok(if keywords.get("nullable") == Some(&Value::Bool(true)) {
        or_null(turned)
    } else {
        Value::Object(turned)
    })
}

/// The keywords that speak to people only.
const PROSE: [&str; 9] = [
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "readOnly",
    "writeOnly",
    "externalDocs",
];

/// Whether a keyword can refuse a value. Of the formats only instants do here: what GitHub calls an address is now and
/// then a template or an empty string.
fn judges(keyword: &str, value: &Value) -> bool {
    let elsewhere = matches!(keyword, "nullable" | "discriminator");
    let prose = PROSE.contains(&keyword) || keyword.starts_with("x-");
    !elsewhere && !prose && (keyword != "format" || value == "date-time")
}

fn or_null(mut schema: Map<String, Value>) -> Value {
    if ["$ref", "anyOf", "allOf"]
        .iter()
        .any(|composed| schema.contains_key(*composed))
    {
        return json!({ "anyOf": [schema, { "type": "null" }] });
    }
    if let Some(kind) = schema.remove("type") {
        schema.insert("type".to_owned(), json!([kind, "null"]));
    }
    if let Some(Value::Array(allowed)) = schema.get_mut("enum") {
        allowed.push(Value::Null);
    }
    Value::Object(schema)
}

fn each_member(schemas: &Value) -> Result<Value, ContractError> {
    members(schemas)
        .map(|(name, schema)| Ok((name.clone(), json_schema(schema)?)))
        .collect::<Result<Map<_, _>, _>>()
        .map(Value::Object)
}

fn each_element(schemas: &Value) -> Result<Value, ContractError> {
    elements(schemas)
        .map(json_schema)
        .collect::<Result<Vec<_>, _>>()
        .map(Value::Array)
}

fn local_reference(reference: &Value) -> Result<String, ContractError> {
    let name = reference
        .as_str()
        .and_then(|path| path.strip_prefix("#/components/schemas/"));
    name.map(|name| format!("#/$defs/{name}"))
        .ok_or_else(|| inexpressible("$ref", reference))
}

fn inexpressible(what: &str, schema: &Value) -> ContractError {
    ContractError::Inexpressible(format!("{what} in {schema:.200}"))
}

pub fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
