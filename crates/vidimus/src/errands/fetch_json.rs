//! A document that a registration points at (OpenID Connect Core §8.1): small, fetched once for all
//! who ask at once. What its owner mends counts with the next registration; a failure is kept.

use std::sync::Arc;

use serde_json::Value;
use vidimus_core::{error::Fault, limits::JSON_BYTES_MAX};

use crate::{
    errands::remembered::{Answer, Bounds, Remembered},
    outbound::Outbound,
};

const BOUNDS: Bounds =
    Bounds { entries_max: 256, ttl_seconds: 1, failure_ttl_seconds: 30, fetches_max: 8 };

pub struct Documents {
    outbound: Arc<Outbound>,
    remembered: Remembered<Value>,
}

impl Documents {
    pub fn new(outbound: Arc<Outbound>) -> Self {
        Self { outbound, remembered: Remembered::new(BOUNDS) }
    }

    /// # Errors
    /// Only where too many fetches are under way; what a server did wrong is an answer.
    pub async fn get(&self, uri: &str) -> Result<Answer<Value>, Fault> {
        self.remembered.get(uri, self.fetch(uri)).await
    }

    async fn fetch(&self, uri: &str) -> Answer<Value> {
        let fetched = self.outbound.get(uri, "application/json", JSON_BYTES_MAX).await?;
        let document = serde_json::from_slice(&fetched.body);
        document.map(Arc::new).map_err(|_| "answered no JSON".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::{Read as _, Write as _},
        net::TcpListener,
        sync::atomic::{AtomicUsize, Ordering},
    };

    use serde_json::json;

    use super::*;
    use crate::config;

    fn documents(allow_private: bool) -> Documents {
        let config = config::Outbound { allow_private, extra_ca_file: None };
        Documents::new(Arc::new(Outbound::new(&config).unwrap()))
    }

    fn server(status: &'static str, body: String) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let uri = format!("http://{}/sector", listener.local_addr().unwrap());
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                let _ = stream.read(&mut [0; 4096]);
                let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        (uri, count)
    }

    #[tokio::test]
    async fn a_document_is_fetched_once_whatever_it_is() {
        for (status, body, expected) in [
            ("200 OK", "[\"https://a.example/\"]".to_owned(), Ok(json!(["https://a.example/"]))),
            ("200 OK", "<html>".to_owned(), Err("answered no JSON")),
            ("302 Found", String::new(), Err("answered 302 Found")),
            ("200 OK", "x".repeat(JSON_BYTES_MAX + 1), Err("answered with more than 65536 bytes")),
            ("200 OK", "[".repeat(10_000), Err("answered no JSON")),
        ] {
            let (uri, count) = server(status, body);
            let documents = documents(true);
            for _ in 0..2 {
                let document = documents.get(&uri).await.unwrap();
                let document = document.as_deref().cloned().map_err(String::as_str);
                assert_eq!(document, expected);
            }
            assert_eq!(count.load(Ordering::SeqCst), 1);
        }
    }

    #[tokio::test]
    async fn sec_161_nothing_on_this_machine_is_asked() {
        let (uri, count) = server("200 OK", "[]".to_owned());
        let guarded = documents(false);
        for uri in [uri.clone(), uri.replacen("http:", "https:", 1)] {
            guarded.get(&uri).await.unwrap().unwrap_err();
        }
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
}
