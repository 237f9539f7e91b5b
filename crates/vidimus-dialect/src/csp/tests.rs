//! The exact bytes of the pure shapes.

use serde_json::{Map, Value};
use vidimus_core::{
    error::{Cause, ErrorCode, Fault, OAuthError},
    form::Form,
    introspect::{Active, Details, IntrospectReply, Introspection},
    manner::AccessClaims,
    model::TokenKind,
    row_key::RowKey,
    secret::Secret,
    time::Time,
    token::TokenReply,
};

use super::{CSP, claims, token};
use crate::{
    Endpoint,
    testing::{asked, header, plain, text},
};

fn reply() -> TokenReply {
    TokenReply {
        access_token: Secret::new("e.y.J"),
        expires_in: 1800,
        scope: "openid ALL_PERMISSIONS".to_owned(),
        scope_was_asked: false,
        refresh_token: Some(Secret::new("api-token")),
        refresh_is_new: false,
        id_token: Some(Secret::new("i.d.t")),
        issued_token_type: None,
        grant: "refresh_token",
        issued_at: Time(0),
        client: None,
        user: Some(RowKey(2)),
        client_secret: None,
    }
}

fn claimed(scope: &str, user: bool) -> Map<String, Value> {
    let roles = ["csp:org_owner".to_owned(), "billing".to_owned()];
    claims::claims(&AccessClaims {
        issuer: "https://as.example",
        tenant: RowKey(1),
        client_id: Some("svc"),
        user: user.then_some((RowKey(2), "jdoe@vmware.example")),
        audience: &[],
        scope,
        roles: &roles,
        token: RowKey(3),
        issued_at: Time::from_seconds(1_000),
        expires_at: Time::from_seconds(2_800),
    })
}

#[test]
fn a_token_comes_with_the_refresh_token_that_bought_it() {
    let tenant = plain();
    let asked = asked(&tenant, Endpoint::Token, None);
    assert_eq!(
        text(&token(&reply(), &asked)),
        concat!(
            r#"{"access_token":"e.y.J","token_type":"bearer","expires_in":1799,"#,
            r#""id_token":"i.d.t","refresh_token":"api-token","scope":"openid ALL_PERMISSIONS"}"#
        )
    );
    let bare = TokenReply { id_token: None, refresh_token: None, scope: String::new(), ..reply() };
    assert_eq!(
        text(&token(&bare, &asked)),
        r#"{"access_token":"e.y.J","token_type":"bearer","expires_in":1799}"#
    );
}

#[test]
fn permissions_are_the_scope_or_all_roles() {
    let permissions = |scope| claimed(scope, true)["perms"].clone();
    assert_eq!(
        permissions("openid ALL_PERMISSIONS"),
        serde_json::json!(["csp:org_owner", "billing"])
    );
    assert_eq!(permissions("openid billing"), serde_json::json!(["billing"]));
    assert_eq!(permissions("openid"), serde_json::json!([]));
}

#[test]
fn claims_name_user_and_organization() {
    let claims = claimed("openid", true);
    let names: Vec<_> = claims.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "sub",
            "iss",
            "azp",
            "context",
            "context_name",
            "acct",
            "username",
            "domain",
            "perms",
            "iat",
            "exp"
        ]
    );
    assert!(claims["sub"].as_str().unwrap().starts_with("vmwareid:"));
    assert_eq!(claims["context_name"], claims::organization_id(RowKey(1)));
    assert_eq!(
        (&claims["username"], &claims["domain"]),
        (&"jdoe".into(), &"vmware.example".into())
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 1800);
    assert_eq!(claimed("openid", false)["sub"], "svc");
}

#[test]
fn introspection_has_six_members() {
    let tenant = plain();
    let active = Active {
        kind: TokenKind::Refresh,
        scope: "openid".to_owned(),
        client_id: Some("svc".to_owned()),
        username: Some("jdoe".to_owned()),
        exp: 20,
        iat: 10,
        nbf: None,
        sub: None,
        aud: Vec::new(),
        iss: String::new(),
        jti: String::new(),
        cnf: None,
        user: Some(RowKey(2)),
        client: None,
        owner: None,
        is_pairwise: false,
    };
    let reply = IntrospectReply::Json(Introspection::Active(Box::new(active)));
    let asked = asked(&tenant, Endpoint::Introspect, None);
    let expected = format!(
        concat!(
            r#"{{"active":true,"exp":20,"iat":10,"orgId":"{}","sub":"{}","#,
            r#""token_type":"refresh_token"}}"#
        ),
        claims::organization_id(RowKey(1)),
        claims::user_id(RowKey(2)),
    );
    assert_eq!(text(&(CSP.introspection)(&reply, &asked)), expected);
    let inactive = IntrospectReply::Json(Introspection::Inactive);
    assert_eq!(text(&(CSP.introspection)(&inactive, &asked)), r#"{"active":false}"#);
}

#[test]
fn every_error_has_six_members() {
    let tenant = plain();
    let asked = asked(&tenant, Endpoint::Introspect, None);
    let client = |cause| OAuthError::invalid_client("why").caused(cause);
    let code = |code| OAuthError::new(code, "Said.");
    for (error, http, status, message) in [
        (client(Cause::NoCredentials), None, 400, "Authorization header must be specified"),
        (
            client(Cause::NotBasic),
            None,
            400,
            "Invalid authorization header. Missing \\\"Basic\\\" prefix",
        ),
        (client(Cause::MalformedBasic), None, 400, "Invalid authorization header"),
        (client(Cause::WrongSecret), None, 400, "invalid_client: Client authentication failed."),
        (
            OAuthError::invalid_grant(Cause::RefreshExpired, "Old."),
            None,
            400,
            "invalid_grant: Invalid refresh token: unknown, expired or revoked",
        ),
        (code(ErrorCode::NotFound), None, 404, "The requested resource could not be found"),
        (
            code(ErrorCode::Conflict),
            None,
            409,
            "The request could not be processed due to a conflict",
        ),
        (OAuthError::too_many(7), None, 429, "The user has sent too many requests"),
        (code(ErrorCode::InvalidRequest), Some(405), 405, "Said."),
    ] {
        let shape = (CSP.error)(&error, http, &asked);
        let code = error.code.as_str();
        let expected = format!(
            concat!(
                r#"{{"cspErrorCode":"{code}","errorCode":"{code}","message":"{message}","#,
                r#""moduleCode":340,"requestId":"r1","statusCode":{status}}}"#
            ),
            code = code,
            message = message,
            status = status,
        );
        assert_eq!((shape.status, text(&shape)), (status, expected.as_str()));
        let retry = header(&shape, "retry-after");
        assert_eq!(retry, (status == 429).then_some("7"), "{code}");
    }
}

#[test]
fn a_fault_tells_nothing() {
    let tenant = plain();
    let asked = asked(&tenant, Endpoint::Introspect, None);
    for (fault, status) in
        [(Fault::Corrupt("row 7".to_owned()), 500), (Fault::Unavailable("db1".to_owned()), 503)]
    {
        let shape = (CSP.fault)(&fault, &asked);
        assert_eq!(shape.status, status);
        let body: Value = serde_json::from_str(text(&shape)).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 6);
        assert_eq!(
            body["message"],
            "An unexpected error has occurred while processing the request"
        );
    }
}

#[test]
fn the_public_key_is_pem_unless_a_jwk_set_is_asked_for() {
    let tenant = plain();
    let keys = serde_json::json!({"keys": [
        {"kty": "EC", "alg": "ES256"},
        {"kty": "RSA", "alg": "RS256", "n": "AQAB", "e": "AQAB"},
    ]});
    let of = |query: &str| {
        let form = Form::parse(query.as_bytes()).unwrap();
        let shape = (CSP.jwks)(&keys, &asked(&tenant, Endpoint::Jwks, Some(&form)));
        (shape.status, serde_json::from_str::<Value>(text(&shape)).unwrap())
    };
    for query in ["", "format=pem"] {
        let (status, body) = of(query);
        assert_eq!((status, &body["alg"]), (200, &"RS256".into()));
        assert!(body["value"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    }
    assert_eq!(of("format=jwks"), (200, keys.clone()));
    let (status, body) = of("format=xml");
    assert_eq!(
        (status, &body["message"]),
        (400, &"The key format can either be pem or jwks".into())
    );
}

#[test]
fn an_api_token_is_described_in_milliseconds() {
    let tenant = plain();
    let details = Details {
        username: Some("jdoe@vmware.example".to_owned()),
        user: Some(RowKey(2)),
        client_id: None,
        scope: "openid billing".to_owned(),
        issued_at: Time(1_500),
        expires_at: Time(2_500),
    };
    let expected = format!(
        concat!(
            r#"{{"username":"jdoe","acct":"jdoe@vmware.example","domain":"vmware.example","#,
            r#""orgId":"{}","createdAt":1500,"expiresAt":2500,"allowedScopes":"#,
            r#"{{"generalScopes":["openid","billing"],"organizationScopes":{{"roles":[]}},"#,
            r#""servicesScopes":[]}}}}"#
        ),
        claims::organization_id(RowKey(1))
    );
    let asked = asked(&tenant, Endpoint::TokenDetails, None);
    assert_eq!(text(&(CSP.details)(&details, &asked)), expected);
}
