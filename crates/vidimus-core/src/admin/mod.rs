//! Administration, for API, command line and console alike: operations like any other, on the same
//! loop. Each takes `by`, the administrator's client, once [`AdminCheck`] has let it in.

mod check;
mod declare;
mod device;
mod explain;
mod fields;
mod keys;
mod mint;
mod object;
mod revoke;
mod view;
mod world;

pub use check::{AdminCheck, MasterKeyCheck};
pub use declare::{CLIENT_KEYS, RESOURCE_SERVER_KEYS, TENANT_KEYS, USER_KEYS};
pub use device::DeviceApprove;
pub use explain::{Explain, IntrospectAny};
pub use keys::{KeyList, KeyRotate};
pub use mint::{Mint, MintOrder};
pub use object::{Create, Delete, Show, Update};
pub use revoke::RevokeAny;
pub use view::view;
pub use world::{Apply, World};

#[cfg(test)]
mod tests;
