//! One request as the routes see it.

use bytes::Bytes;
use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use super::answer::{Answer, Refused};

use crate::sandbox::auth::{Caller, NOT_ACCESSIBLE};
use crate::sandbox::installations::Level;
use crate::sandbox::world::Refusal;

pub(in crate::sandbox) struct Call {
    pub method: String,
    /// Below the API root, as it was sent.
    pub path: String,
    pub query_text: String,
    pub headers: HeaderMap,
    pub body: Option<Value>,
    pub caller: Option<Caller>,
    /// The path that links to other pages have: GitHub names repositories by id there.
    pub link_path: String,
    /// The most items on a page.
    pub page_max: usize,
    body_is_broken: bool,
}

impl Call {
    pub fn read(method: &str, path: &str, query: &str, headers: HeaderMap, body: Bytes) -> Call {
        let parsed = serde_json::from_slice::<Value>(&body);
        let body_is_broken =
            !body.is_empty() && !parsed.as_ref().is_ok_and(|value| value.is_object() || value.is_array());
        let (link_path, query_text) = (path.to_owned(), query.to_owned());
        let (method, path) = (method.to_owned(), path.to_owned());
        Call {
            method,
            path,
            query_text,
            headers,
            body: parsed.ok(),
            caller: None,
            link_path,
            page_max: 100,
            body_is_broken,
        }
    }

    /// The path's segments, decoded.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decoded)
            .collect()
    }

    /// The last `count` segments of the path as they were sent, each behind its slash.
    pub fn path_below(&self, count: usize) -> String {
        let segments: Vec<&str> = self.path.split('/').filter(|segment| !segment.is_empty()).collect();
        let last = &segments[segments.len().saturating_sub(count)..];
        last.iter().map(|segment| format!("/{segment}")).collect()
    }

    /// The address without its host, which identifies what a read shows.
    pub fn address(&self) -> String {
        format!("{}?{}", self.path, self.query_text)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn query(&self, name: &str) -> Option<String> {
        let pairs = self.query_text.split('&').filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| decoded(key) == name)
            .map(|(_, value)| decoded(&value.replace('+', " ")))
            .next()
    }

    /// # Errors
    /// 400 for a body that is no JSON, 422 for a missing field, in GitHub's words.
    pub fn required(&self, field: &str) -> Result<&str, Refusal> {
        let missing = || Refusal::new(422, format!("Invalid request.\n\n\"{field}\" wasn't supplied."));
        self.text(field)?.ok_or_else(missing)
    }

    /// A field that is text, if it was sent.
    pub fn text(&self, field: &str) -> Result<Option<&str>, Refusal> {
        match self.field(field)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(Refusal::new(
                422,
                format!("Invalid request.\n\nFor 'properties/{field}', {other} is not a string."),
            )),
        }
    }

    pub fn flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        match self.field(field)? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(Refusal::new(
                422,
                format!("Invalid request.\n\nFor 'properties/{field}', {other} is not a boolean."),
            )),
        }
    }

    pub fn field(&self, field: &str) -> Result<Option<&Value>, Refusal> {
        if self.body_is_broken {
            return Err(Refusal::new(400, "Problems parsing JSON"));
        }
        Ok(self.body.as_ref().and_then(|body| body.get(field)))
    }

    pub fn moment(&self, field: &str) -> Result<Option<Timestamp>, Refusal> {
        let wrong = |_| {
            Refusal::new(
                422,
                format!("Invalid request.\n\n\"{field}\" is not a valid date-time."),
            )
        };
        self.text(field)?.map(|text| text.parse().map_err(wrong)).transpose()
    }

    /// # Errors
    /// 403, naming what would have been accepted, unless the caller has one of these permissions.
    pub fn needs(&self, any_of: &[(&str, Level)]) -> Result<(), Refused> {
        let Some(Caller::Installation(token)) = &self.caller else {
            return Err(Refusal::new(401, "Bad credentials").into());
        };
        let has = |(name, level): &(&str, Level)| token.permissions.get(*name).is_some_and(|granted| granted >= level);
        if any_of.iter().any(has) {
            return Ok(());
        }
        let accepted = any_of
            .iter()
            .map(|(name, level)| format!("{name}={}", level.name()))
            .collect::<Vec<_>>()
            .join("; ");
        let answer = Answer::from(Refusal::new(403, NOT_ACCESSIBLE));
        Err(Refused(Box::new(
            answer.with("x-accepted-github-permissions", accepted),
        )))
    }

    pub fn has(&self, name: &str, level: Level) -> bool {
        self.needs(&[(name, level)]).is_ok()
    }

    /// Whether the request makes something people are notified of, which GitHub limits further.
    pub fn notifies(&self) -> bool {
        let ends = |endings: &[&str]| endings.iter().any(|ending| self.path.ends_with(ending));
        matches!(self.method.as_str(), "POST" | "PUT")
            && ends(&["/comments", "/pulls", "/merge", "/check-runs", "/reactions"])
    }
}

/// Undoes percent-encoding.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after
            .get(..2)
            .filter(|_| *first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
