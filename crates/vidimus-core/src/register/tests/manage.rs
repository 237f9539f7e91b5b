//! RFC 7592: reading, changing and ending a registration.

use super::*;
use crate::{
    error::{Cause, ErrorCode},
    facts::TenantRef,
    introspect::Reason,
    outcome::Committed,
    testing::{Draft, basic},
};

#[test]
fn sec_169_only_the_registrations_own_token_manages_it() {
    let mut scene = scene();
    let (mine, bearer) = registered(&mut scene, &web());
    let (_, others) = registered(&mut scene, &web());
    let id = mine.client_id().to_owned();
    let access = scene.bearer("read");
    let secret = format!("Bearer {}", mine.client_secret.as_ref().unwrap().expose());
    for (asked, authorization) in [
        (id.as_str(), others.as_str()),
        (&id, BEARER),
        (&id, &access),
        (&id, &secret),
        (&id, "Bearer "),
        (&id, "Basic x"),
        (&id, &format!("{bearer}x")),
        ("web", &bearer),
        ("nobody", &bearer),
        ("", &bearer),
    ] {
        let refused = [
            read(&mut scene, asked, authorization).unwrap_err(),
            update(&mut scene, asked, authorization, &web()).unwrap_err(),
            delete(&mut scene, asked, authorization).unwrap_err(),
        ];
        for error in refused {
            assert_eq!((error.code, error.cause), (ErrorCode::InvalidToken, Cause::Registration));
            assert_eq!(error.description, "The access token is not valid here.");
        }
    }
    assert!(ReadClient::parse(&id, None).is_err());
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    assert_eq!(read(&mut scene, &id, &bearer).unwrap_err().code, ErrorCode::InvalidToken);
    scene.tenant = TenantRef::Id(FOO.to_owned());
    let told = told(&read(&mut scene, &id, &bearer).unwrap());
    assert_eq!(format!("Bearer {}", told["registration_access_token"].as_str().unwrap()), bearer);
    assert!(!told.contains_key("client_secret"));
    assert_eq!(told["client_secret_expires_at"], 0);
    let new = bearer_of(&update(&mut scene, &id, &bearer, &web()).unwrap());
    assert_eq!(read(&mut scene, &id, &bearer).unwrap_err().code, ErrorCode::InvalidToken);
    scene.disable(&id);
    assert_eq!(read(&mut scene, &id, &new).unwrap_err().code, ErrorCode::InvalidToken);
    scene.edit(&id, |object| object.standing.disabled = false);
    delete(&mut scene, &id, &new).unwrap();
    assert_eq!(read(&mut scene, &id, &new).unwrap_err().code, ErrorCode::InvalidToken);
}

#[test]
fn sec_170_a_client_does_not_choose_what_the_server_says() {
    let mut scene = scene();
    let (mine, bearer) = registered(&mut scene, &web());
    let id = mine.client_id().to_owned();
    for wrong in [
        json!({"registration_access_token": "x"}),
        json!({"registration_client_uri": "x"}),
        json!({"client_secret_expires_at": 0}),
        json!({"client_id_issued_at": 1}),
        json!({"client_id": "web"}),
        json!({"client_id": null}),
        json!({"client_secret": "chosen"}),
        json!({"client_secret": null}),
        json!({"client_secret": "x".repeat(2000)}),
    ] {
        let error = update(&mut scene, &id, &bearer, &with(web(), wrong.clone())).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidClientMetadata, "{wrong}");
    }
    let body = web().to_string();
    let nameless = UpdateClient::parse(&id, Some(&bearer), body.as_bytes(), &Manner::STANDARD);
    assert_eq!(scene.run(&nameless.unwrap()).code(), ErrorCode::InvalidClientMetadata);
    let secret = mine.client_secret.unwrap();
    let own = with(web(), json!({"client_secret": secret.expose()}));
    let reply = update(&mut scene, &id, &bearer, &own).unwrap();
    assert_eq!(reply.client_secret.as_ref(), Some(&secret));
    // A public client has none to send, and one that turns confidential gets its own.
    let bearer = bearer_of(&update(&mut scene, &id, &bearer_of(&reply), &public()).unwrap());
    assert!(stored(&scene, &id).1.secret.is_none());
    assert!(update(&mut scene, &id, &bearer, &own).is_err());
    let reply = update(&mut scene, &id, &bearer, &web()).unwrap();
    assert_ne!(reply.client_secret.unwrap(), secret);
}

#[test]
fn sec_166_a_change_is_judged_as_a_whole() {
    let mut scene = scene();
    let full = with(
        web(),
        json!({"scope": "openid email", "contacts": ["a@b.example"], "logo_uri": "https://a.example/"}),
    );
    let (mine, bearer) = registered(&mut scene, &full);
    let id = mine.client_id().to_owned();
    for wrong in [
        json!({"grant_types": ["client_credentials"]}),
        json!({"grant_types": ["authorization_code", "password"]}),
        json!({"redirect_uris": null}),
        json!({"redirect_uris": ["http://evil.example/"]}),
        json!({"scope": "vidimus.admin"}),
    ] {
        let error = update(&mut scene, &id, &bearer, &with(web(), wrong.clone())).unwrap_err();
        let codes = [ErrorCode::InvalidClientMetadata, ErrorCode::InvalidRedirectUri];
        assert!(codes.contains(&error.code), "{wrong}");
    }
    // What an administrator added was for the client as it was.
    scene.client(&id, |client| {
        client.metadata.grant_types.push("client_credentials".to_owned());
        client.metadata.introspect = crate::model::IntrospectRight::Tenant;
        client.metadata.preauthorized_users = vec!["*".to_owned()];
        client.metadata.scope = "openid api".to_owned();
    });
    let privileged = with(web(), json!({"introspect": "tenant", "preauthorized_users": ["*"]}));
    let reply = update(&mut scene, &id, &bearer, &privileged).unwrap();
    let (_, client) = stored(&scene, &id);
    let fresh = register(&mut scene, &web()).unwrap().metadata;
    // The default scope, as far as it had it.
    let scope = "openid".to_owned();
    assert_eq!(client.metadata, crate::model::ClientMetadata { client_id: id, scope, ..fresh });
    assert_eq!(reply.metadata, client.metadata);
}

#[test]
fn of_two_changes_at_once_one_is_refused() {
    let mut scene = scene();
    let (mine, bearer) = registered(&mut scene, &web());
    let body = with(web(), json!({"client_id": mine.client_id()})).to_string();
    let request =
        UpdateClient::parse(mine.client_id(), Some(&bearer), body.as_bytes(), &Manner::STANDARD);
    let request = request.unwrap();
    let (one, other) = (scene.run(&request), scene.run(&request));
    assert_eq!(scene.stock.commit(&one.writes), Committed::Done);
    assert_eq!(scene.stock.commit(&other.writes), Committed::Conflict);
    assert_eq!(scene.run(&request).code(), ErrorCode::InvalidToken);
}

#[test]
fn sec_171_a_deleted_client_has_no_tokens() {
    let mut scene = scene();
    let (mine, bearer) = registered(&mut scene, &web());
    let id = mine.client_id().to_owned();
    let draft = Draft { client: &id, scope: "openid", user: Some("alice"), ..Draft::default() };
    let (token, _) = scene.issue(&draft);
    assert_eq!(scene.reason("rs1", &token), None);
    delete(&mut scene, &id, &bearer).unwrap();
    assert!(matches!(scene.reason("rs1", &token), Some(Reason::Deleted { .. })), "{token}");
    let credentials = basic(&id, mine.client_secret.unwrap().expose());
    let ran = scene.token(Some(&credentials), "grant_type=client_credentials");
    assert_eq!(ran.code(), ErrorCode::InvalidClient);
    assert_eq!(count(&scene), 0);
}

#[test]
fn an_administrator_changes_a_client_that_a_route_gave_more_grants() {
    let mut scene = scene();
    let reply = register_in(&mut scene, Some(BEARER), &web(), &LENIENT).unwrap();
    let id = reply.client_id().to_owned();
    let patch = |patch: Value| crate::admin::Update {
        kind: crate::model::Kind::Client,
        id: id.clone(),
        patch,
        by: "root".to_owned(),
    };
    scene.act(&patch(json!({"disabled": true}))).ok();
    let (object, client) = stored(&scene, &id);
    assert!(object.standing.disabled && client.has_grant("hybrid_auth_code"));
    // It is kept, not given.
    let ran = scene.run(&patch(json!({"grant_types": ["hybrid_other"]})));
    assert_eq!(ran.pointer(), "/grant_types");
}
