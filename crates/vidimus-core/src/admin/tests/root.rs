//! Clients that are found by their id at the root: each id once, whoever comes first.

use serde_json::{Value, json};

use super::declare::create;
use crate::{
    admin::{Apply, Create, Delete, Update, World},
    error::ErrorCode,
    facts::TenantRef,
    model::Kind,
    outcome::Committed,
    testing::{FOO, Ran, Scene},
};

fn at(scene: &mut Scene, tenant: &str) {
    scene.tenant = TenantRef::Id(tenant.to_owned());
}

fn update(scene: &mut Scene, tenant: &str, patch: Value) -> Ran<Value> {
    at(scene, tenant);
    let (kind, id, by) = (Kind::Tenant, tenant.to_owned(), "root".to_owned());
    scene.act(&Update { kind, id, patch, by })
}

fn reachable(scene: &mut Scene, tenant: &str, is_on: bool) -> Ran<Value> {
    update(scene, tenant, json!({"policy": {"reachable_at_root": is_on}}))
}

fn client(scene: &mut Scene, tenant: &str, id: &str) -> Ran<Value> {
    at(scene, tenant);
    create(scene, Kind::Client, &json!({"client_id": id}))
}

/// The ids that are found at the root, each with its tenant.
fn found(scene: &Scene) -> Vec<String> {
    let name = |key| {
        let object = scene.stock.objects.iter().find(|object| object.key == key).unwrap();
        object.id().to_owned()
    };
    let rows = scene.stock.at_root.iter();
    let mut found: Vec<_> = rows.map(|(id, tenant)| format!("{}/{id}", name(*tenant))).collect();
    found.sort_unstable();
    found
}

#[test]
fn clients_of_a_reachable_tenant_are_found_and_deleted_ones_no_longer() {
    let mut scene = Scene::new();
    client(&mut scene, "bar.com", "before").ok();
    assert_eq!(found(&scene), [] as [&str; 0]);
    reachable(&mut scene, "bar.com", true).ok();
    client(&mut scene, "bar.com", "after").ok();
    at(&mut scene, "bar.com");
    create(&mut scene, Kind::ResourceServer, &json!({"id": "server"})).ok();
    assert_eq!(found(&scene), ["bar.com/after", "bar.com/before"]);
    let by = || "root".to_owned();
    scene.act(&Delete { kind: Kind::Client, id: "after".to_owned(), by: by() }).ok();
    assert_eq!(found(&scene), ["bar.com/before"]);
    reachable(&mut scene, "bar.com", false).ok();
    assert_eq!(found(&scene), [] as [&str; 0]);
    update(&mut scene, "bar.com", json!({"dialects": ["rooted"]})).ok();
    assert_eq!(found(&scene), ["bar.com/before"], "it speaks only what looks there");
    update(&mut scene, "bar.com", json!({"dialects": ["rooted", "standard"]})).ok();
    assert_eq!(found(&scene), [] as [&str; 0]);
    reachable(&mut scene, "bar.com", true).ok();
    scene.act(&Delete { kind: Kind::Tenant, id: "bar.com".to_owned(), by: by() }).ok();
    assert_eq!(scene.stock.at_root, []);
}

#[test]
fn sec_129_an_id_has_one_owner_at_the_root() {
    let mut scene = Scene::new();
    reachable(&mut scene, FOO, true).ok();
    reachable(&mut scene, "bar.com", true).ok();
    let ran = client(&mut scene, "bar.com", "web");
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, "/client_id"));
    // Who administers the one is not told of the other.
    assert!(!ran.error().description.contains("foo.com"), "{}", ran.error().description);
    // The default tenant answers at the root anyway.
    let ran = client(&mut scene, "default", "web");
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, "/client_id"));
    at(&mut scene, "default");
    let ran = create(&mut scene, Kind::ResourceServer, &json!({"id": "web"}));
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, "/id"));
    client(&mut scene, "default", "root").ok();
    let ran = client(&mut scene, "bar.com", "root");
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, "/client_id"));
    // A tenant that is not reachable may have any.
    reachable(&mut scene, "bar.com", false).ok();
    client(&mut scene, "bar.com", "web").ok();
    let ran = reachable(&mut scene, "bar.com", true);
    assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, "/policy/reachable_at_root"));
    reachable(&mut scene, FOO, false).ok();
    reachable(&mut scene, "bar.com", true).ok();
    assert_eq!(found(&scene), ["bar.com/web"]);
}

#[test]
fn sec_129_an_id_has_one_owner_at_the_root_whoever_is_faster() {
    let mut scene = Scene::new();
    reachable(&mut scene, "bar.com", true).ok();
    at(&mut scene, TenantRef::DEFAULT_ID);
    let by = || "root".to_owned();
    let declaration = json!({"client_id": "both"});
    let created = scene.run(&Create { kind: Kind::Client, declaration, by: by() });
    let world = json!({"tenant": [tenant(TenantRef::DEFAULT_ID, false, &["both"])]});
    let (world, dry_run, prune) = (World::parse(world).unwrap(), false, false);
    let applied = scene.run(&Apply { world, dry_run, prune, by: by() });
    // Meanwhile another tenant takes it.
    client(&mut scene, "bar.com", "both").ok();
    for late in [created, applied] {
        late.ok();
        assert_eq!(scene.stock.commit(&late.writes), Committed::Conflict);
    }
}

fn apply(scene: &mut Scene, tenants: Value) -> Ran<Value> {
    at(scene, "default");
    let world = World::parse(json!({ "tenant": tenants })).unwrap();
    scene.act(&Apply { world, dry_run: false, prune: true, by: "root".to_owned() })
}

fn tenant(id: &str, is_reachable: bool, clients: &[&str]) -> Value {
    let clients: Vec<Value> = clients.iter().map(|id| json!({"client_id": id})).collect();
    json!({"id": id, "policy": {"reachable_at_root": is_reachable}, "client": clients})
}

#[test]
fn a_world_moves_clients_at_the_root() {
    let mut scene = Scene::new();
    apply(&mut scene, json!([tenant("a", true, &["x", "y"]), tenant("b", false, &["x"])])).ok();
    assert_eq!(found(&scene), ["a/x", "a/y"]);
    // Nothing to do the second time.
    let again =
        apply(&mut scene, json!([tenant("a", true, &["x", "y"]), tenant("b", false, &["x"])]));
    assert_eq!(again.writes, []);
    // What one tenant gives up another takes, whatever their order.
    apply(&mut scene, json!([tenant("b", true, &["x"]), tenant("a", true, &["y"])])).ok();
    assert_eq!(found(&scene), ["a/y", "b/x"]);
    apply(&mut scene, json!([tenant("a", false, &["y", "x"]), tenant("b", true, &["y"])])).ok();
    assert_eq!(found(&scene), ["b/y"]);
    apply(&mut scene, json!([tenant("b", false, &["y"]), tenant("a", true, &["y", "z"])])).ok();
    assert_eq!(found(&scene), ["a/y", "a/z"]);
}

#[test]
fn a_world_cannot_give_an_id_to_two() {
    let mut scene = Scene::new();
    reachable(&mut scene, FOO, true).ok();
    client(&mut scene, "default", "root").ok();
    for (tenants, pointer, owner) in [
        (json!([tenant("a", true, &["x", "web"])]), "/tenant/0/client/1", FOO),
        (json!([tenant("a", true, &["root"])]), "/tenant/0/client/0", "default"),
        (json!([tenant("a", true, &["x"]), tenant("b", true, &["x"])]), "/tenant/1/client/0", "a"),
        (
            json!([tenant("default", false, &["x"]), tenant("b", true, &["x"])]),
            "/tenant/1/client/0",
            "default",
        ),
        (json!([tenant("default", false, &["web"])]), "/tenant/0/client/0", FOO),
    ] {
        let ran = apply(&mut scene, tenants);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::Conflict, pointer));
        assert!(
            ran.error().description.contains(&format!("tenant {owner} has")),
            "{}",
            ran.error()
        );
    }
    // A tenant that turns reachable with what it has.
    apply(&mut scene, json!([tenant("a", false, &["web"])])).ok();
    let ran = apply(&mut scene, json!([tenant("a", true, &["web"])]));
    assert_eq!(
        (ran.code(), ran.pointer()),
        (ErrorCode::Conflict, "/tenant/0/policy/reachable_at_root")
    );
    assert!(ran.error().description.starts_with("client web "), "{}", ran.error());
}
