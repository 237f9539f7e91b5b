//! Requests that were pushed, and requests that are signed.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{CB, query, scene};
use crate::{
    authorize::reply::Next,
    client_auth::Sent,
    error::{Cause, ErrorCode, OAuthError},
    limits::PUSHED_TTL_SECONDS,
    model::TicketBody,
    par::{PushReply, PushRequest},
    row_key::RowKey,
    testing::{
        ISSUER, Key, NOW, Ran, SECRET, Scene, basic, compact, es256, form,
        visitor::{Visitor, pairs, value},
    },
};

fn push(scene: &mut Scene, client: &str, body: &str) -> Ran<PushReply> {
    let authorization = basic(client, SECRET);
    let form = form(body);
    let request = PushRequest::parse(&Sent::new(Some(&authorization), &form)).unwrap();
    scene.act(&request)
}

fn with_uri(uri: &str, client: &str) -> String {
    format!("client_id={client}&request_uri={uri}")
}

#[test]
fn sec_019_a_pushed_request_is_its_clients_and_good_once() {
    let mut scene = scene();
    let ran = push(&mut scene, "web", &query(""));
    let uri = ran.ok().request_uri.expose().to_owned();
    assert_eq!(ran.ok().expires_in, 60);
    let error = Visitor::default().get(&mut scene, &with_uri(&uri, "other")).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequestUri);
    let given = Visitor::default().go(&mut scene, &with_uri(&uri, "web"), "alice");
    assert_eq!(value(&given, "state"), Some("xyz"));
    let error = Visitor::default().get(&mut scene, &with_uri(&uri, "web")).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequestUri);
    let ran = push(&mut scene, "web", &query(""));
    let uri = ran.ok().request_uri.expose().to_owned();
    scene.now = scene.now.plus_seconds(PUSHED_TTL_SECONDS + 1);
    let error = Visitor::default().get(&mut scene, &with_uri(&uri, "web")).unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidRequestUri);
}

#[test]
fn a_pushed_request_is_no_later_clients_of_the_same_id() {
    let mut scene = scene();
    let uri = push(&mut scene, "web", &query("")).ok().request_uri.expose().to_owned();
    for (_, ticket) in &mut scene.stock.tickets {
        if let TicketBody::Pushed { client, .. } = &mut ticket.body {
            *client = RowKey(client.0 - 1);
        }
    }
    let error = Visitor::default().get(&mut scene, &with_uri(&uri, "web")).unwrap_err();
    assert_eq!(error.cause, Cause::UnknownClient);
}

#[test]
fn what_is_wrong_with_a_pushed_request_is_said_at_once() {
    let mut scene = scene();
    for (body, code) in [
        (query("").replace("%2Fcb", "%2Fxx"), ErrorCode::InvalidRequest),
        (query("").replace("type=code", "type=saml"), ErrorCode::UnsupportedResponseType),
        (query("").replace("openid+read", "nothing"), ErrorCode::InvalidScope),
    ] {
        assert_eq!(push(&mut scene, "web", &body).code(), code, "{body}");
    }
    let others = form(&query("").replace("client_id=web", "client_id=other"));
    let web = basic("web", SECRET);
    assert!(PushRequest::parse(&Sent::new(Some(&web), &others)).is_err());
}

#[test]
fn a_client_that_must_push_must() {
    let mut scene = scene();
    scene.client("web", |client| client.metadata.require_pushed_authorization_requests = true);
    assert!(Visitor::default().get(&mut scene, &query("")).is_err());
    let uri = push(&mut scene, "web", &query("")).ok().request_uri.expose().to_owned();
    let answer = Visitor::default().get(&mut scene, &with_uri(&uri, "web")).unwrap();
    assert!(matches!(answer.next, Next::Flow(_)));
}

/// Signed by the key of `pkj`, whose request it is.
fn signed(claims: &Value) -> String {
    compact(&json!({"alg": "ES256"}), claims, Key::Es256(es256(0)))
}

fn claims() -> Value {
    json!({
        "iss": "pkj", "aud": ISSUER, "exp": NOW.seconds() + 300, "client_id": "pkj",
        "response_type": "code", "redirect_uri": CB, "scope": "openid", "state": "signed",
    })
}

fn documents() -> Scene {
    let mut scene = scene();
    scene.client("pkj", |client| {
        client.metadata.grant_types = vec!["authorization_code".to_owned()];
        client.metadata.redirect_uris = vec![CB.to_owned()];
        client.metadata.response_types = vec!["code".to_owned()];
    });
    scene
}

fn refused(scene: &mut Scene, object: &str) -> Option<OAuthError> {
    let asked = format!("client_id=pkj&request={object}");
    Visitor::default().get(scene, &asked).err()
}

#[test]
fn sec_021_only_what_is_signed_counts() {
    let mut scene = documents();
    let object = signed(&claims());
    let outer = format!(
        "client_id=pkj&request={object}&state=outer&scope=read&redirect_uri=https://evil.example/"
    );
    let given = Visitor::default().go(&mut scene, &format!("{outer}&prompt=none"), "alice");
    assert_eq!(value(&given, "state"), Some("signed"));
    let mut late = claims();
    late["exp"] = json!(NOW.seconds() + 3700);
    let mut over = claims();
    over["exp"] = json!(NOW.seconds() - 1);
    let mut early = claims();
    early["nbf"] = json!(NOW.seconds() + 61);
    let mut elsewhere = claims();
    elsewhere["aud"] = json!("https://elsewhere.example");
    let mut others = claims();
    others["iss"] = json!("web");
    for bad in [late, over, early, elsewhere, others] {
        let error = refused(&mut scene, &signed(&bad)).unwrap();
        assert_eq!(error.code, ErrorCode::InvalidRequestObject, "{bad}");
    }
    let mut soon = claims();
    soon["nbf"] = json!(NOW.seconds() + 8);
    assert!(refused(&mut scene, &signed(&soon)).is_none());
    let none = "eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJwa2oifQ.";
    assert_eq!(refused(&mut scene, none).unwrap().code, ErrorCode::InvalidRequestObject);
    scene.client("pkj", |client| client.metadata.require_signed_request_object = true);
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    assert!(refused(&mut scene, &signed(&endless)).is_some());
    assert!(Visitor::default().get(&mut scene, "client_id=pkj").is_err());
}

#[test]
fn an_unsigned_one_only_where_the_client_registered_for_it() {
    let mut scene = documents();
    scene.client("pkj", |client| {
        client.metadata.request_object_signing_alg = Some("none".to_owned());
    });
    assert_eq!(state_of_unsigned(&mut scene), Ok("inner".to_owned()));
    assert!(refused(&mut scene, &signed(&claims())).is_some());
}

#[test]
fn an_unsigned_one_of_whoever_registered_for_none_where_the_tenant_allows_it() {
    let mut scene = documents();
    let refused = Err(ErrorCode::InvalidRequestObject);
    assert_eq!(state_of_unsigned(&mut scene), refused);
    scene.policy(|policy| policy.allow_unsigned_request_objects = true);
    assert_eq!(state_of_unsigned(&mut scene), Ok("inner".to_owned()));
    scene.client("pkj", |client| {
        client.metadata.request_object_signing_alg = Some("ES256".to_owned());
    });
    assert_eq!(state_of_unsigned(&mut scene), refused);
    scene.client("pkj", |client| {
        client.metadata.request_object_signing_alg = None;
        client.metadata.require_signed_request_object = true;
    });
    assert_eq!(state_of_unsigned(&mut scene), refused);
}

/// With another state and another redirect URI beside it than in it.
fn state_of_unsigned(scene: &mut Scene) -> Result<String, ErrorCode> {
    let inner = json!({"client_id": "pkj", "state": "inner", "redirect_uri": CB});
    let [head, claims] = [json!({"alg": "none"}), inner].map(|part| encoded(&part));
    let asked = format!(
        "client_id=pkj&request={head}.{claims}.&response_type=code&scope=openid&state=outer\
         &redirect_uri=https%3A%2F%2Fevil.example%2F&prompt=none"
    );
    match Visitor::default().get(scene, &asked).map_err(|error| error.code)?.next {
        Next::Back(back) => Ok(value(&pairs(&back), "state").unwrap_or_default().to_owned()),
        other => panic!("{other:?}"),
    }
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

#[test]
fn sec_020_nothing_is_fetched_that_is_not_registered() {
    let mut scene = documents();
    let uri = "https%3A%2F%2Fapp.example%2Frequest";
    let ask = |scene: &mut Scene| Visitor::default().get(scene, &with_uri(uri, "pkj")).unwrap_err();
    assert_eq!(ask(&mut scene).code, ErrorCode::RequestUriNotSupported);
    scene.policy(|policy| policy.allow_request_uris = true);
    assert_eq!(ask(&mut scene).code, ErrorCode::InvalidRequestUri);
    scene.client("pkj", |client| {
        client.metadata.request_uris = vec!["https://app.example/request#digest".to_owned()];
    });
    let error = ask(&mut scene);
    assert_eq!(error.code, ErrorCode::InvalidRequestUri);
    assert!(error.why.unwrap().contains("does not answer"));
}
