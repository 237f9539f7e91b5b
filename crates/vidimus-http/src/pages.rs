//! Page endpoints: a browser's request to its operation, and what that decides back to the browser.
//! Nothing here knows a path: a flow goes on below whichever route began it.

use std::borrow::Cow;

use hyper::{Method, body::Bytes};
use vidimus_console::{check_session, form_post, render};
use vidimus_core::{
    account::AccountRequest,
    authorize::{
        self, AuthorizeRequest,
        reply::{Answer, Back, Next, ResponseMode},
    },
    browser::Browser,
    discovery::TenantRequest,
    engine::Store,
    errand::Errands,
    error::{ErrorCode, Fault, OAuthError},
    facts::TenantRef,
    public_url,
    secret::Secret,
};
use vidimus_dialect::{Asked, Dialect, Endpoint, Shape};

use crate::{
    app::App,
    browser, cookies,
    endpoints::Answered,
    events,
    exchange::Exchange,
    failure::{Failure, Refused},
    headers::Cache,
    html, location, parameters,
    request::authorization,
    turn::Turn,
};

/// What stands behind the path of a request that waits for its user.
const FLOW: &str = "/{flow}";

impl<S: Store, E: Errands> App<S, E> {
    pub async fn page(
        &self,
        turn: &mut Turn<'_>,
        bytes: &Bytes,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        let route = turn.target.route;
        if turn.endpoint == Endpoint::CheckSession {
            return self.session_frame(turn, exchange).await;
        }
        let form = parameters::of_page(route.reading, turn.parts, bytes)?;
        turn.form = Some(form.clone());
        let flow = turn.target.captured.last().filter(|_| route.path.ends_with(FLOW)).cloned();
        let is_post = turn.parts.method == Method::POST;
        let browser = self.browser(turn, exchange);
        if is_post {
            let from_ours = browser::from_ours(turn.parts, &self.engine.public_url);
            is_from_our_page(turn.endpoint, flow.as_deref(), from_ours)?;
        }
        if turn.endpoint == Endpoint::Account && flow.is_none() {
            let operation = AccountRequest { form: form.clone(), browser, is_post };
            if let Some(answer) = self.on_turn(&operation, turn, None, exchange).await? {
                let tenant = self.tenant_of(turn, None).await?;
                return self.placed(turn, &tenant, answer);
            }
        }
        let (browser, manner) = (self.browser(turn, exchange), route.manner);
        let endpoint = match turn.endpoint {
            Endpoint::Authorize => authorize::Endpoint::Authorize,
            Endpoint::DeviceVerification => authorize::Endpoint::Device,
            Endpoint::Account => authorize::Endpoint::Account,
            _ => authorize::Endpoint::EndSession,
        };
        let authorization = authorization(&turn.parts.headers)?.map(str::to_owned);
        let operation =
            AuthorizeRequest { endpoint, form, browser, authorization, manner, flow, is_post };
        let tenant = self.tenant_of(turn, operation.client_id()).await?;
        let mut answer = self.run_in(&operation, turn, &tenant, exchange).await?;
        if let Next::Back(back) = &mut answer.next {
            if let Some(refusal) = &back.refusal {
                events::refused(refusal, back.client_id.as_deref(), exchange);
            }
            let heard = turn.heard.tenant().map(|tenant| self.engine.issuer(tenant.id()));
            let issuer = heard.as_deref().unwrap_or(&self.engine.public_url);
            let asked = turn.asked(issuer, &self.engine.public_url, &exchange.id);
            in_words_of(turn.target.dialect, back, &asked);
        }
        self.placed(turn, &tenant, answer)
    }

    fn browser(&self, turn: &Turn<'_>, exchange: &Exchange) -> Browser {
        browser::of(turn.parts, exchange.peer.address, &self.engine.public_url)
    }

    fn placed(
        &self,
        turn: &Turn<'_>,
        tenant: &TenantRef,
        answer: Answer,
    ) -> Result<Answered, Failure> {
        let path = turn.target.route.path;
        let shape = Place {
            base: self.base_of(turn, tenant),
            path: path.strip_suffix(FLOW).unwrap_or(path),
            secure: browser::is_secure(&self.engine.public_url),
            languages: browser::languages(&turn.parts.headers),
        }
        .answer(answer)?;
        Ok(Answered::new(Cache::Nobody, move |_, _| shape))
    }

    /// What stands before the paths of the tenant's pages, as its browser knows them.
    fn base_of<'a>(&'a self, turn: &'a Turn<'_>, tenant: &TenantRef) -> Cow<'a, str> {
        let heard = turn.heard.tenant().map_or(TenantRef::DEFAULT_ID, |tenant| tenant.id());
        // Not empty where a proxy serves us below a path.
        let root = public_url::path(&self.engine.public_url);
        match tenant {
            // Found by a client of its own, which its flows do not name any more.
            TenantRef::OfClient(_) if heard != TenantRef::DEFAULT_ID => {
                Cow::Owned(format!("{root}/t/{heard}"))
            }
            // By a host of its own, which stands at the tenant's root.
            TenantRef::Id(_) if turn.target.prefix.is_empty() && heard != TenantRef::DEFAULT_ID => {
                Cow::Borrowed("")
            }
            _ => Cow::Owned(format!("{root}{}", turn.target.prefix)),
        }
    }

    async fn session_frame(
        &self,
        turn: &Turn<'_>,
        exchange: &mut Exchange,
    ) -> Result<Answered, Failure> {
        self.on_turn(&TenantRequest, turn, None, exchange).await?;
        let key = turn.heard.tenant().map(|tenant| tenant.key().to_text()).unwrap_or_default();
        let secure = browser::is_secure(&self.engine.public_url);
        let cookie = cookies::name(&format!("vidimus-state-{key}"), secure);
        let shape = html::shape(check_session(&cookie));
        Ok(Answered::new(Cache::Nobody, move |_, _| shape))
    }
}

/// Where the browser is, and what it understands.
struct Place<'a> {
    /// What stands before the paths of the tenant's pages.
    base: Cow<'a, str>,
    /// Of the endpoint, without a flow.
    path: &'a str,
    secure: bool,
    languages: Vec<String>,
}

impl Place<'_> {
    /// A page, or where to go, with the cookies.
    fn answer(&self, answer: Answer) -> Result<Shape, Fault> {
        let shape = match answer.next {
            Next::Back(back) => sent_back(&back, &self.languages),
            Next::Flow(text) => see_other(&format!("{}{}/{}", self.base, self.path, text.expose())),
            Next::To(to) if to.starts_with("//") => {
                return Err(Fault::Corrupt(format!("{to} is no path of ours")));
            }
            Next::To(to) if to.starts_with('/') => see_other(&format!("{}{to}", self.base)),
            Next::To(to) => see_other(&to),
            Next::Page(page, dress) => {
                html::asked(&page, html::shape(render(&page, &dress, &self.languages)))
            }
        };
        answer.cookies.iter().try_fold(shape, |shape, cookie| {
            Ok(shape.header("set-cookie", cookies::spell(cookie, self.secure)?))
        })
    }
}

/// Clients begin with a form of theirs, where they like; everything else that is sent to us is
/// sent by a page of ours.
fn is_from_our_page(
    endpoint: Endpoint,
    flow: Option<&str>,
    from_ours: Option<bool>,
) -> Result<(), Refused> {
    let begins = flow.is_none() && matches!(endpoint, Endpoint::Authorize | Endpoint::EndSession);
    if begins || from_ours != Some(false) {
        return Ok(());
    }
    let what = "The form was not sent by a page of this server.";
    Err(OAuthError::new(ErrorCode::AccessDenied, what).into())
}

/// What the client reads, as its product says it.
fn in_words_of(dialect: &Dialect, back: &mut Back, asked: &Asked<'_>) {
    if let Some(refusal) = &back.refusal {
        let (code, description) = (dialect.said)(refusal, asked);
        for (name, value) in &mut back.parameters {
            match *name {
                "error" => *value = Secret::new(code),
                "error_description" => *value = Secret::new(description.as_ref()),
                _ => {}
            }
        }
    }
    back.parameters.extend((dialect.returned)(back, asked));
}

fn sent_back(back: &Back, languages: &[String]) -> Shape {
    let to = back.to.as_str();
    match back.mode {
        ResponseMode::Query => see_other(&location::with_query(to, &back.parameters)),
        ResponseMode::Fragment => see_other(&location::with_fragment(to, &back.parameters)),
        ResponseMode::FormPost => {
            let parameters: Vec<(&str, &str)> =
                back.parameters.iter().map(|(name, value)| (*name, value.expose())).collect();
            let origin = back.to.source().unwrap_or_default();
            html::shape(form_post(to, &parameters, &origin, languages))
        }
    }
}

/// RFC 9700 §4.12: never a status that sends the form on, with the password in it.
fn see_other(to: &str) -> Shape {
    Shape::EMPTY.status(303).header("location", location::visible(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use vidimus_core::{
        authorize::reply::Dress,
        browser::{Cookie, Reach},
        page::{FormToken, Page, UserCode},
        secret::Secret,
    };

    fn place() -> Place<'static> {
        let base = Cow::Borrowed("/t/foo.com");
        Place { base, path: "/oauth2/authorize", secure: true, languages: Vec::new() }
    }

    fn values<'a>(shape: &'a Shape, name: &str) -> Vec<&'a str> {
        let named = shape.headers.iter().filter(|(known, _)| *known == name);
        named.map(|(_, value)| value.as_ref()).collect()
    }

    fn location(next: Next) -> Option<String> {
        let shape = place().answer(Answer { next, cookies: Vec::new() }).ok()?;
        assert_eq!((shape.status, shape.body.len()), (303, 0));
        values(&shape, "location").first().map(|to| (*to).to_owned())
    }

    #[test]
    fn sec_012_a_browser_is_sent_on_without_its_form() {
        let flow = location(Next::Flow(Secret::new("vfl_x")));
        assert_eq!(flow.as_deref(), Some("/t/foo.com/oauth2/authorize/vfl_x"));
        for (to, wanted) in [
            ("/account", Some("/t/foo.com/account")),
            ("https://rp.example/out?state=a", Some("https://rp.example/out?state=a")),
            ("https://rp.example/\r\nX: y", Some("https://rp.example/%0D%0AX:%20y")),
            ("//evil.example", None),
        ] {
            assert_eq!(location(Next::To(to.to_owned())).as_deref(), wanted, "{to}");
        }
    }

    #[test]
    fn every_cookie_is_set() {
        let cookie = |name: &str, value: &str, reach| Cookie {
            name: name.to_owned(),
            value: Secret::new(value),
            max_age_seconds: None,
            reach,
        };
        let cookies = vec![cookie("a", "1", Reach::Ours), cookie("b", "2", Reach::Framed)];
        let next = Next::To("/account".to_owned());
        let shape = place().answer(Answer { next, cookies }).unwrap();
        assert_eq!(
            values(&shape, "set-cookie"),
            [
                "__Host-a=1; Path=/; Secure; HttpOnly; SameSite=Lax",
                "__Host-b=2; Path=/; Secure; SameSite=None"
            ]
        );
        let next = Next::To("/account".to_owned());
        let cookies = vec![cookie("a", "1\r\nX: y", Reach::Ours)];
        assert!(matches!(place().answer(Answer { next, cookies }), Err(Fault::Corrupt(_))));
    }

    #[test]
    fn sec_196_no_site_may_frame_a_page() {
        let csrf = FormToken(Secret::new("x"));
        let page = UserCode { csrf, user_code: String::new(), failure: None };
        let next = Next::Page(Box::new(Page::UserCode(page)), Dress::default());
        let shape = place().answer(Answer { next, cookies: Vec::new() }).unwrap();
        assert_eq!((shape.status, shape.content_type), (200, "text/html; charset=utf-8"));
        assert_eq!(values(&shape, "x-frame-options"), ["DENY"]);
        let policy = values(&shape, "content-security-policy")[0];
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }

    #[test]
    fn sec_194_only_clients_send_forms_from_elsewhere() {
        for (endpoint, flow, is_elsewhere, wanted) in [
            (Endpoint::Authorize, None, Some(false), true),
            (Endpoint::EndSession, None, Some(false), true),
            (Endpoint::Authorize, Some("x"), Some(false), false),
            (Endpoint::EndSession, Some("x"), Some(false), false),
            (Endpoint::DeviceVerification, None, Some(false), false),
            (Endpoint::Authorize, Some("x"), Some(true), true),
            (Endpoint::Authorize, Some("x"), None, true),
        ] {
            let sent = is_from_our_page(endpoint, flow, is_elsewhere);
            assert_eq!(sent.is_ok(), wanted, "{endpoint:?} {flow:?} {is_elsewhere:?}");
        }
    }
}
