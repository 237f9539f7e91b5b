//! Client authentication (RFC 6749 §2.3, RFC 7523 §3): one file per method, one line each here.
//!
//! The pipeline below owns what no method may forget: one method per request, the tenant's
//! standing, the registered method, the same cost for every failure.

mod assertion;
pub mod bearer;
mod client_secret_basic;
mod client_secret_jwt;
mod client_secret_post;
mod none;
mod private_key_jwt;
mod secret_check;
pub mod user;

use std::{net::IpAddr, sync::Arc};

use serde_json::{Map, Value};

use crate::{
    admission,
    context::Context,
    error::{Cause, ErrorCode, OAuthError},
    facts::{Facts, Needs, Space},
    form::Form,
    jwt::Unverified,
    limits::CLIENT_ID_BYTES_MAX,
    manner::Manner,
    model::{Body, Named, Object, StoredSecret, Tenant},
    outcome::{Decision, Stop, Write},
    secret::Secret,
    vault::Vault,
};

/// Order matters only where two methods read the same parameter.
pub const METHODS: [&Method; 5] = [
    &client_secret_basic::METHOD,
    &client_secret_post::METHOD,
    &client_secret_jwt::METHOD,
    &private_key_jwt::METHOD,
    &none::METHOD,
];

pub struct Method {
    /// Its name in `token_endpoint_auth_method` (RFC 7591 §2).
    pub name: &'static str,
    /// It is the `Authorization` header's.
    is_header: bool,
    /// Whether the request uses it; `invalid_request` where it does, badly.
    find: fn(&Sent<'_>) -> Found,
    /// Whether the proof is good; the writes make it good only once.
    verify: fn(&Claim<'_>, &mut Context<'_>) -> Result<Vec<Write>, Stop>,
}

/// The client_id and its proof; `None` where the request does not use the method.
type Found = Result<Option<(String, Proof)>, OAuthError>;

/// What a request carries that may authenticate it.
pub struct Sent<'a> {
    /// The single `Authorization` header, if any.
    pub authorization: Option<&'a str>,
    pub form: &'a Form,
    /// How the route wants it read.
    pub manner: &'static Manner,
    /// Who is at the other end of the connection.
    pub peer: Option<IpAddr>,
}

impl<'a> Sent<'a> {
    /// Read as the RFCs say.
    pub const fn new(authorization: Option<&'a str>, form: &'a Form) -> Self {
        Self { authorization, form, manner: &Manner::STANDARD, peer: None }
    }
}

/// Who the request says it is, and by what.
pub struct Presented {
    method: &'static Method,
    id: String,
    proof: Proof,
    /// Where it came from.
    peer: Option<IpAddr>,
    /// The header as it was sent, where users are callers too: they mean Basic credentials otherwise.
    as_user: Option<Secret>,
}

enum Proof {
    Nothing,
    Secret(Secret),
    Assertion { text: Secret, token: Box<Unverified> },
}

/// One claim to be checked: a proof beside the party it is about.
struct Claim<'a> {
    id: &'a str,
    proof: &'a Proof,
    party: Party<'a>,
    tenant: Named<'a, Tenant>,
    facts: &'a Facts,
}

/// The part of a client or a resource server that authenticates it.
#[derive(Clone, Copy)]
struct Party<'a> {
    object: &'a Arc<Object>,
    method: &'a str,
    /// The one algorithm of its assertions, if it is registered for one.
    signing_alg: Option<&'a str>,
    secret: Option<&'a StoredSecret>,
    jwks: Option<&'a Arc<jsonwebtoken::jwk::JwkSet>>,
    jwks_uri: Option<&'a str>,
}

impl<'a> Party<'a> {
    fn of(object: &'a Arc<Object>) -> Option<Self> {
        match &object.body {
            Body::Client(client) => Some(Self {
                object,
                method: &client.metadata.token_endpoint_auth_method,
                signing_alg: client.metadata.token_endpoint_auth_signing_alg.as_deref(),
                secret: client.secret.as_ref(),
                jwks: client.metadata.jwks.as_ref(),
                jwks_uri: client.metadata.jwks_uri.as_deref(),
            }),
            Body::ResourceServer(server) => Some(Self {
                object,
                method: &server.token_endpoint_auth_method,
                signing_alg: None,
                secret: server.secret.as_ref(),
                jwks: server.jwks.as_ref(),
                jwks_uri: server.jwks_uri.as_deref(),
            }),
            Body::Tenant(_)
            | Body::User(_)
            | Body::SigningKey(_)
            | Body::TrustedIssuer(_)
            | Body::RegistrationToken(_)
            | Body::ApiToken(_)
            | Body::Consent(_)
            | Body::AuditEntry(_) => None,
        }
    }
}

impl Presented {
    /// # Errors
    /// `invalid_request` for two methods at once (RFC 6749 §2.3), `invalid_client` for none.
    pub fn find(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let mut found = None;
        let read = |method: &&Method| method.is_header || !sent.manner.basic_only;
        for method in METHODS.into_iter().filter(read) {
            let Some((id, proof)) = (method.find)(sent)? else { continue };
            // Another scheme in the header is another method, whoever may understand it.
            let beside_header = sent.authorization.is_some() && !method.is_header;
            if found.is_some() || beside_header {
                return Err(two_methods());
            }
            if id.is_empty() || id.len() > CLIENT_ID_BYTES_MAX {
                return Err(OAuthError::invalid_client("the client_id is empty or too long"));
            }
            let names_public = sent.manner.public_basic
                && method.is_header
                && matches!(&proof, Proof::Secret(secret) if secret.expose().is_empty());
            let (method, proof) =
                if names_public { (&none::METHOD, Proof::Nothing) } else { (method, proof) };
            found = Some(Self { method, id, proof, peer: sent.peer, as_user: None });
        }
        found.ok_or_else(|| no_credentials(sent))
    }

    /// For endpoints that answer only to who has proven to be somebody: not to a public client,
    /// which anybody can name.
    ///
    /// # Errors
    /// As [`Self::find`], and `invalid_client` where nothing was proven.
    pub fn find_proven(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let found = Self::find(sent)?;
        match found.proof {
            Proof::Nothing if !sent.manner.public_basic => {
                Err(OAuthError::invalid_client("a public client proves nothing"))
            }
            Proof::Nothing | Proof::Secret(_) | Proof::Assertion { .. } => Ok(found),
        }
    }

    /// For endpoints that users may call as well: Basic is tried as client, then as resource
    /// server, then as user.
    ///
    /// # Errors
    /// As [`Self::find_proven`].
    pub fn find_caller(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        match (Self::find_proven(sent), sent.authorization) {
            (Ok(found), header) => Ok(Self { as_user: header.map(Secret::new), ..found }),
            // A user's name and password are sent as they are (RFC 7617 §2), and need not be such
            // as could be decoded.
            (Err(error), Some(header)) if error.cause == Cause::MalformedBasic => {
                let Some(login) = user::Login::find(header) else { return Err(error) };
                refuse_beside_header(sent)?;
                let method = &client_secret_basic::METHOD;
                let proof = Proof::Secret(login.password);
                let as_user = Some(Secret::new(header));
                Ok(Self { method, id: login.username, proof, peer: sent.peer, as_user })
            }
            (Err(error), _) => Err(error),
        }
    }

    fn login(&self) -> Option<user::Login> {
        self.as_user.as_ref().and_then(|header| user::Login::find(header.expose()))
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether more than a name was sent.
    pub const fn proves(&self) -> bool {
        !matches!(self.proof, Proof::Nothing)
    }

    pub const fn secret(&self) -> Option<&Secret> {
        match &self.proof {
            Proof::Secret(secret) => Some(secret),
            Proof::Nothing | Proof::Assertion { .. } => None,
        }
    }

    pub fn needs(&self, _: &Vault) -> Needs {
        let mut needs = Needs::default().object(Space::Caller, &self.id);
        // A name with an `@` is most likely a user's, so it is looked for at once; any other only
        // where no client and no resource server has it.
        if self.id.contains('@')
            && let Some(login) = self.login()
        {
            needs = login.needs(needs);
        }
        if let Proof::Assertion { token, .. } = &self.proof {
            needs.once.extend(assertion::once(&self.id, &token.claims));
        }
        needs
    }
}

/// Authenticates the caller, then decides. The writes of the authentication are part of the
/// outcome whatever it is: an assertion is used up also by a request that is refused.
pub fn with_caller<R>(
    presented: &Presented,
    facts: &Facts,
    cx: &mut Context<'_>,
    decide: impl FnOnce(&Arc<Object>, &mut Context<'_>) -> Decision<R>,
) -> Decision<R> {
    let (caller, mut writes) = authenticate(presented, facts, cx)?;
    let decided = match disabled(caller, facts) {
        Some(error) => Err(error.into()),
        None => {
            // A public client is only named.
            let peer = presented.peer.filter(|_| !presented.proves());
            admission::caller(tenant(facts)?, caller.key, peer, facts)
                .and_then(|()| decide(caller, cx))
        }
    };
    let mut outcome = decided.or_else(Stop::refused)?;
    if let (Body::User(_), Err(error)) = (&caller.body, &mut outcome.reply) {
        error.to_user = true;
    }
    writes.append(&mut outcome.writes);
    outcome.writes = writes;
    Ok(outcome)
}

fn authenticate<'a>(
    presented: &Presented,
    facts: &'a Facts,
    cx: &mut Context<'_>,
) -> Result<(&'a Arc<Object>, Vec<Write>), Stop> {
    let tenant = tenant(facts)?;
    let party = facts.find(Space::Caller, &presented.id).and_then(Party::of);
    let Some(party) = party else {
        if tenant.has_introspecting_users
            && let Some(login) = presented.login()
        {
            let user = login.verify(presented.peer, tenant, facts, cx)?;
            return Ok((user, Vec::new()));
        }
        let stop = refuse(presented, tenant, facts, "there is no such client", cx);
        return Err(caused(stop, Cause::UnknownClient));
    };
    if !accepts(party.method, presented.method.name, tenant.policy.pin_client_auth_method) {
        return Err(refuse(
            presented,
            tenant,
            facts,
            "the client is not registered for the method",
            cx,
        ));
    }
    let claim = Claim { id: &presented.id, proof: &presented.proof, party, tenant, facts };
    let writes = (presented.method.verify)(&claim, cx)?;
    Ok((party.object, writes))
}

/// Why a caller that is who it says must still be refused.
pub fn disabled(caller: &Object, facts: &Facts) -> Option<OAuthError> {
    if facts.tenant().is_some_and(|tenant| tenant.standing().disabled) {
        Some(OAuthError::invalid_client("the tenant is disabled").caused(Cause::DisabledClient))
    } else if caller.standing.disabled {
        Some(OAuthError::invalid_client("the client is disabled").caused(Cause::DisabledClient))
    } else {
        None
    }
}

/// # Errors
/// `not_found`: no tenant answers to this path or host.
pub fn tenant(facts: &Facts) -> Result<Named<'_, Tenant>, OAuthError> {
    facts.tenant().ok_or_else(|| OAuthError::new(ErrorCode::NotFound, "There is no such tenant."))
}

/// `client_secret_basic` and `_post` carry the same secret and are interchangeable unless pinned.
fn accepts(registered: &str, used: &str, pinned: bool) -> bool {
    let of_secret = |name: &str| matches!(name, "client_secret_basic" | "client_secret_post");
    registered == used || (!pinned && of_secret(registered) && of_secret(used))
}

fn two_methods() -> OAuthError {
    let what = "More than one client authentication method is used.";
    OAuthError::invalid_request(what).caused(Cause::TwoMethods)
}

/// The header is a method already (RFC 6749 §2.3).
fn refuse_beside_header(sent: &Sent<'_>) -> Result<(), OAuthError> {
    for method in METHODS.into_iter().filter(|method| !method.is_header) {
        if !sent.manner.basic_only && (method.find)(sent)?.is_some() {
            return Err(two_methods());
        }
    }
    Ok(())
}

fn no_credentials(sent: &Sent<'_>) -> OAuthError {
    let cause = match sent.authorization {
        Some(header) if header.split_whitespace().count() != 2 => Cause::NoScheme,
        Some(_) => Cause::NotBasic,
        None => Cause::NoCredentials,
    };
    OAuthError::invalid_client("no credentials were sent").caused(cause)
}

fn caused(stop: Stop, cause: Cause) -> Stop {
    match stop {
        Stop::Refuse(error) => Stop::Refuse(error.caused(cause)),
        other => other,
    }
}

/// The refusal of a caller whose secret was not compared. It costs what a comparison costs, the
/// slow one where the tenant has slow ones, so that time does not tell which ids exist.
fn refuse(
    presented: &Presented,
    tenant: Named<'_, Tenant>,
    facts: &Facts,
    why: &'static str,
    cx: &Context<'_>,
) -> Stop {
    match &presented.proof {
        Proof::Secret(secret) => {
            secret_check::refuse_unknown(&presented.id, secret, tenant, facts, why, cx)
        }
        Proof::Nothing | Proof::Assertion { .. } => OAuthError::invalid_client(why).into(),
    }
}

/// The members of an assertion whose signature is verified.
type Claims = Map<String, Value>;

#[cfg(test)]
mod tests;
