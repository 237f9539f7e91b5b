//! What `apply` did or would do, for people.

use std::fmt;

use serde_json::Value;

/// The reply of the operation: `{changes: [{action, kind, tenant, id, fields}], applied}`.
pub struct Diff<'a>(pub &'a Value);

impl fmt::Display for Diff<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes =
            self.0.get("changes").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        if changes.is_empty() {
            return writeln!(f, "nothing to do");
        }
        for change in changes {
            let member = |name| change.get(name).and_then(Value::as_str).unwrap_or("?");
            let (sign, kind) = (sign(member("action")), member("kind").replace('_', "-"));
            match member("kind") {
                "tenant" => write!(f, "{sign} tenant {}", member("id"))?,
                _ => write!(f, "{sign} {}: {kind} {}", member("tenant"), member("id"))?,
            }
            let fields = change.get("fields").and_then(Value::as_array);
            let fields: Vec<&str> =
                fields.into_iter().flatten().filter_map(Value::as_str).collect();
            if !fields.is_empty() {
                write!(f, " ({})", fields.join(", "))?;
            } else if member("action") == "update" {
                f.write_str(" (as it is; declared from now on)")?;
            }
            writeln!(f)?;
        }
        if self.0.get("applied") == Some(&Value::Bool(false)) {
            writeln!(f, "nothing was changed: this was a dry run")?;
        }
        Ok(())
    }
}

fn sign(action: &str) -> char {
    match action {
        "create" => '+',
        "delete" => '-',
        _ => '~',
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_for_each_change() {
        let reply = json!({"applied": false, "changes": [
            {"action": "create", "kind": "tenant", "tenant": "t", "id": "t", "fields": []},
            {"action": "update", "kind": "resource_server", "tenant": "t", "id": "api",
             "fields": ["scope", "secret"]},
            {"action": "update", "kind": "tenant", "tenant": "u", "id": "u", "fields": []},
            {"action": "delete", "kind": "user", "tenant": "t", "id": "u", "fields": []}]});
        let expected = "+ tenant t\n~ t: resource-server api (scope, secret)\n\
                        ~ tenant u (as it is; declared from now on)\n- t: user u\n\
                        nothing was changed: this was a dry run\n";
        assert_eq!(Diff(&reply).to_string(), expected);
        assert_eq!(Diff(&json!({"changes": [], "applied": true})).to_string(), "nothing to do\n");
    }
}
