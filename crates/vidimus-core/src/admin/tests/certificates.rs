//! Certificates of clients: their keys are read, kept and shown as thumbprints.

use serde_json::{Value, json};

use super::declare::create;
use crate::{
    admin::{Show, Update},
    error::ErrorCode,
    model::{Body, Kind},
    testing::{Ran, Scene},
};

const RSA: &str = include_str!("certificates/rsa_2048.pem");
const RSA_KEY: &str = include_str!("certificates/public_key.pem");
const P_256: &str = include_str!("certificates/p_256.pem");
const P_384: &str = include_str!("certificates/p_384.pem");
const ED25519: &str = include_str!("certificates/ed25519.pem");

fn app(scene: &mut Scene, certificates: &Value) -> Ran<Value> {
    let declaration = json!({"client_id": "app", "assertion_certificates": certificates});
    create(scene, Kind::Client, &declaration)
}

fn keys(scene: &Scene) -> Vec<Value> {
    let Body::Client(client) = &scene.object("app").body else { panic!() };
    let keys = client.assertion_jwks.as_ref().map(|set| set.keys.clone()).unwrap_or_default();
    keys.iter().map(|key| serde_json::to_value(key).unwrap()).collect()
}

/// The figures are openssl's.
#[test]
fn the_keys_of_certificates_are_read() {
    let mut scene = Scene::new();
    let text_around = format!("subject=CN = connected-app\n{RSA}\n");
    let ran = app(&mut scene, &json!([text_around, P_256, P_384, ED25519, RSA_KEY]));
    let shown = ran.ok()["assertion_certificates"].as_array().unwrap();
    assert_eq!(shown.len(), 5);
    assert_eq!(shown[0], "Fb8s17WpuKiFt60sNIkayJasNGszMgi8VBP_lSJ8EgI");
    assert_eq!(shown[1], "axEThzl219dpNAq99MSapdGc6Lx9m6z5RKUNpf_C2VA");
    assert_eq!(shown[3], "GpYZl6fuuFnzwT2B91AM5Dirp1IqmuNuZuvmAJWchys");
    let keys = keys(&scene);
    assert_eq!((&keys[0]["kty"], &keys[0]["e"]), (&json!("RSA"), &json!("AQAB")));
    assert_eq!((keys[0].get("kid"), &keys[0]["x5t#S256"]), (None, &shown[0]));
    assert!(keys[0]["n"].as_str().unwrap().starts_with("ov5GfZxEzeA4ebAuFNGaxg"), "{}", keys[0]);
    assert_eq!(keys[0]["n"], keys[4]["n"], "a key by itself, without a certificate");
    assert_eq!((&keys[1]["crv"], &keys[2]["crv"]), (&json!("P-256"), &json!("P-384")));
    assert!(keys[1]["x"].as_str().unwrap().starts_with("r2taUxVscuTFz88NQB"), "{}", keys[1]);
    assert!(keys[3]["x"].as_str().unwrap().starts_with("rzYXj-QegJYSdck93E7b"), "{}", keys[3]);
}

#[test]
fn what_is_no_good_certificate_is_refused_where_it_stands() {
    let mut scene = Scene::new();
    let cut = &RSA.replace("-----END", "AAAA\n-----END")[..];
    let chain = format!("{RSA}{P_256}");
    let with_key = format!("{RSA}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let short = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----";
    for (text, said) in [
        ("", "must be PEM"),
        ("connected-app.pem", "must be PEM"),
        ("-----BEGIN CERTIFICATE-----\nMIID", "must be PEM"),
        ("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----", "must be PEM"),
        ("-----BEGIN X-----\nAAAA\n-----END X-----", "must be PEM"),
        (short, "cannot be read"),
        (include_str!("certificates/p_521.pem"), "cannot be read"),
        (include_str!("certificates/rsa_1024.pem"), "2048 bits"),
        (include_str!("certificates/rsa_exponent_3.pem"), "65537"),
        (&chain, "several"),
        (&with_key, "private key"),
    ] {
        let ran = app(&mut scene, &json!([P_256, text]));
        assert_eq!(
            (ran.code(), ran.pointer(), ran.writes.len()),
            (ErrorCode::InvalidRequest, "/assertion_certificates/1", 0),
        );
        assert!(ran.error().description.contains(said), "{}", ran.error());
    }
    assert_eq!(app(&mut scene, &json!(RSA)).pointer(), "/assertion_certificates");
    let many = json!(vec![P_256; 21]);
    assert_eq!(app(&mut scene, &many).pointer(), "/assertion_certificates");
    // Bytes after the certificate are none of its own.
    app(&mut scene, &json!([cut])).ok();
}

#[test]
fn a_patch_that_does_not_name_them_keeps_them() {
    let mut scene = Scene::new();
    app(&mut scene, &json!([RSA])).ok();
    let update = |scene: &mut Scene, patch: Value| {
        let (kind, id, by) = (Kind::Client, "app".to_owned(), "root".to_owned());
        scene.act(&Update { kind, id, patch, by }).ok().clone()
    };
    let shown = |scene: &mut Scene| {
        let show = Show { kind: Kind::Client, id: "app".to_owned() };
        scene.run(&show).ok().get("assertion_certificates").cloned()
    };
    let first = shown(&mut scene);
    update(&mut scene, json!({"client_name": "App"}));
    assert_eq!(shown(&mut scene), first);
    update(&mut scene, json!({"assertion_certificates": [P_256]}));
    assert_ne!(shown(&mut scene), first);
    update(&mut scene, json!({"assertion_certificates": null}));
    assert_eq!(shown(&mut scene), None);
    assert_eq!(keys(&scene), [] as [Value; 0]);
}
