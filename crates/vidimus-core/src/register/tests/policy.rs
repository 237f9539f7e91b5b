//! Whatever is sent, the resulting client is within the policy.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::LENIENT;
use crate::{
    manner::Manner,
    model::{ClientMetadata, IdTokenAlgorithm, IntrospectRight, TokenFormat},
    policy::Policy,
    redirect_uri,
    register::{
        members::MEMBERS,
        metadata::{GRANTS, Wish, resulting},
    },
    scope::Scope,
};

const PRIVILEGED: [&str; 6] =
    ["introspect", "owner", "preauthorized_users", "access_token_format", "client_id", "disabled"];

const TEXTS: [&str; 28] = [
    "",
    "authorization_code",
    "implicit",
    "refresh_token",
    "client_credentials",
    "password",
    "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "hybrid_auth_code",
    "code",
    "token",
    "code id_token",
    "none",
    "client_secret_basic",
    "client_secret_jwt",
    "private_key_jwt",
    "openid email",
    "openid vidimus.admin",
    "vidimus.introspect api",
    "tenant",
    "pairwise",
    "RS256",
    "jwt",
    "https://client.example/cb",
    "http://localhost/",
    "http://evil.example/",
    "javascript:alert(1)",
    "evil\u{202E}name",
    "two\nlines",
];

fn value() -> impl Strategy<Value = Value> {
    let text = || select(&TEXTS[..]).prop_map(|text| json!(text));
    prop_oneof![
        4 => text(),
        6 => vec(text(), 0..4).prop_map(Value::Array),
        1 => "\\PC{0,140}".prop_map(Value::String),
        1 => select(vec![json!(null), json!(5), json!(true), json!({}), json!([null]), json!([[]])]),
    ]
}

fn members() -> impl Strategy<Value = Map<String, Value>> {
    let name = select([&MEMBERS[..], &PRIVILEGED[..]].concat());
    let some = vec((name.prop_map(str::to_owned), value()), 0..8);
    // Most of what is sent is refused for its redirects and grants, unless those are good.
    (some, any::<[bool; 3]>()).prop_map(|(some, [redirects, grants, matching])| {
        let mut members: Map<String, Value> = some.into_iter().collect();
        if redirects {
            members.insert("redirect_uris".to_owned(), json!(["https://client.example/cb"]));
        }
        if grants {
            members.insert("grant_types".to_owned(), json!(["authorization_code"]));
        }
        if matching {
            members.remove("response_types");
        }
        members
    })
}

fn is_within(metadata: &ClientMetadata, policy: &Policy, manner: &'static Manner) {
    let manner = &manner.registration;
    let added = |grant: &str| manner.adds_grants.contains(&grant);
    assert!(metadata.grant_types.iter().all(|g| GRANTS.contains(&g.as_str()) || added(g)));
    let registrable = Scope::stored(&policy.registrable_scope);
    let allowed = registrable.with(&Scope::stored(manner.default_scope.unwrap_or_default()));
    assert!(Scope::stored(&metadata.scope).iter().all(|name| allowed.contains(name)));
    let all = metadata.redirect_uris.iter().chain(&metadata.post_logout_redirect_uris);
    for uri in all {
        assert_eq!(redirect_uri::check(uri), Ok(()));
    }
    let redirects = ["authorization_code", "implicit"]
        .iter()
        .any(|grant| metadata.grant_types.iter().any(|granted| granted == grant));
    assert!(!redirects || !metadata.redirect_uris.is_empty());
    let places = [
        &metadata.client_uri,
        &metadata.logo_uri,
        &metadata.tos_uri,
        &metadata.policy_uri,
        &metadata.initiate_login_uri,
        &metadata.frontchannel_logout_uri,
        &metadata.backchannel_logout_uri,
    ];
    let places = places.into_iter().flatten().chain(&metadata.request_uris);
    assert!({ places }.all(|uri| redirect_uri::is_web(uri)));
    let is_code = metadata.response_types.iter().all(|kind| kind == "code");
    assert!(manner.unmatched_response_types || is_code);
    assert_ne!(metadata.id_token_signed_response_alg, IdTokenAlgorithm::Unsigned);
    let name = metadata.client_name.as_deref().unwrap_or_default();
    assert!(name.chars().count() <= 120 && !name.contains(['\u{202E}', '\n']));
    assert_eq!(metadata.introspect, IntrospectRight::Own);
    assert_eq!(metadata.access_token_format, TokenFormat::Opaque);
    assert_eq!((&metadata.owner, metadata.preauthorized_users.len()), (&None, 0));
    assert_eq!(metadata.client_id, "made");
    assert!(!manner.first_contact_only || metadata.contacts.len() <= 1);
    let has_keys = metadata.jwks.is_some() || metadata.jwks_uri.is_some();
    assert!(metadata.token_endpoint_auth_method != "private_key_jwt" || has_keys);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn sec_327_the_resulting_client_is_within_the_policy(
        sent in members(),
        attested in proptest::option::of(members()),
        lenient: bool,
    ) {
        let manner: &'static Manner = if lenient { &LENIENT } else { &Manner::STANDARD };
        let policy = Policy::default();
        let wish = Wish {
            sent: &sent,
            attested: attested.as_ref(),
            policy: &policy,
            manner: &manner.registration,
            by_administrator: false,
        };
        if let Ok(metadata) = resulting(&wish, "made") {
            is_within(&metadata, &policy, manner);
        }
    }
}
