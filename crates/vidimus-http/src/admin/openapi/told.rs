//! What is told of each action: its name, what it takes and what it answers.

use vidimus_core::{
    admin::{DAYS_MAX, Filter, SECONDS_MAX, Source},
    limits::{FILTER_BYTES_MAX, PAGE_SIZE_MAX, REQUEST_LOG_ENTRIES_MAX},
    model::Kind,
};

use super::{
    kinds::name,
    shape::{Shape, flag, short_text, text, whole_from, word},
};
use crate::admin::routes::Action;

pub struct Told {
    pub id: String,
    pub summary: String,
    /// The names of schemas.
    pub request: Option<String>,
    pub reply: String,
    pub status: &'static str,
}

/// There is no action of which nothing is told.
pub fn told(action: Action) -> Told {
    let of = |id: &str, summary: &str, request: &str, reply: &str| Told {
        id: id.to_owned(),
        summary: summary.to_owned(),
        request: (!request.is_empty()).then(|| request.to_owned()),
        reply: reply.to_owned(),
        status: "200",
    };
    match action {
        Action::List(kind)
        | Action::Create(kind)
        | Action::Show(kind)
        | Action::Update(kind)
        | Action::Delete(kind) => of_object(action, kind),
        Action::Mint => {
            of("mintToken", "Issue a token as a client would get it", "MintOrder", "Minted")
        }
        Action::Introspect => {
            of("introspectToken", "What any token is", "TokenOrder", "Introspection")
        }
        Action::Explain => {
            of("explainToken", "Why a token is active or not", "ExplainOrder", "Explanation")
        }
        Action::Revoke => of("revokeToken", "Revoke a token", "TokenOrder", "Revoked"),
        Action::Tokens => of("listTokens", "List tokens, the newest first", "", "Page"),
        Action::Family => of("listFamily", "List the tokens of one authorization", "", "Page"),
        Action::RevokeOf => {
            let what = "Revoke all tokens of a family, a client, a user or the tenant";
            of("revokeTokens", what, "RevocationOrder", "Revoked")
        }
        Action::Sessions => of("listSessions", "List users' sessions", "", "Page"),
        Action::EndSession => of("endSession", "End a session", "", "Ended"),
        Action::DeviceApprove => {
            of("answerDevice", "Answer a device for a user", "DeviceOrder", "DeviceAnswered")
        }
        Action::AssertionCheck => {
            let what = "Why an assertion is refused, claim by claim";
            of("checkAssertion", what, "AssertionOrder", "AssertionChecked")
        }
        Action::Snapshot => {
            of("takeSnapshot", "Keep an object as it is, sealed", "SnapshotOrder", "Snapshot")
        }
        Action::PutBack => {
            of("putBack", "Put an object back as a snapshot has it", "PutBackOrder", "Object")
        }
        Action::KeyList => of("listKeys", "List signing keys", "", "Page"),
        Action::KeyRotate => {
            of("rotateKeys", "Make a new signing key", "RotateOrder", "SigningKey")
        }
        Action::Invite => {
            of("makeConsoleLink", "A one-time link into the console", "LinkOrder", "ConsoleLink")
        }
        Action::Audit => of("listAudit", "Who changed what in the tenant", "", "Page"),
        Action::AuditCheck => of("checkAudit", "Whether the trail is whole", "", "Object"),
        Action::AuditAll => of("listAllAudit", "Who changed what", "", "Page"),
        Action::Requests => of("listAllRequests", "List the last requests", "", "Page"),
        Action::Request => of("showAnyRequest", "Show one of the last requests", "", "Object"),
        Action::RequestsOf => of("listRequests", "List the tenant's last requests", "", "Page"),
        Action::RequestOf => {
            of("showRequest", "Show one of the tenant's last requests", "", "Object")
        }
        Action::Apply => {
            of("apply", "Make the server what a world declares", "ApplyOrder", "Applied")
        }
        Action::Status => of("showStatus", "The state of the server itself", "", "Status"),
        Action::OpenApi => of("showOpenApi", "This document", "", "Object"),
    }
}

fn of_object(action: Action, kind: Kind) -> Told {
    let name = name(kind);
    let words = kind.as_str().replace('_', " ");
    let (id, summary, request, reply) = match action {
        Action::Create(_) => {
            let request = Some(format!("{name}Declaration"));
            (format!("create{name}"), format!("Create a {words}"), request, name.to_owned())
        }
        Action::Update(_) => {
            let request = Some(format!("{name}Patch"));
            (format!("update{name}"), format!("Change a {words}"), request, name.to_owned())
        }
        Action::Show(_) => {
            (format!("show{name}"), format!("Show a {words}"), None, name.to_owned())
        }
        Action::Delete(_) => {
            (format!("delete{name}"), format!("Delete a {words}"), None, "Deleted".to_owned())
        }
        _ => (format!("list{name}s"), format!("List {words}s"), None, format!("{name}List")),
    };
    let status = if matches!(action, Action::Create(_)) { "201" } else { "200" };
    Told { id, summary, request, reply, status }
}

/// What a list may be asked; nothing else has parameters in its query.
pub fn parameters(action: Action) -> Vec<&'static str> {
    let page = ["limit", "after"];
    let more: &[&str] = match action {
        Action::List(kind) => return Filter::parameters(kind).collect(),
        Action::Tokens => &["client_id", "username", "family"],
        Action::Sessions => &["username"],
        Action::Requests => &["tenant", "endpoint", "status", "reason", "caller", "since"],
        Action::RequestsOf => &["endpoint", "status", "reason", "caller", "since"],
        Action::Audit | Action::AuditAll | Action::Family => &[],
        _ => return Vec::new(),
    };
    page.iter().chain(more).copied().collect()
}

pub fn parameter(action: Action, name: &str) -> Shape {
    let most = match action {
        Action::Requests | Action::RequestsOf => REQUEST_LOG_ENTRIES_MAX as i64,
        _ => i64::from(PAGE_SIZE_MAX),
    };
    match name {
        "limit" => whole_from(1, most),
        "enabled" => flag(),
        "source" => word(&Source::ALL.map(Source::as_str)),
        "last_used_before" => whole_from(0, SECONDS_MAX),
        "unused_for_days" => whole_from(0, DAYS_MAX),
        "after" => text(),
        _ => short_text(FILTER_BYTES_MAX),
    }
}
