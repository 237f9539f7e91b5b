//! A file fits a reader's head: 600 lines at most, 400 in good style, 120 in the middle. Tests aside.

use super::Finding;
use super::tree::{Tree, is_test_file};

const LINES_MAX: usize = 600;
const LINES_SOFT: usize = 400;
const MEDIAN_MAX: usize = 120;

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut sizes = Vec::new();
    for (path, source) in tree.rust().filter(|(path, _)| !is_test_file(path)) {
        let lines = source.product_lines();
        if path.starts_with("crates/") && path.contains("/src/") {
            sizes.push(lines);
        }
        if lines > LINES_MAX {
            findings.push(Finding::new(path, 1, format!("{lines} lines, at most {LINES_MAX}")));
        } else if lines > LINES_SOFT {
            let message = format!("{lines} lines, better under {LINES_SOFT}");
            findings.push(Finding::warning(path, 1, message));
        }
    }
    sizes.sort_unstable();
    if let Some(median) = sizes.get(sizes.len() / 2).filter(|median| **median > MEDIAN_MAX) {
        let message = format!("the median file has {median} lines, at most {MEDIAN_MAX}");
        findings.push(Finding::new("crates", 1, message));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, usize)]) -> Vec<bool> {
        let texts: Vec<_> =
            files.iter().map(|(path, lines)| (*path, "\n".repeat(*lines))).collect();
        let files: Vec<_> = texts.iter().map(|(path, text)| (*path, text.as_str())).collect();
        find(&Tree::of(&files)).iter().map(|found| found.warning).collect()
    }

    #[test]
    fn long_files_are_found_and_longish_ones_mentioned() {
        assert_eq!(found(&[("bench/src/a.rs", 400)]), Vec::<bool>::new());
        assert_eq!(found(&[("bench/src/a.rs", 401)]), [true]);
        assert_eq!(found(&[("bench/src/a.rs", 601)]), [false]);
        assert_eq!(found(&[("e2e/tests/a.rs", 601)]), Vec::<bool>::new());
    }

    #[test]
    fn the_median_is_of_the_crates() {
        let path = "crates/a/src/a.rs";
        assert_eq!(found(&[(path, 121)]), [false]);
        let small = [("crates/a/src/b.rs", 9), ("crates/a/src/c.rs", 9)];
        assert_eq!(found(&[&[(path, 121)], &small[..]].concat()), Vec::<bool>::new());
    }

    #[test]
    fn tests_in_a_file_do_not_count() {
        let text = format!("\n\n#[cfg(test)]\nmod tests {{{}}}\n", "\n".repeat(700));
        assert_eq!(find(&Tree::of(&[("bench/src/a.rs", &text)])), []);
    }
}
