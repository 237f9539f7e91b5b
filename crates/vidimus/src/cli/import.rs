//! `vidimus import …`

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    #[command(flatten)]
    Bring(Product),
    /// Take an import back: delete what it made, put back what it replaced
    #[command(after_help = "Example: vidimus import undo keycloak.undo")]
    Undo {
        /// What `--undo` of the import wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum Product {
    /// Clients of Ory Hydra: `hydra list clients --format json`, or GET /admin/clients; and the table
    /// hydra_client (CSV, JSON or pg_dump), which alone has the hashes of their secrets
    #[command(after_help = "Example: vidimus import hydra clients.json hydra_client.csv --dry-run")]
    Hydra(ImportArgs),
    /// Clients and users of a Keycloak realm: `kc.sh export`, which has secrets and hashes, or the
    /// console's partial export, which masks them
    #[command(
        after_help = "Example: vidimus import keycloak acme-realm.json --unusable-redirects drop --undo keycloak.undo"
    )]
    Keycloak {
        #[command(flatten)]
        args: ImportArgs,
        /// The realm, where the export has several
        #[arg(long, value_name = "REALM")]
        realm: Option<String>,
    },
    /// Applications of WSO2 Identity Server: each as it is exported (XML, YAML or JSON, with its secrets),
    /// or the table IDN_OAUTH_CONSUMER_APPS (CSV, JSON or pg_dump)
    #[command(
        after_help = "Example: vidimus import wso2 pickup.xml --tenant foo.com --scope test1 --undo wso2.undo"
    )]
    Wso2(ImportArgs),
    /// Connected apps and external client apps of Salesforce, from their metadata
    #[command(
        after_help = "Example: vidimus import salesforce Billing.connectedApp-meta.xml --preauthorize-user user@acme.example"
    )]
    Salesforce {
        #[command(flatten)]
        args: ImportArgs,
        /// A user who has approved these apps; "*" for all; may be given again
        #[arg(long = "preauthorize-user", value_name = "USERNAME")]
        preauthorize_users: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The export; together they are one. - is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The tenant that they come to
    #[arg(long, value_name = "TENANT", default_value = "default")]
    pub tenant: String,
    /// Print what becomes of each member, and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write here (closed to others) what takes the import back. Run again after an interruption, it
    /// goes on
    #[arg(long, value_name = "FILE")]
    pub undo: Option<PathBuf>,
    /// Secrets that are masked, encrypted, missing, or hashed as nobody here can compare: leave the
    /// client out (a user comes without a password), or make new ones
    #[arg(long, value_name = "ANSWER")]
    pub masked_secrets: Option<MaskedSecrets>,
    /// Where new secrets are written, closed to others
    #[arg(long, value_name = "FILE", required_if_eq("masked_secrets", "generate"))]
    pub secrets: Option<PathBuf>,
    /// Redirect URIs that cannot be registered here: leave them out, or keep what stands before the
    /// wildcard
    #[arg(long, value_name = "ANSWER")]
    pub unusable_redirects: Option<UnusableRedirects>,
    /// Those that are here already, and no import made them: leave them, or replace them
    #[arg(long, value_name = "ANSWER")]
    pub existing: Option<Existing>,
    /// What clients may ever have, separated by spaces, where the export does not say
    #[arg(long, value_name = "SCOPES")]
    pub scope: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MaskedSecrets {
    Skip,
    Generate,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UnusableRedirects {
    Drop,
    Strip,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Existing {
    Skip,
    Replace,
}

impl Product {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Hydra(_) => "hydra",
            Self::Keycloak { .. } => "keycloak",
            Self::Wso2(_) => "wso2",
            Self::Salesforce { .. } => "salesforce",
        }
    }

    pub const fn args(&self) -> &ImportArgs {
        match self {
            Self::Hydra(args) | Self::Wso2(args) => args,
            Self::Keycloak { args, .. } | Self::Salesforce { args, .. } => args,
        }
    }
}
