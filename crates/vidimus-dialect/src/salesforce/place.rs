//! Where things are: the identity URL of a user, the instance of an organization, and its login.

use vidimus_core::{entity_id, manner::Subject, public_url, row_key::RowKey};

use crate::Asked;

/// `{login}/id/{organization}/{user}`, both of eighteen characters.
pub fn of_subject(subject: &Subject<'_>) -> String {
    let organization = entity_id::long(entity_id::ORGANIZATION, subject.tenant);
    let user = entity_id::long(entity_id::USER, subject.user);
    format!("{}/id/{organization}/{user}", subject.public_url)
}

/// The same of a user of the tenant that was asked.
pub fn identity(asked: &Asked<'_>, user: RowKey) -> String {
    let tenant = asked.tenant.map_or(RowKey::ROOT, |tenant| tenant.key());
    of_subject(&Subject { public_url: asked.public_url, tenant, user })
}

/// Where the organization itself answers: the place where it was asked, its own host, or its site.
pub fn instance(asked: &Asked<'_>) -> String {
    if !asked.prefix.is_empty() {
        return asked.base();
    }
    let tenant = asked.tenant.map(|tenant| tenant.body);
    if let Some(host) = tenant.and_then(|tenant| tenant.hosts.first()) {
        return at_host(asked.public_url, host);
    }
    match tenant.and_then(|tenant| tenant.path_aliases.first()) {
        Some(site) if asked.issuer != asked.public_url => format!("{}{site}", asked.public_url),
        _ => asked.issuer.to_owned(),
    }
}

/// The host of it.
pub fn host(asked: &Asked<'_>) -> String {
    public_url::authority(&instance(asked)).to_owned()
}

/// The same scheme and port under another host.
fn at_host(url: &str, host: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let authority = rest.split('/').next().unwrap_or_default();
    let port = authority.rsplit_once(':').map(|(_, port)| port);
    match port.filter(|port| port.bytes().all(|c| c.is_ascii_digit()) && !host.contains(':')) {
        Some(port) => format!("{scheme}://{host}:{port}"),
        None => format!("{scheme}://{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{ORGANIZATION, Scene, TENANT_KEY, USER, USER_KEY};

    #[test]
    fn a_subject_is_the_identity_url() {
        let subject =
            Subject { public_url: "https://as.example", tenant: TENANT_KEY, user: USER_KEY };
        let wanted = format!("https://as.example/id/{ORGANIZATION}/{USER}");
        assert_eq!(of_subject(&subject), wanted);
        assert_eq!(identity(&Scene::new("/customers").asked(), USER_KEY), wanted);
    }

    #[test]
    fn an_instance_is_where_the_organization_answers() {
        assert_eq!(instance(&Scene::new("/customers").asked()), "https://as.example/customers");
        assert_eq!(instance(&Scene::new("").asked()), "https://as.example/t/org");
    }

    #[test]
    fn a_host_keeps_scheme_and_port() {
        for (url, wanted) in [
            ("https://as.example", "https://my.example"),
            ("http://127.0.0.1:8080", "http://my.example:8080"),
            ("http://[::1]", "http://my.example"),
            ("https://as.example/x", "https://my.example"),
        ] {
            assert_eq!(at_host(url, "my.example"), wanted, "{url}");
        }
        assert_eq!(at_host("http://a:1", "my.example:2"), "http://my.example:2");
    }
}
