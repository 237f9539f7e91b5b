//! From a path to the dialects' endpoints and the place of the tenant (RFC 8414 §3.1 included).

use std::borrow::Cow;

use vidimus_dialect::{Dialect, Route};

use crate::path;

pub struct Target<'p> {
    pub dialect: &'static Dialect,
    pub route: &'static Route,
    pub place: Place<'p>,
    /// The text of the place: what stands before the route.
    pub prefix: &'p str,
    /// The segments in braces, decoded.
    pub captured: Vec<String>,
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

/// Every dialect that has the path; which of them answers, the tenant says. A longer route wins over
/// a shorter one behind a prefix; among equals, the dialects' order counts.
pub fn find<'p>(dialects: &[&'static Dialect], path: &'p str) -> Vec<Target<'p>> {
    // What most requests ask for costs one comparison for each route.
    let exact = |dialect: &&'static Dialect| {
        let route = dialect.routes.iter().find(|route| route.path == path)?;
        let (place, captured) = (Place::Root, Vec::new());
        Some(Target { dialect, route, place, prefix: "", captured })
    };
    let literal: Vec<_> = dialects.iter().filter_map(exact).collect();
    if !literal.is_empty() {
        return literal;
    }
    let targets = |at_root: bool| {
        let of = move |dialect: &&'static Dialect| {
            let dialect = *dialect;
            let mut routes = dialect.routes.iter();
            routes.find_map(|route| target(dialect, route, path, at_root))
        };
        dialects.iter().filter_map(of).collect::<Vec<_>>()
    };
    let at_root = targets(true);
    if !at_root.is_empty() {
        return at_root;
    }
    let mut targets = targets(false);
    targets.sort_by_key(|target| {
        let is_alias = matches!(target.place, Place::Alias(_));
        (target.prefix.len(), !(is_alias && target.route.wins_under_alias))
    });
    targets
}

/// The path with runs of slashes made one, for dialects that take them so.
pub fn merged(path: &str) -> Option<String> {
    if !path.contains("//") {
        return None;
    }
    let mut merged = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !merged.ends_with('/') {
            merged.push(c);
        }
    }
    Some(merged)
}

/// The dialect that answers also for what is not there below this path.
pub fn owner(dialects: &[&'static Dialect], path: &str) -> Option<&'static Dialect> {
    dialects.iter().copied().find(|dialect| dialect.owns.iter().any(|own| path.contains(own)))
}

fn target<'p>(
    dialect: &'static Dialect,
    route: &'static Route,
    path: &'p str,
    at_root: bool,
) -> Option<Target<'p>> {
    let (prefix, captured) = split(path, route.path)?;
    let place = if prefix.is_empty() { Place::Root } else { place(prefix)? };
    if at_root != (place == Place::Root) {
        return None;
    }
    Some(Target { dialect, route, place, prefix, captured })
}

/// What stands before a route, or behind it where RFC 8414 §3.1 inserts the well-known path.
fn split<'p>(path: &'p str, route: &str) -> Option<(&'p str, Vec<String>)> {
    if !route.contains('{') {
        let behind = || path.strip_prefix(route).filter(|_| route.starts_with(WELL_KNOWN));
        let prefix = path.strip_suffix(route).or_else(behind)?;
        let whole = prefix.is_empty() || (prefix.starts_with('/') && prefix.len() > 1);
        return whole.then_some((prefix, Vec::new()));
    }
    let (mut rest, mut captured) = (path, Vec::new());
    for wanted in route.rsplit('/').take_while(|segment| !segment.is_empty()) {
        let (before, segment) = rest.rsplit_once('/')?;
        rest = before;
        if wanted.starts_with('{') {
            let segment = path::decode(segment).filter(|segment| !segment.is_empty())?;
            captured.push(segment.into_owned());
        } else if wanted != segment {
            return None;
        }
    }
    captured.reverse();
    Some((rest, captured))
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
    use vidimus_dialect::{Endpoint, STANDARD};

    fn found(path: &str) -> Option<(Endpoint, Place<'_>)> {
        let target = find(&[&STANDARD], path).into_iter().next()?;
        Some((target.route.endpoint, target.place))
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
            ("/oauth2/register/abc", Endpoint::Registration, Place::Root),
            ("/t/foo.com/oauth2/register/a%20b", Endpoint::Registration, foo()),
        ] {
            assert_eq!(found(path), Some((endpoint, place)), "{path}");
        }
    }

    #[test]
    fn a_longer_route_comes_before_a_shorter_one_behind_a_prefix() {
        const LONG: Dialect = Dialect {
            name: "long",
            routes: &[Route::standard("/services/oauth2/token", Endpoint::Token)],
            ..STANDARD
        };
        let prefixes = |path| -> Vec<String> {
            let targets = find(&[&STANDARD, &LONG], path);
            targets
                .iter()
                .map(|target| format!("{} {}", target.dialect.name, target.prefix))
                .collect()
        };
        assert_eq!(prefixes("/services/oauth2/token"), ["long "]);
        assert_eq!(prefixes("/a/services/oauth2/token"), ["long /a", "standard /a/services"]);
    }

    #[test]
    fn a_route_may_win_under_an_alias() {
        const METADATA: &str = "/.well-known/openid-configuration";
        const OTHER: Dialect = Dialect {
            name: "other",
            routes: &[Route {
                wins_under_alias: true,
                ..Route::standard(METADATA, Endpoint::Metadata)
            }],
            ..STANDARD
        };
        for (prefix, first) in [("", "standard"), ("/t/foo.com", "standard"), ("/a", "other")] {
            let path = format!("{prefix}{METADATA}");
            assert_eq!(find(&[&STANDARD, &OTHER], &path)[0].dialect.name, first, "{prefix}");
        }
    }

    #[test]
    fn segments_in_braces_are_captured() {
        let targets = find(&[&STANDARD], "/t/foo.com/oauth2/register/a%20b");
        assert_eq!(targets[0].captured, ["a b"]);
        assert_eq!(targets[0].prefix, "/t/foo.com");
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
            "/oauth2/register/",
            "/oauth2/register/%zz",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn slashes_merge() {
        assert_eq!(merged("/a//b///c").as_deref(), Some("/a/b/c"));
        assert_eq!(merged("/a/b"), None);
    }
}
