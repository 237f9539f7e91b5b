//! The things that are kept. An object is configuration (tenant, client, …): a versioned document
//! with names. Tokens and families are rows of their own.

mod client;
mod object;
mod resource_server;
mod signing_key;
mod tenant;
mod token;
mod user;

pub use client::{Client, ClientMetadata, IntrospectRight, SecretHash, StoredSecret, TokenFormat};
pub use object::{Body, Kind, Named, Object, Standing};
pub use resource_server::ResourceServer;
pub use signing_key::{SigningAlgorithm, SigningKey};
pub use tenant::Tenant;
pub use token::{Confirmation, Family, Revocation, RevokedBy, Token, TokenKind};
pub use user::User;
