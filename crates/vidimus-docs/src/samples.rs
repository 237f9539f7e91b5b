//! `/docs/samples`: programs for every endpoint, filled with a tenant's own values, and the same as files
//! for other tools. No secret is ever filled in.

use std::{borrow::Cow, sync::LazyLock};

use askama::Template;
use vidimus_samples::{
    call::Call,
    catalogue::{self, DIALECTS, Place},
    export::{self, Order},
    lang::{self, LANGUAGES, Language},
    page::fragment,
    postman::{Item, Values},
    text::percent_encoded,
};

use crate::{
    answer::{Answer, Ask, parameter},
    markdown::accessible,
    view::{Frame, rendered},
};

pub const HOME: &str = "/docs/samples";
const VALUE_CHARS_MAX: usize = 200;
/// Of the sets of files, and what they are called.
const FILES: [(&str, &str, &str); 5] = [
    ("postman_collection.json", "application/json", "Postman collection"),
    ("postman_environment.json", "application/json", "Postman environment"),
    ("openapi.json", "application/json", "OpenAPI 3.1"),
    ("requests.http", "text/plain; charset=utf-8", ".http file"),
    ("requests.har", "application/json", "HTTP archive (HAR)"),
];

/// Whose values are filled in.
struct Whose<'a> {
    place: Place,
    client_id: String,
    /// To choose from.
    clients: &'a [String],
}

impl<'a> Whose<'a> {
    fn of(ask: &Ask<'a>) -> Self {
        let short = |name| parameter(ask.query, name).chars().take(VALUE_CHARS_MAX).collect();
        let place = Place { server: ask.server.to_owned(), tenant: short("tenant") };
        Self { place, client_id: short("clientId"), clients: ask.clients }
    }

    fn values(&self) -> Values {
        let client_id = Some(&self.client_id).filter(|id| !id.is_empty());
        client_id.map(|id| ("clientId".to_owned(), id.clone())).into_iter().collect()
    }

    /// For links that keep it.
    fn query(&self, more: &[(&str, &str)]) -> String {
        let own = [("tenant", self.place.tenant.as_str()), ("clientId", &self.client_id)];
        let pairs = own.iter().chain(more).filter(|(_, value)| !value.is_empty());
        let all: Vec<String> =
            pairs.map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        if all.is_empty() { String::new() } else { format!("?{}", all.join("&")) }
    }
}

#[derive(Template)]
#[template(path = "samples.html", whitespace = "minimize")]
struct IndexPage<'a> {
    frame: Frame<'a>,
    whose: &'a Whose<'a>,
    action: &'a str,
    dialects: Vec<Dialect>,
    files: Vec<(String, &'static str)>,
}

struct Dialect {
    name: &'static str,
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    method: &'static str,
    path: String,
    at: String,
}

#[derive(Template)]
#[template(path = "sample.html", whitespace = "minimize")]
struct SamplePage<'a> {
    frame: Frame<'a>,
    whose: &'a Whose<'a>,
    action: &'a str,
    languages: Vec<(String, &'static str, bool)>,
    language: &'static Language,
    description: String,
    program: String,
    reply: Option<(u16, String)>,
    curl: String,
    item: String,
    program_at: String,
    index_at: String,
}

/// An endpoint as the index has it, for whoever asks.
struct Endpoint {
    dialect: &'static str,
    name: String,
    method: String,
    /// With blanks for the tenant's own.
    path: String,
    at: String,
}

static ENDPOINTS: LazyLock<Vec<Endpoint>> =
    LazyLock::new(|| catalogue::endpoints().map(Endpoint::of).collect());

impl Endpoint {
    fn of((dialect, item): (&'static str, &Item)) -> Self {
        let call = item.call(&Values::new());
        let path = call.url.raw().replace("{{url}}", "");
        Self {
            dialect,
            name: call.name,
            method: call.method,
            path: path.split('?').next().unwrap_or_default().to_owned(),
            at: format!("{HOME}/{dialect}/{}/curl", item.id()),
        }
    }
}

/// For whoever mistypes one.
pub fn addresses<'a>() -> impl Iterator<Item = &'a str> {
    ENDPOINTS.iter().map(|endpoint| endpoint.at.as_str())
}

/// `below` begins with `samples`. `None`: there is nothing there.
pub fn answer(below: &str, ask: &Ask<'_>) -> Option<Answer> {
    let whose = Whose::of(ask);
    let segments: Vec<&str> = below.split('/').skip(1).collect();
    match segments.as_slice() {
        [] => Some(index(None, &whose, ask.path)),
        ["files", file] => download(file, &whose, &parameter(ask.query, "dialect")),
        [dialect] => {
            let dialect = DIALECTS.into_iter().find(|known| known == dialect)?;
            Some(index(Some(dialect), &whose, ask.path))
        }
        [dialect, endpoint] => {
            call(dialect, endpoint, &whose)?;
            Some(Answer::Moved(format!("{HOME}/{dialect}/{endpoint}/curl{}", whose.query(&[]))))
        }
        [dialect, endpoint, language] => {
            let language = lang::language(language)?;
            let call = call(dialect, endpoint, &whose)?;
            Some(sample((dialect, endpoint), language, &call, &whose, ask.path))
        }
        [dialect, endpoint, language, "program"] => {
            let language = lang::language(language)?;
            let program = (language.program)(&call(dialect, endpoint, &whose)?);
            Some(file("text/plain; charset=utf-8", program, language.file.to_owned()))
        }
        _ => None,
    }
}

fn call(dialect: &str, endpoint: &str, whose: &Whose<'_>) -> Option<Call> {
    catalogue::call(dialect, endpoint, &whose.place, &whose.values()).ok()
}

fn index(only: Option<&str>, whose: &Whose<'_>, path: &str) -> Answer {
    let names = DIALECTS.into_iter().filter(|name| only.is_none_or(|only| only == *name));
    let dialects = names.map(|name| Dialect { name, rows: rows(name, whose) }).collect();
    let query = whose.query(&[("dialect", only.unwrap_or_default())]);
    let files =
        FILES.map(|(name, _, title)| (format!("{HOME}/files/{name}{query}"), title)).to_vec();
    let frame = Frame { title: "Samples", path, query: "" };
    let page = rendered(&IndexPage { frame, whose, action: path, dialects, files });
    Answer::Page { status: 200, page }
}

fn rows(dialect: &'static str, whose: &Whose<'_>) -> Vec<Row> {
    let site = whose.place.values().get("site").cloned().unwrap_or_default();
    let query = whose.query(&[]);
    let row = |endpoint: &'static Endpoint| Row {
        name: &endpoint.name,
        method: &endpoint.method,
        path: endpoint.path.replace("{{site}}", &site),
        at: format!("{}{query}", endpoint.at),
    };
    ENDPOINTS.iter().filter(|endpoint| endpoint.dialect == dialect).map(row).collect()
}

fn sample(
    (dialect, endpoint): (&str, &str),
    language: &'static Language,
    call: &Call,
    whose: &Whose<'_>,
    path: &str,
) -> Answer {
    let query = whose.query(&[]);
    let parts = fragment(language, call);
    let at = |name: &str| format!("{HOME}/{dialect}/{endpoint}/{name}{query}");
    let languages =
        LANGUAGES.map(|one| (at(one.name), one.title, one.name == language.name)).to_vec();
    let page = SamplePage {
        frame: Frame { title: &parts.title, path, query: "" },
        whose,
        action: path,
        languages,
        language,
        description: parts.description,
        program: accessible(&parts.program),
        reply: call.sample.as_ref().map(|sample| (sample.status, sample.body.clone())),
        curl: accessible(&parts.curl),
        item: accessible(&parts.item),
        program_at: at(&format!("{}/program", language.name)),
        index_at: format!("{HOME}{query}"),
    };
    Answer::Page { status: 200, page: rendered(&page) }
}

fn download(name: &str, whose: &Whose<'_>, dialect: &str) -> Option<Answer> {
    let (name, content_type, _) = FILES.into_iter().find(|(known, ..)| *known == name)?;
    let dialect = match dialect {
        "" => None,
        named => Some(DIALECTS.into_iter().find(|known| *known == named)?),
    };
    let values = whose.values();
    let order = Order { dialect, place: &whose.place, values: &values };
    let text = match name {
        "postman_collection.json" => format!("{:#}", export::collection(&order)),
        "postman_environment.json" => format!("{:#}", export::environment(&order)),
        "openapi.json" => format!("{:#}", export::openapi(&order)),
        "requests.har" => format!("{:#}", export::har(&order)),
        _ => export::http_file(&order),
    };
    Some(file(content_type, text, format!("vidimus-{name}")))
}

fn file(content_type: &'static str, text: String, name: String) -> Answer {
    Answer::File { content_type, bytes: Cow::Owned(text.into_bytes()), name: Some(name) }
}
