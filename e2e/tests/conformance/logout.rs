//! The plans RP-initiated, front-channel and back-channel logout.

use serde_json::{Value, json};
use vidimus_e2e::http::{form, form_decode};

use crate::browser::Browser;
use crate::client::{Client, Given, Variant};
use crate::key::{part, unique, verified};
use crate::page::Page;
use crate::stage::Stage;

const CODE: Variant = Variant::dynamic("code");
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Somebody signed in, with whatever the end of it needs.
struct Session {
    client: Client<'static>,
    browser: Browser<'static>,
    given: Given,
    state: String,
}

impl Session {
    fn begin(test: &'static str, variant: Variant, more: &Value) -> Self {
        let stage = Stage::shared();
        let mut members = json!({"post_logout_redirect_uris": [bye(stage)]});
        for (name, value) in more.as_object().expect("members") {
            members[name] = value.clone();
        }
        Self::of(Client::register(stage, variant, &members), test)
    }

    fn of(client: Client<'static>, test: &'static str) -> Self {
        let mut browser = Browser::new(client.stage, test);
        let given = client.complete(&mut browser, &[]);
        Self { client, browser, given, state: "aZ9~".repeat(32) }
    }

    fn hint(&self) -> String {
        self.given.id_tokens.last().expect("an ID token").clone()
    }

    fn url(&self, parameters: &[(&str, &str)]) -> String {
        format!("{}/oauth2/logout?{}", self.client.stage.issuer, form(parameters))
    }

    /// All of it, as a client that means it asks.
    fn end(&mut self) {
        let (hint, bye) = (self.hint(), bye(self.client.stage));
        let state = self.state.clone();
        let url = self.url(&[
            ("id_token_hint", &hint),
            ("post_logout_redirect_uri", &bye),
            ("state", &state),
        ]);
        let landed = self.browser.visit(&url);
        assert_eq!(landed.query(), [("state".to_owned(), state)]);
        assert!(landed.url.starts_with(&format!("{bye}?")), "{landed:?}");
        self.is_over();
    }

    /// Nobody is signed in there any more.
    fn is_over(&mut self) {
        let asked = self.client.ask(&[("prompt", "none")]);
        let landed = self.browser.visit(&self.client.url(&asked));
        assert_eq!(self.client.refused(&asked, &landed), "login_required");
    }

    fn goes_on(&mut self) {
        self.client.complete(&mut self.browser, &[("prompt", "none")]);
    }

    fn asks(&mut self, parameters: &[(&str, &str)]) -> Page {
        let url = self.url(parameters);
        self.browser.look(&url)
    }
}

fn bye(stage: &Stage) -> String {
    format!("{}/post_logout_redirect", stage.site.base)
}

#[test]
fn at_the_client_s_wish() {
    for variant in [CODE, Variant::dynamic("code id_token"), Variant::dynamic("id_token token")] {
        Session::begin("oidcc-rp-initiated-logout", variant, &json!({})).end();
    }
    let fixed = Variant { is_static: true, ..CODE };
    Session::of(Client::of(Stage::shared(), fixed), "oidcc-rp-initiated-logout").end();
    // What was not sent does not come back.
    let mut session = Session::begin("oidcc-rp-initiated-logout-no-state", CODE, &json!({}));
    let (hint, bye) = (session.hint(), bye(session.client.stage));
    let url = session.url(&[("id_token_hint", &hint), ("post_logout_redirect_uri", &bye)]);
    assert_eq!(session.browser.visit(&url).url, bye);
    session.is_over();
}

/// The user is asked, and stays here whatever the answer.
#[test]
fn nobody_is_sent_where_nothing_vouches_for_it() {
    let stage = Stage::shared();
    let bye = bye(stage);
    let bad = format!("{bye}/bad");
    let added = format!("{bye}?foo=bar");
    for test in [
        "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
        "oidcc-rp-initiated-logout-modified-id-token-hint",
        "oidcc-rp-initiated-logout-bad-id-token-hint",
        "oidcc-rp-initiated-logout-no-id-token-hint",
    ] {
        let mut session = Session::begin(test, CODE, &json!({}));
        let hint = session.hint();
        let claims = hint.split('.').nth(1).expect("claims");
        let modified = format!("eyJhbGciOiJub25lIn0.{claims}.");
        let sent = match test.trim_start_matches("oidcc-rp-initiated-logout-") {
            "bad-post-logout-redirect-uri" => [("id_token_hint", &hint), ("x", &bad)],
            "query-added-to-post-logout-redirect-uri" => [("id_token_hint", &hint), ("x", &added)],
            "modified-id-token-hint" => [("id_token_hint", &modified), ("x", &bye)],
            "bad-id-token-hint" => [("id_token_hint", &bad), ("x", &bye)],
            _ => [("y", &hint), ("x", &bye)],
        };
        let sent: Vec<(&str, &str)> = sent
            .iter()
            .map(|(name, value)| match *name {
                "x" => ("post_logout_redirect_uri", value.as_str()),
                name => (name, value.as_str()),
            })
            .filter(|(name, _)| *name != "y")
            .chain([("state", "x")])
            .collect();
        let page = session.asks(&sent);
        assert!(page.has("logout-confirm"), "{test}: {}", page.html);
        session.goes_on();
    }
}

#[test]
fn without_a_way_back() {
    for test in [
        "oidcc-rp-initiated-logout-no-params",
        "oidcc-rp-initiated-logout-only-state",
        "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    ] {
        let mut session = Session::begin(test, CODE, &json!({}));
        let hint = session.hint();
        let page = match test {
            "oidcc-rp-initiated-logout-no-params" => session.asks(&[]),
            "oidcc-rp-initiated-logout-only-state" => session.asks(&[("state", "x")]),
            _ => session.asks(&[("id_token_hint", &hint), ("state", "x")]),
        };
        assert!(!page.has("logout-confirm") && page.refresh().is_none(), "{}", page.html);
        session.is_over();
    }
}

#[test]
fn through_the_browser() {
    let stage = Stage::shared();
    let uri = format!("{}/frontchannel_logout", stage.site.base);
    let more = json!({
        "frontchannel_logout_uri": uri, "frontchannel_logout_session_required": true,
    });
    let test = "oidcc-frontchannel-rp-initiated-logout";
    let (id, secret) = ("conformance-front", "conformance-front-secret-6Tn4");
    let fixed = Variant { is_static: true, ..CODE };
    let declared = Client::declared(stage, fixed, id, secret);
    for mut session in [Session::begin(test, CODE, &more), Session::of(declared, test)] {
        let sid = part(&session.hint(), 1)["sid"].as_str().expect("a sid").to_owned();
        session.end();
        let frames = &session.browser.frames;
        assert_eq!(frames.len(), 1, "{frames:?}");
        let (path, query) = frames[0].split_once('?').expect("a query");
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut pairs: Vec<(String, String)> =
            pairs.map(|(name, value)| (form_decode(name), form_decode(value))).collect();
        pairs.sort();
        let iss = ("iss".to_owned(), stage.issuer.clone());
        assert_eq!((path, pairs), (uri.as_str(), vec![iss, ("sid".to_owned(), sid)]));
    }
}

#[test]
fn behind_the_browser() {
    let stage = Stage::shared();
    let name = unique("backchannel_logout");
    let uri = format!("{}/{name}", stage.site.base);
    let more = json!({"backchannel_logout_uri": uri, "backchannel_logout_session_required": true});
    let test = "oidcc-backchannel-rp-initiated-logout";
    let (id, secret) = ("conformance-back", "conformance-back-secret-9Lc1");
    let fixed = Variant { is_static: true, ..CODE };
    let declared = Client::declared(stage, fixed, id, secret);
    for (mut session, path) in [
        (Session::begin(test, CODE, &more), name.as_str()),
        (Session::of(declared, test), "/backchannel_logout"),
    ] {
        let of_session = part(&session.hint(), 1);
        session.end();
        let posted = stage.site.posted(path, |_| true);
        assert!(posted.content_type.starts_with("application/x-www-form-urlencoded"));
        let [(name, token)] = posted.form.as_slice() else { panic!("{posted:?}") };
        assert_eq!(name, "logout_token");
        let claims = verified(token, &stage.keys());
        assert_eq!(claims["iss"], stage.issuer.as_str());
        assert_eq!(claims["aud"], session.client.id.as_str());
        assert_eq!(claims["events"], json!({EVENT: {}}));
        for name in ["sub", "sid"] {
            assert_eq!(claims[name], of_session[name], "{name}");
        }
        assert!(claims["iat"].is_i64() && claims["jti"].is_string(), "{claims}");
        assert_eq!(claims.get("nonce"), None);
    }
}
