//! What can go wrong between Greenlight and GitHub, told apart by what to do next; the texts are the operator's.

use jiff::Timestamp;
use serde::Deserialize;
use tower::BoxError;

use super::transport::Answer;

/// Why a look or an effect could not be brought to its end.
#[derive(Debug, thiserror::Error)]
pub enum GithubError {
    /// Nothing is wrong; look again then. Until then no request of this installation is sent.
    #[error("GitHub asks us to wait until {retry_at}")]
    RateLimited { retry_at: Timestamp },
    /// GitHub could not be reached or had a fault of its own, and nothing was changed: try again later.
    #[error("GitHub did not answer {action}")]
    Unavailable {
        action: String,
        #[source]
        source: BoxError,
    },
    /// A write was sent and its answer lost: look whether it happened before doing anything else.
    #[error("it is not known whether GitHub carried out {action}")]
    OutcomeUnknown {
        action: String,
        #[source]
        source: BoxError,
    },
    /// A person has to grant something first; trying again changes nothing.
    #[error("the app may not {action}; it needs the permission {permission}")]
    Forbidden {
        action: String,
        /// As GitHub names it, `checks=read`; a sentence's word when GitHub did not say.
        permission: String,
        #[source]
        source: Complaint,
    },
    /// GitHub does not accept who we say we are.
    #[error("GitHub does not accept the app's credentials for {action}; {hint}")]
    Unauthorized {
        action: String,
        hint: String,
        #[source]
        source: Complaint,
    },
    /// The installation was removed or suspended, or the repository is not (or no longer) part of it.
    #[error("{what} is out of the app's reach")]
    Gone { what: String },
    /// A setting of ours cannot work whatever GitHub says.
    #[error("{setting} cannot be used: {reason}")]
    Misconfigured { setting: &'static str, reason: String },
    /// An answer that we did not foresee: a fault of ours, or a new GitHub.
    #[error("unexpected answer to {action}")]
    Unexpected {
        action: String,
        #[source]
        source: BoxError,
    },
}

/// What GitHub said with an answer that is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    pub status: u16,
    /// GitHub's own message; the status' name when there was none.
    pub message: String,
    /// The further lines of a 422, in the order GitHub gave them.
    pub details: Vec<Detail>,
}

/// One line of a 422.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    pub field: String,
    pub code: String,
    pub message: String,
}

impl Complaint {
    /// Reads the body of an error; anything that is not GitHub's JSON (a proxy's page, say) is told by its status alone.
    pub(super) fn of(answer: &Answer) -> Self {
        let body: ComplaintBody = serde_json::from_slice(&answer.body).unwrap_or_default();
        let named = answer.status.canonical_reason().unwrap_or("no message");
        Self {
            status: answer.status.as_u16(),
            message: body.message.unwrap_or_else(|| named.to_owned()),
            details: body.errors.map_or_else(Vec::new, DetailBodies::into_details),
        }
    }

    /// Message and details in lower case: GitHub words its refusals, it does not number them.
    pub(super) fn text(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// Whether any of these (lower-case) fragments is in the text.
    pub(super) fn says(&self, fragments: &[&str]) -> bool {
        let text = self.text();
        fragments.iter().any(|fragment| text.contains(fragment))
    }
}

impl Complaint {
    /// GitHub's own words, without the status: a person may come to read them.
    pub(super) fn words(&self) -> String {
        let mut said = self.message.clone();
        for Detail { field, code, message } in &self.details {
            let words: Vec<&str> = [field.as_str(), code, message]
                .into_iter()
                .filter(|word| !word.is_empty())
                .collect();
            said.push_str(&format!(" ({})", words.join(" ")));
        }
        said
    }
}

impl std::fmt::Display for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GitHub said {}: {}", self.status, self.words())
    }
}

impl std::error::Error for Complaint {}

#[derive(Default, Deserialize)]
struct ComplaintBody {
    message: Option<String>,
    errors: Option<DetailBodies>,
}

/// `errors` is a list of objects, a list of sentences, or (for some refs) one sentence.
#[derive(Deserialize)]
#[serde(untagged)]
enum DetailBodies {
    Many(Vec<DetailBody>),
    One(String),
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum DetailBody {
    Sentence(String),
    Fields {
        field: Option<String>,
        code: Option<String>,
        message: Option<String>,
    },
    Other(serde::de::IgnoredAny),
}

impl DetailBodies {
    fn into_details(self) -> Vec<Detail> {
        match self {
            Self::Many(many) => many.into_iter().map(DetailBody::into_detail).collect(),
            Self::One(message) => vec![Detail {
                message,
                ..Detail::default()
            }],
            Self::Other(_) => Vec::new(),
        }
    }
}

impl DetailBody {
    fn into_detail(self) -> Detail {
        match self {
            Self::Sentence(message) => Detail {
                message,
                ..Detail::default()
            },
            Self::Fields { field, code, message } => Detail {
                field: field.unwrap_or_default(),
                code: code.unwrap_or_default(),
                message: message.unwrap_or_default(),
            },
            Self::Other(_) => Detail::default(),
        }
    }
}

/// A plain sentence as the cause of an error.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Because(pub String);

impl GithubError {
    /// An answer that we understand too little of to go on.
    pub(super) fn unexpected(action: &str, because: impl Into<String>) -> Self {
        Self::Unexpected {
            action: action.to_owned(),
            source: Box::new(Because(because.into())),
        }
    }
}
