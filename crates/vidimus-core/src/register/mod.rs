//! Clients that register themselves (RFC 7591) and manage their registration (RFC 7592). One function
//! says what the resulting client may be, whether it is new or changed.

mod admission;
mod create;
mod credentials;
mod delete;
mod manage;
mod members;
mod metadata;
mod name;
mod read;
mod reply;
mod statement;
mod update;
mod uris;

pub use create::RegisterRequest;
pub use delete::DeleteClient;
pub use read::ReadClient;
pub use reply::RegistrationReply;
pub use update::UpdateClient;

#[cfg(test)]
mod tests;
