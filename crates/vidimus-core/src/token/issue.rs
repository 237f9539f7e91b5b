//! Issuing one token: its row, its text, and what must be written for it.

use serde_json::{Map, Value, json};

use crate::{
    context::Context,
    facts::Facts,
    manner::{AccessClaims, AccessShape, Manner},
    model::{Client, Confirmation, Named, Tenant, Token, TokenFormat, TokenKind, User},
    outcome::{Change, Stop, Write},
    rotation,
    row_key::RowKey,
    scope::Scope,
    secret::Secret,
    subject,
    time::Time,
    token_format::{ACCESS_TOKEN_TYP, Shape, mint},
};

pub struct Issue<'a> {
    pub facts: &'a Facts,
    pub tenant: Named<'a, Tenant>,
    pub client: Option<Named<'a, Client>>,
    pub user: Option<Named<'a, User>>,
    pub scope: &'a Scope,
    pub audience: &'a [String],
    pub expires_at: Time,
    pub not_before: Option<Time>,
    pub family: Option<RowKey>,
    pub kind: TokenKind,
    pub confirmation: Option<Confirmation>,
    pub manner: &'static Manner,
    /// Its text must be found again from its row's key ([`crate::vault::Vault::derived`]).
    pub derived: bool,
}

impl<'a> Issue<'a> {
    /// The same, for what is issued beside it.
    pub fn again(&self) -> Self {
        Self { confirmation: self.confirmation.clone(), ..*self }
    }
}

pub struct Issued {
    pub key: RowKey,
    pub text: Secret,
    pub expires_at: Time,
    pub writes: Vec<Write>,
}

/// Opaque, or a JWT (RFC 9068) where the route or the client asks for that. Both have a row:
/// introspection and revocation do not tell them apart.
pub fn issue(request: &Issue<'_>, cx: &mut Context<'_>) -> Result<Issued, Stop> {
    let key = RowKey::draw(cx.now, cx.entropy);
    let tenant = request.tenant.key();
    let (text, kid, mut writes) = match form(request) {
        Form::Jwt { claims, algorithm } => {
            let (signer, writes) = rotation::signer(request.facts, request.tenant, algorithm, cx)?;
            let claims = claims_of(request, key, claims, cx);
            let jwt = signer.sign(ACCESS_TOKEN_TYP, &Value::Object(claims))?;
            (Secret::new(jwt), Some(signer.kid().to_owned()), writes)
        }
        Form::Opaque(shape) => {
            let secret = secret(request.derived, tenant, key, cx);
            let text = mint(shape, request.kind, tenant, key, &secret);
            let writes = if shape.carries_key() {
                Vec::new()
            } else {
                vec![locate(tenant, &text, key, request.expires_at, cx)]
            };
            (text, None, writes)
        }
    };
    let token = Token {
        key,
        kind: request.kind,
        hash: cx.vault.token_hash(tenant, text.expose()),
        client: request.client.map(|client| client.key()),
        user: request.user.map(|user| user.key()),
        family: request.family,
        scope: request.scope.to_string(),
        audience: request.audience.to_vec(),
        issued_at: cx.now,
        expires_at: request.expires_at,
        not_before: request.not_before,
        revocation: None,
        confirmation: request.confirmation.clone(),
        kid,
    };
    writes.push(Write { tenant, change: Change::InsertToken(token) });
    Ok(Issued { key, text, expires_at: request.expires_at, writes })
}

enum Form {
    Opaque(Shape),
    Jwt {
        claims: fn(&AccessClaims<'_>) -> Map<String, Value>,
        algorithm: crate::model::SigningAlgorithm,
    },
}

fn form(request: &Issue<'_>) -> Form {
    if request.kind == TokenKind::Refresh {
        return Form::Opaque(Shape::of_refresh(request.manner.refresh));
    }
    match (request.manner.access, request.client) {
        (AccessShape::Jwt { claims, algorithm }, _) => Form::Jwt { claims, algorithm },
        (_, Some(client)) if client.metadata.access_token_format == TokenFormat::Jwt => {
            let algorithm = client.metadata.access_token_signed_response_alg;
            Form::Jwt { claims: rfc_9068, algorithm }
        }
        (shape, _) => Form::Opaque(Shape::of_access(shape).unwrap_or(Shape::Native)),
    }
}

/// How the client's access tokens are spelled here; `None`: as JWTs.
pub fn access_shape(manner: &Manner, client: Option<Named<'_, Client>>) -> Option<Shape> {
    let wants_jwt =
        |client: Named<'_, Client>| client.metadata.access_token_format == TokenFormat::Jwt;
    Shape::of_access(manner.access).filter(|_| !client.is_some_and(wants_jwt))
}

/// The secret of a token: fresh, or what its row's key always yields.
pub fn secret(derived: bool, tenant: RowKey, key: RowKey, cx: &mut Context<'_>) -> [u8; 32] {
    if derived {
        return cx.vault.derived(tenant, key);
    }
    cx.entropy.draw()
}

/// What makes a text that carries no row key findable.
pub fn locate(
    tenant: RowKey,
    text: &Secret,
    token: RowKey,
    expires_at: Time,
    cx: &Context<'_>,
) -> Write {
    let digest = cx.vault.locator(text.expose());
    Write { tenant, change: Change::Locate { digest, was: None, token, expires_at } }
}

fn claims_of(
    request: &Issue<'_>,
    token: RowKey,
    claims: fn(&AccessClaims<'_>) -> Map<String, Value>,
    cx: &Context<'_>,
) -> Map<String, Value> {
    let scope = request.scope.to_string();
    let mut claims = claims(&AccessClaims {
        issuer: cx.issuer,
        tenant: request.tenant.key(),
        client_id: request.client.map(|client| client.id()),
        user: request.user.map(|user| (user.key(), user.id())),
        audience: request.audience,
        scope: &scope,
        roles: request.user.map_or(&[], |user| &user.body.roles),
        token,
        issued_at: cx.now,
        expires_at: request.expires_at,
    });
    // The client can read it, so it names the user as its ID tokens do (RFC 9068 §6). Who must know
    // the user by the public name introspects.
    if let (Some(client), Some(user)) = (request.client, request.user)
        && let Some(sub) =
            subject::pairwise(client.body, user.key(), request.tenant.key(), cx.vault)
    {
        claims.insert("sub".to_owned(), json!(sub));
    }
    // Whatever a dialect says, its row is found by this.
    claims.insert("jti".to_owned(), json!(token.to_text()));
    if let Some(from) = request.not_before {
        claims.insert("nbf".to_owned(), json!(from.seconds()));
    }
    if let Some(confirmation) = &request.confirmation {
        claims.insert("cnf".to_owned(), json!(confirmation));
    }
    claims
}

/// The claims of RFC 9068 §2.2. `aud` is required there: without a resource, the client itself.
pub fn rfc_9068(facts: &AccessClaims<'_>) -> Map<String, Value> {
    let client_id = facts.client_id.unwrap_or_default();
    let aud = match facts.audience {
        [] => json!(client_id),
        [one] => json!(one),
        several => json!(several),
    };
    let sub = facts.user.map_or_else(|| client_id.to_owned(), |(key, _)| key.to_text());
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(facts.issuer));
    claims.insert("exp".to_owned(), json!(facts.expires_at.seconds()));
    claims.insert("aud".to_owned(), aud);
    claims.insert("sub".to_owned(), json!(sub));
    claims.insert("client_id".to_owned(), json!(client_id));
    claims.insert("iat".to_owned(), json!(facts.issued_at.seconds()));
    claims.insert("jti".to_owned(), json!(facts.token.to_text()));
    if !facts.scope.is_empty() {
        claims.insert("scope".to_owned(), json!(facts.scope));
    }
    claims
}
