//! GitHub's GraphQL types: one small file each, cut from the published schema, which has 5 MB.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::openapi::elements;
use super::reduced::{schema_file, write_json};
use super::{ContractError, read_json};

const TYPES: &str = "graphql-types";

/// What a type has, by name; each with its own type as GraphQL writes it: `[RefUpdate!]!`.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct GraphqlType {
    /// `SCALAR`, `ENUM`, `OBJECT`, `INPUT_OBJECT`, `INTERFACE` or `UNION`.
    pub kind: String,
    pub fields: BTreeMap<String, GraphqlField>,
    /// Of an `INPUT_OBJECT`.
    pub inputs: BTreeMap<String, GraphqlInput>,
    /// Of an `ENUM`.
    pub values: Vec<String>,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct GraphqlField {
    pub of: String,
    pub arguments: BTreeMap<String, GraphqlInput>,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct GraphqlInput {
    pub of: String,
    pub has_default: bool,
}

impl GraphqlInput {
    pub fn is_required(&self) -> bool {
        self.of.ends_with('!') && !self.has_default
    }
}

/// The type of this name; `None` where GitHub has none.
pub fn read(folder: &Path, name: &str) -> Option<GraphqlType> {
    read_json(&schema_file(&folder.join(TYPES), name)).ok()
}

/// Writes every type into a file of its own.
pub fn write(schema: &Path, into: &Path) -> Result<(), ContractError> {
    let document: Value = read_json(schema)?;
    let types = &document["__schema"]["types"];
    let known = ["Query", "Mutation", "ID", "String"];
    if !known.iter().all(|name| elements(types).any(|one| one["name"] == *name)) {
        return Err(ContractError::Inexpressible("the GraphQL schema".to_owned()));
    }
    elements(types).try_for_each(|one| {
        let name = one["name"].as_str().unwrap_or_default();
        write_json(&schema_file(&into.join(TYPES), name), &reduced(one))
    })
}

fn reduced(one: &Value) -> GraphqlType {
    let field = |field: &Value| {
        let read = GraphqlField {
            of: spelled(&field["type"]),
            arguments: inputs(&field["args"]),
        };
        (text(&field["name"]), read)
    };
    GraphqlType {
        kind: text(&one["kind"]),
        fields: elements(&one["fields"]).map(field).collect(),
        inputs: inputs(&one["inputFields"]),
        values: elements(&one["enumValues"]).map(|value| text(&value["name"])).collect(),
    }
}

fn inputs(all: &Value) -> BTreeMap<String, GraphqlInput> {
    let input = |one: &Value| {
        let read = GraphqlInput {
            of: spelled(&one["type"]),
            has_default: !one["defaultValue"].is_null(),
        };
        (text(&one["name"]), read)
    };
    elements(all).map(input).collect()
}

fn spelled(of: &Value) -> String {
    match of["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", spelled(&of["ofType"])),
        Some("LIST") => format!("[{}]", spelled(&of["ofType"])),
        _ => text(&of["name"]),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
