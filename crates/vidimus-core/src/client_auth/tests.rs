//! Client authentication through the token endpoint: each method's acceptance beside its refusals.

mod assertion;
mod user;

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    errand::{Errand, NOBODYS_PHC},
    error::ErrorCode,
    limits::{CLIENT_ID_BYTES_MAX, SECRET_BYTES_MAX},
    model::StoredSecret,
    secret::Secret,
    testing::{CHOSEN, Scene, basic, phc},
    time::Time,
};

const CC: &str = "grant_type=client_credentials";

fn post(id: &str, secret: &str) -> String {
    format!("{CC}&client_id={id}&client_secret={secret}")
}

#[test]
fn basic_and_post_are_accepted_and_interchangeable() {
    let mut scene = Scene::new();
    let credentials = basic("web", crate::testing::SECRET);
    scene.token(Some(&credentials), CC).ok();
    scene.token(Some(&credentials), &format!("{CC}&client_id=web")).ok();
    scene.token(None, &post("web", crate::testing::SECRET)).ok();
    scene.client("web", |client| {
        client.metadata.token_endpoint_auth_method = "client_secret_post".to_owned();
    });
    scene.token(Some(&credentials), CC).ok();
}

#[test]
fn sec_051_two_methods_are_refused() {
    let mut scene = Scene::new();
    let jwt = assertion::Assertion::of(&scene).text();
    let both = format!(
        "{}&client_assertion_type={}&client_assertion={jwt}",
        post("pkj", crate::testing::SECRET),
        assertion::TYPE
    );
    let credentials = basic("web", crate::testing::SECRET);
    let with_assertion =
        format!("{CC}&client_assertion_type={}&client_assertion={jwt}", assertion::TYPE);
    for (authorization, body) in [
        (Some(credentials.as_str()), post("web", crate::testing::SECRET)),
        (Some(credentials.as_str()), with_assertion),
        (Some(credentials.as_str()), format!("{CC}&client_id=other")),
        (None, both),
    ] {
        assert_eq!(scene.token(authorization, &body).code(), ErrorCode::InvalidRequest, "{body}");
    }
}

#[test]
fn sec_052_the_registered_method_is_pinned() {
    let mut scene = Scene::new();
    let secret = crate::testing::SECRET;
    let no_method = "the client is not registered for the method";
    for (authorization, body) in [
        (Some(basic("pkj", secret)), CC.to_owned()),
        (None, post("pkj", secret)),
        (Some(basic("hmac", secret)), CC.to_owned()),
        (None, format!("{CC}&client_id=web")),
        (Some(basic("spa", secret)), CC.to_owned()),
        (None, post("spa", secret)),
    ] {
        let ran = scene.token(authorization.as_deref(), &body);
        assert_eq!((ran.code(), ran.why()), (ErrorCode::InvalidClient, no_method), "{body}");
    }
    scene.policy(|policy| policy.pin_client_auth_method = true);
    scene.token(Some(&basic("web", secret)), CC).ok();
    assert_eq!(scene.token(None, &post("web", secret)).why(), no_method);
}

#[test]
fn sec_054_only_the_strict_form_of_basic_is_read() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.client_id = "a?b".to_owned());
    let key = scene.key("a?b");
    let tenant = scene.key(crate::testing::FOO);
    let hash = scene.vault.secret_hash(tenant, key, "p?>~: %");
    scene.client("a?b", |client| {
        client.secret.as_mut().unwrap().hash = crate::model::SecretHash::Keyed(hash);
    });
    let good = STANDARD.encode("a%3Fb:p%3F%3E%7E%3A+%25");
    assert!(good.ends_with('='), "the padding is worth testing");
    for scheme in ["Basic", "basic", "BASIC"] {
        scene.token(Some(&format!("{scheme} {good}")), CC).ok();
    }
    let raw = STANDARD.encode("a?b:p?>~%3A+%25");
    assert!(raw.contains('/'), "the alphabet is worth testing");
    scene.token(Some(&format!("Basic {raw}")), CC).ok();
    let spaced = format!("{} {}", &good[..8], &good[8..]);
    let mut trailing_bits = good.trim_end_matches('=').to_owned();
    let last = trailing_bits.pop().unwrap();
    let padding = &good[trailing_bits.len() + 1..];
    let bits = format!("{trailing_bits}{}{padding}", char::from(last as u8 + 1));
    for bad in [
        spaced,
        format!(" {good}"),
        format!("{good} "),
        format!("{good}\n"),
        raw.replace('/', "_"),
        good.trim_end_matches('=').to_owned(),
        bits,
        STANDARD.encode("a%3Fb"),
        STANDARD.encode("a%3Fb:p%3"),
        STANDARD.encode("a%3Fb:p%zz"),
        STANDARD.encode("a%3Fb:p%00"),
        STANDARD.encode(b"a%3Fb:\xFF"),
        STANDARD.encode("a%3Fb:p%FF"),
        String::new(),
    ] {
        let ran = scene.token(Some(&format!("Basic {bad}")), CC);
        let malformed = (ErrorCode::InvalidClient, "the Basic credentials are malformed");
        assert_eq!((ran.code(), ran.why()), malformed, "{bad:?}");
    }
}

#[test]
fn no_credentials_or_unusable_ids_are_invalid_client() {
    let mut scene = Scene::new();
    let long = "x".repeat(CLIENT_ID_BYTES_MAX + 1);
    for (authorization, body) in [
        (None, CC.to_owned()),
        (Some("Basic".to_owned()), CC.to_owned()),
        (Some("Digest x".to_owned()), CC.to_owned()),
        (Some(basic("", "secret")), CC.to_owned()),
        (Some(basic(&long, "secret")), CC.to_owned()),
        // A header of another scheme is not left unread where a public client names itself.
        (Some("Digest x".to_owned()), format!("{CC}&client_id=spa")),
    ] {
        let ran = scene.token(authorization.as_deref(), &body);
        assert_eq!(ran.code(), ErrorCode::InvalidClient, "{authorization:?} {body}");
    }
    let secret_alone = scene.token(None, &format!("{CC}&client_secret=x"));
    assert_eq!(secret_alone.code(), ErrorCode::InvalidRequest);
}

#[test]
fn a_wrong_secret_is_refused_and_not_told_from_an_unknown_client() {
    let mut scene = Scene::new();
    let wrong = scene.token(Some(&basic("web", "wrong")), CC);
    let unknown = scene.token(Some(&basic("nobody", "wrong")), CC);
    assert_eq!(wrong.why(), "the secret is wrong");
    assert_eq!(unknown.why(), "there is no such client");
    let sent = |ran: &crate::testing::Ran<_>| (ran.code(), ran.error().description.clone());
    assert_eq!(sent(&wrong), sent(&unknown));
    let long = "s".repeat(SECRET_BYTES_MAX + 1);
    assert_eq!(scene.token(None, &post("web", &long)).why(), "the secret is too long");
    scene.client("web", |client| client.secret = None);
    let none = scene.token(Some(&basic("web", crate::testing::SECRET)), CC);
    assert_eq!(none.why(), "the client has no secret");
    // A user is no caller, whatever its name.
    assert_eq!(scene.token(Some(&basic("alice", "x")), CC).why(), "there is no such client");
}

#[test]
fn a_secret_of_another_client_or_tenant_is_wrong() {
    let mut scene = Scene::new();
    let foreign = scene.object("other");
    let crate::model::Body::Client(other) = &foreign.body else { panic!() };
    let stolen = other.secret.clone();
    scene.client("web", |client| client.secret = stolen);
    let ran = scene.token(Some(&basic("web", crate::testing::SECRET)), CC);
    assert_eq!(ran.why(), "the secret is wrong");
    scene.tenant = crate::facts::TenantRef::Id("bar.com".to_owned());
    let ran = scene.token(Some(&basic("other", crate::testing::SECRET)), CC);
    assert_eq!(ran.why(), "there is no such client");
    scene.tenant = crate::facts::TenantRef::Id("nowhere".to_owned());
    let ran = scene.token(Some(&basic("other", crate::testing::SECRET)), CC);
    assert_eq!(ran.code(), ErrorCode::NotFound);
}

#[test]
fn sec_068_an_expired_secret_and_what_is_disabled_are_refused() {
    let mut scene = Scene::new();
    let credentials = basic("web", crate::testing::SECRET);
    let now = scene.now;
    let until = |at: Time| {
        move |client: &mut crate::model::Client| {
            let secret = client.secret.take().unwrap();
            client.secret = Some(StoredSecret { expires_at: Some(at), ..secret });
        }
    };
    scene.client("web", until(Time(now.0 + 1)));
    scene.token(Some(&credentials), CC).ok();
    scene.client("web", until(now));
    assert_eq!(scene.token(Some(&credentials), CC).why(), "the secret has expired");
    scene.disable("other");
    let other = basic("other", crate::testing::SECRET);
    assert_eq!(scene.token(Some(&other), CC).why(), "the client is disabled");
    scene.disable(crate::testing::FOO);
    assert_eq!(scene.token(Some(&other), CC).why(), "the tenant is disabled");
    scene.forget("other");
    assert_eq!(scene.token(Some(&other), CC).why(), "there is no such client");
}

#[test]
fn a_chosen_secret_is_checked_by_the_errand() {
    let mut scene = Scene::new().with_slow_client();
    let ran = scene.token(Some(&basic("slow", CHOSEN)), CC);
    ran.ok();
    let asked = Errand::VerifySecret { phc: phc(CHOSEN), presented: Secret::new(CHOSEN) };
    assert_eq!(ran.errands, [asked]);
    let wrong = scene.token(Some(&basic("slow", "wrong")), CC);
    assert_eq!(wrong.why(), "the secret is wrong");
    assert_eq!(wrong.errands.len(), 1);
}

/// Every way to fail with a secret of ordinary length.
fn failures() -> [(&'static str, &'static str); 5] {
    [("nobody", "x"), ("web", "wrong"), ("pkj", "x"), ("spa", "x"), ("slow", "wrong")]
}

#[test]
fn sec_055_every_failed_secret_costs_one_argon2_where_any_does() {
    let mut scene = Scene::new().with_slow_client();
    for (id, secret) in failures() {
        let ran = scene.token(Some(&basic(id, secret)), CC);
        assert_eq!(ran.code(), ErrorCode::InvalidClient);
        let [Errand::VerifySecret { phc: stored, .. }] = ran.errands.as_slice() else {
            panic!("{id}: {:?}", ran.errands)
        };
        let expected = if id == "slow" { phc(CHOSEN) } else { NOBODYS_PHC.into() };
        assert_eq!(*stored, expected, "{id}");
    }
    let right = scene.token(Some(&basic("web", crate::testing::SECRET)), CC);
    right.ok();
    assert_eq!(right.errands, []);
    let long = "s".repeat(SECRET_BYTES_MAX + 1);
    for id in ["nobody", "web", "slow"] {
        assert_eq!(scene.token(None, &post(id, &long)).errands, [], "{id}");
    }
}

/// The edge remembers errands. One that served two ids would be quick for the second, and only
/// where the second has no slow secret of its own: time would tell.
#[test]
fn sec_055_one_secret_tried_with_several_ids_costs_each_time() {
    let mut scene = Scene::new().with_slow_client();
    let mut asked: Vec<Errand> = Vec::new();
    for (id, secret) in [("nobody", "x"), ("nobody2", "x"), ("web", "x"), ("slow", "x"), ("n", "x")]
    {
        asked.extend(scene.token(Some(&basic(id, secret)), CC).errands);
    }
    // The same letters, cut elsewhere.
    asked.extend(scene.token(Some(&basic("no", "body")), CC).errands);
    asked.extend(scene.token(Some(&basic("nob", "ody")), CC).errands);
    scene.edit("bar.com", |object| {
        let crate::model::Body::Tenant(tenant) = &mut object.body else { panic!() };
        tenant.has_chosen_secrets = true;
    });
    scene.tenant = crate::facts::TenantRef::Id("bar.com".to_owned());
    asked.extend(scene.token(Some(&basic("nobody", "x")), CC).errands);
    assert_eq!(asked.len(), 8);
    for (at, errand) in asked.iter().enumerate() {
        assert!(!asked[..at].contains(errand), "{at}");
    }
}

#[test]
fn no_errand_is_asked_for_where_no_secret_is_slow() {
    let mut scene = Scene::new();
    for (id, secret) in failures() {
        let ran = scene.token(Some(&basic(id, secret)), CC);
        assert_eq!(ran.code(), ErrorCode::InvalidClient);
        assert_eq!(ran.errands, [], "{id}");
    }
}
