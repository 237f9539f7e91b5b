//! What an entry tells, of whom, and what it keeps to itself.

use super::*;
use crate::{
    admin::{Apply, Create, Delete, Update, World},
    engine::Operation,
    facts::TenantRef,
    outcome::Outcome,
    testing::{FOO, NOW, Scene},
};

fn entries<O: Operation<Reply = Value>>(scene: &mut Scene, operation: &O) -> Vec<AuditEntry> {
    let outcome = outcome(scene, operation);
    let of_trail = |write: &Write| match &write.change {
        Change::Create(object) => match &object.body {
            Body::AuditEntry(entry) => Some((**entry).clone()),
            _ => None,
        },
        _ => None,
    };
    outcome.writes.iter().filter_map(of_trail).collect()
}

fn outcome<O: Operation<Reply = Value>>(scene: &mut Scene, operation: &O) -> Outcome<O::Reply> {
    let ran = scene.run(operation);
    let facts = {
        let needs = scene.with_context(|cx| operation.needs(cx.vault));
        scene.stock.load(&scene.tenant, &needs)
    };
    let mut outcome = Outcome { writes: ran.writes, reply: ran.reply, events: ran.events };
    let address = Some("192.0.2.7".parse().unwrap());
    let origin = Origin { request_id: Some(&"r-1"), address };
    scene.with_context(|cx| record(&mut outcome, &facts, cx, &origin));
    outcome
}

fn update(kind: Kind, id: &str, patch: Value) -> Update {
    Update { kind, id: id.to_owned(), patch, by: "root".to_owned() }
}

#[test]
fn an_entry_tells_who_changed_what_from_where() {
    let mut scene = Scene::new();
    let patch = json!({"scope": "read", "client_name": "Web"});
    let [entry] = &entries(&mut scene, &update(Kind::Client, "web", patch))[..] else { panic!() };
    assert_eq!((entry.by.as_str(), entry.tenant.as_str(), entry.at), ("root", FOO, NOW));
    assert_eq!(entry.action, "update client web");
    assert_eq!(entry.request_id.as_deref(), Some("r-1"));
    assert_eq!(entry.address.as_deref(), Some("192.0.2.7"));
    let [change] = &entry.changes[..] else { panic!("{entry:?}") };
    assert_eq!((change.verb.as_str(), change.id.as_str()), ("update", "web"));
    assert_eq!(change.after, *json!({"scope": "read", "client_name": "Web"}).as_object().unwrap());
    assert_eq!(change.before.keys().collect::<Vec<_>>(), ["scope"]);
}

#[test]
fn a_secret_that_changed_is_named_and_not_told() {
    let mut scene = Scene::new();
    let secret = "a secret that nobody else shall ever read";
    let patch = json!({"client_secret": secret});
    let [entry] = &entries(&mut scene, &update(Kind::Client, "web", patch))[..] else { panic!() };
    assert_eq!(entry.changes[0].after.get("client_secret"), Some(&json!("changed")));
    assert!(!json!(entry).to_string().contains(secret));
}

#[test]
fn a_certificate_that_is_put_in_is_told_by_its_thumbprint() {
    let mut scene = Scene::new();
    let pem = include_str!("../admin/tests/certificates/rsa_2048.pem");
    let patch = json!({"assertion_certificates": [pem]});
    let [entry] = &entries(&mut scene, &update(Kind::Client, "web", patch))[..] else { panic!() };
    let [change] = &entry.changes[..] else { panic!("{entry:?}") };
    let thumbprint = "Fb8s17WpuKiFt60sNIkayJasNGszMgi8VBP_lSJ8EgI";
    let expected = json!({"assertion_certificates": [thumbprint]});
    assert_eq!((&change.after, change.before.is_empty()), (expected.as_object().unwrap(), true));
}

#[test]
fn what_is_deleted_is_told_as_it_was() {
    let mut scene = Scene::new();
    let delete = Delete { kind: Kind::User, id: "alice".to_owned(), by: "root".to_owned() };
    let [entry] = &entries(&mut scene, &delete)[..] else { panic!() };
    let [change] = &entry.changes[..] else { panic!() };
    assert_eq!((change.verb.as_str(), change.kind.as_str()), ("delete", "user"));
    assert_eq!(change.before.get("username"), Some(&json!("alice")));
    assert!(change.after.is_empty());
}

#[test]
fn a_world_leaves_an_entry_in_each_tenant_it_changes() {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::Id(TenantRef::DEFAULT_ID.to_owned());
    let clients: Vec<Value> = (0..60).map(|n| json!({"client_id": format!("c{n}")})).collect();
    let world = json!({"tenant": [
        {"id": "one", "client": clients},
        {"id": "two", "user": [{"username": "bob"}]},
    ]});
    let apply = Apply {
        world: World::parse(world).unwrap(),
        dry_run: false,
        prune: false,
        by: "root".to_owned(),
    };
    let mut entries = entries(&mut scene, &apply);
    entries.sort_by(|one, other| one.tenant.cmp(&other.tenant));
    let told: Vec<_> = entries
        .iter()
        .map(|entry| (entry.tenant.as_str(), entry.changes.len(), entry.further))
        .collect();
    assert_eq!(told, [("one", AUDIT_CHANGES_MAX, 11), ("two", 2, 0)]);
}

#[test]
fn who_changes_an_entry_is_found_out() {
    let mut scene = Scene::new();
    let create =
        Create { kind: Kind::User, declaration: json!({"username": "bob"}), by: "root".to_owned() };
    let mut entry = entries(&mut scene, &create).remove(0);
    let is_intact = |scene: &mut Scene, entry: &AuditEntry| {
        scene.with_context(|cx| view(entry, cx.vault)["intact"] == json!(true))
    };
    // As it comes back from the store.
    let stored: AuditEntry = serde_json::from_str(&json!(entry).to_string()).unwrap();
    assert!(is_intact(&mut scene, &stored));
    entry.by = "somebody else".to_owned();
    assert!(!is_intact(&mut scene, &entry));
}

#[test]
fn what_changes_nothing_leaves_no_entry() {
    let mut scene = Scene::new();
    let twice = update(Kind::Client, "nobody", json!({}));
    assert_eq!(entries(&mut scene, &twice), []);
}
