//! The languages: one file each, one line each in [`LANGUAGES`].

mod code;
mod csharp;
mod curl;
mod go;
mod java;
mod javascript;
mod literal;
mod members;
mod names;
mod openid_client;
mod php;
mod powershell;
mod python;
mod python_chilkat2;
mod ruby;
mod rust;
mod swift;
mod typescript;

use crate::call::Call;

pub struct Language {
    /// As it is asked for.
    pub name: &'static str,
    /// As a page is headed.
    pub title: &'static str,
    /// What a program is called in a folder of its own.
    pub file: &'static str,
    /// How that one is run.
    pub run: &'static str,
    pub program: fn(&Call) -> String,
}

pub const LANGUAGES: [&Language; 13] = [
    &curl::LANGUAGE,
    &python::LANGUAGE,
    &python_chilkat2::LANGUAGE,
    &javascript::LANGUAGE,
    &typescript::LANGUAGE,
    &go::LANGUAGE,
    &rust::LANGUAGE,
    &java::LANGUAGE,
    &csharp::LANGUAGE,
    &php::LANGUAGE,
    &ruby::LANGUAGE,
    &powershell::LANGUAGE,
    &swift::LANGUAGE,
];

pub fn language(name: &str) -> Option<&'static Language> {
    LANGUAGES.into_iter().find(|language| language.name == name)
}
