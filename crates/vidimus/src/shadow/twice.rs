//! What may be asked of the new server after the old one has answered it. Nothing that is good once, and
//! nothing that only the old one can know.

use axum::http::{HeaderMap, Method, header};
use vidimus_dialect::{DIALECTS, Endpoint, Route};

use crate::shadow::form::{Kind, Parameters};

const CLIENT_CREDENTIALS: &str = "client_credentials";
const PASSWORD: &str = "password";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SAML_BEARER: &str = "urn:ietf:params:oauth:grant-type:saml2-bearer";
const REFRESH: &str = "refresh_token";
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// Long-lived, declared on both sides, and not used up.
const API_TOKEN: &str = "api_token";
/// A second factor that is good once.
const ONE_TIME_PASSWORDS: [&str; 3] = ["totp", "otp", "passcode"];
/// What the old server issued: the new one is shown the twin.
const TOKENS: [&str; 4] = ["token", "refresh_token", "subject_token", "actor_token"];

/// How a request is asked again.
#[derive(Debug, PartialEq, Eq)]
pub struct Again {
    pub endpoint: &'static str,
    /// Parameters to replace by the twins of their values.
    pub twins: Vec<&'static str>,
    /// The twin of the bearer token too.
    pub bearer: bool,
    /// Whether it is pointless, or not safe, without those twins.
    pub only_paired: bool,
    /// Whether the answer has tokens that become each other's twins.
    pub issues: bool,
}

/// # Errors
/// Why it is not asked again: one of a finite set, for the report.
pub fn again(
    path: &str,
    method: &Method,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Again, &'static str> {
    let route = route(path).ok_or("no_endpoint")?;
    if headers.contains_key("dpop") {
        return Err("dpop_proof");
    }
    if parameters.kind == Kind::Other {
        return Err("body");
    }
    let bearer = is_bearer(headers);
    let plain = |endpoint, only_paired| Again {
        endpoint,
        twins: Vec::new(),
        bearer,
        only_paired: only_paired || bearer,
        issues: false,
    };
    let reads = method == Method::GET;
    match route.endpoint {
        Endpoint::Introspect if method == Method::POST => {
            Ok(Again { twins: vec!["token"], ..plain("introspect", false) })
        }
        Endpoint::Revoke => Ok(Again { twins: vec!["token"], ..plain("revoke", false) }),
        Endpoint::Metadata if reads => Ok(plain("metadata", false)),
        Endpoint::Userinfo if reads && bearer => Ok(plain("userinfo", true)),
        Endpoint::Token if method == Method::POST => {
            token(route, parameters, plain("token", false))
        }
        _ => Err("endpoint"),
    }
}

fn token(route: &Route, parameters: &Parameters, plain: Again) -> Result<Again, &'static str> {
    let implied = route.reading.implied.iter().find(|(name, _)| *name == "grant_type");
    let grant = parameters.get("grant_type").or(implied.map(|(_, value)| *value));
    if ONE_TIME_PASSWORDS.iter().any(|name| parameters.get(name).is_some()) {
        return Err("one_time_password");
    }
    let issuing = Again { issues: true, ..plain };
    match grant {
        Some(CLIENT_CREDENTIALS | PASSWORD | JWT_BEARER | SAML_BEARER) => Ok(issuing),
        Some(REFRESH) if takes_api_tokens(route) => Ok(issuing),
        Some(REFRESH) => Ok(Again { twins: vec!["refresh_token"], only_paired: true, ..issuing }),
        Some(EXCHANGE) => {
            let given = TOKENS.iter().filter(|name| parameters.get(name).is_some());
            Ok(Again { twins: given.copied().collect(), only_paired: true, ..issuing })
        }
        Some(_) => Err("one_time_credential"),
        None => Err("no_grant"),
    }
}

fn takes_api_tokens(route: &Route) -> bool {
    route.reading.renames.iter().any(|(name, _)| *name == API_TOKEN)
}

fn is_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// The longest route that the path ends with: whatever stands before it is a tenant's place.
fn route(path: &str) -> Option<&'static Route> {
    let routes = DIALECTS.iter().flat_map(|dialect| dialect.routes);
    let fits = |route: &&Route| {
        let is_inserted = route.path.starts_with("/.well-known/")
            && path.strip_prefix(route.path).is_some_and(|rest| rest.starts_with('/'));
        is_inserted || path.ends_with(route.path)
    };
    // Of those that are equal the first dialect's, as where requests are answered.
    routes.filter(fits).fold(None, |best: Option<&'static Route>, route| match best {
        Some(best) if best.path.len() >= route.path.len() => Some(best),
        _ => Some(route),
    })
}

#[cfg(test)]
mod tests {
    use axum::{body::Bytes, http::HeaderValue};

    use super::*;

    fn asked(
        method: Method,
        target: &str,
        form: &'static str,
        more: &[(&'static str, &'static str)],
    ) -> Result<Again, &'static str> {
        let mut headers = HeaderMap::new();
        if !form.is_empty() {
            let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
            headers.insert(header::CONTENT_TYPE, kind);
        }
        for (name, value) in more {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        let parameters = Parameters::of(target, &headers, &Bytes::from(form));
        again(target.split('?').next().unwrap(), &method, &headers, &parameters)
    }

    fn post(target: &str, form: &'static str) -> Result<Again, &'static str> {
        asked(Method::POST, target, form, &[])
    }

    #[test]
    fn introspection_of_every_dialect_is_asked_again() {
        let routes = DIALECTS.iter().flat_map(|dialect| dialect.routes);
        let routes = routes.filter(|route| route.endpoint == Endpoint::Introspect);
        let paths: Vec<String> = routes
            .flat_map(|route| ["", "/t/a.example", "/site"].map(|at| format!("{at}{}", route.path)))
            .collect();
        assert!(paths.len() > 6, "{paths:?}");
        for path in &paths {
            let again = post(path, "token=x").unwrap();
            assert_eq!((again.endpoint, again.only_paired), ("introspect", false), "{path}");
            assert_eq!(again.twins, ["token"]);
        }
    }

    #[test]
    fn what_is_good_once_is_never_asked_again() {
        for form in [
            "grant_type=authorization_code&code=x",
            "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x",
            "grant_type=hybrid_auth_code&code=x",
            "grant_type=something_new",
        ] {
            assert_eq!(post("/oauth2/token", form), Err("one_time_credential"), "{form}");
        }
        let totp = "grant_type=password&username=a&password=b&totp=1";
        assert_eq!(post("/oauth2/token", totp), Err("one_time_password"));
        let proof = [("dpop", "eyJ")];
        let form = "grant_type=client_credentials";
        assert_eq!(asked(Method::POST, "/oauth2/token", form, &proof), Err("dpop_proof"));
        assert_eq!(post("/oauth2/token", "client_id=a"), Err("no_grant"));
        for path in ["/oauth2/register", "/oauth2/par", "/oauth2/device", "/oauth2/authorize"] {
            assert_eq!(post(path, "client_id=a"), Err("endpoint"), "{path}");
        }
        assert_eq!(post("/login", "password=x"), Err("no_endpoint"));
    }

    #[test]
    fn what_lasts_is_asked_again_and_what_rotates_only_with_its_twin() {
        for form in [
            "grant_type=client_credentials",
            "grant_type=password&username=a&password=b",
            "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=x",
        ] {
            let again = post("/oauth2/token", form).unwrap();
            assert!(again.issues && !again.only_paired && again.twins.is_empty(), "{form}");
        }
        let mut routes = DIALECTS.iter().flat_map(|dialect| dialect.routes);
        let api_token = routes.find(|route| takes_api_tokens(route)).unwrap().path;
        assert!(!post(api_token, "api_token=x").unwrap().only_paired);
        assert!(!post(api_token, "refresh_token=x").unwrap().only_paired);
        let again = post("/oauth2/token", "grant_type=refresh_token&refresh_token=x").unwrap();
        assert!(again.only_paired && again.twins == ["refresh_token"]);
        let bearer = [("authorization", "Bearer x")];
        let again = asked(Method::GET, "/oauth2/userinfo", "", &bearer).unwrap();
        assert!(again.only_paired && again.bearer);
        assert_eq!(asked(Method::GET, "/oauth2/userinfo", "", &[]), Err("endpoint"));
        let again = asked(Method::GET, "/.well-known/openid-configuration", "", &[]).unwrap();
        assert_eq!(again.endpoint, "metadata");
    }
}
