//! The seeded world: part of the program, so that it is the same everywhere.

use std::path::PathBuf;

use crate::{apply::LoadedWorld, document::Problem};

const NAME: &str = "the sandbox's own world";
const TEXT: &str = include_str!("world.toml");

/// With the files given after it; they may add to its tenants.
///
/// # Errors
/// A file is refused.
pub fn world(files: &[PathBuf]) -> Result<LoadedWorld, Problem> {
    LoadedWorld::with_seed(NAME, TEXT, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_are_a_world() {
        assert_eq!(world(&[]).unwrap().check().unwrap().tenants.len(), 2);
    }
}
