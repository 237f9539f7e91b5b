//! Token exchange: what comes out is never wider nor longer than what went in.

use serde_json::json;

use super::{ACCESS_TOKEN, ID_TOKEN, JWT, TOKEN_EXCHANGE};
use crate::{
    client_auth::Sent,
    error::{Cause, ErrorCode},
    grant::jwt_bearer::tests::{IDP, scene as with_trust, trusted},
    introspect::Reason,
    manner::Manner,
    model::{Confirmation, IntrospectRight, Token, TokenFormat, TokenKind},
    outcome::{Change, OnceSpace},
    testing::{Draft, FOO, Jws, Key, NOW, Ran, SECRET, Scene, basic, es256, form},
    token::{TokenReply, TokenRequest},
};

/// What happens to a world and the subject token in it.
type Happening = fn(&mut Scene, &str);

fn scene() -> Scene {
    let mut scene = with_trust();
    for id in ["web", "other", "spa"] {
        scene.client(id, |client| client.metadata.grant_types.push(TOKEN_EXCHANGE.to_owned()));
    }
    scene
}

fn body(subject: &str, kind: &str) -> String {
    format!("grant_type={TOKEN_EXCHANGE}&subject_token={subject}&subject_token_type={kind}")
}

fn exchange(scene: &mut Scene, client: &str, subject: &str, more: &str) -> Ran<TokenReply> {
    let body = format!("{}{more}", body(subject, ACCESS_TOKEN));
    scene.token(Some(&basic(client, SECRET)), &body)
}

fn own(scene: &mut Scene) -> String {
    scene.issue(&Draft { user: Some("alice"), ..Draft::default() }).0
}

fn inserted(ran: &Ran<TokenReply>) -> &Token {
    let token = ran.writes.iter().find_map(|write| match &write.change {
        Change::InsertToken(token) => Some(token),
        _ => None,
    });
    token.unwrap()
}

#[track_caller]
fn refused(ran: &Ran<TokenReply>) {
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidRequest, 0), "{}", ran.why());
}

#[test]
fn an_own_token_is_exchanged_for_one_that_is_no_wider_and_no_longer() {
    let mut scene = scene();
    let subject = own(&mut scene);
    scene.now = NOW.plus_seconds(1000);
    let ran = exchange(&mut scene, "web", &subject, "");
    let reply = ran.ok();
    assert_eq!(reply.issued_token_type, Some(ACCESS_TOKEN));
    assert_eq!((reply.expires_in, reply.scope.as_str()), (2600, "read write"));
    assert!(reply.refresh_token.is_none() && reply.id_token.is_none());
    let token = inserted(&ran);
    assert_eq!(token.user, Some(scene.key("alice")));
    assert_eq!(token.audience, ["https://rs1"], "without a wish it stays what it was");
    scene.policy(|policy| policy.access_token_ttl_seconds = 60);
    assert_eq!(exchange(&mut scene, "web", &subject, "").ok().expires_in, 60);
    let same = format!("&requested_token_type={ACCESS_TOKEN}");
    exchange(&mut scene, "web", &subject, &same).ok();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let jwt = exchange(&mut scene, "web", &subject, "").ok().access_token.expose().to_owned();
    exchange(&mut scene, "web", &jwt, "").ok();
}

#[test]
fn sec_064_the_scope_is_within_the_subjects_the_clients_and_the_request() {
    let mut scene = scene();
    let subject = own(&mut scene);
    assert_eq!(exchange(&mut scene, "web", &subject, "&scope=read+openid").ok().scope, "read");
    // The client may have it, the subject does not.
    let ran = exchange(&mut scene, "web", &subject, "&scope=openid");
    assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidScope, 0));
    scene.client("web", |client| client.metadata.scope = "write admin".to_owned());
    assert_eq!(exchange(&mut scene, "web", &subject, "").ok().scope, "write");
    let ran = exchange(&mut scene, "web", &subject, "&scope=read+admin");
    assert_eq!(ran.code(), ErrorCode::InvalidScope);
}

#[test]
fn sec_064_only_a_token_that_the_client_may_see_is_exchanged() {
    let mut scene = scene();
    let subject = own(&mut scene);
    refused(&exchange(&mut scene, "other", &subject, ""));
    scene.client("other", |client| client.metadata.introspect = IntrospectRight::Tenant);
    let ran = exchange(&mut scene, "other", &subject, "");
    assert_eq!(inserted(&ran).client, Some(scene.key("other")));
    scene.client("other", |client| client.metadata.introspect = IntrospectRight::Own);
    let (for_it, _) = scene.issue(&Draft { audience: &["other"], ..Draft::default() });
    exchange(&mut scene, "other", &for_it, "").ok();
    // A client that proves nothing exchanges nothing.
    let (spas, _) = scene.issue(&Draft { client: "spa", ..Draft::default() });
    let ran = scene.token(None, &format!("{}&client_id=spa", body(&spas, ACCESS_TOKEN)));
    assert_eq!(ran.code(), ErrorCode::UnauthorizedClient);
}

#[test]
fn sec_064_a_subject_that_is_not_good_is_refused() {
    let changes: [Happening; 9] = [
        |scene, _| scene.now = NOW.plus_seconds(3600),
        |scene, text| drop(scene.revoke("web", text)),
        |scene, _| scene.stock.tokens[0].1.hash[0] ^= 1,
        |scene, _| scene.stock.tokens[0].0 = scene.key("bar.com"),
        |scene, _| scene.stock.tokens.clear(),
        |scene, _| scene.disable("alice"),
        |scene, _| scene.edit("alice", |o| o.standing.not_before = NOW.plus_seconds(1)),
        |scene, _| scene.stock.tokens[0].1.kind = TokenKind::Refresh,
        |scene, _| {
            scene.stock.tokens[0].1.confirmation = Some(Confirmation::Jkt("key".to_owned()));
        },
    ];
    for (at, change) in changes.into_iter().enumerate() {
        let mut scene = scene();
        let subject = own(&mut scene);
        change(&mut scene, &subject);
        let ran = exchange(&mut scene, "web", &subject, "");
        assert!(ran.reply.is_err(), "{at}");
        refused(&ran);
    }
    let mut scene = scene();
    for text in ["x", "vat_", "not-a-token-at-all"] {
        refused(&exchange(&mut scene, "web", text, ""));
    }
}

#[test]
fn sec_064_what_is_missing_or_not_supported_is_refused() {
    let mut scene = scene();
    let subject = own(&mut scene);
    for (more, missing) in [("", "subject_token"), ("&subject_token=x", "subject_token_type")] {
        let body = format!("grant_type={TOKEN_EXCHANGE}{more}");
        let ran = scene.token(Some(&basic("web", SECRET)), &body);
        assert_eq!(ran.error().cause, Cause::Missing(missing));
        refused(&ran);
    }
    for more in [
        "&actor_token=x",
        "&actor_token_type=urn:ietf:params:oauth:token-type:jwt",
        "&requested_token_type=urn:ietf:params:oauth:token-type:refresh_token",
        "&requested_token_type=urn:ietf:params:oauth:token-type:jwt",
    ] {
        refused(&exchange(&mut scene, "web", &subject, more));
    }
    for kind in ["refresh_token", "saml2", "x"] {
        let kind = format!("urn:ietf:params:oauth:token-type:{kind}");
        refused(&scene.token(Some(&basic("web", SECRET)), &body(&subject, &kind)));
    }
}

#[test]
fn sec_064_a_resource_or_audience_must_be_known() {
    let mut scene = scene();
    let subject = own(&mut scene);
    for (more, audience) in [
        ("&resource=https://rs2", &["https://rs2"][..]),
        ("&audience=https://rs2", &["https://rs2"][..]),
        ("&resource=https://rs1&audience=https://rs2", &["https://rs1", "https://rs2"][..]),
    ] {
        let ran = exchange(&mut scene, "web", &subject, more);
        ran.ok();
        assert_eq!(inserted(&ran).audience, audience, "{more}");
    }
    for more in ["&resource=https://rs3", "&audience=https://rs3", "&audience=rs1"] {
        let ran = exchange(&mut scene, "web", &subject, more);
        assert_eq!((ran.code(), ran.writes.len()), (ErrorCode::InvalidTarget, 0), "{more}");
    }
    // Elsewhere the parameter means nothing.
    let ran = scene
        .token(Some(&basic("web", SECRET)), "grant_type=client_credentials&audience=https://rs2");
    assert!(inserted(&ran).audience.is_empty());
}

#[test]
fn what_comes_of_an_authorization_ends_with_it() {
    let mut scene = scene();
    let family = scene.family();
    let draft = Draft { user: Some("alice"), family: Some(family), ..Draft::default() };
    let (subject, _) = scene.issue(&draft);
    let (refresh, _) = scene.issue(&Draft { kind: TokenKind::Refresh, ..draft });
    let exchanged = exchange(&mut scene, "web", &subject, "").ok().access_token.clone();
    assert_eq!(scene.reason("web", exchanged.expose()), None);
    scene.revoke("web", &refresh).ok();
    let reason = scene.reason("web", exchanged.expose());
    assert!(matches!(reason, Some(Reason::FamilyRevoked { .. })), "{reason:?}");
}

#[test]
fn an_assertion_of_a_trusted_issuer_is_a_subject_too() {
    let mut scene = scene();
    let theirs = |scene: &Scene| {
        Jws::about_alice(IDP, scene).key(Key::Es256(es256(1))).claim("jti", json!("one"))
    };
    let send = |scene: &mut Scene, subject: &Jws, kind: &str| {
        scene.token(Some(&basic("web", SECRET)), &body(&subject.text(), kind))
    };
    let subject = theirs(&scene);
    let ran = send(&mut scene, &subject, JWT);
    assert_eq!((ran.ok().scope.as_str(), ran.ok().expires_in), ("read", 180));
    let [once, _] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    assert_eq!(once.tenant, scene.key(FOO));
    assert!(matches!(once.change, Change::Once { space: OnceSpace::AssertionGrant, .. }));
    let again = send(&mut scene, &subject, ID_TOKEN);
    assert_eq!(again.error().cause, Cause::AssertionReplayed);
    refused(&again);
    let fresh = subject.clone().claim("jti", json!("two"));
    send(&mut scene, &fresh, ID_TOKEN).ok();
    // Late within the skew it would still be a grant, but nothing is left to give.
    let late = subject.clone().claim("jti", json!("3")).claim("exp", json!(NOW.seconds() - 1));
    refused(&send(&mut scene, &late, JWT));
    let own = Jws::about_alice("web", &scene);
    refused(&send(&mut scene, &own, JWT));
    let forged = subject.claim("jti", json!("4")).key(Key::Es256(es256(0)));
    let ran = send(&mut scene, &forged, JWT);
    assert_eq!(ran.error().cause, Cause::AssertionSignature);
    refused(&ran);
    trusted(&mut scene, |trusted| trusted.subjects.clear());
    let ran = send(&mut scene, &fresh.claim("jti", json!("5")), JWT);
    assert_eq!(ran.error().cause, Cause::NotApproved);
    refused(&ran);
}

#[test]
fn what_comes_of_an_authorization_stays_in_it_also_where_none_begins() {
    static NONE_BEGINS: Manner =
        Manner { grants_without_refresh: &[TOKEN_EXCHANGE], ..Manner::STANDARD };
    let mut scene = scene();
    let family = scene.family();
    let (subject, _) = scene.issue(&Draft { family: Some(family), ..Draft::default() });
    let (web, form) = (basic("web", SECRET), form(&body(&subject, ACCESS_TOKEN)));
    let sent = Sent { manner: &NONE_BEGINS, ..Sent::new(Some(&web), &form) };
    let ran = scene.act(&TokenRequest::parse(&sent).unwrap());
    assert_eq!(inserted(&ran).family, Some(family));
}
