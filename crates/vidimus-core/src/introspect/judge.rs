//! The verdict on a token (RFC 7662 §2.2, §4): one list of checks, and one reason for each.
//!
//! Checks run from what the token is to who may know of it. Every failed one looks the same to the
//! caller; only the operator sees which it was.

use crate::{
    facts::TokenFact,
    model::{IntrospectRight, RevokedBy, Standing, TokenKind},
    row_key::RowKey,
    time::Time,
};

/// Why a token is inactive. Recorded and counted, never sent to the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No text that we could have issued.
    Malformed,
    /// Well-formed, but no such row: never issued here, or purged.
    Unknown,
    /// Its row is another tenant's.
    OtherTenant,
    /// The row is there, the secret or signature is not the one issued.
    Forged,
    /// Of a kind that this caller is never told about (a refresh token to a resource server).
    WrongKind,
    Expired {
        at: Time,
    },
    NotYetValid {
        from: Time,
    },
    Revoked {
        at: Time,
        by: RevokedBy,
    },
    FamilyRevoked {
        at: Time,
        by: RevokedBy,
    },
    /// Everything issued before a moment was revoked at this level.
    CutOff {
        level: Level,
        at: Time,
    },
    Disabled {
        level: Level,
    },
    Locked,
    Deleted {
        level: Level,
    },
    /// The key that signed it is compromised.
    KeyRevoked,
    /// The caller is not in the token's audience, or does not own it.
    WrongAudience,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    Tenant,
    Client,
    User,
    Family,
}

impl Reason {
    /// A label for metrics and logs; the set is finite.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::OtherTenant => "other_tenant",
            Self::Forged => "forged",
            Self::WrongKind => "wrong_kind",
            Self::Expired { .. } => "expired",
            Self::NotYetValid { .. } => "not_yet_valid",
            Self::Revoked { .. } => "revoked",
            Self::FamilyRevoked { .. } => "family_revoked",
            Self::CutOff { .. } => "cut_off",
            Self::Disabled { level: Level::Tenant } => "tenant_disabled",
            Self::Disabled { level: Level::User } => "user_disabled",
            Self::Disabled { .. } => "client_disabled",
            Self::Locked => "user_locked",
            Self::Deleted { level: Level::User } => "user_deleted",
            Self::Deleted { level: Level::Family } => "family_deleted",
            Self::Deleted { .. } => "client_deleted",
            Self::KeyRevoked => "key_revoked",
            Self::WrongAudience => "wrong_audience",
        }
    }
}

/// The right with which somebody asks.
#[derive(Clone, Debug)]
pub struct Asker<'a> {
    /// The client asking, if it is one: it owns tokens.
    pub client: Option<RowKey>,
    pub right: IntrospectRight,
    pub audiences: &'a [String],
}

/// The row of a presented token, and what is known of both.
pub struct Held<'a> {
    pub fact: &'a TokenFact,
    /// The tenant's.
    pub tenant: Standing,
    pub now: Time,
    /// The text is the one that was issued with the row.
    pub is_genuine: bool,
    /// The key that signed it is compromised.
    pub key_is_revoked: bool,
}

impl Held<'_> {
    /// The verdict. `None`: active for this asker.
    pub fn judge(&self, asker: &Asker<'_>) -> Option<Reason> {
        self.validity().or_else(|| visibility(self.fact, asker))
    }

    /// Whether the token is good at all, whoever asks.
    pub fn validity(&self) -> Option<Reason> {
        let token = &self.fact.token;
        if !self.is_genuine {
            return Some(Reason::Forged);
        }
        if self.key_is_revoked {
            return Some(Reason::KeyRevoked);
        }
        if self.now >= token.expires_at {
            return Some(Reason::Expired { at: token.expires_at });
        }
        if let Some(from) = token.not_before.filter(|&from| self.now < from) {
            return Some(Reason::NotYetValid { from });
        }
        of_token(self.fact)
            .or_else(|| standing(self.tenant, Level::Tenant, given_at(self.fact)))
            .or_else(|| of_client(self.fact))
            .or_else(|| of_user(self.fact))
            .or_else(|| of_family(self.fact))
    }

    /// Why there is nothing left to revoke. A lock, a disabled user or `nbf` passes, and what was
    /// revoked meanwhile must then still be revoked; what was rotated lives on in its successor. So
    /// those are no such reason.
    pub fn beyond_revoking(&self) -> Option<Reason> {
        match self.validity() {
            Some(Reason::NotYetValid { .. } | Reason::Disabled { .. } | Reason::Locked) => {
                of_token(self.fact)
                    .filter(|reason| !is_rotation(reason))
                    .or_else(|| of_family(self.fact))
            }
            Some(reason) if is_rotation(&reason) => of_family(self.fact),
            other => other,
        }
    }
}

const fn is_rotation(reason: &Reason) -> bool {
    matches!(reason, Reason::Revoked { by: RevokedBy::Rotation { .. }, .. })
}

fn of_token(fact: &TokenFact) -> Option<Reason> {
    let revocation = fact.token.revocation.as_ref()?;
    Some(Reason::Revoked { at: revocation.at, by: revocation.by.clone() })
}

fn standing(standing: Standing, level: Level, issued_at: Time) -> Option<Reason> {
    if standing.disabled {
        Some(Reason::Disabled { level })
    } else if standing.cuts_off(issued_at) {
        Some(Reason::CutOff { level, at: standing.not_before })
    } else {
        None
    }
}

/// When the user or the client let it be given: with its authorization. A refresh while that is being cut
/// off, and hashing a password takes its time, is no younger than what it continues.
fn given_at(fact: &TokenFact) -> Time {
    let issued_at = fact.token.issued_at;
    fact.token.family.map_or(issued_at, |family| family.made_at().min(issued_at))
}

fn of_client(fact: &TokenFact) -> Option<Reason> {
    fact.token.client?;
    match fact.client() {
        None => Some(Reason::Deleted { level: Level::Client }),
        Some(client) => standing(client.standing(), Level::Client, given_at(fact)),
    }
}

fn of_user(fact: &TokenFact) -> Option<Reason> {
    fact.token.user?;
    match fact.user() {
        None => Some(Reason::Deleted { level: Level::User }),
        Some(user) if user.locked => Some(Reason::Locked),
        Some(user) => standing(user.standing(), Level::User, given_at(fact)),
    }
}

fn of_family(fact: &TokenFact) -> Option<Reason> {
    fact.token.family?;
    match &fact.family {
        None => Some(Reason::Deleted { level: Level::Family }),
        Some(family) => {
            family.revocation.as_ref().map(|r| Reason::FamilyRevoked { at: r.at, by: r.by.clone() })
        }
    }
}

/// Whether this asker may be told (RFC 7662 §4).
fn visibility(fact: &TokenFact, asker: &Asker<'_>) -> Option<Reason> {
    let token = &fact.token;
    let owns = asker.client.is_some() && asker.client == token.client;
    let allowed = match asker.right {
        IntrospectRight::Tenant => true,
        IntrospectRight::Own => owns,
        IntrospectRight::Audience => {
            owns || token.kind == TokenKind::Access
                && token.audience.iter().any(|aud| asker.audiences.contains(aud))
        }
    };
    match (allowed, token.kind) {
        (true, _) => None,
        (false, TokenKind::Refresh) => Some(Reason::WrongKind),
        (false, TokenKind::Access) => Some(Reason::WrongAudience),
    }
}
