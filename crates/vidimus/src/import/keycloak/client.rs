//! A client of a realm.

use std::collections::HashMap;

use serde_json::{Value, json};
use vidimus_core::{device::GRANT_TYPE as DEVICE, resource};

use super::{
    super::finding::{Noun, Question, Thing},
    Json, is_disabled, is_true, objects, text,
};
use crate::import::source::strings;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Switches, and the grants that they are.
const FLOWS: [(&str, &str); 4] = [
    ("standardFlowEnabled", "authorization_code"),
    ("implicitFlowEnabled", "implicit"),
    ("directAccessGrantsEnabled", "password"),
    ("serviceAccountsEnabled", "client_credentials"),
];

/// The same among the attributes.
const MORE_FLOWS: [(&str, &str); 3] = [
    ("oauth2.device.authorization.grant.enabled", DEVICE),
    ("standard.token.exchange.enabled", EXCHANGE),
    ("oauth2.jwt.authorization.grant.enabled", JWT_BEARER),
];

const SAME_ATTRIBUTES: [(&str, &str); 8] = [
    ("id.token.signed.response.alg", "id_token_signed_response_alg"),
    ("access.token.signed.response.alg", "access_token_signed_response_alg"),
    ("user.info.response.signature.alg", "userinfo_signed_response_alg"),
    ("token.endpoint.auth.signing.alg", "token_endpoint_auth_signing_alg"),
    ("backchannel.logout.url", "backchannel_logout_uri"),
    ("frontchannel.logout.url", "frontchannel_logout_uri"),
    ("policyUri", "policy_uri"),
    ("tosUri", "tos_uri"),
];

/// Scopes that are Keycloak's way to write claims, and nothing that is asked for.
const SCOPES_OF_ITS_OWN: [&str; 7] =
    ["web-origins", "acr", "roles", "basic", "microprofile-jwt", "role_list", "service_account"];

/// Members that carry nothing on, and need no word each.
const SILENT: [&str; 12] = [
    "id",
    "clientId",
    "protocol",
    "clientAuthenticatorType",
    "secret",
    "publicClient",
    "bearerOnly",
    "rootUrl",
    "nodeReRegistrationTimeout",
    "defaultClientScopes",
    "optionalClientScopes",
    "attributes",
];

/// The names of a realm's client scopes that are meant to be asked for.
pub struct Scopes {
    named: HashMap<String, bool>,
    defaults: Vec<String>,
}

impl Scopes {
    pub fn of(realm: &Json) -> Self {
        let speaks = |scope: &Json| text(scope, "protocol").is_none_or(|p| p == "openid-connect");
        let named = objects(realm.get("clientScopes"))
            .filter_map(|scope| Some((text(scope, "name")?.to_owned(), speaks(scope))));
        let defaults = ["defaultDefaultClientScopes", "defaultOptionalClientScopes"];
        let defaults = defaults.iter().filter_map(|key| realm.get(*key)).flat_map(strings);
        Self { named: named.collect(), defaults: defaults.collect() }
    }

    fn is_asked_for(&self, name: &str) -> bool {
        let is_ours = self.named.get(name).copied().unwrap_or(true);
        is_ours && !SCOPES_OF_ITS_OWN.contains(&name)
    }
}

pub fn translate(id: &str, entry: &Json, scopes: &Scopes) -> Thing {
    let empty = Json::new();
    let attributes = entry.get("attributes").and_then(Value::as_object).unwrap_or(&empty);
    if is_true(entry, "bearerOnly") {
        return resource_server(id, entry);
    }
    let mut client = Thing::new(Noun::Client, "clientId", id);
    grants(&mut client, entry, attributes);
    authentication(&mut client, entry, attributes);
    let uris = entry.get("redirectUris").map(strings).unwrap_or_default();
    let uris = absolute(&uris, text(entry, "rootUrl"));
    client.redirects("redirectUris", "redirect_uris", &uris);
    after_logout(&mut client, attributes, &uris);
    scope(&mut client, entry, scopes);
    client.put("access_token_format", "jwt");
    client.changed(
        "introspection",
        "any client may introspect there; here its own tokens: introspect = \"audience\" for more",
    );
    for (name, key) in SAME_ATTRIBUTES {
        if let Some(value) = text(attributes, name) {
            client.mapped(&format!("attributes.{name}"), key, value);
        }
    }
    let session = "backchannel.logout.session.required";
    if is_true(attributes, session) && text(attributes, "backchannel.logout.url").is_some() {
        let member = format!("attributes.{session}");
        client.mapped(&member, "backchannel_logout_session_required", true);
    }
    for (member, value) in entry.iter().filter(|(_, value)| !is_default(value)) {
        rest(&mut client, member, value);
    }
    if is_disabled(entry) {
        client.mapped("enabled", "disabled", true);
    }
    let told = |name: &str| {
        SAME_ATTRIBUTES.iter().any(|(known, _)| *known == name)
            || MORE_FLOWS.iter().any(|(known, _)| *known == name)
            || TOLD.contains(&name)
    };
    for (name, _) in attributes.iter().filter(|(_, value)| !is_default(value)) {
        if !told(name) {
            client.dropped(&format!("attributes.{name}"), attribute(name));
        }
    }
    client
}

/// Attributes that have been dealt with by then.
const TOLD: [&str; 9] = [
    "backchannel.logout.session.required",
    "jwks.url",
    "use.jwks.url",
    "jwks.string",
    "use.jwks.string",
    "jwt.credential.certificate",
    "post.logout.redirect.uris",
    "use.refresh.tokens",
    "client.secret.creation.time",
];

fn attribute(name: &str) -> &'static str {
    match name {
        "access.token.lifespan" | "client.session.idle.timeout" | "client.session.max.lifespan" => {
            "lifetimes are the tenant's"
        }
        "pkce.code.challenge.method" => {
            "S256, where a client sends a challenge; public clients must"
        }
        "dpop.bound.access.tokens" | "tls.client.certificate.bound.access.tokens" => {
            "tokens are not bound to a key here"
        }
        _ => "there is nothing like it here",
    }
}

fn rest(client: &mut Thing, member: &str, value: &Value) {
    match member {
        "name" => client.mapped(member, "client_name", value.clone()),
        "baseUrl" => match value.as_str().filter(|url| url.starts_with("http")) {
            Some(url) => client.mapped(member, "client_uri", url),
            None => client.dropped(member, "a client_uri is absolute"),
        },
        "consentRequired" => client.holds(member),
        "fullScopeAllowed" => client.changed(member, "a user's roles do not become claims here"),
        "redirectUris" | "enabled" => {}
        "webOrigins" => client.dropped(member, "no origins are kept by client here"),
        "notBefore" => client.dropped(member, "tokens of the old server are not good here"),
        name if SILENT.contains(&name) || FLOWS.iter().any(|(flow, _)| *flow == name) => {}
        "protocolMappers" => client.dropped(member, "claims follow scopes here"),
        _ => client.dropped(member, "there is nothing like it here"),
    }
}

fn grants(client: &mut Thing, entry: &Json, attributes: &Json) {
    let on = FLOWS.iter().filter(|(flow, _)| is_true(entry, flow));
    let more = MORE_FLOWS.iter().filter(|(flow, _)| is_true(attributes, flow));
    let mut grants: Vec<&str> = on.chain(more).map(|(_, grant)| *grant).collect();
    let has_user =
        grants.iter().any(|grant| ["authorization_code", "password", DEVICE].contains(grant));
    let refreshes = text(attributes, "use.refresh.tokens") != Some("false");
    if has_user && refreshes {
        grants.push("refresh_token");
    }
    if grants.contains(&"implicit") {
        client.put("response_types", implicit(grants.contains(&"authorization_code")));
    }
    client.mapped("flows", "grant_types", grants.clone());
    client.switched_off("flows", &grants);
}

fn implicit(with_code: bool) -> Value {
    match with_code {
        true => json!(["code", "id_token", "token id_token", "code id_token", "code token"]),
        false => json!(["id_token", "token id_token"]),
    }
}

fn authentication(client: &mut Thing, entry: &Json, attributes: &Json) {
    if is_true(entry, "publicClient") {
        return client.mapped("publicClient", "token_endpoint_auth_method", "none");
    }
    let kind = text(entry, "clientAuthenticatorType").unwrap_or("client-secret");
    let method = match kind {
        "client-secret" => "client_secret_basic",
        "client-secret-jwt" => "client_secret_jwt",
        "client-jwt" => "private_key_jwt",
        other => {
            let why = format!("{other} is no way to authenticate here");
            client.put("token_endpoint_auth_method", "client_secret_basic");
            return client.ask("clientAuthenticatorType", Question::Secret, why);
        }
    };
    client.mapped("clientAuthenticatorType", "token_endpoint_auth_method", method);
    if method != "private_key_jwt" {
        return client.secret("secret", text(entry, "secret"));
    }
    let keys = text(attributes, "jwks.string").and_then(|keys| serde_json::from_str(keys).ok());
    match (text(attributes, "jwks.url"), keys) {
        (Some(url), _) => client.mapped("attributes.jwks.url", "jwks_uri", url),
        (None, Some(Value::Object(keys))) => {
            client.mapped("attributes.jwks.string", "jwks", Value::Object(keys));
        }
        (None, _) => {
            client.put("token_endpoint_auth_method", "client_secret_basic");
            let why = "its key is a certificate: give it a jwks, or a secret";
            client.ask("attributes.jwt.credential.certificate", Question::Secret, why);
        }
    }
}

/// Keycloak completes paths by the client's root.
fn absolute(uris: &[String], root: Option<&str>) -> Vec<String> {
    let root = root.unwrap_or_default().trim_end_matches('/');
    let whole = |uri: &String| match uri.starts_with('/') && root.starts_with("http") {
        true => format!("{root}{uri}"),
        false => uri.clone(),
    };
    uris.iter().map(whole).collect()
}

/// Separated by `##`; `+` is all redirect URIs, `-` is none.
fn after_logout(client: &mut Thing, attributes: &Json, redirects: &[String]) {
    let member = "attributes.post.logout.redirect.uris";
    let Some(given) = text(attributes, "post.logout.redirect.uris") else { return };
    let uris: Vec<String> = match given {
        "-" => Vec::new(),
        "+" => redirects.to_vec(),
        list => list.split("##").map(str::to_owned).collect(),
    };
    client.redirects(member, "post_logout_redirect_uris", &uris);
}

fn scope(client: &mut Thing, entry: &Json, scopes: &Scopes) {
    let members = ["defaultClientScopes", "optionalClientScopes"];
    let named: Vec<String> =
        members.iter().filter_map(|key| entry.get(*key)).flat_map(strings).collect();
    let named = if named.is_empty() { scopes.defaults.clone() } else { named };
    let (mut asked, own): (Vec<String>, Vec<String>) =
        named.into_iter().partition(|name| scopes.is_asked_for(name));
    let signs_in = client
        .entry
        .get("grant_types")
        .is_some_and(|grants| strings(grants).iter().any(|grant| grant != "client_credentials"));
    if signs_in {
        asked.insert(0, "openid".to_owned());
    }
    let mut seen = Vec::new();
    asked.retain(|name| {
        !seen.contains(name) && {
            seen.push(name.clone());
            true
        }
    });
    if asked.is_empty() {
        return client.ask("clientScopes", Question::Scope, "it may ask for nothing");
    }
    client.mapped("clientScopes", "scope", asked.join(" "));
    if !own.is_empty() {
        client.dropped("clientScopes", format!("{}: no scopes here", own.join(", ")));
    }
}

/// It asks for no tokens, but about them.
fn resource_server(id: &str, entry: &Json) -> Thing {
    let mut server = Thing::new(Noun::ResourceServer, "clientId", id);
    if resource::check(id).is_ok() {
        server.mapped("bearerOnly", "audiences", vec![id]);
    } else {
        let note = format!(
            "an audience is a URI here: vidimus resource-server update {id} --audience URI"
        );
        server.changed("bearerOnly", note);
    }
    server.put("introspect", "audience");
    server.changed("introspection", "any token there; here tokens for its audience");
    server.secret("secret", text(entry, "secret"));
    if is_disabled(entry) {
        server.mapped("enabled", "disabled", true);
    }
    server
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(yes) => !yes,
        Value::String(text) => text.is_empty() || text == "false",
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::Number(number) => number.as_i64().is_some_and(|number| number <= 0),
    }
}
