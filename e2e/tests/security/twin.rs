//! Two tenants alike: one of everything, under the same names.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::keys::{SigningKey, random_text};
use crate::world::{Party, Tenant, World};

pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
pub const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
pub const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// All dialects; and all but the one that wins where two share a path.
pub const SHAPES: [&[&str]; 2] =
    [&["standard", "salesforce", "csp", "wso2"], &["wso2", "salesforce", "csp"]];
pub const ALICE: &str = "alice@mail.example";

/// A tenant with one of everything, under the same names as its twin.
pub struct Twin {
    pub tenant: Tenant,
    pub svc: Party,
    pub rs: Party,
    pub pkj: SigningKey,
    pub idp: SigningKey,
    pub password: String,
    pub api_token: String,
    pub initial_token: String,
    pub registered: String,
    pub registration_token: String,
    /// `/id/…` of alice.
    pub identity: String,
    pub live: String,
}

pub fn post(world: &World, target: &str, by: &Party, form: &[(&str, &str)]) -> Response {
    let answer = world.exchange(&Request::post(target).basic(&by.id, &by.secret).form(form));
    assert_eq!(answer.status, 200, "{target} {form:?}: {}", answer.text());
    answer
}

fn clients(world: &World, tenant: &Tenant, pkj: &SigningKey) -> Party {
    let grants = ["client_credentials", "password", "refresh_token", "authorization_code"];
    let grants = [&grants[..], &[JWT_BEARER, EXCHANGE, DEVICE]].concat();
    let client = |id: &str, more: Value| {
        let mut body = json!({"grant_types": grants, "introspect": "tenant",
            "redirect_uris": ["https://app.example/cb"], "preauthorized_users": ["*"],
            "scope": "openid read api id refresh_token vidimus.introspect"});
        for (key, value) in more.as_object().expect("an object") {
            body[key] = value.clone();
        }
        world.client(tenant, id, body)
    };
    client("signed", json!({"access_token_format": "jwt"}));
    let keys = json!({"keys": [pkj.public_jwk()]});
    client("pkj", json!({"token_endpoint_auth_method": "private_key_jwt", "jwks": keys}));
    client("svc", json!({}))
}

pub fn twin(world: &World, dialects: &[&str]) -> Twin {
    let policy = json!({"allow_password_grant": true, "allow_get_revocation": true});
    let tenant = world.tenant("twin", json!({"policy": policy, "dialects": dialects}));
    let (pkj, idp) = (SigningKey::es256("k"), SigningKey::es256("k"));
    let svc = clients(world, &tenant, &pkj);
    let rs = world.resource_server(&tenant, "rs", json!({"introspect": "tenant"}));
    let password = random_text();
    let make = |noun: &str, body: Value| world.change("POST", &tenant.admin(noun), &body);
    make(
        "/users",
        json!({"username": ALICE, "password": password, "email": ALICE,
        "roles": ["introspect", "admin"]}),
    );
    make(
        "/issuers",
        json!({"issuer": "https://idp.example", "subjects": ["*"],
        "scope": "read api", "jwks": {"keys": [idp.public_jwk()]}}),
    );
    let secret = |made: Value| {
        let text = made
            .as_object()
            .and_then(|made| ["token", "secret"].iter().find_map(|name| made.get(*name)?.as_str()));
        text.unwrap_or_else(|| panic!("no secret in {made}")).to_owned()
    };
    let api_token =
        secret(make("/api-tokens", json!({"id": "api", "username": ALICE, "scope": "openid"})));
    let initial_token = secret(make("/registration-tokens", json!({"id": "init", "uses": 1000})));
    let metadata = json!({"redirect_uris": ["https://app.example/cb"]});
    let register = Request::post(&tenant.at("/services/oauth2/register"));
    let registered = world.exchange(&register.bearer(&initial_token).json(&metadata));
    assert_eq!(registered.status, 201, "{}", registered.text());
    let form = [("grant_type", "password"), ("username", ALICE), ("password", &password)];
    let reply = post(world, &tenant.at("/services/oauth2/token"), &svc, &form);
    let identity = reply.member("id");
    let identity = identity[identity.find("/id/").expect("an identity URL")..].to_owned();
    let live = reply.member("access_token");
    Twin {
        registered: registered.member("client_id"),
        registration_token: registered.member("registration_access_token"),
        tenant,
        svc,
        rs,
        pkj,
        idp,
        password,
        api_token,
        initial_token,
        identity,
        live,
    }
}
