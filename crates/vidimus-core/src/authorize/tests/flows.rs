//! Whose a flow is.

use super::{query, scene};
use crate::{
    error::Cause,
    limits::FLOW_TTL_SECONDS,
    page::Page,
    testing::visitor::{Visitor, token},
};

#[test]
fn sec_029_a_step_is_worth_nothing_in_another_browser() {
    let mut scene = scene();
    let (mut attacker, mut victim) = (Visitor::default(), Visitor::default());
    let flow = attacker.begin(&mut scene, &query(""));
    let page = attacker.page(&mut scene, &flow);
    victim.go(&mut scene, &query(""), "alice");
    for (body, is_post) in
        [(String::new(), false), (format!("csrf={}&action=allow", token(&page)), true)]
    {
        let error = victim.send(&mut scene, Some(&flow), &body, is_post).unwrap_err();
        assert_eq!(error.cause, Cause::NotYourFlow);
    }
    assert!(matches!(attacker.page(&mut scene, &flow), Page::SignIn(_)));
}

#[test]
fn sec_194_a_form_without_its_token_does_nothing() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query(""));
    for csrf in ["", "csrf=wrong&"] {
        let body = format!("{csrf}action=login&username=alice&password=x");
        let error = visitor.send(&mut scene, Some(&flow), &body, true).unwrap_err();
        assert_eq!(error.cause, Cause::FormToken);
    }
}

#[test]
fn a_flow_ends() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query(""));
    scene.now = scene.now.plus_seconds(FLOW_TTL_SECONDS + 1);
    let error = visitor.send(&mut scene, Some(&flow), "", false).unwrap_err();
    assert_eq!(error.cause, Cause::NotYourFlow);
}
