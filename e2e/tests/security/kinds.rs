//! A secret is good for what it was made for, by whom and where (SEC-019, SEC-029, SEC-041, SEC-290):
//! nothing else takes it, and nothing else uses it up.

use serde_json::json;
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::{Ask, CB, House, VERIFIER, answered, assert_page, house, returned, tokens};
use crate::twin::DEVICE;
use crate::world::{World, on_each_store, on_each_store_alone, refusal, shared_machine};

fn push(world: &World, house: &House, client: &str, ask: &Ask) -> Response {
    // Some of them say who they are in the same form.
    let is_said = client != "web";
    let pairs = ask.pairs().into_iter().filter(|(name, _)| !is_said || *name != "client_id");
    world.exchange(&house.by(client, "/oauth2/par", &pairs.collect::<Vec<_>>()))
}

fn pushed(world: &World, house: &House, client: &str) -> String {
    let answer = push(world, house, client, &house.ask(client));
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!((1..=60).contains(&answer.json()["expires_in"].as_i64().expect("seconds")));
    let uri = answer.member("request_uri");
    assert!(uri.starts_with("urn:ietf:params:oauth:request_uri:"), "{uri}");
    world.remember(&uri);
    uri
}

fn with_uri(house: &House, client: &str, uri: &str) -> Request {
    let query = form(&[("client_id", client), ("request_uri", uri)]);
    Request::get(&format!("{}?{query}", house.tenant.at("/oauth2/authorize")))
}

fn assert_unknown(answer: &Response, what: &str) {
    let known = ["invalid_request_uri", "invalid_request"];
    let code = crate::people::error_code(answer);
    assert!(code.is_some_and(|code| known.contains(&code.as_str())), "{what}: {}", answer.text());
    assert_eq!((answer.status, answer.header("location")), (400, None), "{what}");
}

#[test]
fn sec_019_a_pushed_request_is_its_clients_and_its_tenants_and_good_once() {
    on_each_store(|world| {
        let (house, elsewhere) = (house(world, json!({})), self::house(world, json!({})));
        let mut alice = house.signed_in(world, "alice");
        let mut there = elsewhere.signed_in(world, "alice");
        for client in ["web", "spa", "pkj"] {
            let uri = pushed(world, &house, client);
            let other = if client == "web" { "spa" } else { "web" };
            let asked = answered(&mut alice, world, with_uri(&house, other, &uri));
            assert_unknown(&asked.answer, "another client");
            let asked = answered(&mut there, world, with_uri(&elsewhere, client, &uri));
            assert_unknown(&asked.answer, "another tenant");
            let cut = &uri[..uri.len() - 1];
            let asked = answered(&mut alice, world, with_uri(&house, client, cut));
            assert_unknown(&asked.answer, "another text");
            // None of which has used it up.
            let told = answered(&mut alice, world, with_uri(&house, client, &uri)).returned();
            let told = told.expect("an answer");
            assert_eq!(told.get("state"), Some("the state"), "{told:?}");
            let answer = world.exchange(&house.redeem(client, &told.require("code"), &[]));
            assert_eq!(answer.status, 200, "{}", answer.text());
            for _ in 0..2 {
                let again = answered(&mut alice, world, with_uri(&house, client, &uri));
                assert_unknown(&again.answer, "again");
            }
        }
        // Whoever pushes proves to be the client, and pushes a request, not a name for one.
        let ask = house.ask("web");
        let stranger = Request::post(&house.tenant.at("/oauth2/par"));
        let wrong = stranger.clone().basic("web", "wrong").form(&ask.pairs());
        assert_eq!(world.exchange(&wrong).status, 401);
        assert_eq!(world.exchange(&stranger.form(&ask.pairs())).status, 401);
        let named = ask.clone().with("request_uri", &pushed(world, &house, "web"));
        assert_eq!(push(world, &house, "web", &named).member("error"), "invalid_request");
        for (name, value, error) in [
            ("redirect_uri", "https://evil.example/cb", "invalid_request"),
            ("scope", "unheard-of", "invalid_scope"),
            ("client_id", "spa", "invalid_request"),
            ("code_challenge_method", "plain", "invalid_request"),
        ] {
            let answer = push(world, &house, "web", &ask.clone().with(name, value));
            assert_eq!(refusal(&answer), (400, error.to_owned()), "{name}");
        }
    });
}

#[test]
fn sec_019_a_pushed_request_waits_for_a_minute() {
    let _shared = shared_machine();
    let world = World::dev(&Setup::new(Store::Sqlite));
    let house = house(&world, json!({}));
    let mut alice = house.signed_in(&world, "alice");
    for (seconds, is_good) in [(55, true), (62, false)] {
        let uri = pushed(&world, &house, "web");
        world.advance(seconds);
        let shown = answered(&mut alice, &world, with_uri(&house, "web", &uri));
        match is_good {
            true => assert!(shown.returned().expect("an answer").get("code").is_some()),
            false => assert_unknown(&shown.answer, "after a minute"),
        }
    }
}

/// One secret of each kind, each good for its own purpose.
struct Kinds {
    code: String,
    access: String,
    refresh: String,
    id_token: String,
    request_uri: String,
    device_code: String,
    user_code: String,
    flow: String,
    csrf: String,
    session: String,
    browser: String,
    registration: String,
}

impl Kinds {
    fn of(world: &World, house: &House, visitor: &mut Visitor) -> Self {
        let ask = house.ask("web").with("scope", "openid read offline_access");
        let code = house.code(world, visitor, &ask);
        let answer = world.exchange(&house.redeem("web", &code, &[]));
        let (access, refresh) = tokens(world, &answer);
        let asked = house.by("web", "/oauth2/device_authorization", &[]);
        let asked = world.exchange(&asked);
        let page = visitor.visit(&world.server, &house.ask("asking").target());
        let cookie = |name: &str| {
            let mut found = visitor.cookies().iter().filter(|(known, _)| known.contains(name));
            found.next().expect("a cookie").1.clone()
        };
        let order = json!({"uses": 1});
        let made = world.change("POST", &house.tenant.admin("/registration-tokens"), &order);
        let token = made["token"].as_str().or(made["secret"].as_str()).expect("a token");
        let register = Request::post(&house.tenant.at("/oauth2/register")).bearer(token);
        let made = world.exchange(&register.json(&json!({"redirect_uris": [CB]})));
        Self {
            access,
            refresh,
            id_token: answer.member("id_token"),
            request_uri: pushed(world, house, "web"),
            device_code: asked.member("device_code"),
            user_code: asked.member("user_code"),
            flow: page.target.rsplit('/').next().unwrap_or_default().to_owned(),
            csrf: page.csrf(),
            session: cookie("-session-"),
            browser: cookie("-browser-"),
            registration: made.member("registration_access_token"),
            code: house.code(world, visitor, &house.ask("web")),
        }
    }

    fn all(&self) -> [(&'static str, &str); 12] {
        [
            ("code", &self.code),
            ("access token", &self.access),
            ("refresh token", &self.refresh),
            ("ID token", &self.id_token),
            ("request_uri", &self.request_uri),
            ("device code", &self.device_code),
            ("user code", &self.user_code),
            ("flow", &self.flow),
            ("form token", &self.csrf),
            ("session", &self.session),
            ("browser", &self.browser),
            ("registration access token", &self.registration),
        ]
    }
}

/// Presented as each other kind; what it is itself is not tried.
fn present(world: &World, house: &House, visitor: &Visitor, text: &str, own: &str) {
    let redeemed = [
        ("grant_type", "authorization_code"),
        ("code", text),
        ("redirect_uri", CB),
        ("code_verifier", VERIFIER),
    ];
    let token = |form: &[(&str, &str)]| world.exchange(&house.by("web", "/oauth2/token", form));
    if own != "code" {
        assert_eq!(refusal(&token(&redeemed)).1, "invalid_grant", "{own} as a code");
    }
    if own != "refresh token" {
        let form = [("grant_type", "refresh_token"), ("refresh_token", text)];
        assert_eq!(refusal(&token(&form)).1, "invalid_grant", "{own} as a refresh token");
    }
    if own != "device code" {
        let form = [("grant_type", DEVICE), ("device_code", text)];
        assert_eq!(refusal(&token(&form)).1, "invalid_grant", "{own} as a device code");
    }
    for urn in ["", "urn:ietf:params:oauth:request_uri:"] {
        if own != "request_uri" {
            let request = with_uri(house, "web", &format!("{urn}{text}"));
            let answer = world.exchange(&visitor.carry(request));
            assert!(matches!(answer.status, 400), "{own} as a request_uri: {}", answer.status);
        }
    }
    if !["access token", "refresh token"].contains(&own) {
        assert!(!house.is_active(world, text), "{own} is active");
    }
    if own != "access token" {
        let request = Request::get(&house.tenant.at("/oauth2/userinfo")).bearer(text);
        assert_eq!(world.exchange(&request).status, 401, "{own} as a bearer");
    }
    if own != "flow" {
        let path = format!("{}/{text}", house.tenant.at("/oauth2/authorize"));
        let answer = world.exchange(&visitor.carry(Request::get(&path)));
        assert!(matches!(answer.status, 400 | 404), "{own} as a flow: {}", answer.status);
    }
    if own != "session" {
        let mut thief = Visitor::default();
        let names = visitor.cookies().keys().filter(|name| name.contains("-session-"));
        names.for_each(|name| thief.plant(name, text));
        assert!(!house.is_signed_in(world, &mut thief), "{own} as a session");
    }
    if own != "ID token" {
        let ask = house.ask("web").with("id_token_hint", text);
        let told = returned(&mut visitor.clone(), world, &ask);
        assert_eq!(told.get("error"), Some("invalid_request"), "{own} as a hint");
    }
    if own != "registration access token" {
        let request = Request::get(&house.tenant.at("/oauth2/register/web")).bearer(text);
        assert_eq!(world.exchange(&request).status, 401, "{own} manages a client");
    }
}

fn cast(world: &World) -> House {
    let house = house(world, json!({}));
    let grants = json!(["authorization_code", "refresh_token", DEVICE]);
    let patch = json!({"grant_types": grants});
    world.change("PATCH", &house.tenant.admin_client("web"), &patch);
    house
}

/// Each is still what it was.
fn assert_good(world: &World, house: &House, visitor: &mut Visitor, kinds: &Kinds) {
    let answer = world.exchange(&house.redeem("web", &kinds.code, &[]));
    assert_eq!(answer.status, 200, "the code: {}", answer.text());
    assert!(house.is_active(world, &kinds.access), "the access token");
    let answer = world.exchange(&house.refresh("web", &kinds.refresh, &[]));
    assert_eq!(answer.status, 200, "the refresh token: {}", answer.text());
    let told = answered(visitor, world, with_uri(house, "web", &kinds.request_uri)).returned();
    assert!(told.is_some_and(|told| told.get("code").is_some()), "the pushed request");
    let poll = [("grant_type", DEVICE), ("device_code", kinds.device_code.as_str())];
    let answer = world.exchange(&house.by("web", "/oauth2/token", &poll));
    assert_eq!(answer.member("error"), "authorization_pending", "the device code");
    let path = format!("{}/{}", house.tenant.at("/oauth2/authorize"), kinds.flow);
    let page = answered(visitor, world, Request::get(&path));
    assert!(page.answer.text().contains("consent-allow"), "the flow");
    assert_eq!(page.csrf(), kinds.csrf, "the form token");
    assert!(house.is_signed_in(world, visitor), "the session");
    let hinted = house.ask("web").with("id_token_hint", &kinds.id_token);
    assert!(returned(visitor, world, &hinted).get("code").is_some(), "the hint");
}

#[test]
fn sec_041_no_secret_is_good_for_anothers_purpose_or_used_up_by_it() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let house = cast(&world);
        let mut alice = house.signed_in(&world, "alice");
        let kinds = Kinds::of(&world, &house, &mut alice);
        for (own, text) in kinds.all() {
            present(&world, &house, &alice, text, own);
        }
        assert_good(&world, &house, &mut alice, &kinds);
    });
}

/// The same at a tenant that is its twin: as if nobody had ever issued it.
#[test]
fn sec_290_no_secret_of_one_house_opens_another() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let (house, elsewhere) = (cast(&world), cast(&world));
        let mut alice = house.signed_in(&world, "alice");
        let kinds = Kinds::of(&world, &house, &mut alice);
        // Signed in there under the same name; its cookies have other names, so these are renamed.
        let there = elsewhere.signed_in(&world, "alice");
        for (_, text) in kinds.all() {
            present(&world, &elsewhere, &there, text, "a secret of another tenant");
        }
        // All of the one's cookies under the other's names.
        let mut moved = Visitor::default();
        for name in there.cookies().keys() {
            let kind = name.rsplit_once('-').expect("a tenant's").0;
            let own = alice.cookies().iter().find(|(known, _)| known.starts_with(kind));
            moved.plant(name, own.expect("of the same kind").1);
        }
        assert!(!elsewhere.is_signed_in(&world, &mut moved), "a session of another tenant");
        let page = answered(&mut moved, &world, Request::get(&elsewhere.tenant.at("/account")));
        assert!(!page.answer.text().contains("change-password"));
        let flow = format!("{}/{}", elsewhere.tenant.at("/oauth2/authorize"), kinds.flow);
        for visitor in [&alice, &moved, &there] {
            let answer = world.exchange(&visitor.carry(Request::get(&flow)));
            assert_page(&answer, 400, "invalid_request", "a flow of another tenant");
        }
        // A known device is known at home: elsewhere its user's guesses count as a stranger's.
        let fields = [("user_code", kinds.user_code.as_str()), ("action", "continue")];
        let mut there = there;
        let page = there.visit(&world.server, &elsewhere.tenant.at("/oauth2/device"));
        let after = there.submit(&world.server, &page, &fields);
        assert!(after.answer.text().contains("id=\"failure\""), "{}", after.answer.text());
        assert_good(&world, &house, &mut alice, &kinds);
    });
}

/// A link into the middle of somebody's way, and a form from there (SEC-029, SEC-193, SEC-194).
#[test]
fn sec_029_no_step_is_worth_anything_in_another_browser() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let house = cast(&world);
        let ask = house.ask("asking");
        let mut mallory = Visitor::default();
        let sign_in = mallory.visit(&world.server, &ask.target());
        house.sign_in(&world, &mut mallory, "bob");
        let consent = mallory.visit(&world.server, &ask.target());
        let choice = ask.clone().with("prompt", "select_account").target();
        let choice = mallory.visit(&world.server, &choice);
        let out = mallory.visit(&world.server, &house.tenant.at("/oauth2/logout"));
        let asked = world.exchange(&house.by("web", "/oauth2/device_authorization", &[]));
        let page = mallory.visit(&world.server, &house.tenant.at("/oauth2/device"));
        let code = asked.member("user_code");
        let device =
            mallory.submit(&world.server, &page, &[("user_code", &code), ("action", "continue")]);
        let mut alice = house.signed_in(&world, "alice");
        let steps: [(&str, &Shown, &[&str]); 5] = [
            ("sign-in", &sign_in, &["login", "cancel", "other"]),
            ("consent", &consent, &["allow", "deny"]),
            ("choice", &choice, &["other", "cancel"]),
            ("sign-out", &out, &["logout", "cancel"]),
            ("device", &device, &["allow", "deny"]),
        ];
        for (step, page, actions) in steps {
            for victim in [&mut alice, &mut Visitor::default()] {
                let shown = answered(victim, &world, Request::get(&page.target));
                assert_page(&shown.answer, 400, "invalid_request", step);
                for action in actions {
                    let mut fields = house.credentials("alice").to_vec();
                    fields.retain(|(name, _)| *name != "action");
                    fields.push(("action", action));
                    let answer = answered(victim, &world, page.filled_in(&fields)).answer;
                    assert!(matches!(answer.status, 400 | 403), "{step}: {}", answer.status);
                    assert_eq!(answer.header_all("location"), Vec::<&str>::new(), "{step}");
                }
            }
        }
        assert!(house.is_signed_in(&world, &mut alice), "signed out by a stranger's form");
        let poll = [("grant_type", DEVICE), ("device_code", &asked.member("device_code") as &str)];
        let answer = world.exchange(&house.by("web", "/oauth2/token", &poll));
        assert_eq!(answer.member("error"), "authorization_pending", "nobody has allowed it");
        // In the browser that began, they go on.
        let told = mallory.submit(&world.server, &consent, &[("action", "allow")]).returned();
        assert!(told.is_some_and(|told| told.get("code").is_some()));
    });
}
