//! What the declared things have in common on the command line: ids, tenants, keys and values.

use clap::Args;
use serde_json::{Map, Value};

use crate::failure::Failure;

/// Whose it is.
#[derive(Clone, Debug, Args)]
pub struct OfTenant {
    /// The tenant it belongs to
    #[arg(long, value_name = "TENANT", default_value = "default")]
    pub tenant: String,
}

/// Any key of a declaration, for those that have no flag of their own.
#[derive(Clone, Debug, Default, Args)]
pub struct Set {
    /// Any key of a world file's entry; the value is JSON, or else text; may be given again
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

/// A change of what no tokens hang on.
#[derive(Clone, Debug, Default, Args)]
pub struct Edit {
    /// Take a key back to its default; may be given again
    #[arg(long, value_name = "KEY")]
    pub unset: Vec<String>,
    /// Cut it off: nothing it does succeeds, and its tokens are inactive
    #[arg(long, conflicts_with = "enable")]
    pub disable: bool,
    /// Undo --disable
    #[arg(long)]
    pub enable: bool,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Change {
    #[command(flatten)]
    pub edit: Edit,
    /// Cut off every token issued until now
    #[arg(long)]
    pub revoke_tokens: bool,
}

/// What a list of declared things is narrowed to.
#[derive(Clone, Debug, Default, Args)]
pub struct Narrow {
    /// Only those whose id or name begins so
    #[arg(long, value_name = "TEXT")]
    pub begins: Option<String>,
    /// Only those that are enabled, or are not
    #[arg(long, value_name = "BOOL")]
    pub enabled: Option<bool>,
}

/// Parameters of a list.
pub type Pairs = Vec<(&'static str, String)>;

impl Narrow {
    pub fn pairs(&self) -> Pairs {
        let enabled = self.enabled.map(|enabled| enabled.to_string());
        let given = [("q", self.begins.clone()), ("enabled", enabled)];
        given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

#[derive(Clone, Debug, Args)]
pub struct Page {
    /// Go on where a page ended: what it gave as `next`
    #[arg(long, value_name = "NEXT")]
    pub after: Option<String>,
    /// At most so many; all of them, if left out
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub limit: Option<u32>,
}

/// A declaration in the making.
#[derive(Debug, Default)]
pub struct Declaration(pub Map<String, Value>);

impl Declaration {
    pub fn text(mut self, key: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    pub fn list(mut self, key: &str, values: &[String]) -> Self {
        if !values.is_empty() {
            self.0.insert(key.to_owned(), values.into());
        }
        self
    }

    pub fn number(mut self, key: &str, value: Option<i64>) -> Self {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value.into());
        }
        self
    }

    /// Something to be done with the change, if it is wanted.
    pub fn order(mut self, key: &str, is_wanted: bool) -> Self {
        if is_wanted {
            self.0.insert(key.to_owned(), true.into());
        }
        self
    }

    /// # Errors
    /// Not of the form KEY=VALUE, or a secret on the command line.
    pub fn set(mut self, set: &Set) -> Result<Self, Failure> {
        for pair in &set.set {
            let (key, text) = pair
                .split_once('=')
                .ok_or_else(|| Failure::usage(format!("--set {pair}: expected KEY=VALUE")))?;
            if matches!(key, "client_secret_hash" | "password_hash") {
                let message = format!(
                    "--set {key}: the command line is visible to every process of this machine, and a \
                     hash can be guessed at; declare it in a world file, as {key}_file"
                );
                return Err(Failure::Usage(message));
            }
            let option = match key {
                "client_secret" | "secret" => Some("--secret-file"),
                "password" => Some("--password-file"),
                "token" => Some("--token-file"),
                _ => None,
            };
            if let Some(option) = option {
                let message = format!(
                    "--set {key}: the command line is visible to every process of this machine; \
                     use {option} FILE, or {option} - for standard input"
                );
                return Err(Failure::Usage(message));
            }
            let value = serde_json::from_str(text).unwrap_or_else(|_| text.into());
            self.put(key, value)?;
        }
        Ok(self)
    }

    pub fn change(self, change: &Change) -> Result<Self, Failure> {
        self.order("revoke_tokens", change.revoke_tokens).edit(&change.edit)
    }

    pub fn edit(mut self, edit: &Edit) -> Result<Self, Failure> {
        for key in &edit.unset {
            self.put(key, Value::Null)?;
        }
        if edit.disable || edit.enable {
            self.0.insert("disabled".to_owned(), edit.disable.into());
        }
        if self.0.is_empty() {
            return Err(Failure::usage("nothing to change: give at least one key; see --help"));
        }
        Ok(self)
    }

    /// `policy.access_token_ttl_seconds` is a member of a table.
    fn put(&mut self, key: &str, value: Value) -> Result<(), Failure> {
        let mut map = &mut self.0;
        let mut steps = key.split('.').peekable();
        while let Some(step) = steps.next() {
            if steps.peek().is_none() {
                map.insert(step.to_owned(), value);
                return Ok(());
            }
            let inner = map.entry(step).or_insert_with(|| Value::Object(Map::new()));
            map = inner
                .as_object_mut()
                .ok_or_else(|| Failure::usage(format!("{key}: {step} is given as a value too")))?;
        }
        Ok(())
    }
}

/// An id given by position or by `--id`.
pub fn one_id<'a>(
    positional: Option<&'a String>,
    flag: Option<&'a String>,
) -> Result<Option<&'a str>, Failure> {
    match (positional, flag) {
        (Some(_), Some(_)) => Err(Failure::usage("the id is given twice")),
        (id, None) | (None, id) => Ok(id.map(String::as_str)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(pairs: &[&str]) -> Result<Value, Failure> {
        let set = Set { set: pairs.iter().map(|pair| (*pair).to_owned()).collect() };
        Declaration::default().set(&set).map(|declaration| Value::Object(declaration.0))
    }

    #[test]
    fn values_are_json_or_text_and_keys_may_be_nested() {
        let declaration = set(&["a=1", "b=x y", "c=[\"z\"]", "policy.p=true", "policy.q=x=y"]);
        let expected = json!({"a": 1, "b": "x y", "c": ["z"], "policy": {"p": true, "q": "x=y"}});
        assert_eq!(declaration, Ok(expected));
    }

    #[test]
    fn secrets_and_nonsense_are_refused() {
        for pairs in [
            &["client_secret=x"][..],
            &["password=x"],
            &["password_hash=x"],
            &["token=x"],
            &["a"],
            &["a=1", "a.b=2"],
        ] {
            assert!(matches!(set(pairs), Err(Failure::Usage(_))), "{pairs:?}");
        }
    }
}
