//! Live tokens given again: how long, to whom, and what ends it.

use crate::{
    client_auth::Sent,
    error::ErrorCode,
    facts::TenantRef,
    manner::{AccessShape, Manner, RefreshShape},
    model::{Body, TokenFormat, TokenKind},
    outcome::{Change, Committed},
    testing::{FOO, NOW, Ran, SECRET, Scene, basic, form, phc},
    token::{TokenReply, TokenRequest},
};

static UUIDS: Manner = Manner {
    access: AccessShape::Uuid,
    refresh: RefreshShape::Uuid,
    keeps_refresh_token: true,
    ..Manner::STANDARD
};

const RO: &str = "grant_type=password&username=alice&password=wonderland&scope=read";
const CC: &str = "grant_type=client_credentials&scope=read";

fn scene() -> Scene {
    let mut scene = Scene::new();
    scene.policy(|policy| {
        policy.reuse_live_token = true;
        policy.allow_password_grant = true;
        policy.access_token_ttl_seconds = 60;
        policy.refresh_token_ttl_seconds = 150;
    });
    for client in ["web", "other"] {
        scene.client(client, |client| {
            let grants = ["client_credentials", "password", "refresh_token"];
            client.metadata.grant_types = grants.map(str::to_owned).to_vec();
        });
    }
    scene.edit("alice", |object| {
        let Body::User(user) = &mut object.body else { panic!("no user") };
        user.password_hash = Some(phc("wonderland"));
    });
    scene
}

fn ask_as(scene: &mut Scene, manner: &'static Manner, client: &str, body: &str) -> Ran<TokenReply> {
    let (authorization, form) = (basic(client, SECRET), form(body));
    let sent = Sent { manner, ..Sent::new(Some(&authorization), &form) };
    scene.act(&TokenRequest::parse(&sent).unwrap())
}

fn ask(scene: &mut Scene, body: &str) -> (String, Option<String>) {
    pair(&ask_as(scene, &UUIDS, "web", body))
}

fn pair(ran: &Ran<TokenReply>) -> (String, Option<String>) {
    let reply = ran.ok();
    let refresh = reply.refresh_token.as_ref().map(|text| text.expose().to_owned());
    (reply.access_token.expose().to_owned(), refresh)
}

fn at(scene: &mut Scene, seconds: i64, body: &str) -> (String, Option<String>) {
    scene.now = NOW.plus_seconds(seconds);
    ask(scene, body)
}

#[test]
fn tokens_last_as_in_identity_6777_with_a_password() {
    let mut scene = scene();
    let [t0, t30, t61, t122, t153] = [0, 30, 61, 122, 153].map(|t| at(&mut scene, t, RO));
    assert!(t0.1.is_some());
    assert_eq!(t30, t0, "both unchanged");
    assert_ne!(t61.0, t0.0, "the access token had expired");
    assert_eq!(t61.1, t0.1, "the refresh token lived");
    assert_ne!(t122.0, t61.0, "the access token had expired");
    assert_ne!(t122.1, t61.1, "the refresh token would have ended before the new access token");
    assert_eq!(t153, t122, "both unchanged");
}

#[test]
fn tokens_last_as_in_identity_6777_with_client_credentials() {
    let mut scene = scene();
    let [t0, t30, t61, t122, t153] = [0, 30, 61, 122, 153].map(|t| at(&mut scene, t, CC).0);
    assert_eq!(t30, t0);
    assert_ne!(t61, t0);
    assert_ne!(t122, t61);
    assert_eq!(t153, t122);
}

#[test]
fn what_is_given_again_has_what_is_left_of_its_life_and_writes_nothing() {
    let mut scene = scene();
    let first = ask_as(&mut scene, &UUIDS, "web", RO);
    assert!(first.ok().refresh_is_new);
    scene.now = NOW.plus_seconds(59);
    let again = ask_as(&mut scene, &UUIDS, "web", RO);
    assert_eq!((again.ok().expires_in, again.ok().refresh_is_new), (1, true));
    assert_eq!(again.writes, []);
    assert_eq!(again.events, first.events);
    let token = again.ok().access_token.expose().to_owned();
    assert_eq!(scene.reason("web", &token), None);
    scene.now = NOW.plus_seconds(60);
    assert_ne!(ask(&mut scene, RO).0, token);
}

#[test]
fn every_opaque_shape_is_found_again_and_no_jwt() {
    static NATIVE: Manner = Manner::STANDARD;
    static OF_ORGANIZATION: Manner = Manner {
        access: AccessShape::OfOrganization,
        refresh: RefreshShape::OfOrganization,
        ..Manner::STANDARD
    };
    let mut scene = scene();
    let mut seen = Vec::new();
    for manner in [&UUIDS, &NATIVE, &OF_ORGANIZATION] {
        let first = pair(&ask_as(&mut scene, manner, "web", RO));
        assert_eq!(pair(&ask_as(&mut scene, manner, "web", RO)), first);
        assert!(!seen.contains(&first), "each shape has its own");
        seen.push(first);
    }
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let first = pair(&ask_as(&mut scene, &NATIVE, "web", CC));
    assert_ne!(pair(&ask_as(&mut scene, &NATIVE, "web", CC)), first);
}

#[test]
fn without_the_knob_every_token_is_new() {
    let mut scene = scene();
    scene.policy(|policy| policy.reuse_live_token = false);
    for body in [CC, RO] {
        assert_ne!(ask(&mut scene, body).0, ask(&mut scene, body).0);
    }
}

#[test]
fn another_request_gets_another_token() {
    let mut scene = scene();
    let foo = scene.key(FOO);
    scene.put(foo, |_, _| {
        let mut bob = crate::testing::user("bob");
        bob.password_hash = Some(phc("builder"));
        Body::User(bob)
    });
    let mut seen = vec![ask(&mut scene, CC).0, ask(&mut scene, RO).0];
    for body in [
        "grant_type=client_credentials&scope=write",
        "grant_type=client_credentials&scope=read&resource=https://rs1",
        "grant_type=client_credentials&scope=read&resource=https://rs2",
        "grant_type=client_credentials&scope=read+write",
        "grant_type=password&username=bob&password=builder&scope=read",
    ] {
        seen.push(ask(&mut scene, body).0);
    }
    seen.push(pair(&ask_as(&mut scene, &UUIDS, "other", CC)).0);
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count);
    // The same scopes in another order are the same request.
    let turned = "grant_type=client_credentials&scope=write+read";
    assert!(seen.contains(&ask(&mut scene, turned).0));
}

#[test]
fn what_is_no_longer_good_is_not_given_again() {
    type Spoil = fn(&mut Scene, &str);
    let spoils: [(&str, Spoil); 5] = [
        ("revoked", |scene, token| {
            scene.revoke("web", token).ok();
        }),
        ("user cut off", |scene, _| {
            scene.now = NOW.plus_seconds(1);
            scene.edit("alice", |object| object.standing.not_before = NOW.plus_seconds(1));
        }),
        ("client cut off", |scene, _| {
            scene.now = NOW.plus_seconds(1);
            scene.edit("web", |object| object.standing.not_before = NOW.plus_seconds(1));
        }),
        ("tenant cut off", |scene, _| {
            scene.now = NOW.plus_seconds(1);
            scene.edit(FOO, |object| object.standing.not_before = NOW.plus_seconds(1));
        }),
        ("shorter lives", |scene, _| {
            scene.policy(|policy| policy.access_token_ttl_seconds = 59);
        }),
    ];
    for (case, spoil) in spoils {
        let mut scene = scene();
        let first = ask(&mut scene, RO).0;
        spoil(&mut scene, &first);
        let second = ask(&mut scene, RO).0;
        assert_ne!(second, first, "{case}");
        assert_eq!(ask(&mut scene, RO).0, second, "{case}: the new one is found from now on");
    }
}

#[test]
fn tokens_of_two_authorizations_are_not_given_together() {
    let mut scene = scene();
    let first = ask(&mut scene, RO);
    let may_refresh = |scene: &mut Scene, may: bool| {
        scene.client("web", |client| {
            client.metadata.grant_types.retain(|grant| grant != "refresh_token");
            if may {
                client.metadata.grant_types.push("refresh_token".to_owned());
            }
        });
    };
    may_refresh(&mut scene, false);
    let alone = ask(&mut scene, RO);
    assert_ne!(alone.0, first.0, "the one there belongs to an authorization");
    assert_eq!(alone.1, None);
    assert_eq!(ask(&mut scene, RO), alone);
    may_refresh(&mut scene, true);
    let again = ask(&mut scene, RO);
    assert_eq!(again.1, first.1);
    assert_ne!(again.0, alone.0, "the one there belongs to none");
    scene.revoke("web", again.1.as_ref().unwrap()).ok();
    assert!(scene.reason("web", &again.0).is_some());
}

#[test]
fn a_revoked_refresh_token_ends_both() {
    let mut scene = scene();
    let first = ask(&mut scene, RO);
    scene.revoke("web", first.1.as_ref().unwrap()).ok();
    let second = ask(&mut scene, RO);
    assert_ne!(second.0, first.0);
    assert_ne!(second.1, first.1);
    assert_eq!(scene.reason("web", &second.0), None);
}

#[test]
fn a_disabled_client_or_a_wrong_password_gets_nothing() {
    let mut scene = scene();
    ask(&mut scene, RO);
    let wrong = ask_as(&mut scene, &UUIDS, "web", &RO.replace("wonderland", "x"));
    assert_eq!(wrong.code(), ErrorCode::InvalidGrant);
    scene.disable("web");
    assert_eq!(ask_as(&mut scene, &UUIDS, "web", RO).code(), ErrorCode::InvalidClient);
}

#[test]
fn two_first_requests_at_once_yield_one_token() {
    let mut scene = scene();
    let before = scene.stock.clone();
    let one = ask_as(&mut scene, &UUIDS, "web", RO);
    let after = std::mem::replace(&mut scene.stock, before);
    let other = ask_as(&mut scene, &UUIDS, "web", RO);
    scene.stock = after;
    assert_eq!(scene.stock.commit(&other.writes), Committed::Conflict);
    assert_eq!(pair(&ask_as(&mut scene, &UUIDS, "web", RO)), pair(&one));
}

#[test]
fn nothing_that_could_be_used_is_stored() {
    let mut scene = scene();
    let ran = ask_as(&mut scene, &UUIDS, "web", RO);
    let (access, refresh) = pair(&ran);
    let stored = format!("{:?}", ran.writes);
    assert!(!stored.contains(&access) && !stored.contains(&refresh.unwrap()));
    let rows = ran.writes.iter().filter(|w| matches!(w.change, Change::InsertToken(_))).count();
    assert_eq!(rows, 2);
    for (_, token) in &scene.stock.tokens {
        assert!(matches!(token.kind, TokenKind::Access | TokenKind::Refresh));
    }
    // Another tenant's same names find nothing here.
    scene.tenant = TenantRef::Id("bar.com".to_owned());
    assert!(ask_as(&mut scene, &UUIDS, "web", RO).reply.is_err());
}
