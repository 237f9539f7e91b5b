//! Administration, for API, command line and console alike: operations like any other, on the same
//! loop. Each takes `by`, the administrator's client, once [`AdminCheck`] has let it in.

mod check;
mod create;
pub(crate) mod declare;
mod device;
mod explain;
mod fields;
mod fingerprint;
mod keys;
mod mint;
pub(crate) mod object;
pub mod operator;
mod patch;
mod put;
mod revoke;
mod root;
mod snapshot;
mod update;
mod view;
mod world;

pub use check::{AdminCheck, Administrator, MasterKeyCheck, Over, Reach, ReachCheck, Right};
pub use create::Create;
pub use declare::{
    API_TOKEN_KEYS, CLIENT_KEYS, REGISTRATION_TOKEN_KEYS, RESOURCE_SERVER_KEYS, TENANT_KEYS,
    TRUSTED_ISSUER_KEYS, USER_KEYS, is_readable_hash,
};
pub use device::DeviceApprove;
pub use explain::{Explain, IntrospectAny};
pub use keys::{KeyList, KeyRotate};
pub use mint::{Mint, MintOrder};
pub use object::{Delete, Show};
pub use revoke::RevokeAny;
pub use snapshot::{PutBack, Snapshot};
pub use update::Update;
pub use view::{changed_keys, declaration, view};
pub use world::{Apply, World};

#[cfg(test)]
mod tests;
