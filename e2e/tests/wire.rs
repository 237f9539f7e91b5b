//! Every wire file over real HTTP, on each of the three stores.

use vidimus_e2e::setup::Store;
use vidimus_e2e::wire::run;

#[test]
fn on_memory() {
    run::run_all(&Store::Memory);
}

#[test]
fn on_sqlite() {
    run::run_all(&Store::Sqlite);
}

#[test]
fn on_postgres() {
    run::run_all(&Store::Postgres);
}
