//! The audit trail: an entry for whatever somebody changes, in the commit of the change itself.

pub mod chain;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
    net::IpAddr,
    sync::Arc,
};

use serde_json::{Map, Value, json};

use crate::{
    admin::{CERTIFICATES, changed_keys, declaration, thumbprints},
    context::Context,
    facts::Facts,
    limits::{AUDIT_CHANGES_MAX, AUDIT_TTL_SECONDS, AUDIT_VALUE_BYTES_MAX},
    model::{AuditChange, AuditEntry, Body, Kind, Object, Standing},
    outcome::{Change, Event, Outcome, Write},
    row_key::RowKey,
    vault::{Vault, hex},
};

/// The request that a change is made by.
#[derive(Clone, Copy, Default)]
pub struct Origin<'a> {
    pub request_id: Option<&'a (dyn Display + Sync)>,
    pub address: Option<IpAddr>,
}

/// Adds an entry to the writes for each tenant in which the outcome changes something, or for the
/// one it was decided in. An outcome that nobody answers for is no change of anybody's.
pub fn record<R>(
    outcome: &mut Outcome<R>,
    facts: &Facts,
    cx: &mut Context<'_>,
    origin: &Origin<'_>,
) {
    if outcome.writes.is_empty() {
        return;
    }
    let mut deeds = outcome.events.iter().filter_map(|event| match event {
        Event::Administered { by, action } => Some((by, action.as_str())),
        _ => None,
    });
    let Some((by, action)) = deeds.next() else { return };
    let by = by.clone();
    let more = deeds.map(|(_, action)| action);
    let action = std::iter::once(action).chain(more).collect::<Vec<_>>().join("; ");
    let mut trails = Trails::of(&outcome.writes, facts);
    if trails.0.is_empty() {
        let tenant = facts.tenant().map(|tenant| (tenant.key(), tenant.id().to_owned()));
        let (key, tenant) = tenant.unwrap_or((RowKey::ROOT, String::new()));
        trails.0.insert(key, Trail { tenant, ..Trail::default() });
    }
    let mut key = RowKey::draw(cx.now, cx.entropy);
    for trail in trails.0.into_values() {
        let mut entry = AuditEntry {
            id: AuditEntry::id_of(key),
            at: cx.now,
            tenant: trail.tenant,
            by: by.clone(),
            action: action.clone(),
            request_id: origin.request_id.map(ToString::to_string),
            address: origin.address.map(|address| address.to_string()),
            changes: trail.changes,
            further: trail.further,
            seal: String::new(),
        };
        let digest = digest(&entry, cx.vault);
        entry.seal = hex(&digest);
        let expires_at = cx.now.plus_seconds(AUDIT_TTL_SECONDS);
        let object = Object {
            key,
            tenant: RowKey::ROOT,
            version: 1,
            standing: Standing::default(),
            expires_at: Some(expires_at),
            body: Body::AuditEntry(Box::new(entry)),
        };
        let create = Change::Create(Arc::new(object));
        let link = Change::Link { entry: key, digest, expires_at };
        let of_root = |change| Write { tenant: RowKey::ROOT, change };
        outcome.writes.extend([create, link].map(of_root));
        key = key.next();
    }
}

/// Of all but its seal, under the vault.
pub fn digest(entry: &AuditEntry, vault: &Vault) -> [u8; 32] {
    let unsealed = AuditEntry { seal: String::new(), ..entry.clone() };
    vault.tag("audit entry", &[json!(unsealed).to_string().as_bytes()])
}

/// An entry as administrators read it; `intact` where it is as it was written.
pub fn view(entry: &AuditEntry, vault: &Vault) -> Value {
    json!({
        "id": entry.id,
        "at": entry.at.seconds(),
        "tenant": entry.tenant,
        "by": entry.by,
        "action": entry.action,
        "request_id": entry.request_id,
        "address": entry.address,
        "changes": entry.changes,
        "further": entry.further,
        "intact": entry.seal == hex(&digest(entry, vault)),
    })
}

#[derive(Default)]
struct Trail {
    tenant: String,
    changes: Vec<AuditChange>,
    further: u64,
}

/// By the tenants' keys.
struct Trails(BTreeMap<RowKey, Trail>);

impl Trails {
    fn of(writes: &[Write], facts: &Facts) -> Self {
        let mut known = HashMap::new();
        facts.each_object(&mut |object| {
            known.insert(object.key, &**object);
        });
        // A tenant that is made by these writes is known by them alone.
        for write in writes {
            if let Change::Create(object) = &write.change
                && object.kind() == Kind::Tenant
            {
                known.insert(object.key, object);
            }
        }
        let mut trails = Self(BTreeMap::new());
        for write in writes {
            let (before, after) = match &write.change {
                Change::Create(object) => (None, Some(&**object)),
                Change::Replace(object) => (known.get(&object.key).copied(), Some(&**object)),
                Change::Delete { key, .. } => (known.get(key).copied(), None),
                _ => continue,
            };
            trails.add(before, after, &known);
        }
        trails
    }

    fn add(
        &mut self,
        before: Option<&Object>,
        after: Option<&Object>,
        known: &HashMap<RowKey, &Object>,
    ) {
        let Some(object) = after.or(before) else { return };
        // A tenant's own declaration belongs to its own trail.
        let owner = if object.tenant == RowKey::ROOT { object.key } else { object.tenant };
        let trail = self.0.entry(owner).or_insert_with(|| Trail {
            tenant: known.get(&owner).map_or_else(String::new, |tenant| tenant.id().to_owned()),
            ..Trail::default()
        });
        if trail.changes.len() >= AUDIT_CHANGES_MAX {
            trail.further += 1;
        } else {
            trail.changes.extend(difference(before, after));
        }
    }
}

/// `None` where nothing changed that was ever declared.
fn difference(before: Option<&Object>, after: Option<&Object>) -> Option<AuditChange> {
    let object = after.or(before)?;
    let shown = |object: Option<&Object>| object.map(declared).unwrap_or_default();
    let (mut old, mut new) = (shown(before), shown(after));
    if let (Some(before), Some(after)) = (before, after) {
        let changed = changed_keys(&old, &new);
        old.retain(|key, _| changed.contains(key));
        new.retain(|key, _| changed.contains(key));
        if let Some(hidden) = hidden(&before.body, &after.body) {
            new.insert(hidden.to_owned(), json!("changed"));
        }
        if old.is_empty() && new.is_empty() {
            return None;
        }
    }
    let verb = match (before, after) {
        (None, _) => "create",
        (_, None) => "delete",
        _ => "update",
    };
    Some(AuditChange {
        verb: verb.to_owned(),
        kind: object.kind().as_str().to_owned(),
        id: object.id().to_owned(),
        before: bounded(old),
        after: bounded(new),
    })
}

fn declared(object: &Object) -> Map<String, Value> {
    let mut map = declaration(object);
    if object.standing.not_before.0 > 0 {
        let seconds = object.standing.not_before.seconds();
        map.insert("tokens_revoked_before".to_owned(), json!(seconds));
    }
    // Whoever holds one of their keys signs in as the client.
    if let Body::Client(client) = &object.body
        && let Some(thumbprints) = thumbprints(client)
    {
        map.insert(CERTIFICATES.to_owned(), thumbprints);
    }
    map
}

/// The name of what is never shown, where that changed.
fn hidden(before: &Body, after: &Body) -> Option<&'static str> {
    match (before, after) {
        (Body::Client(old), Body::Client(new)) if old.secret != new.secret => Some("client_secret"),
        (Body::ResourceServer(old), Body::ResourceServer(new)) if old.secret != new.secret => {
            Some("secret")
        }
        (Body::User(old), Body::User(new)) if old.password_hash != new.password_hash => {
            Some("password")
        }
        (Body::RegistrationToken(old), Body::RegistrationToken(new))
            if old.digest != new.digest =>
        {
            Some("token")
        }
        (Body::SigningKey(old), Body::SigningKey(new)) if old.revoked_at != new.revoked_at => {
            Some("revoked")
        }
        _ => None,
    }
}

/// Pictures and key sets are told by their size.
fn bounded(mut map: Map<String, Value>) -> Map<String, Value> {
    for value in map.values_mut() {
        let bytes = value.to_string().len();
        if bytes > AUDIT_VALUE_BYTES_MAX {
            *value = json!(format!("({bytes} bytes)"));
        }
    }
    map
}

#[cfg(test)]
mod tests;
