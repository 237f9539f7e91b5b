//! The p99 of introspection at a fixed moderate rate, by turns in quiet and under a disturbance. Latency
//! counts from when a request was due, so nothing hides behind a server that stands still.

use std::{
    process::{Child, Stdio},
    time::Duration,
};

use vidimus_e2e::{binary, server::Server};

use crate::{
    arithmetic::{median, ratio},
    bench::Bench,
    ground::Ground,
    load::{Drip, End, Expect, Lane, Pace, Seen, drive, requests::Rendered},
    report::{Bar, Measurement, Unit, grouped},
    row::{
        hot::ACTIVE,
        issue::{self, TOKEN},
    },
    usage::{Memory, Used, settle},
};

/// About a tenth of what one core can do.
const PER_SECOND: f64 = 5000.0;
const CONNECTIONS: usize = 32;
const ISSUES_PER_SECOND: f64 = 10_000.0;
/// More than one core can hash.
const GUESSES_PER_SECOND: f64 = 200.0;
const GUESSES: usize = 500;
const SLOW_BYTE_EVERY: Duration = Duration::from_secs(1);

/// Quiet and disturbed, the rounds of each.
struct Both {
    quiet: Vec<f64>,
    disturbed: Vec<f64>,
}

impl Both {
    const fn new() -> Self {
        Self { quiet: Vec::new(), disturbed: Vec::new() }
    }

    fn tell(&self, bench: &mut Bench, row: &'static str, what: &str, most: f64) {
        let found = ratio(&self.disturbed, &self.quiet);
        let what = format!(
            "p99 of introspection {what}, {:.2} ms, against quiet, {:.2} ms",
            median(&self.disturbed) / 1000.0,
            median(&self.quiet) / 1000.0
        );
        bench.report.figure(row, what, Unit::Times, Bar::AtMost(most), found);
    }
}

/// One second of it that nobody looks at.
fn warm_up(bench: &Bench, server: &Server, ground: &Ground) {
    drive(&mut [lane(bench, server, ground)], None, End::For(Duration::from_secs(1)));
}

fn lane<'a>(bench: &Bench, server: &Server, ground: &Ground) -> Lane<'a> {
    Lane {
        address: server.address(),
        connections: CONNECTIONS,
        pace: Pace::PerSecond(PER_SECOND),
        requests: Box::new(ground.hot(bench.scale.hot, &server.address())),
        expect: ACTIVE,
    }
}

/// Introspection at its rate, and whatever else goes on; the p99 in µs.
fn probe(
    bench: &mut Bench,
    row: &'static str,
    who: &str,
    server: &Server,
    ground: &Ground,
    beside: Vec<Lane<'_>>,
    drip: Option<&mut Drip>,
) -> f64 {
    let mut lanes = vec![lane(bench, server, ground)];
    lanes.extend(beside);
    let span = Duration::from_secs(bench.scale.disturbed_seconds);
    let before = Used::now(&[server.pid()]);
    let seen = drive(&mut lanes, drip, End::For(span));
    let used = Used::now(&[server.pid()]).since(&before);
    for other in &seen[1..] {
        let (rate, refused) = (other.per_second(), other.refusals);
        eprintln!("    beside it {rate:.0}/s, {refused} of {} refused", other.answers);
    }
    tell(bench, row, who, used, &seen[0], server)
}

fn tell(
    bench: &mut Bench,
    row: &'static str,
    who: &str,
    used: Duration,
    seen: &Seen,
    server: &Server,
) -> f64 {
    // Of everything that the server did meanwhile, by the introspections: tells how busy it was.
    #[expect(clippy::cast_precision_loss, reason = "a count of answers")]
    let cpu_us = used.as_secs_f64() * 1e6 / seen.answers as f64;
    let memory = Memory::of(&[server.pid()]);
    bench.report.measurement(Measurement::of(row, who, cpu_us, seen, memory));
    seen.latencies.percentile(0.99)
}

pub fn issue(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let request = ground.cast.issue().bytes(&server.address());
    let mut both = Both::new();
    warm_up(bench, &server, &ground);
    for _ in 0..bench.scale.rounds.min(3) {
        both.quiet.push(probe(bench, "during-issue", "quiet", &server, &ground, vec![], None));
        let requests = Rendered(vec![request.clone()]);
        let beside = Lane {
            address: server.address(),
            connections: issue::CONNECTIONS,
            pace: Pace::PerSecond(ISSUES_PER_SECOND),
            requests: Box::new(requests),
            expect: TOKEN,
        };
        let who = "10,000 durable issues a second";
        both.disturbed.push(probe(
            bench,
            "during-issue",
            who,
            &server,
            &ground,
            vec![beside],
            None,
        ));
    }
    both.tell(bench, "during-issue", "during 10,000 durable issues a second", 3.0);
    drop(server);
    bench.keep_small(ground);
}

pub fn login_flood(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let guess = |number| ground.cast.guess(number).bytes(&server.address());
    let guesses: Vec<_> = (0..GUESSES).map(guess).collect();
    let row = "during-login-flood";
    let mut both = Both::new();
    warm_up(bench, &server, &ground);
    for _ in 0..bench.scale.rounds.min(3) {
        both.quiet.push(probe(bench, row, "quiet", &server, &ground, Vec::new(), None));
        let beside = Lane {
            address: server.address(),
            connections: issue::CONNECTIONS,
            pace: Pace::PerSecond(GUESSES_PER_SECOND),
            requests: Box::new(Rendered(guesses.clone())),
            expect: Expect::Anything,
        };
        let who = "200 wrong secrets a second";
        both.disturbed.push(probe(bench, row, who, &server, &ground, vec![beside], None));
        settle(&[server.pid()]);
    }
    both.tell(bench, row, "under a login flood", 1.5);
    drop(server);
    bench.keep_small(ground);
}

pub fn slow(bench: &mut Bench) {
    let ground = bench.small();
    let server = ground.serve(bench.pins);
    let (row, count) = ("slow-connections", bench.scale.slow_connections);
    let mut both = Both::new();
    warm_up(bench, &server, &ground);
    for _ in 0..bench.scale.rounds.min(3) {
        both.quiet.push(probe(bench, row, "quiet", &server, &ground, Vec::new(), None));
        let mut drip = Drip::open(&server.address(), count, SLOW_BYTE_EVERY);
        let who = format!("{count} slow connections");
        let p99 = probe(bench, row, &who, &server, &ground, Vec::new(), Some(&mut drip));
        eprintln!("    {} of them cut off and opened again", drip.reopened);
        both.disturbed.push(p99);
        drop(drip);
        settle(&[server.pid()]);
    }
    both.tell(bench, row, &format!("beside {count} slow connections"), 2.0);
    drop(server);
    bench.keep_small(ground);
}

pub fn backup(bench: &mut Bench) {
    let what = "p99 of introspection during a backup, against quiet";
    let known = binary::command().args(["backup", "--help"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        let bar = Bar::AtMost(1.5);
        bench.report.not_run("during-backup", what, Unit::Times, bar, "no such command");
        return;
    }
    let ground = bench.big();
    let server = ground.serve(bench.pins);
    settle(&[server.pid()]);
    let mut both = Both::new();
    warm_up(bench, &server, &ground);
    for _ in 0..bench.scale.rounds.min(3) {
        both.quiet.push(probe(bench, "during-backup", "quiet", &server, &ground, vec![], None));
        let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
        let mut copying = start_backup(bench, &server, folder.path());
        let who = "during a backup of the whole file";
        both.disturbed.push(probe(bench, "during-backup", who, &server, &ground, vec![], None));
        let early = copying.try_wait().expect("its own child");
        assert!(early.is_none_or(|status| status.success()), "the backup failed");
        eprintln!("    backup {}", if early.is_some() { "was done by then" } else { "goes on" });
        let _ = copying.kill().and_then(|()| copying.wait());
    }
    both.tell(bench, "during-backup", "during a backup", 1.5);
    drop(server);
    bench.keep_big(ground);
}

/// On the server's core, as on a machine that has no other.
fn start_backup(bench: &Bench, server: &Server, folder: &std::path::Path) -> Child {
    let mut command = bench.pins.command(binary::path());
    command
        .args(["backup", "--config"])
        .arg(server.directory().join("vidimus.toml"))
        .arg(folder.join("copy.db"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().expect("a backup")
}

/// Quiet, nothing is swept; under the purge everything that has expired goes, as fast as it may.
pub fn purge(bench: &mut Bench) {
    let ground = bench.big();
    let row = "during-purge";
    let keep = [("purge.keep_seconds", "31536000"), ("purge.interval_seconds", "86400")];
    let sweep = [("purge.keep_seconds", "0"), ("purge.interval_seconds", "1")];
    let purging = format!("a purge of {} tokens", grouped(ground.expired.count));
    let mut both = Both::new();
    for _ in 0..bench.scale.rounds.min(3) {
        for (settings, who) in [(keep, "quiet"), (sweep, purging.as_str())] {
            let server = ground.serve_with(bench.pins, &settings);
            if who == "quiet" {
                settle(&[server.pid()]);
            }
            warm_up(bench, &server, &ground);
            let p99 = probe(bench, row, who, &server, &ground, Vec::new(), None);
            if who == "quiet" { both.quiet.push(p99) } else { both.disturbed.push(p99) }
        }
    }
    let left = crate::fill::sqlite::expired_before_now(&ground.file());
    assert!(left > 0 || bench.options.quick, "the purge was over before it was measured");
    eprintln!("    {left} expired tokens are left");
    both.tell(bench, row, &format!("under {purging}"), 1.5);
    // What it consumed is not there for another row.
    drop(ground);
}
