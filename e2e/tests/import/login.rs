//! `login`: an administrator signs in by the device grant, and the next commands are theirs.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::process;

use crate::stage::{Stage, err, out};

const ENDED_SECONDS_MAX: u64 = 60;

struct Person<'a> {
    stage: &'a Stage,
    home: tempfile::TempDir,
}

impl<'a> Person<'a> {
    fn new(stage: &'a Stage) -> Self {
        Self { stage, home: tempfile::tempdir().expect("a home") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = binary::command();
        command.args(arguments).env("HOME", self.home.path()).current_dir(self.home.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("vidimus runs")
    }

    fn kept(&self) -> PathBuf {
        self.home.path().join(".config/vidimus/login.toml")
    }

    /// Begins, and has the user's code answered by an administrator's client.
    fn sign_in(&self, username: &str) -> Output {
        let server = self.stage.server.base_url();
        let mut child = self
            .command(&["login", "--server", &server])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("vidimus runs");
        // Kept open until it has ended: it goes on to write there.
        let mut told = BufReader::new(child.stderr.take().expect("piped")).lines();
        let code = told
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.split_once("compare the code: ")?.1.to_owned()))
            .expect("a code");
        let token = self.stage.done(&[
            "token",
            "mint",
            "--client-id",
            "vidimus-admin",
            "--scope",
            "vidimus.admin",
            "--quiet",
        ]);
        let order = json!({"user_code": code, "username": username, "approve": true});
        let request = Request::post("/admin/v1/tenants/default/device-approvals")
            .bearer(token.trim())
            .json(&order);
        let answer = self.stage.server.exchange(&request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let output = ended(child);
        drop(told);
        output
    }
}

fn ended(mut child: Child) -> Output {
    let limit = Duration::from_secs(ENDED_SECONDS_MAX);
    let status = process::wait(&mut child, limit).expect("its own child");
    assert!(status.is_some(), "it does not end");
    child.wait_with_output().expect("its output")
}

fn user(stage: &Stage, name: &str, role: Option<&str>) {
    let roles = role.map(|role| format!("roles=[\"{role}\"]"));
    let mut arguments = vec!["user", "create", name];
    arguments.extend(roles.iter().flat_map(|roles| ["--set", roles.as_str()]));
    stage.done(&arguments);
}

fn private(path: &Path) -> bool {
    fs::metadata(path).expect("the file").permissions().mode() & 0o777 == 0o600
}

#[test]
fn an_administrator_signs_in_works_and_signs_out() {
    let stage = Stage::new();
    user(&stage, "root", Some("admin"));
    let person = Person::new(&stage);
    let none = person.run(&["client", "list"]);
    assert!(err(&none).contains("vidimus login"), "{}", err(&none));
    let signed_in = person.sign_in("root");
    assert!(signed_in.status.success(), "{}", out(&signed_in));
    assert!(private(&person.kept()));
    let first = fs::read_to_string(person.kept()).expect("the file");
    // At once, in turns: a refresh token is good once.
    let children: Vec<Child> = (0..4)
        .map(|_| {
            let mut command = person.command(&["client", "list", "-o", "json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("vidimus runs")
        })
        .collect();
    for child in children {
        let output = ended(child);
        assert!(output.status.success(), "{}", err(&output));
        let clients: Value = serde_json::from_str(&out(&output)).expect("one object");
        assert!(clients["items"].as_array().expect("items").len() > 2);
    }
    assert_ne!(fs::read_to_string(person.kept()).expect("the file"), first, "it has moved on");
    // Nobody else is shown the token.
    let elsewhere = person.run(&["client", "list", "--server", "http://127.0.0.1:9"]);
    assert!(err(&elsewhere).contains("the sign-in is at"), "{}", err(&elsewhere));
    let before = fs::read_to_string(person.kept()).expect("the file");
    assert!(person.run(&["logout"]).status.success());
    assert!(!person.kept().exists());
    fs::write(person.kept(), before).expect("written");
    let revoked = person.run(&["client", "list"]);
    assert!(err(&revoked).contains("the sign-in has ended"), "{}", err(&revoked));
}

#[test]
fn whoever_may_not_administer_gains_nothing_by_signing_in() {
    let stage = Stage::new();
    user(&stage, "nobody", None);
    user(&stage, "auditor", Some("auditor"));
    let person = Person::new(&stage);
    let refused = person.sign_in("nobody");
    assert_eq!(refused.status.code(), Some(1));
    assert!(!person.kept().exists());
    assert!(person.sign_in("auditor").status.success());
    assert!(person.run(&["client", "list"]).status.success());
    let change = person.run(&["client", "delete", "by-hand"]);
    assert_eq!(change.status.code(), Some(1), "{}", out(&change));
    assert!(stage.authenticates("by-hand", "by-hand-secret"));
}
