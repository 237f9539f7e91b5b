//! openid-client, the library of most Node programs that sign people in, at issuers with and without a
//! path.

use crate::people::{People, Site};
use crate::programs::node_with;

fn tell(story: &str, site: Site) {
    let people = People::shared();
    node_with(story, &people.ca_file(), &people.facts(site));
}

#[test]
fn openid_client_signs_people_in_refreshes_introspects_and_revokes_at_the_root() {
    tell("openid_client_code.js", Site::Root);
}

#[test]
fn openid_client_signs_people_in_refreshes_introspects_and_revokes_below_a_path() {
    tell("openid_client_code.js", Site::Path);
}

#[test]
fn openid_client_pushes_and_signs_requests_and_reads_posted_and_hybrid_answers() {
    tell("openid_client_requests.js", Site::Gated);
}

#[test]
fn openid_client_gets_tokens_for_a_device() {
    tell("openid_client_device.js", Site::Path);
}

#[test]
fn openid_client_registers_by_a_token_and_manages_what_it_registered() {
    tell("openid_client_registration.js", Site::Gated);
}

#[test]
fn openid_client_registers_where_anybody_may() {
    tell("openid_client_registration.js", Site::Root);
}

#[test]
fn openid_client_signs_people_out() {
    tell("openid_client_logout.js", Site::Root);
}
