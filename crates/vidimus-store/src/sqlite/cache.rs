//! Parsed configuration objects, valid for exactly one generation of the database.

// The generation is odd while a commit that changes configuration is under way, and then even
// again and higher. A look at the database that began and ended in the same even generation saw
// configuration that stood still in between, so what it found there and what it found here
// belong together.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
};

use vidimus_core::{facts::Space, model::Object, row_key::RowKey};

pub type Objects = Arc<[Arc<Object>]>;

const ENTRIES_MAX: usize = 16_384;

#[derive(Default)]
pub struct Cache {
    generation: AtomicU64,
    tables: RwLock<Tables>,
}

#[derive(Default)]
struct Tables {
    generation: u64,
    entries: usize,
    named: HashMap<(RowKey, Space), HashMap<Box<str>, Objects>>,
    keyed: HashMap<RowKey, Arc<Object>>,
    whole: HashMap<(RowKey, Space), Objects>,
    root: Option<Root>,
    root_clients: HashMap<Box<str>, RowKey>,
}

/// Whether any client of another tenant is found at the root.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Root {
    Empty,
    Peopled,
}

/// What a look had to read from the database.
pub enum Found {
    Named(RowKey, Space, Box<str>, Objects),
    Keyed(Arc<Object>),
    Whole(RowKey, Space, Objects),
    Root(Root),
    RootClient(Box<str>, RowKey),
}

impl Cache {
    /// `None` while configuration changes.
    pub fn generation(&self) -> Option<u64> {
        let generation = self.generation.load(SeqCst);
        generation.is_multiple_of(2).then_some(generation)
    }

    /// Brackets the COMMIT of a transaction that changes configuration. Only the writer calls it.
    pub fn changing<T>(&self, commit: impl FnOnce() -> T) -> T {
        self.generation.fetch_add(1, SeqCst);
        let result = commit();
        self.generation.fetch_add(1, SeqCst);
        result
    }

    fn read<T>(&self, generation: u64, look: impl FnOnce(&Tables) -> Option<T>) -> Option<T> {
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        if tables.generation == generation { look(&tables) } else { None }
    }

    pub fn named(
        &self,
        generation: u64,
        tenant: RowKey,
        space: Space,
        name: &str,
    ) -> Option<Objects> {
        self.read(generation, |t| t.named.get(&(tenant, space))?.get(name).cloned())
    }

    pub fn keyed(&self, generation: u64, tenant: RowKey, key: RowKey) -> Option<Arc<Object>> {
        self.read(generation, |t| t.keyed.get(&key).filter(|o| o.tenant == tenant).cloned())
    }

    pub fn whole(&self, generation: u64, tenant: RowKey, space: Space) -> Option<Objects> {
        self.read(generation, |t| t.whole.get(&(tenant, space)).cloned())
    }

    pub fn root(&self, generation: u64) -> Option<Root> {
        self.read(generation, |t| t.root)
    }

    pub fn root_client(&self, generation: u64, client_id: &str) -> Option<RowKey> {
        self.read(generation, |t| t.root_clients.get(client_id).copied())
    }

    /// Whether the look that began at `generation` was one look; keeps what it found.
    pub fn settle(&self, generation: u64, found: Vec<Found>) -> bool {
        if self.generation.load(SeqCst) != generation {
            return false;
        }
        if !found.is_empty() {
            let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
            tables.keep(generation, found);
        }
        true
    }
}

impl Tables {
    fn keep(&mut self, generation: u64, found: Vec<Found>) {
        if self.generation > generation {
            return;
        }
        if self.generation < generation || self.entries + found.len() > ENTRIES_MAX {
            *self = Self { generation, ..Self::default() };
        }
        self.entries += found.len();
        for found in found {
            match found {
                Found::Named(tenant, space, name, objects) => {
                    self.named.entry((tenant, space)).or_default().insert(name, objects);
                }
                Found::Keyed(object) => {
                    self.keyed.insert(object.key, object);
                }
                Found::Whole(tenant, space, objects) => {
                    self.whole.insert((tenant, space), objects);
                }
                Found::Root(root) => self.root = Some(root),
                Found::RootClient(client_id, tenant) => {
                    self.root_clients.insert(client_id, tenant);
                }
            }
        }
    }
}
