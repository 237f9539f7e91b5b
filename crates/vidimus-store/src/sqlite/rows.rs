//! Rows to the model: columns by their place in the statements of `sql.rs`.

use std::{mem::size_of, sync::Arc};

use rusqlite::{Connection, Params, Row};
use vidimus_core::{
    error::Fault,
    model::{Family, Object, Ticket, Token, TokenKind},
    row_key::RowKey,
    time::Time,
};

use crate::{
    codec::{self, ObjectColumns, TicketColumns},
    sqlite::fault,
};

/// Where the columns of a token's family begin.
const FAMILY: usize = 14;

/// The objects, and about what they take.
pub fn objects(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<(Vec<Arc<Object>>, usize), Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    let mut rows = statement.query(params).map_err(fault)?;
    let (mut objects, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next().map_err(fault)? {
        let columns = object_columns(row).map_err(fault)?;
        // A parsed document takes somewhat more than its text.
        bytes += size_of::<Object>() + 2 * columns.doc.len();
        objects.push(columns.decode()?);
    }
    Ok((objects, bytes))
}

fn object_columns<'row>(row: &'row Row<'_>) -> rusqlite::Result<ObjectColumns<'row>> {
    Ok(ObjectColumns {
        key: row.get(0)?,
        tenant: row.get(1)?,
        version: row.get(2)?,
        disabled: row.get(3)?,
        not_before: row.get(4)?,
        expires_at: row.get(5)?,
        doc: row.get_ref(6)?.as_str()?,
    })
}

/// Of the one row that `sql` finds; a family has its key in the token.
pub fn token(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Option<(Token, Option<Family>)>, Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    let mut rows = statement.query(params).map_err(fault)?;
    rows.next().map_err(fault)?.map(decode_token).transpose()
}

fn decode_token(row: &Row<'_>) -> Result<(Token, Option<Family>), Fault> {
    let text = |column| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
    let row_key = |column| row.get::<_, Option<i64>>(column).map(|key| key.map(RowKey));
    let hash = row.get_ref(1).and_then(|hash| Ok(hash.as_blob()?)).map_err(fault)?;
    let kind: i16 = row.get(0).map_err(fault)?;
    let audience = codec::audience_from_json(text(6).map_err(fault)?)?;
    let revocation = codec::optional_from_json(text(10).map_err(fault)?, "token.revocation")?;
    let confirmation = codec::optional_from_json(text(11).map_err(fault)?, "token.confirmation")?;
    let token = || -> rusqlite::Result<Token> {
        Ok(Token {
            key: RowKey(row.get(13)?),
            kind: TokenKind::Access,
            hash: [0; 32],
            client: row_key(2)?,
            user: row_key(3)?,
            family: row_key(4)?,
            scope: row.get(5)?,
            audience,
            issued_at: Time(row.get(7)?),
            expires_at: Time(row.get(8)?),
            not_before: row.get::<_, Option<i64>>(9)?.map(Time),
            revocation,
            confirmation,
            kid: row.get(12)?,
        })
    };
    let mut token = token().map_err(fault)?;
    token.hash = codec::digest(hash, "token.hash")?;
    token.kind =
        TokenKind::from_number(kind).ok_or_else(|| Fault::Corrupt(format!("token.kind {kind}")))?;
    let family = match row_key(FAMILY).map_err(fault)? {
        Some(key) => Some(family(key, row, FAMILY)?),
        None => None,
    };
    Ok((token, family))
}

fn family(key: RowKey, row: &Row<'_>, at: usize) -> Result<Family, Fault> {
    let row_key = |column| row.get::<_, Option<i64>>(column).map(|key| key.map(RowKey));
    let text = |column| row.get_ref(column).and_then(|text| Ok(text.as_str_or_null()?));
    let revocation = text(at + 4).map_err(fault)?;
    Ok(Family {
        key,
        client: row_key(at + 1).map_err(fault)?,
        user: row_key(at + 2).map_err(fault)?,
        expires_at: Time(row.get(at + 3).map_err(fault)?),
        revocation: codec::optional_from_json(revocation, "family.revocation")?,
        authentication: codec::authentication_from_json(text(at + 5).map_err(fault)?)?,
    })
}

pub fn families(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<Family>, Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    let mut rows = statement.query(params).map_err(fault)?;
    let mut families = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        families.push(family(RowKey(row.get(0).map_err(fault)?), row, 0)?);
    }
    Ok(families)
}

pub fn tickets(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<Arc<Ticket>>, Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    let mut rows = statement.query(params).map_err(fault)?;
    let mut tickets = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        tickets.push(Arc::new(ticket_columns(row).map_err(fault)?.decode()?));
    }
    Ok(tickets)
}

fn ticket_columns<'row>(row: &'row Row<'_>) -> rusqlite::Result<TicketColumns<'row>> {
    Ok(TicketColumns {
        key: row.get(0)?,
        version: row.get(1)?,
        hash: row.get_ref(2)?.as_blob()?,
        alias: row.get_ref(3)?.as_blob_or_null()?,
        owner: row.get(4)?,
        due_at: row.get(5)?,
        expires_at: row.get(6)?,
        doc: row.get_ref(7)?.as_str()?,
    })
}
