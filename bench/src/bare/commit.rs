//! What a durable answer cannot do without: HTTP, and a row that is on disk before the answer leaves. A
//! thread commits together whatever has queued; nothing is decided.

use std::{
    path::Path,
    sync::mpsc::{Receiver, Sender, channel},
};

use axum::{Router, body::Bytes, routing::post};
use tokio::sync::oneshot;

use crate::row::ceiling::Rows;

/// In one group.
const ROWS_MAX: usize = 64;

type Done = oneshot::Sender<()>;

/// `rest`: where the file is to lie, then as for the handlers that do not commit.
pub async fn serve(listener: tokio::net::TcpListener, rest: &[String]) {
    let [folder, rest @ ..] = rest else { panic!("a folder") };
    let rows = Rows::create(Path::new(folder));
    let headers = super::headers(rest);
    let body = Bytes::copy_from_slice(rest.first().map_or("", String::as_str).as_bytes());
    let (queue, queued) = channel();
    std::thread::spawn(move || write(rows, &queued));
    let handler = post(move |request: Bytes| {
        let (headers, body, queue) = (headers.clone(), body.clone(), Sender::clone(&queue));
        async move {
            std::hint::black_box(request);
            let (done, is_done) = oneshot::channel();
            queue.send(done).expect("the writer");
            is_done.await.expect("committed");
            (headers, body)
        }
    });
    let app = Router::new().route("/oauth2/token", handler);
    axum::serve(listener, app).await.expect("served");
}

fn write(mut rows: Rows, queued: &Receiver<Done>) {
    while let Ok(first) = queued.recv() {
        let mut group = vec![first];
        group.extend(queued.try_iter().take(ROWS_MAX - 1));
        rows.commit(group.len());
        for done in group {
            // Who asked may be gone.
            let _ = done.send(());
        }
    }
}
