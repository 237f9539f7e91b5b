//! What clients meet: the old server's answer and nothing else. Whether a request can be asked again is
//! decided beforehand, that it is afterwards, and the client waits for neither.

use std::{collections::HashMap, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    http::{
        HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode,
        header::{ACCEPT_ENCODING, CONTENT_TYPE, HOST},
    },
};
use hyper::body::Incoming;
use serde_json::json;
use tokio::time::timeout;

use crate::{
    outbound::pass_on::{Answered, Asking, Elsewhere, Unanswered},
    shadow::{
        beside::{Job, Queue, member_of},
        form::Parameters,
        pairs::Pairs,
        tally::Tally,
        twice::{self, Again},
    },
};

const REQUEST_BYTES_MAX: usize = 8 * 1024 * 1024;
const BODY_SECONDS_MAX: Duration = Duration::from_secs(30);
/// Of a request and its answer that are compared.
const COMPARED_BYTES_MAX: usize = 512 * 1024;
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

pub struct Front {
    pub old: Elsewhere,
    pub paths: HashMap<String, String>,
    pub pairs: Arc<Pairs>,
    pub tally: Arc<Tally>,
    pub queue: Queue,
}

impl Front {
    pub async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Response<Body> {
        self.tally.request();
        let (parts, body) = request.into_parts();
        let body =
            match timeout(BODY_SECONDS_MAX, to_bytes(Body::new(body), REQUEST_BYTES_MAX)).await {
                Ok(Ok(body)) => body,
                Ok(Err(_)) => return refuse(StatusCode::PAYLOAD_TOO_LARGE, "invalid_request"),
                Err(_) => return refuse(StatusCode::REQUEST_TIMEOUT, "invalid_request"),
            };
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
        if parts.headers.get_all(HOST).iter().count() > 1 {
            return refuse(StatusCode::BAD_REQUEST, "invalid_request");
        }
        let headers = forwarded(parts.headers, peer);
        let asking = Asking { method: parts.method, target, headers, body };
        let plan = self.plan(&asking);
        match self.old.ask(asking.clone()).await {
            Ok(answered) => {
                match plan {
                    Ok(again) => self.compare_later(again, asking, &answered),
                    Err(why) => self.tally.not_asked(why),
                }
                passed_back(answered)
            }
            Err(Unanswered::Target) => refuse(StatusCode::BAD_REQUEST, "invalid_request"),
            Err(unanswered) => {
                self.tally.old_failed();
                tracing::warn!(?unanswered, "the old server did not answer");
                refuse(StatusCode::BAD_GATEWAY, "temporarily_unavailable")
            }
        }
    }

    fn plan(&self, asking: &Asking) -> Result<Again, &'static str> {
        let parameters = Parameters::of(&asking.target, &asking.headers, &asking.body);
        let path = self.path_at_new(&asking.target);
        twice::again(path, &asking.method, &asking.headers, &parameters)
    }

    fn path_at_new<'a>(&'a self, target: &'a str) -> &'a str {
        let path = target.split('?').next().unwrap_or_default();
        self.paths.get(path).map_or(path, String::as_str)
    }

    /// Before the client has the answer: whatever it asks next about a token of it comes after.
    fn compare_later(&self, again: Again, mut request: Asking, old: &Answered) {
        let status = old.status;
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return self.tally.not_asked("old_failed");
        }
        if request.body.len() + old.body.len() > COMPARED_BYTES_MAX {
            return self.tally.not_asked("too_large");
        }
        let parameters = Parameters::of(&request.target, &request.headers, &request.body);
        let texts = again.twins.iter().filter_map(|name| Some((*name, parameters.get(name)?)));
        let texts: Vec<(&'static str, &str)> = texts.collect();
        let bearer_text = twice::bearer(&request.headers).filter(|_| again.bearer);
        let given: Vec<_> =
            texts.iter().filter_map(|(name, text)| Some((*name, self.pairs.find(text)?))).collect();
        let bearer = bearer_text.and_then(|text| self.pairs.find(text));
        if again.only_paired && (given.len() < texts.len() || (again.bearer && bearer.is_none())) {
            return self.tally.not_asked("not_paired");
        }
        let issues = again.issues && status == StatusCode::OK;
        let tokens = ["access_token", "refresh_token"].iter().filter(|_| issues);
        let tokens: Vec<(&'static str, String)> =
            tokens.filter_map(|name| Some((*name, member_of(old, name)?))).collect();
        let known = given.first().map(|(_, pair)| pair).or(bearer.as_ref());
        let first = texts.first().map(|(_, text)| *text).or(bearer_text);
        let first = first.or(tokens.first().map(|(_, text)| text.as_str()));
        let first = first.unwrap_or(&request.target);
        let lineage = known.map_or_else(|| self.pairs.lineage_of(first), |pair| pair.lineage);
        let mark = self.pairs.mark(first);
        let issued =
            tokens.iter().map(|(name, text)| (*name, self.pairs.expect(text, lineage))).collect();
        request.target = match request.target.split_once('?') {
            Some((_, query)) => format!("{}?{query}", self.path_at_new(&request.target)),
            None => self.path_at_new(&request.target).to_owned(),
        };
        let old = old.clone();
        self.queue.offer(Job { again, request, old, given, bearer, issued, lineage, mark });
    }
}

/// Who asked, for limits and logs of the old server; and no compression, so that answers can be read.
fn forwarded(mut headers: HeaderMap, peer: IpAddr) -> HeaderMap {
    headers.remove(ACCEPT_ENCODING);
    let before = headers.get(FORWARDED_FOR).and_then(|value| value.to_str().ok());
    let chain = before.map_or_else(|| peer.to_string(), |before| format!("{before}, {peer}"));
    if let Ok(value) = HeaderValue::from_str(&chain) {
        headers.insert(FORWARDED_FOR, value);
    }
    if let Some(host) = headers.get(HOST).cloned() {
        headers.entry(FORWARDED_HOST).or_insert(host);
    }
    headers
}

fn passed_back(answered: Answered) -> Response<Body> {
    let mut response = Response::new(Body::from(answered.body));
    *response.status_mut() = answered.status;
    *response.headers_mut() = answered.headers;
    response
}

fn refuse(status: StatusCode, error: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(json!({"error": error}).to_string()));
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
