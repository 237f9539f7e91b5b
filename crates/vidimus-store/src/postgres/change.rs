//! One change as statements. Each tells by its row count whether its condition held.

use tokio_postgres::types::ToSql;
use vidimus_core::{
    error::Fault,
    facts::{Space, TenantRef},
    model::{Family, Object, Ticket, Token},
    outcome::{Change, Write},
    row_key::RowKey,
    time::Time,
};

use crate::{
    codec::{audience_to_json, authentication_to_json, names, optional_to_json, to_json},
    postgres::sql,
};

type Param = Box<dyn ToSql + Sync + Send>;

pub struct Step {
    sql: &'static str,
    /// As an SQL expression; `None`: any number will do.
    rows: Option<&'static str>,
    pub params: Vec<Param>,
}

macro_rules! step {
    ($sql:expr, $rows:expr, $($param:expr),+ $(,)?) => {
        Step { sql: $sql, rows: $rows, params: vec![$(Box::new($param) as Param),+] }
    };
}

const ONE: Option<&str> = Some("1");
const ONE_PER_NAME: Option<&str> = Some("cardinality($3::int2[])");

impl Step {
    /// By itself: its row count is looked at afterwards.
    pub const fn plain(&self) -> &'static str {
        self.sql
    }

    /// Whether so many rows are as many as the condition of a lone statement asks for.
    pub const fn holds(&self, rows: u64) -> bool {
        self.rows.is_none() || rows == 1
    }

    /// Within a transaction whose COMMIT is already on its way: where the condition does not hold
    /// the statement fails, and the COMMIT becomes a ROLLBACK. The count is part of the text so
    /// that no planner evaluates the failure ahead of time.
    pub fn guarded(&self) -> String {
        match self.rows {
            None => self.sql.to_owned(),
            Some(rows) => format!(
                "WITH done AS ({}{}) SELECT CASE WHEN count(*) = {rows} THEN 1 ELSE \
                 ('the condition of this write does not hold; rows: ' || count(*))::int4 END \
                 FROM done",
                self.sql,
                if self.sql.starts_with("SELECT") { "" } else { " RETURNING 1" },
            ),
        }
    }
}

pub fn steps(write: Write) -> Result<Vec<Step>, Fault> {
    let tenant = write.tenant;
    Ok(match write.change {
        Change::Create(object) => {
            vec![insert_object(&object)?, insert_names(&object)]
        }
        Change::Replace(object) => vec![
            update_object(&object)?,
            step!(sql::DELETE_NAMES, None, tenant.0, object.key.0),
            insert_names(&object),
        ],
        Change::Delete { key, version } => vec![
            step!(sql::DELETE_OBJECT, ONE, tenant.0, key.0, version),
            step!(sql::DELETE_NAMES, None, tenant.0, key.0),
            step!(sql::FORGET_USED, None, tenant.0, key.0),
        ],
        Change::InsertToken(token) => vec![insert_token(tenant, token)?],
        Change::InsertFamily(family) => vec![insert_family(tenant, &family)?],
        Change::RevokeToken { key, revocation } => {
            vec![step!(sql::REVOKE_TOKEN, ONE, tenant.0, key.0, to_json(&revocation)?)]
        }
        Change::RevokeFamily { key, revocation } => {
            vec![step!(sql::REVOKE_FAMILY, ONE, tenant.0, key.0, to_json(&revocation)?)]
        }
        Change::CutFamily { key, revocation } => {
            vec![step!(sql::REVOKE_FAMILY, None, tenant.0, key.0, to_json(&revocation)?)]
        }
        Change::CutFamiliesOf { user, client, revocation } => {
            let revocation = to_json(&revocation)?;
            vec![step!(sql::REVOKE_FAMILIES_OF, None, tenant.0, user.0, client.0, revocation)]
        }
        Change::DeleteToken { key } => vec![
            step!(sql::DELETE_TOKEN, ONE, tenant.0, key.0),
            step!(sql::DELETE_LOCATORS, None, tenant.0, key.0),
        ],
        Change::Locate { digest, was, token, expires_at } => {
            locate(tenant, &digest, was, token, expires_at)
        }
        Change::InsertTicket(ticket) => vec![insert_ticket(tenant, &ticket)?],
        Change::ReplaceTicket(ticket) => vec![update_ticket(tenant, &ticket)?],
        Change::DeleteTicket { key, version } => {
            vec![step!(sql::DELETE_TICKET, ONE, tenant.0, key.0, version)]
        }
        Change::HoldObject { key } => vec![step!(sql::HOLD_OBJECT, ONE, tenant.0, key.0)],
        Change::HoldTicket { key } => vec![step!(sql::HOLD_TICKET, ONE, tenant.0, key.0)],
        Change::ReachAtRoot { client_id } => reach_at_root(tenant, client_id),
        Change::HoldAtRoot { client_id } => vec![
            step!(sql::LOCK_ROOT, None, Space::Tenant as i16, TenantRef::DEFAULT_ID),
            step!(sql::HOLD_AT_ROOT, ONE, tenant.0, client_id),
        ],
        Change::LeaveRoot { client_id } => {
            vec![step!(sql::LEAVE_ROOT, None, tenant.0, client_id)]
        }
        Change::Room { space, fewer_than } => room(tenant, space, fewer_than),
        Change::Link { entry, digest, expires_at } => vec![
            step!(sql::MOVE_HEAD, ONE, digest.to_vec()),
            step!(sql::INSERT_LINK, ONE, entry.0, digest.to_vec(), expires_at.0),
        ],
        Change::Used { key, at } => vec![step!(sql::USED, None, key.0, tenant.0, at.0)],
        Change::Once { space, digest, expires_at } => {
            let digest = digest.to_vec();
            vec![step!(sql::INSERT_ONCE, ONE, tenant.0, space as i16, digest, expires_at.0)]
        }
    })
}

fn reach_at_root(tenant: RowKey, client_id: String) -> Vec<Step> {
    vec![
        step!(sql::LOCK_ROOT, None, Space::Tenant as i16, TenantRef::DEFAULT_ID),
        step!(
            sql::REACH_AT_ROOT,
            ONE,
            tenant.0,
            client_id,
            Space::Tenant as i16,
            Space::Caller as i16,
            TenantRef::DEFAULT_ID,
        ),
    ]
}

fn room(tenant: RowKey, space: Space, fewer_than: u64) -> Vec<Step> {
    let limit = i64::try_from(fewer_than).unwrap_or(i64::MAX);
    vec![
        step!(sql::LOCK_TENANT, None, tenant.0),
        step!(sql::ROOM, ONE, tenant.0, space as i16, limit),
    ]
}

fn insert_object(object: &Object) -> Result<Step, Fault> {
    Ok(step!(
        sql::INSERT_OBJECT,
        ONE,
        object.tenant.0,
        object.key.0,
        object.kind().as_str(),
        object.version,
        object.standing.disabled,
        object.standing.not_before.0,
        object.expires_at.map(|time| time.0),
        to_json(&object.body)?,
    ))
}

fn update_object(object: &Object) -> Result<Step, Fault> {
    Ok(step!(
        sql::UPDATE_OBJECT,
        ONE,
        object.tenant.0,
        object.key.0,
        object.kind().as_str(),
        object.version,
        object.standing.disabled,
        object.standing.not_before.0,
        object.expires_at.map(|time| time.0),
        to_json(&object.body)?,
        object.version - 1,
    ))
}

fn insert_names(object: &Object) -> Step {
    let (spaces, names): (Vec<i16>, Vec<String>) =
        names(object).into_iter().map(|(space, name)| (space as i16, name.into_owned())).unzip();
    step!(sql::INSERT_NAMES, ONE_PER_NAME, object.tenant.0, object.key.0, spaces, names)
}

fn insert_token(tenant: RowKey, token: Token) -> Result<Step, Fault> {
    Ok(step!(
        sql::INSERT_TOKEN,
        ONE,
        tenant.0,
        token.key.0,
        token.kind as i16,
        token.hash.to_vec(),
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
    ))
}

fn insert_family(tenant: RowKey, family: &Family) -> Result<Step, Fault> {
    Ok(step!(
        sql::INSERT_FAMILY,
        ONE,
        tenant.0,
        family.key.0,
        family.client.map(|key| key.0),
        family.user.map(|key| key.0),
        family.expires_at.0,
        optional_to_json(family.revocation.as_ref())?,
        authentication_to_json(family.authentication.as_ref())?,
    ))
}

fn locate(
    tenant: RowKey,
    digest: &[u8; 32],
    was: Option<RowKey>,
    token: RowKey,
    expires_at: Time,
) -> Vec<Step> {
    let digest = digest.to_vec();
    match was {
        None => vec![
            step!(sql::DELETE_DEAD_LOCATOR, None, tenant.0, digest.clone()),
            step!(sql::INSERT_LOCATOR, ONE, tenant.0, digest, token.0, expires_at.0),
        ],
        Some(was) => {
            vec![step!(sql::MOVE_LOCATOR, ONE, tenant.0, digest, token.0, expires_at.0, was.0)]
        }
    }
}

fn insert_ticket(tenant: RowKey, ticket: &Ticket) -> Result<Step, Fault> {
    Ok(step!(
        sql::INSERT_TICKET,
        ONE,
        tenant.0,
        ticket.key.0,
        ticket.version,
        ticket.hash.to_vec(),
        ticket.alias.map(|alias| alias.to_vec()),
        ticket.owner.map(|key| key.0),
        ticket.due_at.map(|time| time.0),
        ticket.expires_at.0,
        to_json(&ticket.body)?,
    ))
}

fn update_ticket(tenant: RowKey, ticket: &Ticket) -> Result<Step, Fault> {
    Ok(step!(
        sql::UPDATE_TICKET,
        ONE,
        tenant.0,
        ticket.key.0,
        ticket.version,
        ticket.hash.to_vec(),
        ticket.alias.map(|alias| alias.to_vec()),
        ticket.owner.map(|key| key.0),
        ticket.due_at.map(|time| time.0),
        ticket.expires_at.0,
        to_json(&ticket.body)?,
        ticket.version - 1,
    ))
}
