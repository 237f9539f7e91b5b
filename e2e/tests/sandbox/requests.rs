//! The request log: every request with its reason, and no secret that anybody was given.

use serde_json::{Value, json};
use vidimus_e2e::http::{Request, Response, form};
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};
use vidimus_e2e::subject::{RESOURCE_SERVER, Subject, admin_token};
use vidimus_e2e::visitor::Visitor;

use crate::stage::{Tenant, own, sandbox};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Everything that was secret: sent, received, or published for the sandbox.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn add(&mut self, secret: &str) {
        // What is shorter occurs by chance.
        assert!(secret.len() >= 8, "{secret}");
        self.0.push(secret.to_owned());
    }

    /// Of a reply: whatever its name says is one.
    fn of(&mut self, answer: &Response) -> Value {
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        for name in [
            "access_token",
            "refresh_token",
            "id_token",
            "client_secret",
            "registration_access_token",
            "device_code",
            "user_code",
            "signature",
        ] {
            if let Some(secret) = value.get(name).and_then(Value::as_str) {
                self.add(secret);
            }
        }
        value
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("{name}: {value}")).to_owned()
}

/// A sign-in with a code, its tokens, their refresh, user info, revocation.
fn a_persons_flow(server: &Server, secrets: &mut Secrets) {
    let mut visitor = Visitor::default();
    let query = form(&[
        ("client_id", "app"),
        ("response_type", "code"),
        ("redirect_uri", "http://127.0.0.1:8765/callback"),
        ("scope", "openid profile offline_access"),
        ("state", "a-state-that-is-secret"),
        ("nonce", "a-nonce-that-is-secret"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    let target = format!("/oauth2/authorize?{query}");
    let shown = visitor.visit(server, &target);
    let fields = [("username", "alice@example.com"), ("password", "alice"), ("action", "login")];
    let mut shown = visitor.submit(server, &shown, &fields);
    if shown.sent_to().is_none() {
        shown = visitor.submit(server, &shown, &[("action", "allow")]);
    }
    let back = shown.sent_to().unwrap_or_else(|| panic!("{}", shown.answer.text()));
    visitor.cookies().values().for_each(|cookie| secrets.add(cookie));
    let (_, code) = back.split_once("code=").unwrap_or_else(|| panic!("sent to {back}"));
    let code = code.split('&').next().unwrap_or(code).to_owned();
    secrets.add(&code);
    let exchange = Request::post("/oauth2/token").form(&[
        ("grant_type", "authorization_code"),
        ("client_id", "app"),
        ("redirect_uri", "http://127.0.0.1:8765/callback"),
        ("code", &code),
        ("code_verifier", VERIFIER),
    ]);
    let tokens = secrets.of(&server.exchange(&exchange));
    let bearer = text(&tokens, "access_token");
    assert_eq!(server.exchange(&Request::get("/oauth2/userinfo").bearer(&bearer)).status, 200);
    let refresh = Request::post("/oauth2/token").form(&[
        ("grant_type", "refresh_token"),
        ("client_id", "app"),
        ("refresh_token", &text(&tokens, "refresh_token")),
    ]);
    let tokens = secrets.of(&server.exchange(&refresh));
    let revoke = [("token", &*text(&tokens, "access_token")), ("client_id", "app")];
    assert_eq!(server.exchange(&Request::post("/oauth2/revoke").form(&revoke)).status, 200);
}

/// Registration, the device flow, and the products' ways with their own secrets.
fn machines_flows(server: &Server, secrets: &mut Secrets) {
    let metadata = json!({"redirect_uris": ["https://app.example/cb"], "client_name": "Mine"});
    let request = Request::post("/oauth2/register").bearer("demo-registration-token");
    let made = secrets.of(&server.exchange(&request.json(&metadata)));
    let read = Request::get(&format!("/oauth2/register/{}", text(&made, "client_id")));
    let read = read.bearer(&text(&made, "registration_access_token"));
    assert_eq!(server.exchange(&read).status, 200);
    let device = Request::post("/oauth2/device_authorization").form(&[("client_id", "app")]);
    secrets.of(&server.exchange(&device));
    let salesforce = Request::post("/customers/services/oauth2/token").form(&[
        ("grant_type", "password"),
        ("client_id", "demo-connected-app"),
        ("client_secret", "demo-consumer-secret"),
        ("username", "test@test.com"),
        ("password", "a-wrong-password"),
    ]);
    assert_eq!(server.exchange(&salesforce).status, 400);
    let api_token = "demo-csp-api-token-for-this-machine-alone";
    let csp = Request::post("/t/csp/csp/gateway/am/api/auth/api-tokens/authorize");
    secrets.of(&server.exchange(&csp.form(&[("api_token", api_token)])));
    let query = format!("/t/csp/csp/gateway/am/api/auth/introspect?token={api_token}");
    server.exchange(&Request::post(&query).basic("demo-csp-client", "demo-csp-secret").form(&[]));
}

/// What people do by mistake: the secret in the place of something else.
fn mistakes(server: &Server, secrets: &mut Secrets) {
    let form = [("grant_type", "client_credentials"), ("resource", "https://orders.example")];
    let request = Request::post("/oauth2/token").basic("demo-app", "demo-secret").form(&form);
    let token = text(&secrets.of(&server.exchange(&request)), "access_token");
    let urlencoded = "application/x-www-form-urlencoded";
    let introspect = || Request::post("/oauth2/introspect");
    for request in [
        introspect().basic("demo-api", "a-wrong-secret").form(&[("token", &token)]),
        introspect().basic(&token, "x").form(&[("token", "x")]),
        introspect().header("Content-Type", urlencoded).body(token.clone()),
        introspect().header("Content-Type", "text/plain").body(token.clone()),
        introspect().header("Content-Type", "application/json").body(format!("\"{token}\"")),
        introspect().header("Authorization", &token).form(&[("token", "x")]),
        introspect().header("X-Api-Key", &token).form(&[(&token, "x")]),
        introspect().form(&[("client_id", &token), ("scope", &token), ("token", "x")]),
        Request::post(&format!("/oauth2/introspect?token={token}")).form(&[]),
        Request::get(&format!("/oauth2/{token}")),
        Request::get(&format!("/t/{token}/oauth2/token")),
        Request::get("/oauth2/userinfo").bearer(&token).header("User-Agent", &token),
        Request::get("/nowhere").header("Referer", &format!("https://a.example/?t={token}")),
    ] {
        server.exchange(&request);
    }
}

#[test]
fn sec_265_no_secret_is_in_the_log_of_requests() {
    let server = own();
    let mut secrets = Secrets::default();
    for published in [
        "demo-secret",
        "demo-api-secret",
        "demo-consumer-secret",
        "demo-registration-token",
        "demo-csp-secret",
        "demo-csp-api-token-for-this-machine-alone",
        "a-wrong-password",
        "a-wrong-secret",
        "a-state-that-is-secret",
        "a-nonce-that-is-secret",
        VERIFIER,
    ] {
        secrets.add(published);
    }
    a_persons_flow(&server, &mut secrets);
    machines_flows(&server, &mut secrets);
    mistakes(&server, &mut secrets);
    assert!(secrets.0.len() > 24, "{}", secrets.0.len());
    let list = sandbox(&server, "GET", "requests?limit=2000", None);
    let requests = list.json();
    let requests = requests["requests"].as_array().expect("a list");
    assert!(requests.len() > 25, "{}", requests.len());
    let mut everything = list.text().to_owned();
    for request in requests {
        let path = format!("requests/{}", text(request, "request_id"));
        everything += sandbox(&server, "GET", &path, None).text();
        everything += sandbox(&server, "GET", &format!("{path}/curl"), None).text();
    }
    // What was printed there is published; the lines of the requests come after.
    let out = server.stdout();
    let (_, lines) = out.split_once("__sandbox/reset").expect("the banner");
    everything += lines;
    everything += &server.stderr();
    for secret in &secrets.0 {
        assert!(!everything.contains(secret.as_str()), "{secret}");
    }
    assert!(lines.contains("introspect") && lines.contains("wrong_secret"), "{lines}");
}

#[test]
fn each_request_says_who_asked_and_why_it_ended_so() {
    let tenant = Tenant::like("demo");
    let token = tenant.token();
    tenant.introspect(&token);
    tenant.introspect("vat_nothing");
    let wrong = Request::post(&tenant.path("/oauth2/introspect")).basic("demo-api", "wrong-secret");
    tenant.server.exchange(&wrong.form(&[("token", &token)]));
    let asked = Request::post(&tenant.path("/oauth2/token")).basic("demo-app", "demo-secret");
    let asked = asked.form(&[("grant_type", "nonsense")]);
    let answer = tenant.server.exchange(&asked);
    let seen = tenant.requests();
    assert_eq!(seen.len(), 5, "{seen:?}");
    for (entry, expected) in seen.iter().zip([
        json!({"endpoint": "token", "status": 200, "caller": "demo-app", "dialect": "standard"}),
        json!({"endpoint": "introspect", "status": 200, "caller": "demo-api"}),
        json!({"endpoint": "introspect", "status": 200, "reason": "malformed"}),
        json!({"endpoint": "introspect", "status": 401, "cause": "wrong_secret"}),
        json!({"endpoint": "token", "status": 400, "error": "unsupported_grant_type"}),
    ]) {
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(&entry[name], value, "{name}: {entry}");
        }
    }
    let id = answer.header("x-request-id").expect("an id");
    let one = sandbox(tenant.server, "GET", &format!("requests/{id}"), None).json();
    assert_eq!(&one, &seen[4]);
    assert_eq!(one["request"]["parameters"], json!([{"name": "grant_type", "value": "nonsense"}]));
    let first = text(&seen[0], "request_id");
    let since = |query: &str| {
        let path = format!("requests?tenant={}&since={first}&{query}", tenant.id);
        let list = sandbox(tenant.server, "GET", &path, None).json();
        list["requests"].as_array().map(Vec::len)
    };
    assert_eq!(since(""), Some(4));
    assert_eq!(since("endpoint=introspect&status=2xx"), Some(2));
    assert_eq!(since("reason=wrong_secret"), Some(1));
    assert_eq!(since("limit=1"), Some(1));
    let wrong = sandbox(tenant.server, "GET", "requests?nonsense=1", None);
    assert_eq!(wrong.status, 400);
    assert_eq!(sandbox(tenant.server, "GET", "requests/nonsense", None).status, 404);
}

#[test]
fn a_request_can_be_said_again_with_curl() {
    let tenant = Tenant::like("demo");
    let token = tenant.token();
    tenant.introspect(&token);
    let id = text(tenant.requests().last().expect("a request"), "request_id");
    let path = format!("requests/{id}/curl");
    let curl = sandbox(tenant.server, "GET", &path, None).text().to_owned();
    let said = std::process::Command::new("sh")
        .args(["-c", &curl])
        .env("SECRET", "demo-api-secret")
        .env("TOKEN", &token)
        .output()
        .expect("sh runs");
    let answer: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|why| panic!("{why}: {curl}\n{}", String::from_utf8_lossy(&said.stderr)));
    assert_eq!(answer["active"], true, "{curl}");
}

/// A server that is no sandbox keeps some of them, and counts the others.
#[test]
fn a_server_keeps_what_was_refused_and_a_sample_of_the_rest() {
    let subject = Subject::start(&Setup::new(Store::Sqlite));
    let admin = admin_token(&subject.server);
    let ask = |path: &str| {
        let request = Request::get(&format!("/admin/v1/{path}")).bearer(&admin);
        subject.server.exchange(&request)
    };
    let token = subject.token();
    let mut connection = subject.server.connect();
    for _ in 0..200 {
        connection.exchange(&subject.introspect(&token)).expect("an answer");
    }
    subject.server.exchange(&subject.introspect("vat_nothing"));
    let wrong = Request::post("/oauth2/introspect").basic(RESOURCE_SERVER, "a-wrong-secret");
    let wrong = subject.server.exchange(&wrong.form(&[("token", &token)]));
    let list = ask("requests?endpoint=introspect&limit=2000");
    let told = list.json();
    let kept = told["items"].as_array().expect("a list");
    let good = kept.iter().filter(|entry| entry.get("reason").is_none() && entry["status"] == 200);
    assert!((1..200).contains(&good.count()), "{}", kept.len());
    assert!(told["skipped"].as_u64().expect("a number") > 0);
    let because = |name: &str, value: &str| kept.iter().any(|entry| entry[name] == value);
    assert!(because("reason", "malformed") && because("cause", "wrong_secret"), "{told}");
    let id = wrong.header("x-request-id").expect("an id");
    let one = ask(&format!("tenants/default/requests/{id}"));
    assert_eq!((one.status, &one.json()["status"]), (200, &json!(401)), "{}", one.text());
    let other = ask(&format!("tenants/other/requests/{id}"));
    assert_eq!(other.status, 404, "it is another tenant's");
    assert_eq!(ask("tenants/other/requests").json()["items"], json!([]));
    assert_eq!(ask("requests/nonsense").status, 404);
    assert_eq!(ask("requests?status=9").status, 400);
    let everything = ask("requests?limit=2000").text().to_owned() + one.text();
    for secret in
        [&token, &admin, &subject.client_secret, &subject.resource_server_secret, "a-wrong-secret"]
    {
        assert!(!everything.contains(secret), "{secret}");
    }
}
