//! An operation of the default tenant's administrator, run in this process: before there are listeners to ask.

use vidimus_core::{
    engine::{Engine, Operation, Store},
    errand::Errands,
    error::OAuthError,
    facts::TenantRef,
    time::Time,
};
use vidimus_http::entropy::OsEntropy;

use crate::failure::Failure;

/// # Errors
/// The store is away. A refusal is an answer.
pub async fn run_here<S: Store, E: Errands, O: Operation>(
    engine: &Engine<S, E>,
    operation: &O,
    now: Time,
) -> Result<Result<O::Reply, OAuthError>, Failure> {
    let answer = engine.run(operation, &TenantRef::default_tenant(), now, &mut OsEntropy).await;
    answer.map(|answer| answer.reply).map_err(|fault| Failure::refused(fault.to_string()))
}
