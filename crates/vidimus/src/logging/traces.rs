//! Traces over OTLP (HTTP, protobuf), in batches from a thread of their own.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use tracing_subscriber::{Layer as _, filter::Targets};

use super::BoxedLayer;
use crate::failure::Failure;

/// The spans of requests, and nothing of the libraries.
const TARGET: &str = "vidimus";

pub struct Traces(SdkTracerProvider);

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(why) = self.0.shutdown() {
            tracing::warn!(%why, "the last traces were not sent");
        }
    }
}

pub fn start(endpoint: &str) -> Result<(BoxedLayer, Traces), Failure> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .map_err(|why| Failure::refused(format!("telemetry.otlp_endpoint: {why}")))?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("vidimus").build())
        .build();
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("vidimus"))
        .with_filter(Targets::new().with_target(TARGET, tracing::Level::DEBUG))
        .boxed();
    Ok((layer, Traces(provider)))
}
