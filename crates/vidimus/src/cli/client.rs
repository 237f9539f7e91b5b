//! `vidimus client …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    object::{Change, Declaration, Narrow, OfTenant, Page, Pairs, Set, one_id},
    run::{Order, Verb},
    secret_input::{read_secret, read_text},
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum ClientCommand {
    /// Create a client
    #[command(
        after_help = "Example: vidimus client create billing --grant-type client_credentials --scope orders:read"
    )]
    Create {
        /// Its client_id; one is made, if left out
        #[arg(value_name = "CLIENT_ID")]
        positional: Option<String>,
        /// The same, by name
        #[arg(long, value_name = "CLIENT_ID")]
        id: Option<String>,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: ClientKeys,
    },
    /// List clients
    #[command(after_help = "Example: vidimus client list --source registered --unused-for 30d")]
    List {
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        sieve: Box<Sieve>,
        #[command(flatten)]
        page: Page,
    },
    /// Show a client
    #[command(after_help = "Example: vidimus client show billing")]
    Show {
        /// Its id
        #[arg(value_name = "CLIENT_ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a client
    #[command(after_help = "Example: vidimus client update billing --disable")]
    Update {
        /// Its id
        #[arg(value_name = "CLIENT_ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: ClientKeys,
        /// Make a new secret and show it; the old one is good no longer
        #[arg(long, conflicts_with = "secret_file")]
        renew_secret: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Delete a client; its tokens are inactive from then on
    #[command(after_help = "Example: vidimus client delete billing")]
    Delete {
        /// Its id
        #[arg(value_name = "CLIENT_ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

/// What a list of clients is narrowed to.
#[derive(Debug, Args)]
pub struct Sieve {
    #[command(flatten)]
    narrow: Narrow,
    /// Only those from there: a world file, their own registration, an administrator
    #[arg(long, value_name = "SOURCE", value_parser = ["declared", "registered", "api"])]
    source: Option<String>,
    /// Only those that nobody has used for so long, in days or weeks: 30d, 8w
    #[arg(long, value_name = "TIME", value_parser = days)]
    unused_for: Option<u32>,
    /// Only those that may use this grant
    #[arg(long, value_name = "GRANT")]
    grant: Option<String>,
    /// Only those that may have this scope
    #[arg(long, value_name = "SCOPE")]
    scope: Option<String>,
    /// Only those whose users may be sent back to this host
    #[arg(long, value_name = "HOST")]
    redirect_host: Option<String>,
}

impl Sieve {
    fn pairs(&self) -> Pairs {
        let given = [
            ("source", self.source.clone()),
            ("unused_for_days", self.unused_for.map(|days| days.to_string())),
            ("grant", self.grant.clone()),
            ("scope", self.scope.clone()),
            ("redirect_host", self.redirect_host.clone()),
        ];
        let given = given.into_iter().filter_map(|(name, value)| Some((name, value?)));
        self.narrow.pairs().into_iter().chain(given).collect()
    }
}

fn days(text: &str) -> Result<u32, String> {
    let (count, of) = match text.strip_suffix('w') {
        Some(weeks) => (weeks, 7),
        None => (text.strip_suffix('d').unwrap_or(text), 1),
    };
    let days = count.parse::<u32>().ok().and_then(|count| count.checked_mul(of));
    days.ok_or_else(|| "such as 30d or 8w".to_owned())
}

#[derive(Debug, Args)]
pub struct ClientKeys {
    /// Its name, for people
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// A grant it may use; may be given again
    #[arg(long = "grant-type", value_name = "GRANT")]
    grant_types: Vec<String>,
    /// What it may ever have, separated by spaces
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// Where the user may be sent back to; may be given again
    #[arg(long = "redirect-uri", value_name = "URI")]
    redirect_uris: Vec<String>,
    /// How it authenticates: client_secret_basic, private_key_jwt, none …
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// Where its public keys are
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// What its access tokens are: opaque or jwt
    #[arg(long, value_name = "FORM")]
    format: Option<String>,
    /// What it may introspect: own, audience or tenant
    #[arg(long, value_name = "RIGHT")]
    introspect: Option<String>,
    /// A user who has approved it beforehand; "*" for all; may be given again
    #[arg(long = "preauthorize-user", value_name = "USERNAME")]
    preauthorized_users: Vec<String>,
    /// A certificate (PEM) whose key signs its assertions; may be given again
    #[arg(long = "assertion-certificate", value_name = "FILE")]
    assertion_certificates: Vec<PathBuf>,
    /// Its secret, from a file or standard input (-); one is made and shown, if left out
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    set: Set,
}

impl ClientKeys {
    fn declaration(&self) -> Result<Declaration, Failure> {
        let certificates = self.assertion_certificates.iter().map(|path| read_text(path));
        let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
        let secret = self.secret_file.as_deref().map(read_secret).transpose()?;
        Declaration::default()
            .text("client_name", self.name.as_deref())
            .list("grant_types", &self.grant_types)
            .text("scope", self.scope.as_deref())
            .list("redirect_uris", &self.redirect_uris)
            .text("token_endpoint_auth_method", self.auth_method.as_deref())
            .text("jwks_uri", self.jwks_uri.as_deref())
            .text("access_token_format", self.format.as_deref())
            .text("introspect", self.introspect.as_deref())
            .list("preauthorized_users", &self.preauthorized_users)
            .list("assertion_certificates", &certificates)
            .text("client_secret", secret.as_ref().map(|secret| secret.expose()))
            .set(&self.set)
    }
}

impl ClientCommand {
    pub fn order(&self) -> Result<Order<'_>, Failure> {
        let (of, verb) = match self {
            Self::Create { positional, id, of, keys } => {
                let id = one_id(positional.as_ref(), id.as_ref())?;
                (of, Verb::Create(keys.declaration()?.text("client_id", id)))
            }
            Self::List { of, sieve, page } => (of, Verb::List(page, sieve.pairs())),
            Self::Show { id, of } => (of, Verb::Show(id)),
            Self::Update { id, of, keys, renew_secret, change } => {
                let declaration = keys.declaration()?.order("renew_secret", *renew_secret);
                (of, Verb::Update(id, declaration.change(change)?))
            }
            Self::Delete { id, of } => (of, Verb::Delete(id)),
        };
        Ok(Order { noun: "clients", tenant: Some(&of.tenant), verb })
    }
}
