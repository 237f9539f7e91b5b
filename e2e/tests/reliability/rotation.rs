//! SEC-118: the server dies while it rotates a refresh token. Whoever asks again with the old one
//! gets on where the policy has a grace; where it has none, nothing is left half alive.

use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::connection::Connection;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{active, admin_token};

use crate::alone;
use crate::seed::Seed;

const GRACE_SECONDS: i64 = 3600;
/// Around the time that a rotation takes.
const MOMENT: (Duration, Duration) = (Duration::ZERO, Duration::from_millis(3));

struct Scene {
    server: Server,
    admin: String,
    secret: String,
    watch: String,
    path: String,
}

fn scene(setup: &Setup, grace_seconds: i64) -> Scene {
    let server = Server::start(setup);
    let admin = admin_token(&server);
    let post = |path: &str, body: Value| {
        let answer = server.exchange(&Request::post(path).bearer(&admin).json(&body));
        assert_eq!(answer.status, 201, "{path}: {}", answer.text());
        answer
    };
    let policy = json!({"refresh_grace_seconds": grace_seconds});
    post("/admin/v1/tenants", json!({"id": "rotating", "policy": policy}));
    let at = |noun: &str| format!("/admin/v1/tenants/rotating/{noun}");
    let client = json!({"client_id": "web", "grant_types": ["refresh_token", "authorization_code"],
        "redirect_uris": ["https://app.example/cb"], "scope": "read"});
    let secret = post(&at("clients"), client).member("client_secret");
    let watch = json!({"id": "watch", "introspect": "tenant"});
    let watch = post(&at("resource-servers"), watch).member("secret");
    Scene { server, admin, secret, watch, path: "/t/rotating".to_owned() }
}

impl Scene {
    fn mint(&self) -> (String, String) {
        let order = json!({"client_id": "web", "refresh": true});
        let request = Request::post("/admin/v1/tenants/rotating/tokens");
        let minted = self.server.exchange(&request.bearer(&self.admin).json(&order));
        (minted.member("access_token"), minted.member("refresh_token"))
    }

    fn refresh(&self, token: &str) -> Request {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        Request::post(&format!("{}/oauth2/token", self.path)).basic("web", &self.secret).form(&form)
    }

    fn is_active(&self, token: &str) -> bool {
        let request = Request::post(&format!("{}/oauth2/introspect", self.path));
        let request = request.basic("watch", &self.watch).form(&[("token", token)]);
        active(&self.server.exchange(&request)).expect("a verdict")
    }

    /// Kills the server at some moment of a rotation; `Some` if the answer came all the same.
    fn killed_while_rotating(&mut self, token: &str, moment: Duration) -> Option<Response> {
        let address = self.server.address();
        let bytes = self.refresh(token).bytes(&address);
        let mut connection = Connection::open(&address).expect("the server accepts");
        connection.send(&bytes).expect("sends");
        let asked = std::thread::spawn(move || connection.receive(false).ok());
        std::thread::sleep(moment);
        self.server.kill();
        asked.join().expect("the client")
    }
}

fn cycles(store: Store, count: u32, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let (mut answered, mut rotated) = (0, 0);
    for grace_seconds in [GRACE_SECONDS, 0] {
        let mut scene = scene(&Setup::new(store.clone()), grace_seconds);
        for cycle in 0..count {
            let (access, old) = scene.mint();
            let moment = seed.between(MOMENT.0, MOMENT.1);
            let answer = scene.killed_while_rotating(&old, moment);
            answered += u32::from(answer.is_some());
            scene.server.restart();
            let again = scene.server.exchange(&scene.refresh(&old));
            let what = format!("cycle {cycle}, grace {grace_seconds} s: {}", again.text());
            if let Some(answer) = answer.filter(|_| grace_seconds > 0) {
                // The same successor again, as if nothing had happened.
                assert_eq!(again.member("refresh_token"), answer.member("refresh_token"), "{what}");
            }
            if again.status == 200 {
                let next = again.member("refresh_token");
                assert!(scene.is_active(&again.member("access_token")), "{what}");
                assert!(scene.is_active(&next), "{what}");
                let on = scene.server.exchange(&scene.refresh(&next));
                assert_eq!(on.status, 200, "{what}: then {}", on.text());
                continue;
            }
            rotated += 1;
            assert_eq!(grace_seconds, 0, "{what}");
            assert_eq!((again.status, again.member("error").as_str()), (400, "invalid_grant"));
            assert!(!scene.is_active(&access) && !scene.is_active(&old), "half alive: {what}");
        }
    }
    eprintln!("{test}: {} kills, {answered} answered, {rotated} families ended", 2 * count);
}

#[test]
fn sec_118_a_client_gets_on_after_a_kill_within_a_rotation() {
    let _alone = alone();
    cycles(Store::Sqlite, 12, "SEC-118 SQLite");
    cycles(Store::Postgres, 4, "SEC-118 PostgreSQL");
}

#[test]
#[ignore = "soak"]
fn sec_118_two_hundred_kills_within_rotations() {
    let _alone = alone();
    cycles(Store::Sqlite, 200, "SEC-118 SQLite, long");
    cycles(Store::Postgres, 50, "SEC-118 PostgreSQL, long");
}
