//! GraphQL, as far as two mutations go for which there is nothing like them in REST: `updateRefs` and `revertPullRequest`.
//!
//! A query of any other form is refused by name and remembered, as unknown requests over REST are. Answers keep to
//! GitHub's published schema: errors come with the status 200, and what failed is `null` in `data`.

use serde_json::{Value, json};

mod reverts;

use super::answer::Answer;
use super::call::Call;
use crate::sandbox::auth::{Caller, NOT_ACCESSIBLE};
use crate::sandbox::installations::Level::Write;
use crate::sandbox::payload::node_id;
use crate::sandbox::world::refs::RefUpdate;
use crate::sandbox::world::{RepoId, World};

/// Where the log says that a query went: no path below the REST API's root is called so.
pub(super) const PATH: &str = "/graphql";

/// GitHub counts GraphQL apart from REST, so an installation has a second budget for it.
pub(super) fn budget(of_rest: u64) -> u64 {
    of_rest | 1 << 62
}

/// Why a mutation did nothing.
struct Error {
    kind: &'static str,
    message: String,
}

pub(super) fn answer(world: &mut World, call: &Call) -> Answer {
    let body = call.body.clone().unwrap_or_default();
    let text = body["query"].as_str().unwrap_or_default();
    let Some((asked, kind)) = Mutation::read(text).and_then(|asked| Kind::of(&asked).map(|kind| (asked, kind))) else {
        world.log.add_unknown(format!("POST /graphql {text}"));
        let message = format!("the sandbox does not know the query {text:?}");
        return Answer::ok(json!({ "errors": [{ "message": message }] }));
    };
    let input = &body["variables"][asked.variable.as_str()];
    let faults = match kind {
        Kind::UpdateRefs => faults_of(input),
        Kind::RevertPullRequest => reverts::faults_of(input),
    };
    if let Some(fault) = faults.first() {
        let message = format!(
            "Variable ${} of type {}! was provided invalid value for {fault}",
            asked.variable, asked.input
        );
        return Answer::ok(json!({ "errors": [{ "message": message }] }));
    }
    let done = match kind {
        Kind::UpdateRefs => update(world, call, input).map(|()| json!({ "__typename": "UpdateRefsPayload" })),
        Kind::RevertPullRequest => reverts::revert(world, call, input),
    };
    match done {
        Ok(mut payload) => {
            payload["clientMutationId"] = input["clientMutationId"].clone();
            Answer::ok(json!({ "data": { asked.field.as_str(): selected(&payload, &asked.selection) } }))
        }
        Err(Error { kind, message }) => Answer::ok(json!({
            "data": { asked.field.as_str(): null },
            "errors": [{
                "type": kind, "path": [asked.field], "locations": [{ "line": 1, "column": 1 }], "message": message,
            }],
        })),
    }
}

/// Just what was selected of it.
fn selected(of: &Value, selection: &[Selected]) -> Value {
    let field = |one: &Selected| {
        let value = match one.inner.is_empty() {
            true => of[&one.name].clone(),
            false => selected(&of[&one.name], &one.inner),
        };
        (one.name.clone(), value)
    };
    Value::Object(selection.iter().map(field).collect())
}

fn update(world: &mut World, call: &Call, input: &Value) -> Result<(), Error> {
    let repository = input["repositoryId"].as_str().unwrap_or_default();
    let repo = accessible(world, call, repository)?;
    if !call.has("contents", Write) {
        return Err(Error {
            kind: "FORBIDDEN",
            message: NOT_ACCESSIBLE.to_owned(),
        });
    }
    let wishes = input["refUpdates"].as_array().cloned().unwrap_or_default();
    let updates = wishes.iter().map(ref_update).collect::<Result<Vec<_>, _>>()?;
    let bot = world.bot();
    world.update_refs(repo, &updates, bot).map_err(|refusal| Error {
        kind: "UNPROCESSABLE",
        message: refusal.message,
    })
}

/// What the caller may not see does not exist for it.
fn accessible(world: &World, call: &Call, repository: &str) -> Result<RepoId, Error> {
    let mut known = world.repos.keys().copied();
    let found = known.find(|id| node_id("R", *id) == repository);
    let caller: Option<&Caller> = call.caller.as_ref();
    let visible = found.filter(|id| caller.is_some_and(|caller| world.check_access(caller, *id, true).is_ok()));
    visible.ok_or_else(|| Error {
        kind: "NOT_FOUND",
        message: format!("Could not resolve to a node with the global id of '{repository}'"),
    })
}

fn ref_update(wish: &Value) -> Result<RefUpdate, Error> {
    let name = wish["name"].as_str().unwrap_or_default();
    let branch = name.strip_prefix("refs/heads/").ok_or_else(|| Error {
        kind: "UNPROCESSABLE",
        message: format!("the sandbox has branches only, so it cannot update {name:?}"),
    })?;
    Ok(RefUpdate {
        branch: branch.to_owned(),
        before: wish["beforeOid"].as_str().map(str::to_owned),
        after: wish["afterOid"].as_str().unwrap_or_default().to_owned(),
        force: wish["force"].as_bool().unwrap_or(false),
    })
}

/// Each field of the input that is unknown, missing or of another type, by its name.
fn faults_of(input: &Value) -> Vec<String> {
    let text = |value: &Value| value.is_string();
    let text_or_none = |value: &Value| value.is_string() || value.is_null();
    let mut faults = faults_among(
        input,
        &[
            ("repositoryId", &text),
            ("refUpdates", &Value::is_array),
            ("clientMutationId", &text_or_none),
        ],
    );
    let is_oid = |value: &Value| {
        value
            .as_str()
            .is_some_and(|id| matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let is_oid_or_none = |value: &Value| value.is_null() || is_oid(value);
    let flag_or_none = |value: &Value| value.is_boolean() || value.is_null();
    for update in input["refUpdates"].as_array().into_iter().flatten() {
        faults.extend(faults_among(
            update,
            &[
                ("name", &text),
                ("afterOid", &is_oid),
                ("beforeOid", &is_oid_or_none),
                ("force", &flag_or_none),
            ],
        ));
    }
    faults
}

type Fits<'a> = (&'a str, &'a dyn Fn(&Value) -> bool);

fn faults_among(object: &Value, fields: &[Fits<'_>]) -> Vec<String> {
    let Some(members) = object.as_object() else {
        return vec![object.to_string()];
    };
    let unknown = members
        .keys()
        .filter(|name| !fields.iter().any(|(known, _)| known == name));
    let unfit = fields.iter().filter(|(name, fits)| !fits(&object[*name]));
    let unfit = unfit.map(|(name, _)| (*name).to_owned());
    unknown.cloned().chain(unfit).collect()
}

/// `mutation Any($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`, with other names perhaps.
struct Mutation {
    field: String,
    /// The type of its input.
    input: String,
    variable: String,
    selection: Vec<Selected>,
}

/// A field that is to be in the answer.
struct Selected {
    name: String,
    inner: Vec<Selected>,
}

/// The mutations that the sandbox knows, each with what can be selected of its answer.
#[derive(Clone, Copy)]
enum Kind {
    UpdateRefs,
    RevertPullRequest,
}

impl Kind {
    fn of(asked: &Mutation) -> Option<Kind> {
        let (kind, known): (Kind, &[&str]) = match (asked.field.as_str(), asked.input.as_str()) {
            ("updateRefs", "UpdateRefsInput") => (Kind::UpdateRefs, &[]),
            ("revertPullRequest", "RevertPullRequestInput") => {
                (Kind::RevertPullRequest, &["pullRequest", "revertPullRequest"])
            }
            _ => return None,
        };
        let is_known = |one: &Selected| match one.inner.is_empty() {
            true => matches!(one.name.as_str(), "clientMutationId" | "__typename"),
            false => known.contains(&one.name.as_str()) && one.inner.iter().all(reverts::is_known),
        };
        asked.selection.iter().all(is_known).then_some(kind)
    }
}

impl Mutation {
    fn read(text: &str) -> Option<Mutation> {
        let words = words(text);
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        // The operation may have a name.
        if words.get(1).is_some_and(|word| *word != "(") {
            words.remove(1);
        }
        let [
            "mutation",
            "(",
            "$",
            variable,
            ":",
            input,
            "!",
            ")",
            "{",
            field,
            "(",
            "input",
            ":",
            "$",
            used,
            ")",
            "{",
            rest @ ..,
            "}",
        ] = words.as_slice()
        else {
            return None;
        };
        let (selection, left) = selection(rest)?;
        let is_right = variable == used && !selection.is_empty() && left.is_empty();
        is_right.then(|| Mutation {
            field: (*field).to_owned(),
            input: (*input).to_owned(),
            variable: (*variable).to_owned(),
            selection,
        })
    }
}

/// Fields up to the brace that closes them, and what follows it.
fn selection<'w, 't>(mut words: &'w [&'t str]) -> Option<(Vec<Selected>, &'w [&'t str])> {
    let mut fields: Vec<Selected> = Vec::new();
    loop {
        match words {
            ["}", left @ ..] => return Some((fields, left)),
            ["{", inside @ ..] => {
                let (inner, left) = selection(inside)?;
                fields.last_mut()?.inner = inner;
                words = left;
            }
            [name, left @ ..] => {
                let (name, inner) = ((*name).to_owned(), Vec::new());
                fields.push(Selected { name, inner });
                words = left;
            }
            [] => return None,
        }
    }
}

/// Names, and marks one by one. To GraphQL commas are blanks.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut in_name = false;
    for character in text.chars() {
        let is_name = character.is_ascii_alphanumeric() || character == '_';
        match words.last_mut() {
            Some(word) if is_name && in_name => word.push(character),
            _ if character.is_whitespace() || character == ',' => {}
            _ => words.push(character.to_string()),
        }
        in_name = is_name;
    }
    words
}
