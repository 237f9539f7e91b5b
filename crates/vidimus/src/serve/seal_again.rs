//! While there are several master keys: what is sealed under an older one is sealed again, again and
//! again, because another node may still seal under that.

use std::{path::Path, sync::Arc, time::Duration};

use tokio::{sync::Notify, time::MissedTickBehavior};
use vidimus_core::{
    admin::{SEALED, SealAgain},
    engine::Store as _,
    error::Fault,
    facts::{Space, TenantRef},
    limits::PAGE_SIZE_MAX,
    model::Kind,
    row_key::RowKey,
    vault::Vault,
};
use vidimus_http::entropy::OsEntropy;

use crate::serve::{OurApp, read_master_key};

const PAUSE: Duration = Duration::from_secs(60);

/// Takes the keys that the file names now. What is sealed under those before must open under one.
pub fn read_again(app: &OurApp, path: &Path) -> Result<(), String> {
    let keys = read_master_key(path).map_err(|failure| failure.to_string())?;
    // Hashes cannot be made again: with another pepper nobody would be known.
    let check = |vault: &Vault| vault.fingerprint(b"");
    if check(&Vault::of(&keys)) != check(&app.engine.vault) {
        return Err("it has another pepper: that file is not this store's".to_owned());
    }
    app.engine.vault.change_keys(&keys);
    app.status.has_keys(&keys);
    Ok(())
}

/// Until it is dropped; at once whenever it is told.
pub async fn seal_again(app: Arc<OurApp>, told: Arc<Notify>) {
    let mut rounds = tokio::time::interval(PAUSE);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = rounds.tick() => {}
            () = told.notified() => {}
        }
        if app.status.has_older_keys() {
            round(&app, &told).await;
        }
    }
}

async fn round(app: &OurApp, told: &Notify) {
    match everything(app).await {
        Ok((0, 0)) => {
            if app.status.sealed(0) {
                tracing::info!("all is sealed under the first master key: the others can go");
            }
        }
        Ok((again, failed)) => {
            app.status.sealed(again + failed);
            tracing::info!(again, failed, "sealed again under the first master key");
            // Looks once more at once: then it is known that nothing is left.
            if failed == 0 {
                told.notify_one();
            }
        }
        Err(fault) => tracing::warn!(%fault, "cannot seal again under the first master key"),
    }
}

/// How many were under another key, and how many of them still are.
async fn everything(app: &OurApp) -> Result<(u64, u64), Fault> {
    let (mut again, mut failed) = (0, 0);
    let mut after = String::new();
    loop {
        let store = &app.engine.store;
        let tenants = store.page(RowKey::ROOT, Space::Tenant, &after, PAGE_SIZE_MAX).await?;
        let Some(last) = tenants.last() else { return Ok((again, failed)) };
        last.id().clone_into(&mut after);
        for tenant in &tenants {
            let of = of_tenant(app, tenant.key, tenant.id()).await?;
            again += of.0;
            failed += of.1;
        }
    }
}

async fn of_tenant(app: &OurApp, key: RowKey, id: &str) -> Result<(u64, u64), Fault> {
    let (mut again, mut failed) = (0, 0);
    let at = TenantRef::Id(id.to_owned());
    for space in [Space::SigningKey, Space::Caller] {
        let mut after = String::new();
        loop {
            let objects = app.engine.store.page(key, space, &after, PAGE_SIZE_MAX).await?;
            let Some(last) = objects.last() else { break };
            last.id().clone_into(&mut after);
            for object in objects.iter().filter(|object| is_sealed(object.kind())) {
                let operation = SealAgain { kind: object.kind(), id: object.id().to_owned() };
                match app.engine.run(&operation, &at, app.now(), &mut OsEntropy).await {
                    Ok(answer) => again += u64::from(answer.reply.unwrap_or(false)),
                    Err(fault @ (Fault::Corrupt(_) | Fault::Contention)) => {
                        tracing::error!(%fault, tenant = id, id = object.id(), "cannot seal again");
                        failed += 1;
                    }
                    Err(fault) => return Err(fault),
                }
            }
        }
    }
    Ok((again, failed))
}

fn is_sealed(kind: Kind) -> bool {
    SEALED.contains(&kind)
}
