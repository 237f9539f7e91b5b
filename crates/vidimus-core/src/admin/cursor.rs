//! Where a list goes on: sealed, so that it says nothing, and good for the one list that gave it,
//! asked for in the same way.

use crate::{
    context::Entropy, error::Fault, error::OAuthError, form::Form, row_key::RowKey, vault::Vault,
    vault::hex,
};

/// What says where to go on, and how much at once: not which list it is.
pub const AFTER: &str = "after";
pub const LIMIT: &str = "limit";

/// A list of a tenant, with what was asked of it.
pub struct Cursor<'a> {
    pub tenant: RowKey,
    pub list: &'a str,
    pub query: &'a Form,
}

impl Cursor<'_> {
    /// For [`AFTER`]: a text that a URL carries as it is.
    ///
    /// # Errors
    /// As of [`Vault::seal`].
    pub fn seal(
        &self,
        last: &str,
        vault: &Vault,
        entropy: &mut dyn Entropy,
    ) -> Result<String, Fault> {
        let sealed = vault.seal(&self.place(vault), last.as_bytes(), entropy)?;
        Ok(sealed.replace('+', "-").replace('/', "_"))
    }

    /// What the last one of the page before was; nothing at the beginning.
    ///
    /// # Errors
    /// `invalid_request`: made up, or of another tenant, list or query.
    pub fn open(&self, vault: &Vault) -> Result<String, OAuthError> {
        let Some(text) = self.query.get(AFTER) else { return Ok(String::new()) };
        let what = "after is not one that this list gave for the same parameters.";
        let foreign = || OAuthError::invalid_request(what);
        if text.contains(['+', '/']) {
            return Err(foreign());
        }
        let sealed = text.replace('-', "+").replace('_', "/");
        let plain = vault.open(&self.place(vault), &sealed).map_err(|_| foreign())?;
        String::from_utf8(plain.to_vec()).map_err(|_| foreign())
    }

    fn place(&self, vault: &Vault) -> String {
        let mut asked: Vec<(&str, &str)> =
            self.query.pairs().filter(|(name, _)| ![AFTER, LIMIT].contains(name)).collect();
        asked.sort_unstable();
        let parts: Vec<&[u8]> =
            asked.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]).collect();
        let asked = hex(&vault.tag("cursor", &parts));
        format!("cursor/{}/{}/{asked}", self.tenant.0, self.list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::SeededEntropy;

    fn opened(tenant: i64, list: &'static str, query: &str) -> Option<String> {
        let query = Form::parse(query.as_bytes()).unwrap();
        Cursor { tenant: RowKey(tenant), list, query: &query }.open(&Vault::new(&[7; 32])).ok()
    }

    #[test]
    fn sec_211_a_cursor_is_good_for_the_list_that_gave_it() {
        let vault = Vault::new(&[7; 32]);
        let query = Form::parse(b"q=a&scope=x&limit=2").unwrap();
        let cursor = Cursor { tenant: RowKey(1), list: "clients", query: &query };
        for last in ["", "a@b", "\u{fffd}ü/+"] {
            let text = cursor.seal(last, &vault, &mut SeededEntropy::new(3)).unwrap();
            assert!(text.bytes().all(|c| c.is_ascii_alphanumeric() || b"-_".contains(&c)));
            let with = |query: &str| format!("{query}&after={text}");
            let same = with("scope=x&q=a&limit=1000");
            assert_eq!(opened(1, "clients", &same).as_deref(), Some(last));
            assert_eq!(opened(2, "clients", &same), None);
            assert_eq!(opened(1, "users", &same), None);
            for other in ["", "q=a", "q=a&scope=y", "q=as&cope=x", "q=a&scope=x&enabled=true"] {
                assert_eq!(opened(1, "clients", &with(other)), None, "{other}");
            }
            for at in 0..text.len() {
                let mut flipped = text.clone().into_bytes();
                flipped[at] = if flipped[at] == b'A' { b'B' } else { b'A' };
                let flipped = String::from_utf8(flipped).unwrap();
                let query = format!("q=a&scope=x&after={flipped}");
                let found = opened(1, "clients", &query);
                assert!(flipped == text || found.is_none(), "{at}");
            }
        }
        assert_eq!(opened(1, "clients", "q=a").as_deref(), Some(""));
        for made_up in ["x", "%27+OR+1%3D1--", "%25", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            assert_eq!(opened(1, "clients", &format!("after={made_up}")), None, "{made_up}");
        }
    }
}
