//! Names that open doors here, whatever they opened there: an export is somebody else's text, and gives
//! nobody power over this server.

use serde_json::{Value, json};
use vidimus_core::scope::is_reserved;

use super::finding::{Thing, Translated};

const ROLES: [&str; 3] = ["admin", "auditor", "introspect"];

pub fn take_away(translated: &mut Translated) {
    translated.things.iter_mut().for_each(of_thing);
}

fn of_thing(thing: &mut Thing) {
    let scope = thing.entry.get("scope").and_then(Value::as_str).unwrap_or_default().to_owned();
    let (ours, theirs): (Vec<&str>, Vec<&str>) =
        scope.split_ascii_whitespace().partition(|name| is_reserved(name));
    if !ours.is_empty() {
        thing.put("scope", theirs.join(" "));
        ours.iter().for_each(|name| drop_it(thing, "scope", name));
    }
    let Some(Value::Array(roles)) = thing.entry.get("roles").cloned() else { return };
    let (ours, theirs): (Vec<Value>, Vec<Value>) =
        roles.into_iter().partition(|role| role.as_str().is_some_and(|name| ROLES.contains(&name)));
    if !ours.is_empty() {
        thing.put("roles", json!(theirs));
        ours.iter().filter_map(Value::as_str).for_each(|name| drop_it(thing, "roles", name));
    }
}

fn drop_it(thing: &mut Thing, member: &str, name: &str) {
    let note = format!("{name} has a meaning of its own here; give it by hand where it is meant");
    thing.dropped(member, note);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::finding::{Noun, Verdict};

    #[test]
    fn sec_209_an_export_makes_nobody_an_administrator() {
        let mut client = Thing::new(Noun::Client, "client_id", "a");
        client.put("scope", "read vidimus.admin vidimus.tenant:b write");
        let mut user = Thing::new(Noun::User, "username", "u");
        user.put("roles", json!(["clerk", "auditor", "admin"]));
        let mut translated = Translated { things: vec![client, user], findings: Vec::new() };
        take_away(&mut translated);
        let [client, user] = &translated.things[..] else { panic!() };
        assert_eq!(client.entry["scope"], "read write");
        assert_eq!(user.entry["roles"], json!(["clerk"]));
        let dropped = |thing: &Thing| {
            thing.findings.iter().filter(|found| found.verdict == Verdict::Dropped).count()
        };
        assert_eq!((dropped(client), dropped(user)), (2, 2));
    }
}
