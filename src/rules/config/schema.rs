//! The configuration as a JSON Schema, for editors: keys, words and shapes, so that a slip shows while it is typed.
//!
//! Written by hand, because no type of ours is what the file looks like: `read` takes the file apart itself, so that each
//! mistake has a place and a nearest right form, and a schema derived from [`super::Config`] would describe something else.
//! Tests hold the two together: what `parse` takes, the schema takes, and the keys are the same.
//!
//! A schema cannot see what compares two places (a name or branch that stands twice, mainline), which time zones there are,
//! or which gates this version cannot hold yet; `greenlight check` says all of that.

use serde_json::{Value, json};

use super::name::ENVIRONMENT_NAME_CHARS_MAX;
use super::read::ENVIRONMENTS_MAX;

/// Draft 7, which every editor understands.
pub fn schema() -> Value {
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Greenlight: .github/greenlight.yml",
        "description": "What a repository wants of Greenlight. Every key is optional.",
        "type": ["object", "null"],
        "additionalProperties": false,
        "properties": {
            "owners": owners("Who may promote."),
            "ready_label": {
                "description": "The label by which a developer says that a feature is ready.",
                "type": "string", "minLength": 1, "maxLength": 50, "pattern": NO_BLANK_ENDS,
            },
            "acceptance": {
                "description": "Whether an owner has to accept a feature before it is merged.",
                "enum": ["required", "off"],
            },
            "self_acceptance": {
                "description": "Whether authors may accept their own features.",
                "type": "boolean",
            },
            "merge_method": {
                "description": "How a feature enters the default branch.",
                "enum": ["merge", "squash", "rebase"],
            },
            "timezone": {
                "description": "The zone in which times are told, such as Europe/Berlin.",
                "type": "string", "minLength": 1, "examples": ["Europe/Berlin", "America/Detroit", "UTC"],
            },
            "armed_for": duration("How long a promotion waits for its gates, from 10m to 30d."),
            "releases": {
                "description": "Whether what comes to run in the last environment becomes a Git tag and a GitHub release.",
                "type": "boolean",
            },
            "after_rollback": after_rollback("How developers are told what a rollback took away: by an issue, by pull requests that revert it, or not at all."),
            "environments": {
                "description": "The places the product runs, in the order of the pipeline.",
                "type": "array", "minItems": 1, "maxItems": ENVIRONMENTS_MAX, "items": environment(),
            },
            "previews": {
                "description": "Dev instances that show one feature's branch each.",
                "type": "array", "minItems": 1, "items": preview(),
            },
            "preview_idle": duration("How long a feature that nothing happens to keeps its preview, from 1h to 90d."),
            "preview_forks": {
                "description": "Whether a version from a fork may be shown on a preview, once somebody with write access asked for just that version.",
                "type": "boolean",
            },
        },
    })
}

const NO_BLANK_ENDS: &str = r"^\S(.*\S)?$";

fn environment() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": name("What people call it in commands."),
            "branch": branch("The branch that is moved. Left out: the name."),
            "url": url("Where to look at it."),
            "owners": owners("Who may promote into it, instead of the pipeline's owners."),
            "checks": {
                "description": "Which checks have to be green: auto, none, or a list of names with *.",
                "anyOf": [{ "enum": ["auto", "none"] }, checks()],
            },
            "strategy": {
                "description": "How the branch moves: to the very commit of the stage before, or by a merge of it, for branches with merges of their own.",
                "enum": ["fast-forward", "merge"],
            },
            "deployed_when": {
                "description": "When a commit counts as running there.",
                "anyOf": [
                    { "enum": ["pushed", "deployment"] },
                    { "type": "object", "required": ["checks"], "additionalProperties": false, "properties": { "checks": checks() } },
                ],
            },
            "rollback": {
                "description": "Whether it goes back by itself to what ran before when a deployment fails: automatic, or at an owner's word only.",
                "enum": ["by-word", "automatic"],
            },
            "after_rollback": after_rollback("The same for this environment, instead of the pipeline's."),
            "soak": duration("How long a commit has to run on the stage before, from 1m to 30d."),
            "windows": {
                "description": "When the environment may be moved, such as mon-thu 09:00-16:00.",
                "type": "array", "minItems": 1, "items": { "type": "string", "pattern": window_pattern() },
            },
        },
    })
}

fn after_rollback(description: &str) -> Value {
    json!({ "description": description, "enum": ["issue", "revert", "nothing"] })
}

fn preview() -> Value {
    json!({
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": name("What people call it."),
            "branch": branch("The branch that is shown there. Left out: the name."),
            "url": url("Where to look at it."),
        },
    })
}

fn owners(description: &str) -> Value {
    json!({
        "description": description,
        "type": "array",
        "minItems": 1,
        "items": {
            "description": "A login (anna), a team (\"@org/team\"), or everyone from a role upwards (role:maintain).",
            "type": "string",
            "pattern": r"^(role:(write|maintain|admin)|@?[A-Za-z0-9_][A-Za-z0-9_-]{0,38}|@[A-Za-z0-9_][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]+)$",
        },
    })
}

fn checks() -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "items": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": NO_BLANK_ENDS },
    })
}

fn name(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string", "maxLength": ENVIRONMENT_NAME_CHARS_MAX, "pattern": "^[a-z0-9][a-z0-9_-]*$",
    })
}

fn branch(description: &str) -> Value {
    json!({
        "description": description,
        "type": "string", "minLength": 1, "maxLength": 244, "pattern": r"^[^\s~^:?*\[\\]+$", "not": { "pattern": "^refs/" },
    })
}

fn url(description: &str) -> Value {
    json!({ "description": description, "type": "string", "maxLength": 2000, "pattern": r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s@/?#]+([/?#]\S*)?$" })
}

fn duration(description: &str) -> Value {
    json!({ "description": description, "type": "string", "pattern": "^[0-9]{1,7}[mhd]$" })
}

/// Days in capitals are taken as well.
fn window_pattern() -> String {
    let day = "([Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn])";
    let days = format!("{day}(-{day})?");
    let time = "([01][0-9]|2[0-4]):[0-5][0-9]";
    format!(r"^\s*{days}(,{days})*\s+{time}-{time}\s*$")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::read::{ENVIRONMENT_KEYS, KEYS, PREVIEW_KEYS};
    use super::*;

    #[test]
    fn it_has_the_keys_that_are_read_and_no_others() {
        let schema = schema();
        for (place, known) in [
            ("/properties", KEYS),
            ("/properties/environments/items/properties", ENVIRONMENT_KEYS),
            ("/properties/previews/items/properties", PREVIEW_KEYS),
        ] {
            let described = schema.pointer(place).and_then(Value::as_object).expect("keys");
            let described: BTreeSet<&str> = described.keys().map(String::as_str).collect();
            assert_eq!(described, known.iter().copied().collect(), "{place}");
        }
    }
}
