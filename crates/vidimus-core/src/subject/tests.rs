//! Names in one sector and in another.
