//! A function fits a screen.

use super::Finding;
use super::source::functions;
use super::tree::Tree;

const LINES_MAX: usize = 70;

pub fn find(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.rust() {
        for function in functions(source) {
            let lines = function.last - function.first + 1;
            if lines > LINES_MAX {
                let message = format!("{} has {lines} lines, at most {LINES_MAX}", function.name);
                findings.push(Finding::new(path, function.first, message));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_71st_line_is_one_too_many() {
        let lines = |count: usize| {
            let text = format!("\nfn long() {{{}}}\n", "\n".repeat(count - 1));
            find(&Tree::of(&[("a.rs", &text)])).iter().map(|found| found.line).collect::<Vec<_>>()
        };
        assert_eq!(lines(70), Vec::<usize>::new());
        assert_eq!(lines(71), [2]);
    }
}
