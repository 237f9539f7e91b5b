//! Creates that are sent again and changes that meet: on each store, and on two nodes over one.

use std::thread;

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::world::{Tenant, World, on_each_store, on_two_nodes, unique};

const AT_ONCE: usize = 20;

fn send(world: &World, method: &str, path: &str, header: (&str, &str), body: &Value) -> Response {
    let request = Request::new(method, &format!("/admin/v1{path}"));
    let request = request.bearer(world.admin_bearer()).header(header.0, header.1);
    world.exchange(&request.json(body))
}

/// All at the same time, over the nodes in turn.
fn together(
    nodes: &[&World],
    method: &str,
    path: &str,
    header: (&str, &str),
    bodies: &[Value],
) -> Vec<Response> {
    thread::scope(|scope| {
        let sent: Vec<_> = bodies
            .iter()
            .enumerate()
            .map(|(n, body)| {
                let node = nodes[n % nodes.len()];
                scope.spawn(move || send(node, method, path, header, body))
            })
            .collect();
        sent.into_iter().map(|answer| answer.join().expect("an answer")).collect()
    })
}

fn one_is_created(nodes: &[&World]) {
    let world = nodes[0];
    let tenant = world.tenant("repeats", json!({}));
    for (noun, declaration, secret) in [
        ("clients", json!({"scope": "read"}), "client_secret"),
        ("clients", json!({"token_endpoint_auth_method": "client_secret_jwt"}), "client_secret"),
        ("resource-servers", json!({"id": "rs"}), "secret"),
        ("registration-tokens", json!({}), "token"),
    ] {
        let key = format!("key {}", unique());
        let path = tenant.admin(&format!("/{noun}"));
        let count = |world: &World| {
            let list = world.admin("GET", &path, None).json();
            list["items"].as_array().expect("items").len()
        };
        let before = count(world);
        let header = ("Idempotency-Key", key.as_str());
        let answers = together(nodes, "POST", &path, header, &vec![declaration.clone(); AT_ONCE]);
        let first = answers[0].json();
        assert!(first[secret].is_string(), "{first}");
        for answer in &answers {
            assert_eq!((answer.status, answer.json()), (201, first.clone()), "{}", answer.text());
            world.remember(first[secret].as_str().expect("a secret"));
        }
        let replayed = |answer: &&Response| answer.header("Idempotency-Replayed") == Some("true");
        assert_eq!(answers.iter().filter(replayed).count(), AT_ONCE - 1);
        assert_eq!(count(world), before + 1);
        let mut other = declaration;
        other["disabled"] = json!(true);
        assert_eq!(send(world, "POST", &path, header, &other).status, 422);
        assert_eq!(count(world), before + 1);
    }
}

fn one_changes(nodes: &[&World]) {
    let world = nodes[0];
    let tenant = world.tenant("changes", json!({}));
    world.client(&tenant, "c", json!({"scope": "read"}));
    let path = tenant.admin_client("c");
    let shown = world.admin("GET", &path, None);
    let tag = shown.header("ETag").expect("an entity tag").to_owned();
    let bodies: Vec<Value> =
        (0..AT_ONCE).map(|n| json!({"client_name": format!("name {n}")})).collect();
    let answers = together(nodes, "PATCH", &path, ("If-Match", &tag), &bodies);
    let held: Vec<&Response> = answers.iter().filter(|answer| answer.status == 200).collect();
    let [held] = held[..] else { panic!("{} changes of one version", held.len()) };
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 412)));
    let now = world.admin("GET", &path, None);
    assert_eq!(now.json(), held.json());
    assert_eq!(now.header("ETag"), held.header("ETag"));
    let delete = |tag: &str| send(world, "DELETE", &path, ("If-Match", tag), &json!({})).status;
    assert_eq!(delete(&tag), 412);
    assert_eq!(delete(now.header("ETag").expect("an entity tag")), 200);
}

#[test]
fn of_what_is_sent_again_there_is_one() {
    on_each_store(|world| one_is_created(&[world]));
}

#[test]
fn of_what_is_sent_again_to_two_nodes_there_is_one() {
    on_two_nodes(one_is_created);
}

#[test]
fn of_changes_that_name_one_version_one_holds() {
    on_each_store(|world| one_changes(&[world]));
    on_two_nodes(one_changes);
}

/// The secret that a repeat tells is the one that is good, and the first answer's.
#[test]
fn the_secret_of_a_repeat_works() {
    on_each_store(|world| {
        let tenant: Tenant = world.tenant("secrets", json!({}));
        let declaration = json!({"grant_types": ["client_credentials"], "scope": "read"});
        let path = tenant.admin("/clients");
        let key = ("Idempotency-Key", "the same key");
        let made = send(world, "POST", &path, key, &declaration).json();
        let again = send(world, "POST", &path, key, &declaration).json();
        let text = |value: &Value, name: &str| value[name].as_str().expect("text").to_owned();
        world.remember(&text(&made, "client_secret"));
        let client = crate::world::Party {
            id: text(&again, "client_id"),
            secret: text(&again, "client_secret"),
        };
        assert!(!world.token(&tenant, &client, &[]).is_empty());
        // In another tenant the same key and body lead elsewhere.
        let other = world.tenant("secrets", json!({}));
        let there = send(world, "POST", &other.admin("/clients"), key, &declaration).json();
        assert_ne!(text(&there, "client_secret"), client.secret);
        assert_ne!(text(&there, "client_id"), client.id);
    });
}
