//! Seeding, and back to the seeds: every tenant goes with all that is in it, and is made again.

use std::{path::PathBuf, sync::Arc};

use tokio::sync::{mpsc, oneshot};
use vidimus_core::{
    engine::Store as _,
    facts::Space,
    limits::PAGE_SIZE_MAX,
    outcome::{Change, Write},
    row_key::RowKey,
    time::Time,
};
use vidimus_http::{clock::Clock as _, sandbox::Requests};

use crate::{
    apply::apply_world,
    dev::{clock::SandboxClock, seeds},
    failure::Failure,
    serve::{Administrator, OurApp, ensure_administrator},
};

type Done = oneshot::Sender<Result<(), String>>;

/// The routes' side: orders go to the task that has the app.
#[derive(Clone)]
pub struct Resets(mpsc::Sender<Done>);

impl Resets {
    pub fn new() -> (Self, mpsc::Receiver<Done>) {
        let (sender, receiver) = mpsc::channel(8);
        (Self(sender), receiver)
    }

    pub async fn reset(&self) -> Result<(), String> {
        let (done, wait) = oneshot::channel();
        let gone = "the sandbox is stopping".to_owned();
        self.0.send(done).await.map_err(|_| gone.clone())?;
        wait.await.unwrap_or(Err(gone))
    }
}

pub struct Seeder {
    pub app: Arc<OurApp>,
    pub clock: Arc<SandboxClock>,
    pub requests: Arc<Requests>,
    pub server: String,
    pub folder: PathBuf,
    pub worlds: Vec<PathBuf>,
}

impl Seeder {
    pub async fn run(self, mut orders: mpsc::Receiver<Done>) {
        while let Some(done) = orders.recv().await {
            let result = self.reset().await.map_err(|failure| failure.to_string());
            // Whoever asked may have gone away.
            let _ = done.send(result);
        }
    }

    /// # Errors
    /// A world file is refused, or the store is away.
    pub async fn seed(&self, now: Time) -> Result<(), Failure> {
        let engine = &self.app.engine;
        let world = seeds::world(&self.worlds, &self.folder)?;
        let administrator =
            Administrator { folder: &self.folder, server: self.server.clone(), renew: false };
        ensure_administrator(engine, &administrator, now).await?;
        apply_world(engine, &world, now).await.map(|_| ())
    }

    async fn reset(&self) -> Result<(), Failure> {
        self.clock.reset();
        self.requests.clear();
        self.delete_everything().await?;
        self.seed(self.clock.now()).await
    }

    async fn delete_everything(&self) -> Result<(), Failure> {
        let failed = |fault: vidimus_core::error::Fault| Failure::refused(fault.to_string());
        let store = &self.app.engine.store;
        loop {
            let tenants = store.page(RowKey::ROOT, Space::Tenant, "", PAGE_SIZE_MAX).await;
            let tenants = tenants.map_err(failed)?;
            if tenants.is_empty() {
                return Ok(());
            }
            let delete = |tenant: &Arc<vidimus_core::model::Object>| Write {
                tenant: RowKey::ROOT,
                change: Change::Delete { key: tenant.key, version: tenant.version },
            };
            // A conflict means that one has changed meanwhile: the next round sees it.
            store.commit(tenants.iter().map(delete).collect()).await.map_err(failed)?;
        }
    }
}
