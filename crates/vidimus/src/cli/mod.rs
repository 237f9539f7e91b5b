//! The grammar: noun, then verb. Frozen by a snapshot of all help texts.

mod admin;
mod assertion;
mod client;
mod credentials;
mod import;
mod issuer;
mod key;
mod manual;
mod moment;
mod object;
mod output;
mod registration_token;
mod resource_server;
mod rotate_master;
mod run;
mod samples;
mod sandbox;
mod secret_input;
mod server;
mod shadow;
mod table;
mod tenant;
mod token;
mod trail;
mod user;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{bench, failure::EXIT_CODES};

pub use credentials::{Credentials, DEFAULT_CREDENTIALS, Proof, login_path};
pub use import::{Existing, ImportArgs, MaskedSecrets, Product, UnusableRedirects};
pub use output::{print, say};
pub use run::{connect, grammar, run};
pub use samples::SamplesArgs;
pub use sandbox::{ClockArgs, FaultArgs, FaultCommand, ResetArgs};
pub use server::{ApplyArgs, BackupArgs, DevArgs, DoctorArgs, LoginArgs, RestoreArgs, ServeArgs};
pub use shadow::ShadowArgs;
pub use table::{aligned, plain};

/// An OAuth 2.0 authorization server whose centre is token introspection.
#[derive(Debug, Parser)]
#[command(name = "vidimus", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, clap::Args)]
pub struct Global {
    /// The server whose admin API is asked; else the one named in the credentials
    #[arg(long, value_name = "URL", env = "VIDIMUS_URL", global = true, help_heading = "Global")]
    pub server: Option<String>,
    /// The administrator's credentials; else vidimus-admin.toml, if it is here
    #[arg(
        long,
        value_name = "FILE",
        env = "VIDIMUS_CREDENTIALS",
        global = true,
        help_heading = "Global"
    )]
    pub credentials: Option<PathBuf>,
    /// How the answer is printed
    #[arg(
        short,
        long,
        value_name = "FORM",
        default_value = "table",
        global = true,
        help_heading = "Global"
    )]
    pub output: Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Output {
    Table,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a sandbox on this machine: seeded, with published secrets and a movable clock
    #[command(after_help = server::DEV_HELP)]
    Dev(DevArgs),
    /// Move a sandbox's clock, or show it
    #[command(after_help = sandbox::CLOCK_HELP)]
    Clock(ClockArgs),
    /// Faults that a sandbox shows to its next requests
    #[command(subcommand)]
    Fault(FaultCommand),
    /// Bring a sandbox back to its seeds
    #[command(after_help = sandbox::RESET_HELP)]
    Reset(ResetArgs),
    /// Run the server
    #[command(after_help = server::SERVE_HELP)]
    Serve(ServeArgs),
    /// Declare tenants, clients, users and all that a tenant has; prints what changes
    #[command(after_help = server::APPLY_HELP)]
    Apply(ApplyArgs),
    /// Administrators themselves: the way into the console
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Tenants: issuers with clients, users and keys of their own
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Clients: those who get tokens
    #[command(subcommand)]
    Client(client::ClientCommand),
    /// Users: those on whose behalf tokens are issued
    #[command(subcommand)]
    User(user::UserCommand),
    /// Resource servers: those who introspect tokens
    #[command(subcommand)]
    ResourceServer(resource_server::ResourceServerCommand),
    /// Trusted issuers: those whose assertions are grants
    #[command(subcommand)]
    Issuer(issuer::IssuerCommand),
    /// Registration tokens: whoever holds one may register clients
    #[command(subcommand)]
    RegistrationToken(registration_token::RegistrationTokenCommand),
    /// Tokens: introspect, explain, revoke, mint
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Who changed what
    #[command(subcommand)]
    Audit(trail::AuditCommand),
    /// Who is signed in
    #[command(subcommand)]
    Session(trail::SessionCommand),
    /// Assertions: why one is refused
    #[command(subcommand)]
    Assertion(assertion::AssertionCommand),
    /// Signing keys of a tenant, and the master key
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Check configuration, keys, store, TLS and clock; says how to mend what is wrong
    #[command(after_help = server::DOCTOR_HELP)]
    Doctor(DoctorArgs),
    /// Write all that the store holds to one file, while servers go on
    #[command(after_help = server::BACKUP_HELP)]
    Backup(BackupArgs),
    /// Fill an empty store from a backup, whichever kind of store that came from
    #[command(after_help = server::RESTORE_HELP)]
    Restore(RestoreArgs),
    /// See one token from birth to revocation, in a running sandbox, and why each answer is what it is
    #[command(after_help = server::TOUR_HELP)]
    Tour,
    /// Sign in as an administrator, in a browser; the commands after it are yours
    #[command(after_help = server::LOGIN_HELP)]
    Login(LoginArgs),
    /// End the sign-in, here and at the server
    #[command(after_help = server::LOGOUT_HELP)]
    Logout,
    /// Clients and users of other servers, from their own exports
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Print what the admin API is, as an OpenAPI 3.1 document
    #[command(name = "openapi", after_help = server::OPENAPI_HELP)]
    OpenApi,
    /// Print a program for an HTTP call, in one of thirteen languages
    #[command(after_help = samples::HELP)]
    Samples(SamplesArgs),
    /// Measure what this machine can do, with a server and a database that go afterwards
    #[command(after_help = bench::HELP)]
    Bench(bench::BenchArgs),
    /// Stand before the server that this one replaces, and tell where the two differ
    #[command(after_help = shadow::SHADOW_HELP)]
    Shadow(ShadowArgs),
    /// Print a completion script
    #[command(after_help = server::COMPLETIONS_HELP)]
    Completions {
        /// The shell that reads it
        shell: clap_complete::Shell,
    },
    /// Print the manual, or write a page for each command
    #[command(after_help = server::MAN_HELP)]
    Man {
        /// Where the pages go; else all of it is printed as one
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}
