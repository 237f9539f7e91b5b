//! Operators: who gets in, for how long, and what a one-time link is good for.

use serde_json::json;

use super::{
    ABSOLUTE_SECONDS, COOKIE, IDLE_SECONDS, Invite, Operator, OperatorCheck, OperatorSignIn,
    OperatorSignOut, ReadToken, Role, SignIn, SignInFailure, Welcome, WelcomeAnswer,
    WelcomeFailure,
};
use crate::{
    admin::{Create, KeyRotate, Mint, Update},
    browser::{Browser, Cookie},
    error::{Cause, ErrorCode, OAuthError},
    facts::TenantRef,
    model::{Kind, TokenFormat},
    secret::Secret,
    testing::{Scene, form},
};

const PASSWORD: &str = "correct horse battery staple";

/// A browser and the scene it looks at.
struct Visit {
    scene: Scene,
    cookies: Vec<(String, String)>,
}

fn visit() -> Visit {
    let mut scene = Scene::new();
    scene.tenant = TenantRef::default_tenant();
    Visit { scene, cookies: Vec::new() }
}

impl Visit {
    fn with_user(mut self, username: &str, roles: &[&str]) -> Self {
        let declaration = json!({"username": username, "password": PASSWORD, "roles": roles});
        let by = "root".to_owned();
        self.scene.act(&Create { kind: Kind::User, declaration, by }).ok();
        self
    }

    fn browser(&self) -> Browser {
        let cookie = |(name, value): &(String, String)| (name.clone(), Secret::new(value.clone()));
        Browser {
            cookies: self.cookies.iter().map(cookie).collect(),
            agent: "Visitor/1.0".to_owned(),
            address: Some("192.0.2.1".parse().unwrap()),
        }
    }

    fn take(&mut self, cookies: &[Cookie]) {
        for cookie in cookies {
            self.cookies.retain(|(name, _)| *name != cookie.name);
            if !cookie.value.expose().is_empty() {
                self.cookies.push((cookie.name.clone(), cookie.value.expose().to_owned()));
            }
        }
    }

    fn session(&self) -> Option<String> {
        let found = self.cookies.iter().find(|(name, _)| name == COOKIE);
        found.map(|(_, value)| value.clone())
    }

    fn operator(&mut self) -> Option<Operator> {
        self.looks(true)
    }

    fn looks(&mut self, is_use: bool) -> Option<Operator> {
        let browser = self.browser();
        self.scene.act(&OperatorCheck { browser, is_use }).reply.unwrap()
    }

    fn send(&mut self, body: &str, is_post: bool) -> Result<SignIn, OAuthError> {
        let sign_in = OperatorSignIn { form: form(body), browser: self.browser(), is_post };
        let answer = self.scene.act(&sign_in).reply?;
        let cookies = match &answer {
            SignIn::Asked(asked) => &asked.cookies,
            SignIn::Done { cookies } => cookies,
        };
        self.take(cookies);
        Ok(answer)
    }

    fn signs_in(&mut self, username: &str, password: &str) -> Option<SignInFailure> {
        let SignIn::Asked(asked) = self.send("", false).unwrap() else { panic!("not asked") };
        let csrf = asked.csrf.0.expose().to_owned();
        let password = password.replace(' ', "+");
        let body = format!("csrf={csrf}&username={username}&password={password}");
        match self.send(&body, true).unwrap() {
            SignIn::Done { .. } => None,
            SignIn::Asked(asked) => Some(asked.failure.unwrap()),
        }
    }

    fn link(&mut self, username: Option<&str>) -> String {
        let username = username.map(str::to_owned);
        let made = self.scene.act(&Invite { username, first_only: false, by: "root".to_owned() });
        let made = made.ok();
        let url = made["url"].as_str().unwrap();
        url.strip_prefix("https://id.example/console/welcome/").unwrap().to_owned()
    }

    fn opens(&mut self, text: &str, body: &str, is_post: bool) -> WelcomeAnswer {
        let browser = self.browser();
        let welcome = Welcome { text: Secret::new(text), form: form(body), browser, is_post };
        let answer = self.scene.act(&welcome).reply.unwrap();
        match &answer {
            WelcomeAnswer::Over => {}
            WelcomeAnswer::Asked { cookies, .. } | WelcomeAnswer::Done { cookies } => {
                self.take(cookies);
            }
        }
        answer
    }

    fn accepts(&mut self, text: &str, fields: &str) -> WelcomeAnswer {
        let WelcomeAnswer::Asked { csrf, .. } = self.opens(text, "", false) else {
            return WelcomeAnswer::Over;
        };
        self.opens(text, &format!("csrf={}&{fields}", csrf.0.expose()), true)
    }
}

#[test]
fn roles_open_the_console_and_nothing_else_does() {
    let mut visit = visit().with_user("ann", &["admin"]).with_user("bob", &["auditor", "x"]);
    visit = visit.with_user("eve", &["introspect"]);
    assert_eq!(visit.signs_in("eve", PASSWORD), Some(SignInFailure::NoRole));
    assert!(visit.operator().is_none());
    assert_eq!(visit.signs_in("bob", PASSWORD), None);
    assert_eq!(visit.operator().map(|by| by.role), Some(Role::Auditor));
    assert_eq!(visit.signs_in("ann", "wrong"), Some(SignInFailure::Wrong));
    assert_eq!(visit.signs_in("nobody", PASSWORD), Some(SignInFailure::Wrong));
    assert_eq!(visit.signs_in("ann", PASSWORD), None);
    let by = visit.operator().unwrap();
    assert_eq!((by.username.as_str(), by.role), ("ann", Role::Administrator));
}

#[test]
fn sec_195_a_sign_in_without_its_page_is_refused() {
    let mut visit = visit().with_user("ann", &["admin"]);
    let body = format!("username=ann&password={}", PASSWORD.replace(' ', "+"));
    let refused = visit.send(&body, true).unwrap_err();
    assert_eq!(refused.cause, Cause::FormToken);
    let SignIn::Asked(asked) = visit.send("", false).unwrap() else { panic!("not asked") };
    let body = format!("{body}&csrf={}", asked.csrf.0.expose());
    visit.cookies.clear();
    assert_eq!(visit.send(&body, true).unwrap_err().cause, Cause::FormToken);
}

#[test]
fn sec_193_each_sign_in_has_a_new_session_and_ends_the_one_before() {
    let mut visit = visit().with_user("ann", &["admin"]).with_user("bob", &["auditor"]);
    visit.cookies.push((COOKIE.to_owned(), "vos_planted".to_owned()));
    assert_eq!(visit.signs_in("ann", PASSWORD), None);
    let first = visit.session().unwrap();
    let csrf = visit.operator().unwrap().csrf;
    assert_eq!(visit.signs_in("bob", PASSWORD), None);
    let second = visit.session().unwrap();
    assert_ne!(first, second);
    let by = visit.operator().unwrap();
    assert_eq!(by.username, "bob");
    let sent = form(&format!("csrf={}", csrf.0.expose()));
    assert_eq!(by.sent(&sent).unwrap_err().cause, Cause::FormToken);
    visit.cookies = vec![(COOKIE.to_owned(), first)];
    assert!(visit.operator().is_none(), "the old one is dead");
    visit.cookies = vec![(COOKIE.to_owned(), second.clone())];
    let browser = visit.browser();
    assert!(visit.scene.act(&OperatorSignOut { browser }).ok().value.expose().is_empty());
    assert!(visit.operator().is_none(), "signed out");
}

#[test]
fn sec_200_a_session_ends_idle_and_ends_at_all() {
    let mut visit = visit().with_user("ann", &["admin"]);
    assert_eq!(visit.signs_in("ann", PASSWORD), None);
    let began = visit.scene.now;
    for _ in 0..(ABSOLUTE_SECONDS / (IDLE_SECONDS - 60)) {
        visit.scene.now = visit.scene.now.plus_seconds(IDLE_SECONDS - 60);
        assert!(visit.operator().is_some());
    }
    visit.scene.now = began.plus_seconds(ABSOLUTE_SECONDS);
    assert!(visit.operator().is_none(), "however often it is used");
    assert_eq!(visit.signs_in("ann", PASSWORD), None);
    visit.scene.now = visit.scene.now.plus_seconds(IDLE_SECONDS);
    assert!(visit.operator().is_none(), "idle");
    assert_eq!(visit.signs_in("ann", PASSWORD), None);
    let began = visit.scene.now;
    for seconds in (0..IDLE_SECONDS).step_by(60) {
        visit.scene.now = began.plus_seconds(seconds);
        assert!(visit.looks(false).is_some(), "{seconds}");
    }
    visit.scene.now = began.plus_seconds(IDLE_SECONDS);
    assert!(visit.looks(false).is_none(), "a page that looks by itself keeps nobody signed in");
}

#[test]
fn what_changes_of_the_user_counts_at_once() {
    let changes = [
        json!({"roles": []}),
        json!({"disabled": true}),
        json!({"locked": true}),
        json!({"revoke_tokens": true}),
        json!({"password": "another horse battery"}),
    ];
    for patch in changes {
        let mut visit = visit().with_user("ann", &["admin"]);
        assert_eq!(visit.signs_in("ann", PASSWORD), None);
        assert!(visit.operator().is_some());
        visit.scene.now = visit.scene.now.plus_seconds(1);
        let (id, by) = ("ann".to_owned(), "root".to_owned());
        visit.scene.act(&Update { kind: Kind::User, id, patch: patch.clone(), by }).ok();
        assert!(visit.operator().is_none(), "{patch}");
    }
}

#[test]
fn operators_are_of_the_default_tenant_alone() {
    let mut visit = visit();
    visit.scene.tenant = TenantRef::Id(crate::testing::FOO.to_owned());
    visit = visit.with_user("ann", &["admin"]);
    assert_eq!(visit.send("", false).unwrap_err().code, ErrorCode::InvalidToken);
}

#[test]
fn a_link_is_good_once_and_only_the_newest_one() {
    let mut visit = visit();
    let old = visit.link(None);
    let link = visit.link(None);
    assert!(matches!(visit.opens(&old, "", false), WelcomeAnswer::Over));
    for _ in 0..2 {
        assert!(matches!(visit.opens(&link, "", false), WelcomeAnswer::Asked { .. }));
    }
    assert!(visit.operator().is_none(), "to look is not to use");
    let chosen = "username=ann&password=long+enough+1&password_again=long+enough+1";
    assert!(matches!(visit.accepts(&link, chosen), WelcomeAnswer::Done { .. }));
    assert_eq!(visit.operator().map(|by| by.role), Some(Role::Administrator));
    assert!(matches!(visit.opens(&link, "", false), WelcomeAnswer::Over));
    assert_eq!(visit.signs_in("ann", "long enough 1"), None);
    let first = Invite { username: None, first_only: true, by: "start".to_owned() };
    assert!(visit.scene.act(&first).ok().is_null(), "there is one now");
}

#[test]
fn the_first_link_ends_with_the_first_administrator() {
    let mut visit = visit();
    let first = Invite { username: None, first_only: true, by: "start".to_owned() };
    let made = visit.scene.act(&first).ok().clone();
    let (_, link) = made["url"].as_str().unwrap().rsplit_once('/').unwrap();
    assert!(matches!(visit.opens(link, "", false), WelcomeAnswer::Asked { .. }));
    let mut visit = visit.with_user("ann", &["admin"]);
    assert!(matches!(visit.opens(link, "", false), WelcomeAnswer::Over));
    assert!(matches!(visit.accepts(link, "username=eve"), WelcomeAnswer::Over));
}

#[test]
fn a_link_ends_after_a_day() {
    let mut visit = visit();
    let link = visit.link(None);
    visit.scene.now = visit.scene.now.plus_seconds(86_400);
    assert!(matches!(visit.opens(&link, "", false), WelcomeAnswer::Over));
}

#[test]
fn what_cannot_be_chosen_is_said_beside_the_field() {
    let mut visit = visit().with_user("ann", &[]);
    let link = visit.link(None);
    let mut failure = |fields: &str| match visit.accepts(&link, fields) {
        WelcomeAnswer::Asked { failure, .. } => failure,
        other => panic!("{other:?}"),
    };
    let short = failure("username=bob&password=short&password_again=short");
    assert_eq!(short, Some(WelcomeFailure::PasswordTooShort { chars_min: 8 }));
    let differ = failure("username=bob&password=long+enough&password_again=long+enougH");
    assert_eq!(differ, Some(WelcomeFailure::PasswordsDiffer));
    let both = "password=long+enough&password_again=long+enough";
    let taken = failure(&format!("username=ann&{both}"));
    assert!(matches!(taken, Some(WelcomeFailure::Username(why)) if why.contains("taken")));
    let empty = failure(both);
    assert!(matches!(empty, Some(WelcomeFailure::Username(_))));
}

#[test]
fn a_link_may_sign_in_an_operator_who_is_there() {
    let mut visit = visit().with_user("ann", &["admin"]).with_user("eve", &[]);
    let of_eve = Invite { username: Some("eve".to_owned()), first_only: false, by: "r".to_owned() };
    assert_eq!(visit.scene.act(&of_eve).code(), ErrorCode::NotFound);
    let link = visit.link(Some("ann"));
    assert!(matches!(visit.accepts(&link, ""), WelcomeAnswer::Done { .. }));
    assert_eq!(visit.operator().map(|by| by.username), Some("ann".to_owned()));
    assert!(matches!(visit.accepts(&link, ""), WelcomeAnswer::Over));
}

#[test]
fn a_text_is_read_and_not_believed() {
    let mut scene = Scene::new();
    scene.client("web", |client| client.metadata.access_token_format = TokenFormat::Jwt);
    let order = serde_json::from_value(json!({"client_id": "web"})).unwrap();
    let minted = scene.act(&Mint { order, by: "root".to_owned() });
    let jwt = minted.ok()["access_token"].as_str().unwrap().to_owned();
    let read = |scene: &mut Scene, text: &str| {
        scene.act(&ReadToken { token: Secret::new(text) }).reply.unwrap()
    };
    let seen = read(&mut scene, &jwt);
    assert_eq!((seen["shape"].as_str(), seen["signature"].as_str()), (Some("jwt"), Some("good")));
    assert_eq!(seen["claims"]["client_id"], "web");
    let (body, signature) = jwt.rsplit_once('.').unwrap();
    let other: String = signature.chars().rev().collect();
    assert_ne!(read(&mut scene, &format!("{body}.{other}"))["signature"], "good");
    let rotate = KeyRotate { algorithm: None, compromised: true, by: "root".to_owned() };
    scene.act(&rotate).ok();
    assert_eq!(read(&mut scene, &jwt)["signature"], "of_a_revoked_key");
    scene.tenant = TenantRef::default_tenant();
    assert_eq!(read(&mut scene, &jwt)["signature"], "unknown_key");
    assert_eq!(read(&mut scene, "a b")["shape"], "none of ours");
}
