//! `vidimus audit …` and `vidimus session …`: what has been changed by whom, and who is signed in.

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::{
    Global, connect,
    object::{OfTenant, Page},
    output::print,
    run::list_of,
};
use crate::failure::Failure;

#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// List who changed what, the newest first
    #[command(after_help = "Example: vidimus audit list --tenant default --limit 20")]
    List {
        /// Only of this tenant
        #[arg(long, value_name = "TENANT")]
        tenant: Option<String>,
        #[command(flatten)]
        page: Page,
    },
    /// Check that nobody has changed the trail in the database
    #[command(after_help = "Example: vidimus audit check")]
    Check,
}

#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// List who is signed in
    #[command(after_help = "Example: vidimus session list --username alice")]
    List {
        /// Only of this user
        #[arg(long, value_name = "USERNAME")]
        username: Option<String>,
        #[command(flatten)]
        of: OfTenant,
        #[command(flatten)]
        page: Page,
    },
    /// End a session; its user must sign in again
    #[command(after_help = "Example: vidimus session revoke 0TircqiwwMy")]
    Revoke {
        /// Its sid, as it is listed
        #[arg(value_name = "SID")]
        id: String,
        #[command(flatten)]
        of: OfTenant,
    },
}

/// # Errors
/// The server cannot be reached, or refuses; or the trail was changed.
pub async fn audit(command: &AuditCommand, global: &Global) -> Result<(), Failure> {
    let server = connect(global).await?;
    match command {
        AuditCommand::List { tenant, page } => {
            let path = match tenant {
                Some(tenant) => vec!["tenants", tenant, "audit"],
                None => vec!["audit"],
            };
            let items = list_of(&server, &path, &[], page).await?;
            print(&items, global.output, &["at", "tenant", "by", "action", "id"])
        }
        AuditCommand::Check => {
            let checked = server.ask(Method::GET, &["audit", "check"], None).await?;
            print(&checked, global.output, &[])?;
            match checked.get("intact") {
                Some(Value::Bool(true)) => Ok(()),
                _ => Err(Failure::refused("entries were changed behind the server's back")),
            }
        }
    }
}

/// # Errors
/// The server cannot be reached, or refuses.
pub async fn session(command: &SessionCommand, global: &Global) -> Result<(), Failure> {
    let server = connect(global).await?;
    match command {
        SessionCommand::List { username, of, page } => {
            let path = ["tenants", &of.tenant, "sessions"];
            let narrowed: Vec<(&str, &str)> =
                username.iter().map(|name| ("username", name.as_str())).collect();
            let items = list_of(&server, &path, &narrowed, page).await?;
            let columns = ["sid", "username", "started_at", "seen_at", "address", "clients"];
            print(&items, global.output, &columns)
        }
        SessionCommand::Revoke { id, of } => {
            let path = ["tenants", &of.tenant, "sessions", id];
            server.ask(Method::DELETE, &path, None).await?;
            print(&json!({"revoked": id}), global.output, &[])
        }
    }
}
