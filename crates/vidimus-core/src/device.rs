//! The device authorization endpoint (RFC 8628 §3.1): a code for the device, a short one for its
//! user to approve elsewhere, and a ticket that both name.

use crate::{
    client_auth::{Presented, Sent, tenant, with_caller},
    context::{Context, Entropy},
    engine::Operation,
    error::OAuthError,
    facts::{Facts, Needs, Space},
    grant,
    manner::{Manner, UserCodeShape},
    model::{Client, DeviceState, Named, Ticket, TicketBody},
    outcome::{Change, Decision, Outcome},
    resource,
    scope::{self, Scope},
    secret::Secret,
    ticket,
    vault::Vault,
};

/// Of `device_code`.
pub const PREFIX: &str = "vdc_";
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";
pub const INTERVAL_SECONDS: i64 = 5;
const TTL_SECONDS: i64 = 600;
/// Without vowels, so that no code is a word (RFC 8628 §6.1).
const CONSONANTS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const ALPHANUMERIC: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

pub struct DeviceRequest {
    presented: Presented,
    scope: Option<Scope>,
    resources: Vec<String>,
    manner: &'static Manner,
}

/// RFC 8628 §3.2, before a dialect spells it.
#[derive(Debug)]
pub struct DeviceReply {
    pub device_code: Secret,
    /// As people read it.
    pub user_code: String,
    pub verification_uri: String,
    pub verification_uri_complete: String,
    /// Seconds.
    pub expires_in: i64,
    pub interval: i64,
}

impl DeviceReply {
    /// With another page for its user.
    #[must_use]
    pub fn at(&self, verification_uri: String, verification_uri_complete: String) -> Self {
        Self {
            device_code: self.device_code.clone(),
            user_code: self.user_code.clone(),
            verification_uri,
            verification_uri_complete,
            ..*self
        }
    }
}

impl DeviceRequest {
    /// # Errors
    /// `invalid_client` without credentials or a public client's id; else what is malformed.
    pub fn parse(sent: &Sent<'_>) -> Result<Self, OAuthError> {
        let presented = Presented::find(sent)?;
        let scope = sent.form.get("scope").map(Scope::parse).transpose()?;
        let resources = sent.form.resources()?;
        for resource in &resources {
            resource::check(resource)?;
        }
        Ok(Self { presented, scope, resources, manner: sent.manner })
    }

    /// Who the client says it is; the edge may look for its tenant by that.
    pub fn client_id(&self) -> &str {
        self.presented.id()
    }

    fn decide_for(
        &self,
        client: Named<'_, Client>,
        facts: &Facts,
        cx: &mut Context<'_>,
    ) -> Decision<DeviceReply> {
        let tenant = tenant(facts)?;
        if !client.has_grant(GRANT_TYPE) {
            return Err(grant::unauthorized().into());
        }
        let is_asked = self.scope.is_some() || self.manner.grants_unasked_scope;
        let ceiling =
            if is_asked { Scope::stored(&client.metadata.scope) } else { Scope::default() };
        let scope = scope::narrow(self.scope.as_ref(), &ceiling)?;
        for resource in &self.resources {
            if !facts.serves(resource) {
                return Err(resource::unknown().into());
            }
        }
        let body = TicketBody::Device {
            client: client.key(),
            client_id: client.id().to_owned(),
            scope: scope.to_string(),
            audience: self.resources.clone(),
            state: DeviceState::Pending,
            next_poll: cx.now,
            interval_seconds: INTERVAL_SECONDS,
        };
        let (device_code, ticket) =
            ticket::mint(PREFIX, tenant, cx.now.expiry(TTL_SECONDS), body, cx);
        let user_code = draw_user_code(self.manner.user_code, cx.entropy);
        let verification_uri = format!("{}/oauth2/device", cx.issuer);
        let ticket = Ticket { alias: Some(alias(cx.vault, &user_code)), ..ticket };
        Ok(Outcome::reply(DeviceReply {
            device_code,
            verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
            verification_uri,
            user_code,
            expires_in: TTL_SECONDS,
            interval: INTERVAL_SECONDS,
        })
        .write(tenant.key(), Change::InsertTicket(ticket)))
    }
}

impl Operation for DeviceRequest {
    type Reply = DeviceReply;

    fn needs(&self, vault: &Vault) -> Needs {
        let needs = self.presented.needs(vault);
        self.resources.iter().fold(needs, |needs, uri| needs.object(Space::Audience, uri))
    }

    fn decide(&self, facts: &Facts, cx: &mut Context<'_>) -> Decision<DeviceReply> {
        with_caller(&self.presented, facts, cx, |caller, cx| {
            let client = Named::of(caller).ok_or_else(grant::unauthorized)?;
            self.decide_for(client, facts, cx)
        })
    }
}

/// Under what a ticket is found by its user code, however that was typed (RFC 8628 §6.1).
pub fn alias(vault: &Vault, user_code: &str) -> [u8; 32] {
    vault.locator(&format!("user_code {}", plain(user_code)))
}

/// As the device shows it, however it was typed: people are told to compare the two.
pub fn as_shown(user_code: &str) -> String {
    let mut shown = plain(user_code);
    if shown.len() == LETTERS {
        shown.insert(LETTERS / 2, '-');
    }
    shown
}

fn plain(user_code: &str) -> String {
    let letters = user_code.chars().filter(char::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_uppercase()).collect()
}

const LETTERS: usize = 10;

/// At least forty bits (RFC 8628 §5.1), each letter as likely as any other.
fn draw_user_code(shape: UserCodeShape, entropy: &mut dyn Entropy) -> String {
    let (letters, chars, middle): (&[u8], _, _) = match shape {
        UserCodeShape::Letters => (CONSONANTS, LETTERS, Some(LETTERS / 2)),
        UserCodeShape::Alphanumeric => (ALPHANUMERIC, 8, None),
    };
    let mut code = String::with_capacity(chars + 1);
    let mut drawn = 0;
    while drawn < chars {
        let [byte] = entropy.draw();
        // The last of the 256 values would make some letters likelier.
        let fair = usize::from(byte) < 256 / letters.len() * letters.len();
        let letter = letters.get(usize::from(byte) % letters.len());
        if let Some(letter) = letter.filter(|_| fair) {
            if Some(drawn) == middle {
                code.push('-');
            }
            code.push(char::from(*letter));
            drawn += 1;
        }
    }
    code
}

#[cfg(test)]
mod tests;
