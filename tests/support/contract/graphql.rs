//! Judges a GraphQL exchange by GitHub's published schema: the operation, its variables, and the answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::graphql_query::{Field, Operation, read};
use super::graphql_types::{self, GraphqlInput, GraphqlType};
use super::{Contract, Exchange};

impl Contract {
    /// One sentence per fault.
    pub(super) fn graphql_faults(&self, exchange: &Exchange<'_>) -> Vec<String> {
        let nothing = Value::Null;
        let request = exchange.request_body.unwrap_or(&nothing);
        let Some(text) = request["query"].as_str() else {
            return vec!["request body: `query` is missing".to_owned()];
        };
        let operation = match read(text) {
            Ok(operation) => operation,
            Err(fault) => return vec![format!("query: {fault}")],
        };
        let mut faults = unlisted(request, &["query", "variables", "operationName"], "request body");
        faults.extend(self.operation_faults(&operation));
        faults.extend(self.variable_faults(&operation, &request["variables"]));
        faults.extend(self.answer_faults_of(&operation, exchange));
        faults
    }

    fn operation_faults(&self, operation: &Operation) -> Vec<String> {
        let declared: BTreeMap<&str, &str> = operation
            .variables
            .iter()
            .map(|(name, of)| (name.as_str(), of.as_str()))
            .collect();
        self.selection_faults(root(operation), &operation.selection, &declared)
    }

    fn selection_faults(&self, of: &str, selection: &[Field], declared: &BTreeMap<&str, &str>) -> Vec<String> {
        let Some(parent) = self.graphql_type(of) else {
            return vec![format!("query: GitHub has no type `{of}`")];
        };
        let mut faults = Vec::new();
        for field in selection.iter().filter(|field| field.name != "__typename") {
            let Some(known) = parent.fields.get(&field.name) else {
                faults.push(format!("query: Field '{}' doesn't exist on type '{of}'", field.name));
                continue;
            };
            faults.extend(argument_faults(field, &known.arguments, declared));
            let inner = named(&known.of);
            let is_leaf = self
                .graphql_type(inner)
                .is_some_and(|one| matches!(one.kind.as_str(), "SCALAR" | "ENUM"));
            match (is_leaf, field.selection.is_empty()) {
                (false, true) => faults.push(format!("query: `{}` needs a selection", field.name)),
                (true, false) => faults.push(format!("query: `{}` has nothing to select from", field.name)),
                (true, true) => {}
                (false, false) => faults.extend(self.selection_faults(inner, &field.selection, declared)),
            }
        }
        faults
    }

    fn variable_faults(&self, operation: &Operation, given: &Value) -> Vec<String> {
        let empty = Map::new();
        let values = given.as_object().unwrap_or(&empty);
        let known: Vec<&str> = operation.variables.iter().map(|(name, _)| name.as_str()).collect();
        let mut faults = unlisted(given, &known, "variables");
        for (name, of) in &operation.variables {
            let value = values.get(name).unwrap_or(&Value::Null);
            self.input_faults(of, value, &format!("variable ${name}"), &mut faults);
        }
        faults
    }

    fn input_faults(&self, of: &str, value: &Value, place: &str, faults: &mut Vec<String>) {
        if let Some(inner) = of.strip_suffix('!') {
            match value.is_null() {
                true => faults.push(format!("{place}: is required")),
                false => self.input_faults(inner, value, place, faults),
            }
        } else if value.is_null() {
        } else if let Some(inner) = of.strip_prefix('[').and_then(|of| of.strip_suffix(']')) {
            match value.as_array() {
                Some(items) => {
                    for (number, item) in items.iter().enumerate() {
                        self.input_faults(inner, item, &format!("{place}/{number}"), faults);
                    }
                }
                None => faults.push(format!("{place}: {value} is no list")),
            }
        } else {
            self.named_input_faults(of, value, place, faults);
        }
    }

    fn named_input_faults(&self, of: &str, value: &Value, place: &str, faults: &mut Vec<String>) {
        let Some(known) = self.graphql_type(of) else {
            return faults.push(format!("{place}: GitHub has no type `{of}`"));
        };
        match (known.kind.as_str(), value) {
            ("INPUT_OBJECT", Value::Object(members)) => {
                for name in members.keys().filter(|name| !known.inputs.contains_key(*name)) {
                    faults.push(format!("{place}: `{of}` has no field `{name}`"));
                }
                for (name, input) in &known.inputs {
                    let place = format!("{place}/{name}");
                    match members.get(name) {
                        None if input.is_required() => faults.push(format!("{place}: is required")),
                        None => {}
                        Some(value) => self.input_faults(&input.of, value, &place, faults),
                    }
                }
            }
            ("ENUM", Value::String(word)) if known.values.contains(word) => {}
            ("SCALAR", value) if fits(of, value) => {}
            _ => faults.push(format!("{place}: {value} is no {of}")),
        }
    }

    fn answer_faults_of(&self, operation: &Operation, exchange: &Exchange<'_>) -> Vec<String> {
        let nothing = Value::Null;
        let answer = exchange.response_body.unwrap_or(&nothing);
        match exchange.status {
            200 => {}
            401 | 403 | 429 if answer["message"].is_string() => return Vec::new(),
            500.. => return Vec::new(),
            status => return vec![format!("answer: GraphQL does not answer {status} with {answer}")],
        }
        let mut faults = unlisted(answer, &["data", "errors", "extensions"], "answer");
        let errors = answer["errors"].as_array();
        let has_message = |error: &Value| error["message"].is_string();
        if let Some(errors) = errors
            && (errors.is_empty() || !errors.iter().all(has_message))
        {
            faults.push("answer: errors, where there are any, have a message each".to_owned());
        }
        match (&answer["data"], errors) {
            (Value::Null, None) => faults.push("answer: neither data nor errors".to_owned()),
            (Value::Null, Some(_)) => {}
            (data, _) => self.data_faults(root(operation), &operation.selection, data, "data", &mut faults),
        }
        faults
    }

    /// Every selected field and no other, each of its type.
    fn data_faults(&self, of: &str, selection: &[Field], data: &Value, place: &str, faults: &mut Vec<String>) {
        let selected: Vec<&str> = selection.iter().map(|field| field.name.as_str()).collect();
        faults.extend(unlisted(data, &selected, place));
        let parent = self.graphql_type(of);
        for field in selection {
            let place = format!("{place}/{}", field.name);
            let known = parent.as_ref().and_then(|parent| parent.fields.get(&field.name));
            let type_of = known.map_or("String!", |known| known.of.as_str());
            match data.get(&field.name) {
                None => faults.push(format!("{place}: is missing")),
                Some(Value::Null) if type_of.ends_with('!') => faults.push(format!("{place}: is never null")),
                Some(Value::Null) => {}
                Some(value) if field.selection.is_empty() => {
                    if !fits(named(type_of), value) {
                        faults.push(format!("{place}: {value} is no {type_of}"));
                    }
                }
                Some(value) => self.data_faults(named(type_of), &field.selection, value, &place, faults),
            }
        }
    }

    fn graphql_type(&self, name: &str) -> Option<GraphqlType> {
        graphql_types::read(&self.folder, name)
    }
}

fn root(operation: &Operation) -> &'static str {
    match operation.kind.as_str() {
        "mutation" => "Mutation",
        _ => "Query",
    }
}

/// The type inside lists and exclamation marks.
fn named(of: &str) -> &str {
    of.trim_matches(['[', ']', '!'])
}

fn argument_faults(
    field: &Field,
    known: &BTreeMap<String, GraphqlInput>,
    declared: &BTreeMap<&str, &str>,
) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, variable) in &field.arguments {
        match (known.get(name), declared.get(variable.as_str())) {
            (None, _) => faults.push(format!("query: `{}` takes no argument `{name}`", field.name)),
            (_, None) => faults.push(format!("query: ${variable} is not declared")),
            (Some(wanted), Some(of)) if *of != wanted.of && of.trim_end_matches('!') != wanted.of => {
                faults.push(format!(
                    "query: ${variable} is declared as {of}, and `{name}` takes {}",
                    wanted.of
                ));
            }
            _ => {}
        }
    }
    let is_given = |name: &String| field.arguments.iter().any(|(given, _)| given == name);
    let missing = known
        .iter()
        .filter(|(name, input)| input.is_required() && !is_given(name));
    faults.extend(missing.map(|(name, _)| format!("query: `{}` needs the argument `{name}`", field.name)));
    faults
}

/// Whether a value could be one of this scalar. Of GitHub's own only those are known that we use.
fn fits(scalar: &str, value: &Value) -> bool {
    let is_oid = |text: &str| matches!(text.len(), 40 | 64) && text.bytes().all(|b| b.is_ascii_hexdigit());
    match scalar {
        "Boolean" => value.is_boolean(),
        "Int" => value.is_i64(),
        "ID" => value.is_string() || value.is_i64(),
        "GitObjectID" => value.as_str().is_some_and(is_oid),
        "GitRefname" => value.as_str().is_some_and(|name| name.starts_with("refs/")),
        _ => value.is_string(),
    }
}

fn unlisted(object: &Value, listed: &[&str], place: &str) -> Vec<String> {
    let members = object.as_object().into_iter().flatten();
    let unknown = members.filter(|(name, _)| !listed.contains(&name.as_str()));
    unknown
        .map(|(name, _)| format!("{place}: `{name}` does not belong there"))
        .collect()
}
