//! Refusals and faults. A refusal is an answer (RFC 6749 §5.2 and its relatives); a fault tells
//! the client nothing.

use std::{borrow::Cow, fmt};

/// Every `error` value that any endpoint sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorCode {
    InvalidRequest,
    InvalidClient,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    InvalidScope,
    /// RFC 8707 §2.
    InvalidTarget,
    /// RFC 6750 §3.1.
    InvalidToken,
    InsufficientScope,
    /// RFC 8628 §3.5.
    AuthorizationPending,
    SlowDown,
    ExpiredToken,
    AccessDenied,
    /// RFC 7009 §2.2.1.
    UnsupportedTokenType,
    /// RFC 7591 §3.2.2.
    InvalidSoftwareStatement,
    UnapprovedSoftwareStatement,
    InvalidRedirectUri,
    InvalidClientMetadata,
    /// OpenID Connect Core §3.1.2.6.
    LoginRequired,
    ConsentRequired,
    AccountSelectionRequired,
    InteractionRequired,
    InvalidRequestUri,
    InvalidRequestObject,
    RequestUriNotSupported,
    /// RFC 6749 §4.1.2.1.
    UnsupportedResponseType,
    /// Where a product says so instead of `login_required`.
    ImmediateUnsuccessful,
    /// A limit of requests per time (RFC 6585 §4); `retry_after_seconds` says how long.
    TooManyRequests,
    /// Admin operations: no such object, or it exists already, or it changed meanwhile.
    NotFound,
    AlreadyExists,
    Conflict,
    /// `If-Match` names another version (RFC 9110 §15.5.13).
    PreconditionFailed,
    /// With another body before.
    IdempotencyKeyReused,
}

impl ErrorCode {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::InvalidGrant => "invalid_grant",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::InvalidToken => "invalid_token",
            Self::InsufficientScope => "insufficient_scope",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::ExpiredToken => "expired_token",
            Self::AccessDenied => "access_denied",
            Self::UnsupportedTokenType => "unsupported_token_type",
            Self::InvalidSoftwareStatement => "invalid_software_statement",
            Self::UnapprovedSoftwareStatement => "unapproved_software_statement",
            Self::LoginRequired => "login_required",
            Self::ConsentRequired => "consent_required",
            Self::AccountSelectionRequired => "account_selection_required",
            Self::InteractionRequired => "interaction_required",
            Self::InvalidRequestUri => "invalid_request_uri",
            Self::InvalidRequestObject => "invalid_request_object",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnsupportedResponseType => "unsupported_response_type",
            Self::ImmediateUnsuccessful => "immediate_unsuccessful",
            Self::TooManyRequests => "too_many_requests",
            Self::InvalidRedirectUri => "invalid_redirect_uri",
            Self::InvalidClientMetadata => "invalid_client_metadata",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::Conflict => "conflict",
            Self::PreconditionFailed => "precondition_failed",
            Self::IdempotencyKeyReused => "idempotency_key_reused",
        }
    }
}

/// What a refusal is about, finer than its code. The standard dialect does not look at it; others
/// have a text for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    Other,
    /// A parameter is missing or empty.
    Missing(&'static str),
    /// No credentials at all; an Authorization header of another scheme; one that cannot be read.
    NoCredentials,
    NotBasic,
    MalformedBasic,
    /// An Authorization header that is not a scheme and one text behind it.
    NoScheme,
    TwoMethods,
    UnknownClient,
    WrongSecret,
    /// The client or its tenant is disabled.
    DisabledClient,
    UnknownGrant,
    GrantNotAllowed,
    /// The assertion of a grant.
    AssertionMalformed,
    AssertionIncomplete,
    AssertionIssuer,
    AssertionSignature,
    AssertionAudience,
    AssertionExpired,
    AssertionNotYetValid,
    AssertionReplayed,
    /// The user has approved the client neither beforehand nor earlier.
    NotApproved,
    UnknownUser,
    /// The user is disabled or locked.
    InactiveUser,
    WrongPassword,
    /// Wrong passwords; this one was not looked at.
    TooManyGuesses,
    /// Of a refresh token.
    RefreshUnknown,
    RefreshExpired,
    RefreshReused,
    ScopeRefused,
    DeviceUnknown,
    /// A text in no shape of any token.
    Shapeless,
    /// A token that is not there or not good, at revocation or as a bearer.
    TokenUnknown,
    NoBearer,
    NoOpenidScope,
    NotIntrospecting,
    Registration,
    NoRedirectUri,
    /// It is not among the client's.
    RedirectUriMismatch,
    /// A page that another browser was sent, or that is over.
    NotYourFlow,
    FormToken,
    /// An authorization code.
    CodeUnknown,
    CodeReused,
    CodeVerifier,
    CodeVerifierMissing,
    ChallengeMalformed,
    ChallengeMethod,
    /// The user said no.
    Denied,
}

/// A refusal. `description` goes out; `why` is for the operator and never does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OAuthError {
    pub code: ErrorCode,
    /// What exactly was wrong, for dialects with words of their own for it.
    pub cause: Cause,
    /// Whether whoever asks authenticated as a user: some dialects answer those.
    pub to_user: bool,
    pub retry_after_seconds: Option<u32>,
    /// `error_description`; only %x20-21 / %x23-5B / %x5D-7E (RFC 6749 §5.2).
    pub description: Cow<'static, str>,
    pub why: Option<Cow<'static, str>>,
    /// JSON pointer of the member at fault, for admin operations and `apply`.
    pub pointer: Option<String>,
}

impl OAuthError {
    pub fn new(code: ErrorCode, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            cause: Cause::Other,
            to_user: false,
            retry_after_seconds: None,
            description: description.into(),
            why: None,
            pointer: None,
        }
    }

    pub const fn caused(mut self, cause: Cause) -> Self {
        self.cause = cause;
        self
    }

    pub fn because(mut self, why: impl Into<Cow<'static, str>>) -> Self {
        self.why = Some(why.into());
        self
    }

    pub fn at(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidRequest, description)
    }

    /// One text for every failed client authentication, so that none tells which ids exist.
    pub fn invalid_client(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidClient, "Client authentication failed.").because(why)
    }

    pub fn invalid_grant(cause: Cause, description: &'static str) -> Self {
        Self::new(ErrorCode::InvalidGrant, description).caused(cause)
    }

    pub fn too_many(retry_after_seconds: u32) -> Self {
        let error = Self::new(ErrorCode::TooManyRequests, "Too many requests. Try again later.");
        Self { retry_after_seconds: Some(retry_after_seconds), ..error }
    }

    pub fn invalid_token(why: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorCode::InvalidToken, "The access token is not valid here.").because(why)
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.description)
    }
}

/// Something failed that is no answer. Rendered as 503 or 500 with a fixed text and logged once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The store cannot be reached or refused the write: 503 with Retry-After.
    Unavailable(String),
    /// Too many decisions in a row lost their race: 503 with Retry-After.
    Contention,
    /// A bounded queue is full: 503 with Retry-After.
    Busy(&'static str),
    /// A row that we wrote cannot be read, a key cannot be opened: 500.
    Corrupt(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(what) => write!(f, "store unavailable: {what}"),
            Self::Contention => f.write_str("too much contention on one row"),
            Self::Busy(what) => write!(f, "{what} is full"),
            Self::Corrupt(what) => write!(f, "corrupt: {what}"),
        }
    }
}

impl std::error::Error for Fault {}
