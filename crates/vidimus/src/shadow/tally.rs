//! What was compared and what differed, counted by endpoint and field; the newest example of each.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use serde_json::{Value, json};
use vidimus_core::time::Time;

use crate::{
    cli::aligned,
    shadow::{
        compare::{Difference, Kind},
        told::Teller,
    },
};

/// Of one endpoint; an answer may have any members.
const FIELDS_MAX: usize = 200;

pub struct Tally {
    since: Time,
    counts: Mutex<Counts>,
}

#[derive(Clone, Default)]
struct Counts {
    requests: u64,
    compared: u64,
    equal: u64,
    different: u64,
    unknown_to_new: u64,
    dropped: u64,
    old_failed: u64,
    new_failed: u64,
    not_asked: BTreeMap<&'static str, u64>,
    endpoints: BTreeMap<&'static str, Endpoint>,
}

#[derive(Clone, Default)]
struct Endpoint {
    compared: u64,
    different: u64,
    fields: BTreeMap<(String, Kind), Field>,
    other_fields: u64,
}

#[derive(Clone, Default)]
struct Field {
    count: u64,
    old: String,
    new: String,
    request: String,
}

impl Tally {
    pub fn since(now: Time) -> Self {
        Self { since: now, counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn request(&self) {
        self.counts().requests += 1;
    }

    pub fn old_failed(&self) {
        self.counts().old_failed += 1;
    }

    pub fn new_failed(&self) {
        self.counts().new_failed += 1;
    }

    pub fn dropped(&self) {
        self.counts().dropped += 1;
    }

    pub fn not_asked(&self, why: &'static str) {
        *self.counts().not_asked.entry(why).or_default() += 1;
    }

    /// The old server vouches for a token that the new one has never seen.
    pub fn unknown_to_new(&self) {
        self.counts().unknown_to_new += 1;
    }

    /// `mark`: stands for what was asked about.
    pub fn compared(
        &self,
        endpoint: &'static str,
        found: &[Difference],
        mark: &str,
        teller: &Teller<'_>,
    ) {
        let mut counts = self.counts();
        counts.compared += 1;
        if found.is_empty() {
            counts.equal += 1;
        } else {
            counts.different += 1;
        }
        let endpoint = counts.endpoints.entry(endpoint).or_default();
        endpoint.compared += 1;
        endpoint.different += u64::from(!found.is_empty());
        for difference in found {
            let key = (difference.field.clone(), difference.kind);
            if endpoint.fields.len() >= FIELDS_MAX && !endpoint.fields.contains_key(&key) {
                endpoint.other_fields += 1;
                continue;
            }
            let field = endpoint.fields.entry(key).or_default();
            field.count += 1;
            field.old = teller.value(&difference.field, &difference.old);
            field.new = teller.value(&difference.field, &difference.new);
            mark.clone_into(&mut field.request);
        }
    }

    /// Whether what was compared is the same, and all of it was.
    pub fn is_clean(&self) -> bool {
        let counts = self.counts();
        counts.different == 0 && counts.dropped == 0 && counts.new_failed == 0
    }

    pub fn line(&self) -> String {
        let counts = self.counts();
        format!(
            "{} requests, {} compared, {} equal, {} different, {} unknown to the new server, \
             {} dropped",
            counts.requests,
            counts.compared,
            counts.equal,
            counts.different,
            counts.unknown_to_new,
            counts.dropped
        )
    }

    pub fn json(&self, now: Time) -> Value {
        let counts = self.counts().clone();
        let endpoints: serde_json::Map<String, Value> = counts
            .endpoints
            .into_iter()
            .map(|(name, endpoint)| (name.to_owned(), endpoint.json()))
            .collect();
        json!({
            "since": self.since.seconds(),
            "until": now.seconds(),
            "requests": counts.requests,
            "compared": counts.compared,
            "equal": counts.equal,
            "different": counts.different,
            "unknown_to_new": counts.unknown_to_new,
            "dropped": counts.dropped,
            "old_failed": counts.old_failed,
            "new_failed": counts.new_failed,
            "not_asked": counts.not_asked,
            "endpoints": endpoints,
        })
    }

    pub fn text(&self) -> String {
        let counts = self.counts().clone();
        let mut rows = Vec::new();
        for (name, endpoint) in &counts.endpoints {
            for ((field, kind), told) in &endpoint.fields {
                let count = format!("{} of {}", told.count, endpoint.compared);
                let kind = json!(kind).as_str().unwrap_or_default().to_owned();
                let values = [told.old.clone(), told.new.clone(), told.request.clone()];
                let row = [(*name).to_owned(), field.clone(), kind, count];
                rows.push(row.into_iter().chain(values).collect::<Vec<String>>());
            }
        }
        let mut text = self.line() + "\n";
        for (why, count) in &counts.not_asked {
            text.push_str(&format!("  not asked again: {count} ({why})\n"));
        }
        for (what, count) in [("old", counts.old_failed), ("new", counts.new_failed)] {
            if count > 0 {
                text.push_str(&format!("  no answer from the {what} server: {count}\n"));
            }
        }
        if !rows.is_empty() {
            let head = ["endpoint", "field", "difference", "count", "old", "new", "request"];
            rows.insert(0, head.map(str::to_owned).to_vec());
            text.push('\n');
            text.push_str(&aligned(rows));
        }
        text
    }
}

impl Endpoint {
    fn json(self) -> Value {
        let fields: Vec<Value> = self
            .fields
            .into_iter()
            .map(|((field, kind), told)| {
                json!({
                    "field": field,
                    "difference": kind,
                    "count": told.count,
                    "example": {"old": told.old, "new": told.new, "request": told.request},
                })
            })
            .collect();
        json!({
            "compared": self.compared,
            "different": self.different,
            "fields": fields,
            "other_fields": self.other_fields,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shadow::pairs::Pairs;

    #[test]
    fn differences_are_counted_by_endpoint_and_field() {
        let pairs = Pairs::new().unwrap();
        let teller = Teller { pairs: &pairs, secrets: Vec::new() };
        let tally = Tally::since(Time::from_seconds(5));
        let scope = || Difference {
            field: "scope".to_owned(),
            kind: Kind::Differs,
            old: json!("a b"),
            new: json!("a"),
        };
        tally.compared("introspect", &[], "#1", &teller);
        assert!(tally.is_clean());
        tally.compared("introspect", &[scope()], "#2", &teller);
        tally.compared("introspect", &[scope()], "#3", &teller);
        tally.not_asked("endpoint");
        assert!(!tally.is_clean());
        let told = tally.json(Time::from_seconds(9));
        assert_eq!(
            (&told["compared"], &told["equal"], &told["different"]),
            (&json!(3), &json!(1), &json!(2))
        );
        let field = &told["endpoints"]["introspect"]["fields"][0];
        assert_eq!((&field["count"], &field["difference"]), (&json!(2), &json!("differs")));
        assert_eq!(field["example"], json!({"old": "a b", "new": "a", "request": "#3"}));
        let text = tally.text();
        assert!(text.contains("introspect") && text.contains("2 of 3"), "{text}");
    }

    #[test]
    fn fields_without_end_are_counted_together() {
        let pairs = Pairs::new().unwrap();
        let teller = Teller { pairs: &pairs, secrets: Vec::new() };
        let tally = Tally::since(Time::from_seconds(0));
        for number in 0..FIELDS_MAX + 3 {
            let field = format!("f{number}");
            let found = Difference { field, kind: Kind::Extra, old: json!(1), new: json!(2) };
            tally.compared("token", &[found], "#", &teller);
        }
        let told = tally.json(Time::from_seconds(0));
        assert_eq!(told["endpoints"]["token"]["other_fields"], 3);
    }
}
