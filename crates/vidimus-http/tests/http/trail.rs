//! The audit trail, tokens, families and sessions over the admin API, and when clients were used.

use serde_json::{Value, json};
use vidimus_core::{
    engine::Store as _,
    facts::Space,
    outcome::{Change, Write},
    row_key::RowKey,
};

use crate::server::Server;

async fn items(server: &Server, path: &str) -> Vec<Value> {
    let reply = server.administer("GET", path, "").await;
    assert_eq!(reply.status, 200, "{path}: {}", reply.body);
    reply.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_change_is_in_the_trail_with_what_was_before() {
    let server = Server::start().await;
    let clients = "/admin/v1/tenants/foo.com/clients";
    let made = server.administer("POST", clients, r#"{"client_id":"web","scope":"a b"}"#).await;
    let secret = made.json()["client_secret"].as_str().unwrap().to_owned();
    let one = format!("{clients}/web");
    assert_eq!(server.administer("PATCH", &one, r#"{"scope":"a"}"#).await.status, 200);
    assert_eq!(server.administer("PATCH", &one, r#"{"scope":7}"#).await.status, 400);
    assert_eq!(server.administer("DELETE", &one, "").await.status, 200);

    let trail = items(&server, "/admin/v1/tenants/foo.com/audit").await;
    let actions: Vec<_> = trail.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..3], ["delete client web", "update client web", "create client web"]);
    let updated = &trail[1];
    assert_eq!(updated["by"], "admin");
    assert_eq!(updated["tenant"], "foo.com");
    assert_eq!(updated["address"], "127.0.0.1");
    assert_eq!(updated["intact"], true);
    assert!(updated["request_id"].is_string());
    let change = &updated["changes"][0];
    assert_eq!(
        (&change["before"], &change["after"]),
        (&json!({"scope": "a b"}), &json!({"scope": "a"}))
    );
    assert!(!json!(trail).to_string().contains(&secret));

    // Of this tenant alone; the trail of all has the others'.
    let whole = items(&server, "/admin/v1/audit?limit=1000").await;
    assert!(trail.iter().all(|entry| entry["tenant"] == "foo.com"));
    assert!(whole.iter().any(|entry| entry["tenant"] == "people"));
    assert!(whole.len() > trail.len());
}

#[tokio::test]
async fn the_trail_is_read_page_by_page_and_outlives_its_tenant() {
    let server = Server::start().await;
    server.administer("POST", "/admin/v1/tenants", r#"{"id":"brief"}"#).await;
    let users = "/admin/v1/tenants/brief/users";
    for n in 0..5 {
        let user = format!(r#"{{"username":"u{n}"}}"#);
        assert_eq!(server.administer("POST", users, &user).await.status, 201);
    }
    server.administer("DELETE", "/admin/v1/tenants/brief", "").await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/admin/v1/tenants/brief/audit?limit=3{after}");
        let page = server.administer("GET", &path, "").await.json();
        seen.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["next"].as_str() else { break };
        after = format!("&after={next}");
    }
    let actions: Vec<_> = seen.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions.len(), 7, "{actions:?}");
    assert_eq!(actions[0], "delete tenant brief");
    assert_eq!(actions[6], "create tenant brief");
}

#[tokio::test]
async fn tokens_are_found_by_client_and_cut_off_by_family_client_and_tenant() {
    let server = Server::start().await;
    let base = "/admin/v1/tenants/default";
    let mint = || async {
        let order = r#"{"client_id":"svc","scope":"a","refresh":true}"#;
        server.administer("POST", &format!("{base}/tokens"), order).await.json()
    };
    let (first, second) = (mint().await, mint().await);
    let found = items(&server, &format!("{base}/tokens?client_id=svc")).await;
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().all(|token| token["client_id"] == "svc" && token["active"] == true));
    assert!(!json!(found).to_string().contains(first["access_token"].as_str().unwrap()));

    let family = found[0]["family"].as_str().unwrap().to_owned();
    let of_family = items(&server, &format!("{base}/families/{family}")).await;
    assert_eq!(of_family.len(), 2);
    let order = json!({"family": family}).to_string();
    let revoke = || server.administer("POST", "/admin/v1/tenants/default/revocations", &order);
    assert_eq!(revoke().await.status, 200);
    assert_eq!(revoke().await.status, 404);
    let is_active = |token: &Value| {
        let body = json!({"token": token["access_token"]}).to_string();
        let server = &server;
        async move {
            let path = "/admin/v1/tenants/default/tokens/introspect";
            server.administer("POST", path, &body).await.json()["active"] == true
        }
    };
    assert!(!is_active(&second).await && is_active(&first).await);
    let after = items(&server, &format!("{base}/families/{family}")).await;
    assert!(after.iter().all(|token| token["reason"] == "family_revoked"), "{after:?}");

    let order = r#"{"client_id":"svc"}"#;
    let reply = server.administer("POST", &format!("{base}/revocations"), order).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert!(!is_active(&first).await);
    for bad in ["{}", r#"{"client_id":"svc","all":true}"#, r#"{"family":"no key"}"#] {
        let reply = server.administer("POST", &format!("{base}/revocations"), bad).await;
        assert_eq!(reply.status, 400, "{bad}");
    }
    let reply = server.administer("GET", &format!("{base}/tokens?client_id=nobody"), "").await;
    assert_eq!(reply.status, 404);
    let actions = items(&server, &format!("{base}/audit")).await;
    assert_eq!(actions[0]["action"], "update client svc");
    assert_eq!(actions[1]["action"], format!("revoke family {family}"));
}

#[tokio::test]
async fn a_session_is_listed_and_ended() {
    let server = Server::start().await;
    let browser = crate::sign_in::signed_in(&server).await;
    let base = "/admin/v1/tenants/people/sessions";
    let sessions = items(&server, &format!("{base}?username=alice")).await;
    assert_eq!(sessions.len(), 1, "{sessions:?}");
    assert_eq!(sessions[0]["username"], "alice");
    assert!(!json!(sessions).to_string().contains(&browser));
    let one = format!("{base}/{}", sessions[0]["sid"].as_str().unwrap());
    assert_eq!(server.administer("DELETE", &one, "").await.status, 200);
    assert_eq!(server.administer("DELETE", &one, "").await.status, 404);
    assert_eq!(items(&server, base).await, Vec::<Value>::new());
    let trail = items(&server, "/admin/v1/tenants/people/audit").await;
    assert_eq!(trail[0]["action"], "end a session of user alice");
}

#[tokio::test]
async fn a_client_says_when_it_was_used_last() {
    let server = Server::start().await;
    server.token(&server.client).await;
    server.app.write_used().await.unwrap();
    let clients = items(&server, "/admin/v1/tenants/default/clients").await;
    let of = |id: &str| {
        let found = clients.iter().find(|client| client["client_id"] == id).unwrap();
        found["last_used"].as_i64()
    };
    assert!(of("svc").is_some_and(|at| at > 1_700_000_000));
    assert_eq!(of("shown"), None);
}

#[tokio::test]
async fn sec_273_the_trail_is_checked_entry_by_entry() {
    let server = Server::start().await;
    let check = || async { server.administer("GET", "/admin/v1/audit/check", "").await.json() };
    let whole = check().await;
    assert_eq!((&whole["intact"], &whole["broken"]), (&json!(true), &json!([])));
    assert_eq!(whole["links"], whole["entries"]);
    assert!(whole["links"].as_u64().unwrap() > 5, "{whole}");
    // Somebody takes an entry out of the database.
    let store = &server.app.engine.store;
    let page = store.page(RowKey::ROOT, Space::Audit, "", 3).await.unwrap();
    let gone = &page[2];
    let change = Change::Delete { key: gone.key, version: gone.version };
    store.commit(vec![Write { tenant: RowKey::ROOT, change }]).await.unwrap();
    let broken = check().await;
    assert_eq!(broken["intact"], false);
    let told = broken["broken"][0].as_str().unwrap();
    assert!(told.contains("has lost its entry"), "{told}");
}

#[tokio::test]
async fn a_tokens_time_line_tells_who_asked_about_it() {
    let server = Server::start().await;
    let token = server.token(&server.client).await;
    let asked = server.post("/oauth2/introspect", &server.asker, &format!("token={token}")).await;
    assert_eq!(asked.json()["active"], true);
    server.post("/oauth2/introspect", &server.asker, "token=somethingelse").await;
    let order = json!({"token": token}).to_string();
    let path = "/admin/v1/tenants/default/tokens/explain";
    let explained = server.administer("POST", path, &order).await.json();
    let line = explained["time_line"].as_array().unwrap();
    let events: Vec<_> = line.iter().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["issued", "introspected", "expires"], "{line:?}");
    let told = line[1]["what"].as_str().unwrap();
    assert_eq!(told, "rs asked about it, and was told that it is active.");
}
