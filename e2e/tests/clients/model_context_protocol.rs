//! The TypeScript SDK of the Model Context Protocol: a client that knows no more than a server's URL.

use crate::people::{People, Site};
use crate::programs::node_with;

fn tell(site: Site) {
    let people = People::shared();
    node_with("mcp_sdk.js", &people.ca_file(), &people.facts(site));
}

#[test]
fn the_mcp_sdk_finds_its_way_from_a_server_to_a_token_at_the_root() {
    tell(Site::Root);
}

#[test]
fn the_mcp_sdk_finds_its_way_from_a_server_to_a_token_below_a_path() {
    tell(Site::Path);
}
