//! Tenants by the thousand, each with a resource server, clients and one token: copies of one that the
//! admin API has made, under other names, keys and hashes.

use std::path::Path;

use base64::{Engine, engine::general_purpose::STANDARD};
use rusqlite::{Connection, params};
use vidimus_core::{
    model::TokenKind,
    row_key::RowKey,
    token_format::{self, Shape},
    vault::Vault,
};

/// What the copies are made from, as the admin API was told to make it.
pub const TEMPLATE: &str = "t-template";
pub const CLIENT: &str = "c-template";
pub const RESOURCE_SERVER: &str = "api";

pub struct Template {
    pub client_secret: String,
    pub api_secret: String,
    pub audience: &'static str,
}

struct Object {
    key: i64,
    kind: String,
    doc: String,
    /// Space and name.
    names: Vec<(i64, String)>,
}

pub struct Filler<'a> {
    db: Connection,
    vault: Vault,
    template: &'a Template,
    next_key: i64,
    tenant: Object,
    client: Object,
    api: Object,
}

impl<'a> Filler<'a> {
    pub fn open(file: &Path, master_key: &str, template: &'a Template) -> Self {
        let db = Connection::open(file).expect("the file");
        db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;").expect("set");
        let bytes = STANDARD.decode(master_key).expect("base64");
        let vault = Vault::new(&bytes.try_into().expect("32 bytes"));
        let next_key: i64 =
            db.query_row("SELECT max(key) FROM object", [], |row| row.get(0)).expect("objects");
        let tenant = object(&db, 0, TEMPLATE);
        let (client, api) =
            (object(&db, tenant.key, CLIENT), object(&db, tenant.key, RESOURCE_SERVER));
        Self { db, vault, template, next_key, tenant, client, api }
    }

    /// The tokens of the tenants, in order: `t-0`, `t-1`….
    pub fn fill(mut self, tenants: u32, clients: u32) -> Vec<String> {
        self.db.execute_batch("BEGIN").expect("begun");
        let tokens = (0..tenants).map(|number| self.tenant(number, clients)).collect();
        let done = "COMMIT; PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);";
        self.db.execute_batch(done).expect("committed");
        tokens
    }

    fn tenant(&mut self, number: u32, clients: u32) -> String {
        let key = self.key();
        self.copy(&self.tenant, 0, key, &[(TEMPLATE, &format!("t-{number}"))]);
        let api = self.key();
        self.copy_with_secret(&self.api, key, api, &self.template.api_secret, &[]);
        let mut first = 0;
        for client in 0..clients {
            let own = self.key();
            let name = format!("c-{client}");
            let secret = &self.template.client_secret;
            self.copy_with_secret(&self.client, key, own, secret, &[(CLIENT, &name)]);
            first = own;
        }
        self.token(key, first)
    }

    fn key(&mut self) -> i64 {
        self.next_key += 1;
        self.next_key
    }

    fn copy_with_secret(
        &self,
        object: &Object,
        tenant: i64,
        key: i64,
        secret: &str,
        renamed: &[(&str, &str)],
    ) {
        let hash = |tenant, owner| self.vault.secret_hash(RowKey(tenant), RowKey(owner), secret);
        let (before, after) = (hash(self.tenant.key, object.key), hash(tenant, key));
        let renamed = [renamed, &[(before.as_str(), after.as_str())]].concat();
        self.copy(object, tenant, key, &renamed);
    }

    fn copy(&self, object: &Object, tenant: i64, key: i64, renamed: &[(&str, &str)]) {
        let rename = |text: &str| {
            renamed.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
        };
        let mut insert = self
            .db
            .prepare_cached(
                "INSERT INTO object (key, tenant, kind, version, disabled, not_before, doc) \
                 VALUES (?1, ?2, ?3, 1, 0, 0, ?4)",
            )
            .expect("a statement");
        insert.execute(params![key, tenant, object.kind, rename(&object.doc)]).expect("an object");
        let mut name = self
            .db
            .prepare_cached(
                "INSERT INTO name (tenant, space, name, object) VALUES (?1, ?2, ?3, ?4)",
            )
            .expect("a statement");
        for (space, text) in &object.names {
            // Some names are the key itself.
            let own = text.parse() == Ok(object.key);
            let text = if own { key.to_string() } else { rename(text) };
            name.execute(params![tenant, space, text, key]).expect("a name");
        }
    }

    fn token(&mut self, tenant: i64, client: i64) -> String {
        let key = RowKey(self.key());
        let mut secret = [7; 32];
        secret[..8].copy_from_slice(&key.0.to_le_bytes());
        let text =
            token_format::mint(Shape::Native, TokenKind::Access, RowKey(tenant), key, &secret);
        let hash = self.vault.token_hash(RowKey(tenant), text.expose());
        let (issued, day) = (key.made_at().0, 86_400_000);
        let audience = format!("[{:?}]", self.template.audience);
        let mut insert = self
            .db
            .prepare_cached(
                "INSERT INTO token (key, tenant, kind, hash, client, scope, audience, issued_at, \
                 expires_at) VALUES (?1, ?2, 1, ?3, ?4, 'read', ?5, ?6, ?7)",
            )
            .expect("a statement");
        insert
            .execute(params![key.0, tenant, hash, client, audience, issued, issued + day])
            .expect("a token");
        text.expose().to_owned()
    }
}

fn object(db: &Connection, tenant: i64, name: &str) -> Object {
    let found = "SELECT o.key, o.kind, o.doc FROM object o JOIN name n \
                 ON n.tenant = o.tenant AND n.object = o.key WHERE o.tenant = ?1 AND n.name = ?2";
    let (key, kind, doc) = db
        .query_row(found, params![tenant, name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap_or_else(|fault| panic!("{name}: {fault}"));
    let mut names = db
        .prepare("SELECT space, name FROM name WHERE tenant = ?1 AND object = ?2")
        .expect("a statement");
    let names = names
        .query_map(params![tenant, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("names")
        .map(|name| name.expect("a name"))
        .collect();
    Object { key, kind, doc, names }
}
