//! Clients that register themselves (RFC 7591, RFC 7592): who may, what they may become, and how many
//! (SEC-160, SEC-165…168, SEC-173…175).

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use vidimus_e2e::binary;
use vidimus_e2e::http::{Request, Response};

use crate::outbound::{Registrar, registrar};
use crate::world::{Tenant, World, on_each_store, on_each_store_alone, refusal};

pub const CB: &str = "https://app.example/cb";

pub fn with(more: Value) -> Value {
    let mut metadata = json!({"redirect_uris": [CB]});
    for (key, value) in more.as_object().expect("an object") {
        metadata[key] = value.clone();
    }
    metadata
}

pub fn ask(world: &World, tenant: &Tenant, token: Option<&str>) -> Response {
    let request = Request::post(&tenant.at("/oauth2/register")).json(&with(json!({})));
    world.exchange(&match token {
        Some(token) => request.bearer(token),
        None => request,
    })
}

pub fn initial_token(world: &World, tenant: &Tenant, order: Value) -> String {
    let made = world.change("POST", &tenant.admin("/registration-tokens"), &order);
    made["token"].as_str().or(made["secret"].as_str()).expect("a token").to_owned()
}

/// A registered client and what manages it.
pub struct Registered {
    pub id: String,
    pub secret: String,
    pub token: String,
    pub path: String,
}

pub fn registered(world: &World, registrar: &Registrar, more: Value) -> Registered {
    let answer = registrar.register(world, &more);
    assert_eq!(answer.status, 201, "{}", answer.text());
    let (id, token) = (answer.member("client_id"), answer.member("registration_access_token"));
    let secret = answer.json()["client_secret"].as_str().unwrap_or_default().to_owned();
    let path = registrar.tenant.at(&format!("/oauth2/register/{id}"));
    Registered { id, secret, token, path }
}

impl Registered {
    pub fn get(&self, world: &World, token: &str) -> Response {
        world.exchange(&Request::get(&self.path).bearer(token))
    }

    pub fn put(&self, world: &World, token: &str, more: Value) -> Response {
        let mut metadata = with(more);
        if metadata.get("client_id").is_none() {
            metadata["client_id"] = json!(self.id);
        }
        world.exchange(&Request::new("PUT", &self.path).bearer(token).json(&metadata))
    }
}

#[test]
fn sec_160_nobody_registers_without_a_good_initial_token() {
    on_each_store(|world| {
        let tenant = world.tenant("register", json!({}));
        let other = world.tenant("register", json!({}));
        let client = json!({"grant_types": ["client_credentials"], "scope": "vidimus.introspect"});
        let client = world.client(&tenant, "svc", client);
        let access = world.token(&tenant, &client, &[]);
        let order = |id: &str, uses: u32| json!({"id": id, "uses": uses});
        let used_up = initial_token(world, &tenant, order("once", 1));
        assert_eq!(ask(world, &tenant, Some(&used_up)).status, 201);
        let short = json!({"id": "short", "uses": 9, "expires_in_seconds": 1});
        let expired = initial_token(world, &tenant, short);
        let disabled = initial_token(world, &tenant, order("off", 9));
        let path = tenant.admin("/registration-tokens/off");
        world.change("PATCH", &path, &json!({"disabled": true}));
        let deleted = initial_token(world, &tenant, order("gone", 9));
        world.delete(&tenant.admin("/registration-tokens/gone"));
        let foreign = initial_token(world, &other, order("theirs", 9));
        std::thread::sleep(Duration::from_millis(1_100));
        for (what, token) in [
            ("nothing", None),
            ("used up", Some(used_up.as_str())),
            ("expired", Some(&expired)),
            ("disabled", Some(&disabled)),
            ("deleted", Some(&deleted)),
            ("another tenant's", Some(&foreign)),
            ("an access token", Some(&access)),
            ("an administrator's", Some(world.admin_bearer())),
            ("nonsense", Some("vit_nonsense")),
        ] {
            let answer = ask(world, &tenant, token);
            assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()), "{what}");
        }
        // Nor by Basic, or in the query.
        let request = Request::post(&tenant.at("/oauth2/register")).json(&with(json!({})));
        assert_eq!(world.exchange(&request.clone().basic("svc", &client.secret)).status, 401);
        let good = initial_token(world, &tenant, order("good", 1));
        let target = format!("{}?access_token={good}", tenant.at("/oauth2/register"));
        let in_query = Request::post(&target).json(&with(json!({})));
        assert!(matches!(world.exchange(&in_query).status, 400 | 401));
        assert_eq!(ask(world, &tenant, Some(&good)).status, 201, "it was not used up");
        // A policy that is closed says so to everybody.
        let closed = world.tenant("register", json!({"policy": {"registration": "closed"}}));
        let token = initial_token(world, &closed, order("good", 1));
        for token in [None, Some(token.as_str())] {
            assert_eq!(ask(world, &closed, token).status, 403);
        }
    });
}

#[test]
fn sec_160_a_token_with_one_use_is_used_once() {
    on_each_store(|world| {
        let tenant = world.tenant("register", json!({}));
        for uses in [1, 7] {
            let order = json!({"id": format!("uses-{uses}"), "uses": uses});
            let token = initial_token(world, &tenant, order);
            let request = Request::post(&tenant.at("/oauth2/register"));
            let request = request.bearer(&token).json(&with(json!({})));
            let answers = crate::race::fifty(&[world], &request);
            let made = answers.iter().filter(|answer| answer.status == 201).count();
            let refused = answers.iter().filter(|answer| answer.status == 401).count();
            assert!(made <= uses, "{made} of {uses}");
            // Who lost too often is told to come again, and has registered nothing.
            let busy = answers.iter().filter(|answer| answer.status == 503).count();
            assert_eq!(made + refused + busy, answers.len());
            assert!(made == uses || busy > 0, "{made} of {uses}, {busy} busy");
        }
    });
}

#[test]
fn sec_165_a_name_shows_what_it_is() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let long = "x".repeat(10_000);
        for name in [
            "<script>alert(1)</script>",
            "abc\u{202e}cba",
            "\u{200b}Sales\u{200b}force",
            "two\nlines",
            "\u{1f600} app",
            "",
            " ",
            &long,
            &"y".repeat(121),
        ] {
            let more = json!({"client_name": name, "client_name#xx-evil": "evil"});
            let answer = registrar.register(world, &more);
            if answer.status == 400 {
                assert_eq!(refusal(&answer).1, "invalid_client_metadata", "{name:?}");
                continue;
            }
            assert_eq!(answer.status, 201, "{name:?}: {}", answer.text());
            assert!(!answer.text().contains("xx-evil"), "{}", answer.text());
            let told = answer.json();
            let kept = told["client_name"].as_str().unwrap_or_default();
            assert!(kept.chars().count() <= 120, "{kept}");
            let hidden = |c: char| {
                c.is_control()
                    || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!kept.contains(hidden), "{kept:?}");
        }
    });
}

/// What only an administrator gives: at registration and by a later change, the client has none.
const PRIVILEGED: [(&str, &str); 16] = [
    ("scope", r#""vidimus.admin""#),
    ("scope", r#""vidimus.introspect openid""#),
    ("grant_types", r#"["client_credentials"]"#),
    ("grant_types", r#"["password", "authorization_code"]"#),
    ("grant_types", r#"["urn:ietf:params:oauth:grant-type:jwt-bearer"]"#),
    ("grant_types", r#"["urn:ietf:params:oauth:grant-type:token-exchange"]"#),
    ("introspect", r#""tenant""#),
    ("audience", r#"["https://rs1.example"]"#),
    ("audiences", r#"["https://rs1.example"]"#),
    ("preauthorized_users", r#"["*"]"#),
    ("owner", r#""admin""#),
    ("trusted", "true"),
    ("tenant", r#""default""#),
    ("assertion_certificates", r#"["x"]"#),
    ("access_token_format", r#""jwt""#),
    ("disabled", "true"),
];

#[test]
fn sec_166_what_only_administrators_give_is_not_taken() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let shown = |id: &str| {
            let path = registrar.tenant.admin_client(id);
            let mut client = world.admin("GET", &path, None).json();
            let client = client.as_object_mut().expect("an object");
            for own in ["client_id", "created_at", "updated_at", "client_id_issued_at", "version"] {
                client.remove(own);
            }
            json!(client)
        };
        let plain = registered(world, &registrar, json!({}));
        let innocent = shown(&plain.id);
        let assert_innocent = |id: &str, what: &str| {
            let client = shown(id);
            let same = |key: &str| client.get(key) == innocent.get(key);
            for key in [
                "introspect",
                "owner",
                "preauthorized_users",
                "access_token_format",
                "grant_types",
                "disabled",
                "assertion_certificates",
            ] {
                assert!(same(key), "{what}: {key} of {client}");
            }
            let scope = client["scope"].as_str().unwrap_or_default();
            assert!(!scope.contains("vidimus."), "{what}: {scope}");
        };
        for (key, value) in PRIVILEGED {
            let value: Value = serde_json::from_str(value).expect("JSON");
            let what = format!("{key} = {value}");
            let wish = json!({key: value});
            let answer = registrar.register(world, &wish);
            if answer.status == 201 {
                assert_innocent(&answer.member("client_id"), &what);
            } else {
                assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()), "{what}");
            }
            let client = registered(world, &registrar, json!({}));
            let answer = client.put(world, &client.token, wish);
            if answer.status != 200 {
                assert_eq!(refusal(&answer), (400, "invalid_client_metadata".to_owned()), "{what}");
            }
            assert_innocent(&client.id, &what);
        }
        // What is left out is not what it was, and never more than that.
        let named =
            registered(world, &registrar, json!({"client_name": "named", "scope": "openid"}));
        let answer = named.put(world, &named.token, json!({}));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let scope = answer.json()["scope"].clone();
        assert_eq!((answer.json().get("client_name"), scope), (None, json!("openid")));
        // An id of one's own choice is not taken either.
        let answer = registrar.register(world, &json!({"client_id": "chosen"}));
        assert_eq!(answer.status, 201);
        assert_ne!(answer.member("client_id"), "chosen");
    });
}

#[test]
fn sec_167_metadata_that_contradicts_itself_is_refused() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let keys = json!({"keys": [registrar.key.public_jwk()]});
        for (more, error) in [
            (json!({"redirect_uris": []}), "invalid_redirect_uri"),
            (json!({"redirect_uris": null}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["http://app.example/cb"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["javascript:alert(1)"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["https://app.example/*"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["https://app.example/cb#f"]}), "invalid_redirect_uri"),
            (json!({"redirect_uris": ["https://u@app.example/cb"]}), "invalid_redirect_uri"),
            (json!({"response_types": ["token"]}), "invalid_client_metadata"),
            (
                json!({"grant_types": ["implicit"], "response_types": ["code"]}),
                "invalid_client_metadata",
            ),
            (json!({"grant_types": ["unknown"]}), "invalid_client_metadata"),
            (
                json!({"jwks": keys, "jwks_uri": "https://app.example/jwks"}),
                "invalid_client_metadata",
            ),
            (json!({"token_endpoint_auth_method": "private_key_jwt"}), "invalid_client_metadata"),
            (json!({"token_endpoint_auth_method": "telepathy"}), "invalid_client_metadata"),
            (json!({"logo_uri": "javascript:alert(1)"}), "invalid_client_metadata"),
            (json!({"client_uri": "data:text/html,x"}), "invalid_client_metadata"),
        ] {
            let answer = registrar.register(world, &more);
            assert_eq!(refusal(&answer), (400, error.to_owned()), "{more}: {}", answer.text());
        }
    });
}

#[test]
fn sec_168_credentials_are_made_here() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let mut seen = Vec::new();
        for method in ["client_secret_basic", "client_secret_post", "none"] {
            for _ in 0..2 {
                let name = crate::keys::random_text();
                let more = json!({"token_endpoint_auth_method": method, "client_name": name});
                let answer = registrar.register(world, &more);
                assert_eq!(answer.status, 201, "{}", answer.text());
                assert_eq!(answer.header("cache-control"), Some("no-store"));
                let told = answer.json();
                let has_secret = told.get("client_secret").is_some();
                assert_eq!(has_secret, method != "none", "{told}");
                assert_eq!(told.get("client_secret_expires_at").is_some(), has_secret);
                assert!(answer.member("registration_access_token").len() >= 43);
                if has_secret {
                    assert!(answer.member("client_secret").len() >= 43);
                    seen.push(answer.member("client_secret"));
                }
                seen.extend(["client_id", "registration_access_token"].map(|m| answer.member(m)));
            }
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count, "something was made twice");
    });
}

/// Of one peer and one tenant, where nothing else counts them; and of the tenant, whoever asks.
#[test]
fn sec_173_registrations_are_counted() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let open = world.tenant("open", json!({"policy": {"registration": "open"}}));
        let answers: Vec<_> = (0..30).map(|_| ask(&world, &open, None)).collect();
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 20, "within an hour");
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            assert_eq!(answer.status, 429, "{}", answer.text());
            let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
            assert!(seconds.is_some_and(|seconds: u32| (1..=3600).contains(&seconds)));
        }
        let another = world.tenant("open", json!({"policy": {"registration": "open"}}));
        assert_eq!(ask(&world, &another, None).status, 201, "each tenant by itself");
        let capped = world.tenant("capped", json!({"policy": {"registered_clients_max": 5}}));
        let token = initial_token(&world, &capped, json!({"id": "t", "uses": 100}));
        let statuses: Vec<_> = (0..8).map(|_| ask(&world, &capped, Some(&token)).status).collect();
        assert_eq!(statuses, [201, 201, 201, 201, 201, 429, 429, 429]);
    });
}

/// However many come together, by one initial access token or by none, the cap is a condition on
/// the write.
#[test]
fn sec_173_the_cap_holds_for_those_that_come_together() {
    on_each_store(|world| {
        for registration in ["token", "open"] {
            let policy = json!({"registered_clients_max": 5, "registration": registration});
            let capped = world.tenant("capped", json!({"policy": policy}));
            let request = Request::post(&capped.at("/oauth2/register")).json(&with(json!({})));
            let request = if registration == "token" {
                request.bearer(&initial_token(world, &capped, json!({"id": "t", "uses": 100})))
            } else {
                request
            };
            let answers = crate::race::fifty(&[world], &request);
            let of = |status: u16| answers.iter().filter(|answer| answer.status == status).count();
            let (made, full, busy) = (of(201), of(429), of(503));
            assert!((1..=5).contains(&made), "{registration}: {made} of 5");
            assert_eq!(made + full + busy, answers.len(), "{registration}");
        }
    });
}

/// A client that never got a token goes by itself; one that did stays.
#[test]
fn sec_173_clients_never_used_go() {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    on_each_store_alone(|setup| {
        let setup = setup.setting("purge.interval_seconds", "1").setting("purge.keep_seconds", "0");
        let world = World::start(&setup);
        let policy = json!({"unused_client_ttl_seconds": 2});
        let tenant = world.tenant("idle", json!({"policy": policy}));
        world.user(&tenant, "alice");
        let token = initial_token(&world, &tenant, json!({"id": "t", "uses": 9}));
        let metadata = json!({"grant_types": [DEVICE], "response_types": [], "scope": "openid"});
        let register = Request::post(&tenant.at("/oauth2/register")).bearer(&token);
        let client = world.exchange(&register.json(&metadata));
        assert_eq!(client.status, 201, "{}", client.text());
        let (id, secret) = (client.member("client_id"), client.member("client_secret"));
        let asked = |path: &str, form: &[(&str, &str)]| {
            let request = Request::post(&tenant.at(path)).basic(&id, &secret).form(form);
            let answer = world.exchange(&request);
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer
        };
        let code = asked("/oauth2/device_authorization", &[("scope", "openid")]);
        let order =
            json!({"user_code": code.member("user_code"), "username": "alice", "approve": true});
        world.change("POST", &tenant.admin("/device-approvals"), &order);
        let code = code.member("device_code");
        asked("/oauth2/token", &[("grant_type", DEVICE), ("device_code", &code)]);
        let unused = ask(&world, &tenant, Some(&token)).member("client_id");
        let status = |id: &str| world.admin("GET", &tenant.admin_client(id), None).status;
        let deadline = Instant::now() + Duration::from_secs(20);
        while status(&unused) != 404 {
            assert!(Instant::now() < deadline, "it is still there");
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(status(&id), 200, "one that got a token");
    });
}

#[test]
fn sec_174_malformed_metadata_is_cheap() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let target = registrar.tenant.at("/oauth2/register");
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let bodies: Vec<String> = [
            r#"{"redirect_uris":[null]}"#.to_owned(),
            r#"{"redirect_uris":[{}]}"#.to_owned(),
            r#"{"redirect_uris":"str"}"#.to_owned(),
            r#"{"redirect_uris":[[["https://app.example/cb"]]]}"#.to_owned(),
            r#"{"redirect_uris":7}"#.to_owned(),
            format!(
                r#"{{"redirect_uris":[{}"https://a.example/"]}}"#,
                "\"https://a.example/\",".repeat(2_000)
            ),
            format!(r#"{{"redirect_uris":["{CB}"],"x":{deep}}}"#),
            deep,
            "[]".to_owned(),
            "null".to_owned(),
            "{".to_owned(),
            String::new(),
            "x".repeat(10_000_000),
        ]
        .into();
        let debug = binary::path().iter().any(|part| part == "debug") || cfg!(debug_assertions);
        let limit = Duration::from_millis(if debug { 200 } else { 10 });
        for body in bodies {
            let shown = body.chars().take(60).collect::<String>();
            let request = Request::post(&target)
                .bearer(&registrar.token)
                .header("Content-Type", "application/json")
                .body(body);
            let start = Instant::now();
            let answer = world.exchange(&request);
            assert!(matches!(answer.status, 400 | 413), "{shown}: {}", answer.text());
            assert!(start.elapsed() <= limit, "{shown}: {:?}", start.elapsed());
        }
    });
}

/// Several hosts are one sector only where a document says so; one that cannot be asked vouches for
/// nothing.
#[test]
fn sec_175_pairwise_subjects_and_sectors() {
    on_each_store(|world| {
        let registrar = registrar(world);
        let two = json!(["https://app.example/cb", "https://other.example/cb"]);
        let pairwise = json!({"subject_type": "pairwise"});
        let answer = registrar.register(world, &pairwise);
        assert_eq!((answer.status, answer.member("subject_type")), (201, "pairwise".to_owned()));
        for more in [
            // Several hosts, and nobody vouches that they are one sector.
            json!({"subject_type": "pairwise", "redirect_uris": two}),
            json!({"subject_type": 7}),
            json!({"sector_identifier_uri": "http://127.0.0.1:1/sector"}),
            json!({"sector_identifier_uri": "https://127.0.0.1:1/sector"}),
            json!({"sector_identifier_uri": "https://127.0.0.1:1/sector", "redirect_uris": two}),
        ] {
            let answer = registrar.register(world, &more);
            let expected = (400, "invalid_client_metadata".to_owned());
            assert_eq!(refusal(&answer), expected, "{more}");
            // The same by a later change.
            let client = registered(world, &registrar, json!({}));
            assert_eq!(
                refusal(&client.put(world, &client.token, more.clone())),
                expected,
                "{more}"
            );
        }
    });
}
