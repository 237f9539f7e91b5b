//! Applications with and without their secrets, and the table that has them.

use serde_json::json;

use super::*;

const PICKUP: &str = include_str!("../../../../../e2e/fixtures/wso2/pickup.xml");
const DISPATCH: &str = include_str!("../../../../../e2e/fixtures/wso2/dispatch.xml");
const TABLE_CSV: &str =
    include_str!("../../../../../e2e/fixtures/wso2/IDN_OAUTH_CONSUMER_APPS.csv");

fn translated(texts: &[&str]) -> Translated {
    let sources: Vec<Source> = texts.iter().map(|text| Source::of("f", text)).collect();
    translate(&sources, Some("test1")).unwrap()
}

fn named<'a>(translated: &'a Translated, name: &str) -> &'a Thing {
    let is = |thing: &&Thing| thing.entry.get("client_name") == Some(&json!(name));
    translated.things.iter().find(is).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn an_application_with_its_secret() {
    let all = translated(&[PICKUP]);
    let pickup = named(&all, "pickup");
    assert_eq!(pickup.id, "mVfLyTLjyPoRRoHqEvx9vm3R_e0a");
    assert_eq!(pickup.questions().count(), 0, "{:?}", pickup.findings);
    assert_eq!(pickup.entry["client_secret"], "pickup_old_secret_Qa7wRz5tJm");
    assert_eq!(pickup.entry["owner"], "admin@foo.com");
    assert_eq!(
        pickup.entry["redirect_uris"],
        json!(["https://pickup.foo.com/cb", "https://pickup.foo.com/cb2"])
    );
    assert_eq!(
        pickup.entry["grant_types"],
        json!(["client_credentials", "authorization_code", "refresh_token"])
    );
    assert_eq!(all.findings.len(), 1, "the application's SAML");
}

#[test]
fn the_table_fills_in_what_the_export_leaves_out() {
    let alone = translated(&[DISPATCH]);
    let asked: Vec<_> = named(&alone, "dispatch").questions().map(|(_, q)| q.clone()).collect();
    assert_eq!(asked, [Question::Secret]);
    let all = translated(&[DISPATCH, TABLE_CSV]);
    let dispatch = named(&all, "dispatch");
    assert!(dispatch.entry["client_secret_hash"].as_str().unwrap().starts_with("$sha256$"));
    assert_eq!(dispatch.entry["access_token_format"], "jwt");
    assert_eq!(named(&all, "returns").entry["client_secret"], "plain_old_secret_4hGt8Yk1Zn");
    let sealed = named(&all, "sealed");
    assert!(sealed.questions().any(|(_, question)| *question == Question::Secret));
    assert!(!sealed.entry.contains_key("client_secret"));
}

#[test]
fn json_says_the_same() {
    let json = r#"{"applicationName": "pickup", "owner": {"userName": "admin", "tenantDomain": "foo.com"},
        "inboundAuthenticationConfig": {"inboundAuthenticationRequestConfigs": [
        {"inboundAuthKey": "k", "inboundAuthType": "oauth2", "inboundConfigurationProtocol":
        {"oauthConsumerKey": "k", "oauthConsumerSecret": "s3cret", "callbackUrl": "regexp=https://a.example/.*",
         "grantTypes": "client_credentials", "state": "REVOKED", "bypassClientCredentials": false}}]}}"#;
    let all = translate(&[Source::of("f", json)], None).unwrap();
    let app = named(&all, "pickup");
    assert_eq!(app.entry["client_secret"], "s3cret");
    assert_eq!(app.entry["disabled"], true);
    let asked: Vec<_> = app.questions().map(|(_, question)| question.clone()).collect();
    assert_eq!(asked, [Question::Redirect("https://a.example/.*".to_owned()), Question::Scope]);
}

#[test]
fn yaml_and_newer_xml_say_the_same() {
    let yaml = "!!org.wso2.carbon.identity.application.common.model.ServiceProvider\n\
        applicationName: pickup\ninboundAuthenticationConfig:\n  inboundAuthenticationRequestConfigs:\n  \
        - inboundAuthKey: k\n    inboundAuthType: oauth2\n    inboundConfigurationProtocol: \
        !!org.wso2.carbon.identity.oauth.dao.OAuthAppDO\n      oauthConsumerKey: k\n      \
        oauthConsumerSecret: s3cret\n      grantTypes: client_credentials\n      \
        bypassClientCredentials: false\nowner:\n  userName: admin\n  tenantDomain: foo.com\n";
    let xml = "<ServiceProvider><ApplicationName>pickup</ApplicationName><InboundAuthenticationConfig>\
        <InboundAuthenticationRequestConfigs><InboundAuthenticationRequestConfig><InboundAuthKey>k\
        </InboundAuthKey><InboundAuthType>oauth2</InboundAuthType><inboundConfigurationProtocol>\
        <oauthConsumerKey>k</oauthConsumerKey><oauthConsumerSecret>s3cret</oauthConsumerSecret>\
        <grantTypes>client_credentials</grantTypes></inboundConfigurationProtocol>\
        </InboundAuthenticationRequestConfig></InboundAuthenticationRequestConfigs>\
        </InboundAuthenticationConfig><Owner><TenantDomain>foo.com</TenantDomain><UserName>admin\
        </UserName></Owner></ServiceProvider>";
    for text in [yaml, xml] {
        let all = translated(&[text]);
        let app = named(&all, "pickup");
        assert_eq!(app.entry["client_secret"], "s3cret", "{text}");
        assert_eq!(app.entry["owner"], "admin@foo.com");
        assert_eq!(app.questions().count(), 0);
    }
}

#[test]
fn what_is_none_of_these_is_refused() {
    let several = "consumer_key,consumer_secret,tenant_id\na,b,1\nc,d,2\n";
    for text in [
        "<other/>",
        "{}",
        "nothing",
        "key,secret\na,b\n",
        several,
        "applicationName: x\ninboundAuthenticationConfig:\n",
    ] {
        assert!(translate(&[Source::of("f", text)], None).is_err(), "{text}");
    }
}
