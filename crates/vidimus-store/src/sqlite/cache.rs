//! What was read lately, within a budget of bytes: configuration, and the rows of tokens that are
//! asked about again. An entry counts only while its stamps stand.

use std::{mem::size_of, sync::Arc};

use quick_cache::{Equivalent, OptionsBuilder, Weighter, sync};
use vidimus_core::{
    model::{Family, Object, Token},
    row_key::RowKey,
};

use crate::sqlite::stripes::{Stamp, Stripes, Touched};

pub type Objects = Arc<[Arc<Object>]>;

/// A shard grows by moving all its entries while its readers wait, so shards are small.
const SHARDS: usize = 64;
/// What an entry is expected to take; only sizes the shards' first tables.
const ENTRY_BYTES: u64 = 512;
/// What the cache itself keeps beside an entry.
const OVERHEAD_BYTES: usize = 64;

/// Where something lies that may be kept.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place<'a> {
    /// In a space of names, by its number.
    Name(RowKey, i16, &'a str),
    Object(RowKey, RowKey),
    /// All objects of a space.
    Whole(RowKey, i16),
    /// Whether any client of another tenant is found at the root.
    Root,
    RootClient(&'a str),
    Token(RowKey, RowKey),
    /// Not kept by itself: what a token hangs on.
    Family(RowKey, RowKey),
}

/// [`Place`] as what is found is kept under: the same variants in the same order, so that both hash
/// alike.
#[derive(PartialEq, Eq, Hash)]
pub enum Key {
    Name(RowKey, i16, Box<str>),
    Object(RowKey, RowKey),
    Whole(RowKey, i16),
    Root,
    RootClient(Box<str>),
    Token(RowKey, RowKey),
}

impl Equivalent<Key> for Place<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        *self
            == match key {
                Key::Name(tenant, space, name) => Place::Name(*tenant, *space, name),
                Key::Object(tenant, key) => Place::Object(*tenant, *key),
                Key::Whole(tenant, space) => Place::Whole(*tenant, *space),
                Key::Root => Place::Root,
                Key::RootClient(client_id) => Place::RootClient(client_id),
                Key::Token(tenant, key) => Place::Token(*tenant, *key),
            }
    }
}

/// Whether any client of another tenant is found at the root.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Empty,
    Peopled,
}

/// What lies at a place.
#[derive(Clone)]
pub enum Kept {
    Objects(Objects),
    Object(Arc<Object>),
    Root(Root),
    Tenant(RowKey),
    Token(Arc<Token>, Option<Arc<Family>>),
}

/// One find, and what it hangs on.
#[derive(Clone)]
pub struct Entry {
    pub kept: Kept,
    pub stamp: Stamp,
    /// Of the token's family.
    pub second: Option<Stamp>,
    /// What it takes beyond this value itself.
    pub bytes: usize,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Entry> for Bytes {
    fn weight(&self, key: &Key, entry: &Entry) -> u64 {
        let name = match key {
            Key::Name(_, _, name) | Key::RootClient(name) => name.len(),
            _ => 0,
        };
        let fixed = size_of::<Key>() + size_of::<Entry>() + OVERHEAD_BYTES;
        (fixed + name + entry.bytes) as u64
    }
}

pub struct Cache {
    entries: sync::Cache<Key, Entry, Bytes>,
    stripes: Stripes,
}

impl Cache {
    pub fn new(bytes_max: u64) -> Self {
        let mut options = OptionsBuilder::new();
        let entries = usize::try_from(bytes_max / ENTRY_BYTES).unwrap_or(usize::MAX);
        options.shards(SHARDS).estimated_items_capacity(entries).weight_capacity(bytes_max);
        let entries = match options.build() {
            Ok(options) => sync::Cache::with_options(
                options,
                Bytes,
                quick_cache::DefaultHashBuilder::default(),
                sync::DefaultLifecycle::default(),
            ),
            // Only for options that are left out.
            Err(_) => sync::Cache::with_weighter(entries, bytes_max, Bytes),
        };
        Self { entries, stripes: Stripes::default() }
    }

    /// What lies there, if it is at hand and stands.
    pub fn get(&self, place: Place<'_>) -> Option<Kept> {
        let entry = self.entries.get(&place)?;
        let stands = |stamp| self.stripes.stands(stamp);
        (stands(entry.stamp) && entry.second.is_none_or(stands)).then_some(entry.kept)
    }

    /// `None` while what lies there changes.
    pub fn stamp(&self, place: Place<'_>) -> Option<Stamp> {
        self.stripes.stamp(&place)
    }

    /// The same as long as no commit that changes anything kept begins or ends.
    pub fn moves(&self) -> u64 {
        self.stripes.moves()
    }

    pub fn keep(&self, key: Key, entry: Entry) {
        self.entries.insert(key, entry);
    }

    pub const fn touched(&self) -> Touched<'_> {
        self.stripes.touched()
    }
}

/// What the rows of a token take beyond their entry.
pub fn bytes_of(token: &Token, family: Option<&Family>) -> usize {
    let texts: usize = token.audience.iter().map(|text| text.len() + size_of::<String>()).sum();
    let kid = token.kid.as_ref().map_or(0, String::len);
    let own = size_of::<Token>() + token.scope.len() + texts + kid;
    own + family.map_or(0, |_| size_of::<Family>() + 256)
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher as _;

    use super::*;

    #[test]
    fn a_place_and_its_key_hash_alike() {
        let hashes = quick_cache::DefaultHashBuilder::default();
        let (one, two) = (RowKey(1), RowKey(2));
        for (place, key) in [
            (Place::Name(one, 4, "a"), Key::Name(one, 4, "a".into())),
            (Place::Object(one, two), Key::Object(one, two)),
            (Place::Whole(one, 7), Key::Whole(one, 7)),
            (Place::Root, Key::Root),
            (Place::RootClient("a"), Key::RootClient("a".into())),
            (Place::Token(one, two), Key::Token(one, two)),
        ] {
            assert!(place.equivalent(&key));
            assert_eq!(hashes.hash_one(place), hashes.hash_one(&key));
        }
    }

    #[test]
    fn what_is_kept_stays_within_the_budget() {
        let cache = Cache::new(1 << 20);
        for number in 0..20_000 {
            let key = RowKey(number);
            let stamp = cache.stamp(Place::Object(RowKey(1), key)).unwrap();
            let entry = Entry { kept: Kept::Tenant(RowKey(1)), stamp, second: None, bytes: 200 };
            cache.keep(Key::Object(RowKey(1), key), entry);
        }
        assert!(cache.entries.weight() <= 1 << 20, "{}", cache.entries.weight());
        assert!(cache.entries.len() > 1000, "{}", cache.entries.len());
    }
}
