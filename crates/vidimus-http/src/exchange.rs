//! What is known of one request while it is answered, for logs, metrics and the sandbox's list.

use std::net::IpAddr;

use crate::{entropy::RequestId, metrics::Label};

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
}

pub struct Exchange {
    pub id: RequestId,
    pub peer: Peer,
    pub label: Label,
    /// Its id, where the sandbox's list asks for it.
    pub tenant: Option<String>,
    /// Why a token was inactive; a finite set.
    pub reason: Option<&'static str>,
}

impl Exchange {
    pub const fn new(id: RequestId, peer: Peer) -> Self {
        Self { id, peer, label: Label::Other, tenant: None, reason: None }
    }
}
