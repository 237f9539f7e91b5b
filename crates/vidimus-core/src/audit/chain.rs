//! The chain through all entries of the audit trail: each link is a digest of the one before and of its
//! own entry, so that no entry can be taken out or put in between without a trace.

use crate::{row_key::RowKey, vault::sha256};

/// Before the first link.
pub const BEGINNING: [u8; 32] = [0; 32];

/// Breaks that are told one by one.
const BROKEN_MAX: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Counts from 1, over all tenants.
    pub number: i64,
    pub entry: RowKey,
    /// Of the entry.
    pub digest: [u8; 32],
    pub chain: [u8; 32],
}

pub fn next(chain: [u8; 32], digest: [u8; 32]) -> [u8; 32] {
    sha256(&[chain, digest].concat())
}

/// What a look at the whole chain found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub links: u64,
    /// The last link that was looked at.
    pub last: Option<Link>,
    pub breaks: u64,
    /// In words, the first of them.
    pub broken: Vec<String>,
}

impl Checked {
    /// The links in their order; `found` is the digest of a link's entry as it is now, if it is there.
    pub fn add(&mut self, links: &[Link], found: impl Fn(&Link) -> Option<[u8; 32]>) {
        for link in links {
            // Those before the first one that is kept have expired.
            if let Some(last) = self.last {
                if link.number != last.number + 1 {
                    self.say(link, "follows on one that is gone");
                } else if link.chain != next(last.chain, link.digest) {
                    self.say(link, "is not what follows on the one before");
                }
            } else if link.number == 1 && link.chain != next(BEGINNING, link.digest) {
                self.say(link, "is not what a chain begins with");
            }
            match found(link) {
                None => self.say(link, "has lost its entry"),
                Some(digest) if digest != link.digest => self.say(link, "is of another entry"),
                Some(_) => {}
            }
            self.links += 1;
            self.last = Some(*link);
        }
    }

    fn say(&mut self, link: &Link, what: &str) {
        self.breaks += 1;
        if self.broken.len() >= BROKEN_MAX {
            return;
        }
        self.broken.push(format!("link {} {what} (entry {})", link.number, link.entry.to_text()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(count: i64) -> Vec<Link> {
        let mut chain = BEGINNING;
        (1..=count)
            .map(|number| {
                let digest = [number as u8; 32];
                chain = next(chain, digest);
                Link { number, entry: RowKey(number), digest, chain }
            })
            .collect()
    }

    fn broken(links: &[Link], found: impl Fn(RowKey) -> Option<[u8; 32]>) -> Vec<String> {
        let mut checked = Checked::default();
        checked.add(links, |link| found(link.entry));
        checked.broken
    }

    fn as_written(entry: RowKey) -> Option<[u8; 32]> {
        Some([entry.0 as u8; 32])
    }

    #[test]
    fn sec_273_a_chain_that_nobody_touched_is_whole_also_where_its_beginning_expired() {
        let links = chain(5);
        assert_eq!(broken(&links, as_written), Vec::<String>::new());
        assert_eq!(broken(&links[2..], as_written), Vec::<String>::new());
    }

    #[test]
    fn sec_273_what_is_taken_out_put_in_or_changed_is_found() {
        let mut links = chain(5);
        links.remove(2);
        assert_eq!(broken(&links, as_written).len(), 1);
        let mut links = chain(5);
        links[2].digest = [9; 32];
        assert_eq!(broken(&links, as_written).len(), 2);
        let mut links = chain(5);
        links.swap(1, 2);
        assert!(!broken(&links, as_written).is_empty());
        let links = chain(5);
        let gone = |entry: RowKey| as_written(entry).filter(|_| entry != RowKey(3));
        assert_eq!(broken(&links, gone).len(), 1);
        let changed =
            |entry: RowKey| Some(if entry == RowKey(3) { [7; 32] } else { as_written(entry)? });
        assert_eq!(broken(&links, changed).len(), 1);
    }
}
