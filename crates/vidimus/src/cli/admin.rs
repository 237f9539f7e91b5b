//! `vidimus admin …`: administrators themselves.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Global, Output, connect, print, say};
use crate::failure::Failure;

pub const LINK_HELP: &str = "Example: vidimus admin link\n\n\
     The link is good once and for a day, and the one before it is good no longer.";

#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Print a one-time link into the console: whoever opens it becomes an administrator
    #[command(after_help = LINK_HELP)]
    Link {
        /// Sign in this operator instead, who may have lost the password
        #[arg(long, value_name = "USERNAME")]
        user: Option<String>,
    },
}

/// # Errors
/// The server cannot be reached, or refuses.
pub async fn run(command: &AdminCommand, global: &Global) -> Result<(), Failure> {
    let AdminCommand::Link { user } = command;
    let order = json!({ "username": user });
    let client = connect(global).await?;
    let made = client.ask(Method::POST, &["console-links"], Some(&order)).await?;
    match global.output {
        Output::Json => print(&made, global.output, &[]),
        Output::Table => say(made.get("url").and_then(Value::as_str).unwrap_or_default()),
    }
}
