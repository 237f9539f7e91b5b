//! Who may register, how often, and what is kept of it.

use std::net::IpAddr;

use super::*;
use crate::{
    error::{Cause, ErrorCode},
    facts::TenantRef,
    outcome::{Change, Committed, Event},
    testing::{basic, phc, user},
};

#[test]
fn sec_160_no_initial_access_token_no_registration() {
    let mut scene = scene();
    put_token(&mut scene, "bar.com", "vit_of_another_tenant", 5);
    let access = scene.bearer("read");
    for authorization in [
        None,
        Some("Bearer vit_unknown"),
        Some("Bearer vit_of_another_tenant"),
        Some("Bearer "),
        Some("Basic dmlkaW11czp2aWRpbXVz"),
        Some("Negotiate x"),
        Some(access.as_str()),
    ] {
        let error = register_in(&mut scene, authorization, &web(), &Manner::STANDARD).unwrap_err();
        assert_eq!((error.code, error.cause), (ErrorCode::InvalidToken, Cause::Registration));
        assert_eq!(error.description, "The access token is not valid here.");
    }
    edit_token(&mut scene, |token| token.uses_left = 0);
    assert_eq!(register(&mut scene, &web()).unwrap_err().code, ErrorCode::InvalidToken);
    edit_token(&mut scene, |token| (token.uses_left, token.expires_at) = (1, crate::testing::NOW));
    assert_eq!(register(&mut scene, &web()).unwrap_err().code, ErrorCode::InvalidToken);
    assert_eq!(count(&scene), 0);
}

#[test]
fn a_token_is_used_so_often_whoever_races() {
    let mut scene = scene();
    edit_token(&mut scene, |token| token.uses_left = 2);
    let request = parsed(Some(BEARER), &web(), &Manner::STANDARD).unwrap();
    let (one, other) = (scene.run(&request), scene.run(&request));
    assert_eq!(scene.stock.commit(&one.writes), Committed::Done);
    assert_eq!(scene.stock.commit(&other.writes), Committed::Conflict);
    scene.act(&request).ok();
    assert_eq!(scene.run(&request).code(), ErrorCode::InvalidToken);
    assert_eq!(count(&scene), 2);
    // What is refused for its metadata costs no use.
    edit_token(&mut scene, |token| token.uses_left = 1);
    assert!(register(&mut scene, &json!({})).is_err());
    register(&mut scene, &web()).unwrap();
}

#[test]
fn sec_160_open_registration_is_asked_for_and_paced() {
    let mut scene = scene();
    scene.policy(|policy| policy.registration = Registration::Closed);
    let closed = register(&mut scene, &web()).unwrap_err();
    assert_eq!((closed.code, closed.cause), (ErrorCode::AccessDenied, Cause::Registration));
    open(&mut scene);
    let body = web().to_string();
    let ask = |scene: &mut Scene, peer: &str| {
        let peer: IpAddr = peer.parse().unwrap();
        let request =
            RegisterRequest::parse(None, body.as_bytes(), &Manner::STANDARD, Some(peer)).unwrap();
        scene.act(&request)
    };
    let asked = ask(&mut scene, "2001:db8:1:2:3:4:5:6");
    let [crate::errand::Errand::Admit { who, within_seconds, times_max, .. }] =
        asked.errands.as_slice()
    else {
        panic!("{:?}", asked.errands)
    };
    assert!(who.starts_with("register ") && who.ends_with(" 2001:db8:1:2::"), "{who}");
    assert_eq!((*within_seconds, *times_max), (3600, 20));
    scene.admits = Err(60);
    let error = ask(&mut scene, "203.0.113.7").reply.unwrap_err();
    assert_eq!((error.code, error.retry_after_seconds), (ErrorCode::TooManyRequests, Some(60)));
    scene.policy(|policy| policy.registrations_per_hour_max = 0);
    assert!(ask(&mut scene, "203.0.113.7").errands.is_empty());
    // A token that is presented must be good all the same.
    let bad = register_in(&mut scene, Some("Bearer x"), &web(), &Manner::STANDARD);
    assert_eq!(bad.unwrap_err().code, ErrorCode::InvalidToken);
}

#[test]
fn sec_173_a_tenant_has_so_many_registered_clients() {
    let mut scene = scene();
    scene.policy(|policy| policy.registered_clients_max = 2);
    let (first, bearer) = registered(&mut scene, &web());
    register(&mut scene, &public()).unwrap();
    let error = register(&mut scene, &web()).unwrap_err();
    assert_eq!((error.code, error.retry_after_seconds), (ErrorCode::TooManyRequests, Some(3600)));
    assert_eq!(error.why.as_deref(), Some("the tenant has registered_clients_max of them"));
    // The same as before needs no more room.
    register(&mut scene, &public()).unwrap();
    delete(&mut scene, first.client_id(), &bearer).unwrap();
    register(&mut scene, &web()).unwrap();
}

#[test]
fn identical_public_metadata_is_the_same_client() {
    let mut scene = scene();
    let (first, old) = registered(&mut scene, &public());
    let reordered = json!({
        "scope": "openid email",
        "token_endpoint_auth_method": "none",
        "redirect_uris": ["https://client.example/cb"],
    });
    let (second, new) = registered(&mut scene, &reordered);
    assert_eq!((first.client_id(), count(&scene)), (second.client_id(), 1));
    assert_eq!(
        read(&mut scene, first.client_id(), &old).unwrap_err().code,
        ErrorCode::InvalidToken
    );
    read(&mut scene, first.client_id(), &new).unwrap();
    // Changed, it is what was sent at first no longer.
    let other = with(public(), json!({"scope": "openid"}));
    update(&mut scene, first.client_id(), &new, &other).unwrap();
    let (third, _) = registered(&mut scene, &public());
    assert_ne!(first.client_id(), third.client_id());
    let (one, _) = registered(&mut scene, &web());
    let (two, _) = registered(&mut scene, &web());
    assert_ne!(one.client_id(), two.client_id());
    assert_ne!(one.client_secret, two.client_secret);
}

#[test]
fn who_only_knows_public_metadata_does_not_get_to_manage_the_client() {
    let mut scene = scene();
    open(&mut scene);
    let first = register_in(&mut scene, None, &public(), &Manner::STANDARD).unwrap();
    let second = register_in(&mut scene, None, &public(), &Manner::STANDARD).unwrap();
    assert_eq!(first.client_id(), second.client_id());
    assert!(second.registration_access_token.is_none());
    let told = told(&second);
    assert!(!told.contains_key("registration_client_uri"), "{told:?}");
    read(&mut scene, first.client_id(), &bearer_of(&first)).unwrap();
    // And by a token it is another one's.
    assert_ne!(register(&mut scene, &public()).unwrap().client_id(), first.client_id());
    scene.disable(first.client_id());
    let error = register_in(&mut scene, None, &public(), &Manner::STANDARD).unwrap_err();
    assert_eq!(error.code, ErrorCode::AccessDenied);
}

#[test]
fn who_shares_an_initial_access_token_takes_no_client_over_that_is_in_use() {
    let mut scene = scene();
    let (first, bearer) = registered(&mut scene, &public());
    let id = first.client_id().to_owned();
    scene.client(&id, |client| client.registration.as_mut().unwrap().used = true);
    let again = register(&mut scene, &public()).unwrap();
    assert_eq!(again.client_id(), id);
    assert!(again.registration_access_token.is_none());
    read(&mut scene, &id, &bearer).unwrap();
    let (_, client) = stored(&scene, &id);
    assert!(client.registration.unwrap().used);
}

#[test]
fn what_another_route_makes_of_the_same_is_another_client() {
    let mut scene = scene();
    let body = json!({
        "redirect_uris": ["https://client.example/cb"],
        "token_endpoint_auth_method": "none",
    });
    let one = register(&mut scene, &body).unwrap();
    let other = register_in(&mut scene, Some(BEARER), &body, &LENIENT).unwrap();
    assert_ne!(one.client_id(), other.client_id());
    assert_eq!(other.metadata.scope, "openid refresh_token id api");
    let again = register_in(&mut scene, Some(BEARER), &body, &LENIENT).unwrap();
    assert_eq!(again.client_id(), other.client_id());
}

#[test]
fn two_that_register_the_same_at_once_are_one() {
    let mut scene = scene();
    open(&mut scene);
    let request = parsed(None, &public(), &Manner::STANDARD).unwrap();
    let (one, other) = (scene.run(&request), scene.run(&request));
    assert_eq!(scene.stock.commit(&one.writes), Committed::Done);
    assert_eq!(scene.stock.commit(&other.writes), Committed::Conflict);
    assert_eq!(scene.act(&request).ok().client_id(), one.ok().client_id());
}

#[test]
fn a_client_that_never_gets_a_token_ends() {
    let mut scene = scene();
    let device = json!({
        "grant_types": ["refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "scope": "openid",
    });
    let (reply, _) = registered(&mut scene, &device);
    let id = reply.client_id().to_owned();
    let (object, client) = stored(&scene, &id);
    assert_eq!(object.expires_at, Some(scene.now.plus_seconds(2_592_000)));
    assert!(!client.registration.unwrap().used);
    // An administrator lets it act alone, and its first token keeps it.
    scene.client(&id, |client| {
        client.metadata.grant_types.push("client_credentials".to_owned());
        client.metadata.scope = "read".to_owned();
    });
    later(&mut scene, 60);
    let credentials = basic(&id, reply.client_secret.unwrap().expose());
    let body = "grant_type=client_credentials";
    let is_kept = |ran: &Ran<crate::token::TokenReply>| {
        ran.writes.iter().any(|write| matches!(write.change, Change::Replace(_)))
    };
    let first = scene.token(Some(&credentials), body);
    assert!(is_kept(&first), "{:?}", first.reply);
    let (object, client) = stored(&scene, &id);
    assert_eq!((object.expires_at, client.registration.unwrap().used), (None, true));
    assert!(!is_kept(&scene.token(Some(&credentials), body)));
}

#[test]
fn an_administrator_registers_where_the_route_lets_users() {
    let mut scene = scene();
    scene.policy(|policy| policy.registration = Registration::Closed);
    for (name, role) in [("root", "admin"), ("asker", "introspect")] {
        let foo = scene.key(FOO);
        scene.put(foo, |_, _| {
            Body::User(crate::model::User {
                password_hash: Some(phc("pass")),
                roles: vec![role.to_owned()],
                ..user(name)
            })
        });
    }
    let by = |scene: &mut Scene, name: &str, password: &str, manner| {
        register_in(scene, Some(&basic(name, password)), &web(), manner)
    };
    let reply = by(&mut scene, "root@foo.com", "pass", &LENIENT).unwrap();
    let (_, client) = stored(&scene, reply.client_id());
    assert_eq!(client.metadata.owner.as_deref(), Some("root"));
    assert!(!told(&reply).contains_key("owner"));
    for (name, password, code) in [
        ("root", "wrong", ErrorCode::InvalidClient),
        ("nobody", "pass", ErrorCode::InvalidClient),
        ("alice", "pass", ErrorCode::InvalidClient),
        ("root@bar.com", "pass", ErrorCode::InvalidClient),
        ("asker", "pass", ErrorCode::InsufficientScope),
    ] {
        let error = by(&mut scene, name, password, &LENIENT).unwrap_err();
        assert_eq!((error.code, error.to_user), (code, true), "{name}");
    }
    let error = by(&mut scene, "root", "pass", &Manner::STANDARD).unwrap_err();
    assert_eq!(error.code, ErrorCode::AccessDenied);
    // What clients do not give themselves, but nothing that is not there.
    let alone = |grant: &str| json!({"grant_types": [grant]});
    for (grant, given) in [("client_credentials", true), ("no_such_grant", false)] {
        let root = basic("root", "pass");
        let reply = register_in(&mut scene, Some(&root), &alone(grant), &LENIENT);
        assert_eq!(reply.is_ok(), given, "{grant}");
    }
    // One comparison for who is not there as well.
    let ask = |scene: &mut Scene, name| {
        let request = parsed(Some(&basic(name, "x")), &web(), &LENIENT).unwrap();
        scene.run(&request).errands.len()
    };
    assert_eq!((ask(&mut scene, "root"), ask(&mut scene, "nobody")), (1, 1));
}

#[test]
fn a_tenant_at_the_root_has_its_registered_clients_there() {
    let mut scene = scene();
    scene.policy(|policy| policy.reachable_at_root = true);
    let (reply, bearer) = registered(&mut scene, &web());
    let id = reply.client_id().to_owned();
    assert_eq!(scene.stock.at_root, [(id.clone(), scene.key(FOO))]);
    delete(&mut scene, &id, &bearer).unwrap();
    assert!(scene.stock.at_root.is_empty());
}

#[test]
fn the_operator_hears_of_it() {
    let mut scene = scene();
    let request = parsed(Some(BEARER), &web(), &Manner::STANDARD).unwrap();
    let ran = scene.act(&request);
    let client_id = ran.ok().client_id().to_owned();
    assert_eq!(ran.events, [Event::Registered { client_id: client_id.clone() }]);
    let (_, client) = stored(&scene, &client_id);
    let foo = scene.key(FOO).0;
    assert_eq!(client.registration.unwrap().by, Some(format!("of {foo}")));
    scene.tenant = TenantRef::Id("nowhere".to_owned());
    assert_eq!(scene.run(&request).code(), ErrorCode::NotFound);
    scene.tenant = TenantRef::Id(FOO.to_owned());
    scene.disable(FOO);
    assert_eq!(scene.run(&request).code(), ErrorCode::AccessDenied);
}
