//! `vidimus bench` as people call it: rows with figures, and nothing left behind.

mod harness;

use harness::{stderr, stdout, vidimus};

#[test]
fn it_measures_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = vidimus(folder.path());
    command.env("TMPDIR", folder.path());
    command.args(["bench", "--seconds", "1", "--connections", "4", "--output", "json"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let measured: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let rows = measured["items"].as_array().unwrap();
    assert_eq!(rows.len(), 3, "{measured}");
    for row in rows {
        for figure in ["per_second", "requests", "p50_us", "p99_us"] {
            assert!(row[figure].as_u64().unwrap() > 0, "{figure}: {row}");
        }
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
