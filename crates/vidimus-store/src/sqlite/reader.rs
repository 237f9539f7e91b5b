//! One reading connection per thread, opened when the thread first reads.

use std::{
    cell::RefCell,
    path::PathBuf,
    sync::{Arc, Weak},
};

use rusqlite::Connection;
use vidimus_core::error::Fault;

use crate::sqlite::{cache::Cache, file};

/// What the readers, the writer and the store's own handle have in common.
pub struct Shared {
    pub path: PathBuf,
    pub cache: Cache,
}

struct Reader {
    of: Weak<Shared>,
    connection: Connection,
}

thread_local! {
    static READERS: RefCell<Vec<Reader>> = const { RefCell::new(Vec::new()) };
}

/// Runs `read` on this thread's connection. After a fault the connection is not used again.
pub fn with<T>(
    shared: &Arc<Shared>,
    read: impl FnOnce(&Connection) -> Result<T, Fault>,
) -> Result<T, Fault> {
    READERS.with_borrow_mut(|readers| {
        let position = match readers.iter().position(|r| std::ptr::eq(r.of.as_ptr(), &**shared)) {
            Some(position) => position,
            None => {
                // Those of stores that are closed go now, and their files with them.
                readers.retain(|reader| reader.of.strong_count() > 0);
                let connection = file::reader(&shared.path)?;
                readers.push(Reader { of: Arc::downgrade(shared), connection });
                readers.len() - 1
            }
        };
        let reader = readers.get(position).ok_or(Fault::Contention)?;
        let result = read(&reader.connection);
        if result.is_err() {
            readers.swap_remove(position);
        }
        result
    })
}
