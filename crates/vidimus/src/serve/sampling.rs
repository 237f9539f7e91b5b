//! Takes samples of the counters, which the console's overview plots.

use std::sync::Arc;

use tokio::time::{MissedTickBehavior, interval};
use vidimus_http::console::history::EVERY;

use crate::serve::OurApp;

/// Until it is dropped.
pub async fn sampling(app: Arc<OurApp>) {
    let mut rounds = interval(EVERY);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        rounds.tick().await;
        app.sample();
    }
}
