//! Problem details (RFC 9457) around the members that refusals have everywhere: `error`,
//! `error_description` and `pointer`.

use hyper::http::request::Parts;
use serde_json::{Map, Value, json};
use vidimus_dialect::{Shape, json as shaped};

use super::routes::PREFIX;
use crate::{entropy::RequestId, exchange::Exchange};

pub const PROBLEM: &str = "application/problem+json";

/// Whether a failure here is told as a problem.
pub fn is_told(parts: &Parts, exchange: &Exchange) -> bool {
    exchange.peer.door.is_for_people() && parts.uri.path().starts_with(PREFIX)
}

/// The same failure as a problem; `instance` is the request's id, as the log has it.
pub fn told(shape: Shape, public_url: &str, request: RequestId) -> Shape {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(&shape.body) else {
        return shape;
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = text("error");
    let mut problem = Map::new();
    problem.insert("type".to_owned(), json!(format!("{public_url}/docs/errors/{code}")));
    problem.insert("title".to_owned(), json!(title(code)));
    problem.insert("status".to_owned(), json!(shape.status));
    problem.insert("detail".to_owned(), json!(text("error_description")));
    problem.insert("instance".to_owned(), json!(request.to_string()));
    problem.extend(members);
    let body = shaped(&Value::Object(problem)).body;
    Shape { content_type: PROBLEM, body, ..shape }
}

/// `insufficient_scope`: `Insufficient scope`.
fn title(code: &str) -> String {
    let mut words = code.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::RequestIds;

    #[test]
    fn a_problem_keeps_the_members_of_the_refusal() {
        let request = RequestIds::from_here().next();
        let refused = json!({"error": "not_found", "error_description": "Gone.", "pointer": "/x"});
        let shape = shaped(&refused).status(404).header("retry-after", "1");
        let problem = told(shape, "https://as.example", request);
        assert_eq!((problem.status, problem.content_type), (404, PROBLEM));
        assert_eq!(problem.headers.len(), 1);
        let expected = json!({
            "type": "https://as.example/docs/errors/not_found", "title": "Not found",
            "status": 404, "detail": "Gone.", "instance": request.to_string(),
            "error": "not_found", "error_description": "Gone.", "pointer": "/x",
        });
        assert_eq!(serde_json::from_slice::<Value>(&problem.body).unwrap(), expected);
    }
}
