//! What holds of every page: its landmarks, ids and fields, its policy, and that no text becomes markup.

mod escaping;
mod markup;
mod policy;
mod samples;
mod shape;
mod words;

use std::{fs, path::Path};

use self::samples::{PLAIN, Samples};

/// To be looked at: `target/tmp/pages` can be served as it is.
#[test]
fn pages_are_written_down() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(root.join("assets")).expect("a folder");
    let write = |path: &str, bytes: &[u8]| {
        fs::write(root.join(path.trim_start_matches('/')), bytes).expect("a file");
    };
    for asset in vidimus_console::assets() {
        write(&asset.path, &asset.bytes);
    }
    let accent = vidimus_console::accent("f4b400").expect("a stylesheet");
    write("assets/accent-f4b400.css", accent.as_bytes());
    write("assets/logo.svg", include_bytes!("../../assets/favicon.svg"));
    let frame = vidimus_console::check_session("vidimus-state-1");
    write("check-session.html", frame.html.as_bytes());
    write("check-session.policy", frame.content_security_policy.as_bytes());
    let kinds = [
        ("en", PLAIN),
        ("de", Samples { language: "de", ..PLAIN }),
        ("accent", Samples { color: Some("#F4B400"), ..PLAIN }),
    ];
    for (kind, samples) in kinds {
        let pages = samples.all();
        assert!(pages.len() > 25, "{}", pages.len());
        for (name, page) in pages {
            assert!(page.html.starts_with("<!doctype html>"), "{name}");
            write(&format!("{kind}-{name}.html"), page.html.as_bytes());
            write(&format!("{kind}-{name}.policy"), page.content_security_policy.as_bytes());
        }
    }
}
