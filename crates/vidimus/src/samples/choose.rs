//! A name among those that there are, or a failure that says which one was meant and which there are.

use vidimus_samples::{
    catalogue::{self, DIALECTS},
    lang::{self, LANGUAGES, Language},
    postman::{Choice, Missing},
};

use crate::{document::nearest, failure::Failure};

fn meant<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, names).map(|name| format!(" (did you mean {name}?)")).unwrap_or_default()
}

/// # Errors
/// None was named, or none that there is.
pub fn language(wanted: Option<&str>) -> Result<&'static Language, Failure> {
    let names = || LANGUAGES.iter().map(|language| language.name);
    let all = names().collect::<Vec<_>>().join(", ");
    let Some(wanted) = wanted else {
        return Err(Failure::usage(format!("--lang is missing: one of {all}")));
    };
    lang::language(wanted).ok_or_else(|| {
        let meant = meant(wanted, names());
        Failure::usage(format!("no language {wanted:?}{meant}; there are {all}"))
    })
}

/// # Errors
/// There is none of this name.
pub fn dialect(wanted: &str) -> Result<(), Failure> {
    if DIALECTS.contains(&wanted) {
        return Ok(());
    }
    let (meant, all) = (meant(wanted, DIALECTS), DIALECTS.join(", "));
    Err(Failure::usage(format!("no dialect {wanted:?}{meant}; there are {all}")))
}

pub fn no_endpoint(wanted: &str, dialect: &str) -> Failure {
    let of = |only: &str| {
        let own = catalogue::endpoints().filter(move |(found, _)| *found == only);
        own.map(|(_, item)| item.id()).collect::<Vec<_>>()
    };
    let own = of(dialect);
    let elsewhere: Vec<&str> =
        DIALECTS.into_iter().filter(|other| of(other).contains(&wanted)).collect();
    let meant = match elsewhere.as_slice() {
        [] => meant(wanted, own.iter().copied()),
        there => format!(" (it is one of --dialect {})", there.join(" or ")),
    };
    let all = own.join(", ");
    Failure::usage(format!("no endpoint {wanted:?} of {dialect}{meant}; there are {all}"))
}

pub fn no_item(file: &str, wanted: Option<&str>, choice: &Choice) -> Failure {
    let all: String = choice.paths.iter().map(|path| format!("\n  {path}")).collect();
    let wanted = wanted.unwrap_or_default();
    Failure::usage(match choice.missing {
        Missing::NotNamed => format!("{file}: --item says which of its items:{all}"),
        Missing::Ambiguous => format!("{file}: {wanted:?} is the name of several items:{all}"),
        Missing::Unknown => {
            let last = |path: &'_ String| path.rsplit('/').next().unwrap_or_default().to_owned();
            let names: Vec<String> = choice.paths.iter().map(last).collect();
            let near = choice.paths.iter().chain(&names).map(String::as_str);
            format!("{file}: no item {wanted:?}{}; there are:{all}", meant(wanted, near))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        let said = language(Some("pyton")).err().unwrap().to_string();
        assert!(said.contains("did you mean python?") && said.contains("swift"), "{said}");
        let said = dialect("standart").unwrap_err().to_string();
        assert!(said.contains("did you mean standard?"), "{said}");
        let said = no_endpoint("introspct", "standard").to_string();
        assert!(said.contains("did you mean introspect?"), "{said}");
        let said = no_endpoint("par", DIALECTS[1]).to_string();
        assert!(said.contains("--dialect standard"), "{said}");
        let paths = vec!["Auth/Login".to_owned(), "Auth/Logout".to_owned()];
        let choice = Choice { missing: Missing::Unknown, paths };
        let said = no_item("f", Some("Logn"), &choice).to_string();
        assert!(said.contains("did you mean Login?") && said.contains("\n  Auth/Logout"), "{said}");
    }
}
