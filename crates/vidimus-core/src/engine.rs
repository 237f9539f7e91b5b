//! The one way from request to reply: needs → load → decide → commit. Rendering is the edge's.

use std::{borrow::Cow, collections::HashMap, future::Future};

use crate::{
    audit::{self, Origin, chain::Link},
    context::{Context, Entropy, Surface},
    errand::{Done, Errand, Errands},
    error::{Cause, ErrorCode, Fault, OAuthError},
    facts::{Facts, Needs, Space, TenantRef},
    limits::{ATTEMPTS_MAX, TURNS_MAX},
    model::Object,
    outcome::{Committed, Decision, Event, Outcome, Stop, Write},
    row_key::RowKey,
    search::{Hits, Search},
    time::Time,
    vault::Vault,
};

/// No client's id and no user's name: those have no control characters.
const NOBODY: &str = "\u{1}";

/// A decider: says what it must know, then decides. Pure and synchronous; never awaits.
pub trait Operation: Send + Sync {
    type Reply: Send;

    fn needs(&self, vault: &Vault) -> Needs;
    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Self::Reply>;

    /// How often it is decided until a commit meets no conflict.
    fn attempts_max(&self) -> usize {
        ATTEMPTS_MAX
    }

    /// The refusal where each of these commits met a conflict, for operations that bring
    /// names of their own: a name of another object is no fault. `None`: [`Fault::Contention`].
    fn conflict(&self) -> Option<OAuthError> {
        None
    }
}

/// The port. Owned here, implemented three times in vidimus-store, held equal by its model test.
pub trait Store: Send + Sync {
    /// One consistent look. One round trip where there is a network.
    fn load(
        &self,
        tenant: &TenantRef,
        needs: &Needs,
    ) -> impl Future<Output = Result<Facts, Fault>> + Send;

    /// All or nothing, durable when it returns `Done`.
    fn commit(&self, writes: Vec<Write>) -> impl Future<Output = Result<Committed, Fault>> + Send;

    /// Objects of one space in the order of their names, after `after`; for lists, not decisions.
    fn page(
        &self,
        tenant: RowKey,
        space: Space,
        after: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<std::sync::Arc<Object>>, Fault>> + Send;

    /// Rows by what they belong to; for lists, not decisions.
    fn search(
        &self,
        tenant: RowKey,
        search: &Search,
    ) -> impl Future<Output = Result<Hits, Fault>> + Send;

    /// The chain of the audit trail in its order, behind the link of this number.
    fn links(
        &self,
        after: i64,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Link>, Fault>> + Send;

    /// When objects of the tenant were used last, where that is remembered; in no order.
    fn used(
        &self,
        tenant: RowKey,
        keys: &[RowKey],
    ) -> impl Future<Output = Result<Vec<(RowKey, Time)>, Fault>> + Send;

    /// Tickets that the background must see to by now, the oldest first: their tenants and keys.
    fn due(
        &self,
        now: Time,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(RowKey, RowKey)>, Fault>> + Send;

    /// Deletes up to `limit` rows of each kind whose life ended before `now`.
    fn sweep(&self, now: Time, limit: u32) -> impl Future<Output = Result<Swept, Fault>> + Send;
}

/// What one sweep did and saw. For gauges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub tokens: u64,
    pub families: u64,
    pub once: u64,
    pub locators: u64,
    pub tickets: u64,
    /// Objects that were to live so long only.
    pub objects: u64,
    /// Objects of tenants that are gone, and their clients at the root.
    pub orphans: u64,
    /// The earliest end of life still stored; how far it lies behind `now` is the purge lag.
    pub oldest_expiry: Option<Time>,
}

/// A reply or a refusal, and what to tell the operator of it.
/// What may happen once is written on that condition. So nobody looks first whether it has happened
/// already: hardly ever has it, and where it has, the commit says so and then it is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    First,
    Again,
}

#[derive(Debug)]
pub struct Answer<R> {
    pub reply: Result<R, OAuthError>,
    pub events: Vec<Event>,
}

pub struct Engine<S, E> {
    pub store: S,
    pub errands: E,
    pub vault: Vault,
    /// Issuer of the default tenant; others append `/t/{tenant}`.
    pub public_url: String,
    pub surface: Surface,
}

impl<S: Store, E: Errands> Engine<S, E> {
    /// # Errors
    /// A [`Fault`] where there is no answer to give: the store is away, or the race was lost
    /// [`Operation::attempts_max`] times and [`Operation::conflict`] has no name for that.
    pub async fn run<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        now: Time,
        entropy: &mut dyn Entropy,
    ) -> Result<Answer<O::Reply>, Fault> {
        self.run_for(operation, tenant, now, entropy, &Origin::default()).await
    }

    /// The same for a request, which the audit trail shall name.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_for<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        now: Time,
        entropy: &mut dyn Entropy,
        origin: &Origin<'_>,
    ) -> Result<Answer<O::Reply>, Fault> {
        for attempt in 0..operation.attempts_max() {
            let looks = if attempt == 0 { Looks::First } else { Looks::Again };
            let attempt = self.attempt(operation, tenant, (now, origin), &mut *entropy, looks);
            let Some(outcome) = attempt.await? else { continue };
            if outcome.writes.is_empty()
                || self.store.commit(outcome.writes).await? == Committed::Done
            {
                return Ok(Answer { reply: outcome.reply, events: outcome.events });
            }
        }
        let refuse = |error| Answer { reply: Err(error), events: Vec::new() };
        operation.conflict().map(refuse).ok_or(Fault::Contention)
    }

    /// `None`: the name led to another tenant from one turn to the next. Their facts must not meet,
    /// so it begins anew.
    async fn attempt<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        (now, origin): (Time, &Origin<'_>),
        entropy: &mut dyn Entropy,
        looks: Looks,
    ) -> Result<Option<Outcome<O::Reply>>, Fault> {
        let mut needs = operation.needs(&self.vault);
        let mut facts = Facts::default();
        for turn in 0..TURNS_MAX {
            if looks == Looks::First {
                needs.once.clear();
            }
            let looked = turn == 0 || needs.has_rows();
            let loaded = self.gather(tenant, &mut needs, looked).await?;
            if turn == 0 {
                facts = loaded;
            } else if looked && !facts.is_of_tenant_of(&loaded) {
                return Ok(None);
            } else {
                facts.absorb(loaded);
            }
            let issuer = match facts.tenant() {
                Some(tenant) => self.issuer(tenant.id()),
                None => Cow::Borrowed(self.public_url.as_str()),
            };
            let mut cx = Context {
                now,
                entropy: &mut *entropy,
                vault: &self.vault,
                issuer: &issuer,
                public_url: &self.public_url,
                surface: self.surface,
            };
            let decided = operation.decide(&facts, &mut cx).or_else(Stop::refused);
            let outcome = match decided {
                Ok(mut outcome) => {
                    audit::record(&mut outcome, &facts, &mut cx, origin);
                    outcome
                }
                Err(Stop::Need(more)) => {
                    needs = *more;
                    continue;
                }
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(Stop::Refuse(_) | Stop::RefuseAnd(_)) => {
                    return Err(Fault::Corrupt("a refusal is an outcome".to_owned()));
                }
            };
            let refused = outcome.reply.as_ref().err().and_then(guessed);
            // A page that asks again is an answer.
            let asked = outcome.events.iter().any(is_failed_sign_in).then_some(Space::User);
            if let Some(space) = refused.or(asked) {
                Box::pin(self.look_for_another(tenant, &facts, space)).await?;
            }
            return Ok(Some(outcome));
        }
        Err(Fault::Corrupt("a decision asked for facts without end".to_owned()))
    }

    /// A store may know by heart who exists and must look for who does not. So whoever failed to
    /// prove to be somebody costs both, whoever that was said to be: time tells nothing.
    async fn look_for_another(
        &self,
        tenant: &TenantRef,
        facts: &Facts,
        space: Space,
    ) -> Result<(), Fault> {
        let exists = facts.objects.iter().any(|(of, ..)| *of == space);
        let needs = Needs::default();
        let needs = if exists { needs.object(space, NOBODY) } else { needs };
        self.store.load(tenant, &needs).await.map(drop)
    }

    async fn gather(
        &self,
        tenant: &TenantRef,
        needs: &mut Needs,
        look: bool,
    ) -> Result<Facts, Fault> {
        // A further turn that only asks for errands has nothing to read.
        let mut facts = if look { self.store.load(tenant, needs).await? } else { Facts::default() };
        facts.asked = std::mem::take(&mut needs.objects);
        if !needs.errands.is_empty() {
            let errands = std::mem::take(&mut needs.errands);
            // Boxed: what is rare must not make the future of every request larger.
            facts.errands = Box::pin(self.run_all(errands)).await?;
        }
        Ok(facts)
    }

    async fn run_all(&self, errands: Vec<Errand>) -> Result<HashMap<Errand, Done>, Fault> {
        let mut all = HashMap::with_capacity(errands.len());
        for errand in errands {
            let done = self.errands.run(errand.clone()).await?;
            all.insert(errand, done);
        }
        Ok(all)
    }

    /// The issuer identifier of a tenant. Fixed, whatever host or alias was asked.
    pub fn issuer(&self, tenant_id: &str) -> Cow<'_, str> {
        if tenant_id == TenantRef::DEFAULT_ID {
            Cow::Borrowed(&self.public_url)
        } else {
            Cow::Owned(format!("{}/t/{tenant_id}", self.public_url))
        }
    }
}

/// Whose name was presented without its proof.
const fn guessed(error: &OAuthError) -> Option<Space> {
    match (error.code, error.cause) {
        (ErrorCode::InvalidClient, _) | (ErrorCode::InvalidToken, Cause::Registration) => {
            Some(Space::Caller)
        }
        (
            _,
            Cause::UnknownUser | Cause::WrongPassword | Cause::InactiveUser | Cause::TooManyGuesses,
        ) => Some(Space::User),
        _ => None,
    }
}

const fn is_failed_sign_in(event: &Event) -> bool {
    matches!(event, Event::SignInFailed { .. })
}

#[cfg(test)]
mod tests;
