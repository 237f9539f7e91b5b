//! The client is known and works (RFC 6749 §4.1.1). Where it is not, the browser goes nowhere.

use crate::{
    authorize::{
        draft::{Draft, Halt},
        table::Column,
    },
    context::Context,
    error::{Cause, OAuthError},
    facts::Space,
    form,
    limits::CLIENT_ID_BYTES_MAX,
    model::{Client, Named},
};

pub fn check(draft: &mut Draft<'_>, _: &mut Context<'_>) -> Result<(), Halt> {
    let facts = draft.facts;
    let client_id = match draft.get("client_id") {
        Some(client_id) => client_id,
        None if matches!(draft.column, Column::EndSession | Column::Device) => return Ok(()),
        None => return Err(form::missing("client_id").into()),
    };
    let found: Option<Named<'_, Client>> = if client_id.len() <= CLIENT_ID_BYTES_MAX {
        facts.look(Space::Caller, client_id)?.and_then(Named::of)
    } else {
        None
    };
    let is_meant =
        |client: &Named<'_, Client>| draft.of_client.is_none_or(|meant| meant == client.key());
    let client = found.filter(is_meant).ok_or_else(|| {
        let named: String = client_id.chars().take(CLIENT_ID_BYTES_MAX).collect();
        unknown().because(format!("there is no client {named}"))
    })?;
    if client.standing().disabled || draft.tenant.standing().disabled {
        let why = format!("the client {client_id} or its tenant is disabled");
        return Err(unknown().caused(Cause::DisabledClient).because(why).into());
    }
    draft.client = Some(client);
    let must_push = draft.tenant.policy.require_pushed_authorization_requests
        || client.metadata.require_pushed_authorization_requests;
    if draft.column == Column::Authorize && must_push && !draft.is_pushed {
        let what = "The authorization request must be pushed first.";
        return Err(OAuthError::invalid_request(what).into());
    }
    Ok(())
}

fn unknown() -> OAuthError {
    OAuthError::invalid_request("There is no such client.").caused(Cause::UnknownClient)
}
