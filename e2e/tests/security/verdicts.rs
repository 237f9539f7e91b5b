//! One token, one verdict, whichever dialect of its tenant is asked (SEC-297).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vidimus_e2e::http::Request;

use crate::twin::{ALICE, SHAPES};
use crate::world::{Party, Tenant, World, on_each_store_alone};

const PASSWORD: &str = "a password of alice";

/// A state, and which kinds of token it leaves active.
const STATES: [(&str, bool, bool); 7] = [
    ("live", true, true),
    ("revoked", false, false),
    ("user disabled", false, false),
    ("user locked", false, false),
    ("client disabled", false, false),
    ("tenant's tokens revoked", false, false),
    ("expired", false, false),
];

struct Scene {
    tenant: Tenant,
    svc: Party,
    auditor: Party,
    shared_is_standard: bool,
}

struct Held {
    what: &'static str,
    text: String,
    is_refresh: bool,
}

fn scene(world: &World, dialects: &[&str]) -> Scene {
    let policy = json!({"allow_password_grant": true});
    let tenant = world.tenant("verdict", json!({"policy": policy, "dialects": dialects}));
    let grants = json!(["client_credentials", "password", "refresh_token"]);
    let client = |id: &str, format: &str| {
        let body = json!({"grant_types": grants, "scope": "read openid refresh_token",
            "access_token_format": format});
        world.client(&tenant, id, body)
    };
    let svc = client("svc", "opaque");
    client("signed", "jwt");
    let user = |name: &str, roles: Value| {
        let body = json!({"username": name, "password": PASSWORD, "roles": roles});
        world.change("POST", &tenant.admin("/users"), &body);
    };
    user(ALICE, json!([]));
    user("asker@mail.example", json!(["introspect"]));
    let auditor = world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"}));
    Scene { tenant, svc, auditor, shared_is_standard: dialects.contains(&"standard") }
}

impl Scene {
    /// Of alice, each in another spelling.
    fn tokens(&self, world: &World) -> Vec<Held> {
        let by_password = |path: &str| {
            let form = [
                ("grant_type", "password"),
                ("username", ALICE),
                ("password", PASSWORD),
                ("scope", "read refresh_token"),
            ];
            let request = Request::post(&self.tenant.at(path));
            let answer = world.exchange(&request.basic("svc", &self.svc.secret).form(&form));
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            answer
        };
        let mint = |client: &str| {
            let order = json!({"client_id": client, "username": ALICE, "refresh": true});
            world.mint(&self.tenant, &order)
        };
        let (native, signed) = (mint("svc"), mint("signed"));
        let shared = by_password("/oauth2/token");
        let organization = by_password("/services/oauth2/token");
        let csp = {
            let form = [("grant_type", "refresh_token"), ("refresh_token", native.refresh())];
            let target = self.tenant.at("/csp/gateway/am/api/auth/token");
            let request = Request::post(&target).basic("svc", &self.svc.secret).form(&form);
            world.exchange(&request)
        };
        let api = json!({"id": "api", "username": ALICE});
        let api = world.change("POST", &self.tenant.admin("/api-tokens"), &api);
        let api = api["token"].as_str().or(api["secret"].as_str()).expect("a token").to_owned();
        let held = |what, text: &str, is_refresh| Held { what, text: text.to_owned(), is_refresh };
        vec![
            held("native", &native.access, false),
            held("RFC 9068", &signed.access, false),
            held("of the shared path", &shared.member("access_token"), false),
            held("of an organization", &organization.member("access_token"), false),
            held("CSP's JWT", &csp.member("access_token"), false),
            held("refresh, native", signed.refresh(), true),
            held("refresh, of the shared path", &shared.member("refresh_token"), true),
            held("API token", &api, true),
        ]
    }

    fn happens(&self, world: &World, state: &str, tokens: &[Held]) {
        let patch = |path: &str, patch: Value| drop(world.change("PATCH", path, &patch));
        let tenant = &self.tenant;
        let alice = tenant.admin_user(ALICE);
        match state {
            "live" => {}
            "revoked" => {
                for token in tokens {
                    let order = json!({"token": token.text});
                    world.change("POST", &tenant.admin("/tokens/revoke"), &order);
                }
            }
            "user disabled" => patch(&alice, json!({"disabled": true})),
            "user locked" => patch(&alice, json!({"locked": true})),
            "client disabled" => {
                for client in ["svc", "signed"] {
                    patch(&tenant.admin_client(client), json!({"disabled": true}));
                }
            }
            "tenant's tokens revoked" => {
                let now = json!({"revoke_tokens": true});
                patch(&format!("/tenants/{}", tenant.id), now);
            }
            "expired" => world.advance(366 * 86_400),
            other => panic!("{other}"),
        }
    }

    fn is_active(&self, world: &World, token: &str) -> bool {
        let answer = world.exchange(
            &Request::post(&self.tenant.at("/services/oauth2/introspect"))
                .basic(&self.auditor.id, &self.auditor.secret)
                .form(&[("token", token)]),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["active"] == json!(true)
    }

    /// What each dialect says; `None` where it does not tell of such tokens.
    fn verdicts(&self, world: &World, token: &Held) -> Vec<(&'static str, Option<bool>)> {
        let auditor = &self.auditor;
        let asked =
            |path: &str| Request::post(&self.tenant.at(path)).form(&[("token", &token.text)]);
        let by_auditor = |path: &str| asked(path).basic(&auditor.id, &auditor.secret);
        let user = STANDARD.encode(format!("asker@mail.example:{PASSWORD}"));
        let by_user = asked("/oauth2/introspect").header("Authorization", &format!("Basic {user}"));
        let active = |request: &Request| {
            let answer = world.exchange(request);
            assert_eq!(answer.status, 200, "{}: {}", request.target, answer.text());
            let active = answer.json()["active"].as_bool().expect("a verdict");
            assert!(active || answer.text() == crate::world::INACTIVE, "{}", answer.text());
            active
        };
        let only = |tells: bool, request: Request| {
            let verdict = active(&request);
            assert!(tells || !verdict, "{} tells of {}", request.target, token.what);
            tells.then_some(verdict)
        };
        let wso2 = !token.is_refresh || self.shared_is_standard;
        vec![
            ("/oauth2/introspect", only(wso2, by_auditor("/oauth2/introspect"))),
            ("/oauth2/introspect by a user", only(wso2, by_user)),
            ("salesforce", Some(active(&by_auditor("/services/oauth2/introspect")))),
            ("csp", only(token.is_refresh, by_auditor("/csp/gateway/am/api/auth/introspect"))),
        ]
    }
}

#[test]
fn sec_297_every_dialect_gives_the_same_verdict() {
    on_each_store_alone(|setup| {
        let world = World::dev(&setup);
        let mut cells = 0;
        for (state, access, refresh) in STATES {
            for dialects in SHAPES {
                // The clock has moved on after the last state, and with it the administrator's token.
                let scene = scene(&world, dialects);
                let tokens = scene.tokens(&world);
                scene.happens(&world, state, &tokens);
                for token in &tokens {
                    let of_no_client = token.what == "API token" && state == "client disabled";
                    let expected = of_no_client || if token.is_refresh { refresh } else { access };
                    for (dialect, verdict) in scene.verdicts(&world, token) {
                        let what = format!("{}, {state}, by {dialect}", token.what);
                        assert!(verdict.is_none_or(|told| told == expected), "{what}");
                        cells += 1;
                    }
                }
                if state == "expired" {
                    world.advance(-366 * 86_400);
                }
            }
        }
        eprintln!("SEC-297: {cells} verdicts, each the same in every dialect");
    });
}

/// A public client's refresh token is rotated, and its reuse costs the family, by every path.
#[test]
fn sec_297_reuse_ends_the_family_in_every_dialect() {
    on_each_store_alone(|setup| {
        let world = World::start(&setup);
        for dialects in SHAPES {
            let scene = scene(&world, dialects);
            let body = json!({"grant_types": ["refresh_token", "authorization_code"],
                "token_endpoint_auth_method": "none", "scope": "read refresh_token",
                "redirect_uris": ["https://app.example/cb"]});
            world.client(&scene.tenant, "native", body);
            for path in
                ["/oauth2/token", "/services/oauth2/token", "/csp/gateway/am/api/auth/token"]
            {
                let order = json!({"client_id": "native", "username": ALICE, "refresh": true});
                let minted = world.mint(&scene.tenant, &order);
                let refresh = |token: &str| {
                    let form = [
                        ("grant_type", "refresh_token"),
                        ("client_id", "native"),
                        ("refresh_token", token),
                    ];
                    world.exchange(&Request::post(&scene.tenant.at(path)).form(&form))
                };
                let mut chain = vec![minted.refresh().to_owned()];
                let mut all = vec![minted.access.clone()];
                for _ in 0..3 {
                    let answer = refresh(&chain[chain.len() - 1]);
                    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
                    all.push(answer.member("access_token"));
                    chain.push(answer.member("refresh_token"));
                }
                assert!(all.iter().all(|token| scene.is_active(&world, token)), "{path}");
                let reused = refresh(&chain[1]);
                assert_eq!(reused.status, 400, "{path}: {}", reused.text());
                for token in all.iter().chain(&chain) {
                    assert!(!scene.is_active(&world, token), "{path}");
                }
                assert_eq!(refresh(&chain[3]).status, 400, "{path}");
            }
        }
    });
}
