//! `vidimus assertion …`

use std::path::PathBuf;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Global, Output, aligned, connect,
    object::OfTenant,
    output::{print, say},
    plain,
    secret_input::read_secret,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum AssertionCommand {
    /// Check an assertion (a JWT that is a grant, RFC 7523) claim by claim, without using it up
    #[command(after_help = "Example: vidimus assertion check mine.jwt --profile standard\n\n\
                      Ends in 1 where it would be refused.")]
    Check {
        /// A file with the assertion; standard input, if left out or -
        #[arg(value_name = "FILE", default_value = "-", hide_default_value = true)]
        file: PathBuf,
        /// The dialect whose rules are told claim by claim; the tenant's first, if left out
        #[arg(long, value_name = "DIALECT")]
        profile: Option<String>,
        /// The client that would bring it; its issuer, if left out
        #[arg(long, value_name = "CLIENT_ID")]
        client_id: Option<String>,
        #[command(flatten)]
        of: OfTenant,
    },
}

/// # Errors
/// The assertion would be refused, or the server does not answer.
pub async fn run(command: &AssertionCommand, global: &Global) -> Result<(), Failure> {
    let AssertionCommand::Check { file, profile, client_id, of } = command;
    let assertion = read_secret(file)?;
    let order =
        json!({"assertion": assertion.expose(), "profile": profile, "client_id": client_id});
    let path = ["tenants", &of.tenant, "assertions", "check"];
    let answer = connect(global).await?.ask(Method::POST, &path, Some(&order)).await?;
    match global.output {
        Output::Json => print(&answer, Output::Json, &[])?,
        Output::Table => say(told(&answer).trim_end())?,
    }
    match answer.get("ok") {
        Some(Value::Bool(true)) => Ok(()),
        _ => Err(Failure::refused("the assertion would be refused")),
    }
}

fn told(answer: &Value) -> String {
    let list = |key: &str| answer.get(key).and_then(Value::as_array).into_iter().flatten();
    let mut rows = Vec::new();
    for check in list("checks") {
        let text = |key: &str| check.get(key).and_then(Value::as_str).unwrap_or_default();
        let verdict = match check.get("ok") {
            Some(Value::Bool(true)) => "ok",
            Some(Value::Bool(false)) => "FAILED",
            _ => "?",
        };
        let found = match check.get("found") {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let first = [found, text("note").to_owned()];
        let first: Vec<String> = first.into_iter().filter(|part| !part.is_empty()).collect();
        let row = |a: &str, b: &str, c: String| vec![format!("  {a}"), b.to_owned(), plain(&c)];
        rows.push(row(text("claim"), verdict, first.join("   ")));
        if verdict == "FAILED"
            && let Some(accepted) = check.get("accepted").and_then(Value::as_array)
        {
            let names: Vec<&str> = accepted.iter().filter_map(Value::as_str).collect();
            rows.push(row("", "", format!("accepted: {}", names.join(", "))));
        }
    }
    let mut text = aligned(rows);
    for (dialect, seen) in answer.get("as_seen").and_then(Value::as_object).into_iter().flatten() {
        let status = seen.get("status").and_then(Value::as_u64).unwrap_or_default();
        let body = match seen.get("body") {
            None | Some(Value::Null) => "a token".to_owned(),
            Some(Value::String(text)) => plain(text),
            Some(body) => plain(&body.to_string()),
        };
        text.push_str(&format!("a client of {dialect} would see:  {status} {body}\n"));
    }
    for fix in list("fix").filter_map(Value::as_str) {
        text.push_str(&format!("to fix: {}\n", plain(fix)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_claim_has_its_line_and_each_dialect_its_answer() {
        let answer = json!({"ok": false, "checks": [
            {"claim": "iss", "ok": true, "found": "a", "note": "the client"},
            {"claim": "aud", "ok": false, "found": "http://x\u{1b}[2J", "note": "no",
             "accepted": ["https://y", "https://z"]},
            {"claim": "jti", "ok": null, "found": null, "note": "later"}],
            "as_seen": {"standard": {"status": 400, "body": {"error": "invalid_grant"}},
                        "other": {"status": 200, "body": null}},
            "fix": ["vidimus tenant update t"]});
        assert_eq!(
            told(&answer),
            "  iss  ok      a   the client\n  aud  FAILED  http://x [2J   no\n               \
             accepted: https://y, https://z\n  jti  ?       later\n\
             a client of standard would see:  400 {\"error\":\"invalid_grant\"}\n\
             a client of other would see:  200 a token\nto fix: vidimus tenant update t\n"
        );
    }
}
