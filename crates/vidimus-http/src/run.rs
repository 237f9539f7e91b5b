//! Operations on the engine, with the machine's time and entropy; and who is told what they came to.

use std::borrow::Cow;

use vidimus_core::{
    audit::Origin,
    engine::{Operation, Store},
    errand::Errands,
    error::Fault,
    facts::TenantRef,
    outcome::Event,
};

use crate::{
    app::App,
    entropy::OsEntropy,
    events,
    exchange::Exchange,
    failure::Failure,
    in_dialect::{Heard, InDialect},
    request_log,
    turn::Turn,
};

impl<S: Store, E: Errands> App<S, E> {
    /// `client_id`: the client may be reachable at the root, whichever tenant's it is.
    pub async fn on_turn<O: Operation>(
        &self,
        operation: &O,
        turn: &Turn<'_>,
        client_id: Option<&str>,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let tenant = self.tenant_of(turn, client_id).await?;
        self.run_in(operation, turn, &tenant, exchange).await
    }

    pub async fn tenant_of(
        &self,
        turn: &Turn<'_>,
        client_id: Option<&str>,
    ) -> Result<Cow<'_, TenantRef>, Fault> {
        let tenant = self.tenant_at(turn.target, turn.parts).await?;
        Ok(match (tenant, client_id) {
            (Cow::Borrowed(_), Some(id)) => Cow::Owned(TenantRef::OfClient(id.to_owned())),
            (tenant, _) => tenant,
        })
    }

    pub async fn run_in<O: Operation>(
        &self,
        operation: &O,
        turn: &Turn<'_>,
        tenant: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let dialect = Some(turn.target.dialect.name);
        let dialect = dialect.filter(|_| !turn.endpoint.is_every_tenants());
        let operation = InDialect { operation, dialect, heard: &turn.heard };
        self.run_heard(&operation, tenant, Some(&turn.heard), exchange).await
    }

    /// One operation on the engine, with the machine's time and entropy.
    pub async fn run<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        self.run_heard(operation, tenant, None, exchange).await
    }

    async fn run_heard<O: Operation>(
        &self,
        operation: &O,
        tenant: &TenantRef,
        heard: Option<&Heard>,
        exchange: &mut Exchange,
    ) -> Result<O::Reply, Failure> {
        let now = self.clock.now();
        let origin =
            Origin { request_id: Some(&exchange.id), address: Some(exchange.peer.address) };
        let answer = self.engine.run_for(operation, tenant, now, &mut OsEntropy, &origin).await?;
        let heard = heard.and_then(Heard::tenant);
        let tenant = heard.as_ref().map_or_else(|| tenant.name(), |tenant| tenant.id());
        for event in &answer.events {
            let guesser =
                events::record(&self.metrics, &self.guessing, event, now, tenant, exchange);
            if let Some(lines) = &self.audit_lines {
                lines.record(event, now, tenant, exchange);
                if let Some(caller) = guesser {
                    lines.guessed(caller, now, tenant, exchange);
                }
            }
            if let Event::Issued { client_id, .. } = event {
                self.used.note(tenant, client_id, now);
            }
        }
        if let Some(caller) = request_log::caller(answer.events) {
            exchange.caller = Some(caller);
        }
        Ok(answer.reply?)
    }
}
