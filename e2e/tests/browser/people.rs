//! What people come to do: sign in, allow and deny, connect a device, look after their account, leave.

use crate::teller::story;

#[test]
fn signing_in_and_allowing() {
    story("signing_in_and_allowing");
}

#[test]
fn an_unknown_name_is_answered_like_a_wrong_password() {
    story("an_unknown_name_is_answered_like_a_wrong_password");
}

#[test]
fn denying() {
    story("denying");
}

#[test]
fn cancelling() {
    story("cancelling");
}

#[test]
fn a_client_that_is_known_asks_nobody() {
    story("a_client_that_is_known_asks_nobody");
}

#[test]
fn form_post() {
    story("form_post");
}

#[test]
fn by_keyboard_alone() {
    story("by_keyboard_alone");
}

#[test]
fn a_second_click_changes_nothing() {
    story("a_second_click_changes_nothing");
}

#[test]
fn over_plain_http_on_loopback() {
    story("over_plain_http_on_loopback");
}

#[test]
fn connecting_a_device() {
    story("connecting_a_device");
}

#[test]
fn ending_a_session_elsewhere() {
    story("ending_a_session_elsewhere");
}

#[test]
fn removing_an_application() {
    story("removing_an_application");
}

#[test]
fn changing_the_password() {
    story("changing_the_password");
}

#[test]
fn several_accounts_in_one_browser() {
    story("several_accounts_in_one_browser");
}

#[test]
fn two_tenants_in_one_browser() {
    story("two_tenants_in_one_browser");
}

#[test]
fn in_their_own_language() {
    story("in_their_own_language");
}

#[test]
fn signing_out_is_asked_about() {
    story("signing_out_is_asked_about");
}

#[test]
fn a_client_signs_its_user_out() {
    story("a_client_signs_its_user_out");
}

#[test]
fn nobody_is_sent_where_no_client_registered() {
    story("nobody_is_sent_where_no_client_registered");
}

#[test]
fn the_client_s_frame_learns_that_the_session_changed() {
    story("the_client_s_frame_learns_that_the_session_changed");
}

#[test]
fn signing_in_by_the_paths_of_other_products() {
    story("signing_in_by_the_paths_of_other_products");
}

#[test]
fn signing_out_by_the_paths_of_other_products() {
    story("signing_out_by_the_paths_of_other_products");
}
