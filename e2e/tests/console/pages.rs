//! What operators come to do, page by page: each page's main job, and its error.

use crate::teller::{stories, story};

const TESTS: &str = concat!(include_str!("attacks.rs"), include_str!("pages.rs"));

#[test]
fn every_story_is_told() {
    for name in stories() {
        assert!(TESTS.contains(&format!("story(\"{name}\");")), "{name} has no test");
    }
}

#[test]
fn signing_in_and_out() {
    story("signing_in_and_out");
}

#[test]
fn an_auditor_sees_and_changes_nothing() {
    story("an_auditor_sees_and_changes_nothing");
}

#[test]
fn a_one_time_link_makes_the_first_administrator() {
    story("a_one_time_link_makes_the_first_administrator");
}

#[test]
fn clients_are_made_changed_and_deleted() {
    story("clients_are_made_changed_and_deleted");
}

#[test]
fn clients_are_filtered_and_dealt_with_in_bulk() {
    story("clients_are_filtered_and_dealt_with_in_bulk");
}

#[test]
fn everything_else_is_declared_by_the_same_forms() {
    story("everything_else_is_declared_by_the_same_forms");
}

#[test]
fn tenants_are_found_by_their_beginning() {
    story("tenants_are_found_by_their_beginning");
}

#[test]
fn a_token_is_explained() {
    story("a_token_is_explained");
}

#[test]
fn a_jwt_is_decoded() {
    story("a_jwt_is_decoded");
}

#[test]
fn an_assertion_is_explained() {
    story("an_assertion_is_explained");
}

#[test]
fn requests_come_live() {
    story("requests_come_live");
}

#[test]
fn a_request_is_sent_again_in_a_sandbox() {
    story("a_request_is_sent_again_in_a_sandbox");
}

#[test]
fn requests_are_listed_without_a_script() {
    story("requests_are_listed_without_a_script");
}

#[test]
fn keys_are_rotated() {
    story("keys_are_rotated");
}

#[test]
fn the_audit_trail_tells_what_changed() {
    story("the_audit_trail_tells_what_changed");
}

#[test]
fn sessions_and_tokens_are_ended() {
    story("sessions_and_tokens_are_ended");
}

#[test]
fn the_overview_plots_what_happens() {
    story("the_overview_plots_what_happens");
}

#[test]
fn by_keyboard_alone() {
    story("by_keyboard_alone");
}

#[test]
fn every_console_page_can_be_read_by_everybody() {
    story("every_console_page_can_be_read_by_everybody");
}

#[test]
fn every_console_page_works_without_a_script() {
    story("every_console_page_works_without_a_script");
}
