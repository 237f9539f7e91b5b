//! What is asked for claim by claim, and each request that is none.

use serde_json::json;

use super::ClaimsRequest;
use crate::{
    error::ErrorCode,
    limits::{CLAIM_VALUES_MAX, CLAIMS_BYTES_MAX, CLAIMS_MAX},
};

fn parse(text: &str) -> ClaimsRequest {
    ClaimsRequest::parse(text).unwrap()
}

#[test]
fn the_example_of_the_specification_is_read() {
    let asked = parse(
        r#"{"userinfo": {"given_name": {"essential": true}, "nickname": null,
            "email": {"essential": true}, "email_verified": {"essential": true}, "picture": null,
            "http://example.info/claims/groups": null},
        "id_token": {"auth_time": {"essential": true},
            "acr": {"values": ["urn:mace:incommon:iap:silver"]}}}"#,
    );
    let told = ["email", "email_verified", "given_name", "nickname", "picture"];
    assert_eq!(asked.userinfo_claims(), told);
    assert!(asked.id_token_claims().is_empty(), "neither is of the person");
    assert!(asked.admits_acr("1"), "it is a wish");
    assert!(!asked.names_user() && asked.admits("anybody"));
}

#[test]
fn little_is_enough_and_what_is_unknown_is_ignored() {
    for text in [
        "{}",
        r#"{"id_token": null, "userinfo": {}}"#,
        r#"{"id_token": {"x#de": {"essential": false, "purpose": 1}}, "other": [1]}"#,
    ] {
        let asked = parse(text);
        assert!(asked.id_token_claims().is_empty() && asked.userinfo_claims().is_empty());
        assert!(asked.admits_acr("1") && !asked.names_user());
    }
    let asked = parse(r#"{"id_token": {"name": {"value": 1}}}"#);
    assert_eq!(asked.id_token_claims(), ["name"]);
}

#[test]
fn no_context_but_those_that_are_essential_will_do() {
    let asked = |how: &str| parse(&format!(r#"{{"id_token": {{"acr": {how}}}}}"#));
    for any in ["null", r#"{"essential": true}"#, r#"{"values": ["gold"]}"#] {
        assert!(asked(any).admits_acr("1"), "{any}");
    }
    let gold = asked(r#"{"essential": true, "values": ["silver", "gold"]}"#);
    assert!(gold.admits_acr("gold") && gold.admits_acr("silver") && !gold.admits_acr("1"));
    assert!(!asked(r#"{"essential": true, "value": 1}"#).admits_acr("1"), "no text");
}

#[test]
fn a_subject_that_is_asked_for_admits_nobody_else() {
    let one = parse(r#"{"id_token": {"sub": {"value": "alice"}}}"#);
    assert!(one.names_user());
    assert!(one.admits("alice") && !one.admits("bob") && !one.admits(""));
    let either = parse(r#"{"userinfo": {"sub": {"values": ["alice", "bob"]}}}"#);
    assert!(either.admits("alice") && either.admits("bob") && !either.admits("carol"));
    let both = parse(
        r#"{"id_token": {"sub": {"value": "alice"}}, "userinfo": {"sub": {"value": "bob"}}}"#,
    );
    assert!(!both.admits("alice") && !both.admits("bob"));
    let any = parse(r#"{"id_token": {"sub": {"essential": true}}}"#);
    assert!(!any.names_user() && any.admits("alice"));
}

#[test]
fn what_is_malformed_is_an_invalid_request() {
    for bad in [
        "",
        "[]",
        "null",
        "{",
        r#"{"id_token": {}} x"#,
        r#"{"id_token": {}, "id_token": {}}"#,
        r#"{"id_token": []}"#,
        r#"{"userinfo": "email"}"#,
        r#"{"userinfo": {"email": true}}"#,
        r#"{"userinfo": {"email": {"essential": "true"}}}"#,
        r#"{"userinfo": {"email": {"essential": null}}}"#,
        r#"{"id_token": {"acr": {"values": "gold"}}}"#,
        r#"{"id_token": {"acr": {"values": []}}}"#,
        r#"{"id_token": {"acr": {"value": "a", "values": ["b"]}}}"#,
        r#"{"id_token": {"sub": {"value": 5}}}"#,
    ] {
        let error = ClaimsRequest::parse(bad).unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidRequest, "{bad}");
    }
}

#[test]
fn it_is_bounded() {
    let claims = |count: usize| {
        let claims: serde_json::Map<_, _> =
            (0..count).map(|at| (format!("c{at}"), json!(null))).collect();
        json!({ "userinfo": claims }).to_string()
    };
    parse(&claims(CLAIMS_MAX));
    let values =
        |count: usize| json!({"id_token": {"acr": {"values": vec!["a"; count]}}}).to_string();
    parse(&values(CLAIM_VALUES_MAX));
    let long = format!("{{}}{}", " ".repeat(CLAIMS_BYTES_MAX - 2));
    parse(&long);
    for bad in [claims(CLAIMS_MAX + 1), values(CLAIM_VALUES_MAX + 1), format!("{long} ")] {
        assert_eq!(ClaimsRequest::parse(&bad).unwrap_err().code, ErrorCode::InvalidRequest);
    }
}
