//! SEC-211, 212, 213 of the admin API: what lists are asked, where they go on, and members that nobody
//! may send.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::http::{Response, form_encode};

use crate::world::{Tenant, World, on_each_store};

/// A page of a list, and how long it took.
fn page(world: &World, tenant: &Tenant, list: &str) -> (Response, Duration) {
    let began = Instant::now();
    let answer = world.admin("GET", &tenant.admin(&format!("/{list}")), None);
    (answer, began.elapsed())
}

fn ids(page: &Value, key: &str) -> Vec<String> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item[key].as_str().expect("an id").to_owned()).collect()
}

fn with_clients(world: &World, count: usize) -> Tenant {
    let tenant = world.tenant("lists", json!({}));
    let clients: Vec<Value> = (0..count)
        .map(|n| json!({"client_id": format!("c{n:04}"), "scope": if n % 2 == 0 { "even" } else { "odd" }}))
        .collect();
    let declared = json!({"id": tenant.id, "client": clients});
    world.change("POST", "/apply", &json!({"world": {"tenant": [declared]}}));
    tenant
}

#[test]
fn sec_211_pages_follow_one_another_and_take_no_others_cursor() {
    on_each_store(|world| {
        let (tenant, other) = (with_clients(world, 50), with_clients(world, 50));
        let (mut seen, mut after, mut cursors) = (Vec::new(), String::new(), Vec::new());
        loop {
            let (answer, _) = page(world, &tenant, &format!("clients?scope=odd&limit=7{after}"));
            let page = answer.json();
            seen.extend(ids(&page, "client_id"));
            let Some(next) = page["next"].as_str() else { break };
            cursors.push(next.to_owned());
            after = format!("&after={next}");
        }
        let expected: Vec<String> = (0..25).map(|n| format!("c{:04}", 2 * n + 1)).collect();
        assert_eq!(seen, expected);
        let cursor = &cursors[1];
        let of = |tenant: &Tenant, list: &str| page(world, tenant, list).0.status;
        assert_eq!(of(&tenant, &format!("clients?scope=odd&after={cursor}")), 200);
        for list in
            ["clients?scope=even", "clients?q=c", "users?q=c", "tokens?limit=5", "audit?limit=5"]
        {
            assert_eq!(of(&tenant, &format!("{list}&after={cursor}")), 400, "{list}");
        }
        assert_eq!(of(&other, &format!("clients?scope=odd&after={cursor}")), 400);
        for at in (0..cursor.len()).step_by(5) {
            let mut forged = cursor.clone().into_bytes();
            forged[at] = if forged[at] == b'x' { b'y' } else { b'x' };
            let forged = String::from_utf8(forged).expect("ASCII");
            assert_eq!(of(&tenant, &format!("clients?scope=odd&after={forged}")), 400, "{at}");
        }
        for made_up in ["c0003", "' OR 1=1 --", "%", "\0", "0", &"A".repeat(6000)] {
            let list = format!("clients?scope=odd&after={}", form_encode(made_up));
            assert_eq!(of(&tenant, &list), 400, "{made_up:.20}");
        }
    });
}

#[test]
fn sec_211_sec_212_nothing_that_is_asked_is_more_than_text() {
    on_each_store(|world| {
        let tenant = with_clients(world, 200);
        let long = "a".repeat(7000);
        let texts = [
            "' OR 1=1 --",
            "c0001'; DROP TABLE object; --",
            "%",
            "_",
            "c%",
            ".*",
            "(a+)+$",
            "\\",
            "c\u{0}",
        ];
        for text in texts {
            for parameter in ["q", "scope", "grant", "redirect_host"] {
                let list = format!("clients?{parameter}={}", form_encode(text));
                let (answer, took) = page(world, &tenant, &list);
                if answer.status == 200 {
                    assert_eq!(ids(&answer.json(), "client_id"), [""; 0], "{list}");
                } else {
                    assert_eq!(answer.status, 400, "{list} {}", answer.text());
                }
                assert!(took < Duration::from_millis(250), "{list}: {took:?}");
            }
            for list in
                ["tokens?client_id=", "tokens?family=", "sessions?username=", "requests?caller="]
            {
                let (answer, _) = page(world, &tenant, &format!("{list}{}", form_encode(text)));
                assert!(answer.status < 500, "{list}{text:?} {}", answer.text());
            }
        }
        for (query, status) in [
            ("limit=0", 400),
            ("limit=-1", 400),
            ("limit=1001", 400),
            ("limit=2147483648", 400),
            ("limit=1000000000", 400),
            ("limit=1e3", 400),
            ("limit=1000", 200),
            ("sort=client_id", 400),
            ("order=desc", 400),
            ("filter=client_id%20eq%20x", 400),
            (&*format!("q={long}"), 400),
            (&*format!("scope={long}"), 400),
        ] {
            let (answer, took) = page(world, &tenant, &format!("clients?{query}"));
            assert_eq!(answer.status, status, "{query:.30} {}", answer.text());
            assert!(took < Duration::from_millis(250), "{query:.30}: {took:?}");
        }
    });
}

/// What is made by the server cannot be sent to it.
#[test]
fn sec_213_members_that_nobody_declares_are_refused() {
    on_each_store(|world| {
        let tenant = world.tenant("members", json!({}));
        world.user(&tenant, "alice");
        let path = tenant.admin_user("alice");
        let before = world.admin("GET", &path, None).json();
        for (member, value) in [
            ("is_admin", json!(true)),
            ("tenant_id", json!("default")),
            ("tenant", json!("default")),
            ("sub", json!("0")),
            ("key", json!(1)),
            ("kind", json!("client")),
            ("version", json!(9)),
            ("created_at", json!(0)),
            ("tokens_revoked_before", json!(0)),
            ("has_password", json!(true)),
            ("__proto__", json!({"roles": ["admin"]})),
        ] {
            let answer = world.admin("PATCH", &path, Some(&json!({member: value})));
            assert_eq!(answer.status, 400, "{member} {}", answer.text());
            assert_eq!(answer.json()["pointer"], format!("/{member}"));
            let mut declaration = json!({"username": "bob"});
            declaration[member] = value;
            let answer = world.admin("POST", &tenant.admin("/users"), Some(&declaration));
            assert_eq!(answer.status, 400, "{member} {}", answer.text());
        }
        let renamed = world.admin("PATCH", &path, Some(&json!({"username": "root"})));
        assert_eq!(renamed.status, 400);
        assert_eq!(world.admin("GET", &path, None).json(), before);
    });
}
