//! The console's routes as one table: method, path, who may, what it does. A route cannot be written
//! without saying who may.

use hyper::Method;
use vidimus_console::operator::{Noun, TENANTS, noun};
use vidimus_core::{admin::operator::Role, facts::TenantRef};

use crate::{
    failure::{Failure, Refused},
    path,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever has no session, too.
    Public,
    Of(Role),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    SignIn,
    Welcome,
    SignOut,
    Overview,
    Tenants,
    NewTenant,
    List,
    Show,
    New,
    Edit,
    Delete,
    Act,
    Bulk,
    Keys,
    RotateKey,
    Sessions,
    EndSession,
    Tokens,
    RevokeFamily,
    Audit,
    Inspect,
    Assertions,
    Revoke,
    Requests,
    NewRequests,
    Request,
    Replay,
}

pub struct Route {
    pub method: Method,
    pub path: &'static str,
    pub access: Access,
    pub action: Action,
}

/// A route with what its path names.
pub struct Found {
    pub route: &'static Route,
    pub tenant: String,
    pub noun: &'static Noun,
    /// Of whatever else; as it stood behind the noun, or a link's own text.
    pub id: String,
}

const GET: Method = Method::GET;
const POST: Method = Method::POST;
const PUBLIC: Access = Access::Public;
const SEES: Access = Access::Of(Role::Auditor);
const CHANGES: Access = Access::Of(Role::Administrator);

const fn route(method: Method, path: &'static str, access: Access, action: Action) -> Route {
    Route { method, path, access, action }
}

/// The first that fits answers.
pub static ROUTES: [Route; 45] = [
    route(GET, "/console/sign-in", PUBLIC, Action::SignIn),
    route(POST, "/console/sign-in", PUBLIC, Action::SignIn),
    route(GET, "/console/welcome/{id}", PUBLIC, Action::Welcome),
    route(POST, "/console/welcome/{id}", PUBLIC, Action::Welcome),
    route(POST, "/console/sign-out", SEES, Action::SignOut),
    route(GET, "/console", SEES, Action::Overview),
    route(GET, "/console/tenants", SEES, Action::Tenants),
    route(GET, "/console/tenants/new", CHANGES, Action::NewTenant),
    route(POST, "/console/tenants/new", CHANGES, Action::NewTenant),
    route(GET, "/console/inspect", SEES, Action::Inspect),
    route(POST, "/console/inspect", SEES, Action::Inspect),
    route(GET, "/console/assertions", SEES, Action::Assertions),
    route(POST, "/console/assertions", SEES, Action::Assertions),
    route(POST, "/console/inspect/revoke", CHANGES, Action::Revoke),
    route(GET, "/console/requests", SEES, Action::Requests),
    route(GET, "/console/requests.json", SEES, Action::NewRequests),
    route(GET, "/console/requests/{id}", SEES, Action::Request),
    route(GET, "/console/requests/{id}/replay", CHANGES, Action::Replay),
    route(POST, "/console/requests/{id}/replay", CHANGES, Action::Replay),
    route(GET, "/console/audit", SEES, Action::Audit),
    route(GET, "/console/t/{tenant}/audit", SEES, Action::Audit),
    route(GET, "/console/t/{tenant}/keys", SEES, Action::Keys),
    route(POST, "/console/t/{tenant}/keys/rotate", CHANGES, Action::RotateKey),
    route(GET, "/console/t/{tenant}/sessions", SEES, Action::Sessions),
    route(POST, "/console/t/{tenant}/sessions/end", CHANGES, Action::EndSession),
    route(POST, "/console/t/{tenant}/families/revoke", CHANGES, Action::RevokeFamily),
    route(GET, "/console/t/{tenant}/settings", SEES, Action::Show),
    route(GET, "/console/t/{tenant}/settings/edit", CHANGES, Action::Edit),
    route(POST, "/console/t/{tenant}/settings/edit", CHANGES, Action::Edit),
    route(GET, "/console/t/{tenant}/settings/delete", CHANGES, Action::Delete),
    route(POST, "/console/t/{tenant}/settings/delete", CHANGES, Action::Delete),
    route(POST, "/console/t/{tenant}/settings/act", CHANGES, Action::Act),
    route(GET, "/console/t/{tenant}/new/{noun}", CHANGES, Action::New),
    route(POST, "/console/t/{tenant}/new/{noun}", CHANGES, Action::New),
    route(POST, "/console/t/{tenant}/bulk/{noun}", CHANGES, Action::Bulk),
    route(GET, "/console/t/{tenant}/{noun}", SEES, Action::List),
    route(GET, "/console/t/{tenant}/{noun}/{id}", SEES, Action::Show),
    route(GET, "/console/t/{tenant}/{noun}/{id}/edit", CHANGES, Action::Edit),
    route(POST, "/console/t/{tenant}/{noun}/{id}/edit", CHANGES, Action::Edit),
    route(GET, "/console/t/{tenant}/{noun}/{id}/delete", CHANGES, Action::Delete),
    route(POST, "/console/t/{tenant}/{noun}/{id}/delete", CHANGES, Action::Delete),
    route(POST, "/console/t/{tenant}/{noun}/{id}/act", CHANGES, Action::Act),
    route(GET, "/console/t/{tenant}/{noun}/{id}/sessions", SEES, Action::Sessions),
    route(GET, "/console/t/{tenant}/{noun}/{id}/tokens", SEES, Action::Tokens),
    route(GET, "/console/", SEES, Action::Overview),
];

impl Found {
    /// Where no route leads.
    pub fn nowhere() -> Self {
        let (tenant, id) = (TenantRef::DEFAULT_ID.to_owned(), String::new());
        Self { route: &NOWHERE, tenant, noun: &TENANTS, id }
    }
}

static NOWHERE: Route = route(GET, "", CHANGES, Action::Overview);

/// # Errors
/// 404, or 405 where the path is known under another method.
pub fn find(method: &Method, path: &str) -> Result<Found, Failure> {
    let asked = if method == Method::HEAD { &Method::GET } else { method };
    let mut is_known = false;
    for route in &ROUTES {
        let Some(found) = named(route, path) else { continue };
        if route.method == *asked {
            return Ok(found);
        }
        is_known = true;
    }
    let refused = if is_known { Refused::method("GET, POST") } else { Refused::nowhere() };
    Err(refused.into())
}

fn named(route: &'static Route, path: &str) -> Option<Found> {
    let (mut tenant, mut id) = (TenantRef::DEFAULT_ID.to_owned(), String::new());
    let mut of = &TENANTS;
    let mut segments = path.split('/');
    for wanted in route.path.split('/') {
        let segment = segments.next()?;
        match wanted {
            "{tenant}" => tenant = name(segment)?,
            "{noun}" => of = noun(segment)?,
            "{id}" => id = name(segment)?,
            word if word == segment => {}
            _ => return None,
        }
    }
    if id.is_empty() {
        tenant.clone_into(&mut id);
    }
    segments.next().is_none().then_some(Found { route, tenant, noun: of, id })
}

fn name(segment: &str) -> Option<String> {
    path::decode(segment).filter(|name| !name.is_empty()).map(|name| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Black-box tests go through every line of it as each role.
    const TABLE: &str =
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../e2e/tests/console/routes.txt"));

    fn access(access: Access) -> &'static str {
        match access {
            Access::Public => "public",
            Access::Of(role) => role.as_str(),
        }
    }

    #[test]
    fn sec_210_every_route_is_in_the_table_that_is_tested() {
        let lines: Vec<String> = ROUTES
            .iter()
            .map(|route| format!("{} {} {}", route.method, route.path, access(route.access)))
            .collect();
        let known: Vec<&str> = TABLE.lines().collect();
        assert_eq!(lines, known, "\n{}\n", lines.join("\n"));
    }

    #[test]
    fn sec_209_whatever_is_sent_is_sent_by_administrators() {
        let by_others: Vec<&str> = ROUTES
            .iter()
            .filter(|route| route.method == POST && route.access != CHANGES)
            .map(|route| route.path)
            .collect();
        let wanted = [
            "/console/sign-in",
            "/console/welcome/{id}",
            "/console/sign-out",
            "/console/inspect",
            "/console/assertions",
        ];
        assert_eq!(by_others, wanted, "these change nothing that is declared");
        let public = ROUTES.iter().filter(|route| route.access == Access::Public);
        assert!(public.map(|route| route.path).all(|path| wanted[..2].contains(&path)));
    }

    #[test]
    fn every_route_is_found_by_its_own_path() {
        for route in &ROUTES {
            let path = route.path.replace("{noun}", "clients").replace(['{', '}'], "");
            let found = find(&route.method, &path).unwrap();
            assert_eq!(found.route.path, route.path, "{path}");
        }
        let found = find(&GET, "/console/t/foo%2Fbar/issuers/https:%2F%2Fa%2Fb/edit").unwrap();
        assert_eq!((found.tenant.as_str(), found.id.as_str()), ("foo/bar", "https://a/b"));
        assert_eq!(found.noun.path, "issuers");
        for path in
            ["/console/t/x/nouns", "/console/t//clients", "/console/x", "/console/t/%zz/keys"]
        {
            assert!(find(&GET, path).is_err(), "{path}");
        }
    }
}
