//! `vidimus key …`

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
    /// Print a new master key; a file that standard output goes to is closed to others
    #[command(after_help = "Example: vidimus key generate-master > vidimus.key")]
    GenerateMaster,
}
