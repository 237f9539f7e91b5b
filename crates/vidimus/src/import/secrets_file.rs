//! Secrets that are made for those whose own could not be brought: in a file that only its owner may
//! read, written before anything changes, so that an import which is run again makes no others.

use std::{collections::BTreeMap, fs, io, path::PathBuf};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::finding::Noun;
use crate::{
    cli::{ImportArgs, MaskedSecrets},
    failure::Failure,
    serve::PrivateFile,
};

const SECRET_BYTES: usize = 32;

/// By the noun's route and the id.
type Known = BTreeMap<String, BTreeMap<String, String>>;

pub struct Made {
    path: Option<PathBuf>,
    known: Known,
    is_new: bool,
}

impl Made {
    /// # Errors
    /// The file holds something else.
    pub fn open(args: &ImportArgs) -> Result<Self, Failure> {
        let wanted = args.masked_secrets == Some(MaskedSecrets::Generate);
        let path = args.secrets.clone().filter(|_| wanted);
        let known = match &path {
            Some(path) => match fs::read(path) {
                Ok(bytes) => serde_json::from_slice(&bytes).map_err(|_| {
                    Failure::refused(format!("{} holds something else already", path.display()))
                })?,
                Err(why) if why.kind() == io::ErrorKind::NotFound => Known::new(),
                Err(why) => {
                    return Err(Failure::refused(format!("cannot read {}: {why}", path.display())));
                }
            },
            None => Known::new(),
        };
        Ok(Self { path, known, is_new: false })
    }

    /// The one that was made before, or a new one.
    pub fn secret(&mut self, noun: Noun, id: &str) -> Result<String, Failure> {
        let of_noun = self.known.entry(noun.route().to_owned()).or_default();
        if let Some(secret) = of_noun.get(id) {
            return Ok(secret.clone());
        }
        let mut bytes = [0; SECRET_BYTES];
        SystemRandom::new()
            .fill(&mut bytes)
            .map_err(|_| Failure::refused("the operating system gives no randomness"))?;
        let secret = format!("vcs_{}", URL_SAFE_NO_PAD.encode(bytes));
        of_noun.insert(id.to_owned(), secret.clone());
        self.is_new = true;
        Ok(secret)
    }

    /// # Errors
    /// The file cannot be written.
    pub fn finish(&self) -> Result<(), Failure> {
        let Some(path) = self.path.as_ref().filter(|_| self.is_new) else { return Ok(()) };
        let text = format!("{:#}\n", json!(self.known));
        PrivateFile::begin(path)
            .and_then(|file| file.finish(&text))
            .map_err(|why| Failure::refused(format!("cannot write {}: {why}", path.display())))
    }
}
