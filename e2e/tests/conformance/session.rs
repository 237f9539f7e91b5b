//! The plan of session management: what a client's frame is told before and after a sign-out.

use serde_json::json;
use vidimus_e2e::http::{Request, form};

use crate::browser::Browser;
use crate::client::{Client, Variant};
use crate::key::challenge;
use crate::stage::{Stage, media_type};

#[test]
fn a_frame_learns_of_the_sign_out() {
    let stage = Stage::shared();
    let iframe = stage.metadata()["check_session_iframe"].as_str().expect("an address").to_owned();
    let bye = format!("{}/post_logout_redirect", stage.site.base);
    for response_type in ["code", "id_token", "code id_token token"] {
        let more = json!({"post_logout_redirect_uris": [bye]});
        let client = Client::register(stage, Variant::dynamic(response_type), &more);
        let mut browser = Browser::new(stage, "oidcc-session-management-rp-initiated-logout");
        let given = client.complete(&mut browser, &[]);
        let state = given.parameters.iter().find(|(name, _)| name == "session_state");
        let state = state.map(|(_, value)| value.clone()).expect("a session_state");
        assert_eq!(computed(&client, &browser, &iframe, &state), state);

        let hint = given.id_tokens.last().expect("an ID token");
        let query = form(&[("id_token_hint", hint), ("post_logout_redirect_uri", &bye)]);
        browser.visit(&format!("{}/oauth2/logout?{query}", stage.issuer));
        assert_ne!(computed(&client, &browser, &iframe, &state), state);
    }
}

/// As the frame's script does it, of the cookie that its page names.
fn computed(client: &Client<'_>, browser: &Browser<'_>, iframe: &str, state: &str) -> String {
    let stage = client.stage;
    let answer = stage.exchange(&Request::get(&stage.at(iframe)));
    assert_eq!((answer.status, media_type(&answer)), (200, "text/html".to_owned()));
    assert_eq!(answer.header("x-frame-options"), None);
    let page = answer.text();
    let (_, rest) = page.split_once("name=\"state-cookie\" content=\"").expect("its name");
    let cookie = rest.split('"').next().expect("a name");
    let now = browser.cookies().get(cookie).map_or("", String::as_str);
    let (_, salt) = state.rsplit_once('.').expect("a salt");
    let origin = stage.site.base.split("/test").next().expect("an origin");
    format!("{}.{salt}", challenge(&format!("{} {origin} {now} {salt}", client.id)))
}
