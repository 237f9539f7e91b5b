//! The account page: whose, what of it each action reaches, and what a new password ends.

mod changing;
mod revoking;

use crate::{
    account::AccountRequest,
    authorize::{
        reply::{Answer, Next},
        tests::{CB, CHALLENGE, VERIFIER, query},
    },
    browser::Browser,
    error::{Cause, OAuthError},
    page::{Account, AccountNotice, Page},
    secret::Secret,
    testing::{
        SECRET, Scene, basic, form,
        visitor::{self, PASSWORD, Visitor},
    },
    token::TokenReply,
};

fn scene() -> Scene {
    crate::authorize::tests::scene()
}

/// Signed in, and to these clients.
fn visitor(scene: &mut Scene, username: &str, clients: &[&str]) -> Visitor {
    let mut visitor = Visitor::default();
    for client in clients {
        go(scene, &mut visitor, client, username, "openid+read");
    }
    visitor
}

/// From the request to the tokens.
#[track_caller]
fn go(
    scene: &mut Scene,
    visitor: &mut Visitor,
    client: &str,
    username: &str,
    scope: &str,
) -> TokenReply {
    let query = request_of(client).replace("openid+read", scope);
    let back = visitor.go(scene, &query, username);
    let code = visitor::value(&back, "code").unwrap();
    let mut body = format!(
        "grant_type=authorization_code&code={code}&code_verifier={VERIFIER}&redirect_uri={CB}"
    );
    let credentials = basic(client, SECRET);
    let is_public = client == "spa";
    if is_public {
        body.push_str("&client_id=spa");
    }
    let ran = scene.token(Some(credentials.as_str()).filter(|_| !is_public), &body);
    ran.reply.unwrap()
}

fn request_of(client: &str) -> String {
    query(&format!("&code_challenge={CHALLENGE}&code_challenge_method=S256"))
        .replace("client_id=web", &format!("client_id={client}"))
}

fn send(
    scene: &mut Scene,
    visitor: &mut Visitor,
    body: &str,
    is_post: bool,
) -> Result<Option<Answer>, OAuthError> {
    let cookie = |(name, value): &(String, String)| (name.clone(), Secret::new(value.clone()));
    let browser = Browser {
        cookies: visitor.cookies.iter().map(cookie).collect(),
        agent: "Visitor/2.0".to_owned(),
        address: Some("192.0.2.7".parse().unwrap()),
    };
    let request = AccountRequest { form: form(body), browser, is_post };
    let answer = scene.act(&request).reply?;
    for cookie in answer.iter().flat_map(|answer| &answer.cookies) {
        visitor.cookies.retain(|(name, _)| *name != cookie.name);
        if !cookie.value.expose().is_empty() {
            visitor.cookies.push((cookie.name.clone(), cookie.value.expose().to_owned()));
        }
    }
    Ok(answer)
}

/// The page as it is shown.
#[track_caller]
fn shown(scene: &mut Scene, visitor: &mut Visitor) -> Account {
    account(send(scene, visitor, "", false).unwrap().expect("somebody is signed in"))
}

#[track_caller]
fn account(answer: Answer) -> Account {
    let Next::Page(page, _) = answer.next else { panic!("{:?}", answer.next) };
    let Page::Account(account) = *page else { panic!("{page:?}") };
    account
}

/// Posts what the page's form would.
fn post(
    scene: &mut Scene,
    visitor: &mut Visitor,
    fields: &str,
) -> Result<Option<Answer>, OAuthError> {
    let csrf = shown(scene, visitor).csrf.0.expose().to_owned();
    send(scene, visitor, &format!("csrf={csrf}&{fields}"), true)
}

#[track_caller]
fn done(scene: &mut Scene, visitor: &mut Visitor, fields: &str) -> Account {
    account(post(scene, visitor, fields).unwrap().expect("still signed in"))
}

#[test]
fn nobody_has_no_account_page() {
    let mut scene = scene();
    let mut nobody = Visitor::default();
    assert!(send(&mut scene, &mut nobody, "", false).unwrap().is_none());
    let action = "action=change-password&new_password=12345678&new_password_again=12345678";
    assert!(send(&mut scene, &mut nobody, action, true).unwrap().is_none());
    let foreign = ("vidimus-session-x".to_owned(), "vss_x".to_owned());
    let mut forged = Visitor { cookies: vec![foreign], ..Visitor::default() };
    assert!(send(&mut scene, &mut forged, "", false).unwrap().is_none());
}

#[test]
fn sec_215_the_page_tells_of_the_user_s_own_sessions_and_applications() {
    let mut scene = scene();
    scene.client("web", |client| {
        client.metadata.client_name = Some("The Web".to_owned());
        client.metadata.initiate_login_uri = Some("https://app.example/login".to_owned());
    });
    let mut laptop = visitor(&mut scene, "alice", &["web", "spa"]);
    let mut phone = visitor(&mut scene, "alice", &["web"]);
    let mut bob = visitor(&mut scene, "bob", &["other"]);
    for visitor in [&mut laptop, &mut phone] {
        let page = shown(&mut scene, visitor);
        assert_eq!((page.username.as_str(), page.has_password), ("alice", true));
        let here: Vec<bool> = page.sessions.iter().map(|line| line.is_this).collect();
        assert_eq!(here, [true, false]);
        assert_eq!(page.sessions[0].agent, "Visitor/1.0");
        let names: Vec<&str> = page.applications.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["The Web", "spa"], "one line each");
        assert_eq!(page.applications[0].scopes, ["openid", "read"]);
        let opens_at = page.applications[0].opens_at.as_deref();
        let wanted = "https://app.example/login?iss=https%3A%2F%2Fid.example%2Ft%2Ffoo.com";
        assert_eq!((opens_at, &page.applications[1].opens_at), (Some(wanted), &None));
    }
    let page = shown(&mut scene, &mut bob);
    assert_eq!((page.sessions.len(), page.applications.len()), (1, 1));
    assert_eq!(page.applications[0].client_id, "other");
}

#[test]
fn what_no_longer_stands_is_not_shown() {
    let mut scene = scene();
    let mut laptop = visitor(&mut scene, "alice", &["web", "spa"]);
    visitor(&mut scene, "alice", &["web"]);
    scene.forget("spa");
    scene.now = scene.now.plus_seconds(7100);
    shown(&mut scene, &mut laptop);
    scene.now = scene.now.plus_seconds(200);
    let page = shown(&mut scene, &mut laptop);
    assert_eq!(page.sessions.len(), 1, "the other one was idle too long");
    assert_eq!(page.applications.len(), 1, "a client that is gone uses nothing");
}

#[test]
fn sec_194_an_action_needs_the_form_that_was_shown() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let mut bob = visitor(&mut scene, "bob", &["web"]);
    let of_bob = shown(&mut scene, &mut bob).csrf.0.expose().to_owned();
    let before = scene.stock.tickets.len();
    for token in ["", "x", &of_bob] {
        for action in ["sign-out", "revoke&client_id=web", "end-session&session=x"] {
            let body = format!("csrf={token}&action={action}");
            let refused = send(&mut scene, &mut alice, &body, true).unwrap_err();
            assert_eq!(refused.cause, Cause::FormToken, "{body}");
        }
    }
    // By a link, whatever it says.
    let csrf = shown(&mut scene, &mut alice).csrf.0.expose().to_owned();
    let link = format!("csrf={csrf}&action=sign-out");
    let answer = send(&mut scene, &mut alice, &link, false).unwrap().unwrap();
    assert_eq!(account(answer).notice, None);
    assert_eq!(scene.stock.tickets.len(), before);
    assert!(post(&mut scene, &mut alice, "action=promote").is_err());
}

#[test]
fn sec_215_a_session_elsewhere_is_ended() {
    let mut scene = scene();
    let mut laptop = visitor(&mut scene, "alice", &["web"]);
    let mut phone = visitor(&mut scene, "alice", &["web"]);
    let page = shown(&mut scene, &mut laptop);
    let other = page.sessions.iter().find(|line| !line.is_this).unwrap().session.clone();
    let fields = format!("action=end-session&session={other}");
    let page = done(&mut scene, &mut laptop, &fields);
    assert_eq!((page.notice, page.sessions.len()), (Some(AccountNotice::SessionEnded), 1));
    assert!(send(&mut scene, &mut phone, "", false).unwrap().is_none());
    // Twice is as good as once.
    assert_eq!(done(&mut scene, &mut laptop, &fields).sessions.len(), 1);
    let standing = scene.stock.families.iter().filter(|(_, row)| row.revocation.is_none());
    assert_eq!(standing.count(), 1, "what hung on the session ended with it");
}

#[test]
fn sec_208_nobody_ends_another_one_s_session() {
    let mut scene = scene();
    let mut alice = visitor(&mut scene, "alice", &["web"]);
    let mut bob = visitor(&mut scene, "bob", &["web"]);
    let of_bob = shown(&mut scene, &mut bob).sessions[0].session.clone();
    let page = done(&mut scene, &mut alice, &format!("action=end-session&session={of_bob}"));
    assert_eq!(page.sessions.len(), 1);
    shown(&mut scene, &mut bob);
}

#[test]
fn signing_out_ends_this_account_and_leaves_the_browser_s_others() {
    let mut scene = scene();
    scene.client("web", |client| {
        client.metadata.frontchannel_logout_uri = Some("https://app.example/out".to_owned());
    });
    let mut both = visitor(&mut scene, "alice", &["web"]);
    let flow = both.begin(&mut scene, &format!("{}&prompt=select_account", request_of("web")));
    both.post(&mut scene, &flow, "action=other").unwrap();
    both.sign_in(&mut scene, &flow, "bob").unwrap();
    assert_eq!(shown(&mut scene, &mut both).username, "bob");
    let answer = post(&mut scene, &mut both, "action=sign-out").unwrap().unwrap();
    assert!(matches!(&answer.next, Next::Page(page, _) if matches!(**page, Page::SignedOut(_))));
    assert_eq!(shown(&mut scene, &mut both).username, "alice");
    let answer = post(&mut scene, &mut both, "action=sign-out").unwrap().unwrap();
    let Next::Page(page, dress) = answer.next else { panic!() };
    let Page::SignedOut(page) = *page else { panic!("{page:?}") };
    assert_eq!(page.frames, ["https://app.example/out"]);
    assert_eq!(dress.frames, ["https://app.example"]);
    assert!(send(&mut scene, &mut both, "", false).unwrap().is_none());
}
