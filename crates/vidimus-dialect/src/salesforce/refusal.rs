//! Refusals in the product's words: its error codes and texts, each by what exactly was wrong.

use std::borrow::Cow;

use vidimus_core::{
    error::{Cause, ErrorCode, Fault, OAuthError},
    token_format,
};

use super::{
    DEVICE_CODE, JWT_BEARER,
    members::{Members, plain},
    revoked::script,
};
use crate::{Asked, Endpoint, Said, Shape};

const BAD_CREDENTIALS: (&str, &str) = ("invalid_client", "invalid client credentials");
const UNKNOWN_CLIENT: (&str, &str) = ("invalid_client_id", "client identifier invalid");
const BAD_ASSERTION: (&str, &str) = ("invalid_grant", "invalid assertion");
const BAD_LOGIN: (&str, &str) = ("invalid_grant", "authentication failure");
const NOT_APPROVED: (&str, &str) = ("invalid_grant", "user hasn't approved this consumer");
const DEAD_TOKEN: (&str, &str) = ("invalid_grant", "expired access/refresh token");
const DEAD_CODE: (&str, &str) = ("invalid_grant", "expired authorization code");
const BAD_VERIFIER: (&str, &str) = ("invalid_grant", "invalid code verifier");
const ELSEWHERE: (&str, &str) = ("redirect_uri_mismatch", "redirect_uri must match configuration");
const DISABLED_FLOW: (&str, &str) = ("oauth_flow_disabled", "this flow is not enabled for the app");
const DENIED: (&str, &str) = ("access_denied", "end-user denied authorization");
const BAD_SCOPE: (&str, &str) =
    ("invalid_scope", "requested scope is invalid, unknown, or malformed");

pub fn error(error: &OAuthError, status: Option<u16>, asked: &Asked<'_>) -> Shape {
    if let Some(text) = of_session(error, asked) {
        return text;
    }
    let (code, text) = words(error, asked);
    let members = Members::default().and("error", code).and("error_description", text.as_ref());
    if asked.endpoint == Endpoint::Revoke
        && error.cause == Cause::TokenUnknown
        && let Some(name) = script(asked)
    {
        // A browser runs no script that comes with an error's status.
        return Members::default().and("error", code).called(name);
    }
    let status = status.unwrap_or_else(|| status_of(error, asked));
    let mut shape = members.written("OAuth", asked).status(status);
    if status == 401 {
        shape = shape.header("www-authenticate", r#"Bearer realm="vidimus""#);
    }
    if let Some(seconds) = error.retry_after_seconds {
        shape = shape.header("retry-after", seconds.to_string());
    }
    shape
}

pub fn fault(fault: &Fault, asked: &Asked<'_>) -> Shape {
    let (status, code, text) = match fault {
        Fault::Unavailable(_) | Fault::Contention | Fault::Busy(_) => {
            (503, "service_unavailable", "the service is unavailable, try again")
        }
        Fault::Corrupt(_) => (500, "server_error", "the server failed to answer"),
    };
    let members = Members::default().and("error", code).and("error_description", text);
    let shape = members.written("OAuth", asked).status(status);
    if status == 503 { shape.header("retry-after", "1") } else { shape }
}

/// Where a session is used, the product answers in plain text.
fn of_session(error: &OAuthError, asked: &Asked<'_>) -> Option<Shape> {
    if !matches!(asked.endpoint, Endpoint::Userinfo | Endpoint::Identity) {
        return None;
    }
    Some(match (error.code, error.cause) {
        (ErrorCode::InvalidToken, Cause::NoBearer) => plain("Missing_OAuth_Token").status(403),
        (ErrorCode::InvalidToken | ErrorCode::InsufficientScope, _) => {
            plain("Bad_OAuth_Token").status(403)
        }
        (ErrorCode::NotFound, _) if asked.endpoint == Endpoint::Identity => {
            plain("Bad_Id").status(404)
        }
        _ => return None,
    })
}

/// 400 for everything that a client of the product meets, but at registration.
const fn status_of(error: &OAuthError, asked: &Asked<'_>) -> u16 {
    let registers = matches!(asked.endpoint, Endpoint::Register | Endpoint::Registration);
    match error.code {
        ErrorCode::InvalidToken => 401,
        ErrorCode::InvalidClient if registers => 401,
        ErrorCode::InsufficientScope => 403,
        ErrorCode::AccessDenied if registers => 403,
        ErrorCode::TooManyRequests => 429,
        ErrorCode::NotFound => 404,
        _ => 400,
    }
}

/// Where the user is: on a page, or sent back by the browser.
pub fn said(error: &OAuthError, asked: &Asked<'_>) -> Said {
    let (code, text) = match (error.cause, error.code) {
        (Cause::UnknownClient | Cause::DisabledClient | Cause::Missing("client_id"), _) => {
            UNKNOWN_CLIENT
        }
        (Cause::RedirectUriMismatch, _) => ELSEWHERE,
        (Cause::Missing("redirect_uri"), _) => {
            ("redirect_uri_missing", "redirect_uri not provided")
        }
        (Cause::Missing("code_challenge"), _) => {
            ("invalid_request", "missing required code challenge")
        }
        (Cause::Denied, _) => DENIED,
        (Cause::UnknownUser | Cause::WrongPassword | Cause::InactiveUser, _) => BAD_LOGIN,
        (
            _,
            ErrorCode::ImmediateUnsuccessful
            | ErrorCode::LoginRequired
            | ErrorCode::ConsentRequired
            | ErrorCode::AccountSelectionRequired,
        ) => ("immediate_unsuccessful", "immediate unsuccessful"),
        (_, ErrorCode::UnsupportedResponseType) => {
            ("unsupported_response_type", "response type not supported")
        }
        (_, ErrorCode::UnauthorizedClient) => DISABLED_FLOW,
        (_, ErrorCode::InvalidScope) => BAD_SCOPE,
        _ => return (code(error, asked), error.description.clone()),
    };
    (code, Cow::Borrowed(text))
}

fn words(error: &OAuthError, asked: &Asked<'_>) -> Said {
    let own = |(code, text): (&'static str, &'static str)| (code, Cow::Borrowed(text));
    match by_cause(error, asked) {
        Some(known) => own(known),
        None if error.cause == Cause::TokenUnknown && asked.endpoint == Endpoint::Revoke => {
            of_revocation(asked)
        }
        None => (code(error, asked), error.description.clone()),
    }
}

fn by_cause(error: &OAuthError, asked: &Asked<'_>) -> Option<(&'static str, &'static str)> {
    let grant = asked.parameter("grant_type").unwrap_or_default();
    Some(match error.cause {
        Cause::UnknownClient | Cause::AssertionIssuer => UNKNOWN_CLIENT,
        Cause::NoCredentials if asked.parameter("client_id").is_none() => UNKNOWN_CLIENT,
        Cause::MalformedBasic => ("invalid_basic_auth_header", "invalid basic auth header"),
        Cause::NoCredentials | Cause::NotBasic | Cause::WrongSecret | Cause::DisabledClient => {
            BAD_CREDENTIALS
        }
        Cause::UnknownGrant => ("unsupported_grant_type", "grant type not supported"),
        Cause::GrantNotAllowed if grant == "client_credentials" => {
            ("invalid_grant", "no client credentials user enabled")
        }
        Cause::GrantNotAllowed => DISABLED_FLOW,
        Cause::AssertionMalformed
        | Cause::AssertionIncomplete
        | Cause::AssertionSignature
        | Cause::AssertionExpired
        | Cause::AssertionNotYetValid
        | Cause::Missing("assertion") => BAD_ASSERTION,
        Cause::AssertionAudience => ("invalid_grant", "audience is invalid"),
        Cause::AssertionReplayed => ("bad_jti_claim", "the jti was used before"),
        // Which names exist is nothing that an app needs to know.
        Cause::UnknownUser if grant == JWT_BEARER => NOT_APPROVED,
        Cause::NotApproved => NOT_APPROVED,
        Cause::InactiveUser if grant == JWT_BEARER => ("inactive_user", "user is inactive"),
        Cause::UnknownUser | Cause::WrongPassword => BAD_LOGIN,
        Cause::InactiveUser if grant == "password" => BAD_LOGIN,
        Cause::CodeUnknown | Cause::CodeReused => DEAD_CODE,
        Cause::InactiveUser if matches!(grant, "authorization_code" | "hybrid_auth_code") => {
            DEAD_CODE
        }
        Cause::CodeVerifier | Cause::CodeVerifierMissing => BAD_VERIFIER,
        Cause::RedirectUriMismatch => ELSEWHERE,
        Cause::InactiveUser
        | Cause::RefreshUnknown
        | Cause::RefreshExpired
        | Cause::RefreshReused => DEAD_TOKEN,
        Cause::DeviceUnknown => ("invalid_grant", "invalid device code"),
        Cause::Shapeless => ("unsupported_token_type", "this token type is not supported"),
        Cause::Missing("client_id") => UNKNOWN_CLIENT,
        Cause::Registration if error.code == ErrorCode::InvalidToken => {
            ("invalid_client", "invalid access token")
        }
        _ => return of_code(error, asked),
    })
}

fn of_code(error: &OAuthError, asked: &Asked<'_>) -> Option<(&'static str, &'static str)> {
    let polls = matches!(asked.parameter("grant_type"), Some("device" | DEVICE_CODE));
    Some(match error.code {
        ErrorCode::InvalidClient => BAD_CREDENTIALS,
        ErrorCode::AccessDenied if polls => DENIED,
        ErrorCode::InvalidScope => BAD_SCOPE,
        ErrorCode::ExpiredToken => ("invalid_grant", "expired device code"),
        ErrorCode::AuthorizationPending => ("authorization_pending", "authorization pending"),
        ErrorCode::SlowDown => ("slow_down", "polling too quickly"),
        _ => return None,
    })
}

/// The codes that the product has no other word for.
const fn code(error: &OAuthError, asked: &Asked<'_>) -> &'static str {
    let registers = matches!(asked.endpoint, Endpoint::Register);
    match error.code {
        ErrorCode::TooManyRequests if registers => "exceeded_registration_limit",
        ErrorCode::TooManyRequests => "rate_limit_exceeded",
        ErrorCode::InvalidTarget => "invalid_request",
        other => other.as_str(),
    }
}

/// A text that is no token at all, or a token that is dead.
fn of_revocation(asked: &Asked<'_>) -> Said {
    let token = asked.parameter("token").unwrap_or_default();
    if token_format::has_shape(token) {
        ("invalid_token", Cow::Borrowed("the token is expired, revoked or unknown"))
    } else {
        ("unsupported_token_type", Cow::Owned(format!("invalid token: {token}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scene, body};
    use vidimus_core::form::Form;

    fn told(refused: &OAuthError, endpoint: Endpoint, form: &str) -> (u16, String) {
        let (scene, form) = (Scene::new(""), Form::parse(form.as_bytes()).unwrap());
        let asked = Asked { endpoint, form: Some(&form), ..scene.asked() };
        let shape = error(refused, None, &asked);
        (shape.status, body(&shape))
    }

    fn caused(code: ErrorCode, cause: Cause) -> OAuthError {
        OAuthError::new(code, "Ours.").caused(cause)
    }

    const JWT: &str = "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer";
    const CLIENT: &str = "grant_type=client_credentials";

    #[test]
    fn each_cause_has_the_product_s_words() {
        use ErrorCode::{InvalidClient, InvalidGrant};
        let unknown = (ErrorCode::UnsupportedGrantType, Cause::UnknownGrant);
        let not_allowed = (ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed);
        let own = (ErrorCode::InvalidRequest, Cause::Other);
        let scope = (ErrorCode::InvalidScope, Cause::Other);
        for ((code, cause), form, wanted) in [
            ((InvalidClient, Cause::UnknownClient), "", UNKNOWN_CLIENT),
            ((InvalidClient, Cause::WrongSecret), "", BAD_CREDENTIALS),
            ((InvalidClient, Cause::Other), "", BAD_CREDENTIALS),
            (unknown, "", ("unsupported_grant_type", "grant type not supported")),
            ((InvalidGrant, Cause::WrongPassword), "grant_type=password", BAD_LOGIN),
            ((InvalidGrant, Cause::RefreshUnknown), "", DEAD_TOKEN),
            ((InvalidGrant, Cause::RefreshReused), "", DEAD_TOKEN),
            ((InvalidGrant, Cause::NotApproved), JWT, NOT_APPROVED),
            (
                (InvalidGrant, Cause::AssertionAudience),
                JWT,
                ("invalid_grant", "audience is invalid"),
            ),
            ((InvalidGrant, Cause::AssertionSignature), JWT, BAD_ASSERTION),
            ((InvalidGrant, Cause::AssertionIssuer), JWT, UNKNOWN_CLIENT),
            (
                (InvalidGrant, Cause::AssertionReplayed),
                JWT,
                ("bad_jti_claim", "the jti was used before"),
            ),
            (not_allowed, CLIENT, ("invalid_grant", "no client credentials user enabled")),
            (scope, "", ("invalid_scope", "requested scope is invalid, unknown, or malformed")),
            (own, "", ("invalid_request", "Ours.")),
        ] {
            let wanted =
                format!(r#"{{"error":"{}","error_description":"{}"}}"#, wanted.0, wanted.1);
            assert_eq!(told(&caused(code, cause), Endpoint::Token, form), (400, wanted));
        }
    }

    #[test]
    fn what_the_browser_brings_back_has_the_product_s_words() {
        use ErrorCode::{AccessDenied, InvalidRequest};
        let unknown = (InvalidRequest, Cause::UnknownClient);
        let missing = (InvalidRequest, Cause::Missing("redirect_uri"));
        let challenge = (InvalidRequest, Cause::Missing("code_challenge"));
        let silent = ("immediate_unsuccessful", "immediate unsuccessful");
        for ((code, cause), wanted) in [
            (unknown, UNKNOWN_CLIENT),
            ((InvalidRequest, Cause::RedirectUriMismatch), ELSEWHERE),
            (missing, ("redirect_uri_missing", "redirect_uri not provided")),
            (challenge, ("invalid_request", "missing required code challenge")),
            ((AccessDenied, Cause::Denied), DENIED),
            ((AccessDenied, Cause::Other), ("access_denied", "Ours.")),
            ((ErrorCode::LoginRequired, Cause::Other), silent),
            ((ErrorCode::ConsentRequired, Cause::Other), silent),
            ((ErrorCode::InvalidGrant, Cause::WrongPassword), BAD_LOGIN),
            ((ErrorCode::UnauthorizedClient, Cause::Other), DISABLED_FLOW),
            ((ErrorCode::TooManyRequests, Cause::Other), ("rate_limit_exceeded", "Ours.")),
        ] {
            let scene = Scene::new("");
            let (code, text) = said(&caused(code, cause), &scene.asked());
            assert_eq!((code, text.as_ref()), wanted);
        }
    }

    #[test]
    fn a_name_that_nobody_has_is_told_as_one_without_approval() {
        let of = |cause| told(&caused(ErrorCode::InvalidGrant, cause), Endpoint::Token, JWT);
        assert_eq!(of(Cause::UnknownUser), of(Cause::NotApproved));
        let password = "grant_type=password";
        let of = |cause| told(&caused(ErrorCode::InvalidGrant, cause), Endpoint::Token, password);
        assert_eq!(of(Cause::UnknownUser), of(Cause::WrongPassword));
        assert_eq!(of(Cause::InactiveUser), of(Cause::WrongPassword));
    }

    #[test]
    fn sessions_are_refused_in_plain_text() {
        let bad = (403, "Bad_OAuth_Token".to_owned());
        let refused = caused(ErrorCode::InvalidToken, Cause::TokenUnknown);
        assert_eq!(told(&refused, Endpoint::Identity, ""), bad);
        assert_eq!(told(&refused, Endpoint::Userinfo, ""), bad);
        let missing = caused(ErrorCode::InvalidToken, Cause::NoBearer);
        assert_eq!(told(&missing, Endpoint::Userinfo, "").1, "Missing_OAuth_Token");
        let other = caused(ErrorCode::NotFound, Cause::Other);
        assert_eq!(told(&other, Endpoint::Identity, ""), (404, "Bad_Id".to_owned()));
    }

    #[test]
    fn revoking_nonsense_is_told_from_revoking_the_dead() {
        let refused = caused(ErrorCode::UnsupportedTokenType, Cause::TokenUnknown);
        let (status, text) = told(&refused, Endpoint::Revoke, "token=nothing");
        assert_eq!(status, 400);
        assert_eq!(
            text,
            r#"{"error":"unsupported_token_type","error_description":"invalid token: nothing"}"#
        );
        let (_, text) = told(&refused, Endpoint::Revoke, "token=00Dx0000000BV7z!AQdead");
        assert!(text.starts_with(r#"{"error":"invalid_token""#), "{text}");
    }

    #[test]
    fn registration_alone_answers_401() {
        let refused = caused(ErrorCode::InvalidToken, Cause::Registration);
        let (status, text) = told(&refused, Endpoint::Register, "");
        assert_eq!(status, 401);
        assert!(text.starts_with(r#"{"error":"invalid_client""#), "{text}");
    }

    #[test]
    fn a_fault_tells_nothing() {
        let scene = Scene::new("");
        let down = fault(&Fault::Unavailable("db1".to_owned()), &scene.asked());
        assert_eq!((down.status, body(&down).contains("db1")), (503, false));
        assert_eq!(fault(&Fault::Corrupt("row".to_owned()), &scene.asked()).status, 500);
    }
}
