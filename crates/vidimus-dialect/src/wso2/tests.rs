//! The exact bytes of the pure shapes.

use serde_json::json;
use vidimus_core::{
    error::{Cause, ErrorCode, Fault, OAuthError},
    form::Form,
    introspect::{Active, IntrospectReply, Introspection},
    model::TokenKind,
    policy::Policy,
    revoke::RevokeReply,
    secret::Secret,
    time::Time,
    token::TokenReply,
};

use super::WSO2;
use crate::{
    Endpoint, Shape,
    testing::{asked, header, plain, tenant, text},
};

fn reply(scope: &str, scope_was_asked: bool) -> TokenReply {
    TokenReply {
        access_token: Secret::new("fbc4e794-23db-3394-b1e5-f2c3e511d01f"),
        expires_in: 3600,
        scope: scope.to_owned(),
        scope_was_asked,
        refresh_token: None,
        refresh_is_new: false,
        id_token: None,
        issued_token_type: None,
        grant: "client_credentials",
        issued_at: Time(0),
        client: None,
        user: None,
        client_secret: None,
    }
}

fn active(scope: &str, username: Option<&str>, owner: Option<&str>) -> IntrospectReply {
    IntrospectReply::ToUser(Introspection::Active(Box::new(Active {
        kind: TokenKind::Access,
        scope: scope.to_owned(),
        client_id: Some("okaN2IXAsLx5SBH9Los1C6zX1RIa".to_owned()),
        username: username.map(str::to_owned),
        exp: 1_517_922_556,
        iat: 1_517_918_956,
        nbf: None,
        sub: None,
        aud: Vec::new(),
        iss: String::new(),
        jti: String::new(),
        cnf: None,
        user: None,
        client: None,
        owner: owner.map(str::to_owned),
        is_pairwise: false,
    })))
}

#[test]
fn tokens_are_the_seeds_bytes() {
    let tenant = plain();
    let asked = asked(&tenant, Endpoint::Token, None);
    let of = |reply: &TokenReply| text(&(WSO2.token)(reply, &asked)).to_owned();
    let bare = concat!(
        r#"{"token_type":"Bearer","expires_in":3600,"#,
        r#""access_token":"fbc4e794-23db-3394-b1e5-f2c3e511d01f"}"#
    );
    assert_eq!(of(&reply("", false)), bare);
    assert_eq!(of(&reply("test1", false)), bare, "nobody asked for a scope");
    assert_eq!(
        of(&reply("test1", true)),
        concat!(
            r#"{"access_token":"fbc4e794-23db-3394-b1e5-f2c3e511d01f","#,
            r#""scope":"test1","token_type":"Bearer","expires_in":3600}"#
        )
    );
}

#[test]
fn active_answers_are_the_seeds_bytes() {
    let tenant = plain();
    let asked = asked(&tenant, Endpoint::Introspect, None);
    let of = |reply: &IntrospectReply| text(&(WSO2.introspection)(reply, &asked)).to_owned();
    let rest = concat!(
        r#""active":true,"token_type":"Bearer","exp":1517922556,"iat":1517918956,"#,
        r#""client_id":"okaN2IXAsLx5SBH9Los1C6zX1RIa","username":"admin@foo.com"}"#
    );
    assert_eq!(of(&active("", None, Some("admin@foo.com"))), format!("{{{rest}"));
    assert_eq!(
        of(&active("1 test", Some("admin"), Some("x"))),
        format!(r#"{{"scope":"1 test",{rest}"#)
    );
    assert!(!of(&active("", None, None)).contains("username"));
    let of_user = active("", None, Some("x"));
    let IntrospectReply::ToUser(Introspection::Active(mut told)) = of_user else { panic!() };
    told.is_pairwise = true;
    let told = of(&IntrospectReply::ToUser(Introspection::Active(told)));
    assert!(!told.contains("username"), "it is a user's, whose name is not told: {told}");
}

#[test]
fn bodies_of_5_2_are_a_setting() {
    let new = plain();
    let old = tenant("foo.com", json!({"wso2_5_2_bodies": true}), Policy::default());
    let inactive = IntrospectReply::ToUser(Introspection::Inactive);
    let missing = OAuthError::invalid_request("No.").caused(Cause::Missing("token"));
    for (tenant, body, refusal) in [
        (&new, r#"{"active":false}"#, r#"{"error": "Invalid input"}"#),
        (&old, "{'active':false}", "{'error': 'Invalid input'}"),
    ] {
        let asked = asked(tenant, Endpoint::Introspect, None);
        let shape = (WSO2.introspection)(&inactive, &asked);
        assert_eq!((shape.status, text(&shape)), (200, body));
        let shape = (WSO2.error)(&missing, None, &asked);
        assert_eq!((shape.status, text(&shape)), (400, refusal));
        assert_eq!(shape.content_type, "application/json");
    }
}

fn refused(error: &OAuthError, endpoint: Endpoint, form: &str) -> Shape {
    let tenant = plain();
    let form = Form::parse(form.as_bytes()).unwrap();
    (WSO2.error)(error, None, &asked(&tenant, endpoint, Some(&form)))
}

#[test]
fn the_token_endpoint_has_its_table() {
    let client = |cause| OAuthError::invalid_client("why").caused(cause);
    let request = |cause| OAuthError::invalid_request("Said.").caused(cause);
    let grant = |cause| OAuthError::invalid_grant(cause, "Said.");
    let of = |code, cause| OAuthError::new(code, "Said.").caused(cause);
    for (error, status, code, description) in [
        (
            client(Cause::UnknownClient),
            401,
            "invalid_client",
            "Oauth application is not in active state.",
        ),
        (client(Cause::WrongSecret), 401, "invalid_client", "Client Authentication failed."),
        (request(Cause::TwoMethods), 401, "invalid_client", "Client Authentication failed."),
        (
            request(Cause::Missing("grant_type")),
            400,
            "invalid_request",
            "Missing grant_type parameter value",
        ),
        (
            request(Cause::Missing("assertion")),
            400,
            "invalid_request",
            "Missing parameters: assertion",
        ),
        (
            of(ErrorCode::UnsupportedGrantType, Cause::UnknownGrant),
            400,
            "invalid_request",
            "Invalid grant_type parameter value",
        ),
        (
            of(ErrorCode::UnauthorizedClient, Cause::GrantNotAllowed),
            400,
            "unauthorized_client",
            "The authenticated client is not authorized to use this authorization grant type",
        ),
        (of(ErrorCode::InvalidScope, Cause::ScopeRefused), 400, "invalid_scope", "Invalid Scope!"),
        (
            grant(Cause::RefreshUnknown),
            400,
            "invalid_grant",
            "Provided Authorization Grant is invalid",
        ),
        (grant(Cause::RefreshExpired), 400, "invalid_request", "Refresh token is expired."),
        (
            grant(Cause::WrongPassword),
            400,
            "invalid_grant",
            "Authentication failed for joe@foo.com",
        ),
    ] {
        let shape = refused(&error, Endpoint::Token, "username=joe");
        let expected = format!(r#"{{"error":"{code}","error_description":"{description}"}}"#);
        assert_eq!((shape.status, text(&shape)), (status, expected.as_str()));
        let challenged = status == 401 && !description.starts_with("Oauth");
        let challenge = challenged.then_some("Basic realm=as.example");
        assert_eq!(header(&shape, "www-authenticate"), challenge, "{description}");
    }
    let unspaced = refused(&client(Cause::NoScheme), Endpoint::Token, "");
    assert_eq!(unspaced.status, 404);
    assert!(text(&unspaced).contains(r#"Space delimited \"<authMethod> <base64Hash>\" format"#));
}

#[test]
fn assertions_have_the_handlers_messages() {
    let issuer = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.AA";
    for (cause, message) in [
        (Cause::AssertionExpired, "JSON Web Token is expired."),
        (Cause::AssertionSignature, "Signature or Message Authentication invalid."),
        (
            Cause::AssertionAudience,
            "None of the audience values matched the tokenEndpoint Alias \
             https://as.example/t/foo.com/oauth2/token",
        ),
        (
            Cause::AssertionIssuer,
            "No registered identity provider found for the JWT with issuer name : \
             https://idp.example",
        ),
    ] {
        let error = OAuthError::invalid_grant(cause, "Said.");
        let shape = refused(&error, Endpoint::Token, &format!("assertion={issuer}"));
        let expected = format!(r#"{{"error":"invalid_grant","error_description":"{message}"}}"#);
        assert_eq!((shape.status, text(&shape)), (400, expected.as_str()));
    }
}

#[test]
fn callers_of_introspection_are_challenged_without_their_name() {
    let shape = refused(
        &OAuthError::invalid_client("why").caused(Cause::WrongPassword),
        Endpoint::Introspect,
        "",
    );
    assert_eq!((shape.status, header(&shape, "www-authenticate")), (401, Some(r#"realm user="""#)));
}

#[test]
fn an_unknown_tenant_is_a_line_of_text() {
    let tenant = plain();
    let asked = crate::Asked { tenant: None, ..asked(&tenant, Endpoint::Token, None) };
    let error = OAuthError::new(ErrorCode::NotFound, "There is no such tenant.");
    let shape = (WSO2.error)(&error, None, &asked);
    assert_eq!((shape.status, text(&shape)), (404, "foo.com is an invalid tenant domain"));
}

#[test]
fn faults_are_server_errors() {
    let tenant = plain();
    let asked = asked(&tenant, Endpoint::Token, None);
    let shape = (WSO2.fault)(&Fault::Unavailable("db1".to_owned()), &asked);
    let body = r#"{"error":"server_error","error_description":"Service Unavailable Error."}"#;
    assert_eq!((shape.status, text(&shape)), (502, body));
    let shape = (WSO2.fault)(&Fault::Corrupt("row".to_owned()), &asked);
    let body = r#"{"error":"server_error","error_description":"Internal Server Error."}"#;
    assert_eq!((shape.status, text(&shape)), (500, body));
}

#[test]
fn what_was_revoked_is_said_only_where_it_is_wanted() {
    let told = RevokeReply {
        known: true,
        kind: Some(TokenKind::Refresh),
        token: Some(Secret::new("r-1")),
        username: Some("joe".to_owned()),
    };
    let silent = plain();
    let shape = (WSO2.revoked)(&told, &asked(&silent, Endpoint::Revoke, None));
    assert_eq!((shape.content_type, text(&shape), shape.headers.len()), ("text/html", "", 0));
    let telling = tenant("foo.com", json!({"wso2_revocation_headers": true}), Policy::default());
    let shape = (WSO2.revoked)(&told, &asked(&telling, Endpoint::Revoke, None));
    assert_eq!(header(&shape, "revokedrefreshtoken"), Some("r-1"));
    assert_eq!(header(&shape, "authorizeduser"), Some("joe@foo.com"));
}

#[test]
fn scripts_are_called_only_by_names_and_where_links_are_allowed() {
    let allowed =
        tenant("foo.com", json!({}), Policy { allow_get_revocation: true, ..Policy::default() });
    let closed = plain();
    for (tenant, callback, body) in [
        (&allowed, "app.done", "/**/app.done();"),
        (&closed, "app.done", ""),
        (&allowed, "alert(1)//", ""),
        (&allowed, "1x", ""),
        (&allowed, "", ""),
    ] {
        let encoded = callback.replace('(', "%28");
        let form = Form::parse(format!("callback={encoded}").as_bytes()).unwrap();
        let asked = asked(tenant, Endpoint::Revoke, Some(&form));
        let shape = (WSO2.revoked)(&RevokeReply::default(), &asked);
        assert_eq!(text(&shape), body, "{callback}");
    }
}

#[test]
fn what_the_browser_brings_back_has_the_product_s_words() {
    let tenant = tenant("foo.com", json!({}), Policy::default());
    for (query, cause, wanted) in [
        ("", Cause::ChallengeMethod, "This application does not support \"plain\" transformation"),
        ("code_challenge_method=plain", Cause::ChallengeMethod, "This application does not"),
        ("code_challenge_method=S512", Cause::ChallengeMethod, "Unsupported PKCE Challenge Method"),
        ("", Cause::Missing("code_challenge"), "PKCE is mandatory for this application."),
        ("", Cause::RedirectUriMismatch, "Registered callback does not match"),
        ("", Cause::NotYourFlow, "Session Timed Out"),
        ("", Cause::Other, "Ours."),
    ] {
        let form = Form::parse(query.as_bytes()).unwrap();
        let asked = asked(&tenant, Endpoint::Authorize, Some(&form));
        let error = OAuthError::invalid_request("Ours.").caused(cause);
        let (_, text) = (WSO2.said)(&error, &asked);
        assert!(text.starts_with(wanted), "{cause:?}: {text}");
    }
}
