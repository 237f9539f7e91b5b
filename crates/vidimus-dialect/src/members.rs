//! The members of a JSON object, in the order in which they are put.

use serde_json::{Map, Value};

use crate::{Shape, json};

#[derive(Default)]
pub struct Members(Map<String, Value>);

impl Members {
    pub fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Left out where there is nothing to say.
    pub fn may(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    pub fn shape(self) -> Shape {
        json(&Value::Object(self.0))
    }
}
