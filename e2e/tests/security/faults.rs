//! The store is away: neither success nor a verdict (SEC-138, SEC-139).
//!
//! PostgreSQL is stopped and frozen; SQLite's file may not grow any more, as on a full disk (the
//! process's own limit on file sizes, raised and lowered from outside).

use std::process::Command;
use std::time::{Duration, Instant};

use vidimus_e2e::cluster::Cluster;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::setup::{Setup, Store};

use crate::askers::{Asked, while_asked};
use crate::pair::Pair;
use crate::world::{Named, World, introspection, refusal, shared_machine, verdict};

const ANSWER: Duration = Duration::from_secs(2);
const RECOVERY: Duration = Duration::from_secs(10);

struct Scene {
    world: World,
    pair: Pair,
    live: String,
    revoked: String,
}

impl Scene {
    fn of(world: World) -> Self {
        let pair = Pair::of(&world);
        let (live, revoked) = (pair.for_rs1(&world), pair.for_rs1(&world));
        world.revoke(&pair.a, &pair.svc, &revoked);
        Self { world, pair, live, revoked }
    }

    fn revoke(&self) -> Request {
        let request = Request::post(&self.pair.a.at("/oauth2/revoke"));
        request.basic("svc", &self.pair.svc.secret).form(&[("token", &self.live)])
    }

    fn token(&self) -> Request {
        let request = Request::post(&self.pair.a.at("/oauth2/token"));
        let grant = [("grant_type", "client_credentials")];
        request.basic("svc", &self.pair.svc.secret).form(&grant)
    }

    fn introspect(&self, token: &str) -> Request {
        introspection(&self.pair.a, &self.pair.rs1, token)
    }

    fn is_active(&self, token: &str) -> bool {
        self.world.is_active(&self.pair.a, &self.pair.rs1, token)
    }

    fn assert_unavailable(&self, request: &Request) {
        let began = Instant::now();
        let answer = self.world.exchange(request);
        let took = began.elapsed();
        assert_unavailable(&answer, request);
        // A slow machine's own time comes on top.
        assert!(took <= ANSWER + Duration::from_millis(500), "{} took {took:?}", request.target);
    }

    /// So that whatever is kept of them is at hand when the store goes.
    fn ask_often(&self) {
        let mut connection = self.world.connect();
        for _ in 0..100 {
            for (token, active) in [(&self.live, true), (&self.revoked, false)] {
                let answer = connection.exchange(&self.introspect(token)).expect("an answer");
                assert_eq!(verdict(&answer), active);
            }
        }
    }

    /// Once the store is back: everything as it was before the fault, and working.
    fn assert_recovers(&self) {
        let deadline = Instant::now() + RECOVERY;
        while self.world.exchange(&self.introspect(&self.live)).status != 200 {
            assert!(Instant::now() < deadline, "still unavailable");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(self.is_active(&self.live), "a revocation that failed took effect");
        assert!(!self.is_active(&self.revoked), "a revocation was forgotten");
        while self.world.exchange(&self.token()).status != 200 {
            assert!(Instant::now() < deadline, "no token is issued");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(self.world.exchange(&self.revoke()).status, 200);
        assert!(!self.is_active(&self.live));
    }
}

fn assert_unavailable(answer: &Response, request: &Request) {
    let expected = (503, "temporarily_unavailable".to_owned());
    assert_eq!(refusal(answer), expected, "{}: {}", request.target, answer.text());
    let seconds = answer.header("Retry-After").and_then(|value| value.parse::<u32>().ok());
    assert!(seconds.is_some_and(|seconds| seconds >= 1), "Retry-After: {seconds:?}");
    assert_eq!(answer.header("Cache-Control"), Some("no-store"));
    assert_eq!(answer.json().get("active"), None);
}

fn on_postgres() -> (Cluster, Scene) {
    let cluster = Cluster::start().expect("PostgreSQL");
    let world = World::start(&Setup::new(Store::At(cluster.database())));
    (cluster, Scene::of(world))
}

#[test]
fn sec_138_and_139_postgresql_is_stopped() {
    let _shared = shared_machine();
    let _named = Named("PostgreSQL, stopped".to_owned());
    let (mut cluster, scene) = on_postgres();
    scene.ask_often();
    cluster.stop_immediate();
    for _ in 0..3 {
        scene.assert_unavailable(&scene.introspect(&scene.live));
        scene.assert_unavailable(&scene.introspect(&scene.revoked));
        scene.assert_unavailable(&scene.revoke());
        scene.assert_unavailable(&scene.token());
    }
    cluster.restart();
    scene.assert_recovers();
}

#[test]
fn sec_138_and_139_postgresql_stands_still() {
    let _shared = shared_machine();
    let _named = Named("PostgreSQL, frozen".to_owned());
    let (cluster, scene) = on_postgres();
    scene.ask_often();
    cluster.freeze();
    scene.assert_unavailable(&scene.introspect(&scene.live));
    scene.assert_unavailable(&scene.introspect(&scene.revoked));
    scene.assert_unavailable(&scene.revoke());
    // Also when many wait at once, and for all of them in that time.
    std::thread::scope(|threads| {
        for _ in 0..20 {
            threads.spawn(|| scene.assert_unavailable(&scene.introspect(&scene.live)));
        }
    });
    cluster.thaw();
    scene.assert_recovers();
}

/// Limits what the server's files may grow to from now on; its own limit, so no root is needed.
fn limit_files(pid: u32, limit: &str) {
    let output = Command::new("prlimit")
        .args(["--pid", &pid.to_string(), &format!("--fsize={limit}:")])
        .output()
        .unwrap_or_else(|fault| panic!("prlimit (Debian package `util-linux`): {fault}"));
    assert!(output.status.success(), "prlimit: {}", String::from_utf8_lossy(&output.stderr));
}

/// Reading goes on meanwhile: what was issued is known, what is revoked too.
#[test]
fn sec_138_sqlite_cannot_write() {
    let _shared = shared_machine();
    let _named = Named("SQLite, no room to write".to_owned());
    // The signal that comes with the limit would end the process; a full disk sends none.
    let world = World::start(&Setup::new(Store::Sqlite).before("trap '' XFSZ"));
    let scene = Scene::of(world);
    scene.ask_often();
    let pid = scene.world.server.pid();
    while_asked(&[&scene.world], "SEC-138", |askers| {
        let live = askers.watch("a token whose revocation fails", scene.introspect(&scene.live));
        live.await_asked();
        limit_files(pid, "1");
        for _ in 0..3 {
            assert_unavailable(&scene.world.exchange(&scene.revoke()), &scene.revoke());
            assert_unavailable(&scene.world.exchange(&scene.token()), &scene.token());
            assert!(scene.is_active(&scene.live), "the revocation was not acknowledged");
            assert!(!scene.is_active(&scene.revoked));
        }
        live.await_asked();
        limit_files(pid, "unlimited");
        Asked::end(&[&live], || scene.assert_recovers());
        live.await_asked();
    });
    // What was acknowledged is there after a crash.
    let Scene { mut world, pair, live, .. } = scene;
    world.server.restart();
    assert!(!world.is_active(&pair.a, &pair.rs1, &live));
}

#[test]
fn sec_139_sqlite_is_gone() {
    let _shared = shared_machine();
    let _named = Named("SQLite, its file taken away".to_owned());
    let scene = Scene::of(World::start(&Setup::new(Store::Sqlite)));
    let database = scene.world.server.directory().join("vidimus.db");
    scene.ask_often();
    // Pages in memory may still answer readers that have the file open; then rightly.
    std::fs::rename(&database, database.with_extension("away")).expect("rename");
    for _ in 0..20 {
        for (token, active) in [(&scene.live, true), (&scene.revoked, false)] {
            let answer = scene.world.exchange(&scene.introspect(token));
            if answer.status == 200 {
                assert_eq!(answer.json()["active"], active, "{}", answer.text());
            } else {
                assert_unavailable(&answer, &scene.introspect(token));
            }
        }
    }
    assert!(!database.exists(), "the server made a new, empty database");
}
