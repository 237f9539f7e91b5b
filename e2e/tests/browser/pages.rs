//! Every page: as it looks, who can read it, and what of it works without a script.

use crate::teller::{stories, story};

const TESTS: &str =
    concat!(include_str!("attacks.rs"), include_str!("pages.rs"), include_str!("people.rs"));

#[test]
fn every_story_is_told() {
    for name in stories() {
        assert!(TESTS.contains(&format!("story(\"{name}\");")), "{name} has no test");
    }
}

#[test]
fn what_no_page_may_do_is_noticed() {
    story("what_no_page_may_do_is_noticed");
}

#[test]
fn every_page_can_be_read_by_everybody() {
    story("every_page_can_be_read_by_everybody");
}

#[test]
fn every_page_works_without_a_script() {
    story("every_page_works_without_a_script");
}
