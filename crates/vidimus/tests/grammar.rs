//! The grammar is frozen: what people typed yesterday works tomorrow.

mod harness;

use std::{fs, path::Path};

use harness::{stdout, vidimus};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/grammar.txt");

fn help(path: &[&str]) -> String {
    let output = vidimus(Path::new("/")).args(path).arg("--help").output().unwrap();
    assert!(output.status.success(), "{path:?}");
    stdout(&output)
}

fn subcommands(help: &str) -> Vec<String> {
    let section = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    section
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

fn walk(path: &[&str], text: &mut String) {
    let shown = help(path);
    let inner = subcommands(&shown);
    assert!(shown.contains("Exit codes: 0"), "{path:?} tells no exit codes");
    assert_eq!(inner.is_empty(), shown.contains("Example: vidimus "), "{path:?}: one example");
    text.push_str(&format!("==== vidimus {}\n{}\n", path.join(" "), shown.trim_end()));
    for name in inner {
        let path: Vec<&str> = path.iter().copied().chain([name.as_str()]).collect();
        walk(&path, text);
    }
}

#[test]
fn every_help_text_is_as_it_was() {
    let mut text = String::new();
    walk(&[], &mut text);
    if wants_update() {
        fs::write(SNAPSHOT, &text).unwrap();
    }
    let known = fs::read_to_string(SNAPSHOT).unwrap_or_default();
    let changed = text.lines().zip(known.lines()).find(|(new, old)| new != old);
    assert!(
        text == known,
        "the grammar changed, first at {changed:?}; if it should, run again with \
         UPDATE_SNAPSHOTS=1 and say so in the CHANGELOG"
    );
}

#[test]
fn mistakes_in_usage_exit_with_2() {
    let folder = harness::Server::folder();
    for arguments in [
        &["nonsense"][..],
        &["client"],
        &["client", "list", "--nonsense"],
        &["client", "create", "a", "--id", "b"],
        &["client", "create", "a", "--set", "client_secret=x"],
        &["client", "create", "a", "--set", "x"],
        &["client", "update", "a"],
        &["tenant", "create"],
        &["apply"],
        &["dev", "--listen", "0.0.0.0:0"],
        &["-o", "xml", "man"],
    ] {
        let output = vidimus(folder.path()).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", harness::stderr(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn completions_and_manual_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let output = vidimus(Path::new("/")).args(["completions", shell]).output().unwrap();
        assert!(output.status.success());
        assert!(stdout(&output).contains("resource-server"), "{shell}");
    }
    let manual = vidimus(Path::new("/")).arg("man").output().unwrap();
    assert!(manual.status.success());
    let text = stdout(&manual);
    assert!(text.starts_with(".ie"), "{}", &text[..40]);
    assert!(text.contains("token\\-explain") || text.contains("token explain"), "all commands");
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test says so in the environment")]
fn wants_update() -> bool {
    std::env::var_os("UPDATE_SNAPSHOTS").is_some()
}
