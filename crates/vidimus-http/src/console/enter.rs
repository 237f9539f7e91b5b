//! Signing in, the one-time link, signing out.

use hyper::http::request::Parts;
use vidimus_console::operator::{
    Message, SignInPage, WelcomePage, message, sign_in as sign_in_page, welcome as welcome_page,
};
use vidimus_core::{
    admin::operator::{
        Asked, OperatorSignIn, OperatorSignOut, SignIn, SignInFailure, Welcome, WelcomeAnswer,
        WelcomeFailure,
    },
    browser::{Browser, Cookie},
    engine::Store,
    errand::Errands,
    form::Form,
    secret::Secret,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    failure::denied,
    owns,
    visit::{Visit, page, see_other},
};
use crate::{browser, cookies, exchange::Exchange, failure::Failure};

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn sign_in(
        &self,
        query: Form,
        form: Form,
        browser: Browser,
        is_post: bool,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let next = next(form.get("next").or(query.get("next")));
        let operation = OperatorSignIn { form, browser, is_post };
        match self.run(&operation, &self.default_tenant, exchange).await? {
            SignIn::Done { cookies } => {
                let to = if next.is_empty() { "/console" } else { &next };
                self.with_cookies(see_other(to), &cookies)
            }
            SignIn::Asked(asked) => {
                let shape = asked_page(&asked, &next);
                self.with_cookies(shape, &asked.cookies)
            }
        }
    }

    /// Nobody is signed in: a page asks for that, whatever was to be seen.
    pub(super) async fn stranger(
        &self,
        parts: &Parts,
        browser: Browser,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        if parts.method == hyper::Method::POST {
            return Err(denied("Nobody is signed in here, or the session is over.").into());
        }
        let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
        let next = next(Some(target));
        let operation = OperatorSignIn { form: Form::default(), browser, is_post: false };
        match self.run(&operation, &self.default_tenant, exchange).await? {
            SignIn::Asked(asked) => {
                let shape = asked_page(&asked, &next).status(403);
                self.with_cookies(shape, &asked.cookies)
            }
            SignIn::Done { .. } => Err(denied("Nobody is signed in here.").into()),
        }
    }

    pub(super) async fn welcome(
        &self,
        link: &str,
        form: Form,
        browser: Browser,
        is_post: bool,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let operation = Welcome { text: Secret::new(link), form, browser, is_post };
        match self.run(&operation, &self.default_tenant, exchange).await? {
            WelcomeAnswer::Over => Ok(over()),
            WelcomeAnswer::Done { cookies } => self.with_cookies(see_other("/console"), &cookies),
            WelcomeAnswer::Asked { csrf, cookies, username, is_known, failure } => {
                let is_refused = failure.is_some();
                let (username_failure, password_failure) = said(failure);
                let shown = WelcomePage {
                    csrf: csrf.0.expose(),
                    username: &username,
                    is_known,
                    username_failure,
                    password_failure,
                };
                let shape = page(welcome_page(&shown)).status(if is_refused { 400 } else { 200 });
                self.with_cookies(shape, &cookies)
            }
        }
    }

    pub(super) async fn sign_out(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let browser = browser::of(visit.parts, exchange.peer.address, &self.engine.public_url);
        let operation = OperatorSignOut { browser };
        let cookie = self.run(&operation, &self.default_tenant, exchange).await?;
        self.with_cookies(see_other("/console/sign-in"), &[cookie])
    }

    fn with_cookies(&self, shape: Shape, cookies: &[Cookie]) -> Result<Shape, Failure> {
        let secure = browser::is_secure(&self.engine.public_url);
        Ok(cookies.iter().try_fold(shape, |shape, cookie| {
            cookies::spell(cookie, secure).map(|value| shape.header("set-cookie", value))
        })?)
    }
}

/// A path of the console's, and nothing that a browser could take for another place.
fn next(asked: Option<&str>) -> String {
    let is_plain = |byte: u8| matches!(byte, b'!'..=b'~') && byte != b'\\';
    let path = asked.unwrap_or_default();
    let ours = owns(path.split(['?', '#']).next().unwrap_or_default());
    let is_sign_in = path.starts_with("/console/sign-") || path.starts_with("/console/welcome");
    if ours && !is_sign_in && path.bytes().all(is_plain) { path.to_owned() } else { String::new() }
}

fn asked_page(asked: &Asked, next: &str) -> Shape {
    let failure = asked.failure.map(|failure| match failure {
        SignInFailure::Wrong => {
            "That username and password do not match. Check both and try again.".to_owned()
        }
        SignInFailure::TooMany { retry_after_seconds } => {
            format!("Too many attempts. Wait {retry_after_seconds} seconds, then try again.")
        }
        SignInFailure::NoRole => {
            "This user may not use the console: it needs the role admin or auditor.".to_owned()
        }
    });
    let shown = SignInPage {
        csrf: asked.csrf.0.expose(),
        username: &asked.username,
        next,
        failure,
        is_wrong: asked.failure == Some(SignInFailure::Wrong),
    };
    let shape = page(sign_in_page(&shown));
    match asked.failure {
        None => shape,
        Some(SignInFailure::TooMany { retry_after_seconds }) => {
            shape.status(429).header("retry-after", retry_after_seconds.to_string())
        }
        Some(_) => shape.status(403),
    }
}

fn over() -> Shape {
    let shown = Message {
        title: "This link is used up".to_owned(),
        what: "A link into the console is good once and for a day, and a newer one replaces it."
            .to_owned(),
        advice: "Make another with `vidimus admin link`, or sign in.".to_owned(),
        next: Some(("/console/sign-in".to_owned(), "Sign in".to_owned())),
        ..Message::default()
    };
    page(message(None, &shown)).status(404)
}

/// What is wrong with the name, and with the password.
fn said(failure: Option<WelcomeFailure>) -> (Option<String>, Option<String>) {
    match failure {
        None => (None, None),
        Some(WelcomeFailure::Username(why)) => (Some(why), None),
        Some(WelcomeFailure::PasswordTooShort { chars_min }) => {
            (None, Some(format!("The password needs at least {chars_min} characters.")))
        }
        Some(WelcomeFailure::PasswordTooLong) => {
            (None, Some("The password is too long.".to_owned()))
        }
        Some(WelcomeFailure::PasswordsDiffer) => {
            (None, Some("The two passwords differ. Type both again.".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_leads_to_the_console_alone() {
        for path in ["/console", "/console/inspect?tenant=a", "/console/t/a%2Fb/clients"] {
            assert_eq!(next(Some(path)), path);
        }
        for path in [
            "",
            "//evil.example",
            "/console//evil",
            "https://evil.example/console",
            "/consoles",
            "/account",
            "/console\\@evil",
            "/console/\r\nx",
            "/console/sign-in",
            "/console/welcome/x",
        ] {
            let to = next(Some(path));
            assert!(to.is_empty() || to.starts_with("/console/"), "{path} {to}");
            assert!(!to.contains(['\\', '\r', '\n']), "{path}");
        }
        assert_eq!(next(Some("//evil.example")), "");
        assert_eq!(next(None), "");
    }
}
