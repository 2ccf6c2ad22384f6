//! What is logged, and whether a collector gets the spans of it.

use super::{Args, Check, LOG_DEFAULT, filled, filled_or};

/// Where to tell what happens.
#[derive(Clone, Debug)]
pub struct Log {
    /// Directives for tracing's `EnvFilter`, known to be valid.
    pub filter: String,
    /// The address of a collector that takes spans by OTLP over HTTP.
    pub collector: Option<String>,
}

impl Check {
    pub(super) fn log(&mut self, args: &Args) -> Option<Log> {
        let collector = filled(args.otel_exporter_otlp_endpoint.clone())
            .map(|url| self.url("OTEL_EXPORTER_OTLP_ENDPOINT", &url).ok_or(()))
            .transpose();
        let filter = filled_or(&args.greenlight_log, LOG_DEFAULT);
        if tracing_subscriber::EnvFilter::try_new(filter).is_err() {
            return self.wrong(
                "GREENLIGHT_LOG",
                "is neither a level nor a list of directives",
                "use error, warn, info or debug; or directives like info,greenlight=debug",
            );
        }
        Some(Log {
            filter: filter.to_owned(),
            collector: collector.ok()?,
        })
    }
}
