//! How a client has its people signed in and out: OpenID Connect Registration §2, RP-Initiated,
//! Front-Channel and Back-Channel Logout, RFC 9101 §10.5, RFC 9126 §6.

use url::Url;

use crate::{
    admin::fields::Fields,
    error::OAuthError,
    jwt::request_object_algorithms,
    limits::{NAME_BYTES_MAX, REGISTERED_VALUES_MAX},
    model::{ClientMetadata, IdTokenAlgorithm, SubjectType},
    redirect_uri::is_web,
};

const ALGORITHMS: &str = "RS256, ES256, PS256, EdDSA";

/// # Errors
/// At the first member that is not what it must be.
pub fn read(fields: &Fields<'_>, metadata: ClientMetadata) -> Result<ClientMetadata, OAuthError> {
    let flag = |key: &str| Ok(fields.flag(key)?.unwrap_or(false));
    Ok(ClientMetadata {
        subject_type: subject_type(fields, &metadata)?,
        id_token_signed_response_alg: id_token_algorithm(fields, &metadata.response_types)?,
        userinfo_signed_response_alg: fields.word("userinfo_signed_response_alg", ALGORITHMS)?,
        request_object_signing_alg: request_object_algorithm(fields)?,
        request_uris: request_uris(fields)?,
        require_signed_request_object: flag("require_signed_request_object")?,
        require_pushed_authorization_requests: flag("require_pushed_authorization_requests")?,
        default_max_age: default_max_age(fields)?,
        require_auth_time: flag("require_auth_time")?,
        default_acr_values: acr_values(fields)?,
        initiate_login_uri: initiate_login_uri(fields)?,
        frontchannel_logout_uri: frontchannel_logout_uri(fields, &metadata.redirect_uris)?,
        frontchannel_logout_session_required: flag("frontchannel_logout_session_required")?,
        backchannel_logout_uri: place(fields, "backchannel_logout_uri")?,
        backchannel_logout_session_required: flag("backchannel_logout_session_required")?,
        ..metadata
    })
}

/// OpenID Connect Core §8.1: several hosts are one sector only where a document says so.
fn subject_type(fields: &Fields<'_>, metadata: &ClientMetadata) -> Result<SubjectType, OAuthError> {
    let subject_type = fields.word("subject_type", "public, pairwise")?.unwrap_or_default();
    let host = |uri: &String| Url::parse(uri).ok()?.host_str().map(str::to_owned);
    let mut hosts = metadata.redirect_uris.iter().map(host);
    let first = hosts.next();
    let is_one = hosts.all(|host| Some(host) == first);
    if subject_type == SubjectType::Pairwise && !is_one && metadata.sector_identifier_uri.is_none()
    {
        let key = "sector_identifier_uri";
        let what = format!("{key} is needed where redirect_uris have several hosts");
        return Err(fields.wrong(key, what));
    }
    Ok(subject_type)
}

/// `none` is only for ID tokens that TLS brings (OpenID Connect Registration §2).
fn id_token_algorithm(
    fields: &Fields<'_>,
    response_types: &[String],
) -> Result<IdTokenAlgorithm, OAuthError> {
    let key = "id_token_signed_response_alg";
    let algorithm = fields.word(key, &format!("{ALGORITHMS}, none"))?.unwrap_or_default();
    let is_shown = |kind: &String| kind.split(' ').any(|word| word == "id_token");
    if algorithm == IdTokenAlgorithm::Unsigned && response_types.iter().any(is_shown) {
        let what = format!("{key} cannot be none where a response type brings an ID token");
        return Err(fields.wrong(key, what));
    }
    Ok(algorithm)
}

fn request_object_algorithm(fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    let (key, require) = ("request_object_signing_alg", "require_signed_request_object");
    let algorithm = fields.text(key)?.map(str::to_owned);
    let known = request_object_algorithms();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    fields.among(key, algorithm.as_slice(), &known)?;
    if algorithm.as_deref() == Some("none") && fields.flag(require)? == Some(true) {
        return Err(fields.wrong(key, format!("{key} cannot be none with {require}")));
    }
    Ok(algorithm)
}

fn request_uris(fields: &Fields<'_>) -> Result<Vec<String>, OAuthError> {
    let key = "request_uris";
    let uris = fields.list(key)?.unwrap_or_default();
    match uris.iter().find(|uri| !is_web(uri)) {
        Some(uri) => Err(fields.wrong(key, format!("{key}: {uri} is no https URL"))),
        None => Ok(uris),
    }
}

fn default_max_age(fields: &Fields<'_>) -> Result<Option<u32>, OAuthError> {
    let key = "default_max_age";
    let seconds = fields.integer(key)?.map(u32::try_from).transpose();
    seconds.map_err(|_| fields.wrong(key, format!("{key} must be 0 or more seconds")))
}

fn acr_values(fields: &Fields<'_>) -> Result<Vec<String>, OAuthError> {
    let key = "default_acr_values";
    let values = fields.list(key)?.unwrap_or_default();
    let is_value = |value: &String| {
        (1..=NAME_BYTES_MAX).contains(&value.len()) && !value.contains(char::is_whitespace)
    };
    if values.len() > REGISTERED_VALUES_MAX || !values.iter().all(is_value) {
        let what = format!("{key} has too many values, or one with a space");
        return Err(fields.wrong(key, what));
    }
    Ok(values)
}

/// `https` and without a fragment, or plain `http` on the same machine.
fn place(fields: &Fields<'_>, key: &str) -> Result<Option<String>, OAuthError> {
    match fields.text(key)? {
        Some(uri) if !is_web(uri) || uri.contains('#') => {
            Err(fields.wrong(key, format!("{key} must be an https URL without a fragment")))
        }
        uri => Ok(uri.map(str::to_owned)),
    }
}

/// `https` alone (OpenID Connect Core §4).
fn initiate_login_uri(fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    let key = "initiate_login_uri";
    match place(fields, key)? {
        Some(uri) if !uri.starts_with("https:") => {
            Err(fields.wrong(key, format!("{key} must be an https URL")))
        }
        uri => Ok(uri),
    }
}

/// Front-Channel Logout §2: of the same origin as a redirect URI.
fn frontchannel_logout_uri(
    fields: &Fields<'_>,
    redirect_uris: &[String],
) -> Result<Option<String>, OAuthError> {
    let key = "frontchannel_logout_uri";
    let Some(uri) = place(fields, key)? else { return Ok(None) };
    let origin = |uri: &str| Url::parse(uri).ok().map(|url| url.origin());
    let is_same = |redirect: &String| origin(redirect) == origin(&uri);
    if !redirect_uris.iter().any(is_same) {
        let what = format!("{key} must have the scheme, host and port of a redirect URI");
        return Err(fields.wrong(key, what));
    }
    Ok(Some(uri))
}
