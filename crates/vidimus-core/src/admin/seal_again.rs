//! What is kept sealed, under the first of the master keys: for the time in which one takes the place of
//! another.

use std::sync::Arc;

use super::object::existing;
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::Fault,
    facts::{Facts, Needs},
    model::{Body, Kind, Object, StoredSecret},
    outcome::{Change, Decision, Outcome, Write},
    vault::{Vault, key_place, secret_place},
};

/// The kinds that have something sealed.
pub const SEALED: [Kind; 3] = [Kind::SigningKey, Kind::Client, Kind::ResourceServer];

/// The reply: whether it was not under the first key.
pub struct SealAgain {
    pub kind: Kind,
    pub id: String,
}

impl Operation for SealAgain {
    type Reply = bool;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default().object(self.kind.space(), &self.id)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<bool> {
        let tenant = tenant(facts)?.key();
        let object = existing(facts, self.kind, &self.id)?;
        let Some(body) = sealed_again(object, cx)? else { return Ok(Outcome::reply(false)) };
        let change = Change::Replace(object.changed(object.standing, body));
        Ok(Outcome { writes: vec![Write { tenant, change }], ..Outcome::reply(true) })
    }
}

/// The body under the first key; `None` where it is, or has nothing sealed.
pub fn sealed_again(object: &Arc<Object>, cx: &mut Context<'_>) -> Result<Option<Body>, Fault> {
    let mut body = object.body.clone();
    let (place, sealed) = match &mut body {
        Body::SigningKey(key) => (key_place(object.tenant, &key.kid), Some(&mut key.sealed)),
        Body::Client(client) => (secret_place(object.tenant, object.key), of(&mut client.secret)),
        Body::ResourceServer(server) => {
            (secret_place(object.tenant, object.key), of(&mut server.secret))
        }
        _ => return Ok(None),
    };
    let Some(sealed) = sealed else { return Ok(None) };
    let Some(again) = cx.vault.seal_again(&place, sealed, cx.entropy)? else { return Ok(None) };
    *sealed = again;
    Ok(Some(body))
}

/// Few secrets are kept so that they can be used again.
const fn of(secret: &mut Option<StoredSecret>) -> Option<&mut String> {
    match secret {
        Some(secret) => secret.sealed.as_mut(),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::{
        admin::MasterKeyCheck,
        model::TokenFormat,
        testing::{Draft, FOO, Scene},
        vault::MasterKeys,
    };

    fn again(scene: &mut Scene, kind: Kind, id: &str) -> bool {
        *scene.act(&SealAgain { kind, id: id.to_owned() }).ok()
    }

    #[test]
    fn sec_269_what_is_sealed_again_opens_under_the_new_key_alone() {
        let mut scene = Scene::new();
        scene.put_client(scene.key(FOO), "again", "client_secret_jwt", true);
        scene.client("web", |web| {
            web.metadata.access_token_format = TokenFormat::Jwt;
        });
        scene.issue(&Draft::default());
        let kid = scene.signing_keys()[0].id().to_owned();
        let key = |byte: u8| Zeroizing::new([byte; 32]);
        let pepper = Some(MasterKeys::only(key(7)).pepper());
        let seals = vec![key(8), key(7)];
        scene.vault.change_keys(&MasterKeys { seals, pepper: pepper.clone() });
        for (kind, id) in [(Kind::SigningKey, kid.as_str()), (Kind::Client, "again")] {
            assert!(again(&mut scene, kind, id), "{id}");
            assert!(!again(&mut scene, kind, id), "{id}: twice");
        }
        // Nothing of it is sealed.
        assert!(!again(&mut scene, Kind::Client, "web"));
        scene.vault = Vault::of(&MasterKeys { seals: vec![key(9)], pepper: pepper.clone() });
        assert!(!scene.run(&MasterKeyCheck).ok(), "it opens under none that is there");
        scene.vault = Vault::of(&MasterKeys { seals: vec![key(8)], pepper });
        assert!(scene.run(&MasterKeyCheck).ok());
        let (jwt, _) = scene.issue(&Draft::default());
        assert_eq!(scene.reason("rs1", &jwt), None);
        let secret = scene.object("again");
        let Body::Client(client) = &secret.body else { panic!() };
        let sealed = client.secret.as_ref().unwrap().sealed.as_ref().unwrap();
        assert!(scene.vault.open(&secret_place(secret.tenant, secret.key), sealed).is_ok());
    }
}
