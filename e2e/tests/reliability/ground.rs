//! What the kill cycles stand on: a server, a client that signs its assertions, another tenant.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use vidimus_e2e::http::Request;
use vidimus_e2e::setup::Setup;
use vidimus_e2e::subject::{CLIENT, Subject, admin_token, create};

const SIGNER: &str = "signer";
/// Whose word on `carol` the subject's client may bring.
const ISSUER: &str = "https://idp.example";
const USER: &str = "carol";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const OTHER: &str = "other.example";
const OTHER_CALLER: &str = "stranger";

const RECOVERY: Duration = Duration::from_secs(20);

pub struct Ground {
    pub subject: Subject,
    key: EcdsaKeyPair,
    other_secret: String,
}

impl Ground {
    pub fn start(setup: &Setup) -> Self {
        let subject = Subject::start(setup);
        let admin = admin_token(&subject.server);
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let point = key.public_key().as_ref();
        let (x, y) = (encode(&point[1..33]), encode(&point[33..65]));
        let jwk = json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "x": x, "y": y});
        let client = json!({
            "client_id": SIGNER, "grant_types": ["client_credentials"], "scope": "read",
            "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk]},
        });
        create(&subject.server, &admin, "clients", &client);
        create(&subject.server, &admin, "users", &json!({"username": USER}));
        let trusted = json!({"issuer": ISSUER, "jwks": {"keys": [jwk]}, "scope": "read",
            "subjects": [USER]});
        create(&subject.server, &admin, "issuers", &trusted);
        let grants = json!({
            "grant_types":
                ["client_credentials", "authorization_code", "refresh_token", JWT_BEARER],
            "redirect_uris": ["https://app.example/cb"],
        });
        let path = format!("/admin/v1/tenants/default/clients/{CLIENT}");
        let patch = Request::new("PATCH", &path).bearer(&admin).json(&grants);
        let answer = subject.server.exchange(&patch);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let post = |path: &str, body| {
            let request = Request::post(path).bearer(&admin).json(&body);
            let answer = subject.server.exchange(&request);
            assert_eq!(answer.status, 201, "{}", answer.text());
            answer
        };
        post("/admin/v1/tenants", json!({"id": OTHER}));
        let path = format!("/admin/v1/tenants/{OTHER}/resource-servers");
        let other_secret =
            post(&path, json!({"id": OTHER_CALLER, "introspect": "tenant"})).member("secret");
        Self { subject, key, other_secret }
    }

    /// Until a store that was away is back.
    pub fn await_ready(&self) {
        let deadline = Instant::now() + RECOVERY;
        while self.subject.server.exchange(&self.subject.issue()).status != 200 {
            assert!(Instant::now() < deadline, "no token is issued");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A token request whose client's assertion may be used once.
    pub fn once(&self, jti: u64) -> Request {
        Request::post("/oauth2/token").form(&[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", &self.assertion(SIGNER, SIGNER, jti)),
        ])
    }

    /// One whose grant is an assertion, of the client that issues everything else.
    pub fn bring(&self, jti: u64) -> Request {
        let assertion = self.assertion(ISSUER, USER, jti);
        let form = [("grant_type", JWT_BEARER), ("assertion", &assertion)];
        Request::post("/oauth2/token").basic(CLIENT, &self.subject.client_secret).form(&form)
    }

    pub fn refresh(&self, token: &str) -> Request {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        Request::post("/oauth2/token").basic(CLIENT, &self.subject.client_secret).form(&form)
    }

    fn assertion(&self, issuer: &str, subject: &str, jti: u64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("now").as_secs();
        let claims = json!({
            "iss": issuer, "sub": subject, "aud": self.subject.server.issuer(),
            "iat": now, "exp": now + 240, "jti": format!("{jti:016x}"),
        });
        let header = encode(json!({"alg": "ES256", "typ": "JWT"}).to_string().as_bytes());
        let signed = format!("{header}.{}", encode(claims.to_string().as_bytes()));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("signed");
        format!("{signed}.{}", encode(signature.as_ref()))
    }

    /// The same token, asked about in a tenant that has never heard of it.
    pub fn introspect_elsewhere(&self, token: &str) -> Request {
        Request::post(&format!("/t/{OTHER}/oauth2/introspect"))
            .basic(OTHER_CALLER, &self.other_secret)
            .form(&[("token", token)])
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
