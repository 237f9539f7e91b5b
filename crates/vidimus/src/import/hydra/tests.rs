//! Clients, and the table with the hashes in each of its forms.

use serde_json::json;

use super::*;
use crate::import::finding::Question;

const CLIENTS: &str = include_str!("../../../../../e2e/fixtures/hydra/clients.json");
const CSV: &str = include_str!("../../../../../e2e/fixtures/hydra/hydra_client.csv");
const SQL: &str = include_str!("../../../../../e2e/fixtures/hydra/hydra_client.sql");

fn translated(texts: &[&str]) -> Translated {
    let sources: Vec<Source> = texts.iter().map(|text| Source::of("f", text)).collect();
    translate(&sources).unwrap()
}

fn thing<'a>(translated: &'a Translated, id: &str) -> &'a Thing {
    translated.things.iter().find(|thing| thing.id == id).unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn hashes_come_from_the_table_whatever_its_form() {
    for table in [CSV, SQL] {
        let all = translated(&[table, CLIENTS]);
        let shop = thing(&all, "shop-web");
        assert!(shop.entry["client_secret_hash"].as_str().unwrap().starts_with("$2"));
        assert_eq!(shop.questions().count(), 0, "{:?}", shop.findings);
        assert_eq!(shop.entry["access_token_format"], "jwt");
        let billing = thing(&all, "5f9c2a7e-4c1d-4f0e-9f6b-0d6f1b6f9a11");
        let hash = billing.entry["client_secret_hash"].as_str().unwrap();
        assert!(hash.starts_with("$pbkdf2-sha256$i=25000,l=32$"), "{hash}");
        assert_eq!(billing.entry["scope"], "orders:read orders:write");
        assert_eq!(billing.entry["contacts"], json!(["billing@acme.example"]));
    }
}

#[test]
fn without_the_table_every_secret_is_a_question() {
    let all = translated(&[CLIENTS]);
    for id in ["shop-web", "never-seen"] {
        let asked: Vec<_> = thing(&all, id).questions().map(|(_, q)| q.clone()).collect();
        assert_eq!(asked, [Question::Secret], "{id}");
    }
    let spa = thing(&all, "spa");
    let plain = Question::Redirect("http://intranet.acme.example/cb".to_owned());
    assert_eq!(spa.questions().map(|(_, q)| q.clone()).collect::<Vec<_>>(), [plain]);
    assert_eq!(spa.entry["grant_types"], json!(["authorization_code"]));
}

#[test]
fn a_row_of_neither_kind_is_refused() {
    assert!(translate(&[Source::of("f", r#"[{"name": "x"}]"#)]).is_err());
    assert!(translate(&[Source::of("f", "<xml/>")]).is_err());
}
