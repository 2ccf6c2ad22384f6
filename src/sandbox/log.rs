//! What was asked of the simulated GitHub and what it answered: the record that tests read and the contract test holds against
//! GitHub's published description.

use std::sync::Arc;

use http::HeaderMap;
use serde_json::Value;

use super::faults::Fault;

/// One request and the answer the client saw.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub method: String,
    /// Below the API root, still percent-encoded: `/repos/harbour/shop/pulls`.
    pub path: String,
    /// What follows the `?`, empty for nothing.
    pub query: String,
    pub request_headers: Vec<(String, String)>,
    pub request_body: Option<Value>,
    /// 0 when the client got no answer at all.
    pub status: u16,
    pub response_headers: Vec<(String, String)>,
    pub response_body: Option<Value>,
    /// What went wrong on purpose.
    pub fault: Option<Fault>,
}

#[derive(Default)]
pub(super) struct ExchangeLog {
    entries: Vec<Entry>,
    unknown: Vec<String>,
}

pub(super) struct Entry {
    pub method: String,
    pub path: String,
    pub query: String,
    pub request_headers: HeaderMap,
    pub request_body: Option<Value>,
    pub status: u16,
    pub response_headers: Vec<(String, String)>,
    pub response_body: Option<Arc<Value>>,
    pub fault: Option<Fault>,
}

impl ExchangeLog {
    pub fn add(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    pub fn add_unknown(&mut self, request: String) {
        self.unknown.push(request);
    }

    pub fn unknown(&self) -> Vec<String> {
        self.unknown.clone()
    }

    pub fn clear(&mut self) {
        self.entries.clear();
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        self.entries.iter().map(Entry::shown).collect()
    }
}

impl Entry {
    fn shown(&self) -> Exchange {
        let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Exchange {
            method: self.method.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            request_headers: self
                .request_headers
                .iter()
                .map(|(name, value)| (name.to_string(), text(value)))
                .collect(),
            request_body: self.request_body.clone(),
            status: self.status,
            response_headers: self.response_headers.clone(),
            response_body: self.response_body.as_deref().cloned(),
            fault: self.fault,
        }
    }
}
