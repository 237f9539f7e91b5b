//! Libraries of OAuth 2.0 and OpenID Connect, from discovery to revocation, with a person at the pages.

use crate::desk::Desk;
use crate::programs::{python_with, rust_with};

#[test]
fn authlib_registers_signs_people_in_and_sees_revocation() {
    let desk = Desk::shared();
    python_with("authlib_openid.py", &desk.ca_file(), &desk.facts());
}

#[test]
fn requests_oauthlib_signs_people_in_refreshes_and_gets_tokens_from_fragments() {
    let desk = Desk::shared();
    python_with("requests_oauthlib_flows.py", &desk.ca_file(), &desk.facts());
}

/// On a server where nobody has signed in: this library fetches the key set once, before.
#[test]
fn the_openidconnect_crate_registers_signs_people_in_and_out_and_gets_tokens_for_a_device() {
    let desk = Desk::start("");
    rust_with(&desk.ca_file(), &desk.facts());
}
