//! Brings a database up to date, one node at a time.

use tokio_postgres::Client;

use crate::{
    postgres::{connect::Target, fault},
    schema::{self, POSTGRES},
    stored::OpenError,
};

/// "vidimus" in ASCII. Held to the end of the transaction: nodes that start together queue here,
/// and all but the first find nothing left to do.
const LOCK: &str = "BEGIN; SELECT pg_advisory_xact_lock(33330059484165491)";

pub async fn migrate(target: &Target) -> Result<(), OpenError> {
    let client = target.connect().await.map_err(OpenError::from)?;
    execute(&client, LOCK).await?;
    execute(&client, schema::VERSION_TABLE).await?;
    let stored = client.query_one(schema::VERSION, &[]).await.map_err(unavailable)?;
    let stored: i64 = stored.try_get(0).map_err(unavailable)?;
    for step in schema::pending(POSTGRES, stored)? {
        execute(&client, step.sql).await?;
        execute(&client, &schema::insert_version(step.version)).await?;
    }
    execute(&client, "COMMIT").await
}

async fn execute(client: &Client, sql: &str) -> Result<(), OpenError> {
    client.batch_execute(sql).await.map_err(unavailable)
}

fn unavailable(error: tokio_postgres::Error) -> OpenError {
    fault(error).into()
}
