//! Needs to facts, in the calling thread: configuration from the cache, rows from the file.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use vidimus_core::{
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef, TicketRef, TokenFact, TokenRef},
    limits::LISTED_MAX,
    model::{Family, Object, Ticket, Token},
    row_key::RowKey,
    time::Time,
};

use crate::sqlite::{
    cache::{Cache, Entry, Kept, Key as Found, Objects, Place, Root, bytes_of},
    fault, rows, sql,
    stripes::Stamp,
};

/// A token and its family.
type Rows = (Arc<Token>, Option<Arc<Family>>);

/// How often what is kept may change under a look before it takes a snapshot without the cache.
const TRIES: usize = 3;

pub fn load(
    connection: &Connection,
    cache: &Cache,
    tenant: &TenantRef,
    needs: &Needs,
) -> Result<Facts, Fault> {
    // What one statement reads is consistent by itself; the rest stands still, or the look is repeated.
    let single_row = is_single_row(needs);
    for _ in 0..TRIES {
        let moves = cache.moves();
        let mut look =
            Look { connection, cache: Some(cache), single_row, torn: false, found: Vec::new() };
        let facts = if single_row {
            look.facts(tenant, needs)?
        } else {
            in_snapshot(connection, || look.facts(tenant, needs))?
        };
        // Unmoved, every commit that was under way is so still: what it changes was not looked at, or
        // the look is torn.
        if look.torn {
            break;
        }
        if cache.moves() == moves {
            for (place, entry) in look.found {
                cache.keep(place, entry);
            }
            return Ok(facts);
        }
    }
    let mut look = Look { connection, cache: None, single_row, torn: false, found: Vec::new() };
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
        .map(|(found, _)| found)
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
    /// `None`: everything comes from the snapshot.
    cache: Option<&'a Cache>,
    single_row: bool,
    /// Configuration that changes was met.
    torn: bool,
    found: Vec<(Found, Entry)>,
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

    /// What is at hand of configuration, or the stamp under which it may be kept once it is read.
    fn at_hand(&mut self, place: Place<'_>) -> Result<Kept, Option<Stamp>> {
        let Some(cache) = self.cache else { return Err(None) };
        if let Some(kept) = cache.get(place) {
            return Ok(kept);
        }
        let stamp = cache.stamp(place);
        self.torn |= stamp.is_none();
        Err(stamp)
    }

    fn found(&mut self, place: Found, kept: Kept, stamp: Option<Stamp>, bytes: usize) {
        self.found.extend(stamp.map(|stamp| (place, Entry { kept, stamp, second: None, bytes })));
    }

    /// Where no client is found at the root, nobody pays for those who could be.
    fn root(&mut self) -> Result<Root, Fault> {
        let stamp = match self.at_hand(Place::Root) {
            Ok(Kept::Root(root)) => return Ok(root),
            Ok(_) => None,
            Err(stamp) => stamp,
        };
        let any = self.exists(sql::ROOT_CLIENT_ANY, ())?;
        let root = if any { Root::Peopled } else { Root::Empty };
        self.found(Found::Root, Kept::Root(root), stamp, 0);
        Ok(root)
    }

    fn root_client(&mut self, client_id: &str) -> Result<Option<RowKey>, Fault> {
        let stamp = match self.at_hand(Place::RootClient(client_id)) {
            Ok(Kept::Tenant(tenant)) => return Ok(Some(tenant)),
            Ok(_) => None,
            Err(stamp) => stamp,
        };
        let found = self.number(sql::ROOT_CLIENT, (client_id,))?.map(RowKey);
        if let Some(tenant) = found {
            self.found(Found::RootClient(client_id.into()), Kept::Tenant(tenant), stamp, 0);
        }
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
        let stamp = match self.at_hand(Place::Name(tenant, space as i16, name)) {
            Ok(Kept::Objects(objects)) => return Ok(objects),
            Ok(_) => None,
            Err(stamp) => stamp,
        };
        let row = (tenant.0, space as i16, name);
        let (found, bytes) = rows::objects(self.connection, sql::OBJECTS_BY_NAME, row)?;
        let found = Objects::from(found);
        // What is not there is not kept: a stranger could name as much as he likes of it.
        if !found.is_empty() {
            let place = Found::Name(tenant, space as i16, name.into());
            self.found(place, Kept::Objects(Arc::clone(&found)), stamp, bytes);
        }
        Ok(found)
    }

    fn keyed(&mut self, tenant: RowKey, key: Option<RowKey>) -> Result<Option<Arc<Object>>, Fault> {
        let Some(key) = key else { return Ok(None) };
        let stamp = match self.at_hand(Place::Object(tenant, key)) {
            Ok(Kept::Object(object)) => return Ok(Some(object)),
            Ok(_) => None,
            Err(stamp) => stamp,
        };
        let row = (tenant.0, key.0);
        let (mut found, bytes) = rows::objects(self.connection, sql::OBJECT_BY_KEY, row)?;
        let found = found.pop();
        if let Some(object) = &found {
            let kept = Kept::Object(Arc::clone(object));
            self.found(Found::Object(tenant, key), kept, stamp, bytes);
        }
        Ok(found)
    }

    fn whole(&mut self, tenant: RowKey, space: Space) -> Result<Objects, Fault> {
        // The other spaces may be of any size, and are asked for whole only by `apply`.
        let kept = space == Space::SigningKey;
        let stamp = match kept.then(|| self.at_hand(Place::Whole(tenant, space as i16))) {
            Some(Ok(Kept::Objects(objects))) => return Ok(objects),
            Some(Err(stamp)) => stamp,
            Some(Ok(_)) | None => None,
        };
        let row = (tenant.0, space as i16);
        let (found, bytes) = rows::objects(self.connection, sql::WHOLE, row)?;
        let found = Objects::from(found);
        self.found(
            Found::Whole(tenant, space as i16),
            Kept::Objects(Arc::clone(&found)),
            stamp,
            bytes,
        );
        Ok(found)
    }

    fn token(&mut self, tenant: RowKey, token: TokenRef) -> Result<Option<TokenFact>, Fault> {
        let found = match token {
            TokenRef::Key(key) => self.token_by_key(tenant, key)?,
            TokenRef::Digest(digest) => {
                let row = (tenant.0, digest);
                let found = rows::token(self.connection, sql::TOKEN_BY_DIGEST, row)?;
                found.map(|(token, family)| (Arc::new(token), family.map(Arc::new)))
            }
        };
        let Some((token, family)) = found else { return Ok(None) };
        let client = self.keyed(tenant, token.client)?;
        let user = self.keyed(tenant, token.user)?;
        Ok(Some(TokenFact { token, client, user, family }))
    }

    /// Where it is one row among several, all of them come from one snapshot.
    fn token_by_key(&mut self, tenant: RowKey, key: RowKey) -> Result<Option<Rows>, Fault> {
        let place = Place::Token(tenant, key);
        let cache = self.cache.filter(|_| self.single_row);
        if let Some(Kept::Token(token, family)) = cache.and_then(|cache| cache.get(place)) {
            return Ok(Some((token, family)));
        }
        // Before the row is read; that of its family after, which is as good where nothing moved.
        let stamp = cache.and_then(|cache| cache.stamp(place));
        let found = rows::token(self.connection, sql::TOKEN, (tenant.0, key.0))?;
        let Some((token, family)) = found else { return Ok(None) };
        let family_at = token.family.map(|family| Place::Family(tenant, family));
        let second = family_at.map(|place| cache.and_then(|cache| cache.stamp(place)));
        let bytes = bytes_of(&token, family.as_ref());
        let (token, family) = (Arc::new(token), family.map(Arc::new));
        if let (Some(stamp), None | Some(Some(_))) = (stamp, second) {
            let kept = Kept::Token(Arc::clone(&token), family.clone());
            let entry = Entry { kept, stamp, second: second.flatten(), bytes };
            self.found.push((Found::Token(tenant, key), entry));
        }
        Ok(Some((token, family)))
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
