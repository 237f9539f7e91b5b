//! Declarations over the API: what each key must be, and where the error points.

use serde_json::{Value, json};

use crate::{
    admin::{Create, World},
    errand::Errand,
    error::ErrorCode,
    model::{Body, Kind, SecretHash, SigningAlgorithm, StoredSecret},
    secret::Secret,
    testing::{FOO, Ran, SECRET, Scene, basic, es256, jwk_of, phc, rs256},
    vault::secret_place,
};

const CC: &str = "grant_type=client_credentials";

pub fn create(scene: &mut Scene, kind: Kind, declaration: &Value) -> Ran<Value> {
    scene.act(&Create { kind, declaration: declaration.clone(), by: "root".to_owned() })
}

fn client(scene: &mut Scene, declaration: &Value) -> Ran<Value> {
    create(scene, Kind::Client, declaration)
}

fn stored(scene: &Scene, id: &str) -> StoredSecret {
    match &scene.object(id).body {
        Body::Client(client) => client.secret.clone().unwrap(),
        Body::ResourceServer(server) => server.secret.clone().unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unknown_key_is_named_with_the_nearest() {
    let mut scene = Scene::new();
    for (kind, declaration, pointer, nearest) in [
        (Kind::Client, json!({"redirect_urls": []}), "/redirect_urls", "redirect_uris"),
        (Kind::ResourceServer, json!({"id": "x", "audience": []}), "/audience", "audiences"),
        (Kind::User, json!({"username": "x", "pasword": "p"}), "/pasword", "password"),
        (Kind::User, json!({"username": "x", "phone": "1"}), "/phone", "phone_number"),
    ] {
        let ran = create(&mut scene, kind, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
        let expected = format!("Did you mean {nearest}?");
        assert!(ran.error().description.ends_with(&expected), "{}", ran.error());
    }
    let far = client(&mut scene, &json!({"x/y~z": 1}));
    assert_eq!(
        (far.pointer(), far.error().description.as_ref()),
        ("/x~1y~0z", "unknown key x/y~z.")
    );
    assert_eq!(client(&mut scene, &json!([])).code(), ErrorCode::InvalidRequest);
}

#[test]
fn a_key_of_the_wrong_form_is_named() {
    let mut scene = Scene::new();
    for (declaration, pointer) in [
        (json!({"client_id": 7}), "/client_id"),
        (json!({"client_id": "a\nb"}), "/client_id"),
        (json!({"client_id": "x".repeat(257)}), "/client_id"),
        (json!({"scope": ["read"]}), "/scope"),
        (json!({"grant_types": "client_credentials"}), "/grant_types"),
        (json!({"grant_types": ["client_credential"]}), "/grant_types"),
        (json!({"grant_types": [null]}), "/grant_types"),
        (json!({"token_endpoint_auth_method": "basic"}), "/token_endpoint_auth_method"),
        (json!({"token_endpoint_auth_method": "private_key_jwt"}), "/token_endpoint_auth_method"),
        (json!({"access_token_format": "JWT"}), "/access_token_format"),
        (json!({"access_token_signed_response_alg": "none"}), "/access_token_signed_response_alg"),
        (json!({"introspect": "all"}), "/introspect"),
        (json!({"client_secret_expires_at": "soon"}), "/client_secret_expires_at"),
        (json!({"client_secret_expires_at": -1}), "/client_secret_expires_at"),
        (json!({"token_endpoint_auth_signing_alg": "none"}), "/token_endpoint_auth_signing_alg"),
        (json!({"token_endpoint_auth_signing_alg": "es256"}), "/token_endpoint_auth_signing_alg"),
        (json!({"client_secret": "s".repeat(1025)}), "/client_secret"),
        (json!({"client_secret": 7}), "/client_secret"),
        (json!({"disabled": "yes"}), "/disabled"),
        (json!({"jwks_uri": "file:///etc/passwd"}), "/jwks_uri"),
        (json!({"jwks_uri": "https://user@host/"}), "/jwks_uri"),
    ] {
        let ran = client(&mut scene, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
        assert_eq!(ran.writes, []);
    }
    let scope = client(&mut scene, &json!({"scope": "a  b"}));
    assert_eq!((scope.code(), scope.pointer()), (ErrorCode::InvalidScope, "/scope"));
    for uri in ["javascript:alert(1)", "http://app.example/cb", "https://*.example/cb", "/cb"] {
        let ran = client(&mut scene, &json!({"redirect_uris": [uri]}));
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRedirectUri, "/redirect_uris"));
    }
}

#[test]
fn an_id_can_be_a_segment_of_a_url() {
    let mut scene = Scene::new();
    for (kind, key) in
        [(Kind::Client, "client_id"), (Kind::ResourceServer, "id"), (Kind::User, "username")]
    {
        for id in [".", ".."] {
            let ran = create(&mut scene, kind, &json!({key: id}));
            assert_eq!((ran.pointer(), ran.writes.len()), (format!("/{key}").as_str(), 0));
        }
        let id = format!("{key}/..");
        assert_eq!(create(&mut scene, kind, &json!({key: id})).ok()[key], id.as_str());
    }
    let world = json!({"tenant": [{"id": "a", "user": [{"username": ".."}]}]});
    let error = World::parse(world).err().unwrap();
    assert_eq!(error.pointer.as_deref(), Some("/tenant/0/user/0/username"));
}

#[test]
fn the_end_of_a_secret_is_named_after_it() {
    let mut scene = Scene::new();
    for (kind, id_key, key, wrong) in [
        (Kind::Client, "client_id", "client_secret_expires_at", "secret_expires_at"),
        (Kind::ResourceServer, "id", "secret_expires_at", "client_secret_expires_at"),
    ] {
        let ran = create(&mut scene, kind, &json!({id_key: "ends", wrong: 7}));
        assert_eq!(ran.pointer(), format!("/{wrong}"));
        let ran = create(&mut scene, kind, &json!({id_key: format!("ends-{key}"), key: 7}));
        assert_eq!(ran.ok()[key], 7);
        let ran = create(&mut scene, kind, &json!({id_key: "ends", key: -1}));
        assert_eq!(ran.pointer(), format!("/{key}"));
    }
}

#[test]
fn other_kinds_have_their_own_rules() {
    let mut scene = Scene::new();
    for (kind, declaration, pointer) in [
        (Kind::ResourceServer, json!({}), "/id"),
        (Kind::ResourceServer, json!({"id": "x", "audiences": ["orders"]}), "/audiences"),
        (Kind::ResourceServer, json!({"id": "x", "introspect": "own"}), "/introspect"),
        (
            Kind::ResourceServer,
            json!({"id": "x", "token_endpoint_auth_method": "none"}),
            "/token_endpoint_auth_method",
        ),
        (Kind::User, json!({"username": ""}), "/username"),
        (Kind::User, json!({"username": "x", "password": ""}), "/password"),
        (Kind::User, json!({"username": "x", "password_hash": "$2b$x"}), "/password_hash"),
        (Kind::User, json!({"username": "x", "password_hash": "$argon2id$x"}), "/password_hash"),
        (
            Kind::User,
            json!({"username": "x", "password": "p", "password_hash": "$argon2id$"}),
            "/password_hash",
        ),
        (Kind::User, json!({"username": "x", "locked": 1}), "/locked"),
        (Kind::User, json!({"username": "x", "roles": "introspect"}), "/roles"),
    ] {
        let ran = create(&mut scene, kind, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
    }
}

#[test]
fn a_tenant_is_checked_to_its_knobs() {
    let mut scene = Scene::new();
    scene.tenant = crate::facts::TenantRef::Id("new".to_owned());
    for (declaration, pointer) in [
        (json!({}), "/id"),
        (json!({"id": "a/b"}), "/id"),
        (json!({"id": "new", "dialects": ["standart"]}), "/dialects"),
        (json!({"id": "new", "path_aliases": ["customers"]}), "/path_aliases"),
        (json!({"id": "new", "path_aliases": ["/oauth2/x"]}), "/path_aliases"),
        (json!({"id": "new", "path_aliases": ["/a/"]}), "/path_aliases"),
        (json!({"id": "new", "hosts": ["a/b"]}), "/hosts"),
        (json!({"id": "new", "hosts": [""]}), "/hosts"),
        (json!({"id": "new", "hosts": ["a\u{0}b"]}), "/hosts"),
        (json!({"id": "new", "hosts": ["a".repeat(300)]}), "/hosts"),
        (json!({"id": "new", "path_aliases": [format!("/{}", "a".repeat(3000))]}), "/path_aliases"),
        (json!({"id": "new", "policy": []}), "/policy"),
        (
            json!({"id": "new", "policy": {"access_token_ttl_second": 1}}),
            "/policy/access_token_ttl_second",
        ),
        (
            json!({"id": "new", "policy": {"access_token_ttl_seconds": 0}}),
            "/policy/access_token_ttl_seconds",
        ),
        (
            json!({"id": "new", "policy": {"pin_client_auth_method": "yes"}}),
            "/policy/pin_client_auth_method",
        ),
    ] {
        let ran = create(&mut scene, Kind::Tenant, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, pointer));
    }
    let good = json!({"id": "new", "dialects": ["standard"], "hosts": ["ID.Example"]});
    assert_eq!(create(&mut scene, Kind::Tenant, &good).ok()["hosts"], json!(["id.example"]));
}

#[test]
fn a_generated_secret_is_shown_once_and_works() {
    let mut scene = Scene::new();
    let ran = client(&mut scene, &json!({"grant_types": ["client_credentials"], "scope": "read"}));
    let reply = ran.ok();
    assert_eq!(ran.errands, []);
    let id = reply["client_id"].as_str().unwrap();
    let secret = reply["client_secret"].as_str().unwrap();
    assert_eq!((id.len(), secret.len()), (22, 48));
    assert!(matches!(stored(&scene, id).hash, SecretHash::Keyed(_)));
    assert!(!format!("{:?}", scene.object(id)).contains(secret), "it is not stored");
    scene.token(Some(&basic(id, secret)), CC).ok();
    let show = crate::admin::Show { kind: Kind::Client, id: id.to_owned() };
    let shown = scene.run(&show);
    assert_eq!((shown.ok().get("client_secret"), &shown.ok()["has_secret"]), (None, &json!(true)));
    let server = create(&mut scene, Kind::ResourceServer, &json!({"id": "rs9"}));
    let secret = server.ok()["secret"].as_str().unwrap();
    let place = (scene.key(FOO), scene.key("rs9"));
    let SecretHash::Keyed(hash) = stored(&scene, "rs9").hash else { panic!() };
    assert!(scene.vault.secret_matches(&hash, place.0, place.1, secret));
}

#[test]
fn a_chosen_secret_is_hashed_by_the_errand_and_marks_the_tenant() {
    let mut scene = Scene::new();
    let declaration = json!({
        "client_id": "chosen", "client_secret": "hunter2", "grant_types": ["client_credentials"],
    });
    let ran = client(&mut scene, &declaration);
    assert_eq!(
        ran.errands,
        [Errand::HashSecret { chosen: Secret::new("hunter2"), of: String::new() }]
    );
    assert_eq!(ran.ok().get("client_secret"), None, "who chose it knows it");
    assert_eq!(stored(&scene, "chosen").hash, SecretHash::Argon2id(phc("hunter2")));
    let Body::Tenant(tenant) = &scene.object(FOO).body.clone() else { panic!() };
    assert!(tenant.has_chosen_secrets);
    scene.token(Some(&basic("chosen", "hunter2")), CC).ok();
    let second = client(&mut scene, &json!({"client_secret": "again"}));
    assert_eq!(second.writes.len(), 1, "the tenant is marked once");
}

#[test]
fn a_refused_declaration_hashes_nothing() {
    let mut scene = Scene::new();
    let ran = client(&mut scene, &json!({"client_secret": "hunter2", "scope": "a  b"}));
    assert_eq!((ran.code(), ran.errands.len()), (ErrorCode::InvalidScope, 0));
}

#[test]
fn the_secret_of_client_secret_jwt_is_kept_sealed() {
    let mut scene = Scene::new();
    let method = "client_secret_jwt";
    let ran =
        client(&mut scene, &json!({"client_id": "made", "token_endpoint_auth_method": method}));
    let made = ran.ok()["client_secret"].as_str().unwrap().to_owned();
    let chosen = json!({
        "client_id": "given", "token_endpoint_auth_method": method, "client_secret": SECRET,
    });
    client(&mut scene, &chosen).ok();
    for (id, secret) in [("made", made.as_str()), ("given", SECRET)] {
        let sealed = stored(&scene, id).sealed.unwrap();
        let place = secret_place(scene.key(FOO), scene.key(id));
        assert_eq!(scene.vault.open(&place, &sealed).unwrap().as_slice(), secret.as_bytes());
        assert!(!sealed.contains(secret));
    }
    let short = json!({"token_endpoint_auth_method": method, "client_secret": "s".repeat(31)});
    assert_eq!(client(&mut scene, &short).pointer(), "/client_secret");
}

#[test]
fn a_method_without_a_secret_takes_none() {
    let mut scene = Scene::new();
    let public = json!({"client_id": "app", "token_endpoint_auth_method": "none"});
    let ran = client(&mut scene, &public);
    let shown = (ran.ok().get("client_secret"), &ran.ok()["has_secret"]);
    assert_eq!(shown, (None, &json!(false)));
    let both = json!({"token_endpoint_auth_method": "none", "client_secret": "x"});
    assert_eq!(client(&mut scene, &both).pointer(), "/client_secret");
    let keys = json!({"keys": [jwk_of(SigningAlgorithm::ES256, es256(0))]});
    let by_key = client(&mut scene, &json!({"jwks": keys}));
    assert_eq!(by_key.ok()["token_endpoint_auth_method"], "private_key_jwt");
}

#[test]
fn sec_092_keys_are_public_strong_and_few() {
    let mut scene = Scene::new();
    let good = jwk_of(SigningAlgorithm::ES256, es256(0));
    let rsa = jwk_of(SigningAlgorithm::RS256, rs256());
    let with = |key: &Value, member: &str, value: Value| {
        let mut key = key.clone();
        key[member] = value;
        key
    };
    client(&mut scene, &json!({"jwks": {"keys": [good, rsa]}})).ok();
    let weak = &rsa["n"].as_str().unwrap()[..171];
    let mut refused = vec![
        json!({}),
        json!([good]),
        json!({"keys": []}),
        json!({"keys": vec![good.clone(); 21]}),
        json!({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}),
        json!({"keys": [with(&rsa, "n", json!(weak))]}),
        json!({"keys": [with(&rsa, "e", json!("Aw"))]}),
        json!({"keys": [with(&rsa, "e", json!("AQ"))]}),
        json!({"keys": [with(&good, "crv", json!("P-192"))]}),
        json!({"keys": [with(&good, "x", json!(7))]}),
    ];
    for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
        refused.push(json!({"keys": [rsa, with(&good, private, json!("AQAB"))]}));
    }
    for jwks in refused {
        let ran = client(&mut scene, &json!({"jwks": jwks}));
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/jwks"), "{jwks}");
    }
    let both = json!({"jwks": {"keys": [good]}, "jwks_uri": "https://client.example/jwks"});
    assert_eq!(client(&mut scene, &both).pointer(), "/jwks");
}

#[test]
fn a_resource_server_may_come_with_the_hash_of_its_secret() {
    let mut scene = Scene::new();
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$AAAAAAAAAAAAAAAAAAAAAA";
    let declared = |id: &str, hash: &str| json!({"id": id, "secret_hash": hash});
    let made = create(&mut scene, Kind::ResourceServer, &declared("api", hash));
    assert_eq!(made.ok()["id"], "api");
    assert_eq!(stored(&scene, "api").hash, SecretHash::Argon2id(hash.into()));
    let bcrypt = "$2b$10$abcdefghijklmnopqrstuuQXlMo8FzVv0e7jL1dH2l4oR8Jx5t8Vi";
    let both = json!({"id": "x", "secret": "s", "secret_hash": hash});
    for declaration in [declared("x", bcrypt), declared("x", "s"), both] {
        let ran = create(&mut scene, Kind::ResourceServer, &declaration);
        assert_eq!((ran.code(), ran.pointer()), (ErrorCode::InvalidRequest, "/secret_hash"));
    }
}
