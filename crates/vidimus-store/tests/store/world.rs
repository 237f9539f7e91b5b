//! Small things to store, and the stores to put them in.

use std::sync::Arc;

use tempfile::TempDir;
use vidimus_core::{
    engine::Store,
    facts::{Facts, Needs, Space, TenantRef, TokenRef},
    model::{
        Authentication, Body, Client, ClientMetadata, Confirmation, DeviceState, Family,
        IntrospectRight, Notice, Object, Registered, ResourceServer, Revocation, RevokedBy,
        Session, SignedInto, SigningAlgorithm, SigningKey, Standing, Tenant, Ticket, TicketBody,
        Token, TokenKind, User,
    },
    outcome::{Change, Committed, OnceSpace, Write},
    policy::Policy,
    row_key::RowKey,
    time::Time,
};
use vidimus_store::open::{AnyStore, CACHE_BYTES, open};

pub const ONE: RowKey = RowKey(1);
pub const TWO: RowKey = RowKey(2);

/// A store and what must live as long as it does.
pub struct Place {
    pub name: &'static str,
    pub store: Arc<AnyStore>,
    _directory: Option<TempDir>,
}

pub async fn memory() -> Place {
    let store = Arc::new(open("memory:", CACHE_BYTES).await.unwrap());
    Place { name: "memory", store, _directory: None }
}

pub async fn sqlite() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("v.db").display());
    let store = Arc::new(open(&url, CACHE_BYTES).await.unwrap());
    Place { name: "sqlite", store, _directory: Some(directory) }
}

pub async fn postgres() -> Place {
    let url = tokio::task::spawn_blocking(vidimus_e2e::postgres::database).await.unwrap();
    let store = Arc::new(open(&url, CACHE_BYTES).await.unwrap());
    Place { name: "postgres", store, _directory: None }
}

/// All three, each with the tenants `one` and `two`.
pub async fn places() -> [Place; 3] {
    let places = [memory().await, sqlite().await, postgres().await];
    for place in &places {
        println!("on {}", place.name);
        settle(&place.store).await;
    }
    places
}

pub async fn settle(store: &AnyStore) {
    for (key, id) in [(ONE, "one"), (TWO, "two")] {
        done(store, vec![create(tenant(key, id))]).await;
    }
}

pub async fn done(store: &AnyStore, writes: Vec<Write>) {
    let text = format!("{writes:?}");
    assert_eq!(store.commit(writes).await.unwrap(), Committed::Done, "{text}");
}

pub async fn conflict(store: &AnyStore, writes: Vec<Write>) {
    let text = format!("{writes:?}");
    assert_eq!(store.commit(writes).await.unwrap(), Committed::Conflict, "{text}");
}

pub async fn load(store: &AnyStore, tenant: &str, needs: &Needs) -> Facts {
    store.load(&TenantRef::Id(tenant.to_owned()), needs).await.unwrap()
}

pub async fn named(store: &AnyStore, of: &str, space: Space, name: &str) -> Vec<Arc<Object>> {
    let facts = load(store, of, &Needs::default().object(space, name)).await;
    facts.objects.into_iter().map(|(_, _, object)| object).collect()
}

pub fn needs_token(key: i64) -> Needs {
    Needs { token: Some(TokenRef::Key(RowKey(key))), ..Needs::default() }
}

pub fn object(tenant: RowKey, key: RowKey, body: Body) -> Arc<Object> {
    let standing = Standing { disabled: false, not_before: Time(7) };
    Arc::new(Object { key, tenant, version: 1, standing, expires_at: None, body })
}

pub fn tenant_body(id: &str, path_aliases: &[&str], hosts: &[&str]) -> Body {
    Body::Tenant(Tenant {
        id: id.to_owned(),
        dialects: vec!["standard".to_owned()],
        path_aliases: path_aliases.iter().map(|&alias| alias.to_owned()).collect(),
        hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
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

pub fn tenant(key: RowKey, id: &str) -> Arc<Object> {
    let (path, host) = (format!("/{id}"), format!("{id}.example"));
    object(RowKey::ROOT, key, tenant_body(id, &[&path], &[&host]))
}

pub fn client(tenant: RowKey, key: i64, client_id: &str) -> Arc<Object> {
    let metadata = ClientMetadata {
        client_id: client_id.to_owned(),
        grant_types: vec!["client_credentials".to_owned()],
        scope: "read write".to_owned(),
        ..ClientMetadata::default()
    };
    let client = Client {
        metadata,
        secret: None,
        assertion_jwks: None,
        registration: None,
        fingerprint: None,
    };
    object(tenant, RowKey(key), Body::Client(Box::new(client)))
}

/// A client that registered itself, and goes again.
pub fn registered(tenant: RowKey, key: i64, client_id: &str, expires_at: i64) -> Arc<Object> {
    let mut object = (*client(tenant, key, client_id)).clone();
    if let Body::Client(client) = &mut object.body {
        client.registration = Some(Registered {
            token_hash: "00".to_owned(),
            issued_at: Time(5),
            by: None,
            used: false,
            digest: None,
        });
    }
    Arc::new(Object { expires_at: Some(Time(expires_at)), ..object })
}

pub fn user(tenant: RowKey, key: i64, username: &str) -> Arc<Object> {
    let user = User {
        username: username.to_owned(),
        password_hash: None,
        roles: vec!["introspect".to_owned()],
        email: None,
        claims: serde_json::Map::new(),
        locked: false,
        fingerprint: None,
    };
    object(tenant, RowKey(key), Body::User(user))
}

pub fn resource_server(tenant: RowKey, key: i64, id: &str, audiences: &[&str]) -> Arc<Object> {
    let server = ResourceServer {
        id: id.to_owned(),
        audiences: audiences.iter().map(|&audience| audience.to_owned()).collect(),
        introspect: IntrospectRight::Audience,
        scope: None,
        token_endpoint_auth_method: "client_secret_basic".to_owned(),
        jwks: None,
        jwks_uri: None,
        secret: None,
        fingerprint: None,
    };
    object(tenant, RowKey(key), Body::ResourceServer(server))
}

pub fn signing_key(tenant: RowKey, key: i64, kid: &str) -> Arc<Object> {
    let signing_key = SigningKey {
        kid: kid.to_owned(),
        slot: format!("ES256#{kid}"),
        algorithm: SigningAlgorithm::ES256,
        sealed: "c2VhbGVk".to_owned(),
        public: serde_json::json!({"kty": "EC", "kid": kid}),
        made_at: Time(1),
        signs_from: Time(2),
        revoked_at: None,
    };
    object(tenant, RowKey(key), Body::SigningKey(signing_key))
}

/// The next version, otherwise the same.
pub fn next(object: &Object) -> Arc<Object> {
    object.changed(object.standing, object.body.clone())
}

pub fn token(key: i64, expires_at: i64) -> Token {
    Token {
        key: RowKey(key),
        kind: TokenKind::Access,
        hash: [key as u8; 32],
        client: None,
        user: None,
        family: None,
        scope: String::new(),
        audience: Vec::new(),
        issued_at: Time(10),
        expires_at: Time(expires_at),
        not_before: None,
        revocation: None,
        confirmation: None,
        kid: None,
    }
}

/// A token with every column filled.
pub fn full_token(key: i64, client: i64, user: i64, family: i64) -> Token {
    Token {
        kind: TokenKind::Refresh,
        client: Some(RowKey(client)),
        user: Some(RowKey(user)),
        family: Some(RowKey(family)),
        scope: "read write".to_owned(),
        audience: vec!["https://a.example".to_owned(), "https://b.example".to_owned()],
        not_before: Some(Time(11)),
        revocation: Some(revocation("early")),
        confirmation: Some(Confirmation::X5tS256("thumb".to_owned())),
        kid: Some("k1".to_owned()),
        ..token(key, 1_000_000)
    }
}

pub fn family(key: i64, expires_at: i64) -> Family {
    Family {
        key: RowKey(key),
        client: Some(RowKey(10)),
        user: None,
        expires_at: Time(expires_at),
        revocation: None,
        authentication: None,
    }
}

pub fn family_of(key: i64, user: i64) -> Family {
    Family { user: Some(RowKey(user)), ..family(key, 900) }
}

pub fn authentication(client_id: &str) -> Arc<Authentication> {
    Arc::new(Authentication {
        client_id: client_id.to_owned(),
        session: Some(RowKey(41)),
        auth_time: Time(15),
        acr: None,
        amr: vec!["pwd".to_owned()],
        id_token_claims: Vec::new(),
        userinfo_claims: vec!["email".to_owned()],
    })
}

pub fn revocation(by: &str) -> Revocation {
    Revocation { at: Time(99), by: RevokedBy::Client(by.to_owned()) }
}

pub fn create(object: Arc<Object>) -> Write {
    Write { tenant: object.tenant, change: Change::Create(object) }
}

pub fn replace(object: Arc<Object>) -> Write {
    Write { tenant: object.tenant, change: Change::Replace(object) }
}

pub fn delete(tenant: RowKey, key: i64, version: i64) -> Write {
    Write { tenant, change: Change::Delete { key: RowKey(key), version } }
}

pub fn insert(tenant: RowKey, token: Token) -> Write {
    Write { tenant, change: Change::InsertToken(token) }
}

pub fn insert_family(tenant: RowKey, family: Family) -> Write {
    Write { tenant, change: Change::InsertFamily(family) }
}

pub fn revoke_token(tenant: RowKey, key: i64, by: &str) -> Write {
    let change = Change::RevokeToken { key: RowKey(key), revocation: revocation(by) };
    Write { tenant, change }
}

pub fn revoke_family(tenant: RowKey, key: i64, by: &str) -> Write {
    let change = Change::RevokeFamily { key: RowKey(key), revocation: revocation(by) };
    Write { tenant, change }
}

pub fn cut_family(tenant: RowKey, key: i64, by: &str) -> Write {
    let change = Change::CutFamily { key: RowKey(key), revocation: revocation(by) };
    Write { tenant, change }
}

pub fn once(tenant: RowKey, digest: u8, expires_at: i64) -> Write {
    let change = Change::Once {
        space: OnceSpace::ClientAssertion,
        digest: [digest; 32],
        expires_at: Time(expires_at),
    };
    Write { tenant, change }
}

pub fn delete_token(tenant: RowKey, key: i64) -> Write {
    Write { tenant, change: Change::DeleteToken { key: RowKey(key) } }
}

pub fn locate(tenant: RowKey, digest: u8, was: Option<i64>, token: i64) -> Write {
    let change = Change::Locate {
        digest: [digest; 32],
        was: was.map(RowKey),
        token: RowKey(token),
        expires_at: Time(900),
    };
    Write { tenant, change }
}

pub fn ticket(key: i64, alias: Option<u8>) -> Ticket {
    Ticket {
        key: RowKey(key),
        version: 1,
        hash: [key as u8; 32],
        alias: alias.map(|alias| [alias; 32]),
        owner: None,
        due_at: None,
        expires_at: Time(900),
        body: TicketBody::Device {
            client: RowKey(10),
            client_id: "c".to_owned(),
            scope: "read".to_owned(),
            audience: vec!["https://a.example".to_owned()],
            state: DeviceState::Pending,
            next_poll: Time(20),
            interval_seconds: 5,
        },
    }
}

pub fn session(key: i64, user: i64) -> Ticket {
    let user = RowKey(user);
    let session = Session {
        user,
        username: "u".to_owned(),
        started_at: Time(10),
        authenticated_at: Time(15),
        amr: vec!["pwd".to_owned()],
        seen_at: Time(20),
        ends_at: Time(900),
        agent: "a browser".to_owned(),
        address: "192.0.2.1".to_owned(),
        clients: vec![SignedInto {
            client: RowKey(10),
            client_id: "c".to_owned(),
            families: vec![RowKey(20)],
        }],
    };
    let body = TicketBody::Session(Box::new(session));
    Ticket { owner: Some(user), body, ..ticket(key, None) }
}

pub fn notice(key: i64, due_at: i64) -> Ticket {
    let body = TicketBody::Notice(Notice {
        client: RowKey(10),
        client_id: "c".to_owned(),
        session: RowKey(41),
        user: RowKey(11),
        attempts: 0,
    });
    Ticket { due_at: Some(Time(due_at)), body, ..ticket(key, None) }
}

pub fn insert_ticket(tenant: RowKey, ticket: Ticket) -> Write {
    Write { tenant, change: Change::InsertTicket(ticket) }
}

pub fn replace_ticket(tenant: RowKey, ticket: Ticket) -> Write {
    Write { tenant, change: Change::ReplaceTicket(ticket) }
}

pub fn delete_ticket(tenant: RowKey, key: i64, version: i64) -> Write {
    Write { tenant, change: Change::DeleteTicket { key: RowKey(key), version } }
}

pub fn reach_at_root(tenant: RowKey, client_id: &str) -> Write {
    Write { tenant, change: Change::ReachAtRoot { client_id: client_id.to_owned() } }
}

pub fn hold_at_root(tenant: RowKey, client_id: &str) -> Write {
    Write { tenant, change: Change::HoldAtRoot { client_id: client_id.to_owned() } }
}

pub fn room(tenant: RowKey, space: Space, fewer_than: u64) -> Write {
    Write { tenant, change: Change::Room { space, fewer_than } }
}

pub fn leave_root(tenant: RowKey, client_id: &str) -> Write {
    Write { tenant, change: Change::LeaveRoot { client_id: client_id.to_owned() } }
}

/// The tenant that a client's id leads to at the root.
pub async fn at_root(store: &AnyStore, client_id: &str) -> Option<RowKey> {
    let tenant = TenantRef::OfClient(client_id.to_owned());
    store.load(&tenant, &Needs::default()).await.unwrap().tenant.map(|tenant| tenant.key)
}
