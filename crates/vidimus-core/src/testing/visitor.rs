//! A browser with cookies that goes through pages, as far as deciders see one.

use super::{Scene, form};
use crate::{
    authorize::{
        AuthorizeRequest, Endpoint,
        reply::{Answer, Back, Next},
    },
    browser::Browser,
    error::OAuthError,
    manner::Manner,
    outcome::Event,
    page::{FormToken, Page},
    secret::Secret,
};

/// Of every user that signs in here.
pub const PASSWORD: &str = "correct horse battery staple";

pub struct Visitor {
    pub cookies: Vec<(String, String)>,
    pub manner: &'static Manner,
    pub endpoint: Endpoint,
    pub authorization: Option<String>,
    /// What the operator has heard of the last request.
    pub events: Vec<Event>,
}

impl Default for Visitor {
    fn default() -> Self {
        Self {
            cookies: Vec::new(),
            manner: &Manner::STANDARD,
            endpoint: Endpoint::Authorize,
            authorization: None,
            events: Vec::new(),
        }
    }
}

impl Visitor {
    fn browser(&self) -> Browser {
        let cookie = |(name, value): &(String, String)| (name.clone(), Secret::new(value.clone()));
        Browser {
            cookies: self.cookies.iter().map(cookie).collect(),
            agent: "Visitor/1.0".to_owned(),
            address: Some("192.0.2.1".parse().unwrap()),
        }
    }

    pub fn send(
        &mut self,
        scene: &mut Scene,
        flow: Option<&str>,
        body: &str,
        is_post: bool,
    ) -> Result<Answer, OAuthError> {
        let request = AuthorizeRequest {
            endpoint: self.endpoint,
            form: form(body),
            browser: self.browser(),
            authorization: self.authorization.clone(),
            manner: self.manner,
            flow: flow.map(str::to_owned),
            is_post,
        };
        let ran = scene.act(&request);
        self.events = ran.events;
        let answer = ran.reply?;
        for cookie in &answer.cookies {
            self.cookies.retain(|(name, _)| *name != cookie.name);
            if !cookie.value.expose().is_empty() {
                self.cookies.push((cookie.name.clone(), cookie.value.expose().to_owned()));
            }
        }
        Ok(answer)
    }

    pub fn get(&mut self, scene: &mut Scene, query: &str) -> Result<Answer, OAuthError> {
        self.send(scene, None, query, false)
    }

    /// The text of the flow that a request leads to.
    #[track_caller]
    pub fn begin(&mut self, scene: &mut Scene, query: &str) -> String {
        flow(&self.get(scene, query).unwrap())
    }

    #[track_caller]
    pub fn page(&mut self, scene: &mut Scene, flow: &str) -> Page {
        match self.send(scene, Some(flow), "", false).unwrap().next {
            Next::Page(page, _) => *page,
            other => panic!("no page: {other:?}"),
        }
    }

    /// Fills in the form that the page has.
    pub fn post(
        &mut self,
        scene: &mut Scene,
        flow: &str,
        fields: &str,
    ) -> Result<Answer, OAuthError> {
        let token = token(&self.page(scene, flow));
        self.send(scene, Some(flow), &format!("csrf={token}&{fields}"), true)
    }

    pub fn sign_in(
        &mut self,
        scene: &mut Scene,
        flow: &str,
        username: &str,
    ) -> Result<Answer, OAuthError> {
        let password = PASSWORD.replace(' ', "+");
        self.post(scene, flow, &format!("action=login&username={username}&password={password}"))
    }

    /// From the request to the client, saying yes to everything.
    #[track_caller]
    pub fn go(&mut self, scene: &mut Scene, query: &str, username: &str) -> Vec<(String, String)> {
        let mut answer = self.get(scene, query).unwrap();
        for _ in 0..6 {
            let flow = match answer.next {
                Next::Back(back) => return pairs(&back),
                Next::Flow(flow) => flow.expose().to_owned(),
                other => panic!("{other:?}"),
            };
            answer = self.send(scene, Some(&flow), "", false).unwrap();
            if let Next::Page(page, _) = &answer.next {
                answer = match **page {
                    Page::SignIn(_) => self.sign_in(scene, &flow, username).unwrap(),
                    Page::Consent(_) => self.post(scene, &flow, "action=allow").unwrap(),
                    ref other => panic!("{other:?}"),
                };
            }
        }
        panic!("it never ends");
    }
}

#[track_caller]
pub fn flow(answer: &Answer) -> String {
    match &answer.next {
        Next::Flow(flow) => flow.expose().to_owned(),
        other => panic!("no flow: {other:?}"),
    }
}

pub fn pairs(back: &Back) -> Vec<(String, String)> {
    let pair = |(name, value): &(&str, Secret)| ((*name).to_owned(), value.expose().to_owned());
    back.parameters.iter().map(pair).collect()
}

pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// What the page's form carries.
#[track_caller]
pub fn token(page: &Page) -> String {
    let FormToken(token) = match page {
        Page::SignIn(page) => &page.csrf,
        Page::Choose(page) => &page.csrf,
        Page::Consent(page) => &page.csrf,
        Page::UserCode(page) => &page.csrf,
        Page::Account(page) => &page.csrf,
        Page::SignOut(page) => &page.csrf,
        Page::DeviceDone { .. } | Page::SignedOut(_) => panic!("it has no form"),
    };
    token.expose().to_owned()
}
