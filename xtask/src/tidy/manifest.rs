//! What a `Cargo.toml` depends on, read without a TOML parser: manifests here are plain.

use super::tree::Tree;

pub struct Manifest<'a> {
    pub path: &'a str,
    pub name: &'a str,
    pub dependencies: Vec<Dependency<'a>>,
}

pub struct Dependency<'a> {
    pub name: &'a str,
    pub line: usize,
    pub dev: bool,
}

/// Every package of the tree.
pub fn all(tree: &Tree) -> Vec<Manifest<'_>> {
    let manifests = tree.files().filter(|(path, _)| path.ends_with("Cargo.toml"));
    manifests.filter_map(|(path, text)| read(path, text)).collect()
}

fn read<'a>(path: &'a str, text: &'a str) -> Option<Manifest<'a>> {
    let (mut section, mut name, mut dependencies) = ("", None, Vec::new());
    for (index, line) in text.lines().enumerate() {
        if let Some(header) = line.trim().strip_prefix('[') {
            section = header.trim_end_matches(']');
            if let Some((kind, name)) = section.rsplit_once("dependencies.") {
                let dev = kind.ends_with("dev-");
                dependencies.push(Dependency { name, line: index + 1, dev });
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        let key = key.trim().trim_matches('"').split('.').next().unwrap_or_default();
        if section == "package" && key == "name" {
            name = Some(value.trim().trim_matches('"'));
        } else if section.ends_with("dependencies") && !section.starts_with("workspace") {
            let dev = section.ends_with("dev-dependencies");
            dependencies.push(Dependency { name: key, line: index + 1, dev });
        }
    }
    Some(Manifest { path, name: name?, dependencies })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_name_a_dependency_is_seen() {
        let text = "[package]\nname = \"p\"\n[dependencies]\na.workspace = true\nb = { path = \"x\" }\n\
            [target.'cfg(unix)'.dependencies]\nc = \"1\"\n[dev-dependencies]\nd = \"1\"\n[dependencies.e]\nx = 1\n";
        let manifest = read("Cargo.toml", text).expect("package");
        let found: Vec<_> = manifest.dependencies.iter().map(|d| (d.name, d.line, d.dev)).collect();
        let expected =
            [("a", 4, false), ("b", 5, false), ("c", 7, false), ("d", 9, true), ("e", 10, false)];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_workspace_s_list_is_no_package() {
        assert!(read("Cargo.toml", "[workspace.dependencies]\na = \"1\"\n").is_none());
    }

    #[test]
    fn sec_090_no_package_signs_with_the_crate_that_leaks_time() {
        let path = crate::root().join("Cargo.lock");
        let lock = std::fs::read_to_string(&path).expect("Cargo.lock");
        assert!(lock.contains("name = \"aws-lc-rs\""));
        assert!(!lock.contains("name = \"rsa\""), "RUSTSEC-2023-0071");
    }
}
