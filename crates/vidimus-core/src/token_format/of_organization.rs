//! Access tokens that begin with the id of their organization and `!`; refresh tokens that begin
//! with `5Aep861`. Both carry their row key.

use super::body;
use crate::{entity_id, row_key::RowKey, secret::Secret};

const ORGANIZATION_CHARS: usize = 15;
const MARK: &str = "!AQ";
const REFRESH: &str = "5Aep861";

pub fn mint_access(organization: &str, key: RowKey, secret: &[u8; 32]) -> Secret {
    body::mint(&format!("{organization}{MARK}"), key, secret)
}

pub fn mint_refresh(key: RowKey, secret: &[u8; 32]) -> Secret {
    body::mint(REFRESH, key, secret)
}

/// `None`: neither kind.
pub fn parse(text: &str) -> Option<Result<RowKey, body::Damaged>> {
    if text.starts_with(REFRESH) {
        return Some(body::parse(REFRESH, text));
    }
    if !has_organization(text) {
        return None;
    }
    let prefix = text.get(..ORGANIZATION_CHARS + MARK.len())?;
    Some(if prefix.ends_with(MARK) { body::parse(prefix, text) } else { Err(body::Damaged) })
}

/// As wide as the product's own grammar: letters, digits, `.` and `_` behind the mark.
pub fn has_shape(text: &str) -> bool {
    let of_token = |rest: &str| {
        !rest.is_empty() && rest.bytes().all(|c| c.is_ascii_alphanumeric() || b"._".contains(&c))
    };
    match text.strip_prefix("5Aep") {
        Some(rest) => of_token(rest),
        None => has_organization(text) && text.get(ORGANIZATION_CHARS + 1..).is_some_and(of_token),
    }
}

fn has_organization(text: &str) -> bool {
    let Some((organization, rest)) = text.split_at_checked(ORGANIZATION_CHARS) else {
        return false;
    };
    rest.starts_with('!')
        && organization.starts_with(entity_id::ORGANIZATION)
        && organization.bytes().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_damaged_keeps_its_shape() {
        let token = mint_access("00D0000000000a7", RowKey(5), &[1; 32]);
        let text = token.expose();
        assert_eq!(parse(text), Some(Ok(RowKey(5))));
        assert_eq!(parse(&text[..text.len() - 1]), Some(Err(body::Damaged)));
        assert!(has_shape("00Dx0000000BV7z!AR8AQ.x_y"));
        for text in ["00Dx0000000BV7z!", "00Dx0000000BV7z!a b", "5Aep", "00Dx0000000BV7!AQx", "{}"]
        {
            assert!(!has_shape(text), "{text}");
        }
    }
}
