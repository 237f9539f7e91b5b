//! The way into the console while nobody has it: a one-time link, printed at the start. Not logged:
//! whoever reads logs is not yet an administrator.

use vidimus_core::{
    admin::operator::Invite,
    engine::{Engine, Store},
    errand::Errands,
    facts::TenantRef,
    time::Time,
};
use vidimus_http::entropy::OsEntropy;

use crate::failure::Failure;

/// `None`: there is an administrator, or was one.
///
/// # Errors
/// The store is away.
pub async fn first_link<S: Store, E: Errands>(
    engine: &Engine<S, E>,
    now: Time,
) -> Result<Option<String>, Failure> {
    let invite = Invite { username: None, first_only: true, by: "first-start".to_owned() };
    let tenant = TenantRef::default_tenant();
    let answer = engine.run(&invite, &tenant, now, &mut OsEntropy).await;
    let answer = answer.map_err(|fault| Failure::refused(fault.to_string()))?;
    let made = answer.reply.map_err(|error| Failure::refused(error.to_string()))?;
    Ok(made.get("url").and_then(|url| url.as_str()).map(str::to_owned))
}
