//! Judges one exchange, a request and its answer, by the operation that GitHub documents for it.

use serde_json::{Value, json};

use super::reduced::{REST_SCHEMAS, ReducedOperation, ReducedParameter};
use super::route::{Arguments, Route, fitting, query_pairs};
use super::{Contract, faults_or_fine};

/// One request to GitHub's REST API and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange<'a> {
    pub method: &'a str,
    /// Below the API's root, as it stood in the request line, without the query: `/repos/o/r/pulls/1`.
    pub path: &'a str,
    /// As it stood in the request line, without the question mark; empty for none.
    pub query: &'a str,
    /// `None` for no body; so is JSON's `null`.
    pub request_body: Option<&'a Value>,
    pub status: u16,
    /// `None` for no body, and for one that is not JSON.
    pub response_body: Option<&'a Value>,
}

/// Statuses that any operation may answer, though few list them. 3xx: a renamed or moved repository
/// (<https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#follow-redirects>), 304: a
/// conditional request; 400: a body that is no JSON; the others: permission, absence, validation, rate limits.
/// Every 5xx is allowed as well.
const ANYWHERE: [u16; 10] = [301, 302, 304, 307, 400, 401, 403, 404, 422, 429];

/// What GitHub serves at most on a page; it cuts a larger wish down without a word, so asking for more is a mistake.
/// <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api>
const PER_PAGE_MAX: i64 = 100;

impl Contract {
    /// Says whether GitHub documents this exchange: the operation, its parameters, both bodies and the status.
    ///
    /// # Errors
    /// One sentence per fault; each names the exchange, the side and the place.
    pub fn check_exchange(&self, exchange: &Exchange<'_>) -> Result<(), Vec<String>> {
        let what = format!("{} {}", exchange.method, exchange.path);
        if (exchange.method, exchange.path) == ("POST", "/graphql") {
            return faults_or_fine(what, self.graphql_faults(exchange));
        }
        let (route, arguments) = match self.route(exchange) {
            Ok(found) => found,
            Err(fault) => return faults_or_fine(what, vec![fault]),
        };
        let operation = self.operation(&route.operation);
        let mut faults = self.parameter_faults(route, &operation, &arguments, exchange.query);
        faults.extend(self.request_faults(route, &operation, exchange));
        faults.extend(self.answer_faults(route, &operation, exchange));
        faults_or_fine(what, faults)
    }

    fn route(&self, exchange: &Exchange<'_>) -> Result<(&Route, Arguments), String> {
        let fitting = fitting(&self.routes, exchange.path);
        let methods: Vec<String> = fitting.iter().map(|(route, _)| route.method.clone()).collect();
        let found = fitting.into_iter().find(|(route, _)| route.method == exchange.method);
        found.ok_or_else(|| match methods.as_slice() {
            [] => "GitHub documents no such path".to_owned(),
            methods => format!("GitHub documents this path only for {}", methods.join(", ")),
        })
    }

    fn parameter_faults(
        &self,
        route: &Route,
        operation: &ReducedOperation,
        path: &Arguments,
        query: &str,
    ) -> Vec<String> {
        let pairs = query_pairs(query);
        let known = |place: &str, name: &str| {
            operation
                .parameters
                .iter()
                .find(|one| one.place == place && one.name == name)
        };
        let mut faults = Vec::new();
        for (name, value) in path {
            if let Some(parameter) = known("path", name) {
                faults.extend(self.argument_faults(route, parameter, value));
            }
        }
        for (name, value) in &pairs {
            match known("query", name) {
                Some(parameter) => faults.extend(self.argument_faults(route, parameter, value)),
                None => faults.push(format!("query: `{name}` is not a parameter of this operation")),
            }
        }
        let missing = |one: &&ReducedParameter| {
            one.place == "query" && one.required && !pairs.iter().any(|(name, _)| *name == one.name)
        };
        faults.extend(
            operation
                .parameters
                .iter()
                .filter(missing)
                .map(|one| format!("query: `{}` is required", one.name)),
        );
        faults
    }

    fn argument_faults(&self, route: &Route, parameter: &ReducedParameter, text: &str) -> Vec<String> {
        let value = typed(text, &parameter.schema);
        let shape = self.shape(
            &format!("{} {}", route.operation, parameter.name),
            &parameter.schema,
            REST_SCHEMAS,
        );
        let mut faults = shape.faults(&value);
        if parameter.name == "per_page" && value.as_i64().is_some_and(|wish| !(1..=PER_PAGE_MAX).contains(&wish)) {
            faults.push(format!("must lie between 1 and {PER_PAGE_MAX}"));
        }
        faults
            .into_iter()
            .map(|fault| format!("{}: `{}={text}` {fault}", parameter.place, parameter.name))
            .collect()
    }

    fn request_faults(&self, route: &Route, operation: &ReducedOperation, exchange: &Exchange<'_>) -> Vec<String> {
        let body = exchange.request_body.filter(|body| !body.is_null());
        let faults = match (&operation.request, body) {
            (Some(request), Some(body)) => self
                .shape(&format!("{} request", route.operation), &request.schema, REST_SCHEMAS)
                .faults(body),
            (Some(request), None) if request.required => vec!["is missing".to_owned()],
            (None, Some(_)) => vec!["is sent, but this operation takes none".to_owned()],
            (_, None) => Vec::new(),
        };
        faults
            .into_iter()
            .map(|fault| format!("request body: {fault}"))
            .collect()
    }

    fn answer_faults(&self, route: &Route, operation: &ReducedOperation, exchange: &Exchange<'_>) -> Vec<String> {
        let status = exchange.status;
        let documented = operation.responses.get(&status);
        if documented.is_none() && !ANYWHERE.contains(&status) && status < 500 {
            let mut known: Vec<_> = operation.responses.keys().collect();
            known.sort();
            return vec![format!("the status {status} is not one of this operation's: {known:?}")];
        }
        let schema = documented.and_then(Option::as_ref);
        let faults = match (schema, exchange.response_body.filter(|body| !body.is_null())) {
            (schema, Some(body)) if status >= 400 => self.error_shape(route, status, schema).faults(body),
            (Some(schema), Some(body)) => self
                .shape(&format!("{} {status}", route.operation), schema, REST_SCHEMAS)
                .faults(body),
            (None, Some(_)) if documented.is_some() || status == 304 => {
                vec!["is there, but GitHub answers without one".to_owned()]
            }
            (None, Some(_)) => Vec::new(),
            // A gateway's error page is no JSON; a redirect says all in its header.
            (_, None) if status >= 500 || (300..400).contains(&status) => Vec::new(),
            (None, None) if documented.is_some() => Vec::new(),
            (_, None) => vec!["is missing, or is no JSON".to_owned()],
        };
        faults
            .into_iter()
            .map(|fault| format!("answer {status}: {fault}"))
            .collect()
    }

    /// GitHub's errors take one of three forms whatever the operation lists (a 422 above all), and always say why.
    fn error_shape(&self, route: &Route, status: u16, documented: Option<&Value>) -> std::sync::Arc<super::Shape> {
        let named = |name: &str| json!({ "$ref": format!("#/$defs/{name}") });
        let mut forms = vec![
            named("basic-error"),
            named("validation-error"),
            named("validation-error-simple"),
        ];
        forms.extend(documented.cloned());
        let schema = json!({ "type": "object", "required": ["message"], "anyOf": forms });
        self.shape(&format!("{} {status}", route.operation), &schema, REST_SCHEMAS)
    }
}

/// A parameter's text as the value that its schema speaks of; text that is no number stays text, and is refused as such.
fn typed(text: &str, schema: &Value) -> Value {
    let is = |kind: &str| {
        schema["type"] == kind
            || schema["type"]
                .as_array()
                .is_some_and(|kinds| kinds.contains(&json!(kind)))
    };
    if is("integer") {
        text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number))
    } else if is("boolean") {
        text.parse::<bool>().map_or_else(|_| json!(text), |flag| json!(flag))
    } else if is("array") {
        text.split(',').map(|one| typed(one, &schema["items"])).collect()
    } else {
        json!(text)
    }
}
