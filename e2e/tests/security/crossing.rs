//! No credential of one tenant is any to another (SEC-290, SEC-129): every kind of credential at every
//! route of every dialect, answered as if nobody had ever issued it.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response};

use crate::keys::{SigningKey, random_bytes, random_text, seconds_now};
use crate::routes::{self, Kind};
use crate::token_text::never_issued;
use crate::twin::{ALICE, DEVICE, EXCHANGE, JWT_BEARER, SHAPES, Twin, post, twin};
use crate::world::{World, on_each_store_alone};

/// RFC 7636, appendix B.
const CHALLENGE: (&str, &str) = ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
const METHOD: (&str, &str) = ("code_challenge_method", "S256");
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How a credential is presented.
#[derive(Clone, Debug)]
pub enum Sent {
    Basic(String, String),
    /// A user's name and password are sent as they are (RFC 7617 §2).
    User(String),
    Post(String, String),
    Proof(String),
    Bearer(String),
    /// By a caller of the tenant's own, as what these parameters are about.
    About(Vec<(&'static str, String)>),
}

/// A credential of one tenant beside one of the same shape that nobody has issued.
pub struct Credential {
    name: &'static str,
    pub real: Sent,
    unknown: Sent,
}

/// Another text of the same shape: native ones with their checksum, JWTs with another `jti` and
/// signature, any other with other characters of the same kind.
fn unknown_of(text: &str) -> String {
    if let [head, body, tail] = text.split('.').collect::<Vec<_>>()[..] {
        let mut claims = crate::keys::part(text, 1);
        claims["jti"] = json!(random_text());
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        assert!(!body.is_empty() && !tail.is_empty());
        let bytes = URL_SAFE_NO_PAD.decode(tail).expect("base64url").len();
        let noise: Vec<u8> = (0..bytes).map(|_| random_bytes::<1>()[0]).collect();
        return format!("{head}.{claims}.{}", URL_SAFE_NO_PAD.encode(noise));
    }
    if ["vat_", "vrt_", "vdc_"].iter().any(|prefix| text.starts_with(prefix)) && text.len() == 65 {
        return never_issued(text);
    }
    let keep = if text.contains('!') { 16 } else { 4 };
    let (kept, rest) = text.split_at(keep);
    let other = |c: char| match c {
        '0'..='9' => char::from(b'0' + random_bytes::<1>()[0] % 10),
        'a'..='f' => char::from(b'a' + random_bytes::<1>()[0] % 6),
        'g'..='z' => char::from(b'g' + random_bytes::<1>()[0] % 20),
        'A'..='Z' => char::from(b'A' + random_bytes::<1>()[0] % 26),
        other => other,
    };
    // The version and the variant of a UUID stay.
    let is_uuid = text.len() == 36;
    let rest: String = rest
        .char_indices()
        .map(|(at, c)| if is_uuid && matches!(at + keep, 14 | 19) { c } else { other(c) })
        .collect();
    format!("{kept}{rest}")
}

impl Twin {
    fn token(&self, world: &World, path: &str, form: &[(&str, &str)]) -> Response {
        post(world, &self.tenant.at(path), &self.svc, form)
    }

    fn proof(&self, key: &SigningKey, audience: &str) -> Sent {
        Sent::Proof(key.assertion("pkj", audience, &json!({})))
    }

    /// Signed by the trusted issuer, for whichever tenant.
    fn grant_assertion(&self, key: &SigningKey, audience: &str) -> String {
        let now = seconds_now();
        let claims = json!({"iss": "https://idp.example", "sub": ALICE, "aud": audience,
            "iat": now, "exp": now + 120, "jti": random_text()});
        key.sign(&json!({"alg": "ES256", "kid": "k"}), &claims)
    }

    /// Everything that opens something here. `audience`: whom assertions are for.
    pub fn credentials(&self, world: &World, audience: &str) -> Vec<Credential> {
        let mut all = self.of_parties(audience);
        all.extend(self.of_tokens(world));
        all
    }

    fn of_parties(&self, audience: &str) -> Vec<Credential> {
        let mut all = Vec::new();
        let mut add = |name, real, unknown| all.push(Credential { name, real, unknown });
        let basic = |id: &str, secret: &str| Sent::Basic(id.to_owned(), secret.to_owned());
        let in_body = |id: &str, secret: &str| Sent::Post(id.to_owned(), secret.to_owned());
        let (svc, rs) = (&self.svc, &self.rs);
        add(
            "client secret, Basic",
            basic("svc", &svc.secret),
            basic("svc", &unknown_of(&svc.secret)),
        );
        let other = unknown_of(&svc.secret);
        add("client secret, body", in_body("svc", &svc.secret), in_body("svc", &other));
        add(
            "resource server, Basic",
            basic("rs", &rs.secret),
            basic("rs", &unknown_of(&rs.secret)),
        );
        let stranger = SigningKey::es256("k");
        add("client assertion", self.proof(&self.pkj, audience), self.proof(&stranger, audience));
        let user = |word: &str| Sent::User(word.to_owned());
        add("user, Basic", user(&self.password), user(&unknown_of(&self.password)));
        let password = |word: &str| {
            let named = |name, text: &str| (name, text.to_owned());
            Sent::About(vec![
                named("grant_type", "password"),
                named("username", ALICE),
                named("password", word),
            ])
        };
        add(
            "user, password grant",
            password(&self.password),
            password(&unknown_of(&self.password)),
        );
        let assertion = |key| {
            let text = self.grant_assertion(key, audience);
            Sent::About(vec![("grant_type", JWT_BEARER.to_owned()), ("assertion", text)])
        };
        add("grant assertion", assertion(&self.idp), assertion(&stranger));
        all
    }

    fn of_tokens(&self, world: &World) -> Vec<Credential> {
        let mut all = Vec::new();
        let mut add = |name, real, unknown| all.push(Credential { name, real, unknown });
        let bearer = |text: &str| Sent::Bearer(text.to_owned());
        add(
            "initial access token",
            bearer(&self.initial_token),
            bearer(&unknown_of(&self.initial_token)),
        );
        add(
            "registration access token",
            bearer(&self.registration_token),
            bearer(&unknown_of(&self.registration_token)),
        );
        for (name, text) in self.access_tokens(world) {
            add(name, bearer(&text), bearer(&unknown_of(&text)));
            let subject = |text: String| {
                let kind = "urn:ietf:params:oauth:token-type:access_token".to_owned();
                Sent::About(vec![
                    ("grant_type", EXCHANGE.to_owned()),
                    ("token", text.clone()),
                    ("subject_token", text),
                    ("subject_token_type", kind),
                ])
            };
            add(name, subject(text.clone()), subject(unknown_of(&text)));
        }
        for (name, text) in self.refresh_tokens(world) {
            let about = |text: String| {
                Sent::About(vec![
                    ("grant_type", "refresh_token".to_owned()),
                    ("token", text.clone()),
                    ("refresh_token", text),
                ])
            };
            add(name, about(text.clone()), about(unknown_of(&text)));
        }
        let code = self.device_code(world);
        let about = |text: String| {
            Sent::About(vec![("grant_type", DEVICE.to_owned()), ("device_code", text)])
        };
        add("device code", about(code.clone()), about(unknown_of(&code)));
        all
    }

    fn access_tokens(&self, world: &World) -> Vec<(&'static str, String)> {
        let cc = [("grant_type", "client_credentials"), ("scope", "read vidimus.introspect")];
        let at = |path| self.token(world, path, &cc).member("access_token");
        let mint = json!({"client_id": "svc", "username": ALICE});
        let signed = json!({"client_id": "signed", "username": ALICE});
        vec![
            ("access token, native", world.mint(&self.tenant, &mint).access),
            ("access token, RFC 9068", world.mint(&self.tenant, &signed).access),
            ("access token, of the path both share", at("/oauth2/token")),
            ("access token, of an organization", self.live.clone()),
            ("access token, CSP's JWT", at("/csp/gateway/am/api/auth/token")),
        ]
    }

    fn refresh_tokens(&self, world: &World) -> Vec<(&'static str, String)> {
        let form = [
            ("grant_type", "password"),
            ("username", ALICE),
            ("password", self.password.as_str()),
            ("scope", "read refresh_token"),
        ];
        let shared = self.token(world, "/oauth2/token", &form).member("refresh_token");
        let mint = json!({"client_id": "svc", "username": ALICE, "refresh": true});
        let device = self.device_code(world);
        let redeemed = [("grant_type", DEVICE), ("device_code", device.as_str())];
        let organization = self.token(world, "/services/oauth2/token", &redeemed);
        vec![
            ("refresh token, native", world.mint(&self.tenant, &mint).refresh().to_owned()),
            ("refresh token, of the path both share", shared),
            ("refresh token, of an organization", organization.member("refresh_token")),
            ("API token", self.api_token.clone()),
        ]
    }

    /// Approved.
    fn device_code(&self, world: &World) -> String {
        let form = [
            ("response_type", "device_code"),
            ("client_id", "svc"),
            ("client_secret", &self.svc.secret),
            ("scope", "read refresh_token"),
        ];
        let request = Request::post(&self.tenant.at("/services/oauth2/token")).form(&form);
        let answer = world.exchange(&request);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let order =
            json!({"user_code": answer.member("user_code"), "username": ALICE, "approve": true});
        world.change("POST", &self.tenant.admin("/device-approvals"), &order);
        answer.member("device_code")
    }

    /// The request of a route at this tenant, with a credential of whoever's.
    pub fn ask(&self, path: &str, kind: Kind, method: &str, sent: &Sent, unused: &str) -> Request {
        let path = match kind {
            Kind::Identity => self.identity.clone(),
            _ => path
                .replace("{id}", &self.registered)
                .replace("{client_id}", "svc")
                .replace("{flow}", "vfl_none")
                .replace("{issuer}", "token"),
        };
        let target = self.tenant.at(&path);
        let own: Vec<(&str, &str)> = match kind {
            Kind::Token => vec![("grant_type", "client_credentials")],
            Kind::Introspect => vec![("token", &self.live)],
            // There whoever holds a token revokes it.
            Kind::Revoke | Kind::RevokeByGet if path.starts_with("/services/") => {
                vec![("token", "00D000000000000!none")]
            }
            Kind::Revoke | Kind::RevokeByGet => vec![("token", unused)],
            Kind::Push => vec![("response_type", "code"), CHALLENGE, METHOD],
            // There a client may bring its user's password by Basic.
            Kind::Page if path.starts_with("/services/") => {
                vec![("response_type", "code_credentials"), CHALLENGE, METHOD]
            }
            Kind::Page => vec![("response_type", "code"), CHALLENGE, METHOD],
            _ => Vec::new(),
        };
        let client = [("client_id", "svc")];
        let client = if kind == Kind::Page { &client[..] } else { &[] };
        let plain =
            |more: &[(&str, &str)]| routes::request(kind, method, &target, &[&own, more].concat());
        match sent {
            Sent::Basic(id, secret) => plain(client).basic(id, secret),
            Sent::User(password) => {
                let credentials = STANDARD.encode(format!("{ALICE}:{password}"));
                plain(client).header("Authorization", &format!("Basic {credentials}"))
            }
            Sent::Bearer(text) => plain(client).bearer(text),
            Sent::Post(id, secret) => plain(&[("client_id", id), ("client_secret", secret)]),
            Sent::Proof(text) => {
                plain(&[("client_assertion_type", CLIENT_ASSERTION), ("client_assertion", text)])
            }
            Sent::About(given) => self.ask_about(kind, method, &target, given),
        }
    }

    /// With a caller of its own, but where a token alone is enough.
    fn ask_about(
        &self,
        kind: Kind,
        method: &str,
        target: &str,
        given: &[(&'static str, String)],
    ) -> Request {
        let wanted: &[&str] = match kind {
            Kind::Token => &[
                "grant_type",
                "username",
                "password",
                "assertion",
                "refresh_token",
                "device_code",
                "subject_token",
                "subject_token_type",
            ],
            Kind::Holder => &["refresh_token"],
            _ => &["token"],
        };
        let named = given.iter().filter(|(name, _)| wanted.contains(name));
        let form: Vec<_> = named.map(|(name, text)| (*name, text.as_str())).collect();
        let text = given.last().map_or("", |(_, text)| text);
        let request = routes::request(kind, method, target, &form);
        match kind {
            Kind::Token | Kind::Introspect | Kind::Revoke => {
                request.basic(&self.svc.id, &self.svc.secret)
            }
            Kind::Holder | Kind::Details | Kind::RevokeByGet => request,
            _ => request.bearer(text),
        }
    }
}

/// Whether the answer gave anything to who asked.
fn succeeds(kind: Kind, answer: &Response) -> bool {
    let good = (200..300).contains(&answer.status);
    match kind {
        Kind::Introspect => good && answer.text().contains("\"active\":true"),
        Kind::Page => answer.header("location").is_some_and(|to| to.contains("code=")),
        // Whether something was revoked only the token itself tells.
        Kind::Public | Kind::Revoke | Kind::RevokeByGet => false,
        _ => good,
    }
}

/// All of an answer but what differs between any two, and how long to wait: that is told in seconds.
fn seen(answer: &Response) -> (u16, BTreeMap<String, String>, String) {
    let masked = ["date", "x-request-id", "content-length", "set-cookie", "retry-after"];
    let headers = answer.headers.iter().map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let value = if masked.contains(&name.as_str()) { "" } else { value };
        (name, without_random(value))
    });
    let headers = headers.collect();
    let mut body = without_random(answer.text());
    if let Some(id) = answer.header("x-request-id") {
        body = body.replace(id, "masked");
    }
    if let Ok(mut json) = serde_json::from_slice::<Value>(&answer.body)
        && let Some(id) = json.get_mut("requestId")
    {
        *id = json!("masked");
        body = json.to_string();
    }
    (answer.status, headers, body)
}

/// Without what is drawn anew for every flow and every form.
fn without_random(text: &str) -> String {
    let mut text = text.to_owned();
    for mark in ["/vfl_", "name=\"csrf\" value=\""] {
        if let Some(at) = text.find(mark) {
            let end = text[at + mark.len()..].find(['"', '?']);
            let end = end.map_or(text.len(), |end| at + mark.len() + end);
            text.replace_range(at..end, "");
        }
    }
    text
}

/// Every credential of `a` at every route of `b`.
fn cross(world: &World, a: &Twin, b: &Twin) -> usize {
    let credentials = a.credentials(world, &b.tenant.issuer);
    let unused = world.mint(&b.tenant, &json!({"client_id": "svc"})).access;
    let mut cells = 0;
    let mut connection = world.connect();
    for credential in &credentials {
        for (path, kind) in routes::all() {
            for method in routes::methods(kind) {
                let mut ask = |sent: &Sent| {
                    let request = b.ask(&path, kind, method, sent, &unused);
                    connection.exchange(&request).expect("an answer")
                };
                let what = format!("{} at {method} {path}", credential.name);
                let (real, unknown) = (ask(&credential.real), ask(&credential.unknown));
                assert!(!succeeds(kind, &unknown), "{what}: {}", unknown.text());
                assert!(!succeeds(kind, &real), "{what}: {}", real.text());
                assert!(real.status < 500, "{what}: {}", real.text());
                assert_eq!(seen(&real), seen(&unknown), "{what}");
                cells += 1;
            }
        }
    }
    assert!(world.is_active(&b.tenant, &b.svc, &unused), "{}: revoked by a stranger", b.tenant.id);
    // What each of them was, it still is: used up by nothing there, revoked by nobody.
    let at_home = a.credentials(world, &a.tenant.issuer);
    let texts = |credential: &Credential| {
        matches!(&credential.real, Sent::Proof(_))
            || matches!(&credential.real, Sent::About(given) if given[1].0 == "assertion")
    };
    for (credential, fresh) in credentials.iter().zip(&at_home) {
        // Assertions are for one tenant by their own words.
        let used = if texts(credential) { fresh } else { credential };
        assert!(opens(world, a, used), "{} opens nothing at home", credential.name);
    }
    cells
}

/// Whether the credential is good anywhere in its own tenant.
fn opens(world: &World, at: &Twin, credential: &Credential) -> bool {
    routes::all().into_iter().any(|(path, kind)| {
        let harmless = |method: &&&str| !["PUT", "DELETE"].contains(*method);
        routes::methods(kind).iter().filter(harmless).any(|method| {
            if matches!(kind, Kind::Revoke | Kind::RevokeByGet) {
                return false;
            }
            let request = at.ask(&path, kind, method, &credential.real, "");
            succeeds(kind, &world.exchange(&request))
        })
    })
}

#[test]
fn sec_290_no_credential_of_one_tenant_opens_another() {
    on_each_store_alone(|setup| {
        for dialects in SHAPES {
            // A server each: so many unknown tokens are guesses of one peer, and those are counted.
            let world = World::start(&setup);
            let (a, b) = (twin(&world, dialects), twin(&world, dialects));
            let cells = cross(&world, &a, &b);
            eprintln!("SEC-290: {cells} cells where a tenant speaks {dialects:?}, 0 successes");
            assert!(cells >= 12 * 40, "only {cells} cells");
        }
    });
}
