//! Redirect URIs on their way: those that can be registered here, and a question for each other.

use serde_json::Value;
use vidimus_core::redirect_uri;

use super::finding::{Question, Thing, Verdict};

impl Thing {
    /// Under `key`, each checked as registration does.
    pub fn redirects(&mut self, member: &str, key: &str, uris: &[String]) {
        let mut good = Vec::new();
        for uri in uris.iter().map(|uri| uri.trim()).filter(|uri| !uri.is_empty()) {
            match redirect_uri::check(uri) {
                Ok(()) => good.push(Value::from(uri)),
                Err(why) => {
                    let question = Question::Redirect(uri.to_owned());
                    self.ask(member, question, format!("{uri}: {why}"));
                }
            }
        }
        if !good.is_empty() {
            self.mapped(member, key, good);
        }
    }
}

/// The URI without its wildcard, if it can be registered so.
pub fn stripped(uri: &str) -> Option<String> {
    let bare = uri.split('*').next().unwrap_or_default();
    (bare != uri && redirect_uri::check(bare).is_ok()).then(|| bare.to_owned())
}

/// The same answer to every such question of a thing.
pub fn answer(thing: &mut Thing, strip: bool) {
    let mut kept = Vec::new();
    for finding in &mut thing.findings {
        let Verdict::Decision(Question::Redirect(uri)) = &finding.verdict else { continue };
        match stripped(uri).filter(|_| strip) {
            Some(bare) => {
                finding.note = format!("{uri} became {bare}, and that alone");
                finding.verdict = Verdict::Changed;
                kept.push((finding.member.clone(), bare));
            }
            None => finding.verdict = Verdict::Dropped,
        }
    }
    for (member, uri) in kept {
        let key =
            if member.contains("logout") { "post_logout_redirect_uris" } else { "redirect_uris" };
        let list = thing.entry.entry(key).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list
            && !list.iter().any(|known| known == &uri)
        {
            list.push(uri.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::finding::Noun;

    #[test]
    fn wildcards_are_asked_about_and_answered() {
        let client = || {
            let mut client = Thing::new(Noun::Client, "clientId", "a");
            let uris =
                ["https://a.example/cb", "https://a.example/app/*", "*", "http://b.example/"];
            client.redirects("redirectUris", "redirect_uris", &uris.map(str::to_owned));
            client
        };
        assert_eq!(client().questions().count(), 3);
        let mut dropped = client();
        answer(&mut dropped, false);
        assert_eq!(dropped.questions().count(), 0);
        assert_eq!(dropped.entry["redirect_uris"], serde_json::json!(["https://a.example/cb"]));
        let mut kept = client();
        answer(&mut kept, true);
        let expected = serde_json::json!(["https://a.example/cb", "https://a.example/app/"]);
        assert_eq!(kept.entry["redirect_uris"], expected);
    }
}
