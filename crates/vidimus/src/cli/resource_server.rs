//! `vidimus resource-server …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    object::{Change, Declaration, Narrow, OfTenant, Page, Set, one_id},
    run::{Order, Verb},
    secret_input::read_secret,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum ResourceServerCommand {
    /// Create a resource server
    #[command(
        after_help = "Example: vidimus resource-server create orders-api --audience https://orders.example"
    )]
    Create {
        /// Its id, with which it authenticates
        #[arg(value_name = "ID")]
        positional: Option<String>,
        /// The same, by name
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: ResourceServerKeys,
    },
    /// List resource servers
    #[command(after_help = "Example: vidimus resource-server list --tenant default")]
    List {
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        page: Page,
    },
    /// Show a resource server
    #[command(after_help = "Example: vidimus resource-server show orders-api")]
    Show {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a resource server
    #[command(
        after_help = "Example: vidimus resource-server update orders-api --introspect tenant"
    )]
    Update {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: ResourceServerKeys,
        /// Make a new secret and show it; the old one is good no longer
        #[arg(long, conflicts_with = "secret_file")]
        renew_secret: bool,
        #[command(flatten)]
        change: Change,
    },
    /// Delete a resource server; it can introspect no longer
    #[command(after_help = "Example: vidimus resource-server delete orders-api")]
    Delete {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

#[derive(Debug, Args)]
pub struct ResourceServerKeys {
    /// An audience that it is (RFC 8707); may be given again
    #[arg(long = "audience", value_name = "URI")]
    audiences: Vec<String>,
    /// What it may introspect: audience or tenant
    #[arg(long, value_name = "RIGHT")]
    introspect: Option<String>,
    /// The only scopes that it is told of, separated by spaces
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// How it authenticates: client_secret_basic, private_key_jwt …
    #[arg(long, value_name = "METHOD")]
    auth_method: Option<String>,
    /// Where its public keys are
    #[arg(long, value_name = "URI")]
    jwks_uri: Option<String>,
    /// Its secret, from a file or standard input (-); one is made and shown, if left out
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    #[command(flatten)]
    set: Set,
}

impl ResourceServerKeys {
    fn declaration(&self) -> Result<Declaration, Failure> {
        let secret = self.secret_file.as_deref().map(read_secret).transpose()?;
        Declaration::default()
            .list("audiences", &self.audiences)
            .text("introspect", self.introspect.as_deref())
            .text("scope", self.scope.as_deref())
            .text("token_endpoint_auth_method", self.auth_method.as_deref())
            .text("jwks_uri", self.jwks_uri.as_deref())
            .text("secret", secret.as_ref().map(|secret| secret.expose()))
            .set(&self.set)
    }
}

impl ResourceServerCommand {
    pub fn order(&self) -> Result<Order<'_>, Failure> {
        let (of, verb) = match self {
            Self::Create { positional, id, of, keys } => {
                let id = one_id(positional.as_ref(), id.as_ref())?;
                let id = Some(id.ok_or_else(|| Failure::usage("a resource server needs an id"))?);
                (of, Verb::Create(keys.declaration()?.text("id", id)))
            }
            Self::List { of, narrow, page } => (of, Verb::List(page, narrow.pairs())),
            Self::Show { id, of } => (of, Verb::Show(id)),
            Self::Update { id, of, keys, renew_secret, change } => {
                let declaration = keys.declaration()?.order("renew_secret", *renew_secret);
                (of, Verb::Update(id, declaration.change(change)?))
            }
            Self::Delete { id, of } => (of, Verb::Delete(id)),
        };
        Ok(Order { noun: "resource-servers", tenant: Some(&of.tenant), verb })
    }
}
