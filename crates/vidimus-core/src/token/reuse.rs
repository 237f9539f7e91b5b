//! A client that asks again for what it holds gets the live token again, where the policy says so.
//! Nothing that could be used lies in the store: the text is made again from its row's key.

use super::{
    Issued,
    continuation::{Refresh, begins},
    issue::access_shape,
};
use crate::{
    context::Context,
    facts::{Facts, Needs, TokenFact, TokenRef},
    grant::{Continues, GrantRequest, Granted},
    introspect::Held,
    model::{Family, TokenKind},
    outcome::{Change, Stop, Write},
    row_key::RowKey,
    scope::Scope,
    secret::{Secret, same},
    time::Time,
    token_format::{Shape, mint},
};

/// What of an answer is there already, and where the rest is to be found the next time.
#[derive(Default)]
pub struct Reuse<'a> {
    slots: Option<[Slot; 2]>,
    access: Option<Issued>,
    kept: Option<(&'a Family, Secret)>,
}

/// Where the current token of one and the same request is found.
struct Slot {
    digest: [u8; 32],
    /// What is there now, live or not.
    was: Option<RowKey>,
}

/// The request whose tokens are looked for.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    pub scope: &'a Scope,
    pub audience: &'a [String],
    /// A new access token would live so long.
    pub lasts_until: Time,
}

impl<'a> Reuse<'a> {
    pub fn find(
        request: &GrantRequest<'a>,
        granted: &Granted<'_>,
        wanted: Wanted<'_>,
        cx: &Context<'_>,
    ) -> Result<Self, Stop> {
        let begins_here = matches!(granted.continues, Continues::Not | Continues::Anew);
        let is_on = request.tenant.policy.reuse_live_token && begins_here;
        let shape = access_shape(request.manner, request.client).filter(|_| is_on);
        let Some(shape) = shape else { return Ok(Self::default()) };
        let of_refresh = Shape::of_refresh(request.manner.refresh);
        let places = [(TokenKind::Access, shape), (TokenKind::Refresh, of_refresh)];
        let digests = places.map(|(kind, shape)| {
            cx.vault.locator(&slot_text(request, granted, wanted, kind, shape))
        });
        let [access, refresh] = load(request.facts, digests)?;
        let was = |fact: Option<&TokenFact>| fact.map(|fact| fact.token.key);
        let [access_digest, refresh_digest] = digests;
        let slots = Some([
            Slot { digest: access_digest, was: was(access) },
            Slot { digest: refresh_digest, was: was(refresh) },
        ]);
        let access = access.and_then(|fact| live(fact, TokenKind::Access, shape, request, cx));
        // One that lives longer than it may now is not given again.
        let access = access.filter(|(fact, _)| fact.token.expires_at <= wanted.lasts_until);
        let continues = matches!(granted.continues, Continues::Anew);
        if !continues || !begins(request, wanted.scope) {
            let access = access.filter(|(fact, _)| fact.token.family.is_none());
            return Ok(Self { slots, access: access.map(issued), kept: None });
        }
        let refresh = refresh
            .and_then(|fact| live(fact, TokenKind::Refresh, of_refresh, request, cx))
            .and_then(|(fact, text)| Some((fact, fact.family.as_ref()?, text)));
        let Some((fact, family, text)) = refresh else {
            return Ok(Self { slots, ..Self::default() });
        };
        let access = access.filter(|(access, _)| access.token.family == Some(family.key));
        // What would end before the access token beside it is not worth keeping.
        if access.is_none() && fact.token.expires_at < wanted.lasts_until {
            return Ok(Self { slots, ..Self::default() });
        }
        Ok(Self { slots, access: access.map(issued), kept: Some((family, text)) })
    }

    /// Whether what is issued now may be asked for again, so that its text must be found again.
    pub const fn is_on(&self) -> bool {
        self.slots.is_some()
    }

    /// The live refresh token and its authorization, which stay as they are.
    pub fn kept(&self) -> Option<Continues<'a>> {
        let (family, text) = self.kept.as_ref()?;
        Some(Continues::Kept { family, text: text.clone() })
    }

    pub const fn access(&mut self) -> Option<Issued> {
        self.access.take()
    }

    /// Where what was just issued is found from now on. `access`: `None` where it is the old one.
    pub fn remember(
        &self,
        tenant: RowKey,
        access: Option<&Issued>,
        refresh: &Refresh,
    ) -> impl Iterator<Item = Write> {
        let made = [access.map(|made| (made.key, made.expires_at)), refresh.made];
        let slots = self.slots.iter().flatten();
        slots.zip(made).filter_map(move |(slot, made)| {
            let (token, expires_at) = made?;
            let Slot { digest, was } = *slot;
            Some(Write { tenant, change: Change::Locate { digest, was, token, expires_at } })
        })
    }
}

/// Both in one turn.
fn load(facts: &Facts, digests: [[u8; 32]; 2]) -> Result<[Option<&TokenFact>; 2], Stop> {
    let [access, refresh] = digests.map(TokenRef::Digest);
    if !facts.further.iter().any(|(asked, _)| *asked == access) {
        let needs = Needs { further: vec![access, refresh], ..Needs::default() };
        return Err(Stop::Need(Box::new(needs)));
    }
    Ok([facts.further(access)?, facts.further(refresh)?])
}

/// The token with its text, if both are good: made again, compared with the hash, and judged as
/// any token in somebody's hand.
fn live<'a>(
    fact: &'a TokenFact,
    kind: TokenKind,
    shape: Shape,
    request: &GrantRequest<'_>,
    cx: &Context<'_>,
) -> Option<(&'a TokenFact, Secret)> {
    let tenant = request.tenant.key();
    let text = mint(shape, kind, tenant, fact.token.key, &cx.vault.derived(tenant, fact.token.key));
    let held = Held {
        fact,
        tenant: request.tenant.standing(),
        now: cx.now,
        is_genuine: same(&cx.vault.token_hash(tenant, text.expose()), &fact.token.hash),
        key_is_revoked: false,
    };
    held.validity().is_none().then_some((fact, text))
}

fn issued((fact, text): (&TokenFact, Secret)) -> Issued {
    let (key, expires_at) = (fact.token.key, fact.token.expires_at);
    Issued { key, text, expires_at, writes: Vec::new() }
}

/// Everything that makes two requests one and the same; each text behind its length, so that no
/// two differ and read alike.
fn slot_text(
    request: &GrantRequest<'_>,
    granted: &Granted<'_>,
    wanted: Wanted<'_>,
    kind: TokenKind,
    shape: Shape,
) -> String {
    let key = |key: Option<RowKey>| key.map_or(0, |key| key.0);
    let client = key(request.client.map(|client| client.key()));
    let user = key(granted.user.map(|user| user.key()));
    let mut scope: Vec<&str> = wanted.scope.iter().collect();
    scope.sort_unstable();
    let mut audience: Vec<&str> = wanted.audience.iter().map(String::as_str).collect();
    audience.sort_unstable();
    let mut text = format!("reuse {kind:?} {shape:?} {client} {user} {}", scope.len());
    for part in scope.into_iter().chain(audience) {
        text.push_str(&format!(" {} {part}", part.len()));
    }
    text
}

#[cfg(test)]
mod tests;
