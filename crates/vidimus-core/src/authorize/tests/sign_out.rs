//! Signing out (OpenID Connect RP-Initiated Logout).

use super::{CB, query, scene};
use crate::{
    authorize::{Endpoint, reply::Next},
    client_auth::Sent,
    outcome::{Committed, Event},
    page::Page,
    testing::{
        SECRET, Scene, basic, form,
        visitor::{Visitor, value},
    },
    token::TokenRequest,
};

const BYE: &str = "https://app.example/bye";

/// A browser in which alice is signed in, and the ID token that said so.
fn signed_in(scene: &mut Scene) -> (Visitor, String, String) {
    scene.client("web", |client| {
        client.metadata.post_logout_redirect_uris = vec![BYE.to_owned()];
        client.metadata.backchannel_logout_uri = Some("https://app.example/logout".to_owned());
    });
    let mut visitor = Visitor::default();
    let given = visitor.go(scene, &query(""), "alice");
    let code = value(&given, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    let ran = scene.token(Some(&basic("web", SECRET)), &body);
    let id_token = ran.ok().id_token.as_ref().unwrap().expose().to_owned();
    let access = ran.ok().access_token.expose().to_owned();
    visitor.endpoint = Endpoint::EndSession;
    (visitor, id_token, access)
}

fn is_signed_in(visitor: &mut Visitor, scene: &mut Scene) -> bool {
    visitor.endpoint = Endpoint::Authorize;
    let Next::Back(back) = visitor.get(scene, &query("&prompt=none")).unwrap().next else {
        panic!("no answer")
    };
    visitor.endpoint = Endpoint::EndSession;
    back.parameters.iter().any(|(name, _)| *name == "code")
}

#[test]
fn a_hint_of_this_session_signs_out_and_everybody_hears() {
    let mut scene = scene();
    let (mut visitor, id_token, access) = signed_in(&mut scene);
    let asked = format!("id_token_hint={id_token}&post_logout_redirect_uri={BYE}&state=s%26t");
    let notices = scene.stock.tickets.len();
    let Next::To(to) = visitor.get(&mut scene, &asked).unwrap().next else { panic!("no way on") };
    assert_eq!(to, format!("{BYE}?state=s%26t"));
    assert!(!is_signed_in(&mut visitor, &mut scene));
    assert!(scene.reason("web", &access).is_some(), "what was not for the user's absence ends");
    assert_eq!(scene.stock.tickets.len(), notices, "the session's row went, a notice came");
}

#[test]
fn sec_027_nobody_is_signed_out_by_a_link() {
    let mut scene = scene();
    let (mut visitor, id_token, _) = signed_in(&mut scene);
    let tampered = format!("{}x", &id_token[..id_token.len() - 1]);
    for asked in [
        String::new(),
        "client_id=web".to_owned(),
        format!("client_id=web&post_logout_redirect_uri={BYE}"),
        format!("id_token_hint={tampered}&post_logout_redirect_uri={BYE}"),
        format!("id_token_hint={id_token}&post_logout_redirect_uri={BYE}%3Fx"),
        format!("id_token_hint={id_token}&post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F"),
    ] {
        let flow = visitor.begin(&mut scene, &asked);
        assert!(matches!(visitor.page(&mut scene, &flow), Page::SignOut(_)), "{asked}");
        assert!(is_signed_in(&mut visitor, &mut scene), "{asked}");
    }
    let flow = visitor.begin(&mut scene, "post_logout_redirect_uri=https%3A%2F%2Fevil.example%2F");
    let answer = visitor.post(&mut scene, &flow, "action=logout").unwrap();
    let Next::Page(page, _) = answer.next else { panic!("it went somewhere") };
    assert!(matches!(*page, Page::SignedOut(ref page) if page.next.is_none()));
    assert!(!is_signed_in(&mut visitor, &mut scene));
}

#[test]
fn the_operator_reads_where_a_client_would_have_had_the_browser() {
    let mut scene = scene();
    let (mut visitor, ..) = signed_in(&mut scene);
    for (uri, told) in [
        (BYE.to_owned(), None),
        (format!("{BYE}%3Fkey%3Dprivate"), Some(BYE)),
        ("https%3A%2F%2Fevil.example%2F".to_owned(), Some("https://evil.example/")),
    ] {
        visitor.get(&mut scene, &format!("client_id=web&post_logout_redirect_uri={uri}")).unwrap();
        let heard = visitor.events.first().map(|event| match event {
            Event::NotReturned { client_id, address } => (client_id.as_str(), address.as_str()),
            other => panic!("{other:?}"),
        });
        assert_eq!(heard, told.map(|address| ("web", address)));
    }
}

#[test]
fn a_code_of_a_session_that_has_ended_is_worth_nothing() {
    let mut scene = scene();
    let (mut visitor, id_token, _) = signed_in(&mut scene);
    visitor.endpoint = Endpoint::Authorize;
    let given = visitor.go(&mut scene, &query(""), "alice");
    visitor.endpoint = Endpoint::EndSession;
    visitor.get(&mut scene, &format!("id_token_hint={id_token}")).unwrap();
    let code = value(&given, "code").unwrap();
    let body = format!("grant_type=authorization_code&code={code}&redirect_uri={CB}");
    assert!(scene.token(Some(&basic("web", SECRET)), &body).reply.is_err());
}

#[test]
fn signing_out_twice_is_no_error() {
    let mut scene = scene();
    let (mut visitor, id_token, _) = signed_in(&mut scene);
    visitor.get(&mut scene, &format!("id_token_hint={id_token}")).unwrap();
    let answer = visitor.get(&mut scene, &format!("id_token_hint={id_token}")).unwrap();
    assert!(matches!(answer.next, Next::Page(page, _) if matches!(*page, Page::SignedOut(_))));
}

#[test]
fn a_sign_out_between_look_and_commit_wins() {
    let mut scene = scene();
    let (mut visitor, id_token, _) = signed_in(&mut scene);
    visitor.endpoint = Endpoint::Authorize;
    let given = visitor.go(&mut scene, &query(""), "alice");
    visitor.endpoint = Endpoint::EndSession;
    let code = value(&given, "code").unwrap();
    let body = form(&format!("grant_type=authorization_code&code={code}&redirect_uri={CB}"));
    let web = basic("web", SECRET);
    let request = TokenRequest::parse(&Sent::new(Some(&web), &body)).unwrap();
    let decided = scene.run(&request);
    decided.ok();
    visitor.get(&mut scene, &format!("id_token_hint={id_token}")).unwrap();
    assert_eq!(scene.stock.commit(&decided.writes), Committed::Conflict);
}
