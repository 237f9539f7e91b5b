//! `doctor --probe`: whether a server answers, for supervisors of containers that hold no `curl`.

use std::time::Duration;

use crate::failure::Failure;

const PATIENCE: Duration = Duration::from_secs(2);

/// # Errors
/// Nothing answers there in time, or not with 200.
pub async fn probe(url: &str) -> Result<(), Failure> {
    let client = reqwest::Client::builder().timeout(PATIENCE).no_proxy().build();
    let client = client.map_err(|why| Failure::refused(why.to_string()))?;
    let answer = client.get(url).send().await.map_err(|why| Failure::refused(why.to_string()))?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(Failure::refused(format!("{url} answers {}", answer.status())));
    }
    Ok(())
}
