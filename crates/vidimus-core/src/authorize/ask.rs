//! What the user is shown, where the user must do something first.

use super::{
    checks::{consent, form_token, user_code},
    draft::{Ask, Draft, Failure, Halt, silent_refusal},
    flow,
    known_uri::KnownUri,
    reply::{Dress, Next},
    table::Column,
};
use crate::{
    consent as allowed,
    context::Context,
    form::encoded,
    model::{Client, Named, Purpose},
    page::{
        Choose, ClientCard, Consent, FormToken, Known, Look, Page, SignIn, SignInFailure, SignOut,
        UserCode, UserCodeFailure,
    },
    public_url,
    session::{self, Live},
};

/// The page, or the way to it; nobody is asked where the request says so.
pub fn ask(draft: &mut Draft<'_>, ask: Ask, cx: &mut Context<'_>) -> Result<Next, Halt> {
    if draft.is_silent() {
        let code = draft.asked.manner.authorization.silent_refusal;
        flow::end(draft);
        return Err(draft.refuse(silent_refusal(ask, code), cx));
    }
    let purpose = match draft.column {
        Column::Authorize => Some(Purpose::Authorize),
        Column::EndSession => Some(Purpose::SignOut),
        Column::Account => Some(Purpose::Account),
        Column::Device | Column::Resume | Column::Push => None,
    };
    if let Some(purpose) = purpose.filter(|_| draft.flow.is_none()) {
        return Ok(Next::Flow(flow::begin(draft, purpose, cx)?));
    }
    flow::keep(draft);
    match &draft.flow {
        // What was sent is done, so that it is not sent once more.
        Some(waiting) if draft.asked.is_post && draft.failure.is_none() => {
            Ok(Next::Flow(waiting.text.clone()))
        }
        _ => Ok(Next::Page(Box::new(page(draft, ask, cx)?), dress(draft, cx))),
    }
}

pub fn dress(draft: &Draft<'_>, cx: &Context<'_>) -> Dress {
    let target = draft.to.as_ref().or(draft.after.as_ref());
    Dress {
        look: Look::of(draft.tenant, draft.get("ui_locales"), cx.issuer),
        form_action: target.and_then(KnownUri::source),
        frames: Vec::new(),
    }
}

fn page(draft: &Draft<'_>, ask: Ask, cx: &Context<'_>) -> Result<Page, Halt> {
    let shown = match draft.flow {
        Some(_) => form_token::shown(draft, cx),
        None => user_code::SHOWN.to_owned(),
    };
    let csrf = session::csrf(&draft.browser, draft.tenant, &shown, cx);
    let client = draft.client.map(|client| card(draft, client, cx));
    Ok(match ask {
        Ask::SignIn => Page::SignIn(sign_in(draft, csrf, client)),
        Ask::Choose => {
            let accounts = draft.sessions.iter().map(known).collect();
            Page::Choose(Choose { csrf, client, accounts })
        }
        Ask::Consent => Page::Consent(consent_page(draft, csrf, cx)?),
        Ask::UserCode => Page::UserCode(UserCode {
            csrf,
            user_code: typed(draft).unwrap_or_default(),
            failure: draft.failure.map(|failure| match failure {
                Failure::TooMany { retry_after_seconds } => {
                    UserCodeFailure::TooMany { retry_after_seconds }
                }
                Failure::Wrong | Failure::UnknownUserCode => UserCodeFailure::Unknown,
            }),
        }),
        Ask::SignOut => {
            let username = draft.live().map(|live| live.user.username.clone());
            Page::SignOut(SignOut { csrf, username, client })
        }
    })
}

/// Of what was typed or came with a link, what a code can be of: the page shows no text of a
/// stranger's.
fn typed(draft: &Draft<'_>) -> Option<String> {
    let text = draft.asked.form.get("user_code").or_else(|| draft.get("user_code"))?;
    let is_of_code = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    Some(text.chars().filter(is_of_code).take(USER_CODE_CHARS_MAX).collect())
}

const USER_CODE_CHARS_MAX: usize = 32;

fn sign_in(draft: &Draft<'_>, csrf: FormToken, client: Option<ClientCard>) -> SignIn {
    let wants_other = draft.flow.as_ref().is_some_and(|waiting| waiting.flow.wants_other);
    let again = draft.live().filter(|_| !wants_other && draft.hint.is_none());
    let sent = draft.asked.form.get("username").filter(|_| draft.asked.is_post);
    let known = again.map(|live| live.user.username.as_str());
    let username = sent.or(known).or_else(|| draft.get("login_hint")).unwrap_or_default();
    SignIn {
        csrf,
        client,
        username: username.to_owned(),
        is_again: known.is_some_and(|known| known == username),
        failure: draft.failure.map(|failure| match failure {
            Failure::TooMany { retry_after_seconds } => {
                SignInFailure::TooMany { retry_after_seconds }
            }
            Failure::Wrong | Failure::UnknownUserCode => SignInFailure::Wrong,
        }),
        can_cancel: draft.column != Column::Account,
    }
}

fn known(live: &Live<'_>) -> Known {
    Known {
        session: live.ticket.key.to_text(),
        username: live.user.username.clone(),
        name: live.name(),
    }
}

fn consent_page(draft: &Draft<'_>, csrf: FormToken, cx: &Context<'_>) -> Result<Consent, Halt> {
    let client = draft.client()?;
    let Some(live) = draft.live() else { return Err(Halt::Ask(Ask::SignIn)) };
    let wish = consent::wish(draft, client, cx);
    let before = allowed::before(client, live.user, &wish, draft.facts)?;
    let (scopes, known_scopes) = consent::parts(&draft.scope, &before);
    Ok(Consent {
        csrf,
        client: card(draft, client, cx),
        username: live.user.username.clone(),
        scopes,
        known_scopes,
        claims: draft.claims.names(),
        audience: draft.audience.clone(),
        user_code: draft.device.as_ref().and_then(|_| typed(draft)),
    })
}

/// The client as people see it.
pub fn card(draft: &Draft<'_>, client: Named<'_, Client>, cx: &Context<'_>) -> ClientCard {
    let metadata = &client.body.metadata;
    let logo = metadata.logo_uri.as_ref();
    ClientCard {
        client_id: client.id().to_owned(),
        name: client.name().to_owned(),
        host: draft.to.as_ref().and_then(KnownUri::host),
        client_uri: metadata.client_uri.clone(),
        policy_uri: metadata.policy_uri.clone(),
        tos_uri: metadata.tos_uri.clone(),
        logo: logo.map(|_| {
            format!("{}/oauth2/logo/{}", public_url::path(cx.issuer), encoded(client.id()))
        }),
        is_self_registered: client.body.registration.is_some(),
    }
}
