//! The plans Hybrid and Form Post Hybrid.

use crate::client::Variant;
use crate::modules::{COMMON, TIMED, WITH_CODE, refresh_token, request_uri, run, userinfo};
use crate::stage::Stage;

const TYPES: [&str; 3] = ["code id_token", "code token", "code id_token token"];

#[test]
fn hybrid() {
    let stage = Stage::shared();
    for response_type in TYPES {
        let variant = Variant::dynamic(response_type);
        run(stage, variant, &COMMON);
        run(stage, variant, &WITH_CODE);
        run(stage, variant, &[userinfo]);
        request_uri(stage, variant, None);
    }
    let variant = Variant::dynamic("code id_token");
    run(stage, variant, &TIMED);
    refresh_token(stage, variant);
}

#[test]
fn hybrid_with_static_clients_and_form_post() {
    let stage = Stage::shared();
    for response_type in TYPES {
        let variant =
            Variant { is_static: true, is_form_post: true, ..Variant::dynamic(response_type) };
        run(stage, variant, &COMMON);
        run(stage, variant, &WITH_CODE);
    }
}
