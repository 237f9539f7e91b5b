//! Where a tenant is: what its programs have in `url` and `site`.

use crate::postman::Values;

const DEFAULT_TENANT: &str = "default";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// `https://as.example`.
    pub server: String,
    pub tenant: String,
}

impl Place {
    pub fn values(&self) -> Values {
        let site = match self.tenant.as_str() {
            "" | DEFAULT_TENANT => String::new(),
            tenant => format!("/t/{tenant}"),
        };
        let url = self.server.trim_end_matches('/').to_owned();
        Values::from([("url".to_owned(), url), ("site".to_owned(), site)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_tenant_is_at_the_root() {
        for (tenant, site) in [("default", ""), ("foo.com", "/t/foo.com")] {
            let place =
                Place { server: "https://as.example/".to_owned(), tenant: tenant.to_owned() };
            let values = place.values();
            assert_eq!(
                (values["url"].as_str(), values["site"].as_str()),
                ("https://as.example", site)
            );
        }
    }
}
