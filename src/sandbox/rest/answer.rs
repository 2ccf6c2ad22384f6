//! What a route gives: an answer, a refusal on its way to becoming one, or a page of a list.

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Call;
use crate::sandbox::world::Refusal;

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
            (
                "vary",
                "Accept, Authorization, Cookie, X-GitHub-OTP,Accept-Encoding, Accept, X-Requested-With".into(),
            ),
        ];
        headers.extend(
            self.body
                .is_some()
                .then(|| ("content-type", "application/json; charset=utf-8".to_owned())),
        );
        headers.extend(self.etag.iter().map(|etag| ("etag", etag.clone())));
        headers.extend(
            self.etag
                .is_some()
                .then(|| ("cache-control", "private, max-age=60, s-maxage=60".to_owned())),
        );
        headers.extend(http_date(&self.dated).map(|date| ("date", date)));
        headers.extend(self.headers.iter().map(|(name, value)| (*name, value.clone())));
        headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    pub fn into_response(self) -> Response<Body> {
        let bytes = self.body.as_ref().map(|body| body.to_string()).unwrap_or_default();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.shown_headers() {
            if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
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
    /// Cuts the page that the call asks for out of `all`: 30 a page unless `per_page` says otherwise, never more than the sandbox has on a page.
    pub fn of(call: &Call, api: &str, all: impl IntoIterator<Item = T>) -> Page<T> {
        let number = |name: &str| {
            call.query(name)
                .and_then(|text| text.parse::<usize>().ok())
                .filter(|number| *number > 0)
        };
        let (page, per_page) = (
            number("page").unwrap_or(1),
            number("per_page").unwrap_or(30).min(call.page_max),
        );
        let all: Vec<T> = all.into_iter().collect();
        let total = all.len();
        let items = all.into_iter().skip((page - 1) * per_page).take(per_page).collect();
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
        linked(Answer::ok(json!({ "total_count": total, key: items })), link)
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
    let link = |number: usize, rel: &str| format!("<{api}{}?{other}page={number}>; rel=\"{rel}\"", call.link_path);
    let mut links = Vec::new();
    if page > 1 {
        links.extend([link(page - 1, "prev"), link(1, "first")]);
    }
    if page < last {
        links.extend([link(page + 1, "next"), link(last, "last")]);
    }
    (!links.is_empty()).then(|| links.join(", "))
}
