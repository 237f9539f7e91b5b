//! Plays wire files, each against a server of its own, and reports file, line, expected and got.

use std::fs;
use std::path::{Path, PathBuf};

use super::document::{Document, Exchange, Problem, Step};
use super::jar;
use super::message;
use super::template::Variables;
use crate::binary::workspace;
use crate::http::{Request, Response};
use crate::server::Server;
use crate::setup::{Setup, Store};

/// Only files whose path has this text, while one is being written.
const ONLY: &str = "VIDIMUS_WIRE";

/// `wire/<dialect>/*.md`, but for what explains a dialect.
pub fn files() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for dialect in entries(&workspace().join("wire")).filter(|path| path.is_dir()) {
        found.extend(entries(&dialect).filter(|path| is_wire_file(path)));
    }
    if let Ok(only) = std::env::var(ONLY) {
        eprintln!("wire files: only those of {ONLY}={only}");
        found.retain(|path| path.display().to_string().contains(&only));
    }
    found.sort();
    found
}

/// Every file on one kind of store.
///
/// # Panics
/// If there is no file, or any exchange of any file is not as written; names them all.
pub fn run_all(store: &Store) {
    let files = files();
    assert!(!files.is_empty(), "no wire files in {}", workspace().join("wire").display());
    let failures: Vec<String> = files
        .iter()
        .filter_map(|path| run_file(path, store).err().map(|failure| report(path, &failure)))
        .collect();
    assert!(failures.is_empty(), "on {store:?}:\n{}", failures.join("\n"));
}

pub struct Failure {
    pub problems: Vec<Problem>,
    pub answer: Option<Response>,
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self { problems: vec![problem], answer: None }
    }
}

pub fn run_file(path: &Path, store: &Store) -> Result<(), Failure> {
    let text = fs::read_to_string(path).unwrap_or_else(|fault| panic!("{path:?}: {fault}"));
    let document = Document::parse(&text)?;
    let mut setup = Setup::new(store.clone());
    setup.world = document.world.clone();
    // Only the sandbox has a clock that moves.
    let server =
        if document.moves_the_clock() { Server::dev(&setup) } else { Server::start(&setup) };
    play(&document, &server)
}

pub fn play(document: &Document, server: &Server) -> Result<(), Failure> {
    let mut variables = Variables::from([
        ("host".to_owned(), server.address()),
        ("base_url".to_owned(), server.base_url()),
        ("issuer".to_owned(), server.issuer()),
        jar::empty(),
    ]);
    for step in &document.steps {
        match step {
            Step::Exchange(exchange) => {
                let captures = ask(exchange, &mut variables, &|request| server.exchange(request))?;
                variables.extend(captures);
            }
            Step::Clock { line, seconds } => advance(server, *line, *seconds)?,
        }
    }
    Ok(())
}

fn ask(
    exchange: &Exchange,
    variables: &mut Variables,
    send: &dyn Fn(&Request) -> Response,
) -> Result<Variables, Failure> {
    let request = message::request(&exchange.request, variables)?;
    let answer = send(&request);
    if jar::is_sent_by(&exchange.request.text) {
        jar::keep(&answer, variables);
    }
    message::check(exchange, &answer, variables).map_err(|mut problems| {
        for problem in &mut problems {
            problem.message = format!("{}: {}", exchange.title, problem.message);
        }
        Failure { problems, answer: Some(answer) }
    })
}

fn advance(server: &Server, line: usize, seconds: i64) -> Result<(), Failure> {
    let body = serde_json::json!({ "advance_seconds": seconds });
    let answer = server.exchange(&Request::post("/__sandbox/clock").json(&body));
    if answer.status / 100 == 2 {
        return Ok(());
    }
    let problem = Problem::new(line, format!("the clock did not move: {}", answer.status));
    Err(Failure { problems: vec![problem], answer: Some(answer) })
}

fn report(path: &Path, failure: &Failure) -> String {
    let shown = path.strip_prefix(workspace()).unwrap_or(path).display();
    let mut text = String::new();
    for problem in &failure.problems {
        text.push_str(&format!("{shown}:{problem}\n"));
    }
    if let Some(answer) = &failure.answer {
        text.push_str(&format!("    got {}\n", answer.status));
        for (name, value) in &answer.headers {
            text.push_str(&format!("    {name}: {value}\n"));
        }
        text.push_str(&format!("    {}\n", String::from_utf8_lossy(&answer.body)));
    }
    text
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn is_wire_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.ends_with(".md") && !["README.md", "DIVERGENCES.md"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "## Ask\n```http request\nGET /a?t={{t}} HTTP/1.1\n```\n\
        ```http response\nHTTP/1.1 200\n\n{\"n\": {{capture n}}}\n```\n";

    fn asked(body: &'static str) -> Result<Variables, Failure> {
        let document = Document::parse(FILE).expect("document");
        let Some(Step::Exchange(exchange)) = document.steps.first() else { panic!("no exchange") };
        let mut variables = Variables::from([("t".to_owned(), "5".to_owned())]);
        ask(exchange, &mut variables, &|request| {
            assert_eq!(request.target, "/a?t=5");
            Response { status: 200, headers: Vec::new(), body: body.as_bytes().to_vec() }
        })
    }

    #[test]
    fn an_exchange_sends_what_was_captured_and_captures() {
        let captures = asked("{\"n\":1}").unwrap_or_else(|_| panic!("it is as written"));
        assert_eq!(captures["n"], "1");
    }

    #[test]
    fn a_failure_names_file_line_expected_and_got() {
        let Err(failure) = asked("{\"m\":1}") else { panic!("it is not as written") };
        let text = report(&workspace().join("wire/standard/x.md"), &failure);
        assert!(text.starts_with("wire/standard/x.md:8: Ask: body.n: expected "), "{text}");
        assert!(text.contains("    got 200\n    {\"m\":1}\n"), "{text}");
    }

    #[test]
    fn explanations_are_not_played() {
        assert!(is_wire_file(Path::new("wire/standard/introspect.md")));
        assert!(!is_wire_file(Path::new("wire/standard/DIVERGENCES.md")));
        assert!(!is_wire_file(Path::new("wire/standard/notes.txt")));
    }
}
