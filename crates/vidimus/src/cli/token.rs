//! `vidimus token …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{object::OfTenant, secret_input::read_secret};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Show what the token is, as whoever may see everything is told
    #[command(after_help = "Example: vidimus token introspect --token-file token.txt")]
    Introspect {
        #[command(flatten)]
        token: TokenInput,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Show what a caller is told about the token, and why
    #[command(
        after_help = "Example: vidimus token explain --caller orders-api --token-file token.txt"
    )]
    Explain {
        #[command(flatten)]
        token: TokenInput,
        /// The client or resource server that asks; one who may see everything, if left out
        #[arg(long, value_name = "ID")]
        caller: Option<String>,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Make the token inactive, and with it all of its family
    #[command(after_help = "Example: vidimus token revoke --token-file token.txt")]
    Revoke {
        #[command(flatten)]
        token: TokenInput,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Issue a token as a client would have got it
    #[command(
        after_help = "Example: vidimus token mint --client-id billing --scope orders:read --quiet"
    )]
    Mint(Box<Mint>),
}

/// A token is a secret: never an argument.
#[derive(Debug, Args)]
pub struct TokenInput {
    /// A file with the token; standard input, if left out or -
    #[arg(long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    token_file: PathBuf,
}

#[derive(Debug, Args)]
pub struct Mint {
    /// The client that it is issued to
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// The user on whose behalf
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Scopes, separated by spaces; all that the client may have, if left out
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// An audience (RFC 8707); may be given again
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,
    /// How long it lives
    #[arg(long, value_name = "SECONDS")]
    ttl_seconds: Option<i64>,
    /// Not active before, in seconds since 1970
    #[arg(long, value_name = "TIME")]
    not_before: Option<i64>,
    /// With a refresh token
    #[arg(long)]
    refresh: bool,
    /// Print the access token alone
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    of: OfTenant,
}

/// A POST under the tenant's `tokens`.
pub struct TokenOrder<'a> {
    pub tenant: &'a str,
    pub action: &'static str,
    pub body: Value,
    /// The one member to print, as it is.
    pub only: Option<&'static str>,
}

impl TokenCommand {
    pub fn order(&self) -> Result<TokenOrder<'_>, Failure> {
        let (of, action, body) = match self {
            Self::Introspect { token, of } => (of, "/introspect", json!({"token": token.read()?})),
            Self::Explain { token, caller, of } => {
                (of, "/explain", json!({"token": token.read()?, "caller": caller}))
            }
            Self::Revoke { token, of } => (of, "/revoke", json!({"token": token.read()?})),
            Self::Mint(mint) => {
                let only = mint.quiet.then_some("access_token");
                let tenant = &mint.of.tenant;
                return Ok(TokenOrder { tenant, action: "", body: mint.body(), only });
            }
        };
        Ok(TokenOrder { tenant: &of.tenant, action, body, only: None })
    }
}

impl TokenInput {
    fn read(&self) -> Result<String, Failure> {
        read_secret(&self.token_file).map(|token| token.expose().to_owned())
    }
}

impl Mint {
    fn body(&self) -> Value {
        let mut body = json!({
            "client_id": self.client_id,
            "resource": self.resource,
            "refresh": self.refresh,
        });
        let optional = [
            ("username", self.username.clone().map(Value::from)),
            ("scope", self.scope.clone().map(Value::from)),
            ("ttl_seconds", self.ttl_seconds.map(Value::from)),
            ("not_before", self.not_before.map(Value::from)),
        ];
        if let Value::Object(map) = &mut body {
            map.extend(optional.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))));
        }
        body
    }
}
