//! What is drawn at random looks so, and is long enough (SEC-042): codes, tokens, flows, sessions.

use std::collections::BTreeSet;

use serde_json::json;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::Store;
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::house;
use crate::world::{World, shared, shared_machine};

const DRAWN: usize = 600;
const DRAWN_LONG: usize = 100_000;
/// One in a million of good generators is beyond it.
const DEVIATIONS_MAX: f64 = 4.9;
const WORD_CHARS: usize = 11;

/// The 256 bits of a text: a prefix, the row's key, four words, a checksum.
fn secret(text: &str) -> [u64; 4] {
    assert_eq!((text.len(), text.as_bytes()[3]), (65, b'_'), "{text}");
    let word = |which: usize| {
        let at = 4 + WORD_CHARS * (1 + which);
        text[at..at + WORD_CHARS].bytes().fold(0_u128, |value, c| {
            let digit = match c {
                b'0'..=b'9' => c - b'0',
                b'A'..=b'Z' => c - b'A' + 10,
                _ => c - b'a' + 36,
            };
            value * 62 + u128::from(digit)
        })
    };
    [0, 1, 2, 3].map(|which| u64::try_from(word(which)).expect("64 bits"))
}

/// Frequency and runs of NIST SP 800-22 §2.1, §2.3, in standard deviations.
fn deviations(words: &[u64]) -> [f64; 2] {
    let bit = |at: usize| words[at / 64] >> (at % 64) & 1;
    let count = words.len() * 64;
    let ones: u32 = words.iter().map(|word| word.count_ones()).sum();
    let changes = (1..count).filter(|&at| bit(at) != bit(at - 1)).count();
    let (count, ones, runs) = (count as f64, f64::from(ones), changes as f64 + 1.0);
    let share = ones / count;
    let both = share * (1.0 - share);
    let frequency = (2.0 * ones - count).abs() / count.sqrt();
    [frequency, (runs - 2.0 * count * both).abs() / (2.0 * count.sqrt() * both)]
}

fn assert_random(what: &str, texts: &[String]) {
    let distinct: BTreeSet<[u64; 4]> = texts.iter().map(|text| secret(text)).collect();
    assert_eq!(distinct.len(), texts.len(), "{what}: drawn twice");
    let words: Vec<u64> = texts.iter().flat_map(|text| secret(text)).collect();
    let found = deviations(&words);
    eprintln!("SEC-042: {} of {what}: {found:?} deviations", texts.len());
    assert!(found.iter().all(|found| *found < DEVIATIONS_MAX), "{what}: {found:?}");
    // Nor does any place of the text say more than another.
    for place in 0..256 {
        let ones = texts.iter().filter(|text| secret(text)[place / 64] >> (place % 64) & 1 == 1);
        let (ones, count) = (ones.count() as f64, texts.len() as f64);
        let found = (2.0 * ones - count).abs() / count.sqrt();
        assert!(found < DEVIATIONS_MAX + 1.0, "{what}, bit {place}: {found}");
    }
}

fn draw(world: &World, times: usize) {
    let house = house(world, json!({"allow_unlimited_guesses": true}));
    let visitor = house.signed_in(world, "alice");
    let mut connection = world.connect();
    let mut ask = |request: Request| connection.exchange(&request).expect("an answer");
    let (mut codes, mut flows) = (Vec::new(), Vec::new());
    let (mut access, mut refresh) = (Vec::new(), Vec::new());
    let good = house.ask("web").with("scope", "read");
    let again = good.clone().with("prompt", "login");
    for _ in 0..times {
        let answer = ask(visitor.carry(good.get()));
        let told = Shown { target: String::new(), answer }.returned().expect("an answer");
        let code = told.require("code");
        let answer = ask(house.redeem("web", &code, &[]));
        access.push(answer.member("access_token"));
        refresh.push(answer.member("refresh_token"));
        codes.push(code);
        let location = ask(visitor.carry(again.get())).header("location").map(str::to_owned);
        flows
            .push(location.and_then(|to| Some(to.rsplit('/').next()?.to_owned())).expect("a flow"));
    }
    for (what, texts) in
        [("codes", &codes), ("access tokens", &access), ("refresh tokens", &refresh)]
    {
        assert_random(what, texts);
    }
    assert_random("flows", &flows);
    let sessions: Vec<String> = (0..times.min(1_000) / 20)
        .map(|_| {
            let visitor: Visitor = house.signed_in(world, "alice");
            let session = visitor.cookies().iter().find(|(name, _)| name.contains("-session-"));
            session.expect("a session").1.clone()
        })
        .collect();
    assert_random("sessions", &sessions);
}

#[test]
fn sec_042_what_is_drawn_is_random_and_long() {
    let _shared = shared_machine();
    draw(shared(&Store::Sqlite), DRAWN);
}

#[test]
#[ignore = "soak"]
fn sec_042_a_hundred_thousand_draws() {
    let _shared = shared_machine();
    draw(shared(&Store::Sqlite), DRAWN_LONG);
}

#[test]
fn a_generator_that_repeats_or_leans_is_noticed() {
    let leaning: Vec<u64> =
        (0..1_000_u64).map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 3).collect();
    assert!(deviations(&leaning)[0] > DEVIATIONS_MAX);
    let regular = vec![0x5555_5555_5555_5555_u64; 1_000];
    assert!(deviations(&regular)[1] > DEVIATIONS_MAX);
}
