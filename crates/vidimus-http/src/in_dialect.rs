//! An operation as a dialect offers it: only to tenants that have the dialect. What it heard of the
//! tenant on its way is what the reply is shaped with.

use std::sync::{Arc, OnceLock};

use vidimus_core::{
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs},
    model::{Named, Object, Tenant},
    outcome::Decision,
    vault::Vault,
};

/// The tenant of a request, once a decision has met it.
#[derive(Default)]
pub struct Heard(OnceLock<Arc<Object>>);

impl Heard {
    pub fn tenant(&self) -> Option<Named<'_, Tenant>> {
        Named::of(self.0.get()?)
    }

    pub fn note(&self, facts: &Facts) {
        if let Some(tenant) = &facts.tenant {
            // Another attempt may meet a newer version; for a shape the first one is good enough.
            let _ = self.0.set(Arc::clone(tenant));
        }
    }

    /// A tenant that is not there speaks everything: the operation refuses it by itself.
    pub fn speaks(&self, dialect: &str) -> bool {
        self.tenant().is_none_or(|tenant| tenant.speaks(dialect))
    }
}

pub struct InDialect<'a, O> {
    pub operation: &'a O,
    /// `None`: every tenant is offered it.
    pub dialect: Option<&'static str>,
    pub heard: &'a Heard,
}

impl<O: Operation> Operation for InDialect<'_, O> {
    type Reply = O::Reply;

    fn needs(&self, vault: &Vault) -> Needs {
        self.operation.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<O::Reply> {
        self.heard.note(facts);
        let mute = |dialect| facts.tenant().is_some_and(|tenant| !tenant.speaks(dialect));
        if self.dialect.is_some_and(mute) {
            return Err(OAuthError::new(ErrorCode::NotFound, "There is nothing here.").into());
        }
        self.operation.decide(facts, cx)
    }

    fn conflict(&self) -> Option<OAuthError> {
        self.operation.conflict()
    }
}
