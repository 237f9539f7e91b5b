//! The purge: what has expired is deleted in small batches, and the gauges say how much is left.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use vidimus_core::engine::{Store as _, Swept};
use vidimus_http::{
    clock::{Clock as _, SystemClock},
    status::Purged,
};

use crate::{
    config::Purge,
    serve::{OurApp, key_ages::key_ages},
};

/// Between two batches, so that requests come first.
const PAUSE: Duration = Duration::from_millis(20);
/// Counting reads whole indexes.
const COUNT_SECONDS: u64 = 300;

/// Until it is dropped.
pub async fn purge(app: Arc<OurApp>, config: Purge) {
    let mut rounds = interval(Duration::from_secs(config.interval_seconds));
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let every = COUNT_SECONDS.div_ceil(config.interval_seconds).max(1);
    let mut rows = Vec::new();
    for round in 0_u64.. {
        rounds.tick().await;
        if round % every == 0 {
            match app.engine.store.count().await {
                Ok(counted) => {
                    rows = vec![
                        ("tokens", counted.tokens),
                        ("families", counted.families),
                        ("once", counted.once),
                        ("objects", counted.objects),
                        ("locators", counted.locators),
                        ("tickets", counted.tickets),
                        ("root_clients", counted.root_clients),
                    ];
                }
                Err(fault) => tracing::warn!(%fault, "cannot count rows"),
            }
            match key_ages(&app.engine.store, app.now()).await {
                Ok(ages) => app.metrics.signing(ages),
                Err(fault) => tracing::warn!(%fault, "cannot look at the signing keys"),
            }
        }
        match sweep(&app, config).await {
            Ok(swept) => app.purged(Purged {
                rows: rows.clone(),
                oldest_expiry: swept.oldest_expiry,
                keep_seconds: config.keep_seconds,
            }),
            Err(fault) => tracing::warn!(%fault, "purge failed; it goes on with the next round"),
        }
    }
}

async fn sweep(app: &OurApp, config: Purge) -> Result<Swept, vidimus_core::error::Fault> {
    let mut pauses = interval(PAUSE);
    pauses.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut total = Swept::default();
    loop {
        pauses.tick().await;
        // What a sandbox's clock has ended by being moved stays, for `token explain` to tell of.
        let now = app.now().min(SystemClock.now());
        let ended = now.plus_seconds(-config.keep_seconds);
        let swept = app.engine.store.sweep(ended, config.batch).await?;
        add(&mut total, swept);
        if of_each_kind(swept).iter().all(|deleted| *deleted < u64::from(config.batch)) {
            break;
        }
    }
    if of_each_kind(total).iter().any(|deleted| *deleted > 0) {
        let Swept { tokens, families, once, locators, tickets, objects, orphans, .. } = total;
        tracing::debug!(tokens, families, once, locators, tickets, objects, orphans, "purged");
    }
    Ok(total)
}

const fn of_each_kind(swept: Swept) -> [u64; 7] {
    let Swept { tokens, families, once, locators, tickets, objects, orphans, oldest_expiry: _ } =
        swept;
    [tokens, families, once, locators, tickets, objects, orphans]
}

const fn add(total: &mut Swept, swept: Swept) {
    total.tokens += swept.tokens;
    total.families += swept.families;
    total.once += swept.once;
    total.locators += swept.locators;
    total.tickets += swept.tickets;
    total.objects += swept.objects;
    total.orphans += swept.orphans;
    total.oldest_expiry = swept.oldest_expiry;
}
