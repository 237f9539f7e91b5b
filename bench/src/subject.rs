//! The server under test on a SQLite file, with a client and a resource server whose secrets are
//! machine-made, as an administrator gets them.

use serde_json::json;
use vidimus_e2e::{
    http::Request,
    server::Server,
    setup::{Setup, Store},
    subject::{admin_token, create},
};

pub const AUDIENCE: &str = "https://bench.example";

pub struct Subject {
    pub server: Server,
    pub client: (String, String),
    pub resource_server: (String, String),
}

impl Subject {
    pub fn start() -> Self {
        let server = Server::start(&Setup::new(Store::Sqlite));
        let admin = admin_token(&server);
        let client = json!({
            "client_id": "bench", "grant_types": ["client_credentials"], "scope": "read",
        });
        let api = json!({"id": "bench-api", "audiences": [AUDIENCE]});
        let client_secret = create(&server, &admin, "clients", &client).member("client_secret");
        let secret = create(&server, &admin, "resource-servers", &api).member("secret");
        let client = ("bench".to_owned(), client_secret);
        Self { server, client, resource_server: ("bench-api".to_owned(), secret) }
    }

    pub fn issue(&self) -> Request {
        let (id, secret) = &self.client;
        let form = [("grant_type", "client_credentials"), ("resource", AUDIENCE)];
        Request::post("/oauth2/token").basic(id, secret).form(&form)
    }

    pub fn introspect(&self, token: &str) -> Request {
        let (id, secret) = &self.resource_server;
        Request::post("/oauth2/introspect").basic(id, secret).form(&[("token", token)])
    }
}
