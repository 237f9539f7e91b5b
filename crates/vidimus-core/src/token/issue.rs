//! Issuing one token: its row, its text, and what must be written for it.

use serde_json::{Map, Value, json};

use crate::{
    context::Context,
    facts::Facts,
    model::{Client, Confirmation, Named, Tenant, Token, TokenFormat, TokenKind},
    outcome::{Change, Stop, Write},
    rotation,
    row_key::RowKey,
    scope::Scope,
    secret::Secret,
    time::Time,
    token_format::{ACCESS_TOKEN_TYP, mint},
};

pub struct Issue<'a> {
    pub facts: &'a Facts,
    pub tenant: Named<'a, Tenant>,
    pub client: Named<'a, Client>,
    pub user: Option<RowKey>,
    pub scope: &'a Scope,
    pub audience: &'a [String],
    pub ttl_seconds: i64,
    pub not_before: Option<Time>,
    pub family: Option<RowKey>,
    pub kind: TokenKind,
    pub confirmation: Option<Confirmation>,
}

pub struct Issued {
    pub key: RowKey,
    pub text: Secret,
    pub expires_at: Time,
    pub writes: Vec<Write>,
}

/// Opaque, or a JWT (RFC 9068) where the client asks for that. Both have a row: introspection and
/// revocation do not tell them apart.
pub fn issue(request: &Issue<'_>, cx: &mut Context<'_>) -> Result<Issued, Stop> {
    let key = RowKey::draw(cx.now, cx.entropy);
    let expires_at = cx.now.expiry(request.ttl_seconds);
    let as_jwt = request.kind == TokenKind::Access
        && request.client.metadata.access_token_format == TokenFormat::Jwt;
    let (text, kid, mut writes) = if as_jwt {
        let algorithm = request.client.metadata.access_token_signed_response_alg;
        let (signer, writes) = rotation::signer(request.facts, request.tenant, algorithm, cx)?;
        let jwt = signer.sign(ACCESS_TOKEN_TYP, &claims(request, key, expires_at, cx))?;
        (Secret::new(jwt), Some(signer.kid().to_owned()), writes)
    } else {
        (mint(request.kind, key, cx.entropy), None, Vec::new())
    };
    let token = Token {
        key,
        kind: request.kind,
        hash: cx.vault.token_hash(request.tenant.key(), text.expose()),
        client: Some(request.client.key()),
        user: request.user,
        family: request.family,
        scope: request.scope.to_string(),
        audience: request.audience.to_vec(),
        issued_at: cx.now,
        expires_at,
        not_before: request.not_before,
        revocation: None,
        confirmation: request.confirmation.clone(),
        kid,
    };
    writes.push(Write { tenant: request.tenant.key(), change: Change::InsertToken(token) });
    Ok(Issued { key, text, expires_at, writes })
}

/// The claims of RFC 9068 §2.2. `aud` is required there: without a resource, the client itself.
fn claims(request: &Issue<'_>, key: RowKey, expires_at: Time, cx: &Context<'_>) -> Value {
    let client_id = request.client.id();
    let aud = match request.audience {
        [] => json!(client_id),
        [one] => json!(one),
        several => json!(several),
    };
    let mut claims = Map::new();
    claims.insert("iss".to_owned(), json!(cx.issuer));
    claims.insert("exp".to_owned(), json!(expires_at.seconds()));
    claims.insert("aud".to_owned(), aud);
    let sub = request.user.map_or_else(|| client_id.to_owned(), RowKey::to_text);
    claims.insert("sub".to_owned(), json!(sub));
    claims.insert("client_id".to_owned(), json!(client_id));
    claims.insert("iat".to_owned(), json!(cx.now.seconds()));
    claims.insert("jti".to_owned(), json!(key.to_text()));
    if let Some(from) = request.not_before {
        claims.insert("nbf".to_owned(), json!(from.seconds()));
    }
    if !request.scope.is_empty() {
        claims.insert("scope".to_owned(), json!(request.scope.to_string()));
    }
    if let Some(confirmation) = &request.confirmation {
        claims.insert("cnf".to_owned(), json!(confirmation));
    }
    Value::Object(claims)
}
