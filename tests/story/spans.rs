//! The spans that a collector gets: one for each delivery, one for each look, with what it read and did inside.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use greenlight::sandbox::{Options, Sandbox};
use http::{HeaderMap, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;

use crate::canary;
use crate::process::{Process, until};

/// What came to the collector.
#[derive(Clone, Default)]
struct Taken(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Taken {
    fn all(&self) -> Vec<(HeaderMap, Bytes)> {
        self.0.lock().expect("no test panics in here").clone()
    }

    /// With the attributes of whoever sent them.
    fn spans(&self) -> Vec<(BTreeMap<String, String>, Span)> {
        let mut spans = Vec::new();
        for (_, body) in self.all() {
            let request = ExportTraceServiceRequest::decode(body).expect("what OTLP calls spans");
            for of_one in request.resource_spans {
                let resource = named(&of_one.resource.expect("who sent it").attributes);
                let found = of_one.scope_spans.into_iter().flat_map(|scope| scope.spans);
                spans.extend(found.map(|span| (resource.clone(), span)));
            }
        }
        spans
    }
}

fn named(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        other => format!("{other:?}"),
    };
    let pairs = attributes.iter();
    pairs.map(|pair| (pair.key.clone(), text(&pair.value))).collect()
}

async fn collector() -> (SocketAddr, Taken) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let taken = Taken::default();
    let keeper = taken.clone();
    let keep = move |headers: HeaderMap, body: Bytes| async move {
        keeper.0.lock().expect("no test panics in here").push((headers, body));
        StatusCode::OK
    };
    let app = Router::new().route("/v1/traces", post(keep));
    tokio::spawn(async { axum::serve(listener, app).await });
    (address, taken)
}

/// The real program, in whose repository a feature landed.
async fn a_feature_landed(folder: &std::path::Path, settings: &[(&str, &str)]) -> (Sandbox, Process) {
    let sandbox = Sandbox::start(Options::default()).await.expect("a sandbox");
    let shop = sandbox.repository("harbour/shop").create();
    let process = Process::serving(&sandbox, folder, settings).await;
    sandbox.set_webhook(&format!("http://{}/webhook", process.address), crate::process::SECRET);
    shop.commit("main", "dora", "Faster checkout", &[("checkout.txt", "fast")]);
    sandbox.deliveries_done().await;
    (sandbox, process)
}

async fn stops(process: &mut Process) {
    process.is_told_to_stop();
    until("the process has ended", || {
        process.child.try_wait().expect("a child").is_some()
    })
    .await;
}

type Seen = (BTreeMap<String, String>, Span, BTreeMap<String, String>);

/// The spans of that name, with who sent them and what they say.
fn of(taken: &Taken, name: &str) -> Vec<Seen> {
    let spans = taken.spans().into_iter().filter(|(_, span)| span.name == name);
    spans
        .map(|(resource, span)| {
            let said = named(&span.attributes);
            (resource, span, said)
        })
        .collect()
}

#[tokio::test]
async fn a_delivery_and_the_look_that_it_led_to_are_found_by_its_guid() {
    let folder = tempfile::tempdir().expect("a folder");
    let (address, taken) = collector().await;
    let collector = format!("http://{address}/");
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=harbour"),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
    ];
    let (_sandbox, mut process) = a_feature_landed(folder.path(), &settings).await;
    let mut found = None;
    until("the delivery of the push and its look are told", || {
        let pushed = of(&taken, "delivery").into_iter();
        let delivery = pushed.into_iter().find(|(_, _, said)| said["event"] == "push");
        let guid = delivery.as_ref().map(|(_, _, said)| said["delivery.id"].clone());
        let mut looks = of(&taken, "look").into_iter();
        let look = looks.find(|(_, _, said)| {
            let guids = said.get("deliveries");
            guids
                .zip(guid.as_ref())
                .is_some_and(|(guids, guid)| guids.contains(guid))
        });
        found = delivery.zip(look);
        found.is_some()
    })
    .await;
    stops(&mut process).await;
    let ((resource, _, delivery), (_, look, said)) = found.expect("both");
    assert_eq!(resource["service.name"], "greenlight");
    assert_eq!(delivery["answer"], "stored");
    assert_eq!(delivery["repo"], "harbour/shop");
    assert_eq!(said["ended"], "done");
    let inside = of(&taken, "observe")
        .into_iter()
        .find(|(_, read, _)| read.parent_span_id == look.span_id);
    assert!(inside.is_some(), "what a look reads is inside of it");
    for (headers, body) in taken.all() {
        assert_eq!(headers["x-tenant"], "harbour");
        canary::none_in("what a collector gets", &body);
    }
}

#[tokio::test]
async fn a_collector_that_is_away_is_told_of_once_and_nothing_waits_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    // The port was free a moment ago; nobody listens there.
    let address = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port")
        .local_addr();
    let collector = format!("http://{}", address.expect("it was bound"));
    // As often as can be.
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.as_str()),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
    ];
    let (sandbox, mut process) = a_feature_landed(folder.path(), &settings).await;
    until("the look has begun", || {
        let exchanges = sandbox.exchanges();
        exchanges
            .iter()
            .any(|exchange| exchange.path.ends_with("/greenlight.yml"))
    })
    .await;
    until("it is told", || process.log().contains("the collector takes no spans")).await;
    stops(&mut process).await;
    assert_eq!(process.log().matches("the collector takes no spans").count(), 1);
}
