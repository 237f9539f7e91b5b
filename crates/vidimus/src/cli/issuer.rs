//! `vidimus issuer …`

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{
    object::{Declaration, Edit, Narrow, OfTenant, Page, Set, one_id},
    run::{Order, Verb},
    secret_input::read_text,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum IssuerCommand {
    /// Trust an issuer: what it signs is a grant (RFC 7523)
    #[command(
        after_help = "Example: vidimus issuer create https://idp.example --jwks-uri https://idp.example/jwks --subject alice --scope api"
    )]
    Create {
        /// What its assertions say as iss
        #[arg(value_name = "ISSUER")]
        positional: Option<String>,
        /// The same, by name
        #[arg(long, value_name = "ISSUER")]
        id: Option<String>,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: IssuerKeys,
    },
    /// List trusted issuers
    #[command(after_help = "Example: vidimus issuer list --tenant default")]
    List {
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        narrow: Narrow,
        #[command(flatten)]
        page: Page,
    },
    /// Show a trusted issuer
    #[command(after_help = "Example: vidimus issuer show https://idp.example")]
    Show {
        /// Its id
        #[arg(value_name = "ISSUER")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Change how far an issuer is trusted
    #[command(after_help = "Example: vidimus issuer update https://idp.example --disable")]
    Update {
        /// Its id
        #[arg(value_name = "ISSUER")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        keys: IssuerKeys,
        #[command(flatten)]
        edit: Edit,
    },
    /// Trust an issuer no longer; what was granted already stays
    #[command(after_help = "Example: vidimus issuer delete https://idp.example")]
    Delete {
        /// Its id
        #[arg(value_name = "ISSUER")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

#[derive(Debug, Args)]
pub struct IssuerKeys {
    /// Where its public keys are
    #[arg(long, value_name = "URI", conflicts_with = "jwks_file")]
    jwks_uri: Option<String>,
    /// Its public keys, a file with a JWK set
    #[arg(long, value_name = "FILE")]
    jwks_file: Option<PathBuf>,
    /// A user it may speak for; "*" for all; may be given again
    #[arg(long = "subject", value_name = "USERNAME")]
    subjects: Vec<String>,
    /// All that its assertions may ever be granted, separated by spaces
    #[arg(long, value_name = "SCOPES")]
    scope: Option<String>,
    /// Accepted in aud beside the tenant's issuer; may be given again
    #[arg(long = "audience", value_name = "AUDIENCE")]
    audiences: Vec<String>,
    #[command(flatten)]
    set: Set,
}

impl IssuerKeys {
    fn declaration(&self) -> Result<Declaration, Failure> {
        let mut declaration = Declaration::default()
            .text("jwks_uri", self.jwks_uri.as_deref())
            .list("subjects", &self.subjects)
            .text("scope", self.scope.as_deref())
            .list("audiences", &self.audiences);
        if let Some(path) = &self.jwks_file {
            let keys = serde_json::from_str(&read_text(path)?);
            let keys = keys
                .map_err(|why| Failure::refused(format!("{} is no JSON: {why}", path.display())))?;
            declaration.0.insert("jwks".to_owned(), keys);
        }
        declaration.set(&self.set)
    }
}

impl IssuerCommand {
    pub fn order(&self) -> Result<Order<'_>, Failure> {
        let (of, verb) = match self {
            Self::Create { positional, id, of, keys } => {
                let id = one_id(positional.as_ref(), id.as_ref())?;
                let id = Some(id.ok_or_else(|| Failure::usage("an issuer needs its name"))?);
                (of, Verb::Create(keys.declaration()?.text("issuer", id)))
            }
            Self::List { of, narrow, page } => (of, Verb::List(page, narrow.pairs())),
            Self::Show { id, of } => (of, Verb::Show(id)),
            Self::Update { id, of, keys, edit } => {
                (of, Verb::Update(id, keys.declaration()?.edit(edit)?))
            }
            Self::Delete { id, of } => (of, Verb::Delete(id)),
        };
        Ok(Order { noun: "issuers", tenant: Some(&of.tenant), verb })
    }
}
