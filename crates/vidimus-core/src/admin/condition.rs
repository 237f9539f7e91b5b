//! Changes on condition of what the object was when it was looked at (RFC 9110 §13.1.1).

use serde_json::Value;

use super::{
    object::{Delete, existing},
    update::Update,
};
use crate::{
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs},
    model::{Kind, Object},
    outcome::Decision,
    vault::Vault,
};

/// What `If-Match` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: whatever is there.
    Any,
    /// One of these entity tags.
    OneOf(Vec<String>),
}

/// An operation on one object.
pub trait OfObject {
    fn object(&self) -> (Kind, &str);
}

impl OfObject for Update {
    fn object(&self) -> (Kind, &str) {
        (self.kind, &self.id)
    }
}

impl OfObject for Delete {
    fn object(&self) -> (Kind, &str) {
        (self.kind, &self.id)
    }
}

/// The writes of the operation hold the version that was loaded; a conflict loads again and
/// compares again, so that nobody comes between.
pub struct Conditional<O> {
    pub operation: O,
    pub if_match: Option<IfMatch>,
}

impl<O: Operation + OfObject> Operation for Conditional<O> {
    type Reply = O::Reply;

    fn needs(&self, vault: &Vault) -> Needs {
        self.operation.needs(vault)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<O::Reply> {
        let decided = self.operation.decide(facts, cx)?;
        // What would be refused anyway is, whatever the version (RFC 9110 §13.2.1).
        if let (Ok(_), Some(IfMatch::OneOf(tags))) = (&decided.reply, &self.if_match) {
            let (kind, id) = self.operation.object();
            let tag = tag_of(existing(facts, kind, id)?);
            if !tags.contains(&tag) {
                let what = format!("It is {tag} by now.").replace('"', "'");
                return Err(OAuthError::new(ErrorCode::PreconditionFailed, what).into());
            }
        }
        Ok(decided)
    }

    fn attempts_max(&self) -> usize {
        self.operation.attempts_max()
    }

    fn conflict(&self) -> Option<OAuthError> {
        self.operation.conflict()
    }
}

fn tag_of(object: &Object) -> String {
    tag(object.version, object.key.made_at().seconds())
}

/// The entity tag of what is shown of an object; `None` of anything else.
pub fn entity_tag(view: &Value) -> Option<String> {
    let number = |key: &str| view.get(key).and_then(Value::as_i64);
    Some(tag(number("version")?, number("created_at")?))
}

/// Versions alone begin anew with an object of the same id.
fn tag(version: i64, created_at: i64) -> String {
    format!("\"{version}-{created_at}\"")
}
