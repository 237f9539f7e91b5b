//! What is written for those who test elsewhere: the GitHub Action as a runner starts it, and the page
//! whose commands anybody can paste.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use vidimus_e2e::binary;
use vidimus_e2e::connection;
use vidimus_e2e::http::Request;
use vidimus_e2e::process::{self, Signal};

const PAGE: &str = "docs/how-to/test-with-vidimus.md";

fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("vidimus-action-").tempdir().expect("a folder")
}

fn started(folder: &Path, apply: &str) -> Output {
    Command::new("bash")
        .arg(binary::workspace().join("packaging/github-action/start.sh"))
        .env("RUNNER_TEMP", folder)
        .env("GITHUB_OUTPUT", folder.join("output"))
        .env("GITHUB_ENV", folder.join("env"))
        .env("SANDBOX_BIN", binary::path())
        .env("SANDBOX_APPLY", apply)
        .env("SANDBOX_LISTEN", "127.0.0.1:0")
        .env("SANDBOX_READY_SECONDS", "60")
        .current_dir(folder)
        .output()
        .expect("bash runs")
}

fn pairs(path: &Path) -> BTreeMap<String, String> {
    let text = fs::read_to_string(path).expect("written by the step");
    let pair = |line: &str| line.split_once('=').map(|(k, v)| (k.to_owned(), v.to_owned()));
    text.lines().filter_map(pair).collect()
}

#[test]
fn the_action_starts_one_for_the_rest_of_the_job() {
    let folder = folder();
    let world = "[[tenant]]\nid = \"shop\"\n";
    fs::write(folder.path().join("a world.toml"), world).expect("written");
    let output = started(folder.path(), "a world.toml\n");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let outputs = pairs(&folder.path().join("output"));
    let asked = format!("127.0.0.1:{}", outputs["port"]);
    let path = "/t/shop/.well-known/openid-configuration";
    let answer = connection::exchange(&asked, &Request::get(path));
    let ended = process::send(outputs["pid"].parse().expect("a pid"), Signal::Terminate);
    assert_eq!(answer.expect("it answers").status, 200);
    assert!(ended.is_ok());
    assert!(Path::new(&outputs["credentials"]).is_file());
    let variables = pairs(&folder.path().join("env"));
    assert_eq!(variables["VIDIMUS_URL"], outputs["url"]);
    assert_eq!(variables["VIDIMUS_CREDENTIALS"], outputs["credentials"]);

    // What the step gives is what the action says that it gives, and what it takes is declared.
    let action = binary::workspace().join("packaging/github-action/action.yml");
    let action = fs::read_to_string(action).expect("the action");
    for name in outputs.keys() {
        assert!(action.contains(&format!("steps.start.outputs.{name} ")), "{name}");
    }
    assert_eq!(action.matches("steps.start.outputs.").count(), outputs.len());
    for name in ["bin", "apply", "listen", "ready-seconds"] {
        assert!(action.contains(&format!("\n  {name}:\n")), "{name}");
        assert!(action.contains(&format!("inputs.{name} ")), "{name}");
    }
}

#[test]
fn the_action_fails_with_the_reason() {
    let folder = folder();
    fs::write(folder.path().join("bad.toml"), "[[tenant]]\nidd = \"shop\"\n").expect("written");
    let output = started(folder.path(), "bad.toml");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("bad.toml:2") && said.contains("idd"), "{said}");
    assert!(!folder.path().join("output").exists());
}

/// All of them in one shell, as somebody pastes them one after another.
#[test]
fn every_command_of_the_page_does_what_it_says() {
    let folder = folder();
    symlink(binary::path(), folder.path().join("vidimus")).expect("a link");
    let page = fs::read_to_string(binary::workspace().join(PAGE)).expect("the page");
    let mut script = "set -eu\n".to_owned();
    let mut blocks = 0;
    for block in page.split("```sh\n").skip(1) {
        let (block, _) = block.split_once("\n```").expect("the block ends");
        script += &format!("{block}\n");
        blocks += 1;
    }
    assert!(blocks > 10, "{blocks}");
    // Whatever happens, what it started ends.
    let script = format!("trap 'kill ${{SANDBOX:-}} ${{SHOP:-}} 2>/dev/null || :' EXIT\n{script}");
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("PATH", format!("{}:{path}", folder.path().display()))
        .env_remove("VIDIMUS_URL")
        .env_remove("VIDIMUS_CREDENTIALS")
        .current_dir(folder.path())
        .output()
        .expect("sh runs");
    let said = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}\n{}", said(&output.stdout), said(&output.stderr));
    assert!(said(&output.stdout).contains("--data-urlencode 'token='\"$TOKEN\""));
}
