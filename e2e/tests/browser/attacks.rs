//! What somebody tries who wants into another's account.

use crate::teller::story;

#[test]
fn sec_010_no_way_round_the_sign_in_to_an_unknown_client() {
    story("sec_010_no_way_round_the_sign_in_to_an_unknown_client");
}

#[test]
fn sec_012_the_password_stays_here() {
    story("sec_012_the_password_stays_here");
}

#[test]
fn sec_023_form_post_is_the_client_s_alone() {
    story("sec_023_form_post_is_the_client_s_alone");
}

#[test]
fn sec_029_a_step_is_its_browser_s() {
    story("sec_029_a_step_is_its_browser_s");
}

#[test]
fn sec_193_no_session_is_fixed_beforehand() {
    story("sec_193_no_session_is_fixed_beforehand");
}

#[test]
fn sec_196_no_page_can_be_framed() {
    story("sec_196_no_page_can_be_framed");
}

#[test]
fn sec_200_cookies_are_ours_alone() {
    story("sec_200_cookies_are_ours_alone");
}

#[test]
fn sec_194_forms_of_other_pages_are_refused() {
    story("sec_194_forms_of_other_pages_are_refused");
}

#[test]
fn sec_194_links_change_nothing() {
    story("sec_194_links_change_nothing");
}

#[test]
fn sec_195_no_sign_in_from_another_page() {
    story("sec_195_no_sign_in_from_another_page");
}

#[test]
fn sec_207_a_consent_is_for_what_was_shown() {
    story("sec_207_a_consent_is_for_what_was_shown");
}

#[test]
fn sec_197_markup_of_clients_and_requests_stays_text() {
    story("sec_197_markup_of_clients_and_requests_stays_text");
}

#[test]
fn sec_197_markup_in_errors_stays_text() {
    story("sec_197_markup_in_errors_stays_text");
}

#[test]
fn sec_197_markup_that_is_kept_stays_text() {
    story("sec_197_markup_that_is_kept_stays_text");
}
