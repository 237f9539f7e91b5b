//! The `claims` parameter (OpenID Connect Core §5.5): claims asked for one by one, for the ID token
//! and for UserInfo.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    claims,
    error::OAuthError,
    json,
    limits::{CLAIM_VALUES_MAX, CLAIMS_BYTES_MAX, CLAIMS_MAX},
};

/// What was asked for, read whole; what is not understood is ignored, as §5.5 wants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClaimsRequest {
    id_token: BTreeMap<String, Wanted>,
    userinfo: BTreeMap<String, Wanted>,
}

/// How one claim is wanted (§5.5.1).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wanted {
    pub is_essential: bool,
    /// Of `value` or `values`; empty: any.
    pub values: Vec<Value>,
}

impl ClaimsRequest {
    /// # Errors
    /// `invalid_request`: no JSON object, a member twice or of the wrong form, or too much of it.
    pub fn parse(text: &str) -> Result<Self, OAuthError> {
        if text.len() > CLAIMS_BYTES_MAX {
            return Err(malformed("The claims parameter is too long."));
        }
        let members = json::object(text.as_bytes()).map_err(|why| {
            malformed("The claims parameter is no JSON object.").because(why.to_string())
        })?;
        let request = Self {
            id_token: target(&members, "id_token")?,
            userinfo: target(&members, "userinfo")?,
        };
        if !request.subjects().flatten().all(Value::is_string) {
            return Err(malformed("The sub in the claims parameter is no string."));
        }
        Ok(request)
    }

    /// Names of claims about the person, for the ID token.
    pub fn id_token_claims(&self) -> Vec<String> {
        names(&self.id_token)
    }

    /// The same for UserInfo.
    pub fn userinfo_claims(&self) -> Vec<String> {
        names(&self.userinfo)
    }

    /// Of both, each once: what the user is told of.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.id_token_claims();
        names.extend(self.userinfo_claims());
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether it asks for one user, or for one of a few (§5.5.1).
    pub fn names_user(&self) -> bool {
        self.subjects().next().is_some()
    }

    /// Whether it can be answered for the user whom the client knows by this name
    /// ([`crate::subject::of`]).
    pub fn admits(&self, sub: &str) -> bool {
        self.subjects().all(|values| values.iter().any(|value| value == sub))
    }

    fn subjects(&self) -> impl Iterator<Item = &Vec<Value>> {
        let targets = [&self.id_token, &self.userinfo].into_iter();
        let values = targets.filter_map(|target| target.get("sub")).map(|wanted| &wanted.values);
        values.filter(|values| !values.is_empty())
    }

    /// Whether it can be answered for a sign-in in this context (§5.5.1.1).
    pub fn admits_acr(&self, acr: &str) -> bool {
        self.id_token.get("acr").is_none_or(|wanted| {
            let is_wanted = wanted.values.iter().any(|value| value == acr);
            !wanted.is_essential || wanted.values.is_empty() || is_wanted
        })
    }
}

fn malformed(what: &'static str) -> OAuthError {
    OAuthError::invalid_request(what)
}

/// Of what nobody could be told nobody need be asked.
fn names(target: &BTreeMap<String, Wanted>) -> Vec<String> {
    target.keys().filter(|name| claims::is_of_person(name)).cloned().collect()
}

fn target(
    members: &Map<String, Value>,
    name: &str,
) -> Result<BTreeMap<String, Wanted>, OAuthError> {
    let claims = match members.get(name) {
        None | Some(Value::Null) => return Ok(BTreeMap::new()),
        Some(Value::Object(claims)) => claims,
        Some(_) => return Err(malformed("A member of the claims parameter is no object.")),
    };
    if claims.len() > CLAIMS_MAX {
        return Err(malformed("Too many claims are asked for."));
    }
    claims.iter().map(|(name, how)| Ok((name.clone(), wanted(how)?))).collect()
}

fn wanted(how: &Value) -> Result<Wanted, OAuthError> {
    let members = match how {
        Value::Null => return Ok(Wanted::default()),
        Value::Object(members) => members,
        _ => {
            return Err(malformed(
                "A claim is asked for by something else than null or an object.",
            ));
        }
    };
    let is_essential = match members.get("essential") {
        None => false,
        Some(Value::Bool(is_essential)) => *is_essential,
        Some(_) => return Err(malformed("The essential of a claim is no boolean.")),
    };
    let values = match (members.get("value"), members.get("values")) {
        (None, None) => Vec::new(),
        (Some(value), None) => vec![value.clone()],
        (None, Some(Value::Array(values))) if (1..=CLAIM_VALUES_MAX).contains(&values.len()) => {
            values.clone()
        }
        (None, Some(_)) => return Err(malformed("The values of a claim are no list of a few.")),
        (Some(_), Some(_)) => return Err(malformed("A claim has a value and values.")),
    };
    Ok(Wanted { is_essential, values })
}

#[cfg(test)]
mod tests;
