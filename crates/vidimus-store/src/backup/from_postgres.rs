//! All the rows of a PostgreSQL as of one moment, streamed into a SQLite file of our schema.

use std::{path::Path, pin::pin};

use futures_util::TryStreamExt as _;
use rusqlite::{Connection, Statement, types::Null};
use tokio_postgres::{
    Client,
    binary_copy::{BinaryCopyOutRow, BinaryCopyOutStream},
};

use crate::{
    backup::{
        BackupError, Job, Origin, Unit, manifest, place,
        tables::{Column, TABLES, Table},
    },
    postgres::connect::Target,
    schema::{self, POSTGRES, SQLITE},
};

/// Every table as of one moment, however long the copy takes. A write never waits for it.
const SNAPSHOT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
/// For the whole of the progress; what the planner believes is near enough.
const ROWS: &str = "SELECT CAST(coalesce(sum(greatest(reltuples, 0)), 0) AS BIGINT) \
     FROM pg_class WHERE oid = ANY($1::text[]::regclass[])";
const IS_VIDIMUS: &str = "SELECT to_regclass('schema_version') IS NOT NULL";
/// A third of the time is ours: PostgreSQL sends no faster than we read.
const RESTS: u32 = 2;
/// Between two looks at whether anybody still waits.
const BATCH_ROWS: u64 = 256;

pub fn copy(url: &str, draft: &Path, job: &Job<'_>) -> Result<Origin, BackupError> {
    let target = place::target(url)?;
    let mut to = manifest::open_unsynced(draft, &job.watch)?;
    let transaction = to.transaction()?;
    transaction.execute_batch(schema::VERSION_TABLE)?;
    for step in SQLITE {
        transaction.execute_batch(step.sql)?;
        transaction.execute_batch(&schema::insert_version(step.version))?;
    }
    job.runtime.block_on(rows(&target, &transaction, job))?;
    transaction.commit()?;
    to.close().map_err(|(_, error)| error)?;
    Ok(Origin::Postgres)
}

async fn rows(target: &Target, to: &Connection, job: &Job<'_>) -> Result<(), BackupError> {
    let client = target.connect().await?;
    client.batch_execute(&format!("{SNAPSHOT}; {}", place::NO_TIMEOUTS)).await?;
    check_version(&client).await?;
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    let known: i64 = client.query_one(ROWS, &[&names]).await?.try_get(0)?;
    job.watch.begin("copying", Unit::Rows, known.try_into().unwrap_or_default());
    for table in &TABLES {
        stream(&client, table, to, job).await?;
    }
    client.batch_execute("COMMIT").await?;
    Ok(())
}

async fn check_version(client: &Client) -> Result<(), BackupError> {
    let known = schema::newest(POSTGRES);
    let stored: i64 = match client.query_one(IS_VIDIMUS, &[]).await?.try_get(0)? {
        true => client.query_one(schema::VERSION, &[]).await?.try_get(0)?,
        false => 0,
    };
    if schema::pending(POSTGRES, stored)?.is_empty() {
        return Ok(());
    }
    Err(BackupError::OldStore { stored, known })
}

async fn stream(
    client: &Client,
    table: &Table,
    to: &Connection,
    job: &Job<'_>,
) -> Result<(), BackupError> {
    let sql = format!("COPY ({}) TO STDOUT (FORMAT binary)", table.select());
    let copied = client.copy_out(&sql).await?;
    let mut rows = pin!(BinaryCopyOutStream::new(copied, &table.types()));
    let mut insert = to.prepare(&table.insert())?;
    let mut waiting = 0;
    while let Some(row) = rows.try_next().await? {
        for (at, (_, column)) in table.columns.iter().enumerate() {
            bind(&mut insert, at, *column, &row)?;
        }
        insert.raw_execute()?;
        waiting += 1;
        if waiting == BATCH_ROWS {
            job.watch.step(waiting)?;
            job.watch.rest(RESTS);
            waiting = 0;
        }
    }
    Ok(job.watch.step(waiting)?)
}

fn bind(
    insert: &mut Statement<'_>,
    at: usize,
    column: Column,
    row: &BinaryCopyOutRow,
) -> Result<(), BackupError> {
    let place = at + 1;
    match column {
        Column::Big => insert.raw_bind_parameter(place, row.try_get::<Option<i64>>(at)?)?,
        Column::Small => insert.raw_bind_parameter(place, row.try_get::<Option<i16>>(at)?)?,
        Column::Flag => insert.raw_bind_parameter(place, row.try_get::<Option<bool>>(at)?)?,
        Column::Text => match row.try_get::<Option<&str>>(at)? {
            Some(text) => insert.raw_bind_parameter(place, text)?,
            None => insert.raw_bind_parameter(place, Null)?,
        },
        Column::Bytes => match row.try_get::<Option<&[u8]>>(at)? {
            Some(bytes) => insert.raw_bind_parameter(place, bytes)?,
            None => insert.raw_bind_parameter(place, Null)?,
        },
    }
    Ok(())
}
