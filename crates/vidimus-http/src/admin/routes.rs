//! The admin API's routes as one table: method, path, action.

use hyper::Method;
use vidimus_core::{facts::TenantRef, model::Kind};

use crate::{
    failure::{Failure, Refused},
    path,
};

const PREFIX: &str = "/admin/v1/";

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
    KeyList,
    KeyRotate,
    Apply,
    Status,
}

struct Route {
    method: Method,
    path: &'static str,
    action: Action,
}

/// An action with what its path names.
pub struct Found {
    pub action: Action,
    /// Of the path; the default tenant where it names none.
    pub tenant: String,
    pub id: String,
}

const fn route(method: Method, path: &'static str, action: Action) -> Route {
    Route { method, path, action }
}

const ROUTES: [Route; 16] = [
    route(Method::GET, "tenants", Action::List(Kind::Tenant)),
    route(Method::POST, "tenants", Action::Create(Kind::Tenant)),
    route(Method::GET, "tenants/{tenant}", Action::Show(Kind::Tenant)),
    route(Method::PATCH, "tenants/{tenant}", Action::Update(Kind::Tenant)),
    route(Method::DELETE, "tenants/{tenant}", Action::Delete(Kind::Tenant)),
    route(Method::POST, "tenants/{tenant}/tokens", Action::Mint),
    route(Method::POST, "tenants/{tenant}/tokens/introspect", Action::Introspect),
    route(Method::POST, "tenants/{tenant}/tokens/explain", Action::Explain),
    route(Method::POST, "tenants/{tenant}/tokens/revoke", Action::Revoke),
    route(Method::POST, "tenants/{tenant}/device-approvals", Action::DeviceApprove),
    route(Method::GET, "tenants/{tenant}/keys", Action::KeyList),
    route(Method::POST, "tenants/{tenant}/keys/rotate", Action::KeyRotate),
    route(Method::POST, "apply", Action::Apply),
    route(Method::GET, "status", Action::Status),
    // HEAD of the two that a monitor may ask.
    route(Method::HEAD, "status", Action::Status),
    route(Method::HEAD, "tenants", Action::List(Kind::Tenant)),
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

const NOUN: &str = "tenants/{tenant}/{noun}";
const NOUN_AND_ID: &str = "tenants/{tenant}/{noun}/{id}";

type Verb = (Method, fn(Kind) -> Action);

const WITHOUT_ID: [Verb; 2] = [(Method::GET, Action::List), (Method::POST, Action::Create)];

const WITH_ID: [Verb; 3] = [
    (Method::GET, Action::Show),
    (Method::PATCH, Action::Update),
    (Method::DELETE, Action::Delete),
];

/// # Errors
/// 404, or 405 where the path is known under other methods.
pub fn find(method: &Method, path: &str) -> Result<Found, Failure> {
    let rest = path.strip_prefix(PREFIX).ok_or_else(Refused::nowhere)?;
    let mut known = false;
    for route in &ROUTES {
        let Some((tenant, id)) = named(route.path, rest) else { continue };
        known = true;
        if route.method == *method {
            return Ok(Found { action: route.action, tenant, id });
        }
    }
    for (form, verbs) in [(NOUN, &WITHOUT_ID[..]), (NOUN_AND_ID, &WITH_ID[..])] {
        let noun = rest.split('/').nth(2).unwrap_or_default();
        let Some((_, kind)) = NOUNS.iter().find(|(known, _)| *known == noun) else { break };
        let Some((tenant, id)) = named(&form.replace("{noun}", noun), rest) else { continue };
        known = true;
        if let Some((_, action)) = verbs.iter().find(|(known, _)| known == method) {
            return Ok(Found { action: action(*kind), tenant, id });
        }
    }
    if known {
        return Err(Refused::method("GET, POST, PATCH, DELETE").into());
    }
    Err(Refused::nowhere().into())
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
        for route in &ROUTES {
            let path = format!("{PREFIX}{}", route.path.replace(['{', '}'], ""));
            assert_eq!(found(route.method.clone(), &path).0, route.action, "{path}");
        }
        for (noun, kind) in NOUNS {
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
