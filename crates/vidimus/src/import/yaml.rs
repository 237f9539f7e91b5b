//! YAML as JSON: what the products' tools write, whatever types its tags name. Anchors, by which a small
//! text stands for a huge one, are refused.

use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

use super::source::Source;

/// # Errors
/// It is no YAML, or has anchors.
pub fn parse(source: &Source) -> Result<Value, String> {
    let named = |why: String| format!("{}: {why}", source.name());
    if source.text().lines().any(has_anchor) {
        return Err(named("YAML with anchors is not read".to_owned()));
    }
    let documents =
        YamlLoader::load_from_str(source.text()).map_err(|why| named(why.to_string()))?;
    documents.first().map(json).ok_or_else(|| named("it is empty".to_owned()))
}

/// Only at the beginning of a value is it one.
fn has_anchor(line: &str) -> bool {
    let mut parts = line.split([':', '-', '[', ',', '{']).map(str::trim_start);
    parts.any(|part| part.starts_with('&'))
}

fn json(yaml: &Yaml) -> Value {
    match yaml {
        Yaml::String(text) | Yaml::Real(text) => text.clone().into(),
        Yaml::Integer(number) => (*number).into(),
        Yaml::Boolean(yes) => (*yes).into(),
        Yaml::Array(items) => items.iter().map(json).collect(),
        Yaml::Hash(members) => {
            let member = |(key, value): (&Yaml, &Yaml)| match key {
                Yaml::String(key) => Some((key.clone(), json(value))),
                _ => None,
            };
            Value::Object(members.iter().filter_map(member).collect::<Map<_, _>>())
        }
        Yaml::Alias(_) | Yaml::Null | Yaml::BadValue => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_passed_over_and_anchors_refused() {
        let text = "!!org.example.Thing\na: x\nb: !!org.example.Other\n  c: [1, true, null]\n";
        let parsed = parse(&Source::of("f", text)).unwrap();
        assert_eq!(parsed, json!({"a": "x", "b": {"c": [1, true, null]}}));
        let bomb = "a: &a [x, x]\nb: &b [*a, *a]\n";
        assert!(parse(&Source::of("f", bomb)).is_err());
        assert!(parse(&Source::of("f", "a: [")).is_err());
        assert!(parse(&Source::of("f", "")).is_err());
        assert_eq!(parse(&Source::of("f", "a: x&y\n")).unwrap(), json!({"a": "x&y"}));
    }
}
