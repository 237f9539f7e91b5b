//! The commands' side of `/__sandbox/…`: no credentials, because a sandbox has no secrets.

use std::{path::Path, time::Duration};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Map, Value, json};

use super::moves::Move;
use crate::{
    cli::{
        ClockArgs, Credentials, DEFAULT_CREDENTIALS, FaultArgs, FaultCommand, Global, Output,
        ResetArgs, aligned, print, say,
    },
    failure::Failure,
};

const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";
const ANSWER_SECONDS_MAX: u64 = 60;
const FAULT_COLUMNS: [&str; 6] = ["id", "endpoint", "tenant", "kind", "remaining", "for"];

/// # Errors
/// There is no sandbox, or it refuses.
pub async fn clock(args: &ClockArgs, global: &Global) -> Result<(), Failure> {
    let moved = Move::read(&args.by, args.to.as_deref()).map_err(Failure::usage)?;
    let sandbox = Sandbox::of(global)?;
    let (method, order) = match moved {
        Move::Show => (Method::GET, None),
        Move::By(seconds) => (Method::POST, Some(json!({ "advance_seconds": seconds }))),
        Move::Back => (Method::POST, Some(json!({ "offset_seconds": 0 }))),
        Move::To(seconds) => (Method::POST, Some(json!({ "now": seconds }))),
    };
    let answer = sandbox.ask(method, "clock", order).await?;
    let number = |name: &str| answer.get(name).and_then(Value::as_i64).unwrap_or_default();
    let told = json!({
        "at": number("now"),
        "offset_seconds": number("offset_seconds"),
    });
    print(&told, global.output, &[])
}

/// # Errors
/// As [`clock`].
pub async fn fault(command: &FaultCommand, global: &Global) -> Result<(), Failure> {
    let sandbox = Sandbox::of(global)?;
    match command {
        FaultCommand::Set(args) => {
            let made = sandbox.ask(Method::POST, "faults", Some(order(args))).await?;
            print(&made, global.output, &[])
        }
        FaultCommand::List => {
            let answer = sandbox.ask(Method::GET, "faults", None).await?;
            let member = |name: &str| answer.get(name).cloned().unwrap_or_default();
            let items = json!({"items": member("faults"), "kinds": member("kinds")});
            print(&items, global.output, &FAULT_COLUMNS)?;
            if global.output == Output::Table {
                say(&format!("\n{}", catalogue(&member("kinds"))))?;
            }
            Ok(())
        }
        FaultCommand::Clear { tenant } => {
            let path = match tenant {
                Some(tenant) => {
                    let mut query = url::form_urlencoded::Serializer::new("faults?".to_owned());
                    query.append_pair("tenant", tenant).finish()
                }
                None => "faults".to_owned(),
            };
            print(&sandbox.ask(Method::DELETE, &path, None).await?, global.output, &[])
        }
    }
}

/// # Errors
/// As [`clock`].
pub async fn reset(args: &ResetArgs, global: &Global) -> Result<(), Failure> {
    let order = args.tenant.as_ref().map(|tenant| json!({ "tenant": tenant }));
    let answer = Sandbox::of(global)?.ask(Method::POST, "reset", order).await?;
    print(&answer, global.output, &[])
}

/// Whole, because that is what somebody looks for.
fn catalogue(kinds: &Value) -> String {
    let text = |kind: &Value, name: &str| {
        kind.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let rows = kinds.as_array().into_iter().flatten();
    let rows = rows.map(|kind| vec![text(kind, "kind"), text(kind, "what")]);
    let head = vec!["KIND".to_owned(), "WHAT A CLIENT MEETS".to_owned()];
    aligned(std::iter::once(head).chain(rows).collect()).trim_end().to_owned()
}

fn order(args: &FaultArgs) -> Value {
    let mut order = Map::new();
    order.insert("endpoint".to_owned(), json!(args.endpoint));
    order.insert("kind".to_owned(), json!(args.kind));
    order.insert("for".to_owned(), json!(args.times));
    for (key, value) in [
        ("tenant", args.tenant.as_ref().map(|tenant| json!(tenant))),
        ("delay_ms", args.delay_ms.map(|delay| json!(delay))),
        ("retry_after_seconds", args.retry_after_seconds.map(|seconds| json!(seconds))),
    ] {
        order.extend(value.map(|value| (key.to_owned(), value)));
    }
    Value::Object(order)
}

/// One, wherever it listens.
pub struct Sandbox {
    http: Client,
    pub server: String,
}

impl Sandbox {
    /// `--server`, or what the credentials name, or where `vidimus dev` listens by itself.
    ///
    /// # Errors
    /// The credentials that are here cannot be read.
    pub fn of(global: &Global) -> Result<Self, Failure> {
        let has_file = global.credentials.is_some() || Path::new(DEFAULT_CREDENTIALS).exists();
        let server = match &global.server {
            Some(server) => server.clone(),
            None if has_file => Credentials::find(global.credentials.as_deref())?.server,
            None => DEFAULT_SERVER.to_owned(),
        };
        let http = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(ANSWER_SECONDS_MAX))
            .build()
            .map_err(|why| Failure::refused(why.to_string()))?;
        Ok(Self { http, server: server.trim_end_matches('/').to_owned() })
    }

    /// # Errors
    /// There is no sandbox, or it refuses.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let request = self.http.request(method, format!("{}/__sandbox/{path}", self.server));
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let unreachable = |why: reqwest::Error| {
            Failure::refused(format!(
                "cannot reach {}: {why}. Is `vidimus dev` running there? Another address is given \
                 by --server or VIDIMUS_URL",
                self.server
            ))
        };
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let bytes = response.bytes().await.map_err(unreachable)?;
        let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
        if status.is_success() {
            return Ok(answer);
        }
        let said = answer.get("error_description").and_then(Value::as_str).unwrap_or_default();
        // A server that is no sandbox has nothing there.
        if status == StatusCode::NOT_FOUND && said == "There is nothing here." {
            return Err(Failure::refused(format!(
                "{} is no sandbox: clock, faults and reset are there in `vidimus dev` alone",
                self.server
            )));
        }
        Err(Failure::refused(if said.is_empty() {
            format!("answered {status}")
        } else {
            said.to_owned()
        }))
    }
}
