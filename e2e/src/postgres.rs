//! A fresh PostgreSQL database for each test that asks for one.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::cluster::Cluster;
use crate::programs::Programs;

/// Where `cargo xtask test` says its cluster is: a superuser's URL. Databases made there stay.
pub const VARIABLE: &str = "VIDIMUS_TEST_POSTGRES";

/// The URL of a new, empty database. Without `VIDIMUS_TEST_POSTGRES` this process starts a cluster
/// of its own, which goes when the process does.
///
/// # Panics
/// If there is no PostgreSQL: a test that needs it is never skipped.
pub fn database() -> String {
    static OWN: OnceLock<Cluster> = OnceLock::new();
    if let Ok(url) = std::env::var(VARIABLE) {
        return create(&Programs::find().unwrap_or_else(|missing| panic!("{missing}")), &url);
    }
    OWN.get_or_init(|| Cluster::start().unwrap_or_else(|missing| panic!("{missing}"))).database()
}

/// What `psql` prints for the statement, without alignment and headings.
pub fn run(programs: &Programs, url: &str, statement: &str) -> Result<String, String> {
    let output = programs
        .client("psql")
        .args(["-qAtX", "-v", "ON_ERROR_STOP=1", "-c", statement])
        .arg(url)
        .env("PGCONNECT_TIMEOUT", "10")
        .output()
        .map_err(|fault| format!("psql: {fault}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

pub(crate) fn create(programs: &Programs, url: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let name = format!(
        "vidimus_{}_{}_{}",
        std::process::id(),
        since.as_micros(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    run(programs, url, &format!("CREATE DATABASE {name} TEMPLATE template0"))
        .unwrap_or_else(|fault| panic!("cannot create a database at {url}: {fault}"));
    with_database(url, &name)
}

fn with_database(url: &str, name: &str) -> String {
    let (address, query) = url.split_once('?').map_or((url, None), |(a, q)| (a, Some(q)));
    let host_starts = address.find("://").map_or(0, |at| at + 3);
    let host_ends = address[host_starts..].find('/').map_or(address.len(), |at| host_starts + at);
    let base = &address[..host_ends];
    query.map_or_else(|| format!("{base}/{name}"), |query| format!("{base}/{name}?{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_database_of_a_url_is_replaced() {
        assert_eq!(with_database("postgres://u@h:1/postgres", "x"), "postgres://u@h:1/x");
        assert_eq!(with_database("postgres://u@h:1", "x"), "postgres://u@h:1/x");
        assert_eq!(with_database("postgres://h/p?a=/b", "x"), "postgres://h/x?a=/b");
    }

    #[test]
    fn every_database_is_new_and_empty() {
        let (one, two) = (database(), database());
        assert_ne!(one, two);
        let programs = Programs::find().expect("programs");
        let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
        assert_eq!(run(&programs, &one, tables).as_deref(), Ok("0"));
    }
}
