//! What administrators look for among rows that have no names: a few of them, the newest first.

use crate::row_key::RowKey;

/// Whatever is left out is not asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    Tokens {
        client: Option<RowKey>,
        user: Option<RowKey>,
        family: Option<RowKey>,
    },
    /// Tickets that are of a user.
    Sessions {
        user: Option<RowKey>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Search {
    pub sought: Sought,
    /// Rows made before this one.
    pub before: RowKey,
    pub limit: u32,
}

/// A search looks at [`crate::limits::SEARCH_ROWS_MAX`] rows, of whatever tenant, and no further.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    pub keys: Vec<RowKey>,
    /// Where to go on; `None` where there is no row before.
    pub next: Option<RowKey>,
}

impl Hits {
    /// `span`: how many rows were looked at, and the first of them.
    pub fn of(keys: Vec<RowKey>, search: &Search, span: (u64, Option<RowKey>), max: u64) -> Self {
        let (looked_at, earliest) = span;
        let full = keys.len() >= usize::try_from(search.limit).unwrap_or(usize::MAX);
        let next = if full { keys.last().copied() } else { earliest.filter(|_| looked_at >= max) };
        Self { keys, next }
    }
}
