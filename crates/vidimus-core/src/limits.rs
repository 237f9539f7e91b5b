//! A limit on everything, in one place. Names end in `_MAX`; units come before it.

/// How often an operation decides again after another commit won a once-only fact.
pub const ATTEMPTS_MAX: usize = 8;
/// How often a decision may ask for more facts within one attempt.
pub const TURNS_MAX: usize = 10;

pub const BODY_BYTES_MAX: usize = 64 * 1024;
/// The admin API takes whole worlds.
pub const ADMIN_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
pub const FORM_PARAMETERS_MAX: usize = 64;
pub const HEADERS_MAX: usize = 64;
pub const HEADER_BYTES_MAX: usize = 16 * 1024;
pub const URL_BYTES_MAX: usize = 8 * 1024;

/// Of a token whose text carries no row key.
pub const CHOSEN_TOKEN_BYTES_MIN: usize = 8;
pub const CHOSEN_TOKEN_BYTES_MAX: usize = 256;
pub const TOKEN_BYTES_MAX: usize = 8 * 1024;
pub const CLIENT_ID_BYTES_MAX: usize = 256;
pub const SECRET_BYTES_MAX: usize = 1024;
/// An imported argon2id string may ask for more than ours do, but not for the machine.
pub const ARGON2_MEMORY_KIB_MAX: u32 = 256 * 1024;
pub const ARGON2_PASSES_MAX: u32 = 16;
pub const SCOPES_MAX: usize = 128;
pub const SCOPE_BYTES_MAX: usize = 4096;
pub const RESOURCES_MAX: usize = 8;
pub const RESOURCE_BYTES_MAX: usize = 2048;
/// Secrets that were none, of one peer that names no client.
pub const MISSES_PER_MINUTE_MAX: u32 = 60;
pub const JTI_BYTES_MAX: usize = 256;
pub const NAME_BYTES_MAX: usize = 2048;
/// Of one member of a registration that is a list.
pub const REGISTERED_VALUES_MAX: usize = 64;
pub const CLIENT_NAME_CHARS_MAX: usize = 120;

pub const JWKS_KEYS_MAX: usize = 20;
pub const JWKS_BYTES_MAX: usize = 64 * 1024;
/// Of any other document that is fetched.
pub const JSON_BYTES_MAX: usize = 64 * 1024;
/// Of a request object that is fetched (RFC 9101 §5.2.2).
pub const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Of a client's logo, and its longer side.
pub const IMAGE_BYTES_MAX: usize = 256 * 1024;
pub const IMAGE_PIXELS_MAX: u32 = 4096;
/// Verification attempts per assertion that carries no `kid`.
pub const JWKS_TRIES_MAX: usize = 4;

/// A client assertion may not be valid for longer than this from now (RFC 7523 §3 item 4).
pub const ASSERTION_LIFETIME_SECONDS_MAX: i64 = 300;
/// Clocks differ; refused from here on.
pub const ASSERTION_SKEW_SECONDS_MAX: i64 = 30;

pub const TOKEN_TTL_SECONDS_MAX: i64 = 10 * 365 * 86_400;
pub const PAGE_SIZE_MAX: u32 = 1000;
pub const OBJECT_BYTES_MAX: usize = 256 * 1024;

/// Of the `claims` parameter (OpenID Connect Core §5.5), for each of its targets, and of each claim.
pub const CLAIMS_BYTES_MAX: usize = 8 * 1024;
pub const CLAIMS_MAX: usize = 64;
pub const CLAIM_VALUES_MAX: usize = 16;

/// Sessions and authorizations that one list shows.
pub const LISTED_MAX: u32 = 200;
