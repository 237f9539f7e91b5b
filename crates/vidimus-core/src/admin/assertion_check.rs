//! Why an assertion is refused (RFC 7523 §3): each claim good or not, what would have been, and what
//! the operator can do about it.

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    client_auth::Sent,
    context::Context,
    engine::Operation,
    error::{Cause, OAuthError},
    facts::{Facts, Needs, TenantRef},
    form::Form,
    grant::{assertion::examine::Checked, jwt_bearer::JWT_BEARER},
    jwt::Unverified,
    manner::Manner,
    outcome::{Decision, Outcome},
    secret::Secret,
    time::Time,
    token::{Examined, TokenRequest},
    vault::Vault,
};

pub struct AssertionCheck {
    assertion: Secret,
    request: TokenRequest,
    /// The client that would bring it.
    client_id: String,
}

#[derive(Debug)]
pub struct AssertionReport {
    /// `{claim, ok, found, accepted, note}` each; `ok` is null where another must be good first.
    pub checks: Vec<Value>,
    pub verdict: Result<(), OAuthError>,
    /// Commands, or what to change in the assertion.
    pub fix: Vec<String>,
}

impl AssertionCheck {
    /// As the route of this manner would read it, from `client_id` or else from whoever is its issuer.
    ///
    /// # Errors
    /// `invalid_request`: there is nothing to check.
    pub fn new(
        assertion: Secret,
        client_id: Option<String>,
        manner: &'static Manner,
    ) -> Result<Self, OAuthError> {
        let unreadable = || {
            let what = "The assertion is no JWT with an iss: it has three parts of base64url, with dots \
                        between them, around two JSON objects.";
            OAuthError::invalid_request(what).at("/assertion")
        };
        let token = Unverified::parse(assertion.expose()).ok_or_else(unreadable)?;
        let issuer = || token.claim("iss").map(str::to_owned);
        let client_id = client_id.or_else(issuer).ok_or_else(unreadable)?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", JWT_BEARER)
            .append_pair("assertion", assertion.expose())
            .append_pair("client_id", &client_id)
            .finish();
        let form = Form::parse(form.as_bytes())?;
        let request = TokenRequest::parse(&Sent { manner, ..Sent::new(None, &form) })?;
        Ok(Self { assertion, request, client_id })
    }
}

impl Operation for AssertionCheck {
    type Reply = AssertionReport;

    fn needs(&self, vault: &Vault) -> Needs {
        self.request.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<AssertionReport> {
        let Examined { checks, verdict } = self.request.examine(&self.assertion, facts, cx)?;
        let told = Told { check: self, facts, now: cx.now };
        let fix = checks.iter().filter_map(|check| told.fix(check)).collect();
        let checks = checks.iter().map(|check| told.json(check)).collect();
        Ok(Outcome::reply(AssertionReport { checks, verdict, fix }))
    }
}

/// A finding in words.
struct Told<'a> {
    check: &'a AssertionCheck,
    facts: &'a Facts,
    now: Time,
}

impl Told<'_> {
    fn json(&self, check: &Checked) -> Value {
        let ok = check.verdict.as_ref().map(Result::is_ok);
        let note = match &check.verdict {
            Some(Ok(())) => self.good(check),
            Some(Err(error)) => match &error.why {
                Some(why) => format!("{} ({why})", error.description),
                None => error.description.to_string(),
            },
            None => "not looked at: its issuer, or its life, must be right first".to_owned(),
        };
        let mut told = json!({"claim": check.claim, "ok": ok, "found": check.found, "note": note});
        if let (Value::Object(map), Some(accepted)) = (&mut told, &check.accepted) {
            map.insert("accepted".to_owned(), json!(accepted));
        }
        told
    }

    fn good(&self, check: &Checked) -> String {
        let client = self.facts.client(&self.check.client_id);
        let is_own = |issuer: &Value| issuer.as_str() == Some(&self.check.client_id);
        match (check.claim, &check.found) {
            ("signature", Some(alg)) => {
                format!("{}, by a key of the issuer", alg.as_str().unwrap_or_default())
            }
            ("iss", Some(issuer)) if client.is_some() && is_own(issuer) => "the client".to_owned(),
            ("iss", _) => "a trusted issuer".to_owned(),
            ("exp", Some(exp)) => exp.as_f64().map_or_else(String::new, |exp| self.left(exp)),
            ("jti", None) => "none, so it may be used again".to_owned(),
            ("jti", Some(_)) => "not used yet".to_owned(),
            _ => String::new(),
        }
    }

    /// Seconds, or milliseconds where a route takes those.
    fn left(&self, exp: f64) -> String {
        #[expect(clippy::cast_possible_truncation, reason = "for people; it was checked before")]
        let seconds = if exp > 1e11 { exp / 1000.0 } else { exp } as i64 - self.now.seconds();
        match seconds {
            ..0 => format!("{} s ago, within what clocks may differ", -seconds),
            0..60 => format!("in {seconds} s"),
            60..3600 => format!("in {} min {} s", seconds / 60, seconds % 60),
            _ => format!("in {} h {} min", seconds / 3600, seconds / 60 % 60),
        }
    }

    fn fix(&self, check: &Checked) -> Option<String> {
        let Some(Err(error)) = &check.verdict else { return None };
        let tenant = self.facts.tenant()?;
        let of = match tenant.id() {
            TenantRef::DEFAULT_ID => String::new(),
            id => format!(" --tenant {}", quoted(id)),
        };
        let found = check.found.as_ref().and_then(Value::as_str).unwrap_or_default();
        let (id, client) =
            (quoted(&self.check.client_id), self.facts.client(&self.check.client_id));
        Some(match error.cause {
            Cause::AssertionAudience => {
                let known = &tenant.body.policy.accepted_assertion_audiences;
                let audiences: Vec<&str> = known
                    .iter()
                    .map(String::as_str)
                    .chain([found])
                    .filter(|a| !a.is_empty())
                    .collect();
                let set =
                    quoted(&format!("policy.accepted_assertion_audiences={}", json!(audiences)));
                format!(
                    "set aud to one of those accepted, or accept this one: vidimus tenant update {} \
                     --set {set}",
                    quoted(tenant.id())
                )
            }
            Cause::AssertionIssuer => format!(
                "make it a client: vidimus client create {}{of} --grant-type {JWT_BEARER} --auth-method \
                 none --assertion-certificate cert.pem; or trust it: vidimus issuer create {}{of} \
                 --jwks-uri URI --subject USERNAME --scope SCOPES",
                quoted(found),
                quoted(found)
            ),
            Cause::AssertionSignature => format!(
                "sign it with the key that is registered, or register this one's certificate: vidimus \
                 client update {id}{of} --assertion-certificate cert.pem"
            ),
            Cause::UnknownUser => {
                format!("vidimus user create {}{of} --password-file -", quoted(found))
            }
            Cause::InactiveUser => format!("vidimus user update {}{of} --enable", quoted(found)),
            Cause::NotApproved => {
                let known = client.map(|c| c.metadata.preauthorized_users.clone());
                let subject = self.subject().unwrap_or_default();
                let names = known.unwrap_or_default().into_iter().chain([subject]);
                let flags: String =
                    names.map(|name| format!(" --preauthorize-user {}", quoted(&name))).collect();
                format!("vidimus client update {id}{of}{flags}")
            }
            Cause::GrantNotAllowed => {
                let known = client.map(|c| c.metadata.grant_types.clone()).unwrap_or_default();
                let grants = known.into_iter().chain([JWT_BEARER.to_owned()]);
                let flags: String =
                    grants.map(|g| format!(" --grant-type {}", quoted(&g))).collect();
                format!("vidimus client update {id}{of}{flags}")
            }
            Cause::ScopeRefused => format!("vidimus client update {id}{of} --scope SCOPES"),
            Cause::DisabledClient => format!("vidimus client update {id}{of} --enable"),
            Cause::AssertionReplayed => "sign a new one: this one was used already".to_owned(),
            Cause::AssertionExpired => {
                format!("sign a new one: it is {} here", self.now.rfc_3339())
            }
            Cause::AssertionNotYetValid => {
                format!("set the clock of who signs it: it is {} here", self.now.rfc_3339())
            }
            Cause::AssertionIncomplete => format!("put {} into it", check.claim),
            _ => return None,
        })
    }

    fn subject(&self) -> Option<String> {
        let token = Unverified::parse(self.check.assertion.expose())?;
        token.claim("sub").or_else(|| token.claim("prn")).map(str::to_owned)
    }
}

/// For a shell, and for the terminal in front of it.
fn quoted(text: &str) -> String {
    let text = text.replace(char::is_control, "\u{fffd}");
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@,+=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests;
