//! Discovery as 5.3.0 has it, of what is there.

use serde_json::{Value, json};
use vidimus_core::error::OAuthError;

use super::refusal;
use crate::{Asked, Endpoint, Route, Shape, members::Members};

/// The names that an issuer has in the path.
const ISSUERS: [&str; 2] = ["token", "oidcdiscovery"];

pub fn metadata(standard: &Value, asked: &Asked<'_>) -> Shape {
    let is_known = |name: &String| ISSUERS.contains(&name.as_str());
    if !asked.captured.first().is_none_or(is_known) {
        let error = OAuthError::invalid_request("There is no such issuer.");
        return refusal::error(&error, None, asked);
    }
    let at = |path: &str| json!(format!("{}{path}", asked.issuer));
    let there = |endpoint| Route::to(endpoint, super::WSO2.routes).map(|route| at(route.path));
    let authorize = there(Endpoint::Authorize);
    let mut body = Members::default();
    body.put("issuer", json!(asked.issuer));
    body.may("authorization_endpoint", authorize.clone());
    body.put("token_endpoint", at("/oauth2/token"));
    body.put("userinfo_endpoint", at("/oauth2/userinfo"));
    body.put("revocation_endpoint", at("/oauth2/revoke"));
    body.put("introspection_endpoint", at("/oauth2/introspect"));
    body.put("device_authorization_endpoint", at("/oauth2/device_authorize"));
    body.put("jwks_uri", at("/oauth2/jwks"));
    // By its users a tenant registers clients whatever its policy says.
    body.put("registration_endpoint", at("/identity/connect/register"));
    body.may("end_session_endpoint", there(Endpoint::EndSession));
    body.may("check_session_iframe", there(Endpoint::CheckSession));
    let types = standard.get("response_types_supported").filter(|_| authorize.is_some());
    body.put("response_types_supported", types.cloned().unwrap_or_else(|| json!([])));
    for name in ["grant_types_supported", "token_endpoint_auth_methods_supported"] {
        body.put(name, standard.get(name).cloned().unwrap_or_else(|| json!([])));
    }
    body.put("subject_types_supported", json!(["pairwise"]));
    body.put("id_token_signing_alg_values_supported", json!(["RS256"]));
    body.shape()
}
