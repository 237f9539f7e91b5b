//! Where a stranger can send the server: nowhere but to public addresses, not far, and not for long
//! (SEC-161…SEC-164).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::vitals::Peak;

use crate::keys::SigningKey;
use crate::race::fifty;
use crate::sink::{Manners, Sink};
use crate::world::{Tenant, World, shared_machine};

const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Where a registration names a URL.
const MEMBERS: [&str; 10] = [
    "jwks_uri",
    "sector_identifier_uri",
    "logo_uri",
    "client_uri",
    "policy_uri",
    "tos_uri",
    "request_uris",
    "backchannel_logout_uri",
    "initiate_login_uri",
    "jku",
];
/// Three seconds, and what a busy machine takes beside.
const WAIT_MAX: Duration = Duration::from_millis(4_500);

/// `{}` is the sink's port.
const PLACES: [&str; 30] = [
    "https://127.0.0.1:{}/",
    "https://127.1:{}/",
    "https://[::1]:{}/",
    "https://0.0.0.0:{}/",
    "https://0:{}/",
    "https://[::]:{}/",
    "https://2130706433:{}/",
    "https://0177.0.0.1:{}/",
    "https://0x7f000001:{}/",
    "https://0x7f.1:{}/",
    "https://[::ffff:127.0.0.1]:{}/",
    "https://[::ffff:7f00:1]:{}/",
    "https://[::127.0.0.1]:{}/",
    "https://[64:ff9b::7f00:1]:{}/",
    "https://[2002:7f00:1::]:{}/",
    "https://localhost:{}/",
    "https://localhost.:{}/",
    "https://LOCALHOST:{}/",
    "https://app.localhost:{}/",
    "https://user@127.0.0.1:{}/",
    "https://as.example@127.0.0.1:{}/",
    "http://127.0.0.1:{}/",
    "https://10.0.0.1:{}/",
    "https://172.16.0.1:22/",
    "https://192.168.0.1:6379/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fd00::1]:25/",
    "https://100.64.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{}/_x",
];

pub struct Registrar {
    pub tenant: Tenant,
    pub token: String,
    pub key: SigningKey,
}

/// A tenant, and an initial access token for more than any test registers.
pub fn registrar(world: &World) -> Registrar {
    let tenant = world.tenant("outbound", json!({}));
    let order = json!({"id": "init", "uses": 100_000});
    let made = world.change("POST", &tenant.admin("/registration-tokens"), &order);
    let token = made["token"].as_str().or(made["secret"].as_str()).expect("a token").to_owned();
    Registrar { tenant, token, key: SigningKey::es256("k") }
}

impl Registrar {
    pub fn register(&self, world: &World, more: &Value) -> Response {
        let mut metadata = json!({"redirect_uris": ["https://app.example/cb"]});
        for (key, value) in more.as_object().expect("an object") {
            metadata[key] = value.clone();
        }
        let request = Request::post(&self.tenant.at("/oauth2/register"));
        world.exchange(&request.bearer(&self.token).json(&metadata))
    }

    fn with_keys_at(&self, world: &World, uri: &str) -> Response {
        let method = json!("private_key_jwt");
        let more = json!({"jwks_uri": uri, "token_endpoint_auth_method": method});
        self.register(world, &more)
    }

    /// A request for which the client's keys are needed.
    fn proof(&self, client_id: &str) -> Request {
        let text = self.key.assertion(client_id, &self.tenant.issuer, &json!({}));
        Request::post(&self.tenant.at("/oauth2/token")).form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", CLIENT_ASSERTION),
            ("client_assertion", &text),
        ])
    }
}

/// Registers with the URL, and if that is accepted does what makes the server want it.
fn tempt(world: &World, registrar: &Registrar, member: &str, uri: &str) {
    let start = Instant::now();
    let answer = match member {
        "jwks_uri" => registrar.with_keys_at(world, uri),
        "request_uris" => registrar.register(world, &json!({"request_uris": [uri]})),
        "jku" => {
            let header = json!({"alg": "ES256", "kid": "k", "jku": uri, "x5u": uri});
            let claims = json!({"iss": "https://evil.example", "client_name": "x"});
            let statement = registrar.key.sign(&header, &claims);
            registrar.register(world, &json!({"software_statement": statement}))
        }
        member => registrar.register(world, &json!({member: uri})),
    };
    let what = format!("{member} = {uri}: {} {}", answer.status, answer.text());
    assert!(matches!(answer.status, 201 | 400), "{what}");
    if answer.status == 201 && member == "jwks_uri" {
        let proof = registrar.proof(&answer.member("client_id"));
        assert_eq!(world.exchange(&proof).status, 401, "{what}");
    }
    assert!(start.elapsed() <= WAIT_MAX, "{what}: {:?}", start.elapsed());
}

#[test]
fn sec_161_nothing_of_this_machine_or_network_is_asked() {
    let _shared = shared_machine();
    let setup = Setup::new(Store::Sqlite).setting("outbound.allow_private", "false");
    let world = World::start(&setup);
    let registrar = registrar(&world);
    let sink = Sink::start(Manners::Answers(b"{\"keys\":[]}"));
    let mut tempted = 0;
    for place in PLACES {
        let uri = place.replace("{}", &sink.port.to_string());
        for member in MEMBERS {
            tempt(&world, &registrar, member, &uri);
            tempted += 1;
        }
        // An administrator's trust in an issuer is no way around either.
        let trusted = json!({"issuer": uri, "jwks_uri": uri, "subjects": ["*"], "scope": "read"});
        let answer = world.admin("POST", &registrar.tenant.admin("/issuers"), Some(&trusted));
        assert!(matches!(answer.status, 201 | 400), "{uri}: {}", answer.text());
    }
    let own = format!("https://{}/oauth2/jwks", world.server.address());
    tempt(&world, &registrar, "jwks_uri", &own);
    eprintln!("SEC-161: {tempted} temptations, {} connections", sink.connections());
    assert_eq!(sink.connections(), 0);
}

/// With private addresses allowed, so that the test's own servers are there at all.
fn lenient() -> (World, Registrar) {
    let world = World::start(&Setup::new(Store::Sqlite));
    let registrar = registrar(&world);
    (world, registrar)
}

#[test]
fn sec_162_no_redirect_is_followed() {
    let _shared = shared_machine();
    let (world, registrar) = lenient();
    let target = Sink::start(Manners::Answers(b"{\"keys\":[]}"));
    for status in [301, 302, 303, 307, 308] {
        let sink = Sink::start(Manners::RedirectsTo(status, target.port));
        for (member, times) in [("jwks_uri", 1), ("sector_identifier_uri", 2)] {
            let uri = format!("http://127.0.0.1:{}/{member}", sink.port);
            tempt(&world, &registrar, member, &uri);
            assert!(sink.connections() <= times, "{status}: {} times", sink.connections());
        }
        assert!(sink.connections() >= 1, "{status}: never asked at all");
    }
    assert_eq!(target.connections(), 0);
}

#[test]
fn sec_163_a_bad_server_is_left_soon_and_asked_once() {
    let _shared = shared_machine();
    let (world, registrar) = lenient();
    for manners in [
        Manners::Hangs,
        Manners::Drips,
        Manners::Floods,
        Manners::ManyKeys,
        Manners::Compresses,
        Manners::Answers(b"<html></html>"),
        Manners::Answers(b""),
    ] {
        let sink = Sink::start(manners);
        let uri = format!("http://127.0.0.1:{}/jwks", sink.port);
        let made = registrar.with_keys_at(&world, &uri);
        assert_eq!(made.status, 201, "{}", made.text());
        assert_eq!(sink.connections(), 0, "{manners:?}: asked at registration");
        let proof = registrar.proof(&made.member("client_id"));
        let peak = Peak::watch(world.server.pid());
        let start = Instant::now();
        // All at once, and one of them asks for all.
        for answer in fifty(&[&world], &proof) {
            assert_eq!(answer.status, 401, "{manners:?}: {}", answer.text());
        }
        assert!(start.elapsed() <= WAIT_MAX, "{manners:?}: {:?}", start.elapsed());
        assert_eq!(sink.connections(), 1, "{manners:?}");
        assert!(peak.risen_bytes() <= 32_000_000, "{manners:?}: {} bytes", peak.risen_bytes());
        // That it failed is remembered for a while.
        let again = registrar.proof(&made.member("client_id"));
        let start = Instant::now();
        assert_eq!(world.exchange(&again).status, 401, "{manners:?}");
        assert!(start.elapsed() <= Duration::from_millis(1_500), "{:?}", start.elapsed());
        assert_eq!(sink.connections(), 1, "{manners:?}");
    }
}

#[test]
fn sec_164_no_logo_is_fetched() {
    let _shared = shared_machine();
    let (world, registrar) = lenient();
    let sink = Sink::start(Manners::Answers(b"GIF89a"));
    for member in ["logo_uri", "client_uri", "policy_uri", "tos_uri"] {
        let uri = format!("http://127.0.0.1:{}/{member}", sink.port);
        let answer = registrar.register(&world, &json!({member: uri}));
        assert_eq!(answer.status, 201, "{}", answer.text());
        assert_eq!(answer.member(member), uri);
    }
    assert_eq!(sink.connections(), 0);
}
