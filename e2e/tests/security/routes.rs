//! Every route of every dialect, from a tenant's root on, and how one asks there. Known from outside;
//! a test holds the list to the dialects' sources.

use serde_json::json;
use vidimus_e2e::http::{Request, form};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Token,
    /// A refresh token alone is enough.
    Holder,
    Introspect,
    Revoke,
    /// By a link.
    RevokeByGet,
    Userinfo,
    Identity,
    Device,
    /// Of a request, by its client.
    Push,
    /// For people.
    Page,
    Register,
    Registration,
    Details,
    /// Answers everybody alike.
    Public,
}

const S: &str = "/services/oauth2";
const C: &str = "/csp/gateway/am/api";
const W: &str = "/api/identity/oauth2/dcr";

/// `S`, `C` and `W` stand for the long prefixes.
const ROUTES: [(&str, Kind); 66] = [
    ("/oauth2/token", Kind::Token),
    ("/oauth2/introspect", Kind::Introspect),
    ("/oauth2/revoke", Kind::Revoke),
    ("/oauth2/revoke", Kind::RevokeByGet),
    ("/oauth2/jwks", Kind::Public),
    ("/oauth2/userinfo", Kind::Userinfo),
    ("/oauth2/device_authorization", Kind::Device),
    ("/oauth2/device_authorize", Kind::Device),
    ("/oauth2/register", Kind::Register),
    ("/oauth2/register/{id}", Kind::Registration),
    ("/oauth2/authorize", Kind::Page),
    ("/oauth2/authorize/{flow}", Kind::Page),
    ("/oauth2/par", Kind::Push),
    ("/oauth2/device", Kind::Page),
    ("/oauth2/device/{flow}", Kind::Page),
    ("/oauth2/logout", Kind::Page),
    ("/oauth2/logout/{flow}", Kind::Page),
    ("/oauth2/check_session", Kind::Public),
    ("/account", Kind::Page),
    ("/account/{flow}", Kind::Page),
    ("/oauth2/logo", Kind::Public),
    ("/oauth2/logo/{client_id}", Kind::Public),
    ("/.well-known/oauth-protected-resource", Kind::Public),
    ("/oauth2/{issuer}/.well-known/openid-configuration", Kind::Public),
    ("/.well-known/openid-configuration", Kind::Public),
    ("/.well-known/oauth-authorization-server", Kind::Public),
    ("S/authorize", Kind::Page),
    ("S/authorize/{flow}", Kind::Page),
    ("/setup/connect", Kind::Page),
    ("/setup/connect/{flow}", Kind::Page),
    ("S/token", Kind::Token),
    ("S/introspect", Kind::Introspect),
    ("S/revoke", Kind::Revoke),
    ("S/revoke", Kind::RevokeByGet),
    ("S/userinfo", Kind::Userinfo),
    ("S/register", Kind::Register),
    ("S/register/{id}", Kind::Registration),
    ("/id/{organization}/{user}", Kind::Identity),
    ("/id/keys", Kind::Public),
    ("/csp/gateway/discovery", Kind::Page),
    ("/csp/gateway/discovery/{flow}", Kind::Page),
    ("/csp/gateway/logout", Kind::Page),
    ("/csp/gateway/logout/{flow}", Kind::Page),
    ("C/auth/introspect", Kind::Introspect),
    ("C/auth/api-tokens/authorize", Kind::Holder),
    ("C/auth/api-tokens/details", Kind::Details),
    ("C/auth/authorize", Kind::Token),
    ("C/auth/token", Kind::Token),
    ("C/auth/revoke", Kind::Revoke),
    ("C/auth/token-public-key", Kind::Public),
    ("C/auth/keys", Kind::Public),
    ("C/auth/logout", Kind::Public),
    ("C/userinfo", Kind::Userinfo),
    ("C/orgs/{id}", Kind::Public),
    ("C/auth/.well-known/openid-configuration", Kind::Public),
    ("C/.well-known/openid-configuration", Kind::Public),
    ("/authenticationendpoint/device.do", Kind::Page),
    ("/authenticationendpoint/device.do/{flow}", Kind::Page),
    ("/oidc/logout", Kind::Page),
    ("/oidc/logout/{flow}", Kind::Page),
    ("/oidc/checksession", Kind::Public),
    ("/identity/register", Kind::Register),
    ("/identity/connect/register", Kind::Register),
    ("W/v1.0/register", Kind::Register),
    ("W/v1.1/register", Kind::Register),
    ("W/v1.1/register/{id}", Kind::Registration),
];

/// All of them, in full.
pub fn all() -> Vec<(String, Kind)> {
    let full = |path: &str| match path.split_at(1) {
        ("S", rest) => format!("{S}{rest}"),
        ("C", rest) => format!("{C}{rest}"),
        ("W", rest) => format!("{W}{rest}"),
        _ => path.to_owned(),
    };
    ROUTES.iter().map(|(path, kind)| (full(path), *kind)).collect()
}

pub fn methods(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Userinfo | Kind::Public | Kind::Page => &["GET", "POST"],
        Kind::Identity | Kind::RevokeByGet => &["GET"],
        Kind::Registration => &["GET", "PUT", "DELETE"],
        _ => &["POST"],
    }
}

/// What is asked there with these parameters, without anybody's credentials.
pub fn request(kind: Kind, method: &str, target: &str, parameters: &[(&str, &str)]) -> Request {
    match (kind, method) {
        (Kind::Register, _) | (Kind::Registration, "PUT") => {
            let id = target.rsplit('/').next().unwrap_or_default();
            let metadata = json!({
                "client_id": id, "client_name": "n", "redirect_uris": ["https://app.example/cb"],
            });
            Request::new(method, target).json(&metadata)
        }
        (_, "POST") => Request::post(target).form(parameters),
        _ if parameters.is_empty() => Request::new(method, target),
        _ => Request::new(method, &format!("{target}?{}", form(parameters))),
    }
}

#[test]
fn sec_290_the_list_of_routes_is_complete() {
    let known: Vec<String> = all().into_iter().map(|(path, _)| path).collect();
    let folder = vidimus_e2e::binary::workspace().join("crates/vidimus-dialect/src");
    let mut found = 0;
    for entry in std::fs::read_dir(&folder).expect("the dialects").flatten() {
        let Ok(source) = std::fs::read_to_string(entry.path()) else { continue };
        let Some(at) = source.find(": Dialect = ") else { continue };
        let (before, dialect) = source.split_at(at);
        let end = dialect.find("\n};").expect("its end");
        let paths = dialect[..end].split('"').skip(1).step_by(2);
        for path in paths.filter(|path| path.starts_with('/') && !path.ends_with('/')) {
            assert!(known.iter().any(|route| route == path), "{path} of {:?}", entry.path());
            found += 1;
        }
        assert!(!before.contains("Route::"), "a route before the dialect: {:?}", entry.path());
    }
    assert!(found >= 35, "only {found} routes were found in the sources");
}
