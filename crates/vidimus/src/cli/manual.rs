//! The manual: all of it as one page, or one page for each command.

use std::{fs, io, path::Path};

use clap::Command as Grammar;

use super::{grammar, say};
use crate::failure::Failure;

/// # Errors
/// Nobody takes the page.
pub fn print_whole() -> Result<(), Failure> {
    let mut page = Vec::new();
    render(&built(), &mut page).map_err(|why| Failure::refused(format!("manual page: {why}")))?;
    say(String::from_utf8_lossy(&page).trim_end())
}

/// `vidimus.1`, `vidimus-token.1`, `vidimus-token-explain.1` and so on.
///
/// # Errors
/// The folder cannot be written to.
pub fn write_pages(folder: &Path) -> Result<(), Failure> {
    let cannot = |why| Failure::refused(format!("cannot write to {}: {why}", folder.display()));
    fs::create_dir_all(folder).map_err(cannot)?;
    pages(&built(), "vidimus", folder).map_err(cannot)
}

fn built() -> Grammar {
    let mut command = grammar();
    command.build();
    command
}

fn inner(command: &Grammar) -> impl Iterator<Item = &Grammar> {
    command.get_subcommands().filter(|inner| inner.get_name() != "help")
}

fn render(command: &Grammar, page: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone()).render(page)?;
    inner(command).try_for_each(|inner| render(inner, page))
}

fn pages(command: &Grammar, name: &str, folder: &Path) -> io::Result<()> {
    let mut page = Vec::new();
    let manual = clap_mangen::Man::new(command.clone()).title(name.to_uppercase());
    manual.source(concat!("vidimus ", env!("CARGO_PKG_VERSION"))).render(&mut page)?;
    fs::write(folder.join(format!("{name}.1")), page)?;
    inner(command)
        .try_for_each(|inner| pages(inner, &format!("{name}-{}", inner.get_name()), folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(command: &Grammar, name: &str, found: &mut Vec<String>) {
        found.push(format!("{name}.1"));
        inner(command)
            .for_each(|inner| names(inner, &format!("{name}-{}", inner.get_name()), found));
    }

    #[test]
    fn every_command_has_its_page() {
        let folder = tempfile::tempdir().unwrap();
        write_pages(folder.path()).unwrap();
        let mut wanted = Vec::new();
        names(&built(), "vidimus", &mut wanted);
        assert!(wanted.len() > 40, "{wanted:?}");
        for name in &wanted {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            assert!(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS"), "{name}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), wanted.len());
    }
}
