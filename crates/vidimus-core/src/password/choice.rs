//! What a user may choose as a password (NIST SP 800-63B §5.1.1.2): long enough, and any characters.

use crate::{limits::PASSWORD_CHARS_MIN, secret::Secret};

/// # Errors
/// It has fewer characters than this.
pub fn check_chosen(password: &Secret) -> Result<(), usize> {
    let is_long = password.expose().chars().count() >= PASSWORD_CHARS_MIN;
    if is_long { Ok(()) } else { Err(PASSWORD_CHARS_MIN) }
}
