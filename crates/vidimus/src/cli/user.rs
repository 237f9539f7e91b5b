//! `vidimus user …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    object::{Change, Declaration, Narrow, OfTenant, Page, Set, one_id},
    run::{Order, Verb},
    secret_input::read_secret,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Create a user
    #[command(
        after_help = "Example: vidimus user create alice@foo.com --tenant foo.com --password-file password.txt"
    )]
    Create {
        /// The name, with which it signs in
        #[arg(value_name = "USERNAME")]
        positional: Option<String>,
        /// The same, by name
        #[arg(long, value_name = "USERNAME")]
        id: Option<String>,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: UserKeys,
    },
    /// List users
    #[command(after_help = "Example: vidimus user list --tenant default")]
    List {
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        page: Page,
    },
    /// Show a user
    #[command(after_help = "Example: vidimus user show alice@foo.com --tenant foo.com")]
    Show {
        /// Its id
        #[arg(value_name = "USERNAME")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a user
    #[command(
        after_help = "Example: vidimus user update alice@foo.com --tenant foo.com --revoke-tokens"
    )]
    Update {
        /// Its id
        #[arg(value_name = "USERNAME")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: UserKeys,
        #[command(flatten)]
        change: Change,
    },
    /// Delete a user; its tokens are inactive from then on
    #[command(after_help = "Example: vidimus user delete alice@foo.com --tenant foo.com")]
    Delete {
        /// Its id
        #[arg(value_name = "USERNAME")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

#[derive(Debug, Args)]
pub struct UserKeys {
    /// A role it has; may be given again
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Its address
    #[arg(long, value_name = "EMAIL")]
    email: Option<String>,
    /// Its password, from a file or standard input (-)
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    set: Set,
}

impl UserKeys {
    fn declaration(&self) -> Result<Declaration, Failure> {
        let secret = self.password_file.as_deref().map(read_secret).transpose()?;
        Declaration::default()
            .list("roles", &self.roles)
            .text("email", self.email.as_deref())
            .text("password", secret.as_ref().map(|secret| secret.expose()))
            .set(&self.set)
    }
}

impl UserCommand {
    pub fn order(&self) -> Result<Order<'_>, Failure> {
        let (of, verb) = match self {
            Self::Create { positional, id, of, keys } => {
                let id = one_id(positional.as_ref(), id.as_ref())?;
                let id = Some(id.ok_or_else(|| Failure::usage("a user needs a username"))?);
                (of, Verb::Create(keys.declaration()?.text("username", id)))
            }
            Self::List { of, narrow, page } => (of, Verb::List(page, narrow.pairs())),
            Self::Show { id, of } => (of, Verb::Show(id)),
            Self::Update { id, of, keys, change } => {
                (of, Verb::Update(id, keys.declaration()?.change(change)?))
            }
            Self::Delete { id, of } => (of, Verb::Delete(id)),
        };
        Ok(Order { noun: "users", tenant: Some(&of.tenant), verb })
    }
}
