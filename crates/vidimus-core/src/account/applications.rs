//! What may use the account: clients with an authorization that stands, and its end (RFC 7009 §2.1).

use super::{Acted, Visit};
use crate::{
    context::Context,
    facts::{Facts, Needs, Space},
    model::{Client, Consent, Family, Named, Revocation, RevokedBy},
    outcome::{Change, Stop, Write},
    page::{AccountNotice, Application},
    row_key::RowKey,
};

impl Visit<'_> {
    /// One line for each client, whatever it was authorized for how often.
    pub(super) fn applications(&self, acted: &Acted) -> Result<Vec<Application>, Stop> {
        let user = self.live.user.key();
        let all = self.facts.families_of(user)?.iter();
        let families: Vec<_> = all.filter(|family| !acted.ended.contains(&family.key)).collect();
        self.facts.known(families.iter().filter_map(|family| of(family)).fold(
            Needs::default(),
            |needs, (client_id, client)| {
                let consent = Consent::id_of(client, user);
                needs.object(Space::Caller, client_id).object(Space::Consent, consent)
            },
        ))?;
        let mut lines: Vec<Application> = Vec::new();
        for family in families {
            let Some(client) = client(family, self.facts) else { continue };
            let since = family.key.made_at();
            match lines.iter_mut().find(|line| line.client_id == client.id()) {
                Some(line) => line.since = line.since.min(since),
                None => lines.push(Application {
                    client_id: client.id().to_owned(),
                    name: client.metadata.client_name.clone().unwrap_or(client.id().to_owned()),
                    scopes: self.allowed(client.key()),
                    since,
                }),
            }
        }
        lines.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(lines)
    }

    /// What the user said yes to.
    fn allowed(&self, client: RowKey) -> Vec<String> {
        let id = Consent::id_of(client, self.live.user.key());
        let consent = self.facts.find(Space::Consent, &id).and_then(Named::<Consent>::of);
        let scope = consent.map_or("", |consent| consent.body.scope.as_str());
        scope.split_whitespace().map(str::to_owned).collect()
    }

    /// Every authorization of the client ends, and what was allowed is forgotten.
    pub(super) fn revoke(&self, cx: &Context<'_>) -> Result<Acted, Stop> {
        let wanted = self.request.form.require("client_id")?.expose();
        let user = self.live.user.key();
        let mut acted = Acted::told(AccountNotice::ApplicationRevoked);
        let mut clients: Vec<RowKey> = Vec::new();
        for family in self.facts.families_of(user)? {
            let Some((_, client)) = of(family).filter(|(id, _)| *id == wanted) else { continue };
            acted.ended.push(family.key);
            acted.writes.push(self.cut(family, cx));
            clients.push(client);
        }
        let registered = self.facts.look(Space::Caller, wanted)?.and_then(Named::<Client>::of);
        clients.extend(registered.map(|client| client.key()));
        clients.sort_unstable();
        clients.dedup();
        let ids = clients.iter().map(|&client| Consent::id_of(client, user));
        let ids: Vec<String> = ids.collect();
        self.facts.known(
            ids.iter().fold(Needs::default(), |needs, id| needs.object(Space::Consent, id)),
        )?;
        for consent in ids.iter().filter_map(|id| self.facts.find(Space::Consent, id)) {
            let (key, version) = (consent.key, consent.version);
            let change = Change::Delete { key, version };
            acted.writes.push(Write { tenant: self.tenant.key(), change });
        }
        Ok(acted)
    }

    pub(super) fn cut(&self, family: &Family, cx: &Context<'_>) -> Write {
        let by = RevokedBy::User(self.live.user.key().to_text());
        let revocation = Revocation { at: cx.now, by };
        let change = Change::CutFamily { key: family.key, revocation };
        Write { tenant: self.tenant.key(), change }
    }
}

/// Whose an authorization is: the id by which the client was known, and its key.
fn of(family: &Family) -> Option<(&str, RowKey)> {
    Some((family.authentication.as_ref()?.client_id.as_str(), family.client?))
}

/// The client, where it is still the one that was authorized.
fn client<'a>(family: &Family, facts: &'a Facts) -> Option<Named<'a, Client>> {
    let (client_id, key) = of(family)?;
    facts.client(client_id).filter(|client| client.key() == key)
}
