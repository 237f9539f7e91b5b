//! As Salesforce spells it: ids of organization and user, exact members and their order, its own
//! error texts, parameters wherever its clients put them.

mod introspection;
mod members;
mod metadata;
mod person;
mod place;
mod refusal;
mod registration;
mod revoked;
#[cfg(test)]
mod testing;
mod token;

use vidimus_core::{
    error::ErrorCode,
    manner::{
        AccessShape, AssertionManner, AuthorizationManner, CodeShape, IgnoresBearer, Manner,
        RefreshShape, RegistrationManner, UserCodeShape,
    },
    model::SigningAlgorithm,
    userinfo::Userinfo,
};

use crate::{Asked, Dialect, Endpoint, Reading, Route, STANDARD, Shape};

pub const SALESFORCE: Dialect = Dialect {
    name: "salesforce",
    routes: &[
        Route::new("/services/oauth2/authorize", Endpoint::Authorize, &MANNER, &READING_PAGE),
        Route::new(
            "/services/oauth2/authorize/{flow}",
            Endpoint::Authorize,
            &MANNER,
            &READING_PAGE,
        ),
        Route::new(CONNECT, Endpoint::DeviceVerification, &MANNER, &READING_PAGE),
        Route::new(CONNECT_FLOW, Endpoint::DeviceVerification, &MANNER, &READING_PAGE),
        Route::new("/services/oauth2/introspect", Endpoint::Introspect, &MANNER, &READING),
        Route::new("/services/oauth2/token", Endpoint::Token, &MANNER, &READING_TOKEN),
        Route::new("/services/oauth2/register", Endpoint::Register, &MANNER, &READING),
        Route::new("/services/oauth2/register/{id}", Endpoint::Registration, &MANNER, &READING),
        Route::new("/services/oauth2/revoke", Endpoint::Revoke, &MANNER_REVOKE, &READING_REVOKE),
        Route::new("/services/oauth2/userinfo", Endpoint::Userinfo, &MANNER, &READING),
        Route::new("/id/{organization}/{user}", Endpoint::Identity, &MANNER, &READING),
        Route::new("/id/keys", Endpoint::Jwks, &MANNER, &READING),
        Route {
            wins_under_alias: true,
            ..Route::standard("/.well-known/openid-configuration", Endpoint::Metadata)
        },
    ],
    owns: &["/services/oauth2/"],
    merges_slashes: true,
    token: token::token,
    introspection: introspection::introspection,
    revoked: revoked::revoked,
    metadata: metadata::metadata,
    jwks: |keys, _| members::json(keys),
    userinfo,
    device: token::device,
    registration: registration::registration,
    said: refusal::said,
    returned: token::returned,
    error: refusal::error,
    fault: refusal::fault,
    headers,
    compresses: true,
    ..STANDARD
};

/// Where a device's user types its code.
const CONNECT: &str = "/setup/connect";
const CONNECT_FLOW: &str = "/setup/connect/{flow}";

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

const MANNER: Manner = Manner {
    grant_aliases: &[
        ("hybrid_auth_code", "authorization_code"),
        ("hybrid_refresh", "refresh_token"),
        ("device", DEVICE_CODE),
    ],
    access: AccessShape::OfOrganization,
    refresh: RefreshShape::OfOrganization,
    keeps_refresh_token: true,
    scopes_to_refresh: &["refresh_token", "offline_access"],
    grants_without_refresh: &["password"],
    id_token_grants: &["authorization_code", "refresh_token", DEVICE_CODE],
    subject: place::of_subject,
    assertion: AssertionManner {
        paths: &[],
        audiences: &["https://login.salesforce.com", "https://test.salesforce.com"],
        accepts_places: true,
        lenient_exp: true,
        skew_seconds: 180,
        subject_alias: Some("prn"),
        names_client: true,
    },
    ignores_bearer: IgnoresBearer::BesideCredentials,
    userinfo_scopes: &[
        "openid", "id", "profile", "email", "address", "phone", "api", "web", "full",
    ],
    refuses_shapeless: true,
    registration: RegistrationManner {
        adds_grants: &["hybrid_auth_code"],
        default_scope: Some("openid refresh_token id api"),
        default_auth_method: "client_secret_post",
        first_contact_only: true,
        unmatched_response_types: true,
        reaches_root: true,
        ..RegistrationManner::STANDARD
    },
    authorization: AuthorizationManner {
        implies_s256: true,
        legacy_response_types: true,
        response_type_aliases: &[("token token_id", "token id_token"), ("hybrid_token", "token")],
        headless_response_type: Some("code_credentials"),
        silent_refusal: ErrorCode::ImmediateUnsuccessful,
        silent_parameter: Some("immediate"),
        code: CodeShape::OfOrganization,
    },
    user_code: UserCodeShape::Alphanumeric,
    publishes: Some(SigningAlgorithm::RS256),
    ..Manner::STANDARD
};

const MANNER_REVOKE: Manner = Manner {
    ignores_bearer: IgnoresBearer::Always,
    revokes_without_client: true,
    tells_unknown_tokens: true,
    ..MANNER
};

const READING: Reading = Reading {
    query: true,
    multipart: true,
    renames: &[("oauth_token", "access_token")],
    ..Reading::STANDARD
};

const READING_TOKEN: Reading = Reading {
    renames_where: &[("grant_type", "device", "code", "device_code")],
    endpoint_by_parameter: &[("response_type", "device_code", Endpoint::DeviceAuthorization)],
    ..READING
};

/// A page's parameters are never taken from two places.
const READING_PAGE: Reading = Reading::STANDARD;

const READING_REVOKE: Reading = Reading { get: true, ..READING };

fn userinfo(known: &Userinfo, asked: &Asked<'_>) -> Shape {
    match asked.endpoint {
        Endpoint::Identity => person::identity(known, asked),
        _ => person::userinfo(known, asked),
    }
}

type Headers = &'static [(&'static str, &'static str)];

const HSTS: (&str, &str) = ("strict-transport-security", "max-age=63072000; includeSubDomains");
const XSS: (&str, &str) = ("x-xss-protection", "1; mode=block");
const ROBOTS: (&str, &str) = ("x-robots-tag", "none");
const NO_PRAGMA: (&str, &str) = ("pragma", "");
const NO_STORE: (&str, &str) =
    ("cache-control", "no-cache,must-revalidate,max-age=0,no-store,private");
const LONG_AGO: (&str, &str) = ("expires", "Thu, 01 Jan 1970 00:00:00 GMT");

/// As in the product's saved examples: introspection alone of what is private has no `Expires`.
const fn headers(endpoint: Endpoint) -> Headers {
    match endpoint {
        Endpoint::Metadata | Endpoint::Jwks => &[HSTS, XSS, ROBOTS],
        Endpoint::Introspect => &[HSTS, XSS, ROBOTS, NO_PRAGMA, NO_STORE],
        _ => &[HSTS, XSS, ROBOTS, NO_PRAGMA, NO_STORE, LONG_AGO],
    }
}
