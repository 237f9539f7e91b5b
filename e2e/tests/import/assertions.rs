//! `assertion check`: what is wrong, what each dialect's client would see, and a command that mends it.

use std::fs;

use jsonwebtoken::{Algorithm, Header, encode};
use serde_json::{Value, json};

use crate::stage::{Stage, err, fixture, old_key, out};

const ID: &str = "3MVG9_old_consumer_key.Billing";

fn signed(stage: &Stage, name: &str, aud: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let exp = now.expect("after 1970").as_secs() + 170;
    let claims = json!({"iss": ID, "sub": "user@acme.example", "aud": aud, "exp": exp});
    let key = old_key();
    let text = encode(&Header::new(Algorithm::RS256), &claims, &key).expect("signed");
    let path = stage.at(name);
    fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn check(checks: &Value, claim: &str) -> Value {
    let mut all = checks["checks"].as_array().expect("checks").iter();
    all.find(|check| check["claim"] == claim).cloned().expect("the claim")
}

#[test]
fn a_refused_assertion_is_explained_and_mended() {
    let stage = Stage::new();
    let app = fixture("salesforce/Billing.connectedApp-meta.xml");
    stage.done(&["import", "salesforce", &app]);
    let wrong = signed(&stage, "wrong.jwt", "http://127.0.0.1:8080");
    let arguments = ["assertion", "check", &wrong, "--profile", "salesforce"];
    let refused = stage.refused(&arguments);
    let said = out(&refused);
    for line in ["aud", "FAILED", "https://login.salesforce.com", "to fix:"] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let told = stage.run(&[&arguments[..], &["-o", "json"]].concat());
    let told: Value = serde_json::from_str(&out(&told)).expect("one object");
    assert_eq!((&told["ok"], &told["profile"]), (&json!(false), &json!("salesforce")));
    assert_eq!(check(&told, "signature")["ok"], true);
    assert_eq!(check(&told, "sub")["ok"], false, "there is no such user yet");
    // Exactly what the endpoint says.
    let text = fs::read_to_string(&wrong).expect("the assertion");
    let request = vidimus_e2e::http::Request::post("/services/oauth2/token").form(&[
        ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
        ("assertion", &text),
    ]);
    let answer = stage.server.exchange(&request);
    let seen = &told["as_seen"]["salesforce"];
    assert_eq!(seen["status"], answer.status);
    let body: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!(seen["body"], body);
    // Its own advice, run as it stands until there is none left.
    fs::write(stage.at("password"), "a long enough password").expect("written");
    for _ in 0..4 {
        let told = stage.run(&[&arguments[..], &["-o", "json"]].concat());
        let told: Value = serde_json::from_str(&out(&told)).expect("one object");
        for fix in told["fix"].as_array().expect("fix") {
            let fix = fix.as_str().expect("text");
            let command = fix.split("vidimus ").nth(1).expect("a command of ours");
            shell(&stage, command.split("; or").next().expect("the first"));
        }
    }
    stage.done(&arguments);
    let good = signed(&stage, "good.jwt", "https://login.salesforce.com");
    let said = stage.done(&["assertion", "check", &good, "--profile", "salesforce"]);
    assert!(said.contains("a client of salesforce would see:  200 a token"), "{said}");
}

#[track_caller]
fn shell(stage: &Stage, command: &str) {
    let line = format!("\"$VIDIMUS\" {command} < password");
    let output = std::process::Command::new("sh")
        .args(["-ec", &line])
        .env("VIDIMUS", vidimus_e2e::binary::path())
        .env("VIDIMUS_URL", stage.server.base_url())
        .env("VIDIMUS_CREDENTIALS", stage.at("vidimus-admin.toml"))
        .current_dir(stage.server.directory())
        .output()
        .expect("a shell");
    assert!(output.status.success(), "{line}: {}", err(&output));
}

#[test]
fn what_is_no_assertion_and_no_dialect_is_said() {
    let stage = Stage::new();
    let path = stage.at("x.jwt");
    fs::write(&path, "s3cret").expect("written");
    let path = path.display().to_string();
    let refused = stage.refused(&["assertion", "check", &path]);
    assert!(err(&refused).contains("no JWT") && !err(&refused).contains("s3cret"));
    let good = signed(&stage, "good.jwt", "https://login.salesforce.com");
    let refused = stage.refused(&["assertion", "check", &good, "--profile", "nonsense"]);
    assert!(err(&refused).contains("standard, salesforce, csp, wso2"), "{}", err(&refused));
}
