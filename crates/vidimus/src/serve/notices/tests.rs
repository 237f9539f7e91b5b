//! Notices on their way from the store to a client that listens, through the whole job.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    sync::mpsc::{self, Receiver},
    time::Duration,
};

use serde_json::json;
use vidimus_core::{
    admin::Create,
    context::Surface,
    engine::{Engine, Store as _},
    facts::{Needs, Space, TicketRef},
    model::{Kind, Notice, Ticket, TicketBody},
    outcome::{Change, Committed, Write},
    vault::Vault,
};
use vidimus_http::{
    app::App,
    clock::{Clock as _, SystemClock},
    status::About,
    watched::Watched,
};
use vidimus_store::{memory::Memory, open::AnyStore};

use super::*;
use crate::{config, errands::EdgeErrands, outbound::Outbound};

const CLIENT: &str = "app";
const PATIENCE: Duration = Duration::from_secs(10);

fn app() -> Arc<OurApp> {
    let outbound = config::Outbound { allow_private: true, extra_ca_file: None };
    let engine = Engine {
        store: Watched::new(AnyStore::Memory(Memory::default())),
        errands: EdgeErrands::new(Arc::new(Outbound::new(&outbound).unwrap()), 1),
        vault: Vault::new(&[7; 32]),
        public_url: "https://as.example".to_owned(),
        surface: Surface {
            dialects: &vidimus_dialect::NAMES,
            reserved_segments: &[],
            dialect_settings: &[],
            root_dialects: &[],
            admin_dialects: &[],
        },
    };
    let about = About { version: "0", store: "memory", schema: 0 };
    Arc::new(App::new(engine, Arc::new(SystemClock), about))
}

/// A client that answers each notice with the next of these; what it was sent comes out.
fn client(answers: &'static [&'static str]) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}/ended", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut some = [0; 4096];
            while !request.windows(13).any(|part| part == b"logout_token=") {
                let length = stream.read(&mut some).unwrap();
                assert!(length > 0, "{}", String::from_utf8_lossy(&request));
                request.extend_from_slice(&some[..length]);
            }
            let head =
                format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).unwrap();
            let _ = sender.send(String::from_utf8(request).unwrap());
        }
    });
    (uri, receiver)
}

/// The default tenant with a client that hears there, and a notice to it that is due.
async fn outbox(app: &OurApp, uri: &str) -> (RowKey, RowKey) {
    let default = TenantRef::default_tenant();
    for (kind, declaration) in [
        (Kind::Tenant, json!({"id": TenantRef::DEFAULT_ID})),
        (Kind::Client, json!({"client_id": CLIENT, "backchannel_logout_uri": uri})),
    ] {
        let operation = Create { kind, declaration, by: "test".to_owned() };
        run(app, &default, &operation).await.unwrap().unwrap();
    }
    let needs = Needs::default().object(Space::Caller, CLIENT);
    let facts = app.engine.store.load(&default, &needs).await.unwrap();
    let tenant = facts.tenant().unwrap().key();
    let notice = Notice {
        client: facts.client(CLIENT).unwrap().key(),
        client_id: CLIENT.to_owned(),
        session: RowKey(2),
        user: RowKey(3),
        attempts: 0,
    };
    let ticket = Ticket {
        key: RowKey(1),
        version: 1,
        hash: [0; 32],
        alias: None,
        owner: None,
        due_at: Some(app.now()),
        expires_at: app.now().plus_seconds(86_400),
        body: TicketBody::Notice(notice),
    };
    let write = Write { tenant, change: Change::InsertTicket(ticket) };
    assert_eq!(app.engine.store.commit(vec![write]).await, Ok(Committed::Done));
    (tenant, RowKey(1))
}

async fn stored(app: &OurApp, (tenant, key): (RowKey, RowKey)) -> Option<Arc<Ticket>> {
    let needs = Needs { tickets: vec![TicketRef::Key(key)], ..Needs::default() };
    let facts = app.engine.store.load(&TenantRef::of_key(tenant), &needs).await.unwrap();
    facts.ticket(TicketRef::Key(key)).unwrap().cloned()
}

fn counted(app: &OurApp, result: &str) -> bool {
    let line = format!("vidimus_logout_notices_total{{result=\"{result}\"}} 1");
    app.metrics.render().contains(&line)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_nodes_one_tells_the_client_and_the_notice_is_gone() {
    let app = app();
    let (uri, told) = client(&["200 OK", "200 OK"]);
    let notice = outbox(&app, &uri).await;
    let nodes = [tokio::spawn(notices(Arc::clone(&app))), tokio::spawn(notices(Arc::clone(&app)))];
    let receiving = tokio::task::spawn_blocking(move || {
        let first = told.recv_timeout(PATIENCE);
        (first, told)
    });
    let (first, told) = receiving.await.unwrap();
    let request = first.unwrap();
    assert!(request.starts_with("POST /ended HTTP/1.1\r\n"), "{request}");
    tokio::time::timeout(PATIENCE, async {
        while stored(&app, notice).await.is_some() || !counted(&app, "delivered") {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert!(told.try_recv().is_err(), "it was told once");
    for node in nodes {
        node.abort();
    }
}

#[tokio::test]
async fn what_was_not_taken_stays_and_is_due_later() {
    let app = app();
    let (uri, told) = client(&["503 Service Unavailable"]);
    let notice = outbox(&app, &uri).await;
    send(&app, &TenantRef::of_key(notice.0), notice.1).await.unwrap();
    told.recv_timeout(PATIENCE).unwrap();
    assert!(counted(&app, "failed"));
    let ticket = stored(&app, notice).await.unwrap();
    assert!(ticket.due_at.unwrap() > SystemClock.now());
    assert_eq!(app.engine.store.due(app.now(), 10).await, Ok(Vec::new()));
    let later = app.now().plus_seconds(10);
    assert_eq!(app.engine.store.due(later, 10).await, Ok(vec![notice]));
}

/// Whoever claimed it and died has not sent it: it comes due again, and is sent then.
#[tokio::test]
async fn a_notice_that_was_claimed_and_never_sent_is_not_lost() {
    let app = app();
    let (uri, _told) = client(&["200 OK"]);
    let notice = outbox(&app, &uri).await;
    let claim = ClaimNotice { ticket: notice.1 };
    let claimed = run(&app, &TenantRef::of_key(notice.0), &claim).await.unwrap().unwrap();
    assert_eq!(claimed, Claimed::Ours { version: 2 });
    let later = app.now().plus_seconds(10);
    assert_eq!(app.engine.store.due(later, 10).await, Ok(vec![notice]));
}

#[tokio::test]
async fn a_tenant_that_is_gone_is_no_fault() {
    let app = app();
    send(&app, &TenantRef::of_key(RowKey(9)), RowKey(1)).await.unwrap();
}
