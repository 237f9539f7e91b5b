//! The reference says what the code does: of world files each key, each policy knob with its default,
//! each dialect and each of their settings; of commands what each help text says.

mod harness;

use std::{fmt::Write as _, fs, path::Path};

use harness::{stdout, vidimus};
use serde_json::Value;
use vidimus_core::{
    admin::{
        API_TOKEN_KEYS, CLIENT_KEYS, REGISTRATION_TOKEN_KEYS, RESOURCE_SERVER_KEYS, TENANT_KEYS,
        TRUSTED_ISSUER_KEYS, USER_KEYS,
    },
    policy::Policy,
};

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

/// The names in the first cells of a section's table.
fn listed(section: &str) -> Vec<&'static str> {
    let (_, rest) = PAGE.split_once(&format!("\n## `{section}`\n")).expect(section);
    let own = rest.split("\n## ").next().unwrap_or_default();
    let rows = own.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let names = rows.flat_map(|cell| cell.split(", "));
    names.filter_map(|name| name.trim_matches('`').split_whitespace().next()).collect()
}

/// A value may be given as a file.
fn without_file(name: &str) -> &str {
    name.strip_suffix("_files").or_else(|| name.strip_suffix("_file")).unwrap_or(name)
}

#[test]
fn each_key_of_a_world_is_on_the_page_and_no_other() {
    for (section, keys) in [
        ("[[tenant]]", TENANT_KEYS.as_slice()),
        ("[[tenant.client]]", &CLIENT_KEYS),
        ("[[tenant.resource_server]]", &RESOURCE_SERVER_KEYS),
        ("[[tenant.user]]", &USER_KEYS),
        ("[[tenant.trusted_issuer]]", &TRUSTED_ISSUER_KEYS),
        ("[[tenant.registration_token]]", &REGISTRATION_TOKEN_KEYS),
        ("[[tenant.api_token]]", &API_TOKEN_KEYS),
    ] {
        let said: Vec<&str> = listed(section).into_iter().map(without_file).collect();
        for key in keys {
            assert!(said.contains(key), "{section}: {key} is not on the page");
        }
        for key in said {
            assert!(keys.contains(&key), "{section}: there is no {key}");
        }
    }
}

const COMMANDS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/commands.md");
const OPENING: &str = "# Commands\n\nEvery command and its options, as `--help` prints them. A command \
    that touches a running server speaks to its\nadmin API, as the administrator in its credentials. \
    Secrets are never arguments: they come from files or standard input.\n\nExit codes: 0 done, 1 \
    refused or failed, 2 wrong usage. With `-o json` one object is on standard output; logs are \
    on\nstandard error.\n\n<!-- from the program; UPDATE_SNAPSHOTS=1 writes it -->\n\n";

fn help(path: &[&str]) -> String {
    let output = vidimus(Path::new("/")).args(path).arg("--help").output().unwrap();
    stdout(&output)
}

/// A section of a help text, from its heading to the next empty line.
fn section<'a>(help: &'a str, heading: &str) -> &'a str {
    let from = help.find(heading).map_or("", |at| &help[at..]);
    from.split("\n\n").next().unwrap_or_default()
}

fn describe(path: &[&str], page: &mut String) {
    let shown = help(path);
    let global = section(&shown, "Global:\n");
    let own = match path {
        [] => shown.clone(),
        _ => shown.replace(&format!("{global}\n\n"), ""),
    };
    let (about, rest) = own.split_once("\n\n").unwrap();
    let rest = rest.split("\n\nExit codes:").next().unwrap();
    let level = if path.len() < 2 { "##" } else { "###" };
    let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = ["vidimus"].iter().chain(path).copied().collect::<Vec<_>>().join(" ");
    let _ = write!(page, "{level} `{name}`\n\n{about}.\n\n```text\n{}\n```\n\n", rest.trim_end());
    let commands = section(&shown, "Commands:\n").lines().skip(1);
    let names = commands.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    for inner in names.filter_map(|line| line.split_whitespace().next()) {
        if inner != "help" {
            let path: Vec<&str> = path.iter().copied().chain([inner]).collect();
            describe(&path, page);
        }
    }
}

#[test]
fn the_page_on_commands_is_what_they_say_of_themselves() {
    let mut page = OPENING.to_owned();
    describe(&[], &mut page);
    let page = format!("{}\n", page.trim_end());
    if wants_update() {
        fs::write(COMMANDS, &page).unwrap();
    }
    let known = fs::read_to_string(COMMANDS).unwrap_or_default();
    let changed = page.lines().zip(known.lines()).find(|(new, old)| new != old);
    assert!(page == known, "first at {changed:?}; UPDATE_SNAPSHOTS=1 writes {COMMANDS}");
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test says so in the environment")]
fn wants_update() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
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
