//! Webhooks on their way out: the queue, the task that sends them one after another, and the log the App can read and redeliver from.
//!
//! As on GitHub: a delivery is signed over its exact bytes, has 10 s to be answered, is never sent again by itself, and keeps its GUID
//! when the App asks for it again. Events nobody subscribed to, or lacks the permission for, are not even written down.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use sha2::Sha256;
use tokio::sync::{Notify, watch};

use super::GitHub;
use super::faults::Fault;
use super::world::{RepoId, World};

/// How long an App has to answer a delivery.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// How long a delivery stays in the App's log.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(72);

/// A reordered delivery that nothing follows goes by itself after this long.
const OVERTAKEN_AFTER: SignedDuration = SignedDuration::from_secs(1);

/// Where the App wants its webhooks, and the secret they are signed with.
#[derive(Debug, Clone)]
pub struct Webhook {
    pub url: String,
    pub secret: String,
}

/// A delivery as a test sees it.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub id: u64,
    pub guid: String,
    pub event: String,
    pub payload: Value,
    pub redelivery: bool,
    /// The status the App answered; `None` while it is on its way, 0 for no answer.
    pub answer: Option<u16>,
}

pub(super) struct Outbox {
    hook: Option<Webhook>,
    queue: VecDeque<u64>,
    late: BTreeMap<(Timestamp, u64), Late>,
    records: BTreeMap<u64, Record>,
    in_flight: bool,
    last_id: u64,
    pub wake: Arc<Notify>,
    pub pending: watch::Sender<usize>,
}

struct Late {
    record: u64,
    /// Goes right behind the next delivery, however early that is.
    overtaken: bool,
}

#[derive(Clone)]
pub(super) struct Record {
    pub id: u64,
    pub guid: String,
    pub event: String,
    pub action: Option<String>,
    pub installation: Option<u64>,
    pub repository: Option<RepoId>,
    pub body: Bytes,
    pub redelivery: bool,
    pub delivered_at: Timestamp,
    pub duration: Duration,
    pub outcome: Option<Outcome>,
}

#[derive(Clone)]
pub(super) struct Outcome {
    pub status_code: u16,
    /// GitHub's word for it: `OK`, or what went wrong.
    pub status: String,
    pub body: String,
}

impl Default for Outbox {
    fn default() -> Outbox {
        Outbox {
            hook: None,
            queue: VecDeque::new(),
            late: BTreeMap::new(),
            records: BTreeMap::new(),
            in_flight: false,
            last_id: 90_000_000_000,
            wake: Arc::default(),
            pending: watch::Sender::new(0),
        }
    }
}

impl Outbox {
    /// Deliveries whose time has not come.
    pub fn late(&self) -> usize {
        self.late.len()
    }

    pub fn set_hook(&mut self, hook: Option<Webhook>) {
        self.hook = hook;
    }

    pub fn hook(&self) -> Option<&Webhook> {
        self.hook.as_ref()
    }

    pub fn next_due(&self) -> Option<Timestamp> {
        self.late.keys().next().map(|(due, _)| *due)
    }

    /// Queues the late deliveries whose time has come.
    pub fn release(&mut self, now: Timestamp) {
        while let Some(entry) = self.late.first_entry().filter(|entry| entry.key().0 <= now) {
            self.queue.push_back(entry.remove().record);
            self.count();
        }
    }

    /// What the App can still see of its deliveries, newest first.
    pub fn visible(&self, now: Timestamp) -> impl Iterator<Item = &Record> {
        let since = now.saturating_sub(KEPT_FOR).unwrap_or(Timestamp::MIN);
        self.records
            .values()
            .rev()
            .filter(move |record| record.outcome.is_some() && record.delivered_at >= since)
    }

    pub fn record(&self, id: u64) -> Option<&Record> {
        self.records.get(&id)
    }

    pub fn deliveries(&self) -> Vec<Delivery> {
        self.records.values().map(Record::shown).collect()
    }

    /// Sends a delivery again, with its GUID, under a new id.
    pub fn redeliver(&mut self, id: u64, now: Timestamp) -> bool {
        let Some(record) = self.records.get(&id).cloned() else {
            return false;
        };
        let again = Record {
            redelivery: true,
            delivered_at: now,
            outcome: None,
            ..record
        };
        self.enqueue(again, None);
        true
    }

    fn enqueue(&mut self, mut record: Record, fault: Option<Fault>) {
        self.last_id += 1;
        record.id = self.last_id;
        let (id, now) = (record.id, record.delivered_at);
        let at = |span: SignedDuration| (now.saturating_add(span).unwrap_or(Timestamp::MAX), id);
        match fault {
            Some(Fault::Lost) => {
                let status = "failed to connect to host".to_owned();
                record.outcome = Some(Outcome {
                    status_code: 0,
                    status,
                    body: String::new(),
                });
            }
            Some(Fault::Late(span)) => drop(self.late.insert(
                at(span),
                Late {
                    record: id,
                    overtaken: false,
                },
            )),
            Some(Fault::Reordered) => drop(self.late.insert(
                at(OVERTAKEN_AFTER),
                Late {
                    record: id,
                    overtaken: true,
                },
            )),
            Some(Fault::Twice) => self.queue.extend([id, id]),
            _ => self.queue.push_back(id),
        }
        self.records.insert(id, record);
        if !matches!(fault, Some(Fault::Reordered)) {
            let overtaken = self.late.extract_if(.., |_, late| late.overtaken);
            self.queue.extend(overtaken.map(|(_, late)| late.record));
        }
        self.count();
    }

    fn count(&self) {
        let pending = self.queue.len() + self.late.len() + usize::from(self.in_flight);
        self.pending.send_replace(pending);
        if pending > 0 {
            self.wake.notify_one();
        }
    }

    pub(super) fn next(&mut self, now: Timestamp) -> Option<(Webhook, Record)> {
        let id = self.queue.pop_front()?;
        let (Some(hook), Some(record)) = (self.hook.clone(), self.records.get_mut(&id)) else {
            self.count();
            return None;
        };
        record.delivered_at = now;
        self.in_flight = true;
        Some((hook, record.clone()))
    }

    pub(super) fn settle(&mut self, id: u64, duration: Duration, outcome: Outcome) {
        if let Some(record) = self.records.get_mut(&id) {
            (record.duration, record.outcome) = (duration, Some(outcome));
        }
        self.in_flight = false;
        self.count();
    }
}

impl Record {
    fn shown(&self) -> Delivery {
        Delivery {
            id: self.id,
            guid: self.guid.clone(),
            event: self.event.clone(),
            payload: serde_json::from_slice(&self.body).unwrap_or_default(),
            redelivery: self.redelivery,
            answer: self.outcome.as_ref().map(|outcome| outcome.status_code),
        }
    }

    /// The headers of the delivery, for an App of this id.
    pub fn headers(&self, app: u64, secret: &str) -> Vec<(&'static str, String)> {
        vec![
            ("Accept", "*/*".into()),
            ("Content-Type", "application/json".into()),
            ("User-Agent", "GitHub-Hookshot/5ca1ab1".into()),
            ("X-GitHub-Delivery", self.guid.clone()),
            ("X-GitHub-Event", self.event.clone()),
            ("X-GitHub-Hook-ID", HOOK_ID.to_string()),
            ("X-GitHub-Hook-Installation-Target-ID", app.to_string()),
            ("X-GitHub-Hook-Installation-Target-Type", "integration".into()),
            (
                "X-Hub-Signature-256",
                format!("sha256={}", hex_hmac(secret, &self.body)),
            ),
        ]
    }
}

/// The id of the App's one webhook.
pub(super) const HOOK_ID: u64 = 271_828;

fn hex_hmac(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac.finalize()
        .into_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

impl World {
    /// Whether the installation is told of this event: subscribed, and permitted.
    pub fn is_told(&self, event: &str, installation: Option<u64>) -> bool {
        if self.outbox.hook().is_none() || event.starts_with("installation") || event == "ping" {
            return self.outbox.hook().is_some();
        }
        let Some(installation) = installation.and_then(|id| self.installations.get(&id)) else {
            return false;
        };
        let subscribed = installation.events.contains(event);
        let permitted =
            permission_for(event).is_none_or(|permission| installation.permissions.contains_key(permission));
        installation.suspended.is_none() && subscribed && permitted
    }

    /// Queues a webhook. Whoever builds an expensive payload asks [`World::is_told`] first.
    pub fn send(&mut self, event: &str, installation: Option<u64>, repository: Option<RepoId>, payload: Value) {
        if !self.is_told(event, installation) {
            return;
        }
        let record = Record {
            id: 0,
            guid: self.chance.guid(),
            event: event.to_owned(),
            action: payload["action"].as_str().map(str::to_owned),
            installation,
            repository,
            body: Bytes::from(payload.to_string()),
            redelivery: false,
            delivered_at: self.clock.now(),
            duration: Duration::ZERO,
            outcome: None,
        };
        let fault = self.faults.for_delivery(event);
        self.outbox.enqueue(record, fault);
        self.clock.nudge();
    }
}

/// The permission without which an event cannot be subscribed to.
fn permission_for(event: &str) -> Option<&'static str> {
    Some(match event {
        "issue_comment" | "issues" => "issues",
        "pull_request" | "pull_request_review" => "pull_requests",
        "push" | "create" | "delete" => "contents",
        "status" => "statuses",
        "check_run" | "check_suite" => "checks",
        "deployment" | "deployment_status" => "deployments",
        "repository" => "metadata",
        _ => return None,
    })
}

/// Sends what is queued, one delivery after another, for ever.
pub(super) async fn send_all(github: GitHub) {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(hyper_util::rt::TokioExecutor::new()).build_http();
    let wake = github.world().outbox.wake.clone();
    loop {
        let next = {
            let mut world = github.world();
            let now = world.clock.now();
            let app = world.app.id;
            world.outbox.next(now).map(|(hook, record)| (app, hook, record))
        };
        let Some((app, hook, record)) = next else {
            wake.notified().await;
            continue;
        };
        let started = Instant::now();
        let outcome = send(&client, app, &hook, &record).await;
        github.world().outbox.settle(record.id, started.elapsed(), outcome);
    }
}

async fn send(client: &Client<HttpConnector, Full<Bytes>>, app: u64, hook: &Webhook, record: &Record) -> Outcome {
    let failed = |status: &str, status_code| Outcome {
        status_code,
        status: status.to_owned(),
        body: String::new(),
    };
    let mut request = Request::builder().method(Method::POST).uri(&hook.url);
    for (name, value) in record.headers(app, &hook.secret) {
        request = request.header(name, value);
    }
    let Ok(request) = request.body(Full::new(record.body.clone())) else {
        return failed("invalid webhook URL", 0);
    };
    let exchange = async {
        let (head, body) = client.request(request).await.ok()?.into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Some((head.status, String::from_utf8_lossy(&body).into_owned()))
    };
    match tokio::time::timeout(ANSWER_WITHIN, exchange).await {
        Ok(Some((status, body))) if status.is_success() => Outcome {
            status_code: status.as_u16(),
            status: "OK".into(),
            body,
        },
        Ok(Some((status, body))) => Outcome {
            status_code: status.as_u16(),
            status: format!("Invalid HTTP Response: {}", status.as_u16()),
            body,
        },
        Ok(None) => failed("failed to connect to host", 0),
        Err(_) => failed("timed out", 504),
    }
}
