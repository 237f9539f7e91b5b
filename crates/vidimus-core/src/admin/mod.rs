//! Administration, for API, command line and console alike: operations like any other, on the same
//! loop. Each takes `by`, the administrator's client, once [`AdminCheck`] has let it in.

mod assertion_check;
mod check;
mod condition;
mod create;
mod create_once;
mod cursor;
pub(crate) mod declare;
mod device;
mod explain;
mod fields;
mod filter;
mod fingerprint;
mod keys;
mod mint;
pub(crate) mod object;
pub mod operator;
mod patch;
mod put;
mod revoke;
mod root;
mod seal_again;
mod sessions;
mod snapshot;
mod time_line;
mod tokens;
mod update;
mod view;
mod world;

pub use assertion_check::{AssertionCheck, AssertionReport};
pub use check::{AdminCheck, Administrator, MasterKeyCheck, Over, Reach, ReachCheck, Right};
pub use condition::{Conditional, IfMatch, entity_tag};
pub use create::Create;
pub use create_once::{CreateOnce, Made};
pub use cursor::{AFTER, Cursor, LIMIT};
pub use declare::{
    API_TOKEN_KEYS, CLIENT_KEYS, REGISTRATION_TOKEN_KEYS, RESOURCE_SERVER_KEYS, TENANT_KEYS,
    TRUSTED_ISSUER_KEYS, USER_KEYS, is_readable_hash,
};
pub use device::DeviceApprove;
pub use explain::{Explain, IntrospectAny};
pub use filter::{DAYS_MAX, Filter, SECONDS_MAX, Source};
pub(crate) use fingerprint::forget_import;
pub use keys::{KeyList, KeyRotate};
pub use mint::{Mint, MintOrder};
pub use object::{Delete, Show};
pub use revoke::RevokeAny;
pub use seal_again::{SEALED, SealAgain};
pub use sessions::{EndSession, ShowSessions};
pub use snapshot::{PutBack, Snapshot};
pub use tokens::{RevokeFamily, ShowTokens};
pub use update::Update;
pub use view::{CERTIFICATES, changed_keys, declaration, thumbprints, view};
pub use world::{Apply, World};

#[cfg(test)]
mod tests;
