//! The server under test on a SQLite file, with a client and a resource server whose secrets are
//! machine-made, as an administrator gets them.

use serde_json::json;
use vidimus_e2e::{
    http::Request,
    server::Server,
    setup::{Setup, Store},
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
        let client = create(
            &server,
            &admin,
            "clients",
            &json!({"client_id": "bench", "grant_types": ["client_credentials"], "scope": "read"}),
        );
        let resource_server = create(
            &server,
            &admin,
            "resource-servers",
            &json!({"id": "bench-api", "audiences": [AUDIENCE]}),
        );
        let client = ("bench".to_owned(), client);
        Self { server, client, resource_server: ("bench-api".to_owned(), resource_server) }
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

fn admin_token(server: &Server) -> String {
    let path = server.directory().join("vidimus-admin.toml");
    let text = std::fs::read_to_string(path).expect("the administrator's credentials");
    let member = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).expect("the member");
        line.split('"').nth(1).expect("quoted").to_owned()
    };
    let request = Request::post("/oauth2/token")
        .basic(&member("client_id"), &member("client_secret"))
        .form(&[("grant_type", "client_credentials"), ("scope", "vidimus.admin")]);
    server.exchange(&request).member("access_token")
}

/// The secret that was made.
fn create(server: &Server, admin: &str, kind: &str, declaration: &serde_json::Value) -> String {
    let path = format!("/admin/v1/tenants/default/{kind}");
    let answer = server.exchange(&Request::post(&path).bearer(admin).json(declaration));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.member(if kind == "clients" { "client_secret" } else { "secret" })
}
