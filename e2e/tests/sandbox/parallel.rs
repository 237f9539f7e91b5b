//! A tenant for each test: many at once, none disturbs another.

use std::thread;

use serde_json::json;
use vidimus_e2e::http::Request;

use crate::stage::{Tenant, as_user, own, sandbox, shared};

const AT_ONCE: usize = 20;

#[test]
fn twenty_tests_at_once_do_not_see_each_other() {
    let one = |number: usize| {
        let tenant = Tenant::like("demo");
        let token = tenant.token();
        assert_eq!(tenant.introspect(&token).json()["active"], true);
        // Each refuses its own, and nobody else's.
        tenant.fault("introspect", if number.is_multiple_of(2) { "429" } else { "503" }, 1);
        let refused = tenant.introspect(&token).status;
        assert_eq!(refused, if number.is_multiple_of(2) { 429 } else { 503 });
        assert_eq!(tenant.introspect(&token).json()["active"], true);
        let seen = tenant.requests();
        assert_eq!(seen.len(), 4, "{seen:?}");
        let order = json!({"tenant": tenant.id});
        assert_eq!(sandbox(tenant.server, "POST", "reset", Some(order)).status, 200);
        assert_eq!(tenant.introspect(&token).json()["active"], false, "it is as it was made");
        assert_eq!(tenant.introspect(&tenant.token()).json()["active"], true);
        tenant.id.clone()
    };
    let tests: Vec<_> = (0..AT_ONCE).map(|number| thread::spawn(move || one(number))).collect();
    let mut ids: Vec<String> =
        tests.into_iter().map(|test| test.join().expect("it passed")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), AT_ONCE);
    for id in ids {
        let path = format!("/t/{id}/.well-known/openid-configuration");
        assert_eq!(shared().exchange(&Request::get(&path)).status, 404, "{id} was deleted");
    }
}

#[test]
fn every_seeded_tenant_can_be_copied_with_all_its_credentials() {
    let wso2 = Tenant::like("foo.com");
    let client = &wso2.told["clients"][0];
    let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let (id, secret) = (text(&client["client_id"]), text(&client["client_secret"]));
    let form = [("grant_type", "client_credentials"), ("scope", "test1")];
    let issued = Request::post(&wso2.path("/oauth2/token")).basic(&id, &secret).form(&form);
    let token = wso2.server.exchange(&issued).member("access_token");
    let user = &wso2.told["users"][0];
    let (name, password) = (text(&user["username"]), text(&user["password"]));
    let request = as_user(Request::post(&wso2.path("/oauth2/introspect")), &name, &password);
    let request = request.form(&[("token", &token)]);
    assert_eq!(wso2.server.exchange(&request).json()["active"], true);

    let salesforce = Tenant::like("salesforce");
    let token = text(&salesforce.told["registration_tokens"][0]["token"]);
    let request = Request::post(&salesforce.path("/services/oauth2/register"))
        .bearer(&token)
        .json(&json!({"redirect_uris": ["https://app.example/cb"], "client_name": "App"}));
    let made = salesforce.server.exchange(&request);
    assert!(matches!(made.status, 200 | 201), "{} {}", made.status, made.text());
    let default = shared().exchange(&Request::post("/services/oauth2/token").form(&[
        ("grant_type", "password"),
        ("client_id", "demo-connected-app"),
        ("client_secret", "demo-consumer-secret"),
        ("username", "test@test.com"),
        ("password", "test"),
    ]));
    assert_eq!(default.status, 200, "the original is still found at the root: {}", default.text());
}

#[test]
fn ids_can_be_chosen_and_are_there_once() {
    let server = own();
    let order = || Some(json!({"like": "default", "id": "ci-7"}));
    let made = sandbox(&server, "POST", "tenants", order());
    assert_eq!(made.status, 201);
    assert_eq!(made.member("issuer"), format!("{}/t/ci-7", server.base_url()));
    assert_eq!(sandbox(&server, "POST", "tenants", order()).status, 400);
    let list = sandbox(&server, "GET", "tenants", None).json();
    assert_eq!(list["tenants"], json!([{"id": "ci-7", "like": "default"}]));
    for (order, status) in [
        (json!({"like": "nobody"}), 404),
        (json!({"like": "default", "id": "a/b"}), 400),
        (json!({"id": "x"}), 400),
    ] {
        assert_eq!(sandbox(&server, "POST", "tenants", Some(order)).status, status);
    }
    assert_eq!(sandbox(&server, "DELETE", "tenants/ci-7", None).status, 200);
    assert_eq!(sandbox(&server, "DELETE", "tenants/ci-7", None).status, 404);
    assert_eq!(sandbox(&server, "DELETE", "tenants/default", None).status, 404, "a seed stays");
    let order = Some(json!({"tenant": "nobody"}));
    assert_eq!(sandbox(&server, "POST", "reset", order).status, 404);
}

#[test]
fn a_seeded_tenant_is_reset_alone() {
    let server = own();
    let introspect = |path: &str, token: &str, caller: (&str, &str)| {
        let request = as_user(Request::post(path), caller.0, caller.1).form(&[("token", token)]);
        server.exchange(&request).json()["active"].clone()
    };
    let form = [("grant_type", "client_credentials"), ("resource", "https://orders.example")];
    let of_default = Request::post("/oauth2/token").basic("demo-app", "demo-secret").form(&form);
    let of_default = server.exchange(&of_default).member("access_token");
    let client = ("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga");
    let form = [("grant_type", "client_credentials")];
    let of_foo = Request::post("/oauth2/token").basic(client.0, client.1).form(&form);
    let of_foo = server.exchange(&of_foo).member("access_token");
    let order = Some(json!({"tenant": "foo.com"}));
    assert_eq!(sandbox(&server, "POST", "reset", order).status, 200);
    let (foo, admin) = ("/t/foo.com/oauth2/introspect", ("admin@foo.com", "admin"));
    assert_eq!(introspect(foo, &of_foo, admin), false);
    let api = ("demo-api", "demo-api-secret");
    assert_eq!(introspect("/oauth2/introspect", &of_default, api), true);
}
