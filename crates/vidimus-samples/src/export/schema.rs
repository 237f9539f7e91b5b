//! JSON Schema of a value that is known by an example.

use serde_json::{Map, Value, json};

pub fn of(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(_) => json!({"type": "boolean"}),
        Value::Number(number) if number.is_f64() => json!({"type": "number"}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::String(_) => json!({"type": "string"}),
        Value::Array(elements) => match elements.first() {
            Some(first) => json!({"type": "array", "items": of(first)}),
            None => json!({"type": "array"}),
        },
        Value::Object(members) => {
            let properties: Map<String, Value> =
                members.iter().map(|(name, value)| (name.clone(), of(value))).collect();
            json!({"type": "object", "properties": properties})
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_has_a_schema() {
        let example = json!({"a": 1, "b": [true], "c": {"d": "x", "e": null}, "f": 0.5, "g": []});
        let expected = json!({"type": "object", "properties": {
            "a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "boolean"}},
            "c": {"type": "object", "properties": {"d": {"type": "string"}, "e": {}}},
            "f": {"type": "number"}, "g": {"type": "array"}}});
        assert_eq!(of(&example), expected);
    }
}
