//! Every page for users is run. What cannot run here is named with its reason; nothing is passed over.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use vidimus_e2e::binary;

use crate::blocks::{self, Block};
use crate::script;

const FOLDERS: [&str; 5] =
    ["docs", "docs/tutorial", "docs/how-to", "docs/reference", "docs/explanation"];
/// At a time: each has a server or two.
const WORKERS: usize = 3;

pub fn all() -> Vec<(String, String)> {
    let root = binary::workspace();
    let mut paths = vec![PathBuf::from("README.md")];
    for folder in FOLDERS {
        let entries = fs::read_dir(root.join(folder)).expect("a folder of the tree").flatten();
        paths.extend(entries.map(|entry| Path::new(folder).join(entry.file_name())));
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(root.join(&path)).expect("a page");
        (path.display().to_string(), text)
    };
    paths.into_iter().map(read).collect()
}

fn shell(text: &str) -> Vec<Block> {
    blocks::of(text).into_iter().filter(Block::is_shell).collect()
}

#[test]
fn every_shell_block_is_run_or_says_why_not() {
    let mut named = 0;
    for (path, text) in all() {
        for block in shell(&text) {
            assert!(block.is_known(), "{path}:{}: `{}` is no mark", block.line, block.marks);
            if let Some(why) = block.not_run() {
                eprintln!("not run: {path}:{}: {why}", block.line);
                named += 1;
            }
        }
    }
    eprintln!("{named} blocks cannot be run here");
    for (path, text) in all() {
        let bare = blocks::of(&text).into_iter().find(|block| block.language.is_empty());
        assert!(bare.is_none(), "{path}: a fence says what it holds: {bare:?}");
    }
}

#[test]
fn every_page_runs_in_a_clean_folder() {
    let runs = |(path, text): &(String, String)| {
        // README is the newcomer's, in a test of its own.
        path != "README.md" && blocks::of(text).iter().any(Block::runs)
    };
    let only = std::env::var("VIDIMUS_DOCS_PAGE").ok();
    let wanted = |path: &str| only.as_deref().is_none_or(|only| path.contains(only));
    let pages: Vec<_> = all().into_iter().filter(|p| runs(p) && wanted(&p.0)).collect();
    assert!(pages.len() > 10 || only.is_some(), "pages are found");
    binary::path();
    let (queue, failures) = (Mutex::new(pages), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("no panic").pop();
                    let Some((path, text)) = next else { return };
                    let started = std::time::Instant::now();
                    match script::run(&path, &blocks::of(&text)) {
                        Ok(ran) => eprintln!(
                            "{path}: {} blocks, {:.1} s",
                            ran.len(),
                            started.elapsed().as_secs_f64()
                        ),
                        Err(why) => failures.lock().expect("no panic").push(why),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panic");
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
