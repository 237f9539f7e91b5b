//! JSON Web Tokens (RFC 7519): read strictly, verified through `jsonwebtoken`, signed with parsed
//! keys.

mod public_pem;
mod signer;
mod unverified;
mod verifiers;
mod verify;

pub use public_pem::public_pem;
pub use signer::Signer;
pub use unverified::{Unverified, claim_time, unsecured};
pub use verifiers::Verifiers;
pub use verify::{
    assertion_algorithms, request_object_algorithms, verify_with_jwks, verify_with_known,
    verify_with_secret,
};

#[cfg(test)]
mod matrix;
