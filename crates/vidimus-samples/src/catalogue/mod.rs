//! Every endpoint of every dialect as a Postman item, with a reply that was recorded: one collection for
//! each dialect, in `catalogue/`.

mod place;

use std::sync::LazyLock;

use crate::{
    call::Call,
    postman::{self, Choice, Collection, Item, Values},
};

pub use place::Place;

/// As a tenant names them.
pub const DIALECTS: [&str; 4] = ["standard", "salesforce", "csp", "wso2"];

const FILES: [&str; DIALECTS.len()] = [
    include_str!("../../catalogue/standard.json"),
    include_str!("../../catalogue/salesforce.json"),
    include_str!("../../catalogue/csp.json"),
    include_str!("../../catalogue/wso2.json"),
];

static COLLECTIONS: LazyLock<Vec<Collection>> = LazyLock::new(|| {
    let read = |text: &&str| postman::read(text).expect("a test reads each of them");
    FILES.iter().map(read).collect()
});

/// `None` for what is no dialect.
pub fn collection(dialect: &str) -> Option<&'static Collection> {
    let at = DIALECTS.iter().position(|known| *known == dialect)?;
    COLLECTIONS.get(at)
}

/// The collection's own text.
pub fn text(dialect: &str) -> Option<&'static str> {
    let at = DIALECTS.iter().position(|known| *known == dialect)?;
    FILES.get(at).copied()
}

/// Dialect and item, in their order.
pub fn endpoints() -> impl Iterator<Item = (&'static str, &'static Item)> {
    DIALECTS
        .iter()
        .zip(COLLECTIONS.iter())
        .flat_map(|(dialect, collection)| collection.items.iter().map(|item| (*dialect, item)))
}

/// The call of an endpoint, by its id or its name, at a place; values come before what the place says.
///
/// # Errors
/// `None` for an unknown dialect, else what there is to choose from.
pub fn call(
    dialect: &str,
    endpoint: &str,
    place: &Place,
    values: &Values,
) -> Result<Call, Option<Choice>> {
    let collection = collection(dialect).ok_or(None)?;
    let item = collection.find(Some(endpoint)).map_err(Some)?;
    let mut all = place.values();
    all.extend(values.clone());
    Ok(item.call(&all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_an_id_of_its_own_and_is_a_call() {
        for (dialect, item) in endpoints() {
            let id = item.id();
            assert!(!id.is_empty() && !id.contains(['/', ' ', '{']), "{dialect} {}", item.name);
            let same = endpoints().filter(|(other, it)| *other == dialect && it.id() == id);
            assert_eq!(same.count(), 1, "{dialect} {id}");
            let place = Place { server: "https://as.example".to_owned(), tenant: "t".to_owned() };
            let call = super::call(dialect, id, &place, &Values::new()).expect(id);
            assert!(call.notes.is_empty() && !call.description.is_empty(), "{dialect} {id}");
            assert!(call.item.get("event").is_some(), "{dialect} {id}: a test script");
            let url = call.variables.iter().find(|variable| variable.name == "url");
            let default = url.and_then(|url| url.default.as_ref()).map(crate::text::Text::raw);
            assert_eq!(default.as_deref(), Some("https://as.example"));
        }
        assert!(endpoints().count() > 80);
        assert_eq!(DIALECTS.map(|dialect| collection(dialect).is_some()), [true; 4]);
        assert!(collection("other").is_none() && text("other").is_none());
    }
}
