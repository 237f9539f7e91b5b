//! What a step of the tour says.

use std::time::Duration;

use serde_json::{Value, json};

pub struct Step {
    title: &'static str,
    /// What the caller is told.
    seen: String,
    is_active: Option<bool>,
    /// What only the operator is told: a label, and the same in words.
    why: Option<(String, String)>,
}

impl Step {
    pub fn issued(body: &Value, status: u16, took: Duration) -> Self {
        let lasts = body.get("expires_in").and_then(Value::as_i64).unwrap_or_default();
        let seen = format!(
            "POST /oauth2/token   {status}   {} ms   good for {} min",
            took.as_millis(),
            lasts / 60
        );
        Self { title: "ask for a token", seen, is_active: None, why: None }
    }

    /// With the label of the reason, and who asked.
    pub fn introspected(title: &'static str, body: &Value, why: Option<(&str, &str)>) -> Self {
        let is_active = body.get("active") == Some(&Value::Bool(true));
        let mut seen = vec![format!("active: {is_active}")];
        for member in ["scope", "aud", "client_id"] {
            match body.get(member) {
                Some(Value::String(text)) => seen.push(format!("{member} {text}")),
                Some(other) => seen.push(format!("{member} {other}")),
                None => {}
            }
        }
        let why = why.map(|(label, caller)| (label.to_owned(), sentence(label, caller)));
        Self { title, seen: seen.join("   "), is_active: Some(is_active), why }
    }

    pub fn told(&self) -> String {
        let line = format!("{:<24} {}", self.title, self.seen);
        match &self.why {
            None => line,
            Some((_, why)) => format!("{line}\n      why (only you see this): {why}"),
        }
    }

    pub fn json(&self) -> Value {
        let (reason, why) = self.why.as_ref().map(|(label, why)| (label, why)).unzip();
        json!({"step": self.title, "seen": self.seen, "active": self.is_active,
            "reason": reason, "why": why})
    }
}

/// Of the reasons that a tour meets; any other is told by its label.
fn sentence(label: &str, caller: &str) -> String {
    match label {
        "wrong_audience" => format!("the token is for an audience that is none of {caller}'s"),
        "expired" => "it has expired on the sandbox's clock".to_owned(),
        "revoked" | "family_revoked" => "its client has revoked it just now".to_owned(),
        other => other.replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_tells_what_is_seen_and_what_is_not() {
        let body = json!({"active": false});
        let step = Step::introspected("two hours later", &body, Some(("expired", "demo-api")));
        assert_eq!(
            step.told(),
            "two hours later          active: false\n      why (only you see this): it has expired \
             on the sandbox's clock"
        );
        assert_eq!(step.json()["reason"], "expired");
        let body = json!({"active": true, "scope": "a", "aud": ["b"]});
        let step = Step::introspected("x", &body, None);
        assert!(step.told().ends_with("active: true   scope a   aud [\"b\"]"), "{}", step.told());
        assert!(step.json()["why"].is_null());
    }
}
