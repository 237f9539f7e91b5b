//! Searches among tokens and sessions, and when objects were used.

use rusqlite::{Connection, Params};
use vidimus_core::{
    error::Fault,
    limits::SEARCH_ROWS_MAX,
    row_key::RowKey,
    search::{Hits, Search, Sought},
    time::Time,
};

use crate::sqlite::fault;

/// Over all tenants, so that it ends whoever has how many.
macro_rules! span {
    ($what:literal, $of:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM (SELECT * FROM ",
            $of,
            " WHERE key < ?1 ORDER BY key DESC LIMIT ?2) AS span"
        )
    };
}

const TOKENS: &str = concat!(
    span!("key", "token"),
    " WHERE tenant = ?3 AND (?4 IS NULL OR client = ?4) AND (?5 IS NULL OR user_key = ?5) \
     AND (?6 IS NULL OR family = ?6) ORDER BY key DESC LIMIT ?7"
);

const SESSIONS: &str = concat!(
    span!("key", "ticket"),
    " WHERE tenant = ?3 AND owner IS NOT NULL AND (?4 IS NULL OR owner = ?4) \
     ORDER BY key DESC LIMIT ?5"
);

const TOKEN_SPAN: &str = span!("count(*), min(key)", "token");

const TICKET_SPAN: &str = span!("count(*), min(key)", "ticket");

const USED: &str = "SELECT at FROM used WHERE tenant = ?1 AND object = ?2";

pub fn search(connection: &Connection, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
    let (before, max) = (search.before.0, SEARCH_ROWS_MAX);
    let number = |key: Option<RowKey>| key.map(|key| key.0);
    let found = match search.sought {
        Sought::Tokens { client, user, family } => {
            let (client, user, family) = (number(client), number(user), number(family));
            let row = (before, max, tenant.0, client, user, family, search.limit);
            keys(connection, TOKENS, row)
        }
        Sought::Sessions { user } => {
            let row = (before, max, tenant.0, number(user), search.limit);
            keys(connection, SESSIONS, row)
        }
    };
    let sql = match search.sought {
        Sought::Tokens { .. } => TOKEN_SPAN,
        Sought::Sessions { .. } => TICKET_SPAN,
    };
    let span = || {
        let mut statement = connection.prepare_cached(sql)?;
        statement.query_row((before, max), |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, Option<i64>>(1)?.map(RowKey)))
        })
    };
    Ok(Hits::of(found.map_err(fault)?, search, span().map_err(fault)?, u64::from(max)))
}

fn keys(connection: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Vec<RowKey>> {
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_map(params, |row| row.get(0).map(RowKey))?.collect()
}

pub fn used(
    connection: &Connection,
    tenant: RowKey,
    keys: &[RowKey],
) -> Result<Vec<(RowKey, Time)>, Fault> {
    let read = || {
        let mut statement = connection.prepare_cached(USED)?;
        let mut used = Vec::new();
        for key in keys {
            let mut rows = statement.query((tenant.0, key.0))?;
            if let Some(row) = rows.next()? {
                used.push((*key, Time(row.get(0)?)));
            }
        }
        Ok(used)
    };
    read().map_err(fault)
}
