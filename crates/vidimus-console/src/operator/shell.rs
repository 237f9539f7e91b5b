//! What surrounds every page of the console: who is signed in, which tenant, where one can go.

use super::path::of_tenant;
use crate::{
    Rendered,
    assets::{console_style, icon, style},
    pages::html,
    policy::Policy,
};

/// What has just been done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub is_failure: bool,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Shell {
    pub operator: String,
    pub role: &'static str,
    pub may_change: bool,
    pub csrf: String,
    /// The tenant in view.
    pub tenant: String,
    pub notice: Option<Notice>,
    /// Whose part of the menu the page is, such as `clients`.
    pub here: &'static str,
    pub in_sandbox: bool,
}

pub struct Place {
    pub to: String,
    pub text: &'static str,
    pub is_here: bool,
}

/// Of a tenant, by the last segment of their paths.
const OF_TENANT: [(&str, &str); 10] = [
    ("clients", "Clients"),
    ("resource-servers", "Resource servers"),
    ("users", "Users"),
    ("sessions", "Sessions"),
    ("issuers", "Trusted issuers"),
    ("registration-tokens", "Registration tokens"),
    ("api-tokens", "API tokens"),
    ("keys", "Keys"),
    ("audit", "Audit"),
    ("settings", "Settings"),
];
/// Of the server.
const OF_SERVER: [(&str, &str); 5] = [
    ("", "Overview"),
    ("/requests", "Live requests"),
    ("/inspect", "Token inspector"),
    ("/assertions", "Assertion inspector"),
    ("/tenants", "Tenants"),
];

impl Shell {
    pub fn style(&self) -> &'static str {
        style()
    }

    pub fn console_style(&self) -> &'static str {
        console_style()
    }

    pub fn icon(&self) -> &'static str {
        icon()
    }

    pub fn of_server(&self) -> Vec<Place> {
        let tenant = crate::operator::encoded(&self.tenant);
        let place = |(path, text): &(&'static str, &'static str)| Place {
            to: match *path {
                "/inspect" | "/assertions" => format!("/console{path}?tenant={tenant}"),
                _ => format!("/console{path}"),
            },
            text,
            is_here: self.here == path.trim_start_matches('/') && !self.here.is_empty()
                || path.is_empty() && self.here == "overview",
        };
        OF_SERVER.iter().map(place).collect()
    }

    pub fn of_tenant(&self) -> Vec<Place> {
        let place = |(path, text): &(&'static str, &'static str)| Place {
            to: of_tenant(&self.tenant, &format!("/{path}")),
            text,
            is_here: self.here == *path,
        };
        OF_TENANT.iter().map(place).collect()
    }
}

/// A page of the console without any script.
pub fn rendered(template: &impl askama::Template) -> Rendered {
    Rendered { html: html(template), content_security_policy: Policy::of_console(false) }
}

/// One with the console's own script, which keeps what it shows up to date.
pub fn rendered_live(template: &impl askama::Template) -> Rendered {
    Rendered { html: html(template), content_security_policy: Policy::of_console(true) }
}
