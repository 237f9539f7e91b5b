//! The answer that the client asked for: a code, tokens, or both (RFC 6749 §4.1.2, OpenID Connect Core
//! §3.2.2.5, §3.3.2.5).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    checks::consent::wish,
    draft::{Draft, Halt},
    flow,
    reply::Next,
};
use crate::{
    consent,
    context::Context,
    error::{ErrorCode, OAuthError},
    id_token::{self, IdTokenRequest},
    limits::CODE_REMEMBERED_SECONDS,
    model::{
        Authentication, Client, Code, Family, Named, SignedInto, Ticket, TicketBody, TokenKind,
    },
    outcome::{Change, Write},
    rotation,
    row_key::RowKey,
    secret::Secret,
    session::{self, Live},
    token::{self, Issue},
    token_format,
    vault::sha256,
};

/// What a password alone amounts to.
pub const ACR: &str = "1";
const OFFLINE: &str = "offline_access";

pub fn respond(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<Next, Halt> {
    let client = draft.client()?;
    let Some(live) = draft.live().cloned() else { return Err(draft.refuse(signed_out(), cx)) };
    if !draft.claims.admits_acr(ACR) {
        let what = "The user cannot be authenticated as the claims parameter demands.";
        return Err(draft.refuse(OAuthError::new(ErrorCode::AccessDenied, what), cx));
    }
    let wish = wish(draft, client, cx);
    let remembered = consent::remember(client, live.user, &wish, draft.facts, cx)?;
    draft.writes.extend(remembered);
    let family = Family {
        key: RowKey::draw(cx.now, cx.entropy),
        client: Some(client.key()),
        user: Some(live.user.key()),
        expires_at: cx.now.expiry(draft.tenant.policy.authorization_ttl_seconds),
        revocation: None,
        authentication: Some(Arc::new(authentication(draft, client, &live))),
    };
    sign_into(draft, client, &live, &family, cx);
    let parameters = given(draft, client, &live, family, cx)?;
    flow::end(draft);
    let back = draft.back(parameters, cx).ok_or_else(signed_out)?;
    Ok(Next::Back(back))
}

fn signed_out() -> OAuthError {
    OAuthError::new(ErrorCode::LoginRequired, "The user must sign in.")
}

fn authentication(draft: &Draft<'_>, client: Named<'_, Client>, live: &Live<'_>) -> Authentication {
    let is_openid = draft.scope.contains("openid");
    Authentication {
        client_id: client.id().to_owned(),
        session: Some(live.ticket.key),
        auth_time: live.session.authenticated_at,
        acr: Some(ACR.to_owned()).filter(|_| is_openid),
        amr: live.session.amr.clone(),
        id_token_claims: draft.claims.id_token_claims(),
        userinfo_claims: draft.claims.userinfo_claims(),
        by_consent: !consent::is_preauthorized(client, live.user),
    }
}

/// The session remembers whom it has signed its user in to: they hear of its end, and what is not for
/// the user's absence ends with it (Back-Channel Logout §2.7).
fn sign_into(
    draft: &mut Draft<'_>,
    client: Named<'_, Client>,
    live: &Live<'_>,
    family: &Family,
    cx: &Context<'_>,
) {
    let pending = draft.session_row.take();
    let mut row = pending.unwrap_or_else(|| live.used(draft.tenant, cx));
    if let TicketBody::Session(session) = &mut row.body {
        let known = session.clients.iter_mut().find(|into| into.client == client.key());
        let into = match known {
            Some(into) => into,
            None => session.clients.push_mut(SignedInto {
                client: client.key(),
                client_id: client.id().to_owned(),
                families: Vec::new(),
            }),
        };
        if !draft.scope.contains(OFFLINE) {
            into.families.push(family.key);
            let over = into.families.len().saturating_sub(super::FAMILIES_MAX);
            into.families.drain(..over);
        }
    }
    draft.session_row = Some(row);
}

type Parameters = Vec<(&'static str, Secret)>;

fn given(
    draft: &mut Draft<'_>,
    client: Named<'_, Client>,
    live: &Live<'_>,
    family: Family,
    cx: &mut Context<'_>,
) -> Result<Parameters, Halt> {
    let mut parameters = Parameters::new();
    let asked = draft.response_type;
    let authentication = family.authentication.clone();
    let authentication = authentication.as_deref();
    let mut code = None;
    if asked.code {
        let text = make_code(draft, client, live, &family, cx);
        parameters.push(("code", text.clone()));
        code = Some(text);
    }
    let expires_at = cx.now.expiry(draft.tenant.policy.access_token_ttl_seconds);
    let mut access_token = None;
    if asked.token {
        let text = access(draft, client, live, &family, cx)?;
        let seconds = expires_at.seconds() - cx.now.seconds();
        parameters.push(("access_token", text.clone()));
        parameters.push(("token_type", Secret::new("Bearer")));
        parameters.push(("expires_in", Secret::new(seconds.to_string())));
        parameters.push(("scope", Secret::new(draft.scope.to_string())));
        access_token = Some(text);
        let change = Change::InsertFamily(family.clone());
        draft.writes.insert(0, Write { tenant: draft.tenant.key(), change });
    }
    if asked.id_token {
        let (text, writes) = id_token::issue(
            &IdTokenRequest {
                facts: draft.facts,
                tenant: draft.tenant,
                client,
                user: live.user,
                manner: draft.asked.manner,
                scope: &draft.scope,
                expires_at,
                authentication,
                nonce: draft.get("nonce"),
                access_token: access_token.as_ref(),
                code: code.as_ref(),
                state: draft.get("state"),
                through_browser: true,
                claims_in_id_token: !asked.code && !asked.token,
            },
            cx,
        )?;
        rotation::join(&mut draft.writes, writes);
        parameters.push(("id_token", text));
    }
    if draft.scope.contains("openid") {
        parameters.push(("session_state", session_state(draft, client, live, cx)));
    }
    Ok(parameters)
}

fn make_code(
    draft: &mut Draft<'_>,
    client: Named<'_, Client>,
    live: &Live<'_>,
    family: &Family,
    cx: &mut Context<'_>,
) -> Secret {
    let key = RowKey::draw(cx.now, cx.entropy);
    let text =
        token_format::mint_code(draft.asked.manner.authorization.code, key, &cx.entropy.draw());
    let authentication = family.authentication.as_deref().cloned();
    let Some(authentication) = authentication else { return text };
    let code = Code {
        client: client.key(),
        redirect_uri: draft.get("redirect_uri").map(str::to_owned),
        user: live.user.key(),
        username: live.user.username.clone(),
        scope: draft.scope.to_string(),
        audience: draft.audience.clone(),
        challenge: draft.challenge.clone(),
        nonce: draft.get("nonce").map(str::to_owned),
        authentication,
        family: family.key,
        family_is_stored: draft.response_type.token,
        is_redeemed: false,
    };
    let hash = cx.vault.token_hash(draft.tenant.key(), text.expose());
    let expires_at = cx.now.plus_seconds(draft.tenant.policy.authorization_code_ttl_seconds);
    let body = TicketBody::Code(Box::new(code));
    let change = Change::InsertTicket(Ticket::first(key, hash, expires_at, body));
    draft.writes.push(Write { tenant: draft.tenant.key(), change });
    text
}

/// Until when a code that was exchanged is told from one that never was.
pub const fn remembered_until(now: crate::time::Time) -> crate::time::Time {
    now.plus_seconds(CODE_REMEMBERED_SECONDS)
}

fn access(
    draft: &mut Draft<'_>,
    client: Named<'_, Client>,
    live: &Live<'_>,
    family: &Family,
    cx: &mut Context<'_>,
) -> Result<Secret, Halt> {
    let expires_at = cx.now.expiry(draft.tenant.policy.access_token_ttl_seconds);
    let issued = token::issue(
        &Issue {
            facts: draft.facts,
            tenant: draft.tenant,
            client: Some(client),
            user: Some(live.user),
            scope: &draft.scope,
            audience: &draft.audience,
            expires_at,
            not_before: None,
            family: Some(family.key),
            kind: TokenKind::Access,
            confirmation: None,
            manner: draft.asked.manner,
            derived: false,
        },
        cx,
    )?;
    rotation::join(&mut draft.writes, issued.writes);
    draft.writes.extend(token::mark_used(Some(client)));
    Ok(issued.text)
}

/// What the client's script compares (Session Management §2): bound to the client, to where it is, and
/// to the session.
fn session_state(
    draft: &Draft<'_>,
    client: Named<'_, Client>,
    live: &Live<'_>,
    cx: &mut Context<'_>,
) -> Secret {
    let salt = URL_SAFE_NO_PAD.encode(cx.entropy.draw::<12>());
    let origin = draft.to.as_ref().and_then(super::known_uri::KnownUri::source).unwrap_or_default();
    let state = session::state(draft.tenant, &live.handle, cx);
    let text = format!("{} {origin} {state} {salt}", client.id());
    Secret::new(format!("{}.{salt}", URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))))
}
