//! Who acts on a server under test: clients, resource servers and a user, made over the admin API, with
//! machine-made secrets unless it is said otherwise.

use serde_json::{Value, json};
use vidimus_e2e::{
    http::{Request, Response},
    server::Server,
    setup::PUBLIC_URL,
    subject::admin_token,
};

use crate::signing::{EsKey, RsKey};

pub const AUDIENCE: &str = "https://bench.example";
/// Who signs assertions about alice.
pub const IDP: &str = "https://idp.example";
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A tenant of its own for callers with chosen secrets: that its failures cost more is known to the
/// default tenant in no way.
pub const PEOPLE: &str = "/t/people";
const CHOSEN: &str = "a secret that somebody chose";
const PASSWORD: &str = "a password that somebody chose";
const USER: &str = "carol@people";

pub struct Cast {
    pub admin: String,
    client: String,
    jwt_client: String,
    refreshing: String,
    relying: String,
    api: String,
    people_client: String,
    people_api: String,
    pub signer: EsKey,
    pub idp: RsKey,
}

impl Cast {
    pub fn make(server: &Server) -> Self {
        let admin = admin_token(server);
        let at = |path: &str, declaration: &Value| declare(server, &admin, path, declaration);
        let own = |noun: &str| format!("tenants/default/{noun}");
        let people = |noun: &str| format!("tenants/people/{noun}");
        let client = |id: &str| json!({"client_id": id, "grant_types": ["client_credentials"], "scope": "read"});
        let api = |id: &str| json!({"id": id, "audiences": [AUDIENCE]});
        let (signer, idp) = (EsKey::generate("signer-1"), RsKey::generate("idp-1"));

        let mut jwt = client("bench-jwt");
        jwt["access_token_format"] = json!("jwt");
        let mut refreshing = client("bench-refresh");
        refreshing["grant_types"] = json!(["client_credentials", "refresh_token"]);
        let mut relying = client("relying");
        relying["grant_types"] = json!([JWT_BEARER]);
        let mut proving = api("signer");
        proving["jwks"] = json!({"keys": [signer.public_jwk()]});
        at(&own("resource-servers"), &proving);
        at(&own("users"), &json!({"username": "alice"}));
        let trusted = json!({"issuer": IDP, "jwks": {"keys": [idp.public_jwk()]},
            "scope": "read", "subjects": ["alice"]});
        at(&own("issuers"), &trusted);

        at("tenants", &json!({"id": "people", "policy": {"allow_unlimited_guesses": true}}));
        let user = json!({"username": USER, "password": PASSWORD, "roles": ["introspect"]});
        at(&people("users"), &user);
        let mut chosen = api("chosen");
        chosen["secret"] = json!(CHOSEN);
        at(&people("resource-servers"), &chosen);
        let mut flooded = client("flooded");
        flooded["client_secret"] = json!(CHOSEN);
        at(&people("clients"), &flooded);

        Self {
            client: at(&own("clients"), &client("bench")).member("client_secret"),
            jwt_client: at(&own("clients"), &jwt).member("client_secret"),
            refreshing: at(&own("clients"), &refreshing).member("client_secret"),
            relying: at(&own("clients"), &relying).member("client_secret"),
            api: at(&own("resource-servers"), &api("bench-api")).member("secret"),
            people_client: at(&people("clients"), &client("bench")).member("client_secret"),
            people_api: at(&people("resource-servers"), &api("bench-api")).member("secret"),
            admin,
            signer,
            idp,
        }
    }

    pub fn issue(&self) -> Request {
        issue("", "bench", &self.client)
    }

    /// For a JWT.
    pub fn issue_jwt(&self) -> Request {
        issue("", "bench-jwt", &self.jwt_client)
    }

    pub fn issue_to_people(&self) -> Request {
        issue(PEOPLE, "bench", &self.people_client)
    }

    /// With a wrong secret, of a client whose secret is slow to compare.
    pub fn guess(&self, number: usize) -> Request {
        issue(PEOPLE, "flooded", &format!("guess {number}"))
    }

    pub fn introspect(&self, token: &str) -> Request {
        introspect("").basic("bench-api", &self.api).form(&[("token", token)])
    }

    pub fn introspect_at_people(&self, token: &str) -> Request {
        introspect(PEOPLE).basic("bench-api", &self.people_api).form(&[("token", token)])
    }

    pub fn introspect_by_chosen_secret(&self, token: &str) -> Request {
        introspect(PEOPLE).basic("chosen", CHOSEN).form(&[("token", token)])
    }

    /// As a user asks: WSO2's way.
    pub fn introspect_by_user(&self, token: &str) -> Request {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let credentials = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        introspect(PEOPLE)
            .header("Authorization", &format!("Basic {credentials}"))
            .form(&[("token", token)])
    }

    /// With an assertion of its own, which is used up by it.
    pub fn introspect_by_assertion(&self, token: &str) -> Request {
        let proof = self.signer.client_assertion("signer", PUBLIC_URL);
        introspect("").form(&[
            ("token", token),
            ("client_assertion_type", CLIENT_ASSERTION),
            ("client_assertion", &proof),
        ])
    }

    pub fn revoke(&self, token: &str) -> Request {
        Request::post("/oauth2/revoke").basic("bench", &self.client).form(&[("token", token)])
    }

    /// An assertion as a grant.
    pub fn bring(&self, assertion: &str) -> Request {
        let form = [("grant_type", JWT_BEARER), ("assertion", assertion), ("resource", AUDIENCE)];
        Request::post("/oauth2/token").basic("relying", &self.relying).form(&form)
    }

    pub fn refresh(&self, refresh_token: &str) -> Request {
        let form = [("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
        Request::post("/oauth2/token").basic("bench-refresh", &self.refreshing).form(&form)
    }

    /// A new authorization of the client that refreshes, with its first refresh token.
    pub fn mint_family(&self) -> Request {
        let order = json!({"client_id": "bench-refresh", "refresh": true});
        Request::post("/admin/v1/tenants/default/tokens").bearer(&self.admin).json(&order)
    }
}

fn issue(tenant: &str, id: &str, secret: &str) -> Request {
    let form = [("grant_type", "client_credentials"), ("resource", AUDIENCE)];
    Request::post(&format!("{tenant}/oauth2/token")).basic(id, secret).form(&form)
}

fn introspect(tenant: &str) -> Request {
    Request::post(&format!("{tenant}/oauth2/introspect"))
}

/// The reply to a creation: holds a secret once.
pub fn declare(server: &Server, admin: &str, path: &str, declaration: &Value) -> Response {
    let request = Request::post(&format!("/admin/v1/{path}")).bearer(admin).json(declaration);
    let answer = server.exchange(&request);
    assert_eq!(answer.status, 201, "{path}: {}", answer.text());
    answer
}
