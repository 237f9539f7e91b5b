//! Whether the audit trail is as it was written: each entry, and the chain through all of them; a page of
//! either in memory at a time, and one look at a time.

use std::collections::HashMap;

use serde_json::{Value, json};
use vidimus_core::{
    audit::{
        self,
        chain::{Checked, Link},
    },
    engine::Store,
    errand::Errands,
    error::{ErrorCode, Fault, OAuthError},
    facts::{InBody as _, Space},
    limits::{AUDIT_TTL_SECONDS, PAGE_SIZE_MAX},
    model::AuditEntry,
    row_key::RowKey,
    vault::hex,
};

use crate::{app::App, failure::Failure};

/// Links whose entries may be purged while they are looked at.
const ENDING_SECONDS: i64 = 86_400;
const RETRY_SECONDS: u32 = 10;

impl<S: Store, E: Errands> App<S, E> {
    pub async fn check_trail(&self) -> Result<Value, Failure> {
        let Ok(_alone) = self.checking.try_lock() else {
            let what = "The trail is being checked; ask again in a moment.";
            let error = OAuthError::new(ErrorCode::TooManyRequests, what);
            return Err(OAuthError { retry_after_seconds: Some(RETRY_SECONDS), ..error }.into());
        };
        let mut checked = Checked::default();
        let mut entries = 0;
        loop {
            let after = checked.last.map_or(0, |link| link.number);
            let links = self.engine.store.links(after, PAGE_SIZE_MAX).await?;
            if links.is_empty() {
                break;
            }
            let digests = self.digests(&links).await?;
            entries += digests.len();
            let ending = self.now().plus_seconds(ENDING_SECONDS - AUDIT_TTL_SECONDS);
            checked.add(&links, |link| match digests.get(&link.entry) {
                // Links and entries go one after the other.
                None if link.entry.made_at() < ending => Some(link.digest),
                found => found.copied(),
            });
        }
        Ok(json!({
            "intact": checked.breaks == 0,
            "links": checked.links,
            "entries": entries,
            "last": checked.last.map(|link| json!({
                "number": link.number,
                "entry": link.entry.to_text(),
                "chain": hex(&link.chain),
            })),
            "breaks": checked.breaks,
            "broken": checked.broken,
        }))
    }

    /// Of the entries of these links, as they are now. Their keys lie close together, if not in order.
    async fn digests(&self, links: &[Link]) -> Result<HashMap<RowKey, [u8; 32]>, Fault> {
        let keys = || links.iter().map(|link| link.entry.0);
        let (Some(first), Some(last)) = (keys().min(), keys().max()) else {
            return Ok(HashMap::new());
        };
        let wanted: HashMap<RowKey, ()> = links.iter().map(|link| (link.entry, ())).collect();
        let mut digests = HashMap::with_capacity(links.len());
        // The newest first; the one behind this name is the last.
        let mut after = AuditEntry::id_of(RowKey(last.saturating_add(1)));
        let end = AuditEntry::id_of(RowKey(first));
        while after < end {
            let store = &self.engine.store;
            let page = store.page(RowKey::ROOT, Space::Audit, &after, PAGE_SIZE_MAX).await?;
            let Some(last) = page.last() else { break };
            last.id().clone_into(&mut after);
            for object in page.iter().filter(|object| wanted.contains_key(&object.key)) {
                if let Some(entry) = AuditEntry::of(&object.body) {
                    digests.insert(object.key, audit::digest(entry, &self.engine.vault));
                }
            }
        }
        Ok(digests)
    }
}
