//! What is known of one request while it is answered, for logs, metrics and the sandbox's list.

use std::net::IpAddr;

use tokio::time::Instant;

use vidimus_core::row_key::RowKey;

use crate::{
    entropy::RequestId,
    faults::Shown,
    metrics::Label,
    request_log::{Keep, Told},
};

/// Who asks, and at which door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    pub address: IpAddr,
    pub door: Door,
}

/// What a listener is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Main,
    /// For the operator alone: the probes, and metrics without a token. It has no TLS, so nothing
    /// that takes a secret answers there.
    Operations,
    /// As the main one, for administrators: where it is there, the admin API and the console answer
    /// here alone.
    Administration,
}

impl Door {
    /// Not of machines that watch alone.
    pub const fn is_for_people(self) -> bool {
        matches!(self, Self::Main | Self::Administration)
    }
}

pub struct Exchange {
    pub id: RequestId,
    pub peer: Peer,
    pub label: Label,
    pub started: Instant,
    /// Somebody collects traces.
    pub is_traced: bool,
    /// Its id, where the request log or a trace asks for it.
    pub tenant: Option<String>,
    /// Whose words the answer is in.
    pub dialect: Option<&'static str>,
    /// Who proved to be whoever asks.
    pub caller: Option<String>,
    /// What a refusal told the operator.
    pub told: Option<Box<Told>>,
    /// Whether the request log takes this one.
    pub keep: Keep,
    /// What a sandbox does to this request, and that to the answer.
    pub fault: Option<&'static str>,
    pub spoilt: Option<Shown>,
    /// Why a token was inactive; a finite set.
    pub reason: Option<&'static str>,
    /// The token that was introspected, by its row.
    pub token: Option<RowKey>,
}

impl Exchange {
    pub fn new(id: RequestId, peer: Peer) -> Self {
        Self {
            id,
            peer,
            label: Label::Other,
            started: Instant::now(),
            is_traced: false,
            tenant: None,
            dialect: None,
            caller: None,
            told: None,
            keep: Keep::Undecided,
            fault: None,
            spoilt: None,
            reason: None,
            token: None,
        }
    }
}
