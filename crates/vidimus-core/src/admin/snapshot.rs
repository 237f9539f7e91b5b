//! What an object is, kept outside by whoever is about to replace it, and put back from there: with its
//! secrets, sealed, and only over what it was replaced by.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    object::{administered, existing, just_after, name_taken},
    seal_again::sealed_again,
    view::view,
};
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    error::{ErrorCode, OAuthError},
    facts::{Facts, Needs},
    model::{Body, Kind, Standing},
    outcome::{Change, Decision, Outcome},
    row_key::RowKey,
    vault::Vault,
};

pub struct Snapshot {
    pub kind: Kind,
    pub id: String,
}

pub struct PutBack {
    pub kind: Kind,
    pub id: String,
    pub sealed: String,
    /// The version that it shall take the place of.
    pub version: i64,
    pub by: String,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    standing: Standing,
    body: Body,
}

fn place(tenant: RowKey, object: RowKey) -> String {
    format!("snapshot/{}/{}", tenant.0, object.0)
}

impl Operation for Snapshot {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default().object(self.kind.space(), &self.id)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        tenant(facts)?;
        let object = existing(facts, self.kind, &self.id)?;
        let kept = json!(Kept { standing: object.standing, body: object.body.clone() });
        let place = place(object.tenant, object.key);
        let sealed = cx.vault.seal(&place, kept.to_string().as_bytes(), cx.entropy)?;
        Ok(Outcome::reply(json!({"sealed": sealed, "version": object.version})))
    }
}

impl Operation for PutBack {
    type Reply = Value;

    fn needs(&self, _: &Vault) -> Needs {
        Needs::default().object(self.kind.space(), &self.id)
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Value> {
        tenant(facts)?;
        let object = existing(facts, self.kind, &self.id)?;
        if object.version != self.version {
            let what = "It has changed since.";
            return Err(OAuthError::new(ErrorCode::Conflict, what).at("/version").into());
        }
        let unreadable = || {
            let what = "This is no snapshot of it, or one of another server.";
            OAuthError::invalid_request(what).at("/sealed")
        };
        let plain = cx.vault.open(&place(object.tenant, object.key), &self.sealed);
        let plain = plain.map_err(|_| unreadable())?;
        let kept: Kept = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
        // Whoever got in by what is taken back stays out.
        let not_before = just_after(cx.now);
        let standing = match (&object.body, &kept.body) {
            (Body::User(now), Body::User(old)) if now.password_hash != old.password_hash => {
                Standing { not_before, ..kept.standing }
            }
            _ => kept.standing,
        };
        // What was revoked meanwhile does not come back to life.
        let not_before = standing.not_before.max(object.standing.not_before);
        let standing = Standing { not_before, ..standing };
        let back = object.changed(standing, kept.body);
        // What was sealed when it was kept may be under a master key that is about to go.
        let back = match sealed_again(&back, cx).map_err(|_| unreadable())? {
            Some(body) => object.changed(standing, body),
            None => back,
        };
        let change = Change::Replace(Arc::clone(&back));
        Ok(Outcome::reply(view(&back))
            .write(object.tenant, change)
            .event(administered(&self.by, "put back", self.kind, &self.id)))
    }

    fn conflict(&self) -> Option<OAuthError> {
        Some(name_taken())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    use crate::{
        admin::Update,
        testing::{FOO, Scene},
        vault::{MasterKeys, secret_place},
    };

    #[test]
    fn what_was_revoked_since_stays_revoked() {
        let mut scene = Scene::new();
        let (kind, id, by) = (Kind::Client, "web".to_owned(), "root".to_owned());
        let kept = scene.act(&Snapshot { kind, id: id.clone() }).ok().clone();
        let patch = json!({"revoke_tokens": true, "client_name": "Other"});
        scene.act(&Update { kind, id: id.clone(), patch, by: by.clone() }).ok();
        let revoked = scene.object("web");
        assert!(revoked.standing.not_before > scene.now);
        let sealed = kept["sealed"].as_str().unwrap().to_owned();
        let version = revoked.version;
        let back = scene.act(&PutBack { kind, id, sealed, version, by }).ok().clone();
        assert_ne!(back["client_name"], "Other");
        assert_eq!(scene.object("web").standing.not_before, revoked.standing.not_before);
    }

    #[test]
    fn sec_269_what_is_put_back_is_sealed_under_the_first_key() {
        let mut scene = Scene::new();
        scene.put_client(scene.key(FOO), "again", "client_secret_jwt", true);
        let (kind, id, by) = (Kind::Client, "again".to_owned(), "root".to_owned());
        let kept = scene.act(&Snapshot { kind, id: id.clone() }).ok().clone();
        let key = |byte: u8| Zeroizing::new([byte; 32]);
        let pepper = Some(MasterKeys::only(key(7)).pepper());
        let seals = vec![key(8), key(7)];
        scene.vault.change_keys(&MasterKeys { seals, pepper: pepper.clone() });
        let sealed = kept["sealed"].as_str().unwrap().to_owned();
        let version = scene.object("again").version;
        scene.act(&PutBack { kind, id, sealed, version, by }).ok();
        scene.vault.change_keys(&MasterKeys { seals: vec![key(8)], pepper });
        let object = scene.object("again");
        let Body::Client(client) = &object.body else { panic!() };
        let sealed = client.secret.as_ref().unwrap().sealed.as_ref().unwrap();
        assert!(scene.vault.open(&secret_place(object.tenant, object.key), sealed).is_ok());
    }
}
