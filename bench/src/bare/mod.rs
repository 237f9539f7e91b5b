//! Yardsticks: handlers that read the body and return fixed bytes, in processes of their own.

mod axum_handler;
mod commit;
mod hyper_handler;
mod statement;

use std::{
    io::{BufRead, BufReader},
    process::{Child, ExitCode, Stdio},
};

use tempfile::TempDir;
use vidimus_e2e::http::Response;

use crate::pin::Pins;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Axum,
    Hyper,
    /// An axum handler that waits for a commit: see [`commit`].
    Commit,
    /// An axum handler that runs one prepared statement, pipelined on one connection.
    Statement,
}

impl Kind {
    const ALL: [Self; 4] = [Self::Axum, Self::Hyper, Self::Commit, Self::Statement];

    const fn command(self) -> &'static str {
        match self {
            Self::Axum => "bare-axum",
            Self::Hyper => "bare-hyper",
            Self::Commit => "bare-commit",
            Self::Statement => "bare-statement",
        }
    }
}

/// The statement of [`Kind::Statement`] for two seconds, without HTTP.
pub async fn rate_of_statement(url: &str, sql: &str, keys: &[i64], in_flight: usize) -> f64 {
    statement::rate(url, sql, keys, in_flight, 2.0).await
}

pub struct Bare {
    child: Child,
    /// Of [`Kind::Commit`]; goes after the child.
    folder: Option<TempDir>,
    pub address: String,
}

impl Bare {
    /// Answers with the same status, headers and body as `model` has.
    pub fn returning(kind: Kind, model: &Response, pins: Pins) -> Self {
        let mut arguments = vec![model.text().to_owned()];
        for (name, value) in &model.headers {
            let framing = ["content-length", "date", "connection", "transfer-encoding"];
            if !framing.iter().any(|own| name.eq_ignore_ascii_case(own)) {
                arguments.extend([name.clone(), value.clone()]);
            }
        }
        if kind != Kind::Commit {
            return Self::start(kind, &arguments, pins);
        }
        let folder = tempfile::Builder::new().prefix("vidimus-bench-").tempdir().expect("a folder");
        arguments.insert(0, folder.path().to_str().expect("UTF-8").to_owned());
        let mut bare = Self::start(kind, &arguments, pins);
        bare.folder = Some(folder);
        bare
    }

    /// Looks a row up by the number at the end of its body; see [`statement`].
    pub fn statement(url: &str, sql: &str, body: &str, pins: Pins) -> Self {
        Self::start(Kind::Statement, &[url.to_owned(), sql.to_owned(), body.to_owned()], pins)
    }

    fn start(kind: Kind, arguments: &[String], pins: Pins) -> Self {
        let program = std::env::current_exe().expect("our own path");
        let mut command = pins.command(program);
        command.arg(kind.command()).args(arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        Self { child, folder: None, address: line.trim().to_owned() }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}

/// The child's side: prints its address, then serves until it is killed. `None`: no such command.
pub fn serve(arguments: &[String]) -> Option<ExitCode> {
    let (command, rest) = arguments.split_first()?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.command() == command)?;
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address"));
        match kind {
            Kind::Axum => axum_handler::serve(listener, rest).await,
            Kind::Hyper => hyper_handler::serve(listener, rest).await,
            Kind::Commit => commit::serve(listener, rest).await,
            Kind::Statement => statement::serve(listener, rest).await,
        }
    });
    Some(ExitCode::SUCCESS)
}

/// The answer that the arguments describe: a body, then names and values of headers in turn.
fn headers(rest: &[String]) -> axum::http::HeaderMap {
    let pairs = rest.get(1..).unwrap_or_default().chunks_exact(2);
    pairs
        .map(|pair| {
            let name = pair[0].parse::<axum::http::HeaderName>().expect("a name");
            (name, pair[1].parse().expect("a value"))
        })
        .collect()
}
