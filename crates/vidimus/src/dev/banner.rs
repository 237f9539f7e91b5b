//! What a newcomer reads first: URLs, credentials, and one thing to try.

use serde_json::json;

use crate::{
    cli::{DEFAULT_CREDENTIALS, Output, say},
    dev::Folder,
    failure::Failure,
};

pub fn print(url: &str, folder: &Folder, output: Output) -> Result<(), Failure> {
    let credentials = folder.path().join(DEFAULT_CREDENTIALS);
    let try_first = format!(
        "TOKEN=$(curl -s -u demo-app:demo-secret -d grant_type=client_credentials \
         -d resource=https://orders.example {url}/oauth2/token | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\
         curl -s -u demo-api:demo-api-secret -d token=$TOKEN {url}/oauth2/introspect"
    );
    match output {
        Output::Json => say(&format!(
            "{:#}",
            json!({
                "url": url,
                "issuer": url,
                "credentials": credentials,
                "folder": folder.path(),
                "clients": [
                    {"tenant": "default", "client_id": "demo-app", "client_secret": "demo-secret"},
                    {"tenant": "foo.com", "client_id": "rgfKVdnMQnJSSr_pKFTxj3apiwYa",
                     "client_secret": "BRebJ0aqfclQB9v7yZwhj0JfW0ga"},
                ],
                "resource_servers": [
                    {"tenant": "default", "id": "demo-api", "secret": "demo-api-secret"},
                ],
                "users": [
                    {"tenant": "default", "username": "admin", "password": "admin"},
                    {"tenant": "foo.com", "username": "admin@foo.com", "password": "admin"},
                ],
                "try_first": try_first,
            })
        )),
        Output::Table => say(&text(url, folder, &credentials.display().to_string(), &try_first)),
    }
}

fn text(url: &str, folder: &Folder, credentials: &str, try_first: &str) -> String {
    let stays = match folder {
        Folder::Temporary(_) => "it goes when this ends",
        Folder::Kept(_) => "it stays",
    };
    let try_first = try_first.replace('\n', "\n  ");
    // Whoever built it has it on no PATH.
    let program = std::env::current_exe()
        .map_or_else(|_| "vidimus".to_owned(), |path| path.display().to_string());
    format!(
        "vidimus {} sandbox: this machine only, published secrets

  issuer    {url}
            client demo-app / demo-secret
            resource server demo-api / demo-api-secret, for https://orders.example
            user admin / admin
  issuer    {url}/t/foo.com
            client rgfKVdnMQnJSSr_pKFTxj3apiwYa / BRebJ0aqfclQB9v7yZwhj0JfW0ga
            user admin@foo.com / admin
  folder    {} ({stays})

try first
  {try_first}

then
  export VIDIMUS_CREDENTIALS={credentials}
  echo $TOKEN | {program} token explain
  curl -s -d '{{\"advance_seconds\": 7200}}' {url}/__sandbox/clock
  curl -s {url}/__sandbox/requests
  curl -s -X POST {url}/__sandbox/reset
",
        env!("CARGO_PKG_VERSION"),
        folder.path().display(),
    )
}
