//! `vidimus token …`

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::{
    object::{Declaration, OfTenant, Page},
    secret_input::read_secret,
};
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
    /// List tokens, the newest first; their texts are known to nobody here
    #[command(after_help = "Example: vidimus token list --client-id billing --limit 20")]
    List {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        page: Page,
    },
    /// Make the token inactive, and with it all of its family; or all of a family, a client or a user
    #[command(after_help = "Example: vidimus token revoke --client-id billing")]
    Revoke {
        #[command(flatten)]
        token: TokenInput,
        #[command(flatten)]
        whose: Whose,
        /// Every token of the tenant
        #[arg(long, conflicts_with_all = ["client_id", "username", "family"])]
        all: bool,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Issue a token as a client would have got it, or a long-lived API token of a user
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

/// At most one of these.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub struct Whose {
    /// Those issued to this client
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// Those issued on this user's behalf
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Those of one authorization
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,
}

impl Whose {
    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let given = [
            ("client_id", &self.client_id),
            ("username", &self.username),
            ("family", &self.family),
        ];
        given.into_iter().filter_map(|(key, value)| Some((key, value.as_deref()?))).collect()
    }
}

#[derive(Debug, Args)]
pub struct Mint {
    /// The client that it is issued to; the tenant's only one that may have the scope, if left out
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// The user on whose behalf
    #[arg(long, visible_alias = "user", value_name = "NAME")]
    username: Option<String>,
    /// Scopes, separated by spaces; all that the client may have, if left out, or none of an API
    /// token
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// An audience (RFC 8707); may be given again
    #[arg(long, value_name = "URI")]
    resource: Vec<String>,
    /// Spelled as this dialect's tokens are; see `vidimus tenant show`
    #[arg(long, value_name = "DIALECT")]
    profile: Option<String>,
    /// How long it lives
    #[arg(long, value_name = "SECONDS")]
    ttl_seconds: Option<i64>,
    /// Not active before, in seconds since 1970
    #[arg(long, value_name = "TIME")]
    not_before: Option<i64>,
    /// With a refresh token
    #[arg(long)]
    refresh: bool,
    /// An API token: a refresh token of the user and of no client, known by an id
    #[arg(
        long,
        requires = "username",
        conflicts_with_all = ["client_id", "resource", "ttl_seconds", "not_before", "refresh"]
    )]
    api_token: bool,
    /// How long the API token lives; 180 days, if left out
    #[arg(long, value_name = "SECONDS", requires = "api_token")]
    expires_in: Option<i64>,
    /// The id of the API token; one is made, if left out
    #[arg(long, value_name = "ID", requires = "api_token")]
    id: Option<String>,
    /// The text of the API token, from a file or standard input (-); one is made, if left out
    #[arg(long, value_name = "FILE", requires = "api_token")]
    token_file: Option<PathBuf>,
    /// Print the token alone
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    of: OfTenant,
}

/// A POST under the tenant.
pub struct TokenOrder<'a> {
    pub tenant: &'a str,
    pub action: &'static [&'static str],
    pub body: Value,
    /// The one member to print, as it is.
    pub only: Option<&'static str>,
    pub is_shown_once: bool,
    /// A list instead, narrowed to these.
    pub list: Option<(Vec<(&'static str, &'a str)>, &'a Page)>,
}

impl TokenCommand {
    pub fn order(&self) -> Result<TokenOrder<'_>, Failure> {
        let (of, action, body) = match self {
            Self::Introspect { token, of } => {
                (of, &["tokens", "introspect"][..], json!({"token": token.read()?}))
            }
            Self::Explain { token, caller, of } => {
                let body = json!({"token": token.read()?, "caller": caller});
                (of, &["tokens", "explain"][..], body)
            }
            Self::Revoke { whose, of, all, .. } if *all || !whose.pairs().is_empty() => {
                let mut body: Map<String, Value> =
                    whose.pairs().into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
                if *all {
                    body.insert("all".to_owned(), true.into());
                }
                (of, &["revocations"][..], Value::Object(body))
            }
            Self::Revoke { token, of, .. } => {
                (of, &["tokens", "revoke"][..], json!({"token": token.read()?}))
            }
            Self::List { of, .. } => (of, &["tokens"][..], Value::Null),
            Self::Mint(mint) => return mint.order(),
        };
        let tenant = &of.tenant;
        let list = match self {
            Self::List { whose, page, .. } => Some((whose.pairs(), page)),
            _ => None,
        };
        Ok(TokenOrder { tenant, action, body, only: None, is_shown_once: false, list })
    }
}

impl TokenInput {
    fn read(&self) -> Result<String, Failure> {
        read_secret(&self.token_file).map(|token| token.expose().to_owned())
    }
}

impl Mint {
    fn order(&self) -> Result<TokenOrder<'_>, Failure> {
        let (action, body, member): (&'static [_], _, _) = if self.api_token {
            (&["api-tokens"], self.api_token()?, "token")
        } else {
            (&["tokens"], self.body(), "access_token")
        };
        let (tenant, only) = (&self.of.tenant, self.quiet.then_some(member));
        // Whoever chose it knows it.
        let is_shown_once = self.api_token && self.token_file.is_none();
        Ok(TokenOrder { tenant, action, body, only, is_shown_once, list: None })
    }

    fn api_token(&self) -> Result<Value, Failure> {
        let token = self.token_file.as_deref().map(read_secret).transpose()?;
        let declaration = Declaration::default()
            .text("username", self.username.as_deref())
            .text("scope", self.scope.as_deref())
            .text("id", self.id.as_deref())
            .number("expires_in_seconds", self.expires_in)
            .text("token", token.as_ref().map(|token| token.expose()));
        Ok(Value::Object(declaration.0))
    }

    fn body(&self) -> Value {
        let mut body = json!({
            "client_id": self.client_id,
            "resource": self.resource,
            "refresh": self.refresh,
        });
        let optional = [
            ("username", self.username.clone().map(Value::from)),
            ("scope", self.scope.clone().map(Value::from)),
            ("profile", self.profile.clone().map(Value::from)),
            ("ttl_seconds", self.ttl_seconds.map(Value::from)),
            ("not_before", self.not_before.map(Value::from)),
        ];
        if let Value::Object(map) = &mut body {
            map.extend(optional.into_iter().filter_map(|(k, v)| Some((k.to_owned(), v?))));
        }
        body
    }
}
