//! What a registration comes to, and what is refused.

use super::*;
use crate::{
    error::{Cause, ErrorCode},
    model::{ClientMetadata, IntrospectRight},
};

fn refused(scene: &mut Scene, body: &Value) -> ErrorCode {
    let error = register(scene, body).expect_err(&body.to_string());
    let sendable = |c: u8| matches!(c, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    assert!(error.description.bytes().all(sendable), "{}", error.description);
    error.code
}

#[test]
fn sec_165_a_name_is_cleaned_and_its_translations_are_not_kept() {
    let mut scene = scene();
    let body = with(
        web(),
        json!({"client_name": "Good\u{202E}\u{200B} app", "client_name#xx-evil": "<script>"}),
    );
    let reply = register(&mut scene, &body).unwrap();
    let told = told(&reply);
    assert_eq!(told["client_name"], "Good app");
    assert!(!Value::Object(told).to_string().contains("script"));
    for name in ["two\nlines".to_owned(), "x".repeat(10_000), "x".repeat(121)] {
        let code = refused(&mut scene, &with(web(), json!({"client_name": name})));
        assert_eq!(code, ErrorCode::InvalidClientMetadata);
    }
}

#[test]
fn sec_007_no_scheme_that_runs_or_reads_something_is_registered() {
    let mut scene = scene();
    for scheme in ["javascript:", "JaVaScRiPt:", "data:", "vbscript:", "file:", "blob:"] {
        for before in ["", " ", "\u{1}", "\t", "java\t"] {
            let uri = format!("{before}{scheme}//client.example/%0aalert(1)");
            for (key, value) in [
                ("redirect_uris", json!([uri])),
                ("post_logout_redirect_uris", json!([uri])),
                ("request_uris", json!([uri])),
                ("client_uri", json!(uri)),
                ("logo_uri", json!(uri)),
                ("policy_uri", json!(uri)),
                ("tos_uri", json!(uri)),
                ("initiate_login_uri", json!(uri)),
                ("frontchannel_logout_uri", json!(uri)),
                ("backchannel_logout_uri", json!(uri)),
                ("sector_identifier_uri", json!(uri)),
                ("jwks_uri", json!(uri)),
            ] {
                refused(&mut scene, &with(web(), json!({ key: value })));
            }
        }
    }
}

#[test]
fn sec_166_what_only_administrators_give_is_not_taken() {
    let mut scene = scene();
    for grant in [
        "client_credentials",
        "password",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "no_such_grant",
    ] {
        let grants = json!({"grant_types": ["authorization_code", grant]});
        let code = refused(&mut scene, &with(web(), grants));
        assert_eq!(code, ErrorCode::InvalidClientMetadata, "{grant}");
    }
    let code = refused(&mut scene, &with(web(), json!({"scope": "vidimus.admin api"})));
    assert_eq!(code, ErrorCode::InvalidClientMetadata);
    let privileged = json!({
        "client_id": "web",
        "client_secret": "chosen",
        "introspect": "tenant",
        "owner": "alice",
        "preauthorized_users": ["*"],
        "access_token_format": "jwt",
        "audience": ["https://rs1"],
        "audiences": ["https://rs1"],
        "trusted": true,
        "tenant": "bar.com",
        "disabled": false,
        "registration": {"used": true},
        "assertion_certificates": ["x"],
        "scope": "openid vidimus.admin vidimus.introspect api",
    });
    let reply = register(&mut scene, &with(web(), privileged)).unwrap();
    assert_ne!(reply.client_id(), "web");
    assert_ne!(reply.client_secret.as_ref().unwrap().expose(), "chosen");
    let (object, client) = stored(&scene, reply.client_id());
    assert_eq!(object.tenant, scene.key(FOO));
    assert!(client.assertion_jwks.is_none() && !client.registration.unwrap().used);
    let expected = ClientMetadata {
        client_id: reply.client_id().to_owned(),
        client_name: Some("Web".to_owned()),
        grant_types: vec!["authorization_code".to_owned()],
        redirect_uris: vec!["https://client.example/cb".to_owned()],
        response_types: vec!["code".to_owned()],
        scope: "openid".to_owned(),
        token_endpoint_auth_method: "client_secret_basic".to_owned(),
        introspect: IntrospectRight::Own,
        ..ClientMetadata::default()
    };
    assert_eq!(client.metadata, expected);
}

#[test]
fn sec_167_metadata_that_contradicts_itself_is_refused() {
    let mut scene = scene();
    let none = register(&mut scene, &json!({})).unwrap_err();
    assert_eq!((none.code, none.cause), (ErrorCode::InvalidRedirectUri, Cause::NoRedirectUri));
    let key =
        crate::testing::jwk_of(crate::model::SigningAlgorithm::ES256, crate::testing::es256(0));
    for wrong in [
        json!({"response_types": ["token"]}),
        json!({"response_types": ["code", "token"]}),
        json!({"response_types": ["code id_token"]}),
        json!({"response_types": ["code code"]}),
        json!({"response_types": ["code "]}),
        json!({"response_types": ["id_token"], "grant_types": ["authorization_code"]}),
        json!({"response_types": []}),
        json!({"response_types": ["password"]}),
        json!({"grant_types": ["implicit"]}),
        json!({"grant_types": ["authorization_code", "implicit"]}),
        json!({"grant_types": ["refresh_token"], "response_types": ["code"]}),
        json!({"jwks": {"keys": [key]}, "jwks_uri": "https://client.example/jwks"}),
        json!({"jwks": {"keys": []}}),
        json!({"jwks_uri": "ftp://client.example/jwks"}),
        json!({"token_endpoint_auth_method": "self_signed"}),
        json!({"token_endpoint_auth_method": "private_key_jwt"}),
        json!({"token_endpoint_auth_signing_alg": "none"}),
        json!({"application_type": "toaster"}),
        json!({"subject_type": "secret"}),
        json!({"id_token_signed_response_alg": "HS256"}),
        json!({"id_token_signed_response_alg": "none"}),
        json!({"userinfo_signed_response_alg": "none"}),
        json!({"request_object_signing_alg": "HS256"}),
        json!({"request_uris": ["http://evil.example/request"]}),
        json!({"request_uris": vec!["https://client.example/request"; 65]}),
        json!({"default_max_age": "60"}),
        json!({"default_acr_values": ["two words"]}),
        json!({"initiate_login_uri": "javascript:alert(1)"}),
        json!({"frontchannel_logout_uri": "https://evil.example/out"}),
        json!({"backchannel_logout_uri": "http://10.0.0.1/out"}),
        json!({"logo_uri": "http://evil.example/logo"}),
        json!({"client_uri": "javascript:alert(1)"}),
        json!({"tos_uri": "data:text/html,x"}),
        json!({"policy_uri": "/relative"}),
        json!({"scope": "two  spaces"}),
        json!({"software_id": 5}),
    ] {
        let code = refused(&mut scene, &with(web(), wrong.clone()));
        assert_eq!(code, ErrorCode::InvalidClientMetadata, "{wrong}");
    }
    for uri in [
        "http://client.example/cb",
        "https://client.example/cb#f",
        "https://*.example/cb",
        "javascript:alert(1)",
        "https://client.example@evil.example/",
        "https://client.example/\u{e9}",
        "/cb",
        "",
    ] {
        let code = refused(&mut scene, &json!({"redirect_uris": ["https://ok.example/", uri]}));
        assert_eq!(code, ErrorCode::InvalidRedirectUri, "{uri}");
    }
}

#[test]
fn a_client_says_how_its_people_sign_in_and_out() {
    let mut scene = scene();
    let sent = json!({
        "subject_type": "pairwise", "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "RS256", "request_object_signing_alg": "none",
        "request_uris": ["https://client.example/request#1"],
        "require_pushed_authorization_requests": true, "default_max_age": 300,
        "require_auth_time": true, "default_acr_values": ["1"],
        "initiate_login_uri": "https://client.example/start",
        "frontchannel_logout_uri": "https://client.example/front",
        "frontchannel_logout_session_required": true,
        "backchannel_logout_uri": "https://client.example/back",
        "backchannel_logout_session_required": true,
    });
    let (reply, bearer) = registered(&mut scene, &with(web(), sent.clone()));
    let first = told(&reply);
    for (key, value) in sent.as_object().unwrap() {
        assert_eq!(&first[key], value, "{key}");
    }
    // Left out, each has its default.
    let reply = update(&mut scene, reply.client_id(), &bearer, &web()).unwrap();
    let then = told(&reply);
    assert_eq!(then["subject_type"], "public");
    assert_eq!(then["id_token_signed_response_alg"], "RS256");
    for key in sent.as_object().unwrap().keys().filter(|key| !key.ends_with("_type")) {
        assert!(key == "id_token_signed_response_alg" || !then.contains_key(key), "{key}");
    }
}

#[test]
fn response_types_match_the_grants_where_the_tenant_allows_them() {
    let mut scene = Scene::new();
    put_token(&mut scene, FOO, INITIAL, 50);
    let (code, implicit) = ("authorization_code", "implicit");
    let both = [code, implicit];
    for (kinds, grants) in [
        (&["token"][..], &[implicit][..]),
        (&["id_token"], &[implicit]),
        (&["token id_token"], &[implicit]),
        (&["id_token token", "id_token"], &[implicit]),
        (&["code id_token"], &both),
        (&["token code"], &both),
        (&["code token id_token"], &both),
        (&["code", "token", "id_token"], &both),
    ] {
        let body = with(web(), json!({"response_types": kinds, "grant_types": grants}));
        scene.policy(|policy| policy.allow_legacy_response_types = false);
        assert_eq!(refused(&mut scene, &body), ErrorCode::InvalidClientMetadata, "{body}");
        scene.policy(|policy| policy.allow_legacy_response_types = true);
        let reply = register(&mut scene, &body).unwrap();
        assert_eq!(told(&reply)["response_types"], json!(kinds));
        let mut one = body.clone();
        one["grant_types"] = json!([if grants.len() == 1 { code } else { implicit }]);
        assert_eq!(refused(&mut scene, &one), ErrorCode::InvalidClientMetadata, "{one}");
    }
    // A lenient route takes all of them, and gives those that the grants alone can mean.
    scene.policy(|policy| policy.allow_legacy_response_types = false);
    for (grants, kinds) in [
        (json!([code]), json!(["code"])),
        (json!([code, implicit]), json!(["code", "token", "id_token", "id_token token"])),
    ] {
        let body = with(web(), json!({ "grant_types": grants }));
        let reply = register_in(&mut scene, Some(BEARER), &body, &LENIENT).unwrap();
        assert_eq!(told(&reply)["response_types"], kinds);
    }
}

#[test]
fn an_id_token_goes_without_a_signature_only_where_nobody_else_sees_it() {
    let mut scene = scene();
    let body = with(web(), json!({"id_token_signed_response_alg": "none"}));
    assert_eq!(refused(&mut scene, &body), ErrorCode::InvalidClientMetadata);
    scene.policy(|policy| {
        policy.allow_unsigned_id_tokens = true;
        policy.allow_legacy_response_types = true;
    });
    let reply = register(&mut scene, &body).unwrap();
    assert_eq!(told(&reply)["id_token_signed_response_alg"], "none");
    let grants = json!(["authorization_code", "implicit"]);
    for (kind, is_hidden) in [("code token", true), ("code id_token", false)] {
        let more = json!({"response_types": [kind], "grant_types": grants});
        assert_eq!(register(&mut scene, &with(body.clone(), more)).is_ok(), is_hidden, "{kind}");
    }
}

#[test]
fn sec_168_credentials_are_made_here_and_long() {
    let mut scene = scene();
    let keys = json!({"keys": [crate::testing::jwk_of(
        crate::model::SigningAlgorithm::ES256,
        crate::testing::es256(0),
    )]});
    let mut ids = std::collections::HashSet::new();
    for (method, has_secret) in [
        ("client_secret_basic", true),
        ("client_secret_post", true),
        ("client_secret_jwt", true),
        ("none", false),
        ("private_key_jwt", false),
    ] {
        let mut body = with(web(), json!({"token_endpoint_auth_method": method}));
        if method == "private_key_jwt" {
            body["jwks"] = keys.clone();
        }
        let reply = register(&mut scene, &body).unwrap();
        let told = told(&reply);
        assert_eq!(told.get("client_secret_expires_at"), has_secret.then(|| json!(0)).as_ref());
        let secret = told.get("client_secret").and_then(Value::as_str);
        assert_eq!(secret.is_some(), has_secret, "{method}");
        // 44 characters of 62 are 256 bits and more.
        assert!(secret.is_none_or(|text| text.strip_prefix("vcs_").unwrap().len() == 44));
        let token = told["registration_access_token"].as_str().unwrap();
        assert_eq!(token.strip_prefix("vrr_").unwrap().len(), 44);
        assert_eq!(told["registration_client_uri"], "https://id.example/register/1");
        assert_eq!(told["client_id_issued_at"], scene.now.seconds());
        assert_eq!(told["token_endpoint_auth_method"], method);
        assert!(ids.insert(reply.client_id().to_owned()));
        assert_eq!(reply.client_id().len(), 22);
        let (_, client) = stored(&scene, reply.client_id());
        let kept = format!("{:?}", serde_json::to_string(&client).unwrap());
        assert!(!kept.contains(token) && secret.is_none_or(|text| !kept.contains(text)));
        let sealed = client.secret.is_some_and(|secret| secret.sealed.is_some());
        assert_eq!(sealed, method == "client_secret_jwt");
    }
}

#[test]
fn sec_174_no_shape_of_json_is_a_fault() {
    let mut scene = scene();
    for uris in [
        json!([null]),
        json!([{}]),
        json!("str"),
        json!([["https://client.example/cb"]]),
        json!(vec!["https://client.example/cb"; 10_000]),
        json!({"0": "https://client.example/cb"}),
        json!(5),
        json!(true),
    ] {
        let code = refused(&mut scene, &json!({"redirect_uris": uris}));
        let codes = [ErrorCode::InvalidClientMetadata, ErrorCode::InvalidRedirectUri];
        assert!(codes.contains(&code), "{uris}: {code:?}");
    }
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let nested = format!(r#"{{"redirect_uris":{deep}}}"#);
    for body in [deep.as_str(), &nested, "", "{", "[]", "null", "\"x\"", "{\"a\":1}x", "\u{0}"] {
        let parsed = RegisterRequest::parse(Some(BEARER), body.as_bytes(), &Manner::STANDARD, None);
        let error = parsed.err().unwrap_or_else(|| panic!("{body:.40}"));
        assert_eq!(error.code, ErrorCode::InvalidClientMetadata);
    }
}

#[test]
fn sec_175_a_sector_lists_every_redirect() {
    let mut scene = scene();
    let sector = |uri: &str| with(web(), json!({"sector_identifier_uri": uri}));
    let reply = register(&mut scene, &sector("https://client.example/sector")).unwrap();
    assert_eq!(told(&reply)["sector_identifier_uri"], "https://client.example/sector");
    let mut more = sector("https://client.example/sector");
    more["redirect_uris"] = json!(["https://client.example/cb", "https://other.example/cb"]);
    let unlisted = register(&mut scene, &more).unwrap_err();
    let silent = register(&mut scene, &sector("https://10.0.0.1/sector")).unwrap_err();
    assert_eq!(unlisted.code, ErrorCode::InvalidClientMetadata);
    assert_eq!(unlisted.description, silent.description);
    // Several hosts are one sector only by such a document (OpenID Connect Core §8.1).
    let mut pairwise = with(web(), json!({"subject_type": "pairwise"}));
    assert_eq!(told(&register(&mut scene, &pairwise).unwrap())["subject_type"], "pairwise");
    pairwise["redirect_uris"] = more["redirect_uris"].clone();
    let error = register(&mut scene, &pairwise).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClientMetadata);
    assert_eq!(error.pointer.as_deref(), Some("/sector_identifier_uri"));
    for uri in ["http://client.example/sector", "file:///etc/passwd", "x"] {
        assert_eq!(refused(&mut scene, &sector(uri)), ErrorCode::InvalidClientMetadata, "{uri}");
    }
    // Nothing is fetched for who may not register.
    let request = parsed(None, &sector("https://client.example/sector"), &Manner::STANDARD);
    assert!(scene.run(&request.unwrap()).errands.is_empty());
}

#[test]
fn a_lenient_route_adds_its_own() {
    let mut scene = scene();
    let body = json!({
        "redirect_uris": ["http://localhost"],
        "response_types": ["code", "token", "id_token"],
        "grant_types": ["authorization_code", "implicit", "refresh_token"],
        "application_type": "web",
        "contacts": ["abc@sf.com", "ve7jtb@example.org"],
        "client_name": "Example Olivier",
    });
    let reply = register_in(&mut scene, Some(BEARER), &body, &LENIENT).unwrap();
    let told = told(&reply);
    assert_eq!(told["token_endpoint_auth_method"], "client_secret_post");
    assert_eq!(told["redirect_uris"], json!(["http://localhost"]));
    assert_eq!(told["response_types"], body["response_types"]);
    assert_eq!(
        told["grant_types"],
        json!(["authorization_code", "implicit", "refresh_token", "hybrid_auth_code"])
    );
    assert_eq!(told["contacts"], json!(["abc@sf.com"]));
    assert_eq!(told["scope"], "openid refresh_token id api");
    // What it read it may send back.
    let again = json!({"redirect_uris": ["http://localhost"], "grant_types": told["grant_types"]});
    let reply = register_in(&mut scene, Some(BEARER), &again, &LENIENT).unwrap();
    assert_eq!(
        reply.metadata.grant_types,
        ["authorization_code", "implicit", "refresh_token", "hybrid_auth_code"]
    );
    // The standard route is none of that.
    assert!(register(&mut scene, &again).is_err());
    let registrable = crate::policy::Policy::default().registrable_scope;
    assert_eq!(register(&mut scene, &web()).unwrap().metadata.scope, registrable);
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let body =
        br#"{"redirect_uris":["https://a.example/"],"redirect_uris":["https://b.example/"]}"#;
    let request = RegisterRequest::parse(Some(BEARER), body, &Manner::STANDARD, None);
    let error = request.map(drop).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidClientMetadata);
}
