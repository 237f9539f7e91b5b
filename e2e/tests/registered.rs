//! A client that the seed's own registration call made completes each response type and each grant
//! that it was given, on each store, at the root and below a site.

use std::collections::BTreeMap;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use vidimus_e2e::binary::workspace;
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::visitor::Visitor;

const TOKEN: &str = "init-Yh2xqQm8Zr4tVb6nKc1wLs";
const USER: (&str, &str) = ("test@test.com", "correct horse battery staple");
/// What the call registers.
const REDIRECT_URI: &str = "http://localhost";
const SCOPE: &str = "openid refresh_token id api";
const WORLD: &str = r#"
[[tenant]]
id = "default"

[[tenant.registration_token]]
id = "first"
token = "init-Yh2xqQm8Zr4tVb6nKc1wLs"
uses = 10
expires_in_seconds = 86400

[[tenant.user]]
username = "test@test.com"
password = "correct horse battery staple"
email = "test@test.com"

[[tenant]]
id = "customers"
path_aliases = ["/customers"]

[[tenant.registration_token]]
id = "first"
token = "init-Yh2xqQm8Zr4tVb6nKc1wLs"
uses = 10
expires_in_seconds = 86400

[[tenant.user]]
username = "test@test.com"
password = "correct horse battery staple"
email = "test@test.com"
"#;

/// Where the client was registered, and as what.
struct App<'a> {
    server: &'a Server,
    site: &'a str,
    issuer: String,
    client_id: String,
    secret: String,
    visitor: Visitor,
}

/// What came back at the redirect URI.
type Back = BTreeMap<String, String>;

/// The body between the quotes of the page's curl command.
fn body_of_the_page() -> String {
    let path = workspace().join("e2e/clients/seeds/salesforce/registration.curl");
    let command = fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{path:?}: {fault}"));
    command.split('\'').nth(1).expect("a body in quotes").to_owned()
}

impl<'a> App<'a> {
    fn register(server: &'a Server, site: &'a str) -> Self {
        let request = Request::post(&format!("{site}/services/oauth2/register"))
            .header("Content-Type", "application/json")
            .header("Accept", "application/json")
            .bearer(TOKEN)
            .body(body_of_the_page());
        let made = server.exchange(&request);
        assert_eq!(made.status, 201, "{}", made.text());
        let told = made.json();
        assert_eq!(told["response_types"], json!(["code", "token", "id_token"]));
        let grants = ["authorization_code", "hybrid_auth_code", "implicit", "refresh_token"];
        assert_eq!(told["grant_types"], json!(grants));
        assert_eq!(told["redirect_uris"], json!([REDIRECT_URI]));
        let tenant = if site.is_empty() { "" } else { "/t/customers" };
        Self {
            server,
            site,
            issuer: format!("{}{tenant}", server.issuer()),
            client_id: made.member("client_id"),
            secret: made.member("client_secret"),
            visitor: Visitor::default(),
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}/services/oauth2/{path}", self.site)
    }

    fn authorize(&self, response_type: &str, more: &[(&str, &str)]) -> String {
        let own = [
            ("response_type", response_type),
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", REDIRECT_URI),
            ("state", "xyz"),
        ];
        format!("{}?{}", self.at("authorize"), form(&[&own[..], more].concat()))
    }

    /// The user signs in and allows what the client asks for.
    fn sign_in(&mut self, target: &str) -> Back {
        let page = self.visitor.visit(self.server, target);
        let fields = [("username", USER.0), ("password", USER.1), ("action", "login")];
        let asked = self.visitor.submit(self.server, &page, &fields);
        assert!(asked.answer.text().contains("Example Olivier"), "{}", asked.answer.text());
        let allowed = self.visitor.submit(self.server, &asked, &[("action", "allow")]);
        self.back(&allowed.sent_to().expect("sent back"))
    }

    /// Once the user has allowed as much, nobody is asked.
    fn silently(&mut self, response_type: &str, more: &[(&str, &str)]) -> Back {
        let target = self.authorize(response_type, &[&[("immediate", "true")][..], more].concat());
        let answer = self.visitor.visit(self.server, &target);
        self.back(&answer.sent_to().unwrap_or_else(|| panic!("{}", answer.answer.text())))
    }

    fn back(&self, location: &str) -> Back {
        let rest = location.strip_prefix(REDIRECT_URI).expect("the client's own address");
        let pairs = rest.strip_prefix(['?', '#']).expect("a query or a fragment").split('&');
        let pairs = pairs.map(|pair| pair.split_once('=').expect("a value"));
        let back: Back =
            pairs.map(|(name, value)| (name.to_owned(), percent_decoded(value))).collect();
        assert!(!back.contains_key("error"), "{location}");
        assert_eq!((&back["state"], &back["iss"]), (&"xyz".to_owned(), &self.issuer));
        // What is a secret by itself never travels in a query (Multiple Response Types §3.0).
        assert_eq!(rest.starts_with('#'), !back.contains_key("code"), "{location}");
        back
    }

    fn ask(&self, path: &str, more: &[(&str, &str)]) -> Response {
        let own = [("client_id", self.client_id.as_str()), ("client_secret", &self.secret)];
        let request = Request::post(&self.at(path)).form(&[&own[..], more].concat());
        self.server.exchange(&request)
    }

    fn token(&self, more: &[(&str, &str)]) -> Response {
        let answer = self.ask("token", more);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let id = answer.member("id");
        self.is_good(&answer.member("access_token"), "access_token", &id);
        answer
    }

    /// Active to its own client, and of the user whose identity URL it names.
    fn is_good(&self, token: &str, kind: &str, id: &str) {
        let told = self.ask("introspect", &[("token", token), ("token_type_hint", kind)]).json();
        assert_eq!(told["active"], true, "{told}");
        assert_eq!((&told["client_id"], &told["sub"]), (&json!(self.client_id), &json!(id)));
        assert_eq!((&told["username"], &told["token_type"]), (&json!(USER.0), &json!(kind)));
        if kind == "access_token" {
            let path = id.strip_prefix(&self.server.issuer()).expect("an address of ours");
            let seen = self.server.exchange(&Request::get(path).bearer(token));
            assert_eq!((seen.status, seen.member("username")), (200, USER.0.to_owned()));
        }
    }

    fn is_over(&self, token: &str) {
        let told = self.ask("introspect", &[("token", token)]);
        assert_eq!((told.status, told.text()), (200, r#"{"active":false}"#));
    }

    /// Checked as a client does: signature, issuer, audience, time.
    fn claims(&self, id_token: &str) -> Value {
        let keys = self.server.exchange(&Request::get(&format!("{}/id/keys", self.site)));
        let keys: JwkSet = serde_json::from_str(keys.text()).expect("keys");
        let header = jsonwebtoken::decode_header(id_token).expect("a JWT");
        let key = keys.find(&header.kid.expect("a key's id")).expect("a key of the set");
        let mut wanted = Validation::new(Algorithm::RS256);
        wanted.set_audience(&[&self.client_id]);
        wanted.set_issuer(&[&self.issuer]);
        let key = DecodingKey::from_jwk(key).expect("a public key");
        jsonwebtoken::decode::<Value>(id_token, &key, &wanted).expect("a good ID token").claims
    }
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, left @ ..] = rest {
        match (first, left) {
            (b'%', [high, low, left @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).expect("ASCII");
                bytes.push(u8::from_str_radix(digits, 16).expect("hexadecimal"));
                rest = left;
            }
            _ => {
                bytes.push(*first);
                rest = left;
            }
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

/// Half of the digest (OpenID Connect Core §3.1.3.6).
fn half_hash(text: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    URL_SAFE_NO_PAD.encode(&digest.as_ref()[..16])
}

/// On a fresh client, whose user has signed in once and allowed it everything.
fn with_each_app(act: impl Fn(&mut App<'_>, &Back)) {
    for store in Store::ALL {
        let server = Server::start(&Setup::new(store).world(WORLD));
        for site in ["", "/customers"] {
            let mut app = App::register(&server, site);
            let first = app.authorize("code", &[("scope", SCOPE), ("nonce", "n-1")]);
            let back = app.sign_in(&first);
            act(&mut app, &back);
        }
    }
}

#[test]
fn by_code_and_refresh_token() {
    with_each_app(|app, back| {
        let asked = [
            ("grant_type", "authorization_code"),
            ("code", &back["code"]),
            ("redirect_uri", REDIRECT_URI),
        ];
        let given = app.token(&asked);
        let id = given.member("id");
        let claims = app.claims(&given.member("id_token"));
        assert_eq!((&claims["sub"], &claims["nonce"]), (&json!(id), &json!("n-1")));
        let refresh = given.member("refresh_token");
        app.is_good(&refresh, "refresh_token", &id);
        for grant in ["refresh_token", "hybrid_refresh"] {
            let next = app.token(&[("grant_type", grant), ("refresh_token", &refresh)]);
            assert_eq!(next.member("id"), id);
            assert_eq!(app.claims(&next.member("id_token"))["sub"], claims["sub"]);
        }
        // What the code gave ends with its second use, and not before.
        let again = app.ask("token", &asked);
        assert_eq!((again.status, again.member("error")), (400, "invalid_grant".to_owned()));
        app.is_over(&given.member("access_token"));
        app.is_over(&refresh);
    });
}

#[test]
fn by_the_hybrid_s_code() {
    with_each_app(|app, back| {
        let given = app.token(&[
            ("grant_type", "hybrid_auth_code"),
            ("code", &back["code"]),
            ("redirect_uri", REDIRECT_URI),
        ]);
        app.is_good(&given.member("refresh_token"), "refresh_token", &given.member("id"));
        assert_eq!(app.claims(&given.member("id_token"))["sub"], given.member("id"));
        let ended = app.ask("revoke", &[("token", &given.member("refresh_token"))]);
        assert_eq!(ended.status, 200, "{}", ended.text());
        app.is_over(&given.member("access_token"));
        app.is_over(&given.member("refresh_token"));
    });
}

#[test]
fn by_token_and_id_token() {
    with_each_app(|app, _| {
        let (scope, nonce) = (("scope", "openid id api"), ("nonce", "n-2"));
        let token = app.silently("token", &[("scope", "id api")]);
        app.is_good(&token["access_token"], "access_token", &token["id"]);
        assert!(!token.contains_key("id_token"));

        let named = app.silently("id_token", &[("scope", "openid"), nonce]);
        assert!(!named.contains_key("access_token"));
        let claims = app.claims(&named["id_token"]);
        assert_eq!((&claims["sub"], &claims["nonce"]), (&json!(token["id"]), &json!("n-2")));

        for words in ["token id_token", "token token_id"] {
            let both = app.silently(words, &[scope, nonce]);
            app.is_good(&both["access_token"], "access_token", &both["id"]);
            let claims = app.claims(&both["id_token"]);
            assert_eq!(claims["at_hash"], half_hash(&both["access_token"]), "{words}");
            assert_eq!(claims["sub"], json!(both["id"]));
        }
    });
}
