//! The look at one token and at the epochs, of many requests at once: whatever has queued while
//! the statement before was under way goes into the next. Alone, a request waits for nobody.

use tokio::sync::{mpsc, oneshot};
use tokio_postgres::{Client, Error, Row, Statement, types::Type};
use vidimus_core::{error::Fault, facts::TokenRef, row_key::RowKey};

use crate::postgres::{
    cache::{Epoch, Epochs},
    column, fault,
};

/// Of each tenant and token that is asked for: the epochs, whose the token is, the token where it is
/// the tenant's, and its family. Each is looked up by itself: OFFSET 0 keeps the planner from joining tables instead, as
/// it might while they are small.
macro_rules! glance {
    ($asked:literal, $elsewhere:literal, $token:literal) => {
        concat!(
            "SELECT a.place, (SELECT value FROM epoch WHERE tenant = 0), \
             (SELECT e.value FROM epoch e WHERE e.tenant = a.tenant), ",
            $elsewhere,
            ", t.key, t.kind, t.hash, t.client, t.user_key, t.scope, t.audience, \
             t.issued_at, t.expires_at, t.not_before, t.revocation, t.confirmation, t.kid, \
             t.family, f.client, f.user_key, f.expires_at, f.revocation, f.authentication \
             FROM unnest($1, $2) WITH ORDINALITY AS a (tenant, ",
            $asked,
            ", place) LEFT JOIN LATERAL (",
            $token,
            " OFFSET 0) t ON true LEFT JOIN LATERAL (SELECT * FROM family \
             WHERE family.tenant = t.tenant AND family.key = t.family OFFSET 0) f ON true"
        )
    };
}

const BY_KEY: &str = glance!(
    "key",
    "coalesce(t.tenant, \
     (SELECT e.tenant FROM token e WHERE e.tenant <> a.tenant AND e.key = a.key))",
    "SELECT * FROM token WHERE token.tenant = a.tenant AND token.key = a.key"
);

const BY_DIGEST: &str = glance!(
    "digest",
    "coalesce(t.tenant, (SELECT l.tenant FROM locator l \
     JOIN token e ON e.tenant = l.tenant AND e.key = l.token \
     WHERE l.digest = a.digest AND l.tenant <> a.tenant LIMIT 1))",
    "SELECT token.* FROM locator l JOIN token ON token.tenant = l.tenant AND token.key = l.token \
     WHERE l.digest = a.digest AND l.tenant = a.tenant"
);

/// Looks in one statement. More would make the first wait for the last.
pub const BATCH_MAX: usize = 64;

/// Looks that wait on one connection.
pub const QUEUE_MAX: usize = 4096;

pub struct Ask {
    pub tenant: RowKey,
    pub token: Option<TokenRef>,
    pub answer: oneshot::Sender<Result<Row, Fault>>,
}

/// Where its columns begin.
pub const TOKEN: usize = 4;

pub fn epochs(row: &Row) -> Result<Option<Epochs>, Fault> {
    let epoch = |at| column::<Option<i64>>(row, at).map(|epoch| epoch.map(Epoch));
    let (root, tenant) = (epoch(1)?, epoch(2)?);
    Ok(root.zip(tenant).map(|(root, tenant)| Epochs { root, tenant }))
}

/// The tenant of the token that was found, whose ever it is.
pub fn owner(row: &Row) -> Result<Option<RowKey>, Fault> {
    Ok(column::<Option<i64>>(row, 3)?.map(RowKey))
}

/// Until nobody can ask any more.
pub async fn answer(client: &Client, mut asks: mpsc::Receiver<Ask>) {
    let (mut by_key, mut by_digest) = (Lane::new(By::Key), Lane::new(By::Digest));
    let mut batch = Vec::new();
    while asks.recv_many(&mut batch, BATCH_MAX).await > 0 {
        // Whoever can ask at this moment does so first, and comes along.
        tokio::task::yield_now().await;
        while batch.len() < BATCH_MAX
            && let Ok(ask) = asks.try_recv()
        {
            batch.push(ask);
        }
        for ask in batch.drain(..) {
            match ask.token {
                Some(TokenRef::Digest(_)) => by_digest.asks.push(ask),
                Some(TokenRef::Key(_)) | None => by_key.asks.push(ask),
            }
        }
        tokio::join!(by_key.run(client), by_digest.run(client));
    }
}

#[derive(Clone, Copy)]
enum By {
    Key,
    Digest,
}

/// One of the two statements, and who waits for it.
struct Lane {
    by: By,
    statement: Option<Statement>,
    asks: Vec<Ask>,
}

impl Lane {
    const fn new(by: By) -> Self {
        Self { by, statement: None, asks: Vec::new() }
    }

    async fn run(&mut self, client: &Client) {
        // Whoever has gone meanwhile is not asked for.
        self.asks.retain(|ask| !ask.answer.is_closed());
        if self.asks.is_empty() {
            return;
        }
        match self.query(client).await {
            Ok(rows) => self.hand_out(rows),
            Err(error) => {
                let text = fault(error).to_string();
                for ask in self.asks.drain(..) {
                    let _ = ask.answer.send(Err(Fault::Unavailable(text.clone())));
                }
            }
        }
    }

    async fn statement(&mut self, client: &Client) -> Result<Statement, Error> {
        if let Some(statement) = &self.statement {
            return Ok(statement.clone());
        }
        let (sql, asked) = match self.by {
            By::Key => (BY_KEY, Type::INT8_ARRAY),
            By::Digest => (BY_DIGEST, Type::BYTEA_ARRAY),
        };
        let statement = client.prepare_typed(sql, &[Type::INT8_ARRAY, asked]).await?;
        Ok(self.statement.insert(statement).clone())
    }

    async fn query(&mut self, client: &Client) -> Result<Vec<Row>, Error> {
        let statement = self.statement(client).await?;
        let tenants: Vec<i64> = self.asks.iter().map(|ask| ask.tenant.0).collect();
        match self.by {
            By::Key => {
                let keys: Vec<Option<i64>> = self.asks.iter().map(Ask::key).collect();
                client.query(&statement, &[&tenants, &keys]).await
            }
            By::Digest => {
                let digests: Vec<Option<&[u8]>> = self.asks.iter().map(Ask::digest).collect();
                client.query(&statement, &[&tenants, &digests]).await
            }
        }
    }

    fn hand_out(&mut self, rows: Vec<Row>) {
        let mut asks: Vec<Option<Ask>> = self.asks.drain(..).map(Some).collect();
        for row in rows {
            let place = column::<i64>(&row, 0).ok().and_then(|place| usize::try_from(place).ok());
            let place = place.and_then(|place| place.checked_sub(1));
            if let Some(ask) = place.and_then(|place| asks.get_mut(place)?.take()) {
                let _ = ask.answer.send(Ok(row));
            }
        }
    }
}

impl Ask {
    const fn key(&self) -> Option<i64> {
        match &self.token {
            Some(TokenRef::Key(key)) => Some(key.0),
            Some(TokenRef::Digest(_)) | None => None,
        }
    }

    fn digest(&self) -> Option<&[u8]> {
        match &self.token {
            Some(TokenRef::Digest(digest)) => Some(digest),
            Some(TokenRef::Key(_)) | None => None,
        }
    }
}
