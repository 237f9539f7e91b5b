//! Where a browser is sent: only to an address of the client, byte for byte (SEC-001 … SEC-009,
//! RFC 9700 §4.1, §4.11).

use serde_json::json;
use vidimus_e2e::http::{Request, Response};
use vidimus_e2e::visitor::Visitor;

use crate::people::{Ask, CB, House, LOOPBACK, Scene, answered, assert_page, house, scene};
use crate::stored::rows;
use crate::world::{World, on_each_store};

impl Scene<'_> {
    fn asked(&mut self, ask: &Ask) -> Response {
        answered(&mut self.visitor, self.world, ask.get()).answer
    }

    fn assert_sent(&mut self, client: &str, uri: &str) {
        let answer = self.asked(&self.house.ask(client).with("redirect_uri", uri));
        assert_eq!(answer.status, 303, "{uri}: {}", answer.text());
        let location = answer.header("location").expect("a location");
        assert!(location.starts_with(&format!("{uri}?")), "{location}");
    }

    fn assert_not_sent(&mut self, client: &str, uri: &str) {
        let ask = self.house.ask(client).with("redirect_uri", uri);
        for request in [ask.get(), ask.posted(), ask.with("prompt", "none").get()] {
            let answer = answered(&mut self.visitor, self.world, request).answer;
            assert_page(&answer, 400, "invalid_request", uri);
            assert_eq!(answer.header_all("set-cookie"), Vec::<&str>::new(), "{uri}");
            assert!(!answer.text().contains("href=\"http"), "{uri}: a link: {}", answer.text());
            assert!(!answer.text().contains(uri) || uri.is_empty(), "{uri} is on the page");
        }
    }

    /// Codes and flows of the tenant.
    fn tickets(&self) -> usize {
        let names = rows(self.world, "name").into_iter();
        let mut named = names.filter(|row| row["name"] == json!(self.house.tenant.id));
        let tenant = named.next().expect("the tenant")["object"].clone();
        rows(self.world, "ticket").iter().filter(|row| row["tenant"] == tenant).count()
    }
}

const OTHERS: [&str; 22] = [
    "https://app.example/CB",
    "https://APP.EXAMPLE/cb",
    "https://app.example/cb/",
    "https://app.example/cb?x=1",
    "https://app.example/cb#f",
    "https://app.example/cb/../x",
    "https://app.example/cb/..;/x",
    "https://app.example/cb%2f..%2fx",
    "https://app.example/cb\\..\\x",
    "https://app.example/cb%00",
    "https://app.example/cb\0",
    "https://app.example:8443/cb",
    "https://app.example:443/cb",
    "http://app.example/cb",
    "https://app.example/cb ",
    "https://app.example/cb\t",
    "https://app.example/cb\n",
    "https://app.example/cb%0a",
    "https://app.example.evil/cb",
    "https://appXexample/cb",
    "https://app.example./cb",
    "//app.example/cb",
];

#[test]
fn sec_001_to_no_other_address_than_the_registered_one() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let before = scene.tickets();
        for other in OTHERS {
            scene.assert_not_sent("web", other);
        }
        assert_eq!(scene.tickets(), before, "a refused request left something behind");
        scene.assert_sent("web", CB);
        assert_eq!(scene.tickets(), before + 1);
    });
}

const TRICKS: [&str; 6] = [
    "https://app.example@evil/cb",
    "https://app.example:x@evil/cb",
    "https://a@b@evil/cb",
    "https://evil\\@app.example/cb",
    "https://evil%40app.example/cb",
    "https://@app.example/cb",
];

#[test]
fn sec_002_no_user_information_is_registered_or_gone_to() {
    on_each_store(|world| {
        let mut scene = scene(world);
        for trick in TRICKS {
            scene.assert_not_sent("web", trick);
            assert_not_registered(world, &scene.house, trick);
        }
    });
}

/// By an administrator, and by a client itself.
fn assert_not_registered(world: &World, house: &House, uri: &str) {
    let declaration = json!({"client_id": "trick", "redirect_uris": [uri]});
    let answer = world.admin("POST", &house.tenant.admin("/clients"), Some(&declaration));
    assert_eq!(answer.status, 400, "{uri}: {}", answer.text());
    let order = json!({"uses": 1});
    let made = world.change("POST", &house.tenant.admin("/registration-tokens"), &order);
    let token = made["token"].as_str().or(made["secret"].as_str()).expect("a token");
    let metadata = json!({"redirect_uris": [uri]});
    let register = Request::post(&house.tenant.at("/oauth2/register")).bearer(token);
    let answer = world.exchange(&register.json(&metadata));
    let (status, error) = (answer.status, answer.member("error"));
    assert_eq!((status, error.as_str()), (400, "invalid_redirect_uri"), "{uri}");
}

#[test]
fn sec_003_no_path_is_a_prefix_and_no_star_a_wildcard() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let registered = "https://app.example/cb/";
        let patch = json!({"redirect_uris": [registered]});
        world.change("PATCH", &scene.house.tenant.admin_client("evil"), &patch);
        scene.assert_sent("evil", registered);
        for trick in ["..;/x", "%2e%2e/x", "%252e%252e/x", ";x=/../x", "x", "../cb/", "%2e/"] {
            scene.assert_not_sent("evil", &format!("{registered}{trick}"));
        }
        for wild in ["https://app.example/*", "https://*.example/cb", "https://app.example/cb/**"] {
            assert_not_registered(world, &scene.house, wild);
        }
    });
}

#[test]
fn sec_004_case_counts_over_http() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let patch = json!({"redirect_uris": ["https://app.example/callback"]});
        world.change("PATCH", &scene.house.tenant.admin_client("evil"), &patch);
        scene.assert_sent("evil", "https://app.example/callback");
        scene.assert_not_sent("evil", "https://app.example/CALLBACK");
        scene.assert_not_sent("evil", "HTTPS://app.example/callback");
    });
}

#[test]
fn sec_005_a_native_application_chooses_its_port_and_nothing_else() {
    on_each_store(|world| {
        let mut scene = scene(world);
        for port in [51_004, 1, 65_535] {
            let uri = format!("http://127.0.0.1:{port}/callback");
            scene.assert_sent("native", &uri);
        }
        scene.assert_sent("native", LOOPBACK);
        for other in [
            "http://127.0.0.1:51004/callback?bar=foo",
            "http://127.0.0.1:51004/CALLBACK",
            "http://localhost:51004/callback",
            "http://127.0.0.1.evil:80/callback",
            "http://127.0.0.1:1@evil/callback",
            "http://[::1]:1/callback",
            "http://2130706433/callback",
            "http://127.1/callback",
            "https://127.0.0.1:51004/callback",
            "http://127.0.0.1:65536/callback",
        ] {
            scene.assert_not_sent("native", other);
        }
        // And on no other host.
        scene.assert_not_sent("web", "https://app.example:51004/cb");
    });
}

#[test]
fn sec_006_plain_http_is_for_loopback_alone() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        for uri in ["http://app.example/cb", "http://10.0.0.1/cb", "HTTP://app.example/cb"] {
            assert_not_registered(world, &house, uri);
        }
    });
}

#[test]
fn sec_007_an_administrator_registers_no_scheme_that_runs_or_reads_something() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let path = house.tenant.admin("/clients");
        let schemes = ["javascript:", "JaVaScRiPt:", "data:", "vbscript:", "file:", "blob:"];
        for scheme in schemes {
            for before in ["", " ", "\u{1}", "java\t"] {
                let uri = format!("{before}{scheme}//app.example/%0aalert(1)");
                let ask = house.ask("web").with("redirect_uri", &uri);
                let shown = answered(&mut Visitor::default(), world, ask.get());
                assert_page(&shown.answer, 400, "invalid_request", &uri);
                for (member, value) in [
                    ("redirect_uris", json!([uri])),
                    ("post_logout_redirect_uris", json!([uri])),
                    ("client_uri", json!(uri)),
                    ("logo_uri", json!(uri)),
                    ("policy_uri", json!(uri)),
                    ("tos_uri", json!(uri)),
                    ("initiate_login_uri", json!(uri)),
                ] {
                    let declaration = json!({"client_id": "trick", member: value});
                    let answer = world.admin("POST", &path, Some(&declaration));
                    assert_eq!(answer.status, 400, "{member} = {uri:?}: {}", answer.text());
                }
            }
        }
    });
}

/// There is nothing to write a pattern in, and a dot is a dot.
#[test]
fn sec_008_no_setting_takes_a_pattern() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let path = scene.house.tenant.admin("/clients");
        for name in ["redirect_uri_regex", "redirect_uri_pattern", "redirect_uri_matching_mode"] {
            let declaration = json!({"client_id": "trick", name: "https://app.example/.+"});
            let answer = world.admin("POST", &path, Some(&declaration));
            assert_eq!(answer.status, 400, "{name}: {}", answer.text());
        }
        for regex in ["https://app.example/.*", "https://(a|b).example/.*", "^https://app.example$"]
        {
            let declaration = json!({"client_id": "trick", "redirect_uris": [regex]});
            let answer = world.admin("POST", &path, Some(&declaration));
            assert_eq!(answer.status, 400, "{regex}: {}", answer.text());
        }
        scene.assert_not_sent("web", "https://appXexample/cb");
    });
}

#[test]
fn sec_009_whatever_else_is_wrong_an_unknown_address_is_a_page() {
    on_each_store(|world| {
        let mut scene = scene(world);
        let wrong: [(&str, &str); 8] = [
            ("scope", "nothing-of-the-kind"),
            ("response_type", "nonsense"),
            ("response_type", "token"),
            ("prompt", "none"),
            ("prompt", "nonsense"),
            ("code_challenge_method", "plain"),
            ("max_age", "x"),
            ("response_mode", "form_post"),
        ];
        for (name, value) in wrong {
            for (known, of) in [
                ("client_id", "nobody"),
                ("client_id", ""),
                ("redirect_uri", "https://evil.example/cb"),
                ("redirect_uri", "https://spa.example/cb"),
            ] {
                let ask = scene.house.ask("web").with(name, value).with(known, of);
                let answer = scene.asked(&ask);
                assert_page(&answer, 400, "invalid_request", &format!("{name}={value} {known}"));
                let mut stranger = Visitor::default();
                let answer = answered(&mut stranger, world, ask.get()).answer;
                assert_page(&answer, 400, "invalid_request", &format!("{name}={value} {known}"));
            }
        }
        // Where there are several, the request must say which.
        let patch = json!({"redirect_uris": [CB, "https://app.example/other"]});
        world.change("PATCH", &scene.house.tenant.admin_client("evil"), &patch);
        let ask = scene.house.ask("evil").without("redirect_uri");
        assert_page(&scene.asked(&ask), 400, "invalid_request", "which of two");
    });
}
