//! Counters, histograms and gauges. Each has its place from the start, so that a request only adds
//! to numbers; only what is counted by name is looked up, among a hundred.

mod capped;
mod cells;
mod label;
mod process;
mod samples;
mod snapshot;
mod table;
#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    time::Duration,
};

use hyper::StatusCode;
use vidimus_core::{error::Fault, grant::GRANTS, time::Time};

use crate::status::{About, Purged};

use capped::Capped;
pub use cells::{Counter, Gauge, Histogram, Latency, SECONDS};
pub use label::Label;
pub use snapshot::{OfEndpoint, Snapshot};
pub use table::{Kind, METRICS, Metric};

/// The labels of `introspect::Reason`; one that is not here counts as `other`.
const REASONS: [&str; 20] = [
    "malformed",
    "unknown",
    "other_tenant",
    "forged",
    "wrong_kind",
    "expired",
    "not_yet_valid",
    "revoked",
    "family_revoked",
    "cut_off",
    "tenant_disabled",
    "user_disabled",
    "client_disabled",
    "user_locked",
    "user_deleted",
    "family_deleted",
    "client_deleted",
    "key_revoked",
    "wrong_audience",
    OTHER,
];

const OTHER: &str = "other";
const FAULTS: [&str; 5] = ["unavailable", "contention", "busy", "corrupt", "panic"];
const NOTICES: [&str; 3] = ["delivered", "failed", "given_up"];
/// Where clients, or users as callers, authenticate.
const AUTHENTICATED: [Label; 6] = [
    Label::Token,
    Label::Introspect,
    Label::Revoke,
    Label::Device,
    Label::Register,
    Label::PushedAuthorization,
];
/// The last stands for every other.
const STATUSES: [u16; 24] = [
    200, 201, 202, 204, 302, 303, 304, 400, 401, 403, 404, 405, 408, 409, 411, 412, 413, 414, 415,
    429, 431, 500, 503, 0,
];

/// How often it is looked which names are the busiest.
const TURN: u32 = 60;

/// The requests of one label: how many by status, and how long they took.
#[derive(Default)]
struct Answered {
    by_status: [Counter; STATUSES.len()],
    took: Histogram,
}

/// A finite set of names, each with its number.
struct Named(Vec<(&'static str, Counter)>);

impl Named {
    fn new(names: impl IntoIterator<Item = &'static str>) -> Self {
        Self(names.into_iter().map(|name| (name, Counter::default())).collect())
    }

    /// The last is for every name that is not there.
    fn count(&self, name: &str) {
        let named = self.0.iter().find(|(known, _)| *known == name);
        if let Some((_, counter)) = named.or(self.0.last()) {
            counter.add(1);
        }
    }

    fn sum(&self) -> u64 {
        self.0.iter().map(|(_, counter)| counter.get()).sum()
    }

    fn read(&self) -> Vec<(&'static str, u64)> {
        self.0.iter().map(|(name, counter)| (*name, counter.get())).collect()
    }
}

/// What is counted of a tenant, or of one who asks.
#[derive(Default)]
struct Verdicts {
    active: Counter,
    inactive: Counter,
}

#[derive(Default)]
struct OfTenant {
    requests: Counter,
    introspections: Verdicts,
    issued: Counter,
}

/// Tokens of one client, by grant.
struct OfClient(Named);

impl Default for OfClient {
    fn default() -> Self {
        Self(grants())
    }
}

/// What the store's commits come to.
#[derive(Debug, Default)]
pub struct Commits {
    pub done: Counter,
    pub conflict: Counter,
    pub failed: Counter,
    pub waiting: Gauge,
    pub took: Histogram,
}

pub struct Metrics {
    about: About,
    started: Time,
    requests: [Answered; Label::ALL.len()],
    active: Counter,
    inactive: Named,
    issued: Named,
    callers: Capped<Verdicts>,
    clients: Capped<OfClient>,
    tenants: Capped<OfTenant>,
    revoked: Counter,
    not_revoked: Counter,
    registered: Counter,
    administered: Counter,
    sign_in_failures: Counter,
    reused: Counter,
    notices: Named,
    guessed: Counter,
    refused_callers: Named,
    faults: Named,
    pub commits: Arc<Commits>,
    pub connections: Gauge,
    swept: Mutex<Swept>,
    keys: Mutex<Vec<(String, String, Time)>>,
    turns: AtomicU32,
}

/// What the last sweep saw.
#[derive(Clone, Debug, Default)]
struct Swept {
    rows: Vec<(&'static str, u64)>,
    oldest_expiry: Option<Time>,
    lag_seconds: i64,
    at: Option<Time>,
}

fn grants() -> Named {
    Named::new(GRANTS.iter().map(|grant| grant.name).chain(["mint", OTHER]))
}

impl Metrics {
    pub fn of(about: About) -> Self {
        Self {
            about,
            started: Time(0),
            requests: std::array::from_fn(|_| Answered::default()),
            active: Counter::default(),
            inactive: Named::new(REASONS),
            issued: grants(),
            callers: Capped::default(),
            clients: Capped::default(),
            tenants: Capped::default(),
            revoked: Counter::default(),
            not_revoked: Counter::default(),
            registered: Counter::default(),
            administered: Counter::default(),
            sign_in_failures: Counter::default(),
            reused: Counter::default(),
            notices: Named::new(NOTICES),
            guessed: Counter::default(),
            refused_callers: Named::new(
                AUTHENTICATED.map(Label::as_str).into_iter().chain([OTHER]),
            ),
            faults: Named::new(FAULTS),
            commits: Arc::default(),
            connections: Gauge::default(),
            swept: Mutex::default(),
            keys: Mutex::default(),
            turns: AtomicU32::new(0),
        }
    }

    /// When the process began, near enough.
    #[must_use]
    pub const fn since(mut self, started: Time) -> Self {
        self.started = started;
        self
    }

    /// `tenant`: its id, where the request met one.
    pub fn introspected(&self, tenant: &str, caller: &str, reason: Option<&'static str>) {
        let of = |verdicts: &Verdicts| match reason {
            None => verdicts.active.add(1),
            Some(_) => verdicts.inactive.add(1),
        };
        match reason {
            None => self.active.add(1),
            Some(reason) => self.inactive.count(reason),
        }
        self.callers.count(tenant, caller, of);
        self.tenants.count(tenant, "", |counted| of(&counted.introspections));
    }

    pub fn issued(&self, tenant: &str, client_id: &str, grant: &'static str) {
        self.issued.count(grant);
        self.clients.count(tenant, client_id, |of| of.0.count(grant));
        self.tenants.count(tenant, "", |counted| counted.issued.add(1));
    }

    /// A request that met a tenant, whatever became of it.
    pub fn asked_of(&self, tenant: &str) {
        self.tenants.count(tenant, "", |counted| counted.requests.add(1));
    }

    pub fn revoked(&self, did: bool) {
        let counter = if did { &self.revoked } else { &self.not_revoked };
        counter.add(1);
    }

    pub fn registered(&self) {
        self.registered.add(1);
    }

    pub fn administered(&self) {
        self.administered.add(1);
    }

    pub fn sign_in_failed(&self) {
        self.sign_in_failures.add(1);
    }

    /// A rotated refresh token, or a code that was redeemed, came again.
    pub fn reused(&self) {
        self.reused.add(1);
    }

    /// What became of a try to tell a client that a session has ended.
    pub fn noticed(&self, result: &'static str) {
        self.notices.count(result);
    }

    pub fn guessed(&self) {
        self.guessed.add(1);
    }

    pub fn client_authentication_failed(&self, at: Label) {
        self.refused_callers.count(at.as_str());
    }

    pub fn fault(&self, fault: &Fault) {
        self.faults.count(fault_kind(fault));
    }

    pub fn panicked(&self) {
        self.faults.count("panic");
    }

    pub fn answered(&self, label: Label, status: StatusCode, took: Duration) {
        let Some(of) = self.requests.get(label as usize) else { return };
        of.took.record(took);
        let known = STATUSES.iter().position(|known| *known == status.as_u16());
        if let Some(counter) = of.by_status.get(known.unwrap_or(STATUSES.len() - 1)) {
            counter.add(1);
        }
    }

    /// What the last sweep saw.
    pub fn swept(&self, purged: &Purged, now: Time) {
        *self.swept.lock().unwrap_or_else(PoisonError::into_inner) = Swept {
            rows: purged.rows.clone(),
            oldest_expiry: purged.oldest_expiry,
            lag_seconds: purged.lag_seconds(now),
            at: Some(now),
        };
    }

    /// The keys that sign: tenant, algorithm, and since when.
    pub fn signing(&self, keys: Vec<(String, String, Time)>) {
        *self.keys.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    pub fn render(&self) -> String {
        let mut text = String::with_capacity(32 * 1024);
        for metric in METRICS {
            let mut samples = samples::Samples::begin(metric, &mut text);
            (metric.samples)(self, &mut samples);
        }
        text
    }

    /// Called every few seconds.
    pub fn upkeep(&self) {
        let turn = self.turns.fetch_add(1, Relaxed);
        if turn % TURN == TURN - 1 {
            self.callers.turn();
            self.clients.turn();
            self.tenants.turn();
        }
    }
}

pub const fn fault_kind(fault: &Fault) -> &'static str {
    match fault {
        Fault::Unavailable(_) => "unavailable",
        Fault::Contention => "contention",
        Fault::Busy(_) => "busy",
        Fault::Corrupt(_) => "corrupt",
    }
}
