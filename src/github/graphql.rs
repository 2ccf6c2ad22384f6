//! What GraphQL answers: a success says nothing by its status, and a refusal is a list of errors.
//!
//! Source: <https://docs.github.com/en/graphql/guides/forming-calls-with-graphql>, and the October 2021 specification of
//! GraphQL, section 7, "Response". GitHub adds a `type` to each error and documents only some of them.

use bytes::Bytes;
use http::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

use super::budget::Scope;
use super::error::{Because, Complaint, GithubError};
use super::transport::{Answer, Ask};
use super::{Address, Inner};

/// The one address of GraphQL.
const PATH: &str = "/graphql";

/// What came of a mutation.
pub(super) enum Mutated {
    /// With what it gives back.
    Done(Value),
    /// Nothing was changed, for these reasons; at least one.
    Refused(Vec<Reason>),
}

/// One error of GraphQL's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Reason {
    /// GitHub's word for the kind of error; not always there.
    #[serde(rename = "type", default)]
    pub kind: Option<String>,
    pub message: String,
}

#[derive(Deserialize)]
struct AnswerBody {
    data: Option<Value>,
    #[serde(default)]
    errors: Vec<Reason>,
}

impl Inner {
    /// Sends one mutation, whose single field is `field`.
    ///
    /// # Errors
    /// [`GithubError::OutcomeUnknown`] if nobody knows what GitHub decided (G1), an answer in words that we cannot read
    /// included.
    pub(super) async fn mutate(
        &self,
        at: &Address,
        field: &str,
        text: &str,
        input: &Value,
    ) -> Result<Mutated, GithubError> {
        let wish = json!({ "query": text, "variables": { "input": input } });
        let ask = Ask {
            method: Method::POST,
            url: self.api.url_beside(PATH),
            body: Some(Bytes::from(wish.to_string())),
            if_none_match: None,
        };
        let scope = Scope::Graphql(at.installation);
        let written = self.send(at.installation, scope, &ask).await?;
        let action = format!("{} of {}", field, written.action);
        if written.answer.status != StatusCode::OK {
            let complaint = Complaint::of(&written.answer);
            return Ok(Mutated::Refused(vec![Reason {
                kind: None,
                message: complaint.words(),
            }]));
        }
        let unreadable = |because: String| GithubError::OutcomeUnknown {
            action: action.clone(),
            source: Box::new(Because(because)),
        };
        let body: AnswerBody = serde_json::from_slice(&written.answer.body)
            .map_err(|error| unreadable(format!("its answer cannot be read: {error}")))?;
        let payload = body.data.and_then(|mut data| Some(data.get_mut(field)?.take()));
        match (payload.filter(Value::is_object), body.errors) {
            (Some(payload), errors) if errors.is_empty() => Ok(Mutated::Done(payload)),
            (_, errors) if errors.is_empty() => Err(unreadable("it says neither yes nor no".to_owned())),
            (_, errors) => Ok(Mutated::Refused(errors)),
        }
    }
}

impl Reason {
    /// Whether the App may not do it.
    pub fn is_permission(&self) -> bool {
        let words = ["not accessible by integration", "does not have the correct permissions"];
        self.is(&["FORBIDDEN", "INSUFFICIENT_SCOPES"], &words)
    }

    /// Whether GitHub calls it by one of these names, or any of these (lower-case) fragments is in its message.
    pub fn is(&self, kinds: &[&str], fragments: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        self.kind.as_deref().is_some_and(|kind| kinds.contains(&kind))
            || fragments.iter().any(|fragment| message.contains(fragment))
    }
}

/// Whether an answer is a refusal for a limit, although its status may be 200.
/// Source: <https://docs.github.com/en/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api#exceeding-the-rate-limit>.
pub(super) fn is_limited(answer: &Answer) -> bool {
    let read: Option<AnswerBody> = serde_json::from_slice(&answer.body).ok();
    let words = ["secondary rate limit", "rate limit exceeded", "abuse detection"];
    read.is_some_and(|body| {
        body.errors
            .iter()
            .any(|error| error.is(&["RATE_LIMITED", "RATE_LIMIT"], &words))
    }) || matches!(answer.status.as_u16(), 403 | 429)
}
