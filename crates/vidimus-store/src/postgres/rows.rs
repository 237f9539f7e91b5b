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
    postgres::{column, parsed::Parsed},
};

/// Where the columns of each thing begin; see `sql::HOME`.
pub const OBJECT: usize = 2;
pub const USER: usize = 9;
const TOKEN: usize = 16;
const FAMILY: usize = 29;

const DIGEST_BYTES: usize = 32;

pub fn object(row: &Row, at: usize, parsed: &Parsed) -> Result<Arc<Object>, Fault> {
    let columns = ObjectColumns {
        key: column(row, at)?,
        tenant: column(row, at + 1)?,
        version: column(row, at + 2)?,
        disabled: column(row, at + 3)?,
        not_before: column(row, at + 4)?,
        expires_at: column(row, at + 5)?,
        doc: column(row, at + 6)?,
    };
    parsed.decode(columns)
}

pub fn token_fact(row: &Row, parsed: &Parsed) -> Result<TokenFact, Fault> {
    let joined = |at| match column::<Option<i64>>(row, at)? {
        Some(_) => object(row, at, parsed).map(Some),
        None => Ok(None),
    };
    let token = token(row)?;
    let family = match (token.family, column::<Option<i64>>(row, FAMILY + 3)?) {
        (Some(key), Some(expires_at)) => Some(linked(row, key, Time(expires_at))?),
        _ => None,
    };
    Ok(TokenFact {
        token: Arc::new(token),
        client: joined(OBJECT)?,
        user: joined(USER)?,
        family: family.map(Arc::new),
    })
}

fn token(row: &Row) -> Result<Token, Fault> {
    let key = |at| column::<Option<i64>>(row, at).map(|key| key.map(RowKey));
    let kind = column(row, TOKEN + 1)?;
    Ok(Token {
        key: RowKey(column(row, TOKEN)?),
        kind: TokenKind::from_number(kind)
            .ok_or_else(|| Fault::Corrupt(format!("token.kind {kind}")))?,
        hash: codec::digest(column(row, TOKEN + 2)?, "token.hash")?,
        client: key(TOKEN + 3)?,
        user: key(TOKEN + 4)?,
        family: key(FAMILY)?,
        scope: column(row, TOKEN + 5)?,
        audience: codec::audience_from_json(column(row, TOKEN + 6)?)?,
        issued_at: Time(column(row, TOKEN + 7)?),
        expires_at: Time(column(row, TOKEN + 8)?),
        not_before: column::<Option<i64>>(row, TOKEN + 9)?.map(Time),
        revocation: codec::optional_from_json(column(row, TOKEN + 10)?, "token.revocation")?,
        confirmation: codec::optional_from_json(column(row, TOKEN + 11)?, "token.confirmation")?,
        kid: column(row, TOKEN + 12)?,
    })
}

pub fn family(row: &Row) -> Result<Family, Fault> {
    linked(row, RowKey(column(row, FAMILY)?), Time(column(row, FAMILY + 3)?))
}

fn linked(row: &Row, key: RowKey, expires_at: Time) -> Result<Family, Fault> {
    Ok(Family {
        key,
        client: column::<Option<i64>>(row, FAMILY + 1)?.map(RowKey),
        user: column::<Option<i64>>(row, FAMILY + 2)?.map(RowKey),
        expires_at,
        revocation: codec::optional_from_json(column(row, FAMILY + 4)?, "family.revocation")?,
        authentication: codec::authentication_from_json(column(row, FAMILY + 5)?)?,
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
