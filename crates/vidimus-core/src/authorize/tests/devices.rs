//! Devices that wait for their users (RFC 8628 §3.3).

use super::scene;
use crate::{
    authorize::{Endpoint, reply::Next},
    device::{DeviceRequest, GRANT_TYPE},
    error::ErrorCode,
    limits::USER_CODES_PER_MINUTE_MAX,
    page::{Page, UserCodeFailure},
    testing::{
        SECRET, Scene, basic, form,
        visitor::{Visitor, token},
    },
};

/// Device code and user code.
fn device(scene: &mut Scene) -> (String, String) {
    scene.client("web", |client| client.metadata.grant_types.push(GRANT_TYPE.to_owned()));
    let authorization = basic("web", SECRET);
    let form = form("scope=openid+read");
    let sent = crate::client_auth::Sent::new(Some(&authorization), &form);
    let ran = scene.act(&DeviceRequest::parse(&sent).unwrap());
    (ran.ok().device_code.expose().to_owned(), ran.ok().user_code.clone())
}

fn visitor() -> Visitor {
    Visitor { endpoint: Endpoint::Device, ..Visitor::default() }
}

#[track_caller]
fn code_page(visitor: &mut Visitor, scene: &mut Scene, query: &str) -> Page {
    match visitor.get(scene, query).unwrap().next {
        Next::Page(page, _) => *page,
        other => panic!("{other:?}"),
    }
}

fn type_code(visitor: &mut Visitor, scene: &mut Scene, code: &str) -> Next {
    let csrf = token(&code_page(visitor, scene, ""));
    let body = format!("csrf={csrf}&user_code={code}");
    visitor.send(scene, None, &body, true).unwrap().next
}

#[test]
fn a_user_allows_what_the_device_asked_for() {
    let mut scene = scene();
    let (device_code, user_code) = device(&mut scene);
    let mut visitor = visitor();
    let Page::UserCode(page) =
        code_page(&mut visitor, &mut scene, &format!("user_code={user_code}"))
    else {
        panic!("no form")
    };
    assert_eq!(page.user_code, user_code);
    let Next::Flow(flow) = type_code(&mut visitor, &mut scene, &user_code) else {
        panic!("no flow")
    };
    let flow = flow.expose().to_owned();
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let Page::Consent(page) = visitor.page(&mut scene, &flow) else { panic!("no consent") };
    assert_eq!((page.client.client_id.as_str(), page.user_code), ("web", Some(user_code)));
    let body = format!("grant_type={GRANT_TYPE}&device_code={device_code}");
    let web = basic("web", SECRET);
    assert_eq!(scene.token(Some(&web), &body).code(), ErrorCode::AuthorizationPending);
    let answer = visitor.post(&mut scene, &flow, "action=allow").unwrap();
    let Next::Page(page, _) = answer.next else { panic!("no page") };
    assert!(matches!(*page, Page::DeviceDone { allowed: true, .. }));
    scene.now = scene.now.plus_seconds(6);
    let given = scene.token(Some(&web), &body);
    assert_eq!(given.ok().scope, "openid read");
    assert!(given.ok().id_token.is_some());
}

#[test]
fn a_user_denies_it() {
    let mut scene = scene();
    let (device_code, user_code) = device(&mut scene);
    let mut visitor = visitor();
    let Next::Flow(flow) = type_code(&mut visitor, &mut scene, &user_code) else {
        panic!("no flow")
    };
    let flow = flow.expose().to_owned();
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let answer = visitor.post(&mut scene, &flow, "action=deny").unwrap();
    let Next::Page(page, _) = answer.next else { panic!("no page") };
    assert!(matches!(*page, Page::DeviceDone { allowed: false, .. }));
    let body = format!("grant_type={GRANT_TYPE}&device_code={device_code}");
    let ran = scene.token(Some(&basic("web", SECRET)), &body);
    assert_eq!(ran.code(), ErrorCode::AccessDenied);
}

#[test]
fn sec_214_codes_are_not_guessed() {
    let mut scene = scene();
    let (_, user_code) = device(&mut scene);
    let mut visitor = visitor();
    let Next::Page(page, _) = type_code(&mut visitor, &mut scene, "BBBB-BBBB") else {
        panic!("no page")
    };
    let Page::UserCode(page) = *page else { panic!("no form") };
    assert_eq!(page.failure, Some(UserCodeFailure::Unknown));
    scene.admits = Err(30);
    let Next::Page(page, _) = type_code(&mut visitor, &mut scene, &user_code) else {
        panic!("no page")
    };
    let Page::UserCode(page) = *page else { panic!("no form") };
    assert_eq!(page.failure, Some(UserCodeFailure::TooMany { retry_after_seconds: 30 }));
    const { assert!(USER_CODES_PER_MINUTE_MAX <= 10) };
}

#[test]
fn a_device_that_was_answered_waits_no_longer() {
    let mut scene = scene();
    let (_, user_code) = device(&mut scene);
    let (mut first, mut second) = (visitor(), visitor());
    let Next::Flow(one) = type_code(&mut first, &mut scene, &user_code) else { panic!("no flow") };
    let Next::Flow(two) = type_code(&mut second, &mut scene, &user_code) else { panic!("no flow") };
    let (one, two) = (one.expose().to_owned(), two.expose().to_owned());
    first.sign_in(&mut scene, &one, "alice").unwrap();
    first.post(&mut scene, &one, "action=allow").unwrap();
    assert!(second.send(&mut scene, Some(&two), "", false).is_err());
    let third = type_code(&mut visitor(), &mut scene, &user_code);
    assert!(matches!(third, Next::Page(..)));
}

#[test]
fn a_code_to_compare_looks_as_on_the_device_however_it_was_typed() {
    let mut scene = scene();
    let (_, user_code) = device(&mut scene);
    let mut visitor = visitor();
    let typed = user_code.to_lowercase().replace('-', "");
    let Next::Flow(flow) = type_code(&mut visitor, &mut scene, &typed) else { panic!("no flow") };
    let flow = flow.expose().to_owned();
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let Page::Consent(page) = visitor.page(&mut scene, &flow) else { panic!("no consent") };
    assert_eq!(page.user_code, Some(user_code));
}

/// Letters of other scripts are no part of a code, and would stand on our page as if we said them.
#[test]
fn a_link_puts_no_words_into_the_page() {
    let mut scene = scene();
    let (_, user_code) = device(&mut scene);
    let mut visitor = visitor();
    let spoken = format!("{user_code}%20%EF%BC%AF%EF%BC%AB%EF%BC%9A%3A%20%D0%B4%D0%B0");
    let Page::UserCode(page) = code_page(&mut visitor, &mut scene, &format!("user_code={spoken}"))
    else {
        panic!("no form")
    };
    assert_eq!(page.user_code, user_code);
    let Next::Flow(flow) = type_code(&mut visitor, &mut scene, &spoken) else { panic!("no flow") };
    let flow = flow.expose().to_owned();
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let Page::Consent(page) = visitor.page(&mut scene, &flow) else { panic!("no consent") };
    assert_eq!(page.user_code, Some(user_code));
}
