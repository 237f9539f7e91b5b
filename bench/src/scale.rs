//! How much is done. Figures are taken at full size; the quick one only shows that they can be taken.

#[derive(Clone, Copy)]
pub struct Scale {
    pub live: u64,
    pub expired: u64,
    pub many_live: u64,
    pub many_expired: u64,
    /// Of the comparison with many: so few that one start asks about each once.
    pub few: u64,
    pub hot: u64,
    pub requests: u64,
    pub cold_requests: u64,
    pub rounds: u32,
    pub issue_seconds: u64,
    /// Each signed before it is sent.
    pub assertions: u64,
    pub postgres_tokens: u64,
    pub peer_requests: u64,
    pub disturbed_seconds: u64,
    pub slow_connections: usize,
    pub tenants: u32,
    pub clients_per_tenant: u32,
}

pub const FULL: Scale = Scale {
    live: 1_000_000,
    expired: 100_000,
    many_live: 10_000_000,
    many_expired: 10_000_000,
    few: 10_000,
    hot: 10_000,
    requests: 60_000,
    cold_requests: 200_000,
    rounds: 5,
    issue_seconds: 4,
    assertions: 12_000,
    postgres_tokens: 1_000_000,
    peer_requests: 8_000,
    disturbed_seconds: 4,
    slow_connections: 2_000,
    tenants: 10_000,
    clients_per_tenant: 100,
};

pub const QUICK: Scale = Scale {
    live: 20_000,
    expired: 2_000,
    many_live: 60_000,
    many_expired: 60_000,
    few: 2_000,
    hot: 1_000,
    requests: 3_000,
    cold_requests: 3_000,
    rounds: 1,
    issue_seconds: 1,
    assertions: 500,
    postgres_tokens: 20_000,
    peer_requests: 500,
    disturbed_seconds: 1,
    slow_connections: 200,
    tenants: 50,
    clients_per_tenant: 10,
};
