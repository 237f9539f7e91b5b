//! The outbox: a notice is claimed, sent, and gone once its client has taken it.

use serde_json::json;

use super::{end, logout_tokens, outbox, scene, session};
use crate::{
    logout::{ClaimNotice, Claimed, DeliverNotice, Delivery},
    model::{Client, IdTokenAlgorithm, Named, SigningAlgorithm, SubjectType, Ticket, TicketBody},
    outcome::{Change, Committed},
    row_key::RowKey,
    subject,
    testing::{FOO, ISSUER, Scene},
};

/// One notice to this client, and the session it tells of.
fn noticed(client: &str) -> (Scene, RowKey, Ticket) {
    let mut scene = scene();
    let ticket = session(&mut scene, &[client]);
    end(&mut scene, &[&ticket]);
    let notices = outbox(&scene);
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    (scene, notice.key, ticket)
}

#[track_caller]
fn claim(scene: &mut Scene, ticket: RowKey) -> i64 {
    match scene.act(&ClaimNotice { ticket }).ok() {
        Claimed::Ours { version } => *version,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_client_is_told_with_a_logout_token_and_then_no_more() {
    let (mut scene, ticket, session) = noticed("web");
    let version = claim(&mut scene, ticket);
    let ran = scene.act(&DeliverNotice { ticket, version });
    assert_eq!(*ran.ok(), Delivery::Delivered);
    let sent = logout_tokens(&scene, &ran.errands);
    let [(uri, header, claims)] = sent.as_slice() else { panic!("{sent:?}") };
    assert_eq!(uri, super::TOLD);
    assert_eq!((&header["typ"], &header["alg"]), (&json!("logout+jwt"), &json!("RS256")));
    let now = scene.now.seconds();
    let expected = json!({
        "iss": ISSUER,
        "aud": "web",
        "iat": now,
        "exp": now + 120,
        "jti": format!("{}-1", ticket.to_text()),
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        "sub": scene.key("alice").to_text(),
        "sid": session.key.to_text(),
    });
    assert_eq!(*claims, expected, "and no nonce");
    assert!(outbox(&scene).is_empty());
    assert_eq!(*scene.act(&DeliverNotice { ticket, version }).ok(), Delivery::Gone);
}

#[test]
fn a_client_of_a_sector_hears_the_name_it_knows() {
    let (mut scene, ticket, _) = noticed("web");
    scene.client("web", |client| client.metadata.subject_type = SubjectType::Pairwise);
    let version = claim(&mut scene, ticket);
    let ran = scene.act(&DeliverNotice { ticket, version });
    let sent = logout_tokens(&scene, &ran.errands);
    let (client, user, foo) = (scene.object("web"), scene.key("alice"), scene.key(FOO));
    let client = Named::<Client>::of(&client).unwrap();
    let known = subject::pairwise(client.body, user, foo, &scene.vault).unwrap();
    assert_eq!(sent[0].2["sub"], known);
    assert_ne!(known, user.to_text());
}

/// The key of a first token is stored with the claim: whoever gets the token finds it.
#[test]
fn the_key_is_published_before_what_it_signs_is_out() {
    let (mut scene, ticket, _) = noticed("web");
    assert!(scene.signing_keys().is_empty());
    claim(&mut scene, ticket);
    assert_eq!(scene.signing_keys().len(), 1);
}

#[test]
fn it_is_signed_as_id_tokens_are_but_never_not_at_all() {
    for (registered, used) in [
        (IdTokenAlgorithm::Signed(SigningAlgorithm::ES256), "ES256"),
        (IdTokenAlgorithm::Signed(SigningAlgorithm::PS256), "PS256"),
        (IdTokenAlgorithm::Signed(SigningAlgorithm::EdDSA), "EdDSA"),
        (IdTokenAlgorithm::Unsigned, "RS256"),
    ] {
        let (mut scene, ticket, _) = noticed("web");
        scene.client("web", |client| client.metadata.id_token_signed_response_alg = registered);
        let version = claim(&mut scene, ticket);
        let ran = scene.act(&DeliverNotice { ticket, version });
        assert_eq!(*ran.ok(), Delivery::Delivered, "{used}");
        let sent = logout_tokens(&scene, &ran.errands);
        assert_eq!(sent.len(), 1, "once, however often the decision is made");
        assert_eq!(sent[0].1["alg"], used);
    }
}

#[test]
fn of_many_who_claim_it_one_sends_it() {
    let (mut scene, ticket, _) = noticed("web");
    let claims = ClaimNotice { ticket };
    let (one, other) = (scene.run(&claims), scene.run(&claims));
    assert_eq!(scene.stock.commit(&one.writes), Committed::Done);
    assert_eq!(scene.stock.commit(&other.writes), Committed::Conflict);
    assert_eq!(*scene.act(&claims).ok(), Claimed::Theirs, "so it decides again");
    let notices = outbox(&scene);
    let before = DeliverNotice { ticket, version: notices[0].version - 1 };
    let ran = scene.act(&before);
    assert_eq!(*ran.ok(), Delivery::Gone);
    assert!(ran.errands.is_empty(), "nothing is sent for a claim that is not ours");
}

/// Whatever became of the try: the notice is due again, later each time, until its end.
#[test]
fn a_client_that_does_not_answer_is_tried_again_until_the_end() {
    let (mut scene, ticket, _) = noticed("other");
    let begun = scene.now;
    let mut tries = Vec::new();
    loop {
        let version = claim(&mut scene, ticket);
        let notice = outbox(&scene).remove(0);
        let due = notice.due_at.unwrap();
        let TicketBody::Notice(body) = &notice.body else { panic!("no notice") };
        tries.push((scene.now.seconds() - begun.seconds(), body.attempts));
        let ran = scene.act(&DeliverNotice { ticket, version });
        let sent = logout_tokens(&scene, &ran.errands);
        assert_eq!(sent[0].2["jti"], format!("{}-{}", ticket.to_text(), tries.len()));
        let why = format!("{} does not answer", super::DEAF);
        let client_id = "other".to_owned();
        if due < notice.expires_at {
            assert_eq!(*ran.ok(), Delivery::Failed { client_id, why });
            scene.now = due;
        } else {
            assert_eq!(*ran.ok(), Delivery::GivenUp { client_id, why });
            break;
        }
    }
    assert_eq!(tries[..6], [(0, 1), (10, 2), (40, 3), (160, 4), (760, 5), (4360, 6)]);
    assert_eq!(tries.len(), 28, "each hour of a day");
    assert!(outbox(&scene).is_empty());
}

#[test]
fn what_comes_due_after_its_end_is_not_sent() {
    let (mut scene, ticket, _) = noticed("web");
    scene.now = scene.now.plus_seconds(86_400);
    let claimed = scene.act(&ClaimNotice { ticket });
    assert_eq!(*claimed.ok(), Claimed::GivenUp { client_id: "web".to_owned() });
    assert!(outbox(&scene).is_empty());
    assert_eq!(*scene.act(&ClaimNotice { ticket }).ok(), Claimed::Theirs);
}

#[test]
fn a_client_that_is_gone_or_wants_no_more_is_not_told() {
    let changes: [fn(&mut Scene); 3] = [
        |scene| scene.forget("web"),
        |scene| scene.disable("web"),
        |scene| scene.client("web", |client| client.metadata.backchannel_logout_uri = None),
    ];
    for change in changes {
        let (mut scene, ticket, _) = noticed("web");
        change(&mut scene);
        assert_eq!(*scene.act(&ClaimNotice { ticket }).ok(), Claimed::Unwanted);
        assert!(outbox(&scene).is_empty());

        let (mut scene, ticket, _) = noticed("web");
        let version = claim(&mut scene, ticket);
        change(&mut scene);
        let ran = scene.act(&DeliverNotice { ticket, version });
        assert_eq!(*ran.ok(), Delivery::Gone);
        let [write] = ran.writes.as_slice() else { panic!("{:?}", ran.writes) };
        assert_eq!(write.change, Change::DeleteTicket { key: ticket, version });
        assert!(ran.errands.is_empty() && outbox(&scene).is_empty());
    }
}

#[test]
fn a_ticket_of_another_kind_is_no_notice() {
    let mut scene = scene();
    let ticket = session(&mut scene, &["web"]).key;
    assert_eq!(*scene.act(&ClaimNotice { ticket }).ok(), Claimed::Theirs);
    assert_eq!(*scene.act(&DeliverNotice { ticket, version: 3 }).ok(), Delivery::Gone);
    assert_eq!(scene.stock.tickets.len(), 1);
}
