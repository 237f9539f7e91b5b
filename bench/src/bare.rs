//! The yardstick: an axum handler that reads the body and returns fixed bytes, in a process of its
//! own, under axum's own server.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, ExitCode, Stdio},
};

use axum::{Router, body::Bytes, http::header, routing::post};

pub const COMMAND: &str = "bare-handler";

pub struct Bare {
    child: Child,
    pub address: String,
}

impl Bare {
    pub fn start(body: &str) -> Self {
        let program = std::env::current_exe().expect("our own path");
        let mut child = Command::new(program)
            .args([COMMAND, body])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("its address");
        Self { child, address: line.trim().to_owned() }
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

/// The child's side: prints its address, then serves until it is killed.
pub fn serve(body: &str) -> ExitCode {
    let body = Bytes::copy_from_slice(body.as_bytes());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", listener.local_addr().expect("an address"));
        let handler = post(move |request: Bytes| {
            let body = body.clone();
            async move {
                std::hint::black_box(request);
                ([(header::CONTENT_TYPE, "application/json")], body)
            }
        });
        let app = Router::new().route("/oauth2/introspect", handler);
        axum::serve(listener, app).await.expect("served");
    });
    ExitCode::SUCCESS
}
