//! What a list is narrowed to. Looked at object by object: nothing of it reaches a statement.

use url::Url;

use super::{
    cursor::{AFTER, LIMIT},
    fields::nearest,
    fingerprint::is_of_world,
};
use crate::{
    error::OAuthError,
    form::Form,
    limits::FILTER_BYTES_MAX,
    model::{Body, Client, Kind, Object},
    scope::Scope,
    time::Time,
};

pub const DAYS_MAX: i64 = 36_500;
/// The end of the year 9999.
pub const SECONDS_MAX: i64 = 253_402_300_799;
const DAY_SECONDS: i64 = 86_400;

const OF_ALL: [&str; 4] = [LIMIT, AFTER, "q", "enabled"];
/// Of clients alone.
const OF_CLIENTS: [&str; 6] =
    ["source", "grant", "scope", "redirect_host", "last_used_before", "unused_for_days"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// How its id or its name begins, in lower case.
    prefix: Option<String>,
    enabled: Option<bool>,
    source: Option<Source>,
    grant: Option<String>,
    scope: Option<String>,
    redirect_host: Option<String>,
    unused_since: Option<Time>,
}

/// Where a client comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A world file.
    Declared,
    /// It has registered itself (RFC 7591).
    Registered,
    /// An administrator has made it.
    Api,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Declared, Self::Registered, Self::Api];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Registered => "registered",
            Self::Api => "api",
        }
    }

    pub fn of(body: &Body, client: &Client) -> Self {
        if client.registration.is_some() {
            Self::Registered
        } else if is_of_world(body) {
            Self::Declared
        } else {
            Self::Api
        }
    }
}

impl Filter {
    /// The parameters that a list of this kind knows.
    pub fn parameters(kind: Kind) -> impl Iterator<Item = &'static str> {
        let more: &[&str] = if kind == Kind::Client { &OF_CLIENTS } else { &[] };
        OF_ALL.iter().chain(more).copied()
    }

    /// # Errors
    /// `invalid_request` for a parameter that is unknown, too long or of another form.
    pub fn parse(kind: Kind, query: &Form, now: Time) -> Result<Self, OAuthError> {
        let known: Vec<&str> = Self::parameters(kind).collect();
        for (name, value) in query.pairs() {
            if !known.contains(&name) {
                let hint = nearest(name, &known);
                let hint = hint.map_or_else(String::new, |name| format!(" Did you mean {name}?"));
                return Err(wrong(format!("This list does not know that parameter.{hint}")));
            }
            if value.is_empty() || (name != AFTER && value.len() > FILTER_BYTES_MAX) {
                return Err(wrong(format!("{name} is empty or too long.")));
            }
        }
        let text = |name: &str| query.get(name).map(str::to_owned);
        let enabled = word(query, "enabled", &["true", "false"])?;
        let sources = Source::ALL.map(Source::as_str);
        let source = word(query, "source", &sources)?;
        let moment = number(query, "last_used_before", SECONDS_MAX)?.map(Time::from_seconds);
        let days = number(query, "unused_for_days", DAYS_MAX)?;
        if moment.is_some() && days.is_some() {
            return Err(wrong("last_used_before and unused_for_days exclude each other."));
        }
        Ok(Self {
            prefix: query.get("q").map(str::to_lowercase),
            enabled: enabled.map(|enabled| enabled == "true"),
            source: source
                .and_then(|name| Source::ALL.into_iter().find(|source| source.as_str() == name)),
            grant: text("grant"),
            scope: text("scope"),
            redirect_host: query.get("redirect_host").map(str::to_ascii_lowercase),
            unused_since: moment.or_else(|| days.map(|days| now.plus_seconds(-days * DAY_SECONDS))),
        })
    }

    /// Whether nothing is left out.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    pub fn admits(&self, object: &Object, used_at: Option<Time>) -> bool {
        self.enabled.is_none_or(|enabled| enabled == is_enabled(object))
            && self.prefix.as_deref().is_none_or(|prefix| begins(object, prefix))
            && self
                .unused_since
                .is_none_or(|since| used_at.unwrap_or_else(|| object.key.made_at()) < since)
            && match &object.body {
                Body::Client(client) => self.admits_client(&object.body, client),
                _ => true,
            }
    }

    fn admits_client(&self, body: &Body, client: &Client) -> bool {
        let metadata = &client.metadata;
        let leads_to = |host: &str| {
            metadata
                .redirect_uris
                .iter()
                .any(|uri| Url::parse(uri).is_ok_and(|uri| uri.host_str() == Some(host)))
        };
        self.source.is_none_or(|source| source == Source::of(body, client))
            && self.grant.as_ref().is_none_or(|grant| metadata.grant_types.contains(grant))
            && self
                .scope
                .as_ref()
                .is_none_or(|scope| Scope::stored(&metadata.scope).contains(scope))
            && self.redirect_host.as_deref().is_none_or(leads_to)
    }
}

fn wrong(what: impl Into<std::borrow::Cow<'static, str>>) -> OAuthError {
    OAuthError::invalid_request(what)
}

fn word<'a>(query: &'a Form, name: &str, words: &[&str]) -> Result<Option<&'a str>, OAuthError> {
    match query.get(name) {
        Some(given) if !words.contains(&given) => {
            Err(wrong(format!("{name} must be one of {}.", words.join(", "))))
        }
        given => Ok(given),
    }
}

fn number(query: &Form, name: &str, most: i64) -> Result<Option<i64>, OAuthError> {
    let Some(given) = query.get(name) else { return Ok(None) };
    let within = given.parse().ok().filter(|number| (0..=most).contains(number));
    let wrong = || wrong(format!("{name} must be a whole number from 0 to {most}."));
    within.map(Some).ok_or_else(wrong)
}

fn is_enabled(object: &Object) -> bool {
    let is_locked = matches!(&object.body, Body::User(user) if user.locked);
    !object.standing.disabled && !is_locked
}

fn begins(object: &Object, prefix: &str) -> bool {
    let begins = |text: &str| text.to_lowercase().starts_with(prefix);
    let name = match &object.body {
        Body::Client(client) => client.metadata.client_name.as_deref(),
        Body::User(user) => user.email.as_deref(),
        Body::Tenant(tenant) => tenant.look.name.as_deref(),
        _ => None,
    };
    begins(object.id()) || name.is_some_and(begins)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::NOW;

    fn parse(query: &str) -> Result<Filter, OAuthError> {
        Filter::parse(Kind::Client, &Form::parse(query.as_bytes()).unwrap(), NOW)
    }

    #[test]
    fn sec_211_what_no_list_knows_is_refused() {
        assert!(parse("limit=5&after=x").unwrap().is_open());
        assert!(!parse("q=a").unwrap().is_open());
        for bad in [
            "sort=id",
            "order=1%3BDROP",
            "filter=x",
            "enabled=yes",
            "source=%25",
            "q=",
            "unused_for_days=-1",
            "unused_for_days=x",
            "unused_for_days=99999999999999999999",
            "last_used_before=1&unused_for_days=1",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&format!("q={}", "a".repeat(10_000))).is_err());
        let users =
            |query: &str| Filter::parse(Kind::User, &Form::parse(query.as_bytes()).unwrap(), NOW);
        assert!(users("q=a&enabled=true").is_ok());
        assert!(users("grant=x").is_err());
        let hint = parse("redirect_hosts=x").unwrap_err().description;
        assert!(hint.contains("redirect_host?"), "{hint}");
    }
}
