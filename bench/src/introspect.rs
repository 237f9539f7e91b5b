//! Introspection of an opaque token by an authenticated resource server, beside a bare handler
//! that returns the same bytes: processor time per request, interleaved, the median of the ratios.

use std::time::Instant;

use vidimus_e2e::vitals::processor_time;

use crate::{Scale, bare::Bare, load, median, prefill, subject::Subject, verdict};

const CONNECTIONS: u32 = 16;
const RATIO_MAX: f64 = 3.0;
/// Distinct live tokens asked about: a hot working set.
const HOT_TOKENS: u32 = 1000;

pub fn run(scale: &Scale) -> bool {
    let mut subject = Subject::start();
    let tokens = hot_tokens(&subject);
    subject.server.terminate();
    prefill::fill(&subject.server, scale.tokens);
    subject.server.restart();
    let requests: Vec<Vec<u8>> = tokens
        .iter()
        .map(|token| subject.introspect(token).bytes(&subject.server.address()))
        .collect();
    let next = |number: u32| requests[number as usize % requests.len()].clone();
    let answer = subject.server.exchange(&subject.introspect(&tokens[0]));
    assert!(answer.text().contains("\"active\":true"), "{}", answer.text());
    let bare = Bare::start(answer.text());
    let address = subject.server.address();
    let expected = "\"active\":true";
    for target in [&bare.address, &address] {
        load::closed_loop(target, CONNECTIONS, scale.requests / 5 + 1, &next, expected);
    }
    println!("introspection, SQLite, {} tokens, {CONNECTIONS} connections", scale.tokens);
    let mut ratios = Vec::new();
    for round in 1..=scale.rounds {
        let measure = |address: &str, pid: u32| {
            let (cpu, clock) = (processor_time(pid), Instant::now());
            load::closed_loop(address, CONNECTIONS, scale.requests, &next, expected);
            let per_request =
                (processor_time(pid) - cpu).as_secs_f64() * 1e6 / f64::from(scale.requests);
            (per_request, f64::from(scale.requests) / clock.elapsed().as_secs_f64())
        };
        let (bare_us, bare_rate) = measure(&bare.address, bare.pid());
        let (us, rate) = measure(&address, subject.server.pid());
        println!(
            "  round {round}: bare {bare_us:.1} µs {bare_rate:.0}/s, vidimus {us:.1} µs \
             {rate:.0}/s, ratio {:.2}",
            us / bare_us
        );
        ratios.push(us / bare_us);
    }
    let ratio = median(ratios);
    verdict(
        &format!("CPU per introspection {ratio:.2}x bare axum (at most {RATIO_MAX}x)"),
        ratio <= RATIO_MAX,
    )
}

fn hot_tokens(subject: &Subject) -> Vec<String> {
    let mut connection = subject.server.connect();
    let request = subject.issue();
    (0..HOT_TOKENS)
        .map(|_| connection.exchange(&request).expect("an answer").member("access_token"))
        .collect()
}
