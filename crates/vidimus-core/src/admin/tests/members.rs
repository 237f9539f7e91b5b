//! Members of clients, users and tenants that only their checks know.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::declare::create;
use crate::{
    admin::Update,
    error::ErrorCode,
    facts::TenantRef,
    limits::TENANT_LOGO_BYTES_MAX,
    model::{Body, Kind, Logo},
    testing::{FOO, Scene},
};

#[test]
fn what_is_told_of_a_user_has_its_type() {
    let mut scene = Scene::new();
    let claims = json!({
        "name": "Bob B.", "given_name": "Bob", "family_name": "B.", "middle_name": "X",
        "nickname": "bo", "preferred_username": "bob", "profile": "https://bob.example",
        "picture": "https://bob.example/me.png", "website": "http://bob.example",
        "gender": "male", "birthdate": "1990-01-31", "zoneinfo": "Europe/Berlin",
        "locale": "de-DE", "updated_at": 1_700_000_000, "email": "bob@example.com",
        "email_verified": true, "phone_number": "+49 1", "phone_number_verified": false,
        "address": {"street_address": "Way 1", "country": "DE"},
    });
    let mut declaration = claims.clone();
    declaration["username"] = json!("bob");
    let ran = create(&mut scene, Kind::User, &declaration);
    for (key, value) in claims.as_object().unwrap() {
        assert_eq!(&ran.ok()[key], value, "{key}");
    }
    let (kind, id, by) = (Kind::User, "bob".to_owned(), "root".to_owned());
    let patch = json!({"nickname": null, "address": {"country": "AT"}});
    let ran = scene.act(&Update { kind, id, patch, by });
    assert_eq!(ran.ok().get("nickname"), None);
    assert_eq!(ran.ok()["address"], json!({"street_address": "Way 1", "country": "AT"}));
    assert_eq!(ran.ok()["email"], "bob@example.com");
    for (key, value, pointer) in [
        ("name", json!(7), "/name"),
        ("email_verified", json!("yes"), "/email_verified"),
        ("updated_at", json!("now"), "/updated_at"),
        ("picture", json!("javascript:alert(1)"), "/picture"),
        ("website", json!("bob.example"), "/website"),
        ("address", json!("Way 1"), "/address"),
        ("address", json!({"street": "Way 1"}), "/address/street"),
        ("address", json!({"country": 49}), "/address/country"),
        ("nickname", json!("x".repeat(3000)), "/nickname"),
        ("sub", json!("me"), "/sub"),
    ] {
        let ran = create(&mut scene, Kind::User, &json!({"username": "eve", key: value}));
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
    }
}

#[test]
fn a_tenant_chooses_what_its_dialects_let_it_choose() {
    let mut scene = Scene::new();
    let update = |scene: &mut Scene, settings: Value| {
        scene.tenant = TenantRef::Id(FOO.to_owned());
        let patch = json!({"dialect_settings": settings});
        let (kind, id, by) = (Kind::Tenant, FOO.to_owned(), "root".to_owned());
        scene.act(&Update { kind, id, patch, by })
    };
    let ran = update(&mut scene, json!({"quaint_bodies": true}));
    assert_eq!(ran.ok()["dialect_settings"], json!({"quaint_bodies": true}));
    let ran = update(&mut scene, json!({"quaint_body": true}));
    assert_eq!(ran.pointer(), "/dialect_settings/quaint_body");
    assert!(ran.error().description.ends_with("Did you mean quaint_bodies?"), "{}", ran.error());
    assert_eq!(
        update(&mut scene, json!({"quaint_bodies": "on"})).pointer(),
        "/dialect_settings/quaint_bodies"
    );
    assert_eq!(update(&mut scene, json!(7)).pointer(), "/dialect_settings");
    let ran = update(&mut scene, json!({"quaint_bodies": null}));
    assert_eq!(ran.ok().get("dialect_settings"), None);
}

#[test]
fn a_tenant_says_how_it_looks() {
    let mut scene = Scene::new();
    let update = |scene: &mut Scene, look: Value| {
        scene.tenant = TenantRef::Id(FOO.to_owned());
        let patch = json!({ "look": look });
        let (kind, id, by) = (Kind::Tenant, FOO.to_owned(), "root".to_owned());
        scene.act(&Update { kind, id, patch, by })
    };
    let png = |bytes: usize| STANDARD.encode([&b"\x89PNG\r\n\x1a\n"[..], &vec![0; bytes]].concat());
    let ran = update(&mut scene, json!({"name": "Foo & Co", "color": "#1A73e8", "logo": png(9)}));
    let expected = json!({"name": "Foo & Co", "color": "#1a73e8", "logo": "image/png"});
    assert_eq!(ran.ok()["look"], expected);
    let kept = |scene: &Scene| {
        let Body::Tenant(tenant) = &scene.object(FOO).body else { panic!("no tenant") };
        tenant.look.logo.clone()
    };
    let logo = Logo { content_type: "image/png".to_owned(), data: png(9) };
    assert_eq!(kept(&scene), Some(logo.clone()));
    // What a patch does not name stays.
    update(&mut scene, json!({"name": "Foo"})).ok();
    assert_eq!(kept(&scene), Some(logo));
    let ran = update(&mut scene, json!({"logo": null}));
    assert_eq!(ran.ok()["look"], json!({"name": "Foo", "color": "#1a73e8"}));
    for (key, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(81))),
        ("name", json!("two\nlines")),
        ("name", json!(7)),
        ("color", json!("1a73e8")),
        ("color", json!("#1a73e")),
        ("color", json!("red;}")),
        ("logo", json!("not base64!")),
        ("logo", json!(STANDARD.encode("<svg onload=alert(1)>"))),
        ("logo", json!(png(TENANT_LOGO_BYTES_MAX - 7))),
        ("colour", json!("#1a73e8")),
    ] {
        let ran = update(&mut scene, json!({ key: value }));
        assert_eq!(
            (ran.code(), ran.pointer()),
            (ErrorCode::InvalidRequest, &*format!("/look/{key}"))
        );
    }
    assert_eq!(update(&mut scene, json!("blue")).pointer(), "/look");
    update(&mut scene, json!({"logo": png(TENANT_LOGO_BYTES_MAX - 8)})).ok();
    assert_eq!(update(&mut scene, Value::Null).ok().get("look"), None);
}

#[test]
fn administrators_are_not_locked_out_of_the_default_tenant() {
    let mut scene = Scene::new();
    let update = |scene: &mut Scene, tenant: &str, dialects: Value| {
        scene.tenant = TenantRef::Id(tenant.to_owned());
        let patch = json!({"dialects": dialects});
        let (kind, id, by) = (Kind::Tenant, tenant.to_owned(), "root".to_owned());
        scene.act(&Update { kind, id, patch, by })
    };
    let ran = update(&mut scene, TenantRef::DEFAULT_ID, json!(["rooted"]));
    assert_eq!(ran.pointer(), "/dialects");
    assert!(ran.error().description.contains("needs standard"), "{}", ran.error());
    for (tenant, dialects) in [
        (TenantRef::DEFAULT_ID, json!(["rooted", "standard"])),
        (TenantRef::DEFAULT_ID, json!([])),
        (FOO, json!(["rooted"])),
    ] {
        update(&mut scene, tenant, dialects).ok();
    }
}

#[test]
fn a_client_says_who_approved_it_and_what_it_is() {
    let mut scene = Scene::new();
    let declaration = json!({
        "client_id": "app", "preauthorized_users": ["alice", "*"], "application_type": "native",
        "sector_identifier_uri": "https://app.example/uris", "logo_uri": "https://app.example/l",
    });
    let ran = create(&mut scene, Kind::Client, &declaration);
    for (key, value) in declaration.as_object().unwrap() {
        assert_eq!(&ran.ok()[key], value, "{key}");
    }
    for (key, value) in [
        ("preauthorized_users", json!("*")),
        ("application_type", json!("nativ")),
        ("application_type", json!(1)),
        ("sector_identifier_uri", json!("http://app.example/uris")),
        ("sector_identifier_uri", json!("https:")),
        ("logo_uri", json!("data:image/png,x")),
        ("client_uri", json!("javascript:alert(1)")),
        ("tos_uri", json!("/tos")),
        ("policy_uri", json!("file:///etc/passwd")),
    ] {
        let ran = create(&mut scene, Kind::Client, &json!({key: value}));
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, &*format!("/{key}")));
    }
}

#[test]
fn a_client_says_how_its_people_sign_in_and_out() {
    let mut scene = Scene::new();
    let declaration = json!({
        "client_id": "app", "redirect_uris": ["https://app.example/cb"],
        "subject_type": "pairwise", "id_token_signed_response_alg": "EdDSA",
        "userinfo_signed_response_alg": "PS256", "request_object_signing_alg": "ES384",
        "request_uris": ["https://app.example/r#abc"], "require_signed_request_object": true,
        "require_pushed_authorization_requests": true, "default_max_age": 0,
        "require_auth_time": true, "default_acr_values": ["1"],
        "initiate_login_uri": "https://app.example/start",
        "frontchannel_logout_uri": "https://app.example/out?a=b",
        "frontchannel_logout_session_required": true,
        "backchannel_logout_uri": "https://logout.example/back",
        "backchannel_logout_session_required": true,
    });
    let ran = create(&mut scene, Kind::Client, &declaration);
    for (key, value) in declaration.as_object().unwrap() {
        assert_eq!(&ran.ok()[key], value, "{key}");
    }
    let patch = json!({
        "subject_type": null, "id_token_signed_response_alg": "none", "default_max_age": 60,
        "userinfo_signed_response_alg": null, "require_auth_time": false, "request_uris": null,
    });
    let (kind, id, by) = (Kind::Client, "app".to_owned(), "root".to_owned());
    let ran = scene.act(&Update { kind, id, patch, by });
    assert_eq!(ran.ok()["subject_type"], "public");
    assert_eq!(ran.ok()["id_token_signed_response_alg"], "none");
    assert_eq!(ran.ok()["default_max_age"], 60);
    for gone in ["userinfo_signed_response_alg", "require_auth_time", "request_uris"] {
        assert_eq!(ran.ok().get(gone), None, "{gone}");
    }
    assert_eq!(ran.ok()["backchannel_logout_uri"], "https://logout.example/back");
}

#[test]
fn what_a_client_says_of_signing_in_has_its_form() {
    let mut scene = Scene::new();
    for (key, value) in [
        ("subject_type", json!("pairwize")),
        ("id_token_signed_response_alg", json!("HS256")),
        ("userinfo_signed_response_alg", json!("none")),
        ("request_object_signing_alg", json!("HS256")),
        ("request_object_signing_alg", json!(["RS256"])),
        ("request_uris", json!("https://app.example/r")),
        ("request_uris", json!(["http://app.example/r"])),
        ("require_signed_request_object", json!("true")),
        ("require_pushed_authorization_requests", json!(1)),
        ("response_types", json!(["code", "id_tokn"])),
        ("response_types", json!(["code code"])),
        ("default_max_age", json!(-1)),
        ("default_max_age", json!("60")),
        ("default_max_age", json!(u64::from(u32::MAX) + 1)),
        ("require_auth_time", json!("yes")),
        ("default_acr_values", json!("1")),
        ("default_acr_values", json!(["1 2"])),
        ("default_acr_values", json!([""])),
        ("initiate_login_uri", json!("javascript:alert(1)")),
        ("initiate_login_uri", json!("http://app.example/")),
        ("initiate_login_uri", json!("http://localhost/")),
        ("frontchannel_logout_uri", json!("https://app.example/out#f")),
        ("frontchannel_logout_uri", json!("https://other.example/out")),
        ("frontchannel_logout_uri", json!("https://app.example:8443/out")),
        ("frontchannel_logout_session_required", json!("no")),
        ("backchannel_logout_uri", json!("com.example.app:/out")),
        ("backchannel_logout_uri", json!("https://a@app.example/out")),
        ("backchannel_logout_session_required", json!([])),
    ] {
        let declaration = json!({"redirect_uris": ["https://app.example/cb"], key: value});
        let ran = create(&mut scene, Kind::Client, &declaration);
        let expected = (ErrorCode::InvalidRequest, &*format!("/{key}"));
        assert_eq!((ran.code(), ran.pointer()), expected, "{declaration}");
    }
    let unsigned = "id_token_signed_response_alg";
    let shown = json!({unsigned: "none", "response_types": ["code", "token id_token"]});
    let ran = create(&mut scene, Kind::Client, &shown);
    assert_eq!(ran.pointer(), format!("/{unsigned}"));
    let both = json!({
        "request_object_signing_alg": "none", "require_signed_request_object": true,
    });
    let ran = create(&mut scene, Kind::Client, &both);
    assert_eq!(ran.pointer(), "/request_object_signing_alg");
    let ran = create(&mut scene, Kind::Client, &json!({"subject_typ": "public"}));
    assert!(ran.error().description.ends_with("Did you mean subject_type?"), "{}", ran.error());
}
