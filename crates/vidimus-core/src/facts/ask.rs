//! Asking facts: what was loaded, or the need for it.

use std::sync::Arc;

use super::{Facts, Needs, Space, TicketRef, TokenFact, TokenRef, mismatch};
use crate::{
    errand::{Done, Errand},
    model::{
        Client, Family, Named, Object, ResourceServer, SigningKey, Ticket, TrustedIssuer, User,
    },
    outcome::{OnceSpace, Stop},
    row_key::RowKey,
};

impl Facts {
    pub fn find(&self, space: Space, name: &str) -> Option<&Arc<Object>> {
        self.objects.iter().find(|(s, n, _)| *s == space && n == name).map(|(_, _, object)| object)
    }

    /// Whether all these objects and tickets were looked for; else the need for them, in one turn.
    pub fn known(&self, mut needs: Needs) -> Result<(), Stop> {
        needs.objects.retain(|wanted| !self.asked.contains(wanted));
        needs.tickets.retain(|wanted| !self.tickets.iter().any(|(asked, _)| asked == wanted));
        if needs.has_rows() { Err(Stop::Need(Box::new(needs))) } else { Ok(()) }
    }

    /// An object by a name that only a fact told, or the need for it.
    pub fn look(&self, space: Space, name: &str) -> Result<Option<&Arc<Object>>, Stop> {
        if self.asked.iter().any(|(known, asked)| *known == space && asked == name) {
            return Ok(self.find(space, name));
        }
        Err(Stop::Need(Box::new(Needs::default().object(space, name))))
    }

    /// Whether a resource server has the audience and works. Several may share it; one is enough.
    pub fn serves(&self, audience: &str) -> bool {
        self.objects.iter().any(|(space, name, server)| {
            *space == Space::Audience && name == audience && !server.standing.disabled
        })
    }

    pub fn client(&self, client_id: &str) -> Option<Named<'_, Client>> {
        Named::of(self.find(Space::Caller, client_id)?)
    }

    pub fn resource_server(&self, id: &str) -> Option<Named<'_, ResourceServer>> {
        Named::of(self.find(Space::Caller, id)?)
    }

    pub fn user(&self, username: &str) -> Option<Named<'_, User>> {
        Named::of(self.find(Space::User, username)?)
    }

    pub fn trusted_issuer(&self, issuer: &str) -> Option<Named<'_, TrustedIssuer>> {
        Named::of(self.find(Space::TrustedIssuer, issuer)?)
    }

    /// All objects of a space, or the need for them.
    pub fn whole(&self, space: Space) -> Result<&[Arc<Object>], Stop> {
        match self.whole.iter().find(|(known, _)| *known == space) {
            Some((_, objects)) => Ok(objects),
            None => Err(Stop::Need(Box::new(Needs::whole(space)))),
        }
    }

    /// The tenant's signing keys, or the need for them.
    pub fn signing_keys(&self) -> Result<Vec<Named<'_, SigningKey>>, Stop> {
        Ok(self.whole(Space::SigningKey)?.iter().filter_map(Named::of).collect())
    }

    /// Whether a single-use fact that was asked for has been used.
    pub fn is_used(&self, space: OnceSpace, digest: &[u8; 32]) -> bool {
        self.once.iter().any(|(known, used)| *known == space && used == digest)
    }

    /// A ticket, or the need for it.
    pub fn ticket(&self, wanted: TicketRef) -> Result<Option<&Arc<Ticket>>, Stop> {
        match self.tickets.iter().find(|(asked, _)| *asked == wanted) {
            Some((_, found)) => Ok(found.as_ref()),
            None => {
                let needs = Needs { tickets: vec![wanted], ..Needs::default() };
                Err(Stop::Need(Box::new(needs)))
            }
        }
    }

    /// The sessions of a user, or the need for them.
    pub fn sessions_of(&self, user: RowKey) -> Result<&[Arc<Ticket>], Stop> {
        match &self.sessions_of {
            Some((of, sessions)) if *of == user => Ok(sessions),
            _ => {
                let needs = Needs { sessions_of: Some(user), ..Needs::default() };
                Err(Stop::Need(Box::new(needs)))
            }
        }
    }

    /// The authorizations of a user that stand, or the need for them.
    pub fn families_of(&self, user: RowKey) -> Result<&[Family], Stop> {
        match &self.families_of {
            Some((of, families)) if *of == user => Ok(families),
            _ => {
                let needs = Needs { families_of: Some(user), ..Needs::default() };
                Err(Stop::Need(Box::new(needs)))
            }
        }
    }

    /// A further token, or the need for it.
    pub fn further(&self, token: TokenRef) -> Result<Option<&TokenFact>, Stop> {
        match self.further.iter().find(|(asked, _)| *asked == token) {
            Some((_, found)) => Ok(found.as_ref()),
            None => {
                let needs = Needs { further: vec![token], ..Needs::default() };
                Err(Stop::Need(Box::new(needs)))
            }
        }
    }

    /// Whether this key of the tenant is there, and compromised.
    pub fn is_revoked_key(&self, kid: &str) -> bool {
        self.signing_key(kid).is_some_and(|key| key.revoked_at.is_some())
    }

    pub fn signing_key(&self, kid: &str) -> Option<Named<'_, SigningKey>> {
        Named::of(self.find(Space::SigningKey, kid)?)
    }

    /// The result of an errand, or the need for it.
    pub fn errand(&self, errand: Errand) -> Result<&Done, Stop> {
        match self.errands.get(&errand) {
            Some(done) => Ok(done),
            None => Err(Stop::Need(Box::new(Needs::errand(errand)))),
        }
    }

    /// Whether a secret matches an argon2id string; needs the errand first.
    pub fn verified(
        &self,
        phc: &Arc<str>,
        presented: &crate::secret::Secret,
    ) -> Result<bool, Stop> {
        let errand = Errand::VerifySecret { phc: Arc::clone(phc), presented: presented.clone() };
        match self.errand(errand)? {
            Done::Verified(matches) => Ok(*matches),
            other => Err(mismatch(other)),
        }
    }

    pub fn hashed(&self, chosen: &crate::secret::Secret, of: &str) -> Result<Arc<str>, Stop> {
        match self.errand(Errand::HashSecret { chosen: chosen.clone(), of: of.to_owned() })? {
            Done::Hashed(phc) => Ok(Arc::clone(phc)),
            other => Err(mismatch(other)),
        }
    }
}
