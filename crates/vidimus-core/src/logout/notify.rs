//! One try to tell a client: the logout token (Back-Channel Logout §2.4), posted to where the client
//! wants it, and what its answer makes of the notice.

use std::sync::Arc;

use serde_json::json;

use super::{notice::stored, told_of};
use crate::{
    client_auth::tenant,
    context::Context,
    engine::Operation,
    errand::{Done, Errand},
    facts::{Facts, Needs, TicketRef},
    jwt::Signer,
    manner::Manner,
    model::{Client, IdTokenAlgorithm, Named, Notice, SigningAlgorithm, Tenant, Ticket},
    outcome::{Change, Decision, Outcome, Stop, Write},
    rotation,
    row_key::RowKey,
    secret::Secret,
    subject,
    vault::Vault,
};

const TYP: &str = "logout+jwt";
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Two minutes at most, so that a replay has no time.
const TTL_SECONDS: i64 = 120;

/// Sends a notice that was claimed.
pub struct DeliverNotice {
    pub ticket: RowKey,
    /// The one that was claimed; of any other somebody else takes care.
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    Delivered,
    /// It is due again already.
    Failed {
        client_id: String,
        why: String,
    },
    /// It would be due again after its end.
    GivenUp {
        client_id: String,
        why: String,
    },
    /// It is another's now, or nobody's.
    Gone,
}

impl Operation for DeliverNotice {
    type Reply = Delivery;

    fn needs(&self, _: &Vault) -> Needs {
        Needs { tickets: vec![TicketRef::Key(self.ticket)], ..Needs::default() }
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<Delivery> {
        let tenant = tenant(facts)?;
        let found = stored(facts, self.ticket)?;
        let Some((ticket, notice)) = found.filter(|(ticket, _)| ticket.version == self.version)
        else {
            return Ok(Outcome::reply(Delivery::Gone));
        };
        let dropped = Change::DeleteTicket { key: ticket.key, version: ticket.version };
        let Some((client, uri)) = told_of(notice, facts)? else {
            return Ok(Outcome::reply(Delivery::Gone).write(tenant.key(), dropped));
        };
        let (signer, writes) = signer(client, tenant, facts, cx)?;
        let Some(answer) = answer(facts, uri) else {
            let user = notice.user;
            let sub = subject::of(Some(client), user, tenant.key(), &Manner::STANDARD, cx);
            let token = logout_token(&signer, ticket, notice, &sub, cx)?;
            let form = vec![("logout_token", token)];
            let errand = Errand::Deliver { uri: uri.to_owned(), form };
            return Err(Stop::Need(Box::new(Needs::errand(errand))));
        };
        let is_last = ticket.due_at.is_none_or(|due| due >= ticket.expires_at);
        let client_id = notice.client_id.clone();
        let reply = match answer.clone() {
            Ok(()) => Delivery::Delivered,
            Err(why) if is_last => Delivery::GivenUp { client_id, why },
            Err(why) => Delivery::Failed { client_id, why },
        };
        let stays = matches!(reply, Delivery::Failed { .. });
        let outcome = Outcome { writes, ..Outcome::reply(reply) };
        Ok(if stays { outcome } else { outcome.write(tenant.key(), dropped) })
    }
}

/// What came of the try, whatever was sent: most algorithms sign the same text differently each
/// time, so the errand cannot be made a second time to be looked up.
fn answer<'a>(facts: &'a Facts, asked: &str) -> Option<&'a Result<(), String>> {
    facts.errands.iter().find_map(|(errand, done)| match (errand, done) {
        (Errand::Deliver { uri, .. }, Done::Delivered(answer)) if uri == asked => Some(answer),
        _ => None,
    })
}

/// Of the algorithm of its ID tokens; one that takes them unsigned takes this in RS256, which every
/// client knows: without a signature anybody could sign users out (§2.6).
pub fn signer(
    client: Named<'_, Client>,
    tenant: Named<'_, Tenant>,
    facts: &Facts,
    cx: &mut Context<'_>,
) -> Result<(Arc<Signer>, Vec<Write>), Stop> {
    let algorithm = match client.metadata.id_token_signed_response_alg {
        IdTokenAlgorithm::Signed(algorithm) => algorithm,
        IdTokenAlgorithm::Unsigned => SigningAlgorithm::RS256,
    };
    rotation::signer(facts, tenant, algorithm, cx)
}

/// Never with a nonce: it must not pass for an ID token. Each try has an identifier of its own, for
/// a client that took one whose answer was lost.
fn logout_token(
    signer: &Signer,
    ticket: &Ticket,
    notice: &Notice,
    sub: &str,
    cx: &Context<'_>,
) -> Result<Secret, Stop> {
    let claims = json!({
        "iss": cx.issuer,
        "aud": notice.client_id,
        "iat": cx.now.seconds(),
        "exp": cx.now.seconds().saturating_add(TTL_SECONDS),
        "jti": format!("{}-{}", ticket.key.to_text(), notice.attempts),
        "events": {EVENT: {}},
        "sub": sub,
        "sid": notice.session.to_text(),
    });
    Ok(Secret::new(signer.sign(TYP, &claims)?))
}
