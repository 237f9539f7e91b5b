//! What introspection over PostgreSQL cannot do without: HTTP, and one prepared statement that reads
//! one token's row by its primary key, pipelined on one connection.

use std::sync::Arc;

use axum::{Router, body::Bytes, http::header, routing::post};
use tokio_postgres::NoTls;

/// `rest`: the database's URL, the statement with `$1`, the body to answer with. A request's body ends
/// in the key.
pub async fn serve(listener: tokio::net::TcpListener, rest: &[String]) {
    let [url, sql, body] = rest else { panic!("URL, statement and body") };
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    let statement = client.prepare(sql).await.expect("a statement");
    let shared = Arc::new((client, statement));
    let body = Bytes::copy_from_slice(body.as_bytes());
    let handler = post(move |request: Bytes| {
        let (shared, body) = (Arc::clone(&shared), body.clone());
        async move {
            let (client, statement) = &*shared;
            let row = client.query_one(statement, &[&key(&request)]).await.expect("one row");
            let hash: &[u8] = row.get("hash");
            std::hint::black_box(hash);
            ([(header::CONTENT_TYPE, "application/json")], body)
        }
    });
    let app = Router::new().route("/oauth2/introspect", handler);
    axum::serve(listener, app).await.expect("served");
}

fn key(body: &[u8]) -> i64 {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let digits = text.rsplit('=').next().unwrap_or_default();
    digits.trim_start_matches('0').parse().expect("a key")
}

/// The same statement without HTTP: `in_flight` at a time on one connection, for `seconds`. Rows a second.
pub async fn rate(url: &str, sql: &str, keys: &[i64], in_flight: usize, seconds: f64) -> f64 {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("PostgreSQL");
    tokio::spawn(connection);
    let statement = client.prepare(sql).await.expect("a statement");
    let shared = Arc::new((client, statement, keys.to_vec()));
    let start = std::time::Instant::now();
    let asking: Vec<_> = (0..in_flight)
        .map(|first| {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                let (client, statement, keys) = &*shared;
                let mut asked = 0_u32;
                for key in keys.iter().cycle().skip(first).step_by(in_flight) {
                    if start.elapsed().as_secs_f64() >= seconds {
                        break;
                    }
                    client.query_one(statement, &[key]).await.expect("one row");
                    asked += 1;
                }
                asked
            })
        })
        .collect();
    let mut asked = 0.0;
    for one in asking {
        asked += f64::from(one.await.expect("asked"));
    }
    asked / start.elapsed().as_secs_f64()
}
