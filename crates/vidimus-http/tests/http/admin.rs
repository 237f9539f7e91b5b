//! The admin API's manners: problems, entity tags, idempotency keys, cursors, filters.

use serde_json::{Value, json};

use crate::server::{
    Server,
    raw::{self, Reply},
};

const CLIENTS: &str = "/admin/v1/tenants/foo.com/clients";

async fn ask(
    server: &Server,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Reply {
    let bearer = format!("Bearer {}", server.token(&server.admin).await);
    let mut all = vec![("Authorization", bearer.as_str())];
    if !body.is_empty() {
        all.push(("Content-Type", "application/json"));
    }
    all.extend(headers);
    raw::send(server.address, method, path, &all, body).await
}

async fn create(server: &Server, key: &str, body: &str) -> Reply {
    ask(server, "POST", CLIENTS, &[("Idempotency-Key", key)], body).await
}

#[tokio::test]
async fn failures_are_problems() {
    let server = Server::start().await;
    let nowhere = ask(&server, "GET", "/admin/v1/nothing", &[], "").await;
    let wrong = ask(&server, "POST", CLIENTS, &[], r#"{"client_id":"x","scop":"y"}"#).await;
    let method = ask(&server, "PUT", "/admin/v1/tenants/foo.com", &[], "").await;
    let nobody = server.get("/admin/v1/tenants").await;
    for (reply, status, code) in [
        (&nowhere, 404, "not_found"),
        (&wrong, 400, "invalid_request"),
        (&method, 405, "invalid_request"),
        (&nobody, 401, "invalid_token"),
    ] {
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("content-type"), Some("application/problem+json"));
        let problem = reply.json();
        assert_eq!((&problem["error"], &problem["status"]), (&json!(code), &json!(status)));
        let page = problem["type"].as_str().unwrap();
        assert!(page.ends_with(&format!("/docs/errors/{code}")), "{page}");
        assert_eq!(problem["detail"], problem["error_description"]);
        assert_eq!(problem["instance"].as_str(), reply.header("x-request-id"));
    }
    assert_eq!(wrong.json()["pointer"], "/scop");
    assert_eq!(method.header("allow"), Some("GET, HEAD, PATCH, DELETE"));
    // Nobody else's failures are.
    let page = server.get("/oauth2/nothing").await;
    assert_eq!(page.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_change_holds_for_the_version_it_names() {
    let server = Server::start().await;
    let made = ask(&server, "POST", CLIENTS, &[], r#"{"client_id":"c","scope":"a"}"#).await;
    let path = format!("{CLIENTS}/c");
    let first = made.header("etag").unwrap().to_owned();
    let shown = ask(&server, "GET", &path, &[], "").await;
    assert_eq!(shown.header("etag"), Some(first.as_str()));
    let known = ask(&server, "GET", &path, &[("If-None-Match", &format!("W/{first}"))], "").await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    assert_eq!(known.header("etag"), Some(first.as_str()));

    let patch = |tag: String| {
        let (server, path) = (&server, &path);
        async move { ask(server, "PATCH", path, &[("If-Match", &tag)], r#"{"scope":"b"}"#).await }
    };
    let changed = patch(first.clone()).await;
    let second = changed.header("etag").unwrap().to_owned();
    assert_eq!((changed.status, first == second), (200, false));
    let stale = patch(first.clone()).await;
    assert_eq!((stale.status, stale.error().as_str()), (412, "precondition_failed"));
    // What would be refused anyway is refused for that.
    let wrong = ask(&server, "PATCH", &path, &[("If-Match", &first)], r#"{"scop":"b"}"#).await;
    assert_eq!((wrong.status, &wrong.json()["pointer"]), (400, &json!("/scop")));
    // A change holds of a strong tag alone.
    assert_eq!(patch(format!("W/{second}")).await.status, 412);
    assert_eq!(patch("nonsense".to_owned()).await.status, 400);
    assert_eq!(patch("*".to_owned()).await.status, 200);
    let stale = ask(&server, "DELETE", &path, &[("If-Match", &second)], "").await;
    assert_eq!(stale.status, 412);
    let now = ask(&server, "GET", &path, &[("If-None-Match", &second)], "").await;
    let now = (now.status, now.header("etag").unwrap().to_owned());
    assert_eq!(now.0, 200);
    let gone = ask(&server, "DELETE", &path, &[("If-Match", &now.1)], "").await;
    assert_eq!(gone.status, 200);
    assert_eq!(patch("*".to_owned()).await.status, 404);
}

#[tokio::test]
async fn of_twenty_changes_of_one_version_one_holds() {
    let server = Server::start().await;
    let made = ask(&server, "POST", CLIENTS, &[], r#"{"client_id":"c"}"#).await;
    let tag = made.header("etag").unwrap().to_owned();
    let path = format!("{CLIENTS}/c");
    let bearer = format!("Bearer {}", server.token(&server.admin).await);
    let mut tries = Vec::new();
    for n in 0..20 {
        let (address, path, tag, bearer) =
            (server.address, path.clone(), tag.clone(), bearer.clone());
        tries.push(tokio::spawn(async move {
            let headers = [
                ("Authorization", bearer.as_str()),
                ("Content-Type", "application/json"),
                ("If-Match", &tag),
            ];
            let body = format!(r#"{{"client_name":"{n}"}}"#);
            raw::send(address, "PATCH", &path, &headers, &body).await.status
        }));
    }
    let mut statuses = Vec::new();
    for attempt in tries {
        statuses.push(attempt.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200], vec![412; 19]].concat());
}

#[tokio::test]
async fn a_repeat_is_told_what_was_made() {
    let server = Server::start().await;
    for (path, body, id, secret) in [
        (CLIENTS, r#"{"client_name":"c","scope":"a"}"#, "client_id", "client_secret"),
        (CLIENTS, r#"{"client_id":"chosen"}"#, "client_id", "client_secret"),
        (
            CLIENTS,
            r#"{"client_id":"j","token_endpoint_auth_method":"client_secret_jwt"}"#,
            "client_id",
            "client_secret",
        ),
        ("/admin/v1/tenants/foo.com/resource-servers", r#"{"id":"rs"}"#, "id", "secret"),
        ("/admin/v1/tenants/foo.com/registration-tokens", "{}", "id", "token"),
    ] {
        let key = format!("k of {body}");
        let headers = [("Idempotency-Key", key.as_str())];
        let first = ask(&server, "POST", path, &headers, body).await;
        assert_eq!((first.status, first.header("idempotency-replayed")), (201, None), "{first:?}");
        assert!(first.json()[secret].is_string() && first.json()[id].is_string());
        let again = ask(&server, "POST", path, &headers, &format!(" {body}")).await;
        assert_eq!(again.header("idempotency-replayed"), Some("true"), "{again:?}");
        assert_eq!((again.status, again.json()), (201, first.json()));
        assert_eq!(again.header("etag"), first.header("etag"));
    }
}

#[tokio::test]
async fn a_key_is_for_one_body_and_for_one_administrator() {
    let server = Server::start().await;
    let made = create(&server, "k", r#"{"client_id":"a","scope":"x"}"#).await;
    assert_eq!(made.status, 201);
    let same = create(&server, "k", r#"{"scope":"x","client_id":"a"}"#).await;
    assert_eq!((same.status, same.json()), (201, made.json()));
    for other in [r#"{"client_id":"a","scope":"y"}"#, r#"{"client_id":"b","scope":"x"}"#, "{}"] {
        let reply = create(&server, "k", other).await;
        assert_eq!((reply.status, reply.error().as_str()), (422, "idempotency_key_reused"));
    }
    // In another tenant, of another kind, or under another key it is another request.
    let there = "/admin/v1/tenants/default/clients";
    let body = r#"{"client_id":"b","scope":"x"}"#;
    assert_eq!(ask(&server, "POST", there, &[("Idempotency-Key", "k")], body).await.status, 201);
    let servers = "/admin/v1/tenants/foo.com/resource-servers";
    let reply = ask(&server, "POST", servers, &[("Idempotency-Key", "k")], r#"{"id":"rs"}"#).await;
    assert_eq!(reply.status, 201);
    let other = create(&server, "l", r#"{"client_id":"a","scope":"x"}"#).await;
    assert_eq!((other.status, other.error().as_str()), (409, "already_exists"));
    // What was refused is not remembered.
    assert_eq!(create(&server, "m", r#"{"scop":"x"}"#).await.status, 400);
    assert_eq!(create(&server, "m", r#"{"scope":"x"}"#).await.status, 201);
    // A secret that was renewed since is not told; nor what is gone.
    let one = format!("{CLIENTS}/a");
    assert_eq!(ask(&server, "PATCH", &one, &[], r#"{"renew_secret":true}"#).await.status, 200);
    let replayed = create(&server, "k", r#"{"client_id":"a","scope":"x"}"#).await;
    assert_eq!((replayed.status, replayed.json().get("client_secret")), (201, None));
    ask(&server, "DELETE", &one, &[], "").await;
    let gone = create(&server, "k", r#"{"client_id":"a","scope":"x"}"#).await;
    assert_eq!((gone.status, gone.error().as_str()), (409, "conflict"));
    for bad in ["", &"x".repeat(256)] {
        assert_eq!(create(&server, bad, "{}").await.status, 400);
    }
}

#[tokio::test]
async fn a_tenant_is_created_once_as_well() {
    let server = Server::start().await;
    let create = |body: &'static str| {
        let server = &server;
        async move {
            let key = [("Idempotency-Key", "k")];
            ask(server, "POST", "/admin/v1/tenants", &key, body).await
        }
    };
    let first = create(r#"{"id":"once"}"#).await;
    let again = create(r#"{"id":"once"}"#).await;
    assert_eq!((first.status, again.status, again.json()), (201, 201, first.json()));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(create(r#"{"id":"once","disabled":true}"#).await.status, 422);
}

#[tokio::test]
async fn of_twenty_repeats_at_once_one_creates() {
    let server = Server::start().await;
    let bearer = format!("Bearer {}", server.token(&server.admin).await);
    let mut tries = Vec::new();
    for _ in 0..20 {
        let (address, bearer) = (server.address, bearer.clone());
        tries.push(tokio::spawn(async move {
            let headers = [
                ("Authorization", bearer.as_str()),
                ("Content-Type", "application/json"),
                ("Idempotency-Key", "together"),
            ];
            raw::send(address, "POST", CLIENTS, &headers, r#"{"scope":"a"}"#).await
        }));
    }
    let mut replies = Vec::new();
    for attempt in tries {
        replies.push(attempt.await.unwrap());
    }
    let first = replies[0].json();
    assert!(first["client_secret"].is_string());
    for reply in &replies {
        assert_eq!((reply.status, reply.json()), (201, first.clone()));
    }
    let is_first = |reply: &&Reply| reply.header("idempotency-replayed").is_none();
    assert_eq!(replies.iter().filter(is_first).count(), 1);
    let list = ask(&server, "GET", CLIENTS, &[], "").await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

fn ids(page: &Value) -> Vec<&str> {
    let items = page["items"].as_array().unwrap().iter();
    items.map(|item| item["client_id"].as_str().unwrap()).collect()
}

async fn ten_clients(server: &Server) {
    for n in 0..10 {
        let client = json!({
            "client_id": format!("c{n}"),
            "client_name": format!("Number {n}"),
            "scope": if n % 2 == 0 { "even" } else { "odd" },
            "grant_types": ["client_credentials"],
            "redirect_uris": [format!("https://h{}.example/cb", n % 3)],
            "disabled": n == 7,
        });
        let made = ask(server, "POST", CLIENTS, &[], &client.to_string()).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
}

#[tokio::test]
async fn sec_211_lists_are_read_page_by_page_with_their_own_cursors() {
    let server = Server::start().await;
    ten_clients(&server).await;
    let list = |query: String| {
        let server = &server;
        async move { ask(server, "GET", &format!("{CLIENTS}?{query}"), &[], "").await }
    };
    let mut seen = Vec::new();
    let mut after = String::new();
    let mut cursors = Vec::new();
    loop {
        let page = list(format!("limit=3&scope=even{after}")).await.json();
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        cursors.push(next.to_owned());
        after = format!("&after={next}");
    }
    assert_eq!(seen, ["c0", "c2", "c4", "c6", "c8"]);
    let cursor = &cursors[0];
    assert!(!cursor.contains("c4"), "a cursor says nothing");
    for (path, status) in [
        (format!("{CLIENTS}?scope=even&after={cursor}"), 200),
        (format!("{CLIENTS}?scope=odd&after={cursor}"), 400),
        (format!("{CLIENTS}?after={cursor}"), 400),
        (format!("{CLIENTS}?scope=even&after={}x", &cursor[..cursor.len() - 1]), 400),
        (format!("/admin/v1/tenants/default/clients?scope=even&after={cursor}"), 400),
        (format!("/admin/v1/tenants/foo.com/users?after={cursor}"), 400),
        (format!("/admin/v1/tenants?after={cursor}"), 400),
        (format!("{CLIENTS}?after=c4"), 400),
        (format!("{CLIENTS}?limit=0"), 400),
        (format!("{CLIENTS}?limit=-1"), 400),
        (format!("{CLIENTS}?limit=2147483648"), 400),
        (format!("{CLIENTS}?sort=client_id"), 400),
        (format!("{CLIENTS}?q=%27%20OR%201%3D1"), 200),
        (format!("{CLIENTS}?q={}", "a".repeat(7000)), 400),
        (format!("{CLIENTS}/c1?limit=1"), 400),
    ] {
        let reply = ask(&server, "GET", &path, &[], "").await;
        assert_eq!(reply.status, status, "{path}: {}", reply.body);
    }
}

#[tokio::test]
async fn lists_are_narrowed() {
    let server = Server::start().await;
    ten_clients(&server).await;
    for (query, expected) in [
        ("q=c1", vec!["c1"]),
        ("q=NUMBER+9", vec!["c9"]),
        ("q=%25", vec![]),
        ("enabled=false", vec!["c7"]),
        ("scope=odd&redirect_host=h0.example", vec!["c3", "c9"]),
        ("grant=authorization_code", vec![]),
        ("grant=client_credentials&limit=2", vec!["c0", "c1"]),
        ("source=registered", vec![]),
        ("source=api&q=c2", vec!["c2"]),
        ("unused_for_days=1", vec![]),
        ("last_used_before=9999999999&q=c3", vec!["c3"]),
    ] {
        let reply = ask(&server, "GET", &format!("{CLIENTS}?{query}"), &[], "").await;
        assert_eq!(reply.status, 200, "{query}: {}", reply.body);
        assert_eq!(ids(&reply.json()), expected, "{query}");
    }
}
