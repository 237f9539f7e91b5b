//! Create, show, update, delete: what is kept, what is cut off, what is not found.

use serde_json::{Value, json};

use super::declare::create;
use crate::{
    admin::{Delete, Show, Update, patch::merge},
    errand::Errand,
    error::ErrorCode,
    facts::TenantRef,
    introspect::{Level, Reason},
    model::{Body, Kind},
    outcome::Event,
    secret::Secret,
    testing::{Draft, FOO, NOW, Ran, SECRET, Scene, basic, phc},
    time::Time,
};

const CC: &str = "grant_type=client_credentials";
/// No cut-off.
pub const NEVER: Time = Time(0);

fn update(scene: &mut Scene, kind: Kind, id: &str, patch: Value) -> Ran<Value> {
    scene.act(&Update { kind, id: id.to_owned(), patch, by: "root".to_owned() })
}

fn delete(scene: &mut Scene, kind: Kind, id: &str) -> Ran<Value> {
    scene.act(&Delete { kind, id: id.to_owned(), by: "root".to_owned() })
}

#[test]
fn what_exists_is_not_created_again() {
    let mut scene = Scene::new();
    for (kind, declaration, pointer) in [
        (Kind::Client, json!({"client_id": "web"}), "/client_id"),
        // Clients and resource servers share their ids.
        (Kind::Client, json!({"client_id": "rs1"}), "/client_id"),
        (Kind::ResourceServer, json!({"id": "web"}), "/id"),
        (Kind::User, json!({"username": "alice"}), "/username"),
        (Kind::Tenant, json!({"id": FOO}), "/id"),
    ] {
        let ran = create(&mut scene, kind, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::AlreadyExists, pointer));
        assert_eq!(ran.writes, []);
    }
    create(&mut scene, Kind::User, &json!({"username": "web"})).ok();
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    create(&mut scene, Kind::Client, &json!({"client_id": "web"})).ok();
}

#[test]
fn what_is_not_there_is_not_found() {
    let mut scene = Scene::new();
    let show = |scene: &mut Scene, kind, id: &str| scene.run(&Show { kind, id: id.to_owned() });
    for (kind, id) in [
        (Kind::Client, "nobody"),
        (Kind::Client, "rs1"),
        (Kind::ResourceServer, "web"),
        (Kind::User, "web"),
    ] {
        assert_eq!(show(&mut scene, kind, id).code(), ErrorCode::NotFound, "{id}");
        assert_eq!(update(&mut scene, kind, id, json!({})).code(), ErrorCode::NotFound, "{id}");
        assert_eq!(delete(&mut scene, kind, id).code(), ErrorCode::NotFound, "{id}");
    }
    assert_eq!(show(&mut scene, Kind::Tenant, FOO).ok()["id"], FOO);
    for kind in [Kind::Tenant, Kind::Client] {
        scene.tenant = TenantRef::Id("nowhere".to_owned());
        assert_eq!(show(&mut scene, kind, "web").code(), ErrorCode::NotFound);
    }
}

#[test]
fn an_update_changes_what_it_names_and_keeps_the_secret() {
    let mut scene = Scene::new();
    let before = scene.object("web");
    let ran = update(&mut scene, Kind::Client, "web", json!({"scope": "read", "owner": "alice"}));
    assert_eq!((&ran.ok()["scope"], &ran.ok()["owner"]), (&json!("read"), &json!("alice")));
    assert_eq!((&ran.ok()["version"], ran.ok().get("client_secret")), (&json!(2), None));
    let action = "update client web".to_owned();
    assert_eq!(ran.events, [Event::Administered { by: "root".to_owned(), action }]);
    let after = scene.object("web");
    let (Body::Client(old), Body::Client(new)) = (&before.body, &after.body) else { panic!() };
    assert_eq!(old.secret, new.secret);
    assert_eq!(new.metadata.grant_types, old.metadata.grant_types);
    scene.token(Some(&basic("web", SECRET)), CC).ok();
    update(&mut scene, Kind::Client, "web", json!({"owner": null})).ok();
    let shown = scene.run(&Show { kind: Kind::Client, id: "web".to_owned() });
    assert_eq!(shown.ok().get("owner"), None);
}

#[test]
fn an_id_cannot_be_changed() {
    let mut scene = Scene::new();
    for id in [json!("new"), json!(null), json!("")] {
        let ran = update(&mut scene, Kind::Client, "web", json!({"client_id": id}));
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/client_id"));
    }
    let ran = update(&mut scene, Kind::User, "alice", json!({"username": "bob"}));
    assert_eq!(ran.pointer(), "/username");
    update(&mut scene, Kind::Client, "web", json!({"client_id": "web"})).ok();
    let ran = update(&mut scene, Kind::Client, "web", json!({"scopes": "x"}));
    assert_eq!(ran.pointer(), "/scopes");
    assert_eq!(update(&mut scene, Kind::Client, "web", json!(7)).code(), ErrorCode::InvalidRequest);
}

#[test]
fn sec_136_revoke_tokens_cuts_off_everything_issued_until_now() {
    for (kind, id, level) in [
        (Kind::Client, "web", Level::Client),
        (Kind::User, "alice", Level::User),
        (Kind::Tenant, FOO, Level::Tenant),
    ] {
        let mut scene = Scene::new();
        let draft = Draft { user: Some("alice"), ..Draft::default() };
        let (before, _) = scene.issue(&draft);
        let ran = update(&mut scene, kind, id, json!({"revoke_tokens": true}));
        assert_eq!(ran.ok()["tokens_revoked_before"], NOW.seconds());
        let at = Time(NOW.0 + 1);
        assert_eq!(scene.reason("rs1", &before), Some(Reason::CutOff { level, at }), "{id}");
        scene.now = at;
        let (after, _) = scene.issue(&draft);
        assert_eq!(scene.reason("rs1", &after), None, "{id}");
        // A later change forgets nothing, and `false` cuts nothing off.
        update(&mut scene, kind, id, json!({"revoke_tokens": false})).ok();
        assert_eq!(scene.reason("rs1", &after), None, "{id}");
        assert!(scene.reason("rs1", &before).is_some(), "{id}");
    }
}

#[test]
fn sec_136_a_wish_to_revoke_that_cannot_be_read_is_refused() {
    for wish in [json!("true"), json!(1), json!(null), json!([true])] {
        let mut scene = Scene::new();
        let ran = update(&mut scene, Kind::Client, "web", json!({"revoke_tokens": wish}));
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/revoke_tokens"));
    }
}

#[test]
fn the_tenant_that_administers_cannot_be_disabled_or_deleted() {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::default_tenant();
    let ran = update(&mut scene, Kind::Tenant, "default", json!({"disabled": true}));
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/disabled"));
    update(&mut scene, Kind::Tenant, "default", json!({"disabled": false})).ok();
    assert_eq!(delete(&mut scene, Kind::Tenant, "default").code(), ErrorCode::InvalidRequest);
}

#[test]
fn sec_136_disabling_and_deleting_cut_off_at_once() {
    for (kind, id) in [(Kind::Client, "web"), (Kind::User, "alice")] {
        let mut scene = Scene::new();
        let (token, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
        update(&mut scene, kind, id, json!({"disabled": true})).ok();
        assert!(matches!(scene.reason("rs1", &token), Some(Reason::Disabled { .. })));
        update(&mut scene, kind, id, json!({"disabled": false})).ok();
        assert_eq!(scene.reason("rs1", &token), None);
        let ran = delete(&mut scene, kind, id);
        assert_eq!(ran.ok(), &json!({"deleted": id}));
        assert!(matches!(scene.reason("rs1", &token), Some(Reason::Deleted { .. })));
        // One of the same name is another: its key is new.
        let name = if kind == Kind::User { "username" } else { "client_id" };
        scene.now = NOW.plus_seconds(1);
        create(&mut scene, kind, &json!({name: id})).ok();
        assert!(matches!(scene.reason("rs1", &token), Some(Reason::Deleted { .. })));
    }
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { user: Some("alice"), ..Draft::default() });
    update(&mut scene, Kind::User, "alice", json!({"locked": true})).ok();
    assert_eq!(scene.reason("rs1", &token), Some(Reason::Locked));
}

#[test]
fn sec_136_a_new_password_ends_older_tokens_and_the_same_one_does_not() {
    let mut scene = Scene::new();
    create(&mut scene, Kind::User, &json!({"username": "bob", "password": "one"})).ok();
    let draft = Draft { user: Some("bob"), ..Draft::default() };
    let (token, _) = scene.issue(&draft);
    let same = json!({"password": "one", "email": "bob@example.com"});
    let ran = update(&mut scene, Kind::User, "bob", same);
    let presented = Secret::new("one");
    assert_eq!(ran.errands, [Errand::VerifySecret { phc: phc("one"), presented }]);
    assert_eq!(scene.reason("rs1", &token), None);
    let ran = update(&mut scene, Kind::User, "bob", json!({"password": "two"}));
    assert_eq!(ran.ok().get("password"), None);
    assert!(matches!(scene.reason("rs1", &token), Some(Reason::CutOff { .. })));
    update(&mut scene, Kind::User, "bob", json!({"email": null})).ok();
    let Body::User(bob) = &scene.object("bob").body.clone() else { panic!() };
    assert_eq!(bob.password_hash, Some(phc("two")), "what is not named is kept");
}

#[test]
fn a_key_that_there_is_not_cannot_be_taken_back() {
    let mut scene = Scene::new();
    let ran = update(&mut scene, Kind::Client, "web", json!({"scop": null}));
    let error = ran.error();
    assert_eq!(error.pointer.as_deref(), Some("/scop"));
    assert_eq!(error.description, "unknown key scop. Did you mean scope?");
    assert_eq!(
        update(&mut scene, Kind::Client, "web", json!({"owner": null})).ok()["owner"],
        json!(null)
    );
}

#[test]
fn a_renewed_secret_is_shown_once_and_the_old_one_is_good_no_longer() {
    let mut scene = Scene::new().with_slow_client();
    for (kind, id, shown, ends) in [
        (Kind::Client, "web", "client_secret", "client_secret_expires_at"),
        (Kind::Client, "hmac", "client_secret", "client_secret_expires_at"),
        (Kind::Client, "slow", "client_secret", "client_secret_expires_at"),
        (Kind::ResourceServer, "rs1", "secret", "secret_expires_at"),
    ] {
        let ran = update(&mut scene, kind, id, json!({"renew_secret": false, ends: 7}));
        assert_eq!((ran.ok().get(shown), &ran.ok()[ends]), (None, &json!(7)));
        let ran = update(&mut scene, kind, id, json!({"renew_secret": true}));
        let secret = ran.ok()[shown].as_str().unwrap().to_owned();
        assert!(secret.starts_with("vcs_") && secret != SECRET, "{secret}");
        assert_eq!(ran.ok().get(ends), None, "the end was the old one's");
        assert_eq!(ran.errands, []);
        let ran = update(&mut scene, kind, id, json!({"renew_secret": true, ends: 9}));
        assert_ne!(ran.ok()[shown], secret.as_str());
        assert_eq!(ran.ok()[ends], 9);
    }
    let ran = update(&mut scene, Kind::Client, "other", json!({"renew_secret": true}));
    let secret = ran.ok()["client_secret"].as_str().unwrap().to_owned();
    scene.token(Some(&basic("other", &secret)), CC).ok();
    assert_eq!(scene.token(Some(&basic("other", SECRET)), CC).code(), ErrorCode::InvalidClient);
}

#[test]
fn there_must_be_a_secret_to_renew() {
    let mut scene = Scene::new();
    for (kind, id, patch) in [
        (Kind::Client, "spa", json!({"renew_secret": true})),
        (Kind::Client, "pkj", json!({"renew_secret": true})),
        (Kind::Client, "web", json!({"renew_secret": true, "client_secret": "hunter2"})),
        (Kind::Client, "web", json!({"renew_secret": "yes"})),
        (Kind::Client, "web", json!({"renew_secret": null})),
        (Kind::User, "alice", json!({"renew_secret": true})),
        (Kind::Tenant, FOO, json!({"renew_secret": true})),
    ] {
        let ran = update(&mut scene, kind, id, patch.clone());
        assert_eq!((ran.pointer(), ran.writes.len()), ("/renew_secret", 0), "{patch}");
    }
}

/// Of RFC 7396 appendix A.
#[test]
fn a_merge_patch_is_the_rfcs() {
    for (original, patch, result) in [
        (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
        (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
        (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
        (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
        (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
        (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
        (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
    ] {
        let mut merged = original.clone();
        merge(&mut merged, &patch);
        assert_eq!(merged, result, "{original} {patch}");
    }
}

#[test]
fn a_policy_is_patched_knob_by_knob() {
    let mut scene = Scene::new().with_slow_client();
    let ran =
        update(&mut scene, Kind::Tenant, FOO, json!({"policy": {"access_token_ttl_seconds": 60}}));
    assert_eq!(ran.ok()["policy"]["access_token_ttl_seconds"], 60);
    assert_eq!(ran.ok()["policy"]["refresh_token_ttl_seconds"], 2_592_000);
    assert_eq!(scene.token(Some(&basic("web", SECRET)), CC).ok().expires_in, 60);
    let Body::Tenant(tenant) = &scene.object(FOO).body.clone() else { panic!() };
    assert!(tenant.has_chosen_secrets, "the mark stays");
    let ran =
        update(&mut scene, Kind::Tenant, FOO, json!({"policy": {"refresh_grace_seconds": -1}}));
    assert_eq!(ran.pointer(), "/policy/refresh_grace_seconds");
}

#[test]
fn a_new_method_brings_a_new_secret_or_drops_the_old_one() {
    let mut scene = Scene::new();
    let to = |method: &str| json!({"token_endpoint_auth_method": method});
    let ran = update(&mut scene, Kind::Client, "web", to("client_secret_jwt"));
    let secret = ran.ok()["client_secret"].as_str().unwrap().to_owned();
    assert_ne!(secret, SECRET, "the old one was never kept, so it cannot be sealed");
    let ran = update(&mut scene, Kind::Client, "web", to("none"));
    assert_eq!(ran.ok()["has_secret"], false);
    let chosen = update(&mut scene, Kind::Client, "other", json!({"client_secret": "hunter2"}));
    assert_eq!(
        chosen.errands,
        [Errand::HashSecret { chosen: Secret::new("hunter2"), of: String::new() }]
    );
    assert_eq!(chosen.writes.len(), 2, "the client, and the mark of its tenant");
    scene.token(Some(&basic("other", "hunter2")), CC).ok();
    assert_eq!(scene.token(Some(&basic("other", SECRET)), CC).code(), ErrorCode::InvalidClient);
}
