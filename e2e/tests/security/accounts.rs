//! What users do to their own account, and what it ends (SEC-201, SEC-202, SEC-213, SEC-215).

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::keys::part;
use crate::people::{House, answered, house, tokens};
use crate::world::{World, on_each_store, refusal};

pub const OFFLINE: &str = "openid read offline_access";
pub const NEW: &str = "a much better password";

fn account(world: &World, house: &House, visitor: &mut Visitor) -> Shown {
    let shown = answered(visitor, world, Request::get(&house.tenant.at("/account")));
    assert!(shown.answer.text().contains("change-password"), "{}", shown.answer.text());
    shown
}

pub fn submitted(
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
            assert_eq!(answer.status, 403, "{wrong}");
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
            assert_eq!(answer.status, 400, "{fields:?}");
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

/// The session's cookie.
fn handle(visitor: &Visitor) -> (String, String) {
    let mut found = visitor.cookies().iter().filter(|(name, _)| name.contains("-session-"));
    let (name, value) = found.next().expect("a session");
    (name.clone(), value.clone())
}

/// Who the client is told is there.
fn subject(world: &World, house: &House, visitor: &mut Visitor) -> Value {
    let code = house.code(world, visitor, &house.ask("web"));
    let answer = world.exchange(&house.redeem("web", &code, &[]));
    part(&answer.member("id_token"), 1)["sub"].clone()
}

#[test]
fn sec_193_no_session_is_carried_into_a_sign_in_or_out_of_it() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let (mut mallory, mut alone) = (Visitor::default(), house.signed_in(world, "alice"));
        house.sign_in(world, &mut mallory, "bob");
        let (of_bob, of_alice) =
            (subject(world, &house, &mut mallory), subject(world, &house, &mut alone));
        assert_ne!(of_bob, of_alice);
        // Everything that an attacker can plant beforehand: made up, or its own.
        let (name, of_mallory) = handle(&mallory);
        for planted in [of_mallory.clone(), "vss_planted".to_owned(), format!("{of_mallory}~x")] {
            let mut alice = Visitor::default();
            alice.plant(&name, &planted);
            let browser = mallory.cookies().iter().find(|(name, _)| name.contains("-browser-"));
            let (browser, secret) = browser.expect("a browser's");
            alice.plant(browser, secret);
            house.sign_in(world, &mut alice, "alice");
            let own = handle(&alice).1;
            assert_ne!(own.split('~').next(), planted.split('~').next(), "a planted handle");
            assert_eq!(subject(world, &house, &mut alice), of_alice);
            assert_eq!(subject(world, &house, &mut mallory), of_bob, "who planted it");
            // Proven again, it has another handle, and the one before is nobody's.
            let mut before = Visitor::default();
            before.plant(&name, own.split('~').next().unwrap_or_default());
            assert!(house.is_signed_in(world, &mut before));
            house.sign_in(world, &mut alice, "alice");
            assert!(!house.is_signed_in(world, &mut before), "the handle before");
        }
        // And signed out, none is.
        let old = handle(&alone);
        submitted(world, &house, &mut alone, &[("action", "sign-out")]);
        let mut thief = Visitor::default();
        thief.plant(&old.0, &old.1);
        assert!(!house.is_signed_in(world, &mut thief));
    });
}
