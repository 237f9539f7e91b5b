//! Who is told what: authentication, audience, and the right to ask (SEC-125, 126, 127, 142, 145).

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::keys::part;
use crate::pair::{Pair, RS1, RS2};
use crate::people::{house, tokens};
use crate::world::{
    Party, Tenant, World, assert_inactive, introspection, on_each_store, refusal, verdict,
};

pub const JWT: &str = "application/token-introspection+jwt";

fn asked(tenant: &Tenant, token: &str) -> Request {
    Request::post(&tenant.at("/oauth2/introspect")).form(&[("token", token)])
}

/// `token_introspection` of a signed answer.
pub fn told_in_jwt(answer: &Response) -> Value {
    assert_eq!(
        (answer.status, answer.header("Content-Type")),
        (200, Some(JWT)),
        "{}",
        answer.text()
    );
    part(answer.text(), 1)["token_introspection"].clone()
}

#[test]
fn sec_125_nobody_asks_without_credentials() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.for_rs1(world);
        let bearer = |text: &str| asked(&pair.a, &token).bearer(text);
        let plain = world.mint(&pair.a, &json!({"client_id": "web", "username": "alice"}));
        let refresh = pair.of_alice(world);
        let unauthorized = [
            ("nothing", asked(&pair.a, &token), "invalid_client"),
            ("wrong secret", asked(&pair.a, &token).basic("rs1", "wrong"), "invalid_client"),
            ("empty secret", asked(&pair.a, &token).basic("rs1", ""), "invalid_client"),
            ("unknown", asked(&pair.a, &token).basic("nobody", &pair.rs1.secret), "invalid_client"),
            (
                "another's secret",
                asked(&pair.a, &token).basic("rs1", &pair.rs2.secret),
                "invalid_client",
            ),
            (
                "rs1 of no tenant",
                asked(&pair.b, &token).basic("rs1", &pair.rs1.secret),
                "invalid_client",
            ),
            ("a user's name", asked(&pair.a, &token).basic("alice", "alice"), "invalid_client"),
            ("a cookie", asked(&pair.a, &token).header("Cookie", "session=x"), "invalid_client"),
            ("no token at all", bearer("nonsense"), "invalid_token"),
            ("an empty bearer", bearer(""), "invalid_client"),
            ("a refresh token", bearer(refresh.refresh()), "invalid_token"),
            ("an administrator's of another tenant", bearer(world.admin_bearer()), "invalid_token"),
        ];
        for (what, request, error) in unauthorized {
            let answer = world.exchange(&request);
            assert_eq!(refusal(&answer), (401, error.to_owned()), "{what}");
            assert!(answer.header("WWW-Authenticate").is_some(), "{what}");
            assert_eq!(answer.json().get("active"), None, "{what}");
        }
        for without_scope in [&token, &plain.access, &refresh.access] {
            let answer = world.exchange(&bearer(without_scope));
            assert_eq!(refusal(&answer), (403, "insufficient_scope".to_owned()));
            assert_eq!(answer.json().get("active"), None);
        }
        // Authenticated without the right to this token: no verdict that could be told apart.
        for party in [&pair.evil, &pair.web, &pair.rs2] {
            assert_inactive(&world.introspect(&pair.a, party, &token));
        }
    });
}

#[test]
fn sec_125_a_bearer_with_the_scope_asks_with_the_right_of_its_client() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.for_rs1(world);
        for (right, sees) in [("own", false), ("audience", false), ("tenant", true)] {
            let declaration = json!({"grant_types": ["client_credentials"],
                "scope": "vidimus.introspect read", "introspect": right});
            let client = world.client(&pair.a, &format!("asks-{right}"), declaration);
            let bearer = world.token(&pair.a, &client, &[]);
            let own = world.exchange(&asked(&pair.a, &bearer).bearer(&bearer));
            assert!(verdict(&own), "{right}: its own token");
            let others = world.exchange(&asked(&pair.a, &token).bearer(&bearer));
            assert_eq!(verdict(&others), sees, "{right}");
            // The right of the client counts, so it ends with the client's token.
            assert_eq!(world.revoke(&pair.a, &client, &bearer).status, 200);
            let answer = world.exchange(&asked(&pair.a, &token).bearer(&bearer));
            assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()));
        }
    });
}

#[test]
fn sec_126_only_the_audience_and_the_owner_are_told() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let declaration = json!({"grant_types": ["client_credentials"], "introspect": "audience"});
        let evil_with_right = world.client(&pair.a, "evil-with-right", declaration);
        for token in [pair.for_rs1(world), pair.jwt_for_rs1(world), pair.of_alice(world).access] {
            let owner = world.reason(&pair.a, Some(&pair.svc), &token) == Value::Null;
            let signed = world.reason(&pair.a, Some(&pair.signed), &token) == Value::Null;
            let web = world.reason(&pair.a, Some(&pair.web), &token) == Value::Null;
            assert_eq!([owner, signed, web].iter().filter(|&&owns| owns).count(), 1);
            let askers = [
                (&pair.rs1, true),
                (&pair.auditor, true),
                (&pair.svc, owner),
                (&pair.signed, signed),
                (&pair.web, web),
                (&pair.rs2, false),
                (&pair.evil, false),
                (&evil_with_right, false),
            ];
            for (party, told) in askers {
                assert_eq!(world.is_active(&pair.a, party, &token), told, "{}", party.id);
            }
        }
    });
}

#[test]
fn sec_126_several_audiences_and_none() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let both = world.token(&pair.a, &pair.svc, &[("resource", RS1), ("resource", RS2)]);
        let none = world.token(&pair.a, &pair.svc, &[]);
        // RFC 9068 wants an audience, so a JWT without one names its client. That is no resource
        // server.
        let jwt = world.token(&pair.a, &pair.signed, &[]);
        for (party, told) in [(&pair.rs1, true), (&pair.rs2, true), (&pair.evil, false)] {
            assert_eq!(world.is_active(&pair.a, party, &both), told, "{}", party.id);
            assert!(!world.is_active(&pair.a, party, &none), "{}", party.id);
            assert!(!world.is_active(&pair.a, party, &jwt), "{}", party.id);
        }
        assert!(world.is_active(&pair.a, &pair.svc, &none));
        assert!(world.is_active(&pair.a, &pair.signed, &jwt));
    });
}

#[test]
fn sec_127_a_signed_answer_says_no_more() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let revoked = world.token(&pair.a, &pair.svc, &[("resource", RS1)]);
        world.revoke(&pair.a, &pair.svc, &revoked);
        let alice = pair.of_alice(world);
        let cases = [
            (&pair.rs2, pair.for_rs1(world)),
            (&pair.evil, pair.jwt_for_rs1(world)),
            (&pair.rs1, alice.refresh().to_owned()),
            (&pair.rs1, revoked),
            (&pair.rs1, "nonsense".to_owned()),
        ];
        for (party, token) in cases {
            let accepts =
                [JWT.to_owned(), format!("application/json;q=0.1, {JWT}"), format!("{JWT}, */*")];
            for accept in accepts {
                let request = introspection(&pair.a, party, &token).header("Accept", &accept);
                let answer = world.exchange(&request);
                assert_eq!(told_in_jwt(&answer), json!({"active": false}), "{accept}");
                let claims = part(answer.text(), 1);
                let names: Vec<_> = claims.as_object().expect("claims").keys().cloned().collect();
                assert_eq!(names, ["iss", "aud", "iat", "token_introspection"]);
            }
            for accept in ["application/json", "*/*", "application/*", "text/html", "nonsense"] {
                let request = introspection(&pair.a, party, &token).header("Accept", accept);
                assert_inactive(&world.exchange(&request));
            }
        }
    });
}

/// One question of SEC-142: who asks, where, and for which form of answer.
struct Question<'a> {
    tenant: &'a Tenant,
    party: &'a Party,
    accept: &'a str,
    hint: Option<&'a str>,
    told: bool,
}

fn ask(world: &World, question: &Question<'_>, token: &str) -> bool {
    let mut parameters = vec![("token", token)];
    parameters.extend(question.hint.map(|hint| ("token_type_hint", hint)));
    let request = Request::post(&question.tenant.at("/oauth2/introspect"))
        .basic(&question.party.id, &question.party.secret)
        .header("Accept", question.accept)
        .form(&parameters);
    let answer = world.exchange(&request);
    if question.accept == JWT {
        told_in_jwt(&answer)["active"] == json!(true)
    } else {
        verdict(&answer)
    }
}

#[test]
fn sec_142_no_answer_depends_on_who_asked_before() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let question =
            |tenant, party, accept, hint, told| Question { tenant, party, accept, hint, told };
        let questions = [
            question(&pair.a, &pair.rs1, "application/json", None, true),
            question(&pair.a, &pair.rs2, JWT, None, false),
            question(&pair.b, &pair.rs_b, "application/json", Some("access_token"), false),
            question(&pair.a, &pair.rs1, JWT, Some("refresh_token"), true),
        ];
        for order in permutations() {
            for jwt in [false, true] {
                let token = if jwt { pair.jwt_for_rs1(world) } else { pair.for_rs1(world) };
                for which in order {
                    let question = &questions[which];
                    let told = ask(world, question, &token);
                    assert_eq!(told, question.told, "question {which} of {order:?}, JWT: {jwt}");
                }
                let owner = if jwt { &pair.signed } else { &pair.svc };
                world.revoke(&pair.a, owner, &token);
                for which in order {
                    assert!(!ask(world, &questions[which], &token), "{which} after revocation");
                }
            }
        }
    });
}

/// All 24 orders of four.
pub fn permutations() -> Vec<[usize; 4]> {
    let all = (0..256).map(|n| [n % 4, n / 4 % 4, n / 16 % 4, n / 64]);
    all.filter(|order| (0..4).all(|wanted| order.contains(&wanted))).collect()
}

#[test]
fn sec_145_a_revoked_token_opens_nothing() {
    on_each_store(|world| {
        let root = Tenant::root(&world.server);
        let id = format!("admin-{}", root.issuer.len() + crate::world::unique() as usize);
        let declaration = json!({"grant_types": ["client_credentials"], "introspect": "tenant",
            "scope": "vidimus.admin vidimus.introspect"});
        let client = world.client(&root, &id, declaration);
        let bearer = world.token(&root, &client, &[]);
        let requests = [
            Request::get("/admin/v1/status").bearer(&bearer),
            Request::get("/admin/v1/tenants").bearer(&bearer),
            asked(&root, &bearer).bearer(&bearer),
            Request::post("/admin/v1/tenants/default/tokens/introspect")
                .bearer(&bearer)
                .json(&json!({"token": bearer})),
        ];
        for request in &requests {
            assert_eq!(world.exchange(request).status, 200, "{}", request.target);
        }
        assert_eq!(world.revoke(&root, &client, &bearer).status, 200);
        for request in &requests {
            let answer = world.exchange(request);
            assert_eq!(refusal(&answer), (401, "invalid_token".to_owned()), "{}", request.target);
        }
    });
}

/// Not even where everybody has just been let in with it, a hundred times.
#[test]
fn sec_145_what_was_let_in_a_moment_ago_is_not_when_it_is_revoked() {
    on_each_store(|world| {
        let house = house(world, json!({}));
        let mut alice = house.signed_in(world, "alice");
        let code = house.code(world, &mut alice, &house.ask("web"));
        let (token, _) = tokens(world, &world.exchange(&house.redeem("web", &code, &[])));
        let userinfo = Request::get(&house.tenant.at("/oauth2/userinfo")).bearer(&token);
        let posted = Request::post(&house.tenant.at("/oauth2/userinfo")).bearer(&token).form(&[]);
        let mut connection = world.connect();
        let mut ask = |request: &Request| connection.exchange(request).expect("an answer");
        for _ in 0..50 {
            assert_eq!(ask(&userinfo).status, 200);
            assert_eq!(ask(&posted).status, 200);
        }
        let pages = [
            // An access token never opens these, good or not.
            Request::get(&house.tenant.at("/account")).bearer(&token),
            Request::get("/admin/v1/tenants").bearer(&token),
            Request::post(&house.tenant.at("/oauth2/register"))
                .bearer(&token)
                .json(&json!({"redirect_uris": ["https://app.example/cb"]})),
        ];
        let before: Vec<_> = pages.iter().map(|page| ask(page).status).collect();
        assert_eq!(before, [303, 401, 401]);
        assert_eq!(world.revoke(&house.tenant, &house.web, &token).status, 200);
        for request in [&userinfo, &posted] {
            let answer = ask(request);
            assert_eq!(answer.status, 401, "{}", answer.text());
            let challenge = answer.header("WWW-Authenticate").unwrap_or_default();
            assert!(challenge.contains("invalid_token"), "{challenge}");
        }
        assert_eq!(pages.iter().map(|page| ask(page).status).collect::<Vec<_>>(), before);
    });
}
