//! `login` and `logout`: an administrator signs in elsewhere, by our own device grant (RFC 8628), and what
//! that leaves is kept for the next commands.

pub mod keep;

use std::{path::PathBuf, time::Duration};

use reqwest::StatusCode;
use serde_json::{Value, json};
use vidimus_core::{error::ErrorCode, scope, secret::Secret};

use crate::{
    admin::AdminClient,
    cli::{Credentials, Global, LoginArgs, Output, Proof, login_path, print, say},
    failure::Failure,
};
use keep::Kept;

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 §3.5: by so much slower, when asked to.
const SLOW_DOWN_SECONDS: u64 = 5;
const DEFAULT_INTERVAL_SECONDS: u64 = 5;

/// # Errors
/// The server refuses, the administrator does, or the code runs out.
pub async fn run(args: &LoginArgs, global: &Global) -> Result<(), Failure> {
    let path = place(global)?;
    let known = Credentials::find(global.credentials.as_deref()).ok();
    let server = global.server.clone().or_else(|| known.map(|known| known.server));
    let server = server.ok_or_else(|| {
        Failure::usage("say which server: vidimus login --server https://auth.example.com")
    })?;
    let ca_file = args.ca_file.as_deref().map(std::path::absolute).transpose();
    let ca_file = ca_file.map_err(|why| Failure::refused(format!("--ca-file: {why}")))?;
    let connection = AdminClient::to(&server, ca_file.as_deref())?;
    let got = ask(&connection, &args.client_id).await?;
    let connection = connection.with(got.access_token);
    // Whoever may not administer learns it here, and nothing is kept.
    if let Err(failure) = connection.page(&["tenants"], None, 1).await {
        revoke(&connection, &args.client_id, &got.refresh_token).await;
        return Err(failure);
    }
    let kept = Kept {
        server: server.trim_end_matches('/').to_owned(),
        client_id: args.client_id.clone(),
        refresh_token: got.refresh_token,
        ca_file,
    };
    keep::write(&path, &kept)?;
    match global.output {
        Output::Json => {
            print(&json!({"server": kept.server, "credentials": path}), Output::Json, &[])
        }
        Output::Table => say(&format!("signed in to {}; kept in {}", kept.server, path.display())),
    }
}

/// # Errors
/// There is no login, or its file cannot be deleted.
pub async fn end(global: &Global) -> Result<(), Failure> {
    let path = place(global)?;
    if !path.exists() {
        return Err(Failure::refused("nobody is signed in"));
    }
    let credentials = Credentials::read(&path)?;
    let Proof::Login { refresh_token, .. } = &credentials.proof else {
        let what = "holds a client's credentials, which are not what a login leaves";
        return Err(Failure::refused(format!("{} {what}", path.display())));
    };
    let connection = AdminClient::to(&credentials.server, credentials.ca_file.as_deref())?;
    let told = revoke(&connection, &credentials.client_id, refresh_token).await;
    keep::forget(&path)
        .map_err(|why| Failure::refused(format!("cannot delete {}: {why}", path.display())))?;
    if !told {
        eprintln!("the server was not told: its tokens end by themselves");
    }
    say("signed out")
}

fn place(global: &Global) -> Result<PathBuf, Failure> {
    let named = global.credentials.clone();
    named.or_else(login_path).ok_or_else(|| {
        Failure::usage("there is no home directory: say where to keep it, by --credentials FILE")
    })
}

struct Got {
    access_token: Secret,
    refresh_token: Secret,
}

async fn ask(connection: &AdminClient, client_id: &str) -> Result<Got, Failure> {
    let form = [("client_id", client_id), ("scope", scope::ADMIN)];
    let (status, begun) = connection.form(&["oauth2", "device_authorization"], &form, None).await?;
    if status != StatusCode::OK {
        let described = begun.get("error").and_then(Value::as_str).unwrap_or_default();
        let hint = match described {
            "invalid_client" => format!(
                ": it has no client {client_id}. An administrator's client makes it: vidimus client \
                 create {client_id} --auth-method none --grant-type {DEVICE_CODE} --grant-type \
                 refresh_token --scope {}",
                scope::ADMIN
            ),
            _ => format!(": {begun}"),
        };
        return Err(Failure::refused(format!("the server does not begin a sign-in{hint}")));
    }
    let text = |key: &str| begun.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let whole = |key: &str, default| begun.get(key).and_then(Value::as_u64).unwrap_or(default);
    eprintln!(
        "open {}\nand compare the code: {}",
        text("verification_uri_complete"),
        text("user_code")
    );
    let device_code = text("device_code");
    let mut interval = whole("interval", DEFAULT_INTERVAL_SECONDS);
    let mut left = whole("expires_in", 600);
    loop {
        pause(interval).await;
        let form =
            [("grant_type", DEVICE_CODE), ("device_code", &device_code), ("client_id", client_id)];
        let (status, answer) = connection.form(&["oauth2", "token"], &form, None).await?;
        let secret = |key: &str| answer.get(key).and_then(Value::as_str).map(Secret::new);
        if let (StatusCode::OK, Some(access_token)) = (status, secret("access_token")) {
            let refresh_token = secret("refresh_token").ok_or_else(|| {
                Failure::refused(format!("{client_id} may not refresh: give it that grant too"))
            })?;
            return Ok(Got { access_token, refresh_token });
        }
        let error = answer.get("error").and_then(Value::as_str).unwrap_or_default();
        if error == ErrorCode::SlowDown.as_str() {
            interval += SLOW_DOWN_SECONDS;
        } else if error != ErrorCode::AuthorizationPending.as_str() {
            return Err(Failure::refused(match error {
                "access_denied" => "the sign-in was denied".to_owned(),
                "expired_token" => "the code ran out before it was answered".to_owned(),
                _ => format!("the sign-in failed: {answer}"),
            }));
        }
        left = left.saturating_sub(interval);
        if left == 0 {
            return Err(Failure::refused("the code ran out before it was answered"));
        }
    }
}

/// Whether the server took it.
async fn revoke(connection: &AdminClient, client_id: &str, token: &Secret) -> bool {
    let form = [("token", token.expose()), ("client_id", client_id)];
    let answered = connection.form(&["oauth2", "revoke"], &form, None).await;
    answered.is_ok_and(|(status, _)| status == StatusCode::OK)
}

#[expect(clippy::disallowed_methods, reason = "the edge: it waits for a person")]
async fn pause(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
