//! Lists what is embedded: each text and picture that the documentation has or links to.
#![expect(clippy::disallowed_methods, reason = "a build script reads what cargo tells it")]

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// Folders, and the endings that are taken from them.
const FOLDERS: [(&str, &[&str]); 2] = [("docs", &["md", "png", "toml", "json"]), ("wire", &["md"])];
/// What pages link to in folders that change with every test: cargo would look at all that is in them.
const OTHERS: [&str; 11] = [
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "bench/README.md",
    "bench/RESULTS.md",
    "e2e/browser/README.md",
    "e2e/clients/README.md",
    "e2e/clients/seeds/README.md",
    "e2e/fixtures/README.md",
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<PathBuf> = OTHERS.iter().map(PathBuf::from).collect();
    for (folder, endings) in FOLDERS {
        walk(&root, Path::new(folder), endings, &mut files);
    }
    files.sort();
    let mut table = String::from("&[\n");
    for file in files {
        let full = root.join(&file).canonicalize().expect("a file of the tree");
        println!("cargo::rerun-if-changed={}", full.display());
        let kind = if file.extension().is_some_and(|ending| ending == "png") {
            "Picture(include_bytes!"
        } else {
            "Text(include_str!"
        };
        let name = file.to_str().expect("a name in UTF-8");
        // The same text wherever the tree lies, so that the same sources make the same binary.
        let at = format!("concat!(env!(\"CARGO_MANIFEST_DIR\"), {:?})", format!("/../../{name}"));
        table.push_str(&format!("({name:?}, Content::{kind}({at}))),\n"));
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo's"));
    fs::write(out.join("files.rs"), table).expect("the table is written");
}

fn walk(root: &Path, folder: &Path, endings: &[&str], files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", root.join(folder).display());
    for entry in fs::read_dir(root.join(folder)).expect("a folder of the tree").flatten() {
        let path = folder.join(entry.file_name());
        if entry.path().is_dir() {
            walk(root, &path, endings, files);
        } else if endings.iter().any(|ending| path.extension().is_some_and(|own| own == *ending)) {
            files.push(path);
        }
    }
}
