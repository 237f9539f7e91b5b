//! The admin API's routes as one table: method, path, who may, action.

use std::{borrow::Cow, sync::LazyLock};

use hyper::Method;
use vidimus_core::{
    admin::{Over, Right},
    facts::TenantRef,
    model::Kind,
    time::Time,
};

use crate::{
    failure::{Failure, Refused},
    path,
};

pub const PREFIX: &str = "/admin/v1/";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    List(Kind),
    Create(Kind),
    Show(Kind),
    Update(Kind),
    Delete(Kind),
    Mint,
    Introspect,
    Explain,
    Revoke,
    DeviceApprove,
    AssertionCheck,
    Snapshot,
    PutBack,
    KeyList,
    KeyRotate,
    Tokens,
    Family,
    RevokeOf,
    Sessions,
    EndSession,
    Audit,
    AuditAll,
    AuditCheck,
    Invite,
    Requests,
    Request,
    RequestsOf,
    RequestOf,
    Apply,
    Status,
    OpenApi,
}

/// Who may: nothing is served without saying so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    pub over: Over,
    pub right: Right,
}

/// Of those who are let in.
const ANYBODY: Policy = Policy { over: Over::Nothing, right: Right::Read };
const READS_ALL: Policy = Policy { over: Over::Everything, right: Right::Read };
const WRITES_ALL: Policy = Policy { over: Over::Everything, right: Right::Write };
const READS: Policy = Policy { over: Over::Tenant, right: Right::Read };
const WRITES: Policy = Policy { over: Over::Tenant, right: Right::Write };

pub struct Route {
    pub method: Method,
    /// Below [`PREFIX`].
    pub path: Cow<'static, str>,
    pub policy: Policy,
    pub action: Action,
}

/// An action with what its path names.
#[derive(Debug)]
pub struct Found {
    pub action: Action,
    pub policy: Policy,
    /// Of the path; the default tenant where it names none.
    pub tenant: String,
    pub id: String,
    /// Where what is older is of another tenant, that had the same id.
    pub since: Option<Time>,
}

const fn route(method: Method, path: &'static str, policy: Policy, action: Action) -> Route {
    Route { method, path: Cow::Borrowed(path), policy, action }
}

const ROUTES: [Route; 31] = [
    route(Method::GET, "tenants", READS_ALL, Action::List(Kind::Tenant)),
    route(Method::POST, "tenants", WRITES_ALL, Action::Create(Kind::Tenant)),
    route(Method::GET, "tenants/{tenant}", READS, Action::Show(Kind::Tenant)),
    // What a tenant answers to, and its policy, are not its own to change.
    route(Method::PATCH, "tenants/{tenant}", WRITES_ALL, Action::Update(Kind::Tenant)),
    route(Method::DELETE, "tenants/{tenant}", WRITES_ALL, Action::Delete(Kind::Tenant)),
    route(Method::POST, "tenants/{tenant}/tokens", WRITES, Action::Mint),
    route(Method::POST, "tenants/{tenant}/tokens/introspect", READS, Action::Introspect),
    route(Method::POST, "tenants/{tenant}/tokens/explain", READS, Action::Explain),
    route(Method::POST, "tenants/{tenant}/tokens/revoke", WRITES, Action::Revoke),
    route(Method::POST, "tenants/{tenant}/device-approvals", WRITES, Action::DeviceApprove),
    route(Method::POST, "tenants/{tenant}/assertions/check", READS, Action::AssertionCheck),
    route(Method::POST, "tenants/{tenant}/snapshots", WRITES, Action::Snapshot),
    route(Method::POST, "tenants/{tenant}/snapshots/put-back", WRITES, Action::PutBack),
    route(Method::GET, "tenants/{tenant}/keys", READS, Action::KeyList),
    route(Method::POST, "tenants/{tenant}/keys/rotate", WRITES, Action::KeyRotate),
    route(Method::GET, "tenants/{tenant}/tokens", READS, Action::Tokens),
    route(Method::GET, "tenants/{tenant}/families/{id}", READS, Action::Family),
    route(Method::POST, "tenants/{tenant}/revocations", WRITES, Action::RevokeOf),
    route(Method::GET, "tenants/{tenant}/sessions", READS, Action::Sessions),
    route(Method::DELETE, "tenants/{tenant}/sessions/{id}", WRITES, Action::EndSession),
    route(Method::GET, "tenants/{tenant}/audit", READS, Action::Audit),
    route(Method::POST, "console-links", WRITES_ALL, Action::Invite),
    route(Method::GET, "audit", READS_ALL, Action::AuditAll),
    route(Method::GET, "audit/check", READS_ALL, Action::AuditCheck),
    route(Method::GET, "requests", READS_ALL, Action::Requests),
    route(Method::GET, "requests/{id}", READS_ALL, Action::Request),
    route(Method::GET, "tenants/{tenant}/requests", READS, Action::RequestsOf),
    route(Method::GET, "tenants/{tenant}/requests/{id}", READS, Action::RequestOf),
    route(Method::POST, "apply", WRITES_ALL, Action::Apply),
    route(Method::GET, "status", READS_ALL, Action::Status),
    route(Method::GET, "openapi.json", ANYBODY, Action::OpenApi),
];

/// The nouns under a tenant: each is listed and created by itself, and the rest with an id.
const NOUNS: [(&str, Kind); 7] = [
    ("clients", Kind::Client),
    ("users", Kind::User),
    ("resource-servers", Kind::ResourceServer),
    ("issuers", Kind::TrustedIssuer),
    ("registration-tokens", Kind::RegistrationToken),
    ("api-tokens", Kind::ApiToken),
    // Made by grants; here they are looked at and taken back.
    ("consents", Kind::Consent),
];

type Verb = (Method, Policy, fn(Kind) -> Action);

const WITHOUT_ID: [Verb; 2] =
    [(Method::GET, READS, Action::List), (Method::POST, WRITES, Action::Create)];

const WITH_ID: [Verb; 3] = [
    (Method::GET, READS, Action::Show),
    (Method::PATCH, WRITES, Action::Update),
    (Method::DELETE, WRITES, Action::Delete),
];

/// Whether what is declared may also be changed: what grants make may only be taken back.
const fn is_declared(kind: Kind, action: Action) -> bool {
    match kind {
        Kind::Consent => !matches!(action, Action::Create(_) | Action::Update(_)),
        _ => true,
    }
}

struct Table {
    routes: Vec<Route>,
    /// The methods of each path, as `Allow` has them.
    methods: Vec<(String, String)>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut routes = Vec::from(ROUTES);
    for (noun, kind) in NOUNS {
        let without = WITHOUT_ID.iter().map(|verb| (format!("tenants/{{tenant}}/{noun}"), verb));
        let with = WITH_ID.iter().map(|verb| (format!("tenants/{{tenant}}/{noun}/{{id}}"), verb));
        for (path, (method, policy, action)) in without.chain(with) {
            let (method, action) = (method.clone(), action(kind));
            if is_declared(kind, action) {
                routes.push(Route { method, path: Cow::Owned(path), policy: *policy, action });
            }
        }
    }
    let mut methods: Vec<(String, String)> = Vec::new();
    for route in &routes {
        let name = if route.method == Method::GET { "GET, HEAD" } else { route.method.as_str() };
        match methods.iter_mut().find(|(path, _)| **path == *route.path) {
            Some((_, allowed)) => *allowed = format!("{allowed}, {name}"),
            None => methods.push((route.path.to_string(), name.to_owned())),
        }
    }
    Table { routes, methods }
});

/// All of them.
pub fn all() -> &'static [Route] {
    &TABLE.routes
}

/// # Errors
/// 404, or 405 where the path is known under other methods.
pub fn find(method: &Method, path: &str) -> Result<Found, Failure> {
    let rest = path.strip_prefix(PREFIX).ok_or_else(Refused::nowhere)?;
    let method = if method == Method::HEAD { &Method::GET } else { method };
    let mut known = None;
    for route in all() {
        let Some((tenant, id)) = named(&route.path, rest) else { continue };
        known = Some(&*route.path);
        if route.method == *method {
            let (action, policy) = (route.action, route.policy);
            return Ok(Found { action, policy, tenant, id, since: None });
        }
    }
    let allowed = known.and_then(|path| TABLE.methods.iter().find(|(known, _)| known == path));
    match allowed {
        Some((_, methods)) => Err(Refused::method(methods).into()),
        None => Err(Refused::nowhere().into()),
    }
}

/// The tenant and the id in a path, if it is of this form.
fn named(form: &str, path: &str) -> Option<(String, String)> {
    let mut tenant = TenantRef::DEFAULT_ID.to_owned();
    let mut id = String::new();
    let mut segments = path.split('/');
    for wanted in form.split('/') {
        let segment = segments.next()?;
        match wanted {
            "{tenant}" => tenant = name(segment)?,
            "{id}" => id = name(segment)?,
            word if word == segment => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some((tenant, id))
}

fn name(segment: &str) -> Option<String> {
    path::decode(segment).filter(|name| !name.is_empty()).map(|name| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::StatusCode;

    fn found(method: Method, path: &str) -> (Action, String, String) {
        let found = find(&method, path).unwrap();
        (found.action, found.tenant, found.id)
    }

    fn status(method: &Method, path: &str) -> Option<StatusCode> {
        match find(method, path) {
            Err(Failure::Refused(refused)) => refused.status,
            Err(Failure::Fault(fault)) => panic!("{fault}"),
            Ok(found) => panic!("{:?}", found.action),
        }
    }

    #[test]
    fn paths_name_tenant_and_id() {
        let path = "/admin/v1/tenants/foo.com/users/admin%40foo.com";
        let expected = (Action::Delete(Kind::User), "foo.com".into(), "admin@foo.com".into());
        assert_eq!(found(Method::DELETE, path), expected);
        let path = "/admin/v1/tenants/foo.com/consents/1.2";
        let expected = (Action::Delete(Kind::Consent), "foo.com".into(), "1.2".into());
        assert_eq!(found(Method::DELETE, path), expected);
        let path = "/admin/v1/tenants/default/clients/a%2Fb";
        assert_eq!(found(Method::GET, path).2, "a/b");
        assert_eq!(found(Method::POST, "/admin/v1/apply").1, "default");
    }

    #[test]
    fn the_rest_is_nowhere() {
        let nowhere = [
            "/admin/v1/",
            "/admin/v2/tenants",
            "/admin/v1/tenants/",
            "/admin/v1/tenants//clients",
            "/admin/v1/tenants/x/clients/y/z",
            "/admin/v1/tenants/%zz",
        ];
        for path in nowhere {
            assert_eq!(status(&Method::GET, path), None, "{path}");
        }
        let not_so = Some(StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(status(&Method::PUT, "/admin/v1/tenants"), not_so);
        assert_eq!(status(&Method::GET, "/admin/v1/apply"), not_so);
    }

    #[test]
    fn every_route_is_found_by_its_own_path() {
        for route in all() {
            let path = format!("{PREFIX}{}", route.path.replace(['{', '}'], ""));
            assert_eq!(found(route.method.clone(), &path).0, route.action, "{path}");
            if route.method == Method::GET {
                assert_eq!(found(Method::HEAD, &path).0, route.action, "{path}");
            }
        }
        for (noun, kind) in NOUNS.into_iter().filter(|(_, kind)| *kind != Kind::Consent) {
            let all = format!("{PREFIX}tenants/t/{noun}");
            let one = format!("{all}/https:%2F%2Fa%2Fb");
            assert_eq!(found(Method::GET, &all).0, Action::List(kind));
            assert_eq!(found(Method::POST, &all).0, Action::Create(kind));
            let expected = (Action::Update(kind), "t".into(), "https://a/b".into());
            assert_eq!(found(Method::PATCH, &one), expected);
            assert_eq!(found(Method::GET, &one).0, Action::Show(kind));
            assert_eq!(found(Method::DELETE, &one).0, Action::Delete(kind));
            let not_so = Some(StatusCode::METHOD_NOT_ALLOWED);
            assert_eq!(
                (status(&Method::PATCH, &all), status(&Method::POST, &one)),
                (not_so, not_so)
            );
        }
    }
}
