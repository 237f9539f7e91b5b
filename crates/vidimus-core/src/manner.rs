//! How a route wants requests read, tokens spelled and grants offered: neutral knobs, filled in by
//! dialects as data. What is decided about a token never hangs on them.

use serde_json::{Map, Value};

use crate::{
    error::ErrorCode,
    model::{SigningAlgorithm, TokenKind},
    row_key::RowKey,
    time::Time,
};

/// The RFCs' own manner is [`Manner::STANDARD`]; a route of another writes down what differs.
#[derive(Debug)]
pub struct Manner {
    /// Values of `grant_type` that mean another one here.
    pub grant_aliases: &'static [(&'static str, &'static str)],
    /// Only these grants, by their own names; `None`: all that are on.
    pub grants: Option<&'static [&'static str]>,
    pub access: AccessShape,
    pub refresh: RefreshShape,
    /// Where no scope is asked for, all that may be had is given; otherwise none is (RFC 6749 §3.3).
    pub grants_unasked_scope: bool,
    /// Shorter than the policy's, where the product's tokens are.
    pub access_ttl_seconds_max: Option<i64>,
    /// A confidential client's refresh token stays the same when it is used. A public one's is
    /// always rotated (RFC 9700 §2.2.2).
    pub keeps_refresh_token: bool,
    /// A refresh token is given only where one of these scopes is; empty: always.
    pub scopes_to_refresh: &'static [&'static str],
    /// Grants that never begin an authorization that goes on with one.
    pub grants_without_refresh: &'static [&'static str],
    /// A refresh token of no client needs no client to be used.
    pub refreshes_without_client: bool,
    /// Grants that give an ID token where the scope has `openid` and there is a user.
    pub id_token_grants: &'static [&'static str],
    /// How such a token names its user: as UserInfo does (OpenID Connect Core §5.3.2).
    pub subject: fn(&Subject<'_>) -> String,
    pub assertion: AssertionManner,
    /// Basic with an empty secret names a public client.
    pub public_basic: bool,
    /// Nothing else than Basic authenticates.
    pub basic_only: bool,
    pub ignores_bearer: IgnoresBearer,
    /// Any of these scopes opens UserInfo.
    pub userinfo_scopes: &'static [&'static str],
    /// A token of no client may be revoked by any client that holds it.
    pub revokes_ownerless: bool,
    /// Whoever holds a token may revoke it.
    pub revokes_without_client: bool,
    /// An access token that is revoked takes its authorization with it, as a refresh token does.
    pub revokes_family: bool,
    /// Revoking what is no live token of the caller's is refused, not passed over.
    pub tells_unknown_tokens: bool,
    /// Kinds of token that the route tells of; any other is inactive.
    pub introspects: &'static [TokenKind],
    /// A text in no shape of any token is refused, not called inactive.
    pub refuses_shapeless: bool,
    pub registration: RegistrationManner,
    pub authorization: AuthorizationManner,
    pub user_code: UserCodeShape,
    /// The key set has a key of this algorithm, also where nothing is signed by one yet.
    pub publishes: Option<SigningAlgorithm>,
}

/// How an opaque access token is spelled. A client's `access_token_format = "jwt"` overrides it.
#[derive(Clone, Copy, Debug)]
pub enum AccessShape {
    /// `vat_…`, with the row key inside.
    Native,
    /// A UUID of version 3; carries no row key.
    Uuid,
    /// The tenant's organization id, `!`, and a text with the row key inside.
    OfOrganization,
    /// Always a JWT, with these claims and this algorithm.
    Jwt { claims: fn(&AccessClaims<'_>) -> Map<String, Value>, algorithm: SigningAlgorithm },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshShape {
    /// `vrt_…`.
    Native,
    Uuid,
    /// `5Aep861…`, with the row key inside.
    OfOrganization,
}

/// When a Bearer token in the header says nothing of who calls: some clients send theirs always.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoresBearer {
    Never,
    /// Where credentials are among the parameters.
    BesideCredentials,
    Always,
}

/// Whom a name is made for, and where.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub public_url: &'a str,
    pub tenant: RowKey,
    pub user: RowKey,
}

/// What a JWT access token may tell.
#[derive(Clone, Debug)]
pub struct AccessClaims<'a> {
    pub issuer: &'a str,
    pub tenant: RowKey,
    pub client_id: Option<&'a str>,
    /// Row key and name.
    pub user: Option<(RowKey, &'a str)>,
    pub audience: &'a [String],
    pub scope: &'a str,
    pub roles: &'a [String],
    pub token: RowKey,
    pub issued_at: Time,
    pub expires_at: Time,
}

/// How assertions that are grants (RFC 7523 §2.1) are read.
#[derive(Debug)]
pub struct AssertionManner {
    /// Accepted in `aud` beside the issuer, the policy's and the trusted issuer's.
    pub audiences: &'static [&'static str],
    /// The same behind the issuer.
    pub paths: &'static [&'static str],
    /// Of a client's own, the tenant's aliases and hosts are accepted too, and each without its scheme.
    pub accepts_places: bool,
    /// `exp` may be a string, and milliseconds where it is above 10^11; the cap bounds no `exp`, only
    /// how long a `jti` is kept.
    pub lenient_exp: bool,
    pub skew_seconds: i64,
    /// The subject's claim under an older name.
    pub subject_alias: Option<&'static str>,
    /// The client is named by `iss` alone, without credentials of its own.
    pub names_client: bool,
}

/// How authorization requests are read.
#[derive(Debug)]
pub struct AuthorizationManner {
    /// A challenge without a method is of S256; otherwise that is refused.
    pub implies_s256: bool,
    /// `token`, `id_token` and the hybrids whatever the tenant's policy says.
    pub legacy_response_types: bool,
    /// Other spellings of response types, from and to.
    pub response_type_aliases: &'static [(&'static str, &'static str)],
    /// The response type of a client that brings its user's name and password itself, by Basic:
    /// where the tenant and the client have the password grant.
    pub headless_response_type: Option<&'static str>,
    /// What is said where nobody may be asked and nobody is signed in.
    pub silent_refusal: ErrorCode,
    /// The parameter that says, by `true`, what `prompt=none` says.
    pub silent_parameter: Option<&'static str>,
    /// Prefix of authorization codes.
    pub code: CodeShape,
}

/// How the code is spelled that a device shows its user (RFC 8628 §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCodeShape {
    /// `BCDFG-HJKLM`.
    Letters,
    /// Eight, and digits among them.
    Alphanumeric,
}

/// How an authorization code is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeShape {
    /// `vac_…`.
    Native,
    /// `aPrx…`.
    OfOrganization,
}

/// How clients register themselves (RFC 7591).
#[derive(Debug)]
pub struct RegistrationManner {
    /// Grants that every registration here gets beside those it asks for.
    pub adds_grants: &'static [&'static str],
    /// What it gets where no scope is asked for; `None`: all that the policy lets it have.
    pub default_scope: Option<&'static str>,
    /// The method where none is asked for.
    pub default_auth_method: &'static str,
    pub first_contact_only: bool,
    /// Response types and grants need not match (RFC 7591 §2.1).
    pub unmatched_response_types: bool,
    /// A caller with the right to administer may register, whatever the policy says.
    pub by_users: bool,
    /// The new client is found by its id at the root, whatever its tenant is.
    pub reaches_root: bool,
}

impl Manner {
    pub const STANDARD: Self = Self {
        grant_aliases: &[],
        grants: None,
        access: AccessShape::Native,
        refresh: RefreshShape::Native,
        grants_unasked_scope: true,
        access_ttl_seconds_max: None,
        keeps_refresh_token: false,
        scopes_to_refresh: &[],
        grants_without_refresh: &[],
        refreshes_without_client: false,
        id_token_grants: &[
            "authorization_code",
            "password",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        subject: |subject| subject.user.to_text(),
        assertion: AssertionManner::STANDARD,
        public_basic: false,
        basic_only: false,
        ignores_bearer: IgnoresBearer::Never,
        userinfo_scopes: &["openid"],
        revokes_ownerless: false,
        revokes_without_client: false,
        revokes_family: false,
        tells_unknown_tokens: false,
        introspects: &[TokenKind::Access, TokenKind::Refresh],
        refuses_shapeless: false,
        registration: RegistrationManner::STANDARD,
        authorization: AuthorizationManner::STANDARD,
        user_code: UserCodeShape::Letters,
        // Of ID tokens where a client registered no other (OpenID Connect Registration §2): clients
        // fetch the key set with the metadata, before anybody has signed in.
        publishes: Some(SigningAlgorithm::RS256),
    };

    /// The grant that a `grant_type` means here.
    pub fn grant_name<'a>(&self, grant_type: &'a str) -> &'a str {
        let alias = self.grant_aliases.iter().find(|(alias, _)| *alias == grant_type);
        alias.map_or(grant_type, |(_, name)| name)
    }

    pub fn offers(&self, grant: &str) -> bool {
        self.grants.is_none_or(|offered| offered.contains(&grant))
    }
}

impl AssertionManner {
    pub const STANDARD: Self = Self {
        audiences: &[],
        paths: &[],
        accepts_places: false,
        lenient_exp: false,
        skew_seconds: crate::limits::ASSERTION_SKEW_SECONDS_MAX,
        subject_alias: None,
        names_client: true,
    };
}

impl AuthorizationManner {
    pub const STANDARD: Self = Self {
        implies_s256: false,
        legacy_response_types: false,
        response_type_aliases: &[],
        headless_response_type: None,
        silent_refusal: ErrorCode::LoginRequired,
        silent_parameter: None,
        code: CodeShape::Native,
    };
}

impl RegistrationManner {
    pub const STANDARD: Self = Self {
        adds_grants: &[],
        default_scope: None,
        default_auth_method: "client_secret_basic",
        first_contact_only: false,
        unmatched_response_types: false,
        by_users: false,
        reaches_root: false,
    };
}
