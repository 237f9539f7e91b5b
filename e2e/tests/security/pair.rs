//! The checklist's cast: tenants A and B in one process and one database, and who asks in them.

use serde_json::{Value, json};

use crate::keys::SigningKey;
use crate::world::{Minted, Party, Tenant, World};

pub const RS1: &str = "https://rs1.example";
pub const RS2: &str = "https://rs2.example";

pub struct Pair {
    pub a: Tenant,
    pub b: Tenant,
    /// Confidential, with code and refresh tokens; its secret was chosen.
    pub web: Party,
    /// Public.
    pub spa: Party,
    pub native: Party,
    pub svc: Party,
    /// Gets JWT access tokens.
    pub signed: Party,
    /// Of `pkj`, which authenticates with `private_key_jwt`.
    pub pkj_key: SigningKey,
    /// Valid and confidential, and the attacker's.
    pub evil: Party,
    /// May ask about the whole tenant.
    pub auditor: Party,
    pub rs1: Party,
    pub rs2: Party,
    pub rs_b: Party,
    pub web_b: Party,
}

impl Pair {
    pub fn of(world: &World) -> Self {
        let (a, b) = (world.tenant("a", json!({})), world.tenant("b", json!({})));
        let pkj_key = SigningKey::es256("pkj-1");
        let credentials = |more: Value| {
            let mut client = json!({"grant_types": ["client_credentials"], "scope": "read write"});
            for (key, value) in more.as_object().expect("an object") {
                client[key] = value.clone();
            }
            client
        };
        let keys = json!({"keys": [pkj_key.public_jwk()]});
        let by_key = json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keys});
        world.client(&a, "pkj", credentials(by_key));
        let code = json!(["authorization_code", "refresh_token"]);
        let made = Self {
            web: world.client(
                &a,
                "web",
                credentials(json!({
                    "client_secret": format!("chosen-secret-of-web-{}", a.id),
                    "grant_types": code,
                    "redirect_uris": ["https://app.example/cb"],
                })),
            ),
            spa: world.client(
                &a,
                "spa",
                credentials(json!({
                    "token_endpoint_auth_method": "none",
                    "grant_types": ["authorization_code", "client_credentials"],
                    "redirect_uris": ["https://spa.example/cb"],
                })),
            ),
            native: world.client(
                &a,
                "native",
                credentials(json!({
                    "token_endpoint_auth_method": "none",
                    "grant_types": code,
                    "redirect_uris": ["http://127.0.0.1/cb"],
                })),
            ),
            svc: world.client(&a, "svc", credentials(json!({}))),
            signed: world.client(&a, "signed", credentials(json!({"access_token_format": "jwt"}))),
            evil: world.client(&a, "evil", credentials(json!({}))),
            auditor: world.client(&a, "auditor", credentials(json!({"introspect": "tenant"}))),
            rs1: world.resource_server(&a, "rs1", json!({"audiences": [RS1]})),
            rs2: world.resource_server(&a, "rs2", json!({"audiences": [RS2]})),
            rs_b: world.resource_server(&b, "rsB", json!({"audiences": [RS1, RS2]})),
            web_b: world.client(&b, "webB", credentials(json!({"introspect": "tenant"}))),
            pkj_key,
            a,
            b,
        };
        world.user(&made.a, "alice");
        world.user(&made.a, "bob");
        world.user(&made.b, "alice");
        made
    }

    /// Alice's token of `web` for rs1, with its refresh token.
    pub fn of_alice(&self, world: &World) -> Minted {
        let order =
            json!({"client_id": "web", "username": "alice", "resource": [RS1], "refresh": true});
        world.mint(&self.a, &order)
    }

    /// A token of `svc` for rs1.
    pub fn for_rs1(&self, world: &World) -> String {
        world.token(&self.a, &self.svc, &[("resource", RS1)])
    }

    /// The same as a JWT.
    pub fn jwt_for_rs1(&self, world: &World) -> String {
        world.token(&self.a, &self.signed, &[("resource", RS1)])
    }
}
