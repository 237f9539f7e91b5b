//! Registration and its management as a client meets them, and what is left in the store.

mod admission;
mod manage;
mod metadata;
mod policy;
mod statement;

use std::{net::IpAddr, sync::LazyLock};

use serde_json::{Map, Value, json};

use super::{DeleteClient, ReadClient, RegisterRequest, RegistrationReply, UpdateClient};
use crate::{
    error::OAuthError,
    facts::Space,
    manner::{Manner, RegistrationManner},
    model::{Body, Client, Object, RegistrationToken},
    policy::Registration,
    testing::{FOO, Ran, Scene},
    time::Time,
    vault::hex,
};

/// The text of the initial access token of `foo.com`.
const INITIAL: &str = "vit_0123456789012345678901234567890123456789";
const BEARER: &str = "Bearer vit_0123456789012345678901234567890123456789";

/// A route that adds, reorders nothing and asks less.
static LENIENT: LazyLock<Manner> = LazyLock::new(|| Manner {
    registration: RegistrationManner {
        adds_grants: &["hybrid_auth_code"],
        default_scope: Some("openid refresh_token id api"),
        default_auth_method: "client_secret_post",
        first_contact_only: true,
        unmatched_response_types: true,
        by_users: true,
        reaches_root: false,
    },
    ..Manner::STANDARD
});

fn scene() -> Scene {
    let mut scene = Scene::new();
    put_token(&mut scene, FOO, INITIAL, 5);
    scene
}

fn put_token(scene: &mut Scene, tenant: &str, text: &str, uses_left: u32) {
    let tenant = scene.key(tenant);
    scene.put(tenant, |_, scene| {
        Body::RegistrationToken(RegistrationToken {
            id: format!("of {}", tenant.0),
            digest: hex(&scene.vault.locator(text)),
            uses_left,
            expires_at: scene.now.plus_seconds(3600),
            uses: Some(uses_left),
            expires_in_seconds: Some(3600),
            fingerprint: None,
        })
    });
}

fn edit_token(scene: &mut Scene, edit: impl FnOnce(&mut RegistrationToken)) {
    let id = format!("of {}", scene.key(FOO).0);
    scene.edit(&id, |object| {
        let Body::RegistrationToken(token) = &mut object.body else { panic!("no token") };
        edit(token);
    });
}

fn web() -> Value {
    json!({"redirect_uris": ["https://client.example/cb"], "client_name": "Web"})
}

fn public() -> Value {
    json!({
        "redirect_uris": ["https://client.example/cb"],
        "token_endpoint_auth_method": "none",
        "scope": "openid email",
    })
}

fn with(mut body: Value, more: Value) -> Value {
    let Value::Object(more) = more else { panic!("no object") };
    body.as_object_mut().unwrap().extend(more);
    body
}

fn parsed(
    authorization: Option<&str>,
    body: &Value,
    manner: &'static Manner,
) -> Result<RegisterRequest, OAuthError> {
    let peer: IpAddr = "203.0.113.7".parse().unwrap();
    RegisterRequest::parse(authorization, body.to_string().as_bytes(), manner, Some(peer))
}

fn register_in(
    scene: &mut Scene,
    authorization: Option<&str>,
    body: &Value,
    manner: &'static Manner,
) -> Result<RegistrationReply, OAuthError> {
    finished(parsed(authorization, body, manner).map(|request| scene.act(&request)))
}

/// With the initial access token, as the RFC says.
fn register(scene: &mut Scene, body: &Value) -> Result<RegistrationReply, OAuthError> {
    register_in(scene, Some(BEARER), body, &Manner::STANDARD)
}

fn registered(scene: &mut Scene, body: &Value) -> (RegistrationReply, String) {
    let reply = register(scene, body).unwrap();
    let token = reply.registration_access_token.as_ref().unwrap();
    let bearer = format!("Bearer {}", token.expose());
    (reply, bearer)
}

fn finished<R>(ran: Result<Ran<R>, OAuthError>) -> Result<R, OAuthError> {
    ran.and_then(|ran| ran.reply)
}

fn read(scene: &mut Scene, id: &str, bearer: &str) -> Result<RegistrationReply, OAuthError> {
    finished(ReadClient::parse(id, Some(bearer)).map(|request| scene.act(&request)))
}

fn update(
    scene: &mut Scene,
    id: &str,
    bearer: &str,
    body: &Value,
) -> Result<RegistrationReply, OAuthError> {
    let body = with(json!({"client_id": id}), body.clone()).to_string();
    let request = UpdateClient::parse(id, Some(bearer), body.as_bytes(), &Manner::STANDARD);
    finished(request.map(|request| scene.act(&request)))
}

fn delete(scene: &mut Scene, id: &str, bearer: &str) -> Result<(), OAuthError> {
    finished(DeleteClient::parse(id, Some(bearer)).map(|request| scene.act(&request)))
}

fn bearer_of(reply: &RegistrationReply) -> String {
    format!("Bearer {}", reply.registration_access_token.as_ref().unwrap().expose())
}

fn stored(scene: &Scene, id: &str) -> (std::sync::Arc<Object>, Client) {
    let object = scene.object(id);
    let Body::Client(client) = &object.body else { panic!("no client") };
    let client = Client::clone(client);
    (object, client)
}

fn count(scene: &Scene) -> usize {
    let is_registered = |object: &&std::sync::Arc<Object>| {
        object.names().iter().any(|(space, _)| *space == Space::Registered)
    };
    scene.stock.objects.iter().filter(is_registered).count()
}

fn told(reply: &RegistrationReply) -> Map<String, Value> {
    reply.standard("https://id.example/register/1")
}

fn open(scene: &mut Scene) {
    scene.policy(|policy| policy.registration = Registration::Open);
}

fn later(scene: &mut Scene, seconds: i64) -> Time {
    scene.now = scene.now.plus_seconds(seconds);
    scene.now
}
