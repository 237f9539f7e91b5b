//! `tour`: one token from birth to revocation in a sandbox, each answer with the reason that only its
//! operator sees.

mod steps;

use std::time::{Duration, Instant};

use reqwest::{Client, Method};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    cli::{Global, Output, say},
    dev::ask::Sandbox,
    failure::Failure,
};
use steps::Step;

const ANSWER_SECONDS_MAX: u64 = 30;
const HOURS_AHEAD: i64 = 2;

/// Seeds of the sandbox.
const CLIENT: (&str, &str) = ("demo-app", "demo-secret");
const API: (&str, &str) = ("demo-api", "demo-api-secret");
const STRANGER: (&str, &str) = ("stranger", "stranger-secret");
const RESOURCE: &str = "https://orders.example";
const SCOPE: &str = "orders:read";

/// # Errors
/// There is no sandbox, or it has other seeds.
pub async fn run(global: &Global) -> Result<(), Failure> {
    let sandbox = Sandbox::of(global)?;
    // Before anything is asked: a server that is no sandbox has nothing to be toured.
    let before = offset(&sandbox.ask(Method::GET, "clock", None).await?);
    let guide = Guide::new(sandbox)?;
    let steps = guide.steps(before).await;
    // However far it went, the clock is as it was.
    guide.clock(json!({"offset_seconds": before})).await?;
    let steps = steps?;
    match global.output {
        Output::Json => {
            let steps: Vec<Value> = steps.iter().map(Step::json).collect();
            say(&format!("{:#}", json!({"steps": steps, "docs": guide.docs()})))
        }
        Output::Table => {
            for (at, step) in steps.iter().enumerate() {
                say(&format!("{}/{} {}", at + 1, steps.len(), step.told()))?;
            }
            say(&format!("Each step as curl, Python, Java, Go and more: {}", guide.docs()))
        }
    }
}

fn offset(clock: &Value) -> i64 {
    clock.get("offset_seconds").and_then(Value::as_i64).unwrap_or_default()
}

struct Guide {
    sandbox: Sandbox,
    http: Client,
}

/// An answer, and what the operator finds about it.
struct Answered {
    status: u16,
    body: Value,
    took: Duration,
    request_id: String,
}

impl Guide {
    fn new(sandbox: Sandbox) -> Result<Self, Failure> {
        let http = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(ANSWER_SECONDS_MAX))
            .build()
            .map_err(|why| Failure::refused(why.to_string()))?;
        Ok(Self { sandbox, http })
    }

    fn docs(&self) -> String {
        format!("{}/docs/tour", self.sandbox.server)
    }

    async fn steps(&self, before: i64) -> Result<Vec<Step>, Failure> {
        let parameters =
            [("grant_type", "client_credentials"), ("scope", SCOPE), ("resource", RESOURCE)];
        let issued = self.post("/oauth2/token", CLIENT, &parameters).await?;
        let token = issued.body.get("access_token").and_then(Value::as_str).unwrap_or_default();
        let token = token.to_owned();
        if token.is_empty() {
            return Err(Failure::refused(format!(
                "{} gives no token to demo-app: {}. The tour needs the seeds of `vidimus dev`; \
                 `vidimus reset` brings them back",
                self.sandbox.server, issued.body
            )));
        }
        let mut steps = vec![Step::issued(&issued.body, issued.status, issued.took)];
        let seen = self.introspect(API, &token).await?;
        steps.push(Step::introspected("introspect as demo-api", &seen.body, None));
        steps.push(self.asked("introspect as stranger", STRANGER, &token).await?);
        let ahead = before + HOURS_AHEAD * 3600;
        self.clock(json!({"offset_seconds": ahead})).await?;
        steps.push(self.asked("two hours later", API, &token).await?);
        self.clock(json!({"offset_seconds": before})).await?;
        self.post("/oauth2/revoke", CLIENT, &[("token", &token)]).await?;
        steps.push(self.asked("clock back, revoke", API, &token).await?);
        Ok(steps)
    }

    async fn clock(&self, order: Value) -> Result<Value, Failure> {
        self.sandbox.ask(Method::POST, "clock", Some(order)).await
    }

    async fn introspect(&self, caller: (&str, &str), token: &str) -> Result<Answered, Failure> {
        self.post("/oauth2/introspect", caller, &[("token", token)]).await
    }

    /// With the reason from the request log.
    async fn asked(
        &self,
        title: &'static str,
        caller: (&str, &str),
        token: &str,
    ) -> Result<Step, Failure> {
        let answered = self.introspect(caller, token).await?;
        let log = self.sandbox.ask(Method::GET, "requests", None).await?;
        let entries = log.get("requests").and_then(Value::as_array).into_iter().flatten();
        let mut entries =
            entries.filter(|entry| entry.get("request_id") == Some(&json!(answered.request_id)));
        let reason = entries.find_map(|entry| entry.get("reason")?.as_str());
        Ok(Step::introspected(title, &answered.body, reason.map(|label| (label, caller.0))))
    }

    async fn post(
        &self,
        path: &str,
        (name, secret): (&str, &str),
        parameters: &[(&str, &str)],
    ) -> Result<Answered, Failure> {
        let body =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let began = now();
        let unreachable = |why: reqwest::Error| {
            Failure::refused(format!("{} does not answer: {why}", self.sandbox.server))
        };
        let response = self
            .http
            .post(format!("{}{path}", self.sandbox.server))
            .basic_auth(name, Some(secret))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .map_err(unreachable)?;
        let status = response.status().as_u16();
        let header = response.headers().get("x-request-id").and_then(|id| id.to_str().ok());
        let request_id = header.unwrap_or_default().to_owned();
        let bytes = response.bytes().await.map_err(unreachable)?;
        let took = now().duration_since(began);
        let body = serde_json::from_slice(&bytes).unwrap_or_default();
        Ok(Answered { status, body, took, request_id })
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge: it measures what a person waits for")]
fn now() -> Instant {
    Instant::now()
}
