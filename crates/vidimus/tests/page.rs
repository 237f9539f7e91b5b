//! The page on configuration says of world files what the code does: each policy knob with its
//! default, each dialect, each of their settings.

use serde_json::Value;
use vidimus_core::policy::Policy;

const PAGE: &str = include_str!("../../../docs/reference/world-files.md");

/// What stands behind a key in the tables' lines, cell by cell.
fn cells(key: &str) -> Vec<&'static str> {
    let named = |cell: &str| cell.split(", ").any(|name| name == format!("`{key}`"));
    let tables = PAGE.lines().filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'));
    let mut rows = tables.map(|row| row.split('|').map(str::trim).collect::<Vec<_>>());
    let row = rows.find(|row| named(row[0])).unwrap_or_else(|| panic!("{key} is not on the page"));
    let names: Vec<&str> = row[0].split(", ").collect();
    let at = names.iter().position(|name| *name == format!("`{key}`")).unwrap();
    let of = |cell: &'static str| {
        let shared: Vec<&str> = cell.split(", ").collect();
        if names.len() > 1 && shared.len() == names.len() { shared[at] } else { cell }
    };
    row[1..].iter().map(|cell| of(cell)).collect()
}

#[test]
fn each_policy_knob_is_on_the_page_with_its_default() {
    let Value::Object(knobs) = serde_json::to_value(Policy::default()).unwrap() else { panic!() };
    for (knob, default) in &knobs {
        let said = cells(knob)[0].trim_matches('`').to_owned();
        let expected = match default {
            Value::String(text) => text.clone(),
            Value::Array(list) if list.is_empty() => String::new(),
            other => other.to_string(),
        };
        assert_eq!(said, expected, "{knob}");
    }
}

#[test]
fn each_dialect_and_setting_is_on_the_page() {
    let dialects = cells("dialects").join(" ");
    for name in vidimus_dialect::NAMES {
        assert!(dialects.contains(&format!("`{name}`")), "{name}");
    }
    let admins = vidimus_dialect::for_administrators().iter().map(|name| format!("`{name}`"));
    let needs = format!("needs {}:", admins.collect::<Vec<_>>().join(" or "));
    assert!(dialects.contains(&needs), "{needs}");
    let settings = cells("dialect_settings").join(" ");
    for name in vidimus_dialect::settings() {
        assert!(settings.contains(&format!("`{name}`")), "{name}");
    }
}
