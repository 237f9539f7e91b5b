//! Content-Security-Policy: nothing but what a page is known to need. No inline style; a script only
//! by its hash.

use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What a page needs beyond its style and its images.
#[derive(Debug, Default)]
pub struct Policy<'a> {
    /// Where its forms may go, or be sent on to, beside us.
    pub form_action: Option<&'a str>,
    /// That they may not go to us.
    pub forms_leave: bool,
    pub frames: &'a [String],
    pub script: Option<&'a str>,
    /// Any site may frame it.
    pub is_framed: bool,
}

impl Policy<'_> {
    /// Of the operators' pages. No text of theirs ever becomes a script; `live`: one of our own files
    /// runs, and asks us for what is new.
    pub fn of_console(live: bool) -> String {
        let script = if live { "; script-src 'self'; connect-src 'self'" } else { "" };
        format!(
            "default-src 'none'{script}; style-src 'self'; img-src 'self' data:; form-action 'self'; \
             base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
             trusted-types 'none'"
        )
    }

    pub fn to_text(&self) -> String {
        let mut text = "default-src 'none'".to_owned();
        if let Some(script) = self.script {
            let hash = STANDARD.encode(digest(&SHA256, script.as_bytes()));
            text.push_str(&format!("; script-src 'sha256-{hash}'"));
        }
        text.push_str("; style-src 'self'; img-src 'self'; form-action");
        let beyond = self.form_action.filter(|source| is_source(source));
        match (self.forms_leave, beyond) {
            (false, Some(source)) => text.push_str(&format!(" 'self' {source}")),
            (false, None) => text.push_str(" 'self'"),
            (true, Some(source)) => text.push_str(&format!(" {source}")),
            (true, None) => text.push_str(" 'none'"),
        }
        let frames: Vec<&str> =
            self.frames.iter().map(String::as_str).filter(|source| is_source(source)).collect();
        if !frames.is_empty() {
            text.push_str(&format!("; frame-src {}", frames.join(" ")));
        }
        let ancestors = if self.is_framed { "*" } else { "'none'" };
        text.push_str(&format!("; base-uri 'none'; frame-ancestors {ancestors}"));
        text
    }
}

/// An origin or a scheme, spelled in what cannot end a source or a directive.
fn is_source(text: &str) -> bool {
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.:/[]".contains(&byte);
    text.contains(':') && text.bytes().all(safe)
}
