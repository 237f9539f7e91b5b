//! `vidimus key …`

use std::path::PathBuf;

use clap::Subcommand;

use super::object::OfTenant;

/// Of a tenant that has no keys yet. Small signatures, quick to make, verified everywhere.
pub const DEFAULT_ALG: &str = "ES256";

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// List a tenant's signing keys and what each is doing
    #[command(after_help = "Example: vidimus key list --tenant default")]
    List {
        #[command(flatten)]
        of: OfTenant,
    },
    /// Announce new signing keys ahead of time; they sign once every cache has seen them
    #[command(after_help = "Example: vidimus key rotate")]
    Rotate {
        /// Of which algorithm; the others' keys stay as they are. Left out: every algorithm that
        /// has keys
        #[arg(long, value_name = "ALGORITHM")]
        #[arg(value_parser = ["ES256", "RS256", "PS256", "EdDSA"])]
        alg: Option<String>,
        /// The old keys are known to others: the new ones sign at once, and whatever the old ones
        /// signed is inactive
        #[arg(long)]
        compromised: bool,
        #[command(flatten)]
        of: OfTenant,
    },
    /// Let another master key take the place of this one, while servers go on: first this, then SIGHUP to
    /// every server, then --finish
    #[command(after_help = "Example: vidimus key rotate-master --config vidimus.toml\n\n\
         Several servers on one database: --prepare first, the file and SIGHUP to each of them, \
         then without it, and so on. Keep the old key as long as you keep backups of its time.")]
    RotateMaster {
        /// The configuration; else vidimus.toml, if it is here
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Let every server know the next key before the first one seals with it
        #[arg(long, conflicts_with = "finish")]
        prepare: bool,
        /// Drop the old keys, once the server says that nothing is sealed under them
        #[arg(long)]
        finish: bool,
    },
    /// Print a new master key; a file that standard output goes to is closed to others
    #[command(after_help = "Example: vidimus key generate-master > vidimus.key")]
    GenerateMaster,
}
