//! One template for each page of core's: what of it is chosen by the page, its words and its links.

mod account;

use askama::Template;
use vidimus_core::{
    authorize::reply::Dress,
    page::{
        Choose, ClientCard, Consent, Known, Page, SignIn, SignInFailure, SignOut, SignedOut,
        UserCode, UserCodeFailure,
    },
};

use self::account::AccountPage;
use crate::{
    Rendered,
    frame::{Frame, initial, is_elsewhere, links},
    policy::Policy,
};

/// `languages` are the browser's, best first; those that the request itself asks for come before.
pub fn render(page: &Page, dress: &Dress, languages: &[String]) -> Rendered {
    let frame = Frame::new(&dress.look, languages);
    let html = match page {
        Page::SignIn(page) => html(&SignInPage { frame, page }),
        Page::Choose(page) => html(&ChoosePage { frame, page }),
        Page::Consent(page) => html(&ConsentPage { frame, page }),
        Page::UserCode(page) => html(&UserCodePage { frame, page }),
        Page::DeviceDone { allowed, client } => {
            html(&DeviceDonePage { frame, allowed: *allowed, client })
        }
        Page::Account(page) => html(&AccountPage { frame, page }),
        Page::SignOut(page) => html(&SignOutPage { frame, page }),
        Page::SignedOut(page) => html(&SignedOutPage { frame, page }),
    };
    let policy = Policy {
        form_action: dress.form_action.as_deref(),
        frames: &dress.frames,
        ..Policy::default()
    };
    Rendered { html, content_security_policy: policy.to_text() }
}

/// Writing into memory cannot fail, and no template of ours fails by itself.
pub fn html(template: &impl Template) -> String {
    template.render().unwrap_or_default()
}

#[derive(Template)]
#[template(path = "sign_in.html", whitespace = "minimize")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    page: &'a SignIn,
}

impl SignInPage<'_> {
    fn title(&self) -> &str {
        let key = if self.page.is_again { "sign_in.again_title" } else { "sign_in.title" };
        self.frame.words.text(key)
    }

    fn plain(&self) -> Option<String> {
        let first = !self.page.is_again;
        first.then(|| self.frame.words.with("sign_in.plain", self.frame.tenant))
    }

    fn submit(&self) -> &str {
        let key = if self.page.is_again { "sign_in.again_submit" } else { "sign_in.submit" };
        self.frame.words.text(key)
    }

    fn failure(&self) -> Option<String> {
        let words = self.frame.words;
        Some(match self.page.failure? {
            SignInFailure::Wrong => words.text("sign_in.wrong").to_owned(),
            SignInFailure::TooMany { retry_after_seconds } => {
                words.with("sign_in.too_many", &words.wait(retry_after_seconds))
            }
        })
    }

    fn is_wrong(&self) -> bool {
        self.page.failure == Some(SignInFailure::Wrong)
    }
}

#[derive(Template)]
#[template(path = "choose.html", whitespace = "minimize")]
struct ChoosePage<'a> {
    frame: Frame<'a>,
    page: &'a Choose,
}

impl ChoosePage<'_> {
    fn plain(&self) -> Option<&str> {
        Some(self.frame.words.text("choose.plain"))
    }

    fn initial(&self, account: &Known) -> String {
        initial(account.name.as_deref().unwrap_or(&account.username))
    }
}

#[derive(Template)]
#[template(path = "consent.html", whitespace = "minimize")]
struct ConsentPage<'a> {
    frame: Frame<'a>,
    page: &'a Consent,
}

impl ConsentPage<'_> {
    fn key(&self) -> &'static str {
        let of_a_device = self.page.user_code.is_some();
        if of_a_device { "consent.device_title" } else { "consent.title" }
    }

    fn title(&self) -> String {
        self.frame.words.with(self.key(), &self.page.client.name)
    }

    fn initial(&self) -> String {
        initial(&self.page.client.name)
    }

    fn links(&self) -> Vec<(&str, &str)> {
        links(&self.page.client, self.frame.words)
    }
}

#[derive(Template)]
#[template(path = "user_code.html", whitespace = "minimize")]
struct UserCodePage<'a> {
    frame: Frame<'a>,
    page: &'a UserCode,
}

impl UserCodePage<'_> {
    fn failure(&self) -> Option<String> {
        let words = self.frame.words;
        Some(match self.page.failure? {
            UserCodeFailure::Unknown => words.text("device.unknown").to_owned(),
            UserCodeFailure::TooMany { retry_after_seconds } => {
                words.with("device.too_many", &words.wait(retry_after_seconds))
            }
        })
    }
}

#[derive(Template)]
#[template(path = "device_done.html", whitespace = "minimize")]
struct DeviceDonePage<'a> {
    frame: Frame<'a>,
    allowed: bool,
    client: &'a ClientCard,
}

impl DeviceDonePage<'_> {
    fn title(&self) -> &str {
        let key =
            if self.allowed { "device_done.allowed_title" } else { "device_done.denied_title" };
        self.frame.words.text(key)
    }

    fn said(&self) -> &'static str {
        if self.allowed { "device_done.allowed" } else { "device_done.denied" }
    }
}

#[derive(Template)]
#[template(path = "sign_out.html", whitespace = "minimize")]
struct SignOutPage<'a> {
    frame: Frame<'a>,
    page: &'a SignOut,
}

#[derive(Template)]
#[template(path = "signed_out.html", whitespace = "minimize")]
struct SignedOutPage<'a> {
    frame: Frame<'a>,
    page: &'a SignedOut,
}

impl SignedOutPage<'_> {
    fn next(&self) -> Option<&str> {
        self.page.next.as_deref().filter(|next| is_elsewhere(next))
    }
}
