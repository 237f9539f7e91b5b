//! The answer that the client asked for: a code, tokens, or both (RFC 6749 §4.1.2, OpenID Connect Core
//! §3.2.2.5, §3.3.2.5).

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{
    checks::consent::wish,
    draft::{Draft, Halt},
    flow,
    known_uri::KnownUri,
    reply::{Back, Next},
};
use crate::{
    consent,
    context::Context,
    error::{ErrorCode, OAuthError},
    id_token::{self, IdTokenRequest},
    model::{
        Authentication, Client, Code, Family, Named, Revocation, RevokedBy, SignedInto, Ticket,
        TicketBody, TokenKind,
    },
    outcome::{Change, Write},
    rotation,
    row_key::RowKey,
    scope::OFFLINE_ACCESS,
    secret::Secret,
    session::{self, Live},
    time::Time,
    token::{self, Issue},
    token_format,
    vault::sha256,
};

/// What a password alone amounts to.
pub const ACR: &str = "1";

/// The authorization that begins here.
struct Begun<'a> {
    client: Named<'a, Client>,
    live: Live<'a>,
    family: Family,
    authentication: Arc<Authentication>,
}

pub fn respond(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<Next, Halt> {
    let client = draft.client()?;
    let (Some(live), Some(to)) = (draft.live().cloned(), draft.to.clone()) else {
        let what = "The user must sign in.";
        return Err(draft.refuse(OAuthError::new(ErrorCode::LoginRequired, what), cx));
    };
    if !draft.claims.admits_acr(ACR) {
        let what = "The user cannot be authenticated as the claims parameter demands.";
        return Err(draft.refuse(OAuthError::new(ErrorCode::AccessDenied, what), cx));
    }
    let wish = wish(draft, client, cx);
    if !consent::is_preauthorized(client, live.user) {
        let remembered = consent::remember(client, live.user, &wish, draft.facts, cx)?;
        draft.writes.extend(remembered);
    }
    let authentication = Arc::new(authentication(draft, client, &live));
    let policy = &draft.tenant.policy;
    // Without a code nothing comes after the token.
    let ttl_seconds = if draft.response_type.code {
        policy.authorization_ttl_seconds
    } else {
        policy.access_token_ttl_seconds
    };
    let family = Family {
        key: RowKey::draw(cx.now, cx.entropy),
        client: Some(client.key()),
        user: Some(live.user.key()),
        expires_at: cx.now.expiry(ttl_seconds),
        revocation: None,
        authentication: Some(Arc::clone(&authentication)),
    };
    let begun = Begun { client, live, family, authentication };
    sign_into(draft, &begun, cx);
    let parameters = given(draft, &begun, cx)?;
    flow::end(draft);
    let user = Some(begun.live.user.key());
    Ok(Next::Back(Back { user, ..draft.back(&to, parameters, cx) }))
}

/// How the user signed in, and what is to be told of it.
pub fn authentication(
    draft: &Draft<'_>,
    client: Named<'_, Client>,
    live: &Live<'_>,
) -> Authentication {
    let is_openid = draft.scope.contains("openid");
    Authentication {
        client_id: client.id().to_owned(),
        session: Some(live.ticket.key),
        auth_time: live.session.authenticated_at,
        acr: Some(ACR.to_owned()).filter(|_| is_openid),
        amr: live.session.amr.clone(),
        id_token_claims: draft.claims.id_token_claims(),
        userinfo_claims: draft.claims.userinfo_claims(),
    }
}

/// The session remembers whom it has signed its user in to: they hear of its end, and what is not for
/// the user's absence ends with it (Back-Channel Logout §2.7).
fn sign_into(draft: &mut Draft<'_>, begun: &Begun<'_>, cx: &Context<'_>) {
    let client = begun.client;
    let pending = draft.session_row.take();
    let mut row = pending.unwrap_or_else(|| begun.live.used(draft.tenant, cx));
    let mut forgotten = Vec::new();
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
        if !draft.scope.contains(OFFLINE_ACCESS) {
            into.families.push(begun.family.key);
            let over = into.families.len().saturating_sub(super::FAMILIES_MAX);
            forgotten.extend(into.families.drain(..over));
        }
    }
    draft.session_row = Some(row);
    // Nobody would end them with the session any more.
    let tenant = draft.tenant.key();
    let revocation = Revocation { at: cx.now, by: RevokedBy::SignOut };
    let cut = |key| Change::CutFamily { key, revocation: revocation.clone() };
    draft.writes.extend(forgotten.into_iter().map(|key| Write { tenant, change: cut(key) }));
}

type Parameters = Vec<(&'static str, Secret)>;

fn given(
    draft: &mut Draft<'_>,
    begun: &Begun<'_>,
    cx: &mut Context<'_>,
) -> Result<Parameters, Halt> {
    let mut parameters = Parameters::new();
    let asked = draft.response_type;
    let mut code = None;
    if asked.code {
        let text = make_code(draft, begun, cx);
        parameters.push(("code", text.clone()));
        code = Some(text);
    }
    let expires_at = cx.now.expiry(draft.tenant.policy.access_token_ttl_seconds);
    let mut access_token = None;
    if asked.token {
        let text = access(draft, begun, expires_at, cx)?;
        let seconds = expires_at.seconds() - cx.now.seconds();
        parameters.push(("access_token", text.clone()));
        parameters.push(("token_type", Secret::new("Bearer")));
        parameters.push(("expires_in", Secret::new(seconds.to_string())));
        parameters.push(("scope", Secret::new(draft.scope.to_string())));
        access_token = Some(text);
        let change = Change::InsertFamily(begun.family.clone());
        draft.writes.insert(0, Write { tenant: draft.tenant.key(), change });
    }
    if asked.id_token {
        let (text, writes) = id_token::issue(
            &IdTokenRequest {
                facts: draft.facts,
                tenant: draft.tenant,
                client: begun.client,
                user: begun.live.user,
                manner: draft.asked.manner,
                scope: &draft.scope,
                expires_at,
                authentication: Some(&begun.authentication),
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
        parameters.push(("session_state", session_state(draft, begun, cx)));
    }
    Ok(parameters)
}

fn make_code(draft: &mut Draft<'_>, begun: &Begun<'_>, cx: &mut Context<'_>) -> Secret {
    let key = RowKey::draw(cx.now, cx.entropy);
    let text =
        token_format::mint_code(draft.asked.manner.authorization.code, key, &cx.entropy.draw());
    let code = Code {
        client: begun.client.key(),
        redirect_uri: draft.get("redirect_uri").map(str::to_owned),
        user: begun.live.user.key(),
        username: begun.live.user.username.clone(),
        scope: draft.scope.to_string(),
        audience: draft.audience.clone(),
        challenge: draft.challenge.clone(),
        nonce: draft.get("nonce").map(str::to_owned),
        authentication: (*begun.authentication).clone(),
        family: begun.family.key,
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

fn access(
    draft: &mut Draft<'_>,
    begun: &Begun<'_>,
    expires_at: Time,
    cx: &mut Context<'_>,
) -> Result<Secret, Halt> {
    let issued = token::issue(
        &Issue {
            facts: draft.facts,
            tenant: draft.tenant,
            client: Some(begun.client),
            user: Some(begun.live.user),
            scope: &draft.scope,
            audience: &draft.audience,
            expires_at,
            not_before: None,
            family: Some(begun.family.key),
            kind: TokenKind::Access,
            confirmation: None,
            manner: draft.asked.manner,
            derived: false,
        },
        cx,
    )?;
    rotation::join(&mut draft.writes, issued.writes);
    draft.writes.extend(token::mark_used(Some(begun.client)));
    Ok(issued.text)
}

/// What the client's script compares (Session Management §2): bound to the client, to where it is, and
/// to the session.
fn session_state(draft: &Draft<'_>, begun: &Begun<'_>, cx: &mut Context<'_>) -> Secret {
    let salt = URL_SAFE_NO_PAD.encode(cx.entropy.draw::<12>());
    let origin = draft.to.as_ref().and_then(KnownUri::source).unwrap_or_default();
    let state = session::state(draft.tenant, &begun.live.handle, cx);
    let text = format!("{} {origin} {state} {salt}", begun.client.id());
    Secret::new(format!("{}.{salt}", URL_SAFE_NO_PAD.encode(sha256(text.as_bytes()))))
}
