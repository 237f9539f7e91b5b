//! Searches among tokens and sessions, and when objects were used.

use vidimus_core::{
    audit::chain::Link,
    limits::SEARCH_ROWS_MAX,
    row_key::RowKey,
    search::{Hits, Search, Sought},
    time::Time,
};

use crate::memory::state::State;

/// What a search goes by: the row's key, and whether it is sought.
type Seen = (RowKey, bool);

impl State {
    pub fn search(&self, tenant: RowKey, search: &Search) -> Hits {
        let is = |asked: Option<RowKey>, found| asked.is_none() || asked == found;
        match search.sought {
            Sought::Tokens { client, user, family } => {
                let rows = self.tokens.range(..search.before).rev();
                let seen = rows.map(|(key, (owner, token))| {
                    let of = is(client, token.client) && is(user, token.user);
                    (*key, *owner == tenant && of && is(family, token.family))
                });
                hits(seen, search)
            }
            Sought::Sessions { user } => {
                let rows = self.tickets.range(..search.before).rev();
                let seen = rows.map(|(key, (owner, ticket))| {
                    let of = ticket.owner.is_some() && is(user, ticket.owner);
                    (*key, *owner == tenant && of)
                });
                hits(seen, search)
            }
        }
    }

    pub fn links_after(&self, after: i64, limit: usize) -> Vec<Link> {
        let links = self.links.iter().map(|(link, _)| *link);
        links.filter(|link| link.number > after).take(limit).collect()
    }

    pub fn used_of(&self, tenant: RowKey, keys: &[RowKey]) -> Vec<(RowKey, Time)> {
        let used = |key: &RowKey| self.used.get(&(tenant, *key)).map(|at| (*key, *at));
        keys.iter().filter_map(used).collect()
    }
}

fn hits(rows: impl Iterator<Item = Seen>, search: &Search) -> Hits {
    let span: Vec<Seen> = rows.take(SEARCH_ROWS_MAX as usize).collect();
    let sought = span.iter().filter(|(_, sought)| *sought).map(|(key, _)| *key);
    let keys = sought.take(search.limit as usize).collect();
    let looked_at = (span.len() as u64, span.last().map(|(key, _)| *key));
    Hits::of(keys, search, looked_at, u64::from(SEARCH_ROWS_MAX))
}
