//! Since when the keys sign that sign now, for the gauge by which an operator sees that they rotate.

use vidimus_core::{
    engine::Store,
    error::Fault,
    facts::Space,
    model::{Named, SigningKey, Tenant},
    rotation::{State, state},
    row_key::RowKey,
    time::Time,
};

/// Each is a series.
const TENANTS_MAX: u32 = 100;
/// A tenant has a few of each algorithm.
const KEYS_MAX: u32 = 100;

/// Tenant, algorithm, moment; of the first tenants by name.
///
/// # Errors
/// The store cannot be asked.
pub async fn key_ages<S: Store>(
    store: &S,
    now: Time,
) -> Result<Vec<(String, String, Time)>, Fault> {
    let mut ages = Vec::new();
    for tenant in store.page(RowKey::ROOT, Space::Tenant, "", TENANTS_MAX).await? {
        let Some(of): Option<Named<'_, Tenant>> = Named::of(&tenant) else { continue };
        let kept = store.page(tenant.key, Space::SigningKey, "", KEYS_MAX).await?;
        let keys: Vec<Named<'_, SigningKey>> = kept.iter().filter_map(Named::of).collect();
        for key in &keys {
            if state(*key, &keys, of.body, now) == State::Signing {
                let alg = key.algorithm.as_str().to_owned();
                ages.push((of.id().to_owned(), alg, key.signs_from));
            }
        }
    }
    Ok(ages)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use vidimus_core::{
        model::{Body, Object, SigningAlgorithm, Standing},
        outcome::{Change, Write},
    };
    use vidimus_store::memory::Memory;

    use super::*;

    const NOW: Time = Time::from_seconds(1_800_000_000);

    fn object(key: i64, tenant: RowKey, body: Body) -> Write {
        let standing = Standing::default();
        let object =
            Object { key: RowKey(key), tenant, version: 1, standing, expires_at: None, body };
        Write { tenant, change: Change::Create(Arc::new(object)) }
    }

    fn key(number: i64, signs_from: Time) -> Write {
        let key = SigningKey {
            kid: format!("k{number}"),
            slot: format!("ES256#{number}"),
            algorithm: SigningAlgorithm::ES256,
            sealed: String::new(),
            public: json!({}),
            made_at: signs_from,
            signs_from,
            revoked_at: None,
        };
        object(100 + number, RowKey(1), Body::SigningKey(key))
    }

    #[tokio::test]
    async fn of_each_algorithm_it_is_the_key_that_signs_now() {
        let store = Memory::default();
        let tenant: Tenant = serde_json::from_value(json!({"id": "default"})).unwrap();
        let writes = vec![
            object(1, RowKey::ROOT, Body::Tenant(tenant)),
            key(1, NOW.plus_seconds(-100)),
            key(2, NOW.plus_seconds(-50)),
            key(3, NOW.plus_seconds(50)),
        ];
        store.commit(writes).await.unwrap();
        let expected = ("default".to_owned(), "ES256".to_owned(), NOW.plus_seconds(-50));
        assert_eq!(key_ages(&store, NOW).await, Ok(vec![expected]));
    }
}
