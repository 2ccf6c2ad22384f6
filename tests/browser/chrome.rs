//! One Chromium, as a person has it before her: it opens pages, clicks, types, and looks. It ends with the test, however that ends.
//!
//! Spoken to over WebDriver, <https://www.w3.org/TR/webdriver2/>, which is JSON over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Longest wait for one answer of the browser's, and for what a page is to show.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a page is asked whether it shows it.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the standard calls the key.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const SPACE: &str = " ";
pub const RIGHT: &str = "\u{e014}";
pub const DOWN: &str = "\u{e015}";

/// The tallest picture that is kept of a page.
const PICTURE_HEIGHT_MAX: u64 = 6000;

/// Times are typed as this language has them. What moves cannot be clicked, so nothing moves.
const FLAGS: [&str; 11] = [
    "--headless=new",
    "--force-prefers-reduced-motion",
    "--lang=en-US",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

pub struct Chrome {
    driver: Child,
    /// Where the driver listens.
    address: String,
    session: String,
    client: Client<HttpConnector, Full<Bytes>>,
    /// An empty profile; removed at the end.
    _profile: TempDir,
}

impl Chrome {
    pub async fn start() -> Self {
        let profile = tempfile::tempdir().expect("a temporary folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts; `bash .ci/prepare` installs it");
        let address = format!("127.0.0.1:{}", port_of(&mut driver));
        let mut chrome = Self {
            driver,
            address,
            session: String::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            _profile: profile,
        };
        let folder = format!("--user-data-dir={}", chrome._profile.path().display());
        let args: Vec<&str> = FLAGS.into_iter().chain([folder.as_str()]).collect();
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": args},
            "timeouts": {"script": PATIENCE.as_millis(), "pageLoad": PATIENCE.as_millis()},
        }}});
        let begun = chrome.ask(Method::POST, "/session", &wanted).await;
        chrome.session = begun["sessionId"].as_str().expect("a session").to_owned();
        chrome
    }

    pub async fn opens(&self, url: &str) {
        self.tell("/url", &json!({"url": url})).await;
    }

    /// Runs a script in the page, as the developer tools would; gives what it returns.
    pub async fn finds(&self, script: &str) -> Value {
        self.tell("/execute/sync", &json!({"script": script, "args": []})).await
    }

    /// The same for a script that gives its answer to `done` later.
    pub async fn finds_later(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1];\n{script}");
        self.tell("/execute/async", &json!({"script": script, "args": []}))
            .await
    }

    /// Clicks what a selector of CSS names, as a person does with the mouse.
    pub async fn clicks(&self, selector: &str) {
        self.clicks_by("css selector", selector).await;
    }

    /// Clicks what a selector of CSS names and where that leads; the page that was there is gone when it returns.
    pub async fn leaves_by(&self, selector: &str) {
        self.marks().await;
        self.clicks(selector).await;
        self.has_left().await;
    }

    /// Marks the page that is open, to know when another one has taken its place.
    pub async fn marks(&self) {
        self.finds("document.documentElement.dataset.seen = 'yes'; return null;")
            .await;
    }

    pub async fn has_left(&self) {
        self.sees("!document.documentElement.dataset.seen && document.readyState === 'complete'")
            .await;
    }

    /// Clicks the link with these words.
    pub async fn follows(&self, words: &str) {
        self.clicks_by("link text", words).await;
    }

    async fn clicks_by(&self, using: &str, value: &str) {
        let found = self.tell("/element", &json!({"using": using, "value": value})).await;
        let element = found
            .as_object()
            .and_then(|found| found.values().next())
            .and_then(Value::as_str);
        let element = element.unwrap_or_else(|| panic!("no {value:?}: {found}"));
        self.tell(&format!("/element/{element}/click"), &json!({})).await;
    }

    /// Presses keys, one after the other.
    pub async fn types(&self, keys: &str) {
        let one = |key: char| {
            [
                json!({"type": "keyDown", "value": key}),
                json!({"type": "keyUp", "value": key}),
            ]
        };
        let actions: Vec<Value> = keys.chars().flat_map(one).collect();
        let source = json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]});
        self.tell("/actions", &source).await;
    }

    /// Waits until a script says yes.
    pub async fn sees(&self, script: &str) {
        let begun = Instant::now();
        while self.finds(&format!("return Boolean({script});")).await != json!(true) {
            if begun.elapsed() > PATIENCE {
                let shown = self.finds("return document.body.innerText.slice(0, 4000)").await;
                panic!("{script} never: {shown}");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// A command of the developer tools.
    pub async fn develops(&self, command: &str, parameters: Value) -> Value {
        self.tell("/goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
            .await
    }

    pub async fn prefers(&self, scheme: &str) {
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.develops("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    /// A window of this width, narrower than a real one could be made.
    pub async fn is_wide(&self, pixels: u32) {
        self.is_of_size(pixels, 900).await;
    }

    pub async fn is_of_size(&self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.develops("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Keeps a picture of the window.
    pub async fn is_pictured(&self, file: &Path) {
        self.keeps_picture(file, json!({"format": "png"})).await;
    }

    /// Keeps a picture of the whole page, also of what one would have to scroll to.
    pub async fn is_pictured_whole(&self, file: &Path) {
        let size = self
            .finds("return [innerWidth, document.documentElement.scrollHeight];")
            .await;
        let (width, height) = (size[0].as_u64().expect("a width"), size[1].as_u64().expect("a height"));
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height.min(PICTURE_HEIGHT_MAX), "scale": 1});
        let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        self.keeps_picture(file, wanted).await;
    }

    /// Keeps a picture of one part of the page.
    pub async fn is_pictured_part(&self, selector: &str, file: &Path) {
        let place = self
            .finds(&format!(
                "const box = document.querySelector(\"{selector}\").getBoundingClientRect(); \
                 return [box.x + scrollX, box.y + scrollY, box.width, box.height];"
            ))
            .await;
        let clip = json!({"x": place[0], "y": place[1], "width": place[2], "height": place[3], "scale": 1});
        let wanted = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        self.keeps_picture(file, wanted).await;
    }

    async fn keeps_picture(&self, file: &Path, wanted: Value) {
        let picture = self.develops("Page.captureScreenshot", wanted).await;
        let bytes = from_base64(picture["data"].as_str().expect("a picture"));
        std::fs::write(file, bytes).expect("a picture can be kept");
    }

    /// From now on no script of a page's runs; what is looked for here is still found.
    pub async fn runs_no_script(&self) {
        self.develops("Emulation.setScriptExecutionDisabled", json!({"value": true}))
            .await;
    }

    fn at(&self, path: &str) -> String {
        format!("/session/{}{path}", self.session)
    }

    async fn tell(&self, path: &str, body: &Value) -> Value {
        self.ask(Method::POST, &self.at(path), body).await
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("content-type", "application/json; charset=utf-8")
            .body(Full::new(Bytes::from(body)))
            .expect("a request");
        let answer = async {
            let response = self.client.request(request).await.expect("an answer of chromedriver");
            let status = response.status();
            let body = response.into_body().collect().await.expect("a whole answer").to_bytes();
            (status, body)
        };
        let (status, body) = tokio::time::timeout(PATIENCE, answer).await.expect("an answer in time");
        let mut body: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(status.is_success(), "{path}: {}", body["value"]["message"]);
        body["value"].take()
    }
}

impl Drop for Chrome {
    fn drop(&mut self) {
        // The driver ends the browser when the session ends, and nobody else would. There may be no runtime any more.
        if let Ok(mut stream) = TcpStream::connect(&self.address) {
            let request = format!(
                "DELETE /session/{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
                self.session, self.address
            );
            let _ = stream.set_read_timeout(Some(PATIENCE));
            let _ = stream.write_all(request.as_bytes());
            let _ = stream.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// The port that the driver chose.
fn port_of(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("its output");
    let mut lines = BufReader::new(output).lines();
    let found = lines.find_map(|line| {
        let line = line.expect("text");
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    found.expect("chromedriver tells its port")
}

/// Only what WebDriver sends: no line breaks, and filled up at the end.
fn from_base64(text: &str) -> Vec<u8> {
    let value = |c: u8| match c {
        b'A'..=b'Z' => c - b'A',
        b'a'..=b'z' => c - b'a' + 26,
        b'0'..=b'9' => c - b'0' + 52,
        b'+' => 62,
        _ => 63,
    };
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for four in text.trim_end_matches('=').as_bytes().chunks(4) {
        let bits = four.iter().fold(0_u32, |bits, c| bits << 6 | u32::from(value(*c)));
        let bits = bits << (6 * (4 - four.len()));
        bytes.extend(bits.to_be_bytes()[1..four.len()].iter());
    }
    bytes
}
