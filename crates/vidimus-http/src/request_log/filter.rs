//! Which requests a list shows.

use vidimus_core::{error::OAuthError, form::Form, limits::REQUEST_LOG_ENTRIES_MAX};

use super::Entry;

const LIMIT: usize = 200;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    pub tenant: Option<String>,
    pub endpoint: Option<String>,
    /// The first digit of the status: 4 = 400 to 499.
    pub status_class: Option<u16>,
    /// Why a token was inactive, the error or the cause of a refusal, or the fault that was set.
    pub reason: Option<String>,
    /// The client, resource server or user that asked.
    pub caller: Option<String>,
    /// A request's id: only later ones.
    pub since: Option<String>,
    pub limit: usize,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            tenant: None,
            endpoint: None,
            status_class: None,
            reason: None,
            caller: None,
            since: None,
            limit: LIMIT,
        }
    }
}

impl Filter {
    /// `tenant`, `endpoint`, `status` (`4xx`), `reason`, `caller`, `since` and `limit` of a query.
    ///
    /// # Errors
    /// One of them cannot be meant.
    pub fn of(query: &str) -> Result<Self, OAuthError> {
        let query = Form::parse(query.as_bytes())?;
        let known = ["tenant", "endpoint", "status", "reason", "caller", "since", "limit", "after"];
        if query.pairs().any(|(name, _)| !known.contains(&name)) {
            let text = format!("A list of requests takes: {}.", known.join(", "));
            return Err(OAuthError::invalid_request(text));
        }
        let text = |name: &str| query.get(name).map(str::to_owned);
        Ok(Self {
            tenant: text("tenant"),
            endpoint: text("endpoint"),
            status_class: query.get("status").map(status_class).transpose()?,
            reason: text("reason"),
            caller: text("caller"),
            since: text("since").or_else(|| text("after")),
            limit: query.get("limit").map_or(Ok(LIMIT), limit)?,
        })
    }

    pub fn fits(&self, entry: &Entry) -> bool {
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
        };
        is(&self.tenant, Some(&entry.tenant))
            && is(&self.endpoint, Some(entry.endpoint))
            && is(&self.caller, entry.caller.as_deref())
            && self.status_class.is_none_or(|class| entry.status / 100 == class)
            && self.reason.as_deref().is_none_or(|reason| entry.reasons().any(|r| r == reason))
    }
}

fn status_class(text: &str) -> Result<u16, OAuthError> {
    let digit = text.get(..1).and_then(|digit| digit.parse().ok());
    digit.filter(|class| (1..=5).contains(class) && text.len() == 3).ok_or_else(|| {
        OAuthError::invalid_request("status is a class of them: 2xx, 3xx, 4xx or 5xx.")
    })
}

fn limit(text: &str) -> Result<usize, OAuthError> {
    let limit = text.parse().ok().filter(|limit| (1..=REQUEST_LOG_ENTRIES_MAX).contains(limit));
    limit.ok_or_else(|| {
        let text = format!("limit must be between 1 and {REQUEST_LOG_ENTRIES_MAX}.");
        OAuthError::invalid_request(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_member_narrows() {
        let entry = Entry {
            tenant: "foo.com".to_owned(),
            endpoint: "introspect",
            status: 401,
            cause: Some("wrong_secret".to_owned()),
            caller: Some("demo-api".to_owned()),
            ..Entry::default()
        };
        for (query, fits) in [
            ("", true),
            ("tenant=foo.com&endpoint=introspect&status=4xx&reason=wrong_secret", true),
            ("tenant=default", false),
            ("endpoint=token", false),
            ("status=2xx", false),
            ("reason=expired", false),
            ("caller=demo-api", true),
            ("caller=other", false),
        ] {
            assert_eq!(Filter::of(query).unwrap().fits(&entry), fits, "{query}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for query in ["limit=0", "limit=x", "status=9xx", "status=4", "status=", "nonsense=1"] {
            let empty = query == "status=";
            assert_eq!(Filter::of(query).is_err(), !empty, "{query}");
        }
    }
}
