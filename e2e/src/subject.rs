//! A server with a client that gets tokens and a resource server that sees all of them. Secrets are
//! machine-made, as an administrator gets them, so that no password hash is paid for.

use std::fs;

use serde_json::{Value, json};

use crate::http::{Request, Response};
use crate::server::Server;
use crate::setup::Setup;

pub const CLIENT: &str = "svc";
pub const RESOURCE_SERVER: &str = "watch";

pub struct Subject {
    pub server: Server,
    pub client_secret: String,
    pub resource_server_secret: String,
}

impl Subject {
    pub fn start(setup: &Setup) -> Self {
        Self::on(Server::start(setup))
    }

    /// On a server that runs already and has neither of the two.
    pub fn on(server: Server) -> Self {
        let admin = admin_token(&server);
        let client = json!({
            "client_id": CLIENT, "grant_types": ["client_credentials"], "scope": "read write",
        });
        let watch = json!({"id": RESOURCE_SERVER, "introspect": "tenant"});
        let client_secret = create(&server, &admin, "clients", &client).member("client_secret");
        let resource_server_secret =
            create(&server, &admin, "resource-servers", &watch).member("secret");
        Self { server, client_secret, resource_server_secret }
    }

    pub fn issue(&self) -> Request {
        let form = [("grant_type", "client_credentials"), ("scope", "read")];
        Request::post("/oauth2/token").basic(CLIENT, &self.client_secret).form(&form)
    }

    pub fn introspect(&self, token: &str) -> Request {
        Request::post("/oauth2/introspect")
            .basic(RESOURCE_SERVER, &self.resource_server_secret)
            .form(&[("token", token)])
    }

    pub fn revoke(&self, token: &str) -> Request {
        Request::post("/oauth2/revoke").basic(CLIENT, &self.client_secret).form(&[("token", token)])
    }

    /// Access and refresh token in one family.
    pub fn mint_family(&self, admin: &str) -> Request {
        let order = json!({"client_id": CLIENT, "refresh": true});
        Request::post("/admin/v1/tenants/default/tokens").bearer(admin).json(&order)
    }

    /// # Panics
    /// If the server does not give one.
    pub fn token(&self) -> String {
        self.server.exchange(&self.issue()).member("access_token")
    }

    /// What introspection says of a token.
    pub fn is_active(&self, token: &str) -> bool {
        let answer = self.server.exchange(&self.introspect(token));
        assert_eq!(answer.status, 200, "{}", answer.text());
        active(&answer).expect("a verdict")
    }
}

/// The verdict of an introspection; `None` where the answer holds none.
pub fn active(answer: &Response) -> Option<bool> {
    if answer.status != 200 {
        return None;
    }
    serde_json::from_slice::<Value>(&answer.body).ok()?.get("active")?.as_bool()
}

/// For [`crate::traffic::Traffic`]: nothing but an active token will do.
pub fn must_be_active(answer: &Response) -> Result<(), String> {
    if active(answer) == Some(true) {
        return Ok(());
    }
    Err(format!("{} {}", answer.status, String::from_utf8_lossy(&answer.body)))
}

/// An access token of the administrator that the first start made.
pub fn admin_token(server: &Server) -> String {
    let path = server.directory().join("vidimus-admin.toml");
    let text = fs::read_to_string(&path)
        .unwrap_or_else(|fault| panic!("the administrator's credentials {path:?}: {fault}"));
    let member = |name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).expect("the member");
        line.split('"').nth(1).expect("quoted").to_owned()
    };
    let request = Request::post("/oauth2/token")
        .basic(&member("client_id"), &member("client_secret"))
        .form(&[("grant_type", "client_credentials"), ("scope", "vidimus.admin")]);
    server.exchange(&request).member("access_token")
}

/// The reply to the creation of an object of the default tenant: holds a secret once.
pub fn create(server: &Server, admin: &str, kind: &str, declaration: &Value) -> Response {
    let path = format!("/admin/v1/tenants/default/{kind}");
    let answer = server.exchange(&Request::post(&path).bearer(admin).json(declaration));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}
