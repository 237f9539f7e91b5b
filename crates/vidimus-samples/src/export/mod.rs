//! The catalogue as files for other tools: each for one dialect, or for all.

mod har;
mod http_file;
mod openapi;
mod postman;
mod schema;

pub use har::har;
pub use http_file::http_file;
pub use openapi::openapi;
pub use postman::{collection, environment};

use crate::{
    call::Call,
    catalogue::{self, Place},
    postman::{Item, Values},
};

/// What is wanted: a dialect or all of them, where, and with which values.
#[derive(Clone, Debug)]
pub struct Order<'a> {
    /// `None` for all.
    pub dialect: Option<&'a str>,
    pub place: &'a Place,
    /// Those that are known; the rest stay blank.
    pub values: &'a Values,
}

impl Order<'_> {
    fn items(&self) -> impl Iterator<Item = (&'static str, &'static Item)> {
        catalogue::endpoints()
            .filter(|(dialect, _)| self.dialect.is_none_or(|wanted| wanted == *dialect))
    }

    fn values(&self) -> Values {
        let mut values = self.place.values();
        values.extend(self.values.clone());
        values
    }

    fn calls(&self) -> Vec<(&'static str, &'static Item, Call)> {
        let values = self.values();
        self.items().map(|(dialect, item)| (dialect, item, item.call(&values))).collect()
    }

    /// Every variable of the calls with its value, or none; `url` and `site` first.
    fn variables(&self) -> Vec<(String, String)> {
        let values = self.values();
        let mut names = vec!["url".to_owned(), "site".to_owned()];
        for (_, _, call) in self.calls() {
            for variable in call.variables {
                if !names.contains(&variable.name) {
                    names.push(variable.name);
                }
            }
        }
        let value = |name: &String| values.get(name).cloned().unwrap_or_default();
        names.into_iter().map(|name| (name.clone(), value(&name))).collect()
    }
}

/// What nobody should read over a shoulder.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["secret", "password", "token", "assertion", "code"].iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    fn with<T>(dialect: Option<&str>, act: impl FnOnce(&Order<'_>) -> T) -> T {
        let place = Place { server: "https://as.example".to_owned(), tenant: "acme".to_owned() };
        let values = BTreeMap::from([("clientId".to_owned(), "app".to_owned())]);
        act(&Order { dialect, place: &place, values: &values })
    }

    #[test]
    fn a_collection_is_read_again_with_all_its_items() {
        let text = with(None, collection).to_string();
        let read = crate::postman::read(&text).expect("a collection");
        assert_eq!(read.items.len(), catalogue::endpoints().count());
        let one = with(Some("csp"), collection).to_string();
        let read = crate::postman::read(&one).expect("a collection");
        assert_eq!(read.items[0].variables["site"], "/t/acme");
        assert_eq!(read.items[0].variables["clientId"], "app");
    }

    #[test]
    fn an_environment_keeps_secrets_to_itself() {
        let environment = with(None, environment);
        let values = environment["values"].as_array().expect("values");
        let kind =
            |name: &str| values.iter().find(|it| it["key"] == name).map(|it| it["type"].clone());
        assert_eq!(kind("clientSecret"), Some(Value::from("secret")));
        assert_eq!(kind("url"), Some(Value::from("default")));
    }

    #[test]
    fn openapi_has_every_call_once() {
        let document = with(None, openapi);
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = Vec::new();
        for (path, operations) in document["paths"].as_object().expect("paths") {
            assert!(path.starts_with('/') && !path.contains("{{") && !path.contains('?'), "{path}");
            for operation in operations.as_object().expect("operations").values() {
                assert!(
                    operation["responses"].as_object().is_some_and(|it| !it.is_empty()),
                    "{path}"
                );
                ids.push(operation["operationId"].as_str().expect("an id").to_owned());
                let declared = operation["parameters"].as_array().expect("parameters");
                for name in path.split('{').skip(1).filter_map(|rest| rest.split('}').next()) {
                    let is = |it: &Value| it["name"] == name && it["in"] == "path";
                    assert!(declared.iter().any(is), "{path}: {name}");
                }
            }
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count, "ids are unique");
        let token = &document["paths"]["/oauth2/token"]["post"]["requestBody"]["content"];
        let forms = token["application/x-www-form-urlencoded"]["schema"]["oneOf"].as_array();
        assert!(forms.is_some_and(|forms| forms.len() > 10), "{token}");
    }

    #[test]
    fn an_http_file_has_every_call_and_its_variables() {
        let text = with(None, http_file);
        assert_eq!(text.matches("\n### ").count(), catalogue::endpoints().count());
        assert!(text.contains("@clientId = app\n") && text.contains("@site = /t/acme\n"), "{text}");
        assert!(text.contains("\nGET {{url}}{{site}}/oauth2/jwks\n"), "{text}");
        assert!(text.contains("Authorization: Basic {{clientId}} {{clientSecret}}\n"));
    }

    #[test]
    fn no_value_says_another_line() {
        let tenant = "x\r\n@url = http://evil.example\n".to_owned();
        let place = Place { server: "https://as.example".to_owned(), tenant };
        let values = BTreeMap::from([("clientId".to_owned(), "a\n\nPOST http://evil".to_owned())]);
        let text = http_file(&Order { dialect: None, place: &place, values: &values });
        assert_eq!(text.lines().filter(|line| line.starts_with("@url")).count(), 1);
        assert!(!text.contains("\nPOST http://evil") && !text.contains('\r'), "{text}");
    }

    #[test]
    fn a_har_has_every_call_with_its_recorded_answer() {
        let har = with(Some("wso2"), har);
        let entries = har["log"]["entries"].as_array().expect("entries");
        assert_eq!(entries.len(), catalogue::collection("wso2").expect("it").items.len());
        let first = &entries[0];
        assert_eq!(first["request"]["url"], "https://as.example/t/acme/oauth2/token");
        assert_eq!(first["response"]["status"], 200);
        let form = &first["request"]["postData"]["params"];
        assert_eq!(form[0]["value"], "client_credentials");
    }
}
