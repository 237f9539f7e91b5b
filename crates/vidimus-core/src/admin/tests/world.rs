//! Worlds: idempotent, all or nothing, and with an error that points at the key.

use std::sync::Arc;

use serde_json::{Value, json};

use super::objects;
use crate::{
    admin::{Apply, Update, World},
    errand::Errand,
    error::ErrorCode,
    facts::{Facts, Space, TenantRef},
    introspect::Reason,
    limits::OBJECT_BYTES_MAX,
    model::{Body, Kind, Object},
    outcome::Change,
    secret::Secret,
    testing::{Draft, NOW, Ran, Scene, basic, phc},
};

const CC: &str = "grant_type=client_credentials";

fn world() -> Value {
    json!({"tenant": [{
        "id": "shop",
        "policy": {"access_token_ttl_seconds": 60},
        "client": [
            {"client_id": "cart", "client_secret": "one", "grant_types": ["client_credentials"],
             "scope": "read"},
            {"client_id": "app"},
        ],
        "resource_server": [{"id": "orders", "secret": "two", "audiences": ["https://orders"]}],
        "user": [{"username": "carol", "password": "three"}],
    }]})
}

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::default_tenant();
    scene
}

fn run(scene: &mut Scene, world: Value, dry_run: bool, prune: bool) -> Ran<Value> {
    let world = World::parse(world).unwrap();
    scene.act(&Apply { world, dry_run, prune, by: "root".to_owned() })
}

fn apply(scene: &mut Scene, world: Value) -> Ran<Value> {
    run(scene, world, false, false)
}

/// The lines of the diff, `action kind id [fields]`.
fn lines(ran: &Ran<Value>) -> Vec<String> {
    let lines = ran.ok()["changes"].as_array().unwrap().iter();
    lines
        .map(|line| {
            let text = |name: &str| line[name].as_str().unwrap().to_owned();
            let (action, kind, id) = (text("action"), text("kind"), text("id"));
            format!("{action} {kind} {id} {}", line["fields"])
        })
        .collect()
}

#[test]
fn a_world_is_made_in_one_commit_and_a_second_apply_changes_nothing() {
    let mut scene = scene();
    let first = apply(&mut scene, world());
    let expected = [
        "create tenant shop []",
        "create client cart []",
        "create client app []",
        "create resource_server orders []",
        "create user carol []",
    ];
    assert_eq!(lines(&first), expected);
    let hash = |chosen: &str, of: &str| Errand::HashSecret {
        chosen: Secret::new(chosen),
        of: format!("/tenant/0/{of}/0"),
    };
    let (cart, orders, carol) =
        (hash("one", "client"), hash("two", "resource_server"), hash("three", "user"));
    assert_eq!(first.errands, [cart, orders, carol]);
    let Body::Tenant(shop) = &scene.object("shop").body.clone() else { panic!() };
    assert!(shop.has_chosen_secrets);
    let second = apply(&mut scene, world());
    assert_eq!((lines(&second).len(), second.writes.len(), second.errands.len()), (0, 0, 0));
    scene.tenant = TenantRef::Id("shop".to_owned());
    assert_eq!(scene.token(Some(&basic("cart", "one")), CC).ok().expires_in, 60);
    let Body::Client(app) = &scene.object("app").body.clone() else { panic!() };
    assert!(app.is_public(), "a file cannot be told a secret");
}

#[test]
fn a_change_is_an_update_of_its_fields() {
    let mut scene = scene();
    apply(&mut scene, world()).ok();
    let mut changed = world();
    let shop = &mut changed["tenant"][0];
    shop["policy"]["access_token_ttl_seconds"] = json!(90);
    shop["client"][0]["scope"] = json!("read write");
    shop["resource_server"][0]["secret"] = json!("new");
    shop["user"][0]["email"] = json!("carol@example.com");
    let ran = apply(&mut scene, changed.clone());
    let expected = [
        "update tenant shop [\"policy\"]",
        "update client cart [\"scope\"]",
        "update resource_server orders [\"secret\"]",
        "update user carol [\"email\"]",
    ];
    assert_eq!(lines(&ran), expected);
    let hashed = ran.errands.iter().filter(|e| matches!(e, Errand::HashSecret { .. })).count();
    assert_eq!(hashed, 1, "only the new secret is hashed: {:?}", ran.errands);
    assert!(!ran.ok().to_string().contains("new"), "no secret in the diff");
    let Body::Tenant(shop) = &scene.object("shop").body.clone() else { panic!() };
    assert!(shop.has_chosen_secrets, "the mark stays");
    assert_eq!(lines(&apply(&mut scene, changed)), [] as [&str; 0]);
    // The order of keys is no change.
    let reordered: Value = serde_json::from_str(
        r#"{"tenant": [{"client": [{"client_id": "app"}], "id": "shop",
            "policy": {"access_token_ttl_seconds": 90}}]}"#,
    )
    .unwrap();
    assert_eq!(lines(&apply(&mut scene, reordered)), [] as [&str; 0]);
}

#[test]
fn only_a_changed_password_ends_tokens() {
    let mut scene = scene();
    apply(&mut scene, world()).ok();
    let draft = Draft { client: "cart", user: Some("carol"), audience: &[], ..Draft::default() };
    let (token, _) = scene.issue(&draft);
    let reason = |scene: &mut Scene| {
        scene.tenant = TenantRef::Id("shop".to_owned());
        let body = format!("token={token}");
        let caller = basic("cart", "one");
        let ran = scene.introspection(Some(&caller), &body, crate::introspect::AnswerForm::Json);
        scene.tenant = TenantRef::default_tenant();
        let crate::outcome::Event::Introspected { reason, .. } = &ran.events[0] else { panic!() };
        reason.clone()
    };
    let mut changed = world();
    changed["tenant"][0]["user"][0]["roles"] = json!(["introspect"]);
    apply(&mut scene, changed.clone()).ok();
    assert_eq!(reason(&mut scene), None);
    changed["tenant"][0]["user"][0]["password"] = json!("four");
    let ran = apply(&mut scene, changed);
    assert_eq!(lines(&ran), ["update user carol [\"password\"]"]);
    assert!(matches!(reason(&mut scene), Some(Reason::CutOff { .. })));
}

#[test]
fn a_dry_run_writes_nothing_and_tells_the_same() {
    let mut scene = scene();
    let dry = run(&mut scene, world(), true, false);
    assert_eq!((dry.writes.len(), &dry.ok()["applied"]), (0, &json!(false)));
    assert_eq!(dry.events, [], "nothing was administered");
    let wet = apply(&mut scene, world());
    assert_eq!((lines(&dry), &wet.ok()["applied"]), (lines(&wet), &json!(true)));
}

#[test]
fn a_prune_deletes_what_a_world_declared_and_no_more() {
    let mut scene = scene();
    apply(&mut scene, world()).ok();
    let shop = scene.key("shop");
    scene.put_client(shop, "by-hand", "none", false);
    let smaller = json!({"tenant": [{"id": "shop", "policy": {"access_token_ttl_seconds": 60},
        "client": [{"client_id": "app"}]}]});
    assert_eq!(lines(&run(&mut scene, smaller.clone(), false, false)), [] as [&str; 0]);
    let expected =
        ["delete client cart []", "delete resource_server orders []", "delete user carol []"];
    assert_eq!(lines(&run(&mut scene, smaller.clone(), true, true)), expected);
    assert_eq!(lines(&run(&mut scene, smaller.clone(), false, true)), expected);
    let left: Vec<String> = scene
        .stock
        .objects
        .iter()
        .filter(|object| object.tenant == shop)
        .map(|object| object.id().to_owned())
        .collect();
    assert_eq!(left, ["app", "by-hand"]);
    assert_eq!(lines(&run(&mut scene, smaller, false, true)), [] as [&str; 0]);
    scene.object("web");
}

#[test]
fn what_was_changed_since_is_put_back() {
    let mut scene = scene();
    apply(&mut scene, world()).ok();
    scene.tenant = TenantRef::Id("shop".to_owned());
    let patch = json!({"scope": "admin", "disabled": true});
    let (kind, id, by) = (Kind::Client, "cart".to_owned(), "root".to_owned());
    scene.act(&Update { kind, id, patch, by }).ok();
    scene.tenant = TenantRef::default_tenant();
    let ran = apply(&mut scene, world());
    assert_eq!(lines(&ran), ["update client cart [\"disabled\",\"scope\"]"]);
    let hashed = ran.errands.iter().any(|errand| matches!(errand, Errand::HashSecret { .. }));
    assert!(!hashed, "the secret has not changed");
}

#[test]
fn what_was_changed_since_is_still_the_worlds_to_prune() {
    let mut scene = scene();
    apply(&mut scene, world()).ok();
    scene.tenant = TenantRef::Id("shop".to_owned());
    let (kind, id, by) = (Kind::User, "carol".to_owned(), "root".to_owned());
    scene.act(&Update { kind, id, patch: json!({"locked": true}), by }).ok();
    scene.tenant = TenantRef::default_tenant();
    let mut smaller = world();
    smaller["tenant"][0]["user"] = json!([]);
    assert_eq!(lines(&run(&mut scene, smaller, false, true)), ["delete user carol []"]);
}

#[test]
fn an_apply_is_all_or_nothing() {
    let mut scene = scene();
    let mut wrong = world();
    wrong["tenant"][0]["user"][0]["emial"] = json!("x");
    let ran = apply(&mut scene, wrong);
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/tenant/0/user/0/emial"));
    assert!(ran.error().description.contains("Did you mean email?"));
    assert_eq!((ran.writes.len(), ran.errands.len()), (0, 0));
}

#[test]
fn an_error_points_at_its_key() {
    let pointer = |world: Value| World::parse(world).err().unwrap().pointer.unwrap();
    for (world, expected) in [
        (json!([]), ""),
        (json!({"tenants": []}), "/tenants"),
        (json!({"tenant": {}}), "/tenant"),
        (json!({"tenant": [7]}), "/tenant/0"),
        (json!({"tenant": [{}]}), "/tenant/0/id"),
        (json!({"tenant": [{"id": "a"}, {"id": "a"}]}), "/tenant/1/id"),
        (json!({"tenant": [{"id": "a", "clients": []}]}), "/tenant/0/clients"),
        (json!({"tenant": [{"id": "a", "client": [{}]}]}), "/tenant/0/client/0/client_id"),
        (
            json!({"tenant": [{"id": "a", "client": [{"client_id": "x"}, {"client_id": "x"}]}]}),
            "/tenant/0/client/1/client_id",
        ),
        (
            json!({"tenant": [{"id": "a", "client": [{"client_id": "x"}],
                "resource_server": [{"id": "x"}]}]}),
            "/tenant/0/resource_server/0/id",
        ),
        (
            json!({"tenant": [{"id": "a", "user": [{"username": "x"}, {"username": "x"}]}]}),
            "/tenant/0/user/1/username",
        ),
    ] {
        assert_eq!(pointer(world.clone()), expected, "{world}");
    }
    let same_name = json!({"tenant": [
        {"id": "a", "client": [{"client_id": "x"}], "user": [{"username": "x"}]},
        {"id": "b", "client": [{"client_id": "x"}]},
    ]});
    assert!(World::parse(same_name).is_ok());
    let policy = json!({"tenant": [{"id": "a", "policy": {"access_token_ttl_seconds": 0}}]});
    let ran = apply(&mut scene(), policy);
    assert_eq!(ran.pointer(), "/tenant/0/policy/access_token_ttl_seconds");
    let secret = json!({"tenant": [{"id": "a", "resource_server": [{"id": "x"}]}]});
    assert_eq!(apply(&mut scene(), secret).pointer(), "/tenant/0/resource_server/0/secret");
}

#[test]
fn a_name_of_another_tenant_is_refused_where_it_stands() {
    let mut scene = scene();
    let named = json!({"id": "a", "hosts": ["a.example"], "path_aliases": ["/a"]});
    apply(&mut scene, json!({"tenant": [named]})).ok();
    for (key, name, said) in [
        ("hosts", "A.example", "host a.example is tenant a's already"),
        ("path_aliases", "/a", "path alias /a is tenant a's already"),
    ] {
        for dry_run in [true, false] {
            let names = match key {
                "hosts" => ["b.example", name],
                _ => ["/b", name],
            };
            let world = json!({"tenant": [{"id": "c"}, {"id": "b", key: names}]});
            let ran = run(&mut scene, world, dry_run, false);
            let pointer = format!("/tenant/1/{key}/1");
            assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, pointer.as_str()));
            assert_eq!(ran.error().description, said);
        }
        let both = json!({"tenant": [{"id": "b", key: [name]}, {"id": "c", key: [name]}]});
        let error = World::parse(both).err().unwrap();
        assert_eq!(error.pointer, Some(format!("/tenant/1/{key}/0")));
        let said = error.description;
        assert!(said.ends_with("is declared by tenant b and by tenant c"), "{said}");
    }
}

#[test]
fn names_move_within_a_world_whatever_the_order() {
    let hosts =
        |a: &[&str], b: &[&str]| [json!({"id": "a", "hosts": a}), json!({"id": "b", "hosts": b})];
    let owned = |hosts: &[&str]| hosts.iter().map(|&h| h.to_owned()).collect::<Vec<_>>();
    let hosts_of = |scene: &Scene, id: &str| match &scene.object(id).body {
        Body::Tenant(tenant) => tenant.hosts.clone(),
        other => panic!("{other:?}"),
    };
    let mut scene = scene();
    apply(&mut scene, json!({"tenant": hosts(&["x", "y"], &[])})).ok();
    for (a, b) in
        [(&["x"][..], &["y"][..]), (&["y"], &["x"]), (&[], &["x", "y"]), (&["x", "y"], &[])]
    {
        for reverse in [false, true] {
            let before = scene.stock.clone();
            let mut world = hosts(a, b);
            if reverse {
                world.reverse();
            }
            let world = json!({"tenant": world});
            let ran = apply(&mut scene, world.clone());
            let mut told = lines(&ran);
            told.sort_unstable();
            assert_eq!(told, ["update tenant a [\"hosts\"]", "update tenant b [\"hosts\"]"]);
            assert_eq!((hosts_of(&scene, "a"), hosts_of(&scene, "b")), (owned(a), owned(b)));
            assert_eq!(lines(&apply(&mut scene, world)), [] as [&str; 0]);
            if !reverse {
                scene.stock = before;
            }
        }
    }
}

#[test]
fn an_id_of_another_kind_is_taken() {
    let mut scene = scene();
    apply(&mut scene, world()).ok();
    let clash = json!({"tenant": [{"id": "shop", "policy": {"access_token_ttl_seconds": 60},
        "resource_server": [{"id": "cart", "secret": "x"}]}]});
    let ran = apply(&mut scene, clash);
    assert_eq!(
        (ran.code(), ran.pointer()),
        (ErrorCode::AlreadyExists, "/tenant/0/resource_server/0")
    );
}

#[test]
fn a_user_made_by_hand_is_taken_over() {
    let mut scene = scene();
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    let dave = json!({"username": "dave", "password": "pw"});
    super::declare::create(&mut scene, Kind::User, &dave).ok();
    scene.tenant = TenantRef::default_tenant();
    scene.now = NOW.plus_seconds(1);
    let adopted = json!({"tenant": [{"id": "bar.com", "user": [dave]}]});
    let ran = apply(&mut scene, adopted);
    assert_eq!(lines(&ran), ["update tenant bar.com []", "update user dave []"]);
    let Body::User(user) = &scene.object("dave").body.clone() else { panic!() };
    assert_eq!(user.password_hash, Some(phc("pw")));
    assert_eq!(scene.object("dave").standing.not_before, objects::NEVER);
}

/// Each is looked up, not looked for among all the others.
#[test]
fn ten_thousands_of_clients_are_one_world() {
    let count = 30_000;
    let clients: Vec<Value> = (0..count).map(|n| json!({"client_id": format!("c{n}")})).collect();
    let world = json!({"tenant": [{"id": "shop", "client": clients}]});
    let mut scene = scene();
    let apply = Apply {
        world: World::parse(world).unwrap(),
        dry_run: false,
        prune: true,
        by: "root".to_owned(),
    };
    let facts = Facts { others: vec![Facts::default()], ..Facts::default() };
    let made = scene.decide(&apply, &facts).unwrap();
    let mut objects = made.writes.into_iter().map(|write| match write.change {
        Change::Create(object) => object,
        other => panic!("{other:?}"),
    });
    let tenant = objects.next();
    let clients: Vec<_> = objects.collect();
    assert_eq!(clients.len(), count);
    let named = |object: &Arc<Object>| (Space::Caller, object.id().to_owned(), Arc::clone(object));
    let stored = Facts {
        tenant,
        objects: clients.iter().map(named).collect(),
        whole: vec![(Space::Caller, clients)],
        ..Facts::default()
    };
    let facts = Facts { others: vec![stored], ..Facts::default() };
    assert_eq!(scene.decide(&apply, &facts).unwrap().writes, []);
}

#[test]
fn an_entry_is_no_larger_than_it_may_be_by_itself() {
    let world = |bytes: usize| {
        let big = json!({"client_id": "big", "client_name": "x".repeat(bytes)});
        World::parse(json!({"tenant": [{"id": "a", "client": [{"client_id": "x"}, big]}]}))
    };
    let around = r#"{"client_id":"big","client_name":""}"#.len();
    assert!(world(OBJECT_BYTES_MAX - around).is_ok());
    let error = world(OBJECT_BYTES_MAX - around + 1).err().unwrap();
    assert_eq!(error.pointer.as_deref(), Some("/tenant/0/client/1"));
}

/// Keys drawn each by itself would meet: of 4,096 of one millisecond, about two do.
#[test]
fn thousands_of_one_millisecond_have_keys_of_their_own() {
    let tenants: Vec<Value> = (0..4096).map(|n| json!({"id": format!("t{n}")})).collect();
    let ran = run(&mut scene(), json!({"tenant": tenants}), true, false);
    assert_eq!(ran.ok()["changes"].as_array().unwrap().len(), 4096);
    let mut scene = scene();
    let ran = apply(&mut scene, json!({"tenant": tenants}));
    let mut keys: Vec<_> = ran
        .writes
        .iter()
        .map(|write| match &write.change {
            Change::Create(object) => object.key,
            other => panic!("{other:?}"),
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 4096);
}
