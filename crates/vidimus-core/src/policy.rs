//! A tenant's knobs, with neutral names and safe defaults. A product's difference in behaviour is
//! a knob here, never a branch on its name.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::{
    error::OAuthError,
    limits::{CLIENT_ASSERTION_EXP_CAP_SECONDS_MAX, TOKEN_TTL_SECONDS_MAX},
    scope::{RESERVED, Scope, is_reserved},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    pub access_token_ttl_seconds: i64,
    pub refresh_token_ttl_seconds: i64,
    /// How long a rotated refresh token still yields its successor; 0 = never.
    pub refresh_grace_seconds: i64,
    pub registration: Registration,
    /// token, id_token and the hybrids.
    pub allow_legacy_response_types: bool,
    pub allow_password_grant: bool,
    /// Wrong passwords are not counted here: something before this server counts them.
    pub allow_unlimited_guesses: bool,
    /// ID tokens without a signature, for clients that registered for them (`none`).
    pub allow_unsigned_id_tokens: bool,
    /// Request objects without a signature (`none`), also of clients that registered for no algorithm.
    pub allow_unsigned_request_objects: bool,
    /// Request objects are fetched from where clients have registered them (RFC 9101 §5.2.2).
    pub allow_request_uris: bool,
    /// Authorization requests are taken from the pushed authorization request endpoint alone.
    pub require_pushed_authorization_requests: bool,
    pub authorization_code_ttl_seconds: i64,
    /// A user who does nothing for so long is signed out.
    pub session_idle_ttl_seconds: i64,
    /// And after so long whatever is done.
    pub session_ttl_seconds: i64,
    /// Beside the issuer.
    pub accepted_assertion_audiences: Vec<String>,
    /// Its clients are also found by their id at the root.
    pub reachable_at_root: bool,
    /// `client_secret_basic` and `_post` stop being interchangeable.
    pub pin_client_auth_method: bool,
    /// One authorization ends after so long, however often it is refreshed.
    pub authorization_ttl_seconds: i64,
    /// A client that asks again for what it holds gets the live token again.
    pub reuse_live_token: bool,
    /// How far ahead an assertion that is a grant may reach (RFC 7523 §3 item 4).
    pub assertion_exp_cap_seconds: i64,
    /// And one that authenticates a client.
    pub client_assertion_exp_cap_seconds: i64,
    /// Revocation by GET, and with a `callback` for scripts.
    pub allow_get_revocation: bool,
    /// Scopes that clients may have that register themselves, space-separated.
    pub registrable_scope: String,
    /// Clients that registered themselves, at most.
    pub registered_clients_max: u32,
    /// In an hour from one address, where no initial access token counts them; 0 = no limit.
    pub registrations_per_hour_max: u32,
    /// A client that registered itself and never got a token goes after so long.
    pub unused_client_ttl_seconds: i64,
    /// Requests of one caller to one tenant; 0 = no limit.
    pub caller_requests_per_minute_max: u32,
}

const CLIENT_ASSERTION_EXP_CAP: RangeInclusive<i64> = 1..=CLIENT_ASSERTION_EXP_CAP_SECONDS_MAX;
/// RFC 6749 §4.1.2: ten minutes at most.
const CODE_TTL: RangeInclusive<i64> = 1..=600;

/// Who may register clients (RFC 7591).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registration {
    Closed,
    Token,
    SoftwareStatement,
    Open,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            access_token_ttl_seconds: 3600,
            refresh_token_ttl_seconds: 2_592_000,
            refresh_grace_seconds: 0,
            registration: Registration::Token,
            allow_legacy_response_types: false,
            allow_password_grant: false,
            allow_unlimited_guesses: false,
            allow_unsigned_id_tokens: false,
            allow_unsigned_request_objects: false,
            allow_request_uris: false,
            require_pushed_authorization_requests: false,
            authorization_code_ttl_seconds: 60,
            session_idle_ttl_seconds: 7200,
            session_ttl_seconds: 43_200,
            accepted_assertion_audiences: Vec::new(),
            reachable_at_root: false,
            pin_client_auth_method: false,
            authorization_ttl_seconds: 31_536_000,
            reuse_live_token: false,
            assertion_exp_cap_seconds: 3600,
            client_assertion_exp_cap_seconds: 300,
            allow_get_revocation: false,
            registrable_scope: "openid profile email address phone offline_access".to_owned(),
            registered_clients_max: 1000,
            registrations_per_hour_max: 20,
            unused_client_ttl_seconds: 2_592_000,
            caller_requests_per_minute_max: 0,
        }
    }
}

impl Policy {
    /// # Errors
    /// `invalid_request` at the knob that is out of its range.
    pub fn check(&self) -> Result<(), OAuthError> {
        let some = 1..=TOKEN_TTL_SECONDS_MAX;
        let lifetimes = [
            ("access_token_ttl_seconds", self.access_token_ttl_seconds, &some),
            ("refresh_token_ttl_seconds", self.refresh_token_ttl_seconds, &some),
            ("refresh_grace_seconds", self.refresh_grace_seconds, &(0..=TOKEN_TTL_SECONDS_MAX)),
            ("authorization_ttl_seconds", self.authorization_ttl_seconds, &some),
            ("authorization_code_ttl_seconds", self.authorization_code_ttl_seconds, &CODE_TTL),
            ("session_idle_ttl_seconds", self.session_idle_ttl_seconds, &some),
            ("session_ttl_seconds", self.session_ttl_seconds, &some),
            ("assertion_exp_cap_seconds", self.assertion_exp_cap_seconds, &some),
            (
                "client_assertion_exp_cap_seconds",
                self.client_assertion_exp_cap_seconds,
                &CLIENT_ASSERTION_EXP_CAP,
            ),
            ("unused_client_ttl_seconds", self.unused_client_ttl_seconds, &some),
        ];
        for (knob, seconds, range) in lifetimes {
            if !range.contains(&seconds) {
                let (least, most) = (range.start(), range.end());
                return Err(OAuthError::invalid_request(format!(
                    "{knob} must be between {least} and {most} seconds."
                ))
                .at(format!("/policy/{knob}")));
            }
        }
        let registrable = Scope::parse(&self.registrable_scope);
        if !registrable.is_ok_and(|scope| !scope.iter().any(is_reserved)) {
            let what =
                format!("registrable_scope must be a scope without names that begin {RESERVED}");
            return Err(OAuthError::invalid_request(what).at("/policy/registrable_scope"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_lives_for_minutes_at_most() {
        let with =
            |seconds| Policy { authorization_code_ttl_seconds: seconds, ..Policy::default() };
        assert_eq!(with(600).check(), Ok(()));
        for seconds in [0, 601] {
            let error = with(seconds).check().unwrap_err();
            assert_eq!(error.pointer.as_deref(), Some("/policy/authorization_code_ttl_seconds"));
        }
    }

    #[test]
    fn no_client_registers_itself_for_what_administrators_do() {
        let with =
            |scope: &str| Policy { registrable_scope: scope.to_owned(), ..Policy::default() };
        assert_eq!(Policy::default().check(), Ok(()));
        assert_eq!(with("").check(), Ok(()));
        for bad in ["openid vidimus.admin", "vidimus.introspect", "vidimus.tenant:a", "two  spaces"]
        {
            let error = with(bad).check().unwrap_err();
            assert_eq!(error.pointer.as_deref(), Some("/policy/registrable_scope"), "{bad}");
        }
    }
}
