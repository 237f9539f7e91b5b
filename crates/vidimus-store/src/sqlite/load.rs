//! Needs to facts, in the calling thread: configuration from the cache, rows from the file.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use vidimus_core::{
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef, TicketRef, TokenFact, TokenRef},
    limits::LISTED_MAX,
    model::{Object, Ticket},
    row_key::RowKey,
    time::Time,
};

use crate::sqlite::{
    cache::{Cache, Found, Objects, Root},
    fault, rows, sql,
};

/// How often configuration may change under a look before it takes a snapshot without the cache.
const TRIES: usize = 3;

pub fn load(
    connection: &Connection,
    cache: &Cache,
    tenant: &TenantRef,
    needs: &Needs,
) -> Result<Facts, Fault> {
    // What one statement reads is consistent by itself; configuration stands still, or the look is repeated.
    let single_row = is_single_row(needs);
    for _ in 0..TRIES {
        let Some(generation) = cache.generation() else { break };
        let mut look = Look { connection, cache, generation: Some(generation), found: Vec::new() };
        let facts = if single_row {
            look.facts(tenant, needs)?
        } else {
            in_snapshot(connection, || look.facts(tenant, needs))?
        };
        if cache.settle(generation, look.found) {
            return Ok(facts);
        }
    }
    let mut look = Look { connection, cache, generation: None, found: Vec::new() };
    in_snapshot(connection, || look.facts(tenant, needs))
}

fn is_single_row(needs: &Needs) -> bool {
    let rows = usize::from(needs.token.is_some())
        + usize::from(needs.bearer.is_some())
        + needs.tickets.len()
        + usize::from(needs.sessions_of.is_some())
        + usize::from(needs.families_of.is_some())
        + needs.further.len()
        + needs.once.len();
    rows <= 1 && needs.others.is_empty()
}

/// A fault within leaves the transaction open, and the connection is then closed by its owner.
fn in_snapshot<T>(
    connection: &Connection,
    read: impl FnOnce() -> Result<T, Fault>,
) -> Result<T, Fault> {
    let run = |sql| connection.prepare_cached(sql).and_then(|mut s| s.execute(()));
    run("BEGIN").map_err(fault)?;
    let result = read()?;
    run("COMMIT").map_err(fault)?;
    Ok(result)
}

/// Objects of one space by name, past the cache.
pub fn page(
    connection: &Connection,
    tenant: RowKey,
    space: Space,
    after: &str,
    limit: i64,
) -> Result<Vec<Arc<Object>>, Fault> {
    rows::objects(connection, sql::PAGE, (tenant.0, space as i16, after, limit))
}

pub fn due(connection: &Connection, now: Time, limit: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
    let read = || {
        let mut statement = connection.prepare_cached(sql::DUE)?;
        let row = |row: &Row<'_>| Ok((RowKey(row.get(0)?), RowKey(row.get(1)?)));
        statement.query_map((now.0, limit), row)?.collect::<rusqlite::Result<_>>()
    };
    read().map_err(fault)
}

struct Look<'a> {
    connection: &'a Connection,
    cache: &'a Cache,
    /// `None`: everything comes from the snapshot.
    generation: Option<u64>,
    found: Vec<Found>,
}

impl Look<'_> {
    fn facts(&mut self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        let Some(owner) = self.owner(tenant)? else { return Ok(Facts::default()) };
        let key = owner.key;
        let mut facts = Facts { tenant: Some(owner), ..Facts::default() };
        facts.objects.reserve(needs.objects.len());
        for (space, name) in &needs.objects {
            for object in self.named(key, *space, name)?.iter() {
                facts.objects.push((*space, name.clone(), Arc::clone(object)));
            }
        }
        if let Some(token) = needs.token {
            facts.token = self.token(key, token)?.map(Box::new);
            facts.token_elsewhere = facts.token.is_none() && self.elsewhere(key, token)?;
        }
        if let Some(bearer) = needs.bearer {
            facts.bearer = self.token(key, bearer)?.map(Box::new);
        }
        for &ticket in &needs.tickets {
            facts.tickets.push((ticket, self.ticket(key, ticket)?));
        }
        if let Some(user) = needs.sessions_of {
            let row = (key.0, user.0, LISTED_MAX);
            facts.sessions_of =
                Some((user, rows::tickets(self.connection, sql::SESSIONS_OF, row)?));
        }
        if let Some(user) = needs.families_of {
            let row = (key.0, user.0, LISTED_MAX);
            facts.families_of =
                Some((user, rows::families(self.connection, sql::FAMILIES_OF, row)?));
        }
        for &token in &needs.further {
            facts.further.push((token, self.token(key, token)?));
        }
        for (space, digest) in &needs.once {
            if self.exists(sql::ONCE, (key.0, *space as i16, digest))? {
                facts.once.push((*space, *digest));
            }
        }
        if let Some(space) = needs.count {
            facts.count = Some(self.count(key, space)?);
        }
        for space in &needs.whole {
            facts.whole.push((*space, self.whole(key, *space)?.to_vec()));
        }
        for (other, needs) in &needs.others {
            facts.others.push(self.facts(other, needs)?);
        }
        Ok(facts)
    }

    fn owner(&mut self, tenant: &TenantRef) -> Result<Option<Arc<Object>>, Fault> {
        if let Some(client_id) = tenant.client_at_root()
            && self.root()? == Root::Peopled
            && let Some(key) = self.root_client(client_id)?
            && let Some(owner) = self.keyed(RowKey::ROOT, Some(key))?
        {
            return Ok(Some(owner));
        }
        Ok(self.named(RowKey::ROOT, tenant.space(), tenant.name())?.first().cloned())
    }

    /// Where no client is found at the root, nobody pays for those who could be.
    fn root(&mut self) -> Result<Root, Fault> {
        if let Some(root) = self.generation.and_then(|generation| self.cache.root(generation)) {
            return Ok(root);
        }
        let any = self.exists(sql::ROOT_CLIENT_ANY, ())?;
        let root = if any { Root::Peopled } else { Root::Empty };
        self.found.push(Found::Root(root));
        Ok(root)
    }

    fn root_client(&mut self, client_id: &str) -> Result<Option<RowKey>, Fault> {
        let cached = |generation| self.cache.root_client(generation, client_id);
        if let Some(tenant) = self.generation.and_then(cached) {
            return Ok(Some(tenant));
        }
        let found = self.number(sql::ROOT_CLIENT, (client_id,))?.map(RowKey);
        self.found.extend(found.map(|tenant| Found::RootClient(client_id.into(), tenant)));
        Ok(found)
    }

    fn count(&self, tenant: RowKey, space: Space) -> Result<u64, Fault> {
        let count = self.number(sql::COUNT, (tenant.0, space as i16))?;
        Ok(count.unwrap_or_default().cast_unsigned())
    }

    fn number(&self, sql: &str, params: impl Params) -> Result<Option<i64>, Fault> {
        let query = |sql| {
            let mut statement = self.connection.prepare_cached(sql)?;
            statement.query_row(params, |row| row.get(0)).optional()
        };
        query(sql).map_err(fault)
    }

    fn exists(&self, sql: &str, params: impl Params) -> Result<bool, Fault> {
        self.connection.prepare_cached(sql).and_then(|mut s| s.exists(params)).map_err(fault)
    }

    fn named(&mut self, tenant: RowKey, space: Space, name: &str) -> Result<Objects, Fault> {
        if let Some(generation) = self.generation
            && let Some(objects) = self.cache.named(generation, tenant, space, name)
        {
            return Ok(objects);
        }
        let found =
            rows::objects(self.connection, sql::OBJECTS_BY_NAME, (tenant.0, space as i16, name))?;
        let found = Objects::from(found);
        // What is not there is not kept: a stranger could name as much as he likes of it.
        if !found.is_empty() {
            self.found.push(Found::Named(tenant, space, name.into(), Arc::clone(&found)));
        }
        Ok(found)
    }

    fn keyed(&mut self, tenant: RowKey, key: Option<RowKey>) -> Result<Option<Arc<Object>>, Fault> {
        let Some(key) = key else { return Ok(None) };
        if let Some(generation) = self.generation
            && let Some(object) = self.cache.keyed(generation, tenant, key)
        {
            return Ok(Some(object));
        }
        let found = rows::objects(self.connection, sql::OBJECT_BY_KEY, (tenant.0, key.0))?.pop();
        self.found.extend(found.clone().map(Found::Keyed));
        Ok(found)
    }

    fn whole(&mut self, tenant: RowKey, space: Space) -> Result<Objects, Fault> {
        // The other spaces may be of any size, and are asked for whole only by `apply`.
        let kept = space == Space::SigningKey;
        if kept
            && let Some(generation) = self.generation
            && let Some(objects) = self.cache.whole(generation, tenant, space)
        {
            return Ok(objects);
        }
        let found = rows::objects(self.connection, sql::WHOLE, (tenant.0, space as i16))?;
        let found = Objects::from(found);
        if kept {
            self.found.push(Found::Whole(tenant, space, Arc::clone(&found)));
        }
        Ok(found)
    }

    fn token(&mut self, tenant: RowKey, token: TokenRef) -> Result<Option<TokenFact>, Fault> {
        let row = match token {
            TokenRef::Key(key) => rows::token(self.connection, sql::TOKEN, (tenant.0, key.0)),
            TokenRef::Digest(digest) => {
                rows::token(self.connection, sql::TOKEN_BY_DIGEST, (tenant.0, digest))
            }
        };
        let Some((token, family)) = row? else { return Ok(None) };
        let client = self.keyed(tenant, token.client)?;
        let user = self.keyed(tenant, token.user)?;
        Ok(Some(TokenFact { token: Arc::new(token), client, user, family: family.map(Arc::new) }))
    }

    fn elsewhere(&self, tenant: RowKey, token: TokenRef) -> Result<bool, Fault> {
        match token {
            TokenRef::Key(key) => self.exists(sql::TOKEN_ELSEWHERE, (tenant.0, key.0)),
            TokenRef::Digest(digest) => self.exists(sql::DIGEST_ELSEWHERE, (tenant.0, digest)),
        }
    }

    fn ticket(&self, tenant: RowKey, ticket: TicketRef) -> Result<Option<Arc<Ticket>>, Fault> {
        let found = match ticket {
            TicketRef::Key(key) => rows::tickets(self.connection, sql::TICKET, (tenant.0, key.0)),
            TicketRef::Alias(alias) => {
                rows::tickets(self.connection, sql::TICKET_BY_ALIAS, (tenant.0, alias))
            }
        };
        Ok(found?.pop())
    }
}
