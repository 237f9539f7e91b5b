//! The page of VMware Cloud Services on introspection, and a client that puts all into the query.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::curl::{self, Answer};
use crate::programs;
use crate::stage::{CSP_CLIENT, ROOT, Stage};

const BODY: &str = r#"{"token:"string"}"#;
const ERROR: [&str; 6] =
    ["cspErrorCode", "errorCode", "message", "moduleCode", "requestId", "statusCode"];

fn ask(blanks: &[(&str, &str)]) -> Answer {
    let stage = Stage::shared();
    let host = [("{api_host}", stage.host())];
    curl::run(stage, "csp/introspection.curl", &[&host, blanks].concat())
}

fn basic() -> String {
    STANDARD.encode(format!("{}:{}", CSP_CLIENT.0, CSP_CLIENT.1))
}

fn refused(answer: &Answer) -> String {
    assert_eq!(answer.status, 400, "{}", answer.body);
    let mut members = answer.members();
    members.sort();
    assert_eq!(members, ERROR, "{}", answer.body);
    assert_eq!(answer.json()["statusCode"], 400);
    answer.json()["message"].as_str().expect("a message").to_owned()
}

#[test]
fn the_page_s_command_tells_of_a_refresh_token_once_its_values_are_filled_in() {
    let value = format!("Basic {}", basic());
    let body = format!("token={}", Stage::shared().api_token());
    let answer = ask(&[("<value>", &value), (BODY, &body)]);
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.members(), ["active", "exp", "iat", "orgId", "sub", "token_type"]);
    assert_eq!(answer.json()["active"], true);
    let unknown = ask(&[("<value>", &value), (BODY, "token=string")]);
    assert_eq!((unknown.status, unknown.body.as_str()), (200, r#"{"active":false}"#));
}

#[test]
fn the_page_s_command_to_the_letter_is_refused_in_the_page_s_words() {
    let message = refused(&ask(&[]));
    assert_eq!(message, "Invalid authorization header. Missing \"Basic\" prefix");
    // With credentials: what is left is no parameter called `token`.
    let value = format!("Basic {}", basic());
    refused(&ask(&[("<value>", &value)]));
    let no_pair = format!("Basic {}", STANDARD.encode("no pair"));
    assert_eq!(refused(&ask(&[("<value>", &no_pair)])), "Invalid authorization header");
    let unsaid = ask(&[(" -H 'Authorization: <value>'", "")]);
    assert_eq!(refused(&unsaid), "Authorization header must be specified");
}

#[test]
fn a_client_that_posts_everything_in_the_query_is_served() {
    programs::python("csp_in_the_query.py", ROOT);
}
