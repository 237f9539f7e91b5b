//! `[[tenant.client]]`: any client member of RFC 7591 §2, and ours.

use super::{
    Declaration, Declared, Origin, Place,
    claims::is_link,
    keys,
    secret::{self, Wanted},
    sign_in,
};
use crate::{
    admin::fields::Fields,
    authorize::ResponseType,
    context::Context,
    error::{ErrorCode, OAuthError},
    facts::Facts,
    jwt::assertion_algorithms,
    model::{Body, Client, ClientMetadata},
    outcome::Stop,
    redirect_uri,
    scope::Scope,
};

pub const CLIENT_KEYS: [&str; 45] = [
    "client_id",
    "client_secret",
    "client_secret_hash",
    "client_secret_expires_at",
    "client_name",
    "grant_types",
    "redirect_uris",
    "post_logout_redirect_uris",
    "response_types",
    "scope",
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "jwks",
    "jwks_uri",
    "access_token_format",
    "access_token_signed_response_alg",
    "introspect",
    "owner",
    "client_uri",
    "logo_uri",
    "tos_uri",
    "policy_uri",
    "contacts",
    "software_id",
    "software_version",
    "application_type",
    "sector_identifier_uri",
    "subject_type",
    "id_token_signed_response_alg",
    "userinfo_signed_response_alg",
    "request_object_signing_alg",
    "request_uris",
    "require_signed_request_object",
    "require_pushed_authorization_requests",
    "default_max_age",
    "require_auth_time",
    "default_acr_values",
    "initiate_login_uri",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "assertion_certificates",
    "preauthorized_users",
    "disabled",
];

const GRANT_TYPES: [&str; 8] = [
    "authorization_code",
    "client_credentials",
    "refresh_token",
    "implicit",
    "password",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "urn:ietf:params:oauth:grant-type:device_code",
    "urn:ietf:params:oauth:grant-type:token-exchange",
];

const AUTH_METHODS: [&str; 5] =
    ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt", "none"];

pub fn settle(
    declaration: &Declaration<'_>,
    id: &str,
    place: &Place<'_>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<Declared, Stop> {
    let fields = declaration.fields();
    fields.only(&CLIENT_KEYS)?;
    let before = place.before.and_then(|object| match &object.body {
        Body::Client(client) => Some(client),
        _ => None,
    });
    let metadata = metadata(declaration, id, before.map(|client| &client.metadata))?;
    check_response_types(&fields, &metadata, before.map(|client| &client.metadata))?;
    let certified = keys::of_certificates(declaration)?;
    let wanted = Wanted {
        key: "client_secret",
        auth_method: &metadata.token_endpoint_auth_method,
        before: before.and_then(|client| client.secret.as_ref()),
        expires_at: secret::expiry(declaration)?,
    };
    let (secret, made_secret) = secret::settle(&wanted, declaration, place, facts, cx)?;
    let client = Client {
        metadata,
        secret,
        assertion_jwks: match (certified, declaration.origin) {
            (Some(keys), _) => keys,
            // They are not shown, so a patch cannot repeat them.
            (None, Origin::Api) => before.and_then(|client| client.assertion_jwks.clone()),
            (None, Origin::World) => None,
        },
        registration: before.and_then(|client| client.registration.clone()),
        fingerprint: None,
    };
    Ok(Declared { made_secret, ..Declared::of(Body::Client(Box::new(client)), place) })
}

/// What the declaration says of the client itself, with the defaults of RFC 7591 §2.
///
/// # Errors
/// At the first member that is not what it must be.
pub fn metadata(
    declaration: &Declaration<'_>,
    id: &str,
    before: Option<&ClientMetadata>,
) -> Result<ClientMetadata, OAuthError> {
    let fields = declaration.fields();
    let (jwks, jwks_uri) = keys::read(declaration)?;
    let auth_method = auth_method(declaration, jwks.is_some() || jwks_uri.is_some())?;
    let key = "token_endpoint_auth_signing_alg";
    if let Some(algorithm) = fields.text(key)? {
        let known = assertion_algorithms();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        fields.among(key, &[algorithm.to_owned()], &known)?;
    }
    let optional = |key: &str| fields.text(key).map(|text| text.map(str::to_owned));
    let link = |key: &str| match fields.text(key)? {
        Some(text) if !is_link(text) => {
            Err(fields.wrong(key, format!("{key} must be an http or https URL")))
        }
        text => Ok(text.map(str::to_owned)),
    };
    let scope = fields.text("scope")?.unwrap_or_default();
    Scope::parse(scope).map_err(|error| error.at(format!("{}/scope", declaration.pointer)))?;
    let grant_types =
        fields.list("grant_types")?.unwrap_or_else(|| vec!["authorization_code".to_owned()]);
    // A route may have given it more as it registered; those it may keep.
    let kept = before.map_or(&[][..], |metadata| &metadata.grant_types).iter().map(String::as_str);
    let known: Vec<&str> = GRANT_TYPES.into_iter().chain(kept).collect();
    fields.among("grant_types", &grant_types, &known)?;
    let has_code = grant_types.iter().any(|grant| grant == "authorization_code");
    let default_responses = if has_code { vec!["code".to_owned()] } else { Vec::new() };
    let metadata = ClientMetadata {
        client_id: id.to_owned(),
        client_name: optional("client_name")?,
        grant_types,
        redirect_uris: uris(&fields, "redirect_uris")?,
        post_logout_redirect_uris: uris(&fields, "post_logout_redirect_uris")?,
        response_types: fields.list("response_types")?.unwrap_or(default_responses),
        scope: scope.to_owned(),
        token_endpoint_auth_method: auth_method,
        token_endpoint_auth_signing_alg: optional("token_endpoint_auth_signing_alg")?,
        jwks,
        jwks_uri,
        access_token_format: fields.word("access_token_format", "opaque, jwt")?.unwrap_or_default(),
        access_token_signed_response_alg: fields
            .word("access_token_signed_response_alg", "ES256, RS256, PS256, EdDSA")?
            .unwrap_or_default(),
        introspect: fields.word("introspect", "own, audience, tenant")?.unwrap_or_default(),
        owner: optional("owner")?,
        preauthorized_users: fields.list("preauthorized_users")?.unwrap_or_default(),
        application_type: application_type(&fields)?,
        sector_identifier_uri: sector_identifier_uri(&fields)?,
        client_uri: link("client_uri")?,
        logo_uri: link("logo_uri")?,
        tos_uri: link("tos_uri")?,
        policy_uri: link("policy_uri")?,
        contacts: fields.list("contacts")?.unwrap_or_default(),
        software_id: optional("software_id")?,
        software_version: optional("software_version")?,
        ..ClientMetadata::default()
    };
    sign_in::read(&fields, metadata)
}

/// A route may have let it register others; those it may keep.
fn check_response_types(
    fields: &Fields<'_>,
    metadata: &ClientMetadata,
    before: Option<&ClientMetadata>,
) -> Result<(), OAuthError> {
    let kept = before.map_or(&[][..], |metadata| &metadata.response_types);
    let is_known = |kind: &String| ResponseType::parse(kind).is_some() || kept.contains(kind);
    let key = "response_types";
    match metadata.response_types.iter().find(|kind| !is_known(kind)) {
        Some(kind) => {
            let what = format!("{key} does not know {kind}: combine code, id_token and token");
            Err(fields.wrong(key, what))
        }
        None => Ok(()),
    }
}

/// The method given; else what the credentials given can only mean; else the default of RFC 7591.
fn auth_method(declaration: &Declaration<'_>, has_keys: bool) -> Result<String, OAuthError> {
    let fields = declaration.fields();
    let is_given = |key: &&str| fields.map.get(*key).is_some_and(|value| !value.is_null());
    let has_secret = ["client_secret", "client_secret_hash"].iter().any(is_given);
    let default = match (has_secret, has_keys, declaration.origin) {
        (true, ..) => "client_secret_basic",
        (false, true, _) => "private_key_jwt",
        (false, false, Origin::World) => "none",
        (false, false, Origin::Api) => "client_secret_basic",
    };
    keys::auth_method(declaration, default, &AUTH_METHODS, has_keys)
}

/// OpenID Connect Registration §2.
fn application_type(fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    let (key, kind) = ("application_type", fields.text("application_type")?);
    let kind = kind.map(str::to_owned);
    fields.among(key, kind.as_slice(), &["web", "native"])?;
    Ok(kind)
}

/// §5 there: `https`, and whoever owns the host vouches for all redirect URIs.
fn sector_identifier_uri(fields: &Fields<'_>) -> Result<Option<String>, OAuthError> {
    let key = "sector_identifier_uri";
    let uri = fields.text(key)?;
    match uri {
        Some(text) if !is_link(text) || !text.starts_with("https://") => {
            Err(fields.wrong(key, format!("{key} must be an https URL")))
        }
        _ => Ok(uri.map(str::to_owned)),
    }
}

fn uris(fields: &Fields<'_>, key: &str) -> Result<Vec<String>, OAuthError> {
    let uris = fields.list(key)?.unwrap_or_default();
    for uri in &uris {
        redirect_uri::check(uri).map_err(|why| {
            let pointer = format!("{}/{key}", fields.pointer);
            let what = format!("{uri} cannot be registered: {why}");
            OAuthError::new(ErrorCode::InvalidRedirectUri, what).at(pointer)
        })?;
    }
    Ok(uris)
}
