//! A request of the log sent again, in a sandbox alone: what was a secret is filled in by hand.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hyper::{
    Request,
    body::Bytes,
    header,
    http::{HeaderName, HeaderValue, request::Parts},
};
use serde_json::{Map, json};
use vidimus_console::operator::{Replay, encoded, replay};
use vidimus_core::{
    engine::Store,
    errand::Errands,
    error::{ErrorCode, OAuthError},
    form::Form,
};
use vidimus_dialect::{DIALECTS, Shape};

use super::{
    Console,
    requests::gone,
    visit::{Visit, page},
};
use crate::{
    body::Body,
    exchange::Exchange,
    failure::Failure,
    request_log::{Entry, Pair, Redacted},
    routes,
};

/// What belongs to the connection it came on, or to its body as it was.
const LEFT_OUT: [&str; 6] =
    ["connection", "content-length", "cookie", "expect", "host", "transfer-encoding"];
const AUTHORIZATION: &str = "authorization";
const ANSWER_CHARS_MAX: usize = 16 * 1024;

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn replay(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        if !visit.in_sandbox {
            let what = "Requests are sent again in a sandbox alone.";
            return Err(OAuthError::new(ErrorCode::NotFound, what).into());
        }
        let entry = self.requests.one(&visit.found.id).ok_or_else(gone)?;
        let targets = routes::find(&DIALECTS, &entry.path);
        if targets.is_empty() || entry.path.contains('…') {
            let what = "Only requests to the endpoints of the protocol can be sent again.";
            return Err(OAuthError::invalid_request(what).into());
        }
        let answer = if visit.is_post {
            let (parts, body) = rebuilt(&entry, &visit.form)?;
            let mut again = Exchange::new(exchange.id, exchange.peer);
            again.label = targets.first().map_or(again.label, |first| first.route.endpoint.into());
            let response = self.endpoint(&targets, &parts, Body::Whole(body), &mut again).await;
            let took = again.started.elapsed();
            let status = response.status().as_u16();
            let text = match response.body() {
                Body::Whole(bytes) => String::from_utf8_lossy(bytes).into_owned(),
                Body::Added(_) => String::new(),
            };
            self.requests.add(Entry::of(&parts, &response, again, self.now(), took));
            Some((status, text.chars().take(ANSWER_CHARS_MAX).collect()))
        } else {
            None
        };
        let path = format!("/console/requests/{}", encoded(&entry.request_id));
        let shown = Replay {
            title: format!("{} {}", entry.method, entry.path),
            fields: fields(&entry, visit.is_post.then_some(&visit.form)),
            to: format!("{path}/replay"),
            back: path,
            answer,
        };
        Ok(page(replay(&visit.shell("requests"), &shown)))
    }
}

fn header_of<'a>(entry: &'a Entry, name: &str) -> Option<&'a Redacted> {
    entry.request.headers.iter().find(|pair| pair.name == name).map(|pair| &pair.value)
}

/// Name, label, value, and whether it was a secret.
fn fields(entry: &Entry, typed: Option<&Form>) -> Vec<(String, String, String, bool)> {
    let value = |name: &str, shown: &Redacted| match (typed, shown) {
        (Some(form), _) => form.get(name).unwrap_or_default().to_owned(),
        (None, Redacted::Shown(text)) => text.clone(),
        (None, _) => String::new(),
    };
    let mut fields = Vec::new();
    if let Some(shown) = header_of(entry, AUTHORIZATION) {
        let label = match shown {
            Redacted::Basic { id, .. } => format!("Secret of {id} (Basic)"),
            Redacted::Credentials { scheme, .. } => format!("Token ({scheme})"),
            _ => "Authorization".to_owned(),
        };
        fields.push((AUTHORIZATION.to_owned(), label, value(AUTHORIZATION, shown), true));
    }
    for (at, Pair { name, value: shown }) in entry.request.parameters.iter().enumerate() {
        let field = format!("parameter.{at}");
        let hidden = !matches!(shown, Redacted::Shown(_));
        let value = value(&field, shown);
        fields.push((field, name.clone(), value, hidden));
    }
    fields
}

fn rebuilt(entry: &Entry, form: &Form) -> Result<(Parts, Bytes), OAuthError> {
    let bad = |_| OAuthError::invalid_request("The request cannot be sent again as it is.");
    let parameters: Vec<(&str, &str)> = entry
        .request
        .parameters
        .iter()
        .enumerate()
        .map(|(at, pair)| {
            let typed = form.get(&format!("parameter.{at}")).unwrap_or_default();
            (pair.name.as_str(), typed)
        })
        .collect();
    let encoded: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
        .collect();
    let encoded = encoded.join("&");
    let in_query = ["GET", "HEAD"].contains(&entry.method.as_str());
    let is_json = matches!(header_of(entry, "content-type"),
        Some(Redacted::Shown(text)) if text.starts_with("application/json"));
    let target = match in_query && !encoded.is_empty() {
        true => format!("{}?{encoded}", entry.path),
        false => entry.path.clone(),
    };
    let mut request =
        Request::builder().method(entry.method.as_str()).uri(target).body(()).map_err(bad)?;
    let headers = request.headers_mut();
    for Pair { name, value } in &entry.request.headers {
        let name = HeaderName::try_from(name.as_str());
        if let (Ok(name), Redacted::Shown(text)) = (name, value)
            && !LEFT_OUT.contains(&name.as_str())
            && let Ok(value) = HeaderValue::try_from(text.as_str())
        {
            headers.append(name, value);
        }
    }
    headers.insert(header::HOST, HeaderValue::from_static("localhost"));
    let typed = form.get(AUTHORIZATION).unwrap_or_default();
    let authorization = match header_of(entry, AUTHORIZATION) {
        Some(Redacted::Basic { id, .. }) => {
            Some(format!("Basic {}", STANDARD.encode(format!("{id}:{typed}"))))
        }
        Some(Redacted::Credentials { scheme, .. }) => Some(format!("{scheme} {typed}")),
        Some(_) => Some(typed.to_owned()),
        None => None,
    };
    if let Some(Ok(value)) = authorization.map(HeaderValue::try_from) {
        headers.insert(header::AUTHORIZATION, value);
    }
    let body = match (in_query, is_json) {
        (true, _) => String::new(),
        (false, false) => encoded,
        (false, true) => {
            let members = parameters.iter().map(|(name, text)| {
                // As it was typed, where that is JSON.
                let value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
                ((*name).to_owned(), value)
            });
            json!(members.collect::<Map<_, _>>()).to_string()
        }
    };
    let (parts, ()) = request.into_parts();
    Ok((parts, Bytes::from(body)))
}
