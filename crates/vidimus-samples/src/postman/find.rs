//! One item of a collection, by its name.

use super::{Collection, Item};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// No name was given, and there are several.
    NotNamed,
    Unknown,
    /// Several are called so; their folders tell them apart.
    Ambiguous,
}

/// Why there is not one item, and the paths that there are to choose from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub missing: Missing,
    pub paths: Vec<String>,
}

impl Collection {
    /// By `Folder/Name`, by `Name`, or by an id; without any, the only one.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn find(&self, wanted: Option<&str>) -> Result<&Item, Choice> {
        let all = |missing| Choice { missing, paths: self.items.iter().map(Item::path).collect() };
        let Some(wanted) = wanted else {
            return match self.items.as_slice() {
                [one] => Ok(one),
                _ => Err(all(Missing::NotNamed)),
            };
        };
        let suffix = format!("/{wanted}");
        let found: Vec<&Item> = [
            &(|item: &Item| item.path() == wanted) as &dyn Fn(&Item) -> bool,
            &|item| item.name == wanted || item.path().ends_with(&suffix) || item.id() == wanted,
            &|item| {
                item.name.eq_ignore_ascii_case(wanted) || item.path().eq_ignore_ascii_case(wanted)
            },
        ]
        .iter()
        .map(|is| self.items.iter().filter(|item| is(item)).collect::<Vec<_>>())
        .find(|found| !found.is_empty())
        .unwrap_or_default();
        match found.as_slice() {
            [] => Err(all(Missing::Unknown)),
            [one] => Ok(one),
            several => {
                let paths = several.iter().map(|item| item.path()).collect();
                Err(Choice { missing: Missing::Ambiguous, paths })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postman::read;

    #[test]
    fn an_item_is_found_by_path_name_and_id() {
        let text = r#"{"info": {"name": "C"}, "item": [
            {"name": "F", "item": [{"name": "A", "request": {}}, {"name": "x/y", "request": {}}]},
            {"name": "A", "request": {}}, {"name": "B", "id": "bee", "request": {}}]}"#;
        let collection = read(text).expect("a collection");
        let path = |wanted| collection.find(Some(wanted)).map(Item::path);
        for (wanted, found) in
            [("F/A", "F/A"), ("A", "A"), ("B", "B"), ("bee", "B"), ("b", "B"), ("x/y", "F/x/y")]
        {
            assert_eq!(path(wanted).as_deref(), Ok(found), "{wanted}");
        }
        let missing = |wanted| collection.find(wanted).expect_err("none").missing;
        assert_eq!((missing(Some("C")), missing(None)), (Missing::Unknown, Missing::NotNamed));
        let twice = r#"[{"name": "F", "item": [{"name": "A", "request": {}}]},
            {"name": "G", "item": [{"name": "A", "request": {}}]}]"#;
        let choice = read(twice).expect("items").find(Some("A")).cloned().expect_err("two");
        assert_eq!(choice.missing, Missing::Ambiguous);
        assert_eq!(choice.paths, ["F/A", "G/A"]);
    }
}
