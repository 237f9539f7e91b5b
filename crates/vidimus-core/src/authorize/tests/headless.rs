//! Clients that bring their user's password.

use super::{CB, query, scene};
use crate::{
    authorize::reply::Next,
    manner::{AuthorizationManner, Manner},
    testing::{
        SECRET, Scene, basic,
        visitor::{PASSWORD, Visitor, pairs, value},
    },
};

static HEADLESS: Manner = Manner {
    authorization: AuthorizationManner {
        headless_response_type: Some("code_credentials"),
        ..AuthorizationManner::STANDARD
    },
    ..Manner::STANDARD
};

fn ask(scene: &mut Scene, manner: &'static Manner, password: &str) -> Vec<(String, String)> {
    let authorization = Some(basic("alice", password));
    let mut visitor = Visitor { manner, authorization, ..Visitor::default() };
    let asked = query("").replace("type=code", "type=code_credentials");
    let answer = visitor.send(scene, None, &asked, true).unwrap();
    let is_session = |(name, _): &(String, String)| name.starts_with("vidimus-session");
    assert!(!visitor.cookies.iter().any(is_session));
    let Next::Back(back) = answer.next else { panic!("{:?}", answer.next) };
    assert_eq!(back.to.as_str(), CB);
    pairs(&back)
}

#[test]
fn a_password_brings_a_code_where_tenant_and_client_want_that() {
    let mut scene = scene();
    let refused = |given: Vec<(String, String)>| value(&given, "error").map(str::to_owned);
    let of_standard = ask(&mut scene, &Manner::STANDARD, PASSWORD);
    assert_eq!(refused(of_standard).as_deref(), Some("unsupported_response_type"));
    let off = ask(&mut scene, &HEADLESS, PASSWORD);
    assert_eq!(refused(off).as_deref(), Some("unauthorized_client"));
    scene.policy(|policy| policy.allow_password_grant = true);
    let not_the_clients = ask(&mut scene, &HEADLESS, PASSWORD);
    assert_eq!(refused(not_the_clients).as_deref(), Some("unauthorized_client"));
    scene.client("web", |client| client.metadata.grant_types.push("password".to_owned()));
    let wrong = ask(&mut scene, &HEADLESS, "wrong");
    assert_eq!(refused(wrong).as_deref(), Some("invalid_grant"));
    let unasked = ask(&mut scene, &HEADLESS, PASSWORD);
    assert_eq!(refused(unasked).as_deref(), Some("consent_required"));
    scene.client("web", |client| client.metadata.preauthorized_users = vec!["*".to_owned()]);
    let given = ask(&mut scene, &HEADLESS, PASSWORD);
    let code = value(&given, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    scene.token(Some(&basic("web", SECRET)), &body).ok();
}
