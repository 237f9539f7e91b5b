//! The keyed digest of the declaration that made an object: applying the same one again costs nothing.

use crate::model::Body;

pub const fn fingerprint(body: &Body) -> Option<&String> {
    match body {
        Body::Tenant(tenant) => tenant.fingerprint.as_ref(),
        Body::Client(client) => client.fingerprint.as_ref(),
        Body::ResourceServer(server) => server.fingerprint.as_ref(),
        Body::User(user) => user.fingerprint.as_ref(),
        Body::TrustedIssuer(trusted) => trusted.fingerprint.as_ref(),
        Body::RegistrationToken(token) => token.fingerprint.as_ref(),
        Body::ApiToken(token) => token.fingerprint.as_ref(),
        Body::SigningKey(_) | Body::Consent(_) | Body::AuditEntry(_) => None,
    }
}

/// The digest of a declaration that came from another server, and so from no world of ours.
pub fn imported(print: &str) -> String {
    format!("{IMPORTED}{print}")
}

const IMPORTED: &str = "import:";

/// Whether it is as an import left it, but for what its use has changed.
pub fn is_imported(body: &Body) -> bool {
    fingerprint(body).is_some_and(|print| print.starts_with(IMPORTED))
}

/// Its user has made it his own since.
pub fn forget_import(body: &mut Body) {
    if is_imported(body) {
        set_fingerprint(body, None);
    }
}

/// Whether a world declared it; that world may take it back.
pub fn is_of_world(body: &Body) -> bool {
    fingerprint(body).is_some() && !is_imported(body)
}

pub fn set_fingerprint(body: &mut Body, fingerprint: Option<String>) {
    match body {
        Body::Tenant(tenant) => tenant.fingerprint = fingerprint,
        Body::Client(client) => client.fingerprint = fingerprint,
        Body::ResourceServer(server) => server.fingerprint = fingerprint,
        Body::User(user) => user.fingerprint = fingerprint,
        Body::TrustedIssuer(trusted) => trusted.fingerprint = fingerprint,
        Body::RegistrationToken(token) => token.fingerprint = fingerprint,
        Body::ApiToken(token) => token.fingerprint = fingerprint,
        Body::SigningKey(_) | Body::Consent(_) | Body::AuditEntry(_) => {}
    }
}
