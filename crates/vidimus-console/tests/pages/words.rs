//! Every text that a page asks for is there, and no other.

use std::{collections::BTreeSet, fs, path::Path};

/// Named by what others call things, hence in no template.
const OPEN: [&str; 3] = ["scope.", "claim.", "moment."];

fn read(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, into);
        } else {
            let text = fs::read_to_string(path).expect("text");
            into.push_str(text.split("#[cfg(test)]").next().expect("a part"));
        }
    }
}

#[test]
fn pages_say_what_the_languages_have() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tables: toml::Table =
        include_str!("../../locales/en.toml").parse().expect("a file of texts");
    let mut known = BTreeSet::new();
    for (table, texts) in &tables {
        let keys = texts.as_table().expect("a table").keys();
        known.extend(keys.map(|key| format!("{table}.{key}")));
    }
    let mut source = String::new();
    read(&root.join("templates"), &mut source);
    read(&root.join("src"), &mut source);
    let is_key = |text: &&str| {
        text.split_once('.').is_some_and(|(table, _)| tables.contains_key(table))
            && !text.ends_with(".html")
            && text.bytes().all(|byte| byte.is_ascii_lowercase() || b"._".contains(&byte))
    };
    let used: BTreeSet<String> = source.split('"').filter(is_key).map(str::to_owned).collect();
    let closed = |key: &&String| !OPEN.iter().any(|open| key.starts_with(open));
    let missing: Vec<_> = used.difference(&known).filter(|key| *key != "moment.").collect();
    let unused: Vec<_> = known.difference(&used).filter(closed).collect();
    assert_eq!((missing, unused), (Vec::new(), Vec::new()));
}
