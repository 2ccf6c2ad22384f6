//! A browser without script: it keeps cookies as it is told to, follows redirects when asked, and sends forms.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use crate::world::World;

/// Longest wait for one answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// One browser of one person.
pub struct Browser {
    client: Client<HttpConnector, Full<Bytes>>,
    /// Where the board is, without a slash at the end.
    pub board: String,
    /// The board's cookies by name.
    pub cookies: BTreeMap<String, String>,
    /// Sent with every request to the board.
    pub headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        let value = self
            .headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name} in {self:?}"));
        value.to_str().expect("a readable header")
    }

    /// Where it sends the browser.
    pub fn location(&self) -> String {
        assert_eq!(self.status, 303, "{self:?}");
        self.header(LOCATION.as_str()).to_owned()
    }

    /// What somebody reads, line by line: no tags, no blank lines.
    pub fn text(&self) -> String {
        let (_, body) = self.body.split_once("<body>").unwrap_or(("", &self.body));
        let mut text = String::new();
        for (n, part) in body.split('<').enumerate() {
            let shown = if n == 0 {
                part
            } else {
                part.split_once('>').map_or("", |(_, shown)| shown)
            };
            text.push_str(shown);
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let lines: Vec<&str> = lines.collect();
        unescaped(&lines.join("\n"))
    }

    /// The value of the hidden field in the page's forms.
    pub fn token(&self) -> String {
        let (_, rest) = self
            .body
            .split_once("name=\"token\" value=\"")
            .expect("a form with a token");
        rest.split('"').next().expect("a value").to_owned()
    }
}

/// As a browser reads the characters that a page has to escape.
fn unescaped(text: &str) -> String {
    [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (escaped, plain)| text.replace(escaped, plain))
}

impl Browser {
    pub fn of(world: &World) -> Browser {
        Browser::at(world.bot_address())
    }

    pub fn at(address: SocketAddr) -> Browser {
        Browser {
            client: Client::builder(TokioExecutor::new()).build_http(),
            board: format!("http://{address}"),
            cookies: BTreeMap::new(),
            headers: Vec::new(),
        }
    }

    /// Another one that holds the same cookies, as a thief's would.
    pub fn copy(&self) -> Browser {
        Browser {
            client: self.client.clone(),
            board: self.board.clone(),
            cookies: self.cookies.clone(),
            headers: self.headers.clone(),
        }
    }

    /// Asks for a page, without following where it leads.
    pub async fn get(&mut self, url: &str) -> Page {
        self.ask(Method::GET, url, None, &[]).await
    }

    /// Presses a button on a page of the board.
    pub async fn post(&mut self, path: &str, fields: &str) -> Page {
        let origin = [(ORIGIN.as_str(), self.board.clone())];
        self.ask(Method::POST, path, Some(fields), &origin).await
    }

    pub async fn ask(
        &mut self,
        method: Method,
        url: &str,
        form: Option<&str>,
        more: &[(&'static str, String)],
    ) -> Page {
        let url = if url.starts_with('/') {
            format!("{}{url}", self.board)
        } else {
            url.to_owned()
        };
        let is_board = url.starts_with(&format!("{}/", self.board));
        let mut request = Request::builder().method(method).uri(&url);
        if is_board && !self.cookies.is_empty() {
            let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            request = request.header(COOKIE, pairs.collect::<Vec<_>>().join("; "));
        }
        for (name, value) in self.headers.iter().filter(|_| is_board).chain(more) {
            let name = HeaderName::from_static(name);
            request = request.header(name, HeaderValue::try_from(value).expect("a header's value"));
        }
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let body = Full::new(Bytes::from(form.unwrap_or_default().to_owned()));
        let request = request.body(body).expect("a request");
        let answer = async {
            let response = self.client.request(request).await.expect("an answer");
            let (head, body) = response.into_parts();
            let body = body.collect().await.expect("a whole answer").to_bytes();
            (head, body)
        };
        let (head, body) = tokio::time::timeout(PATIENCE, answer).await.expect("an answer in time");
        if is_board {
            self.keep(&head.headers);
        }
        Page {
            status: head.status.as_u16(),
            headers: head.headers,
            // A picture is no text.
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for set in headers.get_all(SET_COOKIE) {
            let set = set.to_str().expect("a readable cookie");
            let (name, rest) = set.split_once('=').expect("a cookie has a name");
            let value = rest.split(';').next().expect("a value");
            if set.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// From the board to GitHub, and back to the address that GitHub gives when `login` says yes. The return is not gone.
    pub async fn through_github(&mut self, from: &str, login: &str) -> String {
        let to_github = self.get(from).await.location();
        self.get(&format!("{to_github}&as={login}")).await.location()
    }

    /// Signs in all the way; gives the page that it ends on.
    pub async fn signs_in(&mut self, login: &str) -> Page {
        let back = self.through_github("/sign-in", login).await;
        let next = self.get(&back).await.location();
        self.get(&next).await
    }
}
