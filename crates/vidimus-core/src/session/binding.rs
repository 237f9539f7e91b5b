//! The browser's own secret, which flows and forms are bound to: a page that somebody else was sent is
//! nobody's to go on with.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    browser::{Browser, Cookie, Reach},
    context::Context,
    error::{Cause, OAuthError},
    form::Form,
    model::{Named, Tenant},
    page::FormToken,
    secret::{Secret, same},
};

/// The browser by a secret of its own, which says nothing of who uses it.
#[derive(Clone)]
pub struct Bound {
    pub secret: Secret,
    /// It must be given to the browser.
    pub is_new: bool,
}

/// The one it brought, or a new one.
pub fn bound(browser: &Browser, tenant: Named<'_, Tenant>, cx: &mut Context<'_>) -> Bound {
    if let Some(secret) = browser.cookie(&name(tenant)) {
        return Bound { secret: secret.clone(), is_new: false };
    }
    let secret = Secret::new(URL_SAFE_NO_PAD.encode(cx.entropy.draw::<32>()));
    Bound { secret, is_new: true }
}

impl Bound {
    pub fn digest(&self, tenant: Named<'_, Tenant>, cx: &Context<'_>) -> [u8; 32] {
        let parts: [&[u8]; 2] = [&tenant.key().0.to_be_bytes(), self.secret.expose().as_bytes()];
        cx.vault.tag("browser", &parts)
    }

    /// The cookie that gives it, where the browser has none.
    pub fn cookie(&self, tenant: Named<'_, Tenant>) -> Option<Cookie> {
        self.is_new.then(|| Cookie {
            name: name(tenant),
            value: self.secret.clone(),
            max_age_seconds: None,
            reach: Reach::Ours,
        })
    }
}

/// What a form must bring: made for this browser, and for what it was shown.
pub fn csrf(bound: &Bound, tenant: Named<'_, Tenant>, shown: &str, cx: &Context<'_>) -> FormToken {
    let parts: [&[u8]; 3] =
        [&tenant.key().0.to_be_bytes(), bound.secret.expose().as_bytes(), shown.as_bytes()];
    FormToken(Secret::new(URL_SAFE_NO_PAD.encode(cx.vault.tag("form", &parts))))
}

/// Whether the form comes from such a page of ours.
///
/// # Errors
/// The refusal of any other.
pub fn check_csrf(
    form: &Form,
    bound: &Bound,
    tenant: Named<'_, Tenant>,
    shown: &str,
    cx: &Context<'_>,
) -> Result<(), OAuthError> {
    let wanted = csrf(bound, tenant, shown, cx);
    let is = |sent: &Secret| same(sent.expose().as_bytes(), wanted.0.expose().as_bytes());
    if !bound.is_new && form.secret("csrf").is_some_and(is) {
        return Ok(());
    }
    let what = "The form is not the one that was shown. Go back and try again.";
    Err(OAuthError::invalid_request(what).caused(Cause::FormToken))
}

fn name(tenant: Named<'_, Tenant>) -> String {
    format!("vidimus-browser-{}", tenant.key().to_text())
}
