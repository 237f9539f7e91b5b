//! The loop itself: turns, attempts, conflicts, and what is committed when.

use std::{
    collections::VecDeque,
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task::{self, Poll, Waker},
};

use super::{Answer, Engine, Operation, Store, Swept};
use crate::{
    audit::chain::Link,
    authorize::{AuthorizeRequest, Endpoint, reply::Next},
    browser::Browser,
    client_auth::Sent,
    context::{Context, SeededEntropy, Surface},
    errand::{Done, Errand, Errands},
    error::{Cause, ErrorCode, Fault, OAuthError},
    facts::{Facts, Needs, Space, TenantRef},
    limits::{ATTEMPTS_MAX, TURNS_MAX},
    model::{Object, Ticket},
    outcome::{Change, Committed, Decision, Event, OnceSpace, Outcome, Stop, Write},
    row_key::RowKey,
    search::{Hits, Search},
    secret::Secret,
    testing::{FOO, ISSUER, NOW, SECRET, Scene, Stock, basic, done, form, phc, visitor::Visitor},
    time::Time,
    token::TokenRequest,
    vault::Vault,
};

/// A store in which others write between our load and our commit.
#[derive(Default)]
struct Shelf {
    stock: Mutex<Stock>,
    /// What somebody else commits just before each of our commits.
    rivals: Mutex<VecDeque<Vec<Write>>>,
    /// What somebody else commits just after each of our loads.
    intruders: Mutex<VecDeque<Vec<Write>>>,
    loads: AtomicUsize,
    /// Of the callers looked for: whether each was there.
    callers: Mutex<Vec<bool>>,
    /// The same of users.
    users: Mutex<Vec<bool>>,
    commits: AtomicUsize,
    broken: Option<Fault>,
    always_conflicts: bool,
}

impl Store for Shelf {
    async fn load(&self, tenant: &TenantRef, needs: &Needs) -> Result<Facts, Fault> {
        self.loads.fetch_add(1, Relaxed);
        let mut stock = self.stock.lock().unwrap();
        let facts = stock.load(tenant, needs);
        if let Some(intruder) = self.intruders.lock().unwrap().pop_front() {
            assert_eq!(stock.commit(&intruder), Committed::Done);
        }
        for (_, name) in needs.objects.iter().filter(|(space, _)| *space == Space::Caller) {
            let found = facts.find(Space::Caller, name).is_some();
            self.callers.lock().unwrap().push(found);
        }
        for (_, name) in needs.objects.iter().filter(|(space, _)| *space == Space::User) {
            self.users.lock().unwrap().push(facts.find(Space::User, name).is_some());
        }
        Ok(facts)
    }

    async fn search(&self, _: RowKey, _: &Search) -> Result<Hits, Fault> {
        Ok(Hits::default())
    }

    async fn links(&self, _: i64, _: u32) -> Result<Vec<Link>, Fault> {
        Ok(Vec::new())
    }

    async fn used(&self, _: RowKey, _: &[RowKey]) -> Result<Vec<(RowKey, Time)>, Fault> {
        Ok(Vec::new())
    }

    async fn due(&self, _: Time, _: u32) -> Result<Vec<(RowKey, RowKey)>, Fault> {
        Ok(Vec::new())
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<Committed, Fault> {
        self.commits.fetch_add(1, Relaxed);
        if let Some(fault) = &self.broken {
            return Err(fault.clone());
        }
        if self.always_conflicts {
            return Ok(Committed::Conflict);
        }
        let mut stock = self.stock.lock().unwrap();
        if let Some(rival) = self.rivals.lock().unwrap().pop_front() {
            assert_eq!(stock.commit(&rival), Committed::Done);
        }
        Ok(stock.commit(&writes))
    }

    async fn page(&self, _: RowKey, _: Space, _: &str, _: u32) -> Result<Vec<Arc<Object>>, Fault> {
        Err(Fault::Unavailable("the engine lists nothing".to_owned()))
    }

    async fn sweep(&self, _: Time, _: u32) -> Result<Swept, Fault> {
        Err(Fault::Unavailable("the engine sweeps nothing".to_owned()))
    }
}

/// Answers, or fails.
struct Edge(Option<Fault>);

impl Errands for Edge {
    async fn run(&self, errand: Errand) -> Result<Done, Fault> {
        match &self.0 {
            Some(fault) => Err(fault.clone()),
            None => Ok(done(&errand)),
        }
    }
}

fn engine(shelf: Shelf) -> Engine<Shelf, Edge> {
    *shelf.stock.lock().unwrap() = Scene::new().stock;
    Engine {
        store: shelf,
        errands: Edge(None),
        vault: Vault::new(&[7; 32]),
        public_url: "https://id.example".to_owned(),
        surface: Surface::default(),
    }
}

/// Nothing here ever waits.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn run<O: Operation>(
    engine: &Engine<Shelf, Edge>,
    operation: &O,
) -> Result<Answer<O::Reply>, Fault> {
    let tenant = TenantRef::Id(FOO.to_owned());
    at_once(engine.run(operation, &tenant, NOW, &mut SeededEntropy::new(5)))
}

/// A decider that counts how often it decides.
struct Decider<F> {
    needs: Needs,
    decided: AtomicUsize,
    decide: F,
}

impl<R: Send, F> Operation for Decider<F>
where
    F: Fn(&Facts, &mut Context<'_>) -> Decision<R> + Send + Sync,
{
    type Reply = R;

    fn needs(&self, _: &crate::vault::Vault) -> Needs {
        self.needs.clone()
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<R> {
        self.decided.fetch_add(1, Relaxed);
        (self.decide)(facts, cx)
    }
}

fn decider<R, F>(needs: Needs, decide: F) -> Decider<F>
where
    F: Fn(&Facts, &mut Context<'_>) -> Decision<R> + Send + Sync,
{
    Decider { needs, decided: AtomicUsize::new(0), decide }
}

const FACT: (OnceSpace, [u8; 32]) = (OnceSpace::ClientAssertion, [9; 32]);

fn use_up(tenant: RowKey) -> Write {
    let (space, digest) = FACT;
    Write { tenant, change: Change::Once { space, digest, expires_at: NOW.plus_seconds(60) } }
}

fn redeem(facts: &Facts, _: &mut Context<'_>) -> Decision<&'static str> {
    if !facts.once.is_empty() {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "It was used before.").into());
    }
    let write = use_up(facts.tenant().unwrap().key());
    Ok(Outcome { writes: vec![write], ..Outcome::reply("yours") })
}

fn once() -> Needs {
    Needs { once: vec![FACT], ..Needs::default() }
}

#[test]
fn a_lost_race_is_decided_again_and_then_refused() {
    let engine = engine(Shelf::default());
    let foo = engine.store.stock.lock().unwrap().named(RowKey::ROOT, Space::Tenant, FOO)[0].key;
    engine.store.rivals.lock().unwrap().push_back(vec![use_up(foo)]);
    let operation = decider(once(), redeem);
    let answer = run(&engine, &operation).unwrap();
    assert_eq!(answer.reply.unwrap_err().code, ErrorCode::InvalidGrant);
    assert_eq!(operation.decided.load(Relaxed), 2);
    assert_eq!(engine.store.commits.load(Relaxed), 1, "a plain refusal commits nothing");
}

#[test]
fn a_fact_is_used_once() {
    let engine = engine(Shelf::default());
    let replies: Vec<bool> =
        (0..8).map(|_| run(&engine, &decider(once(), redeem)).unwrap().reply.is_ok()).collect();
    assert_eq!(replies, [true, false, false, false, false, false, false, false]);
    assert_eq!(engine.store.stock.lock().unwrap().once.len(), 1);
}

#[test]
fn what_may_happen_once_is_looked_for_where_it_has_happened_only() {
    let engine = engine(Shelf::default());
    let (first, again) = (decider(once(), redeem), decider(once(), redeem));
    assert!(run(&engine, &first).unwrap().reply.is_ok());
    assert_eq!(first.decided.load(Relaxed), 1);
    assert_eq!(run(&engine, &again).unwrap().reply.unwrap_err().code, ErrorCode::InvalidGrant);
    assert_eq!(again.decided.load(Relaxed), 2, "the first could not know");
}

#[test]
fn endless_conflicts_are_contention() {
    let engine = engine(Shelf { always_conflicts: true, ..Shelf::default() });
    let operation = decider(once(), redeem);
    assert_eq!(run(&engine, &operation).unwrap_err(), Fault::Contention);
    assert_eq!(operation.decided.load(Relaxed), ATTEMPTS_MAX);
    assert_eq!(engine.store.loads.load(Relaxed), ATTEMPTS_MAX, "each attempt looks anew");
}

#[test]
fn fifty_tabs_of_one_browser_keep_nobody_out() {
    let mut scene = crate::authorize::tests::scene();
    let query = crate::authorize::tests::query("");
    let mut visitor = Visitor::default();
    visitor.go(&mut scene, &query, "alice");
    let is_session = |(_, ticket): &&(RowKey, Ticket)| ticket.session().is_some();
    let (tenant, session) = scene.stock.tickets.iter().find(is_session).cloned().unwrap();
    let engine = engine(Shelf::default());
    *engine.store.stock.lock().unwrap() = scene.stock;
    let mut rivals = engine.store.rivals.lock().unwrap();
    let mut next = session;
    for _ in 0..49 {
        next = next.next(next.body.clone());
        rivals.push_back(vec![Write { tenant, change: Change::ReplaceTicket(next.clone()) }]);
    }
    drop(rivals);
    let cookie = |(name, value): (String, String)| (name, Secret::new(value));
    let browser = Browser {
        cookies: visitor.cookies.into_iter().map(cookie).collect(),
        ..Browser::default()
    };
    let request = AuthorizeRequest {
        endpoint: Endpoint::Authorize,
        form: form(&format!("{query}&prompt=none")),
        browser,
        authorization: None,
        manner: &crate::manner::Manner::STANDARD,
        flow: None,
        is_post: false,
    };
    let answer = run(&engine, &request).unwrap().reply.unwrap();
    assert!(matches!(answer.next, Next::Back(back) if back.refusal.is_none()));
    assert_eq!(engine.store.commits.load(Relaxed), 50);
}

#[test]
fn a_name_of_another_tenant_is_a_conflict_and_no_fault() {
    let engine = engine(Shelf::default());
    let create = |id: &str| crate::admin::Create {
        kind: crate::model::Kind::Tenant,
        declaration: serde_json::json!({"id": id, "hosts": ["one.example"]}),
        by: "root".to_owned(),
    };
    let run = |id: &str| {
        let tenant = TenantRef::Id(id.to_owned());
        let mut entropy = SeededEntropy::new(id.len() as u64);
        at_once(engine.run(&create(id), &tenant, NOW, &mut entropy)).unwrap().reply
    };
    run("first").unwrap();
    assert_eq!(run("next").unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(engine.store.loads.load(Relaxed), 1 + ATTEMPTS_MAX);
}

#[test]
fn endless_needs_are_a_fault() {
    let engine = engine(Shelf::default());
    let operation = decider(Needs::default(), |_, _| -> Decision<()> {
        Err(Stop::Need(Box::new(Needs::whole(Space::User))))
    });
    assert!(matches!(run(&engine, &operation), Err(Fault::Corrupt(_))));
    assert_eq!(operation.decided.load(Relaxed), TURNS_MAX);
    assert_eq!(engine.store.commits.load(Relaxed), 0);
}

#[test]
fn a_refusal_commits_its_writes() {
    let engine = engine(Shelf::default());
    let operation = decider(Needs::default(), |facts, _| -> Decision<()> {
        let write = use_up(facts.tenant().unwrap().key());
        let refusal = OAuthError::new(ErrorCode::InvalidGrant, "No.");
        Ok(Outcome { writes: vec![write], ..Outcome::refuse(refusal) })
    });
    assert_eq!(run(&engine, &operation).unwrap().reply.unwrap_err().code, ErrorCode::InvalidGrant);
    assert_eq!(engine.store.stock.lock().unwrap().once.len(), 1);
}

#[test]
fn nothing_is_committed_without_writes() {
    let engine = engine(Shelf { broken: Some(Fault::Contention), ..Shelf::default() });
    let reply = decider(Needs::default(), |_, cx| Ok(Outcome::reply(cx.issuer.to_owned())));
    assert_eq!(run(&engine, &reply).unwrap().reply.unwrap(), ISSUER);
    assert_eq!(engine.store.commits.load(Relaxed), 0);
}

#[test]
fn a_fault_passes_and_is_no_answer() {
    let away = Fault::Unavailable("away".to_owned());
    let mut engine = engine(Shelf { broken: Some(away.clone()), ..Shelf::default() });
    assert_eq!(run(&engine, &decider(once(), redeem)).unwrap_err(), away);
    engine.errands = Edge(Some(Fault::Busy("argon2")));
    assert_eq!(run(&engine, &hashing()).unwrap_err(), Fault::Busy("argon2"));
    let corrupt = decider(Needs::default(), |_, _| -> Decision<()> {
        Err(Fault::Corrupt("a row".to_owned()).into())
    });
    assert_eq!(run(&engine, &corrupt).unwrap_err(), Fault::Corrupt("a row".to_owned()));
}

fn hashing() -> impl Operation<Reply = (bool, Arc<str>)> {
    decider(Needs::default().object(Space::Caller, "web"), |facts, _| {
        let phc = facts.hashed(&Secret::new("chosen"), "who")?;
        Ok(Outcome::reply((facts.client("web").is_some(), phc)))
    })
}

#[test]
fn a_turn_for_an_errand_reads_nothing_and_keeps_the_facts() {
    let engine = engine(Shelf::default());
    let answer = run(&engine, &hashing()).unwrap();
    assert_eq!(answer.reply.unwrap(), (true, phc("chosen")));
    assert_eq!(engine.store.loads.load(Relaxed), 1);
}

#[test]
fn a_further_turn_adds_to_the_facts() {
    let engine = engine(Shelf::default());
    let operation = decider(Needs::default().object(Space::Caller, "web"), |facts, _| {
        let keys = facts.signing_keys()?.len();
        Ok(Outcome::reply((facts.client("web").is_some(), keys)))
    });
    assert_eq!(run(&engine, &operation).unwrap().reply.unwrap(), (true, 0));
    assert_eq!(engine.store.loads.load(Relaxed), 2);
}

#[test]
fn the_issuer_is_fixed_by_the_tenant() {
    let engine = engine(Shelf::default());
    assert_eq!(engine.issuer("default"), "https://id.example");
    assert_eq!(engine.issuer(FOO), ISSUER);
}

/// A store may answer faster of who is there. So whoever fails has had one looked for who is not.
#[test]
fn sec_055_every_failed_caller_costs_a_look_for_nobody() {
    for (id, looks) in [("web", &[true, false][..]), ("nobody", &[false])] {
        let engine = engine(Shelf::default());
        let (authorization, form) = (basic(id, "wrong"), form("grant_type=client_credentials"));
        let sent = Sent::new(Some(&authorization), &form);
        let answer = run(&engine, &TokenRequest::parse(&sent).unwrap()).unwrap();
        assert_eq!(answer.reply.unwrap_err().code, ErrorCode::InvalidClient);
        assert_eq!(*engine.store.callers.lock().unwrap(), looks, "{id}");
        assert_eq!(engine.store.loads.load(Relaxed), 2, "{id}");
    }
}

#[test]
fn sec_190_every_failed_user_costs_a_look_for_nobody() {
    for (username, looks) in [("alice", &[true, false][..]), ("nobody", &[false])] {
        let mut scene = Scene::new();
        scene.policy(|policy| policy.allow_password_grant = true);
        scene.client("web", |client| client.metadata.grant_types = vec!["password".to_owned()]);
        let engine = engine(Shelf::default());
        *engine.store.stock.lock().unwrap() = scene.stock;
        let body = format!("grant_type=password&username={username}&password=wrong");
        let (authorization, form) = (basic("web", SECRET), form(&body));
        let sent = Sent::new(Some(&authorization), &form);
        let answer = run(&engine, &TokenRequest::parse(&sent).unwrap()).unwrap();
        assert_eq!(answer.reply.unwrap_err().code, ErrorCode::InvalidGrant);
        assert_eq!(*engine.store.users.lock().unwrap(), looks, "{username}");
        assert_eq!(engine.store.loads.load(Relaxed), 2, "{username}");
    }
}

#[test]
fn sec_190_a_page_that_asks_again_costs_a_look_for_nobody() {
    for (username, looks) in [("alice", &[true, false][..]), ("nobody", &[false])] {
        let engine = engine(Shelf::default());
        let failed =
            || Event::SignInFailed { cause: Cause::WrongPassword, client_id: None, username: None };
        let needs = Needs::default().object(Space::User, username);
        let operation = decider(needs, |_, _| Ok(Outcome::reply(()).event(failed())));
        run(&engine, &operation).unwrap().reply.unwrap();
        assert_eq!(*engine.store.users.lock().unwrap(), looks, "{username}");
        assert_eq!(engine.store.loads.load(Relaxed), 2, "{username}");
    }
}

#[test]
fn facts_of_two_tenants_never_meet_in_one_decision() {
    let engine = engine(Shelf::default());
    let foo = Scene::new().key(FOO);
    let reach = Change::ReachAtRoot { client_id: "x".to_owned() };
    engine.store.intruders.lock().unwrap().push_back(vec![Write { tenant: foo, change: reach }]);
    let operation = decider(Needs::default(), |facts, _| {
        let user = facts.look(Space::User, "alice")?.cloned();
        Ok(Outcome::reply((facts.tenant.clone().unwrap(), user)))
    });
    let at_root = TenantRef::OfClient("x".to_owned());
    let answer = at_once(engine.run(&operation, &at_root, NOW, &mut SeededEntropy::new(5)));
    let (tenant, user) = answer.unwrap().reply.unwrap();
    assert_eq!((tenant.id(), user.map(|user| user.tenant)), (FOO, Some(foo)));
}
