//! `vidimus registration-token …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    object::{Declaration, Edit, Narrow, OfTenant, Page, Set, one_id},
    run::{Order, Verb},
    secret_input::read_secret,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum RegistrationTokenCommand {
    /// Create an initial access token: its holder may register clients (RFC 7591)
    #[command(
        after_help = "Example: vidimus registration-token create partners --uses 100 --expires-in 86400"
    )]
    Create {
        /// Its id, by which it is managed; one is made, if left out
        #[arg(value_name = "ID")]
        positional: Option<String>,
        /// The same, by name
        #[arg(long, value_name = "ID")]
        id: Option<String>,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: RegistrationTokenKeys,
    },
    /// List registration tokens
    #[command(after_help = "Example: vidimus registration-token list --tenant default")]
    List {
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        page: Page,
    },
    /// Show a registration token, with what is left of it
    #[command(after_help = "Example: vidimus registration-token show partners")]
    Show {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change a registration token; what was used of it stays used
    #[command(after_help = "Example: vidimus registration-token update partners --uses 200")]
    Update {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: RegistrationTokenKeys,
        #[command(flatten)]
        edit: Edit,
    },
    /// Delete a registration token; the clients that were registered with it stay
    #[command(after_help = "Example: vidimus registration-token delete partners")]
    Delete {
        /// Its id
        #[arg(value_name = "ID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

#[derive(Debug, Args)]
pub struct RegistrationTokenKeys {
    /// How many clients it may register; 1, if left out
    #[arg(long, value_name = "NUMBER")]
    uses: Option<i64>,
    /// How long it lives; a day, if left out
    #[arg(long, value_name = "SECONDS")]
    expires_in: Option<i64>,
    /// Its text, from a file or standard input (-); one is made and shown, if left out
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    #[command(flatten)]
    set: Set,
}

impl RegistrationTokenKeys {
    fn declaration(&self) -> Result<Declaration, Failure> {
        let token = self.token_file.as_deref().map(read_secret).transpose()?;
        Declaration::default()
            .number("uses", self.uses)
            .number("expires_in_seconds", self.expires_in)
            .text("token", token.as_ref().map(|token| token.expose()))
            .set(&self.set)
    }
}

impl RegistrationTokenCommand {
    pub fn order(&self) -> Result<Order<'_>, Failure> {
        let (of, verb) = match self {
            Self::Create { positional, id, of, keys } => {
                let id = one_id(positional.as_ref(), id.as_ref())?;
                (of, Verb::Create(keys.declaration()?.text("id", id)))
            }
            Self::List { of, narrow, page } => (of, Verb::List(page, narrow.pairs())),
            Self::Show { id, of } => (of, Verb::Show(id)),
            Self::Update { id, of, keys, edit } => {
                (of, Verb::Update(id, keys.declaration()?.edit(edit)?))
            }
            Self::Delete { id, of } => (of, Verb::Delete(id)),
        };
        Ok(Order { noun: "registration-tokens", tenant: Some(&of.tenant), verb })
    }
}
