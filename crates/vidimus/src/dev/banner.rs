//! What a newcomer reads first: URLs, credentials, and the products' own calls with only the host
//! changed.

use std::{fs, path::Path, time::Duration};

use serde_json::json;

use crate::{
    cli::{DEFAULT_CREDENTIALS, Output, say},
    dev::{Folder, connected_app, tls::Secured},
    failure::Failure,
};

/// What was made, beside the seeds.
pub struct Made<'a> {
    pub url: &'a str,
    pub folder: &'a Folder,
    /// Signs its first visitor in as the administrator.
    pub console: Option<&'a str>,
    pub tls: Option<&'a Secured>,
    pub took: Duration,
}

pub fn print(made: &Made<'_>, output: Output) -> Result<(), Failure> {
    let credentials = made.folder.path().join(DEFAULT_CREDENTIALS);
    match output {
        Output::Json => say(&format!("{:#}", as_json(made, &credentials))),
        Output::Table => {
            say(&format!("{}{}", head(made), text(made, &credentials.display().to_string())))
        }
    }
}

fn head(made: &Made<'_>) -> String {
    let seconds = made.took.as_secs_f64();
    let memory = resident_megabytes().map_or_else(String::new, |mb| format!(", {mb} MB"));
    let console = made.console.map_or_else(String::new, |link| {
        format!(
            "  console   {link}\n            (signs you in as admin, once)\n  \
             inspector {}/console/inspect\n",
            made.url
        )
    });
    let tls = made.tls.map_or_else(String::new, Secured::text);
    format!(
        "vidimus {} sandbox: this machine only, published secrets

  ready     {seconds:.1} s{memory}
{console}{tls}",
        env!("CARGO_PKG_VERSION"),
    )
}

/// Where the system tells; of which no more than a number is wanted.
fn resident_megabytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? / 1024)
}

fn try_first(url: &str) -> String {
    format!(
        "TOKEN=$(curl -s -u demo-app:demo-secret -d grant_type=client_credentials \
         -d resource=https://orders.example {url}/oauth2/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\
         curl -s -u demo-api:demo-api-secret -d token=$TOKEN {url}/oauth2/introspect"
    )
}

/// A page to open, and what exchanges the code that it ends with (RFC 7636, appendix B).
fn sign_in(url: &str) -> (String, String) {
    let page = format!(
        "{url}/oauth2/authorize?client_id=app&response_type=code&scope=openid%20profile\
         &redirect_uri=http://127.0.0.1:8765/callback\
         &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256"
    );
    let exchange = format!(
        "curl -s -d grant_type=authorization_code -d client_id=app \
         -d redirect_uri=http://127.0.0.1:8765/callback -d code=<CODE> \
         -d code_verifier=dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk {url}/oauth2/token"
    );
    (page, exchange)
}

/// The calls of the products' own pages.
fn shapes(url: &str) -> [(&'static str, String); 3] {
    [
        (
            "compatible with WSO2 Identity Server 5.3.0",
            format!(
                "curl -v -X POST --basic -u rgfKVdnMQnJSSr_pKFTxj3apiwYa:BRebJ0aqfclQB9v7yZwhj0JfW0ga \
                 -H 'Content-Type: application/x-www-form-urlencoded;charset=UTF-8' -k \
                 -d 'grant_type=client_credentials&scope=test1 test2' {url}/oauth2/token\n\
                 curl -k -u admin@foo.com:admin -H 'Content-Type: application/x-www-form-urlencoded' \
                 -X POST --data 'token=<ACCESS_TOKEN>' {url}/t/foo.com/oauth2/introspect"
            ),
        ),
        (
            "compatible with Salesforce (url={{url}}, site=/customers)",
            format!(
                "curl -X POST -H 'Content-Type: application/x-www-form-urlencoded' \
                 --data-urlencode 'grant_type=password' --data-urlencode 'client_id=demo-connected-app' \
                 --data-urlencode 'client_secret=demo-consumer-secret' \
                 --data-urlencode 'username=test@test.com' --data-urlencode 'password=test' \
                 {url}/customers/services/oauth2/token\n\
                 curl -X POST -H 'Content-Type: application/x-www-form-urlencoded' \
                 -H 'Accept: application/json' --data-urlencode 'token=<ACCESS_TOKEN>' \
                 --data-urlencode 'token_type_hint=access_token' \
                 --data-urlencode 'client_id=demo-connected-app' \
                 --data-urlencode 'client_secret=demo-consumer-secret' \
                 {url}/customers/services/oauth2/introspect"
            ),
        ),
        (
            "compatible with VMware Cloud Services (api_host={{host}}/t/csp)",
            format!(
                "curl -X POST -d 'api_token=demo-csp-api-token-for-this-machine-alone' \
                 {url}/t/csp/csp/gateway/am/api/auth/api-tokens/authorize\n\
                 curl -X POST -u demo-csp-client:demo-csp-secret \
                 -H 'Content-Type: application/x-www-form-urlencoded' \
                 -d 'token=demo-csp-api-token-for-this-machine-alone' \
                 {url}/t/csp/csp/gateway/am/api/auth/introspect"
            ),
        ),
    ]
}

fn as_json(made: &Made<'_>, credentials: &Path) -> serde_json::Value {
    let (url, folder) = (made.url, made.folder.path());
    let client = |tenant: &str, id: &str, secret: &str| json!({"tenant": tenant, "client_id": id, "client_secret": secret});
    let user = |tenant: &str, name: &str, password: &str| json!({"tenant": tenant, "username": name, "password": password});
    let (page, exchange) = sign_in(url);
    json!({
        "url": url,
        "issuer": url,
        "console": made.console,
        "tls": made.tls.map(Secured::as_json),
        "credentials": credentials,
        "folder": folder,
        "clients": [
            client("default", "demo-app", "demo-secret"),
            {"tenant": "default", "client_id": "app", "redirect_uri": "http://127.0.0.1/callback"},
            client("foo.com", "rgfKVdnMQnJSSr_pKFTxj3apiwYa", "BRebJ0aqfclQB9v7yZwhj0JfW0ga"),
            client("salesforce", "demo-connected-app", "demo-consumer-secret"),
            client("csp", "demo-csp-client", "demo-csp-secret"),
            {"tenant": "csp", "client_id": "demo-public-client"},
        ],
        "resource_servers": [
            {"tenant": "default", "id": "demo-api", "secret": "demo-api-secret"},
        ],
        "users": [
            user("default", "admin", "admin"),
            user("default", "alice@example.com", "alice"),
            user("foo.com", "admin@foo.com", "admin"),
            user("salesforce", "test@test.com", "test"),
            user("csp", "user@csp.example", "user"),
        ],
        "registration_tokens": [
            {"tenant": "default", "token": "demo-registration-token"},
            {"tenant": "salesforce", "token": "demo-initial-access-token"},
        ],
        "api_tokens": [
            {"tenant": "csp", "token": "demo-csp-api-token-for-this-machine-alone"},
        ],
        "connected_app_key": folder.join(connected_app::FILE),
        "salesforce_site": "/customers",
        "try_first": try_first(url),
        "sign_in": {"open": page, "exchange": exchange},
        "shapes": shapes(url).into_iter().map(|(name, calls)| json!({"name": name, "calls": calls})).collect::<Vec<_>>(),
    })
}

fn text(made: &Made<'_>, credentials: &str) -> String {
    let (url, folder) = (made.url, made.folder);
    let stays = match folder {
        Folder::Temporary(_) => "it goes when this ends",
        Folder::Kept(_) => "it stays",
    };
    let (page, exchange) = sign_in(url);
    let indented = |text: &str| text.replace('\n', "\n  ");
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    let shapes: String = shapes(url)
        .into_iter()
        .map(|(name, calls)| {
            let name = name.replace("{{url}}", url).replace("{{host}}", host);
            format!("\n{name}\n  {}\n", indented(&calls))
        })
        .collect();
    // Whoever built it has it on no PATH.
    let program = std::env::current_exe()
        .map_or_else(|_| "vidimus".to_owned(), |path| path.display().to_string());
    format!(
        "  docs      {url}/docs
  issuer    {url}
            client demo-app / demo-secret
            public client app, for people, back to http://127.0.0.1/callback at any port
            resource server demo-api / demo-api-secret, for https://orders.example
            users admin / admin, alice@example.com / alice
            registration token demo-registration-token
  issuer    {url}/t/foo.com (client found at the root)
            client rgfKVdnMQnJSSr_pKFTxj3apiwYa / BRebJ0aqfclQB9v7yZwhj0JfW0ga
            user admin@foo.com / admin
  issuer    {url}/t/salesforce (client found at the root; site /customers, host salesforce.localhost)
            client demo-connected-app / demo-consumer-secret, key {}
            user test@test.com / test, initial access token demo-initial-access-token
  issuer    {url}/t/csp (host csp.localhost)
            client demo-csp-client / demo-csp-secret, public client demo-public-client
            user user@csp.example, API token demo-csp-api-token-for-this-machine-alone
  folder    {} ({stays})

try first
  {}

sign somebody in: open the first, run the second within a minute, with the code in the address that the browser ends at
  {page}
  {exchange}
{shapes}
then
  export VIDIMUS_CREDENTIALS={credentials}
  {program} tour
  echo $TOKEN | {program} token explain
  {program} clock +2h
  {program} fault set introspect 429 --for 3
  curl -s {url}/__sandbox/requests
  curl -s -d '{{\"advance_seconds\": 7200}}' {url}/__sandbox/clock
  curl -s -X POST {url}/__sandbox/reset

requests (time, dialect, endpoint, status, milliseconds, why)
",
        folder.path().join(connected_app::FILE).display(),
        folder.path().display(),
        indented(&try_first(url)),
    )
}
