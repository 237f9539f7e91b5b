//! What is told of a person: by scope, or claim by claim (OpenID Connect Core §5.4, §5.5).

use serde_json::{Map, Value, json};

use crate::{model::User, scope::Scope};

const PROFILE: [&str; 14] = [
    "name",
    "family_name",
    "given_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "gender",
    "birthdate",
    "zoneinfo",
    "locale",
    "updated_at",
];

/// Each scope with the claims that it is for.
const SCOPES: [(&str, &[&str]); 4] = [
    ("profile", &PROFILE),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// All standard claims of a user but `sub`.
pub fn all(user: &User) -> Map<String, Value> {
    let mut claims = user.claims.clone();
    if let Some(email) = &user.email {
        claims.insert("email".to_owned(), json!(email));
    }
    claims.entry("preferred_username").or_insert_with(|| json!(user.username));
    claims
}

/// Of them, those that the scope is for.
pub fn within(scope: &Scope, user: &User) -> Map<String, Value> {
    all(user).into_iter().filter(|(claim, _)| is_within(scope, claim)).collect()
}

/// Those that were asked for by name (§5.5), as far as the client may ever have the scope that is
/// for them: nobody comes by a claim that its scope would not have given.
pub fn named(names: &[String], ceiling: &Scope, user: &User) -> Map<String, Value> {
    if names.is_empty() {
        return Map::new();
    }
    let told = |claim: &String| names.contains(claim) && is_within(ceiling, claim);
    all(user).into_iter().filter(|(claim, _)| told(claim)).collect()
}

/// The scopes that are for claims.
pub fn scopes() -> impl Iterator<Item = &'static str> {
    SCOPES.iter().map(|(name, _)| *name)
}

/// All claims that some scope is for.
pub fn of_people() -> impl Iterator<Item = &'static str> {
    SCOPES.iter().flat_map(|(_, claims)| claims.iter().copied())
}

/// Whether it says something of a person that some scope is for.
pub fn is_of_person(claim: &str) -> bool {
    SCOPES.iter().any(|(_, claims)| claims.contains(&claim))
}

fn is_within(scope: &Scope, claim: &str) -> bool {
    SCOPES.iter().any(|(name, claims)| scope.contains(name) && claims.contains(&claim))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scope_tells_its_own_claims_and_openid_none() {
        let mut user = crate::testing::user("alice");
        user.email = Some("alice@example.com".to_owned());
        for claim in ["name", "email_verified", "address", "phone_number", "employee_number"] {
            user.claims.insert(claim.to_owned(), json!(claim));
        }
        for (scope, claims) in [
            ("openid read", vec![]),
            ("openid profile", vec!["name", "preferred_username"]),
            ("email", vec!["email", "email_verified"]),
            ("address phone", vec!["address", "phone_number"]),
        ] {
            let told = within(&Scope::stored(scope), &user);
            let mut names: Vec<_> = told.keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, claims, "{scope}");
        }
    }

    #[test]
    fn a_preferred_name_of_ones_own_stays() {
        let mut user = crate::testing::user("alice");
        assert_eq!(all(&user)["preferred_username"], "alice");
        user.claims.insert("preferred_username".to_owned(), json!("Al"));
        assert_eq!(all(&user)["preferred_username"], "Al");
    }
}
