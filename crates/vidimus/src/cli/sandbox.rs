//! Commands that only a sandbox obeys: its clock, faults, and the way back to the seeds.

use clap::{Args, Subcommand};

pub const CLOCK_HELP: &str = "Example: vidimus clock +2h\n\n\
     MOVE is +2h or -30m (s, m, h, d, w; 1d12h), now = the machine's clock again, set with a TIME \
     (2030-01-31T12:00:00Z or seconds since 1970), or show.";
pub const SET_HELP: &str = "Example: vidimus fault set introspect 429 --for 3 --tenant ci-7";
pub const LIST_HELP: &str = "Example: vidimus fault list";
pub const CLEAR_HELP: &str = "Example: vidimus fault clear --tenant ci-7";
pub const RESET_HELP: &str = "Example: vidimus reset --tenant ci-7\n\n\
     Every tenant is as it was seeded, and the clock, faults and requests with them; of one tenant, \
     its data, faults and requests, and the clock stays.";

#[derive(Debug, Args)]
pub struct ClockArgs {
    /// How it moves
    #[arg(value_name = "MOVE", default_value = "show", allow_hyphen_values = true)]
    pub by: String,
    /// The moment, for set
    #[arg(value_name = "TIME")]
    pub to: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum FaultCommand {
    /// Let the next requests meet a fault
    #[command(after_help = SET_HELP)]
    Set(FaultArgs),
    /// What is set, and every kind there is
    #[command(after_help = LIST_HELP)]
    List,
    /// Let requests meet no fault any more
    #[command(after_help = CLEAR_HELP)]
    Clear {
        /// Only those of this tenant
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
    },
}

#[derive(Debug, Args)]
pub struct FaultArgs {
    /// token, introspect, revoke …, or any
    #[arg(value_name = "ENDPOINT")]
    pub endpoint: String,
    /// 429, 500, 503, delay, truncated …: see `vidimus fault list`
    #[arg(value_name = "KIND")]
    pub kind: String,
    /// How many requests
    #[arg(long = "for", value_name = "N", default_value_t = 1)]
    pub times: u32,
    /// Only requests of this tenant
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<String>,
    /// How long they wait; with any kind
    #[arg(long, value_name = "N")]
    pub delay_ms: Option<u64>,
    /// What Retry-After says
    #[arg(long, value_name = "N")]
    pub retry_after_seconds: Option<u32>,
}

#[derive(Debug, Args)]
pub struct ResetArgs {
    /// Only this tenant
    #[arg(long, value_name = "TENANT")]
    pub tenant: Option<String>,
}
