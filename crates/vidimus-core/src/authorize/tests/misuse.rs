//! What is allowed, remembered and ended when others try for more than was meant: clients that change
//! while their users read, sign-outs as open doors, authorizations that outlive their session.

use super::{CB, query, scene};
use crate::{
    authorize::{Endpoint, reply::Next},
    client_auth::Sent,
    error::{Cause, ErrorCode},
    manner::Manner,
    model::{Body, Registered},
    outcome::Event,
    page::Page,
    par::PushRequest,
    testing::{
        SECRET, Scene, basic, form,
        visitor::{Visitor, token, value},
    },
};

static GENEROUS: Manner = Manner { grants_unasked_scope: true, ..Manner::STANDARD };

fn registered_itself(scene: &mut Scene, id: &str) {
    scene.client(id, |client| {
        client.registration = Some(Registered {
            token_hash: String::new(),
            issued_at: crate::testing::NOW,
            by: None,
            used: false,
            digest: None,
        });
        client.metadata.post_logout_redirect_uris = vec!["https://evil.example/".to_owned()];
    });
}

fn exchange(scene: &mut Scene, given: &[(String, String)]) -> String {
    let code = value(given, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    let ran = scene.token(Some(&basic("web", SECRET)), &body);
    ran.ok().refresh_token.as_ref().unwrap().expose().to_owned()
}

fn refreshes(scene: &mut Scene, token: &str) -> bool {
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    scene.token(Some(&basic("web", SECRET)), &body).reply.is_ok()
}

#[test]
fn a_yes_is_to_what_was_read_and_to_nothing_that_came_after() {
    for grows in [true, false] {
        let mut scene = scene();
        scene.client("web", |client| client.metadata.scope = "openid".to_owned());
        let mut visitor = Visitor { manner: &GENEROUS, ..Visitor::default() };
        let flow = visitor.begin(&mut scene, &query("").replace("&scope=openid+read", ""));
        visitor.sign_in(&mut scene, &flow, "alice").unwrap();
        let page = visitor.page(&mut scene, &flow);
        assert!(matches!(&page, Page::Consent(page) if page.scopes == ["openid"]));
        scene.client("web", |client| {
            if grows {
                client.metadata.scope = "openid read write".to_owned();
            } else {
                client.metadata.client_name = Some("Your bank".to_owned());
            }
        });
        let yes = format!("csrf={}&action=allow", token(&page));
        let refused = visitor.send(&mut scene, Some(&flow), &yes, true).unwrap_err();
        assert_eq!(refused.cause, Cause::FormToken);
        // Whoever reads it now may allow it.
        let answer = visitor.post(&mut scene, &flow, "action=allow").unwrap();
        assert!(matches!(answer.next, Next::Back(_)));
    }
}

#[test]
fn a_yes_is_not_kept_for_later() {
    let mut scene = scene();
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &query("&max_age=100"));
    visitor.sign_in(&mut scene, &flow, "alice").unwrap();
    let other = visitor.begin(&mut scene, &query("&max_age=100"));
    let csrf = token(&visitor.page(&mut scene, &other));
    scene.now = scene.now.plus_seconds(101);
    let yes = format!("csrf={csrf}&action=allow");
    let Next::Flow(_) = visitor.send(&mut scene, Some(&other), &yes, true).unwrap().next else {
        panic!("too old a sign-in was enough")
    };
    visitor.sign_in(&mut scene, &other, "alice").unwrap();
    assert!(matches!(visitor.page(&mut scene, &other), Page::Consent(_)));
}

#[test]
fn what_an_administrator_allowed_is_no_word_of_the_user() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.preauthorized_users = vec!["*".to_owned()]);
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query(""), "alice");
    assert!(!scene.stock.objects.iter().any(|object| matches!(object.body, Body::Consent(_))));
    scene.client("web", |client| client.metadata.preauthorized_users.clear());
    let flow = visitor.begin(&mut scene, &query(""));
    assert!(matches!(visitor.page(&mut scene, &flow), Page::Consent(_)));
}

#[test]
fn sec_027_signing_out_sends_nobody_on_to_whoever_registered_itself() {
    let mut scene = scene();
    registered_itself(&mut scene, "web");
    let mut stranger = Visitor { endpoint: Endpoint::EndSession, ..Visitor::default() };
    let asked = "client_id=web&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F";
    let Next::Page(page, _) = stranger.get(&mut scene, asked).unwrap().next else {
        panic!("an open redirect")
    };
    assert!(matches!(*page, Page::SignedOut(ref page) if page.next.is_none()));
    // Who was signed in and says yes goes where it was said.
    let mut alice = Visitor::default();
    alice.go(&mut scene, &query(""), "alice");
    alice.endpoint = Endpoint::EndSession;
    let flow = alice.begin(&mut scene, asked);
    let answer = alice.post(&mut scene, &flow, "action=logout").unwrap();
    assert!(matches!(answer.next, Next::To(to) if to == "https://evil.example/"));
}

#[test]
fn a_sign_out_ends_the_first_authorization_of_many() {
    let mut scene = scene();
    let mut alice = Visitor::default();
    let first = alice.go(&mut scene, &query(""), "alice");
    let first = exchange(&mut scene, &first);
    let late = alice.go(&mut scene, &query(""), "alice");
    for _ in 0..crate::authorize::FAMILIES_MAX {
        alice.go(&mut scene, &query(""), "alice");
    }
    alice.endpoint = Endpoint::EndSession;
    let flow = alice.begin(&mut scene, "");
    alice.post(&mut scene, &flow, "action=logout").unwrap();
    assert!(!refreshes(&mut scene, &first), "it outlived its session");
    let code = value(&late, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    assert!(scene.token(Some(&basic("web", SECRET)), &body).reply.is_err());
}

#[test]
fn a_code_that_its_session_knows_no_more_is_worth_nothing() {
    let mut scene = scene();
    let mut alice = Visitor::default();
    let late = alice.go(&mut scene, &query(""), "alice");
    for _ in 0..crate::authorize::FAMILIES_MAX {
        alice.go(&mut scene, &query(""), "alice");
    }
    let code = value(&late, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    assert!(scene.token(Some(&basic("web", SECRET)), &body).reply.is_err());
}

#[test]
fn sec_190_the_operator_hears_of_wrong_passwords_wherever_they_are_brought() {
    use crate::manner::AuthorizationManner;
    static HEADLESS: Manner = Manner {
        authorization: AuthorizationManner {
            headless_response_type: Some("code_credentials"),
            ..AuthorizationManner::STANDARD
        },
        ..Manner::STANDARD
    };
    let mut scene = scene();
    scene.policy(|policy| policy.allow_password_grant = true);
    scene.client("web", |client| client.metadata.grant_types.push("password".to_owned()));
    let asked = query("").replace("type=code", "type=code_credentials");
    for name in ["alice", "nobody"] {
        let authorization = Some(basic(name, "wrong"));
        let mut visitor = Visitor { manner: &HEADLESS, authorization, ..Visitor::default() };
        visitor.send(&mut scene, None, &asked, true).unwrap();
        let heard = visitor.events.iter().any(|event| matches!(event, Event::SignInFailed { .. }));
        assert!(heard, "{name}");
    }
}

#[test]
fn a_device_s_cookie_of_any_text_breaks_no_sign_in() {
    let mut scene = scene();
    let mut alice = Visitor::default();
    alice.go(&mut scene, &query(""), "alice");
    let device = |(name, _): &&mut (String, String)| name.starts_with("vidimus-device-");
    let (_, value) = alice.cookies.iter_mut().find(device).unwrap();
    *value = format!("{}~{}", ", \"\\".repeat(11).get(..43).unwrap(), "x".repeat(43));
    let flow = alice.begin(&mut scene, &query("&prompt=login"));
    let answer = alice.sign_in(&mut scene, &flow, "alice").unwrap();
    let is_octet = |c: char| c.is_ascii_alphanumeric() || "-_~".contains(c);
    for cookie in &answer.cookies {
        assert!(cookie.value.expose().chars().all(is_octet), "{cookie:?}");
    }
}

/// Else every silent renewal would leave a row for a year.
#[test]
fn an_authorization_that_nobody_can_refresh_lasts_as_long_as_its_token() {
    let mut scene = scene();
    scene.policy(|policy| policy.allow_legacy_response_types = true);
    scene.client("web", |client| client.metadata.response_types.push("token".to_owned()));
    let mut alice = Visitor::default();
    alice.go(&mut scene, &query("").replace("type=code", "type=token"), "alice");
    scene.client("web", |client| {
        client.metadata.grant_types.retain(|grant| grant != "refresh_token");
    });
    let given = alice.go(&mut scene, &query(""), "alice");
    let code = value(&given, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    scene.token(Some(&basic("web", SECRET)), &body).ok();
    let tokens = scene.stock.tokens.iter().map(|(_, token)| token.expires_at);
    let families = scene.stock.families.iter().map(|(_, family)| family.expires_at);
    assert_eq!(families.collect::<Vec<_>>(), tokens.collect::<Vec<_>>());
}

#[test]
fn nobody_has_more_kept_than_a_request_can_say() {
    let mut scene = scene();
    let mut anybody = Visitor::default();
    let much = "x".repeat(crate::limits::FLOW_BYTES_MAX);
    let before = scene.stock.tickets.len();
    for (endpoint, more) in [
        (Endpoint::Authorize, query(&format!("&login_hint={much}"))),
        (Endpoint::Account, format!("ui_locales={much}x")),
    ] {
        anybody.endpoint = endpoint;
        assert!(anybody.send(&mut scene, None, &more, true).is_err());
    }
    let pushed = form(&query(&format!("&login_hint={much}")));
    let web = basic("web", SECRET);
    let request = PushRequest::parse(&Sent::new(Some(&web), &pushed)).unwrap();
    assert_eq!(scene.act(&request).code(), ErrorCode::InvalidRequest);
    assert_eq!(scene.stock.tickets.len(), before);
}
