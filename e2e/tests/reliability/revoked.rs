//! REL-006: what is revoked with an answer stays revoked, however soon after it the process or the
//! power goes; and a client's tokens all end or none.

use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::json;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{CLIENT, Subject, admin_token};

use crate::disk::{Disk, WITHOUT, assert_intact};
use crate::seed::Seed;
use crate::{alone, many};

/// Each revoked on a connection of its own, all at once.
const TOKENS: usize = 50;
/// Between an answer and the end, in the middle of all.
const SOON: Duration = Duration::from_millis(1);
const BULK: u32 = 20_000;
const BULK_LONG: u32 = 100_000;
/// Around the time that a cut-off takes.
const MOMENT: (Duration, Duration) = (Duration::ZERO, Duration::from_millis(4));

struct Revoking {
    tokens: Vec<String>,
    answers: Receiver<(usize, Instant)>,
    clients: Vec<JoinHandle<()>>,
}

/// Also introspected before: whatever is kept of them is at hand.
fn revoking(subject: &Subject) -> Revoking {
    let tokens: Vec<_> = (0..TOKENS).map(|_| subject.token()).collect();
    assert!(tokens.iter().all(|token| subject.is_active(token)));
    let (tell, answers) = channel();
    let clients = tokens.iter().enumerate().map(|(which, token)| {
        let (mut connection, tell) = (subject.server.connect(), tell.clone());
        let request = subject.revoke(token);
        std::thread::spawn(move || {
            if connection.exchange(&request).is_ok_and(|answer| answer.status == 200) {
                tell.send((which, Instant::now())).expect("somebody listens");
            }
        })
    });
    let clients = clients.collect();
    Revoking { tokens, answers, clients }
}

impl Revoking {
    /// Until so many are answered; when the last of them was.
    fn await_answers(&self, count: usize) -> (Vec<usize>, Instant) {
        let wait = |_| self.answers.recv().expect("an answer");
        let answered: Vec<_> = (0..count).map(wait).collect();
        let last = answered.last().map_or_else(Instant::now, |(_, at)| *at);
        (answered.into_iter().map(|(which, _)| which).collect(), last)
    }

    /// How many were answered. `late`: also those who heard of it later were answered before the end.
    fn assert_kept(self, subject: &Subject, mut answered: Vec<usize>, late: bool) -> usize {
        self.clients.into_iter().for_each(|client| client.join().expect("a client"));
        let others = self.answers.try_iter().filter(|_| late);
        answered.extend(others.map(|(which, _)| which));
        for (which, token) in self.tokens.iter().enumerate() {
            let active = subject.is_active(token);
            assert!(!(active && answered.contains(&which)), "undone: {token}");
            assert_eq!(subject.is_active(token), active, "now this, now that: {token}");
        }
        answered.len()
    }
}

fn killed(store: Store, kills: usize, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let mut subject = Subject::start(&Setup::new(store));
    let (mut acknowledged, mut waits) = (0, Vec::new());
    for _ in 0..kills {
        let revoking = revoking(&subject);
        let (answered, last) = revoking.await_answers(1 + seed.below(TOKENS));
        waits.push(last.elapsed());
        subject.server.kill();
        subject.server.restart();
        acknowledged += revoking.assert_kept(&subject, answered, true);
    }
    waits.sort_unstable();
    let median = waits[kills / 2];
    eprintln!(
        "{test}: {acknowledged} revoked, {kills} kills, {median:?} after an answer; 0 undone"
    );
    assert!(median <= SOON, "killed {median:?} after an answer, at most {SOON:?}");
}

#[test]
fn rel_006_a_revocation_is_not_undone_by_a_kill() {
    let _alone = alone();
    killed(Store::Sqlite, 12, "REL-006 SQLite");
    killed(Store::Postgres, 4, "REL-006 PostgreSQL");
}

#[test]
#[ignore = "soak"]
fn rel_006_five_hundred_kills_after_revocations() {
    let _alone = alone();
    killed(Store::Sqlite, 500, "REL-006 SQLite, long");
    killed(Store::Postgres, 100, "REL-006 PostgreSQL, long");
}

fn without_power(cuts: usize, test: &str) {
    if std::env::var_os(WITHOUT).is_some() {
        eprintln!("{test}: not run, {WITHOUT} is set");
        return;
    }
    let mut seed = Seed::of_this_run(test);
    let disk = Disk::make().unwrap_or_else(|missing| panic!("{missing}; or set {WITHOUT}=1"));
    let database = disk.path().join("vidimus.db");
    let store = Store::At(format!("sqlite:{}", database.display()));
    let mut subject = Subject::start(&Setup::new(store));
    let (mut acknowledged, mut waits) = (0, Vec::new());
    for _ in 0..cuts {
        let switch = disk.switch();
        let revoking = revoking(&subject);
        let (answered, last) = revoking.await_answers(1 + seed.below(TOKENS));
        waits.push(last.elapsed());
        // What is answered from here on may have been before the end or after it.
        switch.cut();
        subject.server.kill();
        disk.restore();
        assert_intact(&database);
        subject.server.restart();
        acknowledged += revoking.assert_kept(&subject, answered, false);
    }
    waits.sort_unstable();
    eprintln!("{test}: {acknowledged} revoked, {cuts} cuts, {:?} after an answer", waits[cuts / 2]);
    drop(subject);
}

#[test]
fn rel_006_a_revocation_is_not_undone_with_the_power() {
    let _alone = alone();
    without_power(3, "REL-006, power");
}

#[test]
#[ignore = "soak"]
fn rel_006_a_hundred_power_losses_after_revocations() {
    let _alone = alone();
    without_power(100, "REL-006, power, long");
}

/// What is told of a client: everything it has is no longer good.
fn cut_off(admin: &str) -> Request {
    let path = format!("/admin/v1/tenants/default/clients/{CLIENT}");
    Request::new("PATCH", &path).bearer(admin).json(&json!({"revoke_tokens": true}))
}

/// So many more of the client that issued the latest.
fn fill(subject: &Subject, rows: u32) {
    many::fill(&subject.server, rows, true);
    let owned = "UPDATE token SET client = (SELECT client FROM token ORDER BY key DESC LIMIT 1) \
        WHERE key < (SELECT key FROM token ORDER BY key DESC LIMIT 1)";
    many::open(&subject.server).execute(owned, []).expect("theirs");
}

fn all_or_none(rows: u32, kills: usize, test: &str) {
    let mut seed = Seed::of_this_run(test);
    let mut subject = Subject::start(&Setup::new(Store::Sqlite));
    subject.token();
    subject.server.terminate();
    fill(&subject, rows);
    subject.server.restart();
    let (mut answers, mut ended) = (0, 0);
    for _ in 0..kills {
        let tokens: Vec<_> = (0..TOKENS).map(|_| subject.token()).collect();
        assert!(tokens.iter().all(|token| subject.is_active(token)));
        let (request, mut connection) =
            (cut_off(&admin_token(&subject.server)), subject.server.connect());
        let asked = std::thread::spawn(move || connection.exchange(&request).ok());
        std::thread::sleep(seed.between(MOMENT.0, MOMENT.1));
        subject.server.kill();
        let is_answered = asked.join().expect("a client").is_some();
        subject.server.restart();
        let active = tokens.iter().filter(|token| subject.is_active(token)).count();
        assert!(active == 0 || active == TOKENS, "{active} of {TOKENS} are left");
        assert!(active == 0 || !is_answered, "an acknowledged cut-off is undone");
        answers += usize::from(is_answered);
        ended += usize::from(active == 0);
    }
    eprintln!("{test}: {kills} kills beside {rows} tokens, {ended} cut off, {answers} answered");
}

#[test]
fn rel_006_a_client_s_tokens_end_all_or_none() {
    let _alone = alone();
    all_or_none(BULK, 10, "REL-006, all of a client");
}

#[test]
#[ignore = "soak"]
fn rel_006_a_hundred_thousand_tokens_end_all_or_none() {
    let _alone = alone();
    all_or_none(BULK_LONG, 200, "REL-006, all of a client, long");
}
