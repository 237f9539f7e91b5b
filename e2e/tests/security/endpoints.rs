//! What the token, introspection and revocation endpoints accept as a request at all (SEC-050,
//! SEC-140).
//!
//! The rows for /userinfo and /register arrive with those endpoints.

use vidimus_e2e::http::{Request, Response, form, form_encode};

use crate::pair::Pair;
use crate::search::Search;
use crate::world::{Tenant, World, on_each_store, refusal};

const FORM: &str = "application/x-www-form-urlencoded";
const ENDPOINTS: [&str; 3] = ["/oauth2/token", "/oauth2/introspect", "/oauth2/revoke"];

/// A request that would succeed at the endpoint, but for what the check does to it.
fn parameters<'a>(endpoint: &str, token: &'a str) -> Vec<(&'static str, &'a str)> {
    match endpoint {
        "/oauth2/token" => vec![("grant_type", "client_credentials")],
        _ => vec![("token", token)],
    }
}

fn with_credentials<'a>(pair: &'a Pair, of: &[(&'a str, &'a str)]) -> String {
    let more = [("client_id", pair.svc.id.as_str()), ("client_secret", pair.svc.secret.as_str())];
    form(&[of, &more].concat())
}

fn refused(answer: &Response, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{what}");
    assert_eq!(answer.header("Content-Type"), Some("application/json"), "{what}");
    assert!(!answer.text().contains("vat_"), "{what}: {}", answer.text());
}

#[test]
fn sec_050_only_a_posted_form_counts() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = world.token(&pair.a, &pair.svc, &[]);
        for endpoint in ENDPOINTS {
            let target = pair.a.at(endpoint);
            let given = parameters(endpoint, &token);
            let body = with_credentials(&pair, &given);
            let post = |content_type: &str, body: String| {
                Request::post(&target).header("Content-Type", content_type).body(body)
            };
            let json = serde_json::json!({"grant_type": "client_credentials", "token": token,
                "client_id": "svc", "client_secret": pair.svc.secret});
            let json = json.to_string();
            let multipart =
                "--x\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nx\r\n--x--\r\n";
            let cases = [
                ("JSON", post("application/json", json), 400),
                ("multipart", post("multipart/form-data; boundary=x", multipart.to_owned()), 400),
                ("no type", Request::post(&target).body(body.clone()), 400),
                ("other charset", post(&format!("{FORM}; charset=utf-7"), body.clone()), 400),
                ("two types", post(FORM, body.clone()).header("Content-Type", FORM), 400),
                ("encoded", post(FORM, body.clone()).header("Content-Encoding", "gzip"), 400),
            ];
            for (what, request, status) in cases {
                refused(&world.exchange(&request), status, &format!("{what} at {endpoint}"));
            }
            for method in ["GET", "PUT", "PATCH", "DELETE"] {
                let request =
                    Request::new(method, &target).header("Content-Type", FORM).body(body.clone());
                let answer = world.exchange(&request);
                refused(&answer, 405, &format!("{method} at {endpoint}"));
                assert_eq!(answer.header("Allow"), Some("POST"));
            }
            assert_eq!(world.exchange(&post(FORM, body)).status, 200, "the request itself is good");
        }
    });
}

#[test]
fn sec_050_credentials_in_the_query_are_never_honoured() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = world.token(&pair.a, &pair.svc, &[]);
        for endpoint in ENDPOINTS {
            let given = parameters(endpoint, &token);
            let everything = with_credentials(&pair, &given);
            let secret = form(&[("client_secret", &pair.svc.secret)]);
            let with_id = [given.as_slice(), &[("client_id", "svc")]].concat();
            let (query_token, query_code) = (form(&[("token", &token)]), "code=abc".to_owned());
            let cases = [
                (everything.clone(), String::new()),
                (secret, form(&with_id)),
                (query_token, everything.clone()),
                (query_code, everything.clone()),
            ];
            for (query, body) in cases {
                let target = format!("{}?{query}", pair.a.at(endpoint));
                let post = Request::post(&target).header("Content-Type", FORM).body(body);
                refused(&world.exchange(&post), 400, "POST with a query");
                refused(&world.exchange(&Request::get(&target)), 405, "GET with a query");
            }
        }
        assert!(world.is_active(&pair.a, &pair.svc, &token), "nothing of this revoked the token");
    });
}

#[test]
fn sec_050_no_answer_may_be_stored() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = world.token(&pair.a, &pair.svc, &[]);
        for endpoint in ENDPOINTS {
            let good = Request::post(&pair.a.at(endpoint)).form(&parameters(endpoint, &token));
            let bearer = good.clone().bearer("nonsense");
            let bad_token = Request::post(&pair.a.at(endpoint)).basic("svc", &pair.svc.secret);
            let nowhere = Request::post(&format!("/t/nobody-there{endpoint}"));
            let cases = [
                good.clone().basic("svc", &pair.svc.secret),
                good.clone().basic("svc", "wrong"),
                good,
                bearer,
                bad_token.form(&[]),
                nowhere.form(&parameters(endpoint, &token)).basic("svc", &pair.svc.secret),
                Request::get(&pair.a.at(endpoint)),
            ];
            for request in cases {
                let answer = world.exchange(&request);
                assert_eq!(answer.header("Cache-Control"), Some("no-store"), "{request:?}");
                assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"));
                assert_eq!(answer.header_all("Set-Cookie"), Vec::<&str>::new());
                assert_eq!(answer.header_all("Server"), Vec::<&str>::new());
            }
        }
    });
}

#[test]
fn sec_140_get_is_refused_and_its_query_not_logged() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = pair.for_rs1(world);
        for path in ["/oauth2/introspect", "/oauth2/revoke"] {
            for method in ["GET", "HEAD"] {
                let target = format!("{}?token={}", pair.a.at(path), form_encode(&token));
                let request = Request::new(method, &target).basic("rs1", &pair.rs1.secret);
                let answer = world.exchange(&request);
                assert_eq!(
                    (answer.status, answer.header("Allow")),
                    (405, Some("POST")),
                    "{method}"
                );
            }
        }
        assert!(world.is_active(&pair.a, &pair.svc, &token));
        let search = Search::new(std::slice::from_ref(&token));
        assert_eq!(search.hits(world.server.stderr().as_bytes()), Vec::<&str>::new());
    });
}

/// RFC 7009's product forms by GET or JSONP are off where no tenant has switched them on.
#[test]
fn sec_140_nothing_is_revoked_by_get_at_the_standard_endpoint() {
    on_each_store(|world| {
        let pair = Pair::of(world);
        let token = world.token(&pair.a, &pair.svc, &[]);
        let get = |world: &World, tenant: &Tenant, more: &str| {
            let target =
                format!("{}?token={}{more}", tenant.at("/oauth2/revoke"), form_encode(&token));
            world.exchange(&Request::get(&target).basic("svc", &pair.svc.secret))
        };
        for more in ["", "&callback=alert", "&jsonp=alert"] {
            let answer = get(world, &pair.a, more);
            assert_eq!(refusal(&answer), (405, "invalid_request".to_owned()));
            assert!(!answer.text().contains("alert"), "{}", answer.text());
        }
        assert!(world.is_active(&pair.a, &pair.svc, &token));
    });
}
