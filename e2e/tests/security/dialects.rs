//! What products allow and nobody gets unasked (SEC-015, SEC-298), guessers of API tokens (SEC-299),
//! administrators of tenants (SEC-300), and what dialects' error texts tell (SEC-301).

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::keys::random_text;
use crate::routes::{self, Kind};
use crate::twin::{ALICE, SHAPES, Twin, twin};
use crate::world::{Party, Tenant, World, on_each_store, on_each_store_alone};

const GET_OR_SCRIPT: [&str; 2] = ["/services/oauth2/revoke", "/oauth2/revoke"];

fn tenant(world: &World, policy: Value, dialects: &[&str]) -> Tenant {
    world.tenant("dialects", json!({"policy": policy, "dialects": dialects}))
}

fn client(world: &World, tenant: &Tenant, id: &str, grants: &[&str]) -> Party {
    world.client(tenant, id, json!({"grant_types": grants, "scope": "read openid"}))
}

fn user(world: &World, tenant: &Tenant, name: &str, password: &str, more: &Value) {
    let mut body = json!({"username": name, "password": password});
    for (key, value) in more.as_object().expect("an object") {
        body[key] = value.clone();
    }
    world.change("POST", &tenant.admin("/users"), &body);
}

fn by_password(tenant: &Tenant, path: &str, by: &Party, name: &str, password: &str) -> Request {
    let form = [("grant_type", "password"), ("username", name), ("password", password)];
    Request::post(&tenant.at(path)).basic(&by.id, &by.secret).form(&form)
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

fn token_paths() -> impl Iterator<Item = String> {
    routes::all().into_iter().filter(|(_, kind)| *kind == Kind::Token).map(|(path, _)| path)
}

/// Tenant and client must both want it, whatever else the policy says.
#[test]
fn sec_015_passwords_are_no_grant_unless_tenant_and_client_say_so() {
    on_each_store(|world| {
        let others = json!({"allow_legacy_response_types": true, "reuse_live_token": true,
            "registration": "open", "allow_get_revocation": true, "refresh_grace_seconds": 10});
        for (policy, on) in
            [(json!({}), false), (others, false), (json!({"allow_password_grant": true}), true)]
        {
            for dialects in SHAPES {
                let tenant = tenant(world, policy.clone(), dialects);
                let allowed = client(world, &tenant, "allowed", &["password"]);
                let not = client(world, &tenant, "not", &["client_credentials"]);
                user(world, &tenant, ALICE, "right password", &json!({}));
                for path in token_paths() {
                    // That dialect has no such grant at all.
                    let on = on && !path.starts_with("/csp/");
                    let ask = |by| by_password(&tenant, &path, by, ALICE, "right password");
                    let given = world.exchange(&ask(&allowed));
                    let expected = if on { 200 } else { 400 };
                    assert_eq!(given.status, expected, "{path}: {}", given.text());
                    let refused = world.exchange(&ask(&not));
                    assert_eq!(refused.status, 400, "{path}: {}", refused.text());
                    if !on {
                        // Of a right password no more is told than of a wrong one.
                        let wrong = by_password(&tenant, &path, &allowed, ALICE, "wrong");
                        assert_eq!(seen(&world.exchange(&wrong)), seen(&given), "{path}");
                    }
                }
                assert_discovery_says(world, &tenant, on);
            }
        }
    });
}

fn assert_discovery_says(world: &World, tenant: &Tenant, on: bool) {
    let mut told = 0;
    for (path, _) in routes::all().iter().filter(|(path, _)| path.contains("/.well-known/")) {
        let target = tenant.at(&path.replace("{issuer}", "token"));
        let answer = world.exchange(&Request::get(&target));
        if answer.status == 404 {
            continue;
        }
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let text = answer.text();
        let listed = text.contains("\"password\"");
        assert!(on || !listed, "{path} lists it: {text}");
        told += usize::from(listed);
    }
    assert!(!on || told >= 1, "no discovery lists what is on");
}

/// But for what differs between any two answers.
fn seen(answer: &Response) -> (u16, Vec<String>, Value) {
    let mut body = serde_json::from_slice(&answer.body).unwrap_or(json!(answer.text()));
    if let Some(id) = body.get_mut("requestId") {
        *id = Value::Null;
    }
    (answer.status, answer.header_names(), body)
}

fn revoke_by_get(tenant: &Tenant, path: &str, by: &Party, more: &[(&str, &str)]) -> Request {
    let target = format!("{}?{}", tenant.at(path), vidimus_e2e::http::form(more));
    Request::get(&target).basic(&by.id, &by.secret)
}

#[test]
fn sec_298_revocation_by_links_and_scripts_is_asked_for() {
    on_each_store(|world| {
        for on in [false, true] {
            for (shape, path) in [(SHAPES[0], GET_OR_SCRIPT[0]), (SHAPES[1], GET_OR_SCRIPT[1])] {
                let tenant = tenant(world, json!({"allow_get_revocation": on}), shape);
                let svc = client(world, &tenant, "svc", &["client_credentials"]);
                let auditor =
                    world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
                let token = world.mint(&tenant, &json!({"client_id": "svc"})).access;
                let by_get = revoke_by_get(&tenant, path, &svc, &[("token", &token)]);
                let answer = world.exchange(&by_get);
                assert_eq!(answer.status == 200, on, "{path}: {}", answer.status);
                assert_eq!(world.is_active(&tenant, &auditor, &token), !on, "{path}");
                for (callback, good) in CALLBACKS {
                    // Above the length of a name, whatever it is made of.
                    let callback = callback.replace("<65>", &"a".repeat(65));
                    let token = world.mint(&tenant, &json!({"client_id": "svc"})).access;
                    let form = [("token", token.as_str()), ("callback", &callback)];
                    let request = Request::post(&tenant.at(path)).form(&form);
                    let answer = world.exchange(&request.basic(&svc.id, &svc.secret));
                    let called = answer.text().contains('(');
                    assert_eq!(called, on && good, "{path} {callback:?}: {}", answer.text());
                    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
                    if called {
                        let text = answer.text();
                        assert!(text.starts_with(&format!("/**/{callback}(")), "{path}: {text}");
                        let kind = answer.header("content-type").expect("a type");
                        assert!(kind.contains("javascript"), "{path}: {kind}");
                    }
                }
            }
        }
    });
}

const CALLBACKS: [(&str, bool); 13] = [
    ("done", true),
    ("$.app_1.done", true),
    ("_x", true),
    ("", false),
    ("1x", false),
    (".x", false),
    ("a b", false),
    ("a(b", false),
    ("alert(1)//", false),
    ("<script>", false),
    ("a\u{2028}b", false),
    ("\u{e9}t\u{e9}", false),
    ("<65>", false),
];

/// Tokens come with no script, whatever the policy.
#[test]
fn sec_298_no_token_is_given_to_a_script() {
    on_each_store(|world| {
        for dialects in SHAPES {
            let policy = json!({"allow_get_revocation": true, "allow_password_grant": true});
            let tenant = tenant(world, policy, dialects);
            let svc = client(world, &tenant, "svc", &["client_credentials"]);
            for path in token_paths() {
                let form = [
                    ("grant_type", "client_credentials"),
                    ("callback", "stolen"),
                    ("scope", "read"),
                ];
                let request = Request::post(&tenant.at(&path)).basic(&svc.id, &svc.secret);
                let answer = world.exchange(&request.form(&form));
                assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                assert!(!answer.text().contains("stolen"), "{path}: {}", answer.text());
                let target = format!("{}?{}", tenant.at(&path), vidimus_e2e::http::form(&form));
                let by_get = Request::get(&target).basic(&svc.id, &svc.secret);
                assert_eq!(world.exchange(&by_get).status, 405, "{path}");
            }
        }
    });
}

#[test]
fn sec_298_an_identity_of_another_organization_is_nowhere() {
    on_each_store(|world| {
        let (a, b) = (twin(world, SHAPES[0]), twin(world, SHAPES[0]));
        let ask = |at: &str, twin: &Twin| {
            let answer = world.exchange(&Request::get(at).bearer(&twin.live));
            (answer.status, answer.text().to_owned())
        };
        let own = ask(&a.tenant.at(&a.identity), &a);
        assert_eq!(own.0, 200, "{}", own.1);
        let [_, _, organization, user] = a.identity.split('/').collect::<Vec<_>>()[..] else {
            panic!("{}", a.identity)
        };
        let [_, _, other, others_user] = b.identity.split('/').collect::<Vec<_>>()[..] else {
            panic!("{}", b.identity)
        };
        for path in [
            format!("/id/{other}/{user}"),
            format!("/id/{organization}/{others_user}"),
            format!("/id/{other}/{others_user}"),
            format!("/id/{organization}/005000000000000AAA"),
        ] {
            for place in [a.tenant.at(&path), path.clone(), b.tenant.at(&path)] {
                let (status, text) = ask(&place, &a);
                assert!(matches!(status, 403 | 404), "{place}: {status} {text}");
                assert!(!text.contains(ALICE), "{place}: {text}");
            }
        }
    });
}

#[test]
fn sec_298_a_signature_is_under_that_client_s_secret() {
    on_each_store(|world| {
        let twin = twin(world, SHAPES[0]);
        let path = "/services/oauth2/token";
        let ask = by_password(&twin.tenant, path, &twin.svc, ALICE, &twin.password);
        let reply = world.exchange(&ask);
        let signed = format!("{}{}", reply.member("id"), reply.member("issued_at"));
        let holds = |secret: &str| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
            STANDARD.encode(hmac::sign(&key, signed.as_bytes())) == reply.member("signature")
        };
        assert!(holds(&twin.svc.secret));
        assert!(!holds(&twin.rs.secret) && !holds("") && !holds("svc"));
    });
}

#[test]
fn sec_299_guessers_of_api_tokens_are_told_to_come_back() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let (a, b) = (twin(&world, SHAPES[0]), twin(&world, SHAPES[0]));
        let path = "/csp/gateway/am/api/auth/api-tokens/authorize";
        let ask = |twin: &Twin, token: &str| {
            let request = Request::post(&twin.tenant.at(path)).form(&[("api_token", token)]);
            world.exchange(&request)
        };
        assert!(a.api_token.len() >= 43, "256 bits of base64url at least");
        assert_eq!(ask(&a, &a.api_token).status, 200);
        // Of another organization's token no more is said than of none.
        let foreign = ask(&b, &a.api_token);
        let none = ask(&b, &format!("vap_{}", random_text()));
        assert_eq!(seen(&foreign), seen(&none));
        assert_eq!(foreign.status, 400);
        let mut refused = 2;
        let limited = loop {
            let answer = ask(&a, &random_text());
            if answer.status == 429 {
                break answer;
            }
            assert_eq!(answer.status, 400, "{}", answer.text());
            refused += 1;
            assert!(refused <= 60, "{refused} misses of one peer");
        };
        let seconds = limited.header("retry-after").and_then(|text| text.parse::<u32>().ok());
        assert!(seconds.is_some_and(|seconds| (1..=60).contains(&seconds)), "{limited:?}");
        assert_eq!(limited.json()["statusCode"], 429);
        // Guesses elsewhere count as well, and who has a token is no guesser.
        assert_eq!(ask(&b, &random_text()).status, 429);
        assert_eq!(ask(&a, &a.api_token).status, 200);
        let details = "/csp/gateway/am/api/auth/api-tokens/details";
        let form = [("tokenValue", "vap_nobodys")];
        let answer = world.exchange(&Request::post(&a.tenant.at(details)).form(&form));
        assert_eq!(answer.status, 429, "{}", answer.text());
    });
}

/// A user is an administrator of his own tenant alone, and the default tenant's of no other.
#[test]
fn sec_300_no_administrator_asks_about_another_tenant() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        let root = Tenant::root(&world.server);
        let roles = json!({"roles": ["introspect", "admin"]});
        user(&world, &root, "admin", "password of the default tenant", &roles);
        for dialects in SHAPES {
            let (a, b) = (twin(&world, dialects), twin(&world, dialects));
            user(&world, &a.tenant, "admin", "password of a", &roles);
            let of_a = world.mint(&a.tenant, &json!({"client_id": "svc"})).access;
            let of_b = world.mint(&b.tenant, &json!({"client_id": "svc"})).access;
            let of_root = world.admin_bearer().to_owned();
            let ask = |tenant: &Tenant, name: &str, password: &str, token: &str| {
                let request = Request::post(&tenant.at("/oauth2/introspect"));
                let answer = world.exchange(
                    &request
                        .header("Authorization", &basic(name, password))
                        .form(&[("token", token)]),
                );
                let active = answer.text().contains("\"active\":true");
                (answer.status, active)
            };
            let (in_a, in_b) = (&a.tenant, &b.tenant);
            let named = |tenant: &Tenant| format!("admin@{}", tenant.id);
            let default = "password of the default tenant";
            assert_eq!(ask(in_a, "admin", "password of a", &of_a), (200, true));
            assert_eq!(ask(in_a, &named(&a.tenant), "password of a", &of_a), (200, true));
            assert_eq!(ask(in_a, "admin", "password of a", &of_b), (200, false));
            assert_eq!(ask(in_a, "admin", "password of a", &of_root), (200, false));
            assert_eq!(ask(&root, "admin", default, &of_a), (200, false));
            for (tenant, name, password) in [
                (in_b, "admin".to_owned(), "password of a"),
                (in_b, named(&a.tenant), "password of a"),
                (in_b, named(&b.tenant), "password of a"),
                (in_b, "admin".to_owned(), default),
                (in_a, "admin".to_owned(), default),
                (in_a, "admin@carbon.super".to_owned(), default),
                (&root, "admin".to_owned(), "password of a"),
                (&root, named(&a.tenant), "password of a"),
            ] {
                for token in [&of_a, &of_b, &of_root] {
                    let (status, active) = ask(tenant, &name, password, token);
                    assert_eq!((status, active), (401, false), "{name} at {:?}", tenant.path);
                }
            }
        }
    });
}

/// Failures that must not be told apart, in every dialect that has the endpoint.
#[test]
fn sec_301_no_dialect_says_which_names_exist() {
    on_each_store(|world| {
        for dialects in SHAPES {
            let twin = twin(world, dialects);
            let tenant = &twin.tenant;
            for (name, more) in
                [("disabled", json!({"disabled": true})), ("locked", json!({"locked": true}))]
            {
                user(world, tenant, name, "right password", &json!({}));
                world.change("PATCH", &tenant.admin_user(name), &more);
            }
            world.user(tenant, "without-password");
            let names = ["nobody", ALICE, "disabled", "locked", "without-password"];
            let mut failures = 0;
            let mut alike = |what: &str, requests: Vec<Request>| {
                let answers: Vec<_> = requests.iter().map(|one| world.exchange(one)).collect();
                let told = |answer: &Response| {
                    let (status, headers, body) = seen(answer);
                    let masked = |text: String, name: &&str| text.replace(name, "?");
                    (status, headers, names.iter().fold(body.to_string(), masked))
                };
                for answer in &answers {
                    assert!((400..500).contains(&answer.status), "{what}: {}", answer.text());
                    assert_eq!(told(answer), told(&answers[0]), "{what}");
                    failures += 1;
                }
            };
            for path in token_paths().filter(|path| !path.starts_with("/csp/")) {
                let ask = |name: &&str| by_password(tenant, &path, &twin.svc, name, "wrong");
                alike(&path, names.iter().map(ask).collect());
                let right = ["nobody", "disabled", "locked"];
                let ask =
                    |name: &&str| by_password(tenant, &path, &twin.svc, name, "right password");
                alike(&path, right.iter().map(ask).collect());
            }
            let introspect = |name: &&str| {
                Request::post(&tenant.at("/oauth2/introspect"))
                    .header("Authorization", &basic(name, "wrong"))
                    .form(&[("token", "x")])
            };
            alike("introspection", names.iter().map(introspect).collect());
            let register = |name: &&str| {
                Request::post(&tenant.at("/identity/register"))
                    .header("Authorization", &basic(name, "wrong"))
                    .json(&json!({"redirect_uris": ["https://app.example/cb"]}))
            };
            alike("registration", names.iter().map(register).collect());
            assert!(failures >= 20, "only {failures} failures");
        }
    });
}
