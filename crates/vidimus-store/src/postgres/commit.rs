//! Writes to PostgreSQL in one round trip.

// A lone statement commits by itself and is judged by its row count. Several are sent at once as
// BEGIN, statements, COMMIT without waiting in between; there the judgement must happen on the
// server, so each statement fails where its condition does not hold (see `Step::guarded`), and
// the COMMIT behind a failed statement rolls back. One statement with a CTE per write would need
// no BEGIN, but its parts do not see each other's rows, and writes build on each other.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};

use deadpool_postgres::Object;
use futures_util::future::{MaybeDone, maybe_done};
use tokio_postgres::{Error, Statement, error::SqlState, types::ToSql};
use vidimus_core::{
    error::Fault,
    outcome::{Change, Committed, Write},
};

use crate::postgres::{
    change::{self, Step},
    fault,
};

/// Statements sent before the first answer is read. Larger commits take several round trips.
const PIPELINE_MAX: usize = 64;

/// Longer than the server gives a statement, so that its word is heard if there is one.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(6);

type Sent<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + Send + 'a>>;

/// A pooled connection that goes back only when its transaction is known to be over. Dropped
/// before, it is closed, and the server rolls back. After a fault as well: it may be a connection
/// to a host that no longer takes writes.
struct Lease(Option<Object>);

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(Object::take(connection));
        }
    }
}

pub async fn commit(connection: Object, mut writes: Vec<Write>) -> Result<Committed, Fault> {
    sort_cuts(&mut writes);
    let mut steps = Vec::with_capacity(writes.len());
    for write in writes {
        steps.extend(change::steps(write)?);
    }
    match steps.as_slice() {
        [] => Ok(Committed::Done),
        [step] => single(connection, step).await,
        _ => transaction(connection, &steps).await,
    }
}

/// Two that cut off the same families in different orders would wait for each other's rows until
/// one of them is refused. What follows on one another goes in the order of the keys.
fn sort_cuts(writes: &mut [Write]) {
    let cut = |write: &Write| match write.change {
        Change::CutFamily { key, .. } => Some(key),
        _ => None,
    };
    for run in writes.chunk_by_mut(|one, next| cut(one).is_some() && cut(next).is_some()) {
        run.sort_by_key(cut);
    }
}

async fn single(connection: Object, step: &Step) -> Result<Committed, Fault> {
    let mut lease = Lease(Some(connection));
    let Some(connection) = &lease.0 else { return Err(Fault::Contention) };
    let run = async {
        let statement = connection.prepare_cached(step.plain()).await?;
        connection.execute(&statement, &params(step)).await
    };
    let committed = match in_time(run).await? {
        Ok(rows) if step.holds(rows) => Committed::Done,
        Ok(_) => Committed::Conflict,
        Err(error) => lost(error)?,
    };
    lease.0.take();
    Ok(committed)
}

async fn transaction(connection: Object, steps: &[Step]) -> Result<Committed, Fault> {
    let mut lease = Lease(Some(connection));
    let Some(connection) = &lease.0 else { return Err(Fault::Contention) };
    let mut prepared = Vec::with_capacity(steps.len());
    for step in steps {
        let statement = in_time(connection.prepare_cached(&step.guarded())).await?;
        prepared.push((statement.map_err(fault)?, step));
    }
    let last = prepared.len().div_ceil(PIPELINE_MAX) - 1;
    for (number, part) in prepared.chunks(PIPELINE_MAX).enumerate() {
        let sent = pipeline(connection, part, number == 0, number == last);
        if let Some(error) = in_time(sent).await?.into_iter().find_map(Result::err) {
            if number < last && !connection.is_closed() {
                in_time(connection.batch_execute("ROLLBACK")).await?.map_err(fault)?;
            }
            let committed = lost(error)?;
            lease.0.take();
            return Ok(committed);
        }
    }
    lease.0.take();
    Ok(Committed::Done)
}

async fn pipeline(
    connection: &Object,
    part: &[(Statement, &Step)],
    begin: bool,
    commit: bool,
) -> Vec<Result<u64, Error>> {
    let mut sent: Vec<Sent<'_>> = Vec::new();
    let word = |word| async move { connection.batch_execute(word).await.map(|()| 0) };
    if begin {
        sent.push(Box::pin(word("BEGIN")));
    }
    for (statement, step) in part {
        sent.push(Box::pin(async move { connection.execute(statement, &params(step)).await }));
    }
    if commit {
        sent.push(Box::pin(word("COMMIT")));
    }
    in_order(sent).await
}

/// A query is sent when it is first polled. Here that is in the order given, always: a COMMIT
/// ahead of its statements would take them out of the transaction.
async fn in_order<F: Future + Unpin>(futures: Vec<F>) -> Vec<F::Output> {
    let mut futures: Vec<MaybeDone<F>> = futures.into_iter().map(maybe_done).collect();
    poll_fn(|cx| {
        let mut ready = true;
        for future in &mut futures {
            ready &= pin!(future).poll(cx).is_ready();
        }
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    futures.iter_mut().filter_map(|future| Pin::new(future).take_output()).collect()
}

fn params(step: &Step) -> Vec<&(dyn ToSql + Sync)> {
    step.params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect()
}

async fn in_time<T>(answer: impl Future<Output = T>) -> Result<T, Fault> {
    let late = |_| Fault::Unavailable("PostgreSQL did not answer in time".to_owned());
    tokio::time::timeout(ANSWER_TIMEOUT, answer).await.map_err(late)
}

/// A condition that did not hold (the guard's failing cast, or another transaction in the way)
/// is a lost race, not a fault.
fn lost(error: Error) -> Result<Committed, Fault> {
    let races = [
        SqlState::INVALID_TEXT_REPRESENTATION,
        SqlState::UNIQUE_VIOLATION,
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
    ];
    match error.code() {
        Some(code) if races.contains(code) => Ok(Committed::Conflict),
        _ => Err(fault(error)),
    }
}
