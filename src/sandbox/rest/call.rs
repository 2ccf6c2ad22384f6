//! One request as the routes see it, and the answer they give.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

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
    body_is_broken: bool,
}

impl Call {
    pub fn read(method: &str, path: &str, query: &str, headers: HeaderMap, body: Bytes) -> Call {
        let parsed = serde_json::from_slice::<Value>(&body);
        let body_is_broken = !body.is_empty()
            && !parsed
                .as_ref()
                .is_ok_and(|value| value.is_object() || value.is_array());
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

    /// The address without its host, which identifies what a read shows.
    pub fn address(&self) -> String {
        format!("{}?{}", self.path, self.query_text)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub fn query(&self, name: &str) -> Option<String> {
        let pairs = self
            .query_text
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        pairs
            .filter(|(key, _)| decoded(key) == name)
            .map(|(_, value)| decoded(&value.replace('+', " ")))
            .next()
    }

    /// # Errors
    /// 400 for a body that is no JSON, 422 for a missing field, in GitHub's words.
    pub fn required(&self, field: &str) -> Result<&str, Refusal> {
        let missing = || {
            Refusal::new(
                422,
                format!("Invalid request.\n\n\"{field}\" wasn't supplied."),
            )
        };
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
        self.text(field)?
            .map(|text| text.parse().map_err(wrong))
            .transpose()
    }

    /// # Errors
    /// 403, naming what would have been accepted, unless the caller has one of these permissions.
    pub fn needs(&self, any_of: &[(&str, Level)]) -> Result<(), Refused> {
        let Some(Caller::Installation(token)) = &self.caller else {
            return Err(Refusal::new(401, "Bad credentials").into());
        };
        let has = |(name, level): &(&str, Level)| {
            token
                .permissions
                .get(*name)
                .is_some_and(|granted| granted >= level)
        };
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

/// An error answer on its way out of a route.
pub(in crate::sandbox) struct Refused(pub Box<Answer>);

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        Refused(Box::new(refusal.into()))
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Answer {
        *refused.0
    }
}

/// What a route gives.
pub(in crate::sandbox) type Reply = Result<Answer, Refused>;

#[derive(Clone)]
pub(in crate::sandbox) struct Answer {
    pub status: u16,
    pub body: Option<Arc<Value>>,
    pub etag: Option<String>,
    /// Sandbox time, for the `Date` header.
    pub dated: String,
    pub request_id: String,
    pub headers: Vec<(&'static str, String)>,
}

impl Answer {
    pub fn ok(body: Value) -> Answer {
        Answer {
            body: Some(Arc::new(body)),
            ..Answer::empty(200)
        }
    }

    /// 201, with the address of what was made.
    pub fn created(body: Value) -> Answer {
        let location = body["url"].as_str().map(str::to_owned);
        let answer = Answer {
            status: 201,
            ..Answer::ok(body)
        };
        match location {
            Some(location) => answer.with("location", location),
            None => answer,
        }
    }

    pub fn empty(status: u16) -> Answer {
        Answer {
            status,
            body: None,
            etag: None,
            dated: String::new(),
            request_id: String::new(),
            headers: Vec::new(),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Answer {
        self.headers.push((name, value.into()));
        self
    }

    /// All headers but those that belong to the connection.
    pub fn shown_headers(&self) -> Vec<(String, String)> {
        let mut headers: Vec<(&str, String)> = vec![
            ("server", "github.com".into()),
            ("x-github-media-type", "github.v3; format=json".into()),
            ("x-github-api-version-selected", "2022-11-28".into()),
            ("x-github-request-id", self.request_id.to_uppercase()),
            ("vary", "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With".into()),
        ];
        headers.extend(
            self.body
                .is_some()
                .then(|| ("content-type", "application/json; charset=utf-8".to_owned())),
        );
        headers.extend(self.etag.iter().map(|etag| ("etag", etag.clone())));
        headers.extend(self.etag.is_some().then(|| {
            (
                "cache-control",
                "private, max-age=60, s-maxage=60".to_owned(),
            )
        }));
        headers.extend(http_date(&self.dated).map(|date| ("date", date)));
        headers.extend(
            self.headers
                .iter()
                .map(|(name, value)| (*name, value.clone())),
        );
        headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    pub fn into_response(self) -> Response<Body> {
        let bytes = self
            .body
            .as_ref()
            .map(|body| body.to_string())
            .unwrap_or_default();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.shown_headers() {
            if let (Ok(name), Ok(value)) =
                (HeaderName::try_from(name), HeaderValue::try_from(value))
            {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        let mut body = json!({
            "message": refusal.message, "documentation_url": "https://docs.github.com/rest", "status": refusal.status.to_string(),
        });
        if !refusal.errors.is_empty() {
            body["errors"] = refusal.errors.into();
        }
        Answer {
            status: refusal.status,
            ..Answer::ok(body)
        }
    }
}

fn http_date(stamped: &str) -> Option<String> {
    let moment: Timestamp = stamped.parse().ok()?;
    Some(moment.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

/// One page of a list.
pub(in crate::sandbox) struct Page<T> {
    pub items: Vec<T>,
    pub total: usize,
    link: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the page that the call asks for out of `all`: 30 a page unless `per_page` says otherwise, never more than 100.
    pub fn of(call: &Call, api: &str, all: impl IntoIterator<Item = T>) -> Page<T> {
        let number = |name: &str| {
            call.query(name)
                .and_then(|text| text.parse::<usize>().ok())
                .filter(|number| *number > 0)
        };
        let (page, per_page) = (
            number("page").unwrap_or(1),
            number("per_page").unwrap_or(30).min(100),
        );
        let all: Vec<T> = all.into_iter().collect();
        let total = all.len();
        let items = all
            .into_iter()
            .skip((page - 1) * per_page)
            .take(per_page)
            .collect();
        Page {
            items,
            total,
            link: links(call, api, page, total.div_ceil(per_page)),
        }
    }

    pub fn answer(self, item: impl Fn(T) -> Value) -> Answer {
        let link = self.link.clone();
        linked(Answer::ok(self.items.into_iter().map(item).collect()), link)
    }

    /// Wraps the page as GitHub does for some lists: an object with `total_count` and the list under `key`.
    pub fn counted_answer(self, key: &str, item: impl Fn(T) -> Value) -> Answer {
        let (link, total) = (self.link.clone(), self.total);
        let items: Vec<Value> = self.items.into_iter().map(item).collect();
        linked(
            Answer::ok(json!({ "total_count": total, key: items })),
            link,
        )
    }

    pub fn link(&self) -> Option<String> {
        self.link.clone()
    }
}

pub(in crate::sandbox) fn linked(answer: Answer, link: Option<String>) -> Answer {
    match link {
        Some(link) => answer.with("link", link),
        None => answer,
    }
}

fn links(call: &Call, api: &str, page: usize, last: usize) -> Option<String> {
    let other = call
        .query_text
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("page="));
    let other: String = other.map(|pair| format!("{pair}&")).collect();
    let link = |number: usize, rel: &str| {
        format!(
            "<{api}{}?{other}page={number}>; rel=\"{rel}\"",
            call.link_path
        )
    };
    let mut links = Vec::new();
    if page > 1 {
        links.extend([link(page - 1, "prev"), link(1, "first")]);
    }
    if page < last {
        links.extend([link(page + 1, "next"), link(last, "last")]);
    }
    (!links.is_empty()).then(|| links.join(", "))
}
