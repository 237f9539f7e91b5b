//! The dashboard and the alerts ask only for what there is, and each alert has its page.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;
use vidimus_e2e::binary;
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use yaml_rust2::{Yaml, YamlLoader};

use crate::metrics::{documented, read};
use crate::promql::check;

/// Set by `cargo xtask test`, which installs it where it may.
const PROMTOOL: &str = "VIDIMUS_PROMTOOL";
const RULES: &str = "ops/alerts.yaml";

fn alerts() -> Vec<Yaml> {
    let documents = YamlLoader::load_from_str(&read(RULES)).expect("YAML");
    let groups = documents[0]["groups"].as_vec().expect("groups").clone();
    let rules = groups.iter().flat_map(|group| group["rules"].as_vec().expect("rules").clone());
    rules.collect()
}

#[test]
fn every_alert_asks_for_what_there_is() {
    let known = documented();
    let alerts = alerts();
    assert!(alerts.len() >= 15, "{} alerts", alerts.len());
    for alert in &alerts {
        let name = alert["alert"].as_str().expect("a name");
        let expression = alert["expr"].as_str().expect("an expression");
        assert_eq!(check(expression, &known), Ok(()), "{name}");
        assert!(alert["annotations"]["summary"].as_str().is_some(), "{name} has no summary");
        let severity = alert["labels"]["severity"].as_str().expect("a severity");
        assert!(["critical", "warning", "info"].contains(&severity), "{name}: {severity}");
    }
}

#[test]
fn every_alert_has_its_runbook_and_every_runbook_its_alert() {
    let page = read("docs/how-to/operate.md");
    let said: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("### Vidimus")).collect();
    let alerts = alerts();
    let mut fired = BTreeSet::new();
    for alert in &alerts {
        let name = alert["alert"].as_str().expect("a name");
        let url = format!("docs/how-to/operate.md#{}", name.to_lowercase());
        assert_eq!(alert["annotations"]["runbook_url"].as_str(), Some(url.as_str()), "{name}");
        fired.insert(name.strip_prefix("Vidimus").expect("ours"));
    }
    assert_eq!(said, fired);
}

/// Each expression of the dashboard, with what legends make of its labels.
fn dashboard() -> Vec<(String, String, String)> {
    let text = read("ops/grafana/vidimus.json");
    let dashboard: Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut found = Vec::new();
    let mut ids = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().expect("a title");
        assert!(ids.insert(panel["id"].as_i64()), "{title} has another's id");
        for target in panel["targets"].as_array().unwrap_or(&Vec::new()) {
            let text = |name: &str| target[name].as_str().unwrap_or_default().to_owned();
            found.push((title.to_owned(), text("expr"), text("legendFormat")));
        }
    }
    for annotation in dashboard["annotations"]["list"].as_array().expect("annotations") {
        let expression = annotation["expr"].as_str().expect("an expression").to_owned();
        found.push(("annotation".to_owned(), expression, String::new()));
    }
    found
}

#[test]
fn every_panel_asks_for_what_there_is() {
    let known = documented();
    let expressions = dashboard();
    assert!(expressions.len() > 40, "{} expressions", expressions.len());
    for (title, expression, legend) in &expressions {
        assert_eq!(check(expression, &known), Ok(()), "{title}");
        // A legend's label must be left after the aggregation: asked for with it, it is checked.
        let labels = legend.split("{{").skip(1).filter_map(|part| part.split("}}").next());
        let kept = expression.split("by (").nth(1).and_then(|rest| rest.split(')').next());
        for label in labels {
            let is_left = match kept {
                Some(kept) => kept.split(", ").any(|name| name == label),
                None => label == "instance",
            };
            assert!(is_left, "{title}: {label} is not left by {expression}");
        }
    }
}

#[test]
fn the_dashboard_leaves_nothing_out() {
    let asked: String = dashboard().into_iter().map(|(_, expression, _)| expression).collect();
    for name in documented().keys() {
        assert!(asked.contains(name.as_str()), "nobody sees {name}");
    }
}

#[test]
fn prometheus_reads_what_the_server_says() {
    let server = Server::start(&Setup::new(Store::Sqlite));
    let wrong = Request::post("/oauth2/token").basic("nobody", "no").form(&[("grant_type", "x")]);
    server.exchange(&wrong);
    let answer = server.exchange(&Request::get("/metrics"));
    let text = answer.text();
    for name in documented().keys() {
        assert!(text.contains(&format!("# TYPE {name} ")), "{name} is not told");
    }
    let Some(promtool) = std::env::var_os(PROMTOOL) else {
        eprintln!("not run: {PROMTOOL} names no promtool");
        return;
    };
    let mut child = Command::new(promtool)
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool runs");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("read");
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
}

#[test]
fn prometheus_accepts_the_rules() {
    let Some(promtool) = std::env::var_os(PROMTOOL) else {
        eprintln!("not run: {PROMTOOL} names no promtool");
        return;
    };
    for arguments in [&["check", "rules", RULES][..], &["test", "rules", "ops/alerts.test.yaml"]] {
        let output = Command::new(&promtool)
            .args(arguments)
            .current_dir(binary::workspace())
            .output()
            .expect("promtool runs");
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{said}");
    }
}
