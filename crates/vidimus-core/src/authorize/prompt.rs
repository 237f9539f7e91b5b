//! How the user is to be asked (OpenID Connect Core §3.1.2.1): `prompt`, `max_age`.

use super::draft::{Draft, Halt};
use crate::{context::Context, error::OAuthError};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Prompt {
    pub none: bool,
    pub login: bool,
    pub consent: bool,
    pub select_account: bool,
    /// Seconds since the user last proved who it is, at most.
    pub max_age: Option<i64>,
}

pub fn check(draft: &mut Draft<'_>, cx: &mut Context<'_>) -> Result<(), Halt> {
    draft.prompt = read(draft).map_err(|error| draft.refuse(error, cx))?;
    Ok(())
}

fn read(draft: &Draft<'_>) -> Result<Prompt, OAuthError> {
    let mut prompt = Prompt::default();
    for word in draft.get("prompt").unwrap_or_default().split(' ').filter(|word| !word.is_empty()) {
        match word {
            "none" => prompt.none = true,
            "login" => prompt.login = true,
            "consent" => prompt.consent = true,
            "select_account" => prompt.select_account = true,
            // Not among our prompt_values_supported.
            _ => return Err(OAuthError::invalid_request("A prompt is not known.")),
        }
    }
    if prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
        let what = "The prompt none goes with no other.";
        return Err(OAuthError::invalid_request(what));
    }
    let silent = draft.asked.manner.authorization.silent_parameter;
    prompt.none |= silent.is_some_and(|name| draft.get(name) == Some("true"));
    let asked = match draft.get("max_age") {
        None => None,
        Some(text) => {
            let wrong = |_| OAuthError::invalid_request("max_age is no number of seconds.");
            Some(text.parse::<u32>().map_err(wrong)?)
        }
    };
    let default = draft.client.and_then(|client| client.metadata.default_max_age);
    prompt.max_age = asked.or(default).map(i64::from);
    Ok(prompt)
}
