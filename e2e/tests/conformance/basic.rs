//! The plans Basic (static and dynamic clients) and Form Post Basic.

use crate::client::Variant;
use crate::modules::{
    COMMON, TIMED, WITH_CODE, id_token_unsigned, post_request, refresh_token, request_uri, run,
    userinfo,
};
use crate::stage::Stage;

const CODE: Variant = Variant::dynamic("code");

#[test]
fn basic_with_dynamic_clients() {
    let stage = Stage::shared();
    run(stage, CODE, &COMMON);
    run(stage, CODE, &WITH_CODE);
    run(stage, CODE, &TIMED);
    run(stage, CODE, &[userinfo, post_request, id_token_unsigned, refresh_token]);
    request_uri(stage, CODE, None);
}

#[test]
fn basic_with_static_clients() {
    let stage = Stage::shared();
    let variant = Variant { is_static: true, ..CODE };
    run(stage, variant, &COMMON);
    run(stage, variant, &WITH_CODE);
    run(stage, variant, &[userinfo, post_request, refresh_token]);
}

#[test]
fn form_post_basic() {
    let stage = Stage::shared();
    let variant = Variant { is_form_post: true, ..CODE };
    run(stage, variant, &COMMON);
    run(stage, variant, &WITH_CODE);
    run(stage, variant, &TIMED);
    run(stage, variant, &[userinfo, post_request]);
}
