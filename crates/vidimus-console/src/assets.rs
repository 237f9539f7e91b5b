//! What pages load, by names that change with their content.

/// A file that pages load: it never changes under its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// From the root: `/assets/…`.
    pub path: String,
    pub content_type: &'static str,
    pub bytes: &'static [u8],
}

pub fn assets() -> &'static [Asset] {
    &[]
}
