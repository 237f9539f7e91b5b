//! Where a file of the repository is served, and where a link in one leads.

use crate::library;

pub const HOME: &str = "/docs";
/// The page that lists all.
pub const INDEX: &str = "docs/README.md";
const SANDBOX: &str = "http://127.0.0.1:8080";

/// Of an embedded file.
pub fn of(path: &str) -> String {
    if path == INDEX {
        return HOME.to_owned();
    }
    let below = path.strip_prefix("docs/").map_or_else(
        || match path.contains('/') {
            true => path.to_owned(),
            false => format!("project/{path}"),
        },
        str::to_owned,
    );
    format!("{HOME}/{}", below.strip_suffix(".md").unwrap_or(&below))
}

/// The embedded file that is served at a path below [`HOME`], which is given without it.
pub fn file(below: &str) -> Option<String> {
    let below = below.trim_matches('/');
    if below.is_empty() {
        return Some(INDEX.to_owned());
    }
    let of_project = below.strip_prefix("project/").map(|name| format!("{name}.md"));
    let candidates = [
        of_project.unwrap_or_default(),
        format!("docs/{below}.md"),
        format!("{below}.md"),
        format!("docs/{below}"),
    ];
    candidates.into_iter().find(|path| of(path) == format!("{HOME}/{below}") && is_there(path))
}

fn is_there(path: &str) -> bool {
    library::find(path).is_some()
}

/// Where a link leads that stands in `from`. `None`: to something that is not embedded, such as source.
pub fn resolve(from: &str, target: &str) -> Option<String> {
    // What is made by the program has no file to point at: pages name it as the sandbox serves it.
    if let Some(below) = target.strip_prefix(SANDBOX).filter(|below| below.starts_with(HOME)) {
        return Some(below.to_owned());
    }
    if target.contains("://") || target.starts_with('#') || target.starts_with("mailto:") {
        return Some(target.to_owned());
    }
    let (file, anchor) = target.split_once('#').map_or((target, None), |(f, a)| (f, Some(a)));
    let path = join(from, file)?;
    let path = if is_there(&path) { path } else { format!("{}/README.md", path.trim_matches('/')) };
    let address = library::find(&path).map(|_| of(&path))?;
    Some(anchor.map_or(address.clone(), |anchor| format!("{address}#{anchor}")))
}

/// `None` above the root.
fn join(from: &str, file: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_found_where_it_is_served() {
        for (path, _) in library::texts() {
            let address = of(path);
            let below = address.strip_prefix(HOME).unwrap_or_default();
            assert_eq!(file(below).as_deref(), Some(path), "{address}");
        }
        assert_eq!(file("nothing/here"), None);
        assert_eq!(file("../Cargo.toml"), None);
    }

    #[test]
    fn links_lead_to_pages_or_are_none() {
        for (from, target, address) in [
            ("README.md", "docs/README.md", Some("/docs")),
            ("docs/README.md", "../wire/standard/token.md#x", Some("/docs/wire/standard/token#x")),
            ("docs/README.md", "../README.md", Some("/docs/project/README")),
            ("docs/README.md", "http://127.0.0.1:8080/docs/samples", Some("/docs/samples")),
            ("docs/README.md", "http://127.0.0.1:8080/x", Some("http://127.0.0.1:8080/x")),
            ("docs/README.md", "#here", Some("#here")),
            ("docs/README.md", "https://a.example/x.md", Some("https://a.example/x.md")),
            ("docs/README.md", "../xtask/src/main.rs", None),
            ("docs/README.md", "../../out.md", None),
        ] {
            assert_eq!(resolve(from, target).as_deref(), address, "{target}");
        }
    }
}
