//! The suite's own site: documents that the server fetches, and what the server posts to it.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use vidimus_e2e::http::form_decode;

use crate::tls;

/// What is posted comes as soon as the outbox is looked at.
const POSTED_SECONDS_MAX: u64 = 30;

pub struct Site {
    /// Up to where the paths of its tests begin.
    pub base: String,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Default)]
struct State {
    documents: BTreeMap<String, (String, String)>,
    posted: Vec<Posted>,
}

#[derive(Clone, Debug)]
pub struct Posted {
    pub path: String,
    pub content_type: String,
    pub form: Vec<(String, String)>,
}

impl Site {
    pub fn start(folder: &Path, host: &str) -> Self {
        let listener = TcpListener::bind((host, 0)).expect("listens");
        let port = listener.local_addr().expect("an address").port();
        let config = tls::server(folder);
        let shared = Arc::new(Shared::default());
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let (config, shared) = (Arc::clone(&config), Arc::clone(&serving));
                std::thread::spawn(move || {
                    tls::answer(&config, socket, |head, body| shared.respond(head, body));
                });
            }
        });
        Self { base: format!("https://{host}:{port}/test/a/vidimus"), shared }
    }

    /// Serves a document from now on, and says where.
    pub fn serve(&self, name: &str, content_type: &str, text: &str) -> String {
        let url = format!("{}/{name}", self.base);
        let at = url.splitn(4, '/').nth(3).expect("a path");
        let document = (content_type.to_owned(), text.to_owned());
        self.shared.lock().documents.insert(format!("/{at}"), document);
        url
    }

    /// The first that is posted there and fits.
    ///
    /// # Panics
    /// If none comes in time.
    pub fn posted(&self, name: &str, fits: impl Fn(&Posted) -> bool) -> Posted {
        let ends = |posted: &&Posted| posted.path.ends_with(name) && fits(posted);
        let limit = Duration::from_secs(POSTED_SECONDS_MAX);
        let state = self.shared.lock();
        let waited = self.shared.arrived.wait_timeout_while(state, limit, |state| {
            !state.posted.iter().any(|posted| ends(&posted))
        });
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let found = state.posted.iter().find(ends).cloned();
        found.unwrap_or_else(|| panic!("nothing was posted to {name}: {:?}", state.posted))
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn respond(&self, head: &str, body: &str) -> String {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut state = self.lock();
        if method == "POST" {
            let line =
                head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-type:"));
            let content_type = line.and_then(|line| line.split_once(':'));
            let content_type = content_type.map_or("", |(_, value)| value.trim()).to_owned();
            let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
            let form = pairs.map(|(name, value)| (form_decode(name), form_decode(value)));
            let (path, form) = (path.to_owned(), form.collect());
            state.posted.push(Posted { path, content_type, form });
            self.arrived.notify_all();
            return answer("200 OK", "text/plain", "");
        }
        match state.documents.get(path) {
            Some((content_type, text)) => answer("200 OK", content_type, text),
            None => answer("404 Not Found", "text/plain", path),
        }
    }
}

fn answer(status: &str, content_type: &str, text: &str) -> String {
    let length = text.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{text}"
    )
}
