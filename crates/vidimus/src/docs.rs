//! What `/docs` serves: the embedded documentation.

use std::borrow::Cow;

use vidimus_docs::{Answer, Ask};
use vidimus_http::docs::{Asked, Found};

pub fn find(asked: &Asked<'_>) -> Found {
    let ask = Ask {
        path: asked.path,
        query: asked.query,
        server: asked.public_url,
        clients: asked.clients,
    };
    match vidimus_docs::answer(&ask) {
        Answer::Page { status, page } => Found::Page { status, page },
        Answer::File { content_type, bytes, name } => {
            let bytes = match bytes {
                Cow::Borrowed(embedded) => embedded.into(),
                Cow::Owned(made) => made.into(),
            };
            Found::File { content_type, bytes, name }
        }
        Answer::Moved(to) => Found::Moved(to),
    }
}
