//! An operation as a dialect offers it: only to tenants that have the dialect.

use vidimus_core::{
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs},
    outcome::Decision,
};

pub struct InDialect<'a, O> {
    pub operation: &'a O,
    pub dialect: &'static str,
}

impl<O: Operation> Operation for InDialect<'_, O> {
    type Reply = O::Reply;

    fn needs(&self) -> Needs {
        self.operation.needs()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<O::Reply> {
        // A tenant that is not there is the operation's own to refuse.
        if facts.tenant().is_some_and(|tenant| !tenant.speaks(self.dialect)) {
            return Err(OAuthError::new(ErrorCode::NotFound, "There is nothing here.").into());
        }
        self.operation.decide(facts, cx)
    }
}
