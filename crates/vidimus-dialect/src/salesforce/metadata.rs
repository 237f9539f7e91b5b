//! Discovery with the product's own member set. What is not there is not listed.

use serde_json::{Value, json};
use vidimus_core::policy::Registration;

use super::members::Members;
use crate::{Asked, Shape};

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

pub fn metadata(metadata: &Value, asked: &Asked<'_>) -> Shape {
    let base = asked.base();
    let at = |path: &str| format!("{base}/services/oauth2/{path}");
    let there = |name: &str, path: &str| metadata.get(name).map(|_| at(path));
    let registers =
        asked.tenant.is_some_and(|tenant| tenant.body.policy.registration != Registration::Closed);
    let response_types = metadata.get("response_types_supported").cloned();
    let response_types = response_types.unwrap_or_else(|| json!([]));
    Members::default()
        .and("issuer", asked.issuer)
        .maybe("authorization_endpoint", there("authorization_endpoint", "authorize"))
        .and("token_endpoint", at("token"))
        .and("revocation_endpoint", at("revoke"))
        .and("userinfo_endpoint", at("userinfo"))
        .and("jwks_uri", format!("{base}/id/keys"))
        .maybe("registration_endpoint", registers.then(|| at("register")))
        .and("introspection_endpoint", at("introspect"))
        .and("scopes_supported", json!(SCOPES))
        .and("response_types_supported", response_types)
        .and("subject_types_supported", json!(["public"]))
        .and("id_token_signing_alg_values_supported", json!(["RS256"]))
        .and(
            "token_endpoint_auth_methods_supported",
            json!(["client_secret_post", "client_secret_basic", "private_key_jwt"]),
        )
        .and("claims_supported", json!(CLAIMS))
        .json()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::testing::{Scene, body};

    fn told(core: &Value) -> Value {
        serde_json::from_str(&body(&metadata(core, &Scene::new("/customers").asked()))).unwrap()
    }

    #[test]
    fn endpoints_lie_below_the_site_and_the_issuer_does_not() {
        let told = told(&json!({"response_types_supported": []}));
        assert_eq!(told["issuer"], "https://as.example/t/org");
        assert_eq!(told["token_endpoint"], "https://as.example/customers/services/oauth2/token");
        assert_eq!(told["jwks_uri"], "https://as.example/customers/id/keys");
        for absent in
            ["authorization_endpoint", "grant_types_supported", "code_challenge_methods_supported"]
        {
            assert!(told.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn an_authorization_endpoint_is_listed_where_there_is_one() {
        let told =
            told(&json!({"authorization_endpoint": "x", "response_types_supported": ["code"]}));
        assert_eq!(
            told["authorization_endpoint"],
            "https://as.example/customers/services/oauth2/authorize"
        );
        assert_eq!(told["response_types_supported"], json!(["code"]));
    }
}
