//! Every way to bend a JWT against every place that takes one.

mod mutations;
mod sinks;

use crate::{errand::Errand, testing::Scene};
use mutations::{Mutation, SEC_080, SEC_082, SEC_083, SEC_084};
use sinks::SINKS;

const MUTATIONS: usize = SEC_080.len() + SEC_082.len() + SEC_083.len() + SEC_084.len();
const _: () = assert!(SINKS.len() * MUTATIONS >= 360);

/// What a place takes, and whether it takes a text.
pub struct Sink {
    pub name: &'static str,
    /// The world, and a JWT that it accepts.
    pub good: fn() -> (Scene, Good),
    pub accepts: fn(&mut Scene, &str) -> Taken,
}

pub struct Good {
    pub header: serde_json::Value,
    pub claims: serde_json::Value,
    pub text: String,
}

pub struct Taken {
    pub accepted: bool,
    pub errands: Vec<Errand>,
}

/// How many cells hold.
fn refused(mutations: &[Mutation]) -> usize {
    let mut cells = 0;
    for sink in SINKS {
        let (mut scene, good) = (sink.good)();
        for (name, bend) in mutations {
            let cell = format!("{name} at {}", sink.name);
            let bent = bend(&good);
            assert_ne!(bent, good.text, "{cell}");
            let taken = (sink.accepts)(&mut scene, &bent);
            assert!(!taken.accepted, "{cell}");
            assert_eq!(taken.errands, [], "{cell}");
            cells += 1;
        }
        // It was the bending: unbent it is taken.
        assert!((sink.accepts)(&mut scene, &good.text).accepted, "{}", sink.name);
    }
    cells
}

#[test]
fn sec_080_no_other_algorithm_key_or_header_is_taken_anywhere() {
    assert_eq!(refused(&SEC_080), 8 * 31);
}

#[test]
fn sec_082_only_the_compact_serialization_is_taken_anywhere() {
    assert_eq!(refused(&SEC_082), 8 * 10);
}

#[test]
fn sec_083_no_ambiguous_json_is_taken_anywhere() {
    assert_eq!(refused(&SEC_083), 8 * 5);
}

#[test]
fn sec_084_no_careless_signature_is_taken_anywhere() {
    assert_eq!(refused(&SEC_084), 8 * 2);
}
