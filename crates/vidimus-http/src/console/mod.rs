//! The console under `/console`: one way in, [`App::console`], which asks who it is and whether that one
//! may before any page is looked at. One more caller of the operations that the admin API calls.

mod assertions;
mod audit;
mod bulk;
mod change;
mod declaration;
mod enter;
mod failure;
pub mod history;
mod inspect;
mod keys;
mod objects;
mod overview;
mod replay;
mod requests;
mod routes;
mod sessions;
mod tenants;
mod told;
mod visit;

use std::ops::Deref;

use hyper::{Method, Response, body::Bytes, header, http::request::Parts};
use vidimus_console::operator::Shell;
use vidimus_core::{
    admin::operator::OperatorCheck, engine::Store, errand::Errands, form::Form,
    limits::OBJECT_BYTES_MAX,
};
use vidimus_dialect::Shape;

use self::{
    failure::{denied, failed},
    routes::{Access, Action, Found},
    visit::Visit,
};
use crate::{
    app::App,
    body::{self, Body},
    browser, events,
    exchange::Exchange,
    failure::Failure,
    headers::Cache,
    request::is_of_type,
};

pub const FOLDER: &str = "/console";
const FORM: &str = "application/x-www-form-urlencoded";

/// What answers operators. Apart from [`App`], so that its steps have names of their own.
struct Console<'a, S, E> {
    app: &'a App<S, E>,
}

impl<S, E> Deref for Console<'_, S, E> {
    type Target = App<S, E>;

    fn deref(&self) -> &App<S, E> {
        self.app
    }
}

/// Whether a path is one of the console's.
pub fn owns(path: &str) -> bool {
    path.strip_prefix(FOLDER).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl<S: Store, E: Errands> App<S, E> {
    pub async fn console<B>(
        &self,
        parts: &Parts,
        body: B,
        exchange: &mut Exchange,
    ) -> Response<Body>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        let mut shell = None;
        let console = Console { app: self };
        let answered = console.visited(parts, body, &mut shell, exchange).await;
        let mut closes = false;
        let shape = match answered {
            Ok(shape) => shape,
            Err(failure) => {
                match &failure {
                    Failure::Refused(refused) => {
                        closes = refused.close;
                        events::refused(&refused.error, None, exchange);
                    }
                    Failure::Fault(fault) => self.tell(fault, exchange),
                }
                failed(shell.as_ref(), &failure, exchange)
            }
        };
        // Nothing of the console opens a window of another site, and none opens it.
        let shape = shape.header("cross-origin-opener-policy", "same-origin");
        let mut response = self.shaped(Cache::Nobody, shape);
        if closes {
            let close = header::HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        response
    }
}

impl<S: Store, E: Errands> Console<'_, S, E> {
    /// `shell` is filled in as soon as it is known who asks.
    async fn visited<B>(
        &self,
        parts: &Parts,
        body: B,
        shell: &mut Option<Shell>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        let found = routes::find(&parts.method, parts.uri.path());
        let is_post = parts.method == Method::POST;
        let form = self.console_form(parts, body).await?;
        let query = Form::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
        let browser = || browser::of(parts, exchange.peer.address, &self.engine.public_url);
        if let Ok(Found { route, id, .. }) = &found
            && route.access == Access::Public
        {
            let browser = browser();
            return match route.action {
                Action::Welcome => self.welcome(id, form, browser, is_post, exchange).await,
                _ => self.sign_in(query, form, browser, is_post, exchange).await,
            };
        }
        let looks_by_itself =
            found.as_ref().is_ok_and(|found| found.route.action == Action::NewRequests);
        let check = OperatorCheck { browser: browser(), is_use: !looks_by_itself };
        let operator = self.run(&check, &self.default_tenant, exchange).await?;
        let Some(operator) = operator else {
            return self.stranger(parts, check.browser, exchange).await;
        };
        let (found, missing) = match found {
            Ok(found) => (found, None),
            Err(failure) => (Found::nowhere(), Some(failure)),
        };
        let in_sandbox = self.sandbox.is_some();
        let now = self.now().seconds();
        let visit = Visit { operator, found, parts, query, form, is_post, now, in_sandbox };
        *shell = Some(visit.shell(""));
        if let Some(failure) = missing {
            return Err(failure);
        }
        if is_post {
            visit.operator.sent(&visit.form)?;
        }
        if let Access::Of(role) = visit.found.route.access
            && visit.operator.role < role
        {
            return Err(denied("Only an administrator may do this.").into());
        }
        Box::pin(self.act_on(&visit, exchange)).await
    }

    /// Of a POST that a page of ours sent; empty for whatever else.
    async fn console_form<B>(&self, parts: &Parts, body: B) -> Result<Form, Failure>
    where
        B: hyper::body::Body<Data = Bytes>,
    {
        if parts.method != Method::POST {
            return Ok(Form::default());
        }
        if browser::from_ours(parts, &self.engine.public_url) == Some(false) {
            return Err(denied("The form was not sent by a page of this server.").into());
        }
        is_of_type(&parts.headers, FORM).map_err(|_| denied("That is not what a form sends."))?;
        let bytes = body::read(body, OBJECT_BYTES_MAX, self.body_deadline).await?;
        Ok(Form::parse(&bytes)?)
    }

    async fn act_on(&self, visit: &Visit<'_>, exchange: &mut Exchange) -> Result<Shape, Failure> {
        match visit.found.route.action {
            Action::SignIn | Action::Welcome | Action::SignOut => {
                self.sign_out(visit, exchange).await
            }
            Action::Overview => Ok(self.overview(visit)),
            Action::Tenants => self.tenants(visit).await,
            Action::List => self.objects(visit).await,
            Action::Show => self.object(visit, exchange).await,
            Action::New | Action::NewTenant => self.new_object(visit, exchange).await,
            Action::Edit => self.edit(visit, exchange).await,
            Action::Delete => self.delete(visit, exchange).await,
            Action::Act => self.act_on_object(visit, exchange).await,
            Action::Bulk => self.bulk(visit, exchange).await,
            Action::Keys => self.signing_keys(visit, exchange).await,
            Action::RotateKey => self.rotate_key(visit, exchange).await,
            Action::Sessions => self.user_sessions(visit, exchange).await,
            Action::EndSession => self.end_user_session(visit, exchange).await,
            Action::Requests => self.live_requests(visit),
            Action::NewRequests => self.new_requests(visit),
            Action::Request => self.one_request(visit),
            Action::Replay => self.replay(visit, exchange).await,
            Action::Tokens => self.tokens_of(visit, exchange).await,
            Action::RevokeFamily => self.revoke_family(visit, exchange).await,
            Action::Audit => self.audit_trail(visit).await,
            Action::Assertions => self.assertions(visit, exchange).await,
            Action::Inspect => self.inspect(visit, exchange).await,
            Action::Revoke => self.revoke_inspected(visit, exchange).await,
        }
    }
}
