//! A request's parameters, wherever its route lets them stand: in the body as a form, as JSON or as
//! multipart, or in the query. Two readers of one request must find the same.

use hyper::{Method, body::Bytes, header, http::request::Parts};
use serde_json::Value;
use vidimus_core::{error::OAuthError, form::Form, json};
use vidimus_dialect::Reading;

use crate::{
    failure::{Failure, Refused},
    request::{is_of_type, media_type},
};

const FORM: &str = "application/x-www-form-urlencoded";

/// Whether the method may bring parameters here; the body is read only then.
pub fn allows(reading: &Reading, method: &Method) -> Result<(), Refused> {
    if method == Method::POST || (reading.get && method == Method::GET) {
        return Ok(());
    }
    Err(Refused::method(if reading.get { "GET, POST" } else { "POST" }))
}

/// A page is looked at, or a form of it or of a client's is sent.
pub fn shows(method: &Method) -> Result<(), Refused> {
    if method == Method::GET || method == Method::POST {
        return Ok(());
    }
    Err(Refused::method("GET, POST"))
}

/// # Errors
/// 400 for a body of another type, a repeated parameter, or a query where none may be.
pub async fn read(reading: &Reading, parts: &Parts, body: &Bytes) -> Result<Form, Failure> {
    let query = parts.uri.query().unwrap_or_default();
    let may_ask = reading.query || parts.method == Method::GET;
    // A URL ends up in logs and histories; credentials in it count as never sent.
    if !query.is_empty() && !may_ask {
        return Err(OAuthError::invalid_request("Parameters belong in the body.").into());
    }
    let mut form = of_body(reading, parts, body).await?;
    if may_ask {
        form.merge(Form::parse(query.as_bytes())?)?;
    }
    Ok(spelled(reading, form))
}

/// Of a page's request (RFC 6749 §3.1): in its query, and where a form is sent, in that too. Neither
/// wins: what stands in both is repeated.
///
/// # Errors
/// 400 for a body of another type, or a repeated parameter.
pub fn of_page(reading: &Reading, parts: &Parts, body: &Bytes) -> Result<Form, OAuthError> {
    let query = parts.uri.query().unwrap_or_default().as_bytes();
    let form = if parts.method == Method::POST {
        is_of_type(&parts.headers, FORM)?;
        Form::parse(&[query, body].join(&b'&'))?
    } else {
        Form::parse(query)?
    };
    Ok(spelled(reading, form))
}

/// Under the names that the protocol has for them.
fn spelled(reading: &Reading, mut form: Form) -> Form {
    for (from, to) in reading.renames {
        form.rename(from, to);
    }
    for (name, value, from, to) in reading.renames_where {
        if form.get(name) == Some(value) {
            form.rename(from, to);
        }
    }
    for (name, value) in reading.implied {
        form.imply(name, value);
    }
    form
}

async fn of_body(reading: &Reading, parts: &Parts, body: &Bytes) -> Result<Form, Failure> {
    // Everything in the query, and nothing beside it: then no type says anything.
    if body.is_empty() && (reading.query || parts.method == Method::GET) {
        return Ok(Form::default());
    }
    if reading.json || reading.multipart {
        let media_type = media_type(&parts.headers)?;
        if reading.json && media_type == "application/json" {
            is_of_type(&parts.headers, "application/json")?;
            return Ok(of_json(body)?);
        }
        if reading.multipart && media_type == "multipart/form-data" {
            return Ok(Box::pin(of_multipart(parts, body)).await?);
        }
    }
    is_of_type(&parts.headers, FORM)?;
    Ok(Form::parse(body)?)
}

/// The members of one flat object, each once. A list or an object is no parameter: to leave one out
/// could mean more than it says, as of a `scope`.
fn of_json(body: &Bytes) -> Result<Form, OAuthError> {
    let malformed = || OAuthError::invalid_request("The body must be a flat JSON object.");
    let members = json::object(body).map_err(|_| malformed())?;
    let mut parts = Vec::with_capacity(members.len());
    for (name, value) in members {
        match value {
            Value::String(text) => parts.push((name, text)),
            Value::Number(_) | Value::Bool(_) => parts.push((name, value.to_string())),
            Value::Null => {}
            Value::Array(_) | Value::Object(_) => return Err(malformed()),
        }
    }
    Form::of(parts)
}

async fn of_multipart(parts: &Parts, body: &Bytes) -> Result<Form, OAuthError> {
    let broken = || OAuthError::invalid_request("The multipart body is malformed.");
    let malformed = |_| broken();
    if parts.headers.contains_key(header::CONTENT_ENCODING) {
        return Err(OAuthError::invalid_request("The body may not be encoded."));
    }
    let content_type = parts.headers.get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let whole = body.clone();
    let stream = futures_util::stream::iter([Ok::<Bytes, std::convert::Infallible>(whole)]);
    let mut multipart = multer::Multipart::new(stream, boundary);
    let mut found = Vec::new();
    while let Some(field) = multipart.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        // As it is: a part's own charset, or a forgiving reader, would make another text of it.
        let bytes = field.bytes().await.map_err(malformed)?;
        let text = String::from_utf8(bytes.into()).map_err(|_| broken())?;
        // Some clients send a part without a name; it says nothing.
        if !name.is_empty() {
            found.push((name, text));
        }
    }
    Form::of(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    const ALL: Reading =
        Reading { query: true, json: true, multipart: true, get: true, ..Reading::STANDARD };

    fn parts(method: &str, uri: &str, content_type: Option<&str>) -> Parts {
        let mut request = Request::builder().method(method).uri(uri);
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        request.body(()).unwrap().into_parts().0
    }

    async fn token(reading: &Reading, parts: &Parts, body: &'static str) -> Option<String> {
        let form = read(reading, parts, &Bytes::from_static(body.as_bytes())).await.ok()?;
        Some(form.get("token").unwrap_or("(none)").to_owned())
    }

    #[tokio::test]
    async fn the_body_wins_over_the_query() {
        let post = parts("POST", "/x?token=q&other=1", Some(FORM));
        assert_eq!(token(&ALL, &post, "token=b").await.as_deref(), Some("b"));
        assert_eq!(token(&ALL, &post, "a=b").await.as_deref(), Some("q"));
        assert_eq!(token(&Reading::STANDARD, &post, "token=b").await, None);
        let several = parts("POST", "/x?resource=1&resource=2", Some(FORM));
        for (body, resources) in [("a=b", vec!["1", "2"]), ("resource=3", vec!["3"])] {
            let form = read(&ALL, &several, &Bytes::from_static(body.as_bytes())).await.unwrap();
            assert_eq!(form.resources().unwrap(), resources);
        }
    }

    #[tokio::test]
    async fn an_empty_body_needs_no_type() {
        assert_eq!(token(&ALL, &parts("POST", "/x?token=q", None), "").await.as_deref(), Some("q"));
        assert_eq!(token(&ALL, &parts("GET", "/x?token=q", None), "").await.as_deref(), Some("q"));
        assert_eq!(token(&Reading::STANDARD, &parts("POST", "/x", None), "").await, None);
    }

    #[tokio::test]
    async fn json_is_one_flat_object() {
        let post = parts("POST", "/x", Some("application/json"));
        let body = r#"{"token":"j","n":5,"none":null}"#;
        assert_eq!(token(&ALL, &post, body).await.as_deref(), Some("j"));
        for bad in [
            r#"{"token":"j","scope":["read"]}"#,
            r#"{"token":"j","scope":{"a":1}}"#,
            r#"{"token":"j","token":"k"}"#,
            r#"{"token":"j\u0000"}"#,
        ] {
            assert_eq!(token(&ALL, &post, bad).await, None, "{bad}");
        }
        assert_eq!(token(&ALL, &post, "[]").await, None);
        assert_eq!(token(&ALL, &post, r#"{"token":"#).await, None);
        assert_eq!(token(&Reading::STANDARD, &post, body).await, None);
    }

    #[tokio::test]
    async fn parts_without_a_name_say_nothing() {
        let post = parts("POST", "/x", Some("multipart/form-data; boundary=B"));
        let body = "--B\r\nContent-Disposition: form-data; name=\"\"\r\n\r\nx\r\n\
            --B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nm\r\n--B--\r\n";
        assert_eq!(token(&ALL, &post, body).await.as_deref(), Some("m"));
        assert_eq!(token(&ALL, &post, "--B\r\nbroken").await, None);
        let twice = "--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nm\r\n\
            --B\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nn\r\n--B--\r\n";
        assert_eq!(token(&ALL, &post, twice).await, None);
        let mut encoded = parts("POST", "/x", Some("multipart/form-data; boundary=B"));
        encoded.headers.insert(header::CONTENT_ENCODING, header::HeaderValue::from_static("gzip"));
        assert_eq!(token(&ALL, &encoded, body).await, None);
        let foreign = "--B\r\nContent-Disposition: form-data; name=\"token\"\r\n\
            Content-Type: text/plain; charset=utf-16le\r\n\r\nab\r\n--B--\r\n";
        assert_eq!(token(&ALL, &post, foreign).await.as_deref(), Some("ab"));
        let mut bytes = body.as_bytes().to_vec();
        let at = body.find("\r\nm\r\n").unwrap() + 2;
        bytes[at] = 0xFF;
        assert!(read(&ALL, &post, &Bytes::from(bytes)).await.is_err());
    }

    #[tokio::test]
    async fn a_name_may_mean_another_beside_a_value() {
        const READING: Reading =
            Reading { renames_where: &[("kind", "device", "code", "token")], ..Reading::STANDARD };
        let post = parts("POST", "/x", Some(FORM));
        assert_eq!(token(&READING, &post, "kind=device&code=c").await.as_deref(), Some("c"));
        assert_eq!(token(&READING, &post, "kind=other&code=c").await.as_deref(), Some("(none)"));
    }

    #[test]
    fn sec_011_a_page_takes_no_parameter_twice() {
        let of = |method, uri, body: &'static str| {
            let parts = parts(method, uri, Some(FORM));
            let form = of_page(&Reading::STANDARD, &parts, &Bytes::from_static(body.as_bytes()));
            form.map(|form| form.get("state").unwrap_or("(none)").to_owned()).ok()
        };
        assert_eq!(of("GET", "/x?state=q", "").as_deref(), Some("q"));
        assert_eq!(of("GET", "/x?state=q&state=r", ""), None);
        // Without a method that sends one, a body says nothing.
        assert_eq!(of("GET", "/x", "state=b").as_deref(), Some("(none)"));
        assert_eq!(of("POST", "/x", "state=b").as_deref(), Some("b"));
        assert_eq!(of("POST", "/x?state=q", "a=b").as_deref(), Some("q"));
        assert_eq!(of("POST", "/x?state=q", "state=q"), None);
        assert_eq!(of("POST", "/x", "state=a&state=b"), None);
        let untyped = of_page(&Reading::STANDARD, &parts("POST", "/x", None), &Bytes::new());
        assert!(untyped.is_err());
    }

    #[test]
    fn methods() {
        assert!(allows(&ALL, &Method::GET).is_ok());
        assert!(allows(&Reading::STANDARD, &Method::POST).is_ok());
        assert!(allows(&Reading::STANDARD, &Method::GET).is_err());
        assert!(allows(&ALL, &Method::PUT).is_err());
    }
}
