//! What is done to the sandbox's data, one thing after another: seeding, back to the seeds, a file
//! read again, tenants made and deleted.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use vidimus_core::{
    admin::Apply,
    engine::Store as _,
    error::Fault,
    facts::{Needs, Space, TenantRef},
    limits::PAGE_SIZE_MAX,
    model::Object,
    outcome::{Change, Write},
    row_key::RowKey,
    time::Time,
};
use vidimus_http::{clock::Clock as _, faults::Faults, request_log::RequestLog};

use crate::{
    apply::LoadedWorld,
    dev::{clock::SandboxClock, seeds, tenants},
    failure::Failure,
    serve::{Administrator, OurApp, ensure_administrator, run_here},
};

pub enum Order {
    /// One tenant, or all.
    Reset(Option<String>),
    /// The files have changed.
    Reload,
    List,
    Clone {
        like: String,
        id: Option<String>,
    },
    Delete(String),
}

#[derive(Debug)]
pub enum Refusal {
    Unknown(String),
    Wrong(String),
    Failed(String),
}

type Done = oneshot::Sender<Result<Value, Refusal>>;
type Given = (Order, Done);

/// The routes' side: orders go to the task that has the app.
#[derive(Clone)]
pub struct Orders(mpsc::Sender<Given>);

impl Orders {
    pub fn new() -> (Self, mpsc::Receiver<Given>) {
        let (sender, receiver) = mpsc::channel(64);
        (Self(sender), receiver)
    }

    pub async fn give(&self, order: Order) -> Result<Value, Refusal> {
        let (done, wait) = oneshot::channel();
        let gone = || Refusal::Failed("the sandbox is stopping".to_owned());
        self.0.send((order, done)).await.map_err(|_| gone())?;
        wait.await.unwrap_or_else(|_| Err(gone()))
    }
}

pub struct Seeder {
    pub app: Arc<OurApp>,
    pub clock: Arc<SandboxClock>,
    pub requests: Arc<RequestLog>,
    pub faults: Arc<Faults>,
    pub server: String,
    pub folder: PathBuf,
    pub worlds: Vec<PathBuf>,
    /// As it was declared last, and accepted.
    declared: Value,
    /// Tenants that were made for tests, and of which each is a copy.
    copies: BTreeMap<String, String>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Failed(fault.to_string())
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure.to_string())
    }
}

impl Seeder {
    pub fn new(
        (app, server): (Arc<OurApp>, String),
        clock: Arc<SandboxClock>,
        (requests, faults): (Arc<RequestLog>, Arc<Faults>),
        (folder, worlds): (PathBuf, Vec<PathBuf>),
    ) -> Self {
        let declared = Value::Null;
        let copies = BTreeMap::new();
        Self { app, clock, requests, faults, server, folder, worlds, declared, copies }
    }

    pub async fn run(mut self, mut orders: mpsc::Receiver<Given>) {
        while let Some((order, done)) = orders.recv().await {
            // Whoever asked may have gone away.
            let _ = done.send(self.obey(order).await);
        }
    }

    async fn obey(&mut self, order: Order) -> Result<Value, Refusal> {
        match order {
            Order::Reset(None) => self.reset().await,
            Order::Reset(Some(tenant)) => self.reset_one(&tenant).await,
            Order::Reload => self.reload().await,
            Order::List => Ok(json!({"tenants": self.copies.iter().map(|(id, like)| {
                json!({"id": id, "like": like})
            }).collect::<Vec<_>>()})),
            Order::Clone { like, id } => self.copy(&like, id).await,
            Order::Delete(id) => self.delete_copy(&id).await,
        }
    }

    /// # Errors
    /// A world file is refused, or the store is away.
    pub async fn seed(&mut self, now: Time) -> Result<(), Failure> {
        let world = seeds::world(&self.worlds, &self.folder)?;
        let administrator =
            Administrator { folder: &self.folder, server: self.server.clone(), renew: false };
        ensure_administrator(&self.app.engine, &administrator, now).await?;
        self.apply(&world, false, now).await?;
        Ok(())
    }

    async fn apply(
        &mut self,
        world: &LoadedWorld,
        prune: bool,
        now: Time,
    ) -> Result<Value, Failure> {
        let diff = self.apply_json(world.check()?, prune, now).await;
        let diff = diff?.map_err(|error| world.explain(error.into()))?;
        self.declared = world.json();
        Ok(diff)
    }

    async fn apply_json(
        &self,
        world: vidimus_core::admin::World,
        prune: bool,
        now: Time,
    ) -> Result<Result<Value, vidimus_core::error::OAuthError>, Failure> {
        let operation = Apply { world, dry_run: false, prune, by: "vidimus dev".to_owned() };
        run_here(&self.app.engine, &operation, now).await
    }

    async fn reset(&mut self) -> Result<Value, Refusal> {
        self.clock.reset();
        self.requests.clear(None);
        self.faults.clear(None);
        self.copies.clear();
        self.delete_everything().await?;
        self.seed(self.clock.now()).await?;
        Ok(json!({"reset": true}))
    }

    /// The clock is everybody's, and stays.
    async fn reset_one(&mut self, tenant: &str) -> Result<Value, Refusal> {
        let like = self.copies.get(tenant).cloned();
        if like.is_none() && tenants::declared(&self.declared, tenant).is_none() {
            return Err(unknown(tenant));
        }
        self.forget(tenant).await?;
        match like {
            Some(like) => drop(self.make(&like, tenant).await?),
            None => self.seed(self.clock.now()).await?,
        }
        Ok(json!({"reset": tenant}))
    }

    /// What the files do not declare any more goes; where they cannot be applied, all stays.
    async fn reload(&mut self) -> Result<Value, Refusal> {
        let world = seeds::world(&self.worlds, &self.folder)?;
        let before = tenants::ids(&self.declared);
        let mut diff = self.apply(&world, true, self.clock.now()).await?;
        let now = tenants::ids(&self.declared);
        for gone in before.difference(&now) {
            self.forget(gone).await?;
            let line = json!({"action": "delete", "kind": "tenant", "tenant": gone, "id": gone,
                              "fields": []});
            if let Some(changes) = diff.get_mut("changes").and_then(Value::as_array_mut) {
                changes.push(line);
            }
        }
        Ok(diff)
    }

    async fn copy(&mut self, like: &str, id: Option<String>) -> Result<Value, Refusal> {
        let like = if like == "demo" { TenantRef::DEFAULT_ID } else { like };
        let id = id.unwrap_or_else(|| tenants::fresh_id(like));
        if !tenants::is_plain(&id) {
            let text = "id is made of letters, digits, '.', '-' and '_', 64 at most.";
            return Err(Refusal::Wrong(text.to_owned()));
        }
        if self.find(&id).await?.is_some() {
            return Err(Refusal::Wrong(format!("There is a tenant {id} already.")));
        }
        let made = self.make(like, &id).await?;
        self.copies.insert(id, like.to_owned());
        Ok(made)
    }

    /// With the hashes of the original's secrets, so that none is made again.
    async fn make(&self, like: &str, id: &str) -> Result<Value, Refusal> {
        let declared = tenants::declared(&self.declared, like).ok_or_else(|| unknown(like))?;
        let needs = Needs { whole: vec![Space::Caller, Space::User], ..Needs::default() };
        let original = TenantRef::Id(like.to_owned());
        let facts = self.app.engine.store.load(&original, &needs).await?;
        let objects = facts.whole.iter().flat_map(|(_, objects)| objects);
        let world = tenants::copy_of(declared, id, objects.map(|object| &**object));
        let refused = |error: vidimus_core::error::OAuthError| Refusal::Wrong(error.to_string());
        let world = vidimus_core::admin::World::parse(world).map_err(refused)?;
        self.apply_json(world, false, self.clock.now()).await?.map_err(refused)?;
        Ok(tenants::told(declared, id, like, &self.app.engine.issuer(id)))
    }

    async fn delete_copy(&mut self, id: &str) -> Result<Value, Refusal> {
        if self.copies.remove(id).is_none() {
            return Err(Refusal::Unknown(format!("There is no copy of a tenant called {id}.")));
        }
        self.forget(id).await?;
        Ok(json!({"deleted": id}))
    }

    /// With its faults and its requests.
    async fn forget(&self, tenant: &str) -> Result<(), Fault> {
        self.faults.clear(Some(tenant));
        self.requests.clear(Some(tenant));
        // A conflict means that it has changed meanwhile.
        while let Some(object) = self.find(tenant).await? {
            self.app.engine.store.commit(vec![deletion(&object)]).await?;
        }
        Ok(())
    }

    async fn find(&self, tenant: &str) -> Result<Option<Arc<Object>>, Fault> {
        let tenant = TenantRef::Id(tenant.to_owned());
        Ok(self.app.engine.store.load(&tenant, &Needs::default()).await?.tenant)
    }

    async fn delete_everything(&self) -> Result<(), Fault> {
        let store = &self.app.engine.store;
        loop {
            let tenants = store.page(RowKey::ROOT, Space::Tenant, "", PAGE_SIZE_MAX).await?;
            if tenants.is_empty() {
                return Ok(());
            }
            // A conflict means that one has changed meanwhile: the next round sees it.
            store.commit(tenants.iter().map(|tenant| deletion(tenant)).collect()).await?;
        }
    }
}

fn deletion(tenant: &Object) -> Write {
    let change = Change::Delete { key: tenant.key, version: tenant.version };
    Write { tenant: RowKey::ROOT, change }
}

fn unknown(tenant: &str) -> Refusal {
    Refusal::Unknown(format!("No tenant {tenant} is among those that were seeded or copied."))
}
