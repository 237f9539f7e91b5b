//! The command line's side of the admin API: a token for the administrator's client, then JSON.

use std::{error::Error as _, fs, io, path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::{Certificate, Client, Method, Response, StatusCode, redirect::Policy};
use serde_json::{Value, json};
use url::{Url, form_urlencoded};
use vidimus_core::{
    error::{ErrorCode, OAuthError},
    scope,
    secret::Secret,
};

use crate::{
    cli::{Credentials, Proof},
    failure::Failure,
    login::keep::{self, Kept},
};

/// A whole world may be hashed behind one request.
const ANSWER_SECONDS_MAX: u64 = 300;
const CONNECT_SECONDS_MAX: u64 = 10;

pub struct AdminClient {
    http: Client,
    server: Url,
    token: Secret,
}

/// The server's refusal, with the JSON pointer of what it refuses.
#[derive(Debug)]
pub struct Refusal {
    pub message: String,
    pub pointer: Option<String>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let at = refusal.pointer.filter(|pointer| !pointer.is_empty());
        Self::Refused(match at {
            Some(pointer) => {
                let key = pointer.trim_start_matches('/').replace('/', ".");
                format!("{key}: {}", refusal.message)
            }
            None => refusal.message,
        })
    }
}

impl From<OAuthError> for Refusal {
    fn from(error: OAuthError) -> Self {
        let message = match &error.why {
            Some(why) => format!("{} ({why})", error.description),
            None => error.description.to_string(),
        };
        Self { message, pointer: error.pointer }
    }
}

impl AdminClient {
    /// # Errors
    /// The server cannot be reached, or does not know the credentials.
    pub async fn connect(credentials: &Credentials, server: Option<&str>) -> Result<Self, Failure> {
        let address = server.unwrap_or(&credentials.server);
        let mut client = Self::to(address, credentials.ca_file.as_deref())?;
        client.token = match &credentials.proof {
            Proof::Secret(secret) => client.by_secret(&credentials.client_id, secret).await?,
            Proof::Login { path, .. } => client.by_login(path).await?,
        };
        Ok(client)
    }

    /// With no token yet.
    ///
    /// # Errors
    /// The address is none, or the certificates cannot be read.
    pub fn to(address: &str, ca_file: Option<&Path>) -> Result<Self, Failure> {
        let server = Url::parse(&format!("{}/", address.trim_end_matches('/')))
            .ok()
            .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .ok_or_else(|| {
                Failure::usage(format!(
                    "the server's URL {address} is no http or https URL, such as \
                     \"https://auth.example.com\""
                ))
            })?;
        Ok(Self { http: http(ca_file, &server)?, server, token: Secret::new("") })
    }

    pub fn with(self, token: Secret) -> Self {
        Self { token, ..self }
    }

    async fn by_secret(&self, client_id: &str, secret: &Secret) -> Result<Secret, Failure> {
        let basic = basic(client_id, secret.expose());
        let form = [("grant_type", "client_credentials"), ("scope", scope::ADMIN)];
        let (mut status, mut body) = self.form(&["oauth2", "token"], &form, Some(&basic)).await?;
        if body.get("error").and_then(Value::as_str) == Some(ErrorCode::InvalidScope.as_str()) {
            // Who administers less than all asks for what it has.
            (status, body) = self.form(&["oauth2", "token"], &form[..1], Some(&basic)).await?;
        }
        access_token(&body, status).ok_or_else(|| {
            let said = described(&body, status).message;
            Failure::refused(match status.is_server_error() {
                true => format!("{}: {said} ({status})", self.server),
                false => {
                    format!(
                        "{} does not accept the credentials of {client_id}: {said}",
                        self.server
                    )
                }
            })
        })
    }

    /// The refresh token is another one afterwards, so it is read and replaced in one turn.
    async fn by_login(&self, path: &Path) -> Result<Secret, Failure> {
        let _turn = keep::turn(path)?;
        let credentials = Credentials::read(path)?;
        let Proof::Login { refresh_token, .. } = credentials.proof else {
            return Err(Failure::refused(format!("{} changed meanwhile", path.display())));
        };
        // It is good at one server, and worth stealing at any other.
        if Self::to(&credentials.server, None)?.server != self.server {
            return Err(Failure::refused(format!(
                "the sign-in is at {}, not at {}: run vidimus login --server {}",
                credentials.server, self.server, self.server
            )));
        }
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
            ("client_id", &credentials.client_id),
        ];
        let (status, body) = self.form(&["oauth2", "token"], &form, None).await?;
        let Some(token) = access_token(&body, status) else {
            let said = described(&body, status).message;
            return Err(Failure::refused(match status.is_server_error() {
                true => format!("{}: {said} ({status})", self.server),
                false => format!("the sign-in has ended ({said}): run vidimus login"),
            }));
        };
        let next = body.get("refresh_token").and_then(Value::as_str).map(Secret::new);
        let kept = Kept {
            server: credentials.server,
            client_id: credentials.client_id,
            refresh_token: next.unwrap_or(refresh_token),
            ca_file: credentials.ca_file,
        };
        keep::write(path, &kept)?;
        Ok(token)
    }

    /// A form posted to an endpoint of the default tenant.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn form(
        &self,
        path: &[&str],
        parameters: &[(&str, &str)],
        basic: Option<&str>,
    ) -> Result<(StatusCode, Value), Failure> {
        let form =
            form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        let request = self
            .http
            .post(self.url(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form);
        self.exchange(match basic {
            Some(basic) => request.header("authorization", basic),
            None => request,
        })
        .await
    }

    /// # Errors
    /// The server cannot be reached, or refuses.
    pub async fn ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        Ok(self.try_ask(method, path, body).await??)
    }

    /// The same, with the refusal for the caller to explain.
    pub async fn try_ask(
        &self,
        method: Method,
        path: &[&str],
        body: Option<&Value>,
    ) -> Result<Result<Value, Refusal>, Failure> {
        self.send(method, self.admin_url(path)?, body).await
    }

    /// Some document of anybody's, without our token.
    ///
    /// # Errors
    /// It cannot be reached.
    pub async fn fetch(&self, url: Url) -> Result<(StatusCode, Value), Failure> {
        let shown = url.to_string();
        let unreachable = |why: reqwest::Error| {
            Failure::refused(format!("{shown} is not reached from here: {}", reason(&why)))
        };
        let response = self.http.get(url).send().await.map_err(unreachable)?;
        let status = response.status();
        Ok((status, read(response).await.map_err(unreachable)?))
    }

    /// One page of a list.
    pub async fn page(
        &self,
        path: &[&str],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Value, Failure> {
        self.page_of(path, &[], after, limit).await
    }

    /// The same of a narrower list.
    pub async fn page_of(
        &self,
        path: &[&str],
        narrowed: &[(&str, &str)],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Value, Failure> {
        let mut url = self.admin_url(path)?;
        url.query_pairs_mut().append_pair("limit", &limit.to_string()).extend_pairs(narrowed);
        if let Some(after) = after {
            url.query_pairs_mut().append_pair("after", after);
        }
        Ok(self.send(Method::GET, url, None).await??)
    }

    async fn send(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Result<Result<Value, Refusal>, Failure> {
        let mut request = self.http.request(method, url).bearer_auth(self.token.expose());
        if let Some(body) = body {
            request = request.json(body);
        }
        let (status, body) = self.exchange(request).await?;
        Ok(if status.is_success() { Ok(body) } else { Err(described(&body, status)) })
    }

    async fn exchange(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<(StatusCode, Value), Failure> {
        let response = request.send().await.map_err(|why| self.unreachable(&why))?;
        let status = response.status();
        let body = read(response).await.map_err(|why| self.unreachable(&why))?;
        Ok((status, body))
    }

    fn admin_url(&self, path: &[&str]) -> Result<Url, Failure> {
        // Neither can be a segment of a URL, whatever the escape.
        if path.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(Failure::usage("an id cannot be empty, \".\" or \"..\""));
        }
        let whole: Vec<&str> = ["admin", "v1"].iter().chain(path).copied().collect();
        Ok(self.url(&whole))
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.server.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    fn unreachable(&self, why: &reqwest::Error) -> Failure {
        let reason = reason(why);
        if let Some(why) = distrust(reason) {
            return Failure::refused(format!(
                "{} is not trusted: {why}. If an authority of your own has signed its certificate, \
                 name that one's in the credentials: ca_file = \"ca.pem\"",
                self.server
            ));
        }
        Failure::refused(format!(
            "cannot reach {}: {reason}. Is the server running there? Another address is given by \
             --server or VIDIMUS_URL",
            self.server
        ))
    }
}

/// The innermost one, which says most.
fn reason(why: &reqwest::Error) -> &(dyn std::error::Error + 'static) {
    let mut reason: &(dyn std::error::Error + 'static) = why;
    while let Some(inner) = reason.source() {
        reason = inner;
    }
    reason
}

/// The TLS library's word, in whatever it was wrapped.
fn distrust<'a>(reason: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut reason = reason;
    while let Some(inner) = reason.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        reason = inner;
    }
    let why = reason.downcast_ref();
    why.filter(|why| matches!(why, rustls::Error::InvalidCertificate(_)))
}

fn http(ca_file: Option<&Path>, server: &Url) -> Result<Client, Failure> {
    let extra = match ca_file {
        None => Vec::new(),
        Some(path) => fs::read(path)
            .map_err(|why| why.to_string())
            .and_then(|pem| Certificate::from_pem_bundle(&pem).map_err(|why| why.to_string()))
            .map_err(|why| Failure::refused(format!("ca_file {}: {why}", path.display())))?,
    };
    let builder = Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .connect_timeout(Duration::from_secs(CONNECT_SECONDS_MAX))
        .timeout(Duration::from_secs(ANSWER_SECONDS_MAX));
    // Without TLS no certificates are needed, and a machine may have none.
    let builder = if server.scheme() == "https" {
        builder.tls_certs_merge(extra)
    } else {
        builder.tls_certs_only(extra)
    };
    builder.build().map_err(|why| {
        let cause = why.source().map_or_else(|| why.to_string(), ToString::to_string);
        Failure::refused(format!("cannot set up TLS: {cause}"))
    })
}

/// RFC 6749 §2.3.1: both parts form-encoded first.
fn basic(client_id: &str, secret: &str) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret))))
}

async fn read(response: Response) -> Result<Value, reqwest::Error> {
    let bytes = response.bytes().await?;
    Ok(serde_json::from_slice(&bytes).unwrap_or_else(|_| json!({})))
}

fn access_token(body: &Value, status: StatusCode) -> Option<Secret> {
    let token = body.get("access_token").and_then(Value::as_str);
    token.filter(|_| status == StatusCode::OK).map(Secret::new)
}

fn described(body: &Value, status: StatusCode) -> Refusal {
    let member = |name: &str| body.get(name).and_then(Value::as_str);
    let message = match (member("error"), member("error_description")) {
        (_, Some(description)) => description.to_owned(),
        (Some(code), None) => code.to_owned(),
        (None, None) => format!("answered {status}"),
    };
    let hint = match member("error") {
        Some(code) if code == ErrorCode::InsufficientScope.as_str() => {
            format!(" (the client needs the scope {})", scope::ADMIN)
        }
        _ => String::new(),
    };
    let pointer = member("pointer").map(str::to_owned);
    Refusal { message: message + &hint, pointer }
}
