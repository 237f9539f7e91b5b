//! Saved examples of an item: the reply that a program reads, and what a blank field stands for.

use serde_json::Value;

use super::document::string;
use crate::sample::Sample;

/// The first that succeeded and has a body, else the first that has one.
pub fn sample(item: &Value) -> Option<Sample> {
    let examples = || item.get("response").and_then(Value::as_array).into_iter().flatten();
    let status = |example: &Value| example["code"].as_u64().unwrap_or(200);
    let has_body = |example: &&Value| example["body"].as_str().is_some_and(|body| !body.is_empty());
    let succeeded = |example: &&Value| (200..400).contains(&status(example));
    let best = examples().filter(has_body).find(succeeded).or_else(|| examples().find(has_body));
    let example = best.or_else(|| examples().next())?;
    let code = u16::try_from(status(example)).unwrap_or(200);
    Some(Sample::new(&string(example.get("name")), code, &string(example.get("body"))))
}

/// Whether an example fills in a form's field that the item itself leaves blank.
pub fn fills_in(item: &Value, field: &str) -> bool {
    let examples = item.get("response").and_then(Value::as_array).into_iter().flatten();
    examples
        .map(|example| &example["originalRequest"]["body"])
        .flat_map(|body| [&body["urlencoded"], &body["formdata"]])
        .flat_map(|list| list.as_array().into_iter().flatten())
        .any(|entry| {
            entry["key"] == field && entry["value"].as_str().is_some_and(|it| !it.is_empty())
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_success_with_a_body_is_the_sample() {
        let item = json!({"response": [{"code": 400, "body": "{}"}, {"code": 204}, {"code": 200, "name": "n", "body": "{\"a\": 1}"}]});
        let found = sample(&item).expect("a sample");
        assert_eq!((found.name.as_str(), found.status), ("n", 200));
        let failed = json!({"response": [{"code": 400, "body": "{}"}]});
        assert_eq!(sample(&failed).map(|sample| sample.status), Some(400));
        assert_eq!(sample(&json!({})), None);
    }

    #[test]
    fn a_field_is_filled_in_by_an_example() {
        let item = json!({"response": [{"originalRequest": {"body": {"urlencoded": [{"key": "a", "value": "<token>"}]}}}]});
        assert!(fills_in(&item, "a"));
        assert!(!fills_in(&item, "b"));
    }
}
