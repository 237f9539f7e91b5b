//! The pipeline as a browser meets it.

mod asking;
mod codes;
mod devices;
mod documents;
mod flows;
mod headless;
mod misuse;
mod redirects;
mod sign_out;

use crate::{
    model::Body,
    testing::{FOO, Scene, phc, user, visitor::PASSWORD},
};

pub const CB: &str = "https://app.example/cb";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// `web` is confidential, `spa` public, `dyn` registered itself; alice and bob may sign in.
pub fn scene() -> Scene {
    let mut scene = Scene::new();
    for id in ["web", "spa", "other"] {
        scene.client(id, |client| {
            let metadata = &mut client.metadata;
            metadata.grant_types =
                ["authorization_code", "refresh_token", "implicit"].map(str::to_owned).to_vec();
            metadata.redirect_uris = vec![CB.to_owned()];
            metadata.response_types = vec!["code".to_owned()];
            metadata.scope = "openid profile read write offline_access".to_owned();
        });
    }
    let foo = scene.key(FOO);
    scene.put(foo, |_, _| Body::User(user("bob")));
    for name in ["alice", "bob"] {
        scene.edit(name, |object| {
            let Body::User(user) = &mut object.body else { panic!("no user") };
            user.password_hash = Some(phc(PASSWORD));
        });
    }
    scene
}

pub fn query(more: &str) -> String {
    let cb = CB.replace(':', "%3A").replace('/', "%2F");
    format!("client_id=web&redirect_uri={cb}&response_type=code&scope=openid+read&state=xyz{more}")
}
