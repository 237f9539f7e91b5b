//! What the first use of a client leaves on it: one that registered itself is kept for good (RFC 7591
//! §5: others expire), and a hash that another server made of its secret becomes one of ours.

use std::sync::Arc;

use crate::{
    facts::Facts,
    model::{Body, Client, Named, Object, Registered, SecretHash, StoredSecret},
    outcome::{Change, Stop, Write},
    secret::Secret,
};

/// The write that keeps it; `None` where it is kept already.
pub fn mark(client: Option<Named<'_, Client>>) -> Option<Write> {
    let client = client?;
    Some(write(client, kept(client.body)?))
}

/// The same, and a hash of our own in the place of an imported one: the secret was compared with
/// that just now, and is known here this once.
///
/// # Errors
/// A need: the hash is slow to make.
pub fn mark_proven(
    client: Option<Named<'_, Client>>,
    proof: Option<&Secret>,
    facts: &Facts,
) -> Result<Option<Write>, Stop> {
    let (Some(client), Some(proof)) = (client, proof) else { return Ok(mark(client)) };
    let Some(StoredSecret { hash: SecretHash::Imported(_), expires_at, .. }) = &client.body.secret
    else {
        return Ok(mark(Some(client)));
    };
    let hash = SecretHash::Argon2id(facts.hashed(proof, client.id())?);
    let secret = Some(StoredSecret { hash, sealed: None, expires_at: *expires_at });
    let body = kept(client.body).unwrap_or_else(|| client.body.clone());
    Ok(Some(write(client, Client { secret, ..body })))
}

fn kept(client: &Client) -> Option<Client> {
    let registered = client.registration.as_ref().filter(|registered| !registered.used)?;
    let registration = Some(Registered { used: true, ..registered.clone() });
    Some(Client { registration, ..client.clone() })
}

fn write(client: Named<'_, Client>, body: Client) -> Write {
    let (object, body) = (client.object, Body::Client(Box::new(body)));
    let kept = Object { version: object.version + 1, expires_at: None, body, ..**object };
    Write { tenant: object.tenant, change: Change::Replace(Arc::new(kept)) }
}

#[cfg(test)]
mod tests {
    use crate::{
        model::{Body, SecretHash},
        outcome::{Change, Write},
        testing::{CHOSEN, Scene, basic, phc},
    };

    const CC: &str = "grant_type=client_credentials";

    fn scene() -> Scene {
        let mut scene = Scene::new().with_slow_client();
        scene.client("slow", |client| {
            client.secret.as_mut().unwrap().hash = SecretHash::Imported(phc(CHOSEN));
        });
        scene
    }

    fn hashes(writes: &[Write]) -> Vec<SecretHash> {
        let hash = |write: &Write| match &write.change {
            Change::Replace(object) => match &object.body {
                Body::Client(client) => client.secret.as_ref().map(|stored| stored.hash.clone()),
                _ => None,
            },
            _ => None,
        };
        writes.iter().filter_map(hash).collect()
    }

    #[test]
    fn an_imported_hash_becomes_ours_when_the_secret_has_proven_itself() {
        let mut scene = scene();
        let wrong = scene.token(Some(&basic("slow", "wrong")), CC);
        assert!(hashes(&wrong.writes).is_empty());
        let ran = scene.token(Some(&basic("slow", CHOSEN)), CC);
        ran.ok();
        assert_eq!(hashes(&ran.writes), [SecretHash::Argon2id(phc(CHOSEN))]);
    }

    #[test]
    fn a_hash_of_ours_stays() {
        let mut scene = Scene::new().with_slow_client();
        let ran = scene.token(Some(&basic("slow", CHOSEN)), CC);
        ran.ok();
        assert!(hashes(&ran.writes).is_empty());
    }
}
