//! Needs to facts in one statement: one round trip, one snapshot. Its parts are chosen by what is
//! asked, so there are 16 of them, each prepared once per connection.

use std::sync::Arc;

use futures_util::future::try_join_all;
use tokio_postgres::{Row, types::Type};
use vidimus_core::{
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef, TokenFact},
    model::{Family, Object, Token, TokenKind},
    row_key::RowKey,
    time::Time,
};

use crate::{
    codec::{self, ObjectColumns},
    postgres::{column, fault, lines::Line, parsed::Parsed, sql},
};

const TYPES: &[Type] = &[
    Type::INT2,
    Type::TEXT,
    Type::INT2_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT8,
    Type::INT8,
    Type::INT2,
    Type::BYTEA,
    Type::INT2_ARRAY,
];

/// Statement number of [`page`]; a load's has a bit for each of its parts.
const PAGE: u8 = u8::MAX;

/// Where the columns of each thing begin; see `sql::HOME`.
const OBJECT: usize = 2;
const USER: usize = 8;
const TOKEN: usize = 14;
const FAMILY: usize = 27;

/// Further tenants are statements of their own on the same connection, all sent at once.
pub async fn load(line: &Line, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
    let others = needs.others.iter().map(|(other, needs)| Box::pin(load(line, other, needs)));
    let (rows, others) =
        futures_util::future::try_join(ask(line, tenant, needs), try_join_all(others)).await?;
    let mut facts = facts(&rows, needs, &line.parsed)?;
    if facts.tenant.is_some() {
        facts.others = others;
    }
    Ok(facts)
}

/// PostgreSQL's text has no NUL, so no such name is there to be found.
fn asked(needs: &Needs) -> Vec<&(Space, String)> {
    needs.objects.iter().filter(|(_, name)| !name.contains('\0')).collect()
}

async fn ask(line: &Line, tenant: &TenantRef, needs: &Needs) -> Result<Vec<Row>, Fault> {
    if tenant.name().contains('\0') {
        return Ok(Vec::new());
    }
    let parts = [
        // Also for none: loads with and without a name must not differ by time (SEC-055).
        (true, sql::OBJECTS),
        (!needs.whole.is_empty(), sql::WHOLE),
        (needs.once.is_some(), sql::ONCE),
        (needs.token.is_some(), sql::TOKEN),
        (needs.token.is_some(), sql::TOKEN_ELSEWHERE),
        (needs.bearer.is_some(), sql::BEARER),
    ];
    let number = parts.iter().fold(0, |bits, (wanted, _)| bits << 1 | u8::from(*wanted));
    let text = || {
        let wanted = parts.iter().filter(|(wanted, _)| *wanted).map(|(_, part)| *part);
        std::iter::once(sql::HOME).chain(wanted).collect()
    };
    let statement = line.statement(number, TYPES, text).await?;
    let asked = asked(needs);
    let spaces: Vec<i16> = asked.iter().map(|(space, _)| *space as i16).collect();
    let whole: Vec<i16> = needs.whole.iter().map(|space| *space as i16).collect();
    let names: Vec<&str> = asked.iter().map(|(_, name)| name.as_str()).collect();
    line.client
        .query(
            &statement,
            &[
                &(tenant.space() as i16),
                &tenant.name(),
                &spaces,
                &names,
                &needs.token.map(|token| token.0.0),
                &needs.bearer.map(|token| token.0.0),
                &needs.once.map(|(space, _)| space as i16),
                &needs.once.as_ref().map(|(_, digest)| digest.as_slice()),
                &whole,
            ],
        )
        .await
        .map_err(fault)
}

fn facts(rows: &[Row], needs: &Needs, parsed: &Parsed) -> Result<Facts, Fault> {
    let mut facts = Facts::default();
    let (mut objects, mut whole) = (Vec::new(), Vec::new());
    for row in rows {
        let place: i64 = column(row, 1)?;
        match column::<i16>(row, 0)? {
            0 => facts.tenant = Some(object(row, OBJECT, parsed)?),
            1 => objects.push((place, object(row, OBJECT, parsed)?)),
            2 => whole.push((place, column::<i64>(row, USER)?, object(row, OBJECT, parsed)?)),
            3 => facts.once_used = true,
            4 => facts.token = Some(token_fact(row, parsed)?),
            5 => facts.bearer = Some(token_fact(row, parsed)?),
            _ => facts.token_elsewhere = true,
        }
    }
    if facts.tenant.is_none() {
        return Ok(facts);
    }
    let unasked = || Fault::Corrupt("an object that was not asked for".to_owned());
    let index = |place: i64| usize::try_from(place - 1).map_err(|_| unasked());
    objects.sort_by_key(|(place, object)| (*place, object.key));
    let asked = asked(needs);
    for (place, object) in objects {
        let (space, name) = asked.get(index(place)?).ok_or_else(unasked)?;
        facts.objects.push((*space, name.clone(), object));
    }
    whole.sort_by_key(|(rank, _, _)| *rank);
    facts.whole = needs.whole.iter().map(|space| (*space, Vec::new())).collect();
    for (_, place, object) in whole {
        facts.whole.get_mut(index(place)?).ok_or_else(unasked)?.1.push(object);
    }
    Ok(facts)
}

pub async fn page(
    line: &Line,
    tenant: RowKey,
    space: Space,
    after: &str,
    limit: i64,
) -> Result<Vec<Arc<Object>>, Fault> {
    let types = [Type::INT8, Type::INT2, Type::TEXT, Type::INT8];
    let statement = line.statement(PAGE, &types, || sql::PAGE.to_owned()).await?;
    // No name has a NUL, so those after "a\0b" are those after "a".
    let after = after.split('\0').next().unwrap_or_default();
    let params: [&(dyn tokio_postgres::types::ToSql + Sync); 4] =
        [&tenant.0, &(space as i16), &after, &limit];
    let rows = line.client.query(&statement, &params).await.map_err(fault)?;
    rows.iter().map(|row| object(row, 0, &line.parsed)).collect()
}

fn object(row: &Row, at: usize, parsed: &Parsed) -> Result<Arc<Object>, Fault> {
    let columns = ObjectColumns {
        key: column(row, at)?,
        tenant: column(row, at + 1)?,
        version: column(row, at + 2)?,
        disabled: column(row, at + 3)?,
        not_before: column(row, at + 4)?,
        doc: column(row, at + 5)?,
    };
    parsed.decode(columns)
}

fn token_fact(row: &Row, parsed: &Parsed) -> Result<TokenFact, Fault> {
    let joined = |at| match column::<Option<i64>>(row, at)? {
        Some(_) => object(row, at, parsed).map(Some),
        None => Ok(None),
    };
    let token = token(row)?;
    let family = match (token.family, column::<Option<i64>>(row, FAMILY + 3)?) {
        (Some(key), Some(expires_at)) => Some(family(row, key, Time(expires_at))?),
        _ => None,
    };
    Ok(TokenFact { token, client: joined(OBJECT)?, user: joined(USER)?, family })
}

fn token(row: &Row) -> Result<Token, Fault> {
    let key = |at| column::<Option<i64>>(row, at).map(|key| key.map(RowKey));
    let kind = column(row, TOKEN + 1)?;
    Ok(Token {
        key: RowKey(column(row, TOKEN)?),
        kind: TokenKind::from_number(kind)
            .ok_or_else(|| Fault::Corrupt(format!("token.kind {kind}")))?,
        hash: codec::hash(column(row, TOKEN + 2)?)?,
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

fn family(row: &Row, key: RowKey, expires_at: Time) -> Result<Family, Fault> {
    Ok(Family {
        key,
        client: column::<Option<i64>>(row, FAMILY + 1)?.map(RowKey),
        user: column::<Option<i64>>(row, FAMILY + 2)?.map(RowKey),
        expires_at,
        revocation: codec::optional_from_json(column(row, FAMILY + 4)?, "family.revocation")?,
    })
}
