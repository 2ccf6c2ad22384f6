//! GitHub's own published contract, so that neither our client nor our sandbox can drift from the real thing unseen.
//!
//! It is taken from npm at test time (`published.rs`), cut into small files once per machine (`reduced.rs`), and
//! asked by tests: does this exchange, this webhook, look like GitHub's? Nothing of GitHub's is committed here.
//!
//! C1 An exchange passes only if GitHub documents its operation, its query parameters, its bodies and its status.
//! C2 A field that GitHub does not list is a fault, in a request, an answer and a webhook alike.
//! C3 Without npm or without a network on first use, the test fails and says what to do; it never passes unread.
//!
//! Absent on purpose: which App permission a REST call needs. The packages do not carry it; for webhook events they
//! do, see [`Contract::permission_for_event`].
#![allow(
    dead_code,
    reason = "every test binary that includes this asks for its own part of it"
)]

mod exchange;
mod graphql;
mod graphql_query;
mod graphql_types;
mod openapi;
mod published;
mod reduced;
mod route;
mod shape;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::Value;

#[allow(unused_imports, reason = "a test binary may judge webhooks only")]
pub use exchange::Exchange;
use reduced::{EventSchema, ReducedOperation};
use route::Route;
use shape::Shape;

/// The published contract, read from the files that `reduced.rs` wrote; schemas are compiled when first asked for.
pub struct Contract {
    folder: PathBuf,
    routes: Vec<Route>,
    events: HashMap<String, Vec<EventSchema>>,
    shapes: Mutex<HashMap<String, Arc<Shape>>>,
}

/// Why the contract cannot be had. Each variant's sentence says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    #[error(
        "GitHub's published contract is taken from npm, and npm could not be started ({0}). Install Node.js with npm, then run the test again"
    )]
    NoNpm(std::io::Error),
    #[error(
        "could not fetch GitHub's published contract from npm. Check that `npm ping` works here, then run the test again. npm said:\n{0}"
    )]
    NotFetched(String),
    #[error(
        "npm delivered other bytes than the ones pinned in published.rs for {package}: expected {expected}, got {got}. Do not trust them; compare the pin with the registry"
    )]
    NotThePinnedBytes {
        package: String,
        expected: &'static str,
        got: String,
    },
    #[error("could not unpack {package} with `tar`. Install tar, then run the test again. tar said: {said}")]
    NotUnpacked { package: &'static str, said: String },
    #[error("could not use {path}. Remove the folder `contract` in the target folder, then run the test again")]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error(
        "{path} is not the JSON that was expected. Remove the folder `contract` in the target folder, then run the test again"
    )]
    Json {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error(
        "GitHub's description has something that openapi.rs and reduced.rs cannot turn: {0}. A new pin needs a look at them"
    )]
    Inexpressible(String),
}

impl Contract {
    /// The contract of the pinned packages, fetched on this machine's first use (about 30 MB from npm, a few seconds),
    /// from the target folder ever after. Safe to ask from many threads and test processes at once.
    ///
    /// # Panics
    /// When it cannot be had; the message says how to fix that. A test that cannot read the contract must fail.
    pub fn published() -> &'static Contract {
        // A failure is kept as well: a machine without a network should hear so once, not once per test.
        static CONTRACT: OnceLock<Result<Contract, String>> = OnceLock::new();
        let taken = CONTRACT.get_or_init(|| {
            published::folder()
                .and_then(Contract::read)
                .map_err(|error| with_causes(&error))
        });
        taken.as_ref().unwrap_or_else(|error| panic!("{error}"))
    }

    /// Says whether one webhook looks like one that GitHub would send to an App.
    ///
    /// # Errors
    /// One sentence per fault; each names the place in the payload.
    pub fn check_webhook(&self, event: &str, payload: &Value) -> Result<(), Vec<String>> {
        let schema = self.event_schema(event, payload).map_err(|fault| vec![fault])?;
        let pointer = serde_json::json!({ "$ref": format!("#/$defs/{schema}") });
        let shape = self.shape(&format!("webhook {schema}"), &pointer, reduced::WEBHOOK_SCHEMAS);
        let mut faults = shape.faults(payload);
        // Source: "Webhook payloads contain the `installation` property when the event is configured for and sent to a
        // GitHub App", https://docs.github.com/en/webhooks/webhook-events-and-payloads. These two are not tied to one.
        let of_an_installation = !matches!(event, "ping" | "github_app_authorization");
        if of_an_installation && !payload["installation"]["id"].is_u64() {
            faults.push(
                "/installation/id is missing: GitHub sends it to an App with every event of an installation".into(),
            );
        }
        faults_or_fine(format!("the webhook {event}"), faults)
    }

    /// The permission and level (`("statuses", "read")`) that an App needs before it can subscribe to `event`, in the
    /// words of an App manifest; `None` for events that need none or are not GitHub's.
    ///
    /// # Source
    /// the sentence "To subscribe to this event, a GitHub App must have at least ..." in the package's event summaries.
    pub fn permission_for_event(&self, event: &str) -> Option<(String, String)> {
        self.events
            .get(event)?
            .iter()
            .find_map(|schema| schema.permission.clone())
    }

    /// Every example payload that GitHub published, as (event, the JSON bytes as they stand in the package).
    pub fn examples(&self) -> Vec<(String, Vec<u8>)> {
        reduced::read_examples(&self.folder).unwrap_or_else(|error| panic!("{}", with_causes(&error)))
    }

    fn read(folder: PathBuf) -> Result<Contract, ContractError> {
        let routes = reduced::read_routes(&folder)?.into_iter().map(Route::new).collect();
        Ok(Contract {
            routes,
            events: reduced::read_events(&folder)?,
            folder,
            shapes: Mutex::default(),
        })
    }

    fn event_schema(&self, event: &str, payload: &Value) -> Result<&str, String> {
        let schemas = self
            .events
            .get(event)
            .ok_or_else(|| format!("GitHub documents no webhook event `{event}`"))?;
        let action = payload.get("action").and_then(Value::as_str);
        let found = schemas
            .iter()
            .find(|schema| schema.action.is_none() || schema.action.as_deref() == action);
        found.map(|schema| schema.schema.as_str()).ok_or_else(|| match action {
            Some(action) => {
                format!("GitHub documents no action `{action}` of the webhook event `{event}`")
            }
            None => format!("a webhook `{event}` needs an `action`"),
        })
    }

    fn operation(&self, id: &str) -> ReducedOperation {
        reduced::read_operation(&self.folder, id).unwrap_or_else(|error| panic!("{}", with_causes(&error)))
    }

    /// The compiled form of `schema`, made on first need; `key` names it in this process, `definitions` is the folder
    /// with what it refers to.
    fn shape(&self, key: &str, schema: &Value, definitions: &str) -> Arc<Shape> {
        let mut shapes = self.shapes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shape) = shapes.get(key) {
            return Arc::clone(shape);
        }
        let shape = Shape::compile(schema, &self.folder.join(definitions))
            .unwrap_or_else(|error| panic!("{key}: {}", with_causes(&error)));
        let shape = Arc::new(shape);
        shapes.insert(key.to_owned(), Arc::clone(&shape));
        shape
    }
}

fn faults_or_fine(what: String, faults: Vec<String>) -> Result<(), Vec<String>> {
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.into_iter().map(|fault| format!("{what}: {fault}")).collect())
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, ContractError> {
    let bytes = std::fs::read(path).map_err(|source| ContractError::File {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| ContractError::Json {
        path: path.to_owned(),
        source,
    })
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
