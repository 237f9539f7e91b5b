//! Routes: a path, the endpoint behind it, and how requests to it are read.

use vidimus_core::manner::Manner;

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
}

#[derive(Debug)]
pub struct Route {
    /// From the tenant's root on. A segment in braces stands for any one segment.
    pub path: &'static str,
    pub endpoint: Endpoint,
    pub manner: &'static Manner,
    pub reading: &'static Reading,
}

impl Route {
    /// As the RFCs want it.
    pub const fn standard(path: &'static str, endpoint: Endpoint) -> Self {
        Self { path, endpoint, manner: &Manner::STANDARD, reading: &Reading::STANDARD }
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
    /// Other names of parameters, from and to.
    pub renames: &'static [(&'static str, &'static str)],
    /// What the route itself says.
    pub implied: &'static [(&'static str, &'static str)],
}

impl Reading {
    pub const STANDARD: Self = Self {
        query: false,
        json: false,
        multipart: false,
        get: false,
        renames: &[],
        implied: &[],
    };
}
