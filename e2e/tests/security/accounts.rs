//! What users do to their own account, and what it ends (SEC-201, SEC-202, SEC-213, SEC-215), and what
//! they have allowed (SEC-115, SEC-116, SEC-206).

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::{API, Ask, BYE, CB, House, answered, error_code, house, returned, tokens};
use crate::world::{World, on_each_store, on_each_store_alone, refusal};

const OFFLINE: &str = "openid read offline_access";
const NEW: &str = "a much better password";

fn account(world: &World, house: &House, visitor: &mut Visitor) -> Shown {
    let shown = answered(visitor, world, Request::get(&house.tenant.at("/account")));
    assert!(shown.answer.text().contains("change-password"), "{}", shown.answer.text());
    shown
}

fn submitted(
    world: &World,
    house: &House,
    visitor: &mut Visitor,
    fields: &[(&str, &str)],
) -> Response {
    let page = account(world, house, visitor);
    visitor.exchange(&world.server, page.filled_in(fields))
}

/// Whether the password is the user's, asked in a browser that nobody knows.
fn opens(world: &World, house: &House, password: &str) -> bool {
    let mut visitor = Visitor::default();
    let page = visitor.visit(&world.server, &house.ask("web").target());
    let fields = [("username", "alice"), ("password", password), ("action", "login")];
    visitor.submit(&world.server, &page, &fields).sent_to().is_some()
}

fn changing<'a>(current: &'a str, new: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut fields = vec![("action", "change-password"), ("new_password", new)];
    fields.push(("new_password_again", new));
    if !current.is_empty() {
        fields.push(("password", current));
    }
    fields
}

#[test]
fn sec_201_a_password_is_changed_with_the_one_before_and_nothing_else() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let of_bob = format!("{}x", house.password);
        world.change("PATCH", &house.tenant.admin_user("bob"), &json!({"password": of_bob}));
        let code = house.code(world, &mut alice, &house.ask("web"));
        let (token, _) = tokens(world, &world.exchange(&house.redeem("web", &code, &[])));
        for wrong in ["", "wrong", &of_bob, &token, &format!(" {}", house.password), NEW] {
            let answer = submitted(world, &house, &mut alice, &changing(wrong, NEW));
            assert!(answer.text().contains("role=\"alert\""), "{wrong}: {}", answer.text());
            assert!(!answer.text().contains("has been changed"), "{wrong}");
        }
        // Two that differ, and one that is no password.
        let differ = [
            ("action", "change-password"),
            ("password", house.password.as_str()),
            ("new_password", NEW),
            ("new_password_again", "another"),
        ];
        for fields in [differ.to_vec(), changing(&house.password, "short")] {
            let answer = submitted(world, &house, &mut alice, &fields);
            assert!(!answer.text().contains("has been changed"), "{fields:?}");
        }
        // Nor without the page's own field, from another site, or from nobody's browser.
        let page = account(world, &house, &mut alice);
        let fields = changing(&house.password, NEW);
        let bare = Request::post(&page.target).form(&fields);
        assert_eq!(alice.exchange(&world.server, bare).status, 403);
        for (name, value) in [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")]
        {
            let request = page.filled_in(&fields).header(name, value);
            assert_eq!(alice.exchange(&world.server, request).status, 403, "{name}");
        }
        let nobody = world.exchange(&page.filled_in(&fields));
        assert!(!nobody.text().contains("has been changed"));
        let restored = json!({"password": house.password});
        world.change("PATCH", &house.tenant.admin_user("bob"), &restored);
        let mut bob = house.signed_in(world, "bob");
        let foreign = bob.exchange(&world.server, page.filled_in(&fields));
        assert_eq!(foreign.status, 403, "the form of another account");
        assert!(opens(world, &house, &house.password) && !opens(world, &house, NEW));
        let done = submitted(world, &house, &mut alice, &changing(&house.password, NEW));
        assert!(done.text().contains("has been changed"), "{}", done.text());
        assert!(opens(world, &house, NEW));
    });
}

/// The three ways in which a password changes.
const WAYS: [&str; 3] = ["the user", "the admin API", "the command line"];

fn change(world: &World, house: &House, visitor: &mut Visitor, way: &str) {
    match way {
        "the user" => {
            let done = submitted(world, house, visitor, &changing(&house.password, NEW));
            assert!(done.text().contains("has been changed"), "{}", done.text());
        }
        "the admin API" => {
            let path = house.tenant.admin_user("alice");
            world.change("PATCH", &path, &json!({"password": NEW}));
        }
        _ => {
            let file = world.server.directory().join("vidimus-admin.toml");
            let mut child = binary::command()
                .args(["user", "update", "alice", "--tenant", &house.tenant.id])
                .args(["--password-file", "-", "--server", &world.server.base_url()])
                .arg("--credentials")
                .arg(file)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .spawn()
                .expect("the command line");
            let mut input = child.stdin.take().expect("its input");
            input.write_all(NEW.as_bytes()).expect("writes");
            drop(input);
            assert!(child.wait().expect("ends").success(), "the command line fails");
        }
    }
}

#[test]
fn sec_202_whoever_changes_it_a_new_password_ends_what_the_old_one_opened() {
    on_each_store(|world| {
        for way in WAYS {
            let house = house(world, json!({}));
            let mut here = house.signed_in(world, "alice");
            let mut elsewhere = house.signed_in(world, "alice");
            let mut given = Vec::new();
            for visitor in [&mut here, &mut elsewhere] {
                for scope in ["openid read", OFFLINE] {
                    let ask = house.ask("web").with("scope", scope);
                    let code = house.code(world, visitor, &ask);
                    let answer = world.exchange(&house.redeem("web", &code, &[]));
                    given.push(tokens(world, &answer));
                }
            }
            let pending = house.code(world, &mut elsewhere, &house.ask("web"));
            change(world, &house, &mut here, way);
            for (access, refresh) in &given {
                assert!(!house.is_active(world, access), "{way}");
                assert!(!house.is_active(world, refresh), "{way}");
                let again = world.exchange(&house.refresh("web", refresh, &[]));
                assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()), "{way}");
            }
            let late = world.exchange(&house.redeem("web", &pending, &[]));
            assert_eq!(refusal(&late), (400, "invalid_grant".to_owned()), "{way}: a code");
            assert!(!house.is_signed_in(world, &mut elsewhere), "{way}: elsewhere");
            // Only who has just proven to be the user stays.
            let stays = house.is_signed_in(world, &mut here);
            assert_eq!(stays, way == "the user", "{way}");
            assert!(!opens(world, &house, &house.password) && opens(world, &house, NEW), "{way}");
        }
    });
}

#[test]
fn sec_213_a_form_of_the_account_changes_what_its_button_says() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let path = house.tenant.admin_user("alice");
        let before = world.admin("GET", &path, None).json();
        let more = [
            ("roles", "admin"),
            ("is_admin", "true"),
            ("email", "root@mail.example"),
            ("email_verified", "true"),
            ("username", "root"),
            ("tenant", "default"),
            ("tenant_id", "default"),
            ("sub", "root"),
            ("disabled", "false"),
            ("scope", "vidimus.admin"),
        ];
        let fields = [changing(&house.password, NEW), more.to_vec()].concat();
        let done = submitted(world, &house, &mut alice, &fields);
        assert!(done.text().contains("has been changed"), "{}", done.text());
        for action in ["update", "save", "set-role", "delete", "create", ""] {
            let fields = [&[("action", action)], &more[..]].concat();
            let answer = submitted(world, &house, &mut alice, &fields);
            assert_eq!(answer.status, 400, "{action}");
        }
        let after = world.admin("GET", &path, None).json();
        let changed = ["version", "tokens_revoked_before"];
        let kept = |user: Value| {
            let mut members = crate::world::members(&user);
            members.retain(|name, _| !changed.contains(&name.as_str()));
            members
        };
        assert_eq!(kept(after.clone()), kept(before.clone()));
        for same in ["roles", "email", "email_verified", "username", "disabled", "locked"] {
            assert_eq!(after[same], before[same], "{same}");
        }
    });
}

/// What the hidden fields of the page's forms say, one after another.
fn values(page: &Shown, name: &str) -> Vec<String> {
    let before = format!("name=\"{name}\" value=\"");
    let inputs = page.answer.text().split(&before).skip(1);
    inputs.map(|rest| rest.split('"').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn sec_215_users_see_and_end_their_sessions_and_applications() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut here = house.signed_in(world, "alice");
        let mut elsewhere = house.signed_in(world, "alice");
        let mut bob = house.signed_in(world, "bob");
        let ask = house.ask("web");
        let code = house.code(world, &mut elsewhere, &ask);
        let bound = tokens(world, &world.exchange(&house.redeem("web", &code, &[])));
        let code = house.code(world, &mut elsewhere, &ask.with("scope", OFFLINE));
        let offline = tokens(world, &world.exchange(&house.redeem("web", &code, &[])));
        let page = account(world, &house, &mut here);
        let sessions = values(&page, "session");
        assert_eq!(sessions.len(), 2, "{}", page.answer.text());
        assert_eq!(values(&page, "client_id"), ["web"]);
        // Nobody ends another one's.
        let of_bob = values(&account(world, &house, &mut bob), "session");
        assert_eq!(of_bob.len(), 1);
        let fields = [("action", "end-session"), ("session", of_bob[0].as_str())];
        submitted(world, &house, &mut here, &fields);
        assert!(house.is_signed_in(world, &mut bob));
        // The one that is not this browser's.
        let own = here.cookies().iter().find(|(name, _)| name.contains("-session-"));
        assert!(own.is_some());
        for session in &sessions {
            let fields = [("action", "end-session"), ("session", session.as_str())];
            let text = submitted(world, &house, &mut here, &fields).text().to_owned();
            if !house.is_signed_in(world, &mut elsewhere) {
                assert!(text.contains("The session has ended"), "{text}");
                break;
            }
            here = house.signed_in(world, "alice");
        }
        assert!(!house.is_signed_in(world, &mut elsewhere), "its session has ended");
        assert!(!house.is_active(world, &bound.0) && !house.is_active(world, &bound.1));
        assert!(house.is_active(world, &offline.0), "what is for the user's absence goes on");
        let mut here = house.signed_in(world, "alice");
        let fields = [("action", "revoke"), ("client_id", "web")];
        let done = submitted(world, &house, &mut here, &fields);
        assert!(done.text().contains("no longer has access"), "{}", done.text());
        for token in [&offline.0, &offline.1] {
            assert!(!house.is_active(world, token), "an application that was removed");
        }
        let again = world.exchange(&house.refresh("web", &offline.1, &[]));
        assert_eq!(refusal(&again), (400, "invalid_grant".to_owned()));
    });
}

/// Asks, is asked, and says yes.
fn allowed(world: &World, visitor: &mut Visitor, ask: &Ask) -> String {
    let page = visitor.visit(&world.server, &ask.target());
    assert!(page.answer.text().contains("consent-allow"), "not asked: {}", page.answer.text());
    let after = visitor.submit(&world.server, &page, &[("action", "allow")]);
    after.returned().unwrap_or_else(|| panic!("{}", after.answer.text())).require("code")
}

#[test]
fn sec_115_sec_116_a_consent_that_is_taken_back_ends_what_it_allowed() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("asking").with("scope", OFFLINE);
        let code = allowed(world, &mut alice, &ask);
        let given = tokens(world, &world.exchange(&house.redeem("asking", &code, &[])));
        let pending = house.code(world, &mut alice, &ask);
        let fields = [("action", "revoke"), ("client_id", "asking")];
        submitted(world, &house, &mut alice, &fields);
        let invalid = (400, "invalid_grant".to_owned());
        for more in [&[][..], &[("scope", "read")], &[("resource", API)]] {
            let again = world.exchange(&house.refresh("asking", &given.1, more));
            assert_eq!(refusal(&again), invalid, "{more:?}");
        }
        assert!(!house.is_active(world, &given.0) && !house.is_active(world, &given.1));
        let late = world.exchange(&house.redeem("asking", &pending, &[]));
        assert_eq!(refusal(&late), invalid, "a code from before");
        // And the user is asked anew.
        let silent = returned(&mut alice, world, &ask.clone().with("prompt", "none"));
        assert_eq!(silent.get("error"), Some("consent_required"));
        allowed(world, &mut alice, &ask);
    });
}

#[test]
fn sec_206_what_was_allowed_covers_nothing_new() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("asking").with("scope", "openid read");
        let silent = |visitor: &mut Visitor, ask: &Ask| {
            let told = returned(visitor, world, &ask.clone().with("prompt", "none"));
            told.get("error").map(str::to_owned)
        };
        let required = Some("consent_required".to_owned());
        assert_eq!(silent(&mut alice, &ask), required);
        allowed(world, &mut alice, &ask);
        assert_eq!(silent(&mut alice, &ask), None, "remembered");
        assert_eq!(silent(&mut alice, &ask.clone().with("scope", "openid")), None, "less");
        for (what, wider) in [
            ("a scope", ask.clone().with("scope", "openid read write")),
            ("offline", ask.clone().with("scope", OFFLINE)),
            ("an audience", ask.clone().with("resource", API)),
            ("a claim", ask.clone().with("claims", r#"{"userinfo":{"email":null}}"#)),
        ] {
            assert_eq!(silent(&mut alice, &wider), required, "{what}");
        }
        // Bob was not asked.
        let mut bob = house.signed_in(world, "bob");
        assert_eq!(silent(&mut bob, &ask), required);
        // Another name or another place is another client to its users.
        let path = house.tenant.admin_client("asking");
        world.change("PATCH", &path, &json!({"client_name": "Another name"}));
        assert_eq!(silent(&mut alice, &ask), required, "another name");
        allowed(world, &mut alice, &ask);
        assert_eq!(silent(&mut alice, &ask), None);
        let elsewhere = "https://elsewhere.example/cb";
        world.change("PATCH", &path, &json!({"redirect_uris": [CB, elsewhere]}));
        let moved = ask.clone().with("redirect_uri", elsewhere);
        assert_eq!(silent(&mut alice, &moved), required, "another host");
        // A no is told to the client, and remembered as no yes.
        let page = alice.visit(&world.server, &ask.clone().with("prompt", "consent").target());
        let told = alice.submit(&world.server, &page, &[("action", "deny")]);
        let told = told.returned().expect("an answer");
        assert_eq!((told.get("error"), told.get("code")), (Some("access_denied"), None));
        assert_eq!(told.get("iss"), Some(house.tenant.issuer.as_str()));
    });
}

#[test]
fn sec_206_a_client_that_registered_itself_is_always_introduced() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let made =
            world.change("POST", &house.tenant.admin("/registration-tokens"), &json!({"uses": 1}));
        let token = made["token"].as_str().or(made["secret"].as_str()).expect("a token");
        let metadata = json!({"redirect_uris": [CB], "client_name": "A stranger"});
        let register = Request::post(&house.tenant.at("/oauth2/register"));
        let made = world.exchange(&register.bearer(token).json(&metadata));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask(&made.member("client_id")).with("scope", "openid");
        let silent = returned(&mut alice, world, &ask.clone().with("prompt", "none"));
        assert_eq!(silent.get("error"), Some("consent_required"));
        let page = alice.visit(&world.server, &ask.target());
        let text = page.answer.text();
        assert!(text.contains("A stranger") && text.contains("app.example"), "{text}");
        assert!(text.contains("self-registered"), "{text}");
    });
}

/// What is taken between issue and refresh, of an authorization that began at a browser.
#[test]
fn sec_116_what_a_browser_began_is_judged_anew_at_each_refresh() {
    on_each_store(|world| {
        let cases: [(&str, &str, Value, Option<&str>); 6] = [
            ("user disabled", "user", json!({"disabled": true}), Some("invalid_grant")),
            ("user locked", "user", json!({"locked": true}), Some("invalid_grant")),
            ("password changed", "user", json!({"password": NEW}), Some("invalid_grant")),
            ("scope taken", "client", json!({"scope": "openid offline_access"}), None),
            ("offline taken", "client", json!({"scope": "openid read"}), None),
            ("client disabled", "client", json!({"disabled": true}), Some("invalid_client")),
        ];
        for (what, of, patch, error) in cases {
            let house = house(world, json!({}));
            let mut alice = house.signed_in(world, "alice");
            let code = house.code(world, &mut alice, &house.ask("web").with("scope", OFFLINE));
            let answer = world.exchange(&house.redeem("web", &code, &[]));
            let (_, refresh) = tokens(world, &answer);
            let path = match of {
                "user" => house.tenant.admin_user("alice"),
                _ => house.tenant.admin_client("web"),
            };
            world.change("PATCH", &path, &patch);
            let again = world.exchange(&house.refresh("web", &refresh, &[]));
            match error {
                Some(error) => assert_eq!(refusal(&again).1, error, "{what}"),
                None => assert_eq!(again.json()["scope"], patch["scope"], "{what}"),
            }
        }
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("web").with("scope", OFFLINE).with("resource", API);
        let code = house.code(world, &mut alice, &ask);
        let (_, refresh) = tokens(world, &world.exchange(&house.redeem("web", &code, &[])));
        world.delete(&house.tenant.admin("/resource-servers/api"));
        let again = world.exchange(&house.refresh("web", &refresh, &[]));
        assert_eq!(refusal(&again), (400, "invalid_target".to_owned()), "audience gone");
    });
}

#[test]
fn sec_110_sec_120_what_a_browser_began_rotates_and_opens_nothing_else() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        for client in ["spa", "native", "web", "pkj"] {
            let ask = house.ask(client).with("scope", OFFLINE);
            let code = house.code(world, &mut alice, &ask);
            let mut all = Vec::new();
            let mut last = tokens(world, &world.exchange(&house.redeem(client, &code, &[])));
            for _ in 0..3 {
                let next = world.exchange(&house.refresh(client, &last.1, &[]));
                let next = tokens(world, &next);
                assert_ne!(next.1, last.1, "{client}");
                all.push(std::mem::replace(&mut last, next));
            }
            for request in [
                Request::get(&house.tenant.at("/oauth2/userinfo")),
                Request::get("/admin/v1/status"),
                Request::get(&house.tenant.at("/oauth2/register/web")),
            ] {
                let answer = world.exchange(&request.bearer(&last.1));
                assert_eq!(answer.status, 401, "{}", answer.text());
            }
            let userinfo = Request::get(&house.tenant.at("/oauth2/userinfo"));
            assert_eq!(world.exchange(&userinfo.bearer(&last.0)).status, 200, "{client}");
            for (what, by) in [("another client", "evil"), ("another public one", "spa")] {
                if by != client {
                    let answer = world.exchange(&house.refresh(by, &last.1, &[]));
                    assert_eq!(refusal(&answer).1, "invalid_grant", "{what}");
                }
            }
            for (more, error) in [
                (("scope", "profile"), "invalid_scope"),
                (("resource", "https://nobody.example"), "invalid_target"),
            ] {
                let answer = world.exchange(&house.refresh(client, &last.1, &[more]));
                assert_eq!(refusal(&answer), (400, error.to_owned()), "{client} {more:?}");
            }
            let old = world.exchange(&house.refresh(client, &all[1].1, &[]));
            assert_eq!(refusal(&old), (400, "invalid_grant".to_owned()), "{client}");
            all.push(last);
            for (access, refresh) in &all {
                assert!(!house.is_active(world, access) && !house.is_active(world, refresh));
            }
        }
    });
}

#[test]
fn sec_027_nobody_is_signed_out_or_sent_on_by_a_link() {
    on_each_store_alone(|setup| {
        let world = &World::start(&setup);
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let code = house.code(world, &mut alice, &house.ask("web"));
        let hint = world.exchange(&house.redeem("web", &code, &[])).member("id_token");
        let mut bob = house.signed_in(world, "bob");
        let code = house.code(world, &mut bob, &house.ask("web"));
        let of_bob = world.exchange(&house.redeem("web", &code, &[])).member("id_token");
        let changed = hint.replace('.', "x.");
        let evil = "https://evil.example/bye";
        let extended = format!("{BYE}?x=1");
        let cases: [&[(&str, &str)]; 9] = [
            &[],
            &[("client_id", "web")],
            &[("client_id", "web"), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", &changed), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", "x")],
            &[("id_token_hint", &of_bob), ("post_logout_redirect_uri", BYE)],
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", evil)],
            &[("id_token_hint", &hint), ("post_logout_redirect_uri", &extended)],
            &[("id_token_hint", &hint), ("client_id", "evil")],
        ];
        let path = house.tenant.at("/oauth2/logout");
        for case in cases {
            let target = format!("{path}?{}", vidimus_e2e::http::form(case));
            for request in [Request::get(&target), Request::post(&path).form(case)] {
                let mut shown = answered(&mut alice, world, request);
                let next = shown.sent_to();
                assert!(next.as_deref().is_none_or(|to| to.starts_with('/')), "{case:?}: {next:?}");
                if let Some(next) = next {
                    shown = alice.visit(&world.server, &next);
                }
                let code = error_code(&shown.answer);
                let asks = shown.answer.text().contains("logout-confirm");
                assert!(asks || code.is_some(), "{case:?}: {}", shown.answer.text());
                assert!(house.is_signed_in(world, &mut alice), "{case:?} signed her out");
            }
        }
        // With the word of the client that it is this very session, or the user's own.
        let good =
            [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", BYE), ("state", "s")];
        let target = format!("{path}?{}", vidimus_e2e::http::form(&good));
        let shown = answered(&mut alice, world, Request::get(&target));
        assert_eq!(shown.sent_to(), Some(format!("{BYE}?state=s")), "{}", shown.answer.text());
        assert!(!house.is_signed_in(world, &mut alice));
        let page = bob.visit(&world.server, &path);
        assert!(house.is_signed_in(world, &mut bob));
        bob.submit(&world.server, &page, &[("action", "logout")]);
        assert!(!house.is_signed_in(world, &mut bob));
    });
}
