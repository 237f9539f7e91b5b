//! Nothing secret in a log, however much is logged (SEC-265).
//!
//! Paths are logged, but for the flow that one may end in: nothing else takes a secret there. What a collector and the audit lines get:
//! telemetry.rs.

use serde_json::json;
use vidimus_e2e::http::{Request, form_encode};
use vidimus_e2e::setup::Setup;

use crate::search::Search;
use crate::stored::{in_parts, play};
use crate::world::{Named, STORES, World, shared_machine};

/// Every secret where it does not belong, and every way to be refused with it.
pub fn misplace(world: &World) {
    for secret in world.issued() {
        let encoded = form_encode(&secret);
        let requests = [
            Request::get(&format!("/oauth2/introspect?token={encoded}")),
            Request::get("/admin/v1/status").bearer(&secret),
            Request::post("/oauth2/token").basic(&secret, &secret).form(&[("grant_type", &secret)]),
            Request::post("/oauth2/token").form(&[("client_id", "x"), ("client_secret", &secret)]),
            Request::post("/oauth2/token")
                .form(&[("grant_type", "password"), ("password", &secret)]),
            Request::post("/oauth2/revoke").form(&[("client_assertion", &secret)]),
            Request::post("/oauth2/introspect").body(secret.clone()),
            Request::post("/admin/v1/tenants/default/tokens").json(&json!({"token": secret})),
            Request::get("/livez").header("Cookie", &format!("session={encoded}")),
            Request::get(&format!("/oauth2/authorize?code={encoded}&state={encoded}")),
            Request::get(&format!("/oauth2/logout?id_token_hint={encoded}")),
            Request::get(&format!("/oauth2/device?user_code={encoded}")),
            Request::post("/oauth2/par").form(&[("client_id", "x"), ("client_secret", &secret)]),
            Request::post("/account").form(&[("csrf", &secret), ("password", &secret)]),
            Request::get("/livez").header("Referer", &format!("https://x.example/?code={encoded}")),
        ];
        for request in requests {
            world.exchange(&request);
        }
    }
    // Refused bodies of the administrator: an error names the member, never the value.
    for secret in world.issued().into_iter().take(20) {
        let bodies = [json!({"client_secret": {"x": secret}}), json!({"client_secrte": secret})];
        for body in bodies {
            let answer = world.admin("POST", "/tenants/default/clients", Some(&body));
            assert!(!answer.text().contains(&secret), "{}", answer.text());
        }
        let cut = format!("{{\"client_secret\": \"{secret}");
        let request =
            Request::post("/admin/v1/tenants/default/clients").bearer(world.admin_bearer());
        let answer = world.exchange(&request.header("Content-Type", "application/json").body(cut));
        assert!(!answer.text().contains(&secret), "{}", answer.text());
    }
}

fn assert_logged_without_secrets(setup: &Setup) {
    let world = World::start(setup);
    world.remember(world.admin_bearer());
    play(&world);
    misplace(&world);
    let log = world.server.stderr();
    assert!(log.contains("DEBUG"), "the log is not at its most talkative");
    assert!(log.contains("vidimus-admin"), "the log says nothing of what was done");
    let issued = in_parts(&world.issued());
    let search = Search::new(&issued);
    let lines: Vec<&str> =
        log.lines().filter(|line| !search.hits(line.as_bytes()).is_empty()).collect();
    assert!(
        lines.is_empty(),
        "{} lines with secrets, the first: {:#?}",
        lines.len(),
        &lines[..lines.len().min(8)]
    );
    assert!(search.hits(log.as_bytes()).is_empty(), "across lines");
    // Nor in the metrics' labels, or what the server says of itself.
    for path in ["/metrics", "/readyz", "/livez"] {
        let answer = world.exchange(&Request::get(path));
        assert!(search.hits(&answer.body).is_empty(), "{path}");
    }
    for secret in &issued {
        assert!(!setup.environment.iter().any(|(_, value)| value.contains(secret)));
    }
}

#[test]
fn sec_265_no_secret_in_the_log_at_trace_level() {
    let _shared = shared_machine();
    for store in STORES {
        for format in ["text", "json"] {
            let _named = Named(format!("{store:?}, {format}"));
            let mut setup = Setup::new(store.clone()).setting("log.format", format);
            setup.environment.push(("RUST_LOG".to_owned(), "trace".to_owned()));
            assert_logged_without_secrets(&setup);
        }
    }
}

#[test]
fn sec_265_what_a_request_says_cannot_forge_a_line() {
    let _shared = shared_machine();
    for format in ["text", "json"] {
        let _named = Named(format.to_owned());
        let mut setup = Setup::new(STORES[0].clone()).setting("log.format", format);
        setup.environment.push(("RUST_LOG".to_owned(), "trace".to_owned()));
        let world = World::start(&setup);
        let forged = "x\r\n2030-01-01T00:00:00Z  INFO forged line\u{1b}[31m\u{85}\u{2028}red";
        let requests = [
            Request::post("/oauth2/token").basic(forged, forged).form(&[("grant_type", forged)]),
            Request::post("/oauth2/token").form(&[("client_id", forged), ("scope", forged)]),
            Request::get(&format!("/{}", form_encode(forged))),
            Request::get(&format!("/t/{}/oauth2/jwks", form_encode(forged))),
            Request::post("/oauth2/introspect").form(&[("token", forged)]),
        ];
        for request in requests {
            let answer = world.exchange(&request);
            assert!(answer.status >= 400, "{}", answer.status);
        }
        world.admin("POST", "/tenants", Some(&json!({"id": forged})));
        world.admin("GET", &format!("/tenants/default/clients/{}", form_encode(forged)), None);
        let declaration = json!({"username": "u\u{1b}[31m\nforged line"});
        world.admin("POST", "/tenants/default/users", Some(&declaration));
        let log = world.server.stderr();
        assert!(!log.contains('\u{1b}'), "an escape sequence is in the log");
        assert!(!log.lines().any(|line| line.starts_with("2030-")), "a line was forged");
        assert!(!log.contains('\r'), "a carriage return is in the log");
    }
}
