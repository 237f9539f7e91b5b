//! What somebody tries who wants into the console, or further than his role.

use crate::teller::story;

#[test]
fn sec_193_no_console_session_is_fixed_beforehand() {
    story("sec_193_no_console_session_is_fixed_beforehand");
}

#[test]
fn sec_194_forms_from_elsewhere_change_nothing() {
    story("sec_194_forms_from_elsewhere_change_nothing");
}

#[test]
fn sec_194_looking_changes_nothing() {
    story("sec_194_looking_changes_nothing");
}

#[test]
fn sec_196_no_console_page_can_be_framed() {
    story("sec_196_no_console_page_can_be_framed");
}

#[test]
fn sec_198_every_console_answer_has_its_headers() {
    story("sec_198_every_console_answer_has_its_headers");
}

#[test]
fn sec_195_no_console_sign_in_from_another_page() {
    story("sec_195_no_console_sign_in_from_another_page");
}

#[test]
fn sec_197_markup_that_is_stored_stays_text() {
    story("sec_197_markup_that_is_stored_stays_text");
}

#[test]
fn sec_200_the_console_cookie_is_ours_alone() {
    story("sec_200_the_console_cookie_is_ours_alone");
}

#[test]
fn sec_208_a_foreign_id_is_not_there() {
    story("sec_208_a_foreign_id_is_not_there");
}

#[test]
fn sec_209_each_role_may_what_the_table_says() {
    story("sec_209_each_role_may_what_the_table_says");
}

#[test]
fn sec_210_nobody_is_let_in_without_a_session() {
    story("sec_210_nobody_is_let_in_without_a_session");
}

#[test]
fn sec_212_searches_are_bounded() {
    story("sec_212_searches_are_bounded");
}

#[test]
fn sec_211_a_page_goes_on_where_its_own_list_did() {
    story("sec_211_a_page_goes_on_where_its_own_list_did");
}
