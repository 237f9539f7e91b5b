//! Lists of what has no names: the audit trail, tokens and sessions. For the admin API and the console
//! alike; each page says where the next one begins.

use serde_json::Value;
use vidimus_core::{
    admin::{ShowSessions, ShowTokens},
    audit, client_auth,
    engine::Store,
    errand::Errands,
    error::{ErrorCode, OAuthError},
    facts::{Facts, InBody as _, Needs, Space, TenantRef},
    model::AuditEntry,
    row_key::RowKey,
    search::{Hits, Search, Sought},
};

use crate::{app::App, exchange::Exchange, failure::Failure};

pub struct Page {
    pub items: Vec<Value>,
    /// What `after` must be for the next page; `None` where this was the last.
    pub next: Option<String>,
}

/// Whose tokens; what is left out is not asked about.
#[derive(Clone, Copy, Default)]
pub struct TokensOf<'a> {
    pub client_id: Option<&'a str>,
    pub username: Option<&'a str>,
    pub family: Option<&'a str>,
}

impl<S: Store, E: Errands> App<S, E> {
    /// The audit trail of a tenant, or of all; the newest entries first. A tenant that is gone still
    /// has one.
    pub async fn trail(
        &self,
        tenant: Option<&str>,
        after: &str,
        limit: u32,
    ) -> Result<Page, Failure> {
        let (space, prefix) = match tenant {
            Some(tenant) => (Space::AuditOf, AuditEntry::prefix(tenant)),
            None => (Space::Audit, String::new()),
        };
        let after = format!("{prefix}{after}");
        let page = self.engine.store.page(RowKey::ROOT, space, &after, limit).await?;
        let full = page.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let entries = page.iter().filter_map(|object| AuditEntry::of(&object.body));
        let own: Vec<&AuditEntry> =
            entries.take_while(|entry| tenant.is_none_or(|id| entry.tenant == id)).collect();
        // Behind the last of its own begin those of another tenant.
        let more = full && own.len() == page.len();
        Ok(Page {
            next: own.last().filter(|_| more).map(|last| last.id.clone()),
            items: own.iter().map(|entry| audit::view(entry, &self.engine.vault)).collect(),
        })
    }

    /// The newest first. A page may be empty and have a next one: a search looks at so many rows at a
    /// time.
    pub async fn tokens(
        &self,
        tenant: &str,
        of: TokensOf<'_>,
        (after, limit): (&str, u32),
        exchange: &mut Exchange,
    ) -> Result<Page, Failure> {
        let at = TenantRef::Id(tenant.to_owned());
        let mut needs = Needs::default();
        if let Some(client_id) = of.client_id {
            needs = needs.object(Space::Caller, client_id);
        }
        if let Some(username) = of.username {
            needs = needs.object(Space::User, username);
        }
        let facts = self.engine.store.load(&at, &needs).await?;
        let client = named(&facts, Space::Caller, of.client_id, "/client_id")?;
        let user = named(&facts, Space::User, of.username, "/username")?;
        let family = of.family.map(|text| row_key(text, "/family")).transpose()?;
        let sought = Sought::Tokens { client, user, family };
        let hits = self.hits(&facts, sought, after, limit).await?;
        let next = hits.next.map(RowKey::to_text);
        let items = self.run(&ShowTokens { keys: hits.keys }, &at, exchange).await?;
        Ok(Page { items, next })
    }

    /// As [`Self::tokens`], of users' sessions.
    pub async fn sessions(
        &self,
        tenant: &str,
        username: Option<&str>,
        (after, limit): (&str, u32),
        exchange: &mut Exchange,
    ) -> Result<Page, Failure> {
        let at = TenantRef::Id(tenant.to_owned());
        let mut needs = Needs::default();
        if let Some(username) = username {
            needs = needs.object(Space::User, username);
        }
        let facts = self.engine.store.load(&at, &needs).await?;
        let user = named(&facts, Space::User, username, "/username")?;
        let hits = self.hits(&facts, Sought::Sessions { user }, after, limit).await?;
        let next = hits.next.map(RowKey::to_text);
        let items = self.run(&ShowSessions { keys: hits.keys }, &at, exchange).await?;
        Ok(Page { items, next })
    }

    async fn hits(
        &self,
        facts: &Facts,
        sought: Sought,
        after: &str,
        limit: u32,
    ) -> Result<Hits, Failure> {
        let tenant = client_auth::tenant(facts)?.key();
        let before = if after.is_empty() { RowKey(i64::MAX) } else { row_key(after, "/after")? };
        Ok(self.engine.store.search(tenant, &Search { sought, before, limit }).await?)
    }
}

/// The key behind a name that was given.
fn named(
    facts: &Facts,
    space: Space,
    name: Option<&str>,
    pointer: &'static str,
) -> Result<Option<RowKey>, OAuthError> {
    let Some(name) = name else { return Ok(None) };
    let none = || OAuthError::new(ErrorCode::NotFound, "There is none of this name.").at(pointer);
    Ok(Some(facts.find(space, name).ok_or_else(none)?.key))
}

pub fn row_key(text: &str, pointer: &'static str) -> Result<RowKey, OAuthError> {
    let bad = || OAuthError::invalid_request("It is no key of ours.").at(pointer);
    RowKey::from_text(text).ok_or_else(bad)
}
