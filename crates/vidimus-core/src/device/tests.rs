//! The device authorization endpoint: what a device is told, and who may ask.

use std::collections::HashSet;

use super::{
    DeviceReply, DeviceRequest, GRANT_TYPE, UserCodeShape, alias, as_shown, draw_user_code,
};
use crate::{
    client_auth::Sent,
    context::Entropy,
    error::ErrorCode,
    facts::TicketRef,
    manner::Manner,
    model::{DeviceState, TicketBody},
    outcome::Change,
    testing::{FOO, NOW, Ran, SECRET, Scene, basic, form},
    token_format::parse_ticket,
};

fn scene() -> Scene {
    let mut scene = Scene::new();
    for client in ["web", "spa"] {
        scene.client(client, |client| client.metadata.grant_types = vec![GRANT_TYPE.to_owned()]);
    }
    scene
}

fn ask(scene: &mut Scene, authorization: Option<&str>, body: &str) -> Ran<DeviceReply> {
    let form = form(body);
    match DeviceRequest::parse(&Sent::new(authorization, &form)) {
        Ok(request) => scene.act(&request),
        Err(error) => {
            Ran { reply: Err(error), writes: Vec::new(), events: Vec::new(), errands: Vec::new() }
        }
    }
}

#[test]
fn a_device_gets_a_code_for_itself_and_one_for_its_user() {
    let mut scene = scene();
    let ran = ask(&mut scene, None, "client_id=spa&scope=read&resource=https://rs1");
    let reply = ran.ok();
    assert_eq!((reply.expires_in, reply.interval), (600, 5));
    assert_eq!(reply.verification_uri, "https://id.example/t/foo.com/oauth2/device");
    let complete = format!("{}?user_code={}", reply.verification_uri, reply.user_code);
    assert_eq!(reply.verification_uri_complete, complete);
    let (left, right) = reply.user_code.split_once('-').unwrap();
    for half in [left, right] {
        assert_eq!(half.len(), 5);
        assert!(half.bytes().all(|c| b"BCDFGHJKLMNPQRSTVWXZ".contains(&c)), "{half}");
    }
    let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
    let Change::InsertTicket(ticket) = &write.change else { panic!("{write:?}") };
    let text = reply.device_code.expose();
    assert_eq!(parse_ticket("vdc_", text), Some(ticket.key));
    assert_eq!(ticket.hash, scene.vault.token_hash(scene.key(FOO), text));
    assert_eq!(ticket.expires_at, NOW.plus_seconds(600));
    let body = TicketBody::Device {
        client: scene.key("spa"),
        client_id: "spa".to_owned(),
        scope: "read".to_owned(),
        audience: vec!["https://rs1".to_owned()],
        state: DeviceState::Pending,
        next_poll: NOW,
        interval_seconds: 5,
    };
    assert_eq!(ticket.body, body);
}

#[test]
fn the_users_code_is_found_however_it_is_typed() {
    let mut scene = scene();
    let ran = ask(&mut scene, None, "client_id=spa");
    let code = ran.ok().user_code.clone();
    for typed in [code.clone(), code.to_lowercase(), code.replace('-', ""), code.replace('-', " ")]
    {
        let ticket = TicketRef::Alias(alias(&scene.vault, &typed));
        let needs = crate::facts::Needs { tickets: vec![ticket], ..Default::default() };
        let facts = scene.stock.load(&scene.tenant, &needs);
        assert!(facts.ticket(ticket).unwrap().is_some(), "{typed}");
        assert_eq!(as_shown(&typed), code);
    }
    assert_eq!(as_shown("a2b3c4d5"), "A2B3C4D5", "as a product's devices show it");
}

/// Gives these bytes one after the other, then zeros.
struct Bytes(Vec<u8>);

impl Entropy for Bytes {
    fn fill(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = if self.0.is_empty() { 0 } else { self.0.remove(0) };
        }
    }
}

#[test]
fn every_letter_of_a_code_is_as_likely_as_any_other() {
    // Sixteen values are over the last whole multiple of twenty letters.
    let over: Vec<u8> = (240..=255).collect();
    assert_eq!(draw_user_code(UserCodeShape::Letters, &mut Bytes(over)), "BBBBB-BBBBB");
    let drawn = |shape, bytes| draw_user_code(shape, &mut Bytes(bytes));
    let some = vec![239, 19, 1, 21, 240, 2];
    assert_eq!(drawn(UserCodeShape::Letters, some), "ZZCCD-BBBBB");
    assert_eq!(drawn(UserCodeShape::Alphanumeric, vec![252, 251, 36, 10]), "Z0A00000");
}

#[test]
fn no_two_codes_are_the_same() {
    let mut scene = scene();
    let mut seen = HashSet::new();
    for _ in 0..50 {
        let ran = ask(&mut scene, None, "client_id=spa");
        assert!(seen.insert(ran.ok().user_code.clone()));
        assert!(seen.insert(ran.ok().device_code.expose().to_owned()));
    }
}

#[test]
fn the_scope_is_the_clients_at_most_and_resources_are_registered_ones() {
    let mut scene = scene();
    let web = basic("web", SECRET);
    for (body, scope) in [("", "read write openid"), ("scope=admin+read", "read")] {
        let ran = ask(&mut scene, Some(&web), body);
        ran.ok();
        let Change::InsertTicket(ticket) = &ran.writes[0].change else { panic!() };
        let TicketBody::Device { scope: granted, .. } = &ticket.body else { panic!() };
        assert_eq!(granted, scope, "{body}");
    }
    for (body, code) in [
        ("scope=admin", ErrorCode::InvalidScope),
        ("scope=re%22ad", ErrorCode::InvalidScope),
        ("resource=https://rs9", ErrorCode::InvalidTarget),
        ("resource=rs1", ErrorCode::InvalidTarget),
    ] {
        let ran = ask(&mut scene, Some(&web), body);
        assert_eq!((ran.code(), ran.writes.len()), (code, 0), "{body}");
    }
}

#[test]
fn only_a_client_with_the_grant_may_ask() {
    let mut scene = scene();
    for (authorization, body, code) in [
        (None, "", ErrorCode::InvalidClient),
        (None, "client_id=nobody", ErrorCode::InvalidClient),
        (None, "client_id=web", ErrorCode::InvalidClient),
        (Some(basic("web", "wrong")), "", ErrorCode::InvalidClient),
        (Some(basic("other", SECRET)), "", ErrorCode::UnauthorizedClient),
        (Some(basic("rs1", SECRET)), "", ErrorCode::UnauthorizedClient),
    ] {
        let ran = ask(&mut scene, authorization.as_deref(), body);
        assert_eq!((ran.code(), ran.writes.len()), (code, 0), "{body}");
    }
    scene.disable("spa");
    assert_eq!(ask(&mut scene, None, "client_id=spa").code(), ErrorCode::InvalidClient);
}

#[test]
fn a_manner_may_give_no_scope_that_was_not_asked_for() {
    static BARE: Manner = Manner { grants_unasked_scope: false, ..Manner::STANDARD };
    let mut scene = scene();
    for (asked, given) in [("", ""), ("&scope=", ""), ("&scope=read", "read")] {
        let form = form(&format!("client_id=spa{asked}"));
        let sent = Sent { manner: &BARE, ..Sent::new(None, &form) };
        let ran = scene.act(&DeviceRequest::parse(&sent).unwrap());
        ran.ok();
        let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
        let Change::InsertTicket(ticket) = &write.change else { panic!("no ticket") };
        let TicketBody::Device { scope, .. } = &ticket.body else { panic!() };
        assert_eq!(scope, given, "{asked}");
    }
}
