//! Logs on standard error, as text or JSON; traces and logs to a collector, if one is configured.

#[cfg(feature = "otlp")]
mod telemetry;

use std::{
    io::{self, IsTerminal as _},
    str::FromStr as _,
};

use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    filter::{Directive, LevelFilter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

use crate::{
    config::{Config, Environment, LogFormat},
    failure::Failure,
};

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Sends what is left when it is dropped.
pub struct Flush {
    #[cfg(feature = "otlp")]
    _telemetry: Option<telemetry::Telemetry>,
}

/// # Errors
/// A filter or an endpoint that cannot be meant.
pub fn start(config: &Config, environment: &Environment) -> Result<Flush, Failure> {
    let layers = vec![log_layer(config.log_format, filter(environment)?)];
    #[cfg(feature = "otlp")]
    let (layers, telemetry) = match &config.otlp_endpoint {
        Some(endpoint) => {
            let (more, telemetry) = telemetry::start(endpoint, filter(environment)?)?;
            (layers.into_iter().chain(more).collect(), Some(telemetry))
        }
        None => (layers, None),
    };
    #[cfg(not(feature = "otlp"))]
    if config.otlp_endpoint.is_some() {
        return Err(Failure::refused("telemetry.otlp_endpoint: this binary was built without it"));
    }
    tracing_subscriber::registry()
        .with(layers)
        .try_init()
        .map_err(|why| Failure::refused(format!("logging: {why}")))?;
    Ok(Flush {
        #[cfg(feature = "otlp")]
        _telemetry: telemetry,
    })
}

fn filter(environment: &Environment) -> Result<EnvFilter, Failure> {
    Ok(asked_for(environment)?.add_directive(quiet()))
}

/// At its finer levels the driver logs the parameters of every statement: names that were sent,
/// which may be a secret in the wrong field, and hashes.
fn quiet() -> Directive {
    Directive::from_str("tokio_postgres=warn").unwrap_or_else(|_| LevelFilter::INFO.into())
}

/// `VIDIMUS_LOG`, else `RUST_LOG`, else everything from `info` on.
fn asked_for(environment: &Environment) -> Result<EnvFilter, Failure> {
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::INFO.into());
    for name in ["VIDIMUS_LOG", "RUST_LOG"] {
        if let Some(text) = environment.get(name) {
            return builder
                .parse(text)
                .map_err(|why| Failure::refused(format!("{name}={text}: {why}")));
        }
    }
    Ok(builder.parse_lossy(""))
}

fn log_layer(format: LogFormat, filter: EnvFilter) -> BoxedLayer {
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Json => layer.json().flatten_event(true).with_filter(filter).boxed(),
        LogFormat::Text => layer.with_ansi(io::stderr().is_terminal()).with_filter(filter).boxed(),
    }
}
