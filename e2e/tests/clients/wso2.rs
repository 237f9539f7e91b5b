//! The page of WSO2 Identity Server 5.3.0 on token introspection: its commands and their answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::curl::{self, Answer};
use crate::stage::Stage;

const CLIENT: (&str, &str) = ("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga");
/// The token of the page's first answer, which this server never issued.
const PAGES_TOKEN: &str = "fbc4e794-23db-3394-b1e5-f2c3e511d01f";
/// The page's second introspection, a digit too long.
const TYPING_ERROR: &str = "334060588-dd4e-36a5-ad93-440cc77a1cfb";

fn ask(page: &str, blanks: &[(&str, &str)]) -> Answer {
    ask_on(Stage::shared(), page, blanks)
}

fn ask_on(stage: &Stage, page: &str, blanks: &[(&str, &str)]) -> Answer {
    let host = [("localhost:9443", stage.host())];
    curl::run(stage, &format!("wso2/{page}.curl"), &[&host, blanks].concat())
}

fn access_token(answer: &Answer) -> String {
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    // A UUID of version 3.
    let shape: Vec<&str> = token.split('-').collect();
    assert_eq!(
        shape.iter().map(|part| part.len()).collect::<Vec<_>>(),
        [8, 4, 4, 4, 12],
        "{token}"
    );
    assert!(shape[2].starts_with('3') && shape[3].starts_with(['8', '9', 'a', 'b']), "{token}");
    token
}

/// Members as the page shows them, whatever their order; times are checked, then left out.
fn active(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let mut said = answer.json();
    let mut time = |name: &str| {
        let value = said.as_object_mut().and_then(|members| members.shift_remove(name));
        value.and_then(|value| value.as_i64()).unwrap_or_else(|| panic!("{name}: {}", answer.body))
    };
    let (exp, iat) = (time("exp"), time("iat"));
    assert_eq!(exp - iat, 3600);
    said
}

#[test]
fn a_token_is_got_and_validated_by_the_page_s_commands() {
    let got = ask("token_sample", &[]);
    assert_eq!(got.status, 200, "{}", got.body);
    let token = access_token(&got);
    let expected = json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600});
    assert_eq!(got.json(), expected);
    // To the letter, with the token of the page's own answer.
    let letter = ask("introspect_sample", &[]);
    assert_eq!((letter.status, letter.body.as_str()), (200, r#"{"active":false}"#));
    let expected = json!({
        "active": true,
        "token_type": "Bearer",
        "client_id": CLIENT.0,
        "username": "admin@foo.com",
    });
    assert_eq!(active(&ask("introspect_sample", &[(PAGES_TOKEN, &token)])), expected);
}

#[test]
fn a_scoped_token_is_got_and_validated_by_the_page_s_commands() {
    let got = ask("scoped_token_sample", &[]);
    assert_eq!(got.status, 200, "{}", got.body);
    let token = access_token(&got);
    let expected = json!({
        "access_token": token,
        "scope": "test1",
        "token_type": "Bearer",
        "expires_in": 3600,
    });
    assert_eq!(got.json(), expected);
    let letter = ask("scoped_introspect_sample", &[]);
    assert_eq!((letter.status, letter.body.as_str()), (200, r#"{"active":false}"#));
    let expected = json!({
        "scope": "test1",
        "active": true,
        "token_type": "Bearer",
        "client_id": CLIENT.0,
        "username": "admin@foo.com",
    });
    assert_eq!(active(&ask("scoped_introspect_sample", &[(TYPING_ERROR, &token)])), expected);
}

#[test]
fn every_form_that_the_page_shows_works_with_its_blanks_filled_in() {
    let client = [("<CLIENT_ID>", CLIENT.0), ("<CLIENT_SECRET>", CLIENT.1)];
    let user = [("<USERNAME>", "admin"), ("<PASSWORD>", "admin")];
    let basic = STANDARD.encode("admin@foo.com:admin");
    // The page writes the word in two ways.
    for (token, introspect, tenant) in [
        ("token_request", "introspect", "TENAND_DOMAIN"),
        ("scoped_token_request", "scoped_introspect", "TENANT_DOMAIN"),
    ] {
        let got = access_token(&ask(token, &client));
        let of_the_user = format!("<{tenant}>");
        let mut blanks = user.to_vec();
        blanks.push((&of_the_user, "foo.com"));
        if tenant != "TENANT_DOMAIN" {
            blanks.push(("<TENANT_DOMAIN>", "foo.com"));
        }
        blanks.push(("<ACCESS_TOKEN>", &got));
        let by_user = active(&ask(&format!("{introspect}_request"), &blanks));
        let encoded = format!("<BASE64ENCODED(USERNAME@{tenant}:PASSWORD)>");
        let blanks = [
            (encoded.as_str(), basic.as_str()),
            ("<TENANT_DOMAIN>", "foo.com"),
            ("<ACCESS_TOKEN>", &got),
        ];
        assert_eq!(active(&ask(&format!("{introspect}_header_request"), &blanks)), by_user);
        assert_eq!(by_user["username"], "admin@foo.com");
    }
}

#[test]
fn an_empty_token_is_refused_in_the_page_s_words() {
    let at_the_root = ask("empty_token_sample", &[]);
    assert_eq!(
        (at_the_root.status, at_the_root.body.as_str()),
        (400, r#"{"error": "Invalid input"}"#)
    );
    let blanks = [("<USERNAME>", "admin"), ("<PASSWORD>", "admin"), ("<TENANT_DOMAIN>", "foo.com")];
    let below = ask("empty_token_request", &blanks);
    assert_eq!((below.status, below.body.as_str()), (400, r#"{"error": "Invalid input"}"#));
}

#[test]
fn the_page_s_own_bodies_come_to_the_letter_where_a_tenant_wants_them() {
    let stage = Stage::start("dialect_settings = { wso2_5_2_bodies = true }");
    let invalid = ask_on(&stage, "scoped_introspect_sample", &[]);
    assert_eq!((invalid.status, invalid.body.as_str()), (200, "{'active':false}"));
    let blanks = [("<USERNAME>", "admin"), ("<PASSWORD>", "admin"), ("<TENANT_DOMAIN>", "foo.com")];
    let empty = ask_on(&stage, "empty_token_request", &blanks);
    assert_eq!((empty.status, empty.body.as_str()), (400, "{'error': 'Invalid input'}"));
}
