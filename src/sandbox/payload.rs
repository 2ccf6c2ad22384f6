//! GitHub's JSON: every object that answers and webhooks are made of, with all the fields GitHub promises.
//!
//! REST answers and webhooks describe the same things with slightly different fields, and GitHub's published webhook schemas allow
//! none but their own; where the two differ, there are two functions. Which fields there are is taken from `@octokit/openapi` and
//! `@octokit/webhooks-schemas`, never from memory.

mod checks;
mod commits;
mod deployments;
mod events;
mod installations;
mod issues;
mod pulls;
mod releases;
mod repos;
mod users;
mod workflows;

pub(super) use commits::Comparison;
pub(super) use installations::{permissions_json, selection};

/// The opaque id GitHub's GraphQL knows an object by.
pub(in crate::sandbox) fn node_id(kind: &str, id: u64) -> String {
    format!("{kind}_kwDO{id:08x}")
}
