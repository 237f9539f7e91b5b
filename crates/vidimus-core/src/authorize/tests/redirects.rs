//! Where refusals go.

use super::{CB, query, scene};
use crate::{
    authorize::reply::{Next, ResponseMode},
    error::{Cause, ErrorCode},
    manner::{AuthorizationManner, Manner},
    testing::{
        Scene,
        visitor::{Visitor, pairs, value},
    },
};

#[track_caller]
fn back(scene: &mut Scene, query: &str) -> Vec<(String, String)> {
    match Visitor::default().get(scene, query).unwrap().next {
        Next::Back(back) => {
            assert_eq!(back.to.as_str(), CB);
            pairs(&back)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn sec_009_nothing_goes_to_an_address_that_is_not_the_clients() {
    let mut scene = scene();
    for more in ["", "&scope=%22", "&response_type=nonsense", "&prompt=none"] {
        let unknown = format!("client_id=nobody&redirect_uri=https%3A%2F%2Fapp.example%2Fcb{more}");
        let error = Visitor::default().get(&mut scene, &unknown).unwrap_err();
        assert_eq!((error.code, error.cause), (ErrorCode::InvalidRequest, Cause::UnknownClient));
        let elsewhere = format!("client_id=web&redirect_uri=https%3A%2F%2Fevil.example%2F{more}");
        let error = Visitor::default().get(&mut scene, &elsewhere).unwrap_err();
        assert_eq!(error.cause, Cause::RedirectUriMismatch);
    }
    scene.disable("web");
    let error = Visitor::default().get(&mut scene, &query("")).unwrap_err();
    assert_eq!(error.cause, Cause::DisabledClient);
}

#[test]
fn the_operator_reads_which_client_and_which_address() {
    let mut scene = scene();
    let mut why = |query: &str| {
        let error = Visitor::default().get(&mut scene, query).unwrap_err();
        error.why.unwrap_or_default().into_owned()
    };
    assert_eq!(why("client_id=nobody"), "there is no client nobody");
    assert_eq!(
        why("client_id=web&redirect_uri=https%3A%2F%2Fapp.example%2Fcb%2F%3Fkey%3Dprivate"),
        "the client web has not registered the redirect_uri https://app.example/cb/"
    );
    let long = "a".repeat(9000);
    assert!(why(&format!("client_id={long}")).len() < 1000);
    assert!(why(&format!("client_id=web&redirect_uri=https%3A%2F%2F{long}")).len() < 1000);
    scene.disable("web");
    let error = Visitor::default().get(&mut scene, &query("")).unwrap_err();
    assert_eq!(error.why.as_deref(), Some("the client web or its tenant is disabled"));
}

#[test]
fn a_redirect_uri_is_left_out_only_by_who_signs_nobody_in() {
    let mut scene = scene();
    let mut ask = |scope: &str| {
        let query = format!("client_id=web&response_type=code&scope={scope}");
        Visitor::default().get(&mut scene, &query)
    };
    for scope in ["openid", "openid+read", "read+openid"] {
        assert_eq!(ask(scope).unwrap_err().cause, Cause::Missing("redirect_uri"), "{scope}");
    }
    assert!(matches!(ask("read").unwrap().next, Next::Flow(_)));
}

#[test]
fn sec_013_every_response_names_its_issuer() {
    let mut scene = scene();
    let refused = back(&mut scene, &query("&prompt=none"));
    assert_eq!(value(&refused, "error"), Some("login_required"));
    assert_eq!(value(&refused, "iss"), Some("https://id.example/t/foo.com"));
    assert_eq!(value(&refused, "state"), Some("xyz"));
    let given = Visitor::default().go(&mut scene, &query(""), "alice");
    assert_eq!(value(&given, "iss"), Some("https://id.example/t/foo.com"));
    assert_eq!(value(&given, "state"), Some("xyz"));
    assert!(value(&given, "code").is_some());
}

#[test]
fn sec_015_tokens_are_not_given_at_the_front_unless_tenant_and_client_want_it() {
    let mut scene = scene();
    let legacy = |kind: &str| query("&nonce=n").replace("type=code", &format!("type={kind}"));
    for kind in ["token", "id_token", "id_token+token", "code+token", "code+id_token"] {
        let answer = back(&mut scene, &legacy(kind));
        assert_eq!(value(&answer, "error"), Some("unsupported_response_type"), "{kind}");
    }
    scene.policy(|policy| policy.allow_legacy_response_types = true);
    let answer = back(&mut scene, &legacy("token"));
    assert_eq!(value(&answer, "error"), Some("unauthorized_client"));
    scene.client("web", |client| client.metadata.response_types = vec!["id_token token".into()]);
    let given = Visitor::default().go(&mut scene, &legacy("token+id_token"), "alice");
    assert!(value(&given, "access_token").is_some() && value(&given, "id_token").is_some());
    let refused = back(&mut scene, &query("").replace("type=code", "type=id_token+token"));
    assert_eq!(value(&refused, "error"), Some("invalid_request"), "without a nonce");
}

#[test]
fn sec_022_a_state_goes_back_as_it_came_or_nowhere() {
    let mut scene = scene();
    let state = "s".repeat(2000);
    let answer = back(&mut scene, &query("&prompt=none").replace("xyz", &state));
    assert_eq!(value(&answer, "state"), Some(state.as_str()));
    let longer = query("&prompt=none").replace("xyz", &"s".repeat(2001));
    assert!(Visitor::default().get(&mut scene, &longer).is_err());
}

#[test]
fn sec_024_a_malformed_scope_is_invalid() {
    let mut scene = scene();
    for scope in ["a++b", "%22", "a%01", "nothing+of+these"] {
        let asked = query("").replace("openid+read", scope);
        assert_eq!(value(&back(&mut scene, &asked), "error"), Some("invalid_scope"), "{scope}");
    }
}

#[test]
fn sec_025_a_resource_must_be_known() {
    let mut scene = scene();
    for resource in ["https%3A%2F%2Fnobody", "relative", "https%3A%2F%2Frs1%23f"] {
        let answer = back(&mut scene, &query(&format!("&resource={resource}")));
        assert_eq!(value(&answer, "error"), Some("invalid_target"), "{resource}");
    }
    let known = query("&resource=https%3A%2F%2Frs1");
    assert!(matches!(Visitor::default().get(&mut scene, &known).unwrap().next, Next::Flow(_)));
}

#[test]
fn a_refusal_travels_as_its_answer_would() {
    let mut scene = scene();
    for (more, mode) in [
        ("", ResponseMode::Query),
        ("&response_mode=form_post", ResponseMode::FormPost),
        ("&response_mode=fragment", ResponseMode::Fragment),
    ] {
        let asked = query(&format!("&prompt=none{more}"));
        let answer = Visitor::default().get(&mut scene, &asked).unwrap();
        let Next::Back(back) = answer.next else { panic!("{more}") };
        assert_eq!(back.mode, mode);
    }
    let legacy = query("").replace("type=code", "type=id_token");
    let Next::Back(back) = Visitor::default().get(&mut scene, &legacy).unwrap().next else {
        panic!("no answer")
    };
    assert_eq!(back.mode, ResponseMode::Fragment);
}

#[test]
fn a_token_travels_in_a_fragment_however_its_response_type_is_spelled() {
    static SPELLED: Manner = Manner {
        authorization: AuthorizationManner {
            legacy_response_types: true,
            response_type_aliases: &[("some_token", "token")],
            ..AuthorizationManner::STANDARD
        },
        ..Manner::STANDARD
    };
    let mut scene = scene();
    scene.client("web", |client| client.metadata.response_types = vec!["token".to_owned()]);
    for (more, error) in [
        ("&prompt=none", "login_required"),
        ("&prompt=login+none", "invalid_request"),
        ("&response_mode=query", "invalid_request"),
    ] {
        let asked = query(more).replace("type=code", "type=some_token");
        let mut visitor = Visitor { manner: &SPELLED, ..Visitor::default() };
        let Next::Back(back) = visitor.get(&mut scene, &asked).unwrap().next else {
            panic!("no answer")
        };
        assert_eq!(value(&pairs(&back), "error"), Some(error), "{more}");
        assert_eq!(back.mode, ResponseMode::Fragment, "{more}");
    }
}

#[test]
fn sec_010_nobody_is_sent_to_a_client_that_nobody_has_looked_at() {
    let mut scene = scene();
    scene.client("web", |client| {
        client.registration = Some(crate::model::Registered {
            token_hash: String::new(),
            issued_at: crate::testing::NOW,
            by: None,
            used: false,
            digest: None,
        });
    });
    let bad = query("").replace("openid+read", "nothing");
    let mut visitor = Visitor::default();
    let flow = visitor.begin(&mut scene, &bad);
    let Next::Back(back) = visitor.sign_in(&mut scene, &flow, "alice").unwrap().next else {
        panic!("no answer")
    };
    assert_eq!(value(&pairs(&back), "error"), Some("invalid_scope"));
    let silent = back_of(&mut scene, &query("&prompt=none"));
    assert_eq!(value(&silent, "error"), Some("login_required"));
}

fn back_of(scene: &mut Scene, query: &str) -> Vec<(String, String)> {
    back(scene, query)
}
