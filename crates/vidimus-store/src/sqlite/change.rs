//! One change as statements within the writer's transaction. `false`: its condition did not hold.

use rusqlite::{Connection, Params, params};
use vidimus_core::{
    error::Fault,
    facts::{Space, TenantRef},
    model::{Family, Object, Revocation, Ticket, Token},
    outcome::{Change, Write},
    row_key::RowKey,
};

use crate::{
    codec::{audience_to_json, authentication_to_json, names, optional_to_json, to_json},
    sqlite::{cache::Place, chain, fault, sql, stripes::Touched, touch::touch_name},
};

/// Whether a conflict may be found after something was already written.
pub fn is_compound(writes: &[Write]) -> bool {
    match writes {
        [one] => matches!(one.change, Change::Create(_) | Change::Replace(_)),
        _ => true,
    }
}

/// Marks what only the rows tell to have changed; the rest is [`super::touch`]'s.
pub fn apply(
    connection: &Connection,
    write: &Write,
    touched: &mut Touched<'_>,
) -> Result<bool, Fault> {
    let tenant = write.tenant;
    match &write.change {
        Change::Create(object) => {
            Ok(insert_object(connection, object)? && insert_names(connection, object)?)
        }
        Change::Replace(object) => replace_object(connection, object, touched),
        Change::Delete { key, version } => {
            delete_object(connection, tenant, (*key, *version), touched)
        }
        Change::InsertToken(token) => insert_token(connection, tenant, token),
        Change::InsertFamily(family) => insert_family(connection, tenant, family),
        Change::RevokeToken { key, revocation } => {
            revoke(connection, sql::REVOKE_TOKEN, tenant, *key, revocation)
        }
        Change::RevokeFamily { key, revocation } => {
            revoke(connection, sql::REVOKE_FAMILY, tenant, *key, revocation)
        }
        Change::CutFamily { key, revocation } => {
            revoke(connection, sql::REVOKE_FAMILY, tenant, *key, revocation).map(|_| true)
        }
        Change::CutFamiliesOf { user, client, revocation } => {
            cut_families_of(connection, tenant, (*user, *client), revocation, touched)
        }
        Change::DeleteToken { key } => delete_token(connection, tenant, *key),
        Change::Locate { digest, was: None, token, expires_at } => {
            let row = (tenant.0, digest, token.0, expires_at.0);
            Ok(execute(connection, sql::INSERT_LOCATOR, row)? == 1)
        }
        Change::Locate { digest, was: Some(was), token, expires_at } => {
            let row = (tenant.0, digest, token.0, expires_at.0, was.0);
            Ok(execute(connection, sql::MOVE_LOCATOR, row)? == 1)
        }
        Change::InsertTicket(ticket) => insert_ticket(connection, tenant, ticket),
        Change::ReplaceTicket(ticket) => update_ticket(connection, tenant, ticket),
        Change::DeleteTicket { key, version } => {
            Ok(execute(connection, sql::DELETE_TICKET, (tenant.0, key.0, version))? == 1)
        }
        Change::HoldObject { key } => exists(connection, sql::HOLD_OBJECT, (tenant.0, key.0)),
        Change::HoldTicket { key } => exists(connection, sql::HOLD_TICKET, (tenant.0, key.0)),
        Change::ReachAtRoot { client_id } => reach_at_root(connection, tenant, client_id),
        Change::LeaveRoot { client_id } => {
            execute(connection, sql::LEAVE_ROOT, (tenant.0, client_id))?;
            Ok(true)
        }
        Change::HoldAtRoot { client_id } => {
            exists(connection, sql::HOLD_AT_ROOT, (tenant.0, client_id))
        }
        Change::Room { space, fewer_than } => {
            let limit = i64::try_from(*fewer_than).unwrap_or(i64::MAX);
            exists(connection, sql::ROOM, (tenant.0, *space as i16, limit))
        }
        Change::Link { entry, digest, expires_at } => {
            chain::link(connection, *entry, *digest, *expires_at).map(|()| true)
        }
        Change::Used { key, at } => {
            execute(connection, sql::USED, (key.0, tenant.0, at.0)).map(|_| true)
        }
        Change::Once { space, digest, expires_at } => {
            let row = (tenant.0, *space as i16, digest, expires_at.0);
            Ok(execute(connection, sql::INSERT_ONCE, row)? == 1)
        }
    }
}

fn reach_at_root(connection: &Connection, tenant: RowKey, client_id: &str) -> Result<bool, Fault> {
    let (tenants, callers) = (Space::Tenant as i16, Space::Caller as i16);
    let row = (tenant.0, client_id, tenants, callers, TenantRef::DEFAULT_ID);
    Ok(execute(connection, sql::REACH_AT_ROOT, row)? == 1)
}

fn replace_object(
    connection: &Connection,
    object: &Object,
    touched: &mut Touched<'_>,
) -> Result<bool, Fault> {
    let held = update_object(connection, object)?;
    if held {
        delete_names(connection, object.tenant, object.key, touched).map_err(fault)?;
    }
    Ok(held && insert_names(connection, object)?)
}

fn delete_object(
    connection: &Connection,
    tenant: RowKey,
    (key, version): (RowKey, i64),
    touched: &mut Touched<'_>,
) -> Result<bool, Fault> {
    let held = execute(connection, sql::DELETE_OBJECT, (tenant.0, key.0, version))? == 1;
    if held {
        delete_names(connection, tenant, key, touched).map_err(fault)?;
        execute(connection, sql::FORGET_USED, (tenant.0, key.0))?;
    }
    Ok(held)
}

/// Whatever had one of them for a name is now found by fewer.
pub fn delete_names(
    connection: &Connection,
    tenant: RowKey,
    key: RowKey,
    touched: &mut Touched<'_>,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(sql::DELETE_NAMES)?;
    let mut rows = statement.query((tenant.0, key.0))?;
    while let Some(row) = rows.next()? {
        touch_name(tenant, row.get(0)?, row.get_ref(1)?.as_str()?, touched);
    }
    Ok(())
}

fn cut_families_of(
    connection: &Connection,
    tenant: RowKey,
    (user, client): (RowKey, RowKey),
    revocation: &Revocation,
    touched: &mut Touched<'_>,
) -> Result<bool, Fault> {
    let row = (tenant.0, user.0, client.0, to_json(revocation)?);
    let cut = || {
        let mut statement = connection.prepare_cached(sql::REVOKE_FAMILIES_OF)?;
        let mut rows = statement.query(row)?;
        while let Some(row) = rows.next()? {
            touched.touch(&Place::Family(tenant, RowKey(row.get(0)?)));
        }
        Ok(true)
    };
    cut().map_err(fault)
}

fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, Fault> {
    connection.prepare_cached(sql).and_then(|mut s| s.execute(params)).map_err(fault)
}

fn exists(connection: &Connection, sql: &str, params: impl Params) -> Result<bool, Fault> {
    connection.prepare_cached(sql).and_then(|mut s| s.exists(params)).map_err(fault)
}

fn insert_object(connection: &Connection, object: &Object) -> Result<bool, Fault> {
    let row = params![
        object.tenant.0,
        object.key.0,
        object.kind().as_str(),
        object.version,
        object.standing.disabled,
        object.standing.not_before.0,
        object.expires_at.map(|time| time.0),
        to_json(&object.body)?,
    ];
    Ok(execute(connection, sql::INSERT_OBJECT, row)? == 1)
}

fn update_object(connection: &Connection, object: &Object) -> Result<bool, Fault> {
    let row = params![
        object.tenant.0,
        object.key.0,
        object.kind().as_str(),
        object.version,
        object.standing.disabled,
        object.standing.not_before.0,
        object.expires_at.map(|time| time.0),
        to_json(&object.body)?,
        object.version - 1,
    ];
    Ok(execute(connection, sql::UPDATE_OBJECT, row)? == 1)
}

fn insert_names(connection: &Connection, object: &Object) -> Result<bool, Fault> {
    for (space, name) in names(object) {
        let row = (object.tenant.0, object.key.0, space as i16, &*name);
        if execute(connection, sql::INSERT_NAME, row)? != 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn insert_token(connection: &Connection, tenant: RowKey, token: &Token) -> Result<bool, Fault> {
    let row = params![
        tenant.0,
        token.key.0,
        token.kind as i16,
        token.hash,
        token.client.map(|key| key.0),
        token.user.map(|key| key.0),
        token.family.map(|key| key.0),
        token.scope,
        audience_to_json(&token.audience)?,
        token.issued_at.0,
        token.expires_at.0,
        token.not_before.map(|time| time.0),
        optional_to_json(token.revocation.as_ref())?,
        optional_to_json(token.confirmation.as_ref())?,
        token.kid,
    ];
    Ok(execute(connection, sql::INSERT_TOKEN, row)? == 1)
}

fn delete_token(connection: &Connection, tenant: RowKey, key: RowKey) -> Result<bool, Fault> {
    let held = execute(connection, sql::DELETE_TOKEN, (tenant.0, key.0))? == 1;
    if held {
        execute(connection, sql::DELETE_LOCATORS, (tenant.0, key.0))?;
    }
    Ok(held)
}

fn insert_family(connection: &Connection, tenant: RowKey, family: &Family) -> Result<bool, Fault> {
    let row = params![
        tenant.0,
        family.key.0,
        family.client.map(|key| key.0),
        family.user.map(|key| key.0),
        family.expires_at.0,
        optional_to_json(family.revocation.as_ref())?,
        authentication_to_json(family.authentication.as_ref())?,
    ];
    Ok(execute(connection, sql::INSERT_FAMILY, row)? == 1)
}

fn insert_ticket(connection: &Connection, tenant: RowKey, ticket: &Ticket) -> Result<bool, Fault> {
    let row = params![
        tenant.0,
        ticket.key.0,
        ticket.version,
        ticket.hash,
        ticket.alias,
        ticket.owner.map(|key| key.0),
        ticket.due_at.map(|time| time.0),
        ticket.expires_at.0,
        to_json(&ticket.body)?,
    ];
    Ok(execute(connection, sql::INSERT_TICKET, row)? == 1)
}

fn update_ticket(connection: &Connection, tenant: RowKey, ticket: &Ticket) -> Result<bool, Fault> {
    let row = params![
        tenant.0,
        ticket.key.0,
        ticket.version,
        ticket.hash,
        ticket.alias,
        ticket.owner.map(|key| key.0),
        ticket.due_at.map(|time| time.0),
        ticket.expires_at.0,
        to_json(&ticket.body)?,
        ticket.version - 1,
    ];
    Ok(execute(connection, sql::UPDATE_TICKET, row)? == 1)
}

fn revoke(
    connection: &Connection,
    sql: &str,
    tenant: RowKey,
    key: RowKey,
    revocation: &Revocation,
) -> Result<bool, Fault> {
    Ok(execute(connection, sql, (tenant.0, key.0, to_json(revocation)?))? == 1)
}
