//! World files that change while the sandbox runs: applied again, with the diff; one that cannot be
//! applied leaves everything as it is.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use super::{
    orders::{Order, Orders, Refusal},
    terminal::Terminal,
};
use crate::apply::Diff;

const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What a file was like when it was looked at last.
struct Watched {
    path: PathBuf,
    stamp: Option<(SystemTime, u64)>,
    text: Option<Vec<u8>>,
}

impl Watched {
    fn new(path: &Path) -> Self {
        let mut watched = Self { path: path.to_owned(), stamp: None, text: None };
        watched.has_changed();
        watched
    }

    /// Its time alone does not make another file of it.
    fn has_changed(&mut self) -> bool {
        let metadata = fs::metadata(&self.path).ok();
        let stamp = metadata.and_then(|file| Some((file.modified().ok()?, file.len())));
        if stamp.is_some() && stamp == self.stamp {
            return false;
        }
        let text = fs::read(&self.path).ok();
        // One that is being replaced is nowhere for a moment.
        if text.is_none() {
            return false;
        }
        self.stamp = stamp;
        let is_other = text != self.text;
        self.text = text;
        is_other
    }
}

pub async fn watch(paths: Vec<PathBuf>, orders: Orders, terminal: Terminal) {
    let mut files: Vec<Watched> = paths.iter().map(|path| Watched::new(path)).collect();
    let mut looks = tokio::time::interval(LOOK_EVERY);
    loop {
        looks.tick().await;
        let changed: Vec<bool> = files.iter_mut().map(Watched::has_changed).collect();
        let names = files.iter().zip(changed).filter(|(_, changed)| *changed);
        let names: Vec<_> = names.map(|(file, _)| file.path.display().to_string()).collect();
        if names.is_empty() {
            continue;
        }
        let names = names.join(", ");
        match orders.give(Order::Reload).await {
            Ok(diff) => terminal.say(format!("{names} has changed\n{}", Diff(&diff)).trim_end()),
            Err(Refusal::Unknown(why) | Refusal::Wrong(why) | Refusal::Failed(why)) => {
                terminal.warn(&format!("{names} has changed and is not applied: {why}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_changed_when_it_says_something_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world.toml");
        fs::write(&path, "a").unwrap();
        let mut watched = Watched::new(&path);
        assert!(!watched.has_changed());
        fs::write(&path, "ab").unwrap();
        assert!(watched.has_changed() && !watched.has_changed());
        fs::remove_file(&path).unwrap();
        assert!(!watched.has_changed(), "it may be on its way");
        fs::write(&path, "ab").unwrap();
        assert!(!watched.has_changed(), "the same again");
        fs::write(&path, "c").unwrap();
        assert!(watched.has_changed());
    }
}
