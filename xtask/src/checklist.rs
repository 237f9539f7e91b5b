//! `cargo xtask checklist`: tests named after the security and reliability checks, `sec_126_…`.

use std::collections::BTreeMap;

use crate::tidy::source::functions;
use crate::tidy::tree::Tree;

pub fn run() -> Result<(), String> {
    let found = find(&Tree::read(crate::root())?);
    for (id, places) in &found {
        println!("{id}  {}", places.join("  "));
    }
    println!("{} checks have a test", found.len());
    Ok(())
}

/// `SEC-126` to where its tests are.
fn find(tree: &Tree) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, source) in tree.rust() {
        for function in functions(source).iter().filter(|function| function.is_test) {
            if let Some(id) = id(&function.name) {
                found.entry(id).or_default().push(format!("{path}:{}", function.first));
            }
        }
    }
    found
}

fn id(function: &str) -> Option<String> {
    let mut words = function.split('_');
    let (group, number) = (words.next()?, words.next()?);
    let numbered = number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
    (["sec", "rel"].contains(&group) && numbered)
        .then(|| format!("{}-{number}", group.to_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tests_count_and_by_their_id() {
        let text = "#[test]\nfn sec_126_other_audience() {}\nfn sec_127_no_test() {}\n\
            #[tokio::test]\nasync fn rel_002_kill() {}\n#[test]\nfn second() {}\n";
        let found = find(&Tree::of(&[("e2e/tests/x.rs", text)]));
        let ids: Vec<_> = found.into_iter().collect();
        let places = |line: usize| vec![format!("e2e/tests/x.rs:{line}")];
        assert_eq!(ids, [("REL-002".to_owned(), places(5)), ("SEC-126".to_owned(), places(2))]);
    }
}
