//! What may use the account: clients that the user has allowed something or that hold an authorization,
//! and the end of both (RFC 7009 §2.1).

use super::{Acted, Visit};
use crate::{
    consent,
    context::Context,
    facts::{Needs, Space},
    form::with_parameter,
    model::{Client, Consent, Family, Named, Revocation, RevokedBy},
    outcome::{Change, Stop, Write},
    page::{AccountNotice, Application},
    row_key::RowKey,
    time::Time,
};

/// One reason for a client to be listed.
struct Use<'a> {
    client_id: &'a str,
    client: RowKey,
    since: Time,
    consent: Option<Named<'a, Consent>>,
}

impl Visit<'_> {
    /// One line for each client, however often and in whatever way it was let in.
    pub(super) fn applications(
        &self,
        acted: &Acted,
        cx: &Context<'_>,
    ) -> Result<Vec<Application>, Stop> {
        let mut uses = self.uses()?;
        uses.retain(|(key, _)| !acted.ended.contains(key));
        self.facts.known(uses.iter().fold(Needs::default(), |needs, (_, one)| {
            needs.object(Space::Caller, one.client_id)
        }))?;
        let mut lines: Vec<Application> = Vec::new();
        for (_, one) in uses {
            // The client, where it is still the one that was let in.
            let client = self.facts.client(one.client_id);
            let Some(client) = client.filter(|client| client.key() == one.client) else { continue };
            let user = self.live.user;
            let stands =
                |known: Named<'_, Consent>| consent::stands(known, client, user, self.facts);
            if one.consent.is_some_and(|known| !stands(known)) {
                continue;
            }
            let at = lines.iter().position(|line| line.client_id == client.id());
            let line = match at.and_then(|at| lines.get_mut(at)) {
                Some(line) => line,
                None => lines.push_mut(line(client, one.since, cx)),
            };
            line.since = line.since.min(one.since);
            if let Some(consent) = one.consent {
                line.scopes = consent.body.scope.split_whitespace().map(str::to_owned).collect();
            }
        }
        lines.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(lines)
    }

    /// By the key of what is stored.
    fn uses(&self) -> Result<Vec<(RowKey, Use<'_>)>, Stop> {
        let families = self.facts.families_of(self.live.user.key())?;
        let mut uses: Vec<_> = families.iter().filter_map(of_family).collect();
        uses.extend(self.consents()?.into_iter().map(|consent| {
            let (client_id, client) = (consent.body.client_id.as_str(), consent.body.client);
            let since = consent.key().made_at();
            (consent.key(), Use { client_id, client, since, consent: Some(consent) })
        }));
        Ok(uses)
    }

    pub(super) fn consents(&self) -> Result<Vec<Named<'_, Consent>>, Stop> {
        let name = self.live.user.key().0.to_string();
        self.facts.known(Needs::default().object(Space::ConsentOf, name.as_str()))?;
        let of = self
            .facts
            .objects
            .iter()
            .filter(|(space, known, _)| *space == Space::ConsentOf && *known == name);
        Ok(of.filter_map(|(.., object)| Named::of(object)).collect())
    }

    /// Every authorization of the client ends, and what was allowed is forgotten.
    pub(super) fn revoke(&self, cx: &Context<'_>) -> Result<Acted, Stop> {
        let wanted = self.request.form.require("client_id")?.expose();
        let mut acted = Acted::told(AccountNotice::ApplicationRevoked);
        let mut uses = self.uses()?;
        uses.retain(|(_, one)| one.client_id == wanted);
        for consent in self.consents()?.iter().filter(|one| one.body.client_id == wanted) {
            acted.ended.push(consent.key());
            let change = Change::Delete { key: consent.key(), version: consent.object.version };
            acted.writes.push(Write { tenant: self.tenant.key(), change });
        }
        let mut clients: Vec<RowKey> = uses.iter().map(|(_, one)| one.client).collect();
        clients.sort_unstable();
        clients.dedup();
        let user = self.live.user.key();
        for family in self.facts.families_of(user)? {
            if family.client.is_some_and(|client| clients.contains(&client)) {
                acted.ended.push(family.key);
            }
        }
        // Whatever there is by then: not only what is listed, and what has begun since.
        acted.writes.extend(clients.into_iter().map(|client| {
            let revocation = self.revocation(cx);
            let change = Change::CutFamiliesOf { user, client, revocation };
            Write { tenant: self.tenant.key(), change }
        }));
        Ok(acted)
    }

    pub(super) fn cut(&self, family: &Family, cx: &Context<'_>) -> Write {
        let change = Change::CutFamily { key: family.key, revocation: self.revocation(cx) };
        Write { tenant: self.tenant.key(), change }
    }

    fn revocation(&self, cx: &Context<'_>) -> Revocation {
        Revocation { at: cx.now, by: RevokedBy::User(self.live.user.key().to_text()) }
    }
}

fn of_family(family: &Family) -> Option<(RowKey, Use<'_>)> {
    let client_id = family.authentication.as_ref()?.client_id.as_str();
    let (client, since) = (family.client?, family.key.made_at());
    Some((family.key, Use { client_id, client, since, consent: None }))
}

fn line(client: Named<'_, Client>, since: Time, cx: &Context<'_>) -> Application {
    let with_issuer = |uri: &String| with_parameter(uri, "iss", cx.issuer);
    Application {
        client_id: client.id().to_owned(),
        name: client.name().to_owned(),
        scopes: Vec::new(),
        since,
        opens_at: client.metadata.initiate_login_uri.as_ref().map(with_issuer),
    }
}
