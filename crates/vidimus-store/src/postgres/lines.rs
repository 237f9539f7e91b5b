//! The few shared connections that all reads share, and their replacement when lost.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{sync::mpsc, task::AbortHandle};
use tokio_postgres::{Client, Row, Statement, types::Type};
use vidimus_core::{error::Fault, facts::TokenRef, row_key::RowKey};

use crate::postgres::{
    connect::{SETTINGS, Target},
    fault,
    glance::{self, Ask},
};

/// For glances, which go together: the second of them only while a whole batch waits for the first.
const GLANCING: usize = 2;
/// And for looks that may take longer.
const LINES: usize = GLANCING + 2;

/// From question to answer, connecting included. An answer later than this is worth nothing.
const READ_TIMEOUT: Duration = Duration::from_millis(1500);

pub struct Lines {
    target: Arc<Target>,
    slots: Vec<Arc<Slot>>,
    next: AtomicUsize,
}

#[derive(Default)]
struct Slot {
    line: Mutex<Option<Arc<Line>>>,
    opening: tokio::sync::Mutex<()>,
    attempts: AtomicU64,
}

pub struct Line {
    pub client: Arc<Client>,
    statements: Mutex<HashMap<u32, Statement>>,
    asks: mpsc::Sender<Ask>,
    answering: AbortHandle,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.answering.abort();
    }
}

impl Line {
    fn new(client: Client) -> Self {
        let client = Arc::new(client);
        let (asks, asked) = mpsc::channel(glance::QUEUE_MAX);
        let asking = Arc::clone(&client);
        let task = tokio::spawn(async move { glance::answer(&asking, asked).await });
        Self { client, statements: Mutex::default(), asks, answering: task.abort_handle() }
    }

    async fn glance(&self, tenant: RowKey, token: Option<TokenRef>) -> Result<Row, Fault> {
        let (answer, answered) = tokio::sync::oneshot::channel();
        self.asks
            .try_send(Ask { tenant, token, answer })
            .map_err(|_| Fault::Busy("the queue for PostgreSQL"))?;
        answered
            .await
            .map_err(|_| Fault::Unavailable("connection to PostgreSQL lost".to_owned()))?
    }

    fn is_full(&self) -> bool {
        self.asks.max_capacity() - self.asks.capacity() >= glance::BATCH_MAX
    }

    /// Prepared when it is first asked for on this connection.
    pub async fn statement(
        &self,
        number: u32,
        types: &[Type],
        sql: impl FnOnce() -> String,
    ) -> Result<Statement, Fault> {
        let known = {
            let statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
            statements.get(&number).cloned()
        };
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare_typed(&sql(), types).await.map_err(fault)?;
        let mut statements = self.statements.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(statements.entry(number).or_insert(statement).clone())
    }
}

impl Lines {
    pub fn new(target: Arc<Target>) -> Self {
        let slots = (0..LINES).map(|_| Arc::default()).collect();
        Self { target, slots, next: AtomicUsize::new(0) }
    }

    /// The epochs, and one token, whose ever it is.
    pub async fn glance(&self, tenant: RowKey, token: Option<TokenRef>) -> Result<Row, Fault> {
        let is_full = |slot: &Arc<Slot>| slot.line().is_some_and(|line| line.is_full());
        let turn = self.slots.iter().take(GLANCING - 1).take_while(|slot| is_full(slot)).count();
        self.on(turn, async |line| line.glance(tenant, token).await).await
    }

    pub async fn read<T, R>(&self, read: impl FnOnce(Arc<Line>) -> R) -> Result<T, Fault>
    where
        R: Future<Output = Result<T, Fault>>,
    {
        let turn = GLANCING + self.next.fetch_add(1, Relaxed) % (LINES - GLANCING);
        self.on(turn, read).await
    }

    async fn on<T, R>(&self, turn: usize, read: impl FnOnce(Arc<Line>) -> R) -> Result<T, Fault>
    where
        R: Future<Output = Result<T, Fault>>,
    {
        let slot = self.slots.get(turn).ok_or(Fault::Contention)?;
        let answer = async {
            let line = match slot.line() {
                Some(line) => line,
                None => self.open(slot).await?,
            };
            read(line).await
        };
        tokio::time::timeout(READ_TIMEOUT, answer).await.unwrap_or_else(|_| {
            slot.set(None);
            Err(Fault::Unavailable("PostgreSQL did not answer in time".to_owned()))
        })
    }

    /// In a task of its own: a caller whose time is up must not take the attempt with it, or the
    /// second of two hosts would never be reached while the first is silent.
    async fn open(&self, slot: &Arc<Slot>) -> Result<Arc<Line>, Fault> {
        let (target, slot) = (Arc::clone(&self.target), Arc::clone(slot));
        let opened = tokio::spawn(async move { slot.open(&target).await });
        opened.await.map_err(|error| Fault::Unavailable(error.to_string()))?
    }
}

impl Slot {
    fn line(&self) -> Option<Arc<Line>> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.as_ref().filter(|line| !line.client.is_closed()).cloned()
    }

    fn set(&self, line: Option<Arc<Line>>) {
        *self.line.lock().unwrap_or_else(PoisonError::into_inner) = line;
    }

    /// One attempt at a time; who waited for one that failed has failed with it.
    async fn open(&self, target: &Target) -> Result<Arc<Line>, Fault> {
        let attempts = self.attempts.load(Relaxed);
        let _opening = self.opening.lock().await;
        if let Some(line) = self.line() {
            return Ok(line);
        }
        if self.attempts.load(Relaxed) != attempts {
            return Err(Fault::Unavailable("PostgreSQL cannot be reached".to_owned()));
        }
        let connected = async {
            let client = target.connect().await?;
            client.batch_execute(SETTINGS).await.map_err(fault)?;
            Ok(Arc::new(Line::new(client)))
        };
        let line = connected.await;
        self.attempts.fetch_add(1, Relaxed);
        self.set(line.as_ref().ok().cloned());
        line
    }
}
