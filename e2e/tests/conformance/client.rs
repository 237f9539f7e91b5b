//! The suite as a client: it registers, sends the browser off, takes what comes back and checks all
//! that holds for any answer.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};

use crate::browser::{Browser, Landed};
use crate::key::{SigningKey, left_half, part, seconds_now, unique, verified};
use crate::stage::{Stage, media_type};

const ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SKEW_SECONDS: i64 = 300;

/// What a plan is run with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    pub response_type: &'static str,
    pub is_form_post: bool,
    pub is_static: bool,
    pub method: &'static str,
}

pub struct Client<'a> {
    pub stage: &'a Stage,
    pub variant: Variant,
    pub id: String,
    pub secret: String,
    pub key: SigningKey,
    pub redirect_uri: String,
    /// What the registration was answered with.
    pub registered: Value,
}

/// An authorization request, and what ties its answer to it.
#[derive(Clone, Debug)]
pub struct Asked {
    pub parameters: Vec<(String, String)>,
    pub state: String,
    pub nonce: Option<String>,
}

/// What an authorization came to.
#[derive(Clone, Debug, Default)]
pub struct Given {
    pub parameters: Vec<(String, String)>,
    pub code: Option<String>,
    /// Of the authorization endpoint first.
    pub id_tokens: Vec<String>,
    pub access_token: Option<String>,
    pub refresh_token: Option<String>,
}

impl Variant {
    pub const fn dynamic(response_type: &'static str) -> Self {
        let method = "client_secret_basic";
        Self { response_type, is_form_post: false, is_static: false, method }
    }

    pub fn has(self, word: &str) -> bool {
        self.response_type.split(' ').any(|known| known == word)
    }

    pub fn has_code(self) -> bool {
        self.has("code")
    }
}

impl<'a> Client<'a> {
    /// Registered for this test, or the one that the documentation declares for it.
    pub fn of(stage: &'a Stage, variant: Variant) -> Self {
        match (variant.is_static, variant.method) {
            (false, _) => Self::register(stage, variant, &json!({})),
            (true, "client_secret_post") => {
                Self::declared(stage, variant, "conformance-post", "conformance-post-secret-3Kd7")
            }
            (true, _) => {
                Self::declared(stage, variant, "conformance-1", "conformance-1-secret-8Hq2")
            }
        }
    }

    pub fn second(stage: &'a Stage, variant: Variant) -> Self {
        if variant.is_static {
            Self::declared(stage, variant, "conformance-2", "conformance-2-secret-5Vw9")
        } else {
            Self::of(stage, variant)
        }
    }

    pub fn declared(stage: &'a Stage, variant: Variant, id: &str, secret: &str) -> Self {
        Self {
            redirect_uri: format!("{}/callback", stage.site.base),
            variant,
            stage,
            id: id.to_owned(),
            secret: secret.to_owned(),
            key: SigningKey::new(),
            registered: Value::Null,
        }
    }

    /// With these members beside the usual ones.
    pub fn register(stage: &'a Stage, variant: Variant, more: &Value) -> Self {
        let key = SigningKey::new();
        let metadata = metadata(stage, variant, &key, more);
        let answer = registration(stage, &metadata);
        assert_eq!(answer.status, 201, "{}", answer.text());
        let registered = answer.json();
        for (name, sent) in metadata.as_object().expect("members") {
            assert_eq!(&registered[name], sent, "{name} comes back as it was sent");
        }
        let text = |name: &str| registered[name].as_str().unwrap_or_default().to_owned();
        assert!(text("registration_client_uri").starts_with("https://"));
        assert!(!text("registration_access_token").is_empty());
        let has_secret = variant.method.starts_with("client_secret");
        assert_eq!(registered.get("client_secret").is_some(), has_secret);
        if has_secret {
            assert!(registered["client_secret_expires_at"].is_i64());
        }
        let redirect_uri = metadata["redirect_uris"][0].as_str().expect("a URI").to_owned();
        let (id, secret) = (text("client_id"), text("client_secret"));
        Self { stage, variant, id, secret, key, redirect_uri, registered }
    }

    /// Reads its registration, and ends it.
    pub fn unregister(&self) {
        let Some(uri) = self.registered["registration_client_uri"].as_str() else { return };
        let token = self.registered["registration_access_token"].as_str().expect("a token");
        let target = self.stage.at(uri);
        let read = self.stage.exchange(&Request::get(&target).bearer(token));
        assert_eq!((read.status, media_type(&read)), (200, "application/json".to_owned()));
        assert_eq!(read.member("client_id"), self.id);
        let gone = self.stage.exchange(&Request::new("DELETE", &target).bearer(token));
        assert_eq!(gone.status, 204, "{}", gone.text());
    }

    /// The usual request, with these parameters over it; an empty one is left out.
    pub fn ask(&self, more: &[(&str, &str)]) -> Asked {
        let (state, nonce) = (unique("state"), unique("nonce"));
        let mut parameters = vec![
            ("client_id", self.id.as_str()),
            ("redirect_uri", &self.redirect_uri),
            ("scope", "openid"),
            ("state", &state),
            ("nonce", &nonce),
            ("response_type", self.variant.response_type),
        ];
        if self.variant.is_form_post {
            parameters.push(("response_mode", "form_post"));
        }
        for (name, value) in more {
            parameters.retain(|(known, _)| known != name);
            parameters.push((name, value));
        }
        parameters.retain(|(_, value)| !value.is_empty());
        let sent = |name: &str| {
            let found = parameters.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        Asked {
            state: sent("state").unwrap_or_default(),
            nonce: sent("nonce"),
            parameters: parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        }
    }

    pub fn url(&self, asked: &Asked) -> String {
        let parameters = asked.parameters.iter();
        let pairs: Vec<(&str, &str)> =
            parameters.map(|(name, value)| (name.as_str(), value.as_str())).collect();
        format!("{}/oauth2/authorize?{}", self.stage.issuer, form(&pairs))
    }

    /// The whole way: request, code, tokens, UserInfo, with every check that always holds.
    #[track_caller]
    pub fn complete(&self, browser: &mut Browser<'_>, more: &[(&str, &str)]) -> Given {
        let asked = self.ask(more);
        let landed = browser.visit(&self.url(&asked));
        let given = self.taken(&asked, &landed);
        let given = self.redeemed(&asked, given);
        self.userinfo(&given);
        given
    }

    /// The answer of the authorization endpoint, with its tokens.
    #[track_caller]
    pub fn taken(&self, asked: &Asked, landed: &Landed) -> Given {
        let parameters = self.parameters(landed);
        let get = |name: &str| {
            parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        };
        assert_eq!(get("error"), None, "{parameters:?}");
        assert_eq!(get("state").unwrap_or_default(), asked.state);
        assert_eq!(get("iss").as_ref(), Some(&self.stage.issuer));
        let variant = self.variant;
        for (word, name) in [("code", "code"), ("id_token", "id_token"), ("token", "access_token")]
        {
            assert_eq!(get(name).is_some(), variant.has(word), "{name} of {parameters:?}");
        }
        if variant.has("token") {
            assert_eq!(get("token_type").as_deref(), Some("Bearer"));
            assert!(get("expires_in").is_some_and(|seconds| seconds.parse::<u32>().is_ok()));
        }
        if let Some(id_token) = get("id_token") {
            let hashes = [("at_hash", get("access_token")), ("c_hash", get("code"))];
            let claims = self.check(&id_token, asked);
            for (name, bound) in hashes {
                let hash = bound.map(|text| json!(left_half(&text)));
                assert_eq!(claims.get(name), hash.as_ref(), "{name}");
            }
        }
        Given {
            code: get("code"),
            id_tokens: get("id_token").into_iter().collect(),
            access_token: get("access_token"),
            refresh_token: None,
            parameters,
        }
    }

    /// Where the response type and mode have them, and nowhere else.
    #[track_caller]
    pub fn parameters(&self, landed: &Landed) -> Vec<(String, String)> {
        let (query, fragment) = (landed.query(), landed.fragment());
        let leaks = |pairs: &[(String, String)]| {
            let is_ours = |(name, _): &(String, String)| name == "code" || name == "error";
            pairs.iter().any(is_ours)
        };
        assert!(landed.url.starts_with(&self.redirect_uri), "{landed:?}");
        if self.variant.is_form_post {
            assert!(!leaks(&query) && fragment.is_empty(), "{landed:?}");
            return landed.form.clone().expect("it is posted");
        }
        assert!(landed.form.is_none());
        if self.variant.response_type == "code" {
            assert!(fragment.is_empty(), "{landed:?}");
            return query;
        }
        assert!(!leaks(&query), "{landed:?}");
        fragment
    }

    /// A refusal that the client hears of.
    #[track_caller]
    pub fn refused(&self, asked: &Asked, landed: &Landed) -> String {
        let parameters = self.parameters(landed);
        let of_query = |name: &str| self.redirect_uri.contains(&format!("{name}="));
        let known = ["error", "error_description", "state", "iss", "session_state"];
        let mut error = None;
        for (name, value) in &parameters {
            assert!(known.contains(&name.as_str()) || of_query(name), "{name} in {parameters:?}");
            match name.as_str() {
                "error" => error = Some(value.clone()),
                "error_description" => {
                    let is_sendable = |c| matches!(c, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
                    assert!(value.bytes().all(is_sendable), "{value}");
                }
                "state" => assert_eq!(*value, asked.state),
                "iss" => assert_eq!(*value, self.stage.issuer),
                _ => {}
            }
        }
        assert!(parameters.iter().any(|(name, _)| name == "state") || asked.state.is_empty());
        error.unwrap_or_else(|| panic!("no error in {parameters:?}"))
    }

    pub fn token_request(&self, parameters: &[(&str, &str)]) -> Response {
        let audience = format!("{}/oauth2/token", self.stage.issuer);
        self.token_request_for(&audience, parameters)
    }

    pub fn token_request_for(&self, audience: &str, parameters: &[(&str, &str)]) -> Response {
        let request = Request::post("/oauth2/token");
        let mut parameters = parameters.to_vec();
        let assertion = self.key.assertion(&self.id, audience);
        let request = match self.variant.method {
            "client_secret_basic" => request.basic(&self.id, &self.secret),
            "client_secret_post" => {
                parameters.extend([("client_id", &*self.id), ("client_secret", &*self.secret)]);
                request
            }
            _ => {
                let kind = ("client_assertion_type", ASSERTION);
                parameters.extend([kind, ("client_assertion", &*assertion)]);
                request
            }
        };
        let answer = self.stage.exchange(&request.form(&parameters));
        assert_eq!(media_type(&answer), "application/json");
        assert!(answer.header("cache-control").is_some_and(|value| value.contains("no-store")));
        assert!(answer.header("pragma").is_none_or(|value| value.contains("no-cache")));
        answer
    }

    pub fn redeem(&self, code: &str, more: &[(&str, &str)]) -> Response {
        let mut parameters = vec![("grant_type", "authorization_code"), ("code", code)];
        parameters.push(("redirect_uri", &self.redirect_uri));
        parameters.extend(more);
        self.token_request(&parameters)
    }

    #[track_caller]
    pub fn redeemed(&self, asked: &Asked, given: Given) -> Given {
        let Some(code) = given.code.clone() else { return given };
        let answer = self.redeem(&code, &[]);
        self.tokens(asked, given, &answer)
    }

    /// A success of the token endpoint.
    #[track_caller]
    pub fn tokens(&self, asked: &Asked, mut given: Given, answer: &Response) -> Given {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let body = answer.json();
        assert_eq!(body["token_type"], "Bearer");
        assert!(body["expires_in"].as_i64().is_some_and(|seconds| seconds > 0));
        let access_token = answer.member("access_token");
        if let Some(id_token) = body["id_token"].as_str() {
            let claims = self.check(id_token, asked);
            if let Some(hash) = claims.get("at_hash") {
                assert_eq!(*hash, left_half(&access_token));
            }
            if let Some(first) = given.id_tokens.first() {
                assert_eq!(claims["sub"], part(first, 1)["sub"]);
            }
            given.id_tokens.push(id_token.to_owned());
        }
        given.access_token = Some(access_token);
        given.refresh_token = body["refresh_token"].as_str().map(str::to_owned);
        given
    }

    /// What holds for every ID token (OpenID Connect Core §2).
    #[track_caller]
    pub fn check(&self, id_token: &str, asked: &Asked) -> Value {
        let claims = match self.registered["id_token_signed_response_alg"].as_str() {
            Some("none") => {
                assert_eq!(part(id_token, 0)["alg"], "none");
                assert!(id_token.ends_with('.'));
                part(id_token, 1)
            }
            _ => verified(id_token, &self.stage.keys()),
        };
        let now = seconds_now();
        assert_eq!(claims["iss"], self.stage.issuer.as_str());
        assert_eq!(claims["aud"], self.id.as_str());
        assert!(claims["sub"].as_str().is_some_and(|sub| (1..=255).contains(&sub.len())));
        assert!(claims["exp"].as_i64().is_some_and(|at| at > now));
        assert!(claims["iat"].as_i64().is_some_and(|at| (at - now).abs() < SKEW_SECONDS));
        assert!(claims["auth_time"].as_i64().is_some_and(|at| at <= now + 1));
        assert_eq!(claims["nonce"].as_str(), asked.nonce.as_deref());
        claims
    }

    pub fn ask_userinfo(&self, access_token: &str) -> Response {
        self.stage.exchange(&Request::get("/oauth2/userinfo").bearer(access_token))
    }

    #[track_caller]
    pub fn userinfo(&self, given: &Given) -> Value {
        let Some(access_token) = &given.access_token else { return Value::Null };
        let answer = self.ask_userinfo(access_token);
        assert_eq!(answer.status, 200, "{}", answer.text());
        let claims = match self.registered["userinfo_signed_response_alg"].as_str() {
            Some(_) => {
                assert_eq!(media_type(&answer), "application/jwt");
                let claims = verified(answer.text(), &self.stage.keys());
                assert_eq!(claims["iss"], self.stage.issuer.as_str());
                assert_eq!(claims["aud"], self.id.as_str());
                assert_eq!(claims.get("nonce"), None);
                claims
            }
            None => {
                assert_eq!(media_type(&answer), "application/json");
                answer.json()
            }
        };
        for id_token in &given.id_tokens {
            assert_eq!(claims["sub"], part(id_token, 1)["sub"]);
        }
        claims
    }
}

/// As the suite registers a client.
pub fn metadata(stage: &Stage, variant: Variant, key: &SigningKey, more: &Value) -> Value {
    let mut grants = Vec::new();
    grants.extend(variant.has_code().then_some("authorization_code"));
    grants.extend((variant.response_type != "code").then_some("implicit"));
    let mut metadata = json!({
        "client_name": unique("conformance"),
        "grant_types": grants,
        "jwks": {"keys": [key.public()]},
        "token_endpoint_auth_method": variant.method,
        "response_types": [variant.response_type],
        "redirect_uris": [format!("{}/callback", stage.site.base)],
        "contacts": ["certification@oidf.org"],
    });
    for (name, value) in more.as_object().expect("members") {
        if value.is_null() {
            metadata.as_object_mut().expect("members").remove(name);
        } else {
            metadata[name] = value.clone();
        }
    }
    metadata
}

pub fn registration(stage: &Stage, metadata: &Value) -> Response {
    let request = Request::post("/oauth2/register").header("Accept", "application/json");
    let answer = stage.exchange(&request.json(metadata));
    assert_eq!(media_type(&answer), "application/json");
    answer
}
