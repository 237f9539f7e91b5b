//! Writes down which clients were used, every few seconds and at the end.

use std::{sync::Arc, time::Duration};

use tokio::time::{MissedTickBehavior, interval};

use crate::serve::OurApp;

const PAUSE: Duration = Duration::from_secs(5);

/// Until it is dropped.
pub async fn used(app: Arc<OurApp>) {
    let mut rounds = interval(PAUSE);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        rounds.tick().await;
        write(&app).await;
    }
}

/// What is not written now is noted again with the next use.
pub async fn write(app: &OurApp) {
    if let Err(fault) = app.write_used().await {
        tracing::warn!(%fault, "cannot write down which clients were used");
    }
}
