//! The ten tables as both databases have them, column by column.

use rusqlite::Connection;
use tokio_postgres::types::Type;

use crate::backup::BackupError;

pub struct Table {
    pub name: &'static str,
    /// In the order of its own tree, so that whoever writes it writes at the end.
    pub order: &'static str,
    pub columns: &'static [(&'static str, Column)],
}

/// What PostgreSQL has for it; SQLite has integers, texts and blobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    Big,
    Small,
    Flag,
    Text,
    Bytes,
}

use Column::{Big, Bytes, Flag, Small, Text};

pub const TABLES: [Table; 10] = [
    Table {
        name: "object",
        order: "key",
        columns: &[
            ("key", Big),
            ("tenant", Big),
            ("kind", Text),
            ("version", Big),
            ("disabled", Flag),
            ("not_before", Big),
            ("doc", Text),
            ("expires_at", Big),
        ],
    },
    Table {
        name: "name",
        order: "tenant, space, name, object",
        columns: &[("tenant", Big), ("space", Small), ("name", Text), ("object", Big)],
    },
    Table {
        name: "token",
        order: "key",
        columns: &[
            ("key", Big),
            ("tenant", Big),
            ("kind", Small),
            ("hash", Bytes),
            ("client", Big),
            ("user_key", Big),
            ("family", Big),
            ("scope", Text),
            ("audience", Text),
            ("issued_at", Big),
            ("expires_at", Big),
            ("not_before", Big),
            ("revocation", Text),
            ("confirmation", Text),
            ("kid", Text),
        ],
    },
    Table {
        name: "family",
        order: "key",
        columns: &[
            ("key", Big),
            ("tenant", Big),
            ("client", Big),
            ("user_key", Big),
            ("expires_at", Big),
            ("revocation", Text),
            ("authentication", Text),
        ],
    },
    Table {
        name: "locator",
        order: "digest, tenant",
        columns: &[("digest", Bytes), ("tenant", Big), ("token", Big), ("expires_at", Big)],
    },
    Table {
        name: "ticket",
        order: "key",
        columns: &[
            ("key", Big),
            ("tenant", Big),
            ("version", Big),
            ("hash", Bytes),
            ("alias", Bytes),
            ("expires_at", Big),
            ("doc", Text),
            ("owner", Big),
            ("due_at", Big),
        ],
    },
    Table {
        name: "root_client",
        order: "client_id",
        columns: &[("client_id", Text), ("tenant", Big)],
    },
    Table {
        name: "link",
        order: "number",
        columns: &[
            ("number", Big),
            ("entry", Big),
            ("digest", Bytes),
            ("chain", Bytes),
            ("expires_at", Big),
        ],
    },
    Table {
        name: "used",
        order: "tenant, object",
        columns: &[("tenant", Big), ("object", Big), ("at", Big)],
    },
    Table {
        name: "once",
        order: "tenant, space, digest",
        columns: &[("tenant", Big), ("space", Small), ("digest", Bytes), ("expires_at", Big)],
    },
];

impl Table {
    pub fn list(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    pub fn select(&self) -> String {
        format!("SELECT {} FROM {} ORDER BY {}", self.list(), self.name, self.order)
    }

    /// Into SQLite.
    pub fn insert(&self) -> String {
        let marks = vec!["?"; self.columns.len()].join(", ");
        format!("INSERT INTO {} ({}) VALUES ({marks})", self.name, self.list())
    }

    pub fn types(&self) -> Vec<Type> {
        let of = |column: &Column| match column {
            Big => Type::INT8,
            Small => Type::INT2,
            Flag => Type::BOOL,
            Text => Type::TEXT,
            Bytes => Type::BYTEA,
        };
        self.columns.iter().map(|(_, column)| of(column)).collect()
    }

    pub fn count(&self, connection: &Connection) -> Result<u64, BackupError> {
        let sql = format!("SELECT count(*) FROM {}", self.name);
        let count: i64 = connection.query_row(&sql, (), |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }
}

/// Whether a row of any of them is there.
pub fn any_row(connection: &Connection) -> Result<bool, BackupError> {
    for table in &TABLES {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", table.name);
        if connection.prepare(&sql)?.exists(())? {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::SQLITE;

    #[test]
    fn every_column_of_every_table_is_carried() {
        let db = Connection::open_in_memory().unwrap();
        SQLITE.iter().for_each(|step| db.execute_batch(step.sql).unwrap());
        let names = |sql: &str| -> Vec<String> {
            let mut select = db.prepare(sql).unwrap();
            let names = select.query_map((), |row| row.get(0)).unwrap();
            names.map(Result::unwrap).collect()
        };
        let mut tables: Vec<_> = TABLES.iter().map(|table| table.name.to_owned()).collect();
        tables.sort_unstable();
        assert_eq!(names("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY 1"), tables);
        for table in &TABLES {
            let sql = format!("SELECT name FROM pragma_table_info('{}') ORDER BY cid", table.name);
            let known: Vec<_> = table.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
            assert_eq!(names(&sql), known, "{}", table.name);
        }
    }
}
