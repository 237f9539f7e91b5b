//! The error table of 5.3.x: one text for each cause, and where a tenant is unknown a line of text.

use std::borrow::Cow;

use serde_json::{Value, json};
use vidimus_core::{
    error::{Cause, ErrorCode, Fault, OAuthError},
    jwt::Unverified,
    public_url,
};

use super::{BODIES_5_2, introspection::named, jsonp};
use crate::{Asked, Endpoint, JSON, STANDARD, Said, Shape, json, standard};

/// What one cause comes to: status, `error`, `error_description`.
struct Row(u16, &'static str, Cow<'static, str>);

const FAILED: &str = "Client Authentication failed.";
const UNSPACED: &str = "Error decoding authorization header. \
    Space delimited \"<authMethod> <base64Hash>\" format violated.";
const INCOMPLETE: &str = "Mandatory fields(Issuer, Subject, Expiration time or Audience) are empty \
    in the given JSON Web Token.";

const NO_VERIFIER: &str = "Empty PKCE code_verifier sent. This authorization code requires a PKCE \
    verification to obtain an access token.";
const NO_CHALLENGE: &str = "PKCE is mandatory for this application. PKCE Challenge is not provided \
    or is not upto RFC 7636 specification.";
const NO_PLAIN: &str = "This application does not support \"plain\" transformation algorithm.";
const NOT_AUTHORIZED: &str =
    "The authenticated client is not authorized to use this authorization grant type";

/// Where the user is: on a page, or sent back by the browser.
pub fn said(error: &OAuthError, asked: &Asked<'_>) -> Said {
    let (code, text) = match (error.cause, error.code) {
        (Cause::UnknownClient, _) => ("invalid_client", "A valid OAuth client could not be found."),
        (Cause::DisabledClient, _) => {
            ("invalid_client", "Oauth application is not in active state.")
        }
        (Cause::Missing("client_id"), _) => ("invalid_request", "Invalid authorization request"),
        (Cause::Missing("redirect_uri"), _) => {
            ("invalid_request", "Redirect URI is not present in the authorization request")
        }
        (Cause::RedirectUriMismatch, _) => {
            ("invalid_callback", "Registered callback does not match with the provided url.")
        }
        (Cause::Missing("code_challenge"), _) => ("invalid_request", NO_CHALLENGE),
        // Where none is named, plain is meant (RFC 7636 §4.3).
        (Cause::ChallengeMethod, _) => match asked.parameter("code_challenge_method") {
            None | Some("plain") => ("invalid_request", NO_PLAIN),
            Some(_) => ("invalid_request", "Unsupported PKCE Challenge Method"),
        },
        (Cause::ChallengeMalformed, _) => {
            ("invalid_request", "Code challenge used is not up to RFC 7636 specifications.")
        }
        (Cause::NotYourFlow, _) => ("access_denied", "Session Timed Out"),
        (_, ErrorCode::LoginRequired) => ("login_required", "Authentication required"),
        (_, ErrorCode::UnauthorizedClient) => ("unauthorized_client", NOT_AUTHORIZED),
        _ => return (STANDARD.said)(error, asked),
    };
    (code, Cow::Borrowed(text))
}

pub fn error(error: &OAuthError, status: Option<u16>, asked: &Asked<'_>) -> Shape {
    if let Some(status) = status {
        return (STANDARD.error)(error, Some(status), asked);
    }
    match (error.code, asked.tenant) {
        (ErrorCode::NotFound, None) if !asked.prefix.is_empty() => return no_tenant(asked),
        (ErrorCode::TooManyRequests | ErrorCode::NotFound, _) => {
            return (STANDARD.error)(error, None, asked);
        }
        _ => {}
    }
    match asked.endpoint {
        Endpoint::Introspect => of_introspection(error, asked),
        Endpoint::Userinfo => of_userinfo(error),
        Endpoint::Revoke => of_revocation(error, asked),
        Endpoint::Register | Endpoint::Registration => of_registration(error, asked),
        _ => of_token(error, asked),
    }
}

fn body(code: &str, description: &str) -> Value {
    json!({"error": code, "error_description": description})
}

fn shaped(Row(status, code, description): &Row) -> Shape {
    json(&body(code, description)).status(*status)
}

fn row(error: &OAuthError) -> Row {
    Row(standard::status_of(error), error.code.as_str(), error.description.clone())
}

fn no_tenant(asked: &Asked<'_>) -> Shape {
    let name = asked.prefix.strip_prefix("/t/").unwrap_or(asked.prefix);
    let text = format!("{name} is an invalid tenant domain");
    Shape::text("text/plain;charset=UTF-8", text.into_bytes()).status(404)
}

fn of_introspection(error: &OAuthError, asked: &Asked<'_>) -> Shape {
    match (error.cause, error.code) {
        (Cause::Missing("token"), _) if asked.setting(BODIES_5_2) => {
            Shape::text(JSON, br"{'error': 'Invalid input'}".to_vec()).status(400)
        }
        (Cause::Missing("token"), _) => {
            Shape::text(JSON, br#"{"error": "Invalid input"}"#.to_vec()).status(400)
        }
        (Cause::MalformedBasic | Cause::NoScheme, _) => {
            shaped(&Row(400, "invalid_request", Cow::Borrowed("Invalid Authorization header.")))
        }
        (_, ErrorCode::InvalidClient) => unauthenticated(error),
        _ => (STANDARD.error)(error, None, asked),
    }
}

/// The name is left empty: it would be whatever was sent.
fn unauthenticated(error: &OAuthError) -> Shape {
    shaped(&row(error)).header("www-authenticate", r#"realm user="""#)
}

fn of_userinfo(error: &OAuthError) -> Shape {
    let Row(status, code, description) = match (error.cause, error.code) {
        (Cause::NoBearer, _) => Row(400, "invalid_request", Cow::Borrowed("Bearer token missing")),
        (Cause::NoOpenidScope, _) | (_, ErrorCode::InsufficientScope) => {
            let what = "Access token does not have the openid scope";
            Row(403, "insufficient_scope", Cow::Borrowed(what))
        }
        (_, ErrorCode::InvalidToken) => {
            Row(401, "invalid_token", Cow::Borrowed("Access token validation failed"))
        }
        _ => row(error),
    };
    json(&body(code, &description))
        .status(status)
        .header("www-authenticate", format!(r#"Bearer error="{code}""#))
}

fn of_revocation(error: &OAuthError, asked: &Asked<'_>) -> Shape {
    let said = match (error.cause, error.code) {
        (Cause::TwoMethods, _) | (_, ErrorCode::InvalidClient) => {
            Row(401, "invalid_client", Cow::Borrowed(FAILED))
        }
        (_, ErrorCode::InvalidRequest) => {
            Row(400, "invalid_request", Cow::Borrowed("Invalid revocation request"))
        }
        _ => row(error),
    };
    let shape = match jsonp::callback(asked) {
        Some(callback) => jsonp::call(callback, &body(said.1, &said.2).to_string()).status(said.0),
        None => shaped(&said),
    };
    if said.0 == 401 { shape.header("www-authenticate", challenge(asked)) } else { shape }
}

fn of_registration(error: &OAuthError, asked: &Asked<'_>) -> Shape {
    match (error.cause, error.code) {
        (Cause::NoRedirectUri, _) => {
            let what = "RedirectUris property must have at least one URI value.";
            shaped(&Row(400, "invalid_client_metadata", Cow::Borrowed(what)))
        }
        (_, ErrorCode::InvalidRedirectUri) => {
            shaped(&Row(400, "invalid_client_metadata", error.description.clone()))
        }
        (_, ErrorCode::InvalidClient) => unauthenticated(error),
        _ => (STANDARD.error)(error, None, asked),
    }
}

fn of_token(error: &OAuthError, asked: &Asked<'_>) -> Shape {
    let said = token_table(error, asked);
    let names_client = !matches!(error.cause, Cause::UnknownClient | Cause::DisabledClient);
    let shape = shaped(&said);
    if said.0 == 401 && names_client {
        shape.header("www-authenticate", challenge(asked))
    } else {
        shape
    }
}

fn token_table(error: &OAuthError, asked: &Asked<'_>) -> Row {
    let fixed = |status, code, what: &'static str| Row(status, code, Cow::Borrowed(what));
    match (error.cause, error.code) {
        (Cause::UnknownClient | Cause::DisabledClient, ErrorCode::InvalidClient) => {
            fixed(401, "invalid_client", "Oauth application is not in active state.")
        }
        (Cause::NoScheme, _) => fixed(404, "server_error", UNSPACED),
        (Cause::NoCredentials, _) => {
            fixed(401, "invalid_client", "Client ID not found in the request.")
        }
        (Cause::TwoMethods, _) | (_, ErrorCode::InvalidClient) => {
            fixed(401, "invalid_client", FAILED)
        }
        (Cause::Missing("grant_type"), _) => {
            fixed(400, "invalid_request", "Missing grant_type parameter value")
        }
        (Cause::Missing(name), _) => {
            Row(400, "invalid_request", format!("Missing parameters: {name}").into())
        }
        (Cause::UnknownGrant, _) => {
            fixed(400, "invalid_request", "Invalid grant_type parameter value")
        }
        (Cause::GrantNotAllowed, _) => fixed(400, "unauthorized_client", NOT_AUTHORIZED),
        (_, ErrorCode::InvalidScope) => fixed(400, "invalid_scope", "Invalid Scope!"),
        (Cause::RefreshExpired, _) => fixed(400, "invalid_request", "Refresh token is expired."),
        (Cause::DeviceUnknown, _) => {
            let what = "The provided device code is not registered or is invalid.";
            fixed(400, error.code.as_str(), what)
        }
        (_, ErrorCode::AuthorizationPending) => {
            fixed(400, "authorization_pending", "Precondition required")
        }
        (_, ErrorCode::SlowDown) => fixed(400, "slow_down", "Forbidden"),
        (_, ErrorCode::InvalidGrant) => Row(400, "invalid_grant", grant_text(error, asked)),
        _ => row(error),
    }
}

fn grant_text(error: &OAuthError, asked: &Asked<'_>) -> Cow<'static, str> {
    let username = asked.parameter("username");
    let text = match error.cause {
        Cause::AssertionMalformed => {
            "No Valid Assertion was found for urn:ietf:params:oauth:grant-type:jwt-bearer"
        }
        Cause::AssertionIncomplete => INCOMPLETE,
        Cause::AssertionIssuer => {
            let issuer = asked.parameter("assertion").and_then(Unverified::parse);
            let issuer = issuer.as_ref().and_then(|token| token.claim("iss")).unwrap_or_default();
            let what = "No registered identity provider found for the JWT with issuer name";
            return format!("{what} : {issuer}").into();
        }
        Cause::AssertionSignature => "Signature or Message Authentication invalid.",
        Cause::AssertionAudience => {
            let what = "None of the audience values matched the tokenEndpoint Alias";
            return format!("{what} {}/oauth2/token", asked.issuer).into();
        }
        Cause::AssertionExpired => "JSON Web Token is expired.",
        Cause::AssertionNotYetValid => "JSON Web Token is used before Not_Before_Time.",
        Cause::AssertionReplayed => "JSON Web Token has been used before.",
        Cause::CodeVerifier => "PKCE validation failed",
        Cause::CodeVerifierMissing => NO_VERIFIER,
        Cause::UnknownUser | Cause::InactiveUser | Cause::WrongPassword => match username {
            Some(name) => {
                return format!("Authentication failed for {}", named(name, asked)).into();
            }
            None => "Provided Authorization Grant is invalid",
        },
        _ => "Provided Authorization Grant is invalid",
    };
    Cow::Borrowed(text)
}

/// The realm is the host's name, without quotes.
fn challenge(asked: &Asked<'_>) -> String {
    let authority = public_url::authority(asked.public_url);
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => host,
        _ => authority,
    };
    format!("Basic realm={host}")
}

pub fn fault(fault: &Fault, _: &Asked<'_>) -> Shape {
    match fault {
        Fault::Unavailable(_) | Fault::Contention | Fault::Busy(_) => {
            shaped(&Row(502, "server_error", Cow::Borrowed("Service Unavailable Error.")))
                .header("retry-after", "1")
        }
        Fault::Corrupt(_) => {
            shaped(&Row(500, "server_error", Cow::Borrowed("Internal Server Error.")))
        }
    }
}
