//! The things that are kept. An object is configuration (tenant, client, …): a versioned document
//! with names. Tokens and families are rows of their own.

mod api_token;
mod audit_entry;
mod client;
mod code;
mod consent;
mod flow;
mod object;
mod operator;
mod registration_token;
mod resource_server;
mod session;
mod signing_key;
mod tenant;
mod ticket;
mod token;
mod trusted_issuer;
mod user;

pub use api_token::ApiToken;
pub use audit_entry::{AuditChange, AuditEntry};
pub use client::{
    Client, ClientMetadata, IdTokenAlgorithm, IntrospectRight, Registered, SecretHash,
    StoredSecret, SubjectType, TokenFormat,
};
pub use code::Code;
pub use consent::Consent;
pub use flow::{Flow, Notice, Purpose};
pub use object::{Body, Kind, Named, Object, Standing};
pub use operator::{Invitation, Invited, OperatorSession};
pub use registration_token::RegistrationToken;
pub use resource_server::ResourceServer;
pub use session::{Authentication, Session, SignedInto};
pub use signing_key::{SigningAlgorithm, SigningKey};
pub use tenant::{Logo, Tenant, TenantLook};
pub use ticket::{DeviceState, Ticket, TicketBody};
pub use token::{Confirmation, Family, Revocation, RevokedBy, Token, TokenKind};
pub use trusted_issuer::TrustedIssuer;
pub use user::User;
