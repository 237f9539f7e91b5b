//! One sandbox for all programs, and what they need to know of it.

use std::fs;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PKCS_RSA_SHA256, SigningKey};
use serde_json::{Value, json};
use vidimus_e2e::http::Request;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

pub const APP: (&str, &str) = ("demo-app", "demo-secret");
pub const API: (&str, &str) = ("demo-api", "demo-api-secret");
pub const CONNECTED_APP: (&str, &str) = ("demo-connected-app", "demo-consumer-secret");
pub const CSP: (&str, &str) = ("demo-csp-client", "demo-csp-secret");
pub const API_TOKEN: &str = "demo-csp-api-token-for-this-machine-alone";
pub const WSO2: (&str, &str) = ("rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga");

pub struct Stage {
    server: Server,
}

impl Stage {
    pub fn shared() -> &'static Self {
        static STAGE: OnceLock<Stage> = OnceLock::new();
        STAGE.get_or_init(|| Self { server: Server::dev(&Setup::new(Store::Memory)) })
    }

    pub fn url(&self) -> String {
        self.server.base_url()
    }

    /// What the connected app signs for the JWT bearer flow; `exp` in a string, as the product's own sample.
    pub fn assertion(&self) -> String {
        let file = self.server.directory().join("dev/connected-app.key");
        let key = fs::read_to_string(file).expect("its key");
        let key = KeyPair::from_pem_and_sign_algo(&key, &PKCS_RSA_SHA256).expect("a key");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let claims = json!({
            "iss": CONNECTED_APP.0,
            "sub": "test@test.com",
            "aud": "https://login.salesforce.com",
            "exp": (now + 180).to_string(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&claims));
        let signature = key.sign(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn token(&self, path: &str, basic: Option<(&str, &str)>, form: &[(&str, &str)]) -> String {
        let request = Request::post(path).form(form);
        let request = match basic {
            Some((id, secret)) => request.basic(id, secret),
            None => request,
        };
        self.server.exchange(&request).member("access_token")
    }

    /// Of the standard dialect, for the resource that the demo's resource server is.
    pub fn standard_token(&self) -> String {
        let form = [("grant_type", "client_credentials"), ("resource", "https://orders.example")];
        self.token("/oauth2/token", Some(APP), &form)
    }

    /// Of a user of the Salesforce org.
    pub fn salesforce_token(&self) -> String {
        let form = [
            ("grant_type", "password"),
            ("client_id", CONNECTED_APP.0),
            ("client_secret", CONNECTED_APP.1),
            ("username", "test@test.com"),
            ("password", "test"),
        ];
        self.token("/t/salesforce/services/oauth2/token", None, &form)
    }

    pub fn csp_token(&self) -> String {
        let path = "/t/csp/csp/gateway/am/api/auth/api-tokens/authorize";
        self.token(path, None, &[("api_token", API_TOKEN)])
    }

    pub fn wso2_token(&self) -> String {
        let form = [("grant_type", "client_credentials")];
        self.token("/t/foo.com/oauth2/token", Some(WSO2), &form)
    }
}
