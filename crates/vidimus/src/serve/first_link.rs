//! The way into the console while nobody has it: a one-time link, printed at the start. Not logged:
//! whoever reads logs is not yet an administrator.

use vidimus_core::{
    admin::operator::Invite,
    engine::{Engine, Store},
    errand::Errands,
    time::Time,
};

use crate::{failure::Failure, serve::here::run_here};

/// `None`: there is an administrator, or was one.
///
/// # Errors
/// The store is away.
pub async fn first_link<S: Store, E: Errands>(
    engine: &Engine<S, E>,
    now: Time,
) -> Result<Option<String>, Failure> {
    let invite = Invite { username: None, first_only: true, by: "first-start".to_owned() };
    link(engine, &invite, now).await
}

/// # Errors
/// The store is away, or nobody can be invited so.
pub async fn link<S: Store, E: Errands>(
    engine: &Engine<S, E>,
    invite: &Invite,
    now: Time,
) -> Result<Option<String>, Failure> {
    let made = run_here(engine, invite, now).await?;
    let made = made.map_err(|error| Failure::refused(error.to_string()))?;
    Ok(made.get("url").and_then(|url| url.as_str()).map(str::to_owned))
}
