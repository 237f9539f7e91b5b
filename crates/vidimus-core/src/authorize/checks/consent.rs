//! The user has allowed it: now, before, or an administrator has for all (OpenID Connect Core §3.1.2.4).

use crate::{
    authorize::{
        draft::{Ask, Draft, Halt},
        known_uri::KnownUri,
    },
    consent::{self, Wish},
    context::Context,
    error::{ErrorCode, OAuthError},
    model::{Client, Named},
    scope::Scope,
    vault::hex,
};

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let client = draft.client()?;
    let Some(live) = draft.live() else { return Err(Halt::Ask(Ask::SignIn)) };
    let user = live.user;
    let known = consent::standing(client, user, draft.facts)?;
    if known.is_some_and(|known| known.standing().disabled) {
        let what = "An administrator has blocked the client for this user.";
        return Err(draft.refuse(OAuthError::new(ErrorCode::AccessDenied, what), cx));
    }
    if draft.is_allowed {
        return Ok(());
    }
    // A device shows nobody whom it belongs to, so its user is always asked.
    if draft.device.is_some() || draft.prompt.consent {
        return Err(Halt::Ask(Ask::Consent));
    }
    if consent::is_preauthorized(client, user) {
        return Ok(());
    }
    let wish = wish(draft, client, cx);
    if consent::covers(client, user, &wish, draft.facts)? {
        return Ok(());
    }
    Err(Halt::Ask(Ask::Consent))
}

/// What is to be allowed, and what of the client is shown with it.
pub fn wish(draft: &Draft<'_>, client: Named<'_, Client>, cx: &Context<'_>) -> Wish {
    let host = draft.to.as_ref().and_then(KnownUri::host);
    let name = client.metadata.client_name.as_deref().unwrap_or_default();
    let parts: [&[u8]; 2] = [name.as_bytes(), host.as_deref().unwrap_or_default().as_bytes()];
    Wish {
        scope: draft.scope.clone(),
        audience: draft.audience.clone(),
        claims: draft.claims.names(),
        shown: draft.to.is_some().then(|| hex(&cx.vault.tag("shown client", &parts))),
    }
}

/// What of the scope is new to the user, and what was allowed before.
pub fn parts(scope: &Scope, before: &Scope) -> (Vec<String>, Vec<String>) {
    let (known, new): (Vec<&str>, Vec<&str>) = scope.iter().partition(|name| before.contains(name));
    let owned = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
    (owned(new), owned(known))
}
