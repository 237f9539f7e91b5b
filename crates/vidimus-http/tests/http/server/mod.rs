//! A server on a loopback socket over the memory store, and a client that writes raw bytes.

pub mod raw;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use aws_lc_rs::{
    encoding::AsDer,
    rand::SystemRandom,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RsaKeyPair},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};
use vidimus_core::{
    admin::Create,
    audit::chain::Link,
    context::{SeededEntropy, Surface},
    engine::{Engine, Store, Swept},
    errand::{Done, Errand, Errands, Image},
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef},
    model::{Kind, Object, SigningAlgorithm},
    outcome::{Committed, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
    vault::Vault,
};
use vidimus_http::{
    app::{App, reserved_segments},
    clock::{Clock, SystemClock},
    serve::{Door, Limits, Listener, Stopped, Tls, serve},
    status::About,
};
use vidimus_store::memory::Memory;

use raw::Reply;

/// The memory store with a plug that can be pulled.
#[derive(Default)]
pub struct Pluggable {
    inner: Memory,
    pub unplugged: AtomicBool,
    /// The next look panics.
    pub mined: AtomicBool,
}

impl Pluggable {
    fn plugged(&self) -> Result<(), Fault> {
        assert!(!self.mined.swap(false, Ordering::SeqCst), "on purpose");
        if self.unplugged.load(Ordering::SeqCst) {
            return Err(Fault::Unavailable("the plug is pulled".to_owned()));
        }
        Ok(())
    }
}

impl Store for Pluggable {
    async fn load(&self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        self.plugged()?;
        self.inner.load(tenant, needs).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        self.plugged()?;
        self.inner.commit(writes).await
    }

    async fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Arc<Object>>, Fault> {
        self.plugged()?;
        self.inner.page(tenant, space, after, limit).await
    }

    async fn search(&self, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
        self.plugged()?;
        self.inner.search(tenant, search).await
    }

    async fn links(&self, after: i64, limit: u32) -> Result<Vec<Link>, Fault> {
        self.plugged()?;
        self.inner.links(after, limit).await
    }

    async fn used(&self, tenant: RowKey, keys: &[RowKey]) -> Result<Vec<(RowKey, Time)>, Fault> {
        self.plugged()?;
        self.inner.used(tenant, keys).await
    }

    async fn due(&self, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
        self.plugged()?;
        self.inner.due(now, limit).await
    }

    async fn sweep(&self, now: Time, limit: u32) -> Result<Swept, Fault> {
        self.inner.sweep(now, limit).await
    }
}

/// Makes keys, fetches pictures, and takes no time to tell one password from another.
pub struct Keys;

impl Errands for Keys {
    async fn run(&self, errand: Errand) -> Result<Done, Fault> {
        match errand {
            Errand::GenerateKey { algorithm } => Ok(Done::Key(Arc::new(pkcs8(algorithm).into()))),
            Errand::FetchImage { .. } => {
                let image = Image { content_type: "image/png", bytes: b"picture".to_vec() };
                Ok(Done::Image(Ok(Arc::new(image))))
            }
            Errand::HashSecret { chosen, .. } => Ok(Done::Hashed(phc(chosen.expose()))),
            Errand::VerifySecret { phc: stored, presented }
            | Errand::VerifyGuess { phc: stored, presented, .. } => {
                Ok(Done::Verified(stored == phc(presented.expose())))
            }
            Errand::Admit { .. } => Ok(Done::Admitted(Ok(()))),
            Errand::Forgive { .. } => Ok(Done::Forgiven),
            _ => Err(Fault::Busy("no such errand")),
        }
    }
}

fn pkcs8(algorithm: SigningAlgorithm) -> Vec<u8> {
    if algorithm == SigningAlgorithm::RS256 {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        return key.as_der().unwrap().as_ref().to_vec();
    }
    let random = SystemRandom::new();
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    key.as_ref().to_vec()
}

fn phc(secret: &str) -> Arc<str> {
    Arc::from(format!("$argon2id$test${secret}"))
}

pub type TestApp = App<Pluggable, Keys>;

pub struct Server {
    pub address: SocketAddr,
    pub app: Arc<TestApp>,
    /// `svc:…`, a client that may have `a` and `b`.
    pub client: String,
    /// A resource server that may ask about the whole tenant.
    pub asker: String,
    /// A client that may have the administrator's scope.
    pub admin: String,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<Stopped>>,
}

pub const PUBLIC_URL: &str = "https://login.example";

/// Of `rp`, a client of `people`.
pub const REDIRECT_URI: &str = "https://rp.example/cb?kept=1";
/// Of `alice`, a user of `people`.
pub const PASSWORD: &str = "correct horse battery";

/// Objects of the default tenant, and tenants beside it.
async fn seed(engine: &Engine<Pluggable, Keys>) -> [String; 3] {
    for tenant in [
        json!({"id": "default"}),
        json!({"id": "foo.com", "path_aliases": ["/customers"], "hosts": ["foo.example"]}),
        json!({"id": "people", "path_aliases": ["/people"], "hosts": ["people.example"],
            "look": {"name": "People & Co", "logo": "iVBORw0KGgo="},
            "policy": {"allow_legacy_response_types": true, "reachable_at_root": true}}),
        json!({"id": "silent", "dialects": ["other"]}),
    ] {
        let id = tenant["id"].as_str().unwrap().to_owned();
        create(engine, &id, Kind::Tenant, tenant.clone()).await;
    }
    let client = |id: &str, scope: &str| json!({"client_id": id, "scope": scope, "grant_types": ["client_credentials"]});
    let svc = create(engine, "default", Kind::Client, client("svc", "a b")).await;
    let admin = create(engine, "default", Kind::Client, client("admin", "vidimus.admin")).await;
    let shown = json!({"client_id": "shown", "grant_types": ["client_credentials"], "scope": "a",
        "logo_uri": "https://client.example/logo"});
    create(engine, "default", Kind::Client, shown).await;
    let rp = json!({"client_id": "rp", "scope": "openid", "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code", "code id_token"], "id_token_signed_response_alg": "ES256"});
    create(engine, "people", Kind::Client, rp).await;
    let alice = json!({"username": "alice", "password": PASSWORD});
    create(engine, "people", Kind::User, alice).await;
    let asker = json!({"id": "rs", "audiences": ["https://rs.example"], "introspect": "tenant"});
    let asker = create(engine, "default", Kind::ResourceServer, asker).await;
    let basic = |id: &str, made: &Value, key: &str| {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let pair = format!("{id}:{}", made[key].as_str().unwrap());
        format!("Basic {}", STANDARD.encode(pair))
    };
    [
        basic("svc", &svc, "client_secret"),
        basic("rs", &asker, "secret"),
        basic("admin", &admin, "client_secret"),
    ]
}

async fn create(
    engine: &Engine<Pluggable, Keys>,
    tenant: &str,
    kind: Kind,
    declaration: Value,
) -> Value {
    let operation = Create { kind, declaration, by: "test".to_owned() };
    let mut entropy = SeededEntropy::new(seed_of_entropy());
    let at = TenantRef::Id(tenant.to_owned());
    let answer = engine.run(&operation, &at, SystemClock.now(), &mut entropy).await.unwrap();
    answer.reply.unwrap()
}

fn seed_of_entropy() -> u64 {
    let mut seed = [0; 8];
    aws_lc_rs::rand::fill(&mut seed).unwrap();
    u64::from_le_bytes(seed)
}

pub async fn app() -> (TestApp, [String; 3]) {
    let engine = Engine {
        store: Pluggable::default(),
        errands: Keys,
        vault: Vault::new(&[7; 32]),
        public_url: PUBLIC_URL.to_owned(),
        surface: Surface {
            dialects: &["standard", "other"],
            reserved_segments: reserved_segments(),
            ..Surface::default()
        },
    };
    let credentials = seed(&engine).await;
    let about = About { version: "0.0.0", store: "memory", schema: 1 };
    (App::new(engine, Arc::new(SystemClock), about), credentials)
}

impl Server {
    pub async fn start() -> Self {
        Self::with(Limits::default(), Door::Main, None, |app| app).await
    }

    pub async fn with(
        limits: Limits,
        door: Door,
        tls: Option<Arc<Tls>>,
        change: impl FnOnce(TestApp) -> TestApp,
    ) -> Self {
        let (app, [client, asker, admin]) = app().await;
        let app = Arc::new(change(app));
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let listeners = vec![Listener { socket, door, tls }];
        let served = tokio::spawn(serve(Arc::clone(&app), listeners, limits, async {
            stopped.await.unwrap();
        }));
        let (stop, served) = (Some(stop), Some(served));
        Self { address, app, client, asker, admin, stop, served }
    }

    pub fn begin_stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub async fn stopped(&mut self) -> Stopped {
        self.served.take().unwrap().await.unwrap()
    }

    pub async fn get(&self, path: &str) -> Reply {
        raw::get(self.address, path, &[]).await
    }

    pub async fn post(&self, path: &str, authorization: &str, form: &str) -> Reply {
        let headers = [("Authorization", authorization), ("Content-Type", raw::FORM)];
        raw::send(self.address, "POST", path, &headers, form).await
    }

    pub async fn token(&self, authorization: &str) -> String {
        let reply =
            self.post("/oauth2/token", authorization, "grant_type=client_credentials").await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub async fn administer(&self, method: &str, path: &str, body: &str) -> Reply {
        let bearer = format!("Bearer {}", self.token(&self.admin).await);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        raw::send(self.address, method, path, &headers, body).await
    }
}
