//! One sandbox that all tests share, each in a tenant of its own; or one of its own for who moves the
//! clock or resets.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

pub const APP: (&str, &str) = ("demo-app", "demo-secret");
pub const API: (&str, &str) = ("demo-api", "demo-api-secret");

const PATIENCE: Duration = Duration::from_secs(30);

pub fn own() -> Server {
    Server::dev(&Setup::new(Store::Sqlite))
}

pub fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(own)
}

pub fn sandbox(server: &Server, method: &str, path: &str, order: Option<Value>) -> Response {
    let request = Request::new(method, &format!("/__sandbox/{path}"));
    server.exchange(&match order {
        Some(order) => request.json(&order),
        None => request,
    })
}

/// Basic as those send it who do not encode its halves: users, mostly.
pub fn as_user(request: Request, name: &str, password: &str) -> Request {
    let credentials = STANDARD.encode(format!("{name}:{password}"));
    request.header("Authorization", &format!("Basic {credentials}"))
}

/// A copy of a seeded tenant, for one test alone.
pub struct Tenant {
    pub server: &'static Server,
    pub id: String,
    pub told: Value,
}

impl Tenant {
    pub fn like(seed: &str) -> Self {
        let server = shared();
        let made = sandbox(server, "POST", "tenants", Some(json!({"like": seed})));
        assert_eq!(made.status, 201, "{}", made.text());
        Self { server, id: made.member("id"), told: made.json() }
    }

    /// Below the tenant's own prefix.
    pub fn path(&self, rest: &str) -> String {
        format!("/t/{}{rest}", self.id)
    }

    pub fn token(&self) -> String {
        let answer = self.server.exchange(&self.asks_for_token());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.member("access_token")
    }

    pub fn asks_for_token(&self) -> Request {
        let form = [("grant_type", "client_credentials"), ("resource", "https://orders.example")];
        Request::post(&self.path("/oauth2/token")).basic(APP.0, APP.1).form(&form)
    }

    pub fn introspects(&self, token: &str) -> Request {
        let request = Request::post(&self.path("/oauth2/introspect"));
        request.basic(API.0, API.1).form(&[("token", token)])
    }

    pub fn introspect(&self, token: &str) -> Response {
        self.server.exchange(&self.introspects(token))
    }

    pub fn fault(&self, endpoint: &str, kind: &str, times: u32) {
        let order = json!({"endpoint": endpoint, "kind": kind, "for": times, "tenant": self.id});
        let made = sandbox(self.server, "POST", "faults", Some(order));
        assert_eq!(made.status, 201, "{}", made.text());
    }

    /// Of its own requests, oldest first.
    pub fn requests(&self) -> Vec<Value> {
        let path = format!("requests?tenant={}", self.id);
        let list = sandbox(self.server, "GET", &path, None).json();
        list["requests"].as_array().expect("a list").clone()
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        sandbox(self.server, "DELETE", &format!("tenants/{}", self.id), None);
    }
}

pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(10));
    }
}
