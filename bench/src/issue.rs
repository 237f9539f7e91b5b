//! Durable `client_credentials` on SQLite at 64 connections, beside the raw group-commit rate.

use std::time::Duration;

use vidimus_e2e::vitals::processor_time;

use crate::{Scale, group_commit, load, median, subject::Subject, verdict};

const CONNECTIONS: u32 = 64;
const RATE_MIN: f64 = 15_000.0;
const SHARE_MIN: f64 = 0.4;

pub fn run(scale: &Scale) -> bool {
    let subject = Subject::start();
    let request = subject.issue().bytes(&subject.server.address());
    let span = Duration::from_secs(scale.issue_seconds);
    let expected = "access_token";
    let address = subject.server.address();
    let next = |_| request.clone();
    load::for_a_while(&address, CONNECTIONS, Duration::from_millis(500), &next, expected);
    println!("durable client_credentials, SQLite, {CONNECTIONS} connections");
    let (mut rates, mut shares) = (Vec::new(), Vec::new());
    for round in 1..=scale.rounds.min(3) {
        let directory = tempfile::tempdir_in(subject.server.directory()).expect("a directory");
        let ceiling = group_commit::rate(directory.path(), CONNECTIONS, span);
        let before = processor_time(subject.server.pid());
        let issued = load::for_a_while(&address, CONNECTIONS, span, &next, expected);
        let rate = f64::from(issued) / span.as_secs_f64();
        let us =
            (processor_time(subject.server.pid()) - before).as_secs_f64() * 1e6 / f64::from(issued);
        println!(
            "  round {round}: ceiling {ceiling:.0} rows/s, issued {rate:.0}/s, {us:.1} µs each, \
             share {:.2}",
            rate / ceiling
        );
        rates.push(rate);
        shares.push(rate / ceiling);
    }
    let (rate, share) = (median(rates), median(shares));
    verdict(
        &format!(
            "{rate:.0} durable tokens/s, {share:.2} of the ceiling (at least {RATE_MIN}/s or \
             {SHARE_MIN})"
        ),
        rate >= RATE_MIN || share >= SHARE_MIN,
    )
}
