//! A limit on everything, in one place. Names end in `_MAX`; units come before it.

/// How often an operation decides again after another commit won a once-only fact.
pub const ATTEMPTS_MAX: usize = 8;
/// The same at a browser, each of whose tabs may write in the one row of its session at once.
pub const TABS_MAX: usize = 64;
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
/// The same of the other imported hashes: about a second of one processor.
pub const BCRYPT_COST_MAX: u32 = 14;
pub const PBKDF2_BLOCKS_MAX: u32 = 2_000_000;
pub const SCOPES_MAX: usize = 128;
pub const SCOPE_BYTES_MAX: usize = 4096;
pub const RESOURCES_MAX: usize = 8;
pub const RESOURCE_BYTES_MAX: usize = 2048;
/// Of a password that a user chooses, in characters (NIST SP 800-63B §5.1.1.2).
pub const PASSWORD_CHARS_MIN: usize = 8;
/// Wrong passwords of one account from one network: whoever guesses slows down himself first, and a
/// person who waits it out is not sent away for long.
pub const GUESSES_OF_PAIR_MAX: u32 = 10;
pub const GUESSES_OF_PAIR_SECONDS: u32 = 1800;
/// From one network, of whatever accounts: a few passwords tried with many names.
pub const GUESSES_OF_PEER_MAX: u32 = 60;
pub const GUESSES_OF_PEER_SECONDS: u32 = 3600;
/// Of one account, by all strangers, and by the devices on which its user has signed in before.
/// Windows are fixed and any hour touches two, so these are 100 in any hour at most.
pub const GUESSES_OF_ACCOUNT_MAX: u32 = 40;
pub const GUESSES_OF_DEVICE_MAX: u32 = 10;
pub const GUESSES_OF_ACCOUNT_SECONDS: u32 = 3600;
/// Secrets that were none, of one peer that names no client.
pub const MISSES_PER_MINUTE_MAX: u32 = 60;
/// Codes of devices typed from one place.
pub const USER_CODES_PER_MINUTE_MAX: u32 = 10;
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
/// Of a tenant's: part of the tenant, so it is loaded with every request.
pub const TENANT_LOGO_BYTES_MAX: usize = 32 * 1024;
pub const TENANT_NAME_CHARS_MAX: usize = 80;
/// Verification attempts per assertion that carries no `kid`.
pub const JWKS_TRIES_MAX: usize = 4;

/// How far ahead a client assertion may reach, whatever a tenant allows: each is kept until then.
pub const CLIENT_ASSERTION_EXP_CAP_SECONDS_MAX: i64 = 3600;
/// Clocks differ; refused from here on.
pub const ASSERTION_SKEW_SECONDS_MAX: i64 = 30;

pub const TOKEN_TTL_SECONDS_MAX: i64 = 10 * 365 * 86_400;
pub const PAGE_SIZE_MAX: u32 = 1000;
/// Rows that one search among tokens or sessions looks at.
pub const SEARCH_ROWS_MAX: u32 = 20_000;
/// After it, nobody remembers when a client was used last.
pub const USED_TTL_SECONDS: i64 = 800 * 86_400;
/// How long the audit trail reaches back.
pub const AUDIT_TTL_SECONDS: i64 = 400 * 86_400;
/// What an entry of the audit trail tells one by one.
pub const AUDIT_CHANGES_MAX: usize = 50;
/// A value beyond it is told by its size.
pub const AUDIT_VALUE_BYTES_MAX: usize = 1024;
pub const OBJECT_BYTES_MAX: usize = 256 * 1024;

/// Of `state` and `nonce`, each.
pub const STATE_BYTES_MAX: usize = 2000;
/// Of a request that waits for its user, all its parameters together.
pub const FLOW_BYTES_MAX: usize = 16 * 1024;
/// A request that waits for its user.
pub const FLOW_TTL_SECONDS: i64 = 3600;
/// Of the `claims` parameter (OpenID Connect Core §5.5), for each of its targets, and of each claim.
pub const CLAIMS_BYTES_MAX: usize = 8 * 1024;
pub const CLAIMS_MAX: usize = 64;
pub const CLAIM_VALUES_MAX: usize = 16;
/// A request object may not be good for longer than this from now (RFC 9101 §10.2).
pub const REQUEST_OBJECT_SECONDS_MAX: i64 = 3600;
/// And is refused from here on where it is from the future.
pub const REQUEST_OBJECT_SKEW_SECONDS: i64 = 60;
/// Of a pushed authorization request (RFC 9126 §2.2).
pub const PUSHED_TTL_SECONDS: i64 = 60;
/// A code that was exchanged is remembered, so that a second try costs the first one's tokens.
pub const CODE_REMEMBERED_SECONDS: i64 = 86_400;
/// Sessions and authorizations that one list shows.
pub const LISTED_MAX: u32 = 200;

/// Of the log of requests that is kept in memory, and how many of a second a server puts there: of
/// introspections that went well, of all else that did, and of what did not.
pub const REQUEST_LOG_ENTRIES_MAX: usize = 2000;
pub const REQUEST_LOG_BYTES_MAX: usize = 4 * 1024 * 1024;
pub const REQUEST_LOG_INTROSPECTED_PER_SECOND_MAX: u32 = 5;
pub const REQUEST_LOG_GOOD_PER_SECOND_MAX: u32 = 20;
pub const REQUEST_LOG_REFUSED_PER_SECOND_MAX: u32 = 50;
/// Of a sandbox: faults that are set at once, and how long one may make a client wait.
pub const FAULTS_MAX: usize = 1000;
pub const FAULT_DELAY_MS_MAX: u64 = 120_000;

/// How long a create is known again by its `Idempotency-Key`.
pub const IDEMPOTENCY_SECONDS: i64 = 86_400;
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 255;
/// Objects looked at for one page of a list, whether they are on it or not.
pub const PAGE_SCAN_MAX: u32 = 2000;
/// Of a parameter that narrows a list.
pub const FILTER_BYTES_MAX: usize = 512;
