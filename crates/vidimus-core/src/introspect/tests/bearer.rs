//! Callers that authenticate with one of our own access tokens.

use crate::{
    error::ErrorCode,
    introspect::{AnswerForm, IntrospectReply, Introspection},
    model::{Confirmation, IntrospectRight, TokenFormat, TokenKind},
    testing::{Draft, NOW, Ran, Scene},
};

const SCOPE: &str = crate::scope::INTROSPECT;

fn ask(scene: &mut Scene, authorization: &str, token: &str) -> Ran<IntrospectReply> {
    scene.introspection(Some(authorization), &format!("token={token}"), AnswerForm::Json)
}

fn is_active(ran: &Ran<IntrospectReply>) -> bool {
    matches!(ran.ok(), IntrospectReply::Json(Introspection::Active(_)))
}

#[test]
fn a_bearer_asks_with_the_right_of_its_client() {
    let mut scene = Scene::new();
    let bearer = scene.bearer(SCOPE);
    let (own, _) = scene.issue(&Draft::default());
    let (others, _) = scene.issue(&Draft { client: "other", ..Draft::default() });
    assert!(is_active(&ask(&mut scene, &bearer, &own)));
    assert!(!is_active(&ask(&mut scene, &bearer, &others)));
    scene.client("web", |client| client.metadata.introspect = IntrospectRight::Tenant);
    assert!(is_active(&ask(&mut scene, &bearer, &others)));
    let lower = bearer.replacen("Bearer", "bearer", 1);
    assert!(is_active(&ask(&mut scene, &lower, &own)));
    let itself = bearer.strip_prefix("Bearer ").unwrap().to_owned();
    assert!(is_active(&ask(&mut scene, &bearer, &itself)));
}

#[test]
fn sec_125_a_bearer_without_the_scope_is_refused() {
    let mut scene = Scene::new();
    let (token, _) = scene.issue(&Draft::default());
    for scope in ["", "read", "vidimus.introspec", "vidimus.admin"] {
        let bearer = scene.bearer(scope);
        let ran = ask(&mut scene, &bearer, &token);
        assert_eq!((ran.code(), ran.events.len()), (ErrorCode::InsufficientScope, 0), "{scope}");
    }
}

#[test]
fn sec_145_a_bearer_that_is_not_valid_is_refused() {
    let happenings: [fn(&mut Scene); 7] = [
        |scene| scene.now = NOW.plus_seconds(3600),
        |scene| scene.stock.tokens.clear(),
        |scene| scene.stock.tokens[0].1.hash[0] ^= 1,
        |scene| scene.stock.tokens[0].0 = scene.key("bar.com"),
        |scene| scene.disable("web"),
        |scene| scene.forget("web"),
        |scene| scene.disable(crate::testing::FOO),
    ];
    for (at, happens) in happenings.iter().enumerate() {
        let mut scene = Scene::new();
        let bearer = scene.bearer(SCOPE);
        happens(&mut scene);
        let ran = ask(&mut scene, &bearer, "x");
        assert_eq!(ran.code(), ErrorCode::InvalidToken, "{at}");
    }
    let mut scene = Scene::new();
    for bad in ["Bearer ", "Bearer x", "Bearer  vat_", "bearer vat_x"] {
        assert_eq!(ask(&mut scene, bad, "x").code(), ErrorCode::InvalidToken, "{bad}");
    }
}

#[test]
fn sec_145_a_revoked_bearer_is_refused() {
    let mut scene = Scene::new();
    let bearer = scene.bearer(SCOPE);
    let text = bearer.strip_prefix("Bearer ").unwrap().to_owned();
    assert!(is_active(&ask(&mut scene, &bearer, &text)));
    scene.revoke("web", &text).ok();
    let ran = ask(&mut scene, &bearer, &text);
    assert_eq!((ran.code(), ran.why()), (ErrorCode::InvalidToken, "revoked"));
}

#[test]
fn sec_120_a_refresh_or_bound_token_is_no_bearer() {
    let mut scene = Scene::new();
    let confirmation = Some(Confirmation::Jkt("thumb".to_owned()));
    for draft in [
        Draft { kind: TokenKind::Refresh, scope: SCOPE, ..Draft::default() },
        Draft { confirmation, scope: SCOPE, ..Draft::default() },
    ] {
        let (token, _) = scene.issue(&draft);
        let ran = ask(&mut scene, &format!("Bearer {token}"), &token);
        assert_eq!(ran.code(), ErrorCode::InvalidToken);
    }
}

/// The resource server that it was made for could otherwise ask in the client's name.
#[test]
fn a_token_for_somebody_else_is_no_bearer_here() {
    let mut scene = Scene::new();
    for (audience, accepted) in [
        (&[][..], true),
        (&[crate::testing::ISSUER][..], true),
        (&["https://rs1", crate::testing::ISSUER][..], true),
        (&["https://rs1"][..], false),
        (&["https://id.example"][..], false),
    ] {
        let (token, _) = scene.issue(&Draft { audience, scope: SCOPE, ..Draft::default() });
        let ran = ask(&mut scene, &format!("Bearer {token}"), &token);
        if accepted {
            assert!(is_active(&ran), "{audience:?}");
        } else {
            let expected = (ErrorCode::InvalidToken, "it is for another audience");
            assert_eq!((ran.code(), ran.why()), expected, "{audience:?}");
        }
    }
}

#[test]
fn a_jwt_bearer_hangs_on_its_key() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let bearer = scene.bearer(SCOPE);
    let (own, _) = scene.issue(&Draft::default());
    assert!(is_active(&ask(&mut scene, &bearer, &own)));
    let by = "root".to_owned();
    scene.act(&crate::admin::KeyRotate { algorithm: None, compromised: true, by }).ok();
    let ran = ask(&mut scene, &bearer, &own);
    assert_eq!((ran.code(), ran.why()), (ErrorCode::InvalidToken, "key_revoked"));
}

#[test]
fn a_second_method_beside_a_bearer_is_refused() {
    let mut scene = Scene::new();
    let bearer = scene.bearer(SCOPE);
    for second in ["client_id=web&client_secret=x", "client_assertion=x"] {
        let ran = ask(&mut scene, &bearer, &format!("x&{second}"));
        assert_eq!(ran.code(), ErrorCode::InvalidRequest, "{second}");
    }
}
