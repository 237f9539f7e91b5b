//! Searches among tokens and sessions, and when objects were used.

use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};
use vidimus_core::{
    audit::chain::Link,
    error::Fault,
    limits::SEARCH_ROWS_MAX,
    row_key::RowKey,
    search::{Hits, Search, Sought},
    time::Time,
};

use crate::{
    codec,
    postgres::{column, fault, lines::Line},
};

/// Over all tenants, so that it ends whoever has how many.
macro_rules! span {
    ($what:literal, $of:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM (SELECT * FROM ",
            $of,
            " WHERE key < $1 ORDER BY key DESC LIMIT $2) AS span"
        )
    };
}

const TOKENS: &str = concat!(
    span!("key", "token"),
    " WHERE tenant = $3 AND ($4::int8 IS NULL OR client = $4) \
     AND ($5::int8 IS NULL OR user_key = $5) AND ($6::int8 IS NULL OR family = $6) \
     ORDER BY key DESC LIMIT $7"
);

const SESSIONS: &str = concat!(
    span!("key", "ticket"),
    " WHERE tenant = $3 AND owner IS NOT NULL AND ($4::int8 IS NULL OR owner = $4) \
     ORDER BY key DESC LIMIT $5"
);

const TOKEN_SPAN: &str = span!("count(*), min(key)", "token");

const TICKET_SPAN: &str = span!("count(*), min(key)", "ticket");

const USED: &str = "SELECT object, at FROM used WHERE tenant = $1 AND object = ANY($2)";

/// The numbers by which a connection knows its statements; those of `load` are before and after.
const TOKENS_NUMBER: u32 = u32::MAX - 2;
const SESSIONS_NUMBER: u32 = u32::MAX - 3;
const TOKEN_SPAN_NUMBER: u32 = u32::MAX - 4;
const TICKET_SPAN_NUMBER: u32 = u32::MAX - 5;
const USED_NUMBER: u32 = u32::MAX - 6;

const LINKS: &str = "SELECT number, entry, digest, chain FROM link WHERE number > $1 \
     ORDER BY number LIMIT $2";
const LINKS_NUMBER: u32 = u32::MAX - 7;

type Params<'a> = Vec<&'a (dyn ToSql + Sync)>;

pub async fn search(line: &Line, tenant: RowKey, search: &Search) -> Result<Hits, Fault> {
    let (before, max) = (search.before.0, i64::from(SEARCH_ROWS_MAX));
    let limit = i64::from(search.limit);
    let number = |key: Option<RowKey>| key.map(|key| key.0);
    let ((number_of, sql), (span_number, span_sql)) = match search.sought {
        Sought::Tokens { .. } => ((TOKENS_NUMBER, TOKENS), (TOKEN_SPAN_NUMBER, TOKEN_SPAN)),
        Sought::Sessions { .. } => ((SESSIONS_NUMBER, SESSIONS), (TICKET_SPAN_NUMBER, TICKET_SPAN)),
    };
    let asked: Vec<Option<i64>> = match search.sought {
        Sought::Tokens { client, user, family } => {
            vec![number(client), number(user), number(family)]
        }
        Sought::Sessions { user } => vec![number(user)],
    };
    let mut params: Params<'_> = vec![&before, &max, &tenant.0];
    params.extend(asked.iter().map(|key| key as &(dyn ToSql + Sync)));
    params.push(&limit);
    let types = vec![Type::INT8; params.len()];
    let statement = line.statement(number_of, &types, || sql.to_owned()).await?;
    let rows = line.client.query(&statement, &params).await.map_err(fault)?;
    let keys: Result<Vec<RowKey>, Fault> =
        rows.iter().map(|row| column(row, 0).map(RowKey)).collect();
    let types = [Type::INT8; 2];
    let statement = line.statement(span_number, &types, || span_sql.to_owned()).await?;
    let row = line.client.query_one(&statement, &[&before, &max]).await.map_err(fault)?;
    let earliest = column::<Option<i64>>(&row, 1)?.map(RowKey);
    let span = (column::<i64>(&row, 0)?.cast_unsigned(), earliest);
    Ok(Hits::of(keys?, search, span, u64::from(SEARCH_ROWS_MAX)))
}

pub async fn links(line: &Line, after: i64, limit: i64) -> Result<Vec<Link>, Fault> {
    let types = [Type::INT8; 2];
    let statement = line.statement(LINKS_NUMBER, &types, || LINKS.to_owned()).await?;
    let rows = line.client.query(&statement, &[&after, &limit]).await.map_err(fault)?;
    let link = |row: &Row| {
        Ok(Link {
            number: column(row, 0)?,
            entry: RowKey(column(row, 1)?),
            digest: codec::digest(column(row, 2)?, "link.digest")?,
            chain: codec::digest(column(row, 3)?, "link.chain")?,
        })
    };
    rows.iter().map(link).collect()
}

pub async fn used(
    line: &Line,
    tenant: RowKey,
    keys: &[RowKey],
) -> Result<Vec<(RowKey, Time)>, Fault> {
    let keys: Vec<i64> = keys.iter().map(|key| key.0).collect();
    let types = [Type::INT8, Type::INT8_ARRAY];
    let statement = line.statement(USED_NUMBER, &types, || USED.to_owned()).await?;
    let rows = line.client.query(&statement, &[&tenant.0, &keys]).await.map_err(fault)?;
    rows.iter().map(|row| Ok((RowKey(column(row, 0)?), Time(column(row, 1)?)))).collect()
}
