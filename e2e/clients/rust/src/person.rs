//! A person at a browser without script: one cookie jar, the form of each page, and its buttons.

use openidconnect::url::Url;
use ureq::{Agent, AgentBuilder, Response};

use crate::{Stage, Wrong};

const STEPS_MAX: usize = 16;

pub struct Person<'a> {
    stage: &'a Stage,
    browser: Agent,
}

/// Where the browser ends up.
pub enum Place {
    /// Sent away from the server.
    Elsewhere(Url),
    /// A page that asks for nothing more.
    Page(String),
}

impl<'a> Person<'a> {
    pub fn new(stage: &'a Stage) -> Self {
        Self { stage, browser: AgentBuilder::new().redirects(0).build() }
    }

    /// Opens the address, and goes through what the server asks.
    pub fn goes(&self, to: &Url, user_code: Option<&str>) -> Result<Place, Wrong> {
        let mut url = to.clone();
        let mut answer = self.browser.get(url.as_str()).call()?;
        for _ in 0..STEPS_MAX {
            if let Some(next) = answer.header("location") {
                url = url.join(next)?;
                if !url.as_str().starts_with(&self.stage.url) {
                    return Ok(Place::Elsewhere(url));
                }
                answer = self.browser.get(url.as_str()).call()?;
                continue;
            }
            let page = answer.into_string()?;
            let Some(filled) = self.fills(&page, user_code) else { return Ok(Place::Page(page)) };
            answer = self.presses(&mut url, &page, &filled)?;
        }
        Err(format!("asked on and on, at last at {url}").into())
    }

    /// What this person writes into the page's form, and the button.
    fn fills(&self, page: &str, user_code: Option<&str>) -> Option<Vec<(&'static str, String)>> {
        let shows = |id: &str| page.contains(&format!("id=\"{id}\""));
        let pressed = |action: &str| ("action", action.to_owned());
        if shows("password") {
            let (name, password) = (self.stage.username.clone(), self.stage.password.clone());
            return Some(vec![("username", name), ("password", password), pressed("login")]);
        }
        if shows("consent-allow") {
            return Some(vec![pressed("allow")]);
        }
        let code = user_code.filter(|_| shows("user-code"))?;
        Some(vec![("user_code", code.to_owned()), pressed("continue")])
    }

    fn presses(
        &self,
        url: &mut Url,
        page: &str,
        filled: &[(&'static str, String)],
    ) -> Result<Response, Wrong> {
        let csrf = attribute(page, "name=\"csrf\"", "value").ok_or("a form without csrf")?;
        if let Some(action) = attribute(page, "<form", "action") {
            *url = url.join(action)?;
        }
        let mut fields = vec![("csrf", csrf)];
        fields.extend(filled.iter().map(|(name, value)| (*name, value.as_str())));
        Ok(self.browser.post(url.as_str()).send_form(&fields)?)
    }
}

/// Of the first tag that holds the text: the value of an attribute behind it.
fn attribute<'a>(page: &'a str, within: &str, name: &str) -> Option<&'a str> {
    let (_, rest) = page.split_once(within)?;
    let (_, value) = rest.split('>').next()?.split_once(&format!("{name}=\""))?;
    value.split('"').next()
}
