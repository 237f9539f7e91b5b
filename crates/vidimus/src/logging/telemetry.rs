//! Traces and logs over OTLP (HTTP, protobuf), in batches from threads of their own.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::{LogExporter, Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    logs::{BatchLogProcessor, SdkLoggerProvider},
    trace::SdkTracerProvider,
};
use tracing_subscriber::{
    EnvFilter, Layer as _,
    filter::{FilterExt as _, Targets},
};

use super::BoxedLayer;
use crate::failure::Failure;

/// The spans of requests and our own words, and nothing of the libraries: those that send it all
/// would be sent in turn.
const TARGET: &str = "vidimus";

pub struct Telemetry {
    traces: SdkTracerProvider,
    logs: SdkLoggerProvider,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        for ended in [self.traces.shutdown(), self.logs.shutdown()] {
            if let Err(why) = ended {
                tracing::warn!(%why, "the last of the telemetry was not sent");
            }
        }
    }
}

/// # Errors
/// The endpoint cannot be meant.
pub fn start(endpoint: &str, filter: EnvFilter) -> Result<(Vec<BoxedLayer>, Telemetry), Failure> {
    let endpoint = endpoint.trim_end_matches('/');
    let refused = |why: String| Failure::refused(format!("telemetry.otlp_endpoint: {why}"));
    let spans = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/traces"))
        .build()
        .map_err(|why| refused(why.to_string()))?;
    let records = LogExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{endpoint}/v1/logs"))
        .build()
        .map_err(|why| refused(why.to_string()))?;
    let resource = || Resource::builder().with_service_name("vidimus").build();
    let traces =
        SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(resource()).build();
    let logs = SdkLoggerProvider::builder()
        .with_log_processor(BatchLogProcessor::builder(records).build())
        .with_resource(resource())
        .build();
    let ours = || Targets::new().with_target(TARGET, tracing::Level::TRACE);
    let tracer = tracing_opentelemetry::layer()
        .with_tracer(traces.tracer("vidimus"))
        .with_filter(Targets::new().with_target(TARGET, tracing::Level::DEBUG))
        .boxed();
    let bridge = OpenTelemetryTracingBridge::new(&logs).with_filter(filter.and(ours())).boxed();
    Ok((vec![tracer, bridge], Telemetry { traces, logs }))
}
