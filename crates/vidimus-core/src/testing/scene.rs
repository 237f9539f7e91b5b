//! Two ordinary tenants and the default one, with clients of every method, resource servers and a
//! user.

use std::sync::Arc;

use jsonwebtoken::jwk::JwkSet;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Stock, es256, fresh_pkcs8, jwk_of};
use crate::{
    context::{SeededEntropy, Surface},
    errand::{Done, Errand, Image},
    facts::{Space, TenantRef},
    model::{
        Body, Client, ClientMetadata, IntrospectRight, Object, ResourceServer, SecretHash,
        SigningAlgorithm, Standing, StoredSecret, Tenant, User,
    },
    policy::Policy,
    row_key::RowKey,
    time::Time,
    vault::{Vault, secret_place},
};

pub const NOW: Time = Time(1_800_000_000_000);
pub const FOO: &str = "foo.com";
pub const ISSUER: &str = "https://id.example/t/foo.com";
/// Of every client and resource server with a machine-made secret.
pub const SECRET: &str = "vcs_0123456789012345678901234567890123456789";
/// Of `slow`, the client with a chosen one.
pub const CHOSEN: &str = "correct horse";

/// What the scene's errand hashes to: no argon2id, and told apart from one at a glance.
pub fn phc(secret: &str) -> Arc<str> {
    Arc::from(format!("$argon2id$test${secret}"))
}

/// The answer of an edge that is never busy.
pub fn done(errand: &Errand) -> Done {
    match errand {
        Errand::Admit { .. } => Done::Admitted(Ok(())),
        Errand::FetchJson { uri } if uri == "https://client.example/sector" => {
            Done::Json(Ok(Arc::new(json!(["https://client.example/cb", 5]))))
        }
        Errand::FetchText { uri } => Done::Text(Err(format!("{uri} does not answer"))),
        Errand::FetchImage { uri } if uri == "https://client.example/logo" => {
            Done::Image(Ok(Arc::new(Image { content_type: "image/png", bytes: vec![1] })))
        }
        Errand::FetchImage { uri } => Done::Image(Err(format!("{uri} does not answer"))),
        Errand::Deliver { uri, .. } if uri == "https://client.example/told" => {
            Done::Delivered(Ok(()))
        }
        Errand::Deliver { uri, .. } => Done::Delivered(Err(format!("{uri} does not answer"))),
        Errand::Forgive { .. } => Done::Forgiven,
        Errand::FetchJson { uri } => Done::Json(Err(format!("{uri} does not answer"))),
        Errand::VerifySecret { phc: stored, presented }
        | Errand::VerifyGuess { phc: stored, presented, .. } => {
            Done::Verified(*stored == phc(presented.expose()))
        }
        Errand::HashSecret { chosen, .. } => Done::Hashed(phc(chosen.expose())),
        Errand::FetchJwks { uri, .. } if uri == "https://client.example/jwks" => {
            Done::Jwks(Ok(client_keys()))
        }
        Errand::FetchJwks { uri, .. } => Done::Jwks(Err(format!("{uri} does not answer"))),
        Errand::GenerateKey { algorithm } => {
            Done::Key(Arc::new(Zeroizing::new(fresh_pkcs8(*algorithm))))
        }
    }
}

fn client_keys() -> Arc<JwkSet> {
    let mut jwk = jwk_of(SigningAlgorithm::ES256, es256(0));
    jwk["kid"] = json!("own");
    Arc::new(serde_json::from_value(json!({ "keys": [jwk] })).unwrap())
}

pub struct Scene {
    pub now: Time,
    pub vault: Vault,
    pub entropy: SeededEntropy,
    pub stock: Stock,
    /// The tenant that is asked; `foo.com` unless a test turns to another.
    pub tenant: TenantRef,
    pub surface: Surface,
    /// What the edge says to one more request; else after how many seconds it would not.
    pub admits: Result<(), u32>,
}

impl Scene {
    pub fn new() -> Self {
        let surface = Surface {
            dialects: &["standard", "rooted"],
            reserved_segments: &["oauth2", "t"],
            dialect_settings: &["quaint_bodies"],
            root_dialects: &["rooted"],
            admin_dialects: &["standard"],
        };
        let mut scene = Self {
            now: NOW,
            vault: Vault::new(&[7; 32]),
            entropy: SeededEntropy::new(1),
            stock: Stock::default(),
            tenant: TenantRef::Id(FOO.to_owned()),
            surface,
            admits: Ok(()),
        };
        for tenant in [TenantRef::DEFAULT_ID, FOO, "bar.com"] {
            scene.put(RowKey::ROOT, |_, _| tenant_body(tenant));
        }
        let foo = scene.key(FOO);
        for id in ["web", "other"] {
            scene.put_client(foo, id, "client_secret_basic", true);
        }
        scene.put_client(foo, "spa", "none", false);
        scene.put_client(foo, "pkj", "private_key_jwt", false);
        scene.client("pkj", |client| client.metadata.jwks = Some(client_keys()));
        scene.put_client(foo, "hmac", "client_secret_jwt", true);
        for (id, audience) in [("rs1", "https://rs1"), ("rs2", "https://rs2")] {
            scene.put_resource_server(foo, id, audience);
        }
        scene.put(foo, |_, _| Body::User(user("alice")));
        scene
    }

    /// Stores an object made for the key it gets.
    pub fn put(&mut self, tenant: RowKey, body: impl FnOnce(RowKey, &mut Self) -> Body) -> RowKey {
        let key = RowKey::draw(self.now, &mut self.entropy);
        let body = body(key, self);
        let standing = Standing::default();
        self.stock.objects.push(Arc::new(Object {
            key,
            tenant,
            version: 1,
            standing,
            expires_at: None,
            body,
        }));
        key
    }

    pub fn put_client(&mut self, tenant: RowKey, id: &str, method: &str, has_secret: bool) {
        self.put(tenant, |key, scene| {
            let mut client = Client {
                metadata: ClientMetadata {
                    client_id: id.to_owned(),
                    grant_types: vec!["client_credentials".to_owned()],
                    scope: "read write openid".to_owned(),
                    token_endpoint_auth_method: method.to_owned(),
                    ..ClientMetadata::default()
                },
                secret: has_secret.then(|| scene.secret(tenant, key)),
                assertion_jwks: None,
                registration: None,
                fingerprint: None,
            };
            if let (Some(secret), "client_secret_jwt") = (&mut client.secret, method) {
                let place = secret_place(tenant, key);
                let entropy = &mut scene.entropy;
                secret.sealed = Some(scene.vault.seal(&place, SECRET.as_bytes(), entropy).unwrap());
            }
            Body::Client(Box::new(client))
        });
    }

    pub fn put_resource_server(&mut self, tenant: RowKey, id: &str, audience: &str) {
        self.put(tenant, |key, scene| {
            Body::ResourceServer(ResourceServer {
                id: id.to_owned(),
                audiences: vec![audience.to_owned()],
                introspect: IntrospectRight::Audience,
                scope: None,
                token_endpoint_auth_method: "client_secret_basic".to_owned(),
                jwks: None,
                jwks_uri: None,
                secret: Some(scene.secret(tenant, key)),
                fingerprint: None,
            })
        });
    }

    fn secret(&self, tenant: RowKey, owner: RowKey) -> StoredSecret {
        let hash = SecretHash::Keyed(self.vault.secret_hash(tenant, owner, SECRET));
        StoredSecret { hash, sealed: None, expires_at: None }
    }

    /// A client with a chosen secret, and the mark that it leaves on its tenant.
    pub fn with_slow_client(mut self) -> Self {
        let foo = self.key(FOO);
        self.put_client(foo, "slow", "client_secret_basic", true);
        self.client("slow", |client| {
            client.secret.as_mut().unwrap().hash = SecretHash::Argon2id(phc(CHOSEN));
        });
        self.edit(FOO, |object| {
            let Body::Tenant(tenant) = &mut object.body else { panic!("no tenant") };
            tenant.has_chosen_secrets = true;
        });
        self
    }

    /// The one object with this id, of any tenant.
    pub fn object(&self, id: &str) -> Arc<Object> {
        let mut found = self.stock.objects.iter().filter(|object| object.id() == id);
        let object = found.next().unwrap_or_else(|| panic!("no object {id}"));
        assert!(found.next().is_none(), "{id} is the id of several objects");
        Arc::clone(object)
    }

    pub fn key(&self, id: &str) -> RowKey {
        self.object(id).key
    }

    pub fn edit(&mut self, id: &str, edit: impl FnOnce(&mut Object)) {
        let mut object = Object::clone(&self.object(id));
        edit(&mut object);
        let stored = self.stock.objects.iter_mut().find(|stored| stored.key == object.key);
        *stored.unwrap() = Arc::new(object);
    }

    pub fn client(&mut self, id: &str, edit: impl FnOnce(&mut Client)) {
        self.edit(id, |object| {
            let Body::Client(client) = &mut object.body else { panic!("no client") };
            edit(client);
        });
    }

    pub fn server(&mut self, id: &str, edit: impl FnOnce(&mut ResourceServer)) {
        self.edit(id, |object| {
            let Body::ResourceServer(server) = &mut object.body else { panic!("no server") };
            edit(server);
        });
    }

    pub fn policy(&mut self, edit: impl FnOnce(&mut Policy)) {
        self.edit(FOO, |object| {
            let Body::Tenant(tenant) = &mut object.body else { panic!("no tenant") };
            edit(&mut tenant.policy);
        });
    }

    pub fn disable(&mut self, id: &str) {
        self.edit(id, |object| object.standing.disabled = true);
    }

    pub fn forget(&mut self, id: &str) {
        let key = self.key(id);
        self.stock.objects.retain(|object| object.key != key);
    }

    /// The signing keys of the tenant that is asked, oldest first.
    pub fn signing_keys(&self) -> Vec<Arc<Object>> {
        let tenant = self.stock.named(RowKey::ROOT, Space::Tenant, self.tenant.name())[0].key;
        let keys =
            self.stock.objects.iter().filter(|object| {
                object.tenant == tenant && matches!(object.body, Body::SigningKey(_))
            });
        keys.cloned().collect()
    }
}

fn tenant_body(id: &str) -> Body {
    Body::Tenant(Tenant {
        id: id.to_owned(),
        dialects: Vec::new(),
        path_aliases: Vec::new(),
        hosts: Vec::new(),
        policy: Policy::default(),
        has_chosen_secrets: false,
        has_introspecting_users: false,
        has_operators: false,
        dialect_settings: serde_json::Map::new(),
        look: Box::default(),
        key_check: None,
        fingerprint: None,
    })
}

pub fn user(username: &str) -> User {
    User {
        username: username.to_owned(),
        password_hash: None,
        roles: Vec::new(),
        email: None,
        claims: serde_json::Map::new(),
        locked: false,
        fingerprint: None,
    }
}
