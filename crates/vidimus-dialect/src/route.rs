//! Routes: a path, the endpoint behind it, and how requests to it are read.

use vidimus_core::{form::Form, manner::Manner};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Token,
    Introspect,
    Revoke,
    Metadata,
    Jwks,
    Userinfo,
    /// The same facts under a URL of the user's own: `{organization}` and `{user}`.
    Identity,
    DeviceAuthorization,
    /// RFC 7591.
    Register,
    /// RFC 7592, of the client `{id}`.
    Registration,
    /// The token in hand described to its holder.
    TokenDetails,
    Organization,
    Logout,
    /// RFC 6749 §3.1; with `{flow}` behind it, the pages of a request that waits for its user.
    Authorize,
    /// RFC 9126.
    PushedAuthorization,
    /// Where people type the code of their device (RFC 8628 §3.3).
    DeviceVerification,
    /// OpenID Connect RP-Initiated Logout §2.
    EndSession,
    /// OpenID Connect Session Management §3.3.
    CheckSession,
    /// Where users see to their own account.
    Account,
    /// RFC 9728.
    ResourceMetadata,
    /// The tenant's, or that of its client `{client_id}`.
    Logo,
}

impl Endpoint {
    /// Whether it is ours rather than any dialect's: every tenant has it.
    pub const fn is_every_tenants(self) -> bool {
        matches!(self, Self::Account | Self::Logo)
    }

    /// Whether people look at what it answers, so that its refusals are pages too.
    pub const fn is_page(self) -> bool {
        matches!(
            self,
            Self::Authorize
                | Self::DeviceVerification
                | Self::EndSession
                | Self::CheckSession
                | Self::Account
        )
    }
}

#[derive(Debug)]
pub struct Route {
    /// From the tenant's root on. A segment in braces stands for any one segment.
    pub path: &'static str,
    pub endpoint: Endpoint,
    pub manner: &'static Manner,
    pub reading: &'static Reading,
    /// Under a path alias it answers before dialects that stand before its own.
    pub wins_under_alias: bool,
}

impl Route {
    /// The first of them to the endpoint.
    pub fn to(endpoint: Endpoint, routes: &'static [Self]) -> Option<&'static Self> {
        routes.iter().find(|route| route.endpoint == endpoint)
    }

    /// As the RFCs want it.
    pub const fn standard(path: &'static str, endpoint: Endpoint) -> Self {
        Self::new(path, endpoint, &Manner::STANDARD, &Reading::STANDARD)
    }

    pub const fn new(
        path: &'static str,
        endpoint: Endpoint,
        manner: &'static Manner,
        reading: &'static Reading,
    ) -> Self {
        Self { path, endpoint, manner, reading, wins_under_alias: false }
    }
}

/// How a request's parameters are found.
#[derive(Debug)]
pub struct Reading {
    /// In the query as well; the body wins.
    pub query: bool,
    /// In a JSON object, where the content type says so.
    pub json: bool,
    pub multipart: bool,
    /// GET is allowed, if the tenant's policy allows it.
    pub get: bool,
    /// Another header in which an access token may stand alone.
    pub token_header: Option<&'static str>,
    /// Other names of parameters, from and to.
    pub renames: &'static [(&'static str, &'static str)],
    /// The same, where another parameter has a value: that one and its value, from and to.
    pub renames_where: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// What the route itself says.
    pub implied: &'static [(&'static str, &'static str)],
    /// A parameter's value may mean that another endpoint is asked.
    pub endpoint_by_parameter: &'static [(&'static str, &'static str, Endpoint)],
}

impl Reading {
    /// What is asked of the route's endpoint with these parameters.
    pub fn endpoint(&self, routed: Endpoint, form: &Form) -> Endpoint {
        let mut others = self.endpoint_by_parameter.iter();
        let other = others.find(|(name, value, _)| form.get(name) == Some(value));
        other.map_or(routed, |(_, _, endpoint)| *endpoint)
    }

    pub const STANDARD: Self = Self {
        query: false,
        json: false,
        multipart: false,
        get: false,
        token_header: None,
        renames: &[],
        renames_where: &[],
        implied: &[],
        endpoint_by_parameter: &[],
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_may_mean_another_endpoint() {
        const READING: Reading = Reading {
            endpoint_by_parameter: &[("kind", "device", Endpoint::DeviceAuthorization)],
            ..Reading::STANDARD
        };
        for (body, wanted) in [
            ("kind=device", Endpoint::DeviceAuthorization),
            ("kind=other", Endpoint::Token),
            ("", Endpoint::Token),
        ] {
            let form = Form::parse(body.as_bytes()).unwrap();
            assert_eq!(READING.endpoint(Endpoint::Token, &form), wanted, "{body}");
            assert_eq!(Reading::STANDARD.endpoint(Endpoint::Token, &form), Endpoint::Token);
        }
    }
}
