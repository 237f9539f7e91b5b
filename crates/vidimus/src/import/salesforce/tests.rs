//! A connected app, and an external client app in its three files.

use super::*;

const BILLING: &str =
    include_str!("../../../../../e2e/fixtures/salesforce/Billing.connectedApp-meta.xml");
const ECA: &str = include_str!("../../../../../e2e/fixtures/salesforce/Warehouse.eca-meta.xml");
const OAUTH: &str =
    include_str!("../../../../../e2e/fixtures/salesforce/Warehouse_oauth.ecaOauth-meta.xml");
const GLOBAL: &str = include_str!(
    "../../../../../e2e/fixtures/salesforce/Warehouse_glbloauth.ecaGlblOauth-meta.xml"
);

#[test]
fn the_certificate_goes_on_where_the_secret_is_not_exported() {
    let sources = [Source::of("Billing.connectedApp-meta.xml", BILLING)];
    let all = translate(&sources, &["user@acme.example".to_owned()]).unwrap();
    let [billing] = all.things.as_slice() else { panic!("{all:?}") };
    assert_eq!(billing.id, "3MVG9_old_consumer_key.Billing");
    assert_eq!(billing.questions().count(), 0, "{:?}", billing.findings);
    assert_eq!(billing.entry["grant_types"], json!([JWT_BEARER]));
    assert_eq!(billing.entry["token_endpoint_auth_method"], "none");
    assert_eq!(billing.entry["scope"], "api refresh_token openid");
    assert_eq!(billing.entry["preauthorized_users"], json!(["user@acme.example"]));
    let pem = billing.entry["assertion_certificates"][0].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----\nMII"), "{pem}");
    assert!(pem.lines().all(|line| line.len() <= 64));
}

#[test]
fn the_files_of_an_external_client_app_are_one() {
    let sources = [
        Source::of("Warehouse_glbloauth.ecaGlblOauth-meta.xml", GLOBAL),
        Source::of("Warehouse.eca-meta.xml", ECA),
        Source::of("Warehouse_oauth.ecaOauth-meta.xml", OAUTH),
    ];
    let all = translate(&sources, &[]).unwrap();
    let [warehouse] = all.things.as_slice() else { panic!("{all:?}") };
    assert_eq!(warehouse.id, "3MVG9_old_consumer_key.Warehouse");
    assert_eq!(warehouse.entry["client_name"], "Warehouse");
    assert_eq!(warehouse.entry["scope"], "api refresh_token");
    assert_eq!(
        warehouse.entry["grant_types"],
        json!([JWT_BEARER, "authorization_code", "refresh_token"])
    );
    // Without the file that has the key there is nobody to be.
    let all = translate(&sources[1..], &[]).unwrap();
    assert!(all.things[0].left_out.is_some());
}

#[test]
fn without_certificate_and_secret_there_is_a_question() {
    let certificate = BILLING.split("<certificate>").nth(1).unwrap().split('<').next().unwrap();
    let bare = BILLING.replace(&format!("<certificate>{certificate}</certificate>"), "");
    let all = translate(&[Source::of("f", &bare)], &[]).unwrap();
    let asked: Vec<_> = all.things[0].questions().map(|(_, question)| question.clone()).collect();
    assert_eq!(asked, [Question::Secret]);
    assert!(translate(&[Source::of("f", "<Profile/>")], &[]).is_err());
}
