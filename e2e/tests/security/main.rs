//! The security checklist, asked of the real program over real HTTP: a test is named after its
//! check.
#![expect(
    clippy::disallowed_methods,
    reason = "tests stand outside the edge: they measure time and wait for real processes"
)]

mod accounts;
mod altered;
mod answers;
mod assertion_grant;
mod assertions;
mod authorizations;
mod basic;
mod callers;
mod code_races;
mod codes;
mod crossing;
mod cut_off;
mod dialects;
mod drawn;
mod endpoints;
mod events;
mod faults;
mod forged;
mod guesses;
mod guessing;
mod hints;
mod inactive;
mod issuers;
mod keys;
mod kinds;
mod leaks;
mod lifetimes;
mod logs;
mod managed;
mod many_tenants;
mod master_key;
mod mixtures;
mod modes;
mod outbound;
mod pages;
mod pair;
mod people;
mod prompts;
mod race;
mod redirects;
mod refresh;
mod registration;
mod requests;
mod revocation;
mod routes;
mod sealed;
mod search;
mod signing_out;
mod sink;
mod standing;
mod statistics;
mod stored;
mod tenants;
mod timing;
mod token_text;
mod twin;
mod unknown;
mod users;
mod verdicts;
mod visits;
mod world;
