//! Looks for secrets in files: raw, in base64 of any alignment and alphabet, in hex, URL-encoded.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use vidimus_e2e::http::form_encode;

/// All patterns are at least as long; their first bytes find the candidates.
const WINDOW: usize = 8;

pub struct Search {
    by_start: HashMap<[u8; WINDOW], Vec<(usize, Vec<u8>)>>,
    /// One bit for 16 bits of a window's hash: most windows end here.
    filter: Vec<bool>,
    secrets: Vec<String>,
}

impl Search {
    pub fn new(secrets: &[String]) -> Self {
        let mut search = Self {
            by_start: HashMap::new(),
            filter: vec![false; 1 << 16],
            secrets: secrets.to_vec(),
        };
        for (which, secret) in secrets.iter().enumerate() {
            for form in forms(secret) {
                let start: [u8; WINDOW] = form[..WINDOW].try_into().expect("long enough");
                search.filter[filter_index(start)] = true;
                search.by_start.entry(start).or_default().push((which, form));
            }
        }
        search
    }

    /// The secrets found in these bytes.
    pub fn hits(&self, bytes: &[u8]) -> Vec<&str> {
        let mut hits = Vec::new();
        for at in 0..bytes.len().saturating_sub(WINDOW - 1) {
            let start: [u8; WINDOW] = bytes[at..at + WINDOW].try_into().expect("a window");
            if !self.filter[filter_index(start)] {
                continue;
            }
            for (which, form) in self.by_start.get(&start).into_iter().flatten() {
                if bytes[at..].starts_with(form) {
                    hits.push(self.secrets[*which].as_str());
                }
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    /// Where in these files and folders each was found. Files that go while we look do not count.
    pub fn files(&self, roots: &[&Path]) -> Vec<(PathBuf, String)> {
        let mut found = Vec::new();
        for path in roots.iter().flat_map(|root| files(root)) {
            let bytes = fs::read(&path).unwrap_or_default();
            found.extend(self.hits(&bytes).into_iter().map(|hit| (path.clone(), hit.to_owned())));
        }
        found
    }
}

fn filter_index(window: [u8; WINDOW]) -> usize {
    let hash = u64::from_ne_bytes(window).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(hash >> 48).expect("16 bits")
}

pub fn files(root: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(root) else { return vec![root.to_owned()] };
    entries.flatten().flat_map(|entry| files(&entry.path())).collect()
}

fn forms(secret: &str) -> Vec<Vec<u8>> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let escaped: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let texts = [secret.to_owned(), hex.to_uppercase(), hex, form_encode(secret), escaped];
    let mut forms: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    for before in 0..3 {
        let padded = [&vec![0; before], bytes].concat();
        // The characters at both ends also hold bits of the neighbours.
        let whole_chars = padded.len() / 3 * 4;
        let first_char = if before == 0 { 0 } else { 4 };
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            forms.push(encoded.as_bytes()[first_char..whole_chars].to_vec());
        }
    }
    forms.sort();
    forms.dedup();
    forms
}

#[test]
fn every_form_is_found_and_nothing_else() {
    let secret = "vat_0123456789/abc+DEF".to_owned();
    let search = Search::new(std::slice::from_ref(&secret));
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut texts = vec![secret.clone(), hex.to_uppercase(), hex, form_encode(&secret)];
    for before in ["", "x", "xy", "xyz"] {
        for after in ["", "&", "&b", "&bc"] {
            texts.push(STANDARD_NO_PAD.encode(format!("{before}{secret}{after}")));
            texts.push(URL_SAFE_NO_PAD.encode(format!("{before}{secret}{after}")));
        }
    }
    for text in texts {
        let within = format!("\0noise {text} noise");
        assert_eq!(search.hits(within.as_bytes()), [secret.as_str()], "{text}");
    }
    assert!(search.hits(b"vat_0123456789/abc+DEX and other noise").is_empty());
}
