//! A resource indicator (RFC 8707 §2): an absolute URI without a fragment.

use url::Url;

use crate::{
    error::{ErrorCode, OAuthError},
    limits::RESOURCE_BYTES_MAX,
};

/// # Errors
/// `invalid_target` where the text is relative, has a fragment, or is too long.
pub fn check(resource: &str) -> Result<(), OAuthError> {
    let absolute = Url::parse(resource).is_ok_and(|url| url.fragment().is_none());
    let clean = resource.bytes().all(|c| matches!(c, 0x21..=0x7E) && c != b'"' && c != b'\\');
    if absolute && clean && resource.len() <= RESOURCE_BYTES_MAX { Ok(()) } else { Err(unknown()) }
}

/// One answer for malformed and unknown targets alike.
pub fn unknown() -> OAuthError {
    OAuthError::new(
        ErrorCode::InvalidTarget,
        "The requested resource is invalid, unknown, or malformed.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_uris_without_fragment() {
        assert!(check("https://orders.example").is_ok());
        assert!(check("urn:orders").is_ok());
        for bad in ["orders", "/orders", "https://orders.example/#a", "", "https://a b/"] {
            assert_eq!(check(bad).unwrap_err().code, ErrorCode::InvalidTarget, "{bad}");
        }
    }
}
