//! `--hosts`: the lines that lead the products' host names to a sandbox on this machine, for the hosts file
//! and for containers; and which names its authority may vouch for.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::{
    cli::{Output, say},
    failure::Failure,
};

/// Names, and all below them.
pub const PERMITTED: [&str; 6] = [
    "login.salesforce.com",
    "test.salesforce.com",
    "my.salesforce.com",
    "console.cloud.vmware.com",
    "console-stg.cloud.vmware.com",
    "localhost",
];

/// A certificate names all of a company's hosts at once, one label deep.
pub const WILDCARDS: [&str; 3] =
    ["*.my.salesforce.com", "*.sandbox.my.salesforce.com", "*.develop.my.salesforce.com"];

/// A tenant's host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub tenant: String,
}

pub fn is_permitted(name: &str) -> bool {
    PERMITTED.iter().any(|permitted| {
        name.strip_suffix(permitted).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Whatever resolves names knows that these are this machine (RFC 6761 §6.3).
fn is_local(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

/// # Errors
/// Standard output is gone.
pub fn print(named: &[Named], address: IpAddr, output: Output) -> Result<(), Failure> {
    let told: Vec<&Named> = named.iter().filter(|named| !is_local(&named.name)).collect();
    match output {
        Output::Json => say(&format!("{:#}", as_json(&told, address))),
        Output::Table => say(&text(&told, address)),
    }
}

fn line(named: &[&Named], address: IpAddr) -> String {
    let names: Vec<&str> = named.iter().map(|named| named.name.as_str()).collect();
    format!("{address} {}", names.join(" "))
}

fn options(named: &[&Named], address: IpAddr) -> Vec<String> {
    named.iter().map(|named| format!("--add-host {}:{address}", named.name)).collect()
}

fn as_json(named: &[&Named], address: IpAddr) -> Value {
    let names: Vec<Value> =
        named.iter().map(|named| json!({"name": named.name, "tenant": named.tenant})).collect();
    let entries: Vec<String> =
        named.iter().map(|named| format!("{}:{address}", named.name)).collect();
    json!({
        "address": address,
        "names": names,
        "hosts_file": line(named, address),
        "docker": options(named, address),
        "extra_hosts": entries,
    })
}

fn text(named: &[&Named], address: IpAddr) -> String {
    let options = options(named, address).join(" \\\n  ");
    let entries: String =
        named.iter().map(|named| format!("      - \"{}:{address}\"\n", named.name)).collect();
    format!(
        "# /etc/hosts: one line; take it out again afterwards
{}

# Docker: the sandbox listens on this machine alone, so the container shares its network
docker run --network host \\
  {options} IMAGE

# Compose: the sandbox's own service has the names, the others share its network
services:
  vidimus:
    extra_hosts:
{entries}  app:
    network_mode: \"service:vidimus\"

# nothing to change, one call: curl --connect-to ::127.0.0.1:8443 --cacert DIR/tls/ca.pem https://NAME/…
# HTTPS for these names: vidimus dev --dir DIR --tls; on the usual port: --tls-listen 127.0.0.1:443",
        line(named, address),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_below_a_permitted_one_is_permitted() {
        for name in ["login.salesforce.com", "acme.my.salesforce.com", "csp.localhost"] {
            assert!(is_permitted(name), "{name}");
        }
        for name in ["salesforce.com", "evil-login.salesforce.com", "login.salesforce.com.evil"] {
            assert!(!is_permitted(name), "{name}");
        }
    }

    #[test]
    fn local_names_need_no_line() {
        let named = |name: &str| Named { name: name.to_owned(), tenant: "a".to_owned() };
        let all = [named("a.localhost"), named("a.example"), named("b.example")];
        let told: Vec<&Named> = all.iter().filter(|named| !is_local(&named.name)).collect();
        let address = IpAddr::from([127, 0, 0, 1]);
        assert_eq!(line(&told, address), "127.0.0.1 a.example b.example");
        let text = text(&told, address);
        assert!(text.contains("--add-host a.example:127.0.0.1 \\\n"), "{text}");
        assert!(text.contains("      - \"b.example:127.0.0.1\"\n"), "{text}");
    }
}
