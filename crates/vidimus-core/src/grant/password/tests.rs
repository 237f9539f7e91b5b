//! The password grant: off unless twice allowed, and one answer at one cost for whatever is wrong.

use crate::{
    errand::{Errand, NOBODYS_PHC},
    error::{Cause, ErrorCode},
    facts::TenantRef,
    model::{Body, TokenKind, User},
    outcome::Change,
    testing::{Ran, SECRET, Scene, basic, phc},
    token::TokenReply,
};

const PASSWORD: &str = "wonderland";

fn user(scene: &mut Scene, edit: impl FnOnce(&mut User)) {
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        edit(user);
    });
}

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.policy(|policy| policy.allow_password_grant = true);
    for client in ["web", "spa"] {
        scene.client(client, |client| {
            client.metadata.grant_types = vec!["password".to_owned(), "refresh_token".to_owned()];
        });
    }
    user(&mut scene, |user| user.password_hash = Some(phc(PASSWORD)));
    scene
}

fn login(scene: &mut Scene, username: &str, password: &str) -> Ran<TokenReply> {
    let body = format!("grant_type=password&username={username}&password={password}&scope=read");
    scene.token(Some(&basic("web", SECRET)), &body)
}

#[test]
fn a_users_password_yields_tokens_of_the_user() {
    let mut scene = scene();
    let ran = login(&mut scene, "alice", PASSWORD);
    let reply = ran.ok();
    assert_eq!((reply.scope.as_str(), reply.user), ("read", Some(scene.key("alice"))));
    assert!(reply.refresh_token.is_some());
    let mut kinds = Vec::new();
    for write in &ran.writes {
        match &write.change {
            Change::InsertToken(token) => {
                assert_eq!(token.user, Some(scene.key("alice")));
                assert_eq!(token.client, Some(scene.key("web")));
                assert!(token.family.is_some());
                kinds.push(token.kind);
            }
            Change::InsertFamily(family) => {
                assert_eq!(family.user, Some(scene.key("alice")));
                assert_eq!(family.client, Some(scene.key("web")));
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(kinds, [TokenKind::Access, TokenKind::Refresh]);
    let access = reply.access_token.expose().to_owned();
    assert_eq!(scene.introspect("web", &access).0["username"], "alice");
}

#[test]
fn a_client_that_may_not_refresh_gets_an_access_token_alone() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.grant_types = vec!["password".to_owned()]);
    let ran = login(&mut scene, "alice", PASSWORD);
    assert!(ran.ok().refresh_token.is_none());
    assert_eq!(ran.writes.len(), 1);
}

#[test]
fn the_tenants_id_may_stand_behind_the_name() {
    let mut scene = scene();
    login(&mut scene, "alice@foo.com", PASSWORD).ok();
    for other in ["alice@bar.com", "alice@", "alice@foo.com@foo.com", "alice@FOO.com"] {
        assert_eq!(login(&mut scene, other, PASSWORD).error().cause, Cause::UnknownUser, "{other}");
    }
    // A name that is whole with its @ comes before what is in front of it.
    let foo = scene.key("foo.com");
    scene.put(foo, |_, _| {
        let mut whole = crate::testing::user("alice@foo.com");
        whole.password_hash = Some(phc("other"));
        Body::User(whole)
    });
    assert_eq!(login(&mut scene, "alice@foo.com", PASSWORD).error().cause, Cause::WrongPassword);
    login(&mut scene, "alice@foo.com", "other").ok();
}

#[test]
fn sec_190_whatever_is_wrong_the_answer_and_the_cost_are_the_same() {
    let mut seen = Vec::new();
    for (case, cause) in [
        ("unknown", Cause::UnknownUser),
        ("wrong", Cause::WrongPassword),
        ("none", Cause::WrongPassword),
        ("disabled", Cause::InactiveUser),
        ("locked", Cause::InactiveUser),
    ] {
        let mut scene = scene();
        let (mut username, mut password) = ("alice", PASSWORD);
        match case {
            "unknown" => username = "mallory",
            "wrong" => password = "looking-glass",
            "none" => user(&mut scene, |user| user.password_hash = None),
            "disabled" => scene.disable("alice"),
            _ => user(&mut scene, |user| user.locked = true),
        }
        let ran = login(&mut scene, username, password);
        assert_eq!(ran.error().cause, cause, "{case}");
        assert_eq!(ran.writes, [], "{case}");
        let checks =
            ran.errands.iter().filter(|errand| matches!(errand, Errand::VerifyGuess { .. }));
        assert_eq!((checks.count(), ran.errands.len()), (1, 1), "{case}");
        seen.push((ran.code(), ran.error().description.clone()));
    }
    assert_eq!(seen[0].0, ErrorCode::InvalidGrant);
    seen.dedup();
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn sec_190_one_password_tried_with_several_names_costs_each_time() {
    let mut scene = scene();
    let errands: Vec<_> = ["mallory", "mallort", "trudy"]
        .into_iter()
        .map(|name| login(&mut scene, name, PASSWORD).errands.remove(0))
        .collect();
    for (at, errand) in errands.iter().enumerate() {
        let Errand::VerifyGuess { phc, .. } = errand else { panic!("{errand:?}") };
        assert_eq!(phc.as_ref(), NOBODYS_PHC);
        assert!(!errands[..at].contains(errand), "the edge would remember it");
    }
}

#[test]
fn too_long_a_password_is_hashed_for_nobody() {
    let mut scene = scene();
    let long = "x".repeat(crate::limits::SECRET_BYTES_MAX + 1);
    for name in ["alice", "mallory"] {
        let ran = login(&mut scene, name, &long);
        assert_eq!((ran.code(), ran.errands.len()), (ErrorCode::InvalidGrant, 0), "{name}");
    }
}

#[test]
fn name_and_password_are_required() {
    let mut scene = scene();
    for body in ["&username=alice", "&password=x", "&username=alice&password="] {
        let ran = scene.token(Some(&basic("web", SECRET)), &format!("grant_type=password{body}"));
        assert_eq!((ran.code(), ran.errands.len()), (ErrorCode::InvalidRequest, 0), "{body}");
    }
}

#[test]
fn sec_015_it_is_off_unless_tenant_and_client_allow_it() {
    let mut scene = scene();
    scene.policy(|policy| policy.allow_password_grant = false);
    let ran = login(&mut scene, "alice", PASSWORD);
    assert_eq!((ran.code(), ran.errands.len()), (ErrorCode::UnsupportedGrantType, 0));
    let listed = |scene: &mut Scene| {
        let ran = scene.run(&crate::discovery::MetadataRequest);
        ran.ok()["grant_types_supported"].to_string().contains("\"password\"")
    };
    assert!(!listed(&mut scene));
    scene.policy(|policy| policy.allow_password_grant = true);
    assert!(listed(&mut scene));
    scene.client("web", |client| client.metadata.grant_types.retain(|grant| grant != "password"));
    let ran = login(&mut scene, "alice", PASSWORD);
    assert_eq!((ran.code(), ran.errands.len()), (ErrorCode::UnauthorizedClient, 0));
}

#[test]
fn a_public_client_may_where_it_is_allowed() {
    let mut scene = scene();
    let body = format!("grant_type=password&username=alice&password={PASSWORD}&client_id=spa");
    assert_eq!(scene.token(None, &body).ok().user, Some(scene.key("alice")));
    let wrong = format!("{body}x");
    assert_eq!(scene.token(None, &wrong).code(), ErrorCode::InvalidClient);
}

#[test]
fn a_user_of_another_tenant_is_as_unknown_as_nobody() {
    let mut scene = scene();
    let bar = scene.key("bar.com");
    scene.put_client(bar, "far", "client_secret_basic", true);
    scene.client("far", |client| client.metadata.grant_types = vec!["password".to_owned()]);
    scene.edit("bar.com", |object| {
        let Body::Tenant(tenant) = &mut object.body else { panic!("no tenant") };
        tenant.policy.allow_password_grant = true;
    });
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    for name in ["alice", "alice@foo.com"] {
        let body = format!("grant_type=password&username={name}&password={PASSWORD}");
        let ran = scene.token(Some(&basic("far", SECRET)), &body);
        assert_eq!(ran.error().cause, Cause::UnknownUser, "{name}");
    }
}
