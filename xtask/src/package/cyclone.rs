//! The list of parts (SBOM), CycloneDX 1.5: what the binary is built of, as cargo resolves it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::release::epoch;
use super::stage::{at, said, told};
use super::version;
use crate::root;
use crate::steps::cargo;

pub fn write(out: &Path) -> Result<PathBuf, String> {
    fs::create_dir_all(out).map_err(at(out))?;
    let moment = format!("@{}", epoch()?);
    let moment = told(Command::new("date").args(["-u", "+%FT%TZ", "-d"]).arg(moment))?;
    let lock = root().join("Cargo.lock");
    let lock = fs::read_to_string(&lock).map_err(at(&lock))?;
    let mut list = list(&metadata()?, &checksums(&lock))?;
    list["metadata"]["timestamp"] = json!(moment);
    let path = out.join(format!("vidimus-{}.cdx.json", version()));
    fs::write(&path, format!("{list:#}\n")).map_err(at(&path))?;
    Ok(path)
}

/// What `cargo` would build here.
fn metadata() -> Result<Value, String> {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let arguments = ["metadata", "--locked", "--format-version", "1", "--filter-platform"];
    let text = said(cargo().args(arguments).arg(platform))?;
    serde_json::from_slice(&text).map_err(|fault| format!("cargo metadata: {fault}"))
}

/// SHA-256 of each package's archive, by name and version.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
        line.map(|rest| rest.trim_end_matches('"').to_owned())
    };
    let blocks = lock.split("[[package]]").skip(1);
    let of = |block| {
        let key = (value(block, "name")?, value(block, "version")?);
        Some((key, value(block, "checksum")?))
    };
    blocks.filter_map(of).collect()
}

fn list(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Result<Value, String> {
    let packages = by_id(&metadata["packages"]);
    let nodes = by_id(&metadata["resolve"]["nodes"]);
    let ours = packages.iter().find(|(_, package)| package["name"] == "vidimus");
    let root = ours.map(|(id, _)| *id).ok_or("cargo knows no package vidimus")?;
    let mut linked = BTreeSet::new();
    let mut ahead = vec![root];
    let mut dependencies = Vec::new();
    while let Some(id) = ahead.pop() {
        if !linked.insert(id) {
            continue;
        }
        let node = nodes.get(id).ok_or_else(|| format!("{id} is not resolved"))?;
        let needed: BTreeSet<&str> = needed(node).collect();
        let refs: Vec<String> =
            needed.iter().filter_map(|id| packages.get(id)).map(|p| purl(p)).collect();
        dependencies.push(json!({"ref": purl(packages[id]), "dependsOn": refs}));
        ahead.extend(needed);
    }
    let component = |id: &&str| component(packages[*id], checksums);
    let mut components: Vec<Value> =
        linked.iter().filter(|id| **id != root).map(component).collect();
    components.sort_by_key(|component| component["bom-ref"].to_string());
    dependencies.sort_by_key(|of| of["ref"].to_string());
    let mut whole = self::component(packages[root], checksums);
    whole["type"] = json!("application");
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": whole},
        "components": components,
        "dependencies": dependencies,
    }))
}

fn by_id(list: &Value) -> BTreeMap<&str, &Value> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(|item| Some((item["id"].as_str()?, item))).collect()
}

/// What is there to be built with, or linked; not what tests use.
fn needed(node: &Value) -> impl Iterator<Item = &str> {
    let deps = node["deps"].as_array().into_iter().flatten();
    let is_built = |dep: &&Value| {
        let kinds = dep["dep_kinds"].as_array();
        kinds.into_iter().flatten().any(|kind| kind["kind"] != "dev")
    };
    deps.filter(is_built).filter_map(|dep| dep["pkg"].as_str())
}

fn purl(package: &Value) -> String {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    format!("pkg:cargo/{}@{}", text("name"), text("version"))
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let text = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
    let purl = purl(package);
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": text("name"),
        "version": text("version"),
        "purl": purl,
    });
    if let Some(license) = package["license"].as_str() {
        // Before there were expressions, a slash was one.
        component["licenses"] = json!([{"expression": license.replace('/', " OR ")}]);
    }
    if let Some(sum) = checksums.get(&(text("name"), text("version"))) {
        component["hashes"] = json!([{"alg": "SHA-256", "content": sum}]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sec_353_the_list_is_what_cargo_resolves() {
        let lock = fs::read_to_string(root().join("Cargo.lock")).expect("a lock file");
        let list = list(&metadata().expect("metadata"), &checksums(&lock)).expect("a list");
        let components = list["components"].as_array().expect("components");
        let names: BTreeSet<&str> =
            components.iter().filter_map(|component| component["name"].as_str()).collect();
        for linked in ["hyper", "rustls", "rusqlite", "libsqlite3-sys", "vidimus-core", "serde"] {
            assert!(names.contains(linked), "{linked} is missing");
        }
        for other in ["vidimus-e2e", "proptest", "xtask", "vidimus-bench"] {
            assert!(!names.contains(other), "{other} is in no binary");
        }
        // `cargo tree` comes to the same by its own way.
        let tree = said(
            cargo()
                .args([
                    "tree",
                    "--locked",
                    "--package",
                    "vidimus",
                    "--edges",
                    "normal,build",
                    "--prefix",
                    "none",
                    "--format",
                    "{p}",
                    "--no-dedupe",
                    "--target",
                ])
                .arg(format!("{}-unknown-linux-gnu", std::env::consts::ARCH)),
        )
        .expect("cargo tree");
        let tree = String::from_utf8(tree).expect("text");
        let told: BTreeSet<String> = tree
            .lines()
            .filter_map(|line| {
                let (name, rest) = line.split_once(" v")?;
                Some(format!("pkg:cargo/{name}@{}", rest.split(' ').next()?))
            })
            .collect();
        let listed: BTreeSet<String> = components
            .iter()
            .chain([&list["metadata"]["component"]])
            .filter_map(|component| component["purl"].as_str().map(str::to_owned))
            .collect();
        let left_out: Vec<_> = told.difference(&listed).collect();
        assert!(left_out.is_empty(), "{left_out:?}");
        for component in components {
            let is_ours = component["name"].as_str().is_some_and(|n| n.starts_with("vidimus"));
            assert_eq!(component["hashes"].is_null(), is_ours, "{component}");
            assert!(component["licenses"].is_array(), "{component}");
        }
        let known: BTreeSet<&str> =
            components.iter().filter_map(|component| component["bom-ref"].as_str()).collect();
        for of in list["dependencies"].as_array().expect("dependencies") {
            for dependency in of["dependsOn"].as_array().expect("a list") {
                let is_known = dependency.as_str().is_some_and(|name| known.contains(name));
                assert!(is_known, "{dependency} is no component");
            }
        }
    }
}
