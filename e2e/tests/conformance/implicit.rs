//! The plans Implicit and Form Post Implicit.

use crate::client::Variant;
use crate::modules::{COMMON, TIMED, request_uri, run, userinfo};
use crate::stage::Stage;

const TYPES: [&str; 2] = ["id_token", "id_token token"];

#[test]
fn implicit() {
    let stage = Stage::shared();
    for response_type in TYPES {
        let variant = Variant::dynamic(response_type);
        run(stage, variant, &COMMON);
        request_uri(stage, variant, None);
    }
    run(stage, Variant::dynamic("id_token"), &TIMED);
    userinfo(stage, Variant::dynamic("id_token token"));
}

#[test]
fn implicit_with_static_clients_and_form_post() {
    let stage = Stage::shared();
    for response_type in TYPES {
        let variant =
            Variant { is_static: true, is_form_post: true, ..Variant::dynamic(response_type) };
        run(stage, variant, &COMMON);
    }
}
