//! Signing keys: their time line, and a rotation ahead of time.

use serde_json::Value;
use vidimus_console::operator::{Confirm, Key, Keys, confirm, keys, of_tenant};
use vidimus_core::{
    admin::{KeyList, KeyRotate},
    engine::Store,
    errand::Errands,
    error::OAuthError,
    model::SigningAlgorithm,
};
use vidimus_dialect::Shape;

use super::{
    Console,
    told::{all, number, text},
    visit::{Visit, page, see_other},
};
use crate::{exchange::Exchange, failure::Failure};

/// A retired key is published at least this long.
const KEPT_SECONDS: i64 = 86_400;

impl<S: Store, E: Errands> Console<'_, S, E> {
    pub(super) async fn signing_keys(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let reply = self.run(&KeyList, &visit.tenant(), exchange).await?;
        let mut all: Vec<Key> = all(&reply, "items").map(key).collect();
        all.sort_by_key(|key| (key.algorithm.clone(), key.signs_from));
        let ends: Vec<Option<i64>> = all.iter().map(|key| successor(key, &all)).collect();
        for (key, end) in all.iter_mut().zip(ends) {
            key.signs_until = end;
            key.kept_until = end.map(|end| end.saturating_add(KEPT_SECONDS));
        }
        let shown = Keys {
            now: visit.now,
            keys: all,
            rotate: of_tenant(&visit.found.tenant, "/keys/rotate"),
            algorithms: SigningAlgorithm::ALL.iter().map(|one| one.as_str()).collect(),
        };
        Ok(page(keys(&visit.shell("keys"), &shown)))
    }

    pub(super) async fn rotate_key(
        &self,
        visit: &Visit<'_>,
        exchange: &mut Exchange,
    ) -> Result<Shape, Failure> {
        let name = visit.form.get("alg").unwrap_or_default();
        let unknown = || OAuthError::invalid_request("That algorithm is not known.").at("/alg");
        let algorithm = SigningAlgorithm::parse(name).ok_or_else(unknown)?;
        let compromised = visit.form.get("action") == Some("compromised");
        let list = of_tenant(&visit.found.tenant, "/keys");
        if compromised && !visit.is_confirmed() {
            let asked = Confirm {
                title: format!("Revoke the {name} keys of {}?", visit.found.tenant),
                what: "Whatever they signed is inactive at once, and a new key signs from now on. \
                       Clients that cache the key set see signatures they do not know until they \
                       fetch it again."
                    .to_owned(),
                to: of_tenant(&visit.found.tenant, "/keys/rotate"),
                hidden: vec![
                    ("alg".to_owned(), name.to_owned()),
                    ("action".to_owned(), "compromised".to_owned()),
                ],
                submit: "Revoke as compromised".to_owned(),
                cancel: list,
                ..Confirm::default()
            };
            return Ok(page(confirm(&visit.shell("keys"), &asked)));
        }
        let rotate = KeyRotate { algorithm: Some(algorithm), compromised, by: visit.by() };
        self.run(&rotate, &visit.tenant(), exchange).await?;
        Ok(see_other(&format!("{list}?done=rotated")))
    }
}

fn key(item: &Value) -> Key {
    Key {
        kid: text(item, "kid"),
        algorithm: text(item, "alg"),
        state: text(item, "state"),
        made_at: number(item, "made_at"),
        signs_from: number(item, "signs_from"),
        signs_until: None,
        kept_until: None,
    }
}

/// When the next key of the algorithm takes over.
fn successor(key: &Key, all: &[Key]) -> Option<i64> {
    let after = all.iter().filter(|other| {
        other.algorithm == key.algorithm
            && other.state != "revoked"
            && other.signs_from > key.signs_from
    });
    after.map(|other| other.signs_from).min()
}
