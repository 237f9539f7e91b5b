//! What a decision tells the operator: into logs and counters. No token and no secret is in an
//! event; names that callers chose are logged escaped.

use tracing::{debug, field, info, warn};
use vidimus_core::{
    error::{Cause, OAuthError},
    introspect::Reason,
    outcome::Event,
    time::Time,
};

use crate::{exchange::Exchange, guessing::Guessing, metrics::Metrics};

/// Said here, or sent back to the client by way of the browser.
pub fn refused(error: &OAuthError, client_id: Option<&str>, exchange: &Exchange) {
    info!(
        request_id = %exchange.id,
        endpoint = exchange.label.as_str(),
        client_id = client_id.map(field::debug),
        error = error.code.as_str(),
        why = ?error.why.as_ref().unwrap_or(&error.description),
        "refused"
    );
}

/// Who guesses tokens, where this was the one too many.
pub fn record<'a>(
    metrics: &Metrics,
    guessing: &Guessing,
    event: &'a Event,
    now: Time,
    tenant: &str,
    exchange: &mut Exchange,
) -> Option<&'a str> {
    let request_id = exchange.id;
    match event {
        Event::Introspected { caller, reason: None, token } => {
            exchange.token = *token;
            metrics.introspected(tenant, caller, None);
            debug!(%request_id, ?caller, "introspection: active");
        }
        Event::Introspected { caller, reason: Some(reason), token } => {
            exchange.token = *token;
            inactive(metrics, caller, reason, tenant, exchange);
            if guessing.alerts(caller, reason, now) {
                metrics.guessed();
                warn!(%request_id, tenant, ?caller, "introspection: this caller guesses tokens");
                return Some(caller);
            }
        }
        Event::Issued { grant, client_id, token } => {
            metrics.issued(tenant, client_id, grant);
            debug!(%request_id, ?client_id, grant, jti = token.to_text(), "token issued");
        }
        Event::Revoked { caller, token } => {
            metrics.revoked(true);
            info!(%request_id, tenant, ?caller, jti = token.to_text(), "token revoked");
        }
        Event::NotRevoked { caller, reason } => {
            let label = reason.label();
            metrics.revoked(false);
            exchange.reason = Some(label);
            info!(%request_id, tenant, ?caller, reason = label, "revocation: nothing to revoke");
        }
        Event::Administered { by, action } => {
            metrics.administered();
            info!(%request_id, tenant, ?by, ?action, "administration");
        }
        Event::Registered { client_id } => {
            metrics.registered();
            info!(%request_id, tenant, ?client_id, "client registered");
        }
        Event::Reused { client_id, token } => {
            metrics.reused();
            let jti = token.to_text();
            warn!(%request_id, tenant, ?client_id, jti, "a rotated refresh token came again");
        }
        Event::SignInFailed { cause, client_id, username } => {
            metrics.sign_in_failed();
            sign_in_failed(cause, client_id.as_deref(), username.as_deref(), tenant, exchange);
        }
        Event::NotReturned { client_id, address } => {
            info!(%request_id, ?client_id, ?address, "no registered post_logout_redirect_uri");
        }
        Event::KeyMade { kid } => info!(%request_id, tenant, kid, "signing key made"),
    }
    None
}

fn inactive(
    metrics: &Metrics,
    caller: &str,
    reason: &Reason,
    tenant: &str,
    exchange: &mut Exchange,
) {
    let label = reason.label();
    metrics.introspected(tenant, caller, Some(label));
    exchange.reason = Some(label);
    info!(
        request_id = %exchange.id,
        tenant,
        ?caller,
        reason = label,
        detail = ?reason,
        "introspection: inactive"
    );
}

fn sign_in_failed(
    cause: &Cause,
    client_id: Option<&str>,
    username: Option<&str>,
    tenant: &str,
    exchange: &Exchange,
) {
    info!(
        request_id = %exchange.id,
        tenant,
        ?cause,
        client_id = client_id.map(field::debug),
        username = username.map(field::debug),
        address = %exchange.peer.address,
        "sign-in failed"
    );
}
