//! A backup becomes the rows of an empty PostgreSQL, in one transaction.

use std::{fs, pin::pin};

use rusqlite::{Connection, Row};
use tokio_postgres::{Client, binary_copy::BinaryCopyInWriter, types::ToSql};

use crate::{
    backup::{
        BackupError, Job, Restored, Tokens, Unit, check,
        manifest::{self, Counts},
        place, sweep,
        tables::{Column, TABLES, Table},
    },
    postgres::{connect::Target, schema as steps},
    schema::{self, SQLITE},
};

/// Between two looks at whether anybody still waits.
const BATCH_ROWS: u64 = 256;

pub fn restore(url: &str, job: &Job<'_>, tokens: Tokens) -> Result<Restored, BackupError> {
    if job.force {
        return Err(BackupError::NoForce);
    }
    let target = place::target(url)?;
    let manifest = check::manifest(job.file, job.vault)?;
    let known = schema::newest(SQLITE);
    if manifest.schema < known {
        return Err(BackupError::TooOld { stored: manifest.schema, known });
    }
    let mut from = check::open(job.file)?;
    manifest::stop_with(&mut from, &job.watch)?;
    let bytes = fs::metadata(job.file).map_err(|why| BackupError::File(job.file.into(), why))?;
    let bytes = bytes.len();
    check::integrity(&from, job.file, bytes, &job.watch)?;
    let counts = manifest::counts_of(&manifest, &from, &job.watch)?;
    check::same_rows(&manifest, &counts, job.file)?;
    let counts = job.runtime.block_on(fill(&target, &from, &counts, job, tokens))?;
    Ok(Restored { manifest, counts, bytes, put_aside: None })
}

/// The chain of the audit trail goes on where it was.
const LINK_HEAD: &str = "UPDATE link_head SET number = last.number, chain = last.chain FROM \
     (SELECT number, chain FROM link ORDER BY number DESC LIMIT 1) AS last";

/// A connection that goes before the commit takes everything back with it.
async fn fill(
    target: &Target,
    from: &Connection,
    counts: &Counts,
    job: &Job<'_>,
    tokens: Tokens,
) -> Result<Counts, BackupError> {
    steps::migrate(target).await?;
    let client = target.connect().await?;
    let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
    // A node that starts in this moment waits, and then finds the rows.
    let lock = format!(
        "BEGIN; {}; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE",
        place::NO_TIMEOUTS,
        names.join(", ")
    );
    client.batch_execute(&lock).await?;
    for table in &TABLES {
        let any = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if client.query_opt(&any, &[]).await?.is_some() {
            return Err(BackupError::NotEmpty("the database that store.url names".to_owned()));
        }
    }
    job.watch.begin("restoring", Unit::Rows, counts.values().sum());
    for table in &TABLES {
        stream(&client, table, from, job).await?;
    }
    client.batch_execute(LINK_HEAD).await?;
    let mut left = counts.clone();
    if tokens == Tokens::Cut {
        job.watch.begin("cutting off", Unit::Rows, 0);
        for statement in sweep::sweep(job.now) {
            client.batch_execute(&statement).await?;
        }
        for table in &TABLES {
            let count = format!("SELECT count(*) FROM {}", table.name);
            let count: i64 = client.query_one(&count, &[]).await?.try_get(0)?;
            left.insert(table.name.to_owned(), count.cast_unsigned());
        }
    }
    job.watch.begin("committing", Unit::Rows, 0);
    job.watch.step(0)?;
    // So that the first looks are planned for what is there now.
    client.batch_execute(&format!("ANALYZE {}; COMMIT", names.join(", "))).await?;
    Ok(left)
}

async fn stream(
    client: &Client,
    table: &Table,
    from: &Connection,
    job: &Job<'_>,
) -> Result<(), BackupError> {
    let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", table.name, table.list());
    let sink = client.copy_in(&sql).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, &table.types()));
    let mut select = from.prepare(&table.select())?;
    let mut rows = select.query(())?;
    let mut waiting = 0;
    while let Some(row) = rows.next()? {
        let values = values(row, table)?;
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| &**value as _).collect();
        writer.as_mut().write(&values).await?;
        waiting += 1;
        if waiting == BATCH_ROWS {
            job.watch.step(waiting)?;
            waiting = 0;
        }
    }
    writer.finish().await?;
    Ok(job.watch.step(waiting)?)
}

fn values<'row>(
    row: &'row Row<'_>,
    table: &Table,
) -> Result<Vec<Box<dyn ToSql + Sync + 'row>>, BackupError> {
    let mut values: Vec<Box<dyn ToSql + Sync>> = Vec::with_capacity(table.columns.len());
    for (at, (_, column)) in table.columns.iter().enumerate() {
        values.push(match column {
            Column::Big => Box::new(row.get::<_, Option<i64>>(at)?),
            Column::Small => Box::new(row.get::<_, Option<i16>>(at)?),
            Column::Flag => Box::new(row.get::<_, Option<bool>>(at)?),
            Column::Text => Box::new(text(row, at)?),
            Column::Bytes => Box::new(bytes(row, at)?),
        });
    }
    Ok(values)
}

fn text<'row>(row: &'row Row<'_>, at: usize) -> Result<Option<&'row str>, BackupError> {
    Ok(row.get_ref(at)?.as_str_or_null().map_err(rusqlite::Error::from)?)
}

fn bytes<'row>(row: &'row Row<'_>, at: usize) -> Result<Option<&'row [u8]>, BackupError> {
    Ok(row.get_ref(at)?.as_blob_or_null().map_err(rusqlite::Error::from)?)
}
