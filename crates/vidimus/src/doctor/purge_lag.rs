//! Whether the purge keeps up, asked of the running server.

use reqwest::Method;
use serde_json::Value;

use crate::{
    cli::{Global, connect},
    doctor::Finding,
};

const LAG_WARNING_SECONDS: i64 = 3600;

pub async fn purge_lag(global: &Global) -> Finding {
    let check = "purge";
    let client = match connect(global).await {
        Ok(client) => client,
        Err(failure) => return Finding::skipped(check, format!("not asked: {failure}")),
    };
    let status = match client.ask(Method::GET, &["status"], None).await {
        Ok(status) => status,
        Err(failure) => return Finding::failed(check, failure.to_string()),
    };
    let lag = status.get("purge_lag_seconds").and_then(Value::as_i64).unwrap_or(0);
    if lag > LAG_WARNING_SECONDS {
        let advice = "raise purge.batch, or lower purge.interval_seconds";
        return Finding::warning(check, format!("{lag} s behind; {advice}"));
    }
    Finding::ok(check, format!("{lag} s behind"))
}
