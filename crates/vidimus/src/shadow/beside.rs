//! What happens beside the client's answer: the new server is asked, and both answers are compared. Requests
//! about one token, and those that came of it, keep their order; whatever does not fit is dropped and counted.

use std::sync::Arc;

use axum::http::{HeaderValue, StatusCode, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinHandle,
};
use vidimus_core::secret::Secret;
use zeroize::Zeroizing;

use crate::{
    outbound::pass_on::{Answered, Asking, Elsewhere},
    shadow::{
        compare::{Rules, compare},
        form::{self, Kind, Parameters},
        pairs::{Pair, Pairs},
        tally::Tally,
        told::Teller,
        twice::Again,
    },
};

const LINES: usize = 8;
const WAITING_MAX: usize = 256;
const WAITING_KIB_MAX: usize = 32 * 1024;
/// Parameters whose text is no secret.
const PLAIN: [&str; 8] = [
    "grant_type",
    "client_id",
    "scope",
    "token_type_hint",
    "response_type",
    "format",
    "resource",
    "audience",
];
const TOKENS: [&str; 4] = ["access_token", "refresh_token", "id_token", "token"];

/// A request that the old server has answered.
pub struct Job {
    pub again: Again,
    /// As it came, to the path that the endpoint has at the new server.
    pub request: Asking,
    pub old: Answered,
    /// Of the parameters that hold a token which came by here.
    pub given: Vec<(&'static str, Arc<Pair>)>,
    pub bearer: Option<Arc<Pair>>,
    /// Members of the old answer that wait for their twins.
    pub issued: Vec<(&'static str, Arc<Pair>)>,
    pub lineage: u64,
    pub mark: String,
}

struct Waiting {
    job: Job,
    _room: OwnedSemaphorePermit,
}

/// The way in; closed when it is dropped.
pub struct Queue {
    lines: Vec<mpsc::Sender<Waiting>>,
    room: Arc<Semaphore>,
    tally: Arc<Tally>,
}

pub struct Beside {
    pub new: Elsewhere,
    pub pairs: Arc<Pairs>,
    pub rules: Rules,
    pub tally: Arc<Tally>,
}

impl Queue {
    /// And those who work it off.
    pub fn to(beside: Beside) -> (Self, Vec<JoinHandle<()>>) {
        let beside = Arc::new(beside);
        let (lines, receivers): (Vec<_>, Vec<_>) =
            (0..LINES).map(|_| mpsc::channel(WAITING_MAX)).unzip();
        let workers = receivers.into_iter().map(|mut line: mpsc::Receiver<Waiting>| {
            let beside = Arc::clone(&beside);
            tokio::spawn(async move {
                while let Some(waiting) = line.recv().await {
                    beside.work(waiting.job).await;
                }
            })
        });
        let workers = workers.collect();
        let room = Arc::new(Semaphore::new(WAITING_KIB_MAX));
        (Self { lines, room, tally: Arc::clone(&beside.tally) }, workers)
    }

    /// Never waits.
    pub fn offer(&self, job: Job) {
        let kib = (job.request.body.len() + job.old.body.len()).div_ceil(1024) + 1;
        let kib = u32::try_from(kib).unwrap_or(u32::MAX);
        let taken = Arc::clone(&self.room).try_acquire_many_owned(kib).ok().and_then(|room| {
            let at = usize::try_from(job.lineage % LINES as u64).unwrap_or(0);
            self.lines.get(at)?.try_send(Waiting { job, _room: room }).ok()
        });
        if taken.is_none() {
            self.tally.dropped();
        }
    }
}

impl Beside {
    async fn work(&self, job: Job) {
        let Some((asking, is_paired)) = asking(&job) else {
            return self.tally.not_asked("not_paired");
        };
        let new = match self.new.ask(asking).await {
            Ok(new) if !is_turned_away(new.status) => new,
            _ => return self.tally.new_failed(),
        };
        for (member, pair) in &job.issued {
            let Some(twin) = member_of(&new, member).map(Secret::new) else { continue };
            if *member == "refresh_token" { pair.follow(twin) } else { pair.meet(twin) }
        }
        let is_introspection = job.again.endpoint == "introspect";
        let is_alike = new.status == job.old.status;
        let is_known = is_paired || is_active(&new) || !is_active(&job.old);
        if is_introspection && is_alike && !is_known {
            return self.tally.unknown_to_new();
        }
        let found = compare(&job.old, &new, &self.rules);
        let secrets = secrets(&job, &new);
        let secrets = secrets.iter().map(|secret| secret.as_str()).collect();
        let teller = Teller { pairs: &self.pairs, secrets };
        self.tally.compared(job.again.endpoint, &found, &job.mark, &teller);
    }
}

/// It says nothing of what it would have answered.
fn is_turned_away(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// With the twins in their places, and whether all of them were there; `None` where it is not to be sent
/// without.
fn asking(job: &Job) -> Option<(Asking, bool)> {
    let mut asking = job.request.clone();
    // Of the old server's own pages.
    asking.headers.remove(header::COOKIE);
    let parameters = Parameters::of(&asking.target, &asking.headers, &asking.body);
    let mut is_paired = true;
    for name in &job.again.twins {
        if parameters.get(name).is_none() {
            continue;
        }
        let pair = job.given.iter().find(|(known, _)| known == name);
        match pair.and_then(|(_, pair)| pair.twin()) {
            Some(twin) => put(&mut asking, parameters.kind, name, &twin)?,
            None => is_paired = false,
        }
    }
    if job.again.bearer {
        match job.bearer.as_ref().and_then(|pair| pair.twin()) {
            Some(twin) => {
                let value = HeaderValue::from_str(&format!("Bearer {}", twin.expose())).ok()?;
                asking.headers.insert(header::AUTHORIZATION, value);
            }
            None => is_paired = false,
        }
    }
    (is_paired || !job.again.only_paired).then_some((asking, is_paired))
}

fn put(asking: &mut Asking, kind: Kind, name: &str, twin: &Secret) -> Option<()> {
    let twin = twin.expose();
    if let Some((path, query)) = asking.target.split_once('?') {
        asking.target = format!("{path}?{}", form::replace(query, name, twin));
    }
    match kind {
        Kind::Form => {
            let body = std::str::from_utf8(&asking.body).ok()?;
            asking.body = form::replace(body, name, twin).into();
        }
        Kind::Json => asking.body = form::replace_member(&asking.body, name, twin),
        Kind::Empty | Kind::Other => {}
    }
    Some(())
}

pub fn member_of(answer: &Answered, name: &str) -> Option<String> {
    if form::media_type(&answer.headers) == "application/x-www-form-urlencoded" {
        let pairs = form::parse(std::str::from_utf8(&answer.body).ok()?);
        return pairs
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, text)| text.to_string());
    }
    let body: Value = serde_json::from_slice(&answer.body).ok()?;
    body.get(name)?.as_str().map(str::to_owned)
}

fn is_active(answer: &Answered) -> bool {
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    body.is_some_and(|body| body.get("active") == Some(&Value::Bool(true)))
}

/// Whatever an answer might repeat.
fn secrets(job: &Job, new: &Answered) -> Vec<Zeroizing<String>> {
    let request = &job.request;
    let parameters = Parameters::of(&request.target, &request.headers, &request.body);
    let sent = parameters.all().filter(|(name, _)| !PLAIN.contains(name));
    let mut all: Vec<Zeroizing<String>> =
        sent.map(|(_, value)| Zeroizing::new(value.to_owned())).collect();
    for headers in [&request.headers, &job.old.headers] {
        let values = headers.get_all(header::AUTHORIZATION).iter();
        for credentials in values.filter_map(|value| value.to_str().ok()?.split_once(' ')) {
            all.push(Zeroizing::new(credentials.1.trim().to_owned()));
            let plain = STANDARD.decode(credentials.1.trim()).ok();
            let plain = plain.and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some((_, secret)) = plain.as_deref().and_then(|plain| plain.split_once(':')) {
                all.push(Zeroizing::new(secret.to_owned()));
            }
        }
    }
    let answers = [&job.old, new].into_iter();
    let issued =
        answers.flat_map(|answer| TOKENS.iter().filter_map(|name| member_of(answer, name)));
    all.extend(issued.map(Zeroizing::new));
    let twins = job.given.iter().map(|(_, pair)| pair).chain(&job.bearer);
    all.extend(twins.filter_map(|pair| Some(Zeroizing::new(pair.twin()?.expose().to_owned()))));
    all
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Method};

    use super::*;

    fn job(target: &str, body: &str, twins: Vec<&'static str>, only_paired: bool) -> Job {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        let headers = HeaderMap::from_iter([
            (header::CONTENT_TYPE, kind),
            (header::COOKIE, HeaderValue::from_static("session=x")),
            (header::AUTHORIZATION, HeaderValue::from_static("Basic YTpwYXNz")),
        ]);
        Job {
            again: Again { endpoint: "x", twins, bearer: false, only_paired, issues: false },
            request: Asking {
                method: Method::POST,
                target: target.to_owned(),
                headers: headers.clone(),
                body: body.to_owned().into(),
            },
            old: Answered { status: StatusCode::OK, headers, body: "{}".into() },
            given: Vec::new(),
            bearer: None,
            issued: Vec::new(),
            lineage: 0,
            mark: String::new(),
        }
    }

    #[test]
    fn the_new_server_is_shown_its_own_token() {
        let pairs = Pairs::new().unwrap();
        let mut job = job("/x?token=old", "scope=a b&token=old", vec!["token"], false);
        let (unpaired, is_paired) = asking(&job).unwrap();
        assert_eq!((unpaired.body, is_paired), ("scope=a b&token=old".into(), false));
        let pair = pairs.expect("old", 0);
        job.given.push(("token", Arc::clone(&pair)));
        pair.meet(Secret::new("new"));
        let (paired, is_paired) = asking(&job).unwrap();
        assert!(is_paired);
        assert_eq!(
            (paired.target.as_str(), paired.body),
            ("/x?token=new", "scope=a b&token=new".into())
        );
        assert!(!paired.headers.contains_key(header::COOKIE));
    }

    #[test]
    fn a_refresh_token_without_its_twin_is_not_sent() {
        assert!(asking(&job("/x", "refresh_token=old", vec!["refresh_token"], true)).is_none());
        assert!(asking(&job("/x", "a=b", vec!["token"], true)).is_some());
    }

    #[test]
    fn all_that_was_secret_is_known_as_such() {
        let job = job("/x", "client_id=shown&password=hidden", Vec::new(), false);
        let new = Answered {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: r#"{"access_token":"fresh"}"#.into(),
        };
        let secrets = secrets(&job, &new);
        let secrets: Vec<&str> = secrets.iter().map(|secret| secret.as_str()).collect();
        for secret in ["hidden", "pass", "fresh"] {
            assert!(secrets.contains(&secret), "{secret}");
        }
        assert!(!secrets.contains(&"shown"));
    }
}
