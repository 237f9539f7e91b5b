//! Worlds with tokens, issuers and users that call: what is said again changes nothing, and what was
//! used or has ended stays so.

use serde_json::{Value, json};

use super::issued::{api_token, explain, registration_token, use_once};
use crate::{
    admin::{Apply, Delete, World},
    error::ErrorCode,
    facts::TenantRef,
    model::{Body, Kind},
    testing::{NOW, Ran, Scene},
};

fn world() -> Value {
    json!({"tenant": [{
        "id": "shop",
        "api_token": [
            {"token": "first-api-token", "username": "carol", "scope": "openid"},
            {"token": "other-api-token", "username": "dave"},
            {"token": "third-api-token", "username": "carol", "expires_in_seconds": 60},
            {"token": "named-api-token", "username": "carol", "id": "named"},
        ],
        "registration_token": [
            {"token": "initial-access", "uses": 100, "expires_in_seconds": 60},
            {"token": "second-initial-access", "id": "partners"},
        ],
        "trusted_issuer": [{"issuer": "https://idp.example", "subjects": ["*"], "scope": "api",
            "jwks_uri": "https://idp.example/jwks"}],
        "user": [{"username": "carol"}, {"username": "dave"}],
    }]})
}

fn run(scene: &mut Scene, world: &Value, prune: bool) -> Ran<Value> {
    scene.tenant = TenantRef::default_tenant();
    let world = World::parse(world.clone()).unwrap();
    let ran = scene.act(&Apply { world, dry_run: false, prune, by: "root".to_owned() });
    scene.tenant = TenantRef::Id("shop".to_owned());
    ran
}

fn lines(ran: &Ran<Value>) -> Vec<String> {
    let lines = ran.ok()["changes"].as_array().unwrap().iter();
    let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
    lines
        .map(|line| format!("{} {} {}", text(line, "action"), text(line, "id"), line["fields"]))
        .collect()
}

fn is_active(scene: &mut Scene, token: &str) -> bool {
    explain(scene, token)["active"] == true
}

#[test]
fn what_has_no_id_gets_one_by_its_place_and_works() {
    let mut scene = Scene::new();
    let ran = run(&mut scene, &world(), false);
    let expected = [
        "create shop []",
        "create carol []",
        "create dave []",
        "create https://idp.example []",
        "create registration/1 []",
        "create partners []",
        "create carol/1 []",
        "create dave/1 []",
        "create carol/2 []",
        "create named []",
    ];
    assert_eq!(lines(&ran), expected);
    for token in ["first-api-token", "other-api-token", "third-api-token", "named-api-token"] {
        assert!(is_active(&mut scene, token), "{token}");
    }
    assert_eq!(api_token(&scene, "carol/1").user, scene.key("carol"));
    assert_eq!(registration_token(&scene, "registration/1").uses_left, 100);
    // Purged, they would begin anew with the next start.
    for id in ["carol/1", "partners"] {
        assert_eq!(scene.object(id).expires_at, None, "{id}");
    }
    assert_eq!(run(&mut scene, &world(), true).writes, []);
}

#[test]
fn what_is_said_again_runs_on_and_stays_used() {
    let mut scene = Scene::new();
    run(&mut scene, &world(), false).ok();
    use_once(&mut scene, "partners");
    use_once(&mut scene, "registration/1");
    scene.now = NOW.plus_seconds(61);
    assert_eq!(run(&mut scene, &world(), true).writes, []);
    assert_eq!(registration_token(&scene, "partners").uses_left, 0);
    assert_eq!(registration_token(&scene, "registration/1").expires_at, NOW.plus_seconds(60));
    assert!(!is_active(&mut scene, "third-api-token"), "it has ended");
    // Also where another key of theirs changes.
    let mut changed = world();
    let shop = &mut changed["tenant"][0];
    shop["registration_token"][0]["uses"] = json!(200);
    shop["registration_token"][1]["disabled"] = json!(true);
    shop["api_token"][2]["scope"] = json!("read");
    let ran = run(&mut scene, &changed, false);
    let expected = [
        "update registration/1 [\"uses\"]",
        "update partners [\"disabled\"]",
        "update carol/2 [\"scope\"]",
    ];
    assert_eq!(lines(&ran), expected);
    let token = registration_token(&scene, "registration/1");
    assert_eq!((token.uses_left, token.expires_at), (199, NOW.plus_seconds(60)));
    assert_eq!(registration_token(&scene, "partners").uses_left, 0);
    assert!(!is_active(&mut scene, "third-api-token"));
}

#[test]
fn another_text_is_another_token() {
    let mut scene = Scene::new();
    run(&mut scene, &world(), false).ok();
    scene.now = NOW.plus_seconds(10);
    let mut changed = world();
    changed["tenant"][0]["api_token"][0]["token"] = json!("rotated-api-token");
    changed["tenant"][0]["registration_token"][0]["token"] = json!("rotated-initial-access");
    let ran = run(&mut scene, &changed, false);
    assert_eq!(lines(&ran), ["update registration/1 [\"token\"]", "update carol/1 [\"token\"]"]);
    assert!(!is_active(&mut scene, "first-api-token"));
    assert!(is_active(&mut scene, "rotated-api-token"));
    let token = registration_token(&scene, "registration/1");
    assert_eq!(token.expires_at, NOW.plus_seconds(70));
    // Back again: the text is nobody's now.
    run(&mut scene, &world(), false).ok();
    assert!(is_active(&mut scene, "first-api-token"));
    assert!(!is_active(&mut scene, "rotated-api-token"));
}

#[test]
fn a_token_follows_its_user_and_goes_with_a_prune() {
    let mut scene = Scene::new();
    run(&mut scene, &world(), false).ok();
    let (kind, id, by) = (Kind::User, "carol".to_owned(), "root".to_owned());
    scene.act(&Delete { kind, id, by }).ok();
    assert!(!is_active(&mut scene, "first-api-token"));
    scene.now = NOW.plus_seconds(1);
    let ran = run(&mut scene, &world(), false);
    let expected = ["create carol []", "update carol/1 []", "update carol/2 []", "update named []"];
    assert_eq!(lines(&ran), expected);
    assert!(is_active(&mut scene, "first-api-token"));
    assert_eq!(run(&mut scene, &world(), true).writes, []);
    let mut smaller = world();
    for key in ["api_token", "registration_token", "trusted_issuer"] {
        smaller["tenant"][0][key] = json!([]);
    }
    let ran = run(&mut scene, &smaller, true);
    assert_eq!(lines(&ran).len(), 7, "{:?}", lines(&ran));
    assert!(!is_active(&mut scene, "first-api-token"));
    assert_eq!(scene.stock.locators, []);
    assert_eq!(run(&mut scene, &smaller, true).writes, []);
}

#[test]
fn a_mistake_is_told_at_its_place() {
    let parsed = |key: &str, value: Value| {
        World::parse(json!({"tenant": [{"id": "a", key: value}]})).err().unwrap().pointer.unwrap()
    };
    let twice = json!([{"token": "same-token", "id": "x"}, {"token": "same-token", "id": "y"}]);
    assert_eq!(parsed("registration_token", twice.clone()), "/tenant/0/registration_token/1/token");
    assert_eq!(parsed("api_token", twice), "/tenant/0/api_token/1/token");
    let same = json!([{"id": "x"}, {"id": "x"}]);
    assert_eq!(parsed("api_token", same), "/tenant/0/api_token/1/id");
    let unnamed_first = json!([{"username": "u"}, {"username": "u", "id": "u/1"}]);
    assert_eq!(parsed("api_token", unnamed_first), "/tenant/0/api_token/1/id");
    assert_eq!(parsed("trusted_issuer", json!([{}])), "/tenant/0/trusted_issuer/0/issuer");
    for (key, entry, at, code) in [
        ("api_token", json!({"username": "nobody", "token": "some-token"}), "username", 0),
        ("api_token", json!({"username": "carol", "id": "new"}), "token", 0),
        ("api_token", json!({"usernam": "carol"}), "usernam", 0),
        ("registration_token", json!({"id": "new"}), "token", 0),
        ("registration_token", json!({"token": "some-token", "uses": 0}), "uses", 0),
        ("registration_token", json!({"token": "initial-access", "id": "x"}), "token", 1),
        (
            "api_token",
            json!({"token": "first-api-token", "username": "carol", "id": "x"}),
            "token",
            1,
        ),
        ("trusted_issuer", json!({"issuer": "i", "subjects": []}), "jwks_uri", 0),
    ] {
        let mut scene = Scene::new();
        run(&mut scene, &world(), false).ok();
        let wrong = json!({"tenant": [{"id": "shop", key: [entry]}]});
        let ran = run(&mut scene, &wrong, false);
        let codes = [ErrorCode::InvalidRequest, ErrorCode::AlreadyExists];
        let pointer = format!("/tenant/0/{key}/0/{at}");
        assert_eq!((ran.code(), ran.pointer()), (codes[code], pointer.as_str()), "{}", ran.error());
    }
}

#[test]
fn users_that_call_leave_their_mark() {
    let marks = |scene: &Scene| {
        let Body::Tenant(shop) = &scene.object("shop").body else { panic!() };
        (shop.has_introspecting_users, shop.has_chosen_secrets)
    };
    let with = |user: Value| json!({"tenant": [{"id": "shop", "user": [user]}]});
    let mut scene = Scene::new();
    run(&mut scene, &with(json!({"username": "carol", "roles": ["introspect"]})), false).ok();
    run(&mut scene, &with(json!({"username": "dave", "password": "pw"})), false).ok();
    assert_eq!(marks(&scene), (false, false), "neither can call");
    let caller = json!({"username": "eve", "password": "pw", "roles": ["introspect"]});
    let ran = run(&mut scene, &with(caller.clone()), false);
    assert_eq!(lines(&ran), ["create eve []"]);
    assert_eq!(marks(&scene), (true, true), "and every failure is as slow as hers");
    assert_eq!(run(&mut scene, &with(caller), false).writes, []);
    // A change of the tenant forgets nothing.
    let renamed = json!({"tenant": [{"id": "shop", "path_aliases": ["/s"]}]});
    run(&mut scene, &renamed, false).ok();
    assert_eq!(marks(&scene), (true, true));
    let mut scene = Scene::new();
    let role = json!({"username": "eve", "roles": ["introspect"], "password": "pw"});
    super::declare::create(&mut scene, Kind::User, &role).ok();
    let Body::Tenant(foo) = &scene.object(crate::testing::FOO).body else { panic!() };
    assert!(foo.has_introspecting_users && foo.has_chosen_secrets);
}

#[test]
fn a_file_that_leaves_certificates_out_takes_them_away() {
    let certificate = include_str!("certificates/p_256.pem");
    let with = |certificates: Value| {
        let client = json!({"client_id": "app", "assertion_certificates": certificates});
        json!({"tenant": [{"id": "shop", "client": [client]}]})
    };
    let mut scene = Scene::new();
    run(&mut scene, &with(json!([certificate])), false).ok();
    assert_eq!(run(&mut scene, &with(json!([certificate])), false).writes, []);
    let none = json!({"tenant": [{"id": "shop", "client": [{"client_id": "app"}]}]});
    let ran = run(&mut scene, &none, false);
    assert_eq!(lines(&ran), ["update app [\"assertion_certificates\"]"]);
    let Body::Client(app) = &scene.object("app").body else { panic!() };
    assert_eq!(app.assertion_jwks, None);
}
