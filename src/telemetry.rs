//! Where the log goes, and the spans of deliveries and looks: to the standard error, and to a collector if one is configured.
//!
//! A collector that is away costs nothing but its spans: they are sent from a thread of their own, and dropped when too many wait.

mod collector;

use std::io::IsTerminal;
use std::time::Duration;

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use self::collector::Collector;

/// How long the last spans may take to be sent when the program ends.
const LAST_SPANS_WITHIN: Duration = Duration::from_secs(3);

/// Ours alone: whoever asks what a delivery led to does not ask how the connection pool is.
const OURS: &str = "greenlight";

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("GREENLIGHT_LOG is not a log filter such as `info` or `greenlight=debug`")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("this machine's root certificates cannot be read, so no collector at an https:// address can be trusted")]
    Roots(#[source] std::io::Error),
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT cannot be used")]
    Collector(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// What has to be sent before the program ends.
#[must_use]
pub struct Telemetry {
    spans: Option<SdkTracerProvider>,
}

/// Begins to log: text for people on a terminal, JSON for machines elsewhere.
///
/// # Errors
/// [`TelemetryError::Filter`].
pub fn log(filter: &str) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_new(filter)?;
    tracing_subscriber::registry().with(lines().with_filter(filter)).init();
    Ok(())
}

/// Begins to log, as [`log`] does. Where the address of a collector is given, the spans go there: OTLP over HTTP, with the headers
/// of `OTEL_EXPORTER_OTLP_HEADERS` and under the name of `OTEL_SERVICE_NAME`. Has to be called inside a Tokio runtime.
///
/// # Errors
/// [`TelemetryError`] for what can never work; a collector that is away is none.
pub fn begin(filter: &str, collector: Option<&str>) -> Result<Telemetry, TelemetryError> {
    let filter = EnvFilter::try_new(filter)?;
    let spans = collector.map(spans_to).transpose()?;
    let exported = spans.as_ref().map(|provider| {
        let tracer = provider.tracer(OURS);
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        layer.with_filter(Targets::new().with_target(OURS, Level::INFO))
    });
    tracing_subscriber::registry()
        .with(lines().with_filter(filter))
        .with(exported)
        .init();
    Ok(Telemetry { spans })
}

impl Telemetry {
    /// Sends what was not sent yet.
    pub async fn end(self) {
        let Some(spans) = self.spans else { return };
        let ended = tokio::task::spawn_blocking(move || spans.shutdown_with_timeout(LAST_SPANS_WITHIN)).await;
        if !matches!(ended, Ok(Ok(()))) {
            tracing::warn!("the last spans were not taken by the collector");
        }
    }
}

fn lines() -> Box<dyn Layer<Registry> + Send + Sync> {
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match std::io::stderr().is_terminal() {
        true => lines.boxed(),
        false => lines.json().boxed(),
    }
}

fn spans_to(collector: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Collector::new().map_err(TelemetryError::Roots)?)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
        .build()?;
    let mut resource = Resource::builder();
    if std::env::var_os("OTEL_SERVICE_NAME").is_none() {
        resource = resource.with_service_name(OURS);
    }
    let resource = resource.with_attribute(opentelemetry::KeyValue::new(
        "service.version",
        env!("CARGO_PKG_VERSION"),
    ));
    Ok(SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.build())
        .build())
}
