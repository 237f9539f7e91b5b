//! The three Salesforce pages by curl, Postman and Chilkat, and two libraries that know the same system.

use serde_json::{Value, json};

use crate::curl::{self, Answer};
use crate::programs::{node, python};
use crate::stage::{CLIENT, CUSTOMERS, ROOT, Stage};

fn ask(page: &str, site: &str, blanks: &[(&str, &str)]) -> Answer {
    let stage = Stage::shared();
    let place = [("login.salesforce.com", stage.host()), ("{{site}}", site)];
    curl::run(stage, &format!("salesforce/{page}.curl"), &[&place, blanks].concat())
}

#[test]
fn the_postman_items_pass_under_newman_at_the_root() {
    node("postman.js", ROOT);
}

#[test]
fn the_postman_items_pass_under_newman_below_a_site() {
    node("postman.js", CUSTOMERS);
}

#[test]
fn the_chilkat_programs_read_what_their_pages_show_at_the_root() {
    python("chilkat_pages.py", ROOT);
}

#[test]
fn the_chilkat_programs_read_what_their_pages_show_below_a_site() {
    python("chilkat_pages.py", CUSTOMERS);
}

#[test]
fn the_chilkat_programs_as_generated_meet_errors_they_can_read() {
    python("chilkat_as_generated.py", ROOT);
}

#[test]
fn simple_salesforce_logs_in_by_jwt_by_client_credentials_and_by_password() {
    python("simple_salesforce_login.py", ROOT);
}

#[test]
fn jsforce_logs_in_refreshes_and_logs_out_at_the_root() {
    node("jsforce_login.js", ROOT);
}

#[test]
fn jsforce_logs_in_refreshes_and_logs_out_below_a_site() {
    node("jsforce_login.js", CUSTOMERS);
}

#[test]
fn the_introspection_page_s_curl_command_is_answered() {
    for site in [ROOT, CUSTOMERS] {
        let blanks = [("{{clientId}}", CLIENT.0), ("{{clientSecret}}", CLIENT.1)];
        let unknown = ask(
            "introspection",
            site,
            &[&blanks[..], &[("{{_accessToken}}", "00Dxx0000001gER!AQ4AQ.unknown")]].concat(),
        );
        assert_eq!((unknown.status, unknown.body.as_str()), (200, r#"{"active":false}"#));
        // To the letter, no client is called so.
        let letter = ask("introspection", site, &[]);
        assert_eq!((letter.status, &letter.json()["error"]), (400, &json!("invalid_client_id")));
    }
}

#[test]
fn the_jwt_bearer_page_s_curl_command_is_refused_without_its_assertion() {
    for site in [ROOT, CUSTOMERS] {
        let letter = ask("jwt_bearer", site, &[]);
        assert_eq!(letter.status, 400, "{}", letter.body);
        assert_eq!(letter.members(), ["error", "error_description"]);
    }
}

#[test]
fn the_jwt_bearer_page_s_curl_command_gets_a_token_with_its_assertion() {
    for site in [ROOT, CUSTOMERS] {
        let assertion = format!("'assertion={}'", Stage::shared().assertion());
        let got = ask("jwt_bearer", site, &[("'assertion='", &assertion)]);
        assert_eq!(got.status, 200, "{}", got.body);
        let members = ["access_token", "scope", "instance_url", "id", "token_type"];
        assert_eq!(got.members(), members);
        let token = got.json()["access_token"].as_str().expect("a token").to_owned();
        let blanks = [
            ("{{clientId}}", CLIENT.0),
            ("{{clientSecret}}", CLIENT.1),
            ("{{_accessToken}}", &token),
        ];
        let told = ask("introspection", site, &blanks);
        assert_eq!((told.status, &told.json()["active"]), (200, &json!(true)), "{}", told.body);
        assert_eq!(told.json()["sub"], got.json()["id"]);
    }
}

#[test]
fn the_registration_page_s_curl_command_registers() {
    for site in [ROOT, CUSTOMERS] {
        let facts = Stage::shared().facts(site);
        let token = facts["init_access_token"].as_str().expect("a token");
        let made = ask("registration", site, &[("{{init_access_token}}", token)]);
        assert_eq!(made.status, 201, "{}", made.body);
        assert_eq!(made.json()["client_name"], "Example Olivier");
        let letter = ask("registration", site, &[]);
        let error: Value = letter.json()["error"].clone();
        assert_eq!((letter.status, error), (401, json!("invalid_client")));
    }
}
