//! Everything that people and their clients do once, so that every secret of it is known: what searches
//! of logs and files look for (SEC-260, SEC-265).

use serde_json::json;
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::{Ask, House, answered, house};
use crate::twin::DEVICE;
use crate::world::World;

/// Where an answer holds what is nobody else's to know. A user code is none: a screen shows it to whoever
/// is there, and alone it opens nothing.
const MEMBERS: [&str; 5] =
    ["access_token", "refresh_token", "id_token", "device_code", "request_uri"];

struct Visit<'a> {
    world: &'a World,
    house: House,
    visitor: Visitor,
}

impl Visit<'_> {
    /// The page, with its flow, its form's token and what it sets.
    fn saw(&self, shown: &Shown) {
        let last = shown.target.split('?').next().and_then(|path| path.rsplit('/').next());
        for secret in last.filter(|last| last.starts_with("vfl_")).into_iter() {
            self.world.remember(secret);
        }
        if shown.answer.text().contains("name=\"csrf\"") {
            self.world.remember(&shown.csrf());
        }
        for value in self.visitor.cookies().values() {
            value.split('~').for_each(|one| self.world.remember(one));
        }
        if let Some(told) = shown.returned() {
            for name in ["code", "access_token", "id_token"] {
                told.get(name).into_iter().for_each(|secret| self.world.remember(secret));
            }
        }
    }

    fn visit(&mut self, target: &str) -> Shown {
        let shown = self.visitor.visit(&self.world.server, target);
        self.saw(&shown);
        shown
    }

    fn submit(&mut self, page: &Shown, fields: &[(&str, &str)]) -> Shown {
        let shown = self.visitor.submit(&self.world.server, page, fields);
        self.saw(&shown);
        shown
    }

    fn told(&self, request: &Request) -> Response {
        let answer = self.world.exchange(request);
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        for name in MEMBERS {
            if let Some(text) = json.get(name).and_then(serde_json::Value::as_str) {
                self.world.remember(text);
            }
        }
        answer
    }

    /// Good and bad, again and too late.
    fn exchange(&self, client: &str, code: &str) -> Response {
        self.told(&self.house.redeem(client, code, &[("code_verifier", "wrong")]));
        let answer = self.told(&self.house.redeem(client, code, &[]));
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.told(&self.house.refresh(client, &answer.member("refresh_token"), &[]));
        answer
    }

    fn sign_in_and_allow(&mut self, ask: &Ask) -> String {
        let page = self.visit(&ask.target());
        let wrong = "not the password of anybody here";
        self.world.remember(wrong);
        let fields = [("username", "alice"), ("password", wrong), ("action", "login")];
        let page = self.submit(&page, &fields);
        let password = self.house.password.clone();
        let fields = [("username", "alice"), ("password", &password), ("action", "login")];
        let page = self.submit(&page, &fields);
        let after = self.submit(&page, &[("action", "allow")]);
        after.returned().expect("an answer").require("code")
    }
}

/// A sign-in with consent, a pushed request, a device, the account, the way out.
pub fn play(world: &World) {
    let house = house(world, json!({"allow_legacy_response_types": true}));
    let grants = json!(["authorization_code", "refresh_token", "implicit", DEVICE]);
    let patch = json!({"grant_types": grants, "response_types": ["code", "code id_token token"]});
    world.change("PATCH", &house.tenant.admin_client("web"), &patch);
    let mut visit = Visit { world, house, visitor: Visitor::default() };
    let ask = visit.house.ask("asking").with("scope", "openid profile offline_access");
    let code = visit.sign_in_and_allow(&ask);
    visit.exchange("asking", &code);
    visit.told(&visit.house.redeem("asking", &code, &[]));
    let hybrid = visit.house.ask("web").with("response_type", "code id_token token");
    visit.visit(&hybrid.with("nonce", "n").target());
    let ask = visit.house.ask("web");
    let pushed = visit.told(&visit.house.by("web", "/oauth2/par", &ask.pairs()));
    let query = form(&[("client_id", "web"), ("request_uri", &pushed.member("request_uri"))]);
    let told = visit.visit(&format!("{}?{query}", ask.path()));
    let code = told.returned().expect("an answer").require("code");
    let hint = visit.exchange("web", &code).member("id_token");
    device(&mut visit);
    let chosen = "chosen anew & never told to anybody";
    visit.world.remember(chosen);
    let account = visit.visit(&visit.house.tenant.at("/account"));
    let password = visit.house.password.clone();
    let fields = [
        ("action", "change-password"),
        ("password", password.as_str()),
        ("new_password", chosen),
        ("new_password_again", chosen),
    ];
    let done = visit.submit(&account, &fields);
    assert!(done.answer.text().contains("has been changed"), "{}", done.answer.text());
    let logout = visit.house.tenant.at("/oauth2/logout");
    let page = visit.visit(&format!("{logout}?{}", form(&[("id_token_hint", &hint)])));
    if page.answer.text().contains("logout-confirm") {
        visit.submit(&page, &[("action", "logout")]);
    }
}

fn device(visit: &mut Visit<'_>) {
    let asked = visit.told(&visit.house.by("web", "/oauth2/device_authorization", &[]));
    let page = visit.visit(&visit.house.tenant.at("/oauth2/device"));
    let code = asked.member("user_code");
    let page = visit.submit(&page, &[("user_code", &code), ("action", "continue")]);
    visit.submit(&page, &[("action", "allow")]);
    let poll = [("grant_type", DEVICE), ("device_code", &asked.member("device_code") as &str)];
    let answer = visit.told(&visit.house.by("web", "/oauth2/token", &poll));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let stolen = answered(&mut Visitor::default(), visit.world, Request::get(&page.target));
    assert_eq!(stolen.answer.status, 400);
}
