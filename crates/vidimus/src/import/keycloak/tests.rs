//! A realm with its secrets, and one without.

use serde_json::json;

use super::*;
use crate::import::finding::Question;

const REALM: &str = include_str!("../../../../../e2e/fixtures/keycloak/acme-realm.json");
const PARTIAL: &str = include_str!("../../../../../e2e/fixtures/keycloak/partial.json");

fn translated(text: &str) -> Translated {
    translate(&[Source::of("realm.json", text)], "t", None).unwrap()
}

fn thing<'a>(translated: &'a Translated, id: &str) -> &'a Thing {
    translated.things.iter().find(|thing| thing.id == id).unwrap_or_else(|| panic!("no {id}"))
}

fn questions(thing: &Thing) -> Vec<&Question> {
    thing.questions().map(|(_, question)| question).collect()
}

#[test]
fn a_whole_realm_brings_secrets_and_hashes() {
    let all = translated(REALM);
    let orders = thing(&all, "orders");
    assert!(questions(orders).is_empty(), "{:?}", orders.findings);
    assert_eq!(orders.entry["client_secret"], "orders-old-secret");
    assert_eq!(
        orders.entry["grant_types"],
        json!(["password", "client_credentials", "refresh_token"])
    );
    assert_eq!(orders.entry["access_token_format"], "jwt");
    assert_eq!(orders.entry["scope"], "openid profile email address phone offline_access");
    let portal = thing(&all, "portal");
    assert_eq!(portal.entry["redirect_uris"], json!(["https://portal.acme.example/cb"]));
    let star = "https://portal.acme.example/app/*".to_owned();
    assert_eq!(questions(portal), [&Question::Redirect(star)]);
    assert_eq!(
        portal.entry["post_logout_redirect_uris"],
        json!(["https://portal.acme.example/bye"])
    );
    assert_eq!(thing(&all, "mobile").entry["token_endpoint_auth_method"], "none");
    assert_eq!(thing(&all, "signer").entry["jwks_uri"], "https://signer.acme.example/jwks");
    let stock = thing(&all, "stock-api");
    assert_eq!(stock.noun, Noun::ResourceServer);
    assert!(!stock.entry.contains_key("audiences"), "an audience is a URI");
    for id in ["account", "https://saml.acme.example", "service-account-orders"] {
        assert!(thing(&all, id).left_out.is_some(), "{id}");
    }
}

#[test]
fn users_keep_their_passwords_and_gain_no_rights() {
    let all = translated(REALM);
    let begins = [
        ("alice", "$argon2id$v=19$m=7168,t=5,p=1$"),
        ("bob", "$pbkdf2-sha256$i=27500,l=64$"),
        ("carol", "$pbkdf2-sha512$i=210000,l=64$"),
        ("dave", "$pbkdf2-sha1$i=20000,l=64$"),
    ];
    for (name, begin) in begins {
        let user = thing(&all, name);
        let hash = user.entry["password_hash"].as_str().unwrap();
        assert!(hash.starts_with(begin), "{name}: {hash}");
        assert!(questions(user).is_empty(), "{name}");
    }
    let alice = thing(&all, "alice");
    assert_eq!(alice.entry["roles"], json!(["clerk"]), "admin means something else here");
    assert_eq!(alice.entry["given_name"], "Alice");
    assert_eq!(thing(&all, "carol").entry["disabled"], true);
}

#[test]
fn masks_are_asked_about() {
    let all = translated(PARTIAL);
    for id in ["orders", "portal", "stock-api"] {
        let thing = thing(&all, id);
        assert!(questions(thing).contains(&&Question::Secret), "{id}");
        assert!(!thing.entry.contains_key(thing.noun.secret_key()), "{id}");
    }
    assert!(!serde_json::to_string(&thing(&all, "orders").entry).unwrap().contains('*'));
}

#[test]
fn one_realm_at_a_time() {
    let several = format!("[{REALM}, {{\"realm\": \"other\", \"clients\": []}}]");
    let sources = [Source::of("realms.json", &several)];
    assert!(translate(&sources, "t", None).is_err());
    assert!(translate(&sources, "t", Some("nobody")).is_err());
    assert!(translate(&sources, "t", Some("acme")).unwrap().things.len() > 5);
    assert!(translate(&[Source::of("x", "[1]")], "t", None).is_err());
}
