//! What is kept by a tenant's id, and not by its key: it outlives the tenant, and whoever administers
//! the next one of that id is not told of it.

use serde_json::Value;
use vidimus_core::{
    error::{ErrorCode, OAuthError},
    row_key::RowKey,
    time::Time,
};

use super::routes::Action;

/// The reply without what is older than the tenant.
///
/// # Errors
/// `not_found`, where it is about nothing else.
pub fn since(action: Action, mut reply: Value, made_at: Time) -> Result<Value, OAuthError> {
    let is_later: fn(&Value, Time) -> bool = match action {
        Action::Audit => entered_since,
        Action::RequestsOf | Action::RequestOf => asked_since,
        _ => return Ok(reply),
    };
    if let Some(items) = reply.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|item| is_later(item, made_at));
    } else if !is_later(&reply, made_at) {
        return Err(OAuthError::new(ErrorCode::NotFound, "There is no such request."));
    }
    Ok(reply)
}

/// By the entry's own key, which its id is counted down from: its moment is told in seconds.
fn entered_since(entry: &Value, made_at: Time) -> bool {
    let id = entry.get("id").and_then(Value::as_str).and_then(|id| id.parse::<i64>().ok());
    id.is_some_and(|id| RowKey(i64::MAX.saturating_sub(id)).made_at() >= made_at)
}

fn asked_since(request: &Value, made_at: Time) -> bool {
    let at = request.get("time").and_then(Value::as_i64);
    at.is_some_and(|at| at >= made_at.seconds())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sec_208_what_is_older_than_the_tenant_is_not_its_own() {
        let made_at = Time(1_800_000_000_500);
        let entry = |ms: i64| {
            let key = RowKey::earliest(Time(made_at.0 + ms));
            json!({"id": format!("{:019}", i64::MAX - key.0)})
        };
        let list = json!({"items": [entry(1), entry(0), entry(-1)], "next": null});
        let shown = since(Action::Audit, list.clone(), made_at).unwrap();
        assert_eq!(shown["items"].as_array().unwrap().len(), 2);
        let old = json!({"time": 1_799_999_999});
        assert!(since(Action::RequestOf, old.clone(), made_at).is_err());
        let shown = since(Action::RequestsOf, json!({"items": [old]}), made_at).unwrap();
        assert_eq!(shown, json!({"items": []}));
        assert_eq!(since(Action::Tokens, list.clone(), made_at).unwrap(), list);
    }
}
