//! Why a token is active or not, with who has asked about it: as far as the request log remembers.

use serde_json::{Value, json};
use vidimus_core::{admin::Explain, engine::Store, errand::Errands, facts::TenantRef};

use crate::{app::App, exchange::Exchange, failure::Failure, request_log::Entry};

impl<S: Store, E: Errands> App<S, E> {
    /// The operation's reply; its time line has the introspections as well.
    pub async fn explain(
        &self,
        operation: &Explain,
        at: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<Value, Failure> {
        let mut reply = self.run(operation, at, exchange).await?;
        let jti = reply.pointer("/token/jti").and_then(Value::as_str).map(str::to_owned);
        let line = reply.get_mut("time_line").and_then(Value::as_array_mut);
        if let (Some(jti), Some(line)) = (jti, line) {
            line.extend(self.requests.of_token(&jti).iter().map(|entry| introspected(entry)));
            line.sort_by_key(|event| event.get("at").and_then(Value::as_i64));
        }
        Ok(reply)
    }
}

fn introspected(entry: &Entry) -> Value {
    let caller = entry.caller.as_deref().unwrap_or("somebody");
    let told = match entry.reason {
        None => "active".to_owned(),
        Some(reason) => format!("inactive ({reason})"),
    };
    let what = format!("{caller} asked about it, and was told that it is {told}.");
    json!({"at": entry.time, "event": "introspected", "what": what, "future": false})
}
