//! Forms that are posted to clients: so many at a time, the others wait.

use std::sync::Arc;

use tokio::sync::Semaphore;
use vidimus_core::{error::Fault, secret::Secret};

use crate::outbound::Outbound;

/// A hanging server holds one of these for five seconds.
const DELIVERIES_MAX: usize = 16;

pub struct Deliveries {
    outbound: Arc<Outbound>,
    permits: Semaphore,
}

impl Deliveries {
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self { outbound, permits: Semaphore::new(DELIVERIES_MAX) }
    }

    /// # Errors
    /// Never because of what the client's server did: that is an answer.
    pub async fn deliver(
        &self,
        uri: &str,
        form: &[(&'static str, Secret)],
    ) -> Result<Result<(), String>, Fault> {
        let busy = |_| Fault::Busy("the number of deliveries");
        let _permit = self.permits.acquire().await.map_err(busy)?;
        Ok(self.outbound.post(uri, form).await)
    }
}
