//! Any needs to facts in one statement: one round trip, one snapshot. Its parts are chosen by what
//! is asked; each choice is prepared once per connection.

use std::{cmp::Reverse, sync::Arc};

use futures_util::future::try_join_all;
use tokio_postgres::{Row, types::Type};
use vidimus_core::{
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef, TicketRef, TokenRef},
    limits::LISTED_MAX,
    model::{Family, Object, Ticket},
    row_key::RowKey,
    time::Time,
};

use crate::postgres::{
    cache::{Cache, Epoch, Epochs},
    column, fault,
    lines::Line,
    recall::{self, Known},
    rows::{OBJECT, USER, columns, family, object, ticket, token_fact},
    sql,
};

/// Of the parameters, in their order. A statement may leave some of them out.
const TYPES: &[Type] = &[
    Type::INT2,
    Type::TEXT,
    Type::INT2_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT8,
    Type::INT8,
    Type::INT2_ARRAY,
    Type::BYTEA_ARRAY,
    Type::INT2_ARRAY,
    Type::BYTEA,
    Type::BYTEA,
    Type::INT8_ARRAY,
    Type::BYTEA_ARRAY,
    Type::INT8_ARRAY,
    Type::BYTEA_ARRAY,
    Type::INT2,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT8,
];

/// Statement numbers of [`page`] and [`due`]; a load's has a bit for each of its parts.
const PAGE: u32 = u32::MAX;
const DUE: u32 = u32::MAX - 1;

/// Further tenants are statements of their own on the same connection, all sent at once.
pub async fn load(
    line: &Line,
    cache: &Cache,
    tenant: &TenantRef,
    needs: &Needs,
) -> Result<Facts, Fault> {
    let others =
        needs.others.iter().map(|(other, needs)| Box::pin(load(line, cache, other, needs)));
    let (rows, others) =
        futures_util::future::try_join(ask(line, tenant, needs), try_join_all(others)).await?;
    let known = Known { cache, epochs: epochs(&rows)? };
    let mut facts = facts(&rows, needs, &known)?;
    if let Some(epochs) = known.epochs {
        recall::keep(cache, epochs, tenant, needs, &facts)?;
    }
    if facts.tenant.is_some() {
        facts.others = others;
    }
    Ok(facts)
}

/// PostgreSQL's text has no NUL, so no such name is there to be found.
fn asked(needs: &Needs) -> Vec<&(Space, String)> {
    needs.objects.iter().filter(|(_, name)| !name.contains('\0')).collect()
}

/// What is asked for by one of two columns: a row key or a digest.
#[derive(Clone, Copy, Default)]
struct Ref<'a> {
    key: Option<i64>,
    digest: Option<&'a [u8]>,
}

impl<'a> Ref<'a> {
    fn token(token: Option<&'a TokenRef>) -> Self {
        match token {
            None => Self::default(),
            Some(TokenRef::Key(key)) => Self { key: Some(key.0), digest: None },
            Some(TokenRef::Digest(digest)) => Self { key: None, digest: Some(digest) },
        }
    }

    fn ticket(ticket: &'a TicketRef) -> Self {
        match ticket {
            TicketRef::Key(key) => Self { key: Some(key.0), digest: None },
            TicketRef::Alias(alias) => Self { key: None, digest: Some(alias) },
        }
    }
}

async fn ask(line: &Line, tenant: &TenantRef, needs: &Needs) -> Result<Vec<Row>, Fault> {
    if tenant.name().contains('\0') {
        return Ok(Vec::new());
    }
    let client_id = tenant.client_at_root().filter(|client_id| !client_id.contains('\0'));
    let token = Ref::token(needs.token.as_ref());
    let bearer = Ref::token(needs.bearer.as_ref());
    let parts = [
        (client_id.is_some(), sql::HOME_OF_CLIENT),
        (client_id.is_none(), sql::HOME),
        // Also for none: loads with and without a name must not differ by time (SEC-055).
        (true, sql::OBJECTS),
        (!needs.whole.is_empty(), sql::WHOLE),
        (!needs.once.is_empty(), sql::ONCE),
        (token.key.is_some(), sql::TOKEN),
        (token.key.is_some(), sql::TOKEN_ELSEWHERE),
        (token.digest.is_some(), sql::TOKEN_BY_DIGEST),
        (token.digest.is_some(), sql::DIGEST_ELSEWHERE),
        (bearer.key.is_some(), sql::BEARER),
        (bearer.digest.is_some(), sql::BEARER_BY_DIGEST),
        (!needs.further.is_empty(), sql::FURTHER),
        (!needs.tickets.is_empty(), sql::TICKETS),
        (needs.sessions_of.is_some(), sql::SESSIONS_OF),
        (needs.families_of.is_some(), sql::FAMILIES_OF),
        (needs.count.is_some(), sql::COUNT),
    ];
    let number = parts.iter().fold(0, |bits, (wanted, _)| bits << 1 | u32::from(*wanted));
    let text = || parts.iter().filter(|(wanted, _)| *wanted).map(|(_, part)| *part).collect();
    let statement = line.statement(number, TYPES, text).await?;
    let asked = asked(needs);
    let spaces: Vec<i16> = asked.iter().map(|(space, _)| *space as i16).collect();
    let names: Vec<&str> = asked.iter().map(|(_, name)| name.as_str()).collect();
    let once = list(&needs.once, |(space, _)| *space as i16);
    let digests = list(&needs.once, |(_, digest)| digest.as_slice());
    let whole = list(&needs.whole, |space| *space as i16);
    let further = list(&needs.further, |token| Ref::token(Some(token)).key);
    let located = list(&needs.further, |token| Ref::token(Some(token)).digest);
    let tickets = list(&needs.tickets, |ticket| Ref::ticket(ticket).key);
    let aliases = list(&needs.tickets, |ticket| Ref::ticket(ticket).digest);
    line.client
        .query(
            &statement,
            &[
                &(tenant.space() as i16),
                &tenant.name(),
                &spaces,
                &names,
                &token.key,
                &bearer.key,
                &once,
                &digests,
                &whole,
                &token.digest,
                &bearer.digest,
                &further,
                &located,
                &tickets,
                &aliases,
                &needs.count.map(|space| space as i16),
                &client_id,
                &needs.sessions_of.map(|user| user.0),
                &needs.families_of.map(|user| user.0),
                &i64::from(LISTED_MAX),
            ],
        )
        .await
        .map_err(fault)
}

/// What is not asked for is NULL: the server need not take an empty array apart.
fn list<'a, A, B>(asked: &'a [A], column: impl Fn(&'a A) -> B) -> Option<Vec<B>> {
    (!asked.is_empty()).then(|| asked.iter().map(column).collect())
}

/// Rows by their part; the order of the rest is not the server's to keep.
#[derive(Default)]
struct Sorted {
    objects: Vec<(i64, Arc<Object>)>,
    whole: Vec<(i64, i64, Arc<Object>)>,
    once: Vec<i64>,
    sessions: Vec<Arc<Ticket>>,
    families: Vec<Family>,
}

/// They are in the tenant's own row.
fn epochs(rows: &[Row]) -> Result<Option<Epochs>, Fault> {
    for row in rows {
        if column::<i16>(row, 0)? == 0 {
            let epoch = |at| column::<Option<i64>>(row, at).map(|epoch| epoch.map(Epoch));
            let epochs = epoch(USER)?.zip(epoch(USER + 1)?);
            return Ok(epochs.map(|(root, tenant)| Epochs { root, tenant }));
        }
    }
    Ok(None)
}

fn facts(rows: &[Row], needs: &Needs, known: &Known<'_>) -> Result<Facts, Fault> {
    let mut facts = Facts {
        further: needs.further.iter().map(|token| (*token, None)).collect(),
        whole: needs.whole.iter().map(|space| (*space, Vec::new())).collect(),
        tickets: needs.tickets.iter().map(|ticket| (*ticket, None)).collect(),
        ..Facts::default()
    };
    let mut sorted = Sorted::default();
    for row in rows {
        let place: i64 = column(row, 1)?;
        match column::<i16>(row, 0)? {
            0 => facts.tenant = Some(object(row, OBJECT, known)?),
            1 => sorted.objects.push((place, object(row, OBJECT, known)?)),
            2 => sorted.whole.push((place, column(row, USER)?, object(row, OBJECT, known)?)),
            3 => sorted.once.push(place),
            4 => facts.token = Some(Box::new(token_fact(row, known)?)),
            5 => facts.bearer = Some(Box::new(token_fact(row, known)?)),
            6 => facts.token_elsewhere = true,
            7 => {
                let further = facts.further.get_mut(index(place)?).ok_or_else(unasked)?;
                further.1 = Some(token_fact(row, known)?);
            }
            8 => {
                let found = facts.tickets.get_mut(index(place)?).ok_or_else(unasked)?;
                found.1 = Some(Arc::new(ticket(row)?));
            }
            10 => sorted.sessions.push(Arc::new(ticket(row)?)),
            11 => sorted.families.push(family(row)?),
            _ => facts.count = Some(place.cast_unsigned()),
        }
    }
    if facts.tenant.is_none() {
        return Ok(Facts::default());
    }
    facts.token_elsewhere &= facts.token.is_none();
    in_order(sorted, needs, &mut facts)?;
    Ok(facts)
}

fn in_order(mut sorted: Sorted, needs: &Needs, facts: &mut Facts) -> Result<(), Fault> {
    sorted.objects.sort_by_key(|(place, object)| (*place, object.key));
    let asked = asked(needs);
    for (place, object) in sorted.objects {
        let (space, name) = asked.get(index(place)?).ok_or_else(unasked)?;
        facts.objects.push((*space, name.clone(), object));
    }
    sorted.whole.sort_by_key(|(rank, _, _)| *rank);
    for (_, place, object) in sorted.whole {
        facts.whole.get_mut(index(place)?).ok_or_else(unasked)?.1.push(object);
    }
    sorted.once.sort_unstable();
    for place in sorted.once {
        facts.once.push(*needs.once.get(index(place)?).ok_or_else(unasked)?);
    }
    sorted.sessions.sort_unstable_by_key(|session| Reverse(session.key));
    facts.sessions_of = needs.sessions_of.map(|user| (user, sorted.sessions));
    sorted.families.sort_unstable_by_key(|family| Reverse(family.key));
    facts.families_of = needs.families_of.map(|user| (user, sorted.families));
    Ok(())
}

fn unasked() -> Fault {
    Fault::Corrupt("a row that was not asked for".to_owned())
}

fn index(place: i64) -> Result<usize, Fault> {
    usize::try_from(place - 1).map_err(|_| unasked())
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
    rows.iter().map(|row| columns(row, 0)?.decode()).collect()
}

pub async fn due(line: &Line, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
    let statement = line.statement(DUE, &[Type::INT8, Type::INT8], || sql::DUE.to_owned()).await?;
    let rows = line.client.query(&statement, &[&now.0, &i64::from(limit)]).await.map_err(fault)?;
    rows.iter().map(|row| Ok((RowKey(column(row, 0)?), RowKey(column(row, 1)?)))).collect()
}
