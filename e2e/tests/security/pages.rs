//! Every page that people meet, and every answer beside them: headers, cookies, links, and who may read
//! them (SEC-012 … SEC-014, SEC-026, SEC-196, SEC-198, SEC-200).

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::visitor::{Shown, Visitor};

use crate::people::{Ask, CB, House, answered, house, returned};
use crate::twin::DEVICE;
use crate::world::{World, on_each_store, on_each_store_alone};

/// Each of them once, by name.
fn all(world: &World, house: &House) -> Vec<(&'static str, Response)> {
    let server = &world.server;
    let mut pages = Vec::new();
    let mut add = |name, shown: &Shown| pages.push((name, shown.answer.clone()));
    let mut alice = Visitor::default();
    let page = alice.visit(server, &house.ask("asking").target());
    add("sign-in", &page);
    let wrong = [("username", "alice"), ("password", "no"), ("action", "login")];
    add("sign-in, wrong", &alice.submit(server, &page, &wrong));
    let consent = alice.submit(server, &page, &house.credentials("alice"));
    add("consent", &consent);
    add("form of another page", &alice.submit(server, &consent, &[("action", "nonsense")]));
    let ask = house.ask("web").with("prompt", "select_account");
    add("choice of accounts", &alice.visit(server, &ask.target()));
    let ask = house.ask("web").with("response_mode", "form_post");
    add("form_post", &alice.visit(server, &ask.target()));
    add("error", &alice.visit(server, &house.ask("nobody").target()));
    let nowhere = house.ask("web").with("redirect_uri", "https://evil.example/cb");
    add("error, address", &alice.visit(server, &nowhere.target()));
    let over = format!("{}/vfl_nothing", house.ask("web").path());
    add("error, flow", &alice.visit(server, &over));
    let device = house.tenant.at("/oauth2/device");
    let page = alice.visit(server, &device);
    add("user code", &page);
    let wrong = [("user_code", "BBBBB-BBBBB"), ("action", "continue")];
    add("user code, wrong", &alice.submit(server, &page, &wrong));
    let asked = world.exchange(&house.by("spa", "/oauth2/device_authorization", &[]));
    let (code, action) = (asked.member("user_code"), ("action", "continue"));
    let page = alice.submit(server, &page, &[("user_code", &code), action]);
    add("device consent", &page);
    add("device done", &alice.submit(server, &page, &[("action", "allow")]));
    let asked = world.exchange(&house.by("spa", "/oauth2/device_authorization", &[]));
    let page = alice.visit(server, &device);
    let code = asked.member("user_code");
    let page = alice.submit(server, &page, &[("user_code", &code), action]);
    add("device denied", &alice.submit(server, &page, &[("action", "deny")]));
    add("account", &alice.visit(server, &house.tenant.at("/account")));
    let page = alice.visit(server, &house.tenant.at("/oauth2/logout"));
    add("sign-out", &page);
    add("signed out", &alice.submit(server, &page, &[("action", "logout")]));
    add("signed out already", &alice.visit(server, &house.tenant.at("/oauth2/logout")));
    let cut = Request::post(house.ask("web").path()).body("x");
    add("error, no form", &answered(&mut alice, world, cut));
    pages
}

fn cast(world: &World) -> House {
    let house = house(world, json!({}));
    let patch = json!({"grant_types": ["authorization_code", DEVICE]});
    world.change("PATCH", &house.tenant.admin_client("spa"), &patch);
    let links = json!({"policy_uri": "https://app.example/policy", "client_name": "An app",
        "tos_uri": "https://app.example/terms", "client_uri": "https://app.example/"});
    world.change("PATCH", &house.tenant.admin_client("asking"), &links);
    house
}

fn header<'a>(answer: &'a Response, name: &str, page: &str) -> &'a str {
    answer.header(name).unwrap_or_else(|| panic!("{page}: {name} is {:?}", answer.header_all(name)))
}

#[test]
fn sec_026_sec_196_sec_198_every_page_keeps_to_itself() {
    on_each_store_alone(|setup| {
        let world = &World::start(&setup);
        let house = cast(world);
        let pages = all(world, &house);
        assert!(pages.len() >= 18);
        for (page, answer) in &pages {
            assert!(answer.status < 500, "{page}");
            assert_eq!(header(answer, "content-type", page), "text/html; charset=utf-8");
            assert_eq!(header(answer, "referrer-policy", page), "no-referrer", "{page}");
            assert_eq!(header(answer, "x-content-type-options", page), "nosniff", "{page}");
            assert_eq!(header(answer, "x-frame-options", page), "DENY", "{page}");
            assert_eq!(header(answer, "cache-control", page), "no-store", "{page}");
            assert_policy(header(answer, "content-security-policy", page), page);
            assert_links(answer.text(), page);
        }
    });
}

fn assert_policy(policy: &str, page: &str) {
    let directives: Vec<&str> = policy.split(';').map(str::trim).collect();
    let of = |name: &str| {
        let mut found = directives.iter().filter_map(|one| one.strip_prefix(name));
        found.find(|rest| rest.is_empty() || rest.starts_with(' ')).map(str::trim)
    };
    assert_eq!(of("default-src"), Some("'none'"), "{page}: {policy}");
    assert_eq!(of("frame-ancestors"), Some("'none'"), "{page}: {policy}");
    assert_eq!(of("base-uri"), Some("'none'"), "{page}: {policy}");
    assert!(of("form-action").is_some(), "{page}: {policy}");
    assert!(!policy.contains("unsafe-"), "{page}: {policy}");
    assert!(!policy.contains('*'), "{page}: {policy}");
    let is_posted = page == "form_post";
    assert_eq!(of("script-src").is_some_and(|of| of.contains("'sha256-")), is_posted, "{page}");
    let evil = ["data:", "blob:", "https: ", "http: "];
    let scripts = of("script-src").unwrap_or_default();
    assert!(!evil.iter().any(|source| scripts.contains(source)), "{page}: {policy}");
}

/// Nothing of anybody else's is loaded, and what leads elsewhere tells nobody where from.
fn assert_links(text: &str, page: &str) {
    for (name, tag) in ["src=\"", "href=\"", "action=\""]
        .iter()
        .flat_map(|name| text.match_indices(name).map(move |(at, _)| (*name, (at, name.len()))))
    {
        let (at, length) = tag;
        let value = text[at + length..].split('"').next().unwrap_or_default();
        let own = value.starts_with('/') && !value.starts_with("//") || value == "?";
        let start = text[..at].rfind('<').expect("a tag");
        let whole = text[start..].split('>').next().unwrap_or_default();
        let is_clients = whole.starts_with("<a ") && whole.contains("rel=\"noopener noreferrer\"");
        let is_answer = page == "form_post" && name == "action=\"" && value == CB;
        assert!(own || is_clients || is_answer, "{page}: {whole}");
    }
    assert!(!text.contains("<script src") && !text.contains("onload="), "{page}");
    assert!(!text.contains("javascript:") && !text.contains("style=\""), "{page}");
}

#[test]
fn sec_014_no_page_is_shared_with_scripts() {
    on_each_store(|world| {
        let house = cast(world);
        let mut alice = house.signed_in(world, "alice");
        let ask = house.ask("web");
        let flow = answered(&mut alice, world, ask.clone().with("prompt", "login").get());
        let flow = flow.sent_to().expect("a flow");
        for path in [
            ask.target(),
            flow,
            house.tenant.at("/oauth2/device"),
            house.tenant.at("/oauth2/logout"),
            house.tenant.at("/account"),
            house.tenant.at("/oauth2/check_session"),
            house.tenant.at("/oauth2/introspect"),
            house.tenant.at("/services/oauth2/authorize"),
            "/admin/v1/status".to_owned(),
        ] {
            for origin in ["https://app.example", "null", "https://as.example"] {
                for method in ["OPTIONS", "GET", "POST"] {
                    let request = Request::new(method, &path)
                        .header("Origin", origin)
                        .header("Access-Control-Request-Method", "POST")
                        .header("Access-Control-Request-Headers", "authorization");
                    let answer = alice.exchange(&world.server, request);
                    let shared = answer.header_names();
                    let mut shared = shared.iter().filter(|n| n.starts_with("access-control-"));
                    assert_eq!(shared.next(), None, "{method} {path} from {origin}");
                }
            }
        }
        for (path, method) in [
            ("/oauth2/token", "POST"),
            ("/oauth2/par", "POST"),
            ("/oauth2/userinfo", "GET"),
            ("/oauth2/jwks", "GET"),
            ("/.well-known/openid-configuration", "GET"),
        ] {
            let ask = |origin: &str| {
                let request = Request::new(method, &house.tenant.at(path));
                alice.carry(request.header("Origin", origin))
            };
            let told = world.exchange(&ask("https://app.example"));
            assert_eq!(told.header("access-control-allow-origin"), Some("*"), "{path}");
            let credentials = told.header_all("access-control-allow-credentials");
            assert!(credentials.is_empty(), "{path}: cookies would count");
            let null = world.exchange(&ask("null"));
            assert!(null.header_all("access-control-allow-origin").is_empty(), "{path}");
        }
    });
}

#[test]
fn sec_200_cookies_are_the_servers_alone_and_say_nothing() {
    on_each_store(|world| {
        let house = cast(world);
        let mut alice = Visitor::default();
        let ask = house.ask("asking").with("state", "a-state-to-be-found");
        let pushed = world.exchange(&house.by("web", "/oauth2/par", &house.ask("web").pairs()));
        assert_eq!(pushed.status, 201);
        let mut set = Vec::new();
        let begun = answered(&mut alice, world, ask.get());
        set.extend(begun.answer.header_all("set-cookie").into_iter().map(str::to_owned));
        let page = alice.visit(&world.server, &begun.sent_to().expect("a flow"));
        let request = page.filled_in(&house.credentials("alice"));
        let signed_in = alice.exchange(&world.server, request);
        set.extend(signed_in.header_all("set-cookie").into_iter().map(str::to_owned));
        assert!(set.len() >= 4, "browser, session, device and state: {set:?}");
        for cookie in &set {
            let (pair, attributes) = cookie.split_once(';').expect("attributes");
            let (name, value) = pair.split_once('=').expect("a name");
            let has = |one: &str| attributes.split(';').any(|found| found.trim() == one);
            assert!(name.starts_with("__Host-vidimus-"), "{cookie}");
            assert!(has("Secure") && has("Path=/"), "{cookie}");
            assert!(!attributes.to_ascii_lowercase().contains("domain"), "{cookie}");
            if name.contains("-state-") {
                // Read by the frame that clients embed; it says only that something has changed.
                assert!(has("SameSite=None"), "{cookie}");
            } else {
                assert!(has("HttpOnly") && has("SameSite=Lax"), "{cookie}");
            }
            assert!(value.len() >= 22, "{cookie}: fewer than 128 bits");
            for said in ["alice", "asking", "a-state-to-be-found", "app.example", "mail.example"] {
                let plain = vidimus_e2e::http::form_decode(value);
                assert!(!plain.contains(said) && !decoded(value).contains(said), "{cookie}");
            }
        }
        // What a neighbour may set is not read where people come over TLS.
        let session = alice.cookies().iter().find(|(name, _)| name.contains("-session-"));
        let (name, value) = session.expect("a session");
        let mut planted = Visitor::default();
        planted.plant(name.trim_start_matches("__Host-"), value);
        assert!(!house.is_signed_in(world, &mut planted));
        planted.plant(name, value);
        assert!(house.is_signed_in(world, &mut planted), "the cookie itself is good");
    });
}

fn decoded(value: &str) -> String {
    use base64::Engine;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(value).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[test]
fn sec_012_sec_013_every_answer_names_its_issuer_by_see_other() {
    on_each_store(|world| {
        let house = cast(world);
        let policy = json!({"policy": {"allow_legacy_response_types": true}});
        world.change("PATCH", &house.tenant.admin(""), &policy);
        let types = ["code", "id_token", "code id_token token"];
        let patch = json!({"grant_types": ["authorization_code", "implicit"],
            "response_types": types});
        world.change("PATCH", &house.tenant.admin_client("web"), &patch);
        let path = house.tenant.at("/.well-known/openid-configuration");
        let metadata: Value = world.exchange(&Request::get(&path)).json();
        assert_eq!(metadata["authorization_response_iss_parameter_supported"], json!(true));
        let issuer = metadata["issuer"].as_str().expect("an issuer");
        assert_eq!(issuer, house.tenant.issuer);
        let mut alice = house.signed_in(world, "alice");
        for response_type in types {
            for mode in ["query", "fragment", "form_post"] {
                if mode == "query" && response_type != "code" {
                    continue;
                }
                let ask = house.ask("web").with("nonce", "n").with("response_mode", mode);
                let ask = ask.with("response_type", response_type);
                for (what, ask) in [
                    ("a success", ask.clone()),
                    ("a scope", ask.clone().with("scope", "unheard-of")),
                    ("a prompt", ask.clone().with("prompt", "nonsense")),
                    ("a sign-in", ask.with("prompt", "none").with("max_age", "0")),
                ] {
                    let told = returned(&mut alice, world, &ask);
                    assert_eq!(told.get("iss"), Some(issuer), "{what}, {mode}");
                    assert_eq!(told.uri, CB);
                    assert_eq!(told.get("error").is_some(), what != "a success", "{told:?}");
                }
            }
        }
        // With the password just sent: a status that sends nothing on.
        let ask: Ask = house.ask("web").with("prompt", "login");
        let page = alice.visit(&world.server, &ask.target());
        let request = page.filled_in(&house.credentials("alice"));
        let answer = alice.exchange(&world.server, request);
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert!(!header(&answer, "location", "sign-in").contains(&form(&[("", &house.password)])));
    });
}
