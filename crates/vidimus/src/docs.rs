//! What `/docs` serves: the embedded documentation.

use vidimus_docs::Answer;
use vidimus_http::docs::{Asked, Found};

pub fn find(asked: &Asked<'_>) -> Found {
    match vidimus_docs::answer(asked.path, asked.query) {
        Answer::Page { status, page } => Found::Page { status, page },
        Answer::File { content_type, bytes } => {
            Found::File { content_type, bytes: bytes.into(), name: None }
        }
        Answer::Moved(to) => Found::Moved(to),
    }
}
