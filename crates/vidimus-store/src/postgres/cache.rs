//! Configuration as it was in one epoch of its tenant. What is found here is a guess, until the
//! look that it is for has read the same epoch.

use std::{io, sync::Arc};

use quick_cache::{Equivalent, Weighter};
use vidimus_core::{
    error::Fault,
    facts::Space,
    model::{Kind, Object},
    row_key::RowKey,
};

/// What all of a tenant's objects, or all tenants and clients at the root, have in common until one
/// of them changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch(pub i64);

/// Of the tenants, and of the objects of the tenant that was found.
#[derive(Clone, Copy, Debug)]
pub struct Epochs {
    pub root: Epoch,
    pub tenant: Epoch,
}

/// `S` is the text's type: a name is looked up without being copied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Name<S> {
    /// The objects of a name, by their keys.
    Named(RowKey, Space, S),
    Object(RowKey, RowKey),
    /// All objects of a space.
    Whole(RowKey, Space),
    /// The tenant that a client's id leads to at the root.
    AtRoot(S),
}

impl Equivalent<Name<Box<str>>> for Name<&str> {
    fn equivalent(&self, kept: &Name<Box<str>>) -> bool {
        match (self, kept) {
            (Name::Named(tenant, space, name), Name::Named(t, s, n)) => {
                (tenant, space, *name) == (t, s, &**n)
            }
            (Name::Object(tenant, key), Name::Object(t, k)) => (tenant, key) == (t, k),
            (Name::Whole(tenant, space), Name::Whole(t, s)) => (tenant, space) == (t, s),
            (Name::AtRoot(name), Name::AtRoot(n)) => *name == &**n,
            _ => false,
        }
    }
}

impl Name<&str> {
    fn owned(&self) -> Name<Box<str>> {
        match *self {
            Name::Named(tenant, space, name) => Name::Named(tenant, space, name.into()),
            Name::Object(tenant, key) => Name::Object(tenant, key),
            Name::Whole(tenant, space) => Name::Whole(tenant, space),
            Name::AtRoot(name) => Name::AtRoot(name.into()),
        }
    }

    const fn text(&self) -> &str {
        match self {
            Self::Named(_, _, name) | Self::AtRoot(name) => name,
            Self::Object(..) | Self::Whole(..) => "",
        }
    }
}

#[derive(Clone)]
pub enum Found {
    Keys(Arc<[RowKey]>),
    Object(Arc<Object>),
    Tenant(RowKey),
}

#[derive(Clone)]
struct Entry {
    epoch: Epoch,
    found: Found,
    bytes: u64,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Name<Box<str>>, Entry> for Bytes {
    fn weight(&self, _: &Name<Box<str>>, entry: &Entry) -> u64 {
        entry.bytes
    }
}

type Entries = quick_cache::sync::Cache<Name<Box<str>>, Entry, Bytes>;

/// An entry without what it points at, in this crate and in the cache's own tables.
const ENTRY_BYTES: u64 = 192;
/// A document's strings are as long as its text; around them lie the fields that it leaves out.
const OBJECT_BYTES: u64 = 1024;
/// For the size of the tables only.
const USUAL_BYTES: u64 = 1024;

/// Names that lead nowhere are kept for as long as it takes to ask twice. Who makes them up pushes
/// out nothing but his own.
const STRANGERS_BYTES: u64 = 256 * 1024;

pub struct Cache {
    entries: Entries,
    strangers: Entries,
}

impl Cache {
    pub fn new(bytes: u64) -> Self {
        let entries = |bytes: u64| {
            let items = usize::try_from(bytes / USUAL_BYTES).unwrap_or(usize::MAX);
            Entries::with_weighter(items, bytes, Bytes)
        };
        Self { entries: entries(bytes), strangers: entries(STRANGERS_BYTES) }
    }

    fn get(&self, name: &Name<&str>) -> Option<(Epoch, Found)> {
        self.entries.get(name).map(|entry| (entry.epoch, entry.found))
    }

    pub fn keys(&self, name: &Name<&str>) -> Option<(Epoch, Arc<[RowKey]>)> {
        match self.get(name)? {
            (epoch, Found::Keys(keys)) => Some((epoch, keys)),
            _ => None,
        }
    }

    /// Only of this epoch, which the caller knows or guesses.
    pub fn object(&self, tenant: RowKey, key: RowKey, epoch: Epoch) -> Option<Arc<Object>> {
        match self.get(&Name::Object(tenant, key))? {
            (known, Found::Object(object)) if known == epoch => Some(object),
            _ => None,
        }
    }

    pub fn at_root(&self, client_id: &str) -> Option<(Epoch, RowKey)> {
        let name = Name::AtRoot(client_id);
        let entry = self.entries.get(&name).or_else(|| self.strangers.get(&name))?;
        match entry.found {
            Found::Tenant(tenant) => Some((entry.epoch, tenant)),
            _ => None,
        }
    }

    pub fn keep_keys(&self, name: &Name<&str>, epoch: Epoch, keys: Arc<[RowKey]>) {
        let bytes = ENTRY_BYTES + name.text().len() as u64 + 8 * keys.len() as u64;
        let entry = Entry { epoch, found: Found::Keys(keys), bytes };
        self.entries.insert(name.owned(), entry);
    }

    /// What is known of the same epoch is not measured again. A consent may change without the end
    /// of one, by whatever name it was found.
    pub fn keep_object(&self, object: &Arc<Object>, epoch: Epoch) -> Result<(), Fault> {
        if matches!(object.kind(), Kind::Consent | Kind::AuditEntry) {
            return Ok(());
        }
        if self.object(object.tenant, object.key, epoch).is_some() {
            return Ok(());
        }
        let bytes = ENTRY_BYTES + OBJECT_BYTES + 2 * text_bytes(object)?;
        let entry = Entry { epoch, found: Found::Object(Arc::clone(object)), bytes };
        self.entries.insert(Name::Object(object.tenant, object.key), entry);
        Ok(())
    }

    pub fn keep_at_root(&self, client_id: &str, epoch: Epoch, tenant: RowKey, exists: bool) {
        let bytes = ENTRY_BYTES + client_id.len() as u64;
        let entry = Entry { epoch, found: Found::Tenant(tenant), bytes };
        if exists {
            self.entries.insert(Name::AtRoot(client_id.into()), entry);
        } else {
            self.entries.remove(&Name::AtRoot(client_id));
            self.strangers.insert(Name::AtRoot(client_id.into()), entry);
        }
    }
}

/// How long the document is, without making it.
fn text_bytes(object: &Object) -> Result<u64, Fault> {
    let mut count = Count(0);
    serde_json::to_writer(&mut count, &object.body)
        .map_err(|error| Fault::Corrupt(format!("to JSON: {error}")))?;
    Ok(count.0)
}

struct Count(u64);

impl io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use vidimus_core::model::{Body, Standing, User};

    use super::*;

    const MEBIBYTE: u64 = 1024 * 1024;

    fn user(key: i64) -> Arc<Object> {
        let body = Body::User(User {
            username: format!("user-{key}"),
            password_hash: None,
            roles: Vec::new(),
            email: None,
            claims: serde_json::Map::new(),
            locked: false,
            fingerprint: None,
        });
        let (tenant, key) = (RowKey(1), RowKey(key));
        let standing = Standing::default();
        Arc::new(Object { key, tenant, version: 1, standing, expires_at: None, body })
    }

    fn is_known(cache: &Cache, key: i64) -> bool {
        cache.object(RowKey(1), RowKey(key), Epoch(7)).is_some()
    }

    #[test]
    fn what_is_used_stays_and_the_rest_makes_room() {
        let cache = Cache::new(MEBIBYTE);
        for key in 0..20_000 {
            cache.keep_object(&user(key), Epoch(7)).unwrap();
            assert!(is_known(&cache, 0), "after {key}");
        }
        assert!(cache.entries.weight() <= MEBIBYTE);
        let known = (0..20_000).filter(|key| is_known(&cache, *key)).count();
        assert!((400..1000).contains(&known), "{known}");
    }

    #[test]
    fn names_that_somebody_makes_up_push_out_nothing() {
        let cache = Cache::new(MEBIBYTE);
        for key in 0..400 {
            cache.keep_object(&user(key), Epoch(7)).unwrap();
        }
        for name in 0..100_000 {
            cache.keep_at_root(&format!("nobody-{name}"), Epoch(7), RowKey(1), false);
        }
        assert!((0..400).all(|key| is_known(&cache, key)));
        assert!(cache.strangers.weight() <= STRANGERS_BYTES);
        assert!(cache.at_root("nobody-99999").is_some());
        // Who comes to exist is known, and no more as a stranger.
        cache.keep_at_root("nobody-99999", Epoch(8), RowKey(2), true);
        assert_eq!(cache.at_root("nobody-99999"), Some((Epoch(8), RowKey(2))));
        cache.keep_at_root("nobody-99999", Epoch(9), RowKey(1), false);
        assert_eq!(cache.at_root("nobody-99999"), Some((Epoch(9), RowKey(1))));
    }

    #[test]
    fn an_object_is_good_for_its_own_epoch_only() {
        let cache = Cache::new(MEBIBYTE);
        cache.keep_object(&user(1), Epoch(7)).unwrap();
        assert!(cache.object(RowKey(1), RowKey(1), Epoch(8)).is_none());
        assert!(cache.object(RowKey(2), RowKey(1), Epoch(7)).is_none());
        cache.keep_object(&user(1), Epoch(8)).unwrap();
        assert!(cache.object(RowKey(1), RowKey(1), Epoch(8)).is_some());
    }
}
