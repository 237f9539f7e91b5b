//! What surrounds every page: the language, the tenant's name, logo and colour, and our own assets.

use vidimus_core::page::{ClientCard, Look};

use crate::{
    accent::digits,
    assets::{icon, style},
    words::{Words, choose},
};

/// Of a tenant without a name.
const NAME: &str = "Vidimus";

pub struct Frame<'a> {
    pub words: &'static Words,
    pub tenant: &'a str,
    pub logo: Option<&'a str>,
    pub style: &'static str,
    pub icon: &'static str,
    pub accent: Option<String>,
}

impl<'a> Frame<'a> {
    pub fn new(look: &'a Look, languages: &[String]) -> Self {
        let color = look.color.as_deref().and_then(digits);
        Self {
            words: choose(&look.languages, languages),
            tenant: Some(look.tenant_name.trim()).filter(|name| !name.is_empty()).unwrap_or(NAME),
            logo: look.logo.as_deref(),
            style: style(),
            icon: icon(),
            accent: color.map(|hex| format!("/assets/accent-{hex}.css")),
        }
    }

    pub fn initial(&self) -> String {
        initial(self.tenant)
    }
}

/// What stands for a name that has no picture.
pub fn initial(name: &str) -> String {
    let first = name.chars().find(|one| one.is_alphanumeric());
    first.map_or_else(|| "•".to_owned(), |one| one.to_uppercase().collect())
}

/// Where one may read more about a client: word and address. Only the web's addresses are links.
pub fn links<'a>(client: &'a ClientCard, words: &'a Words) -> Vec<(&'a str, &'a str)> {
    let all = [
        ("consent.website", &client.client_uri),
        ("consent.policy", &client.policy_uri),
        ("consent.tos", &client.tos_uri),
    ];
    let of_the_web = |address: &&String| is_scheme(address, &["http", "https"]);
    all.into_iter()
        .filter_map(|(key, address)| {
            Some((words.text(key), address.as_ref().filter(of_the_web)?.as_str()))
        })
        .collect()
}

/// Whether following it leaves for another place, rather than running or showing what it holds.
pub fn is_elsewhere(address: &str) -> bool {
    let has_scheme = address.split_once(':').is_some_and(|(scheme, _)| {
        scheme.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    has_scheme && !is_scheme(address, &["javascript", "data", "vbscript", "blob", "file", "about"])
}

pub fn is_scheme(address: &str, schemes: &[&str]) -> bool {
    address
        .split_once(':')
        .is_some_and(|(scheme, _)| schemes.iter().any(|known| scheme.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_lead_elsewhere_are_followed() {
        for (address, leads) in [
            ("https://a.example/x", true),
            ("com.example.app:/back", true),
            ("javascript:alert(1)", false),
            ("JavaScript:alert(1)", false),
            (" javascript:alert(1)", false),
            ("java\tscript:alert(1)", false),
            ("data:text/html,x", false),
            ("//a.example", false),
            ("", false),
        ] {
            assert_eq!(is_elsewhere(address), leads, "{address:?}");
        }
    }

    #[test]
    fn a_seal_has_the_first_letter_of_a_name() {
        for (name, letter) in
            [("acme", "A"), ("«émile»", "É"), ("", "•"), ("<b>", "B"), ("ß", "SS")]
        {
            assert_eq!(initial(name), letter);
        }
    }
}
