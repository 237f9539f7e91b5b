//! One server over TLS with a world of the pages' shapes, shared by all stories.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, SigningKey};
use serde_json::{Value, json};
use tempfile::TempDir;
use vidimus_e2e::binary;
use vidimus_e2e::process::Leash;
use vidimus_e2e::server::Server;
use vidimus_e2e::setup::{Setup, Store};

use crate::{certificates, connected_app};

/// An address, not `localhost`: some clients try IPv6 alone under that name.
const HOST: &str = "127.0.0.1";
pub const CLIENT: (&str, &str) = ("OAuthSp", "1955279925675241571");
pub const CSP_CLIENT: (&str, &str) = ("csp-service", "gLp29RnaFhDPbwpYEiBDTyQ7NQBnmdQe");
const CSP_PUBLIC_CLIENT: &str = "csp-native";
const API_TOKEN: &str = "VEYq0O28k2NZilvJuOobgYMsyncyeGQiwedeTVPuvZb2t2FsvedNEH715UdW9St3";
const USER: (&str, &str) = ("test@test.com", "correct horse battery staple");
const SCOPE: &str = "id api web full refresh_token openid";
const REGISTRATION: &str = "init-Yh2xqQm8Zr4tVb6nKc1wLs";

/// Two sites of the same shape: the default tenant at the root, another below a path.
pub const ROOT: &str = "";
pub const CUSTOMERS: &str = "/customers";

pub struct Stage {
    server: Server,
    url: String,
    files: TempDir,
    /// The shared stage is never dropped, and its files hold keys.
    _leash: Leash,
    private_key: KeyPair,
}

impl Stage {
    pub fn shared() -> &'static Self {
        static STAGE: OnceLock<Stage> = OnceLock::new();
        STAGE.get_or_init(|| Self::start(""))
    }

    /// One of its own, where the tenant of WSO2's page has a line more.
    pub fn start(of_wso2: &str) -> Self {
        let files = tempfile::Builder::new().prefix("vidimus-clients-").tempdir().expect("folder");
        let leash = Leash::run("rm -rf -- \"$1\"", &[files.path().as_os_str()]).expect("leash");
        certificates::of_the_server(files.path(), &[HOST]);
        let private_key = connected_app::write(files.path());
        let port = free_port();
        let url = format!("https://{HOST}:{port}");
        let file = |name: &str| files.path().join(name).display().to_string();
        // Identity URLs and issuers are followed by clients, so they must lead back here.
        let mut setup = Setup::new(Store::Sqlite)
            .world(&world(&file("connected-app.pem"), of_wso2))
            .setting("server.listen", &format!("{HOST}:{port}"))
            .setting("server.tls_cert", &file("cert.pem"))
            .setting("server.tls_key", &file("key.pem"));
        setup.public_url.clone_from(&url);
        let server = Server::start(&setup);
        let stage = Self { server, url, files, _leash: leash, private_key };
        stage.write_settings();
        stage
    }

    fn write_settings(&self) {
        let curl = format!(
            "cacert = {:?}\nsilent\nshow-error\nwrite-out = \"\\n%{{http_code}}\"\n",
            self.ca_file().display()
        );
        fs::write(self.curl_home().join(".curlrc"), curl).expect("written");
        let credentials = self.credentials();
        let mut text = fs::read_to_string(&credentials).expect("the administrator's credentials");
        text.push_str(&format!("ca_file = {:?}\n", self.ca_file().display()));
        fs::write(credentials, text).expect("written");
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> &str {
        self.url.trim_start_matches("https://")
    }

    pub fn curl_home(&self) -> &Path {
        self.files.path()
    }

    pub fn ca_file(&self) -> PathBuf {
        self.files.path().join("ca.pem")
    }

    fn credentials(&self) -> PathBuf {
        self.server.directory().join("vidimus-admin.toml")
    }

    /// What a script is told of the stage.
    pub fn facts(&self, site: &str) -> Value {
        let tenant = if site == ROOT { "default" } else { "customers" };
        json!({
            "url": self.url,
            "site": site,
            "ca_file": self.ca_file(),
            "client_id": CLIENT.0,
            "client_secret": CLIENT.1,
            "unapproved_client_id": "Unapproved",
            "private_key": self.private_key.serialize_pem(),
            "scope": SCOPE,
            "username": USER.0,
            "password": USER.1,
            "init_access_token": REGISTRATION,
            "refresh_token": self.refresh_token(tenant, CLIENT.0),
            "csp_client_id": CSP_CLIENT.0,
            "csp_client_secret": CSP_CLIENT.1,
            "csp_public_client_id": CSP_PUBLIC_CLIENT,
            "csp_public_refresh_token": self.refresh_token("default", CSP_PUBLIC_CLIENT),
            "api_token": API_TOKEN,
        })
    }

    pub fn api_token(&self) -> &'static str {
        API_TOKEN
    }

    /// What the connected app signs for the JWT bearer flow: `exp` in a string, as the product's own sample.
    pub fn assertion(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let claims = json!({
            "iss": CLIENT.0,
            "sub": USER.0,
            "aud": "https://login.salesforce.com",
            "exp": (now + 180).to_string(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&json!({"alg": "RS256"})), part(&claims));
        let signature = self.private_key.sign(signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// As a user's sign-in would have left it with the client.
    fn refresh_token(&self, tenant: &str, client: &str) -> String {
        let order = ["token", "mint", "--refresh", "--tenant", tenant, "--client-id", client];
        let output = binary::command()
            .args(order)
            .args(["--username", USER.0, "--output", "json", "--server", &self.url])
            .arg("--credentials")
            .arg(self.credentials())
            .output()
            .expect("the program runs");
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "token mint: {complained}");
        let minted: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        minted["refresh_token"].as_str().expect("a refresh token").to_owned()
    }
}

fn free_port() -> u16 {
    let socket = TcpListener::bind((HOST, 0)).expect("a free port");
    socket.local_addr().expect("its address").port()
}

fn world(certificate: &str, of_wso2: &str) -> String {
    [
        salesforce("default", "", certificate),
        csp(),
        of_administrator(),
        salesforce("customers", &format!("path_aliases = [{CUSTOMERS:?}]\n"), certificate),
        wso2(of_wso2),
    ]
    .concat()
}

/// An organization with a connected app that its users have approved, and one they have not.
fn salesforce(tenant: &str, place: &str, certificate: &str) -> String {
    let ((id, secret), (username, password)) = (CLIENT, USER);
    let app = |id: &str, approved: &str| {
        format!(
            r#"
[[tenant.client]]
client_id = "{id}"
client_secret = "{secret}"
grant_types = ["authorization_code", "refresh_token", "password", "client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
redirect_uris = ["https://app.example/cb"]
scope = "{SCOPE}"
token_endpoint_auth_method = "client_secret_post"
assertion_certificates_files = [{certificate:?}]
preauthorized_users = [{approved}]
"#
        )
    };
    format!(
        r#"
[[tenant]]
id = "{tenant}"
{place}
[tenant.policy]
registration = "token"
allow_password_grant = true
{}{}
[[tenant.user]]
username = "{username}"
password = "{password}"
email = "{username}"

[[tenant.registration_token]]
token = "{REGISTRATION}"
uses = 100
expires_in_seconds = 86400
"#,
        app(id, "\"*\""),
        app("Unapproved", ""),
    )
}

/// Belongs to the tenant before it.
fn csp() -> String {
    let ((id, secret), (username, _)) = (CSP_CLIENT, USER);
    format!(
        r#"
[[tenant.client]]
client_id = "{id}"
client_secret = "{secret}"
grant_types = ["client_credentials", "refresh_token"]
scope = "openid"
introspect = "tenant"

[[tenant.client]]
client_id = "{CSP_PUBLIC_CLIENT}"
grant_types = ["authorization_code", "refresh_token"]
redirect_uris = ["http://127.0.0.1/cb"]
scope = "openid"
token_endpoint_auth_method = "none"

[[tenant.api_token]]
token = "{API_TOKEN}"
username = "{username}"
scope = "openid"
expires_in_seconds = 15552000
"#
    )
}

/// Belongs to the tenant before it: whom one of the page's commands asks as.
fn of_administrator() -> String {
    r#"
[[tenant.user]]
username = "admin"
password = "admin"
roles = ["introspect"]
"#
    .to_owned()
}

/// With the page's own values.
fn wso2(more: &str) -> String {
    format!(
        r#"
[[tenant]]
id = "foo.com"
dialects = ["wso2"]
{more}

[tenant.policy]
reachable_at_root = true

[[tenant.client]]
client_id = "rgfKVdnMQnJSSr_pKFTxj3apiwYa"
client_secret = "BRebJ0aqfclQB9v7yZwhj0JfW0ga"
grant_types = ["client_credentials"]
scope = "test1"
owner = "admin@foo.com"

[[tenant.user]]
username = "admin@foo.com"
password = "admin"
roles = ["introspect"]
"#
    )
}
