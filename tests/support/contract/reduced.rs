//! Cuts the published documents into small files, and reads them back.
//!
//! The REST description alone is 13 MB, too much to parse in every test process. So it is cut once: one file per
//! operation, one per named schema, one list of routes. A test then reads only what its exchanges touch.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use serde_json::value::RawValue;

use super::openapi::{elements, json_schema, members};
use super::{ContractError, read_json};

/// Folders with one file per named schema.
pub const REST_SCHEMAS: &str = "rest-schemas";
pub const WEBHOOK_SCHEMAS: &str = "webhook-schemas";
const OPERATIONS: &str = "operations";
const EXAMPLES: &str = "examples";
const ROUTES_FILE: &str = "routes.json";
const EVENTS_FILE: &str = "events.json";

/// Where an operation is: `{+name}` in the template stands for one or more segments, `{name}` for exactly one.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct ReducedRoute {
    pub method: String,
    pub template: String,
    pub operation: String,
}

/// What an operation takes and answers. Schemas refer to `#/$defs/NAME`, a file of [`REST_SCHEMAS`].
#[derive(serde::Serialize, serde::Deserialize)]
pub struct ReducedOperation {
    pub parameters: Vec<ReducedParameter>,
    pub request: Option<ReducedRequest>,
    /// By status; `None` where GitHub answers without a JSON body.
    pub responses: HashMap<u16, Option<Value>>,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct ReducedParameter {
    pub name: String,
    /// `path` or `query`.
    pub place: String,
    pub required: bool,
    pub schema: Value,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub struct ReducedRequest {
    pub required: bool,
    pub schema: Value,
}

/// The payload's schema for one action of an event; an event without actions has one, for `None`.
#[derive(serde::Serialize, serde::Deserialize)]
pub struct EventSchema {
    pub action: Option<String>,
    /// The name of a file of [`WEBHOOK_SCHEMAS`].
    pub schema: String,
    /// What an App needs to subscribe, as (permission, level).
    pub permission: Option<(String, String)>,
}

pub fn read_routes(folder: &Path) -> Result<Vec<ReducedRoute>, ContractError> {
    read_json(&folder.join(ROUTES_FILE))
}

pub fn read_events(folder: &Path) -> Result<HashMap<String, Vec<EventSchema>>, ContractError> {
    read_json(&folder.join(EVENTS_FILE))
}

pub fn read_operation(folder: &Path, operation: &str) -> Result<ReducedOperation, ContractError> {
    read_json(&schema_file(&folder.join(OPERATIONS), operation))
}

/// The file of one schema or operation; a slash in its name (`pulls/get`) would make a folder.
pub fn schema_file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{}.json", name.replace('/', ".")))
}

/// The examples in the order of their file names, which is the package's order within an event.
pub fn read_examples(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, ContractError> {
    let folder = folder.join(EXAMPLES);
    let file_error = |source| ContractError::File {
        path: folder.clone(),
        source,
    };
    let entries = fs::read_dir(&folder)
        .map_err(file_error)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(file_error)?;
    let mut names: Vec<String> = entries
        .iter()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    let example = |name: String| {
        let event = name
            .split_once('.')
            .map_or(name.as_str(), |(event, _)| event)
            .to_owned();
        Ok((event, fs::read(folder.join(name)).map_err(file_error)?))
    };
    names.into_iter().map(example).collect()
}

/// Writes the reduced form of the three documents into the folder `into`.
pub fn write(rest: &Path, webhooks: &Path, examples: &Path, into: &Path) -> Result<(), ContractError> {
    write_rest(&read_json(rest)?, into)?;
    write_webhooks(&read_json(webhooks)?, into)?;
    write_examples(&read_json::<Vec<EventExamples>>(examples)?, &into.join(EXAMPLES))
}

fn write_rest(document: &Value, into: &Path) -> Result<(), ContractError> {
    write_schemas(document, &into.join(REST_SCHEMAS))?;
    let mut routes = Vec::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(item) {
            let id = text(&operation["operationId"]);
            let parameters: Vec<&Value> = elements(&operation["parameters"])
                .map(|one| resolve(document, one))
                .collect();
            let template = with_marked_segments(path, &parameters)?;
            write_json(
                &schema_file(&into.join(OPERATIONS), &id),
                &reduced_operation(document, operation, &parameters)?,
            )?;
            routes.push(ReducedRoute {
                method: method.to_uppercase(),
                template,
                operation: id,
            });
        }
    }
    write_json(&into.join(ROUTES_FILE), &routes)
}

fn reduced_operation(
    document: &Value,
    operation: &Value,
    parameters: &[&Value],
) -> Result<ReducedOperation, ContractError> {
    let parameter = |one: &&Value| {
        let required = one["required"] == true;
        Ok(ReducedParameter {
            name: text(&one["name"]),
            place: text(&one["in"]),
            required,
            schema: json_schema(&one["schema"])?,
        })
    };
    let request = match json_content(&operation["requestBody"]) {
        Some(schema) => Some(ReducedRequest {
            required: operation["requestBody"]["required"] == true,
            schema: json_schema(schema)?,
        }),
        None => None,
    };
    let response = |(status, response): (&String, &Value)| {
        let schema = json_content(resolve(document, response)).map(json_schema).transpose()?;
        let status = status
            .parse()
            .map_err(|_| ContractError::Inexpressible(format!("the status `{status}`")))?;
        Ok((status, schema))
    };
    Ok(ReducedOperation {
        parameters: parameters.iter().map(parameter).collect::<Result<_, _>>()?,
        request,
        responses: members(&operation["responses"])
            .map(response)
            .collect::<Result<_, _>>()?,
    })
}

/// GitHub marks the path parameters in which a slash may stand as it is (`git/ref/heads/main`) with `x-multi-segment`.
fn with_marked_segments(path: &str, parameters: &[&Value]) -> Result<String, ContractError> {
    let mut segments = Vec::new();
    for segment in path.split('/') {
        let Some(name) = segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
            if segment.contains('{') {
                return Err(ContractError::Inexpressible(format!("the path {path}")));
            }
            segments.push(segment.to_owned());
            continue;
        };
        let many = parameters
            .iter()
            .any(|one| one["in"] == "path" && one["name"] == name && one["x-multi-segment"] == true);
        segments.push(if many {
            format!("{{+{name}}}")
        } else {
            segment.to_owned()
        });
    }
    Ok(segments.join("/"))
}

fn write_webhooks(document: &Value, into: &Path) -> Result<(), ContractError> {
    write_schemas(document, &into.join(WEBHOOK_SCHEMAS))?;
    let mut events: HashMap<String, Vec<EventSchema>> = HashMap::new();
    for (_, item) in members(&document["webhooks"]) {
        let webhook = &item["post"];
        // `issue-comment/created`, or `push` where there is no action. `repository-dispatch/sample.collected` is only an
        // example of an action: its sender chooses the name.
        let id = text(&webhook["operationId"]);
        let action = id
            .split_once('/')
            .map(|(_, action)| action.replace('-', "_"))
            .filter(|action| !action.contains('.'));
        let schema = text(&json_content(&webhook["requestBody"]).unwrap_or(&Value::Null)["$ref"]);
        let schema = schema.rsplit('/').next().unwrap_or_default().to_owned();
        let permission = permission_in(&format!(
            "{} {}",
            text(&webhook["summary"]),
            text(&webhook["description"])
        ));
        // A few of GitHub's own entries spell the event with dashes (`sub-issues`); the header never does.
        let event = text(&webhook["x-github"]["subcategory"]).replace('-', "_");
        events.entry(event).or_default().push(EventSchema {
            action,
            schema,
            permission,
        });
    }
    write_json(&into.join(EVENTS_FILE), &events)
}

/// Reads `... must have at least read-level access for the "Commit statuses" repository permission` as the App manifest
/// spells it: `("statuses", "read")`.
fn permission_in(prose: &str) -> Option<(String, String)> {
    let (_, rest) = prose.split_once("must have at least ")?;
    let (level, rest) = rest.split_once("-level access for the \"")?;
    let (name, _) = rest.split_once('"')?;
    let permission = match name {
        "Commit statuses" => "statuses".to_owned(),
        other => other.to_lowercase().replace(' ', "_"),
    };
    Some((permission, level.to_owned()))
}

#[derive(serde::Deserialize)]
struct EventExamples {
    name: String,
    /// Kept as they stand, white space and all: what we sign and parse should be GitHub's bytes.
    examples: Vec<Box<RawValue>>,
}

fn write_examples(events: &[EventExamples], into: &Path) -> Result<(), ContractError> {
    for event in events {
        for (number, example) in event.examples.iter().enumerate() {
            write_bytes(
                &into.join(format!("{}.{number:03}.json", event.name)),
                example.get().as_bytes(),
            )?;
        }
    }
    Ok(())
}

fn write_schemas(document: &Value, into: &Path) -> Result<(), ContractError> {
    members(&document["components"]["schemas"])
        .try_for_each(|(name, schema)| write_json(&schema_file(into, name), &json_schema(schema)?))
}

/// The schema of the JSON body, `None` where there is no body or it is something else (a diff, an archive).
fn json_content(body: &Value) -> Option<&Value> {
    body.get("content")?.get("application/json")?.get("schema")
}

/// Follows a reference to a shared parameter or response of the document.
fn resolve<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"]
        .as_str()
        .and_then(|path| document.pointer(path.trim_start_matches('#')));
    target.unwrap_or(value)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

pub(super) fn write_json(path: &Path, value: &impl serde::Serialize) -> Result<(), ContractError> {
    let bytes = serde_json::to_vec(value).map_err(|source| ContractError::Json {
        path: path.to_owned(),
        source,
    })?;
    write_bytes(path, &bytes)
}

fn write_bytes(path: &Path, bytes: &[u8]) -> Result<(), ContractError> {
    let write = || fs::create_dir_all(path.parent().unwrap_or(path)).and_then(|()| fs::write(path, bytes));
    write().map_err(|source| ContractError::File {
        path: path.to_owned(),
        source,
    })
}
