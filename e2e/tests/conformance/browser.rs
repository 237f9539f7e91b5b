//! The suite's browser: it visits an address and does what the configuration says for it, task by
//! task. What it brings to the suite's own site is caught.

use serde_json::Value;
use vidimus_e2e::http::{Request, form_decode};
use vidimus_e2e::visitor::Visitor;

use crate::page::Page;
use crate::stage::{Stage, media_type};

const STEPS_MAX: usize = 8;

/// With cookies of its own, for one test of the suite.
pub struct Browser<'a> {
    stage: &'a Stage,
    test: &'static str,
    jar: Visitor,
    page: Page,
    /// Pages that were kept for somebody to look at.
    pub pictures: Vec<Page>,
    pub frames: Vec<String>,
    landed: Option<Landed>,
}

/// What came to the suite's site.
#[derive(Clone, Debug)]
pub struct Landed {
    pub url: String,
    /// `None`: by a redirect.
    pub form: Option<Vec<(String, String)>>,
}

impl<'a> Browser<'a> {
    /// `test`: its name in the suite.
    pub fn new(stage: &'a Stage, test: &'static str) -> Self {
        Self {
            stage,
            test,
            jar: Visitor::default(),
            page: Page::default(),
            pictures: Vec::new(),
            frames: Vec::new(),
            landed: None,
        }
    }

    pub fn cookies(&self) -> &std::collections::BTreeMap<String, String> {
        self.jar.cookies()
    }

    /// Where it came to on the suite's site.
    #[track_caller]
    pub fn visit(&mut self, url: &str) -> Landed {
        self.go(url, false);
        self.landed.clone().unwrap_or_else(|| panic!("{}: {}", self.page.url, self.page.html))
    }

    /// The query as the body of a POST.
    #[track_caller]
    pub fn post(&mut self, url: &str) -> Landed {
        self.go(url, true);
        self.landed.clone().unwrap_or_else(|| panic!("{}: {}", self.page.url, self.page.html))
    }

    /// What it ends with is a page that somebody is to look at.
    #[track_caller]
    pub fn look(&mut self, url: &str) -> Page {
        self.go(url, false);
        assert!(self.landed.is_none(), "{:?}", self.landed);
        assert_eq!(self.pictures.len(), 1, "one page is kept");
        self.pictures.pop().expect("a page")
    }

    #[track_caller]
    fn go(&mut self, url: &str, is_post: bool) {
        self.landed = None;
        let entry = self.entry(url);
        if is_post {
            let (path, query) = url.split_once('?').expect("a query");
            let request = Request::post(&self.stage.at(path))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Origin", "https://suite.example:8443")
                .body(query);
            self.load(path, request);
        } else {
            self.load(url, Request::get(&self.stage.at(url)));
        }
        for task in entry["tasks"].as_array().expect("tasks") {
            self.perform(task);
        }
    }

    fn entry(&self, url: &str) -> Value {
        let overridden = &self.stage.configuration["override"][self.test]["browser"];
        let usual = &self.stage.configuration["browser"];
        let entries = overridden.as_array().or(usual.as_array()).expect("entries");
        let entry = entries.iter().find(|entry| fits(&entry["match"], url));
        entry.unwrap_or_else(|| panic!("{}: nothing is said of {url}", self.test)).clone()
    }

    #[track_caller]
    fn perform(&mut self, task: &Value) {
        let place = match &self.landed {
            Some(landed) => landed.url.clone(),
            None => self.page.url.clone(),
        };
        if !fits(&task["match"], &place) {
            let html = &self.page.html;
            assert_eq!(task["optional"], true, "{}: {task} at {place}: {html}", self.test);
            return;
        }
        for command in task["commands"].as_array().into_iter().flatten() {
            let words: Vec<&str> = command
                .as_array()
                .expect("a command")
                .iter()
                .map(|word| word.as_str().unwrap_or_default())
                .collect();
            self.command(&words);
        }
    }

    #[track_caller]
    fn command(&mut self, words: &[&str]) {
        let is_optional = words.last() == Some(&"optional");
        match *words {
            ["text", "id", id, text, ..] if self.page.has(id) => self.page.type_into(id, text),
            ["click", "id", id, ..] if self.page.has(id) => self.click(id),
            ["text" | "click", ..] => assert!(is_optional, "{words:?}: {}", self.page.html),
            // The suite's own page says so by itself.
            ["wait", "id", "submission_complete", ..] => assert!(self.landed.is_some()),
            ["wait", "contains", part, ..] => {
                let landed = self.landed.as_ref().expect("it goes on");
                assert!(landed.url.contains(part), "{landed:?}");
            }
            ["wait", kind, what, _, wanted, ref more @ ..] => {
                let text = if kind == "id" { self.page.text(what) } else { self.page.heading() };
                let text = text.unwrap_or_else(|| panic!("{what}: {}", self.page.html));
                assert!(wanted == ".*" || text.contains(wanted), "{text}");
                if !more.is_empty() {
                    self.pictures.push(self.page.clone());
                }
            }
            _ => panic!("{words:?} is no command"),
        }
    }

    fn click(&mut self, id: &str) {
        let sent = self.page.click(id);
        let url = self.page.url.clone();
        let bare = url.split('?').next().expect("an address").to_owned();
        let url = match sent.action.as_deref() {
            None => url,
            Some("?") => bare,
            Some(other) => panic!("a form of {url} goes to {other}"),
        };
        let fields: Vec<(&str, &str)> =
            sent.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = Request::post(&self.stage.at(&url)).form(&fields);
        self.load(&url, request.header("Origin", &self.stage.issuer));
    }

    /// Follows what leads on, as far as it leads.
    fn load(&mut self, url: &str, request: Request) {
        let (mut url, mut request) = (url.to_owned(), request);
        for _ in 0..STEPS_MAX {
            let answer = self.stage.exchange(&self.jar.carry(request));
            self.jar.take(&answer);
            let to = match answer.status {
                302 | 303 => answer.header("location").map(str::to_owned),
                status => {
                    assert!(matches!(status, 200 | 400), "{status} {url}: {}", answer.text());
                    assert_eq!(media_type(&answer), "text/html");
                    self.page = Page::new(&url, answer.text());
                    let frames = self.page.frames();
                    self.frames.extend(frames);
                    if let Some(sent) = self.page.sends_itself() {
                        let url = sent.action.expect("an address");
                        self.landed = Some(Landed { url, form: Some(sent.fields) });
                        return;
                    }
                    self.page.refresh()
                }
            };
            let Some(to) = to else { return };
            url = if to.starts_with('/') { format!("{}{to}", self.stage.issuer) } else { to };
            if url.starts_with(&self.stage.site.base) {
                self.landed = Some(Landed { url, form: None });
                return;
            }
            request = Request::get(&self.stage.at(&url));
        }
        panic!("sent on and on, at last to {url}");
    }
}

impl Landed {
    pub fn query(&self) -> Vec<(String, String)> {
        let url = self.url.split('#').next().unwrap_or_default();
        pairs(url.split_once('?').map_or("", |(_, query)| query))
    }

    pub fn fragment(&self) -> Vec<(String, String)> {
        pairs(self.url.split_once('#').map_or("", |(_, fragment)| fragment))
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (form_decode(name), form_decode(value))).collect()
}

/// A star stands for any text.
fn fits(pattern: &Value, url: &str) -> bool {
    let mut parts = pattern.as_str().expect("a pattern").split('*');
    let Some(mut rest) = parts.next().and_then(|first| url.strip_prefix(first)) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[test]
fn a_star_stands_for_any_text() {
    let fits = |pattern: &str, url: &str| fits(&Value::from(pattern), url);
    assert!(fits("https://a/x*", "https://a/x?y"));
    assert!(fits("*/cb*", "https://b/cb#code=1"));
    assert!(fits("*", "anything"));
    assert!(!fits("https://a/x/*", "https://a/x?y"));
    assert!(!fits("*/cb", "https://b/cb?x"));
}
