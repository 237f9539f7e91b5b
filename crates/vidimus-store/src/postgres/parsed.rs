//! Documents parsed before, by key and version: a version never changes, so it is parsed once for
//! each connection. Every look still asks the database which version there is.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use vidimus_core::{error::Fault, model::Object};

use crate::codec::ObjectColumns;

const ENTRIES_MAX: usize = 4096;

/// Of one connection, and gone with it: a database that was restored behind our back may count
/// its versions anew, but not without cutting us off.
#[derive(Default)]
pub struct Parsed(Mutex<HashMap<i64, Arc<Object>>>);

impl Parsed {
    pub fn decode(&self, columns: ObjectColumns<'_>) -> Result<Arc<Object>, Fault> {
        let same = |object: &&Arc<Object>| {
            object.version == columns.version
                && object.tenant.0 == columns.tenant
                && object.standing.disabled == columns.disabled
                && object.standing.not_before.0 == columns.not_before
                && object.expires_at.map(|time| time.0) == columns.expires_at
        };
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(object) = known.get(&columns.key).filter(same) {
                return Ok(Arc::clone(object));
            }
        }
        let object = columns.decode()?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= ENTRIES_MAX {
            known.clear();
        }
        known.insert(object.key.0, Arc::clone(&object));
        Ok(object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(version: i64, doc: &str) -> ObjectColumns<'_> {
        let (disabled, not_before, expires_at) = (false, 0, None);
        ObjectColumns { key: 7, tenant: 1, version, disabled, not_before, expires_at, doc }
    }

    #[test]
    fn a_version_is_parsed_once_and_another_anew() {
        let parsed = Parsed::default();
        let doc = r#"{"kind":"user","username":"a"}"#;
        let first = parsed.decode(columns(1, doc)).unwrap();
        let again = parsed.decode(columns(1, "not read")).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let changed = parsed.decode(columns(2, &doc.replace("\"a\"", "\"b\""))).unwrap();
        assert_eq!((changed.version, changed.id()), (2, "b"));
        let disabled = ObjectColumns { disabled: true, ..columns(2, doc) };
        assert!(parsed.decode(disabled).unwrap().standing.disabled);
        assert!(parsed.decode(columns(3, "broken")).is_err());
    }
}
