//! `vidimus tenant …`

use clap::{Args, Subcommand};

use super::object::{Change, Declaration, Narrow, Page, Set, one_id};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum TenantCommand {
    /// Create a tenant
    #[command(after_help = "Example: vidimus tenant create foo.com --path-alias /customers")]
    Create {
        /// Its id: the issuer is PUBLIC_URL/t/ID
        #[arg(value_name = "ID")]
        positional: Option<String>,
        /// The same, by name
        #[arg(long)]
        id: Option<String>,
        #[command(flatten)]
        keys: TenantKeys,
    },
    /// List tenants
    #[command(after_help = "Example: vidimus tenant list -o json")]
    List {
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        page: Page,
    },
    /// Show a tenant
    #[command(after_help = "Example: vidimus tenant show foo.com")]
    Show {
        /// Its id
        id: String,
    },
    /// Change a tenant
    #[command(
        after_help = "Example: vidimus tenant update foo.com --set policy.access_token_ttl_seconds=600"
    )]
    Update {
        /// Its id
        id: String,
        #[command(flatten)]
        keys: TenantKeys,
        #[command(flatten)]
        change: Change,
    },
    /// Delete a tenant with all that is in it
    #[command(after_help = "Example: vidimus tenant delete foo.com")]
    Delete {
        /// Its id
        id: String,
    },
}

#[derive(Debug, Args)]
pub struct TenantKeys {
    /// A dialect it speaks; all of them, if left out; may be given again
    #[arg(long = "dialect", value_name = "NAME")]
    dialects: Vec<String>,
    /// A path it is served under as well; may be given again
    #[arg(long = "path-alias", value_name = "PATH")]
    path_aliases: Vec<String>,
    /// A host name of its own; may be given again
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    #[command(flatten)]
    set: Set,
}

impl TenantKeys {
    fn declaration(&self) -> Result<Declaration, Failure> {
        Declaration::default()
            .list("dialects", &self.dialects)
            .list("path_aliases", &self.path_aliases)
            .list("hosts", &self.hosts)
            .set(&self.set)
    }
}

impl TenantCommand {
    pub fn order(&self) -> Result<super::run::Order<'_>, Failure> {
        use super::run::Verb;
        let verb = match self {
            Self::Create { positional, id, keys } => {
                let id = one_id(positional.as_ref(), id.as_ref())?
                    .ok_or_else(|| Failure::usage("a tenant needs an id"))?;
                Verb::Create(keys.declaration()?.text("id", Some(id)))
            }
            Self::List { narrow, page } => Verb::List(page, narrow.pairs()),
            Self::Show { id } => Verb::Show(id),
            Self::Update { id, keys, change } => {
                Verb::Update(id, keys.declaration()?.change(change)?)
            }
            Self::Delete { id } => Verb::Delete(id),
        };
        Ok(super::run::Order { noun: "tenants", tenant: None, verb })
    }
}
