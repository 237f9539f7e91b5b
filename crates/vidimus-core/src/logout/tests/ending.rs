//! What the end of a session writes, and what the browser is to frame.

use super::{TOLD, end, outbox, scene, session};
use crate::{
    model::{Notice, RevokedBy, TicketBody},
    outcome::{Change, Committed},
    testing::{FOO, NOW},
};

#[test]
fn everybody_who_was_told_of_the_session_hears_of_its_end() {
    let mut scene = scene();
    let ticket = session(&mut scene, &["web", "other", "spa", "pkj"]);
    let (ended, turns) = end(&mut scene, &[&ticket]);
    assert_eq!(turns, 2, "all clients in one turn");
    let sid = ticket.key.to_text();
    let issuer = "https%3A%2F%2Fid.example%2Ft%2Ffoo.com";
    assert_eq!(ended.frames, [format!("https://spa.example/out?a=b&iss={issuer}&sid={sid}")]);
    let notices = outbox(&scene);
    let [other, web] = notices.as_slice() else { panic!("{notices:?}") };
    for (notice, id) in [(other, "other"), (web, "web")] {
        assert_eq!((notice.due_at, notice.expires_at), (Some(NOW), NOW.plus_seconds(86_400)));
        let expected = Notice {
            client: scene.key(id),
            client_id: id.to_owned(),
            session: ticket.key,
            user: scene.key("alice"),
            attempts: 0,
        };
        assert_eq!(notice.body, TicketBody::Notice(expected));
    }
    assert!(scene.stock.tickets.iter().all(|(_, known)| known.key != ticket.key), "it is gone");
}

#[test]
fn a_frame_that_needs_no_session_gets_none() {
    let mut scene = scene();
    scene.client("spa", |client| client.metadata.frontchannel_logout_session_required = false);
    let (one, two) = (session(&mut scene, &["spa"]), session(&mut scene, &["spa"]));
    let (ended, _) = end(&mut scene, &[&one, &two]);
    assert_eq!(ended.frames, ["https://spa.example/out?a=b"], "each once");
}

#[test]
fn what_hangs_on_the_session_ends_with_it_and_nothing_else_does() {
    let mut scene = scene();
    let (ends, stays) = (scene.family(), scene.family());
    let mut ticket = session(&mut scene, &["web"]);
    let TicketBody::Session(session) = &mut ticket.body else { panic!("no session") };
    session.clients[0].families.push(ends);
    let tenant = scene.key(FOO);
    scene.stock.tickets = vec![(tenant, ticket.clone())];
    end(&mut scene, &[&ticket]);
    let revoked = |key| {
        let (_, family) = scene.stock.families.iter().find(|(_, row)| row.key == key).unwrap();
        family.revocation.as_ref().map(|revocation| (revocation.at, revocation.by.clone()))
    };
    assert_eq!(revoked(ends), Some((NOW, RevokedBy::SignOut)));
    assert_eq!(revoked(stays), None);
}

#[test]
fn clients_that_are_gone_or_disabled_or_others_by_now_hear_nothing() {
    let mut scene = scene();
    let ticket = session(&mut scene, &["web", "other", "spa"]);
    scene.forget("web");
    let foo = scene.key(FOO);
    scene.put_client(foo, "web", "client_secret_basic", true);
    scene.client("web", |client| {
        client.metadata.backchannel_logout_uri = Some(TOLD.to_owned());
    });
    scene.disable("other");
    scene.forget("spa");
    let (ended, _) = end(&mut scene, &[&ticket]);
    assert!(ended.frames.is_empty());
    let [write] = ended.writes.as_slice() else { panic!("{:?}", ended.writes) };
    assert_eq!(write.change, Change::DeleteTicket { key: ticket.key, version: ticket.version });
}

#[test]
fn one_session_ends_once() {
    let mut scene = scene();
    let ticket = session(&mut scene, &["web"]);
    let (ended, _) = end(&mut scene, &[&ticket]);
    assert_eq!(scene.stock.commit(&ended.writes), Committed::Conflict);
    assert_eq!(outbox(&scene).len(), 1);
}
