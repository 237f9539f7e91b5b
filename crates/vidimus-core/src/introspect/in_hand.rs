//! A token in somebody's hand: its text, and the row that it names. Whoever looks at a token,
//! endpoint, bearer check or administrator, does it through here.

use super::{Held, Reason};
use crate::{
    context::Context,
    facts::{Facts, Needs, Space, TokenFact, TokenRef},
    secret::{Secret, same},
    token_format::{Located, Place, has_shape, locate},
    vault::Vault,
};

pub struct InHand {
    text: Secret,
    located: Result<Located, Reason>,
}

impl InHand {
    pub fn new(text: Secret) -> Self {
        let located = locate(text.expose());
        Self { text, located }
    }

    /// The row, and of a JWT the key that is said to have signed it.
    pub fn needs(&self, vault: &Vault, mut needs: Needs) -> Needs {
        needs.token = self.token_ref(vault);
        self.add_key(&mut needs);
        needs
    }

    /// The same for the token that the caller authenticates with.
    pub fn bearer_needs(&self, vault: &Vault) -> Needs {
        let mut needs = Needs { bearer: self.token_ref(vault), ..Needs::default() };
        self.add_key(&mut needs);
        needs
    }

    fn token_ref(&self, vault: &Vault) -> Option<TokenRef> {
        Some(match self.located.as_ref().ok()?.place {
            Place::Key(key) => TokenRef::Key(key),
            Place::Digest => TokenRef::Digest(vault.locator(self.text.expose())),
        })
    }

    fn add_key(&self, needs: &mut Needs) {
        if let Ok(Located { kid: Some(kid), .. }) = &self.located {
            needs.objects.push((Space::SigningKey, kid.clone()));
        }
    }

    /// # Errors
    /// Why there is no row to judge.
    pub fn held<'a>(&self, facts: &'a Facts, cx: &Context<'_>) -> Result<Held<'a>, Reason> {
        let missing = if facts.token_elsewhere { Reason::OtherTenant } else { Reason::Unknown };
        self.hold(facts.token.as_deref(), missing, facts, cx)
    }

    pub fn held_bearer<'a>(&self, facts: &'a Facts, cx: &Context<'_>) -> Result<Held<'a>, Reason> {
        self.hold(facts.bearer.as_deref(), Reason::Unknown, facts, cx)
    }

    fn hold<'a>(
        &self,
        fact: Option<&'a TokenFact>,
        missing: Reason,
        facts: &'a Facts,
        cx: &Context<'_>,
    ) -> Result<Held<'a>, Reason> {
        let located = self.located.as_ref().map_err(Clone::clone)?;
        let tenant = facts.tenant().ok_or(Reason::Unknown)?;
        // Also where there is nothing to compare with: time must not tell which rows there are.
        let hash = cx.vault.token_hash(tenant.key(), self.text.expose());
        // A text that only a declared token could have, and none has.
        let is_nothing = located.place == Place::Digest && self.is_shapeless();
        let fact = fact.ok_or(if is_nothing { Reason::Malformed } else { missing })?;
        // A key that is gone is only old: the hash alone proves that we issued this text.
        Ok(Held {
            fact,
            tenant: tenant.standing(),
            now: cx.now,
            is_genuine: same(&hash, &fact.token.hash),
            key_is_revoked: located.kid.as_deref().is_some_and(|kid| facts.is_revoked_key(kid)),
        })
    }

    /// When the row that the text names was made, if it names one.
    pub fn made_at(&self) -> Option<crate::time::Time> {
        match self.located.as_ref().ok()?.place {
            Place::Key(key) => Some(key.made_at()),
            Place::Digest => None,
        }
    }

    /// Whether no token that is made here looks like this.
    pub fn is_shapeless(&self) -> bool {
        !has_shape(self.text.expose())
    }
}
