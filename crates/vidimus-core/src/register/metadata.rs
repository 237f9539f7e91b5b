//! The client that a registration comes to (RFC 7591 §2), judged as a whole: what is left out has its
//! default, and neither is more than a client may be that registers itself.

use serde_json::{Value, json};

use super::{
    members::{self, Members, wrong},
    name,
};
use crate::{
    admin::declare::{Declaration, Origin, client},
    authorize::ResponseType,
    error::{Cause, ErrorCode, OAuthError},
    grant::named,
    manner::RegistrationManner,
    model::{ClientMetadata, IdTokenAlgorithm, Kind},
    policy::Policy,
    redirect_uri::is_web,
    scope::Scope,
};

/// Grants in which a user takes part. Those by which a client acts alone, or for users that never
/// saw it, only an administrator gives.
pub const GRANTS: [&str; 4] = [
    "authorization_code",
    "implicit",
    "refresh_token",
    "urn:ietf:params:oauth:grant-type:device_code",
];

/// Of a client that names its grants alone, on a route where that is how it is done.
const IMPLICIT: [&str; 3] = ["token", "id_token", "id_token token"];

const PAGES: [&str; 4] = ["client_uri", "logo_uri", "tos_uri", "policy_uri"];

pub struct Wish<'a> {
    pub sent: &'a Members,
    /// Claims of a software statement.
    pub attested: Option<&'a Members>,
    pub policy: &'a Policy,
    pub manner: &'a RegistrationManner,
    /// An administrator gives also the grants that clients do not give themselves.
    pub by_administrator: bool,
}

/// The one way to a registered client's metadata, new or changed.
///
/// # Errors
/// `invalid_redirect_uri` or `invalid_client_metadata`.
pub fn resulting(wish: &Wish<'_>, client_id: &str) -> Result<ClientMetadata, OAuthError> {
    let manner = wish.manner;
    let mut members = members::merged(wish.sent, wish.attested)?;
    for key in PAGES {
        if members.get(key).and_then(Value::as_str).is_some_and(|uri| !is_web(uri)) {
            return Err(wrong(key, format!("{key} must be an https URL.")));
        }
    }
    take_added(&mut members, manner);
    members
        .entry("token_endpoint_auth_method")
        .or_insert_with(|| json!(manner.default_auth_method));
    members.remove("software_statement");
    let declaration =
        Declaration { kind: Kind::Client, map: &members, pointer: "", origin: Origin::Api };
    let mut metadata = client::metadata(&declaration, client_id, None).map_err(of_registration)?;
    check_grants(&metadata, wish.by_administrator)?;
    check_redirects(&metadata)?;
    check_unsigned(&metadata, wish.policy)?;
    if !manner.unmatched_response_types {
        check_response_types(&metadata, wish.policy)?;
    } else if !members.contains_key("response_types") && has_grant(&metadata, "implicit") {
        metadata.response_types.extend(IMPLICIT.map(str::to_owned));
    }
    for grant in manner.adds_grants {
        metadata.grant_types.push((*grant).to_owned());
    }
    metadata.scope = scope(&members, wish)?.to_string();
    if let Some(name) = &metadata.client_name {
        let cleaned = name::clean(name);
        metadata.client_name = cleaned
            .map_err(|why| wrong("client_name", format!("client_name cannot be shown: {why}.")))?;
    }
    if manner.first_contact_only {
        metadata.contacts.truncate(1);
    }
    Ok(metadata)
}

/// A client that read its registration sends them back (RFC 7592 §2.2).
fn take_added(members: &mut Members, manner: &RegistrationManner) {
    if let Some(Value::Array(grants)) = members.get_mut("grant_types") {
        let is_added =
            |grant: &Value| grant.as_str().is_some_and(|grant| manner.adds_grants.contains(&grant));
        grants.retain(|grant| !is_added(grant));
    }
}

fn check_grants(metadata: &ClientMetadata, by_administrator: bool) -> Result<(), OAuthError> {
    let may = |name: &str| GRANTS.contains(&name) || by_administrator && named(name).is_some();
    match metadata.grant_types.iter().find(|grant| !may(grant)) {
        Some(_) => Err(wrong("grant_types", "A grant type is not for self-registered clients.")),
        None => Ok(()),
    }
}

fn has_grant(metadata: &ClientMetadata, grant: &str) -> bool {
    metadata.grant_types.iter().any(|granted| granted == grant)
}

fn check_redirects(metadata: &ClientMetadata) -> Result<(), OAuthError> {
    let redirects = has_grant(metadata, "authorization_code") || has_grant(metadata, "implicit");
    if redirects && metadata.redirect_uris.is_empty() {
        let what = "A client that redirects needs redirect_uris.";
        return Err(OAuthError::new(ErrorCode::InvalidRedirectUri, what)
            .caused(Cause::NoRedirectUri)
            .at("/redirect_uris"));
    }
    Ok(())
}

fn check_unsigned(metadata: &ClientMetadata, policy: &Policy) -> Result<(), OAuthError> {
    let is_unsigned = metadata.id_token_signed_response_alg == IdTokenAlgorithm::Unsigned;
    if is_unsigned && !policy.allow_unsigned_id_tokens {
        let what = "ID tokens are always signed here.";
        return Err(wrong("id_token_signed_response_alg", what));
    }
    Ok(())
}

/// Those known, in any order of words, that the tenant allows; and RFC 7591 §2.1, in both
/// directions.
fn check_response_types(metadata: &ClientMetadata, policy: &Policy) -> Result<(), OAuthError> {
    let known = metadata.response_types.iter().map(|kind| ResponseType::parse(kind));
    let Some(known) = known.collect::<Option<Vec<_>>>() else {
        return Err(wrong("response_types", "A response type is not known."));
    };
    let has_code = known.iter().any(|kind| kind.code);
    let has_token = known.iter().any(|kind| kind.is_legacy());
    let matches = has_code == has_grant(metadata, "authorization_code")
        && has_token == has_grant(metadata, "implicit");
    if has_token && !policy.allow_legacy_response_types {
        let what = "Only the response type code is for self-registered clients here.";
        return Err(wrong("response_types", what));
    }
    if !matches {
        return Err(wrong("response_types", "response_types and grant_types do not match."));
    }
    Ok(())
}

/// What exceeds is dropped; where nothing is left of what was asked, that is refused.
fn scope(members: &Members, wish: &Wish<'_>) -> Result<Scope, OAuthError> {
    let registrable = Scope::stored(&wish.policy.registrable_scope).without_reserved();
    let default = match wish.manner.default_scope {
        None => registrable.clone(),
        Some(scope) => Scope::stored(scope),
    };
    let asked = members.get("scope").and_then(Value::as_str).filter(|text| !text.is_empty());
    let Some(asked) = asked else { return Ok(default) };
    let allowed = registrable.with(&default);
    let granted = Scope::stored(asked).within(&allowed);
    if granted.is_empty() {
        return Err(wrong("scope", "No scope of these is for self-registered clients."));
    }
    Ok(granted)
}

/// What a declaration is refused for, in the words of RFC 7591 §3.2.2.
fn of_registration(error: OAuthError) -> OAuthError {
    let pointer = error.pointer.unwrap_or_default();
    let member = pointer.split('/').nth(1).unwrap_or_default();
    // It may repeat what was sent, and only some characters may go out.
    let sendable = |c: u8| matches!(c, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    let text = error.description;
    let description = if text.len() <= 200 && text.bytes().all(sendable) {
        text
    } else {
        format!("{member} is not valid.").into()
    };
    let code = match error.code {
        ErrorCode::InvalidRedirectUri => ErrorCode::InvalidRedirectUri,
        _ => ErrorCode::InvalidClientMetadata,
    };
    OAuthError::new(code, description).caused(Cause::Registration).at(pointer)
}
