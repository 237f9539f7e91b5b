//! Needs to facts, in the calling thread: configuration from the cache, rows from the file.

use std::sync::Arc;

use rusqlite::{Connection, Params, Row};
use vidimus_core::{
    error::Fault,
    facts::{Facts, Needs, Space, TenantRef, TokenFact, TokenRef},
    model::{Family, Object, Token, TokenKind},
    row_key::RowKey,
    time::Time,
};

use crate::{
    codec::{self, ObjectColumns},
    sqlite::{
        cache::{Cache, Found, Objects},
        fault, sql,
    },
};

/// How often configuration may change under a look before it takes a snapshot without the cache.
const TRIES: usize = 3;

pub fn load(
    connection: &Connection,
    cache: &Cache,
    tenant: &TenantRef,
    needs: &Needs,
) -> Result<Facts, Fault> {
    // A single row is consistent by itself; configuration stands still, or the look is repeated.
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
    let rows = [needs.token.is_some(), needs.bearer.is_some(), needs.once.is_some()];
    rows.into_iter().filter(|row| *row).count() <= 1 && needs.others.is_empty()
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
    objects(connection, sql::PAGE, (tenant.0, space as i16, after, limit))
}

fn objects(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<Arc<Object>>, Fault> {
    let mut statement = connection.prepare_cached(sql).map_err(fault)?;
    let mut rows = statement.query(params).map_err(fault)?;
    let mut objects = Vec::new();
    while let Some(row) = rows.next().map_err(fault)? {
        objects.push(object_columns(row).map_err(fault)?.decode()?);
    }
    Ok(objects)
}

fn object_columns<'row>(row: &'row Row<'_>) -> rusqlite::Result<ObjectColumns<'row>> {
    Ok(ObjectColumns {
        key: row.get(0)?,
        tenant: row.get(1)?,
        version: row.get(2)?,
        disabled: row.get(3)?,
        not_before: row.get(4)?,
        doc: row.get_ref(5)?.as_str()?,
    })
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
        let owners = self.named(RowKey::ROOT, tenant.space(), tenant.name())?;
        let Some(owner) = owners.first() else { return Ok(Facts::default()) };
        let key = owner.key;
        let mut facts = Facts { tenant: Some(Arc::clone(owner)), ..Facts::default() };
        facts.objects.reserve(needs.objects.len());
        for (space, name) in &needs.objects {
            for object in self.named(key, *space, name)?.iter() {
                facts.objects.push((*space, name.clone(), Arc::clone(object)));
            }
        }
        if let Some(token) = needs.token {
            facts.token = self.token(key, token)?;
            facts.token_elsewhere =
                facts.token.is_none() && self.exists(sql::TOKEN_ELSEWHERE, (key.0, token.0.0))?;
        }
        if let Some(bearer) = needs.bearer {
            facts.bearer = self.token(key, bearer)?;
        }
        if let Some((space, digest)) = needs.once {
            facts.once_used = self.exists(sql::ONCE, (key.0, space as i16, digest))?;
        }
        for space in &needs.whole {
            facts.whole.push((*space, self.whole(key, *space)?.to_vec()));
        }
        for (other, needs) in &needs.others {
            facts.others.push(self.facts(other, needs)?);
        }
        Ok(facts)
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
        let found = objects(self.connection, sql::OBJECTS_BY_NAME, (tenant.0, space as i16, name))?;
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
        let found = objects(self.connection, sql::OBJECT_BY_KEY, (tenant.0, key.0))?.pop();
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
        let found = objects(self.connection, sql::WHOLE, (tenant.0, space as i16))?;
        let found = Objects::from(found);
        if kept {
            self.found.push(Found::Whole(tenant, space, Arc::clone(&found)));
        }
        Ok(found)
    }

    fn token(
        &mut self,
        tenant: RowKey,
        TokenRef(key): TokenRef,
    ) -> Result<Option<TokenFact>, Fault> {
        let row = {
            let mut statement = self.connection.prepare_cached(sql::TOKEN).map_err(fault)?;
            let mut rows = statement.query((tenant.0, key.0)).map_err(fault)?;
            match rows.next().map_err(fault)? {
                Some(row) => token(key, row)?,
                None => return Ok(None),
            }
        };
        let (token, family) = row;
        let client = self.keyed(tenant, token.client)?;
        let user = self.keyed(tenant, token.user)?;
        Ok(Some(TokenFact { token, client, user, family }))
    }
}

fn token(key: RowKey, row: &Row<'_>) -> Result<(Token, Option<Family>), Fault> {
    let text = |column| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
    let row_key = |column| row.get::<_, Option<i64>>(column).map(|key| key.map(RowKey));
    let hash = row.get_ref(1).and_then(|hash| Ok(hash.as_blob()?)).map_err(fault)?;
    let kind: i16 = row.get(0).map_err(fault)?;
    let audience = codec::audience_from_json(text(6).map_err(fault)?)?;
    let revocation = codec::optional_from_json(text(10).map_err(fault)?, "token.revocation")?;
    let confirmation = codec::optional_from_json(text(11).map_err(fault)?, "token.confirmation")?;
    let token = || -> rusqlite::Result<Token> {
        Ok(Token {
            key,
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
    token.hash = codec::hash(hash)?;
    token.kind =
        TokenKind::from_number(kind).ok_or_else(|| Fault::Corrupt(format!("token.kind {kind}")))?;
    let family = match row_key(13).map_err(fault)? {
        Some(key) => Some(family(key, row)?),
        None => None,
    };
    Ok((token, family))
}

fn family(key: RowKey, row: &Row<'_>) -> Result<Family, Fault> {
    let row_key = |column| row.get::<_, Option<i64>>(column).map(|key| key.map(RowKey));
    let revocation = row.get_ref(17).and_then(|text| Ok(text.as_str_or_null()?)).map_err(fault)?;
    Ok(Family {
        key,
        client: row_key(14).map_err(fault)?,
        user: row_key(15).map_err(fault)?,
        expires_at: Time(row.get(16).map_err(fault)?),
        revocation: codec::optional_from_json(revocation, "family.revocation")?,
    })
}
