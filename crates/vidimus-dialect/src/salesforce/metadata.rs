//! Discovery with the product's own member set. What is not there is not listed.

use serde_json::{Value, json};
use vidimus_core::policy::Registration;

use super::members::Members;
use crate::{Asked, Endpoint, Route, Shape};

const SCOPES: [&str; 11] = [
    "id",
    "api",
    "web",
    "full",
    "refresh_token",
    "offline_access",
    "openid",
    "profile",
    "email",
    "address",
    "phone",
];

const CLAIMS: [&str; 24] = [
    "active",
    "address",
    "email",
    "email_verified",
    "family_name",
    "given_name",
    "is_app_installed",
    "is_salesforce_integration_user",
    "language",
    "locale",
    "name",
    "nickname",
    "organization_id",
    "photos",
    "picture",
    "preferred_username",
    "profile",
    "sub",
    "updated_at",
    "urls",
    "user_id",
    "user_type",
    "utcOffset",
    "zoneinfo",
];

/// What the product gives through the browser.
const LEGACY_RESPONSE_TYPES: [&str; 2] = ["token", "token id_token"];

pub fn metadata(_: &Value, asked: &Asked<'_>) -> Shape {
    told(super::SALESFORCE.routes, asked)
}

fn told(routes: &'static [Route], asked: &Asked<'_>) -> Shape {
    let base = asked.base();
    let at = |path: &str| format!("{base}/services/oauth2/{path}");
    let policy = asked.tenant.map(|tenant| &tenant.body.policy);
    let registers = policy.is_some_and(|policy| policy.registration != Registration::Closed);
    let authorize = Route::to(Endpoint::Authorize, routes);
    let there = |route: &Route| format!("{base}{}", route.path);
    let has_legacy = |route: &Route| {
        route.manner.authorization.legacy_response_types
            || policy.is_some_and(|policy| policy.allow_legacy_response_types)
    };
    let code = authorize.map(|_| "code");
    let legacy = authorize.is_some_and(has_legacy).then_some(LEGACY_RESPONSE_TYPES);
    let response_types: Vec<&str> = code.into_iter().chain(legacy.into_iter().flatten()).collect();
    Members::default()
        .and("issuer", asked.issuer)
        .maybe("authorization_endpoint", authorize.map(there))
        .and("token_endpoint", at("token"))
        .and("revocation_endpoint", at("revoke"))
        .and("userinfo_endpoint", at("userinfo"))
        .and("jwks_uri", format!("{base}/id/keys"))
        .maybe("registration_endpoint", registers.then(|| at("register")))
        .and("introspection_endpoint", at("introspect"))
        .maybe("end_session_endpoint", Route::to(Endpoint::EndSession, routes).map(there))
        .and("scopes_supported", json!(SCOPES))
        .and("response_types_supported", json!(response_types))
        .and("subject_types_supported", json!(["public"]))
        .and("id_token_signing_alg_values_supported", json!(["RS256"]))
        .maybe("display_values_supported", authorize.map(|_| json!(["page", "popup", "touch"])))
        .and(
            "token_endpoint_auth_methods_supported",
            json!(["client_secret_post", "client_secret_basic", "private_key_jwt"]),
        )
        .and("claims_supported", json!(CLAIMS))
        .json()
}

#[cfg(test)]
mod tests {
    use vidimus_core::manner::Manner;

    use super::*;
    use crate::{
        Reading,
        salesforce::testing::{Scene, body},
    };

    fn members(routes: &'static [Route]) -> Value {
        serde_json::from_str(&body(&told(routes, &Scene::new("/customers").asked()))).unwrap()
    }

    #[test]
    fn endpoints_lie_below_the_site_and_the_issuer_does_not() {
        let told = members(&[]);
        assert_eq!(told["issuer"], "https://as.example/t/org");
        assert_eq!(told["token_endpoint"], "https://as.example/customers/services/oauth2/token");
        assert_eq!(told["jwks_uri"], "https://as.example/customers/id/keys");
        assert_eq!(told["response_types_supported"], json!([]));
        for absent in
            ["authorization_endpoint", "grant_types_supported", "code_challenge_methods_supported"]
        {
            assert!(told.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn an_authorization_endpoint_is_listed_where_there_is_one() {
        const PLAIN: &[Route] =
            &[Route::standard("/services/oauth2/authorize", Endpoint::Authorize)];
        const LEGACY: Manner = Manner {
            authorization: vidimus_core::manner::AuthorizationManner {
                legacy_response_types: true,
                ..Manner::STANDARD.authorization
            },
            ..Manner::STANDARD
        };
        const AUTHORIZING: &[Route] =
            &[Route::new("/authorize", Endpoint::Authorize, &LEGACY, &Reading::STANDARD)];
        let told = members(PLAIN);
        assert_eq!(
            told["authorization_endpoint"],
            "https://as.example/customers/services/oauth2/authorize"
        );
        assert_eq!(told["response_types_supported"], json!(["code"]));
        let types = &members(AUTHORIZING)["response_types_supported"];
        assert_eq!(types, &json!(["code", "token", "token id_token"]));
    }
}
