//! What the tenant has already, by id: whether an import made it, and in which version it stands.

use std::collections::HashMap;

use reqwest::Method;
use serde_json::Value;

use super::finding::Noun;
use crate::{admin::AdminClient, failure::Failure};

const PAGE_SIZE: u32 = 500;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct There {
    pub version: i64,
    pub is_imported: bool,
}

impl There {
    pub fn of(view: &Value) -> Self {
        Self {
            version: view.get("version").and_then(Value::as_i64).unwrap_or_default(),
            is_imported: view.get("imported") == Some(&Value::Bool(true)),
        }
    }
}

#[derive(Default)]
pub struct Standing(HashMap<(Noun, String), There>);

impl Standing {
    /// # Errors
    /// There is no such tenant, or the server does not answer.
    pub async fn of(server: &AdminClient, tenant: &str) -> Result<Self, Failure> {
        let known = server.try_ask(Method::GET, &["tenants", tenant], None).await?;
        known.map_err(|refusal| {
            Failure::refused(format!(
                "tenant {tenant}: {} If it is to be new: vidimus tenant create {tenant}",
                refusal.message
            ))
        })?;
        let mut standing = Self::default();
        for noun in Noun::ALL {
            standing.list(noun, server, tenant).await?;
        }
        Ok(standing)
    }

    async fn list(
        &mut self,
        noun: Noun,
        server: &AdminClient,
        tenant: &str,
    ) -> Result<(), Failure> {
        let path = ["tenants", tenant, noun.route()];
        let mut after = None;
        loop {
            let page = server.page(&path, after.as_deref(), PAGE_SIZE).await?;
            for item in page.get("items").and_then(Value::as_array).into_iter().flatten() {
                if let Some(id) = item.get(noun.id_key()).and_then(Value::as_str) {
                    self.0.insert((noun, id.to_owned()), There::of(item));
                }
            }
            after = page.get("next").and_then(Value::as_str).map(str::to_owned);
            if after.is_none() {
                return Ok(());
            }
        }
    }

    pub fn get(&self, noun: Noun, id: &str) -> Option<There> {
        self.0.get(&(noun, id.to_owned())).copied()
    }

    #[cfg(test)]
    pub fn with(noun: Noun, id: &str, there: There) -> Self {
        Self(HashMap::from([((noun, id.to_owned()), there)]))
    }
}
