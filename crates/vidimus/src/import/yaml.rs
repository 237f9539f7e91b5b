//! YAML as JSON: what the products' tools write, whatever types its tags name. Aliases, by which a small
//! text stands for a huge one, are refused.

use serde_json::{Map, Value};
use yaml_rust2::{
    Yaml, YamlLoader,
    parser::{Event, Parser},
};

use super::source::Source;

/// Deeper than any tool writes; whoever reads it goes down as deep.
const DEPTH_MAX: usize = 64;

/// # Errors
/// It is no YAML, has aliases, or is nested too deep.
pub fn parse(source: &Source) -> Result<Value, String> {
    let named = |why: String| format!("{}: {why}", source.name());
    is_tame(source.text()).map_err(named)?;
    let documents =
        YamlLoader::load_from_str(source.text()).map_err(|why| named(why.to_string()))?;
    documents.first().map(json).ok_or_else(|| named("it is empty".to_owned()))
}

/// Looked at event by event, before a tree is made of it.
fn is_tame(text: &str) -> Result<(), String> {
    let mut parser = Parser::new_from_str(text);
    let mut depth = 0_usize;
    loop {
        match parser.next_token().map_err(|why| why.to_string())?.0 {
            Event::StreamEnd => return Ok(()),
            Event::Alias(_) => return Err("YAML with anchors is not read".to_owned()),
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return Err("it is nested too deep".to_owned());
        }
    }
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
        for bomb in [
            "a: &a [x, x]\nb: &b [*a, *a]\n",
            "a: !!seq &a [x, x]\nb: !!seq &b [*a, *a]\n",
            "? &a x\n: *a\n",
            &"- ".repeat(100_000),
            &"[".repeat(100_000),
        ] {
            assert!(parse(&Source::of("f", bomb)).is_err());
        }
        assert!(parse(&Source::of("f", "a: [")).is_err());
        assert!(parse(&Source::of("f", "")).is_err());
        assert_eq!(parse(&Source::of("f", "a: x&y\n")).unwrap(), json!({"a": "x&y"}));
    }
}
