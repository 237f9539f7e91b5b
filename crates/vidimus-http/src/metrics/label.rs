//! What a request was for; the set is finite.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Token,
    Introspect,
    Revoke,
    Metadata,
    Jwks,
    Userinfo,
    Device,
    Register,
    TokenDetails,
    Logout,
    Authorize,
    PushedAuthorization,
    DeviceVerification,
    CheckSession,
    Account,
    Logo,
    Assets,
    Admin,
    Console,
    Docs,
    Operations,
    Sandbox,
    Other,
}

impl Label {
    /// In the order of the declaration: a label is its own place.
    pub const ALL: [Self; 23] = [
        Self::Token,
        Self::Introspect,
        Self::Revoke,
        Self::Metadata,
        Self::Jwks,
        Self::Userinfo,
        Self::Device,
        Self::Register,
        Self::TokenDetails,
        Self::Logout,
        Self::Authorize,
        Self::PushedAuthorization,
        Self::DeviceVerification,
        Self::CheckSession,
        Self::Account,
        Self::Logo,
        Self::Assets,
        Self::Admin,
        Self::Console,
        Self::Docs,
        Self::Operations,
        Self::Sandbox,
        Self::Other,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Introspect => "introspect",
            Self::Revoke => "revoke",
            Self::Metadata => "metadata",
            Self::Jwks => "jwks",
            Self::Userinfo => "userinfo",
            Self::Device => "device",
            Self::Register => "register",
            Self::TokenDetails => "token_details",
            Self::Logout => "logout",
            Self::Authorize => "authorize",
            Self::PushedAuthorization => "par",
            Self::DeviceVerification => "device_verification",
            Self::Account => "account",
            Self::CheckSession => "check_session",
            Self::Logo => "logo",
            Self::Assets => "assets",
            Self::Admin => "admin",
            Self::Console => "console",
            Self::Docs => "docs",
            Self::Operations => "operations",
            Self::Sandbox => "sandbox",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_at_its_own_place() {
        for (at, label) in Label::ALL.into_iter().enumerate() {
            assert_eq!(label as usize, at, "{}", label.as_str());
        }
    }
}
