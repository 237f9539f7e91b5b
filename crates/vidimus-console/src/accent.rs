//! A tenant's own colour as a stylesheet.

/// The stylesheet at `/assets/accent-<rrggbb>.css`; `None` where that is no colour.
pub fn accent(hex: &str) -> Option<String> {
    (hex.len() == 6 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| format!(":root{{--accent:#{hex}}}"))
}
