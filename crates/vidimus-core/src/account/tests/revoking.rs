//! Taking back what an application was allowed.

use super::*;
use crate::{
    admin::DeviceApprove,
    authorize::Endpoint,
    client_auth::Sent,
    device::{DeviceRequest, GRANT_TYPE},
    model::{Body, RevokedBy},
};

fn refresh_token(scene: &mut Scene, visitor: &mut Visitor, client: &str) -> String {
    let query = "openid+read+offline_access&prompt=consent";
    let reply = go(scene, visitor, client, "alice", query);
    reply.refresh_token.as_ref().unwrap().expose().to_owned()
}

fn refreshes(scene: &mut Scene, client: &str, token: &str) -> bool {
    let body = format!("grant_type=refresh_token&refresh_token={token}");
    scene.token(Some(&basic(client, SECRET)), &body).reply.is_ok()
}

fn consents(scene: &Scene) -> usize {
    let is =
        |object: &&std::sync::Arc<crate::model::Object>| matches!(object.body, Body::Consent(_));
    scene.stock.objects.iter().filter(is).count()
}

#[test]
fn sec_136_an_application_that_is_revoked_has_nothing_any_more() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let of_web = refresh_token(&mut scene, &mut alice, "web");
    let of_other = refresh_token(&mut scene, &mut alice, "other");
    let mut bob = visitor(&mut scene, "bob", &["web"]);
    let before = consents(&scene);
    let page = done(&mut scene, &mut alice, "action=revoke&client_id=web");
    assert_eq!(page.notice, Some(AccountNotice::ApplicationRevoked));
    let left: Vec<&str> = page.applications.iter().map(|line| line.client_id.as_str()).collect();
    assert_eq!(left, ["other"]);
    assert!(!refreshes(&mut scene, "web", &of_web));
    assert!(refreshes(&mut scene, "other", &of_other));
    assert_eq!(consents(&scene), before - 1, "the user is asked again");
    let by = RevokedBy::User(scene.key("alice").to_text());
    let cut = scene.stock.families.iter().filter_map(|(_, row)| row.revocation.as_ref());
    assert!(cut.clone().count() > 0 && cut.into_iter().all(|revocation| revocation.by == by));
    assert_eq!(shown(&mut scene, &mut bob).applications.len(), 1, "others keep theirs");
    // What is not there need not be revoked.
    for client in ["web", "nobody", "rs1"] {
        let fields = format!("action=revoke&client_id={client}");
        assert_eq!(done(&mut scene, &mut alice, &fields).applications.len(), 1, "{client}");
    }
}

#[test]
fn what_a_client_that_is_gone_was_given_can_be_taken_back() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web", "spa"]);
    scene.forget("web");
    let before = consents(&scene);
    done(&mut scene, &mut alice, "action=revoke&client_id=web");
    assert_eq!(consents(&scene), before - 1);
}

#[test]
fn sec_215_what_was_allowed_is_listed_also_where_nothing_hangs_on_it() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    post(&mut scene, &mut alice, "action=sign-out").unwrap();
    let mut alice = visitor(&mut scene, "alice", &["other"]);
    let standing = scene.stock.families.iter().filter(|(_, row)| row.revocation.is_none());
    assert_eq!(standing.count(), 1);
    let page = shown(&mut scene, &mut alice);
    let listed: Vec<&str> = page.applications.iter().map(|line| line.client_id.as_str()).collect();
    assert_eq!(listed, ["other", "web"]);
    assert_eq!(page.applications[1].scopes, ["openid", "read"]);
    let page = done(&mut scene, &mut alice, "action=revoke&client_id=web");
    assert_eq!((page.applications.len(), consents(&scene)), (1, 1));
    // What a cut has ended is as good as gone.
    scene.edit("other", |object| object.standing.not_before = crate::testing::NOW.plus_seconds(1));
    let page = shown(&mut scene, &mut alice);
    assert!(page.applications.iter().all(|line| line.scopes.is_empty()));
}

/// A device that alice allowed at this browser, or an administrator did for her: its refresh token.
fn device(scene: &mut Scene, visitor: &mut Visitor, by_administrator: bool) -> String {
    scene.client("web", |client| client.metadata.grant_types.push(GRANT_TYPE.to_owned()));
    let web = basic("web", SECRET);
    let asked = form("scope=openid+read");
    let codes = scene.act(&DeviceRequest::parse(&Sent::new(Some(&web), &asked)).unwrap());
    let user_code = codes.ok().user_code.clone();
    if by_administrator {
        let (user_code, username) = (Secret::new(user_code), "alice".to_owned());
        scene.act(&DeviceApprove { user_code, username, approve: true, by: "cli".to_owned() }).ok();
    } else {
        visitor.endpoint = Endpoint::Device;
        let Next::Page(page, _) = visitor.get(scene, "").unwrap().next else { panic!("no page") };
        let typed = format!("csrf={}&user_code={user_code}", visitor::token(&page));
        let answer = visitor.send(scene, None, &typed, true).unwrap();
        let flow = visitor::flow(&answer);
        visitor.post(scene, &flow, "action=allow").unwrap();
        visitor.endpoint = Endpoint::Authorize;
    }
    let device_code = codes.ok().device_code.expose();
    let body = format!("grant_type={GRANT_TYPE}&device_code={device_code}");
    let given = scene.token(Some(&web), &body);
    given.ok().refresh_token.as_ref().unwrap().expose().to_owned()
}

#[test]
fn sec_136_a_device_is_revoked_with_its_application() {
    for by_administrator in [false, true] {
        let mut scene = scene();
        let mut alice = visitor(&mut scene, "alice", &["other"]);
        let token = device(&mut scene, &mut alice, by_administrator);
        assert_eq!(shown(&mut scene, &mut alice).applications.len(), 2);
        let page = done(&mut scene, &mut alice, "action=revoke&client_id=web");
        assert_eq!(page.applications.len(), 1);
        assert!(!refreshes(&mut scene, "web", &token), "{by_administrator}");
    }
}

#[test]
fn a_device_goes_on_only_while_it_is_allowed() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["other"]);
    let token = device(&mut scene, &mut alice, false);
    scene.stock.objects.retain(|object| !matches!(object.body, Body::Consent(_)));
    assert!(!refreshes(&mut scene, "web", &token));
}
