//! A client that registered itself is kept for good once it has got a token (RFC 7591 §5: others
//! expire).

use std::sync::Arc;

use crate::{
    model::{Body, Client, Named, Object, Registered},
    outcome::{Change, Write},
};

/// The write that keeps it; `None` where it is kept already.
pub fn mark(client: Option<Named<'_, Client>>) -> Option<Write> {
    let client = client?;
    let registered = client.body.registration.as_ref().filter(|registered| !registered.used)?;
    let registration = Some(Registered { used: true, ..registered.clone() });
    let body = Body::Client(Box::new(Client { registration, ..client.body.clone() }));
    let object = client.object;
    let kept = Object { version: object.version + 1, expires_at: None, body, ..**object };
    Some(Write { tenant: object.tenant, change: Change::Replace(Arc::new(kept)) })
}
