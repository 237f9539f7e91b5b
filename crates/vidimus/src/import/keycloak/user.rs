//! A user of a realm: name, claims, roles, and the password's hash.

use super::{
    super::finding::{Noun, Thing},
    Json,
    credential::{self, Password},
    holds_any, is_disabled, is_true, objects, text,
};
use crate::import::{finding::Question, source::strings};

const CLAIMS: [(&str, &str); 3] =
    [("email", "email"), ("firstName", "given_name"), ("lastName", "family_name")];

/// Roles that every realm gives to everyone.
fn is_of_all(role: &str) -> bool {
    role.starts_with("default-roles-") || matches!(role, "offline_access" | "uma_authorization")
}

pub fn translate(entry: &Json) -> Thing {
    let id = text(entry, "username").unwrap_or_default();
    if text(entry, "serviceAccountClientId").is_some() {
        let why = "it stands for a client, which needs no user here";
        return Thing::without_place(Noun::User, id, why);
    }
    let mut user = Thing::new(Noun::User, "username", id);
    for (member, key) in CLAIMS {
        if let Some(value) = text(entry, member) {
            user.mapped(member, key, value);
        }
    }
    if is_true(entry, "emailVerified") {
        user.mapped("emailVerified", "email_verified", true);
    }
    if is_disabled(entry) {
        user.mapped("enabled", "disabled", true);
    }
    let roles = entry.get("realmRoles").map(strings).unwrap_or_default();
    let (common, roles): (Vec<String>, Vec<String>) =
        roles.into_iter().partition(|role| is_of_all(role));
    // Here these names open doors, whatever they opened there.
    let (ours, roles): (Vec<String>, Vec<String>) =
        roles.into_iter().partition(|role| matches!(role.as_str(), "admin" | "introspect"));
    if !roles.is_empty() {
        user.mapped("realmRoles", "roles", roles);
    }
    if !common.is_empty() {
        user.dropped("realmRoles", format!("{}: everyone's", common.join(", ")));
    }
    for role in ours {
        let note =
            format!("{role} has a meaning of its own here; give it by hand where it is meant");
        user.dropped("realmRoles", note);
    }
    for member in ["clientRoles", "groups", "attributes", "requiredActions", "federatedIdentities"]
    {
        if holds_any(entry, member) {
            user.dropped(member, "there is nothing like it here");
        }
    }
    password(&mut user, entry);
    user
}

fn password(user: &mut Thing, entry: &Json) {
    let mut has_password = false;
    for given in objects(entry.get("credentials")) {
        let kind = text(given, "type").unwrap_or("password");
        if kind != "password" {
            user.dropped(&format!("credentials.{kind}"), "a second factor is set up anew");
            continue;
        }
        has_password = true;
        match credential::read(given) {
            Ok(Password::Plain(secret)) => user.secret("credentials", Some(&secret)),
            Ok(Password::Hash(hash)) => user.mapped("credentials", "password_hash", hash),
            Err(why) => user.ask("credentials", Question::Secret, why),
        }
    }
    if !has_password {
        let why = match text(entry, "federationLink") {
            Some(_) => "the password is in a directory of its own",
            None => "the export has no password",
        };
        user.ask("credentials", Question::Secret, why);
    }
}
