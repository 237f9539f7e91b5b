//! Who hears of a session's end, what they are told, and how often it is tried.

mod ending;
mod telling;

use serde_json::Value;

use crate::{
    errand::Errand,
    facts::{Facts, Needs},
    jwt::{Unverified, verify_with_jwks},
    logout::{Ended, end_all},
    model::{Named, Session, SignedInto, Ticket, TicketBody},
    outcome::Stop,
    row_key::RowKey,
    testing::{FOO, NOW, Scene},
};

const TOLD: &str = "https://client.example/told";
const DEAF: &str = "https://client.example/deaf";

/// `web` and `other` hear behind the browser, `spa` in it.
fn scene() -> Scene {
    let mut scene = Scene::new();
    for (id, uri) in [("web", TOLD), ("other", DEAF)] {
        scene.client(id, |client| client.metadata.backchannel_logout_uri = Some(uri.to_owned()));
    }
    scene.client("spa", |client| {
        client.metadata.frontchannel_logout_uri = Some("https://spa.example/out?a=b".to_owned());
        client.metadata.frontchannel_logout_session_required = true;
    });
    scene
}

/// A session of alice that signed her in to these clients.
fn session(scene: &mut Scene, clients: &[&str]) -> Ticket {
    let into = |id: &&str| SignedInto {
        client: scene.key(id),
        client_id: (*id).to_owned(),
        families: Vec::new(),
    };
    let session = Session {
        user: scene.key("alice"),
        username: "alice".to_owned(),
        started_at: NOW,
        authenticated_at: NOW,
        amr: vec!["pwd".to_owned()],
        seen_at: NOW,
        ends_at: NOW.plus_seconds(43_200),
        agent: String::new(),
        address: String::new(),
        clients: clients.iter().map(into).collect(),
    };
    let ticket = Ticket {
        key: RowKey::draw(scene.now, &mut scene.entropy),
        version: 3,
        hash: [1; 32],
        alias: None,
        owner: Some(session.user),
        due_at: None,
        expires_at: NOW.plus_seconds(7200),
        body: TicketBody::Session(Box::new(session)),
    };
    scene.stock.tickets.push((scene.key(FOO), ticket.clone()));
    ticket
}

/// Ends them as an operation would, and commits; how many turns that took.
fn end(scene: &mut Scene, sessions: &[&Ticket]) -> (Ended, u32) {
    let tenant = scene.object(FOO);
    let mut facts = scene.stock.load(&scene.tenant, &Needs::default());
    for turn in 1.. {
        let tenant = Named::of(&tenant).unwrap();
        match scene.with_context(|cx| end_all(sessions, tenant, &facts, cx)) {
            Ok(ended) => {
                let committed = scene.stock.commit(&ended.writes);
                assert_eq!(committed, crate::outcome::Committed::Done);
                return (ended, turn);
            }
            Err(Stop::Need(needs)) => {
                let more = scene.stock.load(&scene.tenant, &needs);
                facts.absorb(Facts { asked: needs.objects, ..more });
            }
            Err(other) => panic!("{other:?}"),
        }
    }
    unreachable!()
}

/// The notices in the outbox, in the order of their clients' ids.
fn outbox(scene: &Scene) -> Vec<Ticket> {
    let id = |ticket: &Ticket| match &ticket.body {
        TicketBody::Notice(notice) => Some(notice.client_id.clone()),
        _ => None,
    };
    let all = scene.stock.tickets.iter().map(|(_, ticket)| ticket.clone());
    let mut notices: Vec<Ticket> = all.filter(|ticket| id(ticket).is_some()).collect();
    notices.sort_by_key(id);
    notices
}

/// The logout tokens among the errands: where to, header and claims. Each is signed by a key that is
/// stored.
fn logout_tokens(scene: &Scene, errands: &[Errand]) -> Vec<(String, Value, Value)> {
    let read = |errand: &Errand| {
        let Errand::Deliver { uri, form } = errand else { return None };
        let [("logout_token", text)] = form.as_slice() else { panic!("{form:?}") };
        let read = Unverified::parse(text.expose()).unwrap();
        let keys = scene.signing_keys();
        let public = keys.iter().filter_map(Named::<crate::model::SigningKey>::of);
        let public: Vec<&Value> = public.map(|key| &key.body.public).collect();
        let keys = serde_json::from_value(serde_json::json!({"keys": public})).unwrap();
        let claims = verify_with_jwks(text.expose(), &read, &keys).unwrap();
        let header = text.expose().split('.').next().unwrap();
        let header =
            base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, header);
        let header = serde_json::from_slice(&header.unwrap()).unwrap();
        Some((uri.clone(), header, Value::Object(claims.clone())))
    };
    errands.iter().filter_map(read).collect()
}
