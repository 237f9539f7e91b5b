//! `apply`: world files read, checked here as far as they can be, and applied as one.

mod diff;
mod files;
mod world;

use std::path::PathBuf;

use reqwest::Method;
use serde_json::json;
use vidimus_core::{
    admin::Apply,
    engine::{Engine, Store},
    errand::Errands,
    time::Time,
};

use crate::{
    cli::{ApplyArgs, Global, Output, connect, say},
    failure::Failure,
    serve::run_here,
};
pub use diff::Diff;
pub use world::LoadedWorld;

/// Through the admin API of a running server.
///
/// # Errors
/// A file is refused, here or there, or the server is out of reach.
pub async fn run(args: &ApplyArgs, global: &Global) -> Result<(), Failure> {
    let world = LoadedWorld::read(&args.files)?;
    // Here first: most mistakes need no server to be found.
    world.check()?;
    let client = connect(global).await?;
    let order = json!({"world": world.json(), "dry_run": args.dry_run, "prune": args.prune});
    let reply = match client.try_ask(Method::POST, &["apply"], Some(&order)).await? {
        Ok(reply) => reply,
        Err(refusal) => return Err(world.explain(refusal)),
    };
    match global.output {
        Output::Json => say(&format!("{reply:#}")),
        Output::Table => say(Diff(&reply).to_string().trim_end()),
    }
}

/// In this process, before the first request is served.
///
/// # Errors
/// A file is refused, or the store is away.
pub async fn apply_files<S: Store, E: Errands>(
    engine: &Engine<S, E>,
    files: &[PathBuf],
    now: Time,
) -> Result<serde_json::Value, Failure> {
    let world = LoadedWorld::read(files)?;
    let operation =
        Apply { world: world.check()?, dry_run: false, prune: false, by: "apply".to_owned() };
    run_here(engine, &operation, now).await?.map_err(|error| world.explain(error.into()))
}
