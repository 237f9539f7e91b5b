//! The texts of tokens: how each shape is made, and what a presented text tells of where its row
//! lies. Nothing is believed yet: the decider compares the whole text with the row's hash.

mod body;
mod native;
mod of_organization;
mod uuid;

use crate::{
    entity_id,
    introspect::Reason,
    jwt::Unverified,
    limits::{CHOSEN_TOKEN_BYTES_MAX, CHOSEN_TOKEN_BYTES_MIN},
    manner::{AccessShape, CodeShape, RefreshShape},
    model::TokenKind,
    row_key::RowKey,
    secret::Secret,
};

const CODE_PREFIX: &str = "vac_";
const ORGANIZATION_CODE_PREFIX: &str = "aPrx";

/// `typ` of a JWT access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYP: &str = "at+jwt";

/// How an opaque token is spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    Native,
    Uuid,
    OfOrganization,
}

impl Shape {
    /// `None`: not opaque.
    pub const fn of_access(shape: AccessShape) -> Option<Self> {
        match shape {
            AccessShape::Native => Some(Self::Native),
            AccessShape::Uuid => Some(Self::Uuid),
            AccessShape::OfOrganization => Some(Self::OfOrganization),
            AccessShape::Jwt { .. } => None,
        }
    }

    pub const fn of_refresh(shape: RefreshShape) -> Self {
        match shape {
            RefreshShape::Native => Self::Native,
            RefreshShape::Uuid => Self::Uuid,
            RefreshShape::OfOrganization => Self::OfOrganization,
        }
    }

    /// Whether the text tells the row; if not, it is found by its digest.
    pub const fn carries_key(self) -> bool {
        !matches!(self, Self::Uuid)
    }
}

/// The text of an opaque token.
pub fn mint(
    shape: Shape,
    kind: TokenKind,
    tenant: RowKey,
    key: RowKey,
    secret: &[u8; 32],
) -> Secret {
    match (shape, kind) {
        (Shape::Native, _) => native::mint(kind, key, secret),
        (Shape::Uuid, _) => uuid::mint(secret),
        (Shape::OfOrganization, TokenKind::Access) => {
            let organization = entity_id::short(entity_id::ORGANIZATION, tenant);
            of_organization::mint_access(&organization, key, secret)
        }
        (Shape::OfOrganization, TokenKind::Refresh) => of_organization::mint_refresh(key, secret),
    }
}

/// The text of a ticket, by what kind of thing it is.
pub fn mint_ticket(prefix: &str, key: RowKey, secret: &[u8; 32]) -> Secret {
    body::mint(prefix, key, secret)
}

/// The text of an authorization code.
pub fn mint_code(shape: CodeShape, key: RowKey, secret: &[u8; 32]) -> Secret {
    match shape {
        CodeShape::Native => body::mint(CODE_PREFIX, key, secret),
        CodeShape::OfOrganization => {
            Secret::new(format!("{}==", body::mint(ORGANIZATION_CODE_PREFIX, key, secret).expose()))
        }
    }
}

/// The row of an authorization code, however it is spelled.
pub fn parse_code(text: &str) -> Option<RowKey> {
    let plain = text.strip_suffix("==").unwrap_or(text);
    let parsed = body::parse(CODE_PREFIX, text);
    parsed.or_else(|_| body::parse(ORGANIZATION_CODE_PREFIX, plain)).ok()
}

/// The row of a ticket's text.
pub fn parse_ticket(prefix: &str, text: &str) -> Option<RowKey> {
    body::parse(prefix, text).ok()
}

/// Where to look for a presented token of any shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    pub place: Place,
    /// Of a JWT: the key that is said to have signed it.
    pub kid: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Key(RowKey),
    /// The text carries no key: it is found by its digest.
    Digest,
}

/// # Errors
/// [`Reason::Malformed`] for a text that no token of ours could be.
pub fn locate(text: &str) -> Result<Located, Reason> {
    let parsed = native::parse(text).or_else(|| of_organization::parse(text));
    if let Some(parsed) = parsed {
        let key = parsed.map_err(|_| Reason::Malformed)?;
        return Ok(Located { place: Place::Key(key), kid: None });
    }
    if let Some(jwt) = Unverified::parse(text) {
        let ours = jwt.header("typ") == Some(ACCESS_TOKEN_TYP);
        let key = jwt.claim("jti").and_then(RowKey::from_text).filter(|_| ours);
        let (Some(key), Some(kid)) = (key, jwt.header("kid")) else {
            return Err(Reason::Malformed);
        };
        return Ok(Located { place: Place::Key(key), kid: Some(kid.to_owned()) });
    }
    let could_be_chosen = (CHOSEN_TOKEN_BYTES_MIN..=CHOSEN_TOKEN_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|c| matches!(c, 0x21..=0x7E));
    if could_be_chosen {
        Ok(Located { place: Place::Digest, kid: None })
    } else {
        Err(Reason::Malformed)
    }
}

/// Of API tokens that are made here; like chosen ones they are found by their digest.
pub const API_TOKEN_PREFIX: &str = "vap_";

/// Whether a text has the shape of some token that is made here. A damaged one has it still.
pub fn has_shape(text: &str) -> bool {
    text.starts_with(API_TOKEN_PREFIX)
        || native::parse(text).is_some()
        || of_organization::has_shape(text)
        || uuid::has_shape(text)
        || Unverified::parse(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: RowKey = RowKey(987_654_321);

    #[test]
    fn every_shape_is_found_where_it_lies() {
        for shape in [Shape::Native, Shape::Uuid, Shape::OfOrganization] {
            for kind in [TokenKind::Access, TokenKind::Refresh] {
                let text = mint(shape, kind, RowKey(7), KEY, &[5; 32]);
                let place = if shape.carries_key() { Place::Key(KEY) } else { Place::Digest };
                assert_eq!(locate(text.expose()).map(|l| l.place), Ok(place), "{shape:?}");
                assert!(has_shape(text.expose()), "{}", text.expose());
            }
        }
    }

    #[test]
    fn chosen_texts_are_found_by_digest_and_have_no_shape() {
        for text in ["my-api-token", "a.b.c.d.e.f.g"] {
            assert_eq!(locate(text).map(|l| l.place), Ok(Place::Digest), "{text}");
            assert!(!has_shape(text), "{text}");
        }
        assert!(has_shape("vap_whatever"));
        for text in ["", "short", "with a space", &"x".repeat(257)] {
            assert_eq!(locate(text), Err(Reason::Malformed), "{text}");
        }
    }
}
