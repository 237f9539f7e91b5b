//! The RFCs' own spelling: RFC 6749 §5, RFC 6750 §3, RFC 7662 §2, RFC 7009 §2, RFC 8414, RFC 9701.

use std::borrow::Cow;

use serde_json::{Map, Value, json as value};
use vidimus_core::{
    device::DeviceReply,
    error::{Cause, ErrorCode, Fault, OAuthError},
    introspect::{IntrospectReply, Introspection},
    par::PushReply,
    register::RegistrationReply,
    token::TokenReply,
    userinfo::Userinfo,
};

use crate::{Asked, Dialect, Endpoint, Header, JSON, Route, Shape, json};

pub const STANDARD: Dialect = Dialect {
    name: "standard",
    routes: &[
        Route::standard("/oauth2/introspect", Endpoint::Introspect),
        Route::standard("/oauth2/token", Endpoint::Token),
        Route::standard("/oauth2/revoke", Endpoint::Revoke),
        Route::standard("/oauth2/jwks", Endpoint::Jwks),
        Route::standard("/oauth2/userinfo", Endpoint::Userinfo),
        Route::standard("/oauth2/device_authorization", Endpoint::DeviceAuthorization),
        Route::standard("/oauth2/register", Endpoint::Register),
        Route::standard("/oauth2/register/{id}", Endpoint::Registration),
        Route::standard("/oauth2/authorize", Endpoint::Authorize),
        Route::standard("/oauth2/authorize/{flow}", Endpoint::Authorize),
        Route::standard("/oauth2/par", Endpoint::PushedAuthorization),
        Route::standard("/oauth2/device", Endpoint::DeviceVerification),
        Route::standard("/oauth2/device/{flow}", Endpoint::DeviceVerification),
        Route::standard("/oauth2/logout", Endpoint::EndSession),
        Route::standard("/oauth2/logout/{flow}", Endpoint::EndSession),
        Route::standard("/oauth2/check_session", Endpoint::CheckSession),
        Route::standard("/account", Endpoint::Account),
        Route::standard("/account/{flow}", Endpoint::Account),
        Route::standard("/oauth2/logo", Endpoint::Logo),
        Route::standard("/oauth2/logo/{client_id}", Endpoint::Logo),
        Route::standard("/.well-known/openid-configuration", Endpoint::Metadata),
        Route::standard("/.well-known/oauth-authorization-server", Endpoint::Metadata),
        Route::standard("/.well-known/oauth-protected-resource", Endpoint::ResourceMetadata),
    ],
    owns: &[],
    settings: &[ERROR_URI],
    answers_users: false,
    reaches_root: false,
    merges_slashes: false,
    token,
    introspection,
    revoked: |_, _| Shape::EMPTY,
    metadata: |metadata, _| json(metadata),
    jwks: |keys, _| json(keys),
    userinfo,
    device,
    pushed,
    registration,
    details: |_, _| nowhere(),
    organization: |_| nowhere(),
    said: |error, _| (error.code.as_str(), error.description.clone()),
    returned: |_, _| Vec::new(),
    logout: |_| nowhere(),
    error,
    fault,
    headers: |_| &[],
    compresses: false,
};

/// Where the RFCs have no such endpoint, there is no route to it either.
fn nowhere() -> Shape {
    let error = OAuthError::new(ErrorCode::NotFound, "There is nothing here.");
    json(&members(&error)).status(404)
}

/// RFC 6749 §5.2: every error names its page. A setting, because some clients compare whole bodies.
const ERROR_URI: &str = "error_uri";

const INACTIVE: &str = r#"{"active":false}"#;

/// Enough for an active answer of common size without growing.
const ANSWER_BYTES: usize = 512;

fn token(reply: &TokenReply, _: &Asked<'_>) -> Shape {
    let mut body = Vec::with_capacity(ANSWER_BYTES);
    body.extend_from_slice(br#"{"access_token":"#);
    push(&mut body, reply.access_token.expose());
    body.extend_from_slice(br#","token_type":"Bearer","expires_in":"#);
    body.extend_from_slice(reply.expires_in.to_string().as_bytes());
    if !reply.scope.is_empty() {
        body.extend_from_slice(br#","scope":"#);
        push(&mut body, &reply.scope);
    }
    if let Some(refresh_token) = reply.refresh_token.as_ref().filter(|_| reply.refresh_is_new) {
        body.extend_from_slice(br#","refresh_token":"#);
        push(&mut body, refresh_token.expose());
    }
    if let Some(id_token) = &reply.id_token {
        body.extend_from_slice(br#","id_token":"#);
        push(&mut body, id_token.expose());
    }
    if let Some(issued_token_type) = reply.issued_token_type {
        body.extend_from_slice(br#","issued_token_type":"#);
        push(&mut body, issued_token_type);
    }
    body.push(b'}');
    Shape::text(JSON, body)
}

pub fn introspection(reply: &IntrospectReply, _: &Asked<'_>) -> Shape {
    match reply {
        IntrospectReply::Json(Introspection::Inactive)
        | IntrospectReply::ToUser(Introspection::Inactive) => Shape::fixed(INACTIVE),
        IntrospectReply::Json(active) | IntrospectReply::ToUser(active) => {
            let mut body = Vec::with_capacity(ANSWER_BYTES);
            finished(serde_json::to_writer(&mut body, active));
            Shape::text(JSON, body)
        }
        IntrospectReply::Jwt(jwt) => {
            Shape::text("application/token-introspection+jwt", jwt.clone().into_bytes())
        }
    }
}

/// OpenID Connect Core §5.3.2.
fn userinfo(userinfo: &Userinfo, _: &Asked<'_>) -> Shape {
    match &userinfo.signed {
        Some(jwt) => Shape::text("application/jwt", jwt.clone().into_bytes()),
        None => json(&userinfo.standard()),
    }
}

/// RFC 8628 §3.2.
pub fn device(reply: &DeviceReply, _: &Asked<'_>) -> Shape {
    json(&value!({
        "device_code": reply.device_code.expose(),
        "user_code": reply.user_code,
        "verification_uri": reply.verification_uri,
        "verification_uri_complete": reply.verification_uri_complete,
        "expires_in": reply.expires_in,
        "interval": reply.interval,
    }))
}

/// RFC 9126 §2.2.
fn pushed(reply: &PushReply, _: &Asked<'_>) -> Shape {
    let request_uri = reply.request_uri.expose();
    json(&value!({ "request_uri": request_uri, "expires_in": reply.expires_in })).status(201)
}

/// RFC 7591 §3.2.1 and RFC 7592 §3.
fn registration(reply: &RegistrationReply, asked: &Asked<'_>) -> Shape {
    let status = if asked.endpoint == Endpoint::Register { 201 } else { 200 };
    let uri = format!("{}/oauth2/register/{}", asked.issuer, reply.client_id());
    json(&Value::Object(reply.standard(&uri))).status(status)
}

fn error(error: &OAuthError, status: Option<u16>, asked: &Asked<'_>) -> Shape {
    let status = status.unwrap_or_else(|| status_of(error));
    let mut members = members(error);
    if asked.setting(ERROR_URI)
        && let Value::Object(members) = &mut members
    {
        let page = format!("{}/docs/errors/{}", asked.public_url, error.code.as_str());
        members.insert("error_uri".to_owned(), page.into());
    }
    let mut shape = json(&members).status(status);
    shape.headers = challenge(error);
    shape
}

pub const fn status_of(error: &OAuthError) -> u16 {
    match error.code {
        // A user's no to a client is an answer (RFC 8628 §3.5), a closed door is none.
        ErrorCode::AccessDenied if matches!(error.cause, Cause::Registration) => 403,
        ErrorCode::InvalidClient | ErrorCode::InvalidToken => 401,
        ErrorCode::InsufficientScope => 403,
        ErrorCode::TooManyRequests => 429,
        ErrorCode::NotFound => 404,
        ErrorCode::AlreadyExists | ErrorCode::Conflict => 409,
        ErrorCode::PreconditionFailed => 412,
        ErrorCode::IdempotencyKeyReused => 422,
        ErrorCode::InvalidRequest
        | ErrorCode::InvalidGrant
        | ErrorCode::UnauthorizedClient
        | ErrorCode::UnsupportedGrantType
        | ErrorCode::InvalidScope
        | ErrorCode::InvalidTarget
        | ErrorCode::AuthorizationPending
        | ErrorCode::SlowDown
        | ErrorCode::ExpiredToken
        | ErrorCode::AccessDenied
        | ErrorCode::UnsupportedTokenType
        | ErrorCode::InvalidSoftwareStatement
        | ErrorCode::UnapprovedSoftwareStatement
        | ErrorCode::InvalidRedirectUri
        | ErrorCode::InvalidClientMetadata
        | ErrorCode::LoginRequired
        | ErrorCode::ConsentRequired
        | ErrorCode::AccountSelectionRequired
        | ErrorCode::InteractionRequired
        | ErrorCode::InvalidRequestUri
        | ErrorCode::InvalidRequestObject
        | ErrorCode::RequestUriNotSupported
        | ErrorCode::UnsupportedResponseType
        | ErrorCode::ImmediateUnsuccessful => 400,
    }
}

/// RFC 6749 §5.2 for clients, RFC 6750 §3 for bearer tokens.
fn challenge(error: &OAuthError) -> Vec<Header> {
    let value = match error.code {
        ErrorCode::InvalidClient => Cow::Borrowed(r#"Basic realm="vidimus", charset="UTF-8""#),
        // RFC 6750 §3.1: who has sent nothing has not erred yet.
        ErrorCode::InvalidToken if matches!(error.cause, Cause::NoBearer) => {
            Cow::Borrowed(r#"Bearer realm="vidimus""#)
        }
        // By Basic, and the name and the password are right: nothing else would help.
        ErrorCode::InsufficientScope if matches!(error.cause, Cause::NotIntrospecting) => {
            return Vec::new();
        }
        ErrorCode::InvalidToken | ErrorCode::InsufficientScope => Cow::Owned(format!(
            r#"Bearer realm="vidimus", error="{}", error_description="{}""#,
            error.code.as_str(),
            error.description,
        )),
        ErrorCode::TooManyRequests => {
            let seconds = error.retry_after_seconds.unwrap_or(1);
            return vec![("retry-after", Cow::Owned(seconds.to_string()))];
        }
        _ => return Vec::new(),
    };
    vec![("www-authenticate", value)]
}

fn members(error: &OAuthError) -> Value {
    let mut members = Map::new();
    members.insert("error".to_owned(), error.code.as_str().into());
    members.insert("error_description".to_owned(), error.description.as_ref().into());
    if let Some(pointer) = &error.pointer {
        members.insert("pointer".to_owned(), pointer.as_str().into());
    }
    Value::Object(members)
}

fn fault(fault: &Fault, _: &Asked<'_>) -> Shape {
    match fault {
        Fault::Unavailable(_) | Fault::Contention | Fault::Busy(_) => Shape::fixed(concat!(
            r#"{"error":"temporarily_unavailable","#,
            r#""error_description":"The server cannot answer now. Try again soon."}"#,
        ))
        .status(503)
        .header("retry-after", "1"),
        Fault::Corrupt(_) => Shape::fixed(concat!(
            r#"{"error":"server_error","#,
            r#""error_description":"The server failed to answer."}"#,
        ))
        .status(500),
    }
}

/// Appends a JSON string.
fn push(body: &mut Vec<u8>, text: &str) {
    finished(serde_json::to_writer(body, text));
}

/// Neither memory nor these types can fail; a half-written body must never leave as an answer.
fn finished(written: serde_json::Result<()>) {
    written.expect("text and maps with text keys are JSON");
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_core::{secret::Secret, time::Time};

    const ASKED: Asked<'_> = Asked {
        endpoint: Endpoint::Token,
        path: "",
        tenant: None,
        issuer: "https://as.example",
        public_url: "https://as.example",
        prefix: "",
        request_id: &"r",
        accept: "",
        form: None,
        captured: &[],
    };

    fn text(shape: &Shape) -> &str {
        std::str::from_utf8(&shape.body).unwrap()
    }

    #[test]
    fn inactive_is_the_constant_bytes() {
        let shape = introspection(&IntrospectReply::Json(Introspection::Inactive), &ASKED);
        assert!(matches!(shape.body, Cow::Borrowed(b"{\"active\":false}")));
        assert_eq!(shape.content_type, "application/json");
    }

    #[test]
    fn inactive_says_what_the_core_serializes() {
        assert_eq!(serde_json::to_string(&Introspection::Inactive).unwrap(), INACTIVE);
    }

    fn reply(access_token: &str) -> TokenReply {
        TokenReply {
            access_token: Secret::new(access_token),
            expires_in: 3600,
            scope: "a b".to_owned(),
            scope_was_asked: false,
            refresh_token: Some(Secret::new("vrt_z")),
            refresh_is_new: true,
            id_token: None,
            issued_token_type: None,
            grant: "password",
            issued_at: Time(0),
            client: None,
            user: None,
            client_secret: None,
        }
    }

    #[test]
    fn a_token_response_is_json_whatever_it_holds() {
        let value = |reply: &TokenReply| -> Value {
            serde_json::from_slice(&token(reply, &ASKED).body).unwrap()
        };
        assert_eq!(
            value(&reply("vat_x\"y")),
            serde_json::json!({"access_token": "vat_x\"y", "token_type": "Bearer",
                "expires_in": 3600, "scope": "a b", "refresh_token": "vrt_z"})
        );
        let bare = TokenReply { scope: String::new(), refresh_token: None, ..reply("x") };
        assert_eq!(value(&bare).as_object().unwrap().len(), 3);
        let kept = TokenReply { refresh_is_new: false, ..reply("x") };
        assert_eq!(value(&kept).get("refresh_token"), None);
    }

    #[test]
    fn a_401_always_challenges() {
        let client = error(&OAuthError::invalid_client("why"), None, &ASKED);
        assert_eq!(client.status, 401);
        assert!(client.headers[0].1.starts_with("Basic realm="));
        assert!(!text(&client).contains("why"));
        let token = error(&OAuthError::invalid_token("why"), None, &ASKED);
        assert_eq!((token.status, token.headers[0].0), (401, "www-authenticate"));
        assert!(token.headers[0].1.contains(r#"error="invalid_token""#));
        let none = OAuthError::invalid_token("why").caused(Cause::NoBearer);
        assert_eq!(error(&none, None, &ASKED).headers[0].1, r#"Bearer realm="vidimus""#);
        let scope = OAuthError::new(ErrorCode::InsufficientScope, "No.");
        let refusal = error(&scope, None, &ASKED);
        assert_eq!(refusal.status, 403);
        assert!(refusal.headers[0].1.contains("insufficient_scope"));
    }

    #[test]
    fn an_error_names_its_page_where_the_tenant_wants_it() {
        let told = |settings: Value| {
            let tenant =
                crate::testing::tenant("a", settings, vidimus_core::policy::Policy::default());
            let asked = crate::testing::asked(&tenant, Endpoint::Token, None);
            let shape = error(&OAuthError::invalid_client("why"), None, &asked);
            serde_json::from_slice::<Value>(&shape.body).unwrap()["error_uri"].clone()
        };
        assert_eq!(told(serde_json::json!({})), Value::Null);
        let page = "https://as.example:9443/docs/errors/invalid_client";
        assert_eq!(told(serde_json::json!({"error_uri": true})), page);
    }

    #[test]
    fn a_fault_tells_nothing() {
        let refusal = fault(&Fault::Unavailable("host db1 refused".to_owned()), &ASKED);
        assert_eq!((refusal.status, refusal.headers[0].0), (503, "retry-after"));
        assert!(!text(&refusal).contains("db1"));
        let refusal = fault(&Fault::Corrupt("row 7".to_owned()), &ASKED);
        assert_eq!(refusal.status, 500);
        let _: Value = serde_json::from_str(text(&refusal)).unwrap();
    }
}
