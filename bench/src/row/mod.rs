//! The rows: what is measured, each by its name.

mod callers;
pub mod ceiling;
mod cold;
mod disturbed;
mod footprint;
pub mod hot;
mod inactive;
mod issue;
mod jwt_bearer;
mod many;
mod peers;
mod postgres;
mod ready;
mod refresh;
mod scaling;
mod tenants;

use crate::bench::Bench;

pub struct Row {
    pub name: &'static str,
    pub about: &'static str,
    pub take: fn(&mut Bench),
}

const fn row(name: &'static str, about: &'static str, take: fn(&mut Bench)) -> Row {
    Row { name, about, take }
}

/// In this order, because some leave behind what the next can use.
pub const ROWS: &[Row] = &[
    row("hot", "introspection of a working set, beside bare handlers", hot::take),
    row("unpinned", "the same, wherever the system puts server and load", hot::unpinned),
    row("cold", "introspection of every token once", cold::take),
    row("inactive", "introspection of unknown, expired and revoked tokens", inactive::take),
    row("callers", "introspection by other callers, and of JWT access tokens", callers::take),
    row("issue", "durable client_credentials beside the raw group-commit rate", issue::take),
    row("jwt-bearer", "a durable token for an RS256 assertion", jwt_bearer::take),
    row("refresh", "durable refresh with rotation", refresh::take),
    row("peer", "node-oidc-provider on the same requests", peers::node),
    row("hydra", "Hydra, if --hydra says where it is", peers::hydra),
    row("keycloak", "Keycloak, if --keycloak says where it is", peers::keycloak),
    row("during-issue", "p99 of introspection during durable issues", disturbed::issue),
    row("during-login-flood", "p99 of introspection under a login flood", disturbed::login_flood),
    row("slow-connections", "p99 of introspection beside slow connections", disturbed::slow),
    row("postgres", "introspection over PostgreSQL beside the bare statement", postgres::take),
    row("scaling", "one to three nodes on one PostgreSQL", scaling::take),
    row("many", "ten million live tokens against ten thousand, cold", many::take),
    row("ready", "time to readiness with all of them on disk", ready::take),
    row("footprint", "memory, idle and after every token was asked about", footprint::take),
    row("during-backup", "p99 of introspection during a backup", disturbed::backup),
    row("during-purge", "p99 of introspection under a purge", disturbed::purge),
    row("tenants", "ten thousand tenants with a hundred clients each", tenants::take),
];
