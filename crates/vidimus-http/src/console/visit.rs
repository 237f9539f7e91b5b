//! A request of somebody who is signed in, and what pages and redirects come of it.

use hyper::http::request::Parts;
use vidimus_console::{
    Rendered,
    operator::{Notice, Shell, of_tenant},
};
use vidimus_core::{
    admin::operator::{Operator, Role},
    facts::TenantRef,
    form::Form,
};
use vidimus_dialect::Shape;

use super::routes::Found;
use crate::html;

pub struct Visit<'a> {
    pub operator: Operator,
    pub found: Found,
    pub parts: &'a Parts,
    /// Of the address.
    pub query: Form,
    /// Of the body, where one was sent.
    pub form: Form,
    pub is_post: bool,
    pub now: i64,
    pub in_sandbox: bool,
}

/// What has been done, as addresses say it: words of their own would be anybody's.
const DONE: [(&str, &str); 9] = [
    ("created", "Created."),
    ("updated", "Saved."),
    ("deleted", "Deleted."),
    ("disabled", "Disabled. Its tokens are inactive from now on."),
    ("enabled", "Enabled."),
    ("revoked", "Every token that was issued until now is revoked."),
    ("ended", "The session is over."),
    ("rotated", "A new key is made."),
    ("all-done", "Done."),
];

impl Visit<'_> {
    pub fn tenant(&self) -> TenantRef {
        TenantRef::Id(self.found.tenant.clone())
    }

    /// Who is named in the audit trail.
    pub fn by(&self) -> String {
        format!("{} via console", self.operator.username)
    }

    pub fn may_change(&self) -> bool {
        self.operator.role >= Role::Administrator
    }

    pub fn shell(&self, here: &'static str) -> Shell {
        let done = self.query.get("done");
        let said = DONE.iter().find(|(name, _)| Some(*name) == done);
        let notice = said.map(|(_, text)| Notice { is_failure: false, text: (*text).to_owned() });
        Shell {
            operator: self.operator.username.clone(),
            role: self.operator.role.as_str(),
            may_change: self.may_change(),
            csrf: self.operator.csrf.0.expose().to_owned(),
            tenant: self.found.tenant.clone(),
            notice,
            here,
            in_sandbox: self.in_sandbox,
        }
    }

    /// Whoever sent the form has seen what it does and means it.
    pub fn is_confirmed(&self) -> bool {
        self.form.get("confirm") == Some("yes")
    }

    /// Where the list of the noun is.
    pub fn list_path(&self) -> String {
        of_tenant(&self.found.tenant, &format!("/{}", self.found.noun.path))
    }
}

pub fn page(rendered: Rendered) -> Shape {
    html::shape(rendered)
}

/// On with GET, whatever was sent.
pub fn see_other(to: &str) -> Shape {
    Shape::EMPTY.status(303).header("location", to.to_owned())
}
