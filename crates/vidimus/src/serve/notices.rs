//! The outbox of notices that sessions have ended (OpenID Connect Back-Channel Logout): whatever is due
//! is claimed and sent, so many at a time, by whichever node comes first.

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{MissedTickBehavior, interval},
};
use vidimus_core::{
    engine::{Operation, Store as _},
    error::Fault,
    facts::TenantRef,
    logout::{ClaimNotice, Claimed, DeliverNotice, Delivery},
    row_key::RowKey,
};
use vidimus_http::entropy::OsEntropy;

use crate::serve::OurApp;

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Of one look; more are seen with the next.
const BATCH: u32 = 256;
/// A client that hangs holds one of these for five seconds, and then comes last.
const AT_ONCE_MAX: usize = 16;

/// Until it is dropped. What is under way then is due again.
pub async fn notices(app: Arc<OurApp>) {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sending = JoinSet::new();
    loop {
        looks.tick().await;
        while sending.try_join_next().is_some() {}
        let due = app.engine.store.due(app.now(), BATCH).await.unwrap_or_else(|fault| {
            tracing::warn!(%fault, "cannot look for notices; the next look may");
            Vec::new()
        });
        for (tenant, ticket) in due {
            while sending.len() >= AT_ONCE_MAX {
                sending.join_next().await;
            }
            let app = Arc::clone(&app);
            sending.spawn(async move {
                if let Err(fault) = send(&app, &TenantRef::of_key(tenant), ticket).await {
                    app.metrics.fault(&fault);
                    tracing::warn!(%fault, "a notice could not be seen to; it stays due");
                }
            });
        }
    }
}

async fn send(app: &OurApp, tenant: &TenantRef, ticket: RowKey) -> Result<(), Fault> {
    let version = match run(app, tenant, &ClaimNotice { ticket }).await? {
        Some(Claimed::Ours { version }) => version,
        Some(Claimed::GivenUp { client_id }) => {
            tracing::warn!(client_id, "a client was not told of a sign-out in time");
            app.metrics.noticed("given_up");
            return Ok(());
        }
        Some(Claimed::Theirs | Claimed::Unwanted) | None => return Ok(()),
    };
    match run(app, tenant, &DeliverNotice { ticket, version }).await? {
        Some(Delivery::Delivered) => app.metrics.noticed("delivered"),
        Some(Delivery::Failed { client_id, why }) => {
            tracing::info!(client_id, why, "a client did not take a notice; it is tried again");
            app.metrics.noticed("failed");
        }
        Some(Delivery::GivenUp { client_id, why }) => {
            tracing::warn!(client_id, why, "a client was not told of a sign-out in time");
            app.metrics.noticed("given_up");
        }
        Some(Delivery::Gone) | None => {}
    }
    Ok(())
}

/// `None`: the tenant is gone, and its rows will be.
async fn run<O: Operation>(
    app: &OurApp,
    tenant: &TenantRef,
    operation: &O,
) -> Result<Option<O::Reply>, Fault> {
    let answer = app.engine.run(operation, tenant, app.now(), &mut OsEntropy).await?;
    Ok(answer.reply.ok())
}

#[cfg(test)]
mod tests;
