//! What is to be given, and how it travels (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Types).

use super::{
    draft::{Draft, Halt},
    reply::ResponseMode,
};
use crate::{
    context::Context,
    error::{ErrorCode, OAuthError},
    form,
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResponseType {
    pub code: bool,
    pub token: bool,
    pub id_token: bool,
}

impl ResponseType {
    /// In any order, each word once; `None` for others.
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = Self::default();
        for word in text.split(' ') {
            let member = match word {
                "code" => &mut found.code,
                "token" => &mut found.token,
                "id_token" => &mut found.id_token,
                _ => return None,
            };
            if std::mem::replace(member, true) {
                return None;
            }
        }
        Some(found)
    }

    /// Something is given at the authorization endpoint itself.
    pub const fn is_legacy(self) -> bool {
        self.token || self.id_token
    }

    fn words(self) -> impl Iterator<Item = Self> {
        let only = |code, token, id_token| Self { code, token, id_token };
        [
            (self.code, only(true, false, false)),
            (self.token, only(false, true, false)),
            (self.id_token, only(false, false, true)),
        ]
        .into_iter()
        .filter_map(|(is_asked, word)| is_asked.then_some(word))
    }
}

/// What the request asks for, however its product spells it.
fn asked<'a>(draft: &'a Draft<'_>) -> Option<&'a str> {
    let text = draft.get("response_type")?;
    let aliases = draft.asked.manner.authorization.response_type_aliases;
    let alias = aliases.iter().find(|(alias, _)| *alias == text);
    Some(alias.map_or(text, |(_, name)| name))
}

/// How a refusal travels before more is known.
pub fn likely_mode(draft: &Draft<'_>) -> ResponseMode {
    let words = asked(draft).unwrap_or_default();
    let is_legacy = words.split(' ').any(|word| word == "token" || word == "id_token");
    match draft.get("response_mode") {
        Some("form_post") => ResponseMode::FormPost,
        Some("query") if !is_legacy => ResponseMode::Query,
        Some("fragment") => ResponseMode::Fragment,
        _ if is_legacy => ResponseMode::Fragment,
        _ => ResponseMode::Query,
    }
}

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    let asked = read(draft).and_then(|asked| permitted(draft, asked));
    draft.response_type = asked.map_err(|error| draft.refuse(error, cx))?;
    let headless = draft.asked.manner.authorization.headless_response_type;
    draft.is_headless = headless.is_some() && draft.get("response_type") == headless;
    draft.mode = mode(draft).map_err(|error| draft.refuse(error, cx))?;
    Ok(())
}

fn read(draft: &Draft<'_>) -> Result<ResponseType, OAuthError> {
    let text = asked(draft).ok_or_else(|| form::missing("response_type"))?;
    if Some(text) == draft.asked.manner.authorization.headless_response_type {
        return Ok(ResponseType { code: true, ..ResponseType::default() });
    }
    ResponseType::parse(text).ok_or_else(|| {
        let what = "The response type is not supported.";
        OAuthError::new(ErrorCode::UnsupportedResponseType, what)
    })
}

fn permitted(draft: &Draft<'_>, asked: ResponseType) -> Result<ResponseType, OAuthError> {
    let of_product = draft.asked.manner.authorization.legacy_response_types;
    if asked.is_legacy() && !draft.tenant.policy.allow_legacy_response_types && !of_product {
        let what = "The response type is not offered here.";
        return Err(OAuthError::new(ErrorCode::UnsupportedResponseType, what));
    }
    let Some(client) = draft.client else { return Ok(asked) };
    let registered = |wanted: ResponseType| {
        let types = client.metadata.response_types.iter();
        types.filter_map(|text| ResponseType::parse(text)).any(|known| known == wanted)
    };
    let is_registered = registered(asked) || of_product && asked.words().all(registered);
    let has_grants = (!asked.code || client.has_grant("authorization_code"))
        && (!asked.is_legacy() || client.has_grant("implicit"));
    if is_registered && has_grants {
        return Ok(asked);
    }
    let what = "The client is not registered for this response type.";
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, what))
}

/// Tokens never travel in a query (Multiple Response Types §3.0).
fn mode(draft: &Draft<'_>) -> Result<ResponseMode, OAuthError> {
    match draft.get("response_mode") {
        None => Ok(likely_mode(draft)),
        Some("query") if !draft.response_type.is_legacy() => Ok(ResponseMode::Query),
        Some("fragment") => Ok(ResponseMode::Fragment),
        Some("form_post") => Ok(ResponseMode::FormPost),
        Some(_) => {
            let what = "The response mode is not supported with this response type.";
            Err(OAuthError::invalid_request(what))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ResponseType;

    #[test]
    fn words_may_come_in_any_order_and_once() {
        let hybrid = ResponseType { code: true, token: true, id_token: true };
        assert_eq!(ResponseType::parse("id_token code token"), Some(hybrid));
        for bad in ["", "code code", "code  token", "none", "Code", "code saml"] {
            assert_eq!(ResponseType::parse(bad), None, "{bad:?}");
        }
    }
}
