//! Faults that a sandbox is told to show: a slow, refusing or broken server, for so many requests.

mod kind;
mod spoil;
mod staged;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use vidimus_core::{
    error::OAuthError,
    limits::{FAULT_DELAY_MS_MAX, FAULTS_MAX},
};

pub use kind::{KINDS, Kind};
pub use spoil::spoil;

/// Where faults can be shown; the rest is ours, or the operator's.
pub const ENDPOINTS: [&str; 17] = [
    ANY,
    "token",
    "introspect",
    "revoke",
    "metadata",
    "jwks",
    "userinfo",
    "device",
    "register",
    "token_details",
    "logout",
    "authorize",
    "par",
    "device_verification",
    "account",
    "check_session",
    "logo",
];

const ANY: &str = "any";

const RETRY_AFTER_SECONDS: u32 = 1;

/// What somebody asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    pub endpoint: String,
    pub tenant: Option<String>,
    pub kind: String,
    /// How many requests.
    #[serde(rename = "for", default = "once")]
    pub times: u32,
    pub delay_ms: Option<u64>,
    pub retry_after_seconds: Option<u32>,
}

const fn once() -> u32 {
    1
}

/// One that is set.
#[derive(Clone, Debug, Serialize)]
pub struct Rule {
    pub id: u64,
    pub endpoint: &'static str,
    /// `None`: every tenant.
    pub tenant: Option<String>,
    pub kind: &'static str,
    #[serde(rename = "for")]
    pub times: u32,
    pub remaining: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u32>,
    #[serde(skip)]
    shows: Kind,
}

/// What one request is to meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    pub name: &'static str,
    pub kind: Kind,
    pub delay: Duration,
    pub retry_after_seconds: u32,
}

#[derive(Default)]
pub struct Faults(Mutex<Rules>);

#[derive(Default)]
struct Rules {
    made: u64,
    list: Vec<Rule>,
}

impl Faults {
    /// # Errors
    /// There is no such endpoint or kind, or a number is out of bounds.
    pub fn set(&self, order: Order) -> Result<Rule, OAuthError> {
        let unknown = |what: &str, known: Vec<&str>| {
            OAuthError::invalid_request(format!(
                "There is no such {what}; known: {}.",
                known.join(", ")
            ))
        };
        let endpoint = ENDPOINTS.into_iter().find(|known| *known == order.endpoint);
        let endpoint = endpoint.ok_or_else(|| unknown("endpoint", ENDPOINTS.to_vec()))?;
        let kind = KINDS.iter().find(|kind| kind.name == order.kind);
        let names = || KINDS.iter().map(|kind| kind.name).collect();
        let kind = kind.ok_or_else(|| unknown("kind of fault", names()))?;
        if order.times == 0 {
            return Err(OAuthError::invalid_request("for is the number of requests, from 1."));
        }
        let delay_ms = order.delay_ms.or(kind.delay_ms);
        if delay_ms.is_some_and(|delay| delay > FAULT_DELAY_MS_MAX) {
            let text = format!("delay_ms is {FAULT_DELAY_MS_MAX} at most.");
            return Err(OAuthError::invalid_request(text));
        }
        let mut rules = self.rules();
        if rules.list.len() >= FAULTS_MAX {
            return Err(OAuthError::invalid_request("Too many faults are set; clear some first."));
        }
        rules.made += 1;
        let rule = Rule {
            id: rules.made,
            endpoint,
            tenant: order.tenant.filter(|tenant| !tenant.is_empty()),
            kind: kind.name,
            times: order.times,
            remaining: order.times,
            delay_ms,
            retry_after_seconds: order.retry_after_seconds,
            shows: kind.kind,
        };
        rules.list.push(rule.clone());
        Ok(rule)
    }

    pub fn list(&self) -> Vec<Rule> {
        self.rules().list.clone()
    }

    pub fn are_set(&self) -> bool {
        !self.rules().list.is_empty()
    }

    /// Those of one tenant and no other, or all. How many there were.
    pub fn clear(&self, tenant: Option<&str>) -> usize {
        let mut rules = self.rules();
        let before = rules.list.len();
        rules.list.retain(|rule| tenant.is_some() && rule.tenant.as_deref() != tenant);
        before - rules.list.len()
    }

    /// Whether there was one of that number.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = self.rules();
        let before = rules.list.len();
        rules.list.retain(|rule| rule.id != id);
        before != rules.list.len()
    }

    /// The one that was set first, counted down.
    pub fn take(&self, endpoint: &str, tenant: Option<&str>) -> Option<Shown> {
        let mut rules = self.rules();
        let meets = |rule: &Rule| {
            (rule.endpoint == ANY || rule.endpoint == endpoint)
                && (rule.tenant.is_none() || rule.tenant.as_deref() == tenant)
        };
        let rule = rules.list.iter_mut().find(|rule| meets(rule))?;
        rule.remaining -= 1;
        let shown = Shown {
            name: rule.kind,
            kind: rule.shows,
            delay: Duration::from_millis(rule.delay_ms.unwrap_or_default()),
            retry_after_seconds: rule.retry_after_seconds.unwrap_or(RETRY_AFTER_SECONDS),
        };
        rules.list.retain(|rule| rule.remaining > 0);
        Some(shown)
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, Rules> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(endpoint: &str, tenant: Option<&str>, kind: &str, times: u32) -> Order {
        Order {
            endpoint: endpoint.to_owned(),
            tenant: tenant.map(str::to_owned),
            kind: kind.to_owned(),
            times,
            delay_ms: None,
            retry_after_seconds: None,
        }
    }

    #[test]
    fn a_fault_is_shown_so_often_and_to_one_tenant() {
        let faults = Faults::default();
        faults.set(order("introspect", Some("ci-7"), "429", 2)).unwrap();
        assert_eq!(faults.take("introspect", Some("default")), None);
        assert_eq!(faults.take("token", Some("ci-7")), None);
        for remaining in [1, 0] {
            assert_eq!(faults.take("introspect", Some("ci-7")).unwrap().name, "429");
            let left = faults.list().first().map_or(0, |rule| rule.remaining);
            assert_eq!(left, remaining);
        }
        assert_eq!(faults.take("introspect", Some("ci-7")), None);
        assert!(!faults.are_set());
        faults.set(order("any", None, "delay", 1)).unwrap();
        assert!(faults.take("jwks", None).unwrap().delay > Duration::ZERO);
    }

    #[test]
    fn faults_are_cleared_by_tenant_and_by_number() {
        let faults = Faults::default();
        let first = faults.set(order("token", Some("a"), "500", 1)).unwrap();
        faults.set(order("token", Some("b"), "500", 1)).unwrap();
        faults.set(order("token", None, "500", 1)).unwrap();
        assert_eq!(faults.clear(Some("b")), 1);
        assert!(faults.remove(first.id) && !faults.remove(first.id));
        assert_eq!(faults.clear(None), 1);
    }

    #[test]
    fn what_is_unknown_is_refused_with_what_is_known() {
        let faults = Faults::default();
        let refused = |order: Order| faults.set(order).unwrap_err().description;
        assert!(refused(order("nowhere", None, "429", 1)).contains("introspect"));
        assert!(refused(order("token", None, "nonsense", 1)).contains("truncated"));
        assert!(refused(order("token", None, "429", 0)).contains("for"));
        let slow = Order { delay_ms: Some(u64::MAX), ..order("token", None, "delay", 1) };
        assert!(refused(slow).contains("delay_ms"));
    }

    #[test]
    fn a_million_faults_are_not_kept() {
        let faults = Faults::default();
        let set = |_: &usize| faults.set(order("token", None, "429", 1)).is_ok();
        assert_eq!((0..FAULTS_MAX + 5).filter(set).count(), FAULTS_MAX);
    }
}
