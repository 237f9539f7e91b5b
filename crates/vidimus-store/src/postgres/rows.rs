//! Rows to the model: columns by their place in the statements of `sql.rs`.

use std::sync::Arc;

use tokio_postgres::Row;
use vidimus_core::{
    error::Fault,
    facts::TokenFact,
    model::{Family, Object, Ticket, Token, TokenKind},
    row_key::RowKey,
    time::Time,
};

use crate::{
    codec::{self, ObjectColumns, TicketColumns},
    postgres::{column, recall::Known},
};

/// Where the columns of each thing begin; see `sql::HOME`.
pub const OBJECT: usize = 2;
pub const USER: usize = 9;
const TOKEN: usize = 16;
/// How many a token has; those of its family follow.
const TOKEN_COLUMNS: usize = 13;
const FAMILY: usize = TOKEN + TOKEN_COLUMNS;

const DIGEST_BYTES: usize = 32;

pub fn columns(row: &Row, at: usize) -> Result<ObjectColumns<'_>, Fault> {
    Ok(ObjectColumns {
        key: column(row, at)?,
        tenant: column(row, at + 1)?,
        version: column(row, at + 2)?,
        disabled: column(row, at + 3)?,
        not_before: column(row, at + 4)?,
        expires_at: column(row, at + 5)?,
        doc: column(row, at + 6)?,
    })
}

/// Nothing is parsed again that is known from the same epoch.
pub fn object(row: &Row, at: usize, known: &Known<'_>) -> Result<Arc<Object>, Fault> {
    let columns = columns(row, at)?;
    match known.object(RowKey(columns.tenant), RowKey(columns.key)) {
        Some(object) => Ok(object),
        None => columns.decode(),
    }
}

/// Of the statement that reads everything.
pub fn token_fact(row: &Row, known: &Known<'_>) -> Result<TokenFact, Fault> {
    let joined = |at| match column::<Option<i64>>(row, at)? {
        Some(_) => object(row, at, known).map(Some),
        None => Ok(None),
    };
    let (token, family) = token(row, TOKEN)?;
    Ok(TokenFact {
        token: token.into(),
        client: joined(OBJECT)?,
        user: joined(USER)?,
        family: family.map(Arc::new),
    })
}

pub fn token(row: &Row, at: usize) -> Result<(Token, Option<Family>), Fault> {
    let key = |at| column::<Option<i64>>(row, at).map(|key| key.map(RowKey));
    let kind = column(row, at + 1)?;
    let family = at + TOKEN_COLUMNS;
    let token = Token {
        key: RowKey(column(row, at)?),
        kind: TokenKind::from_number(kind)
            .ok_or_else(|| Fault::Corrupt(format!("token.kind {kind}")))?,
        hash: codec::digest(column(row, at + 2)?, "token.hash")?,
        client: key(at + 3)?,
        user: key(at + 4)?,
        family: key(family)?,
        scope: column(row, at + 5)?,
        audience: codec::audience_from_json(column(row, at + 6)?)?,
        issued_at: Time(column(row, at + 7)?),
        expires_at: Time(column(row, at + 8)?),
        not_before: column::<Option<i64>>(row, at + 9)?.map(Time),
        revocation: codec::optional_from_json(column(row, at + 10)?, "token.revocation")?,
        confirmation: codec::optional_from_json(column(row, at + 11)?, "token.confirmation")?,
        kid: column(row, at + 12)?,
    };
    let family = match (token.family, column::<Option<i64>>(row, family + 3)?) {
        (Some(key), Some(expires_at)) => Some(linked(row, family, key, Time(expires_at))?),
        _ => None,
    };
    Ok((token, family))
}

pub fn family(row: &Row) -> Result<Family, Fault> {
    linked(row, FAMILY, RowKey(column(row, FAMILY)?), Time(column(row, FAMILY + 3)?))
}

fn linked(row: &Row, at: usize, key: RowKey, expires_at: Time) -> Result<Family, Fault> {
    Ok(Family {
        key,
        client: column::<Option<i64>>(row, at + 1)?.map(RowKey),
        user: column::<Option<i64>>(row, at + 2)?.map(RowKey),
        expires_at,
        revocation: codec::optional_from_json(column(row, at + 4)?, "family.revocation")?,
        authentication: codec::authentication_from_json(column(row, at + 5)?)?,
    })
}

pub fn ticket(row: &Row) -> Result<Ticket, Fault> {
    let digests: &[u8] = column(row, TOKEN + 2)?;
    let (hash, alias) = digests
        .split_at_checked(DIGEST_BYTES)
        .ok_or_else(|| Fault::Corrupt("ticket.hash is not 32 bytes".to_owned()))?;
    let columns = TicketColumns {
        key: column(row, OBJECT)?,
        version: column(row, OBJECT + 2)?,
        hash,
        alias: (!alias.is_empty()).then_some(alias),
        owner: column(row, TOKEN + 4)?,
        due_at: column(row, OBJECT + 4)?,
        expires_at: column(row, OBJECT + 5)?,
        doc: column(row, OBJECT + 6)?,
    };
    columns.decode()
}
