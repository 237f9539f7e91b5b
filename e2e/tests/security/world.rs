//! A running server with its administrator: makes tenants and parties, asks, and remembers every
//! secret.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde_json::{Value, json};
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response, form_encode};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

pub const INACTIVE: &str = r#"{"active":false}"#;

/// The two that outlive a process; everything that touches the store runs on both.
pub const STORES: [Store; 2] = [Store::Sqlite, Store::Postgres];

pub struct World {
    pub server: Server,
    bearer: String,
    issued: Mutex<Vec<String>>,
}

#[derive(Clone, Debug)]
pub struct Tenant {
    pub id: String,
    pub path: String,
    pub issuer: String,
}

/// A client or a resource server. Public ones have no secret.
#[derive(Clone, Debug)]
pub struct Party {
    pub id: String,
    pub secret: String,
}

#[derive(Clone, Debug)]
pub struct Minted {
    pub access: String,
    pub refresh: Option<String>,
}

impl Minted {
    pub fn refresh(&self) -> &str {
        self.refresh.as_deref().expect("minted with a refresh token")
    }
}

impl World {
    pub fn start(setup: &Setup) -> Self {
        Self::of(Server::start(setup))
    }

    /// One whose clock moves.
    pub fn dev(setup: &Setup) -> Self {
        Self::of(Server::dev(setup))
    }

    /// Only of [`Self::dev`].
    pub fn advance(&self, seconds: i64) {
        let order = Request::post("/__sandbox/clock").json(&json!({"advance_seconds": seconds}));
        assert_eq!(self.exchange(&order).status, 200);
    }

    /// A server on a new store: its first start has written an administrator's credentials.
    pub fn of(server: Server) -> Self {
        let places = ["vidimus-admin.toml", "dev/vidimus-admin.toml"];
        let files = places.map(|place| server.directory().join(place));
        let file = files.iter().find(|file| file.exists()).unwrap_or(&files[0]);
        let text = std::fs::read_to_string(file)
            .unwrap_or_else(|fault| panic!("{}: {fault}", file.display()));
        let value = |key: &str| {
            let line =
                text.lines().find_map(|line| line.strip_prefix(key)?.trim().strip_prefix('='));
            let quoted = line.unwrap_or_else(|| panic!("no {key} in {}", file.display())).trim();
            quoted.trim_matches('"').to_owned()
        };
        let admin = Party { id: value("client_id"), secret: value("client_secret") };
        let world = Self { server, bearer: String::new(), issued: Mutex::default() };
        world.remember(&admin.secret);
        let root = Tenant::root(&world.server);
        let bearer = world.token(&root, &admin, &[("scope", "vidimus.admin")]);
        Self { bearer, ..world }
    }

    /// Another node on the same store; the administrator is the same.
    pub fn beside(&self, server: Server) -> Self {
        Self { server, bearer: self.bearer.clone(), issued: Mutex::default() }
    }

    pub fn admin_bearer(&self) -> &str {
        &self.bearer
    }

    pub fn remember(&self, secret: &str) {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned());
    }

    /// Every secret that this test has received or chosen.
    pub fn issued(&self) -> Vec<String> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn exchange(&self, request: &Request) -> Response {
        self.server.exchange(request)
    }

    pub fn connect(&self) -> Connection {
        self.server.connect()
    }

    /// `path` below `/admin/v1`.
    pub fn admin(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let request = Request::new(method, &format!("/admin/v1{path}")).bearer(&self.bearer);
        self.exchange(&match body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// What a change over the admin API answers.
    ///
    /// # Panics
    /// If it does not succeed.
    pub fn change(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.admin(method, path, Some(body));
        let good = matches!(answer.status, 200 | 201);
        assert!(good, "{method} {path} with {body}: {} {}", answer.status, answer.text());
        answer.json()
    }

    pub fn delete(&self, path: &str) {
        let answer = self.admin("DELETE", path, None);
        assert_eq!(answer.status, 200, "DELETE {path}: {}", answer.text());
    }

    /// A new tenant with the given keys beside its id.
    pub fn tenant(&self, name: &str, mut declaration: Value) -> Tenant {
        let id = format!("{name}-{}", unique());
        declaration["id"] = json!(id);
        self.change("POST", "/tenants", &declaration);
        Tenant::of(&self.server, &id)
    }

    pub fn client(&self, tenant: &Tenant, id: &str, mut declaration: Value) -> Party {
        declaration["client_id"] = json!(id);
        let made = self.change("POST", &tenant.admin("/clients"), &declaration);
        self.party(id, &made["client_secret"], &declaration["client_secret"])
    }

    pub fn resource_server(&self, tenant: &Tenant, id: &str, mut declaration: Value) -> Party {
        declaration["id"] = json!(id);
        let made = self.change("POST", &tenant.admin("/resource-servers"), &declaration);
        self.party(id, &made["secret"], &declaration["secret"])
    }

    fn party(&self, id: &str, made: &Value, chosen: &Value) -> Party {
        let secret = made.as_str().or(chosen.as_str()).unwrap_or_default().to_owned();
        if !secret.is_empty() {
            self.remember(&secret);
        }
        Party { id: id.to_owned(), secret }
    }

    pub fn user(&self, tenant: &Tenant, username: &str) {
        let declaration =
            json!({"username": username, "email": format!("{username}@mail.example")});
        self.change("POST", &tenant.admin("/users"), &declaration);
    }

    /// A token as the client would have got it.
    pub fn mint(&self, tenant: &Tenant, order: &Value) -> Minted {
        let made = self.change("POST", &tenant.admin("/tokens"), order);
        let text = |name: &str| made[name].as_str().map(str::to_owned);
        let minted = Minted {
            access: text("access_token").expect("an access token"),
            refresh: text("refresh_token"),
        };
        self.remember(&minted.access);
        if let Some(refresh) = &minted.refresh {
            self.remember(refresh);
        }
        minted
    }

    /// An access token by client credentials.
    pub fn token(&self, tenant: &Tenant, client: &Party, more: &[(&str, &str)]) -> String {
        let parameters = [&[("grant_type", "client_credentials")], more].concat();
        let answer = self.exchange(
            &Request::post(&tenant.at("/oauth2/token"))
                .basic(&client.id, &client.secret)
                .form(&parameters),
        );
        assert_eq!(answer.status, 200, "{} gets no token: {}", client.id, answer.text());
        let token = answer.member("access_token");
        self.remember(&token);
        token
    }

    pub fn introspect(&self, tenant: &Tenant, caller: &Party, token: &str) -> Response {
        self.exchange(&introspection(tenant, caller, token))
    }

    pub fn is_active(&self, tenant: &Tenant, caller: &Party, token: &str) -> bool {
        verdict(&self.introspect(tenant, caller, token))
    }

    pub fn revoke(&self, tenant: &Tenant, caller: &Party, token: &str) -> Response {
        let target = tenant.at("/oauth2/revoke");
        self.exchange(
            &Request::post(&target).basic(&caller.id, &caller.secret).form(&[("token", token)]),
        )
    }

    /// What the operator is told: why this caller gets the answer it gets.
    pub fn reason(&self, tenant: &Tenant, caller: Option<&Party>, token: &str) -> Value {
        let mut order = json!({"token": token});
        if let Some(caller) = caller {
            order["caller"] = json!(caller.id);
        }
        self.change("POST", &tenant.admin("/tokens/explain"), &order)["reason"].clone()
    }
}

impl Tenant {
    pub fn root(server: &Server) -> Self {
        Self { id: "default".to_owned(), path: String::new(), issuer: server.issuer() }
    }

    pub fn of(server: &Server, id: &str) -> Self {
        let path = format!("/t/{id}");
        Self { id: id.to_owned(), issuer: format!("{}{path}", server.issuer()), path }
    }

    /// A path of the protocol.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.path)
    }

    /// A path of the admin API.
    pub fn admin(&self, path: &str) -> String {
        format!("/tenants/{}{path}", self.id)
    }

    pub fn admin_client(&self, id: &str) -> String {
        self.admin(&format!("/clients/{}", form_encode(id)))
    }

    pub fn admin_user(&self, username: &str) -> String {
        self.admin(&format!("/users/{}", form_encode(username)))
    }
}

pub fn introspection(tenant: &Tenant, caller: &Party, token: &str) -> Request {
    Request::post(&tenant.at("/oauth2/introspect"))
        .basic(&caller.id, &caller.secret)
        .form(&[("token", token)])
}

/// `active` of an answer; an inactive one must be exactly that and nothing else.
pub fn verdict(answer: &Response) -> bool {
    assert_eq!(answer.status, 200, "{}", answer.text());
    if answer.json()["active"] == json!(true) {
        return true;
    }
    assert_inactive(answer);
    false
}

pub fn assert_inactive(answer: &Response) {
    assert_eq!((answer.status, answer.text()), (200, INACTIVE));
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
}

/// Status and `error` of a refusal.
pub fn refusal(answer: &Response) -> (u16, String) {
    (answer.status, answer.member("error"))
}

pub fn unique() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Held by every test but those that measure time, which want the machine for themselves.
static MACHINE: RwLock<()> = RwLock::new(());

pub fn shared_machine() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(PoisonError::into_inner)
}

pub fn quiet_machine() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(PoisonError::into_inner)
}

/// Names the store if the check fails on it.
pub struct Named(pub String);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("---- this was on {} ----", self.0);
        }
    }
}

/// Runs a check on both stores, against one server each, shared by all checks. They make tenants of
/// their own there.
pub fn on_each_store(check: impl Fn(&World)) {
    let _shared = shared_machine();
    for store in STORES {
        let _named = Named(format!("{store:?}"));
        check(shared(&store));
    }
}

/// One of the two servers that all checks share.
pub fn shared(store: &Store) -> &'static World {
    static SQLITE: OnceLock<World> = OnceLock::new();
    static POSTGRES: OnceLock<World> = OnceLock::new();
    let cell = if *store == Store::Sqlite { &SQLITE } else { &POSTGRES };
    cell.get_or_init(|| World::start(&Setup::new(store.clone())))
}

/// Runs a check on both stores, each time against a server of its own.
pub fn on_each_store_alone(check: impl Fn(Setup)) {
    let _shared = shared_machine();
    for store in STORES {
        let _named = Named(format!("{store:?}"));
        check(Setup::new(store));
    }
}

/// Runs a check on two nodes over one PostgreSQL.
pub fn on_two_nodes(check: impl Fn(&[&World])) {
    let _shared = shared_machine();
    let _named = Named("two nodes on PostgreSQL".to_owned());
    let setup = Setup::new(Store::Postgres);
    let one = World::start(&setup);
    let store = Store::At(one.server.store_url().to_owned());
    let two = one.beside(Server::start(&Setup { store, ..setup }));
    check(&[&one, &two]);
}

/// Members of a JSON object in one order, to compare two answers.
pub fn members(value: &Value) -> BTreeMap<String, Value> {
    value.as_object().expect("a JSON object").clone().into_iter().collect()
}
