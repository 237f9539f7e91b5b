//! What a wire file cannot compute: signatures, claims and the shapes of ids, asked of the real
//! program over real HTTP.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::visitor::Visitor;

const WORLD: &str = r#"
[[tenant]]
id = "default"

[tenant.policy]
allow_password_grant = true
access_token_ttl_seconds = 7200

[[tenant.client]]
client_id = "service"
client_secret = "1955279925675241571"
grant_types = ["client_credentials", "password", "refresh_token"]
scope = "id api openid billing"
introspect = "tenant"

[[tenant.client]]
client_id = "administrator"
client_secret = "secret-of-the-administrator"
grant_types = ["client_credentials"]
scope = "vidimus.admin"

[[tenant.client]]
client_id = "tanzu-cli-client-id"
token_endpoint_auth_method = "none"
redirect_uris = ["http://127.0.0.1/callback"]
grant_types = ["authorization_code", "refresh_token"]
response_types = ["code"]
scope = "openid ALL_PERMISSIONS"
preauthorized_users = ["*"]

[[tenant.user]]
username = "jdoe@vmware.example"
password = "password of jdoe"
roles = ["csp:org_owner", "csp:developer"]

[[tenant.api_token]]
id = "of-jdoe"
token = "api-token-of-jdoe-for-this-test-0123456789"
username = "jdoe@vmware.example"
scope = "openid ALL_PERMISSIONS billing"
expires_in_seconds = 15552000

[[tenant]]
id = "wso2.com"
dialects = ["wso2"]

[tenant.policy]
allow_password_grant = true

[[tenant.client]]
client_id = "playground"
client_secret = "secret-of-the-playground"
grant_types = ["client_credentials", "password", "refresh_token"]
scope = "test"

[[tenant.user]]
username = "admin@wso2.com"
password = "admin"
"#;
const SECRET: &str = "1955279925675241571";
const API_TOKEN: &str = "api-token-of-jdoe-for-this-test-0123456789";
const CSP: &str = "/csp/gateway/am/api";

fn on_each_store(act: impl Fn(&Server)) {
    for store in Store::ALL {
        act(&Server::start(&Setup::new(store).world(WORLD)));
    }
}

fn ok(server: &Server, request: &Request) -> Response {
    let answer = server.exchange(request);
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

/// The three check characters, written anew from how the product describes them.
fn checked(short: &str) -> String {
    let characters: Vec<char> = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345".chars().collect();
    let letters: Vec<char> = short.chars().collect();
    let group = |of: &[char]| -> usize {
        (0..5).filter(|at| of[*at].is_ascii_uppercase()).map(|at| 1 << at).sum()
    };
    let suffix: String = letters.chunks(5).map(|of| characters[group(of)]).collect();
    format!("{short}{suffix}")
}

#[test]
fn a_salesforce_client_can_check_signature_ids_and_moments() {
    on_each_store(|server| {
        for (grant, more) in [
            ("client_credentials", &[][..]),
            (
                "password",
                &[("username", "jdoe@vmware.example"), ("password", "password of jdoe")][..],
            ),
        ] {
            let own = [("grant_type", grant), ("client_id", "service"), ("client_secret", SECRET)];
            let request = Request::post("/services/oauth2/token").form(&[&own[..], more].concat());
            let reply = ok(server, &request);
            let (token, id) = (reply.member("access_token"), reply.member("id"));
            let issued_at = reply.member("issued_at");

            let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
            let signed = STANDARD.decode(reply.member("signature")).expect("base64");
            hmac::verify(&key, format!("{id}{issued_at}").as_bytes(), &signed)
                .expect("the signature is of id and issued_at");

            let mut parts = id.rsplit('/');
            let (user, organization) = (parts.next().unwrap(), parts.next().unwrap());
            for (long, prefix) in [(user, "005"), (organization, "00D")] {
                assert!(long.starts_with(prefix), "{long}");
                assert_eq!(checked(&long[..15]), long);
            }
            let (before, opaque) = token.split_once('!').expect("the mark between the two");
            assert_eq!(before, &organization[..15]);
            let known = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '_';
            assert!(!opaque.is_empty() && opaque.chars().all(known), "{token}");

            let asked = [("token", token.as_str()), ("client_id", "service")];
            let asked = [&asked[..], &[("client_secret", SECRET)]].concat();
            let told =
                ok(server, &Request::post("/services/oauth2/introspect").form(&asked)).json();
            let iat = told["iat"].as_i64().unwrap();
            assert_eq!(told["exp"].as_i64().unwrap() - iat, 7200);
            assert_eq!(told["nbf"].as_i64().unwrap(), iat);
            assert_eq!(issued_at.parse::<i64>().unwrap() / 1000, iat, "milliseconds");
        }
    });
}

#[test]
fn a_salesforce_id_token_is_of_the_identity_url() {
    on_each_store(|server| {
        let request = Request::post("/oauth2/token");
        let request = request.basic("administrator", "secret-of-the-administrator");
        let form = [("grant_type", "client_credentials")];
        let admin = ok(server, &request.form(&form)).member("access_token");
        let wanted =
            json!({"client_id": "service", "username": "jdoe@vmware.example", "refresh": true});
        let request = Request::post("/admin/v1/tenants/default/tokens").bearer(&admin);
        let minted = ok(server, &request.json(&wanted)).member("refresh_token");
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "service"),
            ("client_secret", SECRET),
            ("refresh_token", &minted),
        ];
        let reply = ok(server, &Request::post("/services/oauth2/token").form(&form));
        let claims = claims(server, &reply.member("id_token"));
        assert_eq!(claims["sub"], reply.json()["id"]);
        let request = Request::get("/services/oauth2/userinfo");
        let person = ok(server, &request.bearer(&reply.member("access_token"))).json();
        assert_eq!(claims["sub"], person["sub"]);
    });
}

fn bought(server: &Server, scope: &[(&str, &str)]) -> Response {
    let form = [&[("api_token", API_TOKEN)][..], scope].concat();
    ok(server, &Request::post(&format!("{CSP}/auth/api-tokens/authorize")).form(&form))
}

/// Of a token that is signed with RS256 by the key that the server publishes as PEM.
fn claims(server: &Server, token: &str) -> Value {
    let published = ok(server, &Request::get(&format!("{CSP}/auth/token-public-key")));
    let pem = published.member("value");
    let der: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let key = UnparsedPublicKey::new(
        &RSA_PKCS1_2048_8192_SHA256,
        STANDARD.decode(der).expect("the PEM has base64"),
    );
    let (signed, signature) = token.rsplit_once('.').expect("a JWT");
    let part = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64url");
    key.verify(signed.as_bytes(), &part(signature)).expect("signed by that key");
    let (header, claims) = signed.split_once('.').expect("a JWT");
    let read = |text: &str| -> Value { serde_json::from_slice(&part(text)).expect("JSON") };
    assert_eq!(read(header)["alg"], published.json()["alg"]);
    let claims = read(claims);
    assert_eq!(claims["iss"], published.json()["issuer"]);
    claims
}

fn names(claims: &Value) -> Vec<&str> {
    let mut names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_csp_access_token_says_who_where_and_what_they_may_do() {
    on_each_store(|server| {
        let reply = bought(server, &[]);
        assert_eq!(reply.json()["expires_in"], 1799);
        let token = reply.member("access_token");
        let read = claims(server, &token);
        let every = [
            "acct",
            "context",
            "context_name",
            "domain",
            "exp",
            "iat",
            "iss",
            "jti",
            "perms",
            "sub",
            "username",
        ];
        assert_eq!(names(&read), every);
        assert_eq!(read["exp"].as_i64().unwrap(), read["iat"].as_i64().unwrap() + 1800);
        assert_eq!(read["acct"], "jdoe@vmware.example");
        assert_eq!(
            (&read["username"], &read["domain"]),
            (&json!("jdoe"), &json!("vmware.example"))
        );
        assert_eq!(read["perms"], json!(["csp:org_owner", "csp:developer"]));
        assert_eq!(read["context"], read["context_name"]);
        let sub = read["sub"].as_str().unwrap();
        assert_eq!(sub.strip_prefix("vmwareid:").map(str::len), Some(36), "{sub}");

        let person = ok(server, &Request::get(&format!("{CSP}/userinfo")).bearer(&token)).json();
        assert_eq!((&person["sub"], &person["context"]), (&read["sub"], &read["context"]));
        let request = Request::post(&format!("{CSP}/auth/introspect"));
        let request = request.basic("service", SECRET).form(&[("token", API_TOKEN)]);
        let told = ok(server, &request).json();
        assert_eq!((&told["sub"], &told["orgId"]), (&read["sub"], &read["context_name"]));
        let exp = told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap();
        assert_eq!(exp, 15_552_000);

        let narrow = bought(server, &[("scope", "openid billing")]).member("access_token");
        assert_eq!(claims(server, &narrow)["perms"], json!(["billing"]));
    });
}

#[test]
fn a_csp_sign_in_tells_the_command_line_who_where_and_what_they_may_do() {
    const CLI: &str = "tanzu-cli-client-id";
    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let redirect_uri = ("redirect_uri", "http://127.0.0.1:49152/callback");
    on_each_store(|server| {
        let asked = [
            ("response_type", "code"),
            ("client_id", CLI),
            redirect_uri,
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let target = format!("/csp/gateway/discovery?{}", form(&asked));
        let mut visitor = Visitor::default();
        let back = visitor.sign_in(server, &target, "jdoe@vmware.example", "password of jdoe");
        let code = back.split_once("code=").expect("a code").1.split('&').next().unwrap();
        let exchange = [
            ("grant_type", "authorization_code"),
            ("code", code),
            redirect_uri,
            ("code_verifier", VERIFIER),
        ];
        let request = Request::post(&format!("{CSP}/auth/token")).basic(CLI, "");
        let reply = ok(server, &request.form(&exchange));

        let access = claims(server, &reply.member("access_token"));
        assert_eq!((&access["azp"], &access["username"]), (&json!(CLI), &json!("jdoe")));
        assert_eq!(access["perms"], json!(["csp:org_owner", "csp:developer"]));
        assert_eq!(access["context"], access["context_name"]);
        let id = claims(server, &reply.member("id_token"));
        assert_eq!((&id["sub"], &id["nonce"]), (&access["sub"], &json!("n")));
        assert_eq!(id["aud"], CLI);
    });
}

#[test]
fn a_csp_client_s_own_token_names_the_client() {
    on_each_store(|server| {
        let form = [("grant_type", "client_credentials"), ("scope", "billing")];
        let request = Request::post(&format!("{CSP}/auth/token")).basic("service", SECRET);
        let read = claims(server, &ok(server, &request.form(&form)).member("access_token"));
        let every = ["azp", "context", "context_name", "exp", "iat", "iss", "jti", "perms", "sub"];
        assert_eq!(names(&read), every);
        assert_eq!((&read["azp"], &read["sub"]), (&json!("service"), &json!("service")));
        assert_eq!(read["perms"], json!(["billing"]));
    });
}

#[test]
fn csp_errors_have_six_members_before_any_endpoint_is_reached() {
    let members = ["cspErrorCode", "errorCode", "message", "moduleCode", "requestId", "statusCode"];
    on_each_store(|server| {
        let path = format!("{CSP}/auth/introspect");
        let form = |body: String| {
            Request::post(&path)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .body(body)
        };
        for (status, request) in [
            (404, Request::post(&format!("{CSP}/auth/nothing"))),
            (405, Request::new("DELETE", &path)),
            (413, form(format!("token={}", "x".repeat(100_000)))),
            (414, Request::get(&format!("{path}?token={}", "x".repeat(1 << 14)))),
        ] {
            let answer = server.exchange(&request);
            assert_eq!(answer.status, status, "{}", answer.text());
            assert_eq!(answer.header("content-type"), Some("application/json"));
            let told = answer.json();
            assert_eq!(names(&told), members, "{told}");
            assert_eq!(told["statusCode"], status);
            assert_eq!(told["requestId"].as_str(), answer.header("x-request-id"));
            assert_eq!(answer.header("allow").is_some(), status == 405);
        }
    });
}

/// A UUID of version 3, with the variant of RFC 9562.
fn is_uuid_3(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.chars().all(hex))
        && groups[2].starts_with('3')
        && groups[3].starts_with(['8', '9', 'a', 'b'])
}

#[test]
fn wso2_tokens_are_uuids_of_version_3() {
    on_each_store(|server| {
        let request = Request::post("/t/wso2.com/oauth2/token");
        let request = request.basic("playground", "secret-of-the-playground");
        let user = [("username", "admin@wso2.com"), ("password", "admin")];
        let own = request.clone().form(&[("grant_type", "client_credentials")]);
        let theirs = request.form(&[&[("grant_type", "password")][..], &user].concat());
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(ok(server, &own).member("access_token"));
            let reply = ok(server, &theirs);
            seen.extend(["access_token", "refresh_token"].map(|name| reply.member(name)));
        }
        assert!(seen.iter().all(|token| is_uuid_3(token)), "{seen:?}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 12);
    });
}
