//! From a path to a dialect's endpoint and the place of its tenant (RFC 8414 §3.1 included).

use std::borrow::Cow;

use vidimus_dialect::{Dialect, Endpoint};

use crate::path;

pub struct Target<'p> {
    pub dialect: &'static Dialect,
    pub endpoint: Endpoint,
    pub place: Place<'p>,
}

/// Where the path says that the tenant is.
#[derive(Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// The default tenant, or the one that owns the host.
    Root,
    /// `/t/{tenant}`.
    Tenant(Cow<'p, str>),
    /// Any other prefix; some tenant may own it.
    Alias(&'p str),
}

const WELL_KNOWN: &str = "/.well-known/";

pub fn find<'p>(dialects: &[&'static Dialect], path: &'p str) -> Option<Target<'p>> {
    let all = || dialects.iter().flat_map(|d| d.routes.iter().map(move |route| (*d, route)));
    if let Some((dialect, route)) = all().find(|(_, route)| route.path == path) {
        return Some(Target { dialect, endpoint: route.endpoint, place: Place::Root });
    }
    all().find_map(|(dialect, route)| {
        let place = place(prefix(path, route.path)?)?;
        Some(Target { dialect, endpoint: route.endpoint, place })
    })
}

/// What stands before a route, or behind it where RFC 8414 §3.1 inserts the well-known path.
fn prefix<'p>(path: &'p str, route: &str) -> Option<&'p str> {
    let behind = || path.strip_prefix(route).filter(|_| route.starts_with(WELL_KNOWN));
    path.strip_suffix(route).or_else(behind).filter(|rest| rest.starts_with('/') && rest.len() > 1)
}

fn place(prefix: &str) -> Option<Place<'_>> {
    match prefix.strip_prefix("/t/") {
        Some("") => None,
        Some(id) if !id.contains('/') => path::decode(id).map(Place::Tenant),
        _ => Some(Place::Alias(prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_dialect::DIALECTS;

    fn found(path: &str) -> Option<(Endpoint, Place<'_>)> {
        find(&DIALECTS, path).map(|target| (target.endpoint, target.place))
    }

    #[test]
    fn tenants_are_found_by_path() {
        let foo = || Place::Tenant(Cow::Borrowed("foo.com"));
        for (path, endpoint, place) in [
            ("/oauth2/token", Endpoint::Token, Place::Root),
            ("/t/foo.com/oauth2/introspect", Endpoint::Introspect, foo()),
            ("/t/foo%2Ecom/oauth2/revoke", Endpoint::Revoke, foo()),
            ("/customers/oauth2/jwks", Endpoint::Jwks, Place::Alias("/customers")),
            ("/a/b/oauth2/token", Endpoint::Token, Place::Alias("/a/b")),
            ("/t/a/b/oauth2/token", Endpoint::Token, Place::Alias("/t/a/b")),
            ("/.well-known/openid-configuration", Endpoint::Metadata, Place::Root),
            ("/t/foo.com/.well-known/openid-configuration", Endpoint::Metadata, foo()),
            ("/.well-known/oauth-authorization-server/t/foo.com", Endpoint::Metadata, foo()),
            ("/.well-known/openid-configuration/t/foo.com", Endpoint::Metadata, foo()),
            (
                "/.well-known/oauth-authorization-server/customers",
                Endpoint::Metadata,
                Place::Alias("/customers"),
            ),
        ] {
            assert_eq!(found(path), Some((endpoint, place)), "{path}");
        }
    }

    #[test]
    fn everything_else_is_nowhere() {
        for path in [
            "/",
            "",
            "/oauth2/token/",
            "/oauth2/token/t/foo.com",
            "/OAUTH2/token",
            "//oauth2",
            "/t//oauth2/token",
            "/t/%zz/oauth2/token",
            "x/oauth2/token",
            "/.well-known/oauth-authorization-server/",
            "/.well-known/oauth-authorization-serverx",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
    }
}
