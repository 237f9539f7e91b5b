//! The cast for what people sign in to: a tenant with clients of every kind and its users, how a
//! request is written, and how its answer is redeemed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::visitor::{Returned, Shown, Visitor};

use crate::keys::{SigningKey, random_text};
use crate::world::{Party, Tenant, World};

pub const CB: &str = "https://app.example/cb";
pub const LOOPBACK: &str = "http://127.0.0.1/callback";
pub const BYE: &str = "https://app.example/bye";
pub const API: &str = "https://api.example";
pub const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-_.~";
const PROOF: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A tenant where people sign in. Of its clients only `asking` asks them anything more. Two are public:
/// `spa`, and `native` at [`LOOPBACK`].
pub struct House {
    pub tenant: Tenant,
    /// Confidential, by Basic.
    pub web: Party,
    /// Confidential, in the body.
    pub post: Party,
    /// `pkj`, which authenticates by `private_key_jwt` and signs its requests so.
    pub key: SigningKey,
    /// The attacker's, with valid credentials.
    pub evil: Party,
    /// Its users are asked.
    pub asking: Party,
    pub auditor: Party,
    /// Of every user.
    pub password: String,
}

/// A house, and a browser in which alice is signed in: she gets a code at once.
pub struct Scene<'a> {
    pub world: &'a World,
    pub house: House,
    pub visitor: Visitor,
}

pub fn scene(world: &World) -> Scene<'_> {
    let house = house(world, json!({}));
    let visitor = house.signed_in(world, "alice");
    Scene { world, house, visitor }
}

pub fn challenge(verifier: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    URL_SAFE_NO_PAD.encode(digest)
}

/// With `alice` and `bob`, who may sign in.
pub fn house(world: &World, policy: Value) -> House {
    let tenant = world.tenant("house", json!({"policy": policy}));
    let client = |id: &str, method: &str, more: Value| {
        let mut declaration = json!({
            "grant_types": ["authorization_code", "refresh_token"], "redirect_uris": [CB],
            "scope": "openid profile email read write offline_access",
            "token_endpoint_auth_method": method, "preauthorized_users": ["*"],
            "post_logout_redirect_uris": [BYE],
        });
        for (name, value) in more.as_object().expect("an object") {
            declaration[name] = value.clone();
        }
        world.client(&tenant, id, declaration)
    };
    let key = SigningKey::es256("k");
    client("pkj", "private_key_jwt", json!({"jwks": {"keys": [key.public_jwk()]}}));
    client("spa", "none", json!({}));
    client("native", "none", json!({"redirect_uris": [LOOPBACK]}));
    let password = format!("a horse and {}", random_text());
    world.remember(&password);
    let house = House {
        web: client("web", "client_secret_basic", json!({})),
        post: client("post", "client_secret_post", json!({})),
        evil: client("evil", "client_secret_basic", json!({})),
        asking: client("asking", "client_secret_basic", json!({"preauthorized_users": []})),
        auditor: world.resource_server(&tenant, "auditor", json!({"introspect": "tenant"})),
        key,
        password,
        tenant,
    };
    world.resource_server(&house.tenant, "api", json!({"audiences": [API]}));
    for name in ["alice", "bob"] {
        house.user(world, name, &json!({}));
    }
    house
}

impl House {
    pub fn user(&self, world: &World, name: &str, more: &Value) {
        let mut declaration = json!({
            "username": name, "password": self.password, "email": format!("{name}@mail.example"),
        });
        for (name, value) in more.as_object().expect("an object") {
            declaration[name] = value.clone();
        }
        world.change("POST", &self.tenant.admin("/users"), &declaration);
    }

    /// A request of the client for a code, with everything that makes it a good one.
    pub fn ask(&self, client: &str) -> Ask {
        let redirect_uri = if client == "native" { LOOPBACK } else { CB };
        let challenge = challenge(VERIFIER);
        let parameters = [
            ("client_id", client),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("scope", "openid read"),
            ("state", "the state"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let path = self.tenant.at("/oauth2/authorize");
        Ask { path, parameters: parameters.map(owned).to_vec() }
    }

    /// A browser in which the user is signed in.
    pub fn signed_in(&self, world: &World, name: &str) -> Visitor {
        let mut visitor = Visitor::default();
        self.sign_in(world, &mut visitor, name);
        visitor
    }

    pub fn sign_in(&self, world: &World, visitor: &mut Visitor, name: &str) -> Shown {
        let target = self.ask("web").with("prompt", "login").target();
        let page = visitor.visit(&world.server, &target);
        let after = visitor.submit(&world.server, &page, &self.credentials(name));
        assert!(after.sent_to().is_some(), "{name}: {}", after.answer.text());
        visitor.cookies().values().for_each(|value| world.remember(value));
        after
    }

    pub fn credentials<'a>(&'a self, name: &'a str) -> [(&'static str, &'a str); 3] {
        [("username", name), ("password", &self.password), ("action", "login")]
    }

    /// A code for the client, of a browser in which somebody is signed in.
    pub fn code(&self, world: &World, visitor: &mut Visitor, ask: &Ask) -> String {
        let shown = visitor.visit(&world.server, &ask.target());
        let returned = shown.returned().unwrap_or_else(|| panic!("{}", shown.answer.text()));
        let code = returned.require("code");
        world.remember(&code);
        code
    }

    /// The token request for a code, by the client as it authenticates, with changes.
    pub fn redeem(&self, client: &str, code: &str, changes: &[(&str, &str)]) -> Request {
        let redirect_uri = if client == "native" { LOOPBACK } else { CB };
        let usual = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", VERIFIER),
        ];
        let parameters = changed(&usual, changes);
        self.by(client, "/oauth2/token", &parameters)
    }

    pub fn refresh(&self, client: &str, token: &str, more: &[(&str, &str)]) -> Request {
        let usual = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.by(client, "/oauth2/token", &changed(&usual, more))
    }

    /// A form that the client sends, as itself.
    pub fn by(&self, client: &str, path: &str, parameters: &[(&str, &str)]) -> Request {
        let request = Request::post(&self.tenant.at(path));
        let party = match client {
            "web" => &self.web,
            "evil" => &self.evil,
            "asking" => &self.asking,
            "post" => {
                let own = [("client_id", "post"), ("client_secret", &self.post.secret)];
                return request.form(&[parameters, &own].concat());
            }
            "pkj" => {
                let proof = self.key.assertion("pkj", &self.tenant.issuer, &json!({}));
                let own = [("client_assertion_type", PROOF), ("client_assertion", &proof)];
                return request.form(&[parameters, &own].concat());
            }
            public => return request.form(&[parameters, &[("client_id", public)]].concat()),
        };
        request.basic(&party.id, &party.secret).form(parameters)
    }

    pub fn is_active(&self, world: &World, token: &str) -> bool {
        world.is_active(&self.tenant, &self.auditor, token)
    }

    /// Whoever is signed in, by the answer to a request that may ask nobody.
    pub fn is_signed_in(&self, world: &World, visitor: &mut Visitor) -> bool {
        let ask = self.ask("web").with("prompt", "none");
        let returned = visitor.visit(&world.server, &ask.target()).returned();
        let returned = returned.expect("an answer to the client");
        assert!(matches!(returned.get("error"), None | Some("login_required")), "{returned:?}");
        returned.get("code").is_some()
    }
}

/// The usual parameters under these changes; an empty value leaves one out.
fn changed<'a>(
    usual: &[(&'a str, &'a str)],
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let is_changed = |name: &str| changes.iter().any(|(known, _)| *known == name);
    let kept = usual.iter().filter(|(name, _)| !is_changed(name));
    kept.chain(changes.iter().filter(|(_, value)| !value.is_empty())).copied().collect()
}

/// An authorization request.
#[derive(Clone, Debug)]
pub struct Ask {
    path: String,
    parameters: Vec<(String, String)>,
}

impl Ask {
    /// Instead of what is there.
    pub fn with(self, name: &str, value: &str) -> Self {
        self.without(name).and(name, value)
    }

    /// Beside what is there.
    pub fn and(mut self, name: &str, value: &str) -> Self {
        self.parameters.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.parameters.retain(|(known, _)| known != name);
        self
    }

    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn target(&self) -> String {
        format!("{}?{}", self.path, form(&self.pairs()))
    }

    pub fn get(&self) -> Request {
        Request::get(&self.target())
    }

    pub fn posted(&self) -> Request {
        Request::post(&self.path).form(&self.pairs())
    }
}

/// The answer to an authorization request, without following it anywhere.
pub fn answered(visitor: &mut Visitor, world: &World, request: Request) -> Shown {
    let target = request.target.clone();
    Shown { answer: visitor.exchange(&world.server, request), target }
}

/// What a client is told in answer to its request.
pub fn returned(visitor: &mut Visitor, world: &World, ask: &Ask) -> Returned {
    let shown = answered(visitor, world, ask.get());
    let (status, text) = (shown.answer.status, String::from_utf8_lossy(&shown.answer.body));
    shown.returned().unwrap_or_else(|| panic!("{status} {:?} {text}", shown.sent_to()))
}

/// A page that names the problem, sends nobody anywhere and leaves nothing behind.
pub fn assert_page(answer: &Response, status: u16, code: &str, what: &str) {
    assert_eq!(answer.status, status, "{what}: {:?}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header_all("location"), Vec::<&str>::new(), "{what}");
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{what}");
    assert_eq!(error_code(answer).as_deref(), Some(code), "{what}");
}

pub fn error_code(answer: &Response) -> Option<String> {
    let text = String::from_utf8_lossy(&answer.body);
    let (_, rest) = text.split_once("id=\"error-code\">")?;
    Some(rest.split('<').next().unwrap_or_default().to_owned())
}

/// Access and refresh token of a reply to a code or to a refresh token.
pub fn tokens(world: &World, answer: &Response) -> (String, String) {
    assert_eq!(answer.status, 200, "{}", answer.text());
    let tokens = (answer.member("access_token"), answer.member("refresh_token"));
    world.remember(&tokens.0);
    world.remember(&tokens.1);
    tokens
}
