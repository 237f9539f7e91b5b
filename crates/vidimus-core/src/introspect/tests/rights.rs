//! Who may know of which token: the rights own, audience and tenant.

use serde_json::json;

use crate::{
    client_auth::Sent,
    error::{ErrorCode, OAuthError},
    facts::TenantRef,
    introspect::{AnswerForm, IntrospectReply, IntrospectRequest, Introspection, Reason},
    manner::Manner,
    model::{IntrospectRight, TokenKind},
    outcome::Event,
    testing::{Draft, Ran, SECRET, Scene, basic, form},
};

use IntrospectRight::{Audience, Own, Tenant};

fn scene(right: IntrospectRight) -> Scene {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.introspect = right);
    scene
}

#[test]
fn sec_126_a_client_sees_what_its_right_says() {
    let mine = Draft { audience: &[], ..Draft::default() };
    let theirs = Draft { client: "other", ..mine.clone() };
    let for_me = Draft { audience: &["web"], ..theirs.clone() };
    for (right, draft, kind, reason) in [
        (Own, &mine, TokenKind::Access, None),
        (Own, &mine, TokenKind::Refresh, None),
        (Own, &theirs, TokenKind::Access, Some(Reason::WrongAudience)),
        (Own, &theirs, TokenKind::Refresh, Some(Reason::WrongKind)),
        (Own, &for_me, TokenKind::Access, Some(Reason::WrongAudience)),
        (Audience, &mine, TokenKind::Access, None),
        (Audience, &mine, TokenKind::Refresh, None),
        (Audience, &theirs, TokenKind::Access, Some(Reason::WrongAudience)),
        (Audience, &for_me, TokenKind::Access, None),
        (Audience, &for_me, TokenKind::Refresh, Some(Reason::WrongKind)),
        (Tenant, &mine, TokenKind::Access, None),
        (Tenant, &theirs, TokenKind::Access, None),
        (Tenant, &theirs, TokenKind::Refresh, None),
    ] {
        let mut scene = scene(right);
        let (token, _) = scene.issue(&Draft { kind, ..draft.clone() });
        assert_eq!(scene.reason("web", &token), reason, "{right:?} {kind:?}");
    }
}

#[test]
fn sec_126_a_resource_server_sees_its_audiences_or_the_tenant() {
    let mut scene = Scene::new();
    let (for_one, _) = scene.issue(&Draft::default());
    let (for_none, _) = scene.issue(&Draft { audience: &[], ..Draft::default() });
    let both = &["https://rs1", "https://rs2"];
    let (for_both, _) = scene.issue(&Draft { audience: both, ..Draft::default() });
    let hidden = Some(Reason::WrongAudience);
    for (token, rs1, rs2) in [
        (&for_one, None, hidden.clone()),
        (&for_none, hidden.clone(), hidden.clone()),
        (&for_both, None, None),
    ] {
        assert_eq!(scene.reason("rs1", token), rs1);
        assert_eq!(scene.reason("rs2", token), rs2);
    }
    scene.server("rs2", |server| server.introspect = Tenant);
    for token in [&for_one, &for_none, &for_both] {
        assert_eq!(scene.reason("rs2", token), None);
    }
}

#[test]
fn sec_133_a_refresh_token_is_never_active_to_a_resource_server() {
    let mut scene = Scene::new();
    let (refresh, _) = scene.issue(&Draft { kind: TokenKind::Refresh, ..Draft::default() });
    assert_eq!(scene.reason("rs1", &refresh), Some(Reason::WrongKind));
    let (own, _) = scene.introspect("web", &refresh);
    assert_eq!((&own["active"], &own["token_type"]), (&json!(true), &json!("refresh_token")));
}

#[test]
fn sec_144_a_resource_server_is_told_its_own_scopes() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { scope: "read write admin", ..Draft::default() });
    for (ceiling, told) in [
        (None, json!("read write admin")),
        (Some("admin read x"), json!("read admin")),
        (Some("x"), json!(null)),
        (Some(""), json!(null)),
    ] {
        scene.server("rs1", |server| server.scope = ceiling.map(str::to_owned));
        let (answer, _) = scene.introspect("rs1", &token);
        assert_eq!(answer["active"], true);
        assert_eq!(answer.get("scope").cloned().unwrap_or_default(), told, "{ceiling:?}");
    }
}

#[test]
fn sec_129_no_tenant_sees_anothers_tokens() {
    let mut scene = Scene::new();
    let bar = scene.key("bar.com");
    scene.put_resource_server(bar, "rsb", "https://rs1");
    scene.server("rsb", |server| server.introspect = Tenant);
    let (token, _) = scene.issue(&Draft::default());
    assert_eq!(scene.reason("rs1", &token), None);
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    assert_eq!(scene.reason("rsb", &token), Some(Reason::OtherTenant));
    // The caller of one tenant is nobody in the other.
    let authorization = basic("rs1", crate::testing::SECRET);
    let body = format!("token={token}");
    let answer = crate::introspect::AnswerForm::Json;
    let ran = scene.introspection(Some(&authorization), &body, answer);
    assert_eq!(ran.code(), crate::error::ErrorCode::InvalidClient);
}

#[test]
fn a_row_moved_to_another_tenant_is_forged_there() {
    let mut scene = Scene::new();
    let bar = scene.key("bar.com");
    scene.put_resource_server(bar, "rsb", "https://rs1");
    let (token, _) = scene.issue(&Draft::default());
    scene.stock.tokens[0].0 = bar;
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    assert_eq!(scene.reason("rsb", &token), Some(Reason::Forged));
}

/// Anybody can name it, so it would tell anybody about its tokens.
#[test]
fn sec_125_a_public_client_is_told_nothing() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft { client: "spa", ..Draft::default() });
    let form = form(&format!("token={token}&client_id=spa"));
    let sent = Sent::new(None, &form);
    let refused = IntrospectRequest::parse(&sent, AnswerForm::Json).err();
    assert_eq!(refused.map(|error| error.code), Some(ErrorCode::InvalidClient));
}

#[test]
fn a_text_without_a_shape_tells_nothing_of_whose_token_it_is() {
    static STRICT: Manner = Manner { refuses_shapeless: true, ..Manner::STANDARD };
    let mut scene = Scene::new();
    let bar = scene.key("bar.com");
    scene.put_client(bar, "far", "client_secret_basic", true);
    for (client, chosen) in [("far", "theirs-by-choice"), ("web", "ours-by-choice")] {
        let (_, key) = scene.issue(&Draft { client, ..Draft::default() });
        let digest = scene.vault.locator(chosen);
        let (tenant, token) =
            scene.stock.tokens.iter_mut().find(|(_, token)| token.key == key).unwrap();
        token.hash = scene.vault.token_hash(*tenant, chosen);
        scene.stock.locators.push((*tenant, digest, key));
    }
    let mut ask = |caller: &str, token: &str| {
        let (form, basic) = (form(&format!("token={token}")), basic(caller, SECRET));
        let sent = Sent { manner: &STRICT, ..Sent::new(Some(&basic), &form) };
        scene.act(&IntrospectRequest::parse(&sent, AnswerForm::Json).unwrap())
    };
    assert!(matches!(
        ask("web", "ours-by-choice").ok(),
        IntrospectReply::Json(Introspection::Active(_))
    ));
    let refused = |ran: Ran<IntrospectReply>| OAuthError { why: None, ..ran.reply.unwrap_err() };
    let guess = ask("other", "nobodys-by-choice");
    let (caller, reason) = ("other".to_owned(), Some(Reason::Malformed));
    let event = Event::Introspected { caller, reason, token: None };
    assert_eq!(guess.events, [event], "guessers are noticed by it");
    let nobodys = refused(guess);
    assert_eq!(nobodys.code, ErrorCode::UnsupportedTokenType);
    for token in ["theirs-by-choice", "ours-by-choice"] {
        assert_eq!(refused(ask("other", token)), nobodys, "{token}");
    }
}
